//! The newest bytes of a stream, for any number of readers, each at an offset of its own: a container's log, what a run prints,
//! a terminal's screen.

use std::collections::VecDeque;

use bytes::Bytes;

/// Bytes of a piece, unless one push is larger: an engine writes a chunk a line, which must not cost a piece each.
pub const PIECE: usize = 256 << 10;

pub struct Ring {
    /// Bytes kept; what does not fit is dropped at the front.
    kept: u64,
    /// Whole records or entries each, so that dropping one leaves the rest readable.
    pieces: VecDeque<Kept>,
    /// Where the first piece begins.
    pub dropped: u64,
    /// Where the last one ends.
    pub end: u64,
}

enum Kept {
    Bytes(Vec<u8>),
    Gap,
}

impl Kept {
    fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Gap => 1,
        }
    }
}

/// What a reader that has read up to some offset gets next.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    Bytes(Bytes),
    /// The engine could not tell what came next: something may be missing here, or come once more.
    Gap,
    Nothing,
    /// It was dropped before it was read.
    Missed,
}

impl Piece {
    /// How far it moves its reader on.
    pub fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Gap => 1,
            Self::Nothing | Self::Missed => 0,
        }
    }
}

impl Ring {
    pub fn keeping(kept: usize) -> Self {
        Self { kept: kept as u64, pieces: VecDeque::new(), dropped: 0, end: 0 }
    }

    /// Whole records or entries.
    pub fn push(&mut self, whole: &[u8]) {
        match self.pieces.back_mut() {
            Some(Kept::Bytes(last)) if last.len() + whole.len() <= PIECE => last.extend_from_slice(whole),
            _ => self.pieces.push_back(Kept::Bytes(whole.to_vec())),
        }
        self.end += whole.len() as u64;
        while self.end - self.dropped > self.kept
            && self.pieces.len() > 1
            && let Some(oldest) = self.pieces.pop_front()
        {
            self.dropped += oldest.length();
        }
    }

    pub fn push_gap(&mut self) {
        self.pieces.push_back(Kept::Gap);
        self.end += 1;
    }

    /// Up to a piece from `offset` on.
    pub fn read(&self, offset: u64) -> Piece {
        if offset < self.dropped {
            return Piece::Missed;
        }
        let mut begin = self.dropped;
        for piece in &self.pieces {
            let end = begin + piece.length();
            if offset < end {
                let seen = usize::try_from(offset - begin).unwrap_or_default();
                return match piece {
                    Kept::Bytes(bytes) => Piece::Bytes(Bytes::copy_from_slice(bytes.get(seen..).unwrap_or_default())),
                    Kept::Gap => Piece::Gap,
                };
            }
            begin = end;
        }
        Piece::Nothing
    }

    /// All from `offset` on; `None` if some of it was dropped.
    pub fn all_from(&self, mut offset: u64) -> Option<VecDeque<Piece>> {
        let mut all = VecDeque::new();
        loop {
            match self.read(offset) {
                Piece::Nothing => return Some(all),
                Piece::Missed => return None,
                piece => {
                    offset += piece.length();
                    all.push_back(piece);
                }
            }
        }
    }

    /// What is kept, each piece with its offset; a gap has no bytes.
    pub fn pieces(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let mut end = self.dropped;
        self.pieces.iter().map(move |piece| {
            let begin = end;
            end += piece.length();
            (begin, if let Kept::Bytes(bytes) = piece { bytes.as_slice() } else { &[] })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEPT: usize = 4 << 20;

    #[test]
    fn readers_get_everything_or_are_told() {
        let mut ring = Ring::keeping(KEPT);
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
        let kept: u64 = ring.all_from(ring.dropped).unwrap().iter().map(Piece::length).sum();
        assert!(kept <= KEPT as u64 && kept > (KEPT - PIECE) as u64 && ring.dropped + kept == ring.end);
    }
}
