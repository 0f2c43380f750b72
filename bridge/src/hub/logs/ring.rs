//! The newest bytes of one container's log, whole entries each time, for any number of readers.

use std::collections::VecDeque;

use bytes::Bytes;
use linkspan_shared::log_entry::{Entry, Position, Seek, entries};

/// Bytes kept. Who asks for more than these is sent what the engine has, and then these.
pub const KEPT: usize = 4 << 20;
/// Bytes of a piece, unless one push is larger: an engine writes a chunk a line, which must not cost a piece each.
const PIECE: usize = 256 << 10;

#[derive(Default)]
pub struct Ring {
    raw: bool,
    pieces: VecDeque<Kept>,
    /// Where the first piece begins.
    pub dropped: u64,
    /// Where the last one ends.
    pub end: u64,
}

enum Kept {
    Entries(Vec<u8>),
    Gap,
}

impl Kept {
    fn length(&self) -> u64 {
        match self {
            Self::Entries(bytes) => bytes.len() as u64,
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
    pub fn new(raw: bool) -> Self {
        Self { raw, ..Self::default() }
    }

    /// Whole entries.
    pub fn push(&mut self, entries: &[u8]) {
        match self.pieces.back_mut() {
            Some(Kept::Entries(last)) if last.len() + entries.len() <= PIECE => last.extend_from_slice(entries),
            _ => self.pieces.push_back(Kept::Entries(entries.to_vec())),
        }
        self.end += entries.len() as u64;
        while self.end - self.dropped > KEPT as u64
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
                    Kept::Entries(bytes) => Piece::Bytes(Bytes::copy_from_slice(bytes.get(seen..).unwrap_or_default())),
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

    /// All entries, each with the offset where it begins.
    pub fn entries(&self) -> impl Iterator<Item = (u64, Entry<'_>)> {
        let mut end = self.dropped;
        self.pieces.iter().flat_map(move |piece| {
            let mut begin = end;
            end += piece.length();
            let bytes = if let Kept::Entries(bytes) = piece { bytes.as_slice() } else { &[] };
            entries(bytes, self.raw).map(move |entry| {
                let at = begin;
                begin += entry.bytes.len() as u64;
                (at, entry)
            })
        })
    }

    /// The newest entry.
    pub fn position(&self) -> Option<Position> {
        self.entries().fold(None, |position, (_, entry)| Position::after(position, &entry))
    }

    /// Where that begins which came behind an entry, if the ring has that entry; a gap may be the first of it.
    pub fn behind(&self, position: Position) -> Option<u64> {
        let mut seek = Seek::behind(Some(position));
        let known = self.entries().take_while(|(_, entry)| !seek.is_new(entry)).last();
        let (at, last) = known.filter(|_| seek.is_found())?;
        Some(at + last.bytes.len() as u64)
    }

    /// Where the last entries begin, and how many these are.
    pub fn last(&self, count: usize) -> (u64, usize) {
        let begins: Vec<u64> = self.entries().map(|(at, _)| at).collect();
        let count = count.min(begins.len());
        (begins.get(begins.len() - count).copied().unwrap_or(self.end), count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readers_get_everything_or_are_told() {
        let mut ring = Ring::new(true);
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

    #[test]
    fn places_are_found_by_their_entries_and_gaps_stay_where_they_are() {
        let mut ring = Ring::new(true);
        let line = |second: u32, text: &str| format!("2026-11-22T01:02:{second:02}Z {text}\n").into_bytes();
        // The clock was set back after the second.
        [line(7, "a"), line(9, "b"), line(2, "c")].iter().for_each(|line| ring.push(line));
        ring.push_gap();
        ring.push(&line(2, "d"));
        let bytes = |lines: &[Vec<u8>]| Piece::Bytes(lines.concat().into());
        let behind = ring.behind(Position { time: (1_795_309_329, 0), count: 1 }).unwrap();
        assert_eq!(Vec::from(ring.all_from(behind).unwrap()), [bytes(&[line(2, "c")]), Piece::Gap, bytes(&[line(2, "d")])]);
        assert_eq!(ring.position(), Some(Position { time: (1_795_309_322, 0), count: 2 }));
        assert_eq!(ring.behind(ring.position().unwrap()), Some(ring.end));
        let last = ring.behind(Position { time: (1_795_309_322, 0), count: 1 }).unwrap();
        assert_eq!(Vec::from(ring.all_from(last).unwrap()), [Piece::Gap, bytes(&[line(2, "d")])]);
        assert_eq!(ring.behind(Position { time: (1_795_309_329, 0), count: 2 }), None);
        assert_eq!(ring.last(1), (ring.end - line(2, "d").len() as u64, 1));
        assert_eq!(ring.last(9), (0, 4));
    }
}
