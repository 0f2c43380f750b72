//! What the engine says of itself.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{lenient, list, map, number, text};

/// `GET /version`
#[derive(Debug, Deserialize)]
pub struct Version {
    #[serde(rename = "Version", default, deserialize_with = "text")]
    pub version: String,
    #[serde(rename = "ApiVersion", default, deserialize_with = "text")]
    pub api_version: String,
    #[serde(rename = "MinAPIVersion", default, deserialize_with = "lenient")]
    pub min_api_version: Option<String>,
    /// What the engine is made of; Podman names itself here.
    #[serde(rename = "Components", default, deserialize_with = "list")]
    pub components: Vec<Component>,
}

#[derive(Debug, Deserialize)]
pub struct Component {
    #[serde(rename = "Name", default, deserialize_with = "text")]
    pub name: String,
}

impl Version {
    /// As far as the headers of `GET /_ping` tell; `server` is such as `Docker/20.10.24 (linux)`.
    pub fn of_ping(api_version: String, server: String, is_podman: bool) -> Self {
        let version = server.split([' ', '(']).next().and_then(|product| product.split_once('/')).map_or("", |(_, version)| version);
        let components = if is_podman { vec![Component { name: "Podman Engine".to_owned() }] } else { Vec::new() };
        Self { version: version.to_owned(), api_version, min_api_version: None, components }
    }

    pub fn product(&self) -> &'static str {
        if self.components.iter().any(|component| component.name.starts_with("Podman")) { "Podman" } else { "Docker" }
    }
}

/// `GET /info`
#[derive(Debug, Deserialize)]
pub struct Info {
    #[serde(rename = "Name", default, deserialize_with = "text")]
    pub name: String,
    /// Bytes of the host.
    #[serde(rename = "MemTotal", default, deserialize_with = "number")]
    pub mem_total: u64,
    #[serde(rename = "NCPU", default, deserialize_with = "number")]
    pub cpus: u64,
    #[serde(rename = "OperatingSystem", default, deserialize_with = "text")]
    pub operating_system: String,
    #[serde(rename = "KernelVersion", default, deserialize_with = "text")]
    pub kernel_version: String,
    #[serde(rename = "Architecture", default, deserialize_with = "text")]
    pub architecture: String,
    #[serde(rename = "Driver", default, deserialize_with = "text")]
    pub driver: String,
    #[serde(rename = "DriverStatus", default, deserialize_with = "list")]
    pub driver_status: Vec<Vec<String>>,
    #[serde(rename = "LoggingDriver", default, deserialize_with = "text")]
    pub logging_driver: String,
    #[serde(rename = "CgroupDriver", default, deserialize_with = "text")]
    pub cgroup_driver: String,
    #[serde(rename = "CgroupVersion", default, deserialize_with = "text")]
    pub cgroup_version: String,
    #[serde(rename = "DefaultRuntime", default, deserialize_with = "text")]
    pub default_runtime: String,
    #[serde(rename = "DockerRootDir", default, deserialize_with = "text")]
    pub root_dir: String,
    /// `name=seccomp,profile=default`
    #[serde(rename = "SecurityOptions", default, deserialize_with = "list")]
    pub security_options: Vec<String>,
    #[serde(rename = "RegistryConfig", default, deserialize_with = "lenient")]
    pub registries: RegistryConfig,
    #[serde(rename = "Warnings", default, deserialize_with = "list")]
    pub warnings: Vec<String>,
}

impl Info {
    /// Images are in containerd's store, each called by the digest of its manifest.
    pub fn has_containerd_store(&self) -> bool {
        self.driver_status.iter().flatten().any(|value| value.starts_with("io.containerd.snapshotter"))
    }
}

#[derive(Debug, Default, Deserialize)]
pub struct RegistryConfig {
    #[serde(rename = "InsecureRegistryCIDRs", default, deserialize_with = "list")]
    pub insecure_networks: Vec<String>,
    #[serde(rename = "IndexConfigs", default, deserialize_with = "map")]
    pub registries: BTreeMap<String, IndexConfig>,
}

#[derive(Debug, Default, Deserialize)]
pub struct IndexConfig {
    /// `None`: it does not say.
    #[serde(rename = "Secure", default, deserialize_with = "lenient")]
    pub secure: Option<bool>,
}
