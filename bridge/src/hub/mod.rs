//! The live state of the engines: one [`EngineHub`] each, which every connection shares.
//!
//! [`keeper`] keeps the tables exact from the engine's events; [`actions`] does what a person asks for;
//! [`stats`] reads what somebody looks at; [`jobs`] is work that outlives a click; [`people`] is who
//! is here. Nothing here knows of browsers.

pub mod actions;
pub mod backoff;
pub mod convert;
pub mod jobs;
mod keeper;
pub mod own;
pub mod people;
pub mod stats;
pub mod table;

use std::sync::Arc;

use hyper::StatusCode;
use linkspan_shared::{
    container::Container,
    engine::{Engine, EngineLink},
    ids::{ContainerId, EngineId, Epoch},
    image::Image,
    problem::Problem,
    time::Timestamp,
};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::docker::{Client, EngineError, Request};
use jobs::Jobs;
use people::People;
use stats::Stats;
use table::Table;

pub struct Hub {
    /// Of every sequence number of every table.
    pub epoch: Epoch,
    pub people: Arc<People>,
    engines: Vec<Arc<EngineHub>>,
}

impl Hub {
    pub fn new(engines: Vec<Arc<EngineHub>>) -> Self {
        Self { epoch: Epoch(uuid::Uuid::new_v4().to_string()), people: Arc::default(), engines }
    }

    pub fn engine(&self, id: &EngineId) -> Option<&Arc<EngineHub>> {
        self.engines.iter().find(|engine| engine.id == *id)
    }

    /// The default one first.
    pub fn engines(&self) -> &[Arc<EngineHub>] {
        &self.engines
    }

    /// Runs until `stop` and then until every job has ended.
    pub async fn run(&self, stop: CancellationToken) {
        futures_util::future::join_all(
            self.engines.iter().map(|engine| async { tokio::join!(keeper::keep(engine, stop.clone()), stats::keep(engine, stop.clone())) }),
        )
        .await;
        for engine in &self.engines {
            engine.jobs.shut_down().await;
        }
    }
}

/// One engine and all that is known of it.
pub struct EngineHub {
    pub id: EngineId,
    pub engines: Table<Engine>,
    pub containers: Table<Container>,
    pub images: Table<Image>,
    pub jobs: Jobs,
    pub stats: Arc<Stats>,
    client: Client,
    /// The container that Linkspan itself runs in.
    own: Option<ContainerId>,
    /// Rung when somebody does not want to wait for the next attempt to connect.
    retry: Notify,
}

impl EngineHub {
    pub fn new(id: EngineId, client: Client, production: bool, own: Option<ContainerId>) -> Arc<Self> {
        let engines = Table::default();
        engines.write(|rows| {
            rows.upsert(Engine {
                id: id.clone(),
                endpoint: client.endpoint().to_string(),
                production,
                link: EngineLink::Connecting,
                about: None,
            });
        });
        Arc::new(Self {
            id,
            engines,
            containers: Table::default(),
            images: Table::default(),
            jobs: Jobs::default(),
            stats: Arc::default(),
            client,
            own,
            retry: Notify::new(),
        })
    }

    pub fn is_connected(&self) -> bool {
        self.engines.read(|rows| rows.get(&self.id).is_some_and(|engine| engine.link == EngineLink::Connected))
    }

    pub fn retry_now(&self) {
        self.retry.notify_one();
    }

    /// How a person calls it.
    pub fn container_name(&self, id: &ContainerId) -> String {
        self.containers.read(|rows| rows.get(id).map(|row| row.name.clone())).unwrap_or_else(|| id.short().to_owned())
    }

    async fn done(&self, request: &Request) -> Result<StatusCode, EngineError> {
        self.unless_lost(self.client.done(request)).await
    }

    /// Over at the latest when the engine is given up: some requests have no deadline of their own.
    async fn unless_lost<T>(&self, asked: impl Future<Output = Result<T, EngineError>>) -> Result<T, EngineError> {
        let mut changed = self.engines.watch();
        let lost = async { while changed.changed().await.is_ok() && self.is_connected() {} };
        tokio::select! {
            answer = asked => answer,
            () = lost => Err(EngineError::Unreachable("the connection to the engine was lost before it answered".into())),
        }
    }

    fn host_memory(&self) -> u64 {
        self.engines.read(|rows| rows.get(&self.id)?.about.as_ref().map(|about| about.memory)).unwrap_or(u64::MAX)
    }

    fn set_link(&self, link: EngineLink) {
        self.engines.write(|rows| rows.update(&self.id, |engine| engine.link = link));
    }

    fn problem(&self, error: &EngineError, subject: &str) -> Problem {
        let subject = match error {
            EngineError::Unreachable(_) | EngineError::PermissionDenied(_) | EngineError::TimedOut(_) => self.client.endpoint().to_string(),
            _ => subject.to_owned(),
        };
        convert::problem(error, &subject)
    }
}

pub fn now() -> Timestamp {
    Timestamp(jiff::Timestamp::now().as_millisecond())
}
