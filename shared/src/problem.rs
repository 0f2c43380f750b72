//! Why something could not be done.

use serde::{Deserialize, Serialize};

use crate::{connect::ConnectFault, user::Role};

/// A failure as data: the reader's language is the browser's business.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    pub code: ProblemCode,
    /// What it was about, as the person knows it: a container's name, an image's reference, an endpoint.
    pub subject: String,
    /// The engine's (or the registry's, or the operating system's) own words; empty when there are none.
    pub detail: String,
}

impl Problem {
    /// Texts are cut to what a person reads: they may hold what a browser or a registry sent.
    pub fn new(code: ProblemCode, subject: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { code, subject: cut(subject.into(), 512), detail: cut(detail.into(), 16 << 10) }
    }
}

impl Problem {
    /// With more of what was said about it.
    #[must_use]
    pub fn with(self, more: &str) -> Self {
        let detail = [self.detail.as_str(), more].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n");
        Self::new(self.code, self.subject, detail)
    }
}

fn cut(mut text: String, bytes: usize) -> String {
    if text.len() > bytes {
        text.truncate(text.floor_char_boundary(bytes));
        text.push('…');
    }
    text
}

/// The closed set of reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemCode {
    /// No connection to the engine, or it was lost midway.
    EngineUnreachable(ConnectFault),
    /// What somebody typed cannot be taken; the detail says why, and no engine was asked.
    Invalid,
    /// 400: the engine does not accept the request as it is.
    BadRequest,
    /// 401 and 403, and a registry's refusal.
    Forbidden,
    /// 404: the object is not there (any more).
    NotFound,
    /// 409: the object's state, or a name in use, does not allow it.
    Conflict,
    /// 5xx: the engine tried and failed.
    EngineFailed,
    /// The engine answered something that is not in the Engine API.
    MalformedAnswer,
    /// Others read the same log faster, and what comes next is not kept any more: ask again from where it was.
    FellBehind,
    /// The registry does not have it, or denies that it does.
    RegistryNotFound,
    /// The registry wants other credentials, or any.
    RegistryDenied,
    /// The registry could not be reached or failed.
    RegistryFailed,
    /// What Linkspan would sign in to a registry with cannot be read; the detail says which file or program, and why.
    CredentialsUnreadable,
    /// A file did not come from the browser, or not as a whole.
    UploadCut,
    /// The engine found no image in a file.
    ArchiveUnreadable,
    /// A step of a build failed, or the builder does not understand its Dockerfile.
    BuildFailed,
    /// The engine is too old for it; the detail says what it needs.
    TooOld,
    /// Stopping the container makes the engine remove it (`--rm`), and the call did not say that this is known.
    WouldBeRemoved,
    /// Linkspan runs in this container.
    IsLinkspan,
    /// It takes this role, which the person does not have there; the detail names what of a request takes it, if not all of it does.
    NotAllowed(Role),
    /// What is selected looks like a secret, and nobody said why it belongs there; the detail says which.
    LooksSecret,
    /// Of many, some could not be done; the subject says how many, and each says why.
    SomeFailed,
    /// Somebody cancelled it.
    Cancelled,
    /// Linkspan ended meanwhile.
    Interrupted,
    /// Another container, whose network or namespace it shares, is gone or does not run.
    NeedsOther,
    /// A container was made anew, and the new one does not run: how it ended, and its last words.
    DoesNotRun,
    /// Made by the browser itself: its connection to the bridge was lost before the answer came.
    ConnectionLost,
    /// The browser sent something that this bridge does not understand.
    ProtocolViolation,
    /// More at once than the bridge takes; see the limits in [`crate::control`].
    TooMany,
    /// The bridge itself failed; its log says more.
    Internal,
}
