//! The engines that people add in the page: checked as those of the command line are, kept in the database.

use std::sync::Arc;

use linkspan_docker::{Client, doctor, endpoint::without_password, environment::Environment};
use linkspan_shared::{
    connect::Examined,
    ids::{ContainerId, EngineId},
    problem::{Problem, ProblemCode},
};
use parking_lot::Mutex;

use crate::{
    config::engine_name,
    database::{Database, StoreError, readable},
    hub::{EngineHub, Hub, NewEngine, convert},
};

/// Engines that can be added: each costs a connection and its tables.
const ADDED: usize = 64;
/// Characters of an address.
const LONGEST_URL: usize = 1024;

pub struct Fleet {
    pub hub: Arc<Hub>,
    pub database: Arc<Database>,
    pub environment: Environment,
    /// The hosts matter, also of what is added.
    pub production: bool,
    /// The container that Linkspan itself runs in.
    pub own: Option<ContainerId>,
    /// Held while an engine is added or removed, so that database and hub agree.
    pub changing: Mutex<()>,
}

impl Fleet {
    /// Those of before the restart. What is wrong with one by now is told in the page.
    pub fn restore(&self) -> Result<(), String> {
        for (name, url) in self.stored().map_err(|error| error.to_string())? {
            if !self.connect(EngineId::new(&name), &url) {
                tracing::warn!(engine = name, "an engine of the command line has taken this name");
            }
        }
        Ok(())
    }

    pub async fn examine(&self, url: &str) -> Vec<Examined> {
        doctor::examine(url, &self.environment).await
    }

    pub fn add(&self, name: &str, url: &str) -> Result<(), Problem> {
        let refused = |why: String| Problem::new(ProblemCode::Invalid, name, why);
        let id = engine_name(name).map_err(refused)?;
        if url.len() > LONGEST_URL {
            return Err(refused(format!("an address has at most {LONGEST_URL} characters")));
        }
        let found = self.environment.at(url).and_then(|found| found.endpoint.tls.map(|material| material.load()).transpose());
        found.map_err(|failure| convert::unreachable(&failure, &without_password(url)))?;
        let _alone = self.changing.lock();
        if self.hub.engine(&id).is_some() {
            return Err(Problem::new(ProblemCode::Invalid, name, "there is an engine of this name already"));
        }
        let internal = |error| {
            tracing::error!(%error, "an engine cannot be stored");
            Problem::new(ProblemCode::Internal, name, "")
        };
        if self.stored().map_err(internal)?.len() >= ADDED {
            return Err(Problem::new(ProblemCode::TooMany, "engines", format!("{ADDED} at most")));
        }
        self.put(name, url).map_err(internal)?;
        self.connect(id, url);
        Ok(())
    }

    pub fn remove(&self, id: &EngineId) -> Result<(), Problem> {
        let _alone = self.changing.lock();
        let Some(engine) = self.hub.engine(id).filter(|engine| engine.is_removable()) else {
            return Err(Problem::new(ProblemCode::Invalid, id.as_str(), "only engines that were added in the page can be removed there"));
        };
        self.delete(&engine).map_err(|error| {
            tracing::error!(%error, "an engine cannot be removed");
            Problem::new(ProblemCode::Internal, id.as_str(), "")
        })?;
        self.hub.remove(id);
        Ok(())
    }

    /// Whether its figures are kept, also after a restart.
    pub fn keep_figures(&self, engine: &EngineHub, on: bool) -> Result<(), Problem> {
        let _alone = self.changing.lock();
        let statement = if on { "INSERT OR IGNORE INTO kept_figures VALUES (?)" } else { "DELETE FROM kept_figures WHERE engine = ?" };
        self.database.lock().execute(statement, [engine.id.as_str()]).map_err(|error| {
            tracing::error!(%error, "it cannot be stored that figures are kept");
            Problem::new(ProblemCode::Internal, engine.id.as_str(), "")
        })?;
        engine.keep_figures(on);
        Ok(())
    }

    fn connect(&self, id: EngineId, url: &str) -> bool {
        let client = Client::new(url, self.environment.clone());
        self.hub.add(NewEngine { id, client, production: self.production, removable: true, own: self.own.clone() })
    }

    /// Name and address, in the order in which they were added.
    fn stored(&self) -> Result<Vec<(String, String)>, StoreError> {
        let connection = self.database.lock();
        let mut query = connection.prepare("SELECT name, url FROM engines ORDER BY rowid")?;
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(readable("an engine", rows))
    }

    fn put(&self, name: &str, url: &str) -> Result<(), StoreError> {
        self.database.lock().execute("INSERT INTO engines (name, url) VALUES (?, ?)", [name, url])?;
        Ok(())
    }

    /// With what its jobs came to: nothing of that is true of whatever comes under the same name.
    fn delete(&self, engine: &EngineHub) -> Result<(), StoreError> {
        let mut connection = self.database.lock();
        let transaction = connection.transaction()?;
        transaction.execute("DELETE FROM engines WHERE name = ?", [engine.id.as_str()])?;
        transaction.execute("DELETE FROM kept_figures WHERE engine = ?", [engine.id.as_str()])?;
        engine.jobs.store.forget(&transaction)?;
        transaction.commit()?;
        engine.jobs.store.close(&connection);
        Ok(())
    }
}
