//! People with their grants.

use linkspan_shared::{
    account::Account,
    ids::UserName,
    time::Timestamp,
    user::{Grant, Role, User},
};
use rusqlite::{Connection, OptionalExtension, params};

use super::{Store, now};
use crate::database::{StoreError, readable};

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    Done,
    Unknown,
    /// Nobody would be left who may set this Linkspan up.
    LastAdministrator,
}

/// What came of somebody whom somebody else has signed in.
#[derive(Debug, PartialEq, Eq)]
pub enum External {
    Signed {
        user: User,
        /// They were somebody before who might something else.
        is_changed: bool,
    },
    /// Nobody whom Linkspan knows, and nothing that they might.
    NoRole,
    /// Somebody else is called so here.
    Taken,
    Disabled,
}

impl Store {
    /// `origin`: who has signed them in; `subject`: what they are there, for good.
    pub fn put_external(&self, origin: &str, subject: &str, name: &UserName, grants: &[Grant]) -> Result<External, StoreError> {
        self.change(|transaction| {
            let query = "SELECT name, grants, disabled FROM users WHERE origin = ? AND subject = ?";
            let known = transaction
                .query_row(query, [origin, subject], |row| Ok((user(row.get(0)?, &row.get::<_, String>(1)?), row.get::<_, bool>(2)?)));
            let grants = grants.to_vec();
            match known.optional()? {
                Some((_, true)) => Ok(External::Disabled),
                Some((known, false)) => {
                    let is_changed = known.grants != grants;
                    if is_changed {
                        transaction.execute("UPDATE users SET grants = ? WHERE name = ?", params![written(&grants), known.name.0])?;
                    }
                    Ok(External::Signed { user: User { grants, ..known }, is_changed })
                }
                None if grants.is_empty() => Ok(External::NoRole),
                None => {
                    // Without a password nobody signs in by one.
                    let put = transaction.execute(
                        "INSERT INTO users (name, grants, password, origin, subject, created) VALUES (?, ?, '', ?, ?, ?) ON CONFLICT (name) DO NOTHING",
                        params![name.0, written(&grants), origin, subject, now()],
                    )?;
                    Ok(if put == 0 {
                        External::Taken
                    } else {
                        External::Signed { user: User { name: name.clone(), grants }, is_changed: false }
                    })
                }
            }
        })
    }

    pub fn users(&self) -> Result<Vec<User>, StoreError> {
        Ok(self.accounts()?.into_iter().map(|account| account.user).collect())
    }

    pub fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        let connection = self.lock();
        let mut query = connection.prepare(
            "SELECT name, grants, disabled, (SELECT count(*) FROM sessions WHERE user = name AND expires > unixepoch()), last_seen, origin != ''
             FROM users ORDER BY name",
        )?;
        let rows = query.query_map([], |row| {
            let seen: Option<i64> = row.get(4)?;
            Ok(Account {
                user: user(row.get(0)?, &row.get::<_, String>(1)?),
                disabled: row.get(2)?,
                external: row.get(5)?,
                sessions: row.get(3)?,
                last_seen: seen.map(|seconds| Timestamp(seconds.saturating_mul(1000))),
            })
        })?;
        Ok(readable("a user", rows))
    }

    /// Since when somebody is called so.
    pub fn since(&self, name: &UserName) -> Result<Timestamp, StoreError> {
        let found = self.lock().query_row("SELECT created FROM users WHERE name = ?", [&name.0], |row| row.get::<_, i64>(0));
        Ok(Timestamp(found.optional()?.unwrap_or_default().saturating_mul(1000)))
    }

    pub fn has_users(&self) -> Result<bool, StoreError> {
        Ok(self.lock().query_row("SELECT EXISTS (SELECT 1 FROM users)", [], |row| row.get(0))?)
    }

    /// Who may sign in by this name, and the hash of the password.
    pub fn user(&self, name: &str) -> Result<Option<(User, String)>, StoreError> {
        let found = self.lock().query_row("SELECT name, grants, password FROM users WHERE name = ? AND NOT disabled", [name], |row| {
            Ok((user(row.get(0)?, &row.get::<_, String>(1)?), row.get(2)?))
        });
        Ok(found.optional()?)
    }

    pub fn put_user(&self, user: &User, password: &str) -> Result<(), StoreError> {
        self.change(|transaction| {
            put_user(transaction, user, password)?;
            transaction.execute("UPDATE users SET disabled = 0 WHERE name = ?", [&user.name.0])?;
            Ok(())
        })
    }

    /// `even_last`: also the last administrator.
    pub fn remove_user(&self, name: &str, even_last: bool) -> Result<Changed, StoreError> {
        self.unless_last(name, even_last, |connection| connection.execute("DELETE FROM users WHERE name = ?", [name]))
    }

    /// What they may, or whether they may sign in. Their sessions end.
    pub fn change_user(
        &self,
        name: &str,
        grants: Option<&[Grant]>,
        disabled: Option<bool>,
        even_last: bool,
    ) -> Result<Changed, StoreError> {
        self.unless_last(name, even_last, |connection| {
            connection.execute("DELETE FROM sessions WHERE user = ?", [name])?;
            connection.execute(
                "UPDATE users SET grants = coalesce(?2, grants), disabled = coalesce(?3, disabled) WHERE name = ?1",
                params![name, grants.map(written), disabled],
            )
        })
    }

    /// Does it where an administrator is left then. `change`: how many it was done to.
    fn unless_last(
        &self,
        name: &str,
        even_last: bool,
        change: impl FnOnce(&Connection) -> rusqlite::Result<usize>,
    ) -> Result<Changed, StoreError> {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let before = administrators(&transaction)?;
        if change(&transaction)? == 0 {
            return Ok(Changed::Unknown);
        }
        if !even_last && before.iter().any(|one| one == name) && administrators(&transaction)?.is_empty() {
            return Ok(Changed::LastAdministrator);
        }
        transaction.commit()?;
        Ok(Changed::Done)
    }

    /// Who may give somebody a role.
    pub fn administrators(&self) -> Result<Vec<String>, StoreError> {
        Ok(administrators(&self.lock())?)
    }
}

fn administrators(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut query = connection.prepare("SELECT name, grants FROM users WHERE NOT disabled ORDER BY name")?;
    let rows = query.query_map([], |row| Ok(user(row.get(0)?, &row.get::<_, String>(1)?)))?;
    let all = readable("a user", rows);
    Ok(all.into_iter().filter(|user| user.role_everywhere() == Some(Role::Administrator)).map(|user| user.name.0).collect())
}

/// A new password makes the links that were to set one worthless; and whoever needs one from somebody else may not be the only one who
/// could sign in.
pub(super) fn put_user(connection: &Connection, user: &User, password: &str) -> Result<(), StoreError> {
    connection.execute("DELETE FROM links WHERE user = ?", [&user.name.0])?;
    connection.execute("DELETE FROM passkeys WHERE user = ?", [&user.name.0])?;
    connection.execute(
        "INSERT INTO users (name, grants, password, created) VALUES (?, ?, ?, ?)
         ON CONFLICT (name) DO UPDATE SET grants = excluded.grants, password = excluded.password",
        params![user.name.0, written(&user.grants), password, now()],
    )?;
    Ok(())
}

pub(super) fn written(grants: &[Grant]) -> String {
    serde_json::to_string(grants).unwrap_or_default()
}

/// A grant that this Linkspan does not know is none.
pub(super) fn read_grants(text: &str) -> Vec<Grant> {
    let all: Vec<serde_json::Value> = serde_json::from_str(text).unwrap_or_default();
    all.into_iter().filter_map(|grant| serde_json::from_value(grant).ok()).collect()
}

pub(super) fn user(name: String, grants: &str) -> User {
    User { name: UserName(name), grants: read_grants(grants) }
}

/// No more than this role anywhere.
pub(super) fn at_most(user: User, role: Role) -> User {
    let grants = user.grants.into_iter().map(|Grant { role: own, scope }| Grant { role: own.min(role), scope });
    User { grants: grants.collect(), ..user }
}
