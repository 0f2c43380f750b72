//! Networks that containers can join.

use serde::{Deserialize, Serialize};

use crate::{ids::NetworkId, table::Row, time::Timestamp};

/// An entry of `GET /networks`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    pub id: NetworkId,
    pub name: String,
    pub driver: String,
    pub scope: String,
    pub created: Option<Timestamp>,
    /// No way to the outside.
    pub internal: bool,
    /// Containers can join a network of a swarm.
    pub attachable: bool,
    pub ipv6: bool,
    pub subnets: Vec<Subnet>,
    pub labels: Vec<(String, String)>,
    /// Of its driver.
    pub options: Vec<(String, String)>,
}

impl Network {
    /// Every engine has these, and keeps them.
    pub fn is_built_in(&self) -> bool {
        matches!(self.name.as_str(), "bridge" | "host" | "none" | "podman")
    }
}

impl Row for Network {
    type Id = NetworkId;
    fn id(&self) -> &NetworkId {
        &self.id
    }
}

/// Addresses in CIDR notation (RFC 4632); empty where the engine leaves them to the driver.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subnet {
    pub subnet: String,
    pub gateway: String,
}
