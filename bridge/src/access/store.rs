//! Users, sessions and one-time links in the database. Whatever is asked here may wait for the disk.

use std::sync::Arc;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use linkspan_shared::{
    ids::UserName,
    user::{Role, User},
};
use parking_lot::MutexGuard;
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

use crate::database::{Database, StoreError, readable};

/// A session ends this long after it began.
pub const SESSION_SECONDS: i64 = 30 * 24 * 3600;
/// A one-time link works for this long.
const LINK_SECONDS: i64 = 24 * 3600;

/// What a one-time link is good for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// Creating the first administrator.
    SetUp,
    /// Setting a new password.
    Reset(UserName),
}

#[derive(Clone)]
pub struct Store {
    database: Arc<Database>,
}

impl Store {
    pub fn new(database: Arc<Database>) -> Self {
        Self { database }
    }

    pub fn instance(&self) -> Result<String, StoreError> {
        Ok(self.database.instance()?)
    }

    pub fn users(&self) -> Result<Vec<User>, StoreError> {
        let connection = self.lock();
        let mut query = connection.prepare("SELECT name, role FROM users ORDER BY name")?;
        let rows = query.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
        Ok(readable("a user", rows).into_iter().filter_map(|(name, role)| user(name, &role)).collect())
    }

    /// Also when it is one whose role this version does not know.
    pub fn has_users(&self) -> Result<bool, StoreError> {
        Ok(self.lock().query_row("SELECT EXISTS (SELECT 1 FROM users)", [], |row| row.get(0))?)
    }

    /// A user and the hash of the password.
    pub fn user(&self, name: &str) -> Result<Option<(User, String)>, StoreError> {
        let found = self
            .lock()
            .query_row("SELECT name, role, password FROM users WHERE name = ?", [name], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?))
            })
            .optional()?;
        Ok(found.and_then(|(name, role, password)| Some((user(name, &role)?, password))))
    }

    pub fn put_user(&self, user: &User, password: &str) -> Result<(), StoreError> {
        put_user(&self.lock(), user, password)?;
        Ok(())
    }

    pub fn remove_user(&self, name: &str) -> Result<bool, StoreError> {
        Ok(self.lock().execute("DELETE FROM users WHERE name = ?", [name])? > 0)
    }

    /// `None` when there is no such user (any more), or the password is another one than `password` (its hash).
    pub fn add_session(&self, user: &UserName, password: Option<&str>) -> Result<Option<String>, StoreError> {
        let token = new_token()?;
        let connection = self.lock();
        connection.execute("DELETE FROM sessions WHERE expires <= ?", [now()])?;
        let added = connection.execute(
            "INSERT INTO sessions (token, user, expires)
             SELECT ?1, name, ?3 FROM users WHERE name = ?2 AND (?4 IS NULL OR password = ?4)",
            params![digest(&token), user.0, now() + SESSION_SECONDS, password],
        )?;
        Ok((added > 0).then_some(token))
    }

    pub fn session(&self, token: &str) -> Result<Option<User>, StoreError> {
        let found = self
            .lock()
            .query_row(
                "SELECT users.name, users.role FROM sessions JOIN users ON users.name = sessions.user WHERE token = ? AND expires > ?",
                params![digest(token), now()],
                |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)),
            )
            .optional()?;
        Ok(found.and_then(|(name, role)| user(name, &role)))
    }

    /// `false` when there was none.
    pub fn remove_session(&self, token: &str) -> Result<bool, StoreError> {
        Ok(self.lock().execute("DELETE FROM sessions WHERE token = ?", [digest(token)])? > 0)
    }

    /// `false` when the password is another one than `before` by now. All sessions of the user end but that of `token`.
    pub fn change_password(&self, user: &UserName, before: &str, after: &str, token: &str) -> Result<bool, StoreError> {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let changed =
            transaction.execute("UPDATE users SET password = ?3 WHERE name = ?1 AND password = ?2", params![user.0, before, after])?;
        if changed > 0 {
            transaction.execute("DELETE FROM links WHERE user = ?", [&user.0])?;
            transaction.execute("DELETE FROM sessions WHERE user = ? AND token != ?", params![user.0, digest(token)])?;
        }
        transaction.commit()?;
        Ok(changed > 0)
    }

    pub fn remove_sessions_of(&self, user: &UserName) -> Result<(), StoreError> {
        self.lock().execute("DELETE FROM sessions WHERE user = ?", [&user.0])?;
        Ok(())
    }

    /// A new link makes earlier ones for the same purpose worthless.
    pub fn add_link(&self, link: &Link) -> Result<String, StoreError> {
        let token = new_token()?;
        let user = match link {
            Link::SetUp => None,
            Link::Reset(user) => Some(&user.0),
        };
        let connection = self.lock();
        connection.execute("DELETE FROM links WHERE user IS ? OR expires <= ?", params![user, now()])?;
        connection
            .execute("INSERT INTO links (token, user, expires) VALUES (?, ?, ?)", params![digest(&token), user, now() + LINK_SECONDS])?;
        Ok(token)
    }

    pub fn link(&self, token: &str) -> Result<Option<Link>, StoreError> {
        Ok(find_link(&self.lock(), token)?)
    }

    /// Uses the link up: sets the password of its user, or creates the first administrator. `None` when somebody was faster.
    pub fn redeem(&self, token: &str, name: &UserName, password: &str) -> Result<Option<User>, StoreError> {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let Some(link) = find_link(&transaction, token)? else { return Ok(None) };
        let user = match link {
            Link::SetUp => {
                if transaction.query_row("SELECT count(*) FROM users", [], |row| row.get::<_, i64>(0))? > 0 {
                    return Ok(None);
                }
                User { name: name.clone(), role: Role::Administrator }
            }
            Link::Reset(name) => {
                let role: String = transaction.query_row("SELECT role FROM users WHERE name = ?", [&name.0], |row| row.get(0))?;
                let Some(user) = user(name.0, &role) else { return Ok(None) };
                user
            }
        };
        put_user(&transaction, &user, password)?;
        transaction.execute("DELETE FROM links WHERE token = ?", [digest(token)])?;
        transaction.commit()?;
        Ok(Some(user))
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.database.lock()
    }
}

/// A new password makes the links that were to set one worthless.
fn put_user(connection: &Connection, user: &User, password: &str) -> rusqlite::Result<usize> {
    connection.execute("DELETE FROM links WHERE user = ?", [&user.name.0])?;
    connection.execute(
        "INSERT INTO users (name, role, password) VALUES (?, ?, ?)
         ON CONFLICT (name) DO UPDATE SET role = excluded.role, password = excluded.password",
        params![user.name.0, role_name(user.role), password],
    )
}

fn find_link(connection: &Connection, token: &str) -> rusqlite::Result<Option<Link>> {
    let user: Option<Option<String>> = connection
        .query_row("SELECT user FROM links WHERE token = ? AND expires > ?", params![digest(token), now()], |row| row.get(0))
        .optional()?;
    Ok(user.map(|user| user.map_or(Link::SetUp, |name| Link::Reset(UserName(name)))))
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::Administrator => "administrator",
        Role::Operator => "operator",
    }
}

/// A role that this Linkspan does not know may do nothing: its user cannot sign in.
fn user(name: String, role: &str) -> Option<User> {
    let role = [Role::Administrator, Role::Operator].into_iter().find(|known| role_name(*known) == role)?;
    Some(User { name: UserName(name), role })
}

fn new_token() -> Result<String, StoreError> {
    Ok(BASE64_URL_SAFE_NO_PAD.encode(random::<32>()?))
}

/// Tokens have 256 random bits: a plain hash is enough to keep a stolen database from being used.
fn digest(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

fn random<const N: usize>() -> Result<[u8; N], StoreError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| StoreError::Random)?;
    Ok(bytes)
}

fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(Arc::new(Database::open(dir.path()).unwrap()));
        (dir, store)
    }

    #[test]
    fn a_link_works_once() {
        let (_dir, store) = store();
        let token = store.add_link(&Link::SetUp).unwrap();
        let user = store.redeem(&token, &UserName::new("mika"), "hash").unwrap().unwrap();
        assert_eq!(user.name.0, "mika");
        assert!(store.redeem(&token, &UserName::new("eve"), "hash").unwrap().is_none());
        let late = store.add_link(&Link::SetUp).unwrap();
        assert!(store.redeem(&late, &UserName::new("eve"), "hash").unwrap().is_none());
        let reset = store.add_link(&Link::Reset(user.name.clone())).unwrap();
        assert!(store.redeem(&reset, &user.name, "other").unwrap().is_some());
        assert_eq!(store.user("mika").unwrap().unwrap().1, "other");
    }

    #[test]
    fn a_new_password_ends_the_other_sessions() {
        let (_folder, store) = store();
        let user = User { name: UserName::new("mika"), role: Role::Operator };
        store.put_user(&user, "old").unwrap();
        let [own, other] = [(); 2].map(|()| store.add_session(&user.name, None).unwrap().unwrap());
        let link = store.add_link(&Link::Reset(user.name.clone())).unwrap();
        assert!(!store.change_password(&user.name, "another", "new", &own).unwrap());
        assert!(store.session(&other).unwrap().is_some() && store.link(&link).unwrap().is_some());
        assert!(store.change_password(&user.name, "old", "new", &own).unwrap());
        assert_eq!(store.session(&own).unwrap(), Some(user));
        assert!(store.session(&other).unwrap().is_none() && store.link(&link).unwrap().is_none());
        assert_eq!(store.user("mika").unwrap().map(|(_, password)| password).as_deref(), Some("new"));
    }

    #[test]
    fn sessions_outlive_the_process_and_end_with_their_user() {
        let (dir, store) = store();
        store.put_user(&User { name: UserName::new("mika"), role: Role::Administrator }, "hash").unwrap();
        let token = store.add_session(&UserName::new("mika"), Some("hash")).unwrap().unwrap();
        assert!(store.add_session(&UserName::new("mika"), Some("an older hash")).unwrap().is_none());
        let instance = store.instance().unwrap();
        drop(store);
        let store = Store::new(Arc::new(Database::open(dir.path()).unwrap()));
        assert_eq!(store.instance().unwrap(), instance);
        assert!(store.session(&token).unwrap().is_some());
        assert!(store.session("made up").unwrap().is_none());
        store.remove_user("mika").unwrap();
        assert!(store.session(&token).unwrap().is_none());
    }
}
