//! What was done, by whom, and what engines did by themselves.

use serde::{Deserialize, Serialize};

use crate::{
    ids::{ContainerId, EngineId, JobId, UserName},
    json::Json,
    problem::Problem,
    time::Timestamp,
};

/// One thing that was done, or that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Ever larger.
    pub id: u64,
    pub at: Timestamp,
    /// `None`: nobody did it here; see [`Verb`].
    pub who: Option<UserName>,
    /// From where, for administrators; else empty.
    #[serde(default)]
    pub address: String,
    /// `None`: of Linkspan itself.
    pub engine: Option<EngineId>,
    pub verb: Verb,
    pub object: Option<Subject>,
    /// Why it could not be done.
    pub problem: Option<Problem>,
    /// How long it took.
    pub milliseconds: Option<u64>,
    /// What was asked for, by its name on the wire, without secrets and without the values of variables. Not for those who only look.
    #[serde(default)]
    pub request: Option<Asked>,
    #[serde(default)]
    pub job: Option<JobId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    pub call: String,
    pub arguments: Json,
}

/// What it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    pub kind: SubjectKind,
    /// What the engine knows it by; empty where it has nothing but a name.
    pub id: String,
    pub name: String,
    /// It was done to as many; then there is no name.
    #[serde(default)]
    pub count: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    Container,
    Image,
    Volume,
    Network,
    Person,
    Engine,
    /// Whatever else has a name.
    Other,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// Somebody asked for it here, by its name on the wire.
    Call(String),
    /// Somebody came or went.
    Access(Access),
    /// An engine told of it, and nobody here had asked for it.
    Event(Event),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    SignedIn,
    /// With a wrong password, or too often.
    SignInRefused,
    SignedOut,
    PasswordChanged,
    PasskeyAdded,
    /// By a one-time link.
    Joined,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Created,
    Started,
    /// By somebody outside of Linkspan.
    Stopped {
        exit_code: Option<i64>,
    },
    /// By itself.
    Exited {
        exit_code: Option<i64>,
        out_of_memory: bool,
    },
    /// By its restart policy, so often by now.
    Restarted {
        times: i64,
    },
    Unhealthy,
    Healthy,
    Renamed,
    Paused,
    Resumed,
    Updated,
    Removed,
    Pulled,
    Tagged,
    Loaded,
    EngineLost,
    EngineBack,
    /// Of Linkspan itself: as many entries could not be recorded.
    NotRecorded {
        entries: u64,
    },
}

/// Which entries are meant; all that is said must be true of one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivityFilter {
    /// A part of who, of the engine, of what it is about, or of why it failed.
    #[serde(default)]
    pub text: String,
    #[serde(default)]
    pub kind: Option<ActivityKind>,
    #[serde(default)]
    pub who: Option<UserName>,
    #[serde(default)]
    pub container: Option<ContainerId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActivityKind {
    /// Containers that come, go, start and stop.
    Lifecycle,
    Images,
    Commits,
    Terminals,
    /// People, and what Linkspan is set up with.
    Access,
    Failures,
}

impl ActivityKind {
    pub const ALL: [Self; 6] = [Self::Lifecycle, Self::Images, Self::Commits, Self::Terminals, Self::Access, Self::Failures];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lifecycle => "lifecycle",
            Self::Images => "images",
            Self::Commits => "commits",
            Self::Terminals => "terminals",
            Self::Access => "access",
            Self::Failures => "failures",
        }
    }

    pub fn is_of(self, entry: &Entry) -> bool {
        let call = match &entry.verb {
            Verb::Call(call) => call.as_str(),
            _ => "",
        };
        let kind = entry.object.as_ref().map(|object| object.kind);
        match self {
            Self::Lifecycle => kind == Some(SubjectKind::Container) && !Self::Commits.is_of(entry) && !Self::Terminals.is_of(entry),
            Self::Images => kind == Some(SubjectKind::Image),
            Self::Commits => call.starts_with("job.commit"),
            Self::Terminals => call.starts_with("terminal.") || call.starts_with("file."),
            Self::Access => {
                matches!(entry.verb, Verb::Access(_))
                    || ["people.", "passkey.", "token.", "credential.", "engine.", "webhook."].iter().any(|prefix| call.starts_with(prefix))
            }
            Self::Failures => entry.problem.is_some() || matches!(&entry.verb, Verb::Event(event) if event.is_trouble()),
        }
    }
}

impl Event {
    /// Somebody should look.
    pub fn is_trouble(&self) -> bool {
        match self {
            Self::Exited { exit_code, out_of_memory } => *out_of_memory || exit_code.is_none_or(|code| code != 0),
            Self::Restarted { .. } | Self::Unhealthy | Self::EngineLost | Self::NotRecorded { .. } => true,
            _ => false,
        }
    }
}

/// The newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivityPage {
    pub entries: Vec<Entry>,
    /// There may be more before this one.
    pub before: Option<u64>,
}

/// Entries of a page, at most.
pub const PAGE: usize = 100;
