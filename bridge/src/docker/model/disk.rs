use serde::Deserialize;

use super::null_as_default;

/// `GET /system/df`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DataUsage {
    #[serde(default)]
    pub layers_size: i64,
    #[serde(default, deserialize_with = "null_as_default")]
    pub images: Vec<ImageUsage>,
    #[serde(default, deserialize_with = "null_as_default")]
    pub containers: Vec<ContainerUsage>,
    #[serde(default, deserialize_with = "null_as_default")]
    pub volumes: Vec<VolumeUsage>,
    #[serde(default, deserialize_with = "null_as_default")]
    pub build_cache: Vec<CacheUsage>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ImageUsage {
    pub id: String,
    #[serde(default, deserialize_with = "null_as_default")]
    pub repo_tags: Vec<String>,
    #[serde(default)]
    pub created: i64,
    #[serde(default)]
    pub size: i64,
    #[serde(default)]
    pub virtual_size: i64,
    /// Bytes of layers that other images have, too; -1 when not counted.
    #[serde(default)]
    pub shared_size: i64,
    /// How many containers have it; -1 when not counted.
    #[serde(default)]
    pub containers: i64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContainerUsage {
    pub id: String,
    #[serde(default, deserialize_with = "null_as_default")]
    pub names: Vec<String>,
    #[serde(default)]
    pub state: String,
    #[serde(default)]
    pub created: i64,
    /// What it wrote outside of volumes.
    #[serde(default, deserialize_with = "null_as_default")]
    pub size_rw: i64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VolumeUsage {
    pub name: String,
    #[serde(default)]
    pub created_at: String,
    #[serde(default, deserialize_with = "null_as_default")]
    pub usage_data: UsageData,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct UsageData {
    /// -1 when not counted.
    pub size: i64,
    pub ref_count: i64,
}

#[derive(Debug, Deserialize)]
pub struct CacheUsage {
    #[serde(rename = "ID")]
    pub id: String,
    #[serde(rename = "Description", default)]
    pub description: String,
    #[serde(rename = "InUse", default)]
    pub in_use: bool,
    #[serde(rename = "Shared", default)]
    pub shared: bool,
    #[serde(rename = "Size", default)]
    pub size: i64,
    #[serde(rename = "CreatedAt", default)]
    pub created_at: String,
}

/// `POST /build/prune`
#[derive(Debug, Deserialize)]
pub struct Pruned {
    #[serde(rename = "CachesDeleted", default, deserialize_with = "null_as_default")]
    pub caches_deleted: Vec<String>,
}
