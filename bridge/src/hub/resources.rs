//! What a person can ask of volumes and networks. What is removed goes as a job, see [`super::jobs`].

use linkspan_shared::{
    call::{CreateNetwork, CreateVolume},
    ids::{ContainerId, NetworkId, VolumeName},
    job::Object,
    problem::{Problem, ProblemCode},
};

use super::{
    EngineHub, convert,
    validation::{check_name, valid},
};
use linkspan_docker::{Request, model, networks, volumes};

impl EngineHub {
    pub async fn create_volume(&self, new: CreateVolume) -> Result<VolumeName, Problem> {
        // An engine answers with the one that is there, as if it had made it.
        if self.volumes.read(|rows| rows.get(&VolumeName::new(new.name.as_str())).is_some()) {
            return Err(Problem::new(ProblemCode::Invalid, new.name, "a volume of this name exists already"));
        }
        let request = volumes::create(&new.name, &new.driver, &new.options, &new.labels);
        let created: Result<model::Volume, _> = self.unless_lost(async { self.client.later(&request).await?.await }).await;
        // Podman's events do not always come, and one's own doing shows at once.
        let row = created.map(convert::volume).map_err(|error| self.problem(&error, &new.name))?;
        let name = row.name.clone();
        self.volumes.write(|rows| rows.upsert(row));
        Ok(name)
    }

    pub async fn inspect_volume(&self, name: &VolumeName) -> Result<String, Problem> {
        self.whole(volumes::inspect(&check_name(&name.0)?), &name.0).await
    }

    pub async fn create_network(&self, new: CreateNetwork) -> Result<NetworkId, Problem> {
        let request = networks::create(&new);
        let created: Result<model::NetworkCreated, _> = self.unless_lost(async { self.client.later(&request).await?.await }).await;
        let id = created.map_err(|error| self.problem(&error, &new.name))?.id;
        if let Ok(network) = self.client.json::<model::Network>(&networks::inspect(&id)).await {
            self.networks.write(|rows| rows.upsert(convert::network(network)));
        }
        Ok(NetworkId(id))
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

    /// What keeps a network from being pruned: a container, running or not. One that is not in the table is not judged.
    pub(super) fn why_needed(&self, network: &str) -> Option<String> {
        let known = self.networks.read(|rows| rows.get(&NetworkId::new(network)).map(|row| row.name.clone()));
        let Some(name) = known else { return Some("it is not known any more".to_owned()) };
        let user = self.containers.read(|rows| rows.rows().find(|row| row.networks.contains(&name)).map(|row| row.name.clone()));
        user.map(|user| format!("it is used by {user}"))
    }

    /// It was removed by a job, or is known not to be there.
    pub(super) fn forget_resource(&self, object: &Object) {
        match object {
            Object::Volume(name) => self.volumes.write(|rows| rows.remove(&VolumeName::new(name.as_str()))),
            Object::Network(id) => self.networks.write(|rows| rows.remove(&NetworkId::new(id.as_str()))),
            Object::Container(_) | Object::Image(_) | Object::Cache(_) => {}
        }
    }

    async fn whole(&self, request: Request, subject: &str) -> Result<String, Problem> {
        let whole: serde_json::Value = self.client.json(&request).await.map_err(|error| self.problem(&error, subject))?;
        Ok(serde_json::to_string_pretty(&whole).unwrap_or_default())
    }
}
