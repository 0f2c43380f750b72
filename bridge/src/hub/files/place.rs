//! Where files are reached: in their container; those of a volume in a container that has it and runs, else in one that is
//! made for that.

use futures_util::StreamExt;
use linkspan_docker::{ByteStream, containers, model};
use linkspan_shared::{
    container::ContainerState,
    file::FileSource,
    ids::{ContainerId, VolumeName},
    problem::{Problem, ProblemCode},
};

use super::{
    super::{
        EngineHub,
        helpers::{Helper, VOLUME},
        validation::{check_name, valid},
    },
    check_path,
};

/// Containers that are looked at for one in which all of a volume can be reached.
const USERS: usize = 4;

/// A path in a container.
pub struct Place {
    pub(super) container: String,
    pub(super) path: String,
    /// Its own programs can be run.
    pub(super) runs: bool,
    /// How a person calls it.
    pub(super) subject: String,
    /// For as long as it is needed.
    pub(super) helper: Option<Helper>,
}

impl Place {
    /// What is read there keeps it.
    pub(super) fn kept_for(self, stream: ByteStream) -> ByteStream {
        let Some(helper) = self.helper else { return stream };
        Box::pin(stream.map(move |piece| {
            let _ = &helper;
            piece
        }))
    }
}

impl EngineHub {
    pub(super) async fn place(&self, source: &FileSource, path: &str) -> Result<Place, Problem> {
        let path = check_path(path)?;
        match source {
            FileSource::Container(id) => {
                let runs = self.containers.read(|rows| rows.get(id).is_some_and(|row| row.state == ContainerState::Running));
                let subject = format!("{}:{path}", self.container_name(id));
                Ok(Place { container: valid(id)?.to_owned(), path, runs, subject, helper: None })
            }
            FileSource::Volume(name) => self.place_in_volume(name, path).await,
        }
    }

    async fn place_in_volume(&self, volume: &VolumeName, path: String) -> Result<Place, Problem> {
        check_name(&volume.0)?;
        let subject = format!("{volume}:{path}");
        if path.split('/').any(|part| part == "..") {
            return Err(Problem::new(ProblemCode::Invalid, path, "a path in a volume does not lead out of it"));
        }
        // An engine makes one that it is asked to mount.
        if self.volumes.read(|rows| rows.get(volume).is_none()) {
            return Err(Problem::new(ProblemCode::NotFound, &volume.0, "no such volume"));
        }
        let users: Vec<ContainerId> = self.containers.read(|rows| {
            let has_it = rows.rows().filter(|row| row.state == ContainerState::Running && row.volumes.contains(&volume.0));
            has_it.map(|row| row.id.clone()).take(USERS).collect()
        });
        for id in users {
            let Ok(inspect) = self.client.json::<model::ContainerInspect>(&containers::inspect(&id.0)).await else { continue };
            if let Some(target) = whole_mount(&inspect, volume) {
                return Ok(Place { container: id.0, path: target + &path, runs: true, subject, helper: None });
            }
        }
        let helper = self.helper_for(volume).await?;
        Ok(Place { container: helper.name.clone(), path: format!("{VOLUME}{path}"), runs: false, subject, helper: Some(helper) })
    }
}

/// Where all of a volume is in a container, to be read and written, and nothing else.
fn whole_mount(container: &model::ContainerInspect, volume: &VolumeName) -> Option<String> {
    let mount = container.mounts.iter().find(|mount| mount.kind == "volume" && mount.name == volume.0 && mount.writable == Some(true))?;
    let target = mount.destination.trim_end_matches('/');
    let is_covered = container
        .mounts
        .iter()
        .any(|other| other.destination.strip_prefix(target).is_some_and(|rest| rest.starts_with('/') && rest != "/"));
    let is_part = container
        .host_config
        .mounts
        .iter()
        .any(|spec| spec.target.trim_end_matches('/') == target && !spec.volume_options.subpath.is_empty());
    (!is_covered && !is_part && target.starts_with('/')).then(|| target.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn target_of(mounts: serde_json::Value, asked: serde_json::Value) -> Option<String> {
        let inspect = json!({ "Id": "a", "Mounts": mounts, "HostConfig": { "Mounts": asked } });
        whole_mount(&serde_json::from_value(inspect).unwrap(), &VolumeName::new("data"))
    }

    #[test]
    fn a_volume_is_read_where_all_of_it_is_and_nothing_else() {
        let data = |target: &str, writable: bool| json!({ "Type": "volume", "Name": "data", "Destination": target, "RW": writable });
        let bind = |target: &str| json!({ "Type": "bind", "Source": "/x", "Destination": target, "RW": true });
        assert_eq!(target_of(json!([data("/srv/", true)]), json!(null)).as_deref(), Some("/srv"));
        assert_eq!(target_of(json!([data("/srv", false)]), json!(null)), None);
        assert_eq!(target_of(json!([data("/srv", true), bind("/srv/x")]), json!(null)), None);
        assert_eq!(target_of(json!([data("/srv", true), bind("/srvx")]), json!(null)).as_deref(), Some("/srv"));
        let part = json!([{ "Type": "volume", "Target": "/srv", "VolumeOptions": { "Subpath": "x" } }]);
        assert_eq!(target_of(json!([data("/srv", true)]), part), None);
    }
}
