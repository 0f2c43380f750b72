use serde::Deserialize;

use super::null_as_default;

/// `GET /version`
#[derive(Debug, Deserialize)]
pub struct Version {
    #[serde(rename = "Version", default)]
    pub version: String,
    #[serde(rename = "ApiVersion", default)]
    pub api_version: String,
    #[serde(rename = "MinAPIVersion")]
    pub min_api_version: Option<String>,
    /// What the engine is made of; Podman names itself here.
    #[serde(rename = "Components", default, deserialize_with = "null_as_default")]
    pub components: Vec<Component>,
}

#[derive(Debug, Deserialize)]
pub struct Component {
    #[serde(rename = "Name", default)]
    pub name: String,
}

impl Version {
    pub fn product(&self) -> &'static str {
        if self.components.iter().any(|component| component.name.starts_with("Podman")) { "Podman" } else { "Docker" }
    }
}

/// `GET /info`
#[derive(Debug, Deserialize)]
pub struct Info {
    #[serde(rename = "Name", default)]
    pub name: String,
    /// Bytes of the host.
    #[serde(rename = "MemTotal", default)]
    pub mem_total: u64,
}
