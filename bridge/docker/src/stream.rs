//! The bytes of an answer as they come, and the JSON documents in them: one a line, wherever the chunks are cut.

use std::pin::Pin;

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt, stream};
use serde::de::DeserializeOwned;

use crate::error::{EngineError, MAX_DOCUMENT};

pub type ByteStream = Pin<Box<dyn Stream<Item = Result<Bytes, EngineError>> + Send>>;

/// Bytes of a longer one that are kept, for whoever wants to know what it was about.
const BEGINNING: usize = 4 << 10;

/// A document that cannot be read, or is too long, is an error of its own, after which the next one comes. Any other error is
/// the last.
pub fn documents<T: DeserializeOwned + Send + 'static>(bytes: ByteStream) -> impl Stream<Item = Result<T, EngineError>> + Send {
    stream::unfold((bytes, Lines::default(), false), |(mut bytes, mut lines, ended)| async move {
        loop {
            if let Some(line) = lines.next_line() {
                match line {
                    Ok(line) if line.iter().all(u8::is_ascii_whitespace) => continue,
                    Ok(line) => return Some((decode(&line), (bytes, lines, ended))),
                    Err(too_long) => return Some((Err(too_long), (bytes, lines, ended))),
                }
            }
            if ended {
                return None;
            }
            match bytes.next().await {
                Some(Ok(chunk)) => lines.push(&chunk),
                Some(Err(error)) => return Some((Err(error), (bytes, Lines::default(), true))),
                None => {
                    // The last document may lack its line end.
                    if !lines.buffer.is_empty() || lines.skipped.is_some() {
                        lines.push(b"\n");
                    }
                    return lines.next_line().map(|line| (line.and_then(|line| decode(&line)), (bytes, lines, true)));
                }
            }
        }
    })
}

fn beginning(line: &[u8]) -> String {
    String::from_utf8_lossy(line.get(..BEGINNING).unwrap_or(line)).into_owned()
}

fn decode<T: DeserializeOwned>(line: &[u8]) -> Result<T, EngineError> {
    serde_json::from_slice(line).map_err(|error| EngineError::Malformed(error.to_string()))
}

#[derive(Default)]
struct Lines {
    buffer: BytesMut,
    /// Up to here no line ends, so that a long one is not looked through again and again.
    looked: usize,
    /// The beginning of a line whose rest is let go by.
    skipped: Option<String>,
}

impl Lines {
    fn push(&mut self, chunk: &[u8]) {
        self.buffer.extend_from_slice(chunk);
        if self.buffer.len() > MAX_DOCUMENT && !self.buffer.contains(&b'\n') {
            self.skipped.get_or_insert_with(|| beginning(&self.buffer));
            self.buffer.clear();
            self.looked = 0;
        }
    }

    fn next_line(&mut self) -> Option<Result<BytesMut, EngineError>> {
        let Some(end) = self.buffer.iter().skip(self.looked).position(|byte| *byte == b'\n').map(|at| at + self.looked) else {
            self.looked = self.buffer.len();
            return None;
        };
        self.looked = 0;
        let line = self.buffer.split_to(end + 1);
        let too_long = self.skipped.take().or_else(|| (line.len() > MAX_DOCUMENT).then(|| beginning(&line)));
        Some(too_long.map_or(Ok(line), |beginning| Err(EngineError::TooLong(beginning))))
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;

    use super::*;

    fn all<T: DeserializeOwned + Send + 'static>(chunks: Vec<Bytes>) -> Vec<Result<T, EngineError>> {
        let bytes = Box::pin(stream::iter(chunks.into_iter().map(Ok)));
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(documents::<T>(bytes).collect())
    }

    #[test]
    fn what_cannot_be_read_leaves_the_next_ones() {
        let long = format!("\"{}\"\n", "x".repeat(MAX_DOCUMENT + 5));
        let text = ["1\n", "oops\n", &long, "2\n", &long, "3"].concat();
        for size in [1 << 10, 60 << 10, 9 << 20] {
            let chunks = text.as_bytes().chunks(size).map(Bytes::copy_from_slice).collect();
            let got: Vec<String> = all::<u32>(chunks)
                .into_iter()
                .map(|one| match one {
                    Ok(number) => number.to_string(),
                    Err(EngineError::TooLong(beginning)) => format!("long {}", &beginning[..3]),
                    Err(error) => format!("{}", error.is_of_one_document()),
                })
                .collect();
            assert_eq!(got, ["1", "true", "long \"xx", "2", "long \"xx", "3"], "pieces of {size}");
        }
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_same_documents(numbers in proptest::collection::vec(any::<u32>(), 0..20), cut in 1usize..9, trailing in any::<bool>()) {
            let mut text = numbers.iter().map(|n| format!("{n}\r\n")).collect::<String>();
            if !trailing {
                text.truncate(text.trim_end().len());
            }
            let got: Vec<u32> = all(text.as_bytes().chunks(cut).map(Bytes::copy_from_slice).collect()).into_iter().map(Result::unwrap).collect();
            prop_assert_eq!(got, numbers);
        }
    }
}
