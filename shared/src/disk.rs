//! What takes the space of an engine's disk: `GET /system/df`.

use serde::{Deserialize, Serialize};

use crate::{job::Object, time::Timestamp};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiskUsage {
    /// Bytes of all images' layers, each counted once.
    pub images_size: u64,
    pub items: Vec<DiskItem>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiskItem {
    pub object: Object,
    /// As a person knows it.
    pub name: String,
    /// What it takes. Of an image: all its layers, those that it shares too. Of a container: what it wrote.
    pub size: u64,
    /// What its removal frees at least.
    pub frees: u64,
    pub created: Option<Timestamp>,
    pub kind: DiskKind,
    /// Something needs it, so it cannot go.
    pub in_use: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiskKind {
    Container,
    Image,
    /// An image without a name.
    DanglingImage,
    /// Made by the engine for a container, under a name that says nothing.
    AnonymousVolume,
    Volume,
    BuildCache,
}
