//! The live state of the engines: one [`EngineHub`] each, which every connection shares.
//!
//! [`keeper`] keeps the tables exact from the engine's events; [`actions`] does what a person asks for;
//! [`stats`] and [`logs`] read what somebody looks at; [`jobs`] is work that outlives a click; [`people`] is who
//! is here. Nothing here knows of browsers.

pub mod actions;
pub mod backoff;
pub mod convert;
pub mod files;
mod history;
pub mod jobs;
mod keeper;
pub mod logs;
pub mod own;
pub mod people;
mod resources;
pub mod stats;
pub mod table;
pub mod terminals;

use std::{
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard},
};

use futures_util::{
    FutureExt,
    future::{BoxFuture, WeakShared},
};
use hyper::StatusCode;
use linkspan_docker::{Client, EngineError, Request};
use linkspan_shared::{
    container::Container,
    disk::DiskUsage,
    engine::{Engine, EngineLink},
    ids::{ContainerId, EngineId, Epoch, JobId},
    image::Image,
    network::Network,
    problem::Problem,
    time::Timestamp,
    volume::Volume,
};
use tokio::sync::Notify;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::database::Database;
use jobs::{History, Jobs};
use logs::Logs;
use people::People;
use stats::Stats;
use table::Table;
use terminals::Terminals;

pub struct Hub {
    /// Of the sequence numbers of its own tables.
    pub epoch: Epoch,
    pub people: Arc<People>,
    /// How each engine is reached.
    pub engines: Arc<Table<Engine>>,
    /// The default one first; never empty.
    list: RwLock<Vec<Arc<EngineHub>>>,
    /// Where the history of jobs is kept.
    database: Arc<Database>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Hub {
    /// Everything ends when `stop` is cancelled, see [`Hub::ended`].
    pub fn new(stop: CancellationToken, database: Arc<Database>) -> Self {
        Self {
            epoch: new_epoch(),
            people: Arc::default(),
            engines: Arc::default(),
            list: RwLock::default(),
            database,
            stop,
            tasks: TaskTracker::new(),
        }
    }

    pub fn engine(&self, id: &EngineId) -> Option<Arc<EngineHub>> {
        self.list().iter().find(|engine| engine.id == *id).cloned()
    }

    /// The default one first.
    pub fn ids(&self) -> Vec<EngineId> {
        self.list().iter().map(|engine| engine.id.clone()).collect()
    }

    /// The engine that has this job.
    pub fn engine_of(&self, job: &JobId) -> Option<Arc<EngineHub>> {
        self.list().iter().find(|engine| engine.jobs.table.read(|rows| rows.get(job).is_some())).cloned()
    }

    pub fn default_is_connected(&self) -> bool {
        self.list().first().is_some_and(|engine| engine.is_reachable())
    }

    /// `false`: there is one of this name already.
    pub fn add(&self, new: NewEngine) -> bool {
        let mut list = self.list.write().unwrap_or_else(PoisonError::into_inner);
        if list.iter().any(|engine| engine.id == new.id) {
            return false;
        }
        let order = list.last().map_or(0, |last| last.order + 1);
        let jobs = Jobs::new(History::new(self.database.clone(), new.id.clone()));
        let engine = EngineHub::new(new, order, self.engines.clone(), jobs, self.stop.child_token());
        list.push(engine.clone());
        let end = self.stop.clone();
        self.tasks.spawn(async move {
            let stop = engine.stop.clone();
            tokio::join!(
                keeper::run(&engine, stop.clone()),
                restarted("figures", &stop, || stats::run(&engine, stop.clone())),
                logs::run(&engine, stop.clone())
            );
            engine.terminals.ended().await;
            engine.jobs.shut_down().await;
            if !end.is_cancelled() {
                engine.jobs.forget_history();
            }
        });
        true
    }

    /// Lets go of an engine that somebody added; what it runs is left as it is.
    pub fn remove(&self, id: &EngineId) -> bool {
        let mut list = self.list.write().unwrap_or_else(PoisonError::into_inner);
        let Some(at) = list.iter().position(|engine| engine.id == *id && engine.removable) else { return false };
        list.remove(at).stop.cancel();
        self.engines.write(|rows| rows.remove(id));
        true
    }

    pub fn is_stopping(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Waits until every task and every job has ended.
    pub async fn ended(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    fn list(&self) -> RwLockReadGuard<'_, Vec<Arc<EngineHub>>> {
        self.list.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An engine to keep.
pub struct NewEngine {
    pub id: EngineId,
    pub client: Client,
    /// What stops everything asks for its name.
    pub production: bool,
    /// Somebody added it in the page, and may take it away there.
    pub removable: bool,
    /// The container that Linkspan itself runs in.
    pub own: Option<ContainerId>,
}

/// An answer that is under way.
type Asked<T> = BoxFuture<'static, Result<T, Problem>>;

/// One engine and all that is known of it.
pub struct EngineHub {
    pub id: EngineId,
    /// Of the sequence numbers of its tables: one of the same name that is added later has others.
    pub epoch: Epoch,
    /// Cancelled when the engine is removed, and at the end.
    pub stop: CancellationToken,
    pub engines: Arc<Table<Engine>>,
    pub containers: Table<Container>,
    pub images: Table<Image>,
    pub volumes: Table<Volume>,
    pub networks: Table<Network>,
    pub jobs: Jobs,
    pub stats: Arc<Stats>,
    pub logs: Arc<Logs>,
    pub terminals: Arc<Terminals>,
    client: Client,
    order: u32,
    removable: bool,
    /// The container that Linkspan itself runs in.
    own: Option<ContainerId>,
    /// Rung when somebody does not want to wait for the next attempt to connect.
    retry: Notify,
    /// The use of the disk while it is asked for: an engine adds it up for minutes, and once is enough for all.
    disk_usage: Mutex<Option<WeakShared<Asked<DiskUsage>>>>,
}

impl EngineHub {
    fn new(new: NewEngine, order: u32, engines: Arc<Table<Engine>>, jobs: Jobs, stop: CancellationToken) -> Arc<Self> {
        engines.write(|rows| {
            rows.upsert(Engine {
                id: new.id.clone(),
                order,
                endpoint: new.client.url().to_owned(),
                production: new.production,
                removable: new.removable,
                link: EngineLink::Connecting,
                about: None,
                lacking: Vec::new(),
                clock_ahead: 0,
            });
        });
        Arc::new(Self {
            id: new.id,
            epoch: new_epoch(),
            stop,
            engines,
            containers: Table::default(),
            images: Table::default(),
            volumes: Table::default(),
            networks: Table::default(),
            jobs,
            stats: Arc::default(),
            logs: Arc::default(),
            terminals: Arc::default(),
            client: new.client,
            order,
            removable: new.removable,
            own: new.own,
            retry: Notify::new(),
            disk_usage: Mutex::default(),
        })
    }

    /// Where it is, as a person gave it.
    pub fn url(&self) -> &str {
        self.client.url()
    }

    /// It can be asked; whether the tables are exact is another question.
    pub fn is_reachable(&self) -> bool {
        self.engines.read(|rows| rows.get(&self.id).is_some_and(|engine| engine.link.is_reachable()))
    }

    /// Ends when the engine can be asked.
    async fn reachable(&self) {
        let mut changed = self.engines.watch();
        while !self.is_reachable() && changed.changed().await.is_ok() {}
    }

    pub fn retry_now(&self) {
        self.retry.notify_one();
    }

    /// How a person calls it.
    pub fn container_name(&self, id: &ContainerId) -> String {
        self.containers.read(|rows| rows.get(id).map(|row| row.name.clone())).unwrap_or_else(|| id.short().to_owned())
    }

    async fn done(&self, request: &Request) -> Result<StatusCode, EngineError> {
        self.unless_lost(self.client.done(request)).await
    }

    /// Over at the latest when the engine is given up: some requests have no deadline of their own.
    async fn unless_lost<T>(&self, asked: impl Future<Output = Result<T, EngineError>>) -> Result<T, EngineError> {
        let mut changed = self.engines.watch();
        let lost = async { while changed.changed().await.is_ok() && self.is_reachable() {} };
        tokio::select! {
            answer = asked => answer,
            () = lost => Err(EngineError::lost("the connection to the engine was lost before it answered")),
        }
    }

    fn host_memory(&self) -> u64 {
        self.engines.read(|rows| rows.get(&self.id)?.about.as_ref()?.memory).unwrap_or(u64::MAX)
    }

    fn set_link(&self, link: EngineLink) {
        self.engines.write(|rows| rows.update(&self.id, |engine| engine.link = link));
    }

    /// `ahead`: milliseconds.
    fn set_clock(&self, ahead: i64) {
        self.engines.write(|rows| {
            // Only when it says something new: to the second it is never twice the same.
            if rows.get(&self.id).is_some_and(|engine| (engine.clock_ahead - ahead).abs() > CLOCKS_AGREE) {
                let ahead = if ahead.abs() > CLOCKS_AGREE { ahead } else { 0 };
                rows.update(&self.id, |engine| engine.clock_ahead = ahead);
            }
        });
    }

    fn problem(&self, error: &EngineError, subject: &str) -> Problem {
        let subject = match error {
            EngineError::Connect(_) => self.client.url().to_owned(),
            _ => subject.to_owned(),
        };
        convert::problem(error, &subject)
    }
}

/// Clocks that differ by fewer milliseconds agree: a `Date` has whole seconds, and an answer takes its time.
const CLOCKS_AGREE: i64 = 2_000;

/// A task of an engine that begins anew when a mistake of this program ends it.
async fn restarted<F: Future<Output = ()>>(what: &str, stop: &CancellationToken, begin: impl Fn() -> F) {
    let mut backoff = backoff::Backoff::default();
    while AssertUnwindSafe(begin()).catch_unwind().await.is_err() {
        let wait = backoff.pause();
        tracing::error!(what, wait_ms = wait.as_millis() as u64, "a task failed and begins anew");
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = stop.cancelled() => return,
        }
    }
}

fn new_epoch() -> Epoch {
    Epoch(uuid::Uuid::new_v4().to_string())
}

pub fn now() -> Timestamp {
    Timestamp(jiff::Timestamp::now().as_millisecond())
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_task_that_fails_begins_anew() {
        let begun = Cell::new(0);
        let begin = || async {
            begun.set(begun.get() + 1);
            assert!(begun.get() == 3, "a mistake of this program");
        };
        restarted("a test", &CancellationToken::new(), begin).await;
        assert_eq!(begun.get(), 3);
    }
}
