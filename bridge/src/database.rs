//! The SQLite database in the data directory. Whoever keeps something there has a table of their own and writes their
//! own statements; this opens it and knows its schema.

#![allow(clippy::disallowed_methods, reason = "at the start, before anybody is served")]

use std::path::Path;

use parking_lot::{Mutex, MutexGuard};
use rusqlite::Connection;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the data directory cannot be used: {0}")]
    Directory(#[from] std::io::Error),
    #[error("the database linkspan.db in the data directory: {0}")]
    Database(#[from] rusqlite::Error),
    #[error("this machine gives no random numbers")]
    Random,
    #[error("the database linkspan.db was written by a newer Linkspan (schema {0}); use that one")]
    Newer(i64),
}

pub struct Database {
    connection: Mutex<Connection>,
}

/// Each brings the schema from the version that is its index to the next.
const STEPS: &[&str] = &[
    "CREATE TABLE instance (id TEXT NOT NULL);
    CREATE TABLE users (name TEXT PRIMARY KEY, role TEXT NOT NULL, password TEXT NOT NULL) STRICT;
    CREATE TABLE sessions (
        token BLOB PRIMARY KEY, user TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE, expires INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE links (
        token BLOB PRIMARY KEY, user TEXT REFERENCES users (name) ON DELETE CASCADE, expires INTEGER NOT NULL
    ) STRICT;
    INSERT INTO instance (id) VALUES (lower(hex(randomblob(4))));",
    // Engines that were added in the page.
    "CREATE TABLE engines (name TEXT PRIMARY KEY, url TEXT NOT NULL) STRICT;",
    // Registry credentials, and what jobs came to.
    "CREATE TABLE credentials (
        name TEXT PRIMARY KEY, registry TEXT NOT NULL, username TEXT NOT NULL, sealed BLOB NOT NULL,
        stored_by TEXT NOT NULL, stored INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE jobs (
        id TEXT PRIMARY KEY, engine TEXT NOT NULL, started INTEGER NOT NULL, ended INTEGER, job TEXT NOT NULL
    ) STRICT;
    CREATE INDEX jobs_by_engine ON jobs (engine, started);",
    // Engines of which figures are kept while nobody looks.
    "CREATE TABLE kept_figures (engine TEXT PRIMARY KEY) STRICT;",
    // What usually nobody keeps of a container, where somebody has changed that: a list as JSON.
    "CREATE TABLE review_noise (patterns TEXT NOT NULL) STRICT;",
    // What a job was begun with, as commands: JSON.
    "ALTER TABLE jobs ADD COLUMN equivalents TEXT;",
    // Roles somewhere, as JSON: what an operator could do before, a developer can now. What is known of sessions; devices from which
    // somebody signed in before; invitations; tokens.
    r#"ALTER TABLE users ADD COLUMN grants TEXT NOT NULL DEFAULT '[]';
    UPDATE users SET grants = '[{"role":"' || CASE role WHEN 'operator' THEN 'developer' ELSE role END || '","scope":"all"}]';
    ALTER TABLE users DROP COLUMN role;
    ALTER TABLE users ADD COLUMN disabled INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE users ADD COLUMN last_seen INTEGER;
    ALTER TABLE sessions ADD COLUMN used INTEGER NOT NULL DEFAULT 0;
    UPDATE sessions SET used = CAST(strftime('%s', 'now') AS INTEGER);
    ALTER TABLE sessions ADD COLUMN agent TEXT NOT NULL DEFAULT '';
    ALTER TABLE links ADD COLUMN id TEXT NOT NULL DEFAULT '';
    ALTER TABLE links ADD COLUMN grants TEXT;
    ALTER TABLE links ADD COLUMN invited_by TEXT;
    CREATE TABLE devices (
        token BLOB PRIMARY KEY, user TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE, expires INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE tokens (
        id TEXT PRIMARY KEY, token BLOB NOT NULL UNIQUE, user TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
        name TEXT NOT NULL, role TEXT NOT NULL, created INTEGER NOT NULL, expires INTEGER, used INTEGER
    ) STRICT;"#,
    // What was done, by whom: JSON, each bound to the one before by its hash; and where that begins, once old ones are gone.
    "CREATE TABLE activity (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, record TEXT NOT NULL, hash BLOB NOT NULL) STRICT;
    CREATE INDEX activity_by_time ON activity (at);
    CREATE TABLE activity_begin (id INTEGER NOT NULL, hash BLOB NOT NULL) STRICT;",
    // Who was signed in by somebody else: by whom, and what they are there. Empty for those with a password here.
    "ALTER TABLE users ADD COLUMN origin TEXT NOT NULL DEFAULT '';
    ALTER TABLE users ADD COLUMN subject TEXT NOT NULL DEFAULT '';
    CREATE UNIQUE INDEX users_by_subject ON users (origin, subject) WHERE origin != '';",
    // What ends the session at the OpenID Connect provider, too.
    "ALTER TABLE sessions ADD COLUMN id_token TEXT;",
    // Where something is told: JSON, and what the requests are signed with.
    "CREATE TABLE webhooks (id TEXT PRIMARY KEY, webhook TEXT NOT NULL, secret BLOB NOT NULL) STRICT;",
    // Since when somebody is called so: what was done by that name before was done by another.
    "ALTER TABLE users ADD COLUMN created INTEGER NOT NULL DEFAULT 0;",
    // Passkeys: by which credential ID, at which host (RP ID), by which user handle; the public key and what is counted with it as JSON.
    "CREATE TABLE passkeys (
        id TEXT PRIMARY KEY, credential BLOB NOT NULL UNIQUE, user TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
        host TEXT NOT NULL, handle BLOB NOT NULL, name TEXT NOT NULL, key TEXT NOT NULL, created INTEGER NOT NULL, used INTEGER
    ) STRICT;",
];

impl Database {
    pub fn open(data_dir: &Path) -> Result<Self, StoreError> {
        create_private_dir(data_dir)?;
        let file = data_dir.join("linkspan.db");
        create_private_file(&file)?;
        let mut connection = Connection::open(file)?;
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000;",
        )?;
        let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let version: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        let missing = usize::try_from(version).ok().and_then(|version| STEPS.get(version..)).ok_or(StoreError::Newer(version))?;
        missing.iter().try_for_each(|step| transaction.execute_batch(step))?;
        transaction.execute_batch(&format!("PRAGMA user_version = {}", STEPS.len()))?;
        transaction.commit()?;
        Ok(Self { connection: Mutex::new(connection) })
    }

    /// Tells this Linkspan from others, also after a restart.
    pub fn instance(&self) -> rusqlite::Result<String> {
        self.lock().query_row("SELECT id FROM instance", [], |row| row.get(0))
    }

    /// For a few statements; nobody waits for anything else meanwhile.
    pub fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock()
    }
}

fn create_private_dir(dir: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    // Whoever writes there puts a database of their own in its place.
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(dir)?.permissions());
    if mode & 0o022 == 0 { Ok(()) } else { Err(std::io::Error::other("others may write there; chmod 700 it")) }
}

/// For this user's eyes alone, also in a directory that was there before. SQLite gives its other files the same mode.
fn create_private_file(file: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    let opened = std::fs::OpenOptions::new().create(true).append(true).mode(0o600).open(file)?;
    opened.set_permissions(std::fs::Permissions::from_mode(0o600))
}

/// Rows that can be read. One that cannot, of another version, say, or damaged, is warned of, and takes no other with it.
pub fn readable<T>(what: &str, rows: impl Iterator<Item = rusqlite::Result<T>>) -> Vec<T> {
    rows.filter_map(|row| {
        row.inspect_err(|error| tracing::warn!(what, %error, "a row of the database cannot be read and is left out")).ok()
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_others_write_into_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        for (mode, is_taken) in [(0o777, false), (0o770, false), (0o700, true), (0o755, true)] {
            std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(Database::open(dir.path()).is_ok(), is_taken, "{mode:o}");
        }
    }

    /// Of each schema that there was, with somebody in it.
    #[test]
    fn a_database_of_before_is_brought_up_to_date() {
        for version in 1..STEPS.len() {
            let dir = tempfile::tempdir().unwrap();
            let old = Connection::open(dir.path().join("linkspan.db")).unwrap();
            STEPS[..version].iter().for_each(|step| old.execute_batch(step).unwrap());
            let (columns, values) =
                if version < 7 { ("role", "'administrator'") } else { ("grants", r#"'[{"role":"administrator","scope":"all"}]'"#) };
            old.execute_batch(&format!(
                "INSERT INTO users (name, {columns}, password) VALUES ('mika', {values}, '');
                 INSERT INTO sessions (token, user, expires) VALUES (x'01', 'mika', 99999999999); PRAGMA user_version = {version};"
            ))
            .unwrap();
            // What each table that there was by then had in it.
            for (since, row) in [
                (1, "INSERT INTO links (token, user, expires) VALUES (x'02', 'mika', 99999999999)"),
                (2, "INSERT INTO engines VALUES ('pier', 'ssh://pier')"),
                (3, "INSERT INTO credentials VALUES ('hub', 'docker.io', 'mika', x'03', 'mika', 1)"),
                (3, "INSERT INTO jobs (id, engine, started, ended, job) VALUES ('1', 'local', 1, 2, '{}')"),
                (4, "INSERT INTO kept_figures VALUES ('pier')"),
                (5, "INSERT INTO review_noise VALUES ('[]')"),
                (7, "INSERT INTO devices VALUES (x'04', 'mika', 99999999999)"),
                (7, "INSERT INTO tokens VALUES ('1', x'05', 'mika', 'ci', 'viewer', 1, NULL, NULL)"),
                (8, "INSERT INTO activity VALUES (1, 1, '{}', x'06')"),
                (8, "INSERT INTO activity_begin VALUES (0, x'')"),
                (9, "INSERT INTO users (name, grants, password, origin, subject) VALUES ('ana', '[]', '', 'proxy', 'ana')"),
                (11, "INSERT INTO webhooks VALUES ('1', '{}', x'07')"),
            ] {
                if since <= version {
                    old.execute_batch(row).unwrap();
                }
            }
            let told = |database: &Connection| -> Vec<(String, i64)> {
                let mut query = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").unwrap();
                let names: Vec<String> = query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
                let count = |name: &String| database.query_row(&format!("SELECT count(*) FROM {name}"), [], |row| row.get(0)).unwrap();
                names.into_iter().map(|name| (name.clone(), count(&name))).collect()
            };
            let before = told(&old);
            drop(old);
            for _ in 0..2 {
                let database = Database::open(dir.path()).unwrap();
                // Nothing is lost, and what is new is empty.
                let after = told(&database.lock());
                for (table, rows) in &after {
                    assert_eq!(before.iter().find(|(known, _)| known == table).map_or(0, |(_, rows)| *rows), *rows, "{table} of {version}");
                }
                assert!(after.len() >= before.len());
                let query = "SELECT grants FROM users WHERE name = 'mika'";
                let grants: String = database.lock().query_row(query, [], |row| row.get(0)).unwrap();
                assert_eq!(grants, r#"[{"role":"administrator","scope":"all"}]"#);
            }
        }
        let dir = tempfile::tempdir().unwrap();
        let database = Database::open(dir.path()).unwrap();
        database.lock().execute_batch("PRAGMA user_version = 99").unwrap();
        assert!(matches!(Database::open(dir.path()), Err(StoreError::Newer(99))));
    }
}
