//! Images, their history, and what a registry says of one.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{container::Healthcheck, lenient, list, map, number, text};
use crate::{auth::RegistryAuth, page::without_page};

/// An entry of `GET /images/json`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ImageSummary {
    pub id: String,
    #[serde(default, deserialize_with = "list")]
    pub repo_tags: Vec<String>,
    #[serde(default, deserialize_with = "list")]
    pub repo_digests: Vec<String>,
    /// Seconds since 1970.
    #[serde(default, deserialize_with = "number")]
    pub created: i64,
    /// Bytes of all its layers.
    #[serde(default, deserialize_with = "number")]
    pub size: i64,
    /// The same before API 1.44, where `Size` may be missing.
    #[serde(default, deserialize_with = "number")]
    pub virtual_size: i64,
}

/// `GET /images/{name}/json`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ImageInspect {
    pub id: String,
    #[serde(default, deserialize_with = "list")]
    pub repo_tags: Vec<String>,
    #[serde(default, deserialize_with = "list")]
    pub repo_digests: Vec<String>,
    /// RFC 3339; may be missing or empty.
    #[serde(default, deserialize_with = "text")]
    pub created: String,
    #[serde(default, deserialize_with = "number")]
    pub size: i64,
    #[serde(default, deserialize_with = "number")]
    pub virtual_size: i64,
    #[serde(default, deserialize_with = "text")]
    pub os: String,
    #[serde(default, deserialize_with = "text")]
    pub architecture: String,
    #[serde(default, deserialize_with = "text")]
    pub variant: String,
    #[serde(default, deserialize_with = "text")]
    pub author: String,
    #[serde(default, deserialize_with = "text")]
    pub comment: String,
    #[serde(default, deserialize_with = "lenient")]
    pub config: ImageConfig,
}

/// `Config` of an image.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ImageConfig {
    #[serde(default, deserialize_with = "list")]
    pub entrypoint: Vec<String>,
    #[serde(default, deserialize_with = "list")]
    pub cmd: Vec<String>,
    #[serde(default, deserialize_with = "text")]
    pub working_dir: String,
    #[serde(default, deserialize_with = "text")]
    pub user: String,
    #[serde(default, deserialize_with = "list")]
    pub env: Vec<String>,
    #[serde(default, deserialize_with = "map")]
    pub exposed_ports: BTreeMap<String, serde::de::IgnoredAny>,
    #[serde(default, deserialize_with = "map")]
    pub volumes: BTreeMap<String, serde::de::IgnoredAny>,
    #[serde(default, deserialize_with = "map")]
    pub labels: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "lenient")]
    pub healthcheck: Healthcheck,
    #[serde(default, deserialize_with = "text")]
    pub stop_signal: String,
}

/// An entry of `GET /images/{name}/history`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct History {
    /// Seconds since 1970.
    #[serde(default, deserialize_with = "number")]
    pub created: i64,
    #[serde(default, deserialize_with = "text")]
    pub created_by: String,
    #[serde(default, deserialize_with = "list")]
    pub tags: Vec<String>,
    #[serde(default, deserialize_with = "number")]
    pub size: i64,
    #[serde(default, deserialize_with = "text")]
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
    #[serde(default, deserialize_with = "text")]
    pub status: String,
    /// What a build or a load prints.
    #[serde(default, deserialize_with = "text")]
    pub stream: String,
    #[serde(default, deserialize_with = "lenient")]
    pub aux: Option<Aux>,
    /// The layer it is about, if any.
    #[serde(default, deserialize_with = "text")]
    pub id: String,
    #[serde(rename = "progressDetail", default, deserialize_with = "lenient")]
    pub detail: ProgressDetail,
    /// It has failed, although the status code was 200: see [`ProgressLine::failure`].
    #[serde(default)]
    error: Option<serde_json::Value>,
    #[serde(rename = "errorDetail", default, deserialize_with = "lenient")]
    error_detail: ErrorDetail,
}

#[derive(Debug, Default, Deserialize)]
struct ErrorDetail {
    #[serde(default, deserialize_with = "text")]
    message: String,
}

impl ProgressLine {
    /// In the engine's words, whatever shape they have: what cannot be read must not pass for success.
    pub fn failure(&self) -> Option<String> {
        match &self.error {
            Some(serde_json::Value::String(text)) => Some(text.clone()),
            _ if !self.error_detail.message.is_empty() => Some(self.error_detail.message.clone()),
            Some(other) => Some(other.to_string()),
            None => None,
        }
    }

    /// Without what a server gave back of a credential, and no longer than anybody reads. What a build prints is only cut
    /// where it is shown.
    #[must_use]
    pub fn cleaned(mut self, secrets: &[RegistryAuth]) -> Self {
        const LONGEST: usize = 1024;
        let mut failure = self.failure();
        for text in [&mut self.status, &mut self.id, &mut self.stream].into_iter().chain(&mut failure) {
            for secret in secrets {
                *text = secret.scrub(text);
            }
        }
        // An engine quotes what a proxy or a registry answered, also when that is a page.
        for text in [&mut self.status].into_iter().chain(&mut failure) {
            *text = without_page(text);
        }
        (self.error, self.error_detail) = (failure.map(serde_json::Value::String), ErrorDetail::default());
        for text in [&mut self.status, &mut self.id] {
            text.truncate(text.floor_char_boundary(LONGEST));
        }
        self
    }
}

/// What a build made.
#[derive(Debug, Default, Deserialize)]
pub struct Aux {
    #[serde(rename = "ID", default, deserialize_with = "text")]
    pub id: String,
}

#[derive(Debug, Default, Deserialize)]
pub struct ProgressDetail {
    #[serde(default, deserialize_with = "number")]
    pub current: i64,
    #[serde(default, deserialize_with = "number")]
    pub total: i64,
}

/// `POST /commit`
#[derive(Debug, Deserialize)]
pub struct Committed {
    #[serde(rename = "Id")]
    pub id: String,
}
