//! Containers, as the engine lists and inspects them.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{lenient, list, map, number, text, unless_false};

/// An entry of `GET /containers/json`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContainerSummary {
    pub id: String,
    #[serde(default, deserialize_with = "list")]
    pub names: Vec<String>,
    #[serde(default, deserialize_with = "text")]
    pub image: String,
    #[serde(rename = "ImageID", default, deserialize_with = "text")]
    pub image_id: String,
    #[serde(default, deserialize_with = "text")]
    pub command: String,
    /// Seconds since 1970.
    #[serde(default, deserialize_with = "number")]
    pub created: i64,
    #[serde(default, deserialize_with = "text")]
    pub state: String,
    /// For people, such as `Exited (137) 2 hours ago` or `Up 3 minutes (healthy)`.
    #[serde(default, deserialize_with = "text")]
    pub status: String,
    #[serde(default, deserialize_with = "list")]
    pub ports: Vec<PortSummary>,
    #[serde(default, deserialize_with = "map")]
    pub labels: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "list")]
    pub mounts: Vec<MountPoint>,
    #[serde(default, deserialize_with = "lenient")]
    pub network_settings: NetworkSettings,
}

#[derive(Debug, Deserialize)]
pub struct PortSummary {
    #[serde(rename = "IP", default, deserialize_with = "text")]
    pub ip: String,
    #[serde(rename = "PrivatePort", default, deserialize_with = "number")]
    pub private_port: u16,
    #[serde(rename = "PublicPort", default, deserialize_with = "lenient")]
    pub public_port: Option<u16>,
    #[serde(rename = "Type", default, deserialize_with = "text")]
    pub protocol: String,
}

/// `GET /containers/{id}/json`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContainerInspect {
    pub id: String,
    #[serde(default, deserialize_with = "text")]
    pub name: String,
    /// RFC 3339
    #[serde(default, deserialize_with = "text")]
    pub created: String,
    #[serde(default, deserialize_with = "text")]
    pub path: String,
    #[serde(default, deserialize_with = "list")]
    pub args: Vec<String>,
    /// The image's id.
    #[serde(default, deserialize_with = "text")]
    pub image: String,
    #[serde(default, deserialize_with = "number")]
    pub restart_count: i64,
    #[serde(default, deserialize_with = "lenient")]
    pub state: State,
    #[serde(default, deserialize_with = "lenient")]
    pub config: Config,
    #[serde(default, deserialize_with = "lenient")]
    pub host_config: HostConfig,
    #[serde(default, deserialize_with = "lenient")]
    pub network_settings: NetworkSettings,
    #[serde(default, deserialize_with = "list")]
    pub mounts: Vec<MountPoint>,
    /// Bytes, where they were asked for.
    #[serde(default, deserialize_with = "lenient")]
    pub size_rw: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct State {
    #[serde(default, deserialize_with = "text")]
    pub status: String,
    /// `None`: it does not say.
    #[serde(default, deserialize_with = "lenient")]
    pub exit_code: Option<i64>,
    #[serde(default, deserialize_with = "text")]
    pub error: String,
    #[serde(rename = "OOMKilled", default, deserialize_with = "lenient")]
    pub oom_killed: bool,
    #[serde(default, deserialize_with = "text")]
    pub started_at: String,
    #[serde(default, deserialize_with = "text")]
    pub finished_at: String,
    #[serde(default, deserialize_with = "lenient")]
    pub health: Option<HealthState>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct HealthState {
    #[serde(default, deserialize_with = "text")]
    pub status: String,
    #[serde(default, deserialize_with = "number")]
    pub failing_streak: i64,
    /// The newest last.
    #[serde(default, deserialize_with = "list")]
    pub log: Vec<HealthProbe>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct HealthProbe {
    #[serde(default, deserialize_with = "text")]
    pub end: String,
    #[serde(default, deserialize_with = "number")]
    pub exit_code: i64,
    #[serde(default, deserialize_with = "text")]
    pub output: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Config {
    /// The reference it was created from.
    #[serde(default, deserialize_with = "text")]
    pub image: String,
    #[serde(default, deserialize_with = "text")]
    pub user: String,
    #[serde(default, deserialize_with = "lenient")]
    pub tty: bool,
    #[serde(default, deserialize_with = "list")]
    pub env: Vec<String>,
    #[serde(default, deserialize_with = "list")]
    pub cmd: Vec<String>,
    #[serde(default, deserialize_with = "list")]
    pub entrypoint: Vec<String>,
    #[serde(default, deserialize_with = "text")]
    pub working_dir: String,
    #[serde(default, deserialize_with = "map")]
    pub labels: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "map")]
    pub exposed_ports: BTreeMap<String, serde::de::IgnoredAny>,
    #[serde(default, deserialize_with = "lenient")]
    pub healthcheck: Healthcheck,
    #[serde(default, deserialize_with = "text")]
    pub stop_signal: String,
}

/// `X-Docker-Container-Path-Stat` of `HEAD /containers/{id}/archive`
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
pub struct PathStat {
    #[serde(default, deserialize_with = "number")]
    pub size: u64,
    /// As Go's `os.FileMode` has it.
    #[serde(default, deserialize_with = "number")]
    pub mode: u64,
    /// RFC 3339, to the nanosecond.
    #[serde(default, deserialize_with = "text")]
    pub mtime: String,
}

impl PathStat {
    pub fn is_folder(&self) -> bool {
        self.mode & 1 << 31 != 0
    }

    /// No folder, link, device, pipe or socket.
    pub fn is_file(&self) -> bool {
        const KINDS: u64 = 1 << 31 | 1 << 27 | 1 << 26 | 1 << 25 | 1 << 24 | 1 << 21 | 1 << 19;
        self.mode & KINDS == 0
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Healthcheck {
    #[serde(default, deserialize_with = "list")]
    pub test: Vec<String>,
    /// Nanoseconds; 0 for the engine's own.
    #[serde(default, deserialize_with = "number")]
    pub interval: i64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct HostConfig {
    #[serde(default, deserialize_with = "unless_false")]
    pub auto_remove: bool,
    #[serde(default, deserialize_with = "lenient")]
    pub privileged: bool,
    /// `80/tcp` → where it is to be published.
    #[serde(default, deserialize_with = "map")]
    pub port_bindings: BTreeMap<String, Option<Vec<PortBinding>>>,
    #[serde(default, deserialize_with = "lenient")]
    pub restart_policy: RestartPolicy,
    #[serde(default, deserialize_with = "lenient")]
    pub log_config: LogConfig,
    /// Bytes; 0 for no limit.
    #[serde(default, deserialize_with = "number")]
    pub memory: i64,
    /// Bytes, with memory; 0 where there is no limit of memory, -1 for as much as there is.
    #[serde(default, deserialize_with = "number")]
    pub memory_swap: i64,
    /// Billionths of a processor; 0 for no limit.
    #[serde(default, deserialize_with = "number")]
    pub nano_cpus: i64,
    /// Microseconds of each period; 0 or less for no limit.
    #[serde(default, deserialize_with = "number")]
    pub cpu_quota: i64,
    /// Microseconds; 0 for the engine's own.
    #[serde(default, deserialize_with = "number")]
    pub cpu_period: i64,
    /// `None`, 0 or less for no limit.
    #[serde(default, deserialize_with = "lenient")]
    pub pids_limit: Option<i64>,
    /// What was asked for; what became of it is in [`ContainerInspect::mounts`].
    #[serde(default, deserialize_with = "list")]
    pub mounts: Vec<MountSpec>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct MountSpec {
    #[serde(default, deserialize_with = "text")]
    pub target: String,
    #[serde(default, deserialize_with = "lenient")]
    pub volume_options: VolumeOptions,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VolumeOptions {
    /// A folder of the volume, since API 1.45; empty for all of it.
    #[serde(default, deserialize_with = "text")]
    pub subpath: String,
}

#[derive(Debug, Default, Deserialize)]
pub struct LogConfig {
    #[serde(rename = "Type", default, deserialize_with = "text")]
    pub driver: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RestartPolicy {
    #[serde(default, deserialize_with = "text")]
    pub name: String,
    #[serde(default, deserialize_with = "number")]
    pub maximum_retry_count: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct NetworkSettings {
    /// `80/tcp` → where it is published; `null` when it is only exposed.
    #[serde(default, deserialize_with = "map")]
    pub ports: BTreeMap<String, Option<Vec<PortBinding>>>,
    #[serde(default, deserialize_with = "map")]
    pub networks: BTreeMap<String, EndpointSettings>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PortBinding {
    #[serde(default, deserialize_with = "text")]
    pub host_ip: String,
    #[serde(default, deserialize_with = "text")]
    pub host_port: String,
}

#[derive(Debug, Default, Deserialize)]
pub struct EndpointSettings {
    #[serde(rename = "IPAddress", default, deserialize_with = "text")]
    pub ip_address: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct MountPoint {
    /// Missing in Docker 1.12.
    #[serde(rename = "Type", default, deserialize_with = "text")]
    pub kind: String,
    #[serde(default, deserialize_with = "text")]
    pub name: String,
    #[serde(default, deserialize_with = "text")]
    pub source: String,
    #[serde(default, deserialize_with = "text")]
    pub destination: String,
    #[serde(rename = "RW", default, deserialize_with = "lenient")]
    pub writable: Option<bool>,
}

/// `POST /containers/create`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Created {
    pub id: String,
    #[serde(default, deserialize_with = "list")]
    pub warnings: Vec<String>,
}

/// An entry of `GET /containers/{id}/changes`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Change {
    #[serde(default, deserialize_with = "text")]
    pub path: String,
    /// 0: changed, 1: added, 2: deleted.
    #[serde(default, deserialize_with = "number")]
    pub kind: i64,
}

/// `POST /containers/{id}/update`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Updated {
    #[serde(default, deserialize_with = "list")]
    pub warnings: Vec<String>,
}

/// `POST /containers/{id}/wait`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Waited {
    pub status_code: i64,
    #[serde(default, deserialize_with = "lenient")]
    pub error: Option<WaitError>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct WaitError {
    #[serde(default, deserialize_with = "text")]
    pub message: String,
}
