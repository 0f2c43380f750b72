//! What an engine's events say that nobody here has asked for. Each waits a moment: what somebody did here is known by then.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use linkspan_shared::{
    activity::{Event, Subject, SubjectKind},
    ids::{ContainerId, EngineId},
    volume::is_anonymous,
};
use tokio::time::Instant;

use super::{Activity, Labels, happened};

/// How long an event waits for what caused it.
const SETTLE: Duration = Duration::from_secs(2);
/// What was killed ends within this time, or not of that.
const DIES: Duration = Duration::from_secs(600);
/// Events that wait; more of them are a flood that says nothing, and the oldest are left out.
const WAITING: usize = 4096;
/// Containers of which something is remembered.
const REMEMBERED: usize = 10_000;

/// An event as the engine told it.
pub struct Happened {
    pub kind: String,
    pub action: String,
    pub id: String,
    pub attributes: HashMap<String, String>,
}

/// Of one engine.
pub struct Happenings {
    activity: Arc<Activity>,
    engine: EngineId,
    waiting: VecDeque<(Instant, Happened)>,
    containers: HashMap<String, Known>,
}

/// What is remembered of a container.
#[derive(Default)]
struct Known {
    killed: Option<Instant>,
    out_of_memory: bool,
    unhealthy: bool,
}

impl Happenings {
    pub fn new(activity: Arc<Activity>, engine: EngineId) -> Self {
        Self { activity, engine, waiting: VecDeque::new(), containers: HashMap::new() }
    }

    pub fn push(&mut self, happened: Happened) {
        self.waiting.push_back((Instant::now() + SETTLE, happened));
        if self.waiting.len() > WAITING {
            self.waiting.pop_front();
        }
    }

    /// Ends when something is due; never, while nothing waits.
    pub async fn due(&self) {
        match self.waiting.front() {
            Some((due, _)) => tokio::time::sleep_until(*due).await,
            None => std::future::pending().await,
        }
    }

    /// Records what is due. `restarts`: how often a container's policy has started it again.
    pub fn settle(&mut self, restarts: impl Fn(&ContainerId) -> i64, transfers: bool) {
        while self.waiting.front().is_some_and(|(due, _)| *due <= Instant::now()) {
            if let Some((_, happened)) = self.waiting.pop_front() {
                self.settle_one(happened, &restarts, transfers);
            }
        }
    }

    fn settle_one(&mut self, told: Happened, restarts: &impl Fn(&ContainerId) -> i64, transfers: bool) {
        let name = told.attributes.get("name").cloned().unwrap_or_default();
        let is_own = || [&told.id, &name].iter().any(|key| !key.is_empty() && self.activity.is_own(&self.engine, key));
        let (event, kind) = match told.kind.as_str() {
            "container" => match self.of_container(&told, is_own(), restarts) {
                Some(event) => (event, SubjectKind::Container),
                None => return,
            },
            // Images are called by several names, and what takes long to come is of a job.
            "image" if transfers || is_own() || self.activity.is_own(&self.engine, IMAGES) => return,
            "image" => match told.action.as_str() {
                "pull" => (Event::Pulled, SubjectKind::Image),
                "delete" | "remove" => (Event::Removed, SubjectKind::Image),
                "tag" => (Event::Tagged, SubjectKind::Image),
                "load" | "import" | "loadfromarchive" => (Event::Loaded, SubjectKind::Image),
                _ => return,
            },
            "volume" | "network" if is_own() => return,
            // It comes and goes with a container, under a name that says nothing.
            "volume" if is_anonymous(&told.id) => return,
            kind @ ("volume" | "network") => {
                let kind = if kind == "volume" { SubjectKind::Volume } else { SubjectKind::Network };
                match told.action.as_str() {
                    "create" => (Event::Created, kind),
                    "destroy" | "remove" => (Event::Removed, kind),
                    _ => return,
                }
            }
            _ => return,
        };
        // Beside what the engine says of it, a container's event carries its labels.
        let labels: Labels = match kind {
            SubjectKind::Container => told.attributes.into_iter().collect(),
            _ => Labels::new(),
        };
        let name = if name.is_empty() { told.id.clone() } else { name };
        self.activity.record(happened(&self.engine, event, Some(Subject { kind, id: told.id, name, count: 0 }), labels));
    }

    fn of_container(&mut self, told: &Happened, is_own: bool, restarts: &impl Fn(&ContainerId) -> i64) -> Option<Event> {
        if self.containers.len() > REMEMBERED {
            self.containers.clear();
        }
        let known = self.containers.entry(told.id.clone()).or_default();
        // Podman has its own words for some.
        let event = match told.action.split(':').next().unwrap_or_default().trim() {
            "kill" => {
                known.killed = Some(Instant::now());
                return None;
            }
            "oom" => {
                known.out_of_memory = true;
                return None;
            }
            "die" | "died" => {
                let exit_code = ["exitCode", "containerExitCode"].iter().find_map(|name| told.attributes.get(*name)?.parse().ok());
                let out_of_memory = std::mem::take(&mut known.out_of_memory);
                match known.killed.take().filter(|killed| killed.elapsed() < DIES) {
                    Some(_) => Event::Stopped { exit_code },
                    None => {
                        let times = restarts(&ContainerId::new(&told.id));
                        if !is_told(times) {
                            return None;
                        }
                        // By itself, whoever looks at it at this moment.
                        return Some(Event::Exited { exit_code, out_of_memory });
                    }
                }
            }
            "start" => match restarts(&ContainerId::new(&told.id)) {
                times if times > 0 && !is_own => return is_told(times).then_some(Event::Restarted { times }),
                _ => Event::Started,
            },
            "health_status" => {
                let status =
                    told.attributes.get("health_status").map_or_else(|| told.action.split(':').nth(1).unwrap_or_default(), String::as_str);
                let is_unhealthy = status.trim() == "unhealthy";
                let is_news = is_unhealthy != known.unhealthy && (is_unhealthy || status.trim() == "healthy");
                known.unhealthy = is_unhealthy;
                return is_news.then_some(if is_unhealthy { Event::Unhealthy } else { Event::Healthy });
            }
            "create" => Event::Created,
            "rename" => Event::Renamed,
            "pause" => Event::Paused,
            "unpause" => Event::Resumed,
            "update" => Event::Updated,
            "destroy" | "remove" => {
                self.containers.remove(&told.id);
                Event::Removed
            }
            _ => return None,
        };
        (!is_own).then_some(event)
    }
}

/// Stands for all images: whatever is done to them under whichever name.
pub const IMAGES: &str = "*images";

/// Of what restarts again and again, ever less.
fn is_told(times: i64) -> bool {
    times <= 3 || matches!(times, 5 | 10 | 20 | 50) || times % 100 == 0
}
