//! Whether the environment itself works: when one of these fails, look here first.

use linkspan_tests::page::{Page, containing, starting};
use linkspan_tests::registry::Registry;
use linkspan_tests::scripted::{Reply, Scripted};
use linkspan_tests::world::World;
use serde_json::json;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};
use xtask::engine::{Engine, Options};
use xtask::{images, process};

pub async fn engine_runs_hello_world(world: Arc<World>) {
    assert_eq!(world.docker(&["run", "--rm", "alpine", "echo", "hello", "world"]), "hello world\n");
    let applets = world.docker(&["run", "--rm", "alpine", "sh", "-c", "id -un && ls -ld /tmp && hostname"]);
    assert!(applets.starts_with("root\ndrwxrwxrwt"), "{applets}");

    images::healthcheck(world.engine(), "with-health:1").expect("an image with a health check");
    world.docker(&["run", "--detach", "--name", "health", "with-health:1"]);
    let becomes = |wanted: &str| {
        process::wait_until(Duration::from_secs(20), || {
            world.docker(&["inspect", "--format", "{{.State.Health.Status}}", "health"]).trim() == wanted
        })
    };
    assert!(becomes("unhealthy"), "a container without /tmp/healthy does not become unhealthy");
    world.docker(&["exec", "health", "touch", "/tmp/healthy"]);
    assert!(becomes("healthy"), "a container with /tmp/healthy does not become healthy");
}

pub async fn two_engines_side_by_side(world: Arc<World>) {
    let other = world.own_engine(Options::default());
    world.docker(&["run", "--detach", "--name", "here", "alpine", "sleep", "600"]);
    world.docker(&["network", "create", "ours"]);
    docker(&other, &["network", "create", "theirs"]);
    docker(&other, &["run", "--detach", "--name", "there", "--network", "theirs", "alpine", "sleep", "600"]);
    docker(&other, &["pause", "there"]);
    assert_eq!(world.docker(&["ps", "--format", "{{.Names}}"]), "here\n");
    assert_eq!(docker(&other, &["ps", "--format", "{{.Names}}"]), "there\n");
    let dir = other.dir().to_owned();
    drop(other);
    assert!(!dir.exists(), "{} is still there", dir.display());
    assert_eq!(world.docker(&["ps", "--format", "{{.Names}}"]), "here\n");
}

pub async fn engine_survives_a_crash(world: Arc<World>) {
    let mut plain = world.own_engine(Options::default());
    // `sleep` as the first process ignores SIGTERM, and a clean end would wait ten seconds for it.
    let sleeping = "run --detach --name one --stop-signal KILL alpine sleep 600";
    docker(&plain, &sleeping.split(' ').collect::<Vec<_>>());
    plain.kill().expect("a crash");
    plain.start_again().expect("a start after the crash");
    assert_eq!(docker(&plain, &["ps", "--all", "--format", "{{.Names}} {{.State}}"]), "one exited\n");
    docker(&plain, &["start", "one"]);
    plain.halt().expect("a clean end");
    plain.start_again().expect("a start after the clean end");
    assert_eq!(docker(&plain, &["ps", "--all", "--format", "{{.Names}} {{.State}}"]), "one exited\n");

    let mut live = world.own_engine(Options { live_restore: true, ..Options::default() });
    docker(&live, &["run", "--detach", "--name", "on", "alpine", "sleep", "600"]);
    let started = docker(&live, &["inspect", "--format", "{{.State.Pid}} {{.State.StartedAt}}", "on"]);
    live.kill().expect("a crash");
    live.start_again().expect("a start after the crash");
    let now = docker(&live, &["inspect", "--format", "{{.State.Pid}} {{.State.StartedAt}}", "on"]);
    assert_eq!(now, started, "with live restore the container runs on");
    // A daemon that is stopped keeps its callers waiting.
    live.pause();
    let mut late = live.spawn_docker(&["version"]).expect("the docker command");
    let answered = process::wait_until(Duration::from_secs(1), || !matches!(late.try_wait(), Ok(None)));
    live.resume();
    assert!(!answered, "a paused engine answers");
    assert!(late.wait().is_ok_and(|status| status.success()), "a resumed engine does not answer");
}

pub async fn registry_push_pull(world: Arc<World>) {
    const MIB: usize = 1 << 20;
    let registry = Registry::with_login("someone", "a password").expect("a registry");
    let image = registry.reference("layered:1");
    images::layers(world.engine(), &image, 3, MIB).expect("an image of three layers");
    let refused = world.engine().docker(&["push", &image]).expect_err("a push without a login");
    assert!(refused.contains("no basic auth credentials"), "{refused}");
    world.docker(&["login", "--username", "someone", "--password", "a password", &registry.host()]);
    world.docker(&["push", "--quiet", &image]);
    world.docker(&["rmi", &image]);
    world.docker(&["pull", "--quiet", &image]);
    let layers = world.docker(&["inspect", "--format", "{{len .RootFS.Layers}}", &image]);
    assert_eq!(layers.trim(), "4", "busybox and three layers");

    // Two layers of 1 MiB at 512 KiB/s each, at the same time.
    let slow = Registry::throttled("512k").expect("a slow registry");
    let image = slow.reference("slow:1");
    images::layers(world.engine(), &image, 2, MIB).expect("an image of two layers");
    world.docker(&["push", "--quiet", &image]);
    world.docker(&["rmi", &image]);
    let begin = Instant::now();
    world.docker(&["pull", "--quiet", &image]);
    assert!(begin.elapsed() > Duration::from_secs(1), "a slow registry took only {:?}", begin.elapsed());
}

pub async fn browser_opens_a_page(world: Arc<World>) {
    let page = world.page().await;
    show(&page, "<title>t</title><main><h1>Ships</h1><button>Dock</button><p>Three of them</main>").await;
    page.wait_for_role("heading", "Ships").await;
    page.get_by_role("main", "").get_by_role("button", "Dock").expect_text("Dock").await;
    page.expect_text("Three of them").await;
    assert_eq!(page.find_all_by_role("button").await.len(), 1);
    let dark = page.eval("return matchMedia('(prefers-color-scheme: dark)').matches;", vec![]).await;
    assert_eq!(dark, json!(false));
    page.emulate_media(&[("prefers-color-scheme", "dark")]).await;
    let dark = page.eval("return matchMedia('(prefers-color-scheme: dark)').matches;", vec![]).await;
    assert_eq!(dark, json!(true));
    let width = page.eval("return innerWidth;", vec![]).await;
    assert_eq!(width, json!(1440));
}

/// Our own computation, which tests rely on, against the one that screen readers get.
pub async fn roles_and_names_are_those_of_the_browser(world: Arc<World>) {
    let page = world.page().await;
    show(&page, include_str!("roles.html")).await;
    let mut differences = Vec::new();
    let ids = page.eval("return [...document.querySelectorAll('[id^=t]')].map((el) => el.id);", vec![]).await;
    let ids = ids.as_array().cloned().unwrap_or_default();
    assert!(ids.len() > 40, "the page of examples holds only {}", ids.len());
    for id in ids.iter().filter_map(serde_json::Value::as_str) {
        let element = page.client().find(fantoccini::Locator::Id(id)).await.expect("an element by its id");
        let expected = page.computed(&element).await;
        let (role, name) = page.look_at(&element).await;
        if (role.as_str(), name.as_str()) != (browser_role(&expected.0), expected.1.trim()) {
            differences.push(format!("{id}: we say {role} {name:?}, the browser says {expected:?}"));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    for hidden in ["Not rendered", "Not visible", "Not perceivable", "Not usable"] {
        assert!(!page.get_by_role("button", hidden).exists().await, "{hidden} is found");
    }
}

/// The browser names some roles in its own way.
fn browser_role(role: &str) -> &str {
    match role {
        "generic" | "none" | "LabelText" => "",
        "image" => "img",
        other => other,
    }
}

pub async fn actions_work_as_a_person_does_them(world: Arc<World>) {
    let page = world.page().await;
    show(&page, include_str!("actions.html")).await;
    let name = page.get_by_role("textbox", "Name");
    name.fill("first").await;
    name.fill("second").await;
    name.expect_value("second").await;
    name.press("Control+A").await;
    page.type_text("third").await;
    name.expect_value("third").await;
    name.fill("").await;
    name.expect_value("").await;
    page.press("Tab").await;
    page.get_by_role("checkbox", "Privileged").expect_focus().await;
    page.get_by_role("checkbox", "Privileged").check().await;
    page.get_by_role("checkbox", "Privileged").check().await;
    page.get_by_role("checkbox", "Privileged").uncheck().await;
    page.get_by_role("switch", "Follow").check().await;
    page.get_by_role("combobox", "Network").select_option("host").await;
    page.get_by_role("combobox", "Network").expect_value("h").await;
    page.get_by_role("combobox", "Engine").select_option("podman").await;
    page.get_by_role("status", "Engine chosen").expect_text("podman").await;
    // Enabled a moment later, and far down the page.
    page.get_by_role("button", "Late").click().await;
    page.get_by_role("status", "Clicks").expect_text("clicked 1").await;
    page.get_by_role("row", starting("web")).get_by_role("button", "Stop").click().await;
    page.get_by_role("row", containing("stopped")).wait().await;
    page.get_by_role("row", "db Stop").wait().await;
    page.get_by_role("button", "Replaced").nth(1).double_click().await;
    page.get_by_role("button", "Replaced").wait_gone().await;
}

pub async fn scripted_engine_answers(_: Arc<World>) {
    let engine = Scripted::start(|request| (request.path == "/containers/json").then(|| Reply::error(500, "the disk is on fire")))
        .await
        .expect("a scripted engine");
    let docker = |args: &[&str]| {
        let mut command = Command::new(process::program("docker", "docker.io").expect("the docker command"));
        command.args(args).env("DOCKER_HOST", engine.host()).env_remove("DOCKER_CONTEXT");
        tokio::task::block_in_place(|| process::check(command, Duration::from_secs(20)))
    };
    let refused = docker(&["ps"]).expect_err("a list of containers");
    assert!(refused.contains("the disk is on fire"), "{refused}");
    assert_eq!(docker(&["images", "--quiet"]), Ok(String::new()));
    let paths: Vec<_> = engine.requests().into_iter().map(|request| request.path).collect();
    assert!(paths.iter().any(|path| path == "/images/json"), "{paths:?}");
}

fn docker(engine: &Engine, args: &[&str]) -> String {
    tokio::task::block_in_place(|| engine.docker(args)).unwrap_or_else(|problem| panic!("{problem}"))
}

async fn show(page: &Page, html: &str) {
    page.goto("about:blank").await;
    page.eval("document.open(); document.write(arguments[0]); document.close();", vec![json!(html)]).await;
}
