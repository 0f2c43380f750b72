//! The newest entries of one container's log, and places in it.

use std::ops::{Deref, DerefMut};

use linkspan_shared::log_entry::{Entry, Position, Seek, entries};

use crate::hub::ring::Ring;

/// Bytes kept. Who asks for more than these is sent what the engine has, and then these.
pub const KEPT: usize = 4 << 20;

/// A ring of whole entries.
pub struct LogRing {
    raw: bool,
    ring: Ring,
}

impl Deref for LogRing {
    type Target = Ring;

    fn deref(&self) -> &Ring {
        &self.ring
    }
}

impl DerefMut for LogRing {
    fn deref_mut(&mut self) -> &mut Ring {
        &mut self.ring
    }
}

impl LogRing {
    pub fn new(raw: bool) -> Self {
        Self { raw, ring: Ring::keeping(KEPT) }
    }

    /// All entries, each with the offset where it begins.
    pub fn entries(&self) -> impl Iterator<Item = (u64, Entry<'_>)> {
        self.ring.pieces().flat_map(move |(mut begin, bytes)| {
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
    use crate::hub::ring::Piece;

    #[test]
    fn places_are_found_by_their_entries_and_gaps_stay_where_they_are() {
        let mut ring = LogRing::new(true);
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
