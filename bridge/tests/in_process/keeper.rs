//! How the tables follow the engine.

use std::time::Duration;

use axum::http::StatusCode;
use linkspan_shared::{
    container::ContainerState,
    engine::{EngineLink, EnginePart},
    ids::ContainerId,
};
use tokio::time::Instant;

use crate::{
    engine::{Engine, Mood, Odd},
    world::World,
};

fn state(world: &World, n: usize) -> Option<ContainerState> {
    world.hub.containers.read(|rows| rows.get(&ContainerId::new(Engine::id(n))).map(|row| row.state))
}

#[tokio::test(start_paused = true)]
async fn an_event_costs_one_inspect() {
    let world = World::new(Engine::new().with_running(50)).await;
    // What only an inspect tells was asked for at the beginning.
    world.until(|| world.engine.requests().iter().filter(|request| request.ends_with("/json")).count() >= 50).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    world.engine.forget_requests();
    world.engine.turn(&Engine::id(7), false);
    world.until(|| state(&world, 7) == Some(ContainerState::Exited)).await;
    assert_eq!(world.engine.requests(), [format!("GET /containers/{}/json", Engine::id(7))]);
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_answers_nothing_is_known_within_15_seconds() {
    let world = World::new(Engine::new().with_running(1)).await;
    world.engine.set(Mood { frozen: true, ..Mood::default() });
    let frozen = Instant::now();
    world.until(|| matches!(world.link(), EngineLink::Unreachable { .. })).await;
    assert!(frozen.elapsed() <= Duration::from_secs(15), "{:?}", frozen.elapsed());
    // An idle one that answers is none of those.
    world.engine.set(Mood::default());
    world.connected().await;
    tokio::time::sleep(Duration::from_secs(300)).await;
    assert_eq!(world.link(), EngineLink::Connected);
}

#[tokio::test(start_paused = true)]
async fn attempts_to_connect_never_pause_for_longer_than_ten_seconds_and_never_run_hot() {
    let world = World::new(Engine::new()).await;
    world.engine.set(Mood { refuses: true, ..Mood::default() });
    let before = world.engine.dials().len();
    world.engine.cut();
    tokio::time::sleep(Duration::from_secs(120)).await;
    let dials = world.engine.dials().split_off(before);
    let gaps: Vec<Duration> = dials.windows(2).filter_map(|pair| Some(*pair.get(1)? - *pair.first()?)).collect();
    assert!(gaps.iter().all(|gap| *gap <= Duration::from_millis(10_100)), "{gaps:?}");
    // With a ceiling of ten seconds and full jitter it is one in five; a mean of half a second would be no backoff.
    assert!(gaps.len() >= 11 && gaps.len() < 240, "{gaps:?}");
    // Somebody does not want to wait.
    let (asked, count) = (Instant::now(), world.engine.dials().len());
    world.hub.retry_now();
    world.until(|| world.engine.dials().len() > count).await;
    assert!(asked.elapsed() < Duration::from_millis(10));
}

#[tokio::test(start_paused = true)]
async fn after_a_gap_everything_is_listed_once() {
    let world = World::new(Engine::new().with_running(3)).await;
    world.engine.forget_requests();
    world.engine.turn(&Engine::id(1), true);
    world.engine.cut();
    world.until(|| world.link() != EngineLink::Connected).await;
    // Nobody is told of this.
    world.engine.turn(&Engine::id(2), false);
    world.connected().await;
    assert_eq!(state(&world, 2), Some(ContainerState::Exited));
    let lists = world.engine.requests().iter().filter(|request| *request == "GET /containers/json").count();
    assert_eq!(lists, 1);
}

/// As Podman tells of an image that was loaded without a name.
#[tokio::test(start_paused = true)]
async fn an_image_that_no_event_names_is_listed() {
    let world = World::new(Engine::new()).await;
    world.engine.forget_requests();
    world.engine.tell("image", "load", "");
    world.until(|| !world.engine.requests().is_empty()).await;
    assert_eq!(world.engine.requests(), ["GET /images/json"]);
}

#[tokio::test(start_paused = true)]
async fn one_container_that_cannot_be_inspected_ends_nothing() {
    for odd in [Odd::Hangs, Odd::Breaks, Odd::Says(StatusCode::BAD_GATEWAY)] {
        let engine = Engine::new().with_running(12);
        let broken: Vec<String> = (0..6).map(|n| format!("/containers/{}/json", Engine::id(n))).collect();
        broken.iter().for_each(|path| engine.set_odd(path, Some(odd)));
        let world = World::new(engine).await;
        let lists = || world.engine.requests().iter().filter(|request| *request == "GET /containers/json").count();
        for running in [false, true] {
            world.engine.turn(&Engine::id(9), running);
            let wanted = if running { ContainerState::Running } else { ContainerState::Exited };
            world.until(|| state(&world, 9) == Some(wanted)).await;
            // Longer than anything is waited for.
            tokio::time::sleep(Duration::from_secs(150)).await;
        }
        assert_eq!((world.link(), lists()), (EngineLink::Connected, 1));
        // What it says of them in the end counts.
        world.engine.turn(&Engine::id(2), false);
        world.engine.set_odd(&broken[2], None);
        world.until(|| state(&world, 2) == Some(ContainerState::Exited)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_part_that_hangs_or_breaks_is_said_and_comes_later() {
    for odd in [Odd::Hangs, Odd::Breaks, Odd::Says(StatusCode::GATEWAY_TIMEOUT)] {
        let engine = Engine::new().with_running(1);
        engine.set_odd("/images/json", Some(odd));
        engine.set_odd("/info", Some(odd));
        let begun = Instant::now();
        let world = World::new(engine).await;
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
        let lacking = || {
            world.hub.engines.read(|rows| {
                let lacking = rows.get(&world.hub.id).map(|engine| engine.lacking.clone()).unwrap_or_default();
                lacking.into_iter().filter(|lacking| lacking.whole).map(|lacking| lacking.part).collect::<Vec<_>>()
            })
        };
        assert!(lacking().contains(&EnginePart::Images) && lacking().contains(&EnginePart::Info), "{:?}", lacking());
        assert_eq!(state(&world, 0), Some(ContainerState::Running));
        tokio::time::sleep(Duration::from_secs(150)).await;
        assert_eq!(world.link(), EngineLink::Connected);
        world.engine.set_odd("/images/json", None);
        world.engine.set_odd("/info", None);
        world.until(|| lacking().is_empty()).await;
    }
}
