//! What the bridge says, as signals. Written here and nowhere else, once per animation frame.

mod rows;
mod toasts;

use std::{cell::RefCell, collections::HashSet, rc::Rc};

use leptos::prelude::*;
use linkspan_shared::{
    channel::{ChannelSpec, MAX_STATS, StateChange},
    container::{Container, ContainerLabels},
    credential::StoredCredential,
    engine::{Engine, EngineLink, EnginePart, Feature},
    ids::{ContainerId, EngineId, JobId},
    image::Image,
    job::{Job, Outcome},
    network::Network,
    person::Person,
    stats::ContainerStats,
    table::TableChange,
    volume::Volume,
};

pub use rows::Rows;
pub use toasts::{Tone, dismiss_failed, failed, say, say_meanwhile, take_back, toasts, warn};

use crate::{
    address::{self, Chosen},
    browser::NextFrame,
    link::{self, Incoming, LinkState, Subscription, link},
    sorting,
};

#[derive(Clone, Copy)]
pub struct Store {
    pub people: Rows<Person>,
    pub engines: Rows<Engine>,
    pub containers: Rows<Container>,
    /// As long as somebody filters by them, see [`watch_labels`].
    pub labels: Rows<ContainerLabels>,
    pub images: Rows<Image>,
    pub volumes: Rows<Volume>,
    pub networks: Rows<Network>,
    pub jobs: Rows<Job>,
    /// Of the containers that [`watch_stats`] asked for.
    pub stats: Rows<ContainerStats>,
    /// What is stored for registries, without the secrets.
    pub credentials: Rows<StoredCredential>,
    live: Memo<bool>,
}

thread_local! {
    /// Jobs that had ended before this page heard of any.
    static OLD_JOBS: RefCell<HashSet<JobId>> = RefCell::default();
    static STORE: Store = Store { people: Rows::new(), engines: Rows::new(), containers: Rows::new(), labels: Rows::new(), images: Rows::new(), volumes: Rows::new(), networks: Rows::new(), jobs: Rows::new(), stats: Rows::new(), credentials: Rows::new(), live: Memo::new(|_| store().is_connected()) };
    static WAITING: RefCell<Vec<StateChange>> = RefCell::default();
    static FRAME: Rc<NextFrame> = Rc::default();
}

pub fn store() -> Store {
    STORE.with(|store| *store)
}

/// The tables that every page needs. They stay open as long as what this returns.
pub fn subscribe() -> Vec<Subscription> {
    let mut open: Vec<_> = [ChannelSpec::People, ChannelSpec::Engines, ChannelSpec::Credentials].map(|spec| follow(None, spec)).into();
    // The page of all engines follows each by itself.
    if address::chosen() != Chosen::All {
        let tables = [ChannelSpec::Containers, ChannelSpec::Images, ChannelSpec::Volumes, ChannelSpec::Networks, ChannelSpec::Jobs];
        open.extend(tables.map(|spec| follow(link::engine(), spec)));
    }
    open
}

/// Figures of these, as long as what this returns. They cost the engine something: only of what somebody sees.
pub fn watch_stats(mut containers: Vec<ContainerId>) -> Option<Subscription> {
    containers.truncate(MAX_STATS);
    (!containers.is_empty()).then(|| follow(link::engine(), ChannelSpec::Stats { containers }))
}

/// The labels of all containers, as long as what this returns.
pub fn watch_labels() -> Subscription {
    follow(link::engine(), ChannelSpec::Labels)
}

fn follow(engine: Option<EngineId>, spec: ChannelSpec) -> Subscription {
    link::open_on(
        engine,
        move || spec.clone(),
        |incoming| {
            if let Incoming::State(change) = incoming {
                WAITING.with_borrow_mut(|waiting| waiting.push(change));
                FRAME.with(|frame| frame.ask(apply));
            }
        },
    )
}

fn apply() {
    let store = store();
    for change in WAITING.take() {
        match change {
            StateChange::People(change) => store.people.apply(change),
            StateChange::Engines(change) => store.engines.apply(change),
            StateChange::Containers(change) => store.containers.apply(change),
            StateChange::Labels(change) => store.labels.apply(change),
            StateChange::Images(change) => store.images.apply(change),
            StateChange::Volumes(change) => store.volumes.apply(change),
            StateChange::Networks(change) => store.networks.apply(change),
            StateChange::Jobs(change) => {
                if let (false, TableChange::Snapshot(jobs)) = (store.jobs.is_loaded_untracked(), &change) {
                    let ended = jobs.iter().filter(|job| job.outcome != Outcome::Running).map(|job| job.id.clone());
                    OLD_JOBS.set(ended.collect());
                }
                store.jobs.apply(change);
            }
            StateChange::Stats(change) => store.stats.apply(change),
            StateChange::Credentials(change) => store.credentials.apply(change),
            // The pages of one container's figures and of people open these for themselves.
            StateChange::History(_) | StateChange::Accounts(_) | StateChange::Activity(_) => {}
        }
    }
}

impl Store {
    /// The engine of this page.
    pub fn engine(&self) -> Option<Engine> {
        match address::chosen() {
            Chosen::One(id) => self.engines.get(&id),
            Chosen::Default | Chosen::All => self.sorted_engines().into_iter().next(),
        }
    }

    /// The default one first.
    pub fn sorted_engines(&self) -> Vec<Engine> {
        let mut engines = self.engines.all();
        sorting::sort_by_key(&mut engines, |engine| engine.order);
        engines
    }

    /// The rows are what the engine has now, and it can be told to do something. What becomes of other engines wakes nobody
    /// who asks.
    pub fn is_live(&self) -> bool {
        self.live.get()
    }

    fn is_connected(&self) -> bool {
        link().state.get() == LinkState::Connected && self.engine().is_some_and(|engine| engine.link == EngineLink::Connected)
    }

    /// The engine has not been reached since the bridge began.
    pub fn is_unknown(&self) -> bool {
        self.engine().is_some_and(|engine| engine.about.is_none() && matches!(engine.link, EngineLink::Unreachable { .. }))
    }

    /// The engine is too old for it.
    pub fn lacks(&self, feature: Feature) -> bool {
        self.engine().and_then(|engine| engine.about).is_some_and(|about| about.lacks.contains(&feature))
    }

    /// The image is another one's under the name that it had when the container was made, or nobody's.
    pub fn has_lost_its_name(&self, container: &Container) -> bool {
        let image = self.images.get(&container.image_id);
        !container.image.starts_with("sha256:") && image.is_some_and(|image| !image.is_meant_by(&container.image))
    }

    /// It gives out nothing of this kind, which the banner says: then there may be some.
    pub fn withholds(&self, part: EnginePart) -> bool {
        self.engine().is_some_and(|engine| engine.lacking.iter().any(|lacking| lacking.whole && lacking.part == part))
    }

    pub fn is_old(&self, job: &JobId) -> bool {
        OLD_JOBS.with_borrow(|old| old.contains(job))
    }

    /// All that an image here is known by, in order.
    pub fn image_names(&self) -> Vec<String> {
        let mut names = self.images.fold(Vec::new(), |mut names, image| {
            names.extend(image.names().into_iter().map(str::to_owned));
            names
        });
        sorting::sort(&mut names);
        names
    }

    pub fn running_jobs(&self) -> Vec<Job> {
        let mut jobs = self.jobs.all();
        jobs.retain(|job| job.outcome == Outcome::Running);
        sorting::sort_by_key(&mut jobs, |job| job.started);
        jobs
    }
}
