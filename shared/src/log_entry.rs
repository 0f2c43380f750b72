//! Where one log entry ends and the next begins, in bytes as the engine sends them, and how far into a log somebody has
//! read. Pure.
//!
//! Without a terminal an entry is one record of the multiplexed stream, with one it is a line. Each begins with its time.
//! An engine gives entries in the order in which they came, whatever their times say: clocks are set, and programs on
//! other hosts write times of their own. So a place in a log is an entry and not a time.

use serde::{Deserialize, Serialize};

use crate::{
    log_time::{Time, split_time},
    stdcopy::{HEADER, record_length},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// With its header.
    pub bytes: &'a [u8],
    /// Missing within a terminal's long line.
    pub time: Option<Time>,
}

/// `bytes` begin with an entry; with `raw`, the last one may lack its end.
pub fn entries(bytes: &[u8], raw: bool) -> impl Iterator<Item = Entry<'_>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let length = if raw {
            memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1)
        } else {
            record_length(rest).ok().flatten().unwrap_or(rest.len())
        };
        let (entry, after) = rest.split_at(length.min(rest.len()));
        rest = after;
        let payload = if raw { entry } else { entry.get(HEADER..).unwrap_or_default() };
        Some(Entry { bytes: entry, time: split_time(payload).map(|(time, _)| time) })
    })
}

/// The last entry that came, and how many in a row share its time, itself included: times are not unique.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    pub time: Time,
    pub count: u32,
}

impl Position {
    /// Once this entry has come, too.
    pub fn after(position: Option<Self>, entry: &Entry<'_>) -> Option<Self> {
        let Some(time) = entry.time else { return position };
        let before = position.filter(|position| position.time == time).map_or(0, |position| position.count);
        Some(Self { time, count: before.saturating_add(1) })
    }

    /// What came after this entry bears no earlier time than this, unless a clock was set: an engine stamps stdout and
    /// stderr apart from each other, and writes afterwards.
    pub fn since(self) -> Time {
        ((self.time.0 - 1).max(0), self.time.1)
    }
}

/// Looks for a position in what comes once more: all behind it is new.
#[derive(Debug, Default)]
pub struct Seek {
    /// `None` once it is found.
    position: Option<Position>,
    at: Option<Position>,
    /// The entry before was left out, and so is what continues it.
    skipping: bool,
}

impl Seek {
    pub fn behind(position: Option<Position>) -> Self {
        Self { position, at: None, skipping: false }
    }

    pub fn is_found(&self) -> bool {
        self.position.is_none()
    }

    /// All that comes is new.
    pub fn is_over(&self) -> bool {
        self.position.is_none() && !self.skipping
    }

    pub fn is_new(&mut self, entry: &Entry<'_>) -> bool {
        if let Some(position) = self.position {
            self.at = Position::after(self.at, entry);
            self.skipping = true;
            if self.at == Some(position) {
                self.position = None;
            }
            return false;
        }
        self.skipping &= entry.time.is_none();
        !self.skipping
    }

    /// What is new of several entries.
    pub fn new_in(&mut self, bytes: &[u8], raw: bool) -> Vec<u8> {
        let new = entries(bytes, raw).filter(|entry| self.is_new(entry)).map(|entry| entry.bytes);
        new.collect::<Vec<_>>().concat()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::stdcopy::{NotMultiplexed, Stream, header, whole_records};

    fn record(stream: Stream, nanoseconds: u32, text: &str) -> Vec<u8> {
        let payload = format!("2026-11-22T01:02:03.{nanoseconds:09}Z {text}\n");
        [&header(stream, payload.len())[..], payload.as_bytes()].concat()
    }

    #[test]
    fn half_records_wait_and_nonsense_is_said() {
        let one = record(Stream::Stdout, 1, "a");
        let mut bytes = [one.clone(), one.clone()].concat();
        assert_eq!(whole_records(&bytes), Ok(bytes.len()));
        bytes.truncate(one.len() + 9);
        assert_eq!(whole_records(&bytes), Ok(one.len()));
        assert_eq!(whole_records(b"hello world"), Err(NotMultiplexed));
        assert_eq!(whole_records(&[1, 0, 0, 0, 255, 255, 255, 255]), Err(NotMultiplexed));
    }

    proptest! {
        /// Wherever a reader stops, however many entries share a time, and although the clock is set back and forth: going
        /// on gives the rest, once.
        #[test]
        fn going_on_neither_loses_nor_repeats(
            steps in proptest::collection::vec((prop_oneof![8 => Just(0_i32), 8 => Just(1), 1 => -900..900_i32], any::<bool>()), 1..40),
            stop in 0_usize..40,
            kept in 0_usize..40,
        ) {
            let mut now = 1000;
            let log: Vec<Vec<u8>> = steps
                .iter()
                .enumerate()
                .map(|(number, (later, err))| {
                    now = (now + later).max(0);
                    record(if *err { Stream::Stderr } else { Stream::Stdout }, now as u32, &number.to_string())
                })
                .collect();
            let stop = stop.min(log.len());
            let read = log[..stop].concat();
            let position = entries(&read, false).fold(None, |position, entry| Position::after(position, &entry));
            // The engine's last entries, from the first of those that share a time on.
            let times: Vec<_> = log.iter().map(|one| entries(one, false).next().unwrap().time).collect();
            let first = (0..=kept.min(stop)).rev().find(|at| *at == 0 || times.get(*at) != times.get(at - 1)).unwrap_or(0);
            let mut seek = Seek::behind(position);
            let got = seek.new_in(&log[first..].concat(), false);
            // A time that comes once more far apart cannot be told from the one that was meant.
            let is_twice = times[first..stop].iter().zip(first..).any(|(time, at)| {
                position.is_some_and(|position| *time == Some(position.time)) && times[at..stop].iter().any(|other| other != time)
            });
            if !is_twice && (first < stop || position.is_none()) {
                prop_assert!(seek.is_found());
                prop_assert_eq!(got, log[stop..].concat());
            }
        }
    }

    #[test]
    fn a_position_that_is_not_there_is_not_found() {
        let log = [record(Stream::Stdout, 4, "a"), record(Stream::Stderr, 6, "b")].concat();
        let mut seek = Seek::behind(Some(Position { time: (1_795_309_323, 5), count: 1 }));
        assert!(seek.new_in(&log, false).is_empty() && !seek.is_found());
        // Two were had, one is left.
        let mut seek = Seek::behind(Some(Position { time: (1_795_309_323, 4), count: 2 }));
        assert!(seek.new_in(&log, false).is_empty() && !seek.is_found());
    }

    #[test]
    fn a_terminal_s_lines() {
        let bytes = b"2026-11-22T01:02:03.000000001Z one\r\nlong\n2026-11-22T01:02:03.000000002Z two";
        let lines: Vec<_> = entries(bytes, true).map(|entry| (entry.time.map(|time| time.1), entry.bytes.len())).collect();
        assert_eq!(lines, [(Some(1), 36), (None, 5), (Some(2), 34)]);
        // What continues a line that was had, was had.
        let new = Seek::behind(Some(Position { time: (1_795_309_323, 1), count: 1 })).new_in(bytes, true);
        assert_eq!(new, &bytes[41..]);
    }
}
