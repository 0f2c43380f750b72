//! Data that outlives containers.

use serde::{Deserialize, Serialize};

use crate::{ids::VolumeName, table::Row, time::Timestamp};

/// An entry of `GET /volumes`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Volume {
    pub name: VolumeName,
    pub driver: String,
    /// Where its data is on the engine's host.
    pub mountpoint: String,
    pub scope: String,
    pub created: Option<Timestamp>,
    pub labels: Vec<(String, String)>,
    /// Of its driver.
    pub options: Vec<(String, String)>,
}

impl Volume {
    /// Made by the engine for a container, under a name that says nothing.
    pub fn is_anonymous(&self) -> bool {
        is_anonymous(&self.name.0)
    }
}

/// 64 hexadecimal digits are what engines call volumes that nobody named.
pub fn is_anonymous(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

impl Row for Volume {
    type Id = VolumeName;
    fn id(&self) -> &VolumeName {
        &self.name
    }
}
