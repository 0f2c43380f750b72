//! Stop all, images, pulls, commits.

use std::sync::Arc;
use std::time::Duration;

use linkspan_tests::bridge::Options;
use linkspan_tests::page::{Name, Page};
use linkspan_tests::registry::Registry;
use linkspan_tests::scripted::{self, Reply, Scripted};
use linkspan_tests::site::{self, choose, container};
use linkspan_tests::world::{PASSWORD, World};
use serde_json::json;
use tokio::sync::mpsc;
use xtask::images;

pub async fn stop_all_stops_exactly_what_was_listed(world: Arc<World>) {
    for name in ["one", "two"] {
        world.docker(&["run", "--detach", "--init", "--name", name, "alpine", "sleep", "600"]);
    }
    world.docker(&["run", "--detach", "--rm", "--init", "--name", "passing", "alpine", "sleep", "600"]);
    let (_bridge, page) = site::open(&world).await;
    // One name for the engine everywhere, and its host beside it.
    let host = world.docker(&["info", "--format", "{{.Name}}"]);
    page.get_by_role("navigation", "Main").expect_text(&format!("local {}", host.trim())).await;
    container(&page, "passing").wait_for("is marked", |row| row.text.contains("--rm")).await;
    page.get_by_role("button", "Stop all running").click().await;
    let dialog = page.get_by_role("dialog", "Stop 3 running containers?");
    dialog.get_by_role("button", "Cancel").expect_focus().await;
    dialog.expect_text("On a production host, think twice").await;
    dialog.expect_text(&format!("local ({})", host.trim())).await;
    for text in ["one", "two", "passing", "--rm: will be removed"] {
        dialog.expect_text(text).await;
    }
    // What starts now is not on the list.
    world.docker(&["run", "--detach", "--init", "--name", "late", "alpine", "sleep", "600"]);
    container(&page, "late").wait().await;
    dialog.get_by_role("button", "Stop 3 containers").click().await;
    page.wait_until("each result is said", async || dialog.text().await.matches("Stopped").count() == 3).await;
    dialog.get_by_role("button", "Done").click().await;
    container(&page, "one").wait_for("stopped", |row| row.text.contains("Exited")).await;
    container(&page, "late").wait_for("still running", |row| row.text.contains("Running")).await;
    container(&page, "passing").wait_gone().await;
}

pub async fn a_production_engine_asks_for_its_name(world: Arc<World>) {
    world.docker(&["run", "--detach", "--init", "--name", "one", "alpine", "sleep", "600"]);
    let mut options = Options::new(&format!("quay={}", world.engine().host()), PASSWORD);
    options.args.push("--production".to_owned());
    let bridge = world.bridge_with(options).await;
    let page = world.page().await;
    site::sign_in(&page, &bridge).await;
    container(&page, "one").wait().await;
    page.get_by_role("button", "Stop all running").click().await;
    let dialog = page.get_by_role("dialog", "Stop 1 running container?");
    dialog.expect_text("quay is a production host").await;
    assert!(dialog.get_by_role("button", "Stop 1 container").attribute("disabled").await.is_some());
    dialog.get_by_role("textbox", "Type quay to confirm").fill("quay").await;
    dialog.get_by_role("button", "Stop 1 container").click().await;
    container(&page, "one").wait_for("stopped", |row| row.text.contains("Exited")).await;
}

pub async fn what_swarm_would_replace_is_marked(world: Arc<World>) {
    world.docker(&[
        "run",
        "--detach",
        "--init",
        "--name",
        "replica",
        "--label",
        "com.docker.swarm.service.name=shop",
        "alpine",
        "sleep",
        "600",
    ]);
    let (_bridge, page) = site::open(&world).await;
    container(&page, "replica").wait_for("its mark", |row| row.text.contains("swarm")).await;
    page.get_by_role("button", "Stop all running").click().await;
    page.get_by_role("dialog", "Stop 1 running container?").expect_text("Swarm replaces it: service shop").await;
}

pub async fn linkspan_never_stops_itself(world: Arc<World>) {
    let port = linkspan_tests::registry::free_port().expect("a port");
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("password"), PASSWORD).expect("a file");
    let binary = linkspan_tests::bridge::binary().expect("the binary");
    // The binary is linked to the host's C library.
    let mounts = [
        format!("{}:/var/run/docker.sock", world.engine().socket().display()),
        format!("{}:/linkspan:ro", binary.display()),
        format!("{}:/secret:ro", folder.path().display()),
        "/lib:/lib:ro".to_owned(),
        "/lib64:/lib64:ro".to_owned(),
    ];
    let listen = format!("127.0.0.1:{port}");
    let mut args = vec!["run", "--detach", "--name", "dashboard", "--network", "host"];
    args.extend(mounts.iter().flat_map(|mount| ["--volume", mount.as_str()]));
    args.extend(["alpine", "/linkspan", "--listen", &listen, "--data-dir", "/tmp/linkspan", "--admin-password-file", "/secret/password"]);
    world.docker(&args);
    world.docker(&["run", "--detach", "--init", "--name", "other", "alpine", "sleep", "600"]);
    let page = world.page().await;
    let listens = || std::net::TcpStream::connect(&listen).is_ok();
    assert!(xtask::process::wait_until(Duration::from_secs(10), listens), "{}", world.docker(&["logs", "dashboard"]));
    page.goto(&format!("http://{listen}/")).await;
    page.wait_for_role("button", "Sign in").await;
    page.get_by_role("textbox", "User").fill("admin").await;
    page.get_by_role("textbox", "Password").fill(PASSWORD).await;
    page.get_by_role("button", "Sign in").click().await;
    container(&page, "dashboard").wait_for("its mark", |row| row.text.contains("Linkspan itself")).await;
    assert!(!container(&page, "dashboard").get_by_role("button", "Stop dashboard").exists().await);
    page.get_by_role("button", "Stop all running").click().await;
    let dialog = page.get_by_role("dialog", "Stop 1 running container?");
    dialog.expect_text("Linkspan itself: left running").await;
    dialog.get_by_role("button", "Stop 1 container").click().await;
    container(&page, "other").wait_for("stopped", |row| row.text.contains("Exited")).await;
    assert_eq!(world.docker(&["inspect", "--format", "{{.State.Running}}", "dashboard"]).trim(), "true");
}

/// The row of an image.
fn image(page: &Page, reference: &str) -> linkspan_tests::page::Locator {
    page.get_by_role("grid", "Images").get_by_role("row", reference)
}

pub async fn the_images_follow_the_engine(world: Arc<World>) {
    let (bridge, page) = site::open(&world).await;
    site::visit(&page, &bridge, "/images").await;
    image(&page, "alpine:latest").wait().await;
    world.docker(&["tag", "alpine", "renamed:7"]);
    image(&page, "renamed:7").wait_for("its tag", |row| row.text.contains('7')).await;
    world.docker(&["run", "--detach", "--name", "user", "renamed:7", "sleep", "600"]);
    image(&page, "renamed:7").wait_for("used by one", |row| row.text.trim_end().ends_with('1') || row.text.contains("\n1")).await;

    // Refused, with the engine's reason.
    images::layers(world.engine(), "only:tag", 1, 1000).expect("an image");
    world.docker(&["run", "--detach", "--name", "holder", "only:tag", "sleep", "600"]);
    image(&page, "only:tag").get_by_role("button", "Remove only:tag").click().await;
    let dialog = page.get_by_role("dialog", "Remove only:tag?");
    dialog.get_by_role("button", "Remove only:tag").click().await;
    dialog.get_by_role("alert", Name::Any).expect_text("is using its referenced image").await;
    dialog.get_by_role("button", "Cancel").click().await;
    world.docker(&["rm", "--force", "holder"]);
    image(&page, "only:tag").get_by_role("button", "Remove only:tag").click().await;
    dialog.get_by_role("button", "Remove only:tag").click().await;
    image(&page, "only:tag").wait_gone().await;
    image(&page, "alpine:latest").wait().await;

    image(&page, "alpine:latest").get_by_role("button", "Run alpine:latest").click().await;
    page.get_by_role("combobox", "Image").expect_value("alpine:latest").await;
}

/// Pushes an image of its own and forgets it, so that it can be pulled.
fn publish(world: &World, reference: &str, layers: usize, bytes: usize) {
    images::layers(world.engine(), reference, layers, bytes).expect("an image");
    world.docker(&["push", reference]);
    world.docker(&["rmi", reference]);
}

async fn pull(page: &Page, reference: &str) {
    page.get_by_role("textbox", "Image to pull").fill(reference).await;
    page.get_by_role("button", "Pull").click().await;
}

pub async fn a_pull_is_seen_by_everybody(world: Arc<World>) {
    let registry = Registry::throttled("80k").expect("one that is slow enough for what happens meanwhile");
    let reference = registry.reference("shown:1");
    publish(&world, &reference, 3, 1_500_000);
    let (bridge, page) = site::open(&world).await;
    let page = page.with_deadline(Duration::from_secs(60));
    site::visit(&page, &bridge, "/images").await;
    pull(&page, &reference).await;
    let card = page.get_by_role("article", format!("Pull {reference}"));
    card.get_by_role("table", "Layers").wait().await;
    card.wait_for("a layer is downloading", |card| card.text.contains("Downloading")).await;

    // Somebody who comes midway sees the same job, from an address of its own.
    let other = world.page().await.with_deadline(Duration::from_secs(60));
    site::sign_in(&other, &bridge).await;
    other.get_by_role("link", "Jobs").click().await;
    let same = other.get_by_role("article", format!("Pull {reference}"));
    same.get_by_role("progressbar", "Overall progress").wait().await;
    same.expect_text("admin").await;
    // Asked for twice, it is one job.
    other.get_by_role("link", "Images").click().await;
    pull(&other, &reference).await;
    other.get_by_role("article", format!("Pull {reference}")).expect_count(1).await;

    for page in [&page, &other] {
        page.get_by_role("article", format!("Pull {reference}")).expect_text("Done").await;
    }
    assert_eq!(card.get_by_role("progressbar", "Overall progress").attribute("aria-valuenow").await.as_deref(), Some("100"));
    image(&page, &reference).wait().await;
    world.docker(&["run", "--rm", &reference, "true"]);
}

pub async fn a_pull_can_be_cancelled(world: Arc<World>) {
    let registry = Registry::throttled("100k").expect("a slow registry");
    let reference = registry.reference("cancelled:1");
    publish(&world, &reference, 2, 3_000_000);
    let (bridge, page) = site::open(&world).await;
    site::visit(&page, &bridge, "/images").await;
    pull(&page, &reference).await;
    let card = page.get_by_role("article", format!("Pull {reference}"));
    card.wait_for("a layer is downloading", |card| card.text.contains("Downloading")).await;
    card.get_by_role("button", "Cancel").click().await;
    card.expect_text("Cancelled").await;
    assert!(!world.docker(&["images", "--format", "{{.Repository}}:{{.Tag}}"]).contains(&reference));
}

pub async fn a_failed_pull_says_why(world: Arc<World>) {
    let registry = Registry::with_login("mika", "secret").expect("a registry");
    let open = Registry::start().expect("a registry");
    let (bridge, page) = site::open(&world).await;
    site::visit(&page, &bridge, "/images").await;
    let missing = open.reference("absent:2");
    pull(&page, &missing).await;
    page.get_by_role("article", format!("Pull {missing}")).get_by_role("alert", Name::Any).expect_text("manifest unknown").await;
    let denied = registry.reference("guarded:1");
    pull(&page, &denied).await;
    page.get_by_role("article", format!("Pull {denied}")).get_by_role("alert", Name::Any).expect_text("no basic auth credentials").await;
    // What cannot be a reference stays in the field.
    page.get_by_role("textbox", "Image to pull").fill("Not A Reference").await;
    page.get_by_role("textbox", "Image to pull").press("Enter").await;
    page.get_by_role("form", "Pull").get_by_role("alert", Name::Any).expect_text("is not allowed in a repository").await;
    page.get_by_role("textbox", "Image to pull").expect_value("Not A Reference").await;
    // Dismissed for everybody.
    page.get_by_role("article", format!("Pull {missing}")).get_by_role("button", "Dismiss").click().await;
    page.get_by_role("article", format!("Pull {missing}")).wait_gone().await;
}

/// A scripted engine: a disk cannot be filled on command.
pub async fn an_error_inside_a_successful_answer_is_a_failure(world: Arc<World>) {
    let engine = Scripted::start(|request: &scripted::Request| {
        (request.path == "/images/create").then(|| {
            let lines = [
                json!({ "status": "Pulling from big", "id": "1" }),
                json!({ "status": "Downloading", "id": "abc", "progressDetail": { "current": 50, "total": 100 } }),
                json!({ "errorDetail": { "message": "write /var/lib/x: no space left on device" }, "error": "no space left on device" }),
            ];
            let (sender, receiver) = mpsc::channel(lines.len());
            for line in lines {
                sender.try_send(format!("{line}\r\n").into_bytes()).expect("room for all");
            }
            Reply::Stream("application/json", receiver)
        })
    })
    .await
    .expect("a scripted engine");
    let bridge = world.bridge_with(Options::new(&engine.host(), PASSWORD)).await;
    let page = world.page().await;
    site::sign_in(&page, &bridge).await;
    site::visit(&page, &bridge, "/images").await;
    pull(&page, "registry.test/big:1").await;
    let job = page.get_by_role("article", "Pull registry.test/big:1");
    job.get_by_role("alert", Name::Any).expect_text("no space left on device").await;
    assert!(!job.text().await.contains("100%"));
}

pub async fn a_container_is_committed(world: Arc<World>) {
    world.docker(&["run", "--detach", "--name", "changed", "alpine", "sh", "-c", "echo new > /added; sleep 600"]);
    let (bridge, page) = site::open(&world).await;
    choose(&page, "changed", "Commit…").await;
    page.wait_for_role("heading", "Commit changed").await;
    page.get_by_role("textbox", "Repository and tag").fill("Not Valid").await;
    page.get_by_role("button", "Commit").click().await;
    page.get_by_role("alert", Name::Any).expect_text("is not allowed in a repository").await;
    page.get_by_role("textbox", "Repository and tag").fill("committed/work:2").await;
    page.get_by_role("textbox", "Message").fill("with the added file").await;
    page.get_by_role("textbox", "Author").fill("Mika").await;
    page.get_by_role("checkbox", "Pause while committing").uncheck().await;
    page.get_by_role("button", "Commit").click().await;
    page.expect_text("Committed committed/work:2").await;
    site::visit(&page, &bridge, "/images").await;
    image(&page, "committed/work:2").wait().await;
    assert_eq!(world.docker(&["run", "--rm", "committed/work:2", "cat", "/added"]), "new\n");
    let told = world.docker(&["inspect", "--format", "{{.Comment}}|{{.Author}}", "committed/work:2"]);
    assert_eq!(told.trim(), "with the added file|Mika");
}

pub async fn what_jobs_came_to_outlives_the_bridge(world: Arc<World>) {
    let (slow, open) = (Registry::throttled("100k").expect("a slow registry"), Registry::start().expect("a registry"));
    let (long, quick, missing) = (slow.reference("long:1"), open.reference("quick:1"), open.reference("none:1"));
    publish(&world, &long, 2, 6_000_000);
    publish(&world, &quick, 1, 1000);
    let (mut bridge, page) = site::open(&world).await;
    let page = page.with_deadline(Duration::from_secs(60));
    site::visit(&page, &bridge, "/images").await;
    for reference in [&quick, &missing, &long] {
        pull(&page, reference).await;
    }
    let card = |reference: &str| page.get_by_role("article", format!("Pull {reference}"));
    card(&quick).expect_text("Done in").await;
    card(&missing).get_by_role("alert", Name::Any).expect_text("manifest unknown").await;
    card(&long).expect_text("Downloading").await;
    // Ended in an orderly way, and not.
    for kill in [false, true] {
        if kill {
            bridge.kill();
            bridge.start_again().await.expect("it starts");
        } else {
            bridge.restart().await.expect("a restart");
        }
        site::visit(&page, &bridge, "/jobs").await;
        card(&long).expect_text("Interrupted").await;
        card(&quick).expect_text("Done in").await;
        card(&quick).expect_text("admin").await;
        card(&missing).expect_text("manifest unknown").await;
        // What was interrupted is there to be begun again.
        card(&long).get_by_role("button", "Try again").click().await;
        card(&long).nth(0).expect_text("Downloading").await;
        if !kill {
            card(&long).nth(1).get_by_role("button", "Dismiss").click().await;
            card(&long).expect_count(1).await;
        }
    }
    card(&long).nth(0).get_by_role("button", "Cancel").click().await;
    card(&long).nth(0).expect_text("Cancelled").await;
}

pub async fn a_cancelled_stop_all_leaves_the_rest_alone(world: Arc<World>) {
    // The first process of a container does not heed SIGTERM unless it says so: each stop takes its ten seconds.
    for n in 0..10 {
        world.docker(&["run", "--detach", "--name", &format!("stubborn-{n}"), "--network", "none", "alpine", "sleep", "600"]);
    }
    let (bridge, page) = site::open(&world).await;
    let page = page.with_deadline(Duration::from_secs(60));
    page.get_by_role("button", "Stop all running").click().await;
    page.get_by_role("dialog", "Stop 10 running containers?").get_by_role("button", "Stop 10 containers").click().await;
    let other = world.page().await.with_deadline(Duration::from_secs(60));
    site::sign_in(&other, &bridge).await;
    site::visit(&other, &bridge, "/jobs").await;
    let job = other.get_by_role("article", "Stop all");
    job.expect_text("Stopping").await;
    site::visit(&page, &bridge, "/jobs").await;
    let seen = page.get_by_role("article", "Stop all");
    job.get_by_role("button", "Cancel").click().await;
    // Everybody sees it at once, while what has begun comes to its end.
    seen.expect_text("admin is cancelling it").await;
    assert!(seen.get_by_role("button", "Cancel").wait_for("no use", |button| button.disabled).await.disabled);
    job.expect_text("Cancelled by admin").await;
    seen.expect_text("Cancelled by admin").await;
    job.wait_for("two are left alone", |job| job.text.matches("Left alone").count() == 2).await;
    assert_eq!(world.docker(&["ps", "--quiet"]).lines().count(), 2);
}

pub async fn a_cancelled_run_takes_its_container_along(world: Arc<World>) {
    let (bridge, page) = site::open(&world).await;
    let page = page.with_deadline(Duration::from_secs(60));
    site::visit(&page, &bridge, "/run?image=alpine").await;
    page.get_by_role("textbox", "Name").fill("brief").await;
    page.get_by_role("textbox", "Command").fill("sleep 600").await;
    page.get_by_role("button", "Run").click().await;
    site::visit(&page, &bridge, "/jobs").await;
    let job = page.get_by_role("article", "Run alpine");
    page.wait_until("it runs", async || !world.docker(&["ps", "--quiet", "--filter", "name=brief"]).trim().is_empty()).await;
    job.get_by_role("button", "Cancel and remove").click().await;
    job.expect_text("Cancelled").await;
    assert_eq!(world.docker(&["ps", "--all", "--quiet", "--filter", "name=brief"]).trim(), "");
    // A commit is the engine's to its end.
    world.docker(&["run", "--detach", "--name", "large", "alpine", "sh", "-c", "head -c 100000000 /dev/urandom > /big; sleep 600"]);
    page.wait_until("it has written", async || world.docker(&["exec", "large", "ls", "-l", "/big"]).contains("100000000")).await;
    let answer = super::breaks::call(
        &bridge,
        "local",
        "job.commit",
        json!({ "container": world.docker(&["inspect", "--format", "{{.Id}}", "large"]).trim(), "reference": "large:1", "message": "", "author": "", "pause": true }),
    )
    .await;
    let id = answer["reply"]["output"].clone();
    let commit = page.get_by_role("article", "Commit large");
    commit.expect_text("Committed by").await;
    assert!(!commit.get_by_role("button", "Cancel").exists().await);
    let answer = super::breaks::call(&bridge, "local", "job.cancel", json!({ "job": id })).await;
    assert!(answer.get("refusal").is_some(), "{answer}");
    commit.expect_text("Done").await;
}

pub async fn several_containers_are_removed_as_one_job(world: Arc<World>) {
    for name in ["gone-1", "gone-2"] {
        world.docker(&["run", "--name", name, "alpine", "true"]);
    }
    world.docker(&["run", "--detach", "--name", "stays", "alpine", "sleep", "600"]);
    let (bridge, page) = site::open(&world).await;
    let other = world.page().await;
    site::sign_in(&other, &bridge).await;
    site::visit(&other, &bridge, "/jobs").await;
    for name in ["gone-1", "gone-2", "stays"] {
        container(&page, name).get_by_role("checkbox", format!("Select {name}")).check().await;
    }
    page.get_by_role("toolbar", Name::Any).get_by_role("button", "Remove").click().await;
    let dialog = page.get_by_role("dialog", "Remove 3 containers?");
    dialog.get_by_role("button", "Remove 3 containers").click().await;
    for place in [&dialog, &other.get_by_role("article", "Remove 3 containers")] {
        place.expect_text("1 failed").await;
        place.expect_text("cannot remove a running container").await;
    }
    dialog.get_by_role("button", "Close").nth(0).click().await;
    container(&page, "gone-1").wait_gone().await;
    container(&page, "stays").wait().await;
    // What runs is stopped first where somebody wants that.
    world.docker(&["create", "--name", "rests", "alpine"]);
    for name in ["rests", "stays"] {
        container(&page, name).get_by_role("checkbox", format!("Select {name}")).check().await;
    }
    page.get_by_role("toolbar", Name::Any).get_by_role("button", "Remove").click().await;
    let dialog = page.get_by_role("dialog", "Remove 2 containers?");
    dialog.expect_text("One of them is running").await;
    dialog.get_by_role("checkbox", "Stop first what is running").check().await;
    let page = page.with_deadline(Duration::from_secs(30));
    page.get_by_role("button", "Stop and remove 2 containers").click().await;
    container(&page, "stays").wait_gone().await;
    dialog.expect_text("2 of 2").await;
}
