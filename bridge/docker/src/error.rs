//! What can go wrong between the bridge and an engine.

use hyper::StatusCode;
use linkspan_shared::connect::ConnectFault;

use crate::failure::Failure;

/// Bytes of one document of a stream, at most. An event with hundreds of labels has some tens of KiB.
pub const MAX_DOCUMENT: usize = 4 << 20;

#[derive(Clone, Debug, thiserror::Error)]
pub enum EngineError {
    /// No connection, or it broke midway.
    #[error("{0}")]
    Connect(#[from] Failure),
    /// The engine answered with an error. The text is its own.
    #[error("{message}")]
    Refused { status: StatusCode, message: String },
    /// An answer that is not in the Engine API.
    #[error("{0}")]
    Malformed(String),
    /// One document of a stream is longer than anything the Engine API has; the next one follows. Its beginning is kept.
    #[error("a document of more than {} MiB", MAX_DOCUMENT >> 20)]
    TooLong(String),
}

impl EngineError {
    /// One document of a stream cannot be read, and the stream goes on.
    pub fn is_of_one_document(&self) -> bool {
        matches!(self, Self::Malformed(_) | Self::TooLong(_))
    }

    /// A proxy says so of an engine that it does not reach.
    pub fn is_of_a_gateway(&self) -> bool {
        matches!(self, Self::Refused { status, .. } if matches!(status.as_u16(), 502..=504))
    }

    /// It asked for the container `id`, and the engine misses another one, whose network that shares, say: engines name what
    /// they miss as they were asked for it.
    pub fn misses_another(&self, id: &str) -> bool {
        let Self::Refused { message, .. } = self else { return false };
        let words = message.to_lowercase();
        (words.contains("no such container") || words.contains("no container with name or id")) && !words.contains(&id.to_lowercase())
    }

    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused { status: StatusCode::NOT_FOUND, .. })
    }

    pub fn lost(detail: &str) -> Self {
        Self::Connect(Failure::new(ConnectFault::Lost, detail))
    }
}
