//! Holds back what is not a whole entry yet.

use bytes::{Bytes, BytesMut};
use linkspan_shared::stdcopy;

use linkspan_docker::EngineError;

/// Bytes of a terminal's line that are held back until it ends. Engines write them in pieces of 16 KiB.
const LONGEST_LINE: usize = 64 << 10;

pub struct Cutter {
    raw: bool,
    half: BytesMut,
}

impl Cutter {
    pub fn new(raw: bool) -> Self {
        Self { raw, half: BytesMut::new() }
    }

    pub fn cut(&mut self, chunk: &Bytes) -> Result<Bytes, EngineError> {
        self.half.extend_from_slice(chunk);
        let whole = if self.raw {
            match self.half.iter().rposition(|byte| *byte == b'\n') {
                Some(at) => at + 1,
                None if self.half.len() > LONGEST_LINE => self.half.len(),
                None => 0,
            }
        } else {
            stdcopy::whole_records(&self.half).map_err(|_| EngineError::Malformed("the log is not in the multiplexed format".into()))?
        };
        Ok(self.half.split_to(whole).freeze())
    }

    /// What came without an end.
    pub fn rest(&mut self) -> Vec<u8> {
        if self.raw { std::mem::take(&mut self.half).to_vec() } else { Vec::new() }
    }
}
