//! Terminals: a command with a terminal inside a container, for the person who opened it.

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

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TerminalSize {
    pub columns: u16,
    pub rows: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TerminalInfo {
    pub id: TerminalId,
    pub command: Vec<String>,
    pub user: String,
    pub started: Timestamp,
    pub state: TerminalState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TerminalState {
    Running,
    /// `None`: the engine did not say.
    Ended {
        exit_code: Option<i64>,
    },
}
