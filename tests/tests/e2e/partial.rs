//! An engine that cannot do a part of what it is asked: that part is said, and all else works. Scripted, as no real engine
//! fails so on command.

use std::sync::Arc;
use std::time::Duration;

use linkspan_tests::bridge::Options;
use linkspan_tests::page::{Name, starting};
use linkspan_tests::scripted::{self, Reply, Scripted};
use linkspan_tests::site::{self, container};
use linkspan_tests::wire;
use linkspan_tests::world::{PASSWORD, World};
use serde_json::json;
use tokio::sync::mpsc;

/// A container that the engine could not take apart says why, and offers what can work.
pub async fn what_is_stuck_says_why(world: Arc<World>) {
    let engine = Scripted::start(|request: &scripted::Request| {
        let (dead, leaving) = ("d".repeat(64), "e".repeat(64));
        let row = |id: &str, name: &str, state: &str, status: &str| json!({ "Id": id, "Names": [name], "State": state, "Status": status, "Image": "a" });
        let inspect = |id: &str, state: &str, error: &str| {
            Reply::json(
                200,
                &json!({ "Id": id, "Name": "/a", "Created": "2026-01-02T03:04:05Z", "State": { "Status": state, "Error": error }, "Config": {}, "HostConfig": {} }),
            )
        };
        let of = |id: &str| request.path == format!("/containers/{id}/json");
        match request.path.as_str() {
            "/containers/json" => {
                let rows = [row(&dead, "/wreck", "dead", "Dead"), row(&leaving, "/leaving", "removing", "Removal In Progress")];
                Some(Reply::json(200, &json!(rows)))
            }
            path if path == format!("/containers/{dead}") => Some(Reply::Full(204, "text/plain", Vec::new())),
            _ if of(&dead) => Some(inspect(&dead, "dead", "driver \"overlay2\" failed: device or resource busy")),
            _ if of(&leaving) => Some(inspect(&leaving, "removing", "")),
            _ => None,
        }
    })
    .await
    .expect("a scripted engine");
    let bridge = world.bridge_with(Options::new(&engine.host(), PASSWORD)).await;
    let page = world.page().await;
    site::sign_in(&page, &bridge).await;
    container(&page, "wreck").wait_for("its state", |row| row.text.contains("Dead")).await;
    container(&page, "leaving").wait_for("its state", |row| row.text.contains("Removing")).await;
    assert!(!page.get_by_role("button", "Start wreck").exists().await, "what is dead cannot be started");
    page.get_by_role("button", starting("Dead")).wait().await;
    site::visit(&page, &bridge, "/containers/leaving").await;
    page.expect_text("It gives no reason").await;
    site::visit(&page, &bridge, "/containers/wreck").await;
    page.expect_text("device or resource busy").await;
    page.get_by_role("main", Name::Any).get_by_role("button", "Remove").nth(0).click().await;
    let dialog = page.get_by_role("dialog", Name::Any);
    dialog.get_by_role("checkbox", Name::Any).nth(1).click().await;
    dialog.get_by_role("button", starting("Remove")).click().await;
    let removed = || engine.requests().into_iter().find(|request| request.method == "DELETE");
    site::until("the removal", async || removed().is_some()).await;
    assert!(
        removed().is_some_and(|request| ["force=1", "force=true"].iter().any(|force| request.query.contains(force))),
        "{:?}",
        removed()
    );
}

/// What is asked besides the tables.
pub async fn what_cannot_be_asked_spoils_nothing_else(world: Arc<World>) {
    let own = "a".repeat(64);
    let id = own.clone();
    let engine = Scripted::start(move |request: &scripted::Request| match request.path.as_str() {
        "/containers/json" => Some(Reply::json(
            200,
            &json!([{ "Id": own, "Names": ["/box"], "State": "running", "Status": "Up 2 minutes", "Image": "a", "Command": "b" }]),
        )),
        "/system/df" => Some(Reply::error(500, "the disk is not counted")),
        "/volumes" => Some(Reply::json(200, &json!({ "Volumes": [{ "Name": "full", "Driver": "local", "Scope": "local" }] }))),
        "/volumes/full" if request.method == "DELETE" => Some(Reply::Full(204, "text/plain", Vec::new())),
        path if path.ends_with("/top") => Some(Reply::error(500, "ps is not there")),
        path if path.ends_with("/archive") => Some(Reply::error(500, "")),
        path if path.ends_with("/stats") => {
            let figures = json!({
                "read": "at noon", "preread": "0001-01-01T00:00:00Z", "pids_stats": { "current": 7 },
                "cpu_stats": { "cpu_usage": { "total_usage": 2_000_000_000u64 }, "system_cpu_usage": 9_000_000_000u64, "online_cpus": 2 },
                "precpu_stats": { "cpu_usage": { "total_usage": 1_000_000_000u64 }, "system_cpu_usage": 8_000_000_000u64, "online_cpus": 2 },
                "memory_stats": { "usage": 123_000_000u64, "limit": 1_000_000_000u64, "stats": {} }
            });
            let (sender, receiver) = mpsc::channel(4);
            let line = format!("{figures}\n").into_bytes();
            // As an engine does, once a second, until nobody reads on.
            tokio::spawn(async move {
                while sender.send(line.clone()).await.is_ok() {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            });
            Some(Reply::Stream("application/json", receiver))
        }
        path if path.ends_with("/json") && path.contains(&own) => Some(Reply::json(
            200,
            &json!({ "Id": own, "Name": "/box", "State": { "Status": "running", "Running": true }, "Config": {}, "HostConfig": {} }),
        )),
        _ => None,
    })
    .await
    .expect("a scripted engine");
    let bridge = world.bridge_with(Options::new(&engine.host(), PASSWORD)).await;
    let page = world.page().await;
    site::sign_in(&page, &bridge).await;
    // Figures whose time cannot be read are figures of now.
    container(&page, "box").wait_for("its figures", |row| row.text.contains("200")).await;
    // What stays as it is draws its line on.
    let drawn = "return document.querySelector('.spark .line').getAttribute('d').split('L').length";
    page.wait_until("the line to go on", async || page.eval(drawn, vec![]).await.as_u64().is_some_and(|points| points > 3)).await;
    site::visit(&page, &bridge, &format!("/containers/{id}/stats")).await;
    page.expect_text("The processes are not known").await;
    page.expect_text("ps is not there").await;
    page.expect_text("117 MiB").await;
    site::visit(&page, &bridge, &format!("/containers/{id}/terminal")).await;
    page.expect_text("It is not known which shells the container has").await;
    // An answer to HEAD has no words of the engine's.
    page.expect_text("500 Internal Server Error").await;
    // Without knowing what each takes, and beside one that can be none.
    let mut socket = wire::signed_in(&bridge).await;
    let objects = json!([{ "volume": "full" }, { "volume": "../odd" }, { "container": "not an id" }]);
    socket.send(json!({ "call": { "id": 1, "engine": "local", "call": "job.prune", "arguments": { "objects": objects } } })).await;
    let reply = socket.expect("reply").await;
    assert!(reply["output"].is_string(), "{reply}");
    site::visit(&page, &bridge, "/jobs").await;
    page.expect_text("2 failed").await;
    let requests = engine.requests();
    let deletes: Vec<_> = requests.iter().filter(|request| request.method == "DELETE").map(|request| request.path.as_str()).collect();
    assert_eq!(deletes, ["/volumes/full"]);
}

/// What one engine goes through is no reason to ask another, nor to read its pages again.
pub async fn an_engine_that_comes_and_goes_costs_the_others_nothing(world: Arc<World>) {
    let id = "a".repeat(64);
    let own = id.clone();
    let calm = Scripted::start(move |request: &scripted::Request| match request.path.as_str() {
        "/containers/json" => {
            Some(Reply::json(200, &json!([{ "Id": own, "Names": ["/box"], "State": "exited", "Status": "Exited (0)", "Image": "a" }])))
        }
        path if path.contains(&own) => Some(Reply::json(
            200,
            &json!({ "Id": own, "Name": "/box", "State": { "Status": "exited" }, "Config": { "Labels": { "read": "once" } }, "HostConfig": {} }),
        )),
        _ => None,
    })
    .await
    .expect("a scripted engine");
    let flapping =
        Scripted::start(|request: &scripted::Request| (request.path == "/events").then_some(Reply::Close)).await.expect("a socket");
    let mut options = Options::new(&format!("calm={}", calm.host()), PASSWORD);
    options.engines.push(format!("flapping={}", flapping.host()));
    let bridge = world.bridge_with(options).await;
    let page = world.page().await;
    site::sign_in(&page, &bridge).await;
    site::visit(&page, &bridge, &format!("/containers/{id}/inspect")).await;
    page.get_by_role("searchbox", "Search keys and values").fill("once").await;
    page.get_by_role("status", "Matches").expect_text("1").await;
    let asked = || calm.requests().iter().filter(|request| request.path != "/_ping").count();
    let tries = || flapping.requests().iter().filter(|request| request.path == "/events").count();
    let (before, tried) = (asked(), tries());
    site::until("it has come and gone", async || tries() >= tried + 4).await;
    assert_eq!(asked(), before, "{:?}", calm.requests());
}
