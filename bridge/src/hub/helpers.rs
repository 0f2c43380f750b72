//! Containers of Linkspan's own, never started: what only a container reaches is read and written through them. No table shows
//! them. Each is removed when nobody needs it any more; one that a crash left behind, at the next connection.

use std::{collections::HashSet, sync::Arc, time::Duration};

use linkspan_docker::{containers, model};
use linkspan_shared::{
    engine::Feature,
    ids::VolumeName,
    problem::{Problem, ProblemCode},
};
use parking_lot::Mutex;
use tokio::{sync::Notify, time::Instant};
use tokio_util::sync::CancellationToken;

use super::EngineHub;

/// Its value is the Linkspan that made it: another one may be at work on the same engine.
pub const LABEL: &str = "io.linkspan.helper";
/// Where a volume is in one: a place that no image has.
pub(super) const VOLUME: &str = "/.linkspan-volume";
/// What their names begin with.
const OF_VOLUME: &str = "linkspan-volume-";
const OF_IMAGE: &str = "linkspan-image-";
/// Images that are looked at for one that brings no volumes of its own.
const IMAGES: usize = 16;
/// Until what could not be removed is tried again.
const AGAIN: Duration = Duration::from_secs(10);
/// The end of Linkspan waits as long.
const AT_THE_END: Duration = Duration::from_secs(2);

pub struct Helpers {
    instance: String,
    /// By name, from before they are made.
    in_use: Mutex<HashSet<String>>,
    unneeded: Mutex<HashSet<String>>,
    wake: Notify,
}

/// Removed when this is dropped.
pub struct Helper {
    pub name: String,
    helpers: Arc<Helpers>,
}

impl Drop for Helper {
    fn drop(&mut self) {
        self.helpers.in_use.lock().remove(&self.name);
        self.helpers.remove(self.name.clone());
    }
}

impl Helpers {
    pub(super) fn new(instance: String) -> Self {
        Self { instance, in_use: Mutex::default(), unneeded: Mutex::default(), wake: Notify::new() }
    }

    /// The engine has a container with this [`LABEL`].
    pub(super) fn found(&self, name: &str, label: &str) {
        let name = name.trim_start_matches('/');
        if label == self.instance && !self.in_use.lock().contains(name) {
            self.remove(name.to_owned());
        }
    }

    /// One that is in use.
    pub(super) fn has(&self, name: &str) -> bool {
        self.in_use.lock().contains(name)
    }

    fn remove(&self, name: String) {
        self.unneeded.lock().insert(name);
        self.wake.notify_one();
    }

    /// Something is there that may be unneeded one day.
    pub(super) fn look(&self) {
        self.wake.notify_one();
    }

    fn begin(self: &Arc<Self>, prefix: &str) -> Helper {
        let name = format!("{prefix}{}", uuid::Uuid::new_v4().simple());
        self.in_use.lock().insert(name.clone());
        Helper { name, helpers: self.clone() }
    }
}

/// Removes what nobody needs, until `stop`, and what is left then.
pub async fn run(hub: &EngineHub, stop: CancellationToken) {
    loop {
        let unused = hub.reviews.forget_unused();
        tokio::select! {
            () = hub.helpers.wake.notified() => {}
            () = tokio::time::sleep_until(unused.unwrap_or_else(Instant::now)), if unused.is_some() => {}
            () = stop.cancelled() => break,
        }
        if !remove_unneeded(hub).await {
            tokio::select! {
                () = tokio::time::sleep(AGAIN) => hub.helpers.wake.notify_one(),
                () = stop.cancelled() => break,
            }
        }
    }
    // What is read through the others ends now, too.
    let left = std::mem::take(&mut *hub.helpers.in_use.lock());
    hub.helpers.unneeded.lock().extend(left);
    let _ = tokio::time::timeout(AT_THE_END, remove_unneeded(hub)).await;
}

/// Whether all are gone.
async fn remove_unneeded(hub: &EngineHub) -> bool {
    let names: Vec<String> = hub.helpers.unneeded.lock().iter().cloned().collect();
    for name in names {
        // Volumes that its image declares were made for it; the one that it is there for is somebody's.
        let volumes = name.starts_with(OF_IMAGE);
        match hub.own_client.done(&containers::remove(&name, volumes, true)).await {
            Err(error) if !error.is_not_found() => {
                tracing::warn!(engine = %hub.id, name, %error, "a container of Linkspan's is left for now")
            }
            _ => drop(hub.helpers.unneeded.lock().remove(&name)),
        }
    }
    hub.helpers.unneeded.lock().is_empty()
}

impl EngineHub {
    /// A container that has a volume at [`VOLUME`].
    pub(super) async fn helper_for(&self, volume: &VolumeName) -> Result<Helper, Problem> {
        self.needs(Feature::Mounts, &volume.0)?;
        let image = self.plain_image(volume).await?;
        self.make_helper(self.helpers.begin(OF_VOLUME), &image, Some((&volume.0, VOLUME)), &volume.0).await
    }

    /// A container of an image, for `subject`.
    pub(super) async fn helper_of(&self, image: &str, subject: &str) -> Result<Helper, Problem> {
        self.make_helper(self.helpers.begin(OF_IMAGE), image, None, subject).await
    }

    async fn make_helper(&self, helper: Helper, image: &str, volume: Option<(&str, &str)>, subject: &str) -> Result<Helper, Problem> {
        let label = (LABEL, self.helpers.instance.as_str());
        let create = containers::create_helper(&helper.name, image, label, volume);
        let made: Result<model::Created, _> = self.own_client.json(&create).await;
        made.map(|_| helper).map_err(|error| self.problem(&error, subject))
    }

    /// One that declares no volumes, which would be made beside this one; that of a container that has the volume, else the
    /// smallest.
    async fn plain_image(&self, volume: &VolumeName) -> Result<String, Problem> {
        let users: HashSet<String> = self
            .containers
            .read(|rows| rows.rows().filter(|row| row.volumes.contains(&volume.0)).map(|row| row.image_id.0.clone()).collect());
        let mut images: Vec<(bool, i64, String)> =
            self.images.read(|rows| rows.rows().map(|image| (!users.contains(&image.id.0), image.size, image.id.0.clone())).collect());
        images.sort();
        for (_, _, id) in images.into_iter().take(IMAGES) {
            let inspect: Result<model::ImageInspect, _> = self.own_client.json(&linkspan_docker::images::inspect(&id)).await;
            if inspect.is_ok_and(|image| image.config.volumes.is_empty()) {
                return Ok(id);
            }
        }
        let why = "a volume is read through a container that is never started, and this engine has no image without volumes of its own to make one of: pull any small one, such as busybox";
        Err(Problem::new(ProblemCode::Conflict, &volume.0, why))
    }
}
