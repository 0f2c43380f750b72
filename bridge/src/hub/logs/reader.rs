//! One reader of a log: first what lies before the ring, straight from the engine, then the ring.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use linkspan_shared::{
    ids::ContainerId,
    problem::{Problem, ProblemCode},
};

use super::{
    Begin, Shared,
    cutter::Cutter,
    entries::{Position, Skip, entries},
    ring::Piece,
};
use crate::{
    docker::{ByteStream, EngineError, containers},
    hub::EngineHub,
};

/// One reader of a log. It has to go on reading, or to be dropped.
pub struct Reader {
    shared: Arc<Shared>,
    hub: Arc<EngineHub>,
    container: ContainerId,
    /// Sent before what the ring has from `offset` on.
    first: Bytes,
    offset: u64,
    before: Option<Before>,
    /// What of the ring it has had already, or did not ask for.
    skip: Skip,
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

impl Drop for Reader {
    fn drop(&mut self) {
        self.shared.readers.send_modify(|readers| *readers -= 1);
    }
}

impl Reader {
    /// `shared` counts it among its readers already.
    pub(super) fn new(shared: Arc<Shared>, hub: Arc<EngineHub>, container: ContainerId, asked: Begin) -> Self {
        let skip = asked.since.map_or_else(Skip::default, Skip::before);
        let mut reader = Self { shared, hub, container, first: Bytes::new(), offset: 0, before: None, skip };
        match reader.shared.recent(asked) {
            Some((first, offset)) => {
                reader.first = first;
                reader.has_read(offset);
            }
            None => reader.ask_before(asked, Position::default()),
        }
        reader
    }

    /// The bytes have no record headers: the container has a terminal.
    pub fn raw(&self) -> bool {
        self.shared.raw
    }

    fn new_in(&mut self, whole: Bytes) -> Bytes {
        if self.skip.is_over() {
            return whole;
        }
        let new = entries(&whole, self.shared.raw).filter(|entry| self.skip.is_new(entry)).map(|entry| entry.bytes);
        new.collect::<Vec<_>>().concat().into()
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
                    let new = self.new_in(bytes);
                    if !new.is_empty() {
                        return Ok(Next::Bytes(new));
                    }
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
                    // What the ring has, without what the answer had of it: all of the ring, because the entries of the answer's
                    // last time are counted, and some of those may have come before the engine was asked.
                    let mut position = std::mem::take(&mut before.position);
                    let (asked, ring_end) = (before.asked, before.ring_end);
                    let last = before.cutter.rest();
                    entries(&last, self.shared.raw).for_each(|entry| position.pass(&entry));
                    let ring = self.shared.ring();
                    let joins = ring_end >= ring.dropped;
                    match joins.then(|| ring.all_from(ring.dropped)).flatten() {
                        Some(follows) => {
                            let end = ring.end;
                            drop(ring);
                            self.has_read(end);
                            self.before = None;
                            // The stream may lag behind the answer: also what the ring gets later was in it.
                            self.skip = Skip::behind(&position);
                            let new = self.new_in(follows.into());
                            return Ok(Some([last, new.to_vec()].concat().into()).filter(|bytes: &Bytes| !bytes.is_empty()));
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
