//! What can go wrong between the bridge and an engine.

use hyper::StatusCode;
use linkspan_shared::connect::ConnectFault;

use crate::{failure::Failure, guard::Denied};

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
    /// The engine was not asked: whoever wanted it may not.
    #[error("not allowed")]
    Denied(Denied),
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

    /// It may say something else the next time: the engine failed, or the connection did.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Connect(_)) || matches!(self, Self::Refused { status, .. } if status.is_server_error())
    }

    /// The engine has no container `id`. With the same status it says that something is missing which that one needs.
    pub fn misses_container(&self, id: &str) -> bool {
        self.is_not_found() && self.says_no_container() && !self.is_about_another(id)
    }

    /// The container `id` was asked for, and the engine speaks of another one, whose network that shares, say: engines name what
    /// they miss as they were asked for it, and what does not run by its whole ID.
    pub fn is_about_another(&self, id: &str) -> bool {
        let Self::Refused { message, .. } = self else { return false };
        let words = message.to_lowercase();
        let is_id = |word: &&str| word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        let state = ["is not running", "non running", "is restarting"].iter().any(|state| words.contains(state));
        let mut ids = words.split(|c: char| !c.is_ascii_alphanumeric()).filter(is_id).peekable();
        !words.contains(&id.to_lowercase()) && (self.says_no_container() || state && ids.peek().is_some())
    }

    fn says_no_container(&self) -> bool {
        let Self::Refused { message, .. } = self else { return false };
        let words = message.to_lowercase();
        words.contains("no such container") || words.contains("no container with name or id")
    }

    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused { status: StatusCode::NOT_FOUND, .. })
    }

    pub fn lost(detail: &str) -> Self {
        Self::Connect(Failure::new(ConnectFault::Lost, detail))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_engine_speaks_of_is_told_apart() {
        let (id, other) = ("a".repeat(64), "b".repeat(64));
        let said = |status: StatusCode, words: &str| EngineError::Refused { status, message: words.to_owned() };
        let missing = |words: &str| said(StatusCode::NOT_FOUND, words);
        assert!(missing(&format!("No such container: {id}")).misses_container(&id));
        for words in [format!("No such container: {other}"), "network gone not found".to_owned(), "404 page not found".to_owned()] {
            assert!(!missing(&words).misses_container(&id), "{words}");
        }
        for (words, another) in [
            (format!("No such container: {other}"), true),
            (format!("cannot join network of a non running container: {other}"), true),
            (format!("Container {other} is restarting, wait until the container is running"), true),
            (format!("Container {id} is not running"), false),
            ("network gone not found".to_owned(), false),
        ] {
            assert_eq!(said(StatusCode::CONFLICT, &words).is_about_another(&id), another, "{words}");
        }
    }
}
