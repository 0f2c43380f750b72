//! Work that outlives a click: pulls, pushes, runs, builds, commits, and the same done to many.
//!
//! A job is a row of the table that every browser follows, and a task that belongs to the bridge. Its starter may
//! leave. When the bridge itself ends, the engine's requests are closed; containers are left as they are. What came of
//! it is kept in the database.

mod batch;
mod build;
mod commit;
mod output;
mod progress;
mod recreate;
mod run;
mod store;
mod transfer;
mod upload;

use std::{
    collections::HashMap,
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use futures_util::FutureExt;
use linkspan_shared::{
    explain::Equivalent,
    ids::{JobId, UserName},
    job::{Job, Outcome, Step, StepKind, StepState, Work},
    problem::{Problem, ProblemCode},
};
use parking_lot::{Mutex, MutexGuard};
use tokio::time::Instant;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use batch::requests as batch_requests;
pub use build::check_build;
pub use output::{Output, Piece};
pub use store::JobStore;
pub use upload::Sender as UploadSender;

use super::{EngineHub, now, table::Table};
use linkspan_docker::auth::RegistryAuth;

/// Jobs under way at once, per engine; one more is refused.
const RUNNING: usize = 64;
/// Those of one person.
const RUNNING_OF_ONE: usize = 32;
/// Those of one person that wait for a file: each may wait for a minute.
const UPLOADS_OF_ONE: usize = 4;
/// Ended jobs that stay on the list and in the database; the oldest goes first, and its output with it.
const KEPT: usize = 100;

/// Ended jobs whose output is kept.
const OUTPUTS: usize = 20;

pub struct Jobs {
    pub table: Table<Job>,
    pub store: JobStore,
    live: Mutex<HashMap<JobId, Live>>,
    /// Held from the look for the same transfer until it is on the list.
    joining: Mutex<()>,
    tasks: TaskTracker,
    shut_down: CancellationToken,
}

struct Live {
    cancel: CancellationToken,
    remove: Arc<AtomicBool>,
    extras: Extras,
}

/// What only some jobs have.
#[derive(Default)]
struct Extras {
    output: Option<Arc<Output>>,
    /// Where a file goes that it waits for.
    upload: Option<upload::Sender>,
    /// What was typed for it: the same transfer with another password is another one.
    typed: Option<RegistryAuth>,
}

impl Jobs {
    /// `interrupted`: told of those that the end of Linkspan has ended.
    pub fn new(store: JobStore, interrupted: impl Fn(&Job)) -> Self {
        let table = Table::default();
        let before = store.load(now(), interrupted);
        table.write(|rows| rows.replace(before));
        let jobs = Self {
            table,
            store,
            live: Mutex::default(),
            joining: Mutex::default(),
            tasks: TaskTracker::new(),
            shut_down: CancellationToken::new(),
        };
        jobs.forget_oldest();
        jobs
    }

    /// Everybody is told at once by whom. `remove`: of a run, also the container that is stopped.
    pub fn cancel(&self, id: &JobId, remove: bool, by: UserName) -> Result<(), Problem> {
        let is_noted = self.table.write(|rows| {
            let job = rows.get(id)?;
            let can_be = match (&job.outcome, job.work.can_be_cancelled()) {
                (Outcome::Running, true) => Ok(()),
                (Outcome::Running, false) => Err("the engine carries it out to its end"),
                _ => Err("it has ended already"),
            };
            // Whoever was first is the one.
            if can_be.is_ok() && job.cancelled_by.is_none() {
                rows.update(id, |job| job.cancelled_by = Some(by));
            }
            Some(can_be)
        });
        is_noted.ok_or_else(|| unknown(id))?.map_err(|why| Problem::new(ProblemCode::Conflict, &id.0, why))?;
        let live = self.lock();
        let live = live.get(id).ok_or_else(|| unknown(id))?;
        if remove {
            live.remove.store(true, Ordering::Relaxed);
        }
        live.cancel.cancel();
        Ok(())
    }

    /// Where the file goes that this job waits for; there is one such place, for whoever started the job.
    pub fn upload(&self, id: &JobId, by: &UserName) -> Result<UploadSender, Problem> {
        let is_own = self.table.read(|rows| rows.get(id).map(|job| job.started_by == *by)).ok_or_else(|| unknown(id))?;
        if !is_own {
            return Err(Problem::new(ProblemCode::Conflict, &id.0, "it waits for a file of whoever started it"));
        }
        let waiting = self.lock().get_mut(id).and_then(|live| live.extras.upload.take());
        waiting.ok_or_else(|| Problem::new(ProblemCode::Conflict, &id.0, "it waits for no file"))
    }

    pub fn dismiss(&self, id: &JobId) -> Result<(), Problem> {
        let running = self.table.read(|rows| rows.get(id).map(|job| job.outcome == Outcome::Running)).ok_or_else(|| unknown(id))?;
        if running {
            return Err(Problem::new(ProblemCode::Conflict, &id.0, "it is still running"));
        }
        self.forget(id);
        Ok(())
    }

    pub fn output(&self, id: &JobId) -> Result<Arc<Output>, Problem> {
        self.lock().get(id).and_then(|live| live.extras.output.clone()).ok_or_else(|| unknown(id))
    }

    /// What it was begun with, as commands. Of a transfer that was joined it stays what it was.
    pub fn explain(&self, id: &JobId, equivalents: &[Equivalent]) {
        self.store.put_equivalents(id, equivalents);
    }

    /// Ends when what is known of all of them is in the database.
    pub async fn written(&self) {
        self.store.written().await;
    }

    /// Nothing for those of before there were any.
    pub async fn explained(&self, id: &JobId) -> Result<Vec<Equivalent>, Problem> {
        self.table.read(|rows| rows.get(id).map(drop)).ok_or_else(|| unknown(id))?;
        self.store.written().await;
        Ok(self.store.equivalents(id).await)
    }

    /// Images come or go of one that is under way.
    pub fn is_moving_images(&self) -> bool {
        self.table.read(|rows| rows.rows().any(|job| job.outcome == Outcome::Running && !matches!(job.work, Work::Batch(_))))
    }

    /// What a job leaves to be done, however it ended; awaited at the end.
    pub fn afterwards(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(work);
    }

    pub async fn shut_down(&self) {
        self.shut_down.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        self.store.written().await;
    }

    /// A running job whose work is the same as far as `same` can see, begun with the same typed credential, if any. One that
    /// somebody else typed is not joined: that would tell whether a guess is right.
    fn find_running(&self, by: &UserName, typed: Option<&RegistryAuth>, same: impl Fn(&Work) -> bool) -> Option<JobId> {
        let live = self.lock();
        let is_same = |job: &&Job| {
            job.outcome == Outcome::Running
                && same(&job.work)
                && (typed.is_none() || job.started_by == *by)
                && live.get(&job.id).is_some_and(|live| live.extras.typed.as_ref() == typed)
        };
        self.table.read(|rows| rows.rows().find(is_same).map(|job| job.id.clone()))
    }

    fn forget(&self, id: &JobId) {
        self.lock().remove(id);
        self.table.write(|rows| rows.remove(id));
        self.store.delete(id);
    }

    fn forget_oldest(&self) {
        let mut ended: Vec<_> = self.table.read(|rows| rows.rows().filter_map(|job| Some((job.ended?, job.id.clone()))).collect());
        ended.sort();
        // What they printed takes more room than what they came to.
        for (_, id) in ended.iter().take(ended.len().saturating_sub(OUTPUTS)) {
            if let Some(live) = self.lock().get_mut(id) {
                live.extras.output = None;
            }
        }
        for (_, id) in ended.iter().take(ended.len().saturating_sub(KEPT)) {
            self.forget(id);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<JobId, Live>> {
        self.live.lock()
    }
}

/// A job as its own task sees it.
#[derive(Clone)]
struct Handle {
    hub: Arc<EngineHub>,
    id: JobId,
    cancel: CancellationToken,
    /// Whoever cancels it wants nothing to stay.
    remove: Arc<AtomicBool>,
}

impl Handle {
    fn update(&self, change: impl FnOnce(&mut Work)) {
        self.hub.jobs.table.write(|rows| rows.update(&self.id, |job| change(&mut job.work)));
    }

    /// One step of it, with its time, on the list.
    async fn step<T>(&self, kind: StepKind, work: impl Future<Output = Result<T, Problem>>) -> Result<T, Problem> {
        self.step_as(kind, work, |_| StepState::Done).await
    }

    /// `success`: what that looks like.
    async fn step_as<T>(
        &self,
        kind: StepKind,
        work: impl Future<Output = Result<T, Problem>>,
        success: impl FnOnce(&T) -> StepState,
    ) -> Result<T, Problem> {
        let begun = Instant::now();
        let set = |state| {
            let milliseconds = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
            self.update(|work| {
                if let Some(step) = work.steps().iter_mut().find(|step| step.kind == kind) {
                    *step = Step { kind, state, milliseconds };
                }
            });
        };
        set(StepState::Running);
        let outcome = work.await;
        set(outcome.as_ref().map_or(StepState::Failed, success));
        outcome
    }

    /// Gives `work` up, and with it its requests to the engine, when somebody cancels the job.
    async fn or_cancelled<T>(&self, work: impl Future<Output = Result<T, Problem>>) -> Result<T, Problem> {
        tokio::select! {
            outcome = work => outcome,
            () = self.cancel.cancelled() => Err(Problem::new(ProblemCode::Cancelled, "", "")),
        }
    }
}

impl EngineHub {
    /// Puts a job on the list and carries it out; `carry_out` decides what a cancellation means.
    fn start_job<F>(
        self: &Arc<Self>,
        by: UserName,
        work: Work,
        extras: Extras,
        carry_out: impl FnOnce(Handle) -> F,
    ) -> Result<JobId, Problem>
    where
        F: Future<Output = Result<(), Problem>> + Send + 'static,
    {
        let id = JobId(uuid::Uuid::new_v4().to_string());
        let cancel = CancellationToken::new();
        let remove = Arc::<AtomicBool>::default();
        let handle = Handle { hub: self.clone(), id: id.clone(), cancel: cancel.clone(), remove: remove.clone() };
        let output = extras.output.clone();
        let waits = extras.upload.is_some();
        self.jobs.lock().insert(id.clone(), Live { cancel, remove, extras });
        let job = Job { id: id.clone(), started_by: by, started: now(), ended: None, cancelled_by: None, outcome: Outcome::Running, work };
        let is_upload = |job: &Job| matches!(job.work, Work::Load(_) | Work::Build(_));
        // Counted and listed in one step.
        let refused = self.jobs.table.write(|rows| {
            let running: Vec<&Job> = rows.rows().filter(|job| job.outcome == Outcome::Running).collect();
            let own = running.iter().filter(|other| other.started_by == job.started_by);
            let refused = match (running.len(), own.clone().count(), own.filter(|job| is_upload(job)).count()) {
                (RUNNING.., ..) => Some(format!("{RUNNING} are running")),
                (_, RUNNING_OF_ONE.., _) => Some(format!("{RUNNING_OF_ONE} of yours are running")),
                (_, _, UPLOADS_OF_ONE..) if waits => Some(format!("{UPLOADS_OF_ONE} of yours wait for a file, or build")),
                _ => None,
            };
            if refused.is_none() {
                rows.upsert(job.clone());
            }
            refused
        });
        if let Some(why) = refused {
            self.jobs.lock().remove(&id);
            return Err(Problem::new(ProblemCode::TooMany, "jobs", why));
        }
        self.jobs.store.put(&job);
        let work = carry_out(handle);
        let hub = self.clone();
        let job = id.clone();
        self.jobs.tasks.spawn(async move {
            let ended = tokio::select! {
                // A mistake of this program ends the job, not the account of it.
                ended = AssertUnwindSafe(work).catch_unwind() => ended.unwrap_or_else(|_| Err(Problem::new(ProblemCode::Internal, "", ""))),
                () = hub.jobs.shut_down.cancelled() => Err(Problem::new(ProblemCode::Interrupted, "", "")),
            };
            let outcome = match ended {
                Ok(()) => Outcome::Succeeded,
                Err(problem) if problem.code == ProblemCode::Cancelled => Outcome::Cancelled,
                Err(problem) if problem.code == ProblemCode::Interrupted => Outcome::Interrupted,
                Err(problem) => Outcome::Failed(problem),
            };
            if let Some(output) = output {
                output.end();
            }
            if let Some(live) = hub.jobs.lock().get_mut(&job) {
                // Nothing waits for a file any more, and nobody joins.
                (live.extras.upload, live.extras.typed) = (None, None);
            }
            let ended = hub.jobs.table.read(|rows| rows.get(&job).cloned()).map(|mut job| {
                if let Some(progress) = job.work.progress() {
                    progress.end(outcome == Outcome::Succeeded);
                }
                job.outcome = outcome;
                job.ended = Some(now());
                job
            });
            if let Some(ended) = ended {
                // Kept first: what is shown as ended can be dismissed, and must not come back.
                hub.jobs.store.put(&ended);
                hub.activity.job_ended(&hub.id, &ended);
                hub.jobs.store.written().await;
                hub.jobs.table.write(|rows| rows.upsert(ended));
            }
            hub.jobs.forget_oldest();
        });
        Ok(id)
    }
}

fn unknown(id: &JobId) -> Problem {
    Problem::new(ProblemCode::NotFound, &id.0, "no such job")
}
