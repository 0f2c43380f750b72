//! What is shown as commands, beside what an engine is asked.

use serde_json::{Value, json};

use crate::{engine::Engine, world::World};

/// `POST /containers/web/stop`, of what changes something.
fn changes(lines: impl IntoIterator<Item = String>) -> Vec<String> {
    lines.into_iter().filter(|line| !line.starts_with("GET ") && !line.starts_with("HEAD ")).collect()
}

#[tokio::test(start_paused = true)]
async fn an_engine_is_asked_what_is_shown() {
    let id = Engine::id(0);
    let spec = json!({
        "image": "alpine", "name": "new", "command": [], "entrypoint": null, "working_dir": "", "user": "", "environment": [], "ports": [], "mounts": [], "labels": [],
        "restart_policy": "no", "network": "", "background": true, "auto_remove": false, "tty": false, "privileged": false
    });
    let calls: Vec<(&str, Value)> = vec![
        ("container.start", json!({ "container": id })),
        ("container.stop", json!({ "container": id, "removal_confirmed": true })),
        ("container.restart", json!({ "container": id })),
        ("container.kill", json!({ "container": id, "removal_confirmed": true })),
        ("container.pause", json!({ "container": id })),
        ("container.resume", json!({ "container": id })),
        ("container.rename", json!({ "container": id, "name": "other" })),
        ("container.remove", json!({ "container": id, "volumes": true, "force": true })),
        (
            "container.update",
            json!({ "container": id, "to": { "restart_policy": "always", "retries": 0, "limits": { "memory": null, "cpus": null, "processes": 9 } } }),
        ),
        ("image.tag", json!({ "image": "alpine", "reference": "mine:1" })),
        ("image.remove", json!({ "reference": "alpine", "force": false })),
        ("volume.create", json!({ "name": "kept", "driver": "", "options": [], "labels": [] })),
        (
            "network.create",
            json!({ "name": "front", "driver": "", "subnet": "", "gateway": "", "internal": false, "attachable": false, "ipv6": false, "labels": [] }),
        ),
        ("network.connect", json!({ "network": "front", "container": id })),
        ("network.disconnect", json!({ "network": "front", "container": id, "force": false })),
        ("job.push", json!({ "reference": "mine:1" })),
        ("job.commit", json!({ "container": id, "reference": "mine:1", "message": "", "author": "", "pause": true })),
        ("job.act_on_containers", json!({ "kind": "restart", "containers": [id] })),
        ("job.remove", json!({ "objects": [{ "volume": "kept" }, { "network": "front" }, { "image": "alpine" }], "force": false })),
        ("job.run", json!({ "spec": spec })),
    ];
    for (call, arguments) in calls {
        // One of its own for each: nothing that was asked before, or still is.
        let world = World::new(Engine::new().with_running(1)).await;
        let mut person = world.browser();
        let what = json!({ "call": { "call": call, "arguments": arguments } });
        let shown = person.call("explain", json!({ "what": what })).await.expect("an answer");
        let http = shown.as_array().and_then(|all| all.iter().find(|one| one["language"] == "http")).expect("a text");
        let name = world.hub.container_name(&linkspan_shared::ids::ContainerId::new(id.clone()));
        let line = |line: &str| {
            Some(
                line.strip_suffix(" HTTP/1.1")?
                    .split('?')
                    .next()?
                    .replace("/v1.41", "")
                    .replace(&format!("/{name}/"), &format!("/{id}/"))
                    .replace(&format!("/{name}"), &format!("/{id}")),
            )
        };
        let wanted = changes(http["text"].as_str().unwrap_or_default().lines().filter_map(line));
        assert!(!wanted.is_empty(), "{call}: {http}");
        // The scripted engine refuses most of it, and that ends what would come after the first.
        let _ = person.call(call, arguments).await;
        let first = &wanted[0];
        world.until(|| world.engine.requests().contains(first)).await;
        let asked = changes(world.engine.requests());
        assert!(asked.iter().all(|request| wanted.contains(request)), "{call}: {asked:?}, and {wanted:?} was shown");
    }
}
