//! What a run printed: always drained from the engine, kept in a bounded ring, read by any number of viewers.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use tokio::sync::watch;

/// Bytes kept for each run. What does not fit is dropped at the front and counted.
const KEPT: usize = 16 << 20;

pub struct Output {
    ring: Mutex<Ring>,
    /// The number of bytes pushed so far; changes once more at the end.
    changed: watch::Sender<u64>,
    /// Without record headers: the output of a terminal.
    pub raw: bool,
}

#[derive(Default)]
struct Ring {
    /// Whole records each, so that dropping one leaves the stream readable.
    pieces: VecDeque<Bytes>,
    /// Bytes dropped at the front.
    dropped: u64,
    kept: usize,
    ended: bool,
}

/// What a viewer that has read up to some offset gets next.
pub enum Piece {
    /// The bytes and the offset behind them.
    Bytes(Bytes, u64),
    /// Nothing yet.
    Wait,
    End,
}

impl Output {
    pub fn new(raw: bool) -> Self {
        Self { ring: Mutex::default(), changed: watch::Sender::new(0), raw }
    }

    /// `piece` holds whole records. Answers with the number of bytes dropped so far.
    pub fn push(&self, piece: Bytes) -> u64 {
        let mut ring = self.lock();
        ring.kept += piece.len();
        ring.pieces.push_back(piece);
        while ring.kept > KEPT
            && let Some(oldest) = ring.pieces.pop_front()
        {
            ring.kept -= oldest.len();
            ring.dropped += oldest.len() as u64;
        }
        let dropped = ring.dropped;
        let end = dropped + ring.kept as u64;
        drop(ring);
        self.changed.send_replace(end);
        dropped
    }

    pub fn end(&self) {
        self.lock().ended = true;
        self.changed.send_modify(|_| {});
    }

    pub fn watch(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// The piece that begins at `offset`, or the oldest one that is kept.
    pub fn read(&self, offset: u64) -> Piece {
        let ring = self.lock();
        let mut begin = ring.dropped;
        for piece in &ring.pieces {
            if begin >= offset {
                return Piece::Bytes(piece.clone(), begin + piece.len() as u64);
            }
            begin += piece.len() as u64;
        }
        if ring.ended { Piece::End } else { Piece::Wait }
    }

    fn lock(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_viewer_reads_everything_in_order_and_then_the_end() {
        let output = Output::new(false);
        assert!(matches!(output.read(0), Piece::Wait));
        for text in ["one ", "two ", "three"] {
            output.push(Bytes::from(text));
        }
        output.end();
        let (mut offset, mut all) = (0, Vec::new());
        while let Piece::Bytes(bytes, next) = output.read(offset) {
            all.extend(bytes);
            offset = next;
        }
        assert_eq!(all, b"one two three");
        assert!(matches!(output.read(offset), Piece::End));
    }

    #[test]
    fn too_much_is_dropped_at_the_front_and_counted() {
        let output = Output::new(false);
        let mut dropped = 0;
        for _ in 0..40 {
            dropped = output.push(Bytes::from(vec![0; 1 << 20]));
        }
        assert_eq!(dropped, 24 << 20);
        let Piece::Bytes(_, next) = output.read(0) else { panic!("nothing kept") };
        assert_eq!(next, 25 << 20);
    }
}
