//! Volumes.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Listed, lenient, list, map, text};

/// `GET /volumes`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VolumeList {
    #[serde(default, deserialize_with = "lenient")]
    pub volumes: Listed<Volume>,
    /// Of drivers that could not be asked.
    #[serde(default, deserialize_with = "list")]
    pub warnings: Vec<String>,
}

/// An entry of it, `GET /volumes/{name}`, and the answer of `POST /volumes/create`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Volume {
    pub name: String,
    #[serde(default, deserialize_with = "text")]
    pub driver: String,
    #[serde(default, deserialize_with = "text")]
    pub mountpoint: String,
    #[serde(default, deserialize_with = "text")]
    pub scope: String,
    /// RFC 3339; missing before API 1.30.
    #[serde(default, deserialize_with = "text")]
    pub created_at: String,
    #[serde(default, deserialize_with = "map")]
    pub labels: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "map")]
    pub options: BTreeMap<String, String>,
}
