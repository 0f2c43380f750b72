//! JSON documents in a byte stream, one a line, wherever the chunks are cut.

use bytes::BytesMut;
use futures_util::{Stream, StreamExt, stream};
use serde::de::DeserializeOwned;

use super::{client::ByteStream, error::EngineError};

/// Bytes of one document, at most. An event with hundreds of labels has some tens of KiB.
const MAX_LINE: usize = 4 << 20;

pub fn documents<T: DeserializeOwned + Send + 'static>(bytes: ByteStream) -> impl Stream<Item = Result<T, EngineError>> + Send {
    stream::unfold((bytes, Lines::default(), false), |(mut bytes, mut lines, ended)| async move {
        loop {
            if let Some(line) = lines.next_line() {
                if line.iter().all(u8::is_ascii_whitespace) {
                    continue;
                }
                return Some((decode(&line), (bytes, lines, ended)));
            }
            if ended {
                return None;
            }
            match bytes.next().await {
                Some(Ok(chunk)) if lines.buffer.len() + chunk.len() > MAX_LINE => {
                    return Some((Err(EngineError::Nonsense("an endless line".into())), (bytes, Lines::default(), true)));
                }
                Some(Ok(chunk)) => lines.buffer.extend_from_slice(&chunk),
                Some(Err(error)) => return Some((Err(error), (bytes, Lines::default(), true))),
                None => {
                    // The last document may lack its line end.
                    if !lines.buffer.is_empty() {
                        lines.buffer.extend_from_slice(b"\n");
                    }
                    return lines.next_line().map(|line| (decode(&line), (bytes, lines, true)));
                }
            }
        }
    })
}

fn decode<T: DeserializeOwned>(line: &[u8]) -> Result<T, EngineError> {
    serde_json::from_slice(line).map_err(|error| EngineError::Nonsense(error.to_string()))
}

#[derive(Default)]
struct Lines {
    buffer: BytesMut,
}

impl Lines {
    fn next_line(&mut self) -> Option<BytesMut> {
        let end = self.buffer.iter().position(|byte| *byte == b'\n')?;
        Some(self.buffer.split_to(end + 1))
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_cut_gives_the_same_documents(numbers in proptest::collection::vec(any::<u32>(), 0..20), cut in 1usize..9, trailing in any::<bool>()) {
            let mut text = numbers.iter().map(|n| format!("{n}\r\n")).collect::<String>();
            if !trailing {
                text.truncate(text.trim_end().len());
            }
            let chunks: Vec<_> = text.as_bytes().chunks(cut).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect();
            let got: Vec<u32> = tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(
                documents::<u32>(Box::pin(stream::iter(chunks))).map(Result::unwrap).collect()
            );
            prop_assert_eq!(got, numbers);
        }
    }
}
