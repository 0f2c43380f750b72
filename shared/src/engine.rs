//! One container engine and how well the bridge can reach it.

use serde::{Deserialize, Serialize};

use crate::{ids::EngineId, problem::Problem, table::Row, time::Timestamp};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Engine {
    pub id: EngineId,
    /// Its place among the others; the lowest is the default one.
    pub order: u32,
    /// The address the bridge was given, for instance `unix:///var/run/docker.sock`.
    pub endpoint: String,
    /// Whoever configured it said that this host matters: what stops everything asks for its name.
    pub production: bool,
    /// It was added in the page and may be removed there.
    pub removable: bool,
    pub link: EngineLink,
    /// What the engine said of itself when it last answered.
    pub about: Option<EngineAbout>,
    /// What it does not give out, or not so that it can be read; the rest is as it should be.
    pub lacking: Vec<Lacking>,
    /// The last hour's figures of all that runs on it are kept, also while nobody looks at them.
    #[serde(default)]
    pub keeps_figures: bool,
    /// Milliseconds that its clock is ahead of the bridge's, by its `Date` (RFC 9110, 6.6.1); 0 where they agree within two
    /// seconds, or it does not say.
    pub clock_ahead: i64,
}

impl Row for Engine {
    type Id = EngineId;
    fn id(&self) -> &EngineId {
        &self.id
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EngineLink {
    /// The first attempt is under way; nothing is known yet.
    Connecting,
    /// All tables are exact, but for what is [`Engine::lacking`].
    Connected,
    /// Events were missed: the tables hold what was known at `since`, until everything is listed again.
    CatchingUp { since: Timestamp },
    /// The tables hold what was known at `since`.
    Unreachable { since: Timestamp, next_try: Timestamp, problem: Problem },
}

impl EngineLink {
    /// It can be asked, whether or not the tables are exact.
    pub fn is_reachable(&self) -> bool {
        matches!(self, Self::Connected | Self::CatchingUp { .. })
    }
}

/// A part of an engine's tables that is not there: a proxy before the engine may refuse it, or it cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lacking {
    pub part: EnginePart,
    /// All of it; else one object, which is the problem's subject.
    pub whole: bool,
    pub problem: Problem,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EnginePart {
    /// `GET /info`: the host's name and memory.
    Info,
    /// `GET /containers/json`, which no engine is used without.
    Containers,
    /// `GET /images/json`
    Images,
    /// `GET /volumes`
    Volumes,
    /// `GET /networks`
    Networks,
}

impl EnginePart {
    pub const ALL: [Self; 5] = [Self::Info, Self::Containers, Self::Images, Self::Volumes, Self::Networks];

    /// Where it is asked for.
    pub fn endpoint(self) -> &'static str {
        match self {
            Self::Info => "/info",
            Self::Containers => "/containers/json",
            Self::Images => "/images/json",
            Self::Volumes => "/volumes",
            Self::Networks => "/networks",
        }
    }
}

/// `GET /version` and `GET /info`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineAbout {
    /// The host's name.
    pub host: String,
    /// Where it is reached, as its address or its context says: what it publishes is there. `None`: it is on the bridge's own
    /// machine.
    #[serde(default)]
    pub reached_at: Option<String>,
    /// `Docker` or `Podman`.
    pub product: String,
    /// The engine's version, for instance `27.3.1`.
    pub version: String,
    /// The API version that the bridge and the engine agreed on, for instance `1.47`.
    pub api_version: String,
    /// Bytes the host has; `None` where it does not say.
    pub memory: Option<u64>,
    /// What it is too old for.
    pub lacks: Vec<Feature>,
}

/// What else `GET /info` says that a person wants to know. What the engine does not say is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineDetails {
    pub cpus: Option<u64>,
    /// Bytes
    pub memory: Option<u64>,
    pub operating_system: String,
    pub kernel: String,
    pub architecture: String,
    pub storage_driver: String,
    pub logging_driver: String,
    /// The driver, and the version of the kernel's interface.
    pub cgroup: String,
    pub runtime: String,
    /// Where its data is on its host.
    pub root_dir: String,
    pub security: Vec<String>,
    /// Registries that it speaks to without TLS, or whose certificate it does not verify.
    pub insecure_registries: Vec<String>,
    /// In its own words.
    pub warnings: Vec<String>,
}

/// What only newer engines can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    /// API 1.25 (Docker 1.13): mounts of a new container.
    Mounts,
    /// API 1.30 (Docker 17.06): the engine itself removes a container that ends, and says how it ended.
    AutoRemove,
    /// API 1.32 (Docker 17.09): pulling for another platform.
    Platform,
    /// API 1.30 (Docker 17.06): what a registry has under a name.
    Distribution,
    /// API 1.25 (Docker 1.13): what takes the space.
    DiskUsage,
}
