//! What running containers take of the host, about once a second.

use serde::{Deserialize, Serialize};

use crate::{ids::ContainerId, table::Row, time::Timestamp};

/// From `GET /containers/{id}/stats`, reckoned as `docker stats` does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerStats {
    pub container: ContainerId,
    /// Hundredths of a percent of one core: 10,000 is one whole core. `None` at the first reading, which has none before
    /// it to compare with.
    pub cpu: Option<u64>,
    /// Bytes, without the page cache that the kernel would give back.
    pub memory: u64,
    /// Bytes. `None`: no limit but the host's memory.
    pub memory_limit: Option<u64>,
}

impl Row for ContainerStats {
    type Id = ContainerId;
    fn id(&self) -> &ContainerId {
        &self.container
    }
}

/// A moment of a container's last hour.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// When the engine took it.
    pub time: Timestamp,
    /// As in [`ContainerStats`].
    pub cpu: Option<u64>,
    pub memory: u64,
    pub memory_limit: Option<u64>,
    /// Bytes since the container's start; `None` without a network of its own.
    pub received: Option<u64>,
    pub sent: Option<u64>,
    /// Bytes since the container's start; `None` where the engine does not count them.
    pub read: Option<u64>,
    pub written: Option<u64>,
    pub processes: u64,
}

/// Something that happened to the container, in the engine's word: `start`, `die`, `oom`, `health_status: unhealthy`, …
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    pub time: Timestamp,
    pub event: String,
}

/// What came since the last one; the first has all that is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatsHistory {
    /// Nothing of before is part of it.
    pub is_whole: bool,
    pub samples: Vec<Sample>,
    pub marks: Vec<Mark>,
}

/// `GET /containers/{id}/top`, as `ps` of the engine's host says it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Processes {
    pub titles: Vec<String>,
    pub rows: Vec<Vec<String>>,
}
