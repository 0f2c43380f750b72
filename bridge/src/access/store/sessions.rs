//! Sessions, and devices from which somebody signed in before.

use linkspan_shared::{ids::UserName, user::User};
use rusqlite::{OptionalExtension, params};

use super::{Store, digest, new_token, now, people, used_now};
use crate::database::StoreError;

/// A session ends this long after it began.
pub const SESSION_SECONDS: i64 = 30 * 24 * 3600;
/// One that somebody else's word has begun ends after as long: whom they have sent away does not stay.
pub const EXTERNAL_SECONDS: i64 = 24 * 3600;
/// A session that is not used for as long ends; an open page uses it.
pub const IDLE_SECONDS: i64 = 7 * 24 * 3600;
/// How exactly it is known when a session was used last.
const USED_SECONDS: i64 = 60;
/// A device is known for as long.
pub const DEVICE_SECONDS: i64 = 180 * 24 * 3600;
/// Devices of one person; the one that is known longest goes first.
pub const DEVICES: i64 = 16;
/// Characters of what a browser calls itself.
const AGENT: usize = 200;

/// By what somebody signs in: it may be taken from them while they do.
pub enum By {
    /// Its hash.
    Password(String),
    /// Its credential ID.
    Passkey(Vec<u8>),
    /// Somebody else's, or that of a one-time link.
    Word,
}

impl Store {
    /// `None` when there is no such user (any more) who may sign in, or what they did it with is not theirs any more.
    pub fn add_session(&self, user: &UserName, by: &By, agent: &str) -> Result<Option<String>, StoreError> {
        let (password, passkey) = match by {
            By::Password(hash) => (Some(hash), None),
            By::Passkey(credential) => (None, Some(credential)),
            By::Word => (None, None),
        };
        let token = new_token()?;
        let agent: String = agent.chars().take(AGENT).collect();
        let connection = self.lock();
        connection.execute("DELETE FROM sessions WHERE expires <= ?1 OR used <= ?1 - ?2", params![now(), IDLE_SECONDS])?;
        let added = connection.execute(
            "INSERT INTO sessions (token, user, expires, used, agent)
             SELECT ?1, name, iif(origin = '', ?3, ?7), ?5, ?6 FROM users WHERE name = ?2 AND NOT disabled
             AND (?4 IS NULL OR password = ?4) AND (?8 IS NULL OR EXISTS (SELECT 1 FROM passkeys WHERE credential = ?8 AND user = ?2))",
            params![digest(&token), user.0, now() + SESSION_SECONDS, password, now(), agent, now() + EXTERNAL_SECONDS, passkey],
        )?;
        connection.execute("UPDATE users SET last_seen = ? WHERE name = ?", params![now(), user.0])?;
        Ok((added > 0).then_some(token))
    }

    /// Whose it is; it is used by that.
    pub fn session(&self, token: &str) -> Result<Option<User>, StoreError> {
        let (token, connection) = (digest(token), self.lock());
        let mut query = connection.prepare_cached(
            "SELECT users.name, users.grants, sessions.used FROM sessions JOIN users ON users.name = sessions.user
             WHERE token = ?1 AND expires > ?2 AND used > ?2 - ?3 AND NOT disabled",
        )?;
        let found = query.query_row(params![token, now(), IDLE_SECONDS], |row| {
            Ok((people::user(row.get(0)?, &row.get::<_, String>(1)?), row.get::<_, i64>(2)?))
        });
        let Some((user, used)) = found.optional()? else { return Ok(None) };
        if used + USED_SECONDS <= now() {
            used_now(connection.execute("UPDATE sessions SET used = ? WHERE token = ?", params![now(), token]));
            used_now(connection.execute("UPDATE users SET last_seen = ? WHERE name = ?", params![now(), user.name.0]));
        }
        Ok(Some(user))
    }

    pub fn id_token(&self, token: &str) -> Result<Option<String>, StoreError> {
        let found = self.lock().query_row("SELECT id_token FROM sessions WHERE token = ?", [digest(token)], |row| row.get(0));
        Ok(found.optional()?.flatten())
    }

    pub fn keep_id_token(&self, token: &str, id_token: &str) -> Result<(), StoreError> {
        self.lock().execute("UPDATE sessions SET id_token = ?2 WHERE token = ?1", params![digest(token), id_token])?;
        Ok(())
    }

    /// `false` when there was none.
    pub fn remove_session(&self, token: &str) -> Result<bool, StoreError> {
        Ok(self.lock().execute("DELETE FROM sessions WHERE token = ?", [digest(token)])? > 0)
    }

    /// All of a person, but for that of `token`.
    pub fn remove_sessions_of(&self, user: &UserName, token: Option<&str>) -> Result<(), StoreError> {
        self.lock().execute("DELETE FROM sessions WHERE user = ?1 AND (?2 IS NULL OR token != ?2)", params![user.0, token.map(digest)])?;
        Ok(())
    }

    /// `false` when the password is another one than `before` by now. All sessions of the user end but that of `token`.
    pub fn change_password(&self, user: &UserName, before: &str, after: &str, token: &str) -> Result<bool, StoreError> {
        self.change(|transaction| {
            let changed =
                transaction.execute("UPDATE users SET password = ?3 WHERE name = ?1 AND password = ?2", params![user.0, before, after])?;
            if changed > 0 {
                transaction.execute("DELETE FROM links WHERE user = ?", [&user.0])?;
                transaction.execute("DELETE FROM sessions WHERE user = ? AND token != ?", params![user.0, digest(token)])?;
                transaction.execute("DELETE FROM devices WHERE user = ?", [&user.0])?;
            }
            Ok(changed > 0)
        })
    }

    /// Known from now on as one of this person's: somebody has signed in there.
    pub fn add_device(&self, user: &UserName) -> Result<String, StoreError> {
        let token = new_token()?;
        self.change(|transaction| {
            transaction.execute(
                "INSERT INTO devices (token, user, expires) VALUES (?, ?, ?)",
                params![digest(&token), user.0, now() + DEVICE_SECONDS],
            )?;
            transaction.execute(
                "DELETE FROM devices WHERE expires <= ?1 OR user = ?2
                 AND rowid NOT IN (SELECT rowid FROM devices WHERE user = ?2 ORDER BY rowid DESC LIMIT ?3)",
                params![now(), user.0, DEVICES],
            )?;
            Ok(())
        })?;
        Ok(token)
    }

    /// Somebody has signed in from there before.
    pub fn is_device(&self, token: &str) -> Result<bool, StoreError> {
        let query = "SELECT EXISTS (SELECT 1 FROM devices WHERE token = ? AND expires > ?)";
        Ok(self.lock().query_row(query, params![digest(token), now()], |row| row.get(0))?)
    }

    pub fn knows_device(&self, token: &str, user: &str) -> Result<bool, StoreError> {
        let query = "SELECT EXISTS (SELECT 1 FROM devices WHERE token = ? AND user = ? AND expires > ?)";
        Ok(self.lock().query_row(query, params![digest(token), user, now()], |row| row.get(0))?)
    }
}
