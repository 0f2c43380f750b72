//! Jobs in the database: what they came to outlives the bridge, and what it interrupted is marked as such.

use std::sync::Arc;

use linkspan_shared::{
    ids::{EngineId, JobId},
    job::{Job, Outcome},
    time::Timestamp,
};

use crate::database::{Database, StoreError, readable};

/// Rows of one engine, at most: those of another version, which are not shown, age with the rest.
const ROWS: usize = 500;

#[derive(Clone)]
pub struct History {
    database: Arc<Database>,
    engine: EngineId,
}

impl History {
    pub fn new(database: Arc<Database>, engine: EngineId) -> Self {
        Self { database, engine }
    }

    /// Those of before this start. Whatever ran then was interrupted, at `now` at the latest.
    pub fn load(&self, now: Timestamp) -> Vec<Job> {
        let read = || -> Result<Vec<(String, String)>, StoreError> {
            let connection = self.database.lock();
            let mut query = connection.prepare("SELECT id, job FROM jobs WHERE engine = ? ORDER BY started")?;
            let rows = query.query_map([self.engine.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(readable("a job", rows))
        };
        let texts = read().unwrap_or_else(|error| {
            tracing::error!(%error, "the history of jobs cannot be read");
            Vec::new()
        });
        self.forget_beyond(ROWS);
        // Another version may have written it otherwise, and may read it again.
        let read = |(id, text): &(String, String)| {
            let job = serde_json::from_str::<Job>(text);
            job.inspect_err(|error| tracing::warn!(job = id, %error, "a job of the history cannot be read and is left out")).ok()
        };
        let mut jobs: Vec<Job> = texts.iter().filter_map(read).collect();
        for job in jobs.iter_mut().filter(|job| job.outcome == Outcome::Running) {
            job.outcome = Outcome::Interrupted;
            job.ended = Some(now);
            self.put(job);
        }
        jobs
    }

    fn forget_beyond(&self, rows: usize) {
        let forgotten = self.database.lock().execute(
            "DELETE FROM jobs WHERE engine = ?1 AND id NOT IN (SELECT id FROM jobs WHERE engine = ?1 ORDER BY started DESC LIMIT ?2)",
            rusqlite::params![self.engine.as_str(), rows as i64],
        );
        if let Err(error) = forgotten {
            tracing::error!(%error, "the history of jobs cannot be shortened");
        }
    }

    pub fn put(&self, job: &Job) {
        let Ok(text) = serde_json::to_string(job) else { return };
        let put = self.database.lock().execute(
            "INSERT INTO jobs (id, engine, started, ended, job) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET ended = excluded.ended, job = excluded.job",
            rusqlite::params![job.id.0, self.engine.as_str(), job.started.0, job.ended.map(|ended| ended.0), text],
        );
        if let Err(error) = put {
            tracing::error!(%error, job = %job.id, "a job cannot be kept");
        }
    }

    pub fn clear(&self) {
        if let Err(error) = self.database.lock().execute("DELETE FROM jobs WHERE engine = ?", [self.engine.as_str()]) {
            tracing::error!(%error, "the history of jobs cannot be cleared");
        }
    }

    pub fn delete(&self, id: &JobId) {
        if let Err(error) = self.database.lock().execute("DELETE FROM jobs WHERE id = ?", [&id.0]) {
            tracing::error!(%error, job = %id, "a job cannot be taken off the history");
        }
    }
}

#[cfg(test)]
mod tests {
    use linkspan_shared::{
        ids::UserName,
        job::{Transfer, Work},
    };

    use super::*;

    #[test]
    fn what_ran_was_interrupted() {
        let folder = tempfile::tempdir().unwrap();
        let job = |id: &str, outcome: Outcome| Job {
            id: JobId::new(id),
            started_by: UserName::new("mika"),
            started: Timestamp(1),
            ended: (outcome != Outcome::Running).then_some(Timestamp(2)),
            outcome,
            work: Work::Pull(Transfer::default()),
        };
        let database = || Arc::new(Database::open(folder.path()).unwrap());
        let history = History::new(database(), EngineId::new("a"));
        history.put(&job("1", Outcome::Succeeded));
        history.put(&job("2", Outcome::Running));
        history.put(&job("3", Outcome::Cancelled));
        history.delete(&JobId::new("3"));
        history.database.lock().execute_batch("INSERT INTO jobs VALUES ('4', 'a', 1, 1, '{\"older\":true}')").unwrap();
        for _ in 0..2 {
            let history = History::new(database(), EngineId::new("a"));
            let outcomes: Vec<_> = history.load(Timestamp(9)).into_iter().map(|job| (job.outcome, job.ended)).collect();
            assert_eq!(outcomes, [(Outcome::Succeeded, Some(Timestamp(2))), (Outcome::Interrupted, Some(Timestamp(9)))]);
        }
        assert!(History::new(database(), EngineId::new("b")).load(Timestamp(9)).is_empty());
        History::new(database(), EngineId::new("a")).clear();
        assert!(History::new(database(), EngineId::new("a")).load(Timestamp(9)).is_empty());
    }
}
