use serde::Deserialize;

/// `GET /version`
#[derive(Debug, Deserialize)]
pub struct Version {
    #[serde(rename = "Version", default)]
    pub version: String,
    #[serde(rename = "ApiVersion", default)]
    pub api_version: String,
    #[serde(rename = "MinAPIVersion")]
    pub min_api_version: Option<String>,
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

/// An entry of `GET /networks`
#[derive(Debug, Deserialize)]
pub struct Network {
    #[serde(rename = "Name", default)]
    pub name: String,
    #[serde(rename = "Driver", default)]
    pub driver: String,
}
