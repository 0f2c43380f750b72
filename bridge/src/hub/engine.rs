//! One engine and all that is known of it. What is done with it is in a file for each kind of object.

use std::{ops::Deref, sync::Arc};

use futures_util::future::{BoxFuture, WeakShared};
use hyper::StatusCode;
use linkspan_docker::{
    Client, Endpoint, EngineError, Guard, Request,
    api::{self, Api},
};
use linkspan_shared::{
    container::{Container, ContainerLabels},
    disk::DiskUsage,
    engine::{Engine, EngineLink, Feature},
    ids::{ContainerId, EngineId, Epoch, NetworkId},
    image::Image,
    network::Network,
    problem::{Problem, ProblemCode},
    volume::Volume,
};
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::{
    convert, helpers::Helpers, jobs::Jobs, logs::Logs, new_epoch, people::People, review::Reviews, stats::Stats, table::Table,
    terminals::Terminals,
};
use crate::{activity::Activity, explain::Step};

/// An engine to keep.
pub struct NewEngine {
    pub id: EngineId,
    pub client: Client,
    /// What stops everything asks for its name.
    pub production: bool,
    /// Somebody added it in the page, and may take it away there.
    pub removable: bool,
    /// The container that Linkspan itself runs in.
    pub own: Option<ContainerId>,
}

/// An answer that is under way.
type Pending<T> = BoxFuture<'static, Result<T, Problem>>;

/// One engine as somebody sees it: what is asked of it here goes through their guard, if there is one.
pub struct EngineHub {
    known: Arc<Known>,
    pub(super) client: Client,
}

/// All that is known of an engine; the same for everybody.
pub struct Known {
    pub id: EngineId,
    /// Of the sequence numbers of its tables: one of the same name that is added later has others.
    pub epoch: Epoch,
    /// Cancelled when the engine is removed, and at the end.
    pub stop: CancellationToken,
    pub engines: Arc<Table<Engine>>,
    pub containers: Table<Container>,
    pub labels: Table<ContainerLabels>,
    pub images: Table<Image>,
    pub volumes: Table<Volume>,
    pub networks: Table<Network>,
    pub jobs: Jobs,
    pub stats: Arc<Stats>,
    pub logs: Arc<Logs>,
    pub terminals: Arc<Terminals>,
    pub activity: Arc<Activity>,
    pub people: Arc<People>,
    pub(super) helpers: Arc<Helpers>,
    pub(super) reviews: Reviews,
    /// For what Linkspan does for itself.
    pub(super) own_client: Client,
    pub(super) order: u32,
    pub(super) removable: bool,
    /// The container that Linkspan itself runs in.
    pub own: Option<ContainerId>,
    /// Rung when somebody does not want to wait for the next attempt to connect.
    pub(super) retry: Notify,
    /// The use of the disk while it is asked for: an engine adds it up for minutes, and once is enough for all.
    pub(super) disk_usage: Mutex<Option<WeakShared<Pending<DiskUsage>>>>,
}

impl Deref for EngineHub {
    type Target = Known;

    fn deref(&self) -> &Known {
        &self.known
    }
}

impl EngineHub {
    /// It is gone.
    pub(super) fn forget_container(&self, id: &ContainerId) {
        self.reviews.forget(id);
        self.labels.write(|rows| rows.remove(id));
        self.containers.write(|rows| rows.remove(id));
    }

    #[allow(clippy::too_many_arguments, reason = "its parts, made by the hub")]
    pub(super) fn new(
        new: NewEngine,
        order: u32,
        engines: Arc<Table<Engine>>,
        jobs: Jobs,
        helpers: Helpers,
        reviews: Reviews,
        activity: Arc<Activity>,
        people: Arc<People>,
        stop: CancellationToken,
    ) -> Arc<Self> {
        engines.write(|rows| {
            rows.upsert(Engine {
                id: new.id.clone(),
                order,
                endpoint: new.client.url().to_owned(),
                production: new.production,
                removable: new.removable,
                link: EngineLink::Connecting,
                about: None,
                lacking: Vec::new(),
                keeps_figures: false,
                clock_ahead: 0,
            });
        });
        let known = Arc::new(Known {
            id: new.id,
            epoch: new_epoch(),
            stop,
            engines,
            containers: Table::default(),
            labels: Table::default(),
            images: Table::default(),
            volumes: Table::default(),
            networks: Table::default(),
            jobs,
            stats: Arc::default(),
            logs: Arc::default(),
            terminals: Arc::default(),
            activity,
            people,
            helpers: Arc::new(helpers),
            reviews,
            own_client: new.client.clone(),
            order,
            removable: new.removable,
            own: new.own,
            retry: Notify::new(),
            disk_usage: Mutex::default(),
        });
        Arc::new(Self { known, client: new.client })
    }

    /// The same engine, on behalf of somebody.
    pub fn guarded(&self, guard: Arc<dyn Guard>) -> Arc<Self> {
        Arc::new(Self { known: self.known.clone(), client: self.own_client.guarded(guard) })
    }

    /// Somebody added it in the page, and may take it away there.
    pub fn is_removable(&self) -> bool {
        self.removable
    }

    /// Where it is, as a person gave it.
    pub fn url(&self) -> &str {
        self.client.url()
    }

    /// How it is spoken to; `None` before it was connected to.
    pub fn endpoint(&self) -> Option<Arc<Endpoint>> {
        self.client.endpoint()
    }

    pub fn api(&self) -> Api {
        self.client.api()
    }

    /// The same with containers and networks called as a person calls them.
    pub fn named(&self, mut steps: Vec<Step>) -> Vec<Step> {
        let name = |id: &str| {
            let container = ContainerId::new(id);
            let named = self.containers.read(|rows| rows.get(&container).map(|row| row.name.clone()));
            named.or_else(|| self.networks.read(|rows| rows.get(&NetworkId::new(id)).map(|row| row.name.clone())))
        };
        for Step { request, .. } in &mut steps {
            if let Some(name) = name(&request.object) {
                request.object = name;
            }
            for (_, value) in request.query.iter_mut().filter(|(name, _)| *name == "container") {
                if let Some(name) = name(&String::from_utf8_lossy(value)) {
                    *value = name.into_bytes();
                }
            }
            if let Some(container) = request.body.as_mut().and_then(|body| body.get_mut("Container"))
                && let Some(name) = container.as_str().and_then(name)
            {
                *container = name.into();
            }
        }
        steps
    }

    /// It can be asked; whether the tables are exact is another question.
    pub fn is_reachable(&self) -> bool {
        self.engines.read(|rows| rows.get(&self.id).is_some_and(|engine| engine.link.is_reachable()))
    }

    /// Ends when the engine can be asked.
    pub(super) async fn reachable(&self) {
        let mut changed = self.engines.watch();
        while !self.is_reachable() && changed.changed().await.is_ok() {}
    }

    pub fn retry_now(&self) {
        self.retry.notify_one();
    }

    /// How a person calls it.
    pub fn container_name(&self, id: &ContainerId) -> String {
        self.containers.read(|rows| rows.get(id).map(|row| row.name.clone())).unwrap_or_else(|| id.short().to_owned())
    }

    pub(super) async fn done(&self, request: &Request) -> Result<StatusCode, EngineError> {
        self.unless_lost(self.client.done(request)).await
    }

    /// Over at the latest when the engine is given up: some requests have no deadline of their own.
    pub(super) async fn unless_lost<T>(&self, asked: impl Future<Output = Result<T, EngineError>>) -> Result<T, EngineError> {
        let mut changed = self.engines.watch();
        let lost = async { while changed.changed().await.is_ok() && self.is_reachable() {} };
        tokio::select! {
            answer = asked => answer,
            () = lost => Err(EngineError::lost("the connection to the engine was lost before it answered")),
        }
    }

    pub(super) fn host_memory(&self) -> u64 {
        self.engines.read(|rows| rows.get(&self.id)?.about.as_ref()?.memory).unwrap_or(u64::MAX)
    }

    pub(super) fn set_link(&self, link: EngineLink) {
        self.engines.write(|rows| rows.update(&self.id, |engine| engine.link = link));
    }

    pub fn keep_figures(&self, on: bool) {
        self.engines.write(|rows| rows.update(&self.id, |engine| engine.keeps_figures = on));
    }

    pub(super) fn keeps_figures(&self) -> bool {
        self.engines.read(|rows| rows.get(&self.id).is_some_and(|engine| engine.keeps_figures))
    }

    /// `ahead`: milliseconds.
    pub(super) fn set_clock(&self, ahead: i64) {
        self.engines.write(|rows| {
            // Only when it says something new: to the second it is never twice the same.
            if rows.get(&self.id).is_some_and(|engine| (engine.clock_ahead - ahead).abs() > CLOCKS_AGREE) {
                let ahead = if ahead.abs() > CLOCKS_AGREE { ahead } else { 0 };
                rows.update(&self.id, |engine| engine.clock_ahead = ahead);
            }
        });
    }

    /// Refused with what the engine lacks.
    pub(super) fn needs(&self, feature: Feature, subject: &str) -> Result<(), Problem> {
        let (api, docker) = api::since(feature);
        let why = || Problem::new(ProblemCode::TooOld, subject, format!("it needs API {}.{} ({docker})", api.0, api.1));
        (self.client.api() >= api).then_some(()).ok_or_else(why)
    }

    pub(super) fn problem(&self, error: &EngineError, subject: &str) -> Problem {
        let subject = match error {
            EngineError::Connect(_) => self.client.url().to_owned(),
            _ => subject.to_owned(),
        };
        convert::problem(error, &subject)
    }
}

/// Clocks that differ by fewer milliseconds agree: a `Date` has whole seconds, and an answer takes its time.
const CLOCKS_AGREE: i64 = 2_000;
