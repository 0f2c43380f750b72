//! Keeps the newest lines of a stream.
//!
//! Bytes come in frames that are cut anywhere; lines come out, each with its time and the output it came from. Text is
//! kept as bytes in large segments, so that a million lines cost little more than their bytes.

use std::collections::{HashMap, VecDeque};

use linkspan_shared::{
    frame::Tag,
    log_entry::{Position, entries},
    log_time::{LONGEST, split_time},
    stdcopy::{self, Decoder},
};

pub use linkspan_shared::log_time::Time;

/// Lines kept. Beyond this the oldest are dropped and counted: 20 px each, they still fit into one element's height.
pub const MAX_LINES: usize = 400_000;
/// Bytes kept.
pub const MAX_BYTES: usize = 96 << 20;
/// Text of one segment; a longer line gets one of its own.
const SEGMENT: usize = 1 << 20;
/// Lines of one segment: those that were dropped are let go of with it, and blank ones have no text.
const SEGMENT_LINES: usize = 16 << 10;
/// Bytes of one line; the rest of it is dropped and counted.
pub const MAX_LINE: usize = 4 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stream {
    Stdout,
    Stderr,
    /// Both at once, as a terminal shows them.
    Terminal,
    /// No line of the log: it was read anew from here on.
    Gap,
}

/// What ends a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    Lf,
    /// As terminals write it.
    CrLf,
    /// Its program ended first.
    None,
}

impl Ending {
    pub fn bytes(self) -> &'static [u8] {
        match self {
            Self::Lf => b"\n",
            Self::CrLf => b"\r\n",
            Self::None => b"",
        }
    }
}

/// A line as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// Without what ends it.
    pub text: &'a [u8],
    pub ending: Ending,
    pub stream: Stream,
    pub time: Option<Time>,
}

#[derive(Default)]
pub struct Buffer {
    segments: VecDeque<Segment>,
    lines: usize,
    bytes: usize,
    dropped: usize,
    /// Entries that go on with a line: the engine counts them, too.
    continued: usize,
    /// Bytes of lines that are too long.
    cut: usize,
    decoder: Decoder,
    partial: HashMap<Stream, Partial>,
    /// The last entry that came.
    position: Option<Position>,
    /// Whether each line begins with its time.
    timestamps: bool,
}

struct Segment {
    text: Vec<u8>,
    lines: Vec<Meta>,
    /// Lines at the front that are dropped already.
    gone: usize,
}

#[derive(Clone, Copy)]
struct Meta {
    end: u32,
    ending: Ending,
    stream: Stream,
    time: Option<Time>,
}

#[derive(Default)]
struct Partial {
    text: Vec<u8>,
    time: Option<Time>,
    begun: bool,
}

impl Buffer {
    pub fn new(timestamps: bool) -> Self {
        Self { timestamps, ..Self::default() }
    }

    /// Behind which entry to go on when the stream is opened again.
    pub fn resume_from(&mut self) -> Option<Position> {
        self.decoder = Decoder::default();
        // The rest of a terminal's line does not come.
        self.end_of(Stream::Terminal);
        self.position
    }

    /// Lines kept.
    pub fn len(&self) -> usize {
        self.lines
    }

    /// Lines dropped at the front: the number of the first line that is kept.
    pub fn dropped(&self) -> usize {
        self.dropped
    }

    /// Entries that came, as an engine counts them.
    pub fn entries(&self) -> usize {
        self.dropped + self.lines + self.continued
    }

    /// All that came is here.
    pub fn is_whole(&self) -> bool {
        self.dropped == 0 && self.cut == 0
    }

    pub fn push(&mut self, tag: Tag, bytes: &[u8]) {
        if self.timestamps {
            self.position =
                entries(bytes, tag != Tag::Multiplexed).fold(self.position, |position, entry| Position::after(position, &entry));
        }
        match tag {
            Tag::Gap => {
                self.end();
                self.append(b"", Ending::None, Stream::Gap, None);
            }
            Tag::Raw | Tag::Replayed => self.push_text(Stream::Terminal, bytes, false),
            Tag::Multiplexed => {
                let mut decoder = std::mem::take(&mut self.decoder);
                let result = decoder.push(bytes, |stream, payload| {
                    let stream = if stream == stdcopy::Stream::Stdout { Stream::Stdout } else { Stream::Stderr };
                    self.push_text(stream, payload, true);
                });
                self.decoder = decoder;
                if result.is_err() {
                    self.decoder = Decoder::default();
                }
            }
        }
    }

    /// The stream has ended: what lacks a line end is a line.
    pub fn end(&mut self) {
        [Stream::Stdout, Stream::Stderr, Stream::Terminal].into_iter().for_each(|stream| self.end_of(stream));
    }

    fn end_of(&mut self, stream: Stream) {
        if self.partial.get(&stream).is_some_and(|partial| partial.begun) {
            self.finish(stream, Ending::None);
        }
    }

    pub fn get(&self, index: usize) -> Option<Line<'_>> {
        let mut index = index;
        for segment in &self.segments {
            let here = segment.lines.len() - segment.gone;
            if index < here {
                return segment.line(segment.gone + index);
            }
            index -= here;
        }
        None
    }

    /// From the line at `index` on.
    pub fn iter_from(&self, index: usize) -> impl Iterator<Item = Line<'_>> {
        let mut skip = index;
        self.segments.iter().flat_map(move |segment| {
            let here = segment.lines.len() - segment.gone;
            let skipped = skip.min(here);
            skip -= skipped;
            (segment.gone + skipped..segment.lines.len()).filter_map(|at| segment.line(at))
        })
    }

    /// `framed`: each piece is one of the engine's records, which repeats the time also within a long line.
    fn push_text(&mut self, stream: Stream, bytes: &[u8], framed: bool) {
        let mut rest = bytes;
        let mut at_record_start = framed;
        while !rest.is_empty() {
            let (piece, ends) = match memchr::memchr(b'\n', rest) {
                Some(at) => (&rest[..at], true),
                None => (rest, false),
            };
            rest = &rest[(piece.len() + usize::from(ends)).min(rest.len())..];
            let partial = self.partial.entry(stream).or_default();
            self.continued += usize::from(partial.begun && at_record_start);
            let mut text = piece;
            if self.timestamps {
                if partial.begun && at_record_start {
                    // Continues a line: the engine has put the time in front once more.
                    text = split_time(piece).map_or(piece, |(_, text)| text);
                } else if !partial.begun && partial.text.is_empty() {
                    if let Some((time, after)) = split_time(piece) {
                        partial.time = Some(time);
                        text = after;
                    } else if !framed && !ends && piece.len() < LONGEST {
                        // A terminal's chunk that ends within the time: wait for the rest.
                        partial.text.extend_from_slice(piece);
                        return;
                    }
                } else if !partial.begun {
                    partial.text.extend_from_slice(piece);
                    let whole = std::mem::take(&mut partial.text);
                    match split_time(&whole) {
                        Some((time, after)) => {
                            partial.time = Some(time);
                            partial.text.extend_from_slice(after);
                        }
                        None if !ends && whole.len() < LONGEST => {
                            partial.text = whole;
                            return;
                        }
                        None => partial.text = whole,
                    }
                    text = &[];
                }
            }
            partial.begun = true;
            let room = MAX_LINE.saturating_sub(partial.text.len());
            partial.text.extend_from_slice(&text[..text.len().min(room)]);
            self.cut += text.len().saturating_sub(room);
            if ends {
                self.finish(stream, Ending::Lf);
            }
            at_record_start = false;
        }
    }

    fn finish(&mut self, stream: Stream, ending: Ending) {
        let Some(mut partial) = self.partial.remove(&stream) else { return };
        let is_cr_lf = ending == Ending::Lf && partial.text.pop_if(|last| *last == b'\r').is_some();
        self.append(&partial.text, if is_cr_lf { Ending::CrLf } else { ending }, stream, partial.time);
    }

    fn append(&mut self, text: &[u8], ending: Ending, stream: Stream, time: Option<Time>) {
        let full = self.segments.back().is_none_or(|segment| {
            segment.lines.len() >= SEGMENT_LINES || segment.text.len() + text.len() > SEGMENT && !segment.lines.is_empty()
        });
        if full {
            self.segments.push_back(Segment { text: Vec::new(), lines: Vec::new(), gone: 0 });
        }
        if let Some(segment) = self.segments.back_mut() {
            segment.text.extend_from_slice(text);
            segment.lines.push(Meta { end: segment.text.len() as u32, ending, stream, time });
        }
        self.lines += 1;
        self.bytes += text.len();
        while self.lines > MAX_LINES || (self.bytes > MAX_BYTES && self.segments.len() > 1) {
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        let Some(segment) = self.segments.front_mut() else { return };
        let length = segment.line(segment.gone).map_or(0, |line| line.text.len());
        segment.gone += 1;
        if segment.gone == segment.lines.len() {
            self.segments.pop_front();
        }
        self.lines -= 1;
        self.bytes -= length;
        self.dropped += 1;
    }
}

impl Segment {
    fn line(&self, at: usize) -> Option<Line<'_>> {
        let meta = self.lines.get(at)?;
        let begin = at.checked_sub(1).and_then(|before| self.lines.get(before)).map_or(0, |before| before.end);
        Some(Line { text: self.text.get(begin as usize..meta.end as usize)?, ending: meta.ending, stream: meta.stream, time: meta.time })
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    fn texts(buffer: &Buffer) -> Vec<String> {
        buffer.iter_from(0).map(|line| String::from_utf8_lossy(line.text).into_owned()).collect()
    }

    fn record(stream: stdcopy::Stream, text: &str) -> Vec<u8> {
        let mut record = stdcopy::header(stream, text.len()).to_vec();
        record.extend(text.as_bytes());
        record
    }

    const AT: &str = "2026-11-22T01:02:03.000000004Z ";
    const LATER: &str = "2026-11-22T01:02:03.000000005Z ";

    #[wasm_bindgen_test]
    fn long_lines_are_joined_and_their_repeated_times_dropped() {
        let mut buffer = Buffer::new(true);
        let wire = [
            record(stdcopy::Stream::Stdout, &format!("{AT}aaa")),
            record(stdcopy::Stream::Stderr, &format!("{AT}err\n")),
            record(stdcopy::Stream::Stdout, &format!("{AT}bbb\n")),
        ]
        .concat();
        wire.chunks(7).for_each(|chunk| buffer.push(Tag::Multiplexed, chunk));
        assert_eq!(texts(&buffer), ["err", "aaabbb"]);
        assert_eq!(buffer.get(0).unwrap().stream, Stream::Stderr);
    }

    #[wasm_bindgen_test]
    fn a_terminal_s_bytes_may_be_cut_anywhere() {
        for size in 1..40 {
            let mut buffer = Buffer::new(true);
            let wire = format!("{AT}one\r\n{LATER}two\r\n{LATER}\r\n");
            wire.as_bytes().chunks(size).for_each(|chunk| buffer.push(Tag::Raw, chunk));
            assert_eq!(texts(&buffer), ["one", "two", ""], "chunks of {size}");
            assert_eq!(buffer.get(1).unwrap().time.unwrap().1, 5);
        }
    }

    #[wasm_bindgen_test]
    fn a_stream_goes_on_behind_its_last_entry() {
        let mut buffer = Buffer::new(true);
        let line = |time: &str, text: &str| record(stdcopy::Stream::Stdout, &format!("{time}{text}"));
        // A clock was set back, and the last line is half there.
        buffer.push(Tag::Multiplexed, &[line(LATER, "a\n"), line(AT, "b\n"), line(AT, "c")].concat());
        assert_eq!(buffer.resume_from(), Some(Position { time: (1_795_309_323, 4), count: 2 }));
        buffer.push(Tag::Multiplexed, &[line(AT, "d\n"), line(LATER, "e")].concat());
        buffer.push(Tag::Gap, b"");
        buffer.push(Tag::Multiplexed, &line(AT, "f\n"));
        assert_eq!(texts(&buffer), ["a", "b", "cd", "e", "", "f"]);
        assert_eq!(buffer.get(4).unwrap().stream, Stream::Gap);
    }

    #[wasm_bindgen_test]
    fn the_rest_of_a_terminal_s_line_does_not_come() {
        let mut buffer = Buffer::new(true);
        buffer.push(Tag::Raw, format!("{AT}one\n{LATER}tw").as_bytes());
        buffer.resume_from();
        buffer.push(Tag::Raw, format!("{LATER}three\n").as_bytes());
        assert_eq!(texts(&buffer), ["one", "tw", "three"]);
    }

    #[wasm_bindgen_test]
    fn what_is_dropped_is_counted() {
        let mut buffer = Buffer::new(false);
        let many = "x\n".repeat(MAX_LINES + 100);
        buffer.push(Tag::Raw, many.as_bytes());
        assert_eq!((buffer.len(), buffer.dropped()), (MAX_LINES, 100));
        buffer.push(Tag::Raw, b"last");
        assert_eq!(buffer.len(), MAX_LINES);
        buffer.end();
        assert_eq!(buffer.get(MAX_LINES - 1).unwrap().text, b"last");
        // Blank ones, too.
        buffer.push(Tag::Raw, "\n".repeat(3 * MAX_LINES).as_bytes());
        let kept: usize = buffer.segments.iter().map(|segment| segment.lines.len()).sum();
        assert!(buffer.len() == MAX_LINES && kept <= MAX_LINES + SEGMENT_LINES, "{kept}");
        let long = vec![b'y'; 3 << 20];
        for _ in 0..40 {
            buffer.push(Tag::Raw, &long);
            buffer.push(Tag::Raw, b"\n");
        }
        assert!(buffer.bytes <= MAX_BYTES);
    }

    #[wasm_bindgen_test]
    fn hostile_bytes_are_only_bytes() {
        let mut buffer = Buffer::new(true);
        buffer.push(Tag::Multiplexed, &[9, 9, 9, 9, 9, 9, 9, 9, 9, 9]);
        buffer.push(Tag::Multiplexed, &record(stdcopy::Stream::Stdout, "fine\n"));
        assert_eq!(texts(&buffer), ["fine"]);
    }
}
