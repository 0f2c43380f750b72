//! Keeps the tables of one engine exact: subscribe to events first, list second, then follow the events.
//!
//! One event costs the engine at most one inspect and never a list. After every gap everything is listed again. What an
//! engine does not give out, or not so that it can be read, is said beside the rest and does not take that with it.

mod apply;
mod parts;
mod subject;

use std::{
    collections::{HashMap, HashSet},
    panic::AssertUnwindSafe,
    time::Duration,
};

use futures_util::{FutureExt, StreamExt};
use linkspan_shared::{
    connect::ConnectFault,
    container::{Container, ContainerState},
    engine::{EngineAbout, EngineLink, EnginePart, Lacking},
    ids::{ContainerId, ImageId, NetworkId, VolumeName},
    image::Image,
    problem::{Problem, ProblemCode},
    time::Timestamp,
};
use tokio::{sync::mpsc, task::JoinSet, time::Instant};
use tokio_util::sync::CancellationToken;

use super::{EngineHub, backoff::Backoff, convert, helpers, now};
use crate::activity::Happenings;
use linkspan_docker::{EngineError, Failure, api, containers, events, images, model, networks, volumes};
use subject::{Done, Flight, Found, Subject};

/// Events that wait while the tables are written. More means that this bridge is too slow: it lists again.
const EVENTS_WAITING: usize = 8192;
/// Inspects under way at once; more would only queue up inside the engine.
const INSPECTS: usize = 4;
/// One that takes longer holds up no others.
const SLOW: Duration = Duration::from_secs(5);
/// Slow ones that are waited for beside the others.
const SLOW_INSPECTS: usize = 64;
/// A connection that held for as long was a good one.
const STABLE: Duration = Duration::from_secs(10);
/// A frozen engine keeps its connections: only a question left unanswered tells. Asked when it has said nothing for as long,
/// so that together with the ping's own patience it is known within 15 s.
const PING_AFTER: Duration = Duration::from_secs(4);
/// What an engine refused is asked for again this often: whoever lets it through restarts no Linkspan.
const ASK_AGAIN: Duration = Duration::from_secs(30);
/// What is lacking is named up to here.
const LACKING: usize = 32;

pub async fn run(hub: &EngineHub, stop: CancellationToken) {
    let mut backoff = Backoff::default();
    let mut is_lost = false;
    loop {
        let begun = Instant::now();
        let ended = tokio::select! {
            // A mistake of this program is told like any other trouble, and the next attempt begins anew.
            ended = AssertUnwindSafe(follow(hub, is_lost)).catch_unwind() => ended.unwrap_or(Ended::Failed),
            () = stop.cancelled() => return,
        };
        // It was there in between.
        is_lost = is_lost && !hub.is_reachable();
        // A connection that breaks again and again costs less and less.
        if begun.elapsed() > STABLE {
            backoff.succeeded();
        }
        let wait = backoff.pause();
        let wait_ms = wait.as_millis() as u64;
        let last_word = hub.client.heard().map_or_else(now, |heard| Timestamp(heard.time.as_millisecond()));
        let problem = match ended {
            Ended::Gap => {
                tracing::warn!(engine = %hub.id, wait_ms, "events were missed: listing again");
                hub.set_link(EngineLink::CatchingUp { since: last_word });
                tokio::select! {
                    () = tokio::time::sleep(wait) => continue,
                    () = stop.cancelled() => return,
                }
            }
            Ended::Lost(error) => {
                tracing::warn!(engine = %hub.id, %error, wait_ms, "engine unreachable");
                let problem = hub.problem(&error, hub.client.url());
                if !std::mem::replace(&mut is_lost, true) {
                    hub.activity.engine_lost(&hub.id, &problem);
                }
                problem
            }
            Ended::Failed => {
                tracing::error!(engine = %hub.id, wait_ms, "the engine's keeper failed and begins anew");
                Problem::new(ProblemCode::Internal, hub.client.url(), "")
            }
        };
        let since = hub.engines.read(|rows| match rows.get(&hub.id).map(|engine| &engine.link) {
            Some(EngineLink::Unreachable { since, .. } | EngineLink::CatchingUp { since }) => *since,
            _ => last_word,
        });
        hub.set_link(EngineLink::Unreachable { since, next_try: Timestamp(now().0 + wait_ms as i64), problem });
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
    /// This program made a mistake.
    Failed,
}

impl From<EngineError> for Ended {
    fn from(error: EngineError) -> Self {
        Self::Lost(error)
    }
}

async fn follow(hub: &EngineHub, was_lost: bool) -> Ended {
    match connect(hub).await {
        Ok((events, keeper)) => {
            if was_lost {
                hub.activity.engine_back(&hub.id);
            }
            hub.set_link(EngineLink::Connected);
            tracing::info!(engine = %hub.id, "engine connected");
            keeper.run(events).await
        }
        Err(ended) => ended,
    }
}

async fn connect(hub: &EngineHub) -> Result<(mpsc::Receiver<EventOrGap>, Keeper<'_>), Ended> {
    let (version, (major, minor)) = hub.client.negotiate().await?;
    let mut stream = hub.client.documents::<model::Event>(&events::subscribe()).await?;
    let (sender, receiver) = mpsc::channel(EVENTS_WAITING);
    let mut keeper = Keeper::new(hub);
    // Always drained, also while the lists below are read: an engine drops events that nobody takes.
    keeper.tasks.spawn(async move {
        while let Some(event) = stream.next().await {
            let happening = match event {
                Ok(event) => EventOrGap::Event(event),
                Err(EngineError::TooLong(beginning)) => model::Event::of_beginning(&beginning).map_or(EventOrGap::Gap, EventOrGap::Event),
                // One event that cannot be read is a gap, not the end.
                Err(EngineError::Malformed(_)) => EventOrGap::Gap,
                Err(error) => EventOrGap::Lost(error),
            };
            if sender.try_send(happening).is_err() {
                return Done::Gap;
            }
        }
        Done::Lost(EngineError::lost("the event stream ended"))
    });
    hub.engines.write(|rows| {
        rows.update(&hub.id, |engine| {
            let known = engine.about.take();
            engine.about = Some(EngineAbout {
                host: known.as_ref().map(|known| known.host.clone()).unwrap_or_default(),
                reached_at: hub.client.host(),
                product: version.product().to_owned(),
                version: version.version,
                api_version: format!("{major}.{minor}"),
                memory: known.and_then(|known| known.memory),
                lacks: api::missing((major, minor)),
            });
        });
    });
    keeper.list().await?;
    // What only an inspect tells matters for containers that can be stopped, and for what the list did not say.
    let wanted: Vec<ContainerId> =
        hub.containers.read(|rows| rows.rows().filter(|row| is_incomplete(row)).map(|row| row.id.clone()).collect());
    keeper.wanted.extend(wanted.into_iter().map(|id| Subject::Container(id.0)));
    Ok((receiver, keeper))
}

enum EventOrGap {
    Event(model::Event),
    Gap,
    Lost(EngineError),
}

struct Keeper<'a> {
    hub: &'a EngineHub,
    /// Subjects to ask about; at most one entry each, so it is bounded by what the engine has.
    wanted: HashSet<Subject>,
    flights: HashMap<Subject, (Flight, Instant)>,
    /// Of what the engine failed to say, how long to wait before it is asked again.
    failed: HashMap<Subject, Backoff>,
    lacking: Vec<Lacking>,
    is_pinging: bool,
    happenings: Happenings,
    tasks: JoinSet<Done>,
}

impl<'a> Keeper<'a> {
    fn new(hub: &'a EngineHub) -> Self {
        Self {
            hub,
            wanted: HashSet::new(),
            flights: HashMap::new(),
            failed: HashMap::new(),
            lacking: Vec::new(),
            is_pinging: false,
            happenings: Happenings::new(hub.activity.clone(), hub.id.clone()),
            tasks: JoinSet::new(),
        }
    }

    /// Asks for everything. Without its containers there is nothing to show; without the rest there is less, and what takes long
    /// is said to be missing until it comes.
    async fn list(&mut self) -> Result<(), Ended> {
        let parts = EnginePart::ALL.map(Subject::Part);
        self.wanted.extend(parts.iter().cloned());
        let late = tokio::time::sleep(SLOW);
        tokio::pin!(late);
        loop {
            self.take_off();
            let missing = |subject: &&Subject| self.wanted.contains(subject) || self.flights.contains_key(subject);
            let missing: Vec<EnginePart> = parts.iter().filter(missing).map(Subject::part).collect();
            if missing.is_empty() {
                return Ok(());
            }
            if late.is_elapsed() && !missing.contains(&EnginePart::Containers) {
                for part in missing {
                    self.take(part, Err(Failure::new(ConnectFault::TimedOut, format!("no answer within {} s", SLOW.as_secs())).into()));
                }
                return Ok(());
            }
            tokio::select! {
                Some(done) = self.tasks.join_next() => match done {
                    Ok(done) => if let Some(ended) = self.land(done) { return Err(ended) },
                    Err(_) => return Err(Ended::Failed),
                },
                () = &mut late, if !late.is_elapsed() => {}
            }
        }
    }

    async fn run(mut self, mut events: mpsc::Receiver<EventOrGap>) -> Ended {
        let mut look = tokio::time::interval(PING_AFTER / 4);
        let mut ask_again = tokio::time::interval(ASK_AGAIN);
        ask_again.reset();
        loop {
            self.take_off();
            tokio::select! {
                happening = events.recv() => match happening {
                    Some(EventOrGap::Event(event)) => self.apply(event),
                    Some(EventOrGap::Gap) => return Ended::Gap,
                    Some(EventOrGap::Lost(error)) => return Ended::Lost(error),
                    None => return self.why_events_ended().await,
                },
                Some(done) = self.tasks.join_next() => match done {
                    Ok(done) => if let Some(ended) = self.land(done) { return ended },
                    Err(_) => return Ended::Failed,
                },
                () = self.happenings.due() => {
                    let restarts = |id: &ContainerId| self.hub.containers.read(|rows| rows.get(id).map_or(0, |row| row.restarts));
                    self.happenings.settle(restarts, self.hub.jobs.is_moving_images());
                }
                _ = look.tick() => self.look(),
                _ = ask_again.tick() => {
                    let refused: Vec<EnginePart> = self.lacking.iter().filter(|lacking| lacking.whole).map(|lacking| lacking.part).collect();
                    refused.into_iter().for_each(|part| self.want(Subject::Part(part)));
                }
            }
        }
    }

    /// Is anybody there who has said nothing for a while? And what does its clock say?
    fn look(&mut self) {
        let heard = self.hub.client.heard();
        self.hub.set_clock(heard.and_then(|heard| heard.ahead).map_or(0, |ahead| ahead.as_millis() as i64));
        if heard.is_none_or(|heard| heard.at.elapsed() >= PING_AFTER) {
            self.ping();
        }
    }

    fn ping(&mut self) {
        if !std::mem::replace(&mut self.is_pinging, true) {
            let client = self.hub.client.clone();
            self.tasks.spawn(async move { Done::Pinged(client.ping().await) });
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

    fn want(&mut self, subject: Subject) {
        match self.flights.get_mut(&subject) {
            Some((flight, _)) => *flight = Flight::Outdated,
            None => {
                self.wanted.insert(subject);
            }
        }
    }

    fn forget(&mut self, subject: Subject) {
        self.wanted.remove(&subject);
        self.failed.remove(&subject);
        self.found(&subject);
        if let Some((flight, _)) = self.flights.get_mut(&subject) {
            *flight = Flight::Gone;
        }
    }

    fn take_off(&mut self) {
        let quick = |flights: &HashMap<Subject, (Flight, Instant)>| flights.values().filter(|(_, since)| since.elapsed() < SLOW).count();
        // Over ssh each is a process, and the ping needs one, too.
        let most = if self.hub.client.is_over_ssh() { INSPECTS } else { SLOW_INSPECTS };
        while quick(&self.flights) < INSPECTS && self.flights.len() < most {
            let Some(subject) = self.wanted.iter().next().cloned() else { return };
            self.wanted.remove(&subject);
            self.flights.insert(subject.clone(), (Flight::Fresh, Instant::now()));
            let client = self.hub.client.clone();
            self.tasks.spawn(async move {
                let found = match &subject {
                    Subject::Container(id) => client.json(&containers::inspect(id)).await.map(Found::Container),
                    Subject::Image(name) => client.json(&images::inspect(name)).await.map(Found::Image),
                    Subject::Volume(name) => client.json(&volumes::inspect(name)).await.map(Found::Volume),
                    Subject::Network(id) => client.json(&networks::inspect(id)).await.map(Found::Network),
                    Subject::Part(part) => parts::ask(&client, *part).await.map(Found::Part),
                };
                Done::Asked(subject, found)
            });
        }
    }

    fn land(&mut self, done: Done) -> Option<Ended> {
        match done {
            Done::Asked(subject, found) => {
                let flight = self.flights.remove(&subject).map_or(Flight::Fresh, |(flight, _)| flight);
                if flight == Flight::Gone {
                    return None;
                }
                if flight == Flight::Outdated {
                    self.wanted.insert(subject.clone());
                }
                return self.learn(subject, found);
            }
            Done::Again(subject) => {
                // Unless it was removed, or has been answered for another event.
                if self.failed.contains_key(&subject) {
                    self.want(subject);
                }
            }
            Done::Gap => return Some(Ended::Gap),
            Done::Lost(error) | Done::Pinged(Err(error)) => return Some(Ended::Lost(error)),
            Done::Pinged(Ok(())) => self.is_pinging = false,
        }
        None
    }

    fn learn(&mut self, subject: Subject, found: Result<Found, EngineError>) -> Option<Ended> {
        let hub = self.hub;
        match found {
            Ok(Found::Container(inspect)) => {
                if let Some(label) = inspect.config.labels.get(helpers::LABEL) {
                    hub.helpers.found(&inspect.name, label);
                    return None;
                }
                hub.labels.write(|rows| rows.upsert(convert::labels(&inspect.id, &inspect.config.labels)));
                hub.containers.write(|rows| {
                    let row = convert::container_from_inspect(*inspect, rows.get(&ContainerId::new(subject.name())), hub.own.as_ref());
                    rows.upsert(row);
                });
            }
            Ok(Found::Image(inspect)) => hub.images.write(|rows| {
                let image = convert::image_from_inspect(*inspect);
                let moved = tags_taken_from(rows.rows(), &image);
                moved.into_iter().for_each(|image| rows.upsert(image));
                rows.upsert(image);
            }),
            Ok(Found::Volume(volume)) => hub.volumes.write(|rows| rows.upsert(convert::volume(volume))),
            Ok(Found::Network(network)) => hub.networks.write(|rows| rows.upsert(convert::network(*network))),
            Ok(Found::Part(answer)) => self.take(subject.part(), Ok(answer)),
            Err(error) if subject == Subject::Part(EnginePart::Containers) => return Some(Ended::Lost(error)),
            Err(error) if error.is_not_found() && !matches!(subject, Subject::Part(_)) => match &subject {
                Subject::Container(id) => hub.forget_container(&ContainerId::new(id.as_str())),
                Subject::Image(name) => hub.images.write(|rows| rows.remove(&ImageId::new(name.as_str()))),
                Subject::Volume(name) => hub.volumes.write(|rows| rows.remove(&VolumeName::new(name.as_str()))),
                Subject::Network(id) => hub.networks.write(|rows| rows.remove(&NetworkId::new(id.as_str()))),
                Subject::Part(_) => {}
            },
            // An engine that cannot say something for a moment (a container on its way out gives a 5xx now and then) is no
            // reason to give up the connection, and what it will say then may be told by no further event. Whether it is there
            // at all, a ping tells.
            Err(error) if !matches!(subject, Subject::Part(_)) && error.may_pass() => {
                tracing::debug!(?subject, %error, "an inspect failed and is asked for again");
                if matches!(error, EngineError::Connect(_)) {
                    self.ping();
                }
                let pause = self.failed.entry(subject.clone()).or_default().pause();
                self.tasks.spawn(async move {
                    tokio::time::sleep(pause).await;
                    Done::Again(subject)
                });
                return None;
            }
            Err(error) if matches!(subject, Subject::Part(_)) => {
                if matches!(error, EngineError::Connect(_)) {
                    self.ping();
                }
                self.take(subject.part(), Err(error));
            }
            Err(error) => {
                self.lacks_one(&subject, &error);
                self.failed.remove(&subject);
                return None;
            }
        }
        self.found(&subject);
        self.failed.remove(&subject);
        None
    }
}

/// Only an inspect tells how a container began that is up, how one ended that did not end well, and by which name an image was
/// meant that has lost it since.
fn is_incomplete(row: &Container) -> bool {
    let told_before = row.restarts > 0 || row.out_of_memory;
    row.state.is_up() || row.state == ContainerState::Exited && row.exit_code != Some(0) || told_before || row.image.starts_with("sha256:")
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
