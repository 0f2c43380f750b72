//! A container as a row of a table, and one container in full.

use serde::{Deserialize, Serialize};

use crate::{
    ids::{ContainerId, ImageId},
    ports::PortLine,
    run::RestartPolicy,
    table::Row,
    time::Timestamp,
};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Container {
    pub id: ContainerId,
    /// Without the leading slash.
    pub name: String,
    /// The reference it was created from, as the engine reports it.
    pub image: String,
    pub image_id: ImageId,
    pub command: String,
    pub created: Timestamp,
    /// When its main process began, while it runs. Only an inspect tells, so the bridge inspects what runs.
    #[serde(default)]
    pub started: Option<Timestamp>,
    pub state: ContainerState,
    /// The engine's own word, where `state` is `Unknown` or says less: `stopping`.
    #[serde(default)]
    pub unknown_state: Option<String>,
    pub health: Health,
    /// Meaningful when `state` is `Exited`, `Dead` or `Restarting`, and of what its restart policy has started again.
    pub exit_code: Option<i64>,
    /// How often its restart policy has started it again. Only an inspect tells.
    #[serde(default)]
    pub restarts: i64,
    /// The kernel ended its last run because it had no memory left for it (`OOMKilled`). Only an inspect tells.
    #[serde(default)]
    pub out_of_memory: bool,
    pub ports: Vec<Port>,
    /// Names of the volumes that are mounted in it.
    #[serde(default)]
    pub volumes: Vec<String>,
    /// Names of the networks that it is in.
    #[serde(default)]
    pub networks: Vec<String>,
    /// The Compose service that it is of (label `com.docker.compose.service`).
    pub service: Option<String>,
    /// The Compose project it belongs to (label `com.docker.compose.project`).
    pub project: Option<String>,
    /// Its Compose file on the engine's host, the first if there are several (label
    /// `com.docker.compose.project.config_files`).
    #[serde(default)]
    pub project_file: Option<String>,
    /// The Swarm service that will replace it when it stops (label `com.docker.swarm.service.name`).
    pub swarm_service: Option<String>,
    /// The engine removes it when it stops (`--rm`). Only an inspect tells, too.
    pub auto_remove: bool,
    /// Linkspan itself runs in this container.
    pub is_self: bool,
}

/// The labels of one container. Apart from its row: only who filters by them needs them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerLabels {
    pub container: ContainerId,
    pub labels: Vec<(String, String)>,
}

impl Container {
    /// Whether somebody means it who says its name, its ID or the beginning of its ID.
    pub fn is_called(&self, said: &str) -> bool {
        self.name == said || self.id.is_abbreviated(said)
    }
}

impl Row for ContainerLabels {
    type Id = ContainerId;
    fn id(&self) -> &ContainerId {
        &self.container
    }
}

impl Row for Container {
    type Id = ContainerId;
    fn id(&self) -> &ContainerId {
        &self.id
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContainerState {
    Created,
    Running,
    Paused,
    Restarting,
    Removing,
    Exited,
    Dead,
    /// A word that this Linkspan does not know.
    Unknown,
}

impl ContainerState {
    /// Its main process exists now; what is being restarted has none at times.
    pub fn has_process(self) -> bool {
        matches!(self, Self::Running | Self::Paused)
    }

    /// Its main process exists or is about to, so that stopping it means something.
    pub fn is_up(self) -> bool {
        matches!(self, Self::Running | Self::Paused | Self::Restarting)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// It has no health check.
    None,
    Starting,
    Healthy,
    Unhealthy,
}

/// A published or exposed port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Port {
    pub container_port: u16,
    /// `tcp`, `udp` or `sctp`.
    pub protocol: String,
    /// `None`: exposed, not published.
    pub host_port: Option<u16>,
    pub host_ip: String,
}

/// `GET /containers/{id}/json`, what the page of one container shows of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerDetails {
    pub id: ContainerId,
    pub started: Option<Timestamp>,
    pub finished: Option<Timestamp>,
    /// The engine's own words when it could not be started.
    pub error: String,
    pub out_of_memory: bool,
    pub restart_count: i64,
    pub restart_policy: String,
    /// How its health is looked after, if it is.
    #[serde(default)]
    pub health_check: Option<HealthCheck>,
    #[serde(default)]
    pub limits: Limits,
    /// Of its restart policy.
    #[serde(default)]
    pub retries: u64,
    pub entrypoint: Vec<String>,
    pub command: Vec<String>,
    pub working_dir: String,
    pub user: String,
    pub tty: bool,
    pub privileged: bool,
    pub environment: Vec<String>,
    pub mounts: Vec<MountPoint>,
    /// As they are while it is up, else as they were asked for.
    pub ports: Vec<PortLine>,
    pub networks: Vec<NetworkAddress>,
    pub labels: Vec<(String, String)>,
    /// `port/protocol`, published or not.
    #[serde(default)]
    pub exposed_ports: Vec<String>,
    #[serde(default)]
    pub stop_signal: String,
    /// The engine's whole answer as indented JSON.
    pub raw: String,
}

/// What `POST /containers/{id}/update` changes while a container is there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changeable {
    pub restart_policy: RestartPolicy,
    /// Of `on-failure`: how often it is started again; 0 for ever.
    pub retries: u64,
    pub limits: Limits,
}

/// What a container may take of its host; `None`: all there is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Bytes
    pub memory: Option<u64>,
    /// Hundredths of a processor.
    pub cpus: Option<u64>,
    pub processes: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthCheck {
    /// `CMD` and its words, or `CMD-SHELL` and a line; empty where the engine does not say.
    pub test: Vec<String>,
    /// Milliseconds from one run to the next; `None`: the engine's own.
    pub interval: Option<u64>,
    /// Runs that failed one after the other until now.
    pub failing_streak: i64,
    /// What it said last, the newest first.
    pub probes: Vec<Probe>,
}

/// One run of a health check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    pub ended: Option<Timestamp>,
    /// 0 is healthy.
    pub exit_code: i64,
    /// As much of it as the engine keeps.
    pub output: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MountPoint {
    /// `bind`, `volume`, `tmpfs`, …
    pub kind: String,
    pub source: String,
    pub target: String,
    pub read_only: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkAddress {
    pub network: String,
    pub ip_address: String,
}
