//! What running containers take of the host, about once a second.

use serde::{Deserialize, Serialize};

use crate::{ids::ContainerId, table::Row};

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
