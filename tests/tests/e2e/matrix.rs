//! Each action in each language.

use std::sync::Arc;

use linkspan_tests::registry::Registry;
use linkspan_tests::world::World;
use serde_json::{Value, json};
use tokio::task::block_in_place;
use xtask::images;

use super::explain::{LANGUAGES, Person};

/// How a text is tried.
#[derive(Clone, Copy, PartialEq)]
enum Try {
    /// It runs, and what it prints holds this.
    Prints(&'static str),
    /// It goes on for ever, wants somebody who types, or a file that only Linkspan makes.
    Not,
}

/// What is looked at, or done to what is not looked at afterwards.
fn looks(seen: &str, runs: &str) -> Vec<(&'static str, Value, Try)> {
    let call = |call: &str, arguments: Value| json!({ "call": { "call": call, "arguments": arguments } });
    let channel = |spec: Value| json!({ "channel": spec });
    let of = json!({ "container": seen });
    let files = |path: &str| json!({ "source": { "container": seen }, "path": path });
    let in_running = |path: &str, name: &str| json!({ "source": { "container": runs }, "path": path, "name": name });
    let foreground = json!({ "spec": {
        "image": "alpine:latest", "name": "", "entrypoint": null, "working_dir": "", "user": "", "command": ["echo", "it's printed"], "environment": [], "ports": [], "mounts": [], "labels": [],
        "restart_policy": "no", "network": "", "background": false, "auto_remove": false, "tty": false, "privileged": false
    } });
    let selection = json!({ "rest": false, "rules": { "/etc/motd": true } });
    let selected = json!({
        "container": seen, "reference": "a:1", "message": "", "author": "", "pause": false, "selection": selection, "reviewed": 0
    });
    let build = json!({ "spec": {
        "reference": "built:1", "dockerfile": "", "arguments": [["A", "x y"], ["API_TOKEN", "t0p-s3cret"]], "target": "", "no_cache": true, "pull": false, "size": 0, "credentials": "none"
    } });
    let terminal =
        json!({ "spec": { "container": runs, "command": ["sh"], "user": "", "working_dir": "", "size": { "columns": 80, "rows": 24 } } });
    let logs = json!({ "logs": { "container": seen, "tail": 10, "since": null, "behind": null } });
    vec![
        ("list containers", channel(json!("containers")), Try::Prints("seen")),
        ("list images", channel(json!("images")), Try::Prints("alpine")),
        ("list volumes", channel(json!("volumes")), Try::Prints("kept")),
        ("list networks", channel(json!("networks")), Try::Prints("backbone")),
        ("the engine", channel(json!("engines")), Try::Prints("")),
        ("logs", channel(logs), Try::Prints("hello")),
        ("figures", channel(json!({ "stats": { "containers": [runs] } })), Try::Not),
        ("run and wait", call("job.run", foreground), Try::Prints("it's printed")),
        ("inspect container", call("container.inspect", json!({ "container": "seen" })), Try::Prints("seen")),
        ("run like", call("container.run_like", of.clone()), Try::Prints("seen")),
        ("processes", call("container.top", json!({ "container": runs })), Try::Prints("sleep")),
        ("inspect image", call("image.inspect", json!({ "image": "alpine:latest" })), Try::Prints("alpine")),
        ("newer image", call("image.check", json!({ "reference": "alpine:latest" })), Try::Not),
        ("disk usage", call("system.df", json!({})), Try::Prints("alpine")),
        ("inspect volume", call("volume.inspect", json!({ "name": "kept" })), Try::Prints("kept")),
        ("inspect network", call("network.inspect", json!({ "network": "backbone" })), Try::Prints("backbone")),
        ("inspect engine", call("engine.inspect", json!({})), Try::Prints("")),
        ("examine engine", call("engine.examine", json!({ "url": null })), Try::Prints("")),
        ("load", call("job.load", json!({ "name": "images of.tar", "size": 1 })), Try::Prints("loaded")),
        ("build", call("job.build", build), Try::Prints("Step")),
        ("prune", call("job.prune", json!({ "objects": [{ "cache": "none-such" }] })), Try::Prints("")),
        ("commit selected", call("job.commit_selection", selected), Try::Not),
        ("recreate", call("job.recreate", json!({ "container": seen, "image": "alpine:latest", "keep": true })), Try::Not),
        ("shells", call("terminal.shells", json!({ "container": runs })), Try::Prints("")),
        ("terminal", call("terminal.open", terminal), Try::Not),
        ("attach", call("terminal.attach", json!({ "container": runs, "size": { "columns": 80, "rows": 24 }, "input": true })), Try::Not),
        ("list files", call("file.list", files("/etc")), Try::Prints("")),
        ("list files of a volume", call("file.list", json!({ "source": { "volume": "kept" }, "path": "/" })), Try::Not),
        ("read file", call("file.read", files("/etc/passwd")), Try::Prints("")),
        ("new folder", call("file.create_folder", in_running("/tmp", "it's new")), Try::Prints("")),
        ("rename file", call("file.rename", in_running("/tmp/a b", "c")), Try::Not),
        ("delete file", call("file.delete", json!({ "source": { "container": runs }, "path": "/tmp/-x y" })), Try::Prints("")),
        (
            "changes",
            call("review.changes", json!({ "of": { "container": seen }, "folder": "", "filter": "", "kinds": [], "fresh": true })),
            Try::Prints(""),
        ),
        ("sizes", call("review.sizes", json!({ "of": { "container": seen }, "paths": ["/etc/passwd"] })), Try::Prints("")),
        ("difference", call("review.compare", json!({ "of": { "container": seen }, "path": "/etc/passwd" })), Try::Prints("")),
    ]
}

/// Each call that asks the engine something, in each language; what has no way is said.
pub async fn the_matrix_has_no_hole_that_is_not_named(world: Arc<World>) {
    let bridge = world.bridge().await;
    let mut person = Person::new(&world, &bridge).await;
    person.docker("network create backbone");
    person.docker("volume create kept");
    let seen = person.world.docker(&["create", "--name", "seen", "alpine:latest", "sh", "-c", "echo hello"]).trim().to_owned();
    person.docker("start seen");
    person.docker("wait seen");
    let runs = person.docker("run --detach --init --name runs alpine:latest sleep 600").trim().to_owned();
    let folder = person.folder.path().to_owned();
    person.docker(&format!("save --output {}/images.tar alpine:latest", folder.display()));
    std::fs::rename(folder.join("images.tar"), folder.join("images of.tar")).expect("a file");
    let script = "mkdir -p t \"it's new\" && printf 'FROM alpine:latest\\nARG A\\nRUN echo \"$A\"\\n' > t/Dockerfile && tar -C t -cf context.tar . && tar -cf \"it's new.tar\" \"it's new\"";
    person.run("docker", script);
    let mut matrix = format!("{:24}{}\n", "", LANGUAGES.map(|language| format!("{language:8}")).concat());
    for (name, what, how) in looks(&seen, &runs) {
        let all = person.explained(what).await;
        assert_eq!(all.len(), LANGUAGES.len(), "{name}: {all:?}");
        let mut line = format!("{name:24}");
        for language in LANGUAGES {
            let (text, missing) =
                (all[language]["text"].as_str().unwrap_or_default(), all[language]["missing"].as_array().cloned().unwrap_or_default());
            assert!(!text.trim().is_empty() && !text.contains("t0p-s3cret"), "{name} in {language}: {text}");
            line += &format!("{:8}", if missing.is_empty() { "yes" } else { "said" });
            // A tar file that is sent has no place in a text.
            let sends = language == "http" && ["load", "build", "new folder"].contains(&name);
            if let (Try::Prints(wanted), true, false) = (how, missing.is_empty(), sends) {
                let printed = person.run(language, text);
                let has_it = printed.to_lowercase().contains(wanted) || ["docker", "http"].contains(&language) && wanted == "Step";
                assert!(has_it || printed.contains(wanted), "{name} in {language} prints no {wanted}: {printed}\n{text}");
            }
        }
        matrix += &format!("{line}\n");
    }
    println!("{matrix}");
}

/// With whoever's name and password are in the environment: the text has neither.
pub async fn credentials_are_variables(world: Arc<World>) {
    let registry = block_in_place(|| Registry::with_login("mika", "Quay-9f2c")).expect("a registry");
    let bridge = world.bridge().await;
    let mut person = Person::new(&world, &bridge).await;
    let reference = registry.reference("secret-place:1");
    block_in_place(|| images::layers(world.engine(), &reference, 1, 1_000)).expect("an image");
    let login = format!(
        "docker --config config -H {} login --username mika --password Quay-9f2c {host} && docker --config config -H {} push {reference}",
        world.engine().host(),
        world.engine().host(),
        host = registry.host()
    );
    person.run("docker", &login);
    let credentials = json!({ "typed": { "username": "mika", "password": "Quay-9f2c" } });
    for language in LANGUAGES.into_iter().filter(|language| *language != "http") {
        for (call, is_there) in [("job.push", true), ("job.pull", false)] {
            let arguments = json!({ "reference": reference, "credentials": credentials });
            let shown = person.explained(json!({ "call": { "call": call, "arguments": arguments } })).await;
            let text = shown[language]["text"].as_str().unwrap_or_default().to_owned();
            assert!(!text.contains("Quay-9f2c"), "{call} in {language}: {text}");
            if !is_there {
                person.docker(&format!("rmi {reference}"));
            }
            person.run(language, &format!("{}{text}", if language == "docker" { "export DOCKER_CONFIG=$PWD/other\n" } else { "" }));
            let found = person.docker(&format!("images --quiet {reference}"));
            assert!(!found.trim().is_empty(), "{call} in {language} brought nothing: {text}");
        }
    }
}
