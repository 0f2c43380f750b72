//! Logs of what somebody looks at.

use std::{sync::atomic::Ordering, time::Duration};

use linkspan::session::Wire;
use linkspan_shared::control::STREAM_WINDOW;
use serde_json::json;

use crate::{engine::Engine, world::World};

/// What may be sent beyond the window, and what more: one batch.
const BATCH: u64 = 512 << 10;

#[tokio::test(start_paused = true)]
async fn a_browser_that_takes_nothing_stops_the_engine_and_goes_on_where_it_was() {
    let world = World::new(Engine::new().with_running(1)).await;
    let mut browser = world.browser();
    browser.open(1, json!({ "logs": { "container": Engine::id(0), "tail": null, "since": null } })).await;
    let mut taken = 0_u64;
    let mut take_all = async |browser: &mut crate::browser::Browser| {
        while let Ok(Some(wire)) = tokio::time::timeout(Duration::from_secs(5), browser.next()).await {
            if let Wire::Binary(frame) = wire {
                taken += frame.len() as u64 - 5;
            }
        }
        taken
    };
    let first = take_all(&mut browser).await;
    assert!((STREAM_WINDOW..STREAM_WINDOW + BATCH).contains(&first), "{first}");
    let read = world.engine.read.load(Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(20)).await;
    assert_eq!(world.engine.read.load(Ordering::Relaxed), read, "the engine is not read ahead for ever");
    assert!(read < 24 << 20, "{read}");
    browser.send(json!({ "acknowledge": { "channel": 1, "bytes": first } })).await;
    let second = take_all(&mut browser).await;
    assert!((first + STREAM_WINDOW..first + STREAM_WINDOW + BATCH).contains(&second), "{second}");
}

#[tokio::test(start_paused = true)]
async fn a_log_that_nobody_reads_is_closed() {
    let world = World::new(Engine::new().with_running(1)).await;
    let path = format!("/containers/{}/logs", Engine::id(0));
    let browsers = [world.browser(), world.browser()];
    for browser in &browsers {
        browser.open(1, json!({ "logs": { "container": Engine::id(0), "tail": 10, "since": null } })).await;
    }
    world.until(|| world.engine.streams(&path) == 1).await;
    let [one, other] = browsers;
    drop(one);
    tokio::time::sleep(Duration::from_secs(20)).await;
    assert_eq!(world.engine.streams(&path), 1);
    drop(other);
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert_eq!(world.engine.streams(&path), 1);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(world.engine.streams(&path), 0);
}

#[tokio::test(start_paused = true)]
async fn who_asks_for_less_while_a_log_is_read_shares_its_stream() {
    let engine = Engine::new().with_running(1);
    engine.lines.send_replace(50);
    let world = World::new(engine).await;
    let path = format!("/containers/{}/logs", Engine::id(0));
    let mut browsers = [world.browser(), world.browser(), world.browser()];
    for (browser, tail) in browsers.iter().zip([json!(null), json!(10), json!(5000)]) {
        browser.open(1, json!({ "logs": { "container": Engine::id(0), "tail": tail, "since": null } })).await;
    }
    for browser in &mut browsers {
        while !matches!(browser.next().await, Some(Wire::Binary(_))) {}
    }
    let asked = world.engine.requests().iter().filter(|request| request.ends_with(&path)).count();
    assert_eq!(asked, 1);
}
