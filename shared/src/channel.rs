//! What a browser can subscribe to.

use serde::{Deserialize, Serialize};

use crate::{
    account::Accounts,
    container::{Container, ContainerLabels},
    credential::StoredCredential,
    engine::Engine,
    ids::{ContainerId, Epoch, JobId, TerminalId},
    image::Image,
    job::Job,
    log_entry::Position,
    network::Network,
    person::Person,
    stats::{ContainerStats, StatsHistory},
    table::TableChange,
    volume::Volume,
};

/// Containers of one stats channel: more rows than any screen shows. More of them is refused with `TooMany`.
pub const MAX_STATS: usize = 256;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelSpec {
    /// State: who has this Linkspan open, on whichever engine.
    People,
    /// State: the table of engines (of one, so far).
    Engines,
    /// State: the table of containers.
    Containers,
    /// State: the labels of all containers.
    Labels,
    /// State: the table of images.
    Images,
    /// State: the table of volumes.
    Volumes,
    /// State: the table of networks.
    Networks,
    /// State: the table of jobs.
    Jobs,
    /// State, about once a second: figures of these containers while they run, [`MAX_STATS`] at most.
    Stats { containers: Vec<ContainerId> },
    /// Stream: the log of one container.
    Logs(LogsSpec),
    /// State: the ID of the newest entry of what was done.
    Activity,
    /// State: who may sign in, for administrators. Whole, whenever something of it has changed.
    Accounts,
    /// State: the table of stored credentials, without their secrets.
    Credentials,
    /// Stream, in both directions: the output of a terminal from the first byte still kept, and what its owner types.
    Terminal { terminal: TerminalId },
    /// State: figures of one container, all that are kept of the last hour and then each as it comes.
    History { container: ContainerId },
    /// Stream: what a run or a build printed, from the first byte still kept.
    JobOutput { job: JobId },
}

/// `GET /containers/{id}/logs` with `stdout`, `stderr`, `timestamps` and `follow`. Each line starts with its
/// RFC 3339 time (nanoseconds) and a space. Frames are tagged raw for a container with a terminal, else multiplexed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogsSpec {
    pub container: ContainerId,
    /// Start with this many last lines; `None` for all there are.
    pub tail: Option<u64>,
    /// Only lines from this time on: seconds and nanoseconds since 1970. Lines of exactly this time come again.
    pub since: Option<(i64, u32)>,
    /// Only what came behind this entry, in place of both: where somebody left off. Where it cannot be found any more, a
    /// [`Tag::Gap`](crate::frame::Tag::Gap) and the last lines come.
    pub behind: Option<Position>,
}

/// Where a state channel left off when the connection was lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resume {
    pub epoch: Epoch,
    pub sequence: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StateChange {
    People(TableChange<Person>),
    Engines(TableChange<Engine>),
    Containers(TableChange<Container>),
    Labels(TableChange<ContainerLabels>),
    Images(TableChange<Image>),
    Volumes(TableChange<Volume>),
    Networks(TableChange<Network>),
    Jobs(TableChange<Job>),
    Stats(TableChange<ContainerStats>),
    History(StatsHistory),
    Credentials(TableChange<StoredCredential>),
    Accounts(Accounts),
    Activity(u64),
}
