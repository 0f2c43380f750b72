//! What a container changed, for whoever looks.

use serde_json::json;

use crate::{
    engine::{Engine, Mood},
    world::World,
};

#[tokio::test(start_paused = true)]
async fn two_who_open_a_review_have_the_container_looked_through_once() {
    let world = World::new(Engine::new().with_running(1)).await;
    let mut people = [world.browser(), world.browser()];
    let asked = || world.engine.requests().iter().filter(|request| request.ends_with("/changes")).count();
    let look = |fresh: bool| json!({ "of": { "container": Engine::id(0) }, "folder": "/", "filter": "", "kinds": [], "fresh": fresh });
    world.engine.set(Mood { frozen: true, ..Mood::default() });
    let mut calls = Vec::new();
    for person in &mut people {
        calls.push(person.ask("review.changes", look(true)).await);
    }
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    world.engine.set(Mood::default());
    for (person, call) in people.iter_mut().zip(calls) {
        assert_eq!(person.answer(call).await.expect("an answer")["total"]["added"], 1);
    }
    assert_eq!(asked(), 1);
    // Whoever wants it anew gets it anew, and the others what it is then.
    people[0].call("review.changes", look(true)).await.expect("an answer");
    people[1].call("review.changes", look(false)).await.expect("an answer");
    assert_eq!(asked(), 2);
}
