//! The live state of the engines: one [`EngineHub`] each, which every connection shares.
//!
//! [`keeper`] keeps the tables exact from the engine's events; what a person asks for is done in a file for each kind of object;
//! [`stats`] and [`logs`] read what somebody looks at; [`jobs`] is work that outlives a click; [`people`] is who
//! is here. Nothing here knows of browsers.

pub mod backoff;
mod containers;
pub mod convert;
mod disk;
mod engine;
mod facts;
pub mod files;
mod helpers;
mod images;
pub mod jobs;
mod keeper;
pub mod logs;
pub mod own;
pub mod people;
mod resources;
mod review;
mod ring;
pub mod stats;
mod stats_history;
pub mod table;
pub mod terminals;
mod validation;

/// What reads bytes from outside, for [`crate::decoders`].
#[cfg(any(test, fuzzing))]
pub(crate) use self::{
    files::parse_list,
    logs::cutter::Cutter,
    review::{Packages, contents, firsts, secret_in, small_files},
};

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures_util::FutureExt;
use linkspan_shared::{
    engine::Engine,
    ids::{EngineId, Epoch, JobId},
    time::Timestamp,
    user::User,
};
use parking_lot::{RwLock, RwLockReadGuard};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{activity::Activity, database::Database};
pub use engine::{EngineHub, NewEngine};
use helpers::Helpers;
use jobs::{JobStore, Jobs};
use people::People;
use review::{Noise, Reviews};
use table::Table;

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
    noise: Arc<Noise>,
    pub activity: Arc<Activity>,
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
            noise: Arc::new(Noise::load(database.clone())),
            activity: Activity::new(database.clone()),
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

    /// Those on which there is something for this person.
    pub fn ids_for(&self, user: &User) -> Vec<EngineId> {
        self.ids().into_iter().filter(|id| user.role_at_most(id).is_some()).collect()
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
        let mut list = self.list.write();
        if list.iter().any(|engine| engine.id == new.id) {
            return false;
        }
        let order = list.last().map_or(0, |last| last.order + 1);
        let jobs = Jobs::new(JobStore::new(self.database.clone(), new.id.clone()), |job| self.activity.job_ended(&new.id, job));
        let keeps_figures = self.keeps_figures(&new.id);
        let helpers = Helpers::new(
            self.database
                .instance()
                .inspect_err(|error| tracing::warn!(%error, "who this Linkspan is cannot be read"))
                .unwrap_or_else(|_| self.epoch.0.clone()),
        );
        let reviews = Reviews::new(self.noise.clone());
        let engine = EngineHub::new(
            new,
            order,
            self.engines.clone(),
            jobs,
            helpers,
            reviews,
            self.activity.clone(),
            self.people.clone(),
            self.stop.child_token(),
        );
        engine.keep_figures(keeps_figures);
        list.push(engine.clone());
        self.tasks.spawn(async move {
            let stop = engine.stop.clone();
            tokio::join!(
                keeper::run(&engine, stop.clone()),
                restarted("figures", &stop, || stats::run(&engine, stop.clone())),
                restarted("logs", &stop, || logs::run(&engine, stop.clone())),
                restarted("helpers", &stop, || helpers::run(&engine, stop.clone()))
            );
            engine.terminals.ended().await;
            engine.jobs.shut_down().await;
        });
        true
    }

    /// Somebody wanted that before the restart.
    fn keeps_figures(&self, id: &EngineId) -> bool {
        let query = "SELECT EXISTS (SELECT 1 FROM kept_figures WHERE engine = ?)";
        let found = self.database.lock().query_row(query, [id.as_str()], |row| row.get(0));
        found.inspect_err(|error| tracing::warn!(engine = %id, %error, "whether its figures are kept cannot be read")).unwrap_or(false)
    }

    /// Lets go of an engine; what it runs is left as it is.
    pub fn remove(&self, id: &EngineId) {
        let mut list = self.list.write();
        if let Some(at) = list.iter().position(|engine| engine.id == *id) {
            list.remove(at).stop.cancel();
            self.engines.write(|rows| rows.remove(id));
        }
    }

    /// Does it to its end, whoever has gone meanwhile.
    pub async fn finish<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> Option<T> {
        self.tasks.spawn(work).await.ok()
    }

    pub fn is_stopping(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Waits until every task and every job has ended.
    pub async fn ended(&self) {
        self.tasks.close();
        self.tasks.wait().await;
        self.activity.written().await;
    }

    fn list(&self) -> RwLockReadGuard<'_, Vec<Arc<EngineHub>>> {
        self.list.read()
    }
}

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
