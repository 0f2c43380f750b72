//! Live logs of the containers that somebody looks at: one log stream of the engine each, however many look.
//!
//! The newest bytes are kept in a ring. Whoever comes later is served from it where it reaches back far enough; else the
//! engine is asked once for what lies before, without following. A stream that breaks is opened again where it was, which is
//! behind the entry that came last, whatever its time says; where that cannot be found, the last lines are read again and a
//! gap is told. It is closed [`LINGER`] after its last reader went away; nobody reading costs the engine nothing.

pub(super) mod cutter;
mod pump;
mod reader;
mod ring;

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use linkspan_shared::{
    channel::LogsSpec,
    connect::ConnectFault,
    engine_fault::EngineFault,
    ids::ContainerId,
    log_entry::Position,
    log_time::Time,
    problem::{Problem, ProblemCode},
};
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::{OnceCell, watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::ring::Piece;
use super::{EngineHub, validation::valid};
use linkspan_docker::{EngineError, Request, containers, model};
use pump::Pump;
use ring::LogRing;

pub use reader::{Next, Reader};

/// Long enough for a reload or a walk from page to page.
const LINGER: Duration = Duration::from_secs(5);
/// Last entries that are read again to find a place in a log, or instead of it.
const RELOAD: usize = 1000;
/// A log that is read from its beginning is here by then, or it is a long one.
const MOMENT: Duration = Duration::from_millis(500);
/// What is looked for in the engine's words has not come when they stop for as long.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Default)]
pub struct Logs {
    open: Mutex<HashMap<ContainerId, Arc<OnceCell<Arc<Shared>>>>>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

/// From where on an engine was asked.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Begin {
    tail: Option<u64>,
    since: Option<Time>,
    behind: Option<Position>,
}

impl Begin {
    fn behind(position: Position) -> Self {
        Self { tail: None, since: None, behind: Some(position) }
    }

    /// What the engine is asked for: it knows no entries, but times and how many come last.
    fn request(self, id: &ContainerId, follow: bool) -> Request {
        containers::logs(&id.0, self.tail, self.since.or(self.behind.map(Position::since)), follow)
    }
}

/// One container's log while somebody looks at it.
struct Shared {
    raw: bool,
    begin: Begin,
    ring: Mutex<LogRing>,
    /// Rung when there is more, and at the end.
    changed: watch::Sender<()>,
    /// How it ended, once it has.
    ended: Mutex<Option<Result<(), Problem>>>,
    /// The offset of the quickest reader.
    quickest: watch::Sender<u64>,
    readers: watch::Sender<usize>,
    pace: Mutex<Pace>,
}

/// How the ring stands to the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pace {
    /// It is still being filled with what was there.
    CatchingUp,
    /// It has all there is.
    Live,
    /// Its readers are too slow.
    Held,
}

/// Ends the streams with the engine.
pub async fn run(hub: &EngineHub, stop: CancellationToken) {
    stop.cancelled().await;
    hub.logs.stop.cancel();
    hub.logs.tasks.close();
    hub.logs.tasks.wait().await;
}

impl EngineHub {
    /// The log of a container from where it is asked for, and on.
    pub async fn logs(self: &Arc<Self>, spec: LogsSpec) -> Result<Reader, Problem> {
        let begin = spec.behind.map_or(Begin { tail: spec.tail, since: spec.since, behind: None }, Begin::behind);
        let id = spec.container;
        valid(&id)?;
        let shared = loop {
            let cell = self.logs.open().entry(id.clone()).or_default().clone();
            // Also when the one who asks goes away meanwhile.
            let _opening = Opening { logs: &self.logs, id: &id, cell: &cell };
            let shared = cell.get_or_try_init(|| self.open_log(&id, begin, &cell)).await?.clone();
            // One that has ended or is about to is no good for somebody new, nor one that is far in the past: its readers keep
            // it for themselves then.
            let joined = shared.will_be_of_use(begin).await
                && shared.readers.send_if_modified(|readers| {
                    let lives = *readers != CLOSED;
                    *readers += usize::from(lives);
                    lives
                });
            if joined {
                break shared;
            }
            self.logs.forget(&id, &cell);
        };
        Ok(Reader::open(shared, self.clone(), id, begin).await)
    }

    async fn open_log(self: &Arc<Self>, id: &ContainerId, begin: Begin, cell: &Arc<OnceCell<Arc<Shared>>>) -> Result<Arc<Shared>, Problem> {
        let said = |error: EngineError| self.problem(&error, &self.container_name(id));
        let inspect: model::ContainerInspect = self.client.json(&containers::inspect(valid(id)?)).await.map_err(said)?;
        // Its reader finds its place in what came last, or asks for more.
        let begin = if begin.behind.is_some() { Begin { tail: Some(RELOAD as u64), since: None, behind: None } } else { begin };
        // An engine that follows from a time on leaves out what is older, also later, when its clock was set back.
        let bytes = self.client.stream(&begin.request(id, begin.since.is_none())).await.map_err(|error| {
            let problem = said(error);
            let driver = &inspect.host_config.log_config.driver;
            // Which one it is the engine does not say.
            let is_unreadable = EngineFault::of(&problem.detail) == Some(EngineFault::LogsUnreadable) && !driver.is_empty();
            if is_unreadable { problem.with(&format!("log driver: {driver}")) } else { problem }
        })?;
        let shared = Arc::new(Shared {
            raw: inspect.config.tty,
            begin,
            ring: Mutex::new(LogRing::new(inspect.config.tty)),
            changed: watch::Sender::new(()),
            ended: Mutex::default(),
            quickest: watch::Sender::new(0),
            readers: watch::Sender::new(0),
            pace: Mutex::new(Pace::CatchingUp),
        });
        let pump = Pump { hub: self.clone(), id: id.clone(), shared: shared.clone(), before: Mutex::default() };
        let (logs, stop, cell) = (self.logs.clone(), self.logs.stop.clone(), cell.clone());
        self.logs.tasks.spawn(async move {
            let id = pump.id.clone();
            let shared = pump.shared.clone();
            let ended = tokio::select! {
                ended = pump.run(bytes) => ended,
                () = nobody_reads(&shared) => Ok(()),
                () = stop.cancelled() => Err(Problem::new(ProblemCode::EngineUnreachable(ConnectFault::Lost), id.0.clone(), "")),
            };
            shared.end(ended);
            logs.forget(&id, &cell);
        });
        Ok(shared)
    }
}

/// The number of readers of a stream that takes none any more.
const CLOSED: usize = usize::MAX;

/// Ends, and lets nobody in any more, when for [`LINGER`] there was no reader.
async fn nobody_reads(shared: &Shared) {
    let mut readers = shared.readers.subscribe();
    loop {
        // The sender is in `shared`, so that waiting cannot fail.
        let _ = readers.wait_for(|readers| *readers == 0).await;
        let somebody = tokio::time::timeout(LINGER, readers.wait_for(|readers| *readers > 0)).await.is_ok();
        let closed = !somebody
            && shared.readers.send_if_modified(|readers| {
                let closes = *readers == 0;
                if closes {
                    *readers = CLOSED;
                }
                closes
            });
        if closed {
            return;
        }
    }
}

/// Leaves nothing behind of a log that could not be opened.
struct Opening<'a> {
    logs: &'a Logs,
    id: &'a ContainerId,
    cell: &'a Arc<OnceCell<Arc<Shared>>>,
}

impl Drop for Opening<'_> {
    fn drop(&mut self) {
        // In the list and here: nobody else is about to open it.
        if self.cell.get().is_none() && Arc::strong_count(self.cell) <= 2 {
            self.logs.forget(self.id, self.cell);
        }
    }
}

impl Logs {
    fn open(&self) -> MutexGuard<'_, HashMap<ContainerId, Arc<OnceCell<Arc<Shared>>>>> {
        self.open.lock()
    }

    fn forget(&self, id: &ContainerId, cell: &Arc<OnceCell<Arc<Shared>>>) {
        let mut open = self.open();
        if open.get(id).is_some_and(|known| Arc::ptr_eq(known, cell)) {
            open.remove(id);
        }
    }
}

impl Shared {
    fn ring(&self) -> MutexGuard<'_, LogRing> {
        self.ring.lock()
    }

    fn ended(&self) -> Option<Result<(), Problem>> {
        self.ended.lock().clone()
    }

    /// Whoever comes now finds the newest lines here, or will in a moment.
    fn is_of_use(&self, asked: Begin) -> bool {
        let is_near = match self.pace() {
            Pace::Live => true,
            Pace::CatchingUp => self.begin.tail.is_some() || asked == self.begin,
            Pace::Held => false,
        };
        self.ended().is_none() && (is_near || *self.readers.borrow() == 0)
    }

    /// The same, after a moment where it is still being read: most logs are short, and one stream then does for all.
    async fn will_be_of_use(&self, asked: Begin) -> bool {
        let mut changed = self.changed.subscribe();
        let read = async {
            while !self.is_of_use(asked) && self.ended().is_none() && self.pace() == Pace::CatchingUp {
                // The sender is in `self`, so that waiting cannot fail.
                let _ = changed.changed().await;
            }
        };
        let _ = tokio::time::timeout(MOMENT, read).await;
        self.is_of_use(asked)
    }

    fn pace(&self) -> Pace {
        *self.pace.lock()
    }

    fn set_pace(&self, pace: Pace) {
        let before = std::mem::replace(&mut *self.pace.lock(), pace);
        if before != pace {
            self.changed.send_replace(());
        }
    }

    fn end(&self, how: Result<(), Problem>) {
        *self.ended.lock() = Some(how);
        self.changed.send_replace(());
    }

    fn push(&self, entries: &[u8]) {
        if !entries.is_empty() {
            self.ring().push(entries);
            self.changed.send_replace(());
        }
    }

    /// Waits a moment for what comes last in the log.
    async fn filled(&self) {
        let mut changed = self.changed.subscribe();
        let filled = async {
            while !(self.ended().is_some() || self.pace() == Pace::Live && self.ring().end > 0) {
                // The sender is in `self`, so that waiting cannot fail.
                let _ = changed.changed().await;
            }
        };
        let _ = tokio::time::timeout(PATIENCE, filled).await;
    }

    /// What the ring has of what is asked for, and where it ends; `None` if it does not reach back so far.
    fn recent(&self, asked: Begin) -> Option<(VecDeque<Piece>, u64)> {
        let ring = self.ring();
        let is_whole = ring.dropped == 0;
        let from = match (asked.behind, asked.tail, asked.since) {
            _ if is_whole && asked == self.begin => 0,
            (Some(position), ..) => ring.behind(position)?,
            (None, Some(tail), None) => {
                let tail = usize::try_from(tail).unwrap_or(usize::MAX);
                let (from, count) = ring.last(tail);
                let has_more = self.begin.since.is_some() || self.begin.tail.is_some_and(|begun| begun < tail as u64);
                if count < tail && (has_more || !is_whole) {
                    return None;
                }
                from
            }
            (None, None, Some(since)) => {
                let reaches = is_whole && self.begin.tail.is_none() && self.begin.since.is_none_or(|begun| begun <= since);
                let mut times = ring.entries().filter_map(|(at, entry)| Some((at, entry.time?))).peekable();
                if !reaches && times.peek().is_none_or(|(_, first)| *first >= since) {
                    return None;
                }
                times.find(|(_, time)| *time >= since).map_or(ring.end, |(at, _)| at)
            }
            _ => return None,
        };
        Some((ring.all_from(from)?, ring.end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> Arc<Shared> {
        Arc::new(Shared {
            raw: false,
            begin: WHOLE,
            ring: Mutex::new(LogRing::new(false)),
            changed: watch::Sender::new(()),
            ended: Mutex::default(),
            quickest: watch::Sender::new(0),
            readers: watch::Sender::new(1),
            pace: Mutex::new(Pace::CatchingUp),
        })
    }

    const WHOLE: Begin = Begin { tail: None, since: None, behind: None };
    const LAST: Begin = Begin { tail: Some(10), since: None, behind: None };

    #[tokio::test(start_paused = true)]
    async fn a_log_that_is_read_in_a_moment_is_shared() {
        let short = whole();
        let asked = tokio::spawn({
            let short = short.clone();
            async move { (short.will_be_of_use(WHOLE).await, short.will_be_of_use(LAST).await) }
        });
        tokio::time::sleep(MOMENT / 2).await;
        short.set_pace(Pace::Live);
        assert_eq!(asked.await.expect("no panic"), (true, true));
        let long = whole();
        assert!(!long.will_be_of_use(LAST).await);
        long.set_pace(Pace::Held);
        let begun = tokio::time::Instant::now();
        assert!(!long.will_be_of_use(LAST).await);
        assert!(begun.elapsed().is_zero(), "slow readers are not waited for");
    }
}
