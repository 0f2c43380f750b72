//! Personal tokens, for scripts and Prometheus.

use linkspan_shared::{
    account::Token,
    ids::UserName,
    time::Timestamp,
    user::{Role, User},
};
use rusqlite::{OptionalExtension, params};

use super::{
    Store, digest, new_id, new_token, now,
    people::{at_most, user},
    used_now,
};
use crate::database::{StoreError, readable};

/// What every token begins with, so that whoever looks for secrets that leaked finds it.
const PREFIX: &str = "lsp_";
/// How exactly it is known when a token was used last.
const USED_SECONDS: i64 = 60;

impl Store {
    /// Its ID and its secret, which is nowhere kept. `seconds`: `None` for one that does not expire.
    pub fn add_token(&self, owner: &UserName, name: &str, role: Role, seconds: Option<i64>) -> Result<(String, String), StoreError> {
        let (id, secret) = (new_id()?, format!("{PREFIX}{}", new_token()?));
        self.lock().execute(
            "INSERT INTO tokens (id, token, user, name, role, created, expires) VALUES (?, ?, ?, ?, ?, ?, ?)",
            params![id, digest(&secret), owner.0, name, role.as_str(), now(), seconds.map(|seconds| now() + seconds)],
        )?;
        Ok((id, secret))
    }

    /// Those of a person.
    pub fn tokens(&self, owner: &UserName) -> Result<Vec<Token>, StoreError> {
        let connection = self.lock();
        let mut query = connection.prepare("SELECT id, name, role, created, expires, used FROM tokens WHERE user = ? ORDER BY rowid")?;
        let time = |seconds: i64| Timestamp(seconds.saturating_mul(1000));
        let rows = query.query_map([&owner.0], |row| {
            Ok(Token {
                id: row.get(0)?,
                name: row.get(1)?,
                role: role(&row.get::<_, String>(2)?),
                created: time(row.get(3)?),
                expires: row.get::<_, Option<i64>>(4)?.map(time),
                used: row.get::<_, Option<i64>>(5)?.map(time),
            })
        })?;
        Ok(readable("a token", rows))
    }

    pub fn remove_token(&self, owner: &UserName, id: &str) -> Result<bool, StoreError> {
        Ok(self.lock().execute("DELETE FROM tokens WHERE user = ? AND id = ?", [&owner.0, id])? > 0)
    }

    /// Whom it speaks for: its owner, with no more than its role.
    pub fn user_of_token(&self, secret: &str) -> Result<Option<User>, StoreError> {
        let (token, connection) = (digest(secret), self.lock());
        let found = connection.query_row(
            "SELECT users.name, users.grants, tokens.role, tokens.used FROM tokens JOIN users ON users.name = tokens.user
             WHERE token = ?1 AND (expires IS NULL OR expires > ?2) AND NOT disabled",
            params![token, now()],
            |row| {
                let owner = user(row.get(0)?, &row.get::<_, String>(1)?);
                Ok((at_most(owner, role(&row.get::<_, String>(2)?)), row.get::<_, Option<i64>>(3)?))
            },
        );
        let Some((user, used)) = found.optional()? else { return Ok(None) };
        if used.is_none_or(|used| used + USED_SECONDS <= now()) {
            used_now(connection.execute("UPDATE tokens SET used = ? WHERE token = ?", params![now(), token]));
        }
        Ok(Some(user))
    }
}

/// One that this Linkspan does not know is the least.
fn role(name: &str) -> Role {
    Role::ALL.into_iter().find(|role| role.as_str() == name).unwrap_or(Role::Viewer)
}
