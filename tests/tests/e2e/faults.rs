//! What happens when the engine or the bridge goes away.

use std::sync::Arc;
use std::time::Duration;

use linkspan_tests::bridge::Options;
use linkspan_tests::page::Name;
use linkspan_tests::scripted::{self, Reply, Scripted};
use linkspan_tests::site::{self, container};
use linkspan_tests::world::{PASSWORD, World};
use serde_json::json;
use std::sync::Mutex;
use tokio::sync::mpsc;
use tokio::task::block_in_place;

pub async fn the_engine_dies_and_comes_back(world: Arc<World>) {
    let mut engine = world.own_engine(xtask::engine::Options::default());
    block_in_place(|| engine.docker(&["run", "--detach", "--name", "before", "alpine", "sleep", "600"])).expect("a container");
    let bridge = world.bridge_with(Options::new(&engine.host(), PASSWORD)).await;
    let page = world.page().await.with_deadline(Duration::from_secs(30));
    site::sign_in(&page, &bridge).await;
    container(&page, "before").wait_for("running", |row| row.text.contains("Running")).await;

    block_in_place(|| engine.kill()).expect("the engine is killed");
    page.get_by_role("status", "Connection").expect_text("Engine unreachable").await;
    page.get_by_role("alert", Name::Any).expect_text("Cannot reach the engine").await;
    // What was known stays, marked, and nothing can be asked for.
    container(&page, "before").wait().await;
    assert!(site::containers(&page).attribute("data-stale").await.is_some());
    assert!(page.get_by_role("button", "Run container").attribute("disabled").await.is_some());

    block_in_place(|| engine.start_again()).expect("the engine starts again");
    site::connected(&page).await;
    container(&page, "before").wait_for("the end is told", |row| row.text.contains("Exited")).await;
    block_in_place(|| engine.docker(&["run", "--detach", "--name", "after", "alpine", "sleep", "600"])).expect("a container");
    container(&page, "after").wait_for("running", |row| row.text.contains("Running")).await;
}

pub async fn the_bridge_starts_before_its_engine(world: Arc<World>) {
    let mut engine = world.own_engine(xtask::engine::Options::default());
    block_in_place(|| engine.halt()).expect("the engine ends");
    let bridge = world.bridge_with(Options::new(&engine.host(), PASSWORD)).await;
    let page = world.page().await.with_deadline(Duration::from_secs(30));
    page.goto(&bridge.url()).await;
    page.wait_for_role("button", "Sign in").await;
    page.get_by_role("textbox", "User").fill("admin").await;
    page.get_by_role("textbox", "Password").fill(PASSWORD).await;
    page.get_by_role("button", "Sign in").click().await;
    page.get_by_role("status", "Connection").expect_text("Engine unreachable").await;
    page.get_by_role("alert", Name::Any).expect_text(&engine.host()).await;
    // While it is away: once it is back, the page may be connected before anybody clicks.
    page.get_by_role("button", "Retry now").click().await;
    block_in_place(|| engine.start_again()).expect("the engine starts again");
    site::connected(&page).await;
    page.wait_for_role("heading", "No containers yet").await;
}

/// A scripted engine: a real one does not lose events on command.
pub async fn missed_events_are_made_up_for(world: Arc<World>) {
    let listed = Arc::new(Mutex::new(vec![("a", "first")]));
    let streams: Arc<Mutex<Vec<mpsc::Sender<Vec<u8>>>>> = Arc::default();
    let (list, events) = (Arc::clone(&listed), Arc::clone(&streams));
    let engine = Scripted::start(move |request: &scripted::Request| match request.path.as_str() {
        "/containers/json" => {
            let rows: Vec<_> = list
                .lock()
                .unwrap()
                .iter()
                .map(|(id, name)| json!({ "Id": id.repeat(64), "Names": [format!("/{name}")], "State": "created" }))
                .collect();
            Some(Reply::json(200, &json!(rows)))
        }
        "/events" => {
            let (sender, receiver) = mpsc::channel(4);
            events.lock().unwrap().push(sender);
            Some(Reply::Stream("application/json", receiver))
        }
        _ => None,
    })
    .await
    .expect("a scripted engine");
    let bridge = world.bridge_with(Options::new(&engine.host(), PASSWORD)).await;
    let page = world.page().await;
    site::sign_in(&page, &bridge).await;
    container(&page, "first").wait().await;
    let newest = || streams.lock().unwrap().last().cloned().expect("somebody follows the events");

    // An event that cannot be read may have been any.
    listed.lock().unwrap().push(("b", "second"));
    newest().send(b"{\"Type\": \"container\", \"Act\n".to_vec()).await.expect("the bridge listens");
    container(&page, "second").wait().await;
    // The stream ends and the engine is there again at once.
    *listed.lock().unwrap() = vec![("c", "third")];
    newest().send(Vec::new()).await.expect("the bridge listens");
    streams.lock().unwrap().clear();
    container(&page, "third").wait().await;
    container(&page, "first").wait_gone().await;
    site::connected(&page).await;
}

pub async fn the_bridge_restarts_under_open_pages(world: Arc<World>) {
    world.docker(&[
        "run",
        "--detach",
        "--name",
        "steady",
        "alpine",
        "sh",
        "-c",
        "n=0; while true; do n=$((n+1)); echo line $n; sleep 0.1; done",
    ]);
    let (mut bridge, page) = site::open(&world).await;
    let other = world.page().await;
    site::sign_in(&other, &bridge).await;
    site::visit(&other, &bridge, "/containers/steady/logs").await;
    other.get_by_role("log", "Logs of steady").expect_text("line ").await;
    // Pages that were never opened are loaded ahead …
    let loaded =
        "return performance.getEntriesByType('resource').some(entry => entry.name.includes('split_further') && entry.responseEnd > 0)";
    page.wait_until("all pages are loaded", async || page.eval(loaded, vec![]).await == serde_json::Value::Bool(true)).await;
    bridge.kill();
    page.get_by_role("status", "Connection").expect_text("Reconnecting").await;
    // … and can be opened while there is no bridge to ask.
    page.get_by_role("link", "Images").click().await;
    page.wait_for_role("heading", "Images").await;
    page.get_by_role("link", "Containers").click().await;
    page.get_by_role("alert", Name::Any).expect_text("Lost the connection to Linkspan").await;
    container(&page, "steady").wait().await;
    world.docker(&["create", "--name", "meanwhile", "alpine"]);
    bridge.start_again().await.expect("the bridge starts again");
    // Sessions survive it, and what happened meanwhile is there.
    site::connected(&page).await;
    container(&page, "meanwhile").wait().await;
    site::connected(&other).await;
    // The log goes on without a gap and without a line twice.
    let all = async || {
        let script = "const rows = [...document.querySelectorAll('.log-row .lt-text')].map(row => row.textContent); return rows";
        let lines = other.eval(script, vec![]).await;
        serde_json::from_value::<Vec<String>>(lines).expect("a list")
    };
    let number = |line: &String| line.trim_start_matches("line ").parse::<u64>().unwrap_or_default();
    let before = all().await.last().map(number).unwrap_or_default();
    other.wait_until("new lines come", async || all().await.last().map(number).unwrap_or_default() > before + 5).await;
    let numbers: Vec<u64> = all().await.iter().map(number).collect();
    assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 1), "{numbers:?}");
}
