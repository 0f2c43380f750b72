//! The Engine's multiplexed stream: records of `[stream, 0, 0, 0, length u32 big endian]` and payload, as
//! attach and logs send them for a container without a terminal (Engine API, `ContainerAttach`, "Stream format").

/// Which of a process's outputs a record came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stream {
    Stdout,
    Stderr,
}

/// Bytes before a record's payload.
pub const HEADER: usize = 8;

/// The longest payload taken as real. dockerd cuts at 16 KiB; far more means that the bytes are no such stream.
pub const MAX_RECORD: usize = 16 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotMultiplexed;

pub fn header(stream: Stream, length: usize) -> [u8; HEADER] {
    let [a, b, c, d] = (length as u32).to_be_bytes();
    [if stream == Stream::Stdout { 1 } else { 2 }, 0, 0, 0, a, b, c, d]
}

/// Cuts an incoming stream into records, wherever the chunks it arrives in begin and end.
#[derive(Debug, Default)]
pub struct Decoder {
    partial: Vec<u8>,
}

impl Decoder {
    /// Hands every record that is complete now to `sink`; an incomplete rest is kept for the next chunk.
    pub fn push(&mut self, chunk: &[u8], mut sink: impl FnMut(Stream, &[u8])) -> Result<(), NotMultiplexed> {
        if self.partial.is_empty() {
            let used = records(chunk, &mut sink)?;
            self.partial.extend_from_slice(&chunk[used..]);
        } else {
            self.partial.extend_from_slice(chunk);
            let used = records(&self.partial, &mut sink)?;
            self.partial.drain(..used);
        }
        Ok(())
    }
}

/// The number of bytes that made up whole records.
fn records(bytes: &[u8], sink: &mut impl FnMut(Stream, &[u8])) -> Result<usize, NotMultiplexed> {
    let mut used = 0;
    while let Some(length) = record_length(&bytes[used..])? {
        let Some(record) = bytes.get(used..used + length) else { break };
        // 0 is stdin, which the Engine says it writes on stdout; 3 carries an error of the daemon itself.
        sink(if record[0] < 2 { Stream::Stdout } else { Stream::Stderr }, &record[HEADER..]);
        used += length;
    }
    Ok(used)
}

/// The length, header included, of the record that begins here; `None` if not even its header is there.
pub fn record_length(bytes: &[u8]) -> Result<Option<usize>, NotMultiplexed> {
    let Some(&[stream, z1, z2, z3, a, b, c, d]) = bytes.first_chunk::<HEADER>() else { return Ok(None) };
    let length = u32::from_be_bytes([a, b, c, d]) as usize;
    if stream > 3 || [z1, z2, z3] != [0; 3] || length > MAX_RECORD { Err(NotMultiplexed) } else { Ok(Some(HEADER + length)) }
}

/// How many bytes from the start of a record on are whole records.
pub fn whole_records(bytes: &[u8]) -> Result<usize, NotMultiplexed> {
    records(bytes, &mut |_, _| {})
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn record() -> impl Strategy<Value = (bool, Vec<u8>)> {
        (any::<bool>(), proptest::collection::vec(any::<u8>(), 0..40))
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_same_records(
            records in proptest::collection::vec(record(), 0..12),
            cuts in proptest::collection::vec(1usize..30, 1..60),
        ) {
            let mut wire = Vec::new();
            let mut expected = Vec::new();
            for (stdout, payload) in records {
                let stream = if stdout { Stream::Stdout } else { Stream::Stderr };
                wire.extend(header(stream, payload.len()));
                wire.extend(&payload);
                expected.push((stream, payload));
            }
            let (mut decoder, mut got, mut rest, mut cuts) = (Decoder::default(), Vec::new(), &wire[..], cuts.into_iter().cycle());
            while !rest.is_empty() {
                let (chunk, tail) = rest.split_at(cuts.next().unwrap().min(rest.len()));
                decoder.push(chunk, |stream, payload| got.push((stream, payload.to_vec()))).unwrap();
                rest = tail;
            }
            prop_assert_eq!(got, expected);
        }

        #[test]
        fn hostile_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Decoder::default().push(&bytes, |_, _| {});
        }
    }
}
