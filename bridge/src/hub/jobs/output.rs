//! What a run printed: always drained from the engine, kept in a bounded ring, read by any number of viewers.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use tokio::sync::watch;

/// Bytes kept for each run. What does not fit is dropped at the front and counted.
const KEPT: usize = 16 << 20;
/// Bytes of a piece, unless one push is larger: a program that prints byte by byte must not cost a piece each.
const PIECE: usize = 256 << 10;

pub struct Output {
    ring: Mutex<Ring>,
    /// The number of bytes pushed so far; changes once more at the end.
    changed: watch::Sender<u64>,
    /// Without record headers: the output of a terminal.
    pub raw: bool,
    kept: usize,
}

#[derive(Default)]
struct Ring {
    /// Whole records each, so that dropping one leaves the stream readable.
    pieces: VecDeque<Kept>,
    /// Bytes dropped at the front.
    dropped: u64,
    /// Bytes pushed so far.
    end: u64,
    ended: bool,
}

struct Kept {
    /// The offset of its first byte.
    begin: u64,
    bytes: Vec<u8>,
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
        Self::keeping(raw, KEPT)
    }

    /// So many bytes.
    pub fn keeping(raw: bool, kept: usize) -> Self {
        Self { ring: Mutex::default(), changed: watch::Sender::new(0), raw, kept }
    }

    /// `records` are whole ones. Answers with the number of bytes dropped so far.
    pub fn push(&self, records: &[u8]) -> u64 {
        let mut ring = self.lock();
        let begin = ring.end;
        match ring.pieces.back_mut().filter(|last| last.bytes.len() + records.len() <= PIECE) {
            Some(last) => last.bytes.extend_from_slice(records),
            None => ring.pieces.push_back(Kept { begin, bytes: records.to_vec() }),
        }
        ring.end += records.len() as u64;
        while ring.end - ring.dropped > self.kept as u64
            && let Some(oldest) = ring.pieces.pop_front()
        {
            ring.dropped += oldest.bytes.len() as u64;
        }
        let (dropped, end) = (ring.dropped, ring.end);
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

    /// What follows `offset`, or the oldest records that are kept. Offsets are those that this gave out before.
    pub fn read(&self, offset: u64) -> Piece {
        let ring = self.lock();
        let offset = offset.max(ring.dropped);
        let at = ring.pieces.partition_point(|piece| piece.begin + piece.bytes.len() as u64 <= offset);
        match ring.pieces.get(at) {
            Some(piece) => {
                let seen = usize::try_from(offset - piece.begin).unwrap_or_default();
                let bytes = Bytes::copy_from_slice(piece.bytes.get(seen..).unwrap_or_default());
                Piece::Bytes(bytes, piece.begin + piece.bytes.len() as u64)
            }
            None if ring.ended => Piece::End,
            None => Piece::Wait,
        }
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
            output.push(text.as_bytes());
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
    fn small_records_share_a_piece_and_come_once() {
        let output = Output::new(false);
        let (mut offset, mut all) = (0, Vec::new());
        for n in 0..1_000u32 {
            output.push(&n.to_be_bytes());
            if n % 7 == 0
                && let Piece::Bytes(bytes, next) = output.read(offset)
            {
                all.extend(bytes);
                offset = next;
            }
        }
        while let Piece::Bytes(bytes, next) = output.read(offset) {
            all.extend(bytes);
            offset = next;
        }
        assert_eq!(all, (0..1_000u32).flat_map(u32::to_be_bytes).collect::<Vec<_>>());
        assert_eq!(output.lock().pieces.len(), 1);
    }

    #[test]
    fn too_much_is_dropped_at_the_front_and_counted() {
        let output = Output::new(false);
        let mut dropped = 0;
        for _ in 0..40 {
            dropped = output.push(&[0; 1 << 20]);
        }
        assert_eq!(dropped, 24 << 20);
        let Piece::Bytes(_, next) = output.read(0) else { panic!("nothing kept") };
        assert_eq!(next, 25 << 20);
    }
}
