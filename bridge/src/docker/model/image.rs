use serde::Deserialize;

use super::null_as_default;

/// An entry of `GET /images/json`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ImageSummary {
    pub id: String,
    #[serde(default, deserialize_with = "null_as_default")]
    pub repo_tags: Vec<String>,
    #[serde(default, deserialize_with = "null_as_default")]
    pub repo_digests: Vec<String>,
    /// Seconds since 1970.
    #[serde(default)]
    pub created: i64,
    /// Bytes of all its layers.
    #[serde(default)]
    pub size: i64,
    /// The same before API 1.44, where `Size` may be missing.
    #[serde(default)]
    pub virtual_size: i64,
}

/// `GET /images/{name}/json`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ImageInspect {
    pub id: String,
    #[serde(default, deserialize_with = "null_as_default")]
    pub repo_tags: Vec<String>,
    #[serde(default, deserialize_with = "null_as_default")]
    pub repo_digests: Vec<String>,
    /// RFC 3339; may be missing or empty.
    #[serde(default, deserialize_with = "null_as_default")]
    pub created: String,
    #[serde(default)]
    pub size: i64,
    #[serde(default)]
    pub virtual_size: i64,
}

/// One line of the answer to `POST /images/create`
#[derive(Debug, Default, Deserialize)]
pub struct PullProgress {
    #[serde(default)]
    pub status: String,
    /// The layer it is about, if any.
    #[serde(default)]
    pub id: String,
    #[serde(rename = "progressDetail", default, deserialize_with = "null_as_default")]
    pub detail: ProgressDetail,
    /// The pull has failed, although the status code was 200.
    pub error: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
pub struct ProgressDetail {
    #[serde(default)]
    pub current: i64,
    #[serde(default)]
    pub total: i64,
}

/// `POST /commit`
#[derive(Debug, Deserialize)]
pub struct Committed {
    #[serde(rename = "Id")]
    pub id: String,
}
