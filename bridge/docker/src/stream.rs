//! The bytes of an answer as they come, and the JSON documents in them: one a line, wherever the chunks are cut.

use std::{io, pin::Pin};

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use serde::de::DeserializeOwned;
use tokio_util::{
    codec::{Decoder, FramedRead},
    io::StreamReader,
};

use crate::error::{EngineError, MAX_DOCUMENT};

pub type ByteStream = Pin<Box<dyn Stream<Item = Result<Bytes, EngineError>> + Send>>;

/// Bytes of a longer one that are kept, for whoever wants to know what it was about.
const BEGINNING: usize = 4 << 10;

/// A document that cannot be read, or is too long, is an error of its own, after which the next one comes. Any other error is
/// the last.
pub fn documents<T: DeserializeOwned + Send + 'static>(bytes: ByteStream) -> impl Stream<Item = Result<T, EngineError>> + Send {
    let reader = StreamReader::new(bytes.map(|piece| piece.map_err(io::Error::other)));
    FramedRead::new(reader, Lines::default()).map(|line| match line {
        Ok(line) => decode(&line?),
        Err(error) => Err(match error.downcast::<EngineError>() {
            Ok(error) => error,
            Err(error) => EngineError::lost(&error.to_string()),
        }),
    })
}

fn beginning(line: &[u8]) -> String {
    String::from_utf8_lossy(line.get(..BEGINNING).unwrap_or(line)).into_owned()
}

fn decode<T: DeserializeOwned>(line: &[u8]) -> Result<T, EngineError> {
    serde_json::from_slice(line).map_err(|error| EngineError::Malformed(error.to_string()))
}

/// Lines with something in them, or how one begins that is too long; the last one may lack its end.
#[derive(Default)]
struct Lines {
    /// Up to here no line ends, so that a long one is not looked through again and again.
    looked: usize,
    /// The beginning of a line whose rest is let go by.
    skipped: Option<String>,
}

impl Lines {
    fn line(&mut self, line: BytesMut) -> Option<Result<BytesMut, EngineError>> {
        self.looked = 0;
        let too_long = self.skipped.take().or_else(|| (line.len() > MAX_DOCUMENT).then(|| beginning(&line)));
        match too_long {
            Some(beginning) => Some(Err(EngineError::TooLong(beginning))),
            None => (!line.iter().all(u8::is_ascii_whitespace)).then_some(Ok(line)),
        }
    }
}

impl Decoder for Lines {
    type Item = Result<BytesMut, EngineError>;
    type Error = io::Error;

    fn decode(&mut self, bytes: &mut BytesMut) -> io::Result<Option<Self::Item>> {
        while let Some(end) = bytes.iter().skip(self.looked).position(|byte| *byte == b'\n').map(|at| at + self.looked) {
            let line = bytes.split_to(end + 1);
            if let Some(line) = self.line(line) {
                return Ok(Some(line));
            }
        }
        self.looked = bytes.len();
        if bytes.len() > MAX_DOCUMENT {
            self.skipped.get_or_insert_with(|| beginning(bytes));
            bytes.clear();
            self.looked = 0;
        }
        Ok(None)
    }

    fn decode_eof(&mut self, bytes: &mut BytesMut) -> io::Result<Option<Self::Item>> {
        match self.decode(bytes)? {
            None if !bytes.is_empty() || self.skipped.is_some() => Ok(self.line(bytes.split())),
            line => Ok(line),
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;

    use super::*;

    fn all<T: DeserializeOwned + Send + 'static>(chunks: Vec<Bytes>) -> Vec<Result<T, EngineError>> {
        let bytes = Box::pin(futures_util::stream::iter(chunks.into_iter().map(Ok)));
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
