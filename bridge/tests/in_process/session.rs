//! One browser's connection.

use std::time::Duration;

use linkspan_shared::control::{MAX_CALLS, PING_SECONDS};
use serde_json::{Value, json};
use tokio_util::task::TaskTracker;

use crate::{
    engine::{Engine, Mood},
    world::World,
};

fn people(world: &World) -> usize {
    world.context.hub.people.table.read(|rows| rows.rows().count())
}

#[tokio::test(start_paused = true)]
async fn one_call_too_many_is_refused_and_the_others_are_answered() {
    let world = World::new(Engine::new().with_running(1)).await;
    let mut browser = world.browser();
    world.engine.set(Mood { frozen: true, ..Mood::default() });
    let mut last = 0;
    for _ in 0..=MAX_CALLS {
        last = browser.ask("container.inspect", json!({ "container": Engine::id(0) })).await;
    }
    let refused = browser.answer(last).await.expect_err("it is one too many");
    assert_eq!(refused["code"], "too_many");
    world.engine.set(Mood::default());
    let mut answered = 0;
    while answered < MAX_CALLS {
        answered += browser.find(|message| message["reply"]["id"].is_u64().then_some(1)).await;
    }
    browser.call("container.inspect", json!({ "container": Engine::id(0) })).await.expect("there is room again");
}

#[tokio::test(start_paused = true)]
async fn a_browser_that_says_nothing_or_takes_nothing_is_gone() {
    let world = World::new(Engine::new().with_running(1)).await;
    let mut lively = world.browser();
    lively.open(1, json!("people")).await;
    let silent = world.browser();
    world.until(|| people(&world) == 1).await;
    // It answers pings as long as somebody reads; this one's nobody does.
    let alive = TaskTracker::new();
    alive.spawn(async move { while lively.next().await.is_some() {} });
    tokio::time::sleep(Duration::from_secs(PING_SECONDS * 2)).await;
    assert!(!silent.is_over());
    tokio::time::sleep(Duration::from_secs(PING_SECONDS * 3)).await;
    assert!(silent.is_over() && !alive.is_empty());
}

#[tokio::test(start_paused = true)]
async fn rows_come_again_from_where_they_were() {
    let world = World::new(Engine::new().with_running(3)).await;
    let mut browser = world.browser();
    browser.open(1, json!("containers")).await;
    let state = |message: &Value| message["state"]["channel"].is_u64().then(|| message["state"].clone());
    let mut seen = browser.find(state).await;
    // What only an inspect tells comes a moment later.
    while let Ok(later) = tokio::time::timeout(Duration::from_secs(2), browser.find(state)).await {
        seen = later;
    }
    drop(browser);
    world.engine.turn(&Engine::id(2), false);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut again = world.browser();
    let resume = json!({ "epoch": seen["epoch"], "sequence": seen["sequence"] });
    again.send(json!({ "open": { "channel": 1, "engine": "local", "spec": "containers", "resume": resume } })).await;
    let news = again.find(state).await["change"].to_string();
    assert!(news.contains(&Engine::id(2)) && !news.contains(&Engine::id(1)), "{news}");
    // Of another life of the bridge, nothing can be gone on with.
    let mut other = world.browser();
    let resume = json!({ "epoch": "another", "sequence": 1 });
    other.send(json!({ "open": { "channel": 1, "engine": "local", "spec": "containers", "resume": resume } })).await;
    let all = other.find(state).await["change"]["containers"]["snapshot"].as_array().map(Vec::len);
    assert_eq!(all, Some(3));
}

#[tokio::test(start_paused = true)]
async fn whatever_cannot_be_read_is_answered() {
    let world = World::new(Engine::new()).await;
    let mut browser = world.browser();
    browser.send(json!({ "call": { "id": 9, "nonsense": true } })).await;
    assert_eq!(browser.answer(9).await.expect_err("it is no call")["code"], "protocol_violation");
    assert_eq!(browser.call("no.such", json!({})).await.expect_err("there is none")["code"], "protocol_violation");
    browser.send(json!("ping")).await;
    browser.find(|message| message["pong"].is_object().then_some(())).await;
}

#[tokio::test(start_paused = true)]
async fn two_who_ask_for_the_use_of_the_disk_ask_the_engine_once() {
    let world = World::new(Engine::new()).await;
    let mut people = [world.browser(), world.browser()];
    world.engine.set(Mood { frozen: true, ..Mood::default() });
    let asked = || world.engine.requests().iter().filter(|request| request.ends_with("/system/df")).count();
    let mut calls = Vec::new();
    for person in &mut people {
        calls.push(person.ask("system.df", json!({})).await);
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(asked(), 1);
    world.engine.set(Mood::default());
    for (person, call) in people.iter_mut().zip(calls) {
        assert!(person.answer(call).await.expect("an answer").is_object());
    }
    assert_eq!(asked(), 1);
}
