//! What an engine says of itself, and of the use of its disk.

use std::sync::Arc;

use futures_util::{FutureExt, future::WeakShared};
use linkspan_docker::{model, system};
use linkspan_shared::{
    disk::DiskUsage,
    engine::{EngineDetails, Feature},
    problem::Problem,
};

use super::{EngineHub, convert};

impl EngineHub {
    pub async fn inspect_engine(&self) -> Result<EngineDetails, Problem> {
        let info: Result<model::Info, _> = self.own_client.json(&system::info()).await;
        info.map(convert::engine_details).map_err(|error| self.problem(&error, &self.id.0))
    }

    /// Who asks meanwhile gets the same answer; when nobody waits any more the engine is not asked either.
    pub async fn disk_usage(self: &Arc<Self>) -> Result<DiskUsage, Problem> {
        let flight = {
            let mut slot = self.disk_usage.lock();
            slot.as_ref().and_then(WeakShared::upgrade).filter(|flight| flight.peek().is_none()).unwrap_or_else(|| {
                let hub = self.clone();
                let flight = async move { hub.ask_disk_usage().await }.boxed().shared();
                *slot = flight.downgrade();
                flight
            })
        };
        flight.await
    }

    async fn ask_disk_usage(&self) -> Result<DiskUsage, Problem> {
        self.needs(Feature::DiskUsage, &self.id.0)?;
        let asked = self.unless_lost(async { self.own_client.later::<model::DataUsage>(&system::df()).await?.await }).await;
        let usage = asked.map_err(|error| self.problem(&error, &self.id.0))?;
        self.learn_of(&usage.images.iter().map(|image| image.id.clone()).collect::<Vec<_>>()).await;
        Ok(convert::disk_usage(usage))
    }
}
