//! What a run printed: always drained from the engine, kept in a bounded ring, read by any number of viewers.

use bytes::Bytes;
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::watch;

use crate::hub::ring::{self, Ring};

/// Bytes kept for each run. What does not fit is dropped at the front and counted.
const KEPT: usize = 16 << 20;

pub struct Output {
    printed: Mutex<Printed>,
    /// The number of bytes pushed so far; changes once more at the end.
    changed: watch::Sender<u64>,
    /// Without record headers: the output of a terminal.
    pub raw: bool,
}

struct Printed {
    ring: Ring,
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
        Self::keeping(raw, KEPT)
    }

    /// So many bytes.
    pub fn keeping(raw: bool, kept: usize) -> Self {
        let printed = Printed { ring: Ring::keeping(kept), ended: false };
        Self { printed: Mutex::new(printed), changed: watch::Sender::new(0), raw }
    }

    /// `records` are whole ones. Answers with the number of bytes dropped so far.
    pub fn push(&self, records: &[u8]) -> u64 {
        let mut printed = self.lock();
        printed.ring.push(records);
        let (dropped, end) = (printed.ring.dropped, printed.ring.end);
        drop(printed);
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
        let printed = self.lock();
        let offset = offset.max(printed.ring.dropped);
        match printed.ring.read(offset) {
            ring::Piece::Bytes(bytes) => {
                let next = offset + bytes.len() as u64;
                Piece::Bytes(bytes, next)
            }
            _ if printed.ended => Piece::End,
            _ => Piece::Wait,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Printed> {
        self.printed.lock()
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
        assert_eq!(output.lock().ring.pieces().count(), 1);
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
