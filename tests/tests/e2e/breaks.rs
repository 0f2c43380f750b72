//! What breaks between the bridge and its engine, and between a browser and the bridge. After each, the table is exactly
//! `docker ps -a`, numbered lines of a log come once and in order, and nothing is left open.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use linkspan_tests::bridge::{Bridge, Options};
use linkspan_tests::page::{Name, Page};
use linkspan_tests::proxy::{Mood, Proxy};
use linkspan_tests::registry::{Registry, free_port};
use linkspan_tests::scripted::{self, Reply, Scripted};
use linkspan_tests::site::{self, container};
use linkspan_tests::watch::{Log, Table};
use linkspan_tests::world::{PASSWORD, World};
use linkspan_tests::{clock, wire};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::block_in_place;
use xtask::engine::{self, Engine};

pub const PATIENCE: Duration = Duration::from_secs(40);
const COUNT: &str = "i=0; while true; do i=$((i+1)); echo line $i; sleep 0.05; done";

pub fn docker(engine: &Engine, args: &[&str]) -> String {
    block_in_place(|| engine.docker(args)).unwrap_or_else(|problem| panic!("{problem}"))
}

/// A container that counts; answers with its id.
pub fn counter(engine: &Engine, name: &str) -> String {
    docker(engine, &["run", "--detach", "--name", name, "--network", "none", "alpine", "sh", "-c", COUNT]).trim().to_owned()
}

/// Until the bridge says of the engine what is wanted.
async fn until_connected(bridge: &Bridge, connected: bool) {
    let wanted = if connected { "engine connected" } else { "engine unreachable" };
    let is_so = async || wire::request(bridge, "GET /healthz", &[("Host", "localhost")], "").await.body.contains(wanted);
    tokio::time::timeout(PATIENCE, async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .unwrap_or_else(|_| panic!("never: {wanted}"));
}

pub async fn call(bridge: &Bridge, engine: &str, name: &str, arguments: Value) -> Value {
    let mut socket = wire::signed_in(bridge).await;
    socket.send(json!({ "call": { "id": 1, "engine": engine, "call": name, "arguments": arguments } })).await;
    loop {
        let message = socket.receive().await.expect("an answer");
        if message.get("reply").is_some() || message.get("refusal").is_some() {
            return message;
        }
    }
}

pub async fn the_engine_is_killed_and_its_containers_go_on(world: Arc<World>) {
    let mut engine = world.own_engine(engine::Options { live_restore: true, ..Default::default() });
    let id = counter(&engine, "counter");
    let bridge = world.bridge_with(Options::new(&engine.host(), PASSWORD)).await;
    let mut table = Table::open(&bridge, "local").await;
    let mut log = Log::open(&bridge, "local", &id).await;
    table.equals_docker_ps(&engine).await;
    log.until(20).await;
    for _ in 0..2 {
        block_in_place(|| engine.kill()).expect("the engine is killed");
        until_connected(&bridge, false).await;
        block_in_place(|| engine.start_again()).expect("the engine starts again");
        docker(&engine, &["create", "alpine"]);
        table.equals_docker_ps(&engine).await;
        let seen = log.lines.len();
        log.until(seen + 100).await;
        log.is_contiguous();
    }
}

pub async fn the_engine_is_killed_with_its_containers(world: Arc<World>) {
    let registry = Registry::throttled("100k").expect("a slow registry");
    let reference = registry.reference("broken:1");
    let mut engine = world.own_engine(engine::Options::default());
    block_in_place(|| xtask::images::layers(&engine, &reference, 2, 3_000_000)).expect("an image");
    docker(&engine, &["push", &reference]);
    docker(&engine, &["rmi", &reference]);
    let id = counter(&engine, "counter");
    docker(&engine, &["run", "--detach", "--name", "back", "--restart", "always", "alpine", "sleep", "600"]);
    let bridge = world.bridge_with(Options::new(&engine.host(), PASSWORD)).await;
    let mut table = Table::open(&bridge, "local").await;
    let mut log = Log::open(&bridge, "local", &id).await;
    log.until(20).await;
    // Work under way: a pull, and a run that somebody waits for.
    let page = world.page().await.with_deadline(PATIENCE);
    site::sign_in(&page, &bridge).await;
    call(&bridge, "local", "job.pull", json!({ "reference": reference })).await;
    site::visit(&page, &bridge, "/run?image=alpine").await;
    page.get_by_role("textbox", "Name").fill("waited-for").await;
    page.get_by_role("textbox", "Command").fill("sleep 600").await;
    page.get_by_role("button", "Run").click().await;
    site::visit(&page, &bridge, "/jobs").await;
    let pull = page.get_by_role("article", format!("Pull {reference}"));
    let run = page.get_by_role("article", "Run alpine");
    pull.wait_for("a layer is downloading", |card| card.text.contains("Downloading")).await;
    run.expect_text("waited-for").await;
    page.wait_until("it runs", async || docker(&engine, &["ps", "--quiet", "--filter", "name=waited-for"]).trim() != "").await;

    block_in_place(|| engine.kill()).expect("the engine is killed");
    until_connected(&bridge, false).await;
    // What became of them is said, and that nobody can know the rest.
    pull.get_by_role("alert", Name::Any).expect_text("connection was lost").await;
    run.get_by_role("alert", Name::Any).expect_text("connection was lost").await;
    run.expect_text("still there").await;
    block_in_place(|| engine.start_again()).expect("the engine starts again");
    table.equals_docker_ps(&engine).await;
    // All that the container ever wrote, and the end.
    log.until(usize::MAX).await;
    let all = docker(&engine, &["logs", "counter"]);
    assert_eq!(log.lines, all.lines().collect::<Vec<_>>());
    docker(&engine, &["start", "counter"]);
    table.equals_docker_ps(&engine).await;
}

pub async fn the_engine_is_stopped_for_ten_seconds(world: Arc<World>) {
    let engine = world.own_engine(engine::Options::default());
    let id = counter(&engine, "counter");
    docker(&engine, &["create", "--name", "idle", "alpine", "sleep", "600"]);
    let idle = docker(&engine, &["ps", "--all", "--quiet", "--no-trunc", "--filter", "name=idle"]).trim().to_owned();
    let bridge = world.bridge_with(Options::new(&engine.host(), PASSWORD)).await;
    let mut table = Table::open(&bridge, "local").await;
    let mut log = Log::open(&bridge, "local", &id).await;
    log.until(20).await;
    engine.pause();
    // A call waits for its answer.
    let mut socket = wire::signed_in(&bridge).await;
    socket.send(json!({ "call": { "id": 1, "engine": "local", "call": "container.start", "arguments": { "container": idle } } })).await;
    // The fault itself takes so long.
    tokio::time::sleep(Duration::from_secs(10)).await;
    engine.resume();
    socket.expect_within("reply", PATIENCE).await;
    table.equals_docker_ps(&engine).await;
    let seen = log.lines.len();
    log.until(seen + 100).await;
    log.is_contiguous();
}

pub async fn a_proxy_delays_cuts_and_resets(world: Arc<World>) {
    let engine = world.engine();
    let id = counter(engine, "counter");
    docker(engine, &["create", "--name", "idle", "alpine"]);
    let proxy = Proxy::to_socket(engine.socket()).await;
    // The first two lists end within a container's JSON.
    proxy.set(Mood { cut: Some(("/containers/json".into(), 400, 2)), ..Mood::default() });
    let bridge = world.bridge_with(Options::new(&format!("local={}", proxy.host()), PASSWORD)).await;
    let mut table = Table::open(&bridge, "local").await;
    table.equals_docker_ps(engine).await;
    assert!(proxy.count("/containers/json") >= 3, "{:?}", proxy.requests());
    // Everything takes its time.
    proxy.set(Mood { delay: Duration::from_millis(150), ..Mood::default() });
    docker(engine, &["rename", "idle", "slow"]);
    table.equals_docker_ps(engine).await;
    // The log's stream ends within a frame, whenever it is opened again.
    proxy.set(Mood { cut: Some(("/logs".into(), 2_000, 5)), ..Mood::default() });
    let mut log = Log::open(&bridge, "local", &id).await;
    log.until(300).await;
    log.is_contiguous();
    assert!(proxy.count("/logs") >= 6, "{:?}", proxy.requests());
    // An inspect that ends within its JSON costs the connection, not the truth.
    proxy.set(Mood { cut: Some((format!("/containers/{id}/json"), 300, 1)), ..Mood::default() });
    docker(engine, &["rename", "counter", "counted"]);
    table.equals_docker_ps(engine).await;
    proxy.set(Mood::default());
    for _ in 0..5 {
        proxy.reset();
        docker(engine, &["create", "alpine"]);
        table.equals_docker_ps(engine).await;
        let seen = log.lines.len();
        log.until(seen + 20).await;
    }
    log.is_contiguous();
}

/// What the bridge holds: tasks, and open files by kind.
async fn holdings(bridge: &Bridge, cookie: &str) -> BTreeMap<String, usize> {
    let (host, _) = wire::own_address(bridge);
    let answer = wire::request(bridge, "GET /metrics", &[("Host", &host), ("Cookie", cookie)], "").await;
    let tasks = answer.body.lines().find_map(|line| line.strip_prefix("linkspan_tasks ")?.parse().ok());
    let mut held = BTreeMap::from([("tasks".to_owned(), tasks.unwrap_or_else(|| panic!("no tasks in {answer:?}")))]);
    let folder = format!("/proc/{}/fd", bridge.pid().expect("it runs"));
    for entry in std::fs::read_dir(folder).expect("its files").flatten() {
        let Ok(target) = std::fs::read_link(entry.path()) else { continue };
        let kind = target.to_string_lossy().split(':').next().unwrap_or_default().to_owned();
        *held.entry(kind).or_default() += 1;
    }
    held
}

pub async fn a_hundred_resets_leave_nothing_behind(world: Arc<World>) {
    let engine = world.engine();
    let ids: Vec<String> = (0..3).map(|n| counter(engine, &format!("counter-{n}"))).collect();
    let proxy = Proxy::to_socket(engine.socket()).await;
    let bridge = world.bridge_with(Options::new(&format!("local={}", proxy.host()), PASSWORD)).await;
    let mut table = Table::open(&bridge, "local").await;
    let mut logs = Vec::new();
    for id in &ids {
        logs.push(Log::open(&bridge, "local", id).await);
    }
    let mut figures = wire::signed_in(&bridge).await;
    figures.send(json!({ "open": { "channel": 1, "engine": "local", "spec": { "stats": { "containers": ids } }, "resume": null } })).await;
    figures.expect("state").await;
    let cookie = wire::cookie(&bridge).await;
    let mut retry = wire::signed_in(&bridge).await;
    // All that is to be open is open.
    let settled = async || {
        let is_settled = || proxy.open("/events") == 1 && proxy.open("follow=1") == 3 && proxy.open("/stats") == 3;
        tokio::time::timeout(PATIENCE, async {
            while !is_settled() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
        .await
        .unwrap_or_else(|_| panic!("never settled: {:?}", proxy.requests().iter().rev().take(20).collect::<Vec<_>>()));
        until_connected(&bridge, true).await;
    };
    settled().await;
    table.equals_docker_ps(engine).await;
    let before = holdings(&bridge, &cookie).await;
    for n in 0..100 {
        proxy.reset();
        // Nobody wants to wait for its next try a hundred times.
        tokio::time::timeout(PATIENCE, async {
            while proxy.open("/events") != 1 {
                retry.send(json!({ "call": { "id": n, "engine": "local", "call": "engine.retry", "arguments": {} } })).await;
                retry.expect("reply").await;
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
        .await
        .expect("it connects again");
    }
    settled().await;
    table.equals_docker_ps(engine).await;
    for log in &mut logs {
        let seen = log.lines.len();
        log.until(seen + 50).await;
        log.is_contiguous();
    }
    // Connections that wait for a next request come and go.
    let fits = |after: &BTreeMap<String, usize>| after.iter().all(|(kind, count)| *count <= before.get(kind).copied().unwrap_or(0) + 6);
    let mut after = holdings(&bridge, &cookie).await;
    let _ = tokio::time::timeout(PATIENCE, async {
        while !fits(&after) {
            tokio::time::sleep(Duration::from_millis(200)).await;
            after = holdings(&bridge, &cookie).await;
        }
    })
    .await;
    assert!(fits(&after), "before: {before:?}, after 100 resets: {after:?}");
}

pub async fn a_browser_s_connection_is_cut(world: Arc<World>) {
    let engine = world.engine();
    counter(engine, "counter");
    let port = free_port().expect("a port");
    let proxy = Proxy::to_port(port).await;
    let mut options = Options::new(&engine.host(), PASSWORD);
    options.port = port;
    let address = format!("http://127.0.0.1:{}", proxy.port());
    options.args = vec!["--public-url".to_owned(), address.clone()];
    let bridge = world.bridge_with(options).await;
    let page = world.page().await.with_deadline(PATIENCE);
    let sign_in = async |page: &Page| {
        page.goto(&address).await;
        page.get_by_role("textbox", "User").fill("admin").await;
        page.get_by_role("textbox", "Password").fill(PASSWORD).await;
        page.get_by_role("button", "Sign in").click().await;
        site::connected(page).await;
    };
    sign_in(&page).await;
    let other = world.page().await.with_deadline(PATIENCE);
    sign_in(&other).await;
    page.goto(&format!("{address}/containers/counter/logs")).await;
    page.get_by_role("log", "Logs of counter").expect_text("line 2").await;
    for n in 0..3 {
        proxy.set(Mood { closed: true, ..Mood::default() });
        proxy.reset();
        page.get_by_role("status", "Connection").expect_text("Reconnecting").await;
        docker(engine, &["create", "--name", &format!("meanwhile-{n}"), "alpine"]);
        proxy.set(Mood::default());
        site::connected(&page).await;
        container(&other, &format!("meanwhile-{n}")).wait().await;
    }
    // A line of now has come, and none is missing or there twice among those that are shown.
    let script = "return [...document.querySelectorAll('.log-row .lt-text')].map(row => row.textContent)";
    let shown = async || {
        let lines = serde_json::from_value::<Vec<String>>(page.eval(script, vec![]).await).expect("a list");
        lines.iter().filter_map(|line| line.strip_prefix("line ")?.parse().ok()).collect::<Vec<u64>>()
    };
    let now = docker(engine, &["logs", "--tail", "1", "counter"]);
    let now: u64 = now.trim().trim_start_matches("line ").parse().expect("a number");
    page.wait_until("the newest lines", async || shown().await.last().is_some_and(|last| *last > now)).await;
    let lines = shown().await;
    assert!(lines.windows(2).all(|pair| pair[1] == pair[0] + 1), "{lines:?}");
    // And in all: the count of lines is the number of the last one.
    let text = page.get_by_role("log", "Logs of counter").text().await;
    assert!(!text.is_empty());
    drop(bridge);
}

/// A scripted engine: the machine's clock is not to be touched.
pub async fn the_engine_s_clock_is_apart(world: Arc<World>) {
    for hours in [-3_i64, 3] {
        let id = "e".repeat(64);
        let now = || std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs() as i64;
        let base = now() + hours * 3600;
        let asked: Arc<std::sync::Mutex<Vec<String>>> = Arc::default();
        let (said, own) = (Arc::clone(&asked), id.clone());
        let engine = Scripted::start(move |request: &scripted::Request| match request.path.as_str() {
            "/containers/json" => {
                Some(Reply::json(200, &json!([{ "Id": own, "Names": ["/skewed"], "State": "running", "Status": "Up", "Created": base }])))
            }
            path if path.ends_with("/logs") => {
                let mut asked = said.lock().unwrap();
                asked.push(request.query.clone());
                let since = request.query.split('&').find_map(|pair| pair.strip_prefix("since=")?.split('.').next()?.parse::<i64>().ok());
                // Ten lines a second apart; the first stream breaks after five of them.
                let first = asked.len() == 1;
                let lines =
                    (0..if first { 5 } else { 10 }).filter(|n| since.is_none_or(|since| base + n >= since)).map(|n| record(base + n, n));
                let (sender, receiver) = mpsc::channel(2);
                let body: Vec<u8> = lines.flatten().collect();
                tokio::spawn(async move {
                    let head =
                        "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.multiplexed-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
                    let chunk = [format!("{:x}\r\n", body.len()).as_bytes(), &body, b"\r\n"].concat();
                    let _ = sender.send([head.as_bytes(), &chunk].concat()).await;
                    if !first {
                        sender.closed().await;
                    }
                });
                Some(Reply::RawStream(receiver))
            }
            path if path.ends_with("/json") && path.contains(&own) => {
                Some(Reply::json(200, &json!({ "Id": own, "Name": "/skewed", "State": { "Status": "running" }, "Created": "" })))
            }
            _ => None,
        })
        .await
        .expect("an engine");
        let bridge = world.bridge_with(Options::new(&engine.host(), PASSWORD)).await;
        let mut log = Log::open(&bridge, "local", &id).await;
        log.until(10).await;
        log.is_contiguous();
        // It went on behind the entry that came last, whatever its time.
        let queries = asked.lock().unwrap().clone();
        assert!(queries.iter().all(|query| !query.contains("since=")), "{queries:?}");
        let page = world.page().await;
        site::sign_in(&page, &bridge).await;
        let age = if hours < 0 { "3h ago" } else { "just now" };
        container(&page, "skewed").wait_for(age, |row| row.text.contains(age)).await;
    }
}

pub fn record(second: i64, number: i64) -> Vec<u8> {
    let payload = format!("{} line {number}\n", clock::rfc3339(second));
    let mut record = vec![1, 0, 0, 0];
    record.extend((payload.len() as u32).to_be_bytes());
    record.extend(payload.as_bytes());
    record
}
