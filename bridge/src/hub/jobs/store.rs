//! Jobs in the database: what they came to outlives the bridge, and what it interrupted is marked as such.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use linkspan_shared::{
    explain::Equivalent,
    ids::{EngineId, JobId},
    job::{Job, Outcome},
    time::Timestamp,
};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};
use tokio_util::task::AbortOnDropHandle;

use crate::{
    database::{Database, StoreError, readable},
    owned,
};

/// Rows of one engine, at most: those of another version, which are not shown, age with the rest.
const ROWS: usize = 500;

/// Something to be written.
type Write = Box<dyn FnOnce(&Connection) -> rusqlite::Result<usize> + Send>;

/// What is written comes to the disk one after the other. A job waits for the writing of its end, so that no more waits here
/// than there are jobs.
pub struct JobStore {
    database: Arc<Database>,
    engine: EngineId,
    writes: mpsc::UnboundedSender<Write>,
    /// The engine was removed: another one may have its name by now.
    is_closed: Arc<AtomicBool>,
    _writer: AbortOnDropHandle<()>,
}

impl JobStore {
    pub fn new(database: Arc<Database>, engine: EngineId) -> Self {
        let (writes, mut waiting) = mpsc::unbounded_channel::<Write>();
        let is_closed = Arc::<AtomicBool>::default();
        let (own, closed) = (database.clone(), is_closed.clone());
        let writer = owned::spawn(async move {
            while let Some(write) = waiting.recv().await {
                let (database, closed) = (own.clone(), closed.clone());
                owned::blocking(move || {
                    let connection = database.lock();
                    if !closed.load(Ordering::Relaxed)
                        && let Err(error) = write(&connection)
                    {
                        tracing::error!(%error, "the history of jobs cannot be written");
                    }
                })
                .await;
            }
        });
        Self { database, engine, writes, is_closed, _writer: writer }
    }

    fn write(&self, write: impl FnOnce(&Connection) -> rusqlite::Result<usize> + Send + 'static) {
        // It is there as long as this.
        let _ = self.writes.send(Box::new(write));
    }

    /// Ends when all that was to be written so far has been.
    pub async fn written(&self) {
        let (done, all) = oneshot::channel();
        self.write(move |_| {
            let _ = done.send(());
            Ok(0)
        });
        let _ = all.await;
    }

    /// As a part of whatever takes the engine away.
    pub fn forget(&self, transaction: &Connection) -> rusqlite::Result<usize> {
        transaction.execute("DELETE FROM jobs WHERE engine = ?", [self.engine.as_str()])
    }

    /// Nothing is written from now on; who has the connection knows that nothing is being written.
    pub fn close(&self, _alone: &Connection) {
        self.is_closed.store(true, Ordering::Relaxed);
    }

    /// Those of before this start. Whatever ran then was interrupted, at `now` at the latest.
    pub fn load(&self, now: Timestamp, interrupted: impl Fn(&Job)) -> Vec<Job> {
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
            interrupted(job);
        }
        jobs
    }

    fn forget_beyond(&self, rows: usize) {
        let engine = self.engine.clone();
        self.write(move |connection| {
            connection.execute(
                "DELETE FROM jobs WHERE engine = ?1 AND id NOT IN (SELECT id FROM jobs WHERE engine = ?1 ORDER BY started DESC LIMIT ?2)",
                rusqlite::params![engine.as_str(), rows as i64],
            )
        });
    }

    pub fn put(&self, job: &Job) {
        let Ok(text) = serde_json::to_string(job) else { return };
        let (id, engine, started, ended) = (job.id.clone(), self.engine.clone(), job.started.0, job.ended.map(|ended| ended.0));
        self.write(move |connection| {
            connection.execute(
                "INSERT INTO jobs (id, engine, started, ended, job) VALUES (?, ?, ?, ?, ?)
                 ON CONFLICT (id) DO UPDATE SET ended = excluded.ended, job = excluded.job",
                rusqlite::params![id.0, engine.as_str(), started, ended, text],
            )
        });
    }

    /// The first ones stay.
    pub fn put_equivalents(&self, id: &JobId, equivalents: &[Equivalent]) {
        let Ok(text) = serde_json::to_string(equivalents) else { return };
        let id = id.clone();
        self.write(move |connection| {
            connection.execute("UPDATE jobs SET equivalents = ? WHERE id = ? AND equivalents IS NULL", rusqlite::params![text, id.0])
        });
    }

    pub async fn equivalents(&self, id: &JobId) -> Vec<Equivalent> {
        let (database, id) = (self.database.clone(), id.clone());
        let read = owned::blocking(move || {
            let query = "SELECT equivalents FROM jobs WHERE id = ?";
            database.lock().query_row(query, [&id.0], |row| row.get::<_, Option<String>>(0))
        });
        let text = read.await.inspect_err(|error| tracing::warn!(%error, "what a job was begun with cannot be read")).ok().flatten();
        text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
    }

    pub fn delete(&self, id: &JobId) {
        let id = id.clone();
        self.write(move |connection| connection.execute("DELETE FROM jobs WHERE id = ?", [&id.0]));
    }
}

#[cfg(test)]
mod tests {
    use linkspan_shared::{
        explain::Language,
        ids::UserName,
        job::{Transfer, Work},
    };

    use super::*;

    #[tokio::test]
    async fn what_ran_was_interrupted() {
        let folder = tempfile::tempdir().unwrap();
        let job = |id: &str, outcome: Outcome| Job {
            id: JobId::new(id),
            started_by: UserName::new("mika"),
            started: Timestamp(1),
            ended: (outcome != Outcome::Running).then_some(Timestamp(2)),
            cancelled_by: None,
            outcome,
            work: Work::Pull(Transfer::default()),
        };
        let database = || Arc::new(Database::open(folder.path()).unwrap());
        let history = JobStore::new(database(), EngineId::new("a"));
        history.put(&job("1", Outcome::Succeeded));
        let shown = || vec![Equivalent { language: Language::Docker, text: "docker pull".to_owned(), missing: Vec::new() }];
        history.put_equivalents(&JobId::new("1"), &shown());
        history.put_equivalents(&JobId::new("1"), &[]);
        history.put(&job("2", Outcome::Running));
        history.put(&job("3", Outcome::Cancelled));
        history.delete(&JobId::new("3"));
        history.written().await;
        history.database.lock().execute_batch("INSERT INTO jobs VALUES ('4', 'a', 1, 1, '{\"older\":true}', NULL)").unwrap();
        for _ in 0..2 {
            let history = JobStore::new(database(), EngineId::new("a"));
            let outcomes: Vec<_> = history.load(Timestamp(9), |_| {}).into_iter().map(|job| (job.outcome, job.ended)).collect();
            assert_eq!(outcomes, [(Outcome::Succeeded, Some(Timestamp(2))), (Outcome::Interrupted, Some(Timestamp(9)))]);
            history.written().await;
            // They outlive the bridge, too, and whatever else becomes of the job.
            assert_eq!((history.equivalents(&JobId::new("1")).await, history.equivalents(&JobId::new("2")).await), (shown(), Vec::new()));
        }
        assert!(JobStore::new(database(), EngineId::new("b")).load(Timestamp(9), |_| {}).is_empty());
        // Its engine is removed, and what it still does is of no engine.
        {
            let connection = history.database.lock();
            history.forget(&connection).unwrap();
            history.close(&connection);
        }
        history.put(&job("5", Outcome::Interrupted));
        history.written().await;
        assert!(JobStore::new(database(), EngineId::new("a")).load(Timestamp(9), |_| {}).is_empty());
    }
}
