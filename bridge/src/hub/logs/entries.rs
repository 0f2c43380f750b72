//! Where one log entry ends and the next begins, in bytes as the engine sends them. Pure.
//!
//! Without a terminal an entry is one record of the multiplexed stream, with one it is a line. Each begins with its time.

use std::{cmp::Ordering, collections::HashMap};

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

/// How far into a log somebody has read. Times are not unique, so those of the last one are counted, for each output.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Position {
    latest: Option<(Time, HashMap<u8, usize>)>,
}

impl Position {
    /// From where to ask the engine for more; this time's own entries come once more then.
    pub fn time(&self) -> Option<Time> {
        self.latest.as_ref().map(|(time, _)| *time)
    }

    pub fn pass(&mut self, entry: &Entry<'_>) {
        let Some(time) = entry.time else { return };
        match &mut self.latest {
            Some((latest, counts)) if *latest == time => *counts.entry(entry.output).or_default() += 1,
            Some((latest, _)) if *latest > time => {}
            latest => *latest = Some((time, HashMap::from([(entry.output, 1)]))),
        }
    }
}

/// Leaves out what lies before a [`Position`], in what comes once more.
#[derive(Debug, Default)]
pub struct Skip {
    behind: Option<(Time, HashMap<u8, usize>)>,
    /// The entry before was left out, and so is what continues it.
    skipping: bool,
}

impl Skip {
    pub fn behind(position: &Position) -> Self {
        Self { behind: position.latest.clone(), skipping: false }
    }

    /// Leaves out what is older than this.
    pub fn before(time: Time) -> Self {
        Self { behind: Some((time, HashMap::new())), skipping: true }
    }

    /// All that comes is new.
    pub fn is_over(&self) -> bool {
        self.behind.is_none()
    }

    pub fn is_new(&mut self, entry: &Entry<'_>) -> bool {
        let Some((latest, counts)) = &mut self.behind else { return true };
        let Some(time) = entry.time else { return !self.skipping };
        let new = match time.cmp(latest) {
            Ordering::Less => false,
            Ordering::Equal => match counts.get_mut(&entry.output).filter(|left| **left > 0) {
                Some(left) => {
                    *left -= 1;
                    false
                }
                None => true,
            },
            Ordering::Greater => true,
        };
        if time > *latest {
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
        /// Wherever a reader stops, and however many entries share a time: going on gives the rest, once.
        #[test]
        fn going_on_neither_loses_nor_repeats(steps in proptest::collection::vec((0u32..2, any::<bool>()), 1..30), stop in 0usize..30) {
            let mut now = 0;
            let log: Vec<Vec<u8>> = steps
                .iter()
                .enumerate()
                .map(|(number, (later, err))| {
                    now += later;
                    record(if *err { Stream::Stderr } else { Stream::Stdout }, now, &number.to_string())
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
            prop_assert_eq!(got, log[stop..].concat());
        }
    }

    #[test]
    fn a_terminal_s_lines() {
        let bytes = b"2026-11-22T01:02:03.000000001Z one\r\n2026-11-22T01:02:03.000000002Z two";
        let lines: Vec<_> = entries(bytes, true).map(|entry| (entry.time.unwrap().1, entry.bytes.len())).collect();
        assert_eq!(lines, [(1, 36), (2, 34)]);
    }
}
