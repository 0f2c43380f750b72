//! Networks a container can join.

use serde::{Deserialize, Serialize};

/// One entry of `GET /networks`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkSummary {
    pub name: String,
    pub driver: String,
}
