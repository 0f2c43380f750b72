//! Figures of what somebody looks at.

use std::time::Duration;

use serde_json::json;

use crate::{engine::Engine, world::World};

#[tokio::test(start_paused = true)]
async fn many_who_look_cost_the_engine_one_stream_and_nobody_costs_none() {
    let world = World::new(Engine::new().with_running(2)).await;
    let path = format!("/containers/{}/stats", Engine::id(0));
    let streams = || world.engine.streams(&path);
    let mut browsers: Vec<_> = (0..10).map(|_| world.browser()).collect();
    for browser in &mut browsers {
        browser.open(1, json!({ "stats": { "containers": [Engine::id(0)] } })).await;
        let cpu = browser.find(|message| message["state"]["change"].to_string().contains(&Engine::id(0)).then_some(())).await;
        assert_eq!(cpu, ());
    }
    assert_eq!(streams(), 1);
    assert_eq!(world.engine.streams(&format!("/containers/{}/stats", Engine::id(1))), 0);
    browsers.truncate(1);
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(streams(), 1);
    // From page to page, or a reload.
    let last = browsers.remove(0);
    last.close(1).await;
    tokio::time::sleep(Duration::from_secs(4)).await;
    last.open(2, json!({ "stats": { "containers": [Engine::id(0)] } })).await;
    tokio::time::sleep(Duration::from_secs(10)).await;
    let asked = world.engine.requests().iter().filter(|request| request.ends_with("/stats")).count();
    assert_eq!((streams(), asked), (1, 1));
    drop(last);
    tokio::time::sleep(Duration::from_millis(4_900)).await;
    assert_eq!(streams(), 1);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(streams(), 0);
}

#[tokio::test(start_paused = true)]
async fn more_than_any_screen_shows_is_refused() {
    let world = World::new(Engine::new().with_running(1)).await;
    let mut browser = world.browser();
    let many: Vec<String> = (0..257).map(Engine::id).collect();
    browser.open(1, json!({ "stats": { "containers": many } })).await;
    let code = browser.find(|message| message["closed"]["problem"]["code"].as_str().map(str::to_owned)).await;
    assert_eq!(code, "too_many");
}

#[tokio::test(start_paused = true)]
async fn an_administrator_may_want_them_kept_while_nobody_looks() {
    let world = World::new(Engine::new().with_running(2)).await;
    let streams = |world: &World| [0, 1].map(|at| world.engine.streams(&format!("/containers/{}/stats", Engine::id(at))));
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(streams(&world), [0, 0]);
    let mut browser = world.browser();
    browser.call("engine.keep_figures", json!({ "on": true })).await.expect("it is kept");
    drop(browser);
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(streams(&world), [1, 1]);
    // Also after a restart, and whoever looks finds what came before.
    let world = world.again().await;
    tokio::time::sleep(Duration::from_secs(30)).await;
    assert_eq!(streams(&world), [1, 1]);
    let mut browser = world.browser();
    browser.open(1, json!({ "history": { "container": Engine::id(1) } })).await;
    let samples = browser.find(|message| message["state"]["change"]["history"]["samples"].as_array().map(Vec::len)).await;
    assert!(samples > 0, "{samples}");
    assert_eq!(streams(&world), [1, 1]);
    browser.call("engine.keep_figures", json!({ "on": false })).await.expect("it is kept");
    drop(browser);
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(streams(&world), [0, 0]);
}
