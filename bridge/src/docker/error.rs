//! What can go wrong between the bridge and an engine.

use hyper::StatusCode;

#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// No connection, or it broke midway. The text is the operating system's.
    #[error("{0}")]
    Unreachable(String),
    /// The socket is there, and the operating system does not let this process open it.
    #[error("{0}")]
    PermissionDenied(String),
    /// The engine answered with an error. The text is its own.
    #[error("{message}")]
    Refused { status: StatusCode, message: String },
    /// An answer that is not in the Engine API.
    #[error("{0}")]
    Nonsense(String),
    #[error("the engine speaks API {minimum} to {maximum}, this Linkspan {ours}")]
    Incompatible { minimum: String, maximum: String, ours: String },
    #[error("no answer within {0} s")]
    TimedOut(u64),
}

impl EngineError {
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused { status: StatusCode::NOT_FOUND, .. })
    }

    /// Reads an error of hyper's down to its cause, where the operating system's words are.
    pub(super) fn from_transport(error: &(dyn std::error::Error + 'static)) -> Self {
        let mut cause = error;
        loop {
            if let Some(io) = cause.downcast_ref::<std::io::Error>() {
                if io.kind() == std::io::ErrorKind::PermissionDenied {
                    return Self::PermissionDenied(io.to_string());
                }
                if io.raw_os_error().is_some() {
                    return Self::Unreachable(io.to_string());
                }
            }
            match cause.source() {
                Some(deeper) => cause = deeper,
                None => return Self::Unreachable(cause.to_string()),
            }
        }
    }
}
