//! An image of the engine's store.

use serde::{Deserialize, Serialize};

use crate::{credential::Credentials, ids::ImageId, reference::Reference, table::Row, time::Timestamp};

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
    /// `CMD` and its words, or `CMD-SHELL` and a line; empty for none.
    #[serde(default)]
    pub health_check: Vec<String>,
    #[serde(default)]
    pub stop_signal: String,
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

/// Fields of a new image's configuration, as the Engine API names them; `None` leaves what it would be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Configuration {
    pub entrypoint: Option<Vec<String>>,
    pub cmd: Option<Vec<String>>,
    /// `NAME=value` each.
    pub env: Option<Vec<String>>,
    pub user: Option<String>,
    pub working_dir: Option<String>,
    /// `port/protocol` each.
    pub exposed_ports: Option<Vec<String>>,
    pub labels: Option<Vec<(String, String)>>,
    /// `Test`: `CMD` and words, `CMD-SHELL` and a line, or `NONE`.
    pub healthcheck: Option<Vec<String>>,
    pub stop_signal: Option<String>,
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

/// The least digits of an ID that are taken for one, as engines take any beginning of one that is no name; fewer may be chance.
const ID_DIGITS: usize = 4;

impl Image {
    /// What it is known by: its tags, and its digests in repositories where no tag of it is. An image that was pulled by its
    /// digest has a name.
    pub fn names(&self) -> Vec<&str> {
        let repository = |text: &str| Reference::parse(text).ok().map(|reference| reference.name());
        let tagged: Vec<Option<String>> = self.tags.iter().map(|tag| repository(tag)).collect();
        let digests = self.digests.iter().filter(|digest| !tagged.contains(&repository(digest)));
        self.tags.iter().chain(digests).map(String::as_str).collect()
    }

    /// It is what an engine would take for this: by an ID, the beginning of one, a tag or a digest, in whatever form.
    pub fn is_meant_by(&self, text: &str) -> bool {
        let digits = text.strip_prefix("sha256:").unwrap_or(text);
        let is_id = digits.len() >= ID_DIGITS && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_id && self.id.0.trim_start_matches("sha256:").starts_with(digits) {
            return true;
        }
        let Ok(wanted) = Reference::parse(text) else { return false };
        let wanted = wanted.or_latest();
        let is_same = |known: &Reference| {
            // Podman looks at home first for what has no registry.
            let at_home = known.registry == "localhost" && format!("library/{}", known.repository) == wanted.repository;
            (&known.registry, &known.repository) == (&wanted.registry, &wanted.repository) || at_home
        };
        // A digest is more exact than a tag.
        let names = if wanted.digest.is_some() { &self.digests } else { &self.tags };
        let known = names.iter().filter_map(|name| Reference::parse(name).ok());
        known.filter(is_same).any(|known| match &wanted.digest {
            Some(digest) => known.digest.as_ref() == Some(digest),
            None => known.tag == wanted.tag,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(tags: &[&str], digests: &[&str]) -> Image {
        let own = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Image {
            id: ImageId::new(format!("sha256:{}", "ab".repeat(32))),
            tags: own(tags),
            digests: own(digests),
            created: Timestamp(0),
            size: 0,
        }
    }

    #[test]
    fn an_image_is_known_by_many_names() {
        let digest = format!("sha256:{}", "0".repeat(64));
        let pinned = format!("alpine@{digest}");
        let alpine = image(&["alpine:latest", "localhost:5000/team/api:2"], &[&pinned]);
        for name in [
            "alpine",
            "alpine:latest",
            "docker.io/library/alpine",
            "index.docker.io/library/alpine:latest",
            "localhost:5000/team/api:2",
            &pinned,
            &format!("docker.io/library/alpine:3@{digest}"),
            &"ab".repeat(32),
            &format!("sha256:{}", "ab".repeat(32)),
            "abababababab",
        ] {
            assert!(alpine.is_meant_by(name), "{name}");
        }
        for name in ["alpine:3", "team/api:2", "localhost:5000/team/api", "ab", "cdcdcdcdcdcd", "abac", "", &format!("debian@{digest}")] {
            assert!(!alpine.is_meant_by(name), "{name}");
        }
        assert_eq!(alpine.names(), ["alpine:latest", "localhost:5000/team/api:2"]);
        assert_eq!(image(&[], &[&pinned]).names(), [pinned.as_str()]);
        assert_eq!(image(&["localhost:5000/team/api:2"], &[&pinned]).names(), ["localhost:5000/team/api:2", pinned.as_str()]);
        assert!(image(&["localhost/built:1"], &[]).is_meant_by("built:1"));
        assert!(image(&["docker.io/library/alpine:latest"], &[]).is_meant_by("alpine"));
    }
}
