//! What the run form says: `docker run` as data (Engine API, `ContainerCreate`).

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunSpec {
    pub image: String,
    /// Empty: the engine makes one up.
    pub name: String,
    /// Empty: the image's.
    pub command: Vec<String>,
    /// `None`: the image's.
    pub entrypoint: Option<Vec<String>>,
    /// Empty: the image's.
    pub working_dir: String,
    /// Empty: the image's.
    pub user: String,
    pub environment: Vec<(String, String)>,
    pub ports: Vec<PortMapping>,
    pub mounts: Vec<Mount>,
    pub labels: Vec<(String, String)>,
    pub restart_policy: RestartPolicy,
    /// Empty: the engine's default.
    pub network: String,
    pub background: bool,
    pub auto_remove: bool,
    pub tty: bool,
    pub privileged: bool,
    #[serde(default)]
    pub options: RunOptions,
}

/// What another container like one that is there would be run with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LikeContainer {
    pub spec: RunSpec,
    /// What of the container the form has no field for, as the Engine API names it.
    pub left_out: Vec<String>,
}

/// What most containers do without; what is empty or `None` is the engine's to say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunOptions {
    pub hostname: String,
    /// Bytes
    pub memory: Option<u64>,
    /// Of processors, in 10⁻⁹.
    pub nano_cpus: Option<u64>,
    /// -1: none.
    pub pids_limit: Option<i64>,
    /// Bytes of `/dev/shm`
    pub shm_size: Option<u64>,
    pub stop_signal: String,
    /// Seconds
    pub stop_timeout: Option<u32>,
    pub cap_add: Vec<String>,
    pub cap_drop: Vec<String>,
    /// `NAME:ADDRESS` each.
    pub extra_hosts: Vec<String>,
    pub dns: Vec<String>,
    /// `SOURCE[:TARGET[:PERMISSIONS]]` each.
    pub devices: Vec<String>,
    /// A small first process that hands signals on and reaps what is left of others.
    pub init: bool,
    /// Of its own file system nothing can be written.
    pub read_only: bool,
    /// What it is called in [`RunSpec::network`] beside its name.
    pub network_aliases: Vec<String>,
    /// There; empty: the engine's choice.
    pub ip_address: String,
    /// `NETWORK[:ALIAS[,ALIAS…]]` each: what it joins before it starts.
    pub further_networks: Vec<String>,
    pub health: HealthOptions,
    /// `all`, how many, or `device=ID[,ID…]`; empty for none.
    pub gpus: String,
    /// `NAME=SOFT[:HARD]` each.
    pub ulimits: Vec<String>,
    /// `NAME=VALUE` each.
    pub sysctls: Vec<String>,
    /// Empty: the engine's own.
    pub log_driver: String,
    /// `NAME=VALUE` each.
    pub log_options: Vec<String>,
    /// `os/architecture[/variant]`; empty: the engine's own.
    pub platform: String,
}

/// How it is told whether a container is healthy; what is empty or `None` is the image's to say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HealthOptions {
    /// Not at all, whatever the image says.
    pub disabled: bool,
    /// A line for the container's shell.
    pub command: String,
    /// Nanoseconds, as the Engine API has them.
    pub interval: Option<u64>,
    pub timeout: Option<u64>,
    pub start_period: Option<u64>,
    pub retries: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortMapping {
    /// Empty: all addresses of the host.
    pub host_ip: String,
    /// `None`: the engine picks one.
    pub host_port: Option<u16>,
    pub container_port: u16,
    pub protocol: Protocol,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    #[default]
    Tcp,
    Udp,
    Sctp,
}

impl Protocol {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Sctp => "sctp",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mount {
    pub kind: MountKind,
    /// A volume's name or a path on the engine's host; unused for `Tmpfs`.
    pub source: String,
    pub target: String,
    pub read_only: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MountKind {
    #[default]
    Volume,
    Bind,
    Tmpfs,
}

impl MountKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Volume => "volume",
            Self::Bind => "bind",
            Self::Tmpfs => "tmpfs",
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RestartPolicy {
    #[default]
    No,
    OnFailure,
    UnlessStopped,
    Always,
}

impl RestartPolicy {
    /// As the Engine API and the docker CLI spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::OnFailure => "on-failure",
            Self::UnlessStopped => "unless-stopped",
            Self::Always => "always",
        }
    }
}
