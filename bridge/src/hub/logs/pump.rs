//! Reads one container's log from the engine into the ring, as long as somebody reads it there.

use std::sync::Arc;

use futures_util::StreamExt;
use linkspan_shared::{ids::ContainerId, problem::Problem};

use super::{
    Shared,
    cutter::Cutter,
    entries::{Position, Skip, entries},
    ring::KEPT,
};
use crate::{
    docker::{ByteStream, EngineError, containers},
    hub::{EngineHub, backoff::Backoff},
};

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
