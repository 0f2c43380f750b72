//! One reader of a log: first what lies before the ring, straight from the engine, then the ring.

use std::{collections::VecDeque, sync::Arc};

use bytes::Bytes;
use futures_util::StreamExt;
use linkspan_docker::{ByteStream, EngineError};
use linkspan_shared::{
    ids::ContainerId,
    log_entry::{Position, Seek, entries},
    problem::{Problem, ProblemCode},
};
use tokio::time::Instant;

use super::{Begin, PATIENCE, RELOAD, Shared, cutter::Cutter};
use crate::hub::EngineHub;
use crate::hub::ring::Piece;

/// One reader of a log. It has to go on reading, or to be dropped.
pub struct Reader {
    shared: Arc<Shared>,
    hub: Arc<EngineHub>,
    container: ContainerId,
    /// Sent before what the ring has from `offset` on.
    first: VecDeque<Piece>,
    offset: u64,
    before: Option<Before>,
    /// Where in the ring that begins which it has not had.
    seek: Seek,
    /// Until when it is looked for.
    deadline: Option<Instant>,
}

/// What lies before the ring, straight from the engine.
struct Before {
    asked: Begin,
    /// `None` until it is asked for.
    bytes: Option<ByteStream>,
    cutter: Cutter,
    seek: Seek,
    position: Option<Position>,
    /// Where the ring ended when the engine was asked: all before that is in its answer.
    ring_end: u64,
}

/// What a reader gets next.
pub enum Next {
    /// Whole entries.
    Bytes(Bytes),
    /// Something may be missing here, or come once more.
    Gap,
    End,
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.shared.readers.send_modify(|readers| *readers -= 1);
    }
}

impl Reader {
    /// `shared` counts it among its readers already.
    pub(super) async fn open(shared: Arc<Shared>, hub: Arc<EngineHub>, container: ContainerId, asked: Begin) -> Self {
        let (first, seek) = (VecDeque::new(), Seek::default());
        let mut reader = Self { shared, hub, container, first, offset: 0, before: None, seek, deadline: None };
        let mut recent = reader.shared.recent(asked);
        if recent.is_none() && asked.behind.is_some() {
            reader.shared.filled().await;
            recent = reader.shared.recent(asked);
        }
        match recent {
            Some(recent) => reader.go_on_with(recent),
            None => reader.ask_before(asked),
        }
        reader
    }

    /// The bytes have no record headers: the container has a terminal.
    pub fn raw(&self) -> bool {
        self.shared.raw
    }

    fn go_on_with(&mut self, (first, offset): (VecDeque<Piece>, u64)) {
        self.first.extend(first);
        self.has_read(offset);
    }

    fn has_read(&mut self, offset: u64) {
        self.offset = offset;
        self.shared.quickest.send_if_modified(|quickest| {
            let is_ahead = offset > *quickest;
            *quickest = offset.max(*quickest);
            is_ahead
        });
    }

    fn ask_before(&mut self, asked: Begin) {
        let ring_end = self.shared.ring().end;
        let cutter = Cutter::new(self.shared.raw);
        self.before = Some(Before { asked, bytes: None, cutter, seek: Seek::behind(asked.behind), position: asked.behind, ring_end });
    }

    /// Whole entries, as many as there are, in the order of the log.
    pub async fn next(&mut self) -> Result<Next, Problem> {
        let mut changed = self.shared.changed.subscribe();
        loop {
            match self.first.pop_front() {
                Some(Piece::Bytes(bytes)) => return Ok(Next::Bytes(bytes)),
                Some(Piece::Gap) => return Ok(Next::Gap),
                Some(Piece::Nothing | Piece::Missed) | None => {}
            }
            if self.before.is_some() {
                match self.next_before().await? {
                    Some(bytes) => return Ok(Next::Bytes(bytes)),
                    None => continue,
                }
            }
            changed.mark_unchanged();
            let ended = self.shared.ended();
            let piece = self.shared.ring().read(self.offset);
            match (piece, ended) {
                (Piece::Bytes(bytes), _) => {
                    self.has_read(self.offset + bytes.len() as u64);
                    if self.seek.is_over() {
                        return Ok(Next::Bytes(bytes));
                    }
                    let new = self.seek.new_in(&bytes, self.shared.raw);
                    if !new.is_empty() {
                        return Ok(Next::Bytes(new.into()));
                    }
                    self.deadline.get_or_insert_with(|| Instant::now() + PATIENCE);
                }
                (Piece::Gap, _) => {
                    self.has_read(self.offset + 1);
                    self.seek = Seek::default();
                    return Ok(Next::Gap);
                }
                // The others read faster. It knows itself how far it was, and asks anew from there.
                (Piece::Missed, _) => return Err(Problem::new(ProblemCode::FellBehind, self.hub.container_name(&self.container), "")),
                // What was left out may be what came behind.
                (Piece::Nothing, Some(_)) if self.deadline.is_some() && !self.seek.is_found() => self.give_up(),
                (Piece::Nothing, Some(ended)) => return ended.map(|()| Next::End),
                (Piece::Nothing, None) => match self.deadline.filter(|_| !self.seek.is_found()) {
                    Some(deadline) if tokio::time::timeout_at(deadline, changed.changed()).await.is_err() => self.give_up(),
                    Some(_) => {}
                    // The sender is in `shared`, so that waiting cannot fail.
                    None => drop(changed.changed().await),
                },
            }
        }
    }

    /// Goes on with what came last, and says that something may be missing.
    fn give_up(&mut self) {
        tracing::info!(container = %self.container, "a reader of the log cannot be gone on with where it was");
        self.seek = Seek::default();
        let recent = {
            let ring = self.shared.ring();
            ring.all_from(ring.last(RELOAD).0).map(|last| (last, ring.end))
        };
        self.first.push_back(Piece::Gap);
        if let Some(recent) = recent {
            self.go_on_with(recent);
        }
    }

    /// `None` when it has to be looked again where the next comes from.
    async fn next_before(&mut self) -> Result<Option<Bytes>, Problem> {
        let said = |error: EngineError| self.hub.problem(&error, &self.hub.container_name(&self.container));
        let Some(before) = &mut self.before else { return Ok(None) };
        let bytes = match &mut before.bytes {
            Some(bytes) => bytes,
            none => {
                let request = before.asked.request(&self.container, false);
                none.insert(self.hub.client.stream(&request).await.map_err(said)?)
            }
        };
        let next = bytes.next().await;
        let is_end = next.is_none();
        let whole = match next {
            Some(chunk) => chunk.and_then(|chunk| before.cutter.cut(&chunk)).map_err(said)?,
            None => before.cutter.rest().into(),
        };
        let mut new = Vec::new();
        for entry in entries(&whole, self.shared.raw).filter(|entry| before.seek.is_new(entry)) {
            before.position = Position::after(before.position, &entry);
            new.extend_from_slice(entry.bytes);
        }
        if is_end && let Some(before) = self.before.take() {
            self.join(&before);
        }
        Ok(Some(Bytes::from(new)).filter(|new| !new.is_empty()))
    }

    /// Goes on behind what the engine said.
    fn join(&mut self, before: &Before) {
        if !before.seek.is_found() {
            return self.give_up();
        }
        let Some(position) = before.position else {
            // There was nothing, and all that has come since is new.
            return self.has_read(before.ring_end);
        };
        let mut seek = Seek::behind(Some(position));
        let (recent, dropped, end) = {
            let ring = self.shared.ring();
            // Those of its time are counted from the first on.
            ring.entries().for_each(|(_, entry)| {
                seek.is_new(&entry);
            });
            (ring.behind(position).and_then(|from| Some((ring.all_from(from)?, ring.end))), ring.dropped, ring.end)
        };
        match recent {
            Some(recent) => self.go_on_with(recent),
            // The log has gone on faster than the answer came.
            None if before.ring_end < dropped => self.ask_before(Begin::behind(position)),
            // The stream lags behind the answer: what comes next was in it.
            None => {
                self.has_read(end);
                self.seek = seek;
                self.deadline = (end > before.ring_end).then(|| Instant::now() + PATIENCE);
            }
        }
    }
}
