//! Live figures of the containers that somebody looks at: one stats stream of the engine each, however many look.
//!
//! Nobody watching costs the engine nothing: a stream is closed [`LINGER`] after its last watcher went away. An administrator
//! may want the last hour of all that runs all the same.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use futures_util::StreamExt;
use linkspan_shared::{ids::ContainerId, stats::ContainerStats};
use parking_lot::Mutex;
use tokio::{
    sync::Notify,
    task::{AbortHandle, JoinSet},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use super::{
    EngineHub, convert,
    stats_history::{self, Histories},
    table::Table,
};
use linkspan_docker::{EngineError, containers, model};

/// Long enough for a reload or a walk from page to page.
const LINGER: Duration = Duration::from_secs(5);
/// The engine tells figures each second; a stream without any for as long hangs.
const SILENCE: Duration = Duration::from_secs(15);
/// Before a stream that ended is opened again.
const REOPEN: Duration = Duration::from_secs(1);

#[derive(Default)]
pub struct Stats {
    /// The newest figures of what is watched and runs.
    pub table: Table<ContainerStats>,
    /// The last hour of what is watched, or was.
    pub histories: Histories,
    /// How many watch each.
    watched: Mutex<HashMap<ContainerId, usize>>,
    changed: Notify,
}

/// Somebody looks at these until this is dropped.
pub struct Watch {
    stats: Arc<Stats>,
    containers: HashSet<ContainerId>,
}

impl Stats {
    pub fn watch(self: &Arc<Self>, containers: HashSet<ContainerId>) -> Watch {
        self.count(|watched| containers.iter().for_each(|id| *watched.entry(id.clone()).or_default() += 1));
        Watch { stats: self.clone(), containers }
    }

    fn count<T>(&self, change: impl FnOnce(&mut HashMap<ContainerId, usize>) -> T) -> T {
        let outcome = change(&mut self.watched.lock());
        self.changed.notify_one();
        outcome
    }

    fn watched(&self) -> HashSet<ContainerId> {
        self.watched.lock().keys().cloned().collect()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.stats.count(|watched| {
            for id in &self.containers {
                if let Some(count) = watched.get_mut(id) {
                    *count -= 1;
                    if *count == 0 {
                        watched.remove(id);
                    }
                }
            }
        });
    }
}

struct Stream {
    task: AbortHandle,
    /// When it was last watched; `None` while it is.
    unwatched: Option<Instant>,
}

/// Opens and closes streams as watchers, containers and the engine come and go, until `stop`.
pub async fn run(hub: &EngineHub, stop: CancellationToken) {
    let (mut containers, mut engines) = (hub.containers.watch(), hub.engines.watch());
    let mut streams: HashMap<ContainerId, Stream> = HashMap::new();
    // That there are no figures is news, too.
    hub.stats.table.write(|rows| rows.replace(Vec::new()));
    let mut tasks = JoinSet::new();
    loop {
        let keeps = hub.keeps_figures();
        let mut watched = hub.stats.watched();
        let kept = if keeps { running(hub) } else { Vec::new() };
        hub.stats.histories.keep(&kept);
        watched.extend(kept);
        let now = Instant::now();
        let connected = hub.is_reachable();
        streams.retain(|id, stream| {
            stream.unwatched = if watched.contains(id) { None } else { stream.unwatched.or(Some(now)) };
            let keep = connected && stream.unwatched.is_none_or(|since| now < since + LINGER) && has_figures(hub, id);
            if !keep {
                stream.task.abort();
            }
            keep
        });
        if connected {
            for id in watched {
                if !streams.contains_key(&id) && has_figures(hub, &id) {
                    let task = tasks.spawn(read(hub.client.clone(), hub.stats.clone(), id.clone(), hub.host_memory()));
                    streams.insert(id, Stream { task, unwatched: None });
                }
            }
        }
        // Only this task opens streams, so what has none is not read any more.
        hub.stats.table.write(|rows| {
            let gone: Vec<ContainerId> = rows.rows().map(|row| row.container.clone()).filter(|id| !streams.contains_key(id)).collect();
            gone.iter().for_each(|id| rows.remove(id));
        });
        let closes = streams.values().filter_map(|stream| stream.unwatched).min().map(|since| since + LINGER);
        tokio::select! {
            () = stop.cancelled() => return,
            () = hub.stats.changed.notified() => {}
            _ = containers.changed(), if keeps || !streams.is_empty() || !hub.stats.watched().is_empty() => {}
            _ = engines.changed() => {}
            Some(ended) = tasks.join_next_with_id() => {
                // An aborted one is off the list already, and perhaps on it again.
                let id = ended.map_or_else(|error| error.id(), |(id, ())| id);
                streams.retain(|_, stream| stream.task.id() != id);
            }
            () = tokio::time::sleep_until(closes.unwrap_or(now)), if closes.is_some() => {}
        }
    }
}

fn has_figures(hub: &EngineHub, id: &ContainerId) -> bool {
    hub.containers.read(|rows| rows.get(id).is_some_and(|row| row.state.has_process()))
}

/// As many as have a past, the same ones each time.
fn running(hub: &EngineHub) -> Vec<ContainerId> {
    let mut running: Vec<_> = hub.containers.read(|rows| {
        let running = rows.rows().filter(|row| row.state.has_process());
        running.map(|row| (row.created, row.id.clone())).collect()
    });
    running.sort();
    running.into_iter().map(|(_, id)| id).take(stats_history::CONTAINERS).collect()
}

async fn read(client: linkspan_docker::Client, stats: Arc<Stats>, id: ContainerId, host_memory: u64) {
    let relayed: Result<(), EngineError> = async {
        let mut readings = client.documents::<model::Stats>(&containers::stats(&id.0)).await?;
        loop {
            let late = || EngineError::lost("no figures for a while");
            let Some(reading) = tokio::time::timeout(SILENCE, readings.next()).await.map_err(|_| late())? else { break };
            let reading = match reading {
                Ok(reading) => reading,
                // The next one may be better.
                Err(error) if error.is_of_one_document() => continue,
                Err(error) => return Err(error),
            };
            if let Some(row) = convert::container_stats(id.clone(), &reading, host_memory) {
                stats.histories.add(&id, convert::sample(&row, &reading));
                stats.table.write(|rows| rows.upsert(row));
            }
        }
        Ok(())
    }
    .await;
    if let Err(error) = relayed {
        tracing::debug!(container = %id, %error, "figures ended");
        // What was true then is not what is now.
        stats.table.write(|rows| rows.remove(&id));
    }
    tokio::time::sleep(REOPEN).await;
}
