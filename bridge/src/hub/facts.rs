//! What a decision about a person's request rests on: of the tables, and where these do not know yet, of the engine.

use std::collections::HashSet;

use linkspan_docker::containers;
use linkspan_shared::{
    ids::{ContainerId, ImageId, NetworkId, VolumeName},
    job::Object,
};
use serde_json::Value;

use super::EngineHub;

/// Name and value.
pub type Labels = Vec<(String, String)>;

impl EngineHub {
    /// By its ID, the beginning of one, or its name.
    pub fn labels_of_container(&self, said: &str) -> Option<Labels> {
        let of = |id: &ContainerId| self.labels.read(|rows| rows.get(id).map(|row| row.labels.clone()));
        of(&ContainerId::new(said)).or_else(|| {
            let id = self.containers.read(|rows| rows.rows().find(|row| row.is_called(said)).map(|row| row.id.clone()))?;
            of(&id)
        })
    }

    /// Nothing for what is not there.
    pub fn labels_of(&self, object: &Object) -> Labels {
        match object {
            Object::Container(id) => self.labels_of_container(&id.0).unwrap_or_default(),
            Object::Volume(name) => {
                self.volumes.read(|rows| rows.get(&VolumeName::new(name)).map(|row| row.labels.clone())).unwrap_or_default()
            }
            Object::Network(id) => {
                self.networks.read(|rows| rows.get(&NetworkId::new(id)).map(|row| row.labels.clone())).unwrap_or_default()
            }
            Object::Image(_) | Object::Cache(_) => Labels::new(),
        }
    }

    /// Those of containers whose labels `counts`.
    pub fn images_of_containers(&self, counts: impl Fn(&[(String, String)]) -> bool) -> HashSet<ImageId> {
        let labelled: HashSet<ContainerId> =
            self.labels.read(|rows| rows.rows().filter(|row| counts(&row.labels)).map(|row| row.container.clone()).collect());
        self.containers.read(|rows| rows.rows().filter(|row| labelled.contains(&row.id)).map(|row| row.image_id.clone()).collect())
    }

    /// A container of Linkspan's own, by its name, which nobody can guess.
    pub fn is_helper(&self, name: &str) -> bool {
        self.helpers.has(name)
    }

    /// `GET /containers/{id}/json`
    pub async fn ask_container(&self, said: &str) -> Option<Value> {
        self.own_client.json(&containers::inspect(said)).await.ok()
    }

    pub async fn ask_labels(&self, said: &str) -> Option<Labels> {
        let inspect = self.ask_container(said).await?;
        let labels = inspect["Config"]["Labels"].as_object().into_iter().flatten();
        Some(labels.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect())
    }
}
