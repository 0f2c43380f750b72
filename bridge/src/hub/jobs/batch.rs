//! The same done to many: stop, start, restart, pause, resume, kill, remove, prune. Exactly to what somebody saw on a list, and of each it is
//! said how it went. A cancelled one finishes what it has begun and leaves the rest alone.

use std::{collections::HashMap, sync::Arc};

use futures_util::{StreamExt, stream};
use hyper::StatusCode;
use linkspan_shared::{
    ids::{ContainerId, ImageId, JobId, NetworkId, UserName},
    job::{Batch, BatchKind, Object, Target, TargetResult, Work},
    problem::{Problem, ProblemCode},
};

use super::{
    super::{
        EngineHub,
        validation::{check_name, check_reference, valid},
    },
    Extras, Handle,
};
use linkspan_docker::{EngineError, Request, containers, images, model, networks, system, volumes};

/// Containers at once: each may take its whole stop timeout, and costs the engine little meanwhile.
const CONTAINERS: usize = 8;
/// Objects of one job: all of them are one row, which is sent whole.
const TARGETS: usize = 2_000;
/// Bytes of what one of them is called.
const NAME: usize = 1_024;

impl EngineHub {
    /// Removing has calls of its own: it asks for more.
    pub fn act_on_containers(self: &Arc<Self>, by: UserName, kind: BatchKind, ids: Vec<ContainerId>, all: bool) -> Result<JobId, Problem> {
        if kind.removes() {
            return Err(Problem::new(ProblemCode::ProtocolViolation, "kind", "it removes nothing"));
        }
        self.batch(by, kind, all, ids.into_iter().map(|id| (Object::Container(id), 0)).collect())
    }

    pub fn remove_many(
        self: &Arc<Self>,
        by: UserName,
        objects: Vec<Object>,
        force: bool,
        volumes: bool,
        stop: bool,
    ) -> Result<JobId, Problem> {
        self.batch(by, BatchKind::Remove { force, volumes, stop }, false, objects.into_iter().map(|object| (object, 0)).collect())
    }

    /// What each frees is asked of the engine once more: the list that somebody saw may be old.
    pub async fn prune(self: &Arc<Self>, by: UserName, objects: Vec<Object>) -> Result<JobId, Problem> {
        if let Some(Object::Image(name)) = objects.iter().find(|object| matches!(object, Object::Image(id) if !id.starts_with("sha256:"))) {
            return Err(Problem::new(ProblemCode::ProtocolViolation, name, "images are pruned by their IDs"));
        }
        // Networks take no space.
        let takes_space = objects.iter().any(|object| !matches!(object, Object::Network(_)));
        // An engine that does not say what they take removes them all the same.
        let usage = if takes_space { self.disk_usage().await.ok() } else { None };
        let items = usage.map(|usage| usage.items).unwrap_or_default();
        let frees: HashMap<Object, u64> = items.into_iter().map(|item| (item.object, item.frees)).collect();
        let with_bytes = |object: Object| {
            let bytes = frees.get(&object).copied().unwrap_or(0);
            (object, bytes)
        };
        self.batch(by, BatchKind::Prune, false, objects.into_iter().map(with_bytes).collect())
    }

    fn batch(self: &Arc<Self>, by: UserName, kind: BatchKind, all: bool, objects: Vec<(Object, u64)>) -> Result<JobId, Problem> {
        if objects.is_empty() {
            return Err(Problem::new(ProblemCode::Invalid, "", "nothing was chosen"));
        }
        if objects.len() > TARGETS {
            return Err(Problem::new(ProblemCode::TooMany, "objects", format!("{TARGETS} at most")));
        }
        // All of them are shown to everybody, and kept.
        if let Some((object, _)) = objects.iter().find(|(object, _)| object.name().len() > NAME) {
            return Err(Problem::new(ProblemCode::Invalid, object.name(), format!("nothing is called by more than {NAME} bytes")));
        }
        // What cannot be meant spoils nothing for the others.
        let begin = |object: &Object| match checked(object) {
            Ok(()) => TargetResult::Waiting,
            Err(problem) => TargetResult::Failed(problem),
        };
        let targets: Vec<Target> = objects
            .into_iter()
            .map(|(object, bytes)| Target { name: self.name_of(&object), result: begin(&object), object, bytes })
            .collect();
        let work = Work::Batch(Batch { kind, all, targets: targets.clone() });
        self.start_job(by, work, Extras::default(), |handle| async move {
            // The engine takes an image's parents with it, and two at a time would meet at them.
            let are_containers = targets.iter().all(|target| matches!(target.object, Object::Container(_)));
            let at_once = if kind.removes() && !are_containers { 1 } else { CONTAINERS };
            let each = stream::iter(targets.iter().enumerate().filter(|(_, target)| target.result == TargetResult::Waiting));
            each.for_each_concurrent(at_once, |(index, target)| one(&handle, kind, index, target)).await;
            // Images upon which others rested go when those have gone.
            if kind == BatchKind::Prune {
                for (index, target) in targets.iter().enumerate().filter(|(_, target)| matches!(target.object, Object::Image(_))) {
                    if !handle.cancel.is_cancelled() && handle.failed_by_conflict(index) {
                        one(&handle, kind, index, target).await;
                    }
                }
            }
            handle.verdict()
        })
    }

    pub fn name_of(&self, object: &Object) -> String {
        match object {
            Object::Container(id) => self.container_name(id),
            Object::Image(image) => {
                let id = ImageId::new(image.as_str());
                let named = self.images.read(|rows| rows.get(&id).and_then(|image| image.names().first().map(|name| (*name).to_owned())));
                named.unwrap_or_else(|| if image.starts_with("sha256:") { id.short().to_owned() } else { image.clone() })
            }
            Object::Network(id) => self.network_name(&NetworkId::new(id.as_str())),
            Object::Volume(name) | Object::Cache(name) => name.clone(),
        }
    }
}

impl Handle {
    fn say(&self, index: usize, result: TargetResult) {
        self.hub.jobs.table.write(|rows| {
            rows.touch(&self.id, |job| {
                if let Work::Batch(batch) = &mut job.work
                    && let Some(target) = batch.targets.get_mut(index)
                {
                    target.result = result;
                }
            });
        });
    }

    fn batch<T>(&self, look: impl FnOnce(&Batch) -> T) -> Option<T> {
        self.hub.jobs.table.read(|rows| match rows.get(&self.id).map(|job| &job.work) {
            Some(Work::Batch(batch)) => Some(look(batch)),
            _ => None,
        })
    }

    fn failed_by_conflict(&self, index: usize) -> bool {
        let result = |batch: &Batch| match batch.targets.get(index).map(|target| &target.result) {
            Some(TargetResult::Failed(problem)) => problem.code == ProblemCode::Conflict,
            _ => false,
        };
        self.batch(result).unwrap_or(false)
    }

    fn verdict(&self) -> Result<(), Problem> {
        let count = |what: fn(&TargetResult) -> bool| {
            self.batch(|batch| batch.targets.iter().filter(|target| what(&target.result)).count()).unwrap_or(0)
        };
        if count(|result| *result == TargetResult::LeftAlone) > 0 {
            return Err(Problem::new(ProblemCode::Cancelled, "", ""));
        }
        match count(|result| matches!(result, TargetResult::Failed(_))) {
            0 => Ok(()),
            failed => Err(Problem::new(ProblemCode::SomeFailed, failed.to_string(), "")),
        }
    }
}

fn checked(object: &Object) -> Result<(), Problem> {
    match object {
        Object::Container(id) => valid(id).map(drop),
        Object::Image(image) => check_reference(image),
        Object::Volume(name) | Object::Network(name) | Object::Cache(name) => check_name(name).map(drop),
    }
}

async fn one(handle: &Handle, kind: BatchKind, index: usize, target: &Target) {
    if handle.cancel.is_cancelled() {
        return handle.say(index, TargetResult::LeftAlone);
    }
    let hub = &handle.hub;
    if let Object::Container(id) = &target.object
        && hub.own.as_ref() == Some(id)
    {
        return handle.say(index, TargetResult::Failed(Problem::new(ProblemCode::IsLinkspan, &target.name, "")));
    }
    // The engine heeds running containers alone, and one that is stopped could not be started any more.
    if let (BatchKind::Prune, Object::Network(id)) = (kind, &target.object)
        && let Some(why) = hub.why_needed(id)
    {
        return handle.say(index, TargetResult::Failed(Problem::new(ProblemCode::Conflict, &target.name, why)));
    }
    handle.say(index, TargetResult::UnderWay);
    let answer = match &target.object {
        // It answers in any case; whether it did something is in the body.
        Object::Cache(id) => hub
            .unless_lost(hub.client.json::<model::Pruned>(&system::remove_build_cache(id)))
            .await
            .map(|pruned| if pruned.caches_deleted.is_empty() { TargetResult::Gone } else { TargetResult::Done }),
        Object::Image(id) if kind == BatchKind::Prune => hub.remove_unused_image(id).await.map(|()| TargetResult::Done),
        object => done(hub, kind, object).await.map(|status| match status {
            StatusCode::NOT_MODIFIED if kind == BatchKind::Start => TargetResult::AlreadyRunning,
            StatusCode::NOT_MODIFIED => TargetResult::AlreadyStopped,
            _ => TargetResult::Done,
        }),
    };
    let is_gone = |error: &EngineError| match &target.object {
        Object::Container(id) => error.misses_container(&id.0),
        _ => error.is_not_found(),
    };
    if answer.as_ref().map_or_else(is_gone, |result| *result == TargetResult::Done) {
        hub.forget_resource(&target.object);
    }
    handle.say(
        index,
        answer.unwrap_or_else(|error: EngineError| match &target.object {
            _ if is_gone(&error) => TargetResult::Gone,
            Object::Container(id) => TargetResult::Failed(hub.container_problem(&error, id)),
            _ => TargetResult::Failed(hub.problem(&error, &target.name)),
        }),
    );
}

async fn done(hub: &EngineHub, kind: BatchKind, object: &Object) -> Result<StatusCode, EngineError> {
    match (object, kind) {
        (Object::Container(id), BatchKind::Remove { force, volumes, stop }) => hub.stop_and_remove(&id.0, volumes, force, stop).await,
        _ => hub.done(&request(kind, object)).await,
    }
}

/// All that it asks of the engine; of images to be pruned, by their IDs.
pub fn requests(objects: impl IntoIterator<Item = Object>, kind: BatchKind) -> Vec<Request> {
    let of = |object: Object| match (&object, kind) {
        (Object::Container(id), BatchKind::Remove { force, volumes, stop }) => {
            let stop = stop.then(|| containers::stop(&id.0));
            stop.into_iter().chain([containers::remove(&id.0, volumes, force)]).collect()
        }
        _ => vec![request(kind, &object)],
    };
    objects.into_iter().flat_map(of).collect()
}

fn request(kind: BatchKind, object: &Object) -> Request {
    let force = matches!(kind, BatchKind::Remove { force: true, .. });
    match object {
        Object::Container(id) => match kind {
            BatchKind::Stop => containers::stop(&id.0),
            BatchKind::Start => containers::start(&id.0),
            BatchKind::Restart => containers::restart(&id.0),
            BatchKind::Pause => containers::pause(&id.0),
            BatchKind::Resume => containers::unpause(&id.0),
            BatchKind::Kill => containers::kill(&id.0),
            BatchKind::Remove { .. } | BatchKind::Prune => containers::remove(&id.0, false, force),
        },
        Object::Image(image) => images::remove(image, force),
        Object::Volume(name) => volumes::remove(name),
        Object::Network(id) => networks::remove(id),
        Object::Cache(id) => system::remove_build_cache(id),
    }
}
