//! Where one log entry ends and the next begins, in bytes as the engine sends them. Pure.
//!
//! Without a terminal an entry is one record of the multiplexed stream, with one it is a line. Each begins with its time.

use std::collections::BTreeMap;

use linkspan_shared::{
    log_time::{Time, split_time},
    stdcopy::{HEADER, record_length},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// With its header.
    pub bytes: &'a [u8],
    /// Which output it is of; 0 for a terminal.
    pub output: u8,
    /// Missing within a terminal's long line.
    pub time: Option<Time>,
}

/// `bytes` begin with an entry; with `raw`, the last one may lack its end.
pub fn entries(bytes: &[u8], raw: bool) -> impl Iterator<Item = Entry<'_>> {
    let mut found = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let length = if raw {
            rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |at| at + 1)
        } else {
            record_length(rest).ok().flatten().unwrap_or(rest.len())
        };
        let (entry, after) = rest.split_at(length.min(rest.len()));
        let payload = if raw { entry } else { entry.get(HEADER..).unwrap_or_default() };
        let output = if raw { 0 } else { entry.first().copied().unwrap_or_default() };
        found.push(Entry { bytes: entry, output, time: split_time(payload).map(|(time, _)| time) });
        rest = after;
    }
    found.into_iter()
}

/// An engine stamps stdout and stderr apart from each other, and writes afterwards: between the two, times may be out of
/// order by as much. Of one output they are in order.
const DISORDER: i64 = 1;

/// How far into a log somebody has read, of each output. Times are not unique, so those of the last one are counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Position {
    first: Option<Time>,
    latest: BTreeMap<u8, (Time, usize)>,
}

impl Position {
    /// From where to ask the engine for more; some entries come once more then.
    pub fn time(&self) -> Option<Time> {
        let (seconds, nanoseconds) = self.newest()?;
        Some(((seconds - DISORDER).max(0), nanoseconds))
    }

    pub fn pass(&mut self, entry: &Entry<'_>) {
        let Some(time) = entry.time else { return };
        self.first.get_or_insert(time);
        let (latest, count) = self.latest.entry(entry.output).or_insert((time, 0));
        if time > *latest {
            (*latest, *count) = (time, 1);
        } else {
            *count += usize::from(time == *latest);
        }
    }

    fn newest(&self) -> Option<Time> {
        self.latest.values().map(|(time, _)| *time).max()
    }
}

/// Leaves out what somebody has had already, in what comes once more.
#[derive(Debug, Default)]
pub struct Skip {
    behind: Option<Position>,
    /// The entry before was left out, and so is what continues it.
    skipping: bool,
}

impl Skip {
    pub fn behind(position: &Position) -> Self {
        Self { behind: position.newest().map(|_| position.clone()), skipping: false }
    }

    /// Leaves out what is older than this.
    pub fn before(time: Time) -> Self {
        let position = Position { first: Some(time), latest: BTreeMap::new() };
        Self { behind: Some(position), skipping: true }
    }

    /// All that comes is new.
    pub fn is_over(&self) -> bool {
        self.behind.is_none()
    }

    pub fn is_new(&mut self, entry: &Entry<'_>) -> bool {
        let Some(position) = &mut self.behind else { return true };
        let Some(time) = entry.time else { return !self.skipping };
        let new = match position.latest.get_mut(&entry.output) {
            Some((latest, left)) if time == *latest && *left > 0 => {
                *left -= 1;
                false
            }
            Some((latest, _)) => time >= *latest,
            // Nothing of this output was had: only what is older than all of it is not wanted.
            None => position.first.is_none_or(|first| time >= first),
        };
        let known = position.newest().or(position.first);
        if known.is_none_or(|(seconds, _)| time.0 > seconds + DISORDER) {
            self.behind = None;
        }
        self.skipping = !new;
        new
    }
}

#[cfg(test)]
mod tests {
    use linkspan_shared::stdcopy::{NotMultiplexed, Stream, header, whole_records};
    use proptest::prelude::*;

    use super::*;

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
        /// Wherever a reader stops, however many entries share a time, and although stderr's times lag behind: going on
        /// gives the rest, once.
        #[test]
        fn going_on_neither_loses_nor_repeats(steps in proptest::collection::vec((0u32..2, any::<bool>()), 1..30), stop in 0usize..30) {
            let mut now = 10;
            let log: Vec<Vec<u8>> = steps
                .iter()
                .enumerate()
                .map(|(number, (later, err))| {
                    now += later;
                    let (stream, time) = if *err { (Stream::Stderr, now - 2) } else { (Stream::Stdout, now) };
                    record(stream, time, &number.to_string())
                })
                .collect();
            let stop = stop.min(log.len());
            let mut position = Position::default();
            entries(&log[..stop].concat(), false).for_each(|entry| position.pass(&entry));
            // What an engine answers to `since`.
            let all = log.concat();
            let again = entries(&all, false).filter(|entry| position.time().is_none_or(|since| entry.time >= Some(since)));
            let mut skip = Skip::behind(&position);
            let got: Vec<u8> = again.filter(|entry| skip.is_new(entry)).flat_map(|entry| entry.bytes.to_vec()).collect();
            // Of an output that was not seen yet, nobody knows whether what is older than the first entry was asked for.
            let is_wanted = |entry: Entry<'_>| {
                position.latest.contains_key(&entry.output) || position.first.is_none_or(|first| entry.time >= Some(first))
            };
            let rest = log[stop..].iter().filter(|one| entries(one, false).all(is_wanted));
            prop_assert_eq!(got, rest.cloned().collect::<Vec<_>>().concat());
        }
    }

    #[test]
    fn what_was_not_asked_for_is_left_out_until_it_begins() {
        let mut skip = Skip::before((1_795_309_323, 5));
        let log = [record(Stream::Stdout, 4, "a"), record(Stream::Stderr, 5, "b"), record(Stream::Stdout, 6, "c")].concat();
        let new: Vec<u32> = entries(&log, false).filter(|entry| skip.is_new(entry)).map(|entry| entry.time.unwrap().1).collect();
        assert_eq!(new, [5, 6]);
    }

    #[test]
    fn a_terminal_s_lines() {
        let bytes = b"2026-11-22T01:02:03.000000001Z one\r\n2026-11-22T01:02:03.000000002Z two";
        let lines: Vec<_> = entries(bytes, true).map(|entry| (entry.time.unwrap().1, entry.bytes.len())).collect();
        assert_eq!(lines, [(1, 36), (2, 34)]);
    }
}
