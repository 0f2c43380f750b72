//! The newest bytes of one container's log, whole entries each time, for any number of readers.

use std::collections::VecDeque;

use bytes::Bytes;

/// Bytes kept. Who asks for more than these is sent what the engine has, and then these.
pub const KEPT: usize = 4 << 20;
/// Bytes of a piece, unless one push is larger: an engine writes a chunk a line, which must not cost a piece each.
const PIECE: usize = 256 << 10;

#[derive(Default)]
pub struct Ring {
    pieces: VecDeque<Vec<u8>>,
    /// Bytes dropped at the front.
    pub dropped: u64,
    /// Bytes pushed so far.
    pub end: u64,
}

/// What a reader that has read up to some offset gets next.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    Bytes(Bytes),
    Nothing,
    /// It was dropped before it was read.
    Missed,
}

impl Ring {
    /// Whole entries.
    pub fn push(&mut self, entries: &[u8]) {
        match self.pieces.back_mut().filter(|last| last.len() + entries.len() <= PIECE) {
            Some(last) => last.extend_from_slice(entries),
            None => self.pieces.push_back(entries.to_vec()),
        }
        self.end += entries.len() as u64;
        while self.end - self.dropped > KEPT as u64
            && self.pieces.len() > 1
            && let Some(oldest) = self.pieces.pop_front()
        {
            self.dropped += oldest.len() as u64;
        }
    }

    /// Up to a piece from `offset` on.
    pub fn read(&self, offset: u64) -> Piece {
        if offset < self.dropped {
            return Piece::Missed;
        }
        let mut begin = self.dropped;
        for piece in &self.pieces {
            let end = begin + piece.len() as u64;
            if offset < end {
                let seen = usize::try_from(offset - begin).unwrap_or_default();
                return Piece::Bytes(Bytes::copy_from_slice(piece.get(seen..).unwrap_or_default()));
            }
            begin = end;
        }
        Piece::Nothing
    }

    /// All from `offset` on; `None` if some of it was dropped.
    pub fn all_from(&self, mut offset: u64) -> Option<Vec<u8>> {
        let mut all = Vec::new();
        loop {
            match self.read(offset) {
                Piece::Bytes(bytes) => {
                    offset += bytes.len() as u64;
                    all.extend_from_slice(&bytes);
                }
                Piece::Nothing => return Some(all),
                Piece::Missed => return None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readers_get_everything_or_are_told() {
        let mut ring = Ring::default();
        assert_eq!(ring.read(0), Piece::Nothing);
        ring.push(b"one ");
        ring.push(b"two");
        assert_eq!(ring.read(0), Piece::Bytes(Bytes::from_static(b"one two")));
        assert_eq!(ring.read(4), Piece::Bytes(Bytes::from_static(b"two")));
        assert_eq!(ring.read(7), Piece::Nothing);
        for _ in 0..50 {
            ring.push(&[b'x'; 100 << 10]);
        }
        assert_eq!(ring.read(0), Piece::Missed);
        assert_eq!(ring.all_from(0), None);
        let kept = ring.all_from(ring.dropped).unwrap().len();
        assert!(kept <= KEPT && kept > KEPT - PIECE && ring.dropped + kept as u64 == ring.end);
    }
}
