//! What Linkspan costs the engine, counted in the engine's own log of calls.

use std::sync::Arc;
use std::time::Duration;

use linkspan_tests::bridge::Options;
use linkspan_tests::site::{self, container};
use linkspan_tests::world::{PASSWORD, World};
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
    let page = world.page().await.patient(Duration::from_secs(30));
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
    let streams = since.iter().filter(|call| call.contains("/stats") || call.contains("/logs")).count();
    assert_eq!(streams, 0, "nobody watches any: {since:?}");
}
