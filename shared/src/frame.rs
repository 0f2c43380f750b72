//! Binary frames: `channel` (u32, big endian), `tag` (u8), payload.

use crate::ids::ChannelId;

/// Bytes before the payload.
pub const HEADER: usize = 5;

/// How the payload is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    /// A part of the bare output of a terminal.
    Raw = 0,
    /// A part of an Engine stream with eight-byte record headers, see [`crate::stdcopy`].
    Multiplexed = 1,
    /// As [`Tag::Raw`], of a terminal: somebody has been shown it before this channel was opened. Nothing answers what it asks.
    Replayed = 2,
    /// No part of a log, and empty: what follows was read anew, so that something may be missing here, or come once more.
    Gap = 3,
}

pub fn header(channel: ChannelId, tag: Tag) -> [u8; HEADER] {
    let [a, b, c, d] = channel.0.to_be_bytes();
    [a, b, c, d, tag as u8]
}

/// `None` when the frame is too short or its tag unknown.
pub fn parse(frame: &[u8]) -> Option<(ChannelId, Tag, &[u8])> {
    let (header, payload) = frame.split_first_chunk::<HEADER>()?;
    let [a, b, c, d, tag] = *header;
    let tag = match tag {
        0 => Tag::Raw,
        1 => Tag::Multiplexed,
        2 => Tag::Replayed,
        3 => Tag::Gap,
        _ => return None,
    };
    Some((ChannelId(u32::from_be_bytes([a, b, c, d])), tag, payload))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_reads_back() {
        let mut frame = header(ChannelId(0x0102_0304), Tag::Multiplexed).to_vec();
        frame.extend(b"abc");
        assert_eq!(parse(&frame), Some((ChannelId(0x0102_0304), Tag::Multiplexed, &b"abc"[..])));
    }

    #[test]
    fn short_and_unknown_frames_are_refused() {
        assert_eq!(parse(&[0, 0, 0, 1]), None);
        assert_eq!(parse(&[0, 0, 0, 1, 9, 1]), None);
    }
}
