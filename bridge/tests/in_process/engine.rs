//! An engine that says what a test wants, over HTTP/1.1 in memory.

use std::{
    collections::{BTreeMap, HashMap},
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use futures_util::{Stream, stream};
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use linkspan_docker::connect::Dial;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::{
    io::DuplexStream,
    sync::{broadcast, mpsc, watch},
    task::JoinSet,
    time::Instant,
};

/// What it does about whoever comes.
#[derive(Clone, Copy, Default, PartialEq)]
pub struct Mood {
    /// Nobody gets a connection.
    pub refuses: bool,
    /// Nobody gets an answer.
    pub frozen: bool,
}

/// What it does about one path alone.
#[derive(Clone, Copy, PartialEq)]
pub enum Odd {
    /// There is no answer until it does so no more.
    Hangs,
    /// The connection ends in the middle of the answer.
    Breaks,
    Says(StatusCode),
}

pub struct Engine {
    odd: watch::Sender<HashMap<String, Odd>>,
    /// By their IDs: the name, and whether it runs.
    containers: Mutex<BTreeMap<String, (String, bool)>>,
    events: broadcast::Sender<Bytes>,
    mood: watch::Sender<Mood>,
    /// `GET /containers/json`, and when.
    requests: Mutex<Vec<(String, Instant)>>,
    dials: Mutex<Vec<Instant>>,
    connections: Mutex<JoinSet<()>>,
    /// Answers that go on, by the path.
    streams: Mutex<HashMap<String, Arc<AtomicUsize>>>,
    /// Lines that each log has so far; it goes on when there are more.
    pub lines: watch::Sender<u64>,
    /// Bytes of logs that were taken.
    pub read: AtomicU64,
    /// What pulls say, and their end.
    pulls: Mutex<Vec<mpsc::Sender<Bytes>>>,
}

impl Engine {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            odd: watch::Sender::default(),
            containers: Mutex::default(),
            events: broadcast::Sender::new(1024),
            mood: watch::Sender::default(),
            requests: Mutex::default(),
            dials: Mutex::default(),
            connections: Mutex::default(),
            streams: Mutex::default(),
            lines: watch::Sender::new(u64::MAX),
            read: AtomicU64::new(0),
            pulls: Mutex::default(),
        })
    }

    /// Of a container whose number is `n`.
    pub fn id(n: usize) -> String {
        format!("{n:064x}")
    }

    pub fn with_running(self: Arc<Self>, count: usize) -> Arc<Self> {
        self.containers.lock().extend((0..count).map(|n| (Self::id(n), (format!("box-{n}"), true))));
        self
    }

    pub fn dial(self: &Arc<Self>) -> Dial {
        let engine = self.clone();
        Arc::new(move || engine.connection())
    }

    fn connection(self: &Arc<Self>) -> DuplexStream {
        self.dials.lock().push(Instant::now());
        let (theirs, ours) = tokio::io::duplex(64 << 10);
        if !self.mood.borrow().refuses {
            let router = Router::new().fallback(answer).with_state(self.clone());
            let served = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(ours), TowerToHyperService::new(router));
            self.connections.lock().spawn(async move { drop(served.await) });
        }
        theirs
    }

    pub fn set(&self, mood: Mood) {
        self.mood.send_replace(mood);
    }

    /// About a path without the API version; `None`: nothing any more.
    pub fn set_odd(&self, path: &str, odd: Option<Odd>) {
        self.odd.send_modify(|all| match odd {
            Some(odd) => drop(all.insert(path.to_owned(), odd)),
            None => drop(all.remove(path)),
        });
    }

    /// Ends all connections.
    pub fn cut(&self) {
        self.connections.lock().abort_all();
    }

    /// Starts or stops a container, and tells of it.
    pub fn turn(&self, id: &str, running: bool) {
        if let Some(container) = self.containers.lock().get_mut(id) {
            container.1 = running;
        }
        let action = if running { "start" } else { "die" };
        self.tell("container", action, id);
    }

    pub fn tell(&self, kind: &str, action: &str, id: &str) {
        let event = json!({ "Type": kind, "Action": action, "id": id, "Actor": { "ID": id, "Attributes": {} }, "time": 1_700_000_000 });
        let _ = self.events.send(format!("{event}\n").into());
    }

    /// All requests so far, without the API version and the query.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().iter().map(|(request, _)| request.clone()).collect()
    }

    pub fn forget_requests(&self) {
        self.requests.lock().clear();
    }

    /// When somebody tried to connect.
    pub fn dials(&self) -> Vec<Instant> {
        self.dials.lock().clone()
    }

    /// How many answers of this path are under way.
    pub fn streams(&self, path: &str) -> usize {
        self.streams.lock().get(path).map_or(0, |count| count.load(Ordering::Relaxed))
    }

    /// Says something in each pull that is under way.
    pub async fn say_of_pulls(&self, document: &Value) {
        let pulls = self.pulls.lock().clone();
        for pull in pulls {
            let _ = pull.send(format!("{document}\n").into()).await;
        }
    }

    /// Ends the pulls that are under way.
    pub fn end_pulls(&self) {
        self.pulls.lock().clear();
    }

    fn under_way(&self, path: &str) -> UnderWay {
        let count = self.streams.lock().entry(path.to_owned()).or_default().clone();
        count.fetch_add(1, Ordering::Relaxed);
        UnderWay(count)
    }

    fn inspect(&self, id: &str) -> Option<Value> {
        let (name, running) = self.containers.lock().get(id)?.clone();
        let state = json!({ "Status": if running { "running" } else { "exited" }, "Running": running, "ExitCode": 0, "StartedAt": "2026-01-02T03:04:05Z" });
        Some(
            json!({ "Id": id, "Name": format!("/{name}"), "State": state, "Config": { "Image": "alpine", "Tty": false, "Labels": labels_of(id), "Env": ["TOKEN=hunter2"] }, "HostConfig": {} }),
        )
    }
}

struct UnderWay(Arc<AtomicUsize>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn answer(State(engine): State<Arc<Engine>>, request: Request) -> Response {
    let path = request.uri().path();
    let path = path.strip_prefix("/v1.41").unwrap_or(path).to_owned();
    engine.requests.lock().push((format!("{} {path}", request.method()), Instant::now()));
    let mut mood = engine.mood.subscribe();
    let _ = mood.wait_for(|mood| !mood.frozen).await;
    let mut odd = engine.odd.subscribe();
    let odd = odd.wait_for(|odd| odd.get(&path) != Some(&Odd::Hangs)).await.ok().and_then(|odd| odd.get(&path).copied());
    match odd {
        Some(Odd::Breaks) => return Body::from_stream(stream::iter([Err::<Bytes, _>("it breaks")])).into_response(),
        Some(Odd::Says(status)) => return (status, axum::Json(json!({ "message": "not now" }))).into_response(),
        Some(Odd::Hangs) | None => {}
    }
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    match parts.as_slice() {
        ["_ping"] => "OK".into_response(),
        ["version"] => axum::Json(json!({ "Version": "20.10.24", "ApiVersion": "1.41", "MinAPIVersion": "1.12" })).into_response(),
        ["info"] => axum::Json(json!({ "Name": "scripted", "MemTotal": 1 << 30 })).into_response(),
        ["images" | "containers", "json"] | ["networks"] if path != "/containers/json" => axum::Json(json!([])).into_response(),
        ["system", "df"] => {
            let nothing = json!({ "LayersSize": 0, "Images": [], "Containers": [], "Volumes": [], "BuildCache": [] });
            axum::Json(nothing).into_response()
        }
        ["images", "there", "json"] => {
            axum::Json(json!({ "Id": format!("sha256:{:064}", 7), "RepoTags": ["there:latest"], "Config": {} })).into_response()
        }
        ["volumes"] => axum::Json(json!({ "Volumes": [] })).into_response(),
        ["containers", "json"] => {
            let row = |(id, (name, running)): (&String, &(String, bool))| json!({ "Id": id, "Names": [format!("/{name}")], "Image": "alpine", "State": if *running { "running" } else { "exited" }, "Labels": labels_of(id) });
            axum::Json(json!(engine.containers.lock().iter().map(row).collect::<Vec<_>>())).into_response()
        }
        ["events"] => {
            let events = engine.events.subscribe();
            endless(engine.under_way(&path), stream::unfold(events, async |mut events| Some((events.recv().await.ok()?, events))))
        }
        ["containers", id, "json"] => match engine.inspect(id) {
            Some(inspect) => axum::Json(inspect).into_response(),
            None => (StatusCode::NOT_FOUND, axum::Json(json!({ "message": format!("No such container: {id}") }))).into_response(),
        },
        ["containers", _, "changes"] => axum::Json(json!([{ "Path": "/new", "Kind": 1 }])).into_response(),
        ["containers", _, "stats"] => {
            let second = tokio::time::interval(Duration::from_secs(1));
            let readings = stream::unfold((second, 1_u64), async |(mut second, n)| {
                second.tick().await;
                let cpu = |n: u64| json!({ "cpu_usage": { "total_usage": n * 10_000_000 }, "system_cpu_usage": n * 4_000_000_000, "online_cpus": 4 });
                let read = format!("2026-01-02T{:02}:{:02}:{:02}Z", n / 3600, n / 60 % 60, n % 60);
                let reading = json!({ "read": read, "cpu_stats": cpu(n), "precpu_stats": cpu(n - 1), "memory_stats": { "usage": n << 20, "limit": 1 << 28 } });
                Some((Bytes::from(format!("{reading}\n")), (second, n + 1)))
            });
            endless(engine.under_way(&path), readings)
        }
        // Followed, and as fast as it is taken.
        ["containers", _, "logs"] => {
            let under_way = engine.under_way(&path);
            let lines = stream::unfold(0_u64, move |n| {
                let engine = engine.clone();
                async move {
                    let _ = engine.lines.subscribe().wait_for(|lines| *lines > n).await;
                    let line = format!("2026-01-02T03:04:05.{n:09}Z {}\n", "x".repeat(1000));
                    let header = [1, 0, 0, 0].into_iter().chain((line.len() as u32).to_be_bytes());
                    let record: Bytes = header.chain(line.into_bytes()).collect();
                    engine.read.fetch_add(record.len() as u64, Ordering::Relaxed);
                    Some((record, n + 1))
                }
            });
            endless(under_way, lines)
        }
        ["images", "create"] => {
            let (sender, documents) = mpsc::channel(16);
            engine.pulls.lock().push(sender);
            endless(engine.under_way(&path), stream::unfold(documents, async |mut documents| Some((documents.recv().await?, documents))))
        }
        _ => (StatusCode::NOT_FOUND, axum::Json(json!({ "message": format!("the scripted engine has no {path}") }))).into_response(),
    }
}

fn endless(under_way: UnderWay, chunks: impl Stream<Item = Bytes> + Send + 'static) -> Response {
    use futures_util::StreamExt;
    let chunks = chunks.map(move |chunk| {
        // Lives as long as the answer.
        let _ = &under_way;
        Ok::<_, Infallible>(chunk)
    });
    Body::from_stream(chunks).into_response()
}

/// Every other container is of another team.
fn labels_of(id: &str) -> Value {
    json!({ "team": if id.ends_with(['0', '2', '4', '6', '8']) { "front" } else { "back" } })
}
