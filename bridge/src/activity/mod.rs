//! Who did what, and what engines did by themselves: an append-only record in the database.
//!
//! Calls are recorded when they end, jobs when those do. What an engine tells of is recorded unless somebody here asked for it: then it
//! is a part of that. Recording waits for nobody; what finds no room is counted, and that is recorded.

mod happenings;
mod store;
mod writer;

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use linkspan_shared::{
    activity::{Access, ActivityFilter, ActivityPage, Asked, Entry, Event, PAGE, Subject, SubjectKind, Verb},
    ids::{ContainerId, EngineId, JobId, UserName},
    job::{Job, Outcome},
    json::Json,
    problem::Problem,
    time::Timestamp,
    user::User,
};
use parking_lot::Mutex;
use serde_json::Value;
use tokio::{
    sync::{broadcast, mpsc, oneshot, watch},
    time::Instant,
};
use tokio_util::task::AbortOnDropHandle;

use crate::{
    database::{Database, StoreError},
    hub::now,
    owned,
};

pub use happenings::{Happened, Happenings, IMAGES};
use writer::{Order, PATIENCE, WAITING, Written, write};

pub use store::{Broken, Chain, Labels, Record, each_line, verify};

/// Entries that whoever listens may be behind; then it is told how many it has missed.
const HEARD: usize = 256;
/// What an engine tells of an object is of a request that ended this long ago, at most.
const OWN: Duration = Duration::from_secs(5);
/// Objects whose requests are remembered; looked through when there are more.
const TOUCHED: usize = 4096;
/// Jobs that ended before it was told what they were begun with.
const ENDED: usize = 64;
/// Entries that one question looks through.
const LOOKED_THROUGH: usize = 5_000;
/// Bytes of what somebody asked for.
const LONGEST: usize = 16 << 10;
/// In the place of what nobody is to read there.
const HIDDEN: &str = "••••••";

pub struct Activity {
    database: Arc<Database>,
    orders: mpsc::Sender<Order>,
    written: Arc<Written>,
    heard: broadcast::Sender<Arc<Entry>>,
    touched: Mutex<HashMap<(EngineId, String), Touched>>,
    jobs: Mutex<Jobs>,
    writer: Mutex<Option<AbortOnDropHandle<()>>>,
}

/// Requests about an object.
struct Touched {
    under_way: usize,
    last: Instant,
}

/// A request about an object is under way until this is dropped.
pub struct Touch {
    activity: Arc<Activity>,
    keys: Vec<(EngineId, String)>,
}

#[derive(Default)]
struct Jobs {
    begun: HashMap<JobId, Vec<Record>>,
    ended: VecDeque<Job>,
}

impl Activity {
    pub fn new(database: Arc<Database>) -> Arc<Self> {
        let newest = store::newest(&database).unwrap_or_else(|error| {
            tracing::error!(%error, "the record of activity cannot be read");
            0
        });
        let (orders, waiting) = mpsc::channel(WAITING);
        let written = Written { newest: watch::Sender::new(newest), left_out: AtomicU64::new(0), problem: Mutex::default() };
        let activity = Arc::new(Self {
            database,
            orders,
            written: Arc::new(written),
            heard: broadcast::Sender::new(HEARD),
            touched: Mutex::default(),
            jobs: Mutex::default(),
            writer: Mutex::default(),
        });
        let (database, written) = (activity.database.clone(), activity.written.clone());
        *activity.writer.lock() = Some(owned::spawn(write(database, written, waiting)));
        activity
    }

    pub fn record(&self, record: Record) {
        if self.heard.receiver_count() > 0 {
            let _ = self.heard.send(Arc::new(record.entry.clone()));
        }
        if self.orders.try_send(Order::Write(Box::new(record))).is_err() && self.written.left_out.fetch_add(1, Ordering::Relaxed) == 0 {
            tracing::error!("the record of activity cannot be written as fast as things are done: entries are left out");
        }
    }

    /// Why what is done is not recorded at the moment. It waits, as long as there is room.
    pub fn unrecorded(&self) -> Option<String> {
        self.written.problem.lock().clone()
    }

    /// Ends when all that was recorded so far is in the database, or it is not to be written for now.
    pub async fn written(&self) {
        let (tell, told) = oneshot::channel();
        let all = async {
            if self.orders.send(Order::Tell(tell)).await.is_ok() {
                let _ = told.await;
            }
        };
        let _ = tokio::time::timeout(PATIENCE, all).await;
    }

    pub fn engine_lost(&self, engine: &EngineId, problem: &Problem) {
        let mut record = happened(engine, Event::EngineLost, None, Labels::new());
        record.entry.problem = Some(problem.clone());
        self.record(record);
    }

    pub fn engine_back(&self, engine: &EngineId) {
        self.record(happened(engine, Event::EngineBack, None, Labels::new()));
    }

    /// Somebody came or went.
    pub fn access(&self, access: Access, who: UserName, address: String, problem: Option<Problem>) {
        let mut record = begun(who, address, None, Verb::Access(access));
        record.entry.problem = problem;
        self.record(record);
    }

    /// What the job came of. Of one that several have asked for, each is recorded.
    pub fn job_begun(&self, id: &JobId, mut record: Record) {
        record.entry.job = Some(id.clone());
        let mut jobs = self.jobs.lock();
        match jobs.ended.iter().position(|job| job.id == *id).and_then(|at| jobs.ended.remove(at)) {
            Some(job) => self.record(ended(record, &job)),
            None => jobs.begun.entry(id.clone()).or_default().push(record),
        }
    }

    /// `engine`: where it was. One that was interrupted by the end of Linkspan comes without what it was begun with.
    pub fn job_ended(&self, engine: &EngineId, job: &Job) {
        let mut jobs = self.jobs.lock();
        match jobs.begun.remove(&job.id) {
            Some(records) => records.into_iter().for_each(|record| self.record(ended(record, job))),
            None if job.outcome == Outcome::Interrupted => {
                let record = begun(job.started_by.clone(), String::new(), Some(engine.clone()), Verb::Call(job.work.call().to_owned()));
                self.record(ended(record, job));
            }
            None => {
                jobs.ended.push_back(job.clone());
                if jobs.ended.len() > ENDED {
                    jobs.ended.pop_front();
                }
            }
        }
    }

    /// Somebody's request about these is under way: what the engine tells of them is of that.
    pub fn touch(self: &Arc<Self>, engine: &EngineId, objects: impl IntoIterator<Item = String>) -> Touch {
        let mut touched = self.touched.lock();
        if touched.len() > TOUCHED {
            touched.retain(|_, touched| touched.under_way > 0 || touched.last.elapsed() < OWN);
        }
        let keys: Vec<_> = objects.into_iter().filter(|object| !object.is_empty()).map(|object| (engine.clone(), object)).collect();
        for key in &keys {
            let touched = touched.entry(key.clone()).or_insert(Touched { under_way: 0, last: Instant::now() });
            touched.under_way += 1;
        }
        Touch { activity: self.clone(), keys }
    }

    fn is_own(&self, engine: &EngineId, object: &str) -> bool {
        let touched = self.touched.lock();
        touched.get(&(engine.clone(), object.to_owned())).is_some_and(|touched| touched.under_way > 0 || touched.last.elapsed() < OWN)
    }

    /// All that is recorded from now on.
    pub fn heard(&self) -> broadcast::Receiver<Arc<Entry>> {
        self.heard.subscribe()
    }

    /// Its value is the newest entry's ID.
    pub fn newest(&self) -> watch::Receiver<u64> {
        self.written.newest.subscribe()
    }

    /// What this person, who is called so since then, may see of it, the newest first, from before an entry.
    pub async fn page(
        &self,
        user: User,
        since: Timestamp,
        filter: ActivityFilter,
        before: Option<u64>,
    ) -> Result<ActivityPage, StoreError> {
        let database = self.database.clone();
        owned::blocking(move || {
            let rows = store::read_back(&database, before, LOOKED_THROUGH)?;
            let is_whole = rows.len() < LOOKED_THROUGH;
            let last = rows.last().map(|(id, _)| *id);
            let text = filter.text.trim().to_lowercase();
            let mut entries = Vec::new();
            for (_, record) in rows {
                let Some(entry) = record.and_then(|record| record.seen_by(&user, since)).filter(|entry| is_meant(entry, &filter, &text))
                else {
                    continue;
                };
                entries.push(entry);
                if entries.len() == PAGE {
                    let before = entries.last().map(|entry: &Entry| entry.id);
                    return Ok(ActivityPage { entries, before });
                }
            }
            Ok(ActivityPage { entries, before: last.filter(|_| !is_whole) })
        })
        .await
    }
}

impl Drop for Touch {
    fn drop(&mut self) {
        let mut touched = self.activity.touched.lock();
        for key in &self.keys {
            if let Some(touched) = touched.get_mut(key) {
                touched.under_way = touched.under_way.saturating_sub(1);
                touched.last = Instant::now();
            }
        }
    }
}

/// What somebody has begun to do.
pub fn begun(who: UserName, address: String, engine: Option<EngineId>, verb: Verb) -> Record {
    let entry = Entry {
        id: 0,
        at: now(),
        who: Some(who),
        address,
        engine,
        verb,
        object: None,
        problem: None,
        milliseconds: None,
        request: None,
        job: None,
    };
    Record { entry, labels: Labels::new() }
}

fn ended(mut record: Record, job: &Job) -> Record {
    record.entry.milliseconds = job.ended.map(|ended| u64::try_from(ended.0 - job.started.0).unwrap_or_default());
    record.entry.problem = match &job.outcome {
        Outcome::Failed(problem) => Some(problem.clone()),
        Outcome::Cancelled => Some(Problem::new(linkspan_shared::problem::ProblemCode::Cancelled, "", "")),
        Outcome::Interrupted => Some(Problem::new(linkspan_shared::problem::ProblemCode::Interrupted, "", "")),
        Outcome::Running | Outcome::Succeeded => None,
    };
    if let Some((id, name)) = job.work.made() {
        record.entry.object = Some(Subject { kind: SubjectKind::Container, id, name, count: 0 });
    }
    record
}

/// What was asked for, without what is nobody's business.
pub fn asked(call: &str, arguments: &Json) -> Option<Asked> {
    let mut value: Value = arguments.read().ok()?;
    hide(&mut value);
    // Whoever has the address of a chat's webhook writes there.
    if call.starts_with("webhook.") && !value["url"].is_null() {
        value["url"] = HIDDEN.into();
    }
    let is_short = value.to_string().len() <= LONGEST;
    is_short.then(|| Json::of(&value).ok().map(|arguments| Asked { call: call.to_owned(), arguments })).flatten()
}

/// Secrets, and the values of variables.
fn hide(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match (name.as_str(), &mut *value) {
                    ("secret" | "password" | "token", _) => *value = HIDDEN.into(),
                    ("environment" | "arguments" | "options" | "log_options", Value::Array(pairs)) => {
                        for pair in pairs {
                            match pair {
                                Value::Array(pair) if pair.len() == 2 => pair[1] = HIDDEN.into(),
                                Value::String(line) => *line = format!("{}={HIDDEN}", line.split('=').next().unwrap_or_default()),
                                _ => {}
                            }
                        }
                    }
                    ("env", Value::Array(lines)) => {
                        for line in lines.iter_mut().filter_map(|line| line.as_str().map(str::to_owned).map(|text| (line, text))) {
                            *line.0 = format!("{}={HIDDEN}", line.1.split('=').next().unwrap_or_default()).into();
                        }
                    }
                    _ => hide(value),
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(hide),
        _ => {}
    }
}

fn is_meant(entry: &Entry, filter: &ActivityFilter, text: &str) -> bool {
    let has_text = || {
        let object = entry.object.as_ref().map(|object| [object.name.as_str(), object.id.as_str()]).unwrap_or_default();
        let who = entry.who.as_ref().map(UserName::as_str).unwrap_or_default();
        let engine = entry.engine.as_ref().map(EngineId::as_str).unwrap_or_default();
        let why = entry.problem.as_ref().map(|problem| problem.detail.as_str()).unwrap_or_default();
        let verb = match &entry.verb {
            Verb::Call(call) => call.clone(),
            Verb::Access(access) => format!("{access:?}"),
            Verb::Event(event) => format!("{event:?}"),
        };
        [object[0], object[1], who, engine, why, &verb].iter().any(|part| part.to_lowercase().contains(text))
    };
    // Of several at once, the request says which.
    let is_of = |container: &ContainerId| {
        let is_among = |asked: &Asked| asked.arguments.read::<Value>().is_ok_and(|value| names(&value, &container.0));
        entry
            .object
            .as_ref()
            .is_some_and(|object| object.id == container.0 || object.count > 0 && entry.request.as_ref().is_some_and(is_among))
    };
    (text.is_empty() || has_text())
        && filter.kind.is_none_or(|kind| kind.is_of(entry))
        && filter.who.as_ref().is_none_or(|who| entry.who.as_ref() == Some(who))
        && filter.container.as_ref().is_none_or(is_of)
}

fn names(value: &Value, id: &str) -> bool {
    match value {
        Value::String(text) => text == id,
        Value::Array(list) => list.iter().any(|value| names(value, id)),
        Value::Object(fields) => fields.values().any(|value| names(value, id)),
        _ => false,
    }
}

/// Of Linkspan itself.
fn own(event: Event) -> Record {
    let mut record = begun(UserName::new(""), String::new(), None, Verb::Event(event));
    record.entry.who = None;
    record
}

/// What an engine did, on nobody's behalf.
fn happened(engine: &EngineId, event: Event, object: Option<Subject>, labels: Labels) -> Record {
    let mut record = own(event);
    record.entry.engine = Some(engine.clone());
    record.entry.object = object;
    record.labels = labels;
    record
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn no_secret_is_recorded() {
        let arguments = json!({
            "name": "ci", "secret": "hunter2", "credentials": { "typed": { "username": "mika", "password": "hunter2" } },
            "options": [["o", "password=hunter2"]], "spec": { "environment": [["A", "hunter2"]], "log_options": ["splunk-token=hunter2"], "arguments": [["V", "hunter2"]], "labels": [["a", "b"]] },
            "configuration": { "env": ["A=hunter2"], "cmd": ["x"] }
        });
        let asked = asked("x", &Json::of(&arguments).unwrap()).unwrap();
        let text = serde_json::to_string(&asked).unwrap();
        assert!(!text.contains("hunter2") && text.contains("mika") && text.contains(r#"["a","b"]"#) && text.contains("A=••••••"), "{text}");
        assert!(super::asked("x", &Json::of(&json!({ "name": "a".repeat(LONGEST) })).unwrap()).is_none());
    }
}
