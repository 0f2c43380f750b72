//! What an event means for the tables.

use linkspan_shared::{
    engine::EnginePart,
    ids::{ContainerId, NetworkId, VolumeName},
    reference::Reference,
    time::Timestamp,
};

use crate::activity::Happened;

use super::{Flight, Keeper, Subject, helpers};
use linkspan_docker::model;

/// Events that are shown beside a container's figures; of health what changes, since Podman tells of every probe.
const MARKED: &[&str] = &["start", "die", "oom", "pause", "unpause", "health_status"];

impl Keeper<'_> {
    /// What lists all of them meanwhile may be older than this.
    fn outdate(&mut self, part: EnginePart) {
        if let Some((flight, _)) = self.flights.get_mut(&Subject::Part(part)) {
            *flight = Flight::Outdated;
        }
    }

    pub(super) fn apply(&mut self, event: model::Event) {
        // One of Linkspan's own.
        if event.actor.attributes.contains_key(helpers::LABEL) {
            return;
        }
        // Podman tells a volume's name beside an empty id.
        let name = event.actor.attributes.get("name").filter(|_| event.actor.id.is_empty() && event.kind == "volume");
        let id = name.cloned().unwrap_or(event.actor.id);
        if event.kind == "container" && MARKED.iter().any(|marked| event.action.starts_with(marked)) {
            let time = if event.time_nano > 0 { event.time_nano / 1_000_000 } else { event.time.saturating_mul(1_000) };
            let health = event.actor.attributes.get("health_status").filter(|_| event.action == "health_status");
            let action = health.map_or_else(|| event.action.clone(), |health| format!("health_status: {health}"));
            self.hub.stats.histories.mark(&ContainerId::new(id.as_str()), Timestamp(time), &action);
        }
        match event.kind.as_str() {
            "image" => self.outdate(EnginePart::Images),
            "volume" => self.outdate(EnginePart::Volumes),
            "network" => self.outdate(EnginePart::Networks),
            _ => {}
        }
        self.happenings.push(Happened {
            kind: event.kind.clone(),
            action: event.action.clone(),
            id: id.clone(),
            attributes: event.actor.attributes.clone(),
        });
        match (event.kind.as_str(), event.action.as_str()) {
            ("container", "destroy" | "remove") => {
                self.forget(Subject::Container(id.clone()));
                let id = ContainerId(id);
                self.hub.stats.histories.forget(&id);
                self.hub.forget_container(&id);
            }
            // The container is as it was; there is a new image.
            ("container", "commit") => match event.actor.attributes.get("imageID") {
                Some(image) => self.want(Subject::Image(image.clone())),
                // Podman does not say which.
                None => self.want(Subject::Part(EnginePart::Images)),
            },
            // `die` has come before `stop`, `start` before `restart`: both were heeded.
            ("container", "stop" | "restart" | "kill") => {}
            ("container", _) => self.want(Subject::Container(id)),
            // Podman, of one that was loaded without a name.
            ("image", _) if id.is_empty() => self.want(Subject::Part(EnginePart::Images)),
            // Of a pull of all tags the event names the repository alone: which images came is not said.
            ("image", "pull") if Reference::parse(&id).is_ok_and(|pulled| pulled.tag.is_none() && pulled.digest.is_none()) => {
                self.want(Subject::Part(EnginePart::Images));
            }
            // Also after `delete`: Podman says it of an image that only lost one of its names.
            ("image", _) => self.want(Subject::Image(id)),
            ("volume", "create") => self.want(Subject::Volume(id)),
            ("volume", "destroy" | "remove") => {
                self.forget(Subject::Volume(id.clone()));
                self.hub.volumes.write(|rows| rows.remove(&VolumeName(id)));
            }
            ("network", "create" | "update") => self.want(Subject::Network(id)),
            ("network", "destroy" | "remove") => {
                self.forget(Subject::Network(id.clone()));
                self.hub.networks.write(|rows| rows.remove(&NetworkId(id)));
            }
            // A start connects, too, and is inspected anyway: here the name is enough.
            ("network", "connect") => {
                if let (Some(container), Some(network)) = (event.actor.attributes.get("container"), event.actor.attributes.get("name")) {
                    self.hub.containers.write(|rows| {
                        rows.update(&ContainerId::new(container.as_str()), |row| {
                            if !row.networks.contains(network) {
                                row.networks.push(network.clone());
                                row.networks.sort();
                            }
                        });
                    });
                }
            }
            // A stop disconnects, and the container stays in the network all the same: only an inspect tells.
            ("network", "disconnect") => {
                if let Some(container) = event.actor.attributes.get("container") {
                    self.want(Subject::Container(container.clone()));
                }
            }
            _ => {}
        }
    }
}
