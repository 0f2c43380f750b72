//! Live logs of the containers that somebody looks at: one log stream of the engine each, however many look.
//!
//! The newest bytes are kept in a ring. Whoever comes later is served from it where it reaches back far enough; else the
//! engine is asked once for what lies before, without following. A stream that breaks is opened again where it was. It is
//! closed [`LINGER`] after its last reader went away; nobody reading costs the engine nothing.

mod entries;
mod ring;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use linkspan_shared::{
    channel::LogsSpec,
    ids::ContainerId,
    log_time::Time,
    problem::{Problem, ProblemCode},
    stdcopy,
};
use tokio::sync::{OnceCell, watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{EngineHub, actions::valid, backoff::Backoff};
use crate::docker::{ByteStream, EngineError, containers, model};
use entries::{Position, Skip, entries};
use ring::{KEPT, Piece, Ring};

/// Long enough for a reload or a walk from page to page.
const LINGER: Duration = Duration::from_secs(5);
/// Bytes that the engine is read ahead of the quickest reader: the slowest of several finds what it still needs.
const AHEAD: u64 = KEPT as u64 / 2;

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
}

/// One container's log while somebody looks at it.
struct Shared {
    raw: bool,
    begin: Begin,
    ring: Mutex<Ring>,
    /// Rung when there is more, and at the end.
    changed: watch::Sender<()>,
    /// How it ended, once it has.
    ended: Mutex<Option<Result<(), Problem>>>,
    /// The offset of the quickest reader.
    quickest: watch::Sender<u64>,
    readers: watch::Sender<usize>,
}

/// One reader of a log. It has to go on reading, or to be dropped.
pub struct Reader {
    shared: Arc<Shared>,
    hub: Arc<EngineHub>,
    container: ContainerId,
    /// Sent before what the ring has from `offset` on.
    first: Bytes,
    offset: u64,
    before: Option<Before>,
}

/// What lies before the ring, straight from the engine.
struct Before {
    asked: Begin,
    /// `None` until it is asked for.
    bytes: Option<ByteStream>,
    cutter: Cutter,
    skip: Skip,
    position: Position,
    /// Where the ring ended when the engine was asked: all before that is in its answer.
    ring_end: u64,
}

/// What a reader gets next.
pub enum Next {
    /// Whole entries.
    Bytes(Bytes),
    End,
}

/// Ends the streams with the engine.
pub async fn keep(hub: &EngineHub, stop: CancellationToken) {
    stop.cancelled().await;
    hub.logs.stop.cancel();
    hub.logs.tasks.close();
    hub.logs.tasks.wait().await;
}

impl EngineHub {
    /// The log of a container from where it is asked for, and on.
    pub async fn logs(self: &Arc<Self>, spec: LogsSpec) -> Result<Reader, Problem> {
        let begin = Begin { tail: spec.tail, since: spec.since };
        let id = spec.container;
        valid(&id)?;
        let shared = loop {
            let cell = self.logs.open().entry(id.clone()).or_default().clone();
            let opened = cell.get_or_try_init(|| self.open_log(&id, begin, &cell)).await;
            let shared = opened.inspect_err(|_| self.logs.forget(&id, &cell))?.clone();
            // One that has ended or is about to is no good for somebody new.
            let joined = shared.is_open()
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
        let mut reader = Reader { shared, hub: self.clone(), container: id, first: Bytes::new(), offset: 0, before: None };
        reader.begin(begin);
        Ok(reader)
    }

    async fn open_log(self: &Arc<Self>, id: &ContainerId, begin: Begin, cell: &Arc<OnceCell<Arc<Shared>>>) -> Result<Arc<Shared>, Problem> {
        let said = |error: EngineError| self.problem(&error, &self.container_name(id));
        let inspect: model::ContainerInspect = self.client.json(&containers::inspect(valid(id)?)).await.map_err(said)?;
        let bytes = self.client.stream(&containers::logs(valid(id)?, begin.tail, begin.since, true)).await.map_err(said)?;
        let shared = Arc::new(Shared {
            raw: inspect.config.tty,
            begin,
            ring: Mutex::default(),
            changed: watch::Sender::new(()),
            ended: Mutex::default(),
            quickest: watch::Sender::new(0),
            readers: watch::Sender::new(0),
        });
        let pump = Pump { hub: self.clone(), id: id.clone(), shared: shared.clone() };
        let (logs, stop, cell) = (self.logs.clone(), self.logs.stop.clone(), cell.clone());
        self.logs.tasks.spawn(async move {
            let id = pump.id.clone();
            let shared = pump.shared.clone();
            let ended = tokio::select! {
                ended = pump.run(bytes) => ended,
                () = nobody_reads(&shared) => Ok(()),
                () = stop.cancelled() => Ok(()),
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

impl Logs {
    fn open(&self) -> MutexGuard<'_, HashMap<ContainerId, Arc<OnceCell<Arc<Shared>>>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn forget(&self, id: &ContainerId, cell: &Arc<OnceCell<Arc<Shared>>>) {
        let mut open = self.open();
        if open.get(id).is_some_and(|known| Arc::ptr_eq(known, cell)) {
            open.remove(id);
        }
    }
}

impl Shared {
    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ended(&self) -> Option<Result<(), Problem>> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn is_open(&self) -> bool {
        self.ended().is_none()
    }

    fn end(&self, how: Result<(), Problem>) {
        *self.ended.lock().unwrap_or_else(PoisonError::into_inner) = Some(how);
        self.changed.send_replace(());
    }

    fn push(&self, entries: &[u8]) {
        self.ring().push(entries);
        self.changed.send_replace(());
    }

    /// What the ring has of what is asked for, and where it ends; `None` if it does not reach back so far.
    fn recent(&self, asked: Begin) -> Option<(Bytes, u64)> {
        let ring = self.ring();
        let all = ring.all_from(ring.dropped)?;
        let is_whole = ring.dropped == 0;
        let end = ring.end;
        drop(ring);
        let mut chosen: Vec<&[u8]> = Vec::new();
        match (asked.tail, asked.since) {
            _ if is_whole && asked == self.begin => return Some((all.into(), end)),
            (Some(tail), None) => {
                let tail = usize::try_from(tail).unwrap_or(usize::MAX);
                chosen.extend(entries(&all, self.raw).map(|entry| entry.bytes));
                let has_more = self.begin.since.is_some() || self.begin.tail.is_some_and(|begun| begun < tail as u64);
                if chosen.len() < tail && (has_more || !is_whole) {
                    return None;
                }
                chosen.drain(..chosen.len().saturating_sub(tail));
            }
            (None, Some(since)) => {
                let reaches = is_whole && self.begin.tail.is_none() && self.begin.since.is_none_or(|begun| begun <= since);
                let first = entries(&all, self.raw).find_map(|entry| entry.time);
                if !reaches && first.is_none_or(|first| first >= since) {
                    return None;
                }
                chosen.extend(
                    entries(&all, self.raw).skip_while(|entry| entry.time.is_none_or(|time| time < since)).map(|entry| entry.bytes),
                );
            }
            _ => return None,
        }
        Some((chosen.concat().into(), end))
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.shared.readers.send_modify(|readers| *readers -= 1);
    }
}

impl Reader {
    /// The bytes have no record headers: the container has a terminal.
    pub fn raw(&self) -> bool {
        self.shared.raw
    }

    fn begin(&mut self, asked: Begin) {
        match self.shared.recent(asked) {
            Some((first, offset)) => {
                self.first = first;
                self.has_read(offset);
            }
            None => self.ask_before(asked, Position::default()),
        }
    }

    fn has_read(&mut self, offset: u64) {
        self.offset = offset;
        self.shared.quickest.send_if_modified(|quickest| {
            let is_ahead = offset > *quickest;
            *quickest = offset.max(*quickest);
            is_ahead
        });
    }

    fn ask_before(&mut self, asked: Begin, position: Position) {
        let ring_end = self.shared.ring().end;
        let skip = Skip::behind(&position);
        self.before = Some(Before { asked, bytes: None, cutter: Cutter::new(self.shared.raw), skip, position, ring_end });
    }

    /// Whole entries, as many as there are, in the order of the log.
    pub async fn next(&mut self) -> Result<Next, Problem> {
        if !self.first.is_empty() {
            return Ok(Next::Bytes(std::mem::take(&mut self.first)));
        }
        if let Some(bytes) = self.next_before().await? {
            return Ok(Next::Bytes(bytes));
        }
        let mut changed = self.shared.changed.subscribe();
        loop {
            changed.mark_unchanged();
            let ended = self.shared.ended();
            let piece = self.shared.ring().read(self.offset);
            match (piece, ended) {
                (Piece::Bytes(bytes), _) => {
                    self.has_read(self.offset + bytes.len() as u64);
                    return Ok(Next::Bytes(bytes));
                }
                // The others read faster. It knows itself how far it was, and asks anew from there.
                (Piece::Missed, _) => return Err(Problem::new(ProblemCode::FellBehind, self.hub.container_name(&self.container), "")),
                (Piece::Nothing, Some(ended)) => return ended.map(|()| Next::End),
                // The sender is in `shared`, so that waiting cannot fail.
                (Piece::Nothing, None) => drop(changed.changed().await),
            }
        }
    }

    /// `None` once the ring has all that follows.
    async fn next_before(&mut self) -> Result<Option<Bytes>, Problem> {
        let said = |hub: &EngineHub, id: &ContainerId, error: EngineError| hub.problem(&error, &hub.container_name(id));
        while let Some(before) = &mut self.before {
            let bytes = match &mut before.bytes {
                Some(bytes) => bytes,
                none => {
                    let request = containers::logs(&self.container.0, before.asked.tail, before.asked.since, false);
                    let stream = self.hub.client.stream(&request).await.map_err(|error| said(&self.hub, &self.container, error))?;
                    none.insert(stream)
                }
            };
            let whole = match bytes.next().await {
                Some(Ok(chunk)) => before.cutter.cut(&chunk).map_err(|error| said(&self.hub, &self.container, error))?,
                Some(Err(error)) => return Err(said(&self.hub, &self.container, error)),
                None => {
                    // What the ring has from then on, without what the answer had of it.
                    let position = std::mem::take(&mut before.position);
                    let (asked, ring_end) = (before.asked, before.ring_end);
                    let last = before.cutter.rest();
                    let ring = self.shared.ring();
                    match ring.all_from(ring_end) {
                        Some(follows) => {
                            let end = ring.end;
                            drop(ring);
                            self.has_read(end);
                            self.before = None;
                            let mut skip = Skip::behind(&position);
                            let new = entries(&follows, self.shared.raw).filter(|entry| skip.is_new(entry)).map(|entry| entry.bytes);
                            let new = new.collect::<Vec<_>>().concat();
                            return Ok(Some([last, new].concat().into()).filter(|bytes: &Bytes| !bytes.is_empty()));
                        }
                        // The log has gone on faster than the answer came.
                        None => {
                            drop(ring);
                            let asked = position.time().map_or(asked, |time| Begin { tail: None, since: Some(time) });
                            self.ask_before(asked, position);
                            continue;
                        }
                    }
                }
            };
            let mut new = BytesMut::new();
            for entry in entries(&whole, self.shared.raw).filter(|entry| before.skip.is_new(entry)) {
                before.position.pass(&entry);
                new.extend_from_slice(entry.bytes);
            }
            if !new.is_empty() {
                return Ok(Some(new.freeze()));
            }
        }
        Ok(None)
    }
}

/// Bytes of a terminal's line that are held back until it ends. Engines write them in pieces of 16 KiB.
const LONGEST_LINE: usize = 64 << 10;

/// Holds back what is not a whole entry yet.
struct Cutter {
    raw: bool,
    half: BytesMut,
}

impl Cutter {
    fn new(raw: bool) -> Self {
        Self { raw, half: BytesMut::new() }
    }

    fn cut(&mut self, chunk: &Bytes) -> Result<Bytes, EngineError> {
        self.half.extend_from_slice(chunk);
        let whole = if self.raw {
            match self.half.iter().rposition(|byte| *byte == b'\n') {
                Some(at) => at + 1,
                None if self.half.len() > LONGEST_LINE => self.half.len(),
                None => 0,
            }
        } else {
            stdcopy::whole_records(&self.half).map_err(|_| EngineError::Nonsense("the log is not in the multiplexed format".into()))?
        };
        Ok(self.half.split_to(whole).freeze())
    }

    /// What came without an end.
    fn rest(&mut self) -> Vec<u8> {
        if self.raw { std::mem::take(&mut self.half).to_vec() } else { Vec::new() }
    }
}

/// Reads the engine's stream into the ring, and opens it again when it breaks.
struct Pump {
    hub: Arc<EngineHub>,
    id: ContainerId,
    shared: Arc<Shared>,
}

impl Pump {
    async fn run(self, first: ByteStream) -> Result<(), Problem> {
        let mut backoff = Backoff::default();
        let mut stream = Some(first);
        loop {
            let error = match self.opened(&mut stream).await {
                Ok(bytes) => match self.hub.unless_lost(self.drain(bytes)).await {
                    Ok(()) => return Ok(()),
                    Err(error) => error,
                },
                Err(error) => error,
            };
            // The engine has said no: the container is gone, for instance.
            if !matches!(error, EngineError::Connect(_)) {
                return Err(self.hub.problem(&error, &self.hub.container_name(&self.id)));
            }
            tracing::debug!(container = %self.id, %error, "a log stream broke");
            tokio::time::sleep(backoff.pause()).await;
            self.hub.connected().await;
        }
    }

    async fn opened(&self, first: &mut Option<ByteStream>) -> Result<(ByteStream, Skip), EngineError> {
        if let Some(first) = first.take() {
            return Ok((first, Skip::default()));
        }
        let mut position = Position::default();
        let known = {
            let ring = self.shared.ring();
            ring.all_from(ring.dropped).unwrap_or_default()
        };
        entries(&known, self.shared.raw).for_each(|entry| position.pass(&entry));
        let begin = self.shared.begin;
        let (tail, since) = position.time().map_or((begin.tail, begin.since), |time| (None, Some(time)));
        let bytes = self.hub.client.stream(&containers::logs(&self.id.0, tail, since, true)).await?;
        Ok((bytes, Skip::behind(&position)))
    }

    async fn drain(&self, (mut bytes, mut skip): (ByteStream, Skip)) -> Result<(), EngineError> {
        let mut cutter = Cutter::new(self.shared.raw);
        let mut quickest = self.shared.quickest.subscribe();
        loop {
            // Readers that do not keep up stop the reading, and so the engine.
            let end = self.shared.ring().end;
            // The sender is in `shared`, so that waiting cannot fail.
            let _ = quickest.wait_for(|quickest| end.saturating_sub(*quickest) < AHEAD).await;
            let Some(chunk) = bytes.next().await else {
                self.push(&cutter.rest(), &mut skip);
                return Ok(());
            };
            self.push(&cutter.cut(&chunk?)?, &mut skip);
        }
    }

    fn push(&self, whole: &[u8], skip: &mut Skip) {
        if skip.is_over() {
            if !whole.is_empty() {
                self.shared.push(whole);
            }
            return;
        }
        let new: Vec<&[u8]> = entries(whole, self.shared.raw).filter(|entry| skip.is_new(entry)).map(|entry| entry.bytes).collect();
        if !new.is_empty() {
            self.shared.push(&new.concat());
        }
    }
}
