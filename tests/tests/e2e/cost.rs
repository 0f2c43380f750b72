//! What Linkspan costs the engine, counted in the engine's own log of calls.

use std::sync::Arc;
use std::time::Duration;

use linkspan_tests::bridge::Options;
use linkspan_tests::browser::SessionOptions;
use linkspan_tests::site::{self, container};
use linkspan_tests::world::{PASSWORD, World};
use serde_json::json;
use tokio::task::block_in_place;
use xtask::engine::{self, Engine};

/// The calls that the engine has taken so far, such as `GET /v1.41/containers/json?all=1`.
fn calls(engine: &Engine) -> Vec<String> {
    let log = engine.whole_log();
    log.lines().filter_map(|line| Some(line.split_once("msg=\"Calling ")?.1.trim_end_matches('"').to_owned())).collect()
}

pub async fn an_event_costs_one_inspect_and_never_a_list(world: Arc<World>) {
    let engine = world.own_engine(engine::Options { extra_args: vec!["--debug".to_owned()], ..engine::Options::default() });
    let docker = |args: &[&str]| block_in_place(|| engine.docker(args)).expect("the docker command");
    let bridge = world.bridge_with(Options::new(&engine.host(), PASSWORD)).await;
    let page = world.page().await.with_deadline(Duration::from_secs(30));
    site::sign_in(&page, &bridge).await;
    // A second person costs nothing more.
    let other = world.page().await;
    site::sign_in(&other, &bridge).await;

    let before = calls(&engine).len();
    let id = docker(&["create", "--name", "counted", "alpine", "sleep", "600"]).trim().to_owned();
    container(&page, "counted").wait().await;
    docker(&["start", "counted"]);
    container(&other, "counted").wait_for("running", |row| row.text.contains("Running")).await;
    // What an exec does changes nothing that is shown.
    for _ in 0..5 {
        docker(&["exec", "counted", "true"]);
    }
    docker(&["rename", "counted", "recounted"]);
    container(&page, "recounted").wait().await;
    container(&other, "recounted").wait().await;
    let since = calls(&engine).split_off(before);
    let lists = since.iter().filter(|call| call.contains("/containers/json") || call.contains("/images/json")).count();
    assert_eq!(lists, 0, "{since:?}");
    // The events: create, start, rename. The docker command names the container, the bridge its id.
    let inspects = since.iter().filter(|call| call.starts_with("GET") && call.ends_with(&format!("/containers/{id}/json"))).count();
    assert!((1..=3).contains(&inspects), "{inspects} inspects: {since:?}");
    let logs = since.iter().filter(|call| call.contains("/logs")).count();
    assert_eq!(logs, 0, "nobody watches any: {since:?}");
    let stats = since.iter().filter(|call| call.contains("/stats")).count();
    assert!(stats <= 1, "one container runs, in view of two browsers: {since:?}");
}

pub async fn figures_cost_one_stream_a_container(world: Arc<World>) {
    let engine = world.own_engine(engine::Options { extra_args: vec!["--debug".to_owned()], ..engine::Options::default() });
    let docker = |args: &[&str]| block_in_place(|| engine.docker(args)).expect("the docker command");
    docker(&["run", "--detach", "--name", "busy", "--memory", "64m", "alpine", "sh", "-c", "while :; do :; done"]);
    docker(&["run", "--detach", "--name", "idle", "alpine", "sleep", "600"]);
    docker(&["create", "--name", "never", "alpine", "sleep", "600"]);
    let bridge = world.bridge_with(Options::new(&engine.host(), PASSWORD)).await;
    let page = world.page().await.with_deadline(Duration::from_secs(30));
    site::sign_in(&page, &bridge).await;
    let other = world.page().await.with_deadline(Duration::from_secs(30));
    site::sign_in(&other, &bridge).await;
    for page in [&page, &other] {
        container(page, "busy").wait_for("its CPU and memory", |row| row.text.contains('%') && row.text.contains("/ 64 MiB")).await;
        container(page, "idle").wait_for("its CPU and memory", |row| row.text.contains('%') && row.text.contains("iB")).await;
    }
    // A loop takes all of a core; the meter is only where there is a limit.
    let cpu = |text: &str| -> f64 { text.split('%').next().and_then(|text| text.split_whitespace().last()?.parse().ok()).unwrap_or(-1.0) };
    container(&page, "busy").wait_for("a busy core", |row| cpu(&row.text) > 20.0).await;
    container(&page, "idle").wait_for("an idle one", |row| (0.0..20.0).contains(&cpu(&row.text))).await;
    assert_eq!(container(&page, "busy").get_by_role("meter", "Memory").count().await, 1);
    assert_eq!(container(&page, "idle").get_by_role("meter", "Memory").count().await, 0);
    let streams = || calls(&engine).iter().filter(|call| call.contains("/stats")).count();
    assert_eq!(streams(), 2, "one each, for both browsers");

    // What ends takes nothing, and what starts is measured.
    docker(&["kill", "busy"]);
    container(&page, "busy").wait_for("no figures", |row| !row.text.contains('%') && !row.text.contains("iB")).await;
    docker(&["start", "never"]);
    container(&page, "never").wait_for("its CPU and memory", |row| row.text.contains('%') && row.text.contains("iB")).await;
    assert_eq!(streams(), 3);
}

/// A scripted engine, because a real one does not tell when a stream is closed.
/// Reckoning the use of the disk keeps an engine busy for long: who asks meanwhile waits for the same answer.
/// What a page needs is named by its HTML, who is signed in comes along, and what others need waits for its time.
pub async fn a_visit_asks_for_nothing_twice(world: Arc<World>) {
    world.docker(&["create", "--name", "here", "alpine"]);
    let (bridge, page) = site::open(&world).await;
    let asked = async || -> Vec<(String, String, f64, f64)> {
        let entries = "return performance.getEntriesByType('resource').map((one) => \
            [new URL(one.name).pathname.split('/').pop(), one.initiatorType, one.startTime, one.responseEnd])";
        serde_json::from_value(page.eval(entries, vec![]).await).expect("entries")
    };
    for (path, is_first) in [("/containers", true), ("/volumes", false)] {
        page.goto(&format!("{}{path}", bridge.url())).await;
        site::connected(&page).await;
        page.wait_until("the other pages' code", async || asked().await.iter().any(|(name, ..)| name == "split_further.wasm")).await;
        let all = asked().await;
        assert!(!all.iter().any(|(name, ..)| name == "session"), "{all:?}");
        let mut names: Vec<&String> = all.iter().map(|(name, ..)| name).collect();
        names.sort();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count, "{all:?}");
        let of = |wanted: &str| all.iter().find(|(name, ..)| name == wanted).expect("it was asked for");
        let (main, further) = (of("linkspan_bg.wasm"), of("split_further.wasm"));
        if is_first {
            assert!(further.2 > main.3, "it waits until the table is there: {all:?}");
        } else {
            assert!(further.1 == "link" && further.2 < main.3, "the page names it: {all:?}");
        }
    }
    // Whoever is not signed in is not asked for again either.
    let other = world.page().await;
    other.goto(&bridge.url()).await;
    other.wait_for_role("button", "Sign in").await;
    let sessions = "return performance.getEntriesByType('resource').filter((one) => one.name.includes('/api/')).length";
    assert_eq!(other.eval(sessions, vec![]).await, json!(0));
}

/// What looks otherwise with [`the other pages' styles`](the_first_page_has_all_its_styles), at one and the same moment.
const CHANGED: &str = r#"
    const look = () => [...document.body.querySelectorAll("*")].flatMap((element) =>
        [null, "::before", "::after"].map((part) => {
            const style = getComputedStyle(element, part);
            return [element, new Map([...style].map((name) => [name, style.getPropertyValue(name)]))];
        }));
    const others = new CSSStyleSheet();
    others.replaceSync(sessionStorage.others);
    const before = look();
    document.adoptedStyleSheets.push(others);
    const after = look();
    document.adoptedStyleSheets.pop();
    return before.flatMap(([element, style], at) => {
        const names = [...style.keys()].filter((name) => style.get(name) !== after[at][1].get(name));
        return names.length === 0 ? [] : [`${element.localName}.${element.className.baseVal ?? element.className}: ${names.join(" ")}`];
    });
"#;

/// The other pages' styles come after the first table, and change nothing of it.
pub async fn the_first_page_has_all_its_styles(world: Arc<World>) {
    let project = "com.docker.compose.project=shop";
    world.docker(&["run", "--detach", "--name", "web", "--label", project, "--publish", "80", "alpine", "sleep", "600"]);
    world.docker(&["create", "--name", "made", "alpine"]);
    let bridge = world.bridge().await;
    for (size, dark) in [((1440, 900), false), ((390, 844), true)] {
        let page = world.page_with(&SessionOptions { size, dark, ..SessionOptions::default() }).await;
        page.cdp("Network.enable", json!({})).await;
        let nothing_changes = async |what: &str| {
            assert_eq!(page.eval("return document.adoptedStyleSheets.length", vec![]).await, json!(0), "they are not there yet");
            assert_eq!(page.eval(CHANGED, vec![]).await, json!([]), "{what}, {size:?}");
        };
        page.goto(&bridge.url()).await;
        page.wait_for_role("button", "Sign in").await;
        let read = "(async () => { const path = document.querySelector('link[rel=stylesheet]').href.replace('style.css', 'further.css'); \
            sessionStorage.others = await (await fetch(path)).text(); return true; })().catch(() => false)";
        // What a browser drops because a network came or went is asked for again.
        let is_read = async || {
            let read = page.cdp("Runtime.evaluate", json!({ "expression": read, "awaitPromise": true })).await;
            read["result"]["value"] == json!(true)
        };
        page.wait_until("the other pages' styles", is_read).await;
        nothing_changes("the sign-in page").await;
        page.cdp("Network.setBlockedURLs", json!({ "urls": ["*/further.css"] })).await;
        site::sign_in(&page, &bridge).await;
        site::container(&page, "web").expect_text("Running").await;
        nothing_changes("the table of containers").await;
    }
}
