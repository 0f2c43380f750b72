//! Keeps the tables of one engine exact: subscribe to events first, list second, then follow the events.
//!
//! One event costs the engine at most one inspect and never a list. After every gap everything is listed again.

use std::{
    collections::{HashMap, HashSet},
    time::{Duration, Instant},
};

use futures_util::StreamExt;
use linkspan_shared::{
    engine::{EngineAbout, EngineLink},
    ids::{ContainerId, ImageId, NetworkId, VolumeName},
    image::Image,
    reference::Reference,
    time::Timestamp,
};
use tokio::{sync::mpsc, task::JoinSet};
use tokio_util::sync::CancellationToken;

use super::{EngineHub, backoff::Backoff, convert, now};
use crate::docker::{EngineError, containers, events, features, images, model, networks, system, volumes};

/// Events that wait while the tables are written. More means that this bridge is too slow: it lists again.
const EVENTS_WAITING: usize = 8192;
/// Inspects under way at once; more would only queue up inside the engine.
const INSPECTS: usize = 4;
/// A connection that held for as long was a good one.
const STABLE: Duration = Duration::from_secs(10);
/// Events that are shown beside a container's figures.
const MARKED: &[&str] = &["start", "die", "oom", "pause", "unpause", "health_status"];
/// A frozen engine keeps its connections: only a question left unanswered tells.
const PING_EVERY: Duration = Duration::from_secs(20);

pub async fn keep(hub: &EngineHub, stop: CancellationToken) {
    let mut backoff = Backoff::default();
    loop {
        let begun = Instant::now();
        let ended = tokio::select! {
            ended = follow(hub) => ended,
            () = stop.cancelled() => return,
        };
        // A connection that breaks again and again costs less and less.
        if begun.elapsed() > STABLE {
            backoff.succeeded();
        }
        let wait = backoff.pause();
        let error = match ended {
            Ended::Gap => {
                tracing::warn!(engine = %hub.id, wait_ms = wait.as_millis() as u64, "events were missed: listing again");
                tokio::select! {
                    () = tokio::time::sleep(wait) => continue,
                    () = stop.cancelled() => return,
                }
            }
            Ended::Lost(error) => error,
        };
        let problem = hub.problem(&error, hub.client.url());
        tracing::warn!(engine = %hub.id, error = %error, wait_ms = wait.as_millis() as u64, "engine unreachable");
        let since = hub.engines.read(|rows| match rows.get(&hub.id).map(|engine| &engine.link) {
            Some(EngineLink::Unreachable { since, .. }) => *since,
            _ => now(),
        });
        let next_try = Timestamp(now().0 + wait.as_millis() as i64);
        hub.set_link(EngineLink::Unreachable { since, next_try, problem });
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = hub.retry.notified() => {}
            () = stop.cancelled() => return,
        }
    }
}

enum Ended {
    /// Events were missed; the engine is well.
    Gap,
    Lost(EngineError),
}

impl From<EngineError> for Ended {
    fn from(error: EngineError) -> Self {
        Self::Lost(error)
    }
}

async fn follow(hub: &EngineHub) -> Ended {
    match connect(hub).await {
        Ok((events, keeper)) => {
            hub.set_link(EngineLink::Connected);
            tracing::info!(engine = %hub.id, "engine connected");
            keeper.run(events).await
        }
        Err(error) => Ended::Lost(error),
    }
}

async fn connect(hub: &EngineHub) -> Result<(mpsc::Receiver<Happening>, Keeper<'_>), EngineError> {
    let (version, (major, minor)) = hub.client.negotiate().await?;
    let info: model::Info = hub.client.json(&system::info()).await?;
    let mut stream = hub.client.documents::<model::Event>(&events::subscribe()).await?;
    let (sender, receiver) = mpsc::channel(EVENTS_WAITING);
    let mut keeper = Keeper::new(hub);
    // Always drained, also while the lists below are read: an engine drops events that nobody takes.
    keeper.tasks.spawn(async move {
        while let Some(event) = stream.next().await {
            let happening = match event {
                Ok(event) => Happening::Event(event),
                // One event that cannot be read is a gap, not the end.
                Err(EngineError::Nonsense(_)) => Happening::Gap,
                Err(error) => Happening::Lost(error),
            };
            if sender.try_send(happening).is_err() {
                return Done::Gap;
            }
        }
        Done::Lost(EngineError::lost("the event stream ended"))
    });

    let listed: Vec<model::ContainerSummary> = hub.client.json(&containers::list()).await?;
    let listed_images: Vec<model::ImageSummary> = hub.client.json(&images::list()).await?;
    let listed_volumes: model::VolumeList = hub.client.json(&volumes::list()).await?;
    let listed_networks: Vec<model::Network> = hub.client.json(&networks::list()).await?;
    hub.containers.write(|rows| {
        let listed = listed
            .into_iter()
            .map(|summary| {
                let mut row = convert::container_from_summary(summary, hub.own.as_ref());
                // The list does not say it; what an earlier inspect found holds until the next one.
                if let Some(known) = rows.get(&row.id) {
                    row.auto_remove = known.auto_remove;
                    row.started = known.started.filter(|_| row.state.has_process());
                }
                row
            })
            .collect();
        rows.replace(listed);
    });
    hub.images.write(|rows| rows.replace(listed_images.into_iter().map(convert::image_from_summary).collect()));
    hub.volumes.write(|rows| rows.replace(listed_volumes.volumes.into_iter().map(convert::volume).collect()));
    hub.networks.write(|rows| rows.replace(listed_networks.into_iter().map(convert::network).collect()));
    // What only an inspect tells matters for containers that can be stopped.
    let up: Vec<ContainerId> = hub.containers.read(|rows| rows.rows().filter(|row| row.state.is_up()).map(|row| row.id.clone()).collect());
    keeper.wanted.extend(up.into_iter().map(|id| Subject::Container(id.0)));
    hub.engines.write(|rows| {
        rows.update(&hub.id, |engine| {
            engine.about = Some(EngineAbout {
                host: info.name,
                product: version.product().to_owned(),
                version: version.version,
                api_version: format!("{major}.{minor}"),
                memory: info.mem_total,
                lacks: features::missing((major, minor)),
            });
        });
    });
    Ok((receiver, keeper))
}

enum Happening {
    Event(model::Event),
    Gap,
    Lost(EngineError),
}

/// What an inspect is about: a container's id, an image's id or reference, a volume's name, a network's id.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Subject {
    Container(String),
    Image(String),
    Volume(String),
    Network(String),
}

enum Done {
    Container(String, Result<Box<model::ContainerInspect>, EngineError>),
    Image(String, Result<Box<model::ImageInspect>, EngineError>),
    Volume(String, Result<model::Volume, EngineError>),
    Network(String, Result<Box<model::Network>, EngineError>),
    Gap,
    Lost(EngineError),
    Pinged(Result<(), EngineError>),
}

/// What is under way when its answer comes.
#[derive(Clone, Copy, PartialEq)]
enum Flight {
    Fresh,
    /// Another event came meanwhile: the answer may be too old, ask again.
    Outdated,
    /// It was removed meanwhile: forget the answer.
    Gone,
}

struct Keeper<'a> {
    hub: &'a EngineHub,
    /// Subjects to inspect; at most one entry each, so it is bounded by what the engine has.
    wanted: HashSet<Subject>,
    flights: HashMap<Subject, Flight>,
    tasks: JoinSet<Done>,
}

impl<'a> Keeper<'a> {
    fn new(hub: &'a EngineHub) -> Self {
        Self { hub, wanted: HashSet::new(), flights: HashMap::new(), tasks: JoinSet::new() }
    }

    async fn run(mut self, mut events: mpsc::Receiver<Happening>) -> Ended {
        let mut ping = tokio::time::interval(PING_EVERY);
        ping.reset();
        loop {
            self.take_off();
            tokio::select! {
                happening = events.recv() => match happening {
                    Some(Happening::Event(event)) => if let Some(ended) = self.heed(event) { return ended },
                    Some(Happening::Gap) => return Ended::Gap,
                    Some(Happening::Lost(error)) => return Ended::Lost(error),
                    None => return self.why_events_ended().await,
                },
                Some(done) = self.tasks.join_next() => match done {
                    Ok(done) => if let Some(ended) = self.land(done) { return ended },
                    Err(error) => return Ended::Lost(EngineError::Nonsense(error.to_string())),
                },
                _ = ping.tick() => {
                    let client = self.hub.client.clone();
                    self.tasks.spawn(async move { Done::Pinged(client.ping().await) });
                }
            }
        }
    }

    /// The reader hung up; its own last word says whether it fell behind or the engine went away.
    async fn why_events_ended(&mut self) -> Ended {
        while let Some(done) = self.tasks.join_next().await {
            if let Ok(done) = done
                && let Some(ended) = self.land(done)
            {
                return ended;
            }
        }
        Ended::Gap
    }

    fn heed(&mut self, event: model::Event) -> Option<Ended> {
        // Podman tells a volume's name beside an empty id.
        let name = event.actor.attributes.get("name").filter(|_| event.actor.id.is_empty() && event.kind == "volume");
        let id = name.cloned().unwrap_or(event.actor.id);
        if event.kind == "container" && MARKED.iter().any(|marked| event.action.starts_with(marked)) {
            let time = if event.time_nano > 0 { event.time_nano / 1_000_000 } else { event.time * 1_000 };
            self.hub.stats.histories.mark(&ContainerId::new(id.as_str()), Timestamp(time), &event.action);
        }
        match (event.kind.as_str(), event.action.as_str()) {
            ("container", "destroy" | "remove") => {
                self.forget(Subject::Container(id.clone()));
                self.hub.stats.histories.forget(&ContainerId::new(id.as_str()));
                self.hub.containers.write(|rows| rows.remove(&ContainerId(id)));
            }
            // The container is as it was; there is a new image.
            ("container", "commit") => match event.actor.attributes.get("imageID") {
                Some(image) => self.want(Subject::Image(image.clone())),
                // Podman does not say which.
                None => return Some(Ended::Gap),
            },
            // `die` has come before `stop`, `start` before `restart`: both were heeded.
            ("container", "stop" | "restart") => {}
            ("container", _) => self.want(Subject::Container(id)),
            // Of a pull of all tags the event names the repository alone: which images came is not said.
            ("image", "pull") if Reference::parse(&id).is_ok_and(|pulled| pulled.tag.is_none() && pulled.digest.is_none()) => {
                return Some(Ended::Gap);
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
        None
    }

    fn want(&mut self, subject: Subject) {
        match self.flights.get_mut(&subject) {
            Some(flight) => *flight = Flight::Outdated,
            None => {
                self.wanted.insert(subject);
            }
        }
    }

    fn forget(&mut self, subject: Subject) {
        self.wanted.remove(&subject);
        if let Some(flight) = self.flights.get_mut(&subject) {
            *flight = Flight::Gone;
        }
    }

    fn take_off(&mut self) {
        while self.flights.len() < INSPECTS {
            let Some(subject) = self.wanted.iter().next().cloned() else { return };
            self.wanted.remove(&subject);
            self.flights.insert(subject.clone(), Flight::Fresh);
            let client = self.hub.client.clone();
            self.tasks.spawn(async move {
                match subject {
                    Subject::Container(id) => {
                        let answer = client.json(&containers::inspect(&id)).await;
                        Done::Container(id, answer)
                    }
                    Subject::Image(name) => {
                        let answer = client.json(&images::inspect(&name)).await;
                        Done::Image(name, answer)
                    }
                    Subject::Volume(name) => {
                        let answer = client.json(&volumes::inspect(&name)).await;
                        Done::Volume(name, answer)
                    }
                    Subject::Network(id) => {
                        let answer = client.json(&networks::inspect(&id)).await;
                        Done::Network(id, answer)
                    }
                }
            });
        }
    }

    fn land(&mut self, done: Done) -> Option<Ended> {
        match done {
            Done::Container(id, answer) => {
                if self.landed(Subject::Container(id.clone())) == Flight::Gone {
                    return None;
                }
                match answer {
                    Ok(inspect) => self.hub.containers.write(|rows| {
                        let row = convert::container_from_inspect(*inspect, rows.get(&ContainerId(id)), self.hub.own.as_ref());
                        rows.upsert(row);
                    }),
                    Err(error) if error.is_not_found() => self.hub.containers.write(|rows| rows.remove(&ContainerId(id))),
                    Err(error) => return lost(error),
                }
            }
            Done::Image(name, answer) => {
                if self.landed(Subject::Image(name.clone())) == Flight::Gone {
                    return None;
                }
                match answer {
                    Ok(inspect) => self.hub.images.write(|rows| {
                        let image = convert::image_from_inspect(*inspect);
                        let moved = tags_taken_from(rows.rows(), &image);
                        moved.into_iter().for_each(|image| rows.upsert(image));
                        rows.upsert(image);
                    }),
                    Err(error) if error.is_not_found() => self.hub.images.write(|rows| rows.remove(&ImageId(name))),
                    Err(error) => return lost(error),
                }
            }
            Done::Volume(name, answer) => {
                if self.landed(Subject::Volume(name.clone())) == Flight::Gone {
                    return None;
                }
                match answer {
                    Ok(inspect) => self.hub.volumes.write(|rows| rows.upsert(convert::volume(inspect))),
                    Err(error) if error.is_not_found() => self.hub.volumes.write(|rows| rows.remove(&VolumeName(name))),
                    Err(error) => return lost(error),
                }
            }
            Done::Network(id, answer) => {
                if self.landed(Subject::Network(id.clone())) == Flight::Gone {
                    return None;
                }
                match answer {
                    Ok(inspect) => self.hub.networks.write(|rows| rows.upsert(convert::network(*inspect))),
                    Err(error) if error.is_not_found() => self.hub.networks.write(|rows| rows.remove(&NetworkId(id))),
                    Err(error) => return lost(error),
                }
            }
            Done::Gap => return Some(Ended::Gap),
            Done::Lost(error) | Done::Pinged(Err(error)) => return Some(Ended::Lost(error)),
            Done::Pinged(Ok(())) => {}
        }
        None
    }

    fn landed(&mut self, subject: Subject) -> Flight {
        let flight = self.flights.remove(&subject).unwrap_or(Flight::Fresh);
        if flight == Flight::Outdated {
            self.wanted.insert(subject);
        }
        flight
    }
}

/// An engine that cannot say something about one object for a moment (a container on its way out gives a 5xx now and
/// then) is no reason to give up the connection: the next event of the object asks again.
fn lost(error: EngineError) -> Option<Ended> {
    match error {
        EngineError::Refused { .. } | EngineError::Nonsense(_) => {
            tracing::debug!(%error, "an inspect was refused");
            None
        }
        error => Some(Ended::Lost(error)),
    }
}

/// A tag is on one image only: the others as they are without the tags of `new`.
fn tags_taken_from<'a>(images: impl Iterator<Item = &'a Image>, new: &Image) -> Vec<Image> {
    images
        .filter(|image| image.id != new.id && image.tags.iter().any(|tag| new.tags.contains(tag)))
        .map(|image| {
            let mut image = image.clone();
            image.tags.retain(|tag| !new.tags.contains(tag));
            image
        })
        .collect()
}
