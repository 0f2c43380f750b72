//! Work that outlives a click: pulls, runs, stop-all, commits.
//!
//! A job is a row of the table that every browser follows, and a task that belongs to the bridge. Its starter may
//! leave. When the bridge itself ends, the engine's requests are closed; containers are left as they are.

mod commit;
mod output;
mod pull;
mod run;
mod stop_all;

use std::{
    collections::HashMap,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures_util::FutureExt;
use linkspan_shared::{
    ids::{JobId, UserName},
    job::{Job, Outcome, Work},
    problem::{Problem, ProblemCode},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use output::{Output, Piece};

use super::{EngineHub, now, table::Table};

/// Jobs under way at once, per engine; one more is refused.
const RUNNING: usize = 64;
/// Ended jobs that stay on the list; the oldest goes first, and its output with it.
const KEPT: usize = 50;

pub struct Jobs {
    pub table: Table<Job>,
    live: Mutex<HashMap<JobId, Live>>,
    /// Held from the look for the same pull until it is on the list.
    joining: Mutex<()>,
    tasks: TaskTracker,
    shut_down: CancellationToken,
}

struct Live {
    cancel: CancellationToken,
    output: Option<Arc<Output>>,
}

impl Default for Jobs {
    fn default() -> Self {
        let table = Table::default();
        table.write(|rows| rows.replace(Vec::new()));
        Self { table, live: Mutex::default(), joining: Mutex::default(), tasks: TaskTracker::new(), shut_down: CancellationToken::new() }
    }
}

impl Jobs {
    pub fn cancel(&self, id: &JobId) -> Result<(), Problem> {
        self.lock().get(id).map(|live| live.cancel.cancel()).ok_or_else(|| unknown(id))
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
        self.lock().get(id).and_then(|live| live.output.clone()).ok_or_else(|| unknown(id))
    }

    pub async fn shut_down(&self) {
        self.shut_down.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// A running job whose work is the same as far as `same` can see.
    fn find_running(&self, same: impl Fn(&Work) -> bool) -> Option<JobId> {
        self.table.read(|rows| rows.rows().find(|job| job.outcome == Outcome::Running && same(&job.work)).map(|job| job.id.clone()))
    }

    fn forget(&self, id: &JobId) {
        self.lock().remove(id);
        self.table.write(|rows| rows.remove(id));
    }

    fn forget_oldest(&self) {
        let mut ended: Vec<_> = self.table.read(|rows| rows.rows().filter_map(|job| Some((job.ended?, job.id.clone()))).collect());
        ended.sort();
        for (_, id) in ended.iter().take(ended.len().saturating_sub(KEPT)) {
            self.forget(id);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<JobId, Live>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A job as its own task sees it.
#[derive(Clone)]
struct Handle {
    hub: Arc<EngineHub>,
    id: JobId,
    cancel: CancellationToken,
}

impl Handle {
    fn update(&self, change: impl FnOnce(&mut Work)) {
        self.hub.jobs.table.write(|rows| rows.update(&self.id, |job| change(&mut job.work)));
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
        output: Option<Arc<Output>>,
        carry_out: impl FnOnce(Handle) -> F,
    ) -> Result<JobId, Problem>
    where
        F: Future<Output = Result<(), Problem>> + Send + 'static,
    {
        let id = JobId(uuid::Uuid::new_v4().to_string());
        let cancel = CancellationToken::new();
        let handle = Handle { hub: self.clone(), id: id.clone(), cancel: cancel.clone() };
        self.jobs.lock().insert(id.clone(), Live { cancel, output: output.clone() });
        let job = Job { id: id.clone(), started_by: by, started: now(), ended: None, outcome: Outcome::Running, work };
        let is_listed = self.jobs.table.write(|rows| {
            let has_room = rows.rows().filter(|job| job.outcome == Outcome::Running).count() < RUNNING;
            if has_room {
                rows.upsert(job);
            }
            has_room
        });
        if !is_listed {
            self.jobs.lock().remove(&id);
            return Err(Problem::new(ProblemCode::TooMany, "jobs", format!("{RUNNING} are running")));
        }
        let work = carry_out(handle);
        let hub = self.clone();
        let job = id.clone();
        self.jobs.tasks.spawn(async move {
            let ended = tokio::select! {
                // A mistake of this program ends the job, not the account of it.
                ended = AssertUnwindSafe(work).catch_unwind() => ended.unwrap_or_else(|_| Err(Problem::new(ProblemCode::Internal, "", ""))),
                () = hub.jobs.shut_down.cancelled() => Err(Problem::new(ProblemCode::Cancelled, "", "")),
            };
            let outcome = match ended {
                Ok(()) => Outcome::Succeeded,
                Err(problem) if problem.code == ProblemCode::Cancelled => Outcome::Cancelled,
                Err(problem) => Outcome::Failed(problem),
            };
            if let Some(output) = output {
                output.end();
            }
            hub.jobs.table.write(|rows| {
                rows.update(&job, |job| {
                    job.outcome = outcome;
                    job.ended = Some(now());
                });
            });
            hub.jobs.forget_oldest();
        });
        Ok(id)
    }
}

fn unknown(id: &JobId) -> Problem {
    Problem::new(ProblemCode::NotFound, &id.0, "no such job")
}
