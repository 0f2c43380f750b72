//! Requests that Linkspan sends when something happens, to where administrators have said: in the form of Standard Webhooks
//! (`webhook-id`, `webhook-timestamp`, `webhook-signature`). Nothing is sent anywhere else.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::{Duration, Instant},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use linkspan_shared::{
    account::Shown,
    activity::{Entry, Event, Verb},
    call::NewWebhook,
    problem::{Problem, ProblemCode},
    time::Timestamp,
    webhook::{Delivery, Trigger, WEBHOOK_NAME, WEBHOOK_URL, WEBHOOKS, Webhook},
};
use parking_lot::Mutex;
use ring::hmac;
use rusqlite::params;
use serde_json::{Value, json};
use tokio::{
    sync::{Semaphore, broadcast::error::RecvError},
    task::JoinSet,
};
use tokio_util::task::AbortOnDropHandle;

use crate::{
    activity::Activity,
    causes::with_causes,
    database::{Database, StoreError, readable},
    hub::now,
    owned,
};

/// Before it is sent again, each time; then it is given up.
const PAUSES: [Duration; 2] = [Duration::from_secs(5), Duration::from_secs(60)];
/// For each request.
const PATIENCE: Duration = Duration::from_secs(10);
/// Messages of one webhook that are under way or wait to be sent again; more are left out, and that is said.
const UNDER_WAY: usize = 8;
/// Messages of one webhook about one object in a minute, so that one that is noisy hides no other; and about all.
const ABOUT_ONE: usize = 6;
const A_MINUTE: usize = 60;
const MINUTE: Duration = Duration::from_secs(60);
/// Triggers of one webhook.
const TRIGGERS: usize = 16;

pub struct Webhooks {
    database: Arc<Database>,
    http: reqwest::Client,
    /// Held while one is added or removed, so that database and list agree. Nobody else waits for it.
    changing: Mutex<()>,
    all: Mutex<HashMap<String, Hook>>,
    sender: Mutex<Option<AbortOnDropHandle<()>>>,
}

#[derive(Clone)]
struct Hook {
    webhook: Webhook,
    key: Arc<hmac::Key>,
    places: Arc<Semaphore>,
    /// When each of the messages of the last minute was, and what about.
    minute: Arc<Mutex<VecDeque<(Instant, String)>>>,
}

impl Hook {
    fn new(webhook: Webhook, secret: &[u8]) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        Self { webhook, key: Arc::new(key), places: Arc::new(Semaphore::new(UNDER_WAY)), minute: Arc::default() }
    }

    /// Whether there is room in this minute. That an engine is lost is told in any case.
    fn may(&self, entry: &Entry) -> bool {
        if matches!(entry.verb, Verb::Event(Event::EngineLost)) {
            return true;
        }
        let about = entry.object.as_ref().map(|object| format!("{} {}", object.id, object.name)).unwrap_or_default();
        let mut minute = self.minute.lock();
        while minute.front().is_some_and(|(at, _)| at.elapsed() >= MINUTE) {
            minute.pop_front();
        }
        let of_it = minute.iter().filter(|(_, other)| *other == about).count();
        let has_room = minute.len() < A_MINUTE && of_it < ABOUT_ONE;
        if has_room {
            minute.push_back((Instant::now(), about));
        }
        has_room
    }
}

impl Webhooks {
    /// Until it is dropped, what is recorded is told.
    pub fn open(database: Arc<Database>, activity: &Activity) -> Result<Arc<Self>, StoreError> {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(PATIENCE).build();
        let http = http.map_err(|error| StoreError::Directory(std::io::Error::other(error)))?;
        let all = read(&database)?;
        let webhooks = Arc::new(Self { database, http, changing: Mutex::default(), all: Mutex::new(all), sender: Mutex::default() });
        let (own, mut heard) = (Arc::downgrade(&webhooks), activity.heard());
        *webhooks.sender.lock() = Some(owned::spawn(async move {
            let mut under_way = JoinSet::new();
            loop {
                let entry = match heard.recv().await {
                    Ok(entry) => entry,
                    Err(RecvError::Lagged(entries)) => {
                        tracing::warn!(entries, "more happens than webhooks can be told of");
                        continue;
                    }
                    Err(RecvError::Closed) => return,
                };
                let Some(webhooks) = own.upgrade() else { return };
                while under_way.try_join_next().is_some() {}
                for hook in webhooks.meant(&entry) {
                    let place = hook.places.clone().try_acquire_owned().ok().filter(|_| hook.may(&entry));
                    let Some(place) = place else {
                        webhooks.left_out(&hook);
                        continue;
                    };
                    let (webhooks, message) = (webhooks.clone(), Message::of(&entry));
                    under_way.spawn(async move {
                        webhooks.deliver(&hook, message).await;
                        drop(place);
                    });
                }
            }
        }));
        Ok(webhooks)
    }

    /// Messages that nobody has taken yet.
    pub fn under_way(&self) -> usize {
        self.all.lock().values().map(|hook| UNDER_WAY - hook.places.available_permits()).sum()
    }

    pub fn list(&self) -> Vec<Webhook> {
        let mut all: Vec<Webhook> = self.all.lock().values().map(|hook| hook.webhook.clone()).collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }

    pub fn add(&self, call: NewWebhook) -> Result<Shown, Problem> {
        let NewWebhook { name, url, triggers, engine } = call;
        let name = name.trim().to_owned();
        let invalid = |why: &str| Problem::new(ProblemCode::Invalid, name.clone(), why);
        if name.is_empty() || name.chars().count() > WEBHOOK_NAME || name.chars().any(char::is_control) {
            return Err(invalid(&format!("a webhook has a name of 1 to {WEBHOOK_NAME} characters")));
        }
        let parsed = url::Url::parse(url.trim()).ok().filter(|url| matches!(url.scheme(), "https" | "http") && url.has_host());
        let url = parsed
            .filter(|_| url.len() <= WEBHOOK_URL)
            .ok_or_else(|| invalid("a webhook has an address such as https://chat.example/hook"))?;
        let is_sane = |trigger: &Trigger| !matches!(trigger, Trigger::Restarted { times } if *times < 1);
        if triggers.is_empty() || triggers.len() > TRIGGERS || !triggers.iter().all(is_sane) {
            return Err(invalid("a webhook is told of something: choose at least one"));
        }
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).map_err(|_| internal(&StoreError::Random))?;
        let webhook = Webhook {
            id: uuid::Uuid::new_v4().to_string(),
            name: name.clone(),
            url: url.into(),
            triggers,
            engine,
            last: None,
            left_out: 0,
        };
        let _alone = self.changing.lock();
        let (is_taken, count) = {
            let all = self.all.lock();
            (all.values().any(|hook| hook.webhook.name == name), all.len())
        };
        if is_taken {
            return Err(invalid("there is a webhook of this name already"));
        }
        if count >= WEBHOOKS {
            return Err(Problem::new(ProblemCode::TooMany, "webhooks", format!("{WEBHOOKS} at most")));
        }
        let kept = serde_json::to_string(&webhook).unwrap_or_default();
        let query = "INSERT INTO webhooks (id, webhook, secret) VALUES (?, ?, ?)";
        let put = self.database.lock().execute(query, params![webhook.id, kept, secret]);
        put.map_err(|error| internal(&error.into()))?;
        self.all.lock().insert(webhook.id.clone(), Hook::new(webhook, &secret));
        Ok(Shown { secret: format!("whsec_{}", BASE64_STANDARD.encode(secret)).into() })
    }

    pub fn remove(&self, id: &str) -> Result<(), Problem> {
        let _alone = self.changing.lock();
        self.database.lock().execute("DELETE FROM webhooks WHERE id = ?", [id]).map_err(|error| internal(&error.into()))?;
        self.all.lock().remove(id).map(drop).ok_or_else(|| unknown(id))
    }

    /// Once, and what came of it.
    pub async fn test(&self, id: &str) -> Result<(), Problem> {
        let hook = self.all.lock().get(id).cloned().ok_or_else(|| unknown(id))?;
        let message =
            Message { kind: "test", text: format!("Linkspan can reach the webhook {}.", hook.webhook.name), at: now(), data: json!({}) };
        let sent = self.send(&hook, &message, &uuid::Uuid::new_v4().to_string()).await;
        self.came_of_it(&hook, sent.clone().err());
        sent.map_err(|why| Problem::new(ProblemCode::Invalid, hook.webhook.name, why))
    }

    /// Those that are to be told.
    fn meant(&self, entry: &Entry) -> Vec<Hook> {
        let is_meant = |webhook: &Webhook| {
            webhook.engine.as_ref().is_none_or(|engine| entry.engine.as_ref() == Some(engine))
                && webhook.triggers.iter().any(|trigger| trigger.is_of(entry))
        };
        self.all.lock().values().filter(|hook| is_meant(&hook.webhook)).cloned().collect()
    }

    fn left_out(&self, hook: &Hook) {
        if let Some(hook) = self.all.lock().get_mut(&hook.webhook.id) {
            if hook.webhook.left_out == 0 {
                tracing::warn!(webhook = hook.webhook.name, "more happens than this webhook may be told of");
            }
            hook.webhook.left_out += 1;
        }
    }

    fn came_of_it(&self, hook: &Hook, problem: Option<String>) {
        if let Some(hook) = self.all.lock().get_mut(&hook.webhook.id) {
            hook.webhook.last = Some(Delivery { at: now(), problem });
        }
    }

    /// The same message, with the same ID, until it is taken.
    async fn deliver(&self, hook: &Hook, message: Message) {
        let id = uuid::Uuid::new_v4().to_string();
        let mut pauses = PAUSES.into_iter();
        loop {
            let sent = self.send(hook, &message, &id).await;
            self.came_of_it(hook, sent.clone().err());
            let Err(why) = sent else { return };
            let Some(pause) = pauses.next() else {
                return tracing::warn!(webhook = hook.webhook.name, why, "a webhook was not told");
            };
            tokio::time::sleep(pause).await;
            // Of one that was removed meanwhile nothing is sent any more.
            if !self.all.lock().contains_key(&hook.webhook.id) {
                return;
            }
        }
    }

    async fn send(&self, hook: &Hook, message: &Message, id: &str) -> Result<(), String> {
        let body = message.body();
        let seconds = (now().0 / 1000).to_string();
        let signature = hmac::sign(&hook.key, format!("{id}.{seconds}.{body}").as_bytes());
        let request = self
            .http
            .post(&hook.webhook.url)
            .header("content-type", "application/json")
            .header("user-agent", concat!("Linkspan/", env!("CARGO_PKG_VERSION")))
            .header("webhook-id", id)
            .header("webhook-timestamp", seconds)
            .header("webhook-signature", format!("v1,{}", BASE64_STANDARD.encode(signature)));
        // Its address may be a secret.
        let answer = request.body(body).send().await.map_err(|error| with_causes(&error.without_url()))?;
        let status = answer.status();
        if status.is_success() { Ok(()) } else { Err(format!("the answer is {status}")) }
    }
}

/// What is told.
struct Message {
    kind: &'static str,
    /// For people: chat servers show this field.
    text: String,
    at: Timestamp,
    data: Value,
}

impl Message {
    fn of(entry: &Entry) -> Self {
        let object = entry.object.as_ref().map(|object| object.name.as_str()).unwrap_or_default();
        let engine = entry.engine.as_ref().map(|engine| engine.0.as_str()).unwrap_or_default();
        let why = entry.problem.as_ref().map(|problem| problem.detail.as_str()).unwrap_or_default();
        let (kind, text, more) = match &entry.verb {
            Verb::Event(Event::Unhealthy) => ("container.unhealthy", format!("{object} is unhealthy on {engine}."), json!({})),
            Verb::Event(Event::Restarted { times }) => {
                ("container.restarted", format!("{object} was restarted for the {times}th time on {engine}."), json!({ "times": times }))
            }
            Verb::Event(Event::Exited { exit_code, out_of_memory }) => {
                let code = exit_code.map_or_else(|| "an unknown exit code".to_owned(), |code| format!("exit code {code}"));
                let memory = if *out_of_memory { " (out of memory)" } else { "" };
                let more = json!({ "exit_code": exit_code, "out_of_memory": out_of_memory });
                ("container.exited", format!("{object} ended by itself with {code}{memory} on {engine}."), more)
            }
            Verb::Event(Event::EngineLost) => {
                ("engine.lost", format!("The engine {engine} cannot be reached. {why}").trim_end().to_owned(), json!({}))
            }
            Verb::Call(call) => {
                let what = call.trim_start_matches("job.");
                (
                    "job.failed",
                    format!("{what} {object} failed on {engine}. {why}").trim_end().to_owned(),
                    json!({ "job": entry.job, "kind": what }),
                )
            }
            _ => ("other", String::new(), json!({})),
        };
        let mut data = json!({ "engine": entry.engine, "by": entry.who, "problem": entry.problem.as_ref().map(|_| why) });
        if let Some(object) = &entry.object {
            data["object"] = json!({ "kind": object.kind, "id": object.id, "name": object.name });
        }
        for (name, value) in more.as_object().into_iter().flatten() {
            data[name] = value.clone();
        }
        Self { kind, text, at: entry.at, data }
    }

    fn body(&self) -> String {
        let at = jiff::Timestamp::from_millisecond(self.at.0).map(|at| at.to_string()).unwrap_or_default();
        json!({ "type": self.kind, "timestamp": at, "text": self.text, "data": self.data }).to_string()
    }
}

fn read(database: &Database) -> Result<HashMap<String, Hook>, StoreError> {
    let connection = database.lock();
    let mut query = connection.prepare("SELECT webhook, secret FROM webhooks")?;
    let rows = query.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?)))?;
    let of = |(kept, secret): (String, Vec<u8>)| {
        let webhook: Webhook = serde_json::from_str(&kept).inspect_err(|error| tracing::warn!(%error, "a webhook cannot be read")).ok()?;
        Some((webhook.id.clone(), Hook::new(webhook, &secret)))
    };
    Ok(readable("a webhook", rows).into_iter().filter_map(of).collect())
}

fn unknown(id: &str) -> Problem {
    Problem::new(ProblemCode::NotFound, id, "there is no such webhook")
}

fn internal(error: &StoreError) -> Problem {
    tracing::error!(%error, "the database of webhooks failed");
    Problem::new(ProblemCode::Internal, "", "")
}
