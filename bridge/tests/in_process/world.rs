//! A bridge without its network: one engine, and whoever connects.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use linkspan::{
    access::Access,
    credentials::Credentials,
    database::Database,
    fleet::Fleet,
    hub::{EngineHub, Hub, NewEngine},
    session::{self, Context},
    webhooks::Webhooks,
};
use linkspan_docker::{Client, connect::Connector, environment::Environment};
use linkspan_shared::{
    engine::EngineLink,
    ids::{EngineId, UserName},
    user::{Role, User},
};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::{browser::Browser, engine::Engine};

pub struct World {
    pub engine: Arc<Engine>,
    pub hub: Arc<EngineHub>,
    pub context: Context,
    pub stop: CancellationToken,
    data: Arc<TempDir>,
}

impl World {
    /// With a bridge that has connected.
    pub async fn new(engine: Arc<Engine>) -> Self {
        let world = Self::begin(engine, Arc::new(tempfile::tempdir().expect("a folder")));
        world.connected().await;
        world
    }

    /// Another bridge after this one, with what it kept.
    pub async fn again(self) -> Self {
        self.stop.cancel();
        self.context.hub.ended().await;
        let world = Self::begin(self.engine, self.data);
        world.connected().await;
        world
    }

    fn begin(engine: Arc<Engine>, data: Arc<TempDir>) -> Self {
        let database = Arc::new(Database::open(data.path()).expect("a database"));
        let stop = CancellationToken::new();
        let hub = Arc::new(Hub::new(stop.clone(), database.clone()));
        let client = Client::over(Connector::dialling("unix:///in/memory.sock", engine.dial()));
        hub.add(NewEngine { id: EngineId::new("local"), client, production: false, removable: false, own: None });
        let fleet = Fleet {
            hub: hub.clone(),
            database: database.clone(),
            environment: Environment::default(),
            production: false,
            own: None,
            changing: Default::default(),
        };
        fleet.restore().expect("the engines that were added");
        let keys: &Path = data.path();
        let credentials =
            Credentials::open(database.clone(), keys.join("key"), keys.to_owned(), PathBuf::new(), false).expect("credentials");
        let user = User::everywhere(UserName::new("mika"), Role::Administrator);
        let access = Arc::new(Access::new(database.clone()).expect("users"));
        let context = Context {
            hub: hub.clone(),
            fleet: Arc::new(fleet),
            credentials: Arc::new(credentials),
            webhooks: Webhooks::open(database.clone(), &hub.activity).expect("webhooks"),
            actions: Arc::default(),
            access,
            administrators: Vec::new(),
            budget: Default::default(),
            user,
            address: String::new(),
            by_token: false,
            build: "test".to_owned(),
        };
        let hub = hub.engine(&EngineId::new("local")).expect("it was added");
        Self { engine, hub, context, stop, data }
    }

    pub fn link(&self) -> EngineLink {
        self.hub.engines.read(|rows| rows.get(&self.hub.id).expect("it is listed").link.clone())
    }

    pub async fn connected(&self) {
        self.until(|| self.link() == EngineLink::Connected).await;
    }

    pub fn browser(&self) -> Browser {
        self.browser_of(self.context.user.clone())
    }

    pub fn browser_of(&self, user: User) -> Browser {
        let (context, stop) = (Context { user, ..self.context.clone() }, self.stop.clone());
        Browser::connect(move |transport| session::serve(transport, context, stop))
    }

    /// As long as it takes, by the clock that stands still until all wait.
    pub async fn until(&self, condition: impl Fn() -> bool) {
        for _ in 0..600_000 {
            if condition() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        panic!("waited in vain");
    }
}
