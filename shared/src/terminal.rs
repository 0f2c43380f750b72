//! Terminals: a command with a terminal inside a container, or the container's own process, for the person who opened it.

use serde::{Deserialize, Serialize};

use crate::{
    ids::{ContainerId, TerminalId},
    time::Timestamp,
};

/// A terminal that nobody looks at ends after so many seconds: long enough for a reload or a lost connection.
pub const UNWATCHED_SECONDS: u64 = 60;

/// `POST /containers/{id}/exec`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TerminalSpec {
    pub container: ContainerId,
    pub command: Vec<String>,
    /// `name`, `uid` or `uid:gid`; empty for the container's own.
    pub user: String,
    /// Empty for the container's own.
    pub working_dir: String,
    pub size: TerminalSize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TerminalSize {
    pub columns: u16,
    pub rows: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TerminalInfo {
    pub id: TerminalId,
    pub command: Vec<String>,
    pub user: String,
    /// It is that of the container's own process.
    #[serde(default)]
    pub is_attached: bool,
    /// What is typed reaches nobody.
    #[serde(default)]
    pub is_read_only: bool,
    /// It can be ended, or let go of, without the container.
    pub can_end: bool,
    pub started: Timestamp,
    pub size: TerminalSize,
    /// It can be hung up: the container has a shell. What cannot is sent an interrupt and the end of its input, and may go on.
    pub can_hang_up: bool,
    pub state: TerminalState,
}

/// The usual shells that are in a container, and where they were looked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shells {
    /// The most comfortable first.
    pub found: Vec<String>,
    /// The usual folders, and those of the image's `PATH`.
    pub folders: Vec<String>,
    /// The container's own process has one (`Config.Tty`), which can be attached to.
    pub has_terminal: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TerminalState {
    Running,
    /// `None`: the engine did not say.
    Ended {
        exit_code: Option<i64>,
    },
    /// Linkspan has let go of it, and it goes on in the container: the engine has no call that ends it.
    Abandoned,
}
