//! Reads one container's log from the engine into the ring, as long as somebody reads it there.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::{FutureExt, StreamExt};
use linkspan_shared::{ids::ContainerId, problem::Problem};

use super::{
    Pace, Shared,
    cutter::Cutter,
    entries::{Position, Skip, entries},
    ring::KEPT,
};
use crate::{
    docker::{ByteStream, EngineError, containers},
    hub::{EngineHub, backoff::Backoff},
};

/// A stream that held for as long was a good one.
const STABLE: Duration = Duration::from_secs(10);
/// Bytes that the engine is read ahead of the quickest reader: the slowest of several finds what it still needs.
const AHEAD: u64 = KEPT as u64 / 2;

/// Reads the engine's stream into the ring, and opens it again when it breaks.
pub struct Pump {
    pub hub: Arc<EngineHub>,
    pub id: ContainerId,
    pub shared: Arc<Shared>,
}

impl Pump {
    pub async fn run(self, first: ByteStream) -> Result<(), Problem> {
        let mut backoff = Backoff::default();
        let mut stream = Some(first);
        loop {
            let begun = Instant::now();
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
            if begun.elapsed() > STABLE {
                backoff.succeeded();
            }
            tokio::time::sleep(backoff.pause()).await;
            self.hub.reachable().await;
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
        // Nothing in the ring: whatever was asked for there was nothing, and all that there is now is new.
        let since = position.time().or(self.shared.begin.since);
        let bytes = self.hub.client.stream(&containers::logs(&self.id.0, None, since, true)).await?;
        Ok((bytes, Skip::behind(&position)))
    }

    async fn drain(&self, (mut bytes, mut skip): (ByteStream, Skip)) -> Result<(), EngineError> {
        let mut cutter = Cutter::new(self.shared.raw);
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
            let next = match bytes.next().now_or_never() {
                Some(next) => next,
                None => {
                    self.shared.set_pace(Pace::Live);
                    bytes.next().await
                }
            };
            let Some(chunk) = next else {
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
