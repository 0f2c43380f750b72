//! Reads one container's log from the engine into the ring, as long as somebody reads it there.

use std::{sync::Arc, time::Duration};

use futures_util::{FutureExt, StreamExt};
use linkspan_docker::{ByteStream, EngineError};
use linkspan_shared::{
    ids::ContainerId,
    log_entry::{Position, Seek, entries},
    log_time::Time,
    problem::Problem,
};
use parking_lot::Mutex;
use tokio::time::Instant;

use super::{Begin, PATIENCE, Pace, RELOAD, Shared, cutter::Cutter, ring::KEPT};
use crate::hub::{EngineHub, backoff::Backoff};

/// A stream that held for as long was a good one.
const STABLE: Duration = Duration::from_secs(10);
/// An engine that fails as often in a row will not say more.
const FAILURES: usize = 5;
/// Bytes that the engine is read ahead of the quickest reader: the slowest of several finds what it still needs.
const AHEAD: u64 = KEPT as u64 / 2;

/// What came last has come by then, also over a slow line; a log that goes on meanwhile must not put it off for ever.
const SLOWEST: Duration = Duration::from_secs(10);

/// Reads the engine's stream into the ring, and opens it again when it breaks.
pub struct Pump {
    pub hub: Arc<EngineHub>,
    pub id: ContainerId,
    pub shared: Arc<Shared>,
    /// What came last of all that is older than what was asked for.
    pub before: Mutex<Option<Position>>,
}

/// What an engine says, as far as it is read.
struct Stream {
    bytes: ByteStream,
    cutter: Cutter,
    seek: Seek,
    /// What came while a place was looked for, unless it is all older than that.
    held: Option<Held>,
}

#[derive(Default)]
struct Held {
    bytes: Vec<u8>,
    entries: usize,
    /// When the first of it came.
    since: Option<Instant>,
}

impl Held {
    fn is_enough(&self) -> bool {
        self.entries >= RELOAD || self.bytes.len() > KEPT || self.since.is_some_and(|since| since.elapsed() >= SLOWEST)
    }
}

impl Pump {
    /// `first` is the answer to what was asked for.
    pub async fn run(self, first: ByteStream) -> Result<(), Problem> {
        let (mut backoff, mut failures) = (Backoff::default(), 0);
        let mut first = Some(self.stream(first, None, None));
        loop {
            let begun = Instant::now();
            let error = match self.hub.unless_lost(self.read(first.take())).await {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            if begun.elapsed() > STABLE {
                failures = 0;
            }
            failures += usize::from(!matches!(error, EngineError::Connect(_)));
            // The engine has said no: the container is gone, for instance.
            if !error.may_pass() || failures > FAILURES {
                return Err(self.hub.problem(&error, &self.hub.container_name(&self.id)));
            }
            tracing::debug!(container = %self.id, %error, "a log stream broke");
            if begun.elapsed() > STABLE {
                backoff.succeeded();
            }
            tokio::time::sleep(backoff.pause()).await;
            self.hub.reachable().await;
        }
    }

    /// Until the log ends.
    async fn read(&self, first: Option<Stream>) -> Result<(), EngineError> {
        if let Some(mut first) = first {
            self.drain(&mut first).await?;
            if self.shared.begin.since.is_none() {
                return Ok(());
            }
        }
        let position = match self.position() {
            None => match self.shared.begin.since {
                Some(since) => self.older_than(since).await?,
                None => None,
            },
            position => position,
        };
        let Some(mut position) = position else {
            // There was nothing at all, and all that there is now is new.
            let bytes = self.ask(Begin { since: None, ..self.shared.begin }, true).await?;
            return self.drain(&mut self.stream(bytes, None, None)).await.map(drop);
        };
        loop {
            let last = Begin { tail: Some(RELOAD as u64), since: None, behind: None };
            let mut last = self.stream(self.ask(last, true).await?, Some(position), Some(Held::default()));
            if self.drain(&mut last).await? {
                return Ok(());
            }
            // More came meanwhile: all from about its time on, which is not the whole truth where a clock was set.
            let before = self.shared.ring().end;
            let missed = self.ask(Begin::behind(position), false).await?;
            self.drain(&mut self.stream(missed, Some(position), None)).await?;
            let newest = {
                let ring = self.shared.ring();
                ring.position().filter(|_| ring.end > before)
            };
            let Some(newest) = newest else {
                self.give_up(&mut last);
                return self.drain(&mut last).await.map(drop);
            };
            position = newest;
        }
    }

    fn position(&self) -> Option<Position> {
        self.shared.ring().position().or(*self.before.lock())
    }

    /// Nothing from that time on: whatever is new comes behind what there is.
    async fn older_than(&self, since: Time) -> Result<Option<Position>, EngineError> {
        let last = Begin { tail: Some(RELOAD as u64), since: None, behind: None };
        let mut bytes = self.ask(last, false).await?;
        let mut cutter = Cutter::new(self.shared.raw);
        let (mut before, mut is_late) = (None, false);
        while let Some(chunk) = bytes.next().await {
            for entry in entries(&cutter.cut(&chunk?)?, self.shared.raw) {
                is_late |= entry.time.is_some_and(|time| time >= since);
                before = Position::after(before, &entry);
            }
        }
        if is_late {
            // It came meanwhile.
            let missed = self.ask(self.shared.begin, false).await?;
            self.drain(&mut self.stream(missed, None, None)).await?;
        } else {
            *self.before.lock() = before;
        }
        Ok(self.position())
    }

    async fn ask(&self, begin: Begin, follow: bool) -> Result<ByteStream, EngineError> {
        self.hub.own_client.stream(&begin.request(&self.id, follow)).await
    }

    fn stream(&self, bytes: ByteStream, position: Option<Position>, held: Option<Held>) -> Stream {
        Stream { bytes, cutter: Cutter::new(self.shared.raw), seek: Seek::behind(position), held }
    }

    /// To its end; `false` when what is looked for is not in it, so far, with the stream still open.
    async fn drain(&self, stream: &mut Stream) -> Result<bool, EngineError> {
        let mut quickest = self.shared.quickest.subscribe();
        loop {
            // Readers that do not keep up stop the reading, and so the engine.
            let end = self.shared.ring().end;
            let has_room = |quickest: &u64| end.saturating_sub(*quickest) < AHEAD;
            if !has_room(&quickest.borrow_and_update()) {
                self.shared.set_pace(Pace::Held);
                // The sender is in `shared`, so that waiting cannot fail.
                let _ = quickest.wait_for(has_room).await;
                self.shared.set_pace(Pace::CatchingUp);
            }
            let next = match stream.bytes.next().now_or_never() {
                Some(next) => next,
                None if stream.is_holding() => match tokio::time::timeout(PATIENCE, stream.bytes.next()).await {
                    Ok(next) => next,
                    Err(_) => return Ok(false),
                },
                None => {
                    self.shared.set_pace(Pace::Live);
                    stream.bytes.next().await
                }
            };
            let Some(chunk) = next else {
                let rest = stream.cutter.rest();
                self.push(stream, &rest);
                if stream.is_holding() {
                    self.give_up(stream);
                }
                return Ok(true);
            };
            let whole = stream.cutter.cut(&chunk?)?;
            self.push(stream, &whole);
            if stream.held.as_ref().is_some_and(Held::is_enough) {
                return Ok(false);
            }
        }
    }

    fn push(&self, stream: &mut Stream, whole: &[u8]) {
        if stream.seek.is_over() {
            return self.shared.push(whole);
        }
        let new = stream.seek.new_in(whole, self.shared.raw);
        if stream.seek.is_found() {
            stream.held = None;
        } else if let Some(held) = &mut stream.held {
            held.since.get_or_insert_with(Instant::now);
            held.bytes.extend_from_slice(whole);
            held.entries += entries(whole, self.shared.raw).count();
        }
        self.shared.push(&new);
    }

    /// Goes on with what came last, and says that something may be missing.
    fn give_up(&self, stream: &mut Stream) {
        tracing::info!(container = %self.id, "the log cannot be gone on with where it was");
        stream.seek = Seek::default();
        self.shared.ring().push_gap();
        self.shared.push(&stream.held.take().unwrap_or_default().bytes);
    }
}

impl Stream {
    fn is_holding(&self) -> bool {
        self.held.as_ref().is_some_and(|held| held.entries > 0)
    }
}
