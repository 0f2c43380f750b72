//! What takes how much of the disk.

use serde::Deserialize;

use super::{NOT_COUNTED, counted, lenient, list, not_counted, number, text};

/// `GET /system/df`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DataUsage {
    #[serde(default, deserialize_with = "number")]
    pub layers_size: i64,
    #[serde(default, deserialize_with = "list")]
    pub images: Vec<ImageUsage>,
    #[serde(default, deserialize_with = "list")]
    pub containers: Vec<ContainerUsage>,
    #[serde(default, deserialize_with = "list")]
    pub volumes: Vec<VolumeUsage>,
    #[serde(default, deserialize_with = "list")]
    pub build_cache: Vec<CacheUsage>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ImageUsage {
    pub id: String,
    #[serde(default, deserialize_with = "list")]
    pub repo_tags: Vec<String>,
    #[serde(default, deserialize_with = "list")]
    pub repo_digests: Vec<String>,
    #[serde(default, deserialize_with = "number")]
    pub created: i64,
    #[serde(default, deserialize_with = "number")]
    pub size: i64,
    #[serde(default, deserialize_with = "number")]
    pub virtual_size: i64,
    /// Bytes of layers that other images have, too; -1 when not counted.
    #[serde(default, deserialize_with = "number")]
    pub shared_size: i64,
    /// How many containers have it; -1 when not counted.
    #[serde(default = "not_counted", deserialize_with = "counted")]
    pub containers: i64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContainerUsage {
    pub id: String,
    #[serde(default, deserialize_with = "list")]
    pub names: Vec<String>,
    #[serde(default, deserialize_with = "text")]
    pub state: String,
    #[serde(default, deserialize_with = "number")]
    pub created: i64,
    /// What it wrote outside of volumes.
    #[serde(default, deserialize_with = "number")]
    pub size_rw: i64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VolumeUsage {
    pub name: String,
    #[serde(default, deserialize_with = "text")]
    pub created_at: String,
    #[serde(default, deserialize_with = "lenient")]
    pub usage_data: UsageData,
}

/// -1 when not counted.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UsageData {
    #[serde(default = "not_counted", deserialize_with = "counted")]
    pub size: i64,
    #[serde(default = "not_counted", deserialize_with = "counted")]
    pub ref_count: i64,
}

impl Default for UsageData {
    fn default() -> Self {
        Self { size: NOT_COUNTED, ref_count: NOT_COUNTED }
    }
}

#[derive(Debug, Deserialize)]
pub struct CacheUsage {
    #[serde(rename = "ID")]
    pub id: String,
    #[serde(rename = "Description", default, deserialize_with = "text")]
    pub description: String,
    /// `None`: it does not say.
    #[serde(rename = "InUse", default, deserialize_with = "lenient")]
    pub in_use: Option<bool>,
    #[serde(rename = "Shared", default, deserialize_with = "lenient")]
    pub shared: bool,
    #[serde(rename = "Size", default, deserialize_with = "number")]
    pub size: i64,
    #[serde(rename = "CreatedAt", default, deserialize_with = "text")]
    pub created_at: String,
}

/// `POST /build/prune`
#[derive(Debug, Deserialize)]
pub struct Pruned {
    #[serde(rename = "CachesDeleted", default, deserialize_with = "list")]
    pub caches_deleted: Vec<String>,
}
