//! Work that outlives a click.

use std::{collections::HashSet, time::Duration};

use linkspan_shared::{
    ids::EngineId,
    job::{Job, Outcome},
};
use serde_json::json;
use tokio::task::JoinSet;

use crate::{engine::Engine, world::World};

fn jobs(world: &World) -> Vec<Job> {
    world.hub.jobs.table.read(|rows| rows.rows().cloned().collect())
}

fn outcome(world: &World) -> Option<Outcome> {
    jobs(world).first().map(|job| job.outcome.clone())
}

#[tokio::test(start_paused = true)]
async fn the_same_pull_twice_is_one_job() {
    let world = World::new(Engine::new()).await;
    let (mut one, mut other) = (world.browser(), world.browser());
    let pull = json!({ "reference": "alpine:3" });
    let first = one.call("job.pull", pull.clone()).await.expect("a job");
    world.until(|| world.engine.streams("/images/create") == 1).await;
    assert_eq!(other.call("job.pull", pull.clone()).await, Ok(first.clone()));
    assert_eq!(world.engine.streams("/images/create"), 1);
    // It goes on when whoever began it leaves.
    drop(one);
    tokio::time::sleep(Duration::from_secs(20)).await;
    world.engine.say_of_pulls(&json!({ "status": "Pull complete", "id": "0123456789ab" })).await;
    world.engine.end_pulls();
    world.until(|| outcome(&world) == Some(Outcome::Succeeded)).await;
    assert_ne!(other.call("job.pull", pull).await, Ok(first));
}

#[tokio::test(start_paused = true)]
async fn another_platform_or_credential_is_another_pull() {
    let world = World::new(Engine::new()).await;
    let mut browser = world.browser();
    let typed = |password: &str| json!({ "typed": { "username": "mika", "password": password } });
    let mut jobs = HashSet::new();
    for (arguments, all) in [
        (json!({ "reference": "registry.test/slow:1" }), 1),
        (json!({ "reference": "registry.test/slow:1", "platform": "linux/arm64" }), 2),
        (json!({ "reference": "registry.test/slow:1", "credentials": typed("one") }), 3),
        (json!({ "reference": "registry.test/slow:1", "credentials": typed("one") }), 3),
        (json!({ "reference": "registry.test/slow:1", "credentials": typed("two") }), 4),
        (json!({ "reference": "registry.test/slow:2" }), 5),
        (json!({ "reference": "registry.test/slow:1", "credentials": "none" }), 5),
    ] {
        jobs.insert(browser.call("job.pull", arguments.clone()).await.expect("a job").to_string());
        assert_eq!(jobs.len(), all, "{arguments}");
    }
    world.until(|| world.engine.streams("/images/create") == 5).await;
}

/// An engine says something about a layer a thousand times a second.
#[tokio::test(start_paused = true)]
async fn fifty_viewers_of_a_pull_are_told_ten_times_a_second_and_cost_one() {
    const SECONDS: usize = 6;
    let world = World::new(Engine::new()).await;
    let mut viewers = JoinSet::new();
    for _ in 0..50 {
        let mut browser = world.browser();
        browser.open(1, json!("jobs")).await;
        let job = browser.call("job.pull", json!({ "reference": "registry.test/busy:1" })).await.expect("a job").to_string();
        viewers.spawn(async move {
            let (mut frames, mut last) = (0, 0);
            loop {
                let row = browser
                    .find(|message| {
                        let change = &message["state"]["change"]["jobs"];
                        let rows = change["snapshot"].as_array().or_else(|| change["delta"]["upserted"].as_array())?;
                        rows.first().cloned()
                    })
                    .await;
                frames += 1;
                let permille = row["work"]["pull"]["progress"]["permille"].as_u64().unwrap_or_default();
                assert!(permille >= last, "{permille} after {last}");
                last = permille;
                if row["outcome"] != "running" {
                    return (job, frames, row["outcome"].clone());
                }
            }
        });
    }
    world.until(|| world.engine.streams("/images/create") == 1).await;
    let total = SECONDS * 1000;
    for n in 0..total {
        let progress = json!({ "current": n, "total": total });
        world.engine.say_of_pulls(&json!({ "status": "Downloading", "id": "0123456789ab", "progressDetail": progress })).await;
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    world.engine.end_pulls();
    let mut jobs = HashSet::new();
    while let Some(viewer) = viewers.join_next().await {
        let (job, frames, outcome) = viewer.expect("no panic");
        jobs.insert(job);
        assert_eq!(outcome, "succeeded");
        // The first and the last come beside.
        assert!((SECONDS * 9..=SECONDS * 10 + 2).contains(&frames), "{frames}");
    }
    assert_eq!(jobs.len(), 1);
    let asked = world.engine.requests().iter().filter(|request| request.ends_with("/images/create")).count();
    assert_eq!(asked, 1);
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_pull_ends_at_the_engine() {
    let world = World::new(Engine::new()).await;
    let mut browser = world.browser();
    let job = browser.call("job.pull", json!({ "reference": "alpine:3" })).await.expect("a job");
    world.until(|| world.engine.streams("/images/create") == 1).await;
    browser.call("job.cancel", json!({ "job": job })).await.expect("it can be cancelled");
    world.until(|| outcome(&world) == Some(Outcome::Cancelled)).await;
    world.until(|| world.engine.streams("/images/create") == 0).await;
}

#[tokio::test(start_paused = true)]
async fn what_the_end_of_the_bridge_cuts_off_says_so_after_it() {
    let world = World::new(Engine::new()).await;
    let mut browser = world.browser();
    let job = browser.call("job.pull", json!({ "reference": "alpine:3" })).await.expect("a job");
    world.until(|| world.engine.streams("/images/create") == 1).await;
    let world = world.again().await;
    world.until(|| !jobs(&world).is_empty()).await;
    assert_eq!(outcome(&world), Some(Outcome::Interrupted));
    assert_eq!(json!(jobs(&world)[0].id), job);
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_is_removed_takes_no_jobs_of_the_next_one_along() {
    let world = World::new(Engine::new()).await;
    let mut browser = world.browser();
    let add = json!({ "name": "pier", "url": "unix:///nowhere/docker.sock" });
    let pull = |reference: &str| json!({ "reference": reference });
    browser.call("engine.add", add.clone()).await.expect("it is added");
    browser.call_on("pier", "job.pull", pull("old:1")).await.expect("a job");
    browser.call("engine.remove", json!({ "name": "pier" })).await.expect("it is removed");
    browser.call("engine.add", add).await.expect("there is another one");
    browser.call_on("pier", "job.pull", pull("new:1")).await.expect("a job");
    let world = world.again().await;
    let pier = world.context.hub.engine(&EngineId::new("pier")).expect("it is kept");
    let jobs: Vec<String> = pier.jobs.table.read(|rows| rows.rows().map(|job| format!("{:?}", job.work)).collect());
    assert!(jobs.len() == 1 && jobs[0].contains("new:1"), "{jobs:?}");
}

#[tokio::test(start_paused = true)]
#[allow(clippy::await_holding_lock, reason = "a disk that takes its time")]
async fn a_job_has_ended_when_its_end_is_kept() {
    let world = World::new(Engine::new()).await;
    let mut browser = world.browser();
    browser.call("job.pull", json!({ "reference": "alpine:3" })).await.expect("a job");
    world.until(|| world.engine.streams("/images/create") == 1).await;
    // A disk that takes its time. The clock stands still meanwhile.
    let slow = world.context.fleet.database.lock();
    world.engine.end_pulls();
    for _ in 0..10_000 {
        tokio::task::yield_now().await;
    }
    assert_eq!((world.engine.streams("/images/create"), outcome(&world)), (0, Some(Outcome::Running)));
    drop(slow);
    world.until(|| outcome(&world) == Some(Outcome::Succeeded)).await;
}
