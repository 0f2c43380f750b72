use std::collections::BTreeMap;

use serde::Deserialize;

use super::null_as_default;

/// `GET /volumes`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VolumeList {
    #[serde(default, deserialize_with = "null_as_default")]
    pub volumes: Vec<Volume>,
}

/// An entry of it, `GET /volumes/{name}`, and the answer of `POST /volumes/create`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Volume {
    pub name: String,
    #[serde(default)]
    pub driver: String,
    #[serde(default)]
    pub mountpoint: String,
    #[serde(default)]
    pub scope: String,
    /// RFC 3339; missing before API 1.30.
    #[serde(default)]
    pub created_at: String,
    #[serde(default, deserialize_with = "null_as_default")]
    pub labels: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "null_as_default")]
    pub options: BTreeMap<String, String>,
}
