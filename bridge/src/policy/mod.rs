//! The one seam: what each person may do, and with what. Every call, channel and HTTP route passes [`Reach::authorise`] before
//! anything is done, and every request that is sent to an engine on somebody's behalf passes [`Reach::check`] as it is sent.

mod host;

use std::sync::Arc;

use futures_util::future::BoxFuture;
use linkspan_docker::{Denied, Guard, Operation, Permit, Request, exec};
use linkspan_shared::{
    ids::{ContainerId, JobId, NetworkId, VolumeName},
    job::Object,
    problem::{Problem, ProblemCode},
    user::{Role, Scope, User},
};
use serde_json::Value;

use crate::{activity::IMAGES, hub::EngineHub};
use host::Volumes;

/// What something that is asked for is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Concern {
    /// Linkspan itself, or all engines: a role everywhere is needed.
    Linkspan,
    /// All that is on the engine.
    Engine,
    /// Nothing but what this person has there or may see anyway.
    Own,
    /// What comes to be with these labels.
    New(Vec<(String, String)>),
    /// Each of these.
    Objects(Vec<Object>),
    Job(JobId),
}

impl Concern {
    pub fn container(id: &ContainerId) -> Self {
        Self::Objects(vec![Object::Container(id.clone())])
    }
}

/// What one person may do on one engine.
#[derive(Clone)]
pub struct Reach {
    pub user: User,
    /// Not on anybody's behalf: what is looked up here is for the decision.
    engine: Arc<EngineHub>,
}

impl Reach {
    /// `None`: there is nothing for this person, who does not learn that there is an engine.
    pub fn new(user: User, engine: Arc<EngineHub>) -> Option<Self> {
        user.role_at_most(&engine.id)?;
        Some(Self { user, engine })
    }

    /// The engine for whatever is done on this person's behalf.
    pub fn guarded(&self) -> Arc<EngineHub> {
        self.engine.guarded(Arc::new(self.clone()))
    }

    /// Whether this may be asked for. What cannot be seen is not there.
    pub fn authorise(&self, needed: Role, concern: &Concern) -> Result<(), Problem> {
        let user = &self.user;
        let nothing = |subject: &str| Problem::new(ProblemCode::NotFound, subject, "");
        let (role, subject) = match concern {
            Concern::Linkspan => (user.role_everywhere(), self.engine.id.0.clone()),
            Concern::Engine => (user.role_on(&self.engine.id), self.engine.id.0.clone()),
            Concern::Own => (user.role_at_most(&self.engine.id), self.engine.id.0.clone()),
            Concern::New(labels) => (user.role_for(&self.engine.id, labels), self.engine.id.0.clone()),
            Concern::Objects(objects) if objects.is_empty() => (user.role_at_most(&self.engine.id), self.engine.id.0.clone()),
            Concern::Objects(objects) => {
                for object in objects {
                    let role = self.role_of(object).ok_or_else(|| nothing(object.name()))?;
                    self.has(role, needed, &self.engine.name_of(object))?;
                }
                return Ok(());
            }
            Concern::Job(id) => {
                // Of one's own, whatever it was begun with.
                let is_own = self.engine.jobs.table.read(|rows| rows.get(id).is_some_and(|job| job.started_by == user.name));
                let role = if is_own { user.role_at_most(&self.engine.id) } else { user.role_on(&self.engine.id) };
                (Some(role.ok_or_else(|| nothing(&id.0))?), id.0.clone())
            }
        };
        match role {
            Some(role) => self.has(role, needed, &subject),
            None => Err(Problem::new(ProblemCode::NotAllowed(needed), subject, "")),
        }
    }

    fn has(&self, role: Role, needed: Role, subject: &str) -> Result<(), Problem> {
        let is_allowed = role >= needed;
        tracing::trace!(user = %self.user.name, engine = %self.engine.id, subject, ?needed, is_allowed, "authorised");
        if is_allowed { Ok(()) } else { Err(Problem::new(ProblemCode::NotAllowed(needed), subject, "")) }
    }

    /// For all that is on the engine, so that nothing has to be looked at.
    pub fn sees_all(&self) -> bool {
        self.user.role_on(&self.engine.id).is_some()
    }

    /// Of variables, from whoever only looks at this.
    pub fn hides_values(&self, of: &Object) -> bool {
        self.role_of(of) <= Some(Role::Viewer)
    }

    pub fn sees(&self, object: &Object) -> bool {
        self.role_of(object).is_some()
    }

    /// Whoever has a part of the engine gives no other meaning to a name that others use.
    pub fn may_name(&self, reference: &str) -> Result<(), Problem> {
        let is_used = || self.engine.images.read(|rows| rows.rows().any(|image| image.is_meant_by(reference)));
        if reference.is_empty() || self.user.role_on(&self.engine.id) >= Some(Role::Operator) || !is_used() {
            return Ok(());
        }
        Err(Problem::new(ProblemCode::NotAllowed(Role::Operator), reference, "another image has this name"))
    }

    /// The role for this object; `None` if it cannot be seen.
    fn role_of(&self, object: &Object) -> Option<Role> {
        let engine = &self.engine;
        if let Some(role) = self.user.role_on(&engine.id)
            // Another one might be higher where there is a label.
            && self.user.grants.iter().all(|grant| !matches!(grant.scope, Scope::Label { .. }) || grant.role <= role)
        {
            return Some(role);
        }
        let of_labels = |labels: &[(String, String)]| self.user.role_for(&engine.id, labels);
        let found = match object {
            Object::Container(said) => engine.labels_of_container(&said.0).and_then(|labels| of_labels(&labels)),
            Object::Volume(name) => {
                engine.volumes.read(|rows| rows.get(&VolumeName::new(name)).and_then(|volume| of_labels(&volume.labels)))
            }
            Object::Network(said) => engine.networks.read(|rows| {
                let by_id = rows.get(&NetworkId::new(said));
                let network = by_id.or_else(|| rows.rows().find(|network| network.name == *said || network.id.is_abbreviated(said)))?;
                // Every engine has these.
                of_labels(&network.labels).or_else(|| network.is_built_in().then_some(Role::Viewer))
            }),
            // What a container is of that one sees.
            Object::Image(said) => {
                let of_containers = engine.images_of_containers(|labels| of_labels(labels).is_some());
                engine
                    .images
                    .read(|rows| rows.rows().any(|image| of_containers.contains(&image.id) && image.is_meant_by(said)))
                    .then_some(Role::Viewer)
            }
            Object::Cache(_) => None,
        };
        found.max(self.user.role_on(&engine.id))
    }

    /// As [`Reach::role_of`] of a container that may have come to be just now.
    async fn role_of_container(&self, said: &str) -> Option<Role> {
        if self.engine.is_helper(said) {
            return self.user.role_at_most(&self.engine.id);
        }
        let known = self.role_of(&Object::Container(ContainerId::new(said)));
        let has_labels = self.user.grants.iter().any(|grant| matches!(grant.scope, Scope::Label { .. }));
        if !has_labels || self.engine.labels_of_container(said).is_some() {
            return known;
        }
        let labels = self.engine.ask_labels(said).await;
        labels.and_then(|labels| self.user.role_for(&self.engine.id, &labels)).max(known)
    }

    async fn decide(&self, request: &Request) -> Result<(), Denied> {
        use Operation as Op;
        let needed = role_for(request.operation);
        let object = request.object.as_str();
        let empty = Value::Null;
        let body = request.body.as_ref().unwrap_or(&empty);
        let role = match request.operation {
            Op::ContainerCreate => {
                let role = self.user.role_for(&self.engine.id, &labels_of(body));
                if self.user.role_on(&self.engine.id) < Some(Role::Developer) {
                    self.check_parts(body).await?;
                }
                role
            }
            Op::ImageCommit => {
                let container =
                    request.query.iter().find(|(name, _)| *name == "container").map(|(_, value)| String::from_utf8_lossy(value));
                self.role_of_container(&container.unwrap_or_default()).await
            }
            // What was begun in a container that one may.
            Op::ExecInspect | Op::ExecResize | Op::ExecStart | Op::SystemPing => self.user.role_at_most(&self.engine.id),
            Op::NetworkConnect | Op::NetworkDisconnect => {
                let seen = self.role_of(&Object::Network(object.to_owned())).is_some();
                if seen { self.role_of_container(body["Container"].as_str().unwrap_or_default()).await } else { None }
            }
            // The layer of a selection, or what was checked as a call.
            Op::ImageLoad | Op::ImageGetAll => self.user.role_at_most(&self.engine.id),
            operation if operation.path().starts_with("/containers/{}") => self.role_of_container(object).await,
            operation if operation.is_of_reference() => self.role_of(&Object::Image(object.to_owned())),
            Op::VolumeInspect | Op::VolumeDelete => self.role_of(&Object::Volume(object.to_owned())),
            Op::NetworkInspect | Op::NetworkDelete => self.role_of(&Object::Network(object.to_owned())),
            _ => match self.user.role_on(&self.engine.id) {
                None => return Err(Denied::Needs { role: needed, why: "engine".to_owned() }),
                role => role,
            },
        };
        let Some(role) = role else { return Err(Denied::Unknown(object.to_owned())) };
        if role < needed {
            return Err(Denied::Needs { role: needed, why: String::new() });
        }
        if self.user.role_on(&self.engine.id) == Some(Role::Administrator) {
            return Ok(());
        }
        let harmful = self.harmful(request, body).await;
        if harmful.is_empty() { Ok(()) } else { Err(Denied::Needs { role: Role::Administrator, why: harmful.join(", ") }) }
    }

    /// Whether this person may be inside of a container, by a terminal that was opened before: by another, or when they might more.
    pub async fn may_enter(&self, container: &ContainerId) -> Result<(), Problem> {
        let entered = self.decide(&exec::create(&container.0, &[], "", "", true)).await;
        let name = || self.engine.name_of(&Object::Container(container.clone()));
        entered.map_err(|denied| match denied {
            Denied::Unknown(_) => Problem::new(ProblemCode::NotFound, container.0.as_str(), ""),
            Denied::Needs { role, why } => Problem::new(ProblemCode::NotAllowed(role), name(), why),
        })
    }

    /// What of it gives the host away, which a role for a part of it must not.
    async fn harmful(&self, request: &Request, body: &Value) -> Vec<String> {
        let is_set = |field: &str| !matches!(&body[field], Value::Null) && body[field] != Value::Object(Default::default());
        let other = |field: &str, known: &[&str]| {
            let value = body[field].as_str().unwrap_or_default();
            (!known.contains(&value)).then(|| format!("{field} {value}"))
        };
        match request.operation {
            Operation::ContainerCreate => {
                let mut found = host::harmful(body, self);
                found.extend(self.harmful_parts(body).await);
                found
            }
            Operation::ContainerExec if body["Privileged"] == true => vec!["Privileged".to_owned()],
            // Whoever is inside has what the container has.
            Operation::ContainerExec
            | Operation::ContainerAttach
            | Operation::ContainerArchive
            | Operation::ContainerArchiveInfo
            | Operation::PutContainerArchive => {
                // What cannot be looked at might have anything.
                let Some(inspect) = self.engine.ask_container(&request.object).await else { return vec!["inspect".to_owned()] };
                let is_own = self.engine.own.as_ref().is_some_and(|own| inspect["Id"] == own.0);
                let of_own = self.own_volumes().await;
                let mounted = inspect["Mounts"].as_array().into_iter().flatten().filter_map(|mount| mount["Name"].as_str());
                let own = mounted.filter(|name| of_own.iter().any(|own| own == name)).map(|name| format!("Mounts {name}"));
                let own = own.chain(is_own.then(|| "Linkspan".to_owned()));
                let reads = matches!(request.operation, Operation::ContainerArchive | Operation::ContainerArchiveInfo);
                let of_host = if reads { host::mounts_of_host(&inspect, self) } else { host::escapes(&inspect, self) };
                of_host.into_iter().chain(own).collect()
            }
            Operation::VolumeCreate => {
                let options = is_set("DriverOpts").then(|| "DriverOpts".to_owned());
                options.into_iter().chain(other("Driver", &["", "local"])).collect()
            }
            Operation::NetworkCreate => other("Driver", &["", "bridge", "overlay"]).into_iter().collect(),
            Operation::ImageBuild => {
                request.query.iter().filter(|(name, _)| *name == "networkmode").map(|_| "networkmode".to_owned()).collect()
            }
            Operation::ImageCreate => request.query.iter().filter(|(name, _)| *name == "fromSrc").map(|_| "fromSrc".to_owned()).collect(),
            _ => Vec::new(),
        }
    }

    /// Of a new container, what only the engine can tell: whose network it shares, and whether a volume is Linkspan's.
    async fn harmful_parts(&self, body: &Value) -> Vec<String> {
        let host = &body["HostConfig"];
        let mode = host["NetworkMode"].as_str().unwrap_or_default();
        let mut found = Vec::new();
        if let Some(other) = mode.strip_prefix("container:") {
            let inspect = self.engine.ask_container(other).await;
            if inspect.is_none_or(|inspect| host::shares_network_of_host(&inspect)) {
                found.push(format!("NetworkMode {mode}"));
            }
        }
        let own = self.own_volumes().await;
        found.extend(volumes_of(host).filter(|volume| own.iter().any(|own| own == volume)).map(|volume| format!("Mounts {volume}")));
        found
    }

    /// Where Linkspan keeps who may do what, if it is in a container of this engine.
    async fn own_volumes(&self) -> Vec<String> {
        let Some(own) = &self.engine.own else { return Vec::new() };
        let inspect = self.engine.ask_container(&own.0).await.unwrap_or_default();
        let mounts = inspect["Mounts"].as_array().into_iter().flatten();
        mounts.filter_map(|mount| mount["Name"].as_str().map(str::to_owned)).collect()
    }

    /// What the engine tells of these meanwhile is of this request.
    fn touch(&self, request: &Request) -> Permit {
        use Operation as Op;
        // What is done inside of a container is not what becomes of it.
        let is_inside =
            matches!(request.operation, Op::ContainerExec | Op::ExecStart | Op::ExecResize | Op::ContainerResize | Op::PutContainerArchive);
        if is_inside || matches!(request.operation.method(), hyper::Method::GET | hyper::Method::HEAD) {
            return Box::new(());
        }
        let text = |field: &str| request.body.as_ref().and_then(|body| body.get(field)?.as_str()).unwrap_or_default().to_owned();
        let named = request.query.iter().filter(|(name, _)| matches!(*name, "name" | "container"));
        let named = named.map(|(_, value)| String::from_utf8_lossy(value).into_owned());
        let path = request.operation.path();
        let is_of_images = path.starts_with("/images") || matches!(request.operation, Operation::ImageCommit | Operation::ImageBuild);
        let objects = [request.object.clone(), text("Container"), text("Name"), if is_of_images { IMAGES } else { "" }.to_owned()];
        Box::new(self.engine.activity.touch(&self.engine.id, objects.into_iter().chain(named)))
    }

    /// For whoever sees a part of the engine: a new container takes no part in what cannot be seen.
    async fn check_parts(&self, body: &Value) -> Result<(), Denied> {
        let host = &body["HostConfig"];
        let mode = host["NetworkMode"].as_str().unwrap_or_default();
        let endpoints = body["NetworkingConfig"]["EndpointsConfig"].as_object();
        if let Some(other) = mode.strip_prefix("container:")
            && self.role_of_container(other).await < Some(Role::Developer)
        {
            return Err(Denied::Unknown(other.to_owned()));
        }
        let networks = [mode].into_iter().filter(|mode| !matches!(*mode, "" | "default") && !mode.starts_with("container:"));
        for network in networks.chain(endpoints.into_iter().flatten().map(|(network, _)| network.as_str())) {
            if !self.sees(&Object::Network(network.to_owned())) {
                return Err(Denied::Unknown(network.to_owned()));
            }
        }
        for volume in volumes_of(host) {
            let is_there = self.engine.volumes.read(|rows| rows.get(&VolumeName::new(volume)).is_some());
            if is_there && self.role_of(&Object::Volume(volume.to_owned())) < Some(Role::Developer) {
                return Err(Denied::Unknown(volume.to_owned()));
            }
        }
        Ok(())
    }
}

impl Guard for Reach {
    fn check<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Permit, Denied>> {
        Box::pin(async move {
            let decided = self.decide(request).await;
            if let Err(denied) = &decided {
                let (user, engine, operation) = (&self.user.name, &self.engine.id, request.operation);
                tracing::info!(%user, %engine, ?operation, object = request.object, ?denied, "a request was not sent");
            }
            decided.map(|()| self.touch(request))
        })
    }
}

impl Volumes for Reach {
    /// An engine's own driver mounts whatever its options name: a folder, a disk.
    fn is_of_host(&self, volume: &str) -> bool {
        self.engine.volumes.read(|rows| {
            let options = rows.get(&VolumeName::new(volume)).map(|volume| volume.options.clone()).unwrap_or_default();
            options.iter().any(|(name, value)| name == "device" && value.starts_with('/') || name == "o" && value.contains("bind"))
        })
    }
}

/// The least role that sends this to an engine.
fn role_for(operation: Operation) -> Role {
    use Operation as Op;
    match operation {
        Op::ContainerInspect
        | Op::ContainerList
        | Op::ContainerLogs
        | Op::ContainerStats
        | Op::ContainerTop
        | Op::ImageHistory
        | Op::ImageInspect
        | Op::ImageList
        | Op::NetworkInspect
        | Op::NetworkList
        | Op::SystemDataUsage
        | Op::SystemEvents
        | Op::SystemInfo
        | Op::SystemPing
        | Op::SystemVersion
        | Op::VolumeInspect
        | Op::VolumeList => Role::Viewer,
        Op::ContainerArchive
        | Op::ContainerArchiveInfo
        | Op::ContainerChanges
        | Op::ContainerKill
        | Op::ContainerPause
        | Op::ContainerRestart
        | Op::ContainerStart
        | Op::ContainerStop
        | Op::ContainerUnpause
        | Op::ContainerWait
        | Op::DistributionInspect
        | Op::ImageCommit
        | Op::ImageCreate
        | Op::ImageGetAll
        | Op::ImageLoad
        | Op::ImagePush
        | Op::ImageTag => Role::Operator,
        Op::BuildPrune
        | Op::ContainerAttach
        | Op::ContainerCreate
        | Op::ContainerDelete
        | Op::ContainerExec
        | Op::ContainerExport
        | Op::ContainerRename
        | Op::ContainerResize
        | Op::ContainerUpdate
        | Op::ExecInspect
        | Op::ExecResize
        | Op::ExecStart
        | Op::ImageBuild
        | Op::ImageDelete
        | Op::NetworkConnect
        | Op::NetworkCreate
        | Op::NetworkDelete
        | Op::NetworkDisconnect
        | Op::PutContainerArchive
        | Op::VolumeCreate
        | Op::VolumeDelete => Role::Developer,
    }
}

/// Names, and what is written in their place.
fn volumes_of(host: &Value) -> impl Iterator<Item = &str> {
    let mounts = host["Mounts"].as_array().into_iter().flatten().filter(|mount| mount["Type"] == "volume");
    let binds = host["Binds"].as_array().into_iter().flatten().filter_map(|bind| bind.as_str()?.split(':').next());
    mounts.filter_map(|mount| mount["Source"].as_str()).chain(binds)
}

fn labels_of(body: &Value) -> Vec<(String, String)> {
    let labels = body["Labels"].as_object().into_iter().flatten();
    labels.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
}
