use std::collections::BTreeMap;

use serde::Deserialize;

use super::null_as_default;
use crate::docker::auth::RegistryAuth;

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
    #[serde(default)]
    pub os: String,
    #[serde(default)]
    pub architecture: String,
    #[serde(default)]
    pub variant: String,
    #[serde(default)]
    pub author: String,
    #[serde(default)]
    pub comment: String,
    #[serde(default, deserialize_with = "null_as_default")]
    pub config: ImageConfig,
}

/// `Config` of an image.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ImageConfig {
    #[serde(deserialize_with = "null_as_default")]
    pub entrypoint: Vec<String>,
    #[serde(deserialize_with = "null_as_default")]
    pub cmd: Vec<String>,
    pub working_dir: String,
    pub user: String,
    #[serde(deserialize_with = "null_as_default")]
    pub env: Vec<String>,
    #[serde(deserialize_with = "null_as_default")]
    pub exposed_ports: BTreeMap<String, serde::de::IgnoredAny>,
    #[serde(deserialize_with = "null_as_default")]
    pub volumes: BTreeMap<String, serde::de::IgnoredAny>,
    #[serde(deserialize_with = "null_as_default")]
    pub labels: BTreeMap<String, String>,
}

/// An entry of `GET /images/{name}/history`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct History {
    /// Seconds since 1970.
    #[serde(default)]
    pub created: i64,
    #[serde(default)]
    pub created_by: String,
    #[serde(default, deserialize_with = "null_as_default")]
    pub tags: Vec<String>,
    #[serde(default)]
    pub size: i64,
    #[serde(default)]
    pub comment: String,
}

/// `GET /distribution/{name}/json`
#[derive(Debug, Deserialize)]
pub struct Distribution {
    #[serde(rename = "Descriptor")]
    pub descriptor: Descriptor,
}

#[derive(Debug, Deserialize)]
pub struct Descriptor {
    pub digest: String,
}

/// One line of the answer to a pull, a push, a load or a build.
#[derive(Debug, Default, Deserialize)]
pub struct ProgressLine {
    #[serde(default)]
    pub status: String,
    /// What a build or a load prints.
    #[serde(default)]
    pub stream: String,
    #[serde(default)]
    pub aux: Option<Aux>,
    /// The layer it is about, if any.
    #[serde(default)]
    pub id: String,
    #[serde(rename = "progressDetail", default, deserialize_with = "null_as_default")]
    pub detail: ProgressDetail,
    /// It has failed, although the status code was 200.
    pub error: Option<String>,
}

impl ProgressLine {
    /// Without what a server gave back of a credential, and no longer than anybody reads. What a build prints is only cut
    /// where it is shown.
    #[must_use]
    pub fn cleaned(mut self, secrets: &[RegistryAuth]) -> Self {
        const LONGEST: usize = 1024;
        for text in [&mut self.status, &mut self.id, &mut self.stream].into_iter().chain(&mut self.error) {
            for secret in secrets {
                *text = secret.scrub(text);
            }
        }
        for text in [&mut self.status, &mut self.id] {
            text.truncate(text.floor_char_boundary(LONGEST));
        }
        self
    }
}

/// What a build made.
#[derive(Debug, Default, Deserialize)]
pub struct Aux {
    #[serde(rename = "ID", default)]
    pub id: String,
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
