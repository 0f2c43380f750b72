//! Work that outlives a click.

use std::time::Duration;

use linkspan_shared::job::{Job, Outcome};
use serde_json::json;

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
