//! One engine and many viewers, many engines and one viewer.

use std::sync::Arc;
use std::time::Instant;

use linkspan_tests::bridge::Options;
use linkspan_tests::page::Name;
use linkspan_tests::proxy::Proxy;
use linkspan_tests::site::{self, container};
use linkspan_tests::watch::Log;
use linkspan_tests::world::{PASSWORD, World};
use linkspan_tests::{clock, wire};
use serde_json::{Value, json};
use tokio::task::block_in_place;
use xtask::engine;
use xtask::process;

use super::breaks::{PATIENCE, counter, docker};

pub async fn fifty_viewers_are_one_to_the_engine(world: Arc<World>) {
    let engine = world.engine();
    let ids: Vec<String> = (0..3).map(|n| counter(engine, &format!("counter-{n}"))).collect();
    let proxy = Proxy::to_socket(engine.socket()).await;
    let bridge = world.bridge_with(Options::new(&format!("local={}", proxy.host()), PASSWORD)).await;
    let cookie = wire::cookie(&bridge).await;
    let (_, origin) = wire::own_address(&bridge);
    let mut viewers = Vec::new();
    for n in 0..50 {
        let mut socket = wire::open(&bridge, &[("Origin", &origin), ("Cookie", &cookie)]).await.expect("a websocket");
        let open = |channel: u32, spec: Value| json!({ "open": { "channel": channel, "engine": "local", "spec": spec, "resume": null } });
        socket.send(open(1, json!("containers"))).await;
        socket.send(open(2, json!({ "stats": { "containers": ids } }))).await;
        // They do not all ask for the same.
        let tail = [json!(5000), json!(10), json!(null)][n % 3].clone();
        for (at, id) in ids.iter().enumerate() {
            socket.send(open(3 + at as u32, json!({ "logs": { "container": id, "tail": tail, "since": null } }))).await;
        }
        viewers.push(socket);
    }
    let pages = [world.page().await.with_deadline(PATIENCE), world.page().await.with_deadline(PATIENCE)];
    for page in &pages {
        site::sign_in(page, &bridge).await;
        container(page, "counter-0").wait_for("its figures", |row| row.text.contains('%')).await;
        site::visit(page, &bridge, "/containers/counter-0/logs").await;
        page.get_by_role("log", "Logs of counter-0").expect_text("line ").await;
    }
    // Everybody gets lines of every container.
    for socket in &mut viewers {
        let mut from = std::collections::BTreeSet::new();
        while from.len() < 3 {
            let frame = socket.receive_binary().await.expect("lines");
            from.insert(frame[..4].to_vec());
        }
    }
    let count = |what: &str| (proxy.open(what), proxy.count(what));
    assert_eq!(count("/events"), (1, 1), "{:?}", proxy.requests());
    for id in &ids {
        assert_eq!(count(&format!("{id}/logs?follow=1")), (1, 1), "{:?}", proxy.requests());
        assert_eq!(count(&format!("{id}/stats")), (1, 1), "{:?}", proxy.requests());
    }
    assert_eq!(proxy.count("/containers/json"), 1, "{:?}", proxy.requests());
    // Nobody left: the streams are closed, the events go on.
    drop(viewers);
    for page in &pages {
        page.goto("about:blank").await;
    }
    let closed = block_in_place(|| process::wait_until(PATIENCE, || proxy.open("follow=1") + proxy.open("/stats") == 0));
    assert!(closed, "{} log and {} stats streams are open", proxy.open("follow=1"), proxy.open("/stats"));
    assert_eq!(proxy.open("/events"), 1);
}

pub async fn a_slow_reader_slows_nobody_and_loses_nothing(world: Arc<World>) {
    let engine = world.engine();
    let flood = "sleep 3; exec awk 'BEGIN { for (i = 1; i <= 300000; i++) print \"line \" i }'";
    let id = docker(engine, &["run", "--detach", "--network", "none", "alpine", "sh", "-c", flood]).trim().to_owned();
    let bridge = world.bridge().await;
    let mut slow = Log::open(&bridge, "local", &id).await;
    slow.acknowledges = false;
    let mut quick = Log::open(&bridge, "local", &id).await;
    // The slow one takes what it is sent without a word, which is a window, and then nothing.
    slow.until(1000).await;
    quick.until(usize::MAX).await;
    assert_eq!(quick.lines.len(), 300_000);
    quick.is_contiguous();
    // Who comes while somebody slow holds the stream up gets what was asked for, once.
    let again = docker(
        engine,
        &["run", "--detach", "--network", "none", "alpine", "sh", "-c", &format!("{}; exec sleep 600", flood.replace("exec awk", "awk"))],
    );
    let again = again.trim();
    let mut holding = Log::open(&bridge, "local", again).await;
    holding.acknowledges = false;
    holding.until(1000).await;
    let is_written = || docker(engine, &["logs", "--tail", "1", again]).trim() == "line 300000";
    assert!(block_in_place(|| process::wait_until(PATIENCE, is_written)), "the flood ends");
    // The stream comes to a standstill a moment after the reader has.
    let newest = async || {
        let mut last = Log::open_at(&bridge, "local", json!({ "container": again, "tail": 10, "since": null })).await;
        last.until(10).await;
        last
    };
    let is_newest = |log: &Log| log.lines.len() == 10 && log.lines.first().is_some_and(|line| line == "line 299991");
    let mut last = newest().await;
    let deadline = Instant::now() + PATIENCE;
    while !is_newest(&last) && Instant::now() < deadline {
        last = newest().await;
    }
    assert!(is_newest(&last), "{:?}", last.lines.first());
    let mut whole = Log::open(&bridge, "local", again).await;
    whole.until(300_000).await;
    assert_eq!(whole.lines.len(), 300_000);
    whole.is_contiguous();
    let (seconds, nanoseconds) = clock::unix(&last.newest);
    let mut resumed = Log::open_at(&bridge, "local", json!({ "container": again, "tail": null, "since": [seconds, nanoseconds] })).await;
    resumed.until(1).await;
    assert!(resumed.lines.first().is_some_and(|line| line > &"line 299".to_owned() && line.len() == 11), "{:?}", resumed.lines.first());
    let mut all = Vec::new();
    for _ in 0..50 {
        slow.acknowledges = true;
        slow.acknowledge().await;
        slow.until(usize::MAX).await;
        all.append(&mut slow.lines);
        if slow.closed.is_none() {
            break;
        }
        // As a browser does: on from the last line's time, without the lines of that time that it has.
        let time: String = slow.newest.clone();
        let (seconds, nanoseconds) = clock::unix(&time);
        let spec = json!({ "container": id, "tail": null, "since": [seconds, nanoseconds] });
        slow = Log::open_at(&bridge, "local", spec).await;
        slow.until(1).await;
        let begin = slow.lines.iter().position(|line| Some(line) == all.last()).map_or(0, |at| at + 1);
        slow.lines.drain(..begin);
    }
    assert_eq!(all.len(), 300_000);
    assert!(all.iter().zip(1..).all(|(line, n)| *line == format!("line {n}")));
}

pub async fn an_engine_that_is_down_slows_nobody(world: Arc<World>) {
    counter(world.engine(), "counter");
    let frozen = world.own_engine(engine::Options::default());
    docker(&frozen, &["create", "--name", "on-ice", "alpine"]);
    let mut options = Options::new(&world.engine().host(), PASSWORD);
    options.engines.push(format!("ice={}", frozen.host()));
    options.engines.push("gone=tcp://127.0.0.1:1".to_owned());
    let bridge = world.bridge_with(options).await;
    let page = world.page().await.with_deadline(PATIENCE);
    site::sign_in(&page, &bridge).await;
    // All of them in one table, each as it is.
    page.goto(&format!("{}/containers?engine=all", bridge.url())).await;
    container(&page, "counter").wait_for("its engine", |row| row.text.contains("local") && row.text.contains("Running")).await;
    container(&page, "on-ice").wait_for("its engine", |row| row.text.contains("ice") && row.text.contains("Created")).await;
    page.get_by_role("alert", Name::Any).expect_text("gone cannot be reached").await;
    // No other page is about all of them.
    page.goto(&format!("{}/run?engine=all", bridge.url())).await;
    page.wait_for_role("heading", "Which engine?").await;
    page.goto(&format!("{}/containers?engine=all", bridge.url())).await;
    container(&page, "on-ice").wait().await;
    frozen.pause();
    // The others are as quick as ever, and what is done to one is done.
    page.get_by_role("button", "Restart counter").click().await;
    docker(world.engine(), &["rename", "counter", "still-here"]);
    container(&page, "still-here").wait().await;
    page.get_by_role("searchbox", "Filter containers").fill("still").await;
    container(&page, "on-ice").wait_gone().await;
    container(&page, "still-here").get_by_role("link", "still-here").click().await;
    site::connected(&page).await;
    page.wait_for_role("heading", "still-here").await;
    let engines = page.get_by_role("combobox", "Engine");
    engines.select_option("gone – unreachable").await;
    page.get_by_role("status", "Connection").expect_text("Engine unreachable").await;
    page.get_by_role("link", "Check connection").click().await;
    page.get_by_role("list", "Connection check of gone").expect_text("Nobody listens at this address").await;
    frozen.resume();
    site::visit(&page, &bridge, "/containers?engine=ice").await;
    container(&page, "on-ice").wait().await;
}
