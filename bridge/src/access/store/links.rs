//! One-time links.

use linkspan_shared::{
    account::Invitation,
    ids::UserName,
    time::Timestamp,
    user::{Grant, Role, User},
};
use rusqlite::{Connection, OptionalExtension, params};

use super::{
    Store, digest, new_id, new_token, now,
    people::{put_user, read_grants, user, written},
};
use crate::database::{StoreError, readable};

/// Those that create the administrator or set a password work for this long.
const LINK_SECONDS: i64 = 24 * 3600;
/// Invitations that are open; the oldest goes first.
const INVITATIONS: i64 = 100;

/// What a one-time link is good for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// Creating the first administrator.
    SetUp,
    /// Setting a new password.
    Reset(UserName),
    /// Becoming somebody with these grants.
    Invite { grants: Vec<Grant>, by: UserName, seconds: i64 },
}

impl Store {
    /// A new link makes earlier ones for the same purpose worthless; invitations stand side by side.
    pub fn add_link(&self, link: &Link) -> Result<String, StoreError> {
        let (token, id) = (new_token()?, new_id()?);
        let (user, grants, by, seconds) = match link {
            Link::SetUp => (None, None, None, LINK_SECONDS),
            Link::Reset(user) => (Some(&user.0), None, None, LINK_SECONDS),
            Link::Invite { grants, by, seconds } => (None, Some(written(grants)), Some(&by.0), *seconds),
        };
        self.change(|transaction| {
            transaction.execute("DELETE FROM links WHERE expires <= ?", [now()])?;
            if grants.is_none() {
                transaction.execute("DELETE FROM links WHERE user IS ? AND grants IS NULL", [user])?;
            }
            transaction.execute(
                "INSERT INTO links (token, user, expires, id, grants, invited_by) VALUES (?, ?, ?, ?, ?, ?)",
                params![digest(&token), user, now() + seconds, id, grants, by],
            )?;
            transaction.execute(
                "DELETE FROM links WHERE grants IS NOT NULL
                 AND rowid NOT IN (SELECT rowid FROM links WHERE grants IS NOT NULL ORDER BY rowid DESC LIMIT ?)",
                [INVITATIONS],
            )?;
            Ok(())
        })?;
        Ok(token)
    }

    pub fn link(&self, token: &str) -> Result<Option<Link>, StoreError> {
        Ok(find_link(&self.lock(), token)?)
    }

    /// Those that nobody has used yet.
    pub fn invitations(&self) -> Result<Vec<Invitation>, StoreError> {
        let connection = self.lock();
        let mut query = connection
            .prepare("SELECT id, grants, invited_by, expires FROM links WHERE grants IS NOT NULL AND expires > ? ORDER BY rowid")?;
        let rows = query.query_map([now()], |row| {
            Ok(Invitation {
                id: row.get(0)?,
                grants: read_grants(&row.get::<_, String>(1)?),
                by: UserName(row.get(2)?),
                expires: Timestamp(row.get::<_, i64>(3)?.saturating_mul(1000)),
            })
        })?;
        Ok(readable("an invitation", rows))
    }

    pub fn remove_link(&self, id: &str) -> Result<bool, StoreError> {
        Ok(self.lock().execute("DELETE FROM links WHERE id = ?", [id])? > 0)
    }

    /// Uses the link up: sets the password of its user, or creates one. `None` when somebody was faster, or the name is taken.
    pub fn redeem(&self, token: &str, name: &UserName, password: &str) -> Result<Option<User>, StoreError> {
        self.change(|transaction| {
            let Some(link) = find_link(transaction, token)? else { return Ok(None) };
            let count = |query: &str, by: &[&dyn rusqlite::ToSql]| transaction.query_row(query, by, |row| row.get::<_, i64>(0));
            let made = match link {
                Link::SetUp if count("SELECT count(*) FROM users", &[])? > 0 => return Ok(None),
                Link::SetUp => User::everywhere(name.clone(), Role::Administrator),
                Link::Invite { .. } if count("SELECT count(*) FROM users WHERE name = ?", &[&name.0])? > 0 => return Ok(None),
                Link::Invite { grants, .. } => User { name: name.clone(), grants },
                Link::Reset(name) => transaction.query_row("SELECT name, grants FROM users WHERE name = ?", [&name.0], |row| {
                    Ok(user(row.get(0)?, &row.get::<_, String>(1)?))
                })?,
            };
            put_user(transaction, &made, password)?;
            transaction.execute("DELETE FROM links WHERE token = ?", [digest(token)])?;
            Ok(Some(made))
        })
    }

    pub fn is_taken(&self, name: &str) -> Result<bool, StoreError> {
        Ok(self.lock().query_row("SELECT EXISTS (SELECT 1 FROM users WHERE name = ?)", [name], |row| row.get(0))?)
    }
}

fn find_link(connection: &Connection, token: &str) -> rusqlite::Result<Option<Link>> {
    let query = "SELECT user, grants, invited_by, expires FROM links WHERE token = ? AND expires > ?";
    let found = connection.query_row(query, params![digest(token), now()], |row| {
        let (user, grants): (Option<String>, Option<String>) = (row.get(0)?, row.get(1)?);
        Ok(match (user, grants) {
            (Some(name), _) => Link::Reset(UserName(name)),
            (None, None) => Link::SetUp,
            (None, Some(grants)) => {
                let by = UserName(row.get::<_, Option<String>>(2)?.unwrap_or_default());
                Link::Invite { grants: read_grants(&grants), by, seconds: row.get::<_, i64>(3)? - now() }
            }
        })
    });
    found.optional()
}
