//! The record in the database: each entry is bound to the one before by its hash, so that none can be changed, taken out or put in
//! between unseen.

use linkspan_shared::{activity::Entry, time::Timestamp, user::User};
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::database::{Database, StoreError};

/// Entries that are kept; the oldest go first.
const ENTRIES: u64 = 200_000;
/// Old ones are looked for after so many new ones.
const LOOK: u64 = 256;

/// Name and value of what an object carried.
pub type Labels = Vec<(String, String)>;

/// An entry with what decides who may see it. This is what is hashed, as it is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    pub entry: Entry,
    #[serde(default)]
    pub labels: Labels,
}

impl Record {
    /// As this person may see it. `None`: not at all. `since`: what was done by their name before was done by another.
    pub fn seen_by(&self, user: &User, since: Timestamp) -> Option<Entry> {
        let own = self.entry.who.as_ref() == Some(&user.name) && self.entry.at >= since;
        let role = match &self.entry.engine {
            Some(engine) => user.role_for(engine, &self.labels),
            None => user.role_everywhere().filter(|role| *role == linkspan_shared::user::Role::Administrator),
        };
        if role.is_none() && !own {
            return None;
        }
        let mut entry = self.entry.clone();
        let is_administrator = user.role_everywhere() == Some(linkspan_shared::user::Role::Administrator);
        if !own && !is_administrator {
            entry.address.clear();
        }
        if !own && role < Some(linkspan_shared::user::Role::Operator) {
            entry.request = None;
        }
        Some(entry)
    }
}

/// Where the chain begins, and where it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    pub entries: u64,
    /// IDs; 0 where there are none.
    pub first: u64,
    pub last: u64,
    /// Of the last one, in hexadecimal: whoever writes it down elsewhere sees whether the end was cut off.
    pub hash: String,
}

#[derive(Debug, thiserror::Error)]
pub enum Broken {
    #[error("the entry {id} {why}: the record was changed after it was written")]
    Chain { id: u64, why: &'static str },
    #[error("{0}")]
    Store(#[from] StoreError),
}

/// Puts them at the end, all or none, and gives them their IDs. Answers with the last one's.
pub fn append(database: &Database, records: &mut [Record], keep_from: i64) -> Result<u64, StoreError> {
    let mut connection = database.lock();
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let (mut id, mut hash) = end(&transaction)?;
    let before = id;
    for record in records {
        id += 1;
        record.entry.id = id;
        let text = serde_json::to_string(record).unwrap_or_default();
        hash = link(&hash, id, &text);
        transaction.execute(
            "INSERT INTO activity (id, at, record, hash) VALUES (?, ?, ?, ?)",
            params![id as i64, record.entry.at.0, text, hash],
        )?;
    }
    if before / LOOK != id / LOOK {
        forget(&transaction, id.saturating_sub(ENTRIES), keep_from)?;
    }
    transaction.commit()?;
    Ok(id)
}

/// Those up to an ID, and those from before a time; where the chain begins then is kept.
fn forget(connection: &Connection, up_to: u64, before: i64) -> Result<(), StoreError> {
    let query = "SELECT max(id) FROM activity WHERE id <= ?1 OR id < (SELECT coalesce(min(id), 0) FROM activity WHERE at >= ?2)";
    let last: Option<i64> = connection.query_row(query, params![up_to as i64, before], |row| row.get(0))?;
    let Some(last) = last else { return Ok(()) };
    let hash: Vec<u8> = connection.query_row("SELECT hash FROM activity WHERE id = ?", [last], |row| row.get(0))?;
    connection.execute("DELETE FROM activity_begin", [])?;
    connection.execute("INSERT INTO activity_begin (id, hash) VALUES (?, ?)", params![last, hash])?;
    connection.execute("DELETE FROM activity WHERE id <= ?", [last])?;
    Ok(())
}

/// The newest one's ID and hash; of what was forgotten, if there is none.
fn end(connection: &Connection) -> Result<(u64, Vec<u8>), StoreError> {
    let newest = connection
        .query_row("SELECT id, hash FROM activity ORDER BY id DESC LIMIT 1", [], |row| Ok((row.get::<_, i64>(0)? as u64, row.get(1)?)))
        .optional()?;
    match newest {
        Some(newest) => Ok(newest),
        None => begin(connection),
    }
}

fn begin(connection: &Connection) -> Result<(u64, Vec<u8>), StoreError> {
    let begin = connection
        .query_row("SELECT id, hash FROM activity_begin", [], |row| Ok((row.get::<_, i64>(0)? as u64, row.get(1)?)))
        .optional()?;
    Ok(begin.unwrap_or_default())
}

pub fn newest(database: &Database) -> Result<u64, StoreError> {
    Ok(end(&database.lock())?.0)
}

/// What a hash is of: the one before, the ID, and the text as it is in the database.
fn link(before: &[u8], id: u64, text: &str) -> Vec<u8> {
    Sha256::new().chain_update(before).chain_update(id.to_be_bytes()).chain_update(text.as_bytes()).finalize().to_vec()
}

/// The newest first, from before an ID, as many of them as are looked through. One that cannot be read is left out.
pub fn read_back(database: &Database, before: Option<u64>, count: usize) -> Result<Vec<(u64, Option<Record>)>, StoreError> {
    let connection = database.lock();
    let mut query = connection.prepare_cached("SELECT id, record FROM activity WHERE id < ? ORDER BY id DESC LIMIT ?")?;
    let before = before.map_or(i64::MAX, |before| i64::try_from(before).unwrap_or(i64::MAX));
    let rows = query.query_map(params![before, count as i64], |row| Ok((row.get::<_, i64>(0)? as u64, row.get::<_, String>(1)?)))?;
    let rows = rows.collect::<Result<Vec<_>, _>>()?;
    Ok(rows.into_iter().map(|(id, text)| (id, serde_json::from_str(&text).ok())).collect())
}

/// Each entry as a line of JSON, the oldest first, with its hash.
pub fn each_line(database: &Database, mut line: impl FnMut(&str) -> std::io::Result<()>) -> Result<(), StoreError> {
    let mut after = 0_i64;
    loop {
        let rows: Vec<(i64, String, Vec<u8>)> = {
            let connection = database.lock();
            let mut query = connection.prepare_cached("SELECT id, record, hash FROM activity WHERE id > ? ORDER BY id LIMIT 1000")?;
            let rows = query.query_map([after], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            rows.collect::<Result<_, _>>()?
        };
        let Some((last, ..)) = rows.last() else { return Ok(()) };
        after = *last;
        for (_, text, hash) in &rows {
            let record: serde_json::Value = serde_json::from_str(text).unwrap_or_else(|_| serde_json::Value::String(text.clone()));
            let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
            let mut object = match record {
                serde_json::Value::Object(object) => object,
                other => serde_json::Map::from_iter([("record".to_owned(), other)]),
            };
            object.insert("hash".to_owned(), hash.into());
            line(&serde_json::Value::Object(object).to_string())?;
        }
    }
}

/// Goes along the whole chain.
pub fn verify(database: &Database) -> Result<Chain, Broken> {
    let connection = database.lock();
    let (begin_id, mut hash) = begin(&connection)?;
    let mut query = connection.prepare("SELECT id, record, hash FROM activity ORDER BY id").map_err(StoreError::from)?;
    let mut rows = query.query([]).map_err(StoreError::from)?;
    let (mut id, mut entries) = (begin_id, 0);
    while let Some(row) = rows.next().map_err(StoreError::from)? {
        let of_row = || -> rusqlite::Result<(i64, String, Vec<u8>)> { Ok((row.get(0)?, row.get(1)?, row.get(2)?)) };
        let (row_id, text, row_hash) = of_row().map_err(StoreError::from)?;
        if row_id as u64 != id + 1 {
            return Err(Broken::Chain { id: id + 1, why: "is missing" });
        }
        (id, entries) = (row_id as u64, entries + 1);
        hash = link(&hash, id, &text);
        if hash != row_hash {
            return Err(Broken::Chain { id, why: "does not fit the one before" });
        }
    }
    let first = if entries == 0 { 0 } else { begin_id + 1 };
    Ok(Chain { entries, first, last: if entries == 0 { 0 } else { id }, hash: hash.iter().map(|byte| format!("{byte:02x}")).collect() })
}

#[cfg(test)]
mod tests {
    use linkspan_shared::{
        activity::{Access, Asked, Verb},
        ids::{EngineId, UserName},
        json::Json,
        time::Timestamp,
        user::{Grant, Role, Scope},
    };

    use super::*;

    fn record(at: i64) -> Record {
        let entry = Entry {
            id: 0,
            at: Timestamp(at),
            who: Some(UserName::new("mika")),
            address: "10.0.0.1".into(),
            engine: None,
            verb: Verb::Access(Access::SignedIn),
            object: None,
            problem: None,
            milliseconds: None,
            request: None,
            job: None,
        };
        Record { entry, labels: Vec::new() }
    }

    fn with(count: usize) -> (tempfile::TempDir, Database) {
        let dir = tempfile::tempdir().unwrap();
        let database = Database::open(dir.path()).unwrap();
        append(&database, &mut (0..count).map(|at| record(at as i64)).collect::<Vec<_>>(), 0).unwrap();
        (dir, database)
    }

    #[test]
    fn whatever_is_changed_afterwards_is_seen() {
        for (change, found) in [
            ("UPDATE activity SET record = replace(record, 'mika', 'eve') WHERE id = 2", 2),
            ("DELETE FROM activity WHERE id = 2", 2),
            ("DELETE FROM activity WHERE id = 1", 1),
            ("UPDATE activity SET id = 9 WHERE id = 3", 3),
            ("UPDATE activity SET hash = (SELECT hash FROM activity WHERE id = 1) WHERE id = 3", 3),
            ("UPDATE activity SET record = (SELECT record FROM activity WHERE id = 1) WHERE id = 3", 3),
        ] {
            let (_dir, database) = with(3);
            assert_eq!(verify(&database).unwrap().entries, 3);
            database.lock().execute_batch(change).unwrap();
            assert!(matches!(verify(&database), Err(Broken::Chain { id, .. }) if id == found), "{change}");
        }
    }

    #[test]
    fn old_ones_go_and_the_chain_holds() {
        let (_dir, database) = with(300);
        append(&database, &mut (300..600).map(record).collect::<Vec<_>>(), 250).unwrap();
        let chain = verify(&database).unwrap();
        assert_eq!((chain.first, chain.last, chain.entries), (251, 600, 350));
        database.lock().execute("DELETE FROM activity", []).unwrap();
        // Cut off at the end, it is none that was written down.
        assert_ne!(verify(&database).unwrap().hash, chain.hash);
        append(&database, &mut [record(700)], 0).unwrap();
        assert_eq!(verify(&database).unwrap().entries, 1);
    }

    #[test]
    fn lines_have_all_of_it() {
        let (_dir, database) = with(2);
        let mut lines = Vec::new();
        each_line(&database, |line| {
            lines.push(line.to_owned());
            Ok(())
        })
        .unwrap();
        assert_eq!(lines.len(), 2);
        assert!(lines[0].contains("\"hash\":\"") && lines[0].contains("mika"), "{}", lines[0]);
    }

    #[test]
    fn everybody_sees_what_is_theirs() {
        let user = |role, scope| User { name: UserName::new("jun"), grants: vec![Grant { role, scope }] };
        let label = || Scope::Label { name: "team".into(), value: "front".into() };
        let mut done = record(1);
        done.entry.engine = Some(EngineId::new("pier"));
        done.entry.request = Some(Asked { call: "container.stop".into(), arguments: Json::of(&()).unwrap() });
        done.labels = vec![("team".into(), "front".into())];
        for (viewer, sees, asked, address) in [
            (user(Role::Viewer, Scope::All), true, false, false),
            (user(Role::Operator, Scope::Engine(EngineId::new("pier"))), true, true, false),
            (user(Role::Operator, Scope::Engine(EngineId::new("quay"))), false, false, false),
            (user(Role::Operator, label()), true, true, false),
            (user(Role::Administrator, Scope::All), true, true, true),
            (User { name: UserName::new("mika"), grants: Vec::new() }, true, true, true),
        ] {
            let seen = done.seen_by(&viewer, Timestamp(0));
            assert_eq!(seen.is_some(), sees, "{viewer:?}");
            let seen = seen.map(|entry| (entry.request.is_some(), !entry.address.is_empty()));
            assert_eq!(seen.unwrap_or_default(), (asked, address), "{viewer:?}");
        }
        assert!(record(1).seen_by(&user(Role::Developer, Scope::All), Timestamp(0)).is_none());
        // By somebody who was called so before.
        let mika = User { name: UserName::new("mika"), grants: Vec::new() };
        assert!(done.seen_by(&mika, Timestamp(done.entry.at.0 + 1)).is_none());
    }
}
