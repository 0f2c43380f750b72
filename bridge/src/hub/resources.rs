//! What a person can ask of volumes and networks. What is removed goes as a job, see [`super::jobs`].

use linkspan_shared::{
    call::{CreateNetwork, CreateVolume},
    ids::{ContainerId, NetworkId, VolumeName},
    problem::{Problem, ProblemCode},
};

use super::{EngineHub, actions::valid};
use crate::docker::{Request, model, networks, volumes};

impl EngineHub {
    pub async fn create_volume(&self, new: CreateVolume) -> Result<VolumeName, Problem> {
        let request = volumes::create(&new.name, &new.driver, &new.options, &new.labels);
        let created: Result<model::Volume, _> = self.unless_lost(async { self.client.later(&request).await?.await }).await;
        created.map(|volume| VolumeName(volume.name)).map_err(|error| self.problem(&error, &new.name))
    }

    pub async fn inspect_volume(&self, name: &VolumeName) -> Result<String, Problem> {
        self.whole(volumes::inspect(&check_name(&name.0)?), &name.0).await
    }

    pub async fn create_network(&self, new: CreateNetwork) -> Result<NetworkId, Problem> {
        let request = networks::create(&new);
        let created: Result<model::NetworkCreated, _> = self.unless_lost(async { self.client.later(&request).await?.await }).await;
        created.map(|network| NetworkId(network.id)).map_err(|error| self.problem(&error, &new.name))
    }

    pub async fn inspect_network(&self, network: &NetworkId) -> Result<String, Problem> {
        self.whole(networks::inspect(&check_name(&network.0)?), &self.network_name(network)).await
    }

    pub async fn connect_network(&self, network: &NetworkId, container: &ContainerId) -> Result<(), Problem> {
        let request = networks::connect(&check_name(&network.0)?, valid(container)?);
        self.done(&request).await.map(drop).map_err(|error| self.problem(&error, &self.network_name(network)))
    }

    pub async fn disconnect_network(&self, network: &NetworkId, container: &ContainerId, force: bool) -> Result<(), Problem> {
        let request = networks::disconnect(&check_name(&network.0)?, valid(container)?, force);
        self.done(&request).await.map(drop).map_err(|error| self.problem(&error, &self.network_name(network)))
    }

    /// How a person calls it.
    pub fn network_name(&self, id: &NetworkId) -> String {
        self.networks.read(|rows| rows.get(id).map(|row| row.name.clone())).unwrap_or_else(|| id.short().to_owned())
    }

    async fn whole(&self, request: Request, subject: &str) -> Result<String, Problem> {
        let whole: serde_json::Value = self.client.json(&request).await.map_err(|error| self.problem(&error, subject))?;
        Ok(serde_json::to_string_pretty(&whole).unwrap_or_default())
    }
}

/// Of a volume, a network, or a record of the build cache: what could mean something else in a path is none.
pub(super) fn check_name(name: &str) -> Result<String, Problem> {
    let is_name = (1..=255).contains(&name.len())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))
        && !name.starts_with('.');
    if is_name { Ok(name.to_owned()) } else { Err(Problem::new(ProblemCode::ProtocolViolation, name, "not a name")) }
}
