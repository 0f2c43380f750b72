//! Passkeys: what is needed to know that somebody has one, which is no secret.

use linkspan_shared::{
    ids::UserName,
    passkey::{PASSKEYS, Passkey},
    time::Timestamp,
};
use rusqlite::{OptionalExtension, params};
use webauthn_rs::prelude::{CredentialID, Passkey as Key, Uuid};

use super::{Store, new_id, now, used_now};
use crate::database::{StoreError, readable};

/// One that signs somebody in.
pub struct Known {
    pub owner: UserName,
    /// By which authenticators know the owner.
    pub handle: Uuid,
    pub key: Key,
}

/// Whose a new one is to be.
pub struct Owner {
    pub name: UserName,
    /// The hash of the password that was said once more.
    pub password: String,
    pub handle: Uuid,
}

impl Store {
    /// Those of a person.
    pub fn passkeys(&self, owner: &UserName) -> Result<Vec<Passkey>, StoreError> {
        let connection = self.lock();
        let mut query = connection.prepare("SELECT id, name, host, created, used FROM passkeys WHERE user = ? ORDER BY rowid")?;
        let time = |seconds: i64| Timestamp(seconds.saturating_mul(1000));
        let rows = query.query_map([&owner.0], |row| {
            Ok(Passkey {
                id: row.get(0)?,
                name: row.get(1)?,
                host: row.get(2)?,
                created: time(row.get(3)?),
                used: row.get::<_, Option<i64>>(4)?.map(time),
            })
        })?;
        Ok(readable("a passkey", rows))
    }

    /// By which authenticators know a person at a host, and the credentials that they have for them already.
    pub fn authenticators(&self, owner: &UserName, host: &str) -> Result<(Uuid, Vec<CredentialID>), StoreError> {
        let connection = self.lock();
        let mut query = connection.prepare("SELECT handle, credential FROM passkeys WHERE user = ? AND host = ?")?;
        let rows = query.query_map([&owner.0, host], |row| Ok((row.get::<_, [u8; 16]>(0)?, row.get::<_, Vec<u8>>(1)?)))?;
        let (handles, credentials): (Vec<_>, Vec<_>) = readable("a passkey", rows).into_iter().unzip();
        let handle = handles.first().map_or_else(Uuid::new_v4, |handle| Uuid::from_bytes(*handle));
        Ok((handle, credentials))
    }

    /// `false`: it is there already, there are as many as one may have, or the owner's password (its hash) is another one by now.
    pub fn add_passkey(&self, owner: &Owner, host: &str, name: &str, key: &Key) -> Result<bool, StoreError> {
        let Owner { name: user, password, handle } = owner;
        let added = self.lock().execute(
            "INSERT INTO passkeys (id, credential, user, host, handle, name, key, created)
             SELECT ?1, ?2, name, ?4, ?5, ?6, ?7, ?8 FROM users
             WHERE name = ?3 AND password = ?10 AND NOT disabled AND (SELECT count(*) FROM passkeys WHERE user = ?3) < ?9
             ON CONFLICT (credential) DO NOTHING",
            params![
                new_id()?,
                key.cred_id().as_slice(),
                user.0,
                host,
                handle.as_bytes(),
                name,
                written(key),
                now(),
                PASSKEYS as i64,
                password
            ],
        )?;
        Ok(added > 0)
    }

    /// The one of this credential ID, for pages of this host.
    pub fn passkey(&self, credential: &[u8], host: &str) -> Result<Option<Known>, StoreError> {
        let connection = self.lock();
        let found = connection.query_row(
            "SELECT user, handle, key FROM passkeys WHERE credential = ? AND host = ?",
            params![credential, host],
            |row| Ok((UserName(row.get(0)?), Uuid::from_bytes(row.get(1)?), row.get::<_, String>(2)?)),
        );
        let Some((owner, handle, key)) = found.optional()? else { return Ok(None) };
        let read =
            serde_json::from_str(&key).inspect_err(|error| tracing::warn!(%error, %owner, "a passkey in the database cannot be read"));
        Ok(read.ok().map(|key| Known { owner, handle, key }))
    }

    /// It has just signed somebody in, and counts how often it does.
    pub fn passkey_used(&self, key: &Key) {
        let query = "UPDATE passkeys SET key = ?, used = ? WHERE credential = ?";
        used_now(self.lock().execute(query, params![written(key), now(), key.cred_id().as_slice()]));
    }

    pub fn remove_passkey(&self, owner: &UserName, id: &str) -> Result<bool, StoreError> {
        Ok(self.lock().execute("DELETE FROM passkeys WHERE user = ? AND id = ?", [&owner.0, id])? > 0)
    }

    /// Somebody may sign in by one there.
    pub fn has_passkeys(&self, host: &str) -> Result<bool, StoreError> {
        Ok(self.lock().query_row("SELECT EXISTS (SELECT 1 FROM passkeys WHERE host = ?)", [host], |row| row.get(0))?)
    }
}

fn written(key: &Key) -> String {
    serde_json::to_string(key).unwrap_or_default()
}
