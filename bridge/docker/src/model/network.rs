//! Networks and who is in them.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{lenient, list, map, text};

/// An entry of `GET /networks`, and `GET /networks/{id}`
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Network {
    #[serde(default, deserialize_with = "text")]
    pub name: String,
    pub id: String,
    #[serde(default, deserialize_with = "text")]
    pub created: String,
    #[serde(default, deserialize_with = "text")]
    pub scope: String,
    #[serde(default, deserialize_with = "text")]
    pub driver: String,
    #[serde(rename = "EnableIPv6", default, deserialize_with = "lenient")]
    pub enable_ipv6: bool,
    #[serde(default, deserialize_with = "lenient")]
    pub internal: bool,
    #[serde(default, deserialize_with = "lenient")]
    pub attachable: bool,
    #[serde(rename = "IPAM", default, deserialize_with = "lenient")]
    pub ipam: Ipam,
    #[serde(default, deserialize_with = "map")]
    pub options: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "map")]
    pub labels: BTreeMap<String, String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Ipam {
    #[serde(default, deserialize_with = "list")]
    pub config: Vec<IpamConfig>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct IpamConfig {
    #[serde(default, deserialize_with = "text")]
    pub subnet: String,
    #[serde(default, deserialize_with = "text")]
    pub gateway: String,
}

/// `POST /networks/create`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct NetworkCreated {
    pub id: String,
}
