//! Who has this Linkspan open.

use serde::{Deserialize, Serialize};

use crate::{
    ids::{ContainerId, EngineId, TerminalId, UserName},
    table::Row,
    terminal::TerminalSize,
};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub name: UserName,
    /// What their tabs show.
    #[serde(default)]
    pub open: Vec<OpenPage>,
    /// Containers in which they have a terminal.
    #[serde(default)]
    pub terminals: Vec<Opened>,
}

/// What a tab shows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OpenPage {
    pub engine: EngineId,
    pub page: Page,
    /// Of the pages that are about one.
    pub container: Option<ContainerId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Page {
    Containers,
    Container,
    /// What a container changed, to be committed.
    Commit,
    /// A container's settings.
    Edit,
    Run,
    Images,
    Volumes,
    Networks,
    Jobs,
    Activity,
    Disk,
    Engine,
    Settings,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Opened {
    pub engine: EngineId,
    pub container: ContainerId,
    /// Its owner lets others look on.
    #[serde(default)]
    pub shared: Option<SharedTerminal>,
}

/// A terminal at which others look on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SharedTerminal {
    pub terminal: TerminalId,
    /// The name of what it runs.
    pub shell: String,
    pub size: TerminalSize,
    pub lookers: Vec<UserName>,
}

impl Row for Person {
    type Id = UserName;
    fn id(&self) -> &UserName {
        &self.name
    }
}
