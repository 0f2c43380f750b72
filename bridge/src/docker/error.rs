//! What can go wrong between the bridge and an engine.

use std::fmt;

use hyper::StatusCode;
use linkspan_shared::connect::ConnectFault;

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
    #[error("a document of more than {} MiB", super::ndjson::MAX_LINE >> 20)]
    TooLong(String),
}

/// Why there is no connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub fault: ConnectFault,
    /// In the words of whoever noticed: the operating system, the TLS library, ssh.
    pub detail: String,
}

impl Failure {
    pub fn new(fault: ConnectFault, detail: impl Into<String>) -> Self {
        Self { fault, detail: harmless(&detail.into()) }
    }

    /// Reads an error of a library down to its cause, where the words are that mean something.
    pub fn from_transport(error: &(dyn std::error::Error + 'static)) -> Self {
        let mut cause = error;
        loop {
            if let Some(failure) = cause.downcast_ref::<Self>() {
                return failure.clone();
            }
            if let Some(error) = cause.downcast_ref::<rustls::Error>() {
                return super::tls::failure(error);
            }
            if let Some(error) = cause.downcast_ref::<std::io::Error>() {
                // A library's error inside says more than the kind around it.
                match error.get_ref() {
                    Some(inner) => {
                        cause = inner;
                        continue;
                    }
                    None => return Self::from_io(error),
                }
            }
            if let Some(error) = cause.downcast_ref::<hyper::Error>()
                && error.is_parse()
            {
                return Self::new(ConnectFault::NotAnEngine, format!("the answer is no HTTP: {error}"));
            }
            match cause.source() {
                Some(deeper) => cause = deeper,
                None => return Self::new(ConnectFault::Lost, cause.to_string()),
            }
        }
    }

    pub fn from_io(error: &std::io::Error) -> Self {
        use std::io::ErrorKind;
        let fault = match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => ConnectFault::SocketMissing,
            ErrorKind::PermissionDenied => ConnectFault::SocketForbidden,
            ErrorKind::ConnectionRefused => ConnectFault::Refused,
            ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::AddrNotAvailable | ErrorKind::NetworkDown => {
                ConnectFault::NoRoute
            }
            ErrorKind::TimedOut => ConnectFault::TimedOut,
            _ => ConnectFault::Lost,
        };
        Self::new(fault, error.to_string())
    }
}

/// Whoever answers may be anybody: what it says is short, and nothing in it commands a terminal.
fn harmless(text: &str) -> String {
    const LONGEST: usize = 1024;
    let mut harmless: String = text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect();
    if harmless.len() > LONGEST {
        harmless.truncate(harmless.floor_char_boundary(LONGEST));
        harmless.push('…');
    }
    harmless
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.detail.as_str() {
            "" => f.write_str(self.fault.what()),
            detail => write!(f, "{} ({detail})", self.fault.what()),
        }
    }
}

impl std::error::Error for Failure {}

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

    /// Without what the engine or the registry gave back of a credential.
    #[must_use]
    pub fn scrubbed(self, login: &super::auth::Login) -> Self {
        match self {
            Self::Refused { status, message } => Self::Refused { status, message: login.scrub(&message) },
            other => other,
        }
    }

    pub(super) fn from_transport(error: &(dyn std::error::Error + 'static)) -> Self {
        Self::Connect(Failure::from_transport(error))
    }

    pub fn lost(detail: &str) -> Self {
        Self::Connect(Failure::new(ConnectFault::Lost, detail))
    }
}
