//! An image of the engine's store.

use serde::{Deserialize, Serialize};

use crate::{credential::Credentials, ids::ImageId, table::Row, time::Timestamp};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    pub id: ImageId,
    /// `repository:tag`; empty for a dangling image.
    pub tags: Vec<String>,
    /// `repository@sha256:…`
    pub digests: Vec<String>,
    pub created: Timestamp,
    /// Bytes of all its layers, shared ones included.
    pub size: i64,
}

impl Row for Image {
    type Id = ImageId;
    fn id(&self) -> &ImageId {
        &self.id
    }
}

/// `GET /images/{name}/json` and `/history`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageDetails {
    pub image: Image,
    /// `os/architecture[/variant]`
    pub platform: String,
    pub author: String,
    pub message: String,
    pub entrypoint: Vec<String>,
    pub command: Vec<String>,
    pub working_dir: String,
    pub user: String,
    pub environment: Vec<String>,
    pub ports: Vec<String>,
    pub volumes: Vec<String>,
    pub labels: Vec<(String, String)>,
    /// The newest first.
    pub history: Vec<HistoryEntry>,
    /// The engine's own answer, for the Inspect view.
    pub raw: String,
}

/// One step of an image's making, with the layer that it made, if any.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEntry {
    pub created: Option<Timestamp>,
    /// The command, as the builder wrote it down.
    pub created_by: String,
    /// Bytes of its layer; 0 when it made none.
    pub size: u64,
    pub comment: String,
    /// Names of the image as it was after this step, where the engine has it.
    pub tags: Vec<String>,
}

/// What a registry has under an image's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Freshness {
    /// The same as here.
    Same,
    /// Another one, with this digest.
    Other { digest: String },
    /// The image here was never pulled or pushed under this name, so there is nothing to compare.
    NeverShared { digest: String },
}

/// `POST /build`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildSpec {
    /// What the image is called; empty for none.
    pub reference: String,
    /// Path of the Dockerfile in the context; empty for `Dockerfile`.
    pub dockerfile: String,
    /// `ARG` values.
    pub arguments: Vec<(String, String)>,
    /// The stage to build; empty for the last one.
    pub target: String,
    pub no_cache: bool,
    /// Ask the registries for newer base images.
    pub pull: bool,
    /// Bytes of the context.
    pub size: u64,
    /// For base images.
    pub credentials: Credentials,
}

/// `repository` and `tag` of a reference such as `localhost:5000/team/api:2.1`. The colon of a port is no tag.
pub fn split_reference(reference: &str) -> (&str, &str) {
    match reference.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, tag),
        _ => (reference, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::split_reference;

    #[test]
    fn a_port_is_no_tag() {
        assert_eq!(split_reference("alpine:3.20"), ("alpine", "3.20"));
        assert_eq!(split_reference("localhost:5000/alpine"), ("localhost:5000/alpine", ""));
        assert_eq!(split_reference("localhost:5000/alpine:3"), ("localhost:5000/alpine", "3"));
    }
}
