//! Who has this Linkspan open.

use serde::{Deserialize, Serialize};

use crate::{
    ids::{ContainerId, EngineId, UserName},
    table::Row,
};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub name: UserName,
    /// Containers whose page is open in one of their tabs.
    #[serde(default)]
    pub open: Vec<Opened>,
    /// Containers in which they have a terminal.
    #[serde(default)]
    pub terminals: Vec<Opened>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Opened {
    pub engine: EngineId,
    pub container: ContainerId,
}

impl Row for Person {
    type Id = UserName;
    fn id(&self) -> &UserName {
        &self.name
    }
}
