//! Images: their names, their pages, files of them, builds, and the space that they take.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use linkspan_tests::bridge::{Bridge, Options};
use linkspan_tests::page::Name;
use linkspan_tests::proxy::Proxy;
use linkspan_tests::registry::Registry;
use linkspan_tests::site;
use linkspan_tests::wire;
use linkspan_tests::world::{PASSWORD, World};
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::task::block_in_place;
use xtask::images;

use super::breaks::call;
use super::registries::{SLOW, image, publish};

pub async fn images_get_names_and_lose_them(world: Arc<World>) {
    images::layers(world.engine(), "named:1", 1, 1000).expect("an image");
    let (bridge, page) = site::open(&world).await;
    let other = world.page().await;
    site::sign_in(&other, &bridge).await;
    for page in [&page, &other] {
        site::visit(page, &bridge, "/images").await;
    }
    image(&page, "named:1").hover().await;
    image(&page, "named:1").get_by_role("button", "Tag named:1").click().await;
    let dialog = page.get_by_role("dialog", "Tag named:1");
    let field = dialog.get_by_role("textbox", "Repository and tag");
    field.fill("Named").await;
    dialog.expect_text("lower case").await;
    field.fill("alpine:latest").await;
    dialog.expect_text("it moves from there").await;
    field.fill("named:two").await;
    dialog.get_by_role("button", "Tag").click().await;
    for page in [&page, &other] {
        image(page, "named:two").wait().await;
    }
    // One name of two is only a name.
    image(&page, "named:two").hover().await;
    image(&page, "named:two").get_by_role("button", "Remove named:two").click().await;
    let dialog = page.get_by_role("dialog", "Remove named:two?");
    dialog.expect_text("only untagged, 1 name stays").await;
    dialog.get_by_role("button", "Remove named:two").click().await;
    image(&other, "named:two").wait_gone().await;
    image(&other, "named:1").wait().await;
    // Or the image with all of its names.
    world.docker(&["tag", "named:1", "named:three"]);
    image(&page, "named:three").hover().await;
    image(&page, "named:three").get_by_role("button", "Remove named:three").click().await;
    let dialog = page.get_by_role("dialog", "Remove named:three?");
    dialog.get_by_role("checkbox", "Remove the image with all its 2 names").check().await;
    dialog.expect_text("with all its 2 names").await;
    // Without force it is refused while a container has it, and keeps its names.
    world.docker(&["run", "--name", "owner", "named:1", "true"]);
    dialog.get_by_role("button", "Remove named:three").click().await;
    dialog.get_by_role("alert", Name::Any).expect_text("it is used by owner").await;
    image(&page, "named:1").wait().await;
    world.docker(&["rm", "owner"]);
    image(&other, "named:1").wait_for("nothing uses it", |row| row.text.contains("Unused")).await;
    dialog.get_by_role("button", "Remove named:three").click().await;
    image(&other, "named:1").wait_gone().await;

    // Several at once: each says how it went.
    for name in ["some:1", "some:2", "some:3"] {
        images::layers(world.engine(), name, 1, 1000).expect("an image");
    }
    world.docker(&["run", "--detach", "--name", "holder", "some:2", "sleep", "600"]);
    for name in ["some:1", "some:2", "some:3"] {
        image(&page, name).get_by_role("checkbox", format!("Select {name}")).check().await;
    }
    page.get_by_role("button", "Remove").click().await;
    let dialog = page.get_by_role("dialog", "Remove 3 images?");
    dialog.expect_text("1 container").await;
    dialog.get_by_role("link", "holder").wait().await;
    dialog.get_by_role("button", "Remove 3 images").click().await;
    site::visit(&other, &bridge, "/jobs").await;
    let job = other.get_by_role("article", "Remove 3 images");
    job.expect_text("1 failed").await;
    job.expect_text("is using its referenced image").await;
    let left = world.docker(&["images", "--format", "{{.Repository}}:{{.Tag}}", "some"]);
    assert_eq!(left.trim(), "some:2");
}

pub async fn an_image_has_a_page(world: Arc<World>) {
    images::layers(world.engine(), "paged:1", 3, 400_000).expect("an image");
    world.docker(&["tag", "paged:1", "paged:again"]);
    world.docker(&["run", "--detach", "--name", "user-of-it", "paged:1", "sleep", "600"]);
    let (bridge, page) = site::open(&world).await;
    site::visit(&page, &bridge, "/images").await;
    image(&page, "paged:1").get_by_role("link", "paged").click().await;
    page.wait_for_url("the image's page", |url| url.contains("/images/sha256:")).await;
    let history = page.get_by_role("table", "History");
    // The newest first: three of data, and what they rest on.
    let rows = history.get_by_role("row", Name::Any);
    rows.nth(1).expect_text("RUN head -c 400000").await;
    rows.nth(1).expect_text("kB").await;
    rows.nth(4).expect_text("ADD busybox").await;
    rows.expect_count(5).await;
    page.get_by_role("region", "Names").expect_text("paged:again").await;
    world.docker(&["tag", "paged:1", "paged:late"]);
    page.get_by_role("region", "Names").expect_text("paged:late").await;
    page.get_by_role("button", "Push paged:late").wait().await;
    page.get_by_role("region", "Used by").get_by_role("link", "user-of-it").click().await;
    page.wait_for_url("the container's page", |url| url.contains("/containers/")).await;
    // An address that somebody else opens, by the beginning of the ID; and one that leads nowhere.
    let id = world.docker(&["images", "--no-trunc", "--quiet", "paged:1"]).trim().trim_start_matches("sha256:").to_owned();
    site::visit(&page, &bridge, &format!("/images/{}", &id[..12])).await;
    page.get_by_role("table", "History").wait().await;
    site::visit(&page, &bridge, "/images/ffffffffffff").await;
    page.expect_text("There is no image ffffffffffff").await;
}

pub async fn a_newer_image_is_looked_for_only_when_asked(world: Arc<World>) {
    let registry = Registry::start().expect("a registry");
    let reference = publish(&world, &registry, "fresh:1", 1, 1000);
    world.docker(&["pull", &reference]);
    let proxy = Proxy::to_socket(world.engine().socket()).await;
    let bridge = world.bridge_with(Options::new(&format!("local={}", proxy.host()), PASSWORD)).await;
    let page = world.page().await;
    site::sign_in(&page, &bridge).await;
    site::visit(&page, &bridge, "/images").await;
    let ask = async || {
        image(&page, &reference).get_by_role("button", format!("More actions for {reference}")).click().await;
        page.get_by_role("menuitem", "Check for a newer one…").click().await;
        page.get_by_role("dialog", format!("Check {reference} for a newer one"))
    };
    image(&page, &reference).wait().await;
    assert_eq!(proxy.count("/distribution/"), 0);
    let dialog = ask().await;
    dialog.expect_text("the same as this engine").await;
    dialog.get_by_role("button", "Close").nth(0).click().await;
    // Somebody pushes another one under the same name, from elsewhere.
    let old = world.docker(&["images", "--no-trunc", "--quiet", &reference]).trim().to_owned();
    world.docker(&["run", "--name", "changed", &reference, "touch", "/new"]);
    world.docker(&["commit", "changed", &reference]);
    world.docker(&["push", &reference]);
    world.docker(&["tag", &old, &reference]);
    let dialog = ask().await;
    dialog.expect_text("another one under this name").await;
    dialog.get_by_role("button", "Close").nth(0).click().await;
    assert_eq!(proxy.count("/distribution/"), 2);
    drop(registry);
    ask().await.get_by_role("alert", Name::Any).expect_text("could not be reached").await;
}

/// The most memory that a process has had so far, in bytes (`VmHWM`, proc(5)).
fn most_memory(bridge: &Bridge) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", bridge.pid().expect("it runs"))).expect("its status");
    let line = status.lines().find(|line| line.starts_with("VmHWM")).expect("its memory");
    line.split_whitespace().nth(1).and_then(|kilobytes| kilobytes.parse::<u64>().ok()).expect("a number") * 1024
}

pub async fn images_go_to_a_file_and_come_back(world: Arc<World>) {
    let (first, second) = ("filed:1", "filed:2");
    images::layers(world.engine(), first, 3, 80_000_000).expect("an image");
    images::layers(world.engine(), second, 1, 1000).expect("an image");
    let (bridge, page) = site::open(&world).await;
    let page = page.with_deadline(SLOW);
    let before = most_memory(&bridge);
    let (status, archive) = wire::download(&bridge, &format!("/api/images/save?image={first}&image={second}")).await;
    assert_eq!(status, 200);
    assert!(archive.len() > 240_000_000, "{} bytes", archive.len());
    assert_eq!(wire::download(&bridge, "/api/images/save?image=missing:1").await.0, 404);
    world.docker(&["rmi", first, second]);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("both.tar");
    fs::write(&file, &archive).expect("a file");
    drop(archive);

    let other = world.page().await.with_deadline(SLOW);
    site::sign_in(&other, &bridge).await;
    site::visit(&other, &bridge, "/jobs").await;
    site::visit(&page, &bridge, "/images").await;
    page.get_by_role("button", "Load").nth(0).click().await;
    page.get_by_role("dialog", "Load").wait().await;
    site::attach(&page, "load-file", &file).await;
    page.get_by_role("dialog", "Load").get_by_role("button", "Load").click().await;
    for page in [&page, &other] {
        let card = page.get_by_role("article", "Load both.tar");
        card.expect_text("Done").await;
        card.expect_text("filed:2").await;
    }
    image(&page, first).wait().await;
    let grown = most_memory(&bridge) - before;
    // Each sign-in of this test takes some for its hash, too.
    assert!(grown < 120_000_000, "the bridge took {grown} bytes more for files of 240 MB");

    // What is no archive of images, and a file that is cut off.
    fs::write(folder.path().join("junk.tar"), "this is no tar file".repeat(100)).expect("a file");
    page.get_by_role("button", "Load").nth(0).click().await;
    page.get_by_role("dialog", "Load").wait().await;
    site::attach(&page, "load-file", &folder.path().join("junk.tar")).await;
    page.get_by_role("dialog", "Load").get_by_role("button", "Load").click().await;
    page.get_by_role("article", "Load junk.tar").get_by_role("alert", Name::Any).wait().await;
    let job = call(&bridge, "local", "job.load", json!({ "name": "cut.tar", "size": 1000 })).await["reply"]["output"].clone();
    let job = job.as_str().expect("a job").to_owned();
    let (host, origin) = wire::own_address(&bridge);
    let cookie = wire::cookie(&bridge).await;
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", bridge.port())).await.expect("it listens");
    let head = format!(
        "POST /api/jobs/{job}/upload HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\nCookie: {cookie}\r\nContent-Length: 1000\r\n\r\nhalf"
    );
    stream.write_all(head.as_bytes()).await.expect("it is taken");
    drop(stream);
    page.get_by_role("article", "Load cut.tar").get_by_role("alert", Name::Any).expect_text("Not all of cut.tar arrived").await;
    // Nobody sends a file to a job that waits for none, and nobody else's.
    let answer =
        wire::request(&bridge, &format!("POST /api/jobs/{job}/upload"), &[("Host", &host), ("Origin", &origin), ("Cookie", &cookie)], "x")
            .await;
    assert_eq!(answer.status, 409, "{answer:?}");
    let answer = wire::request(&bridge, &format!("POST /api/jobs/{job}/upload"), &[("Host", &host), ("Origin", &origin)], "x").await;
    assert_eq!(answer.status, 401, "{answer:?}");
}

const DOCKERFILE: &str = "FROM alpine\nARG COLOUR=none\nCOPY data /data\nLABEL colour=$COLOUR\nRUN echo painting it $COLOUR; cat /data\n";

fn tar(folder: &Path, file: &Path) {
    let made = Command::new("tar").arg("-C").arg(folder).arg("-cf").arg(file).arg(".").status().expect("tar");
    assert!(made.success());
}

pub async fn a_build_is_followed_as_it_goes(world: Arc<World>) {
    let folder = tempfile::tempdir().expect("a folder");
    let context = folder.path().join("context");
    fs::create_dir_all(context.join("deep/er")).expect("a folder");
    for (name, text) in [("Dockerfile", DOCKERFILE), ("data", "some data\n"), ("deep/er/file", "x")] {
        fs::write(context.join(name), text).expect("a file");
    }
    tar(&context, &folder.path().join("context.tar"));
    let (bridge, page) = site::open(&world).await;
    let (page, other) = (page.with_deadline(SLOW), world.page().await.with_deadline(SLOW));
    site::sign_in(&other, &bridge).await;
    site::visit(&other, &bridge, "/jobs").await;
    site::visit(&page, &bridge, "/images/build").await;
    site::attach(&page, "build-file", &folder.path().join("context.tar")).await;
    let form = page.get_by_role("form", "Build");
    form.get_by_role("textbox", "Repository and tag").fill("Built").await;
    form.expect_text("lower case").await;
    form.get_by_role("textbox", "Repository and tag").fill("built:1").await;
    form.get_by_role("button", "Add build argument").click().await;
    form.get_by_role("textbox", "Argument name").fill("COLOUR").await;
    form.get_by_role("textbox", "Value").fill("blue").await;
    form.get_by_role("button", "Build").click().await;
    for page in [&page, &other] {
        page.get_by_role("article", "Build built:1").expect_text("Done").await;
    }
    page.expect_text("painting it blue").await;
    assert_eq!(world.docker(&["inspect", "--format", "{{.Config.Labels.colour}}", "built:1"]).trim(), "blue");
    // Its output is everybody's.
    other.get_by_role("article", "Build built:1").get_by_role("link", "Build built:1").click().await;
    other.expect_text("some data").await;

    // Without a name the engine says nothing of it; the list has it all the same.
    site::visit(&page, &bridge, "/images/build").await;
    site::attach(&page, "build-file", &folder.path().join("context.tar")).await;
    form.get_by_role("button", "Build").click().await;
    let unnamed = page.get_by_role("article", "Build");
    unnamed.expect_text("Done").await;
    unnamed.get_by_role("link", Name::Any).nth(1).click().await;
    page.get_by_role("table", "History").wait().await;
    let id = world.docker(&["images", "--filter", "dangling=true", "--quiet", "--no-trunc"]).lines().next().expect("an image").to_owned();
    site::visit(&other, &bridge, "/images?use=dangling").await;
    image(&other, &id.trim_start_matches("sha256:")[..12]).wait().await;
    // One that somebody built elsewhere is found when it is asked for.
    let elsewhere = folder.path().join("elsewhere");
    fs::create_dir_all(&elsewhere).expect("a folder");
    fs::write(elsewhere.join("Dockerfile"), "FROM alpine\nLABEL elsewhere=1\n").expect("a file");
    let built = world.docker(&["build", "--quiet", &elsewhere.display().to_string()]).trim().trim_start_matches("sha256:").to_owned();
    site::visit(&page, &bridge, &format!("/images/{built}")).await;
    page.get_by_role("table", "History").wait().await;

    // A step of a build is an image to nobody, also when somebody asks for it.
    let listed = world.docker(&["images", "--quiet", "--no-trunc"]);
    let all = world.docker(&["images", "--all", "--quiet", "--no-trunc"]);
    let step = all.lines().find(|id| !listed.contains(id)).expect("a build leaves steps").trim_start_matches("sha256:").to_owned();
    site::visit(&page, &bridge, &format!("/images/{step}")).await;
    page.expect_text("There is no image").await;
    site::visit(&page, &bridge, "/images?use=dangling").await;
    image(&page, &id.trim_start_matches("sha256:")[..12]).wait().await;
    assert!(!image(&page, &step[..12]).exists().await);

    // A folder as it is, and a step that fails.
    fs::write(context.join("Dockerfile"), "FROM alpine\nCOPY . /all\nRUN cat /all/deep/er/file && exit 3\n").expect("a file");
    site::visit(&page, &bridge, "/images/build").await;
    site::attach(&page, "build-folder", &context).await;
    form.expect_text("3 files").await;
    form.get_by_role("textbox", "Repository and tag").fill("built:2").await;
    form.get_by_role("button", "Build").click().await;
    let card = page.get_by_role("article", "Build built:2");
    card.get_by_role("alert", Name::Any).expect_text("returned a non-zero code: 3").await;
    assert_eq!(world.docker(&["images", "--quiet", "built:2"]).trim(), "");
}

pub async fn a_prune_takes_exactly_what_it_showed(world: Arc<World>) {
    // The images of other tests would be there, too.
    let engine = world.own_engine(xtask::engine::Options::default());
    let run = |args: &[&str]| block_in_place(|| engine.docker(args)).unwrap_or_else(|problem| panic!("{problem}"));
    run(&["run", "--name", "ended", "alpine", "sh", "-c", "head -c 3000000 /dev/urandom > /big"]);
    run(&["run", "--detach", "--name", "restless", "alpine", "sleep", "600"]);
    run(&["kill", "restless"]);
    run(&["volume", "create", "forgotten"]);
    run(&["run", "--detach", "--name", "busy", "--volume", "kept:/kept", "alpine", "sleep", "600"]);
    block_in_place(|| images::layers(&engine, "two-names:1", 1, 2_000_000)).expect("an image");
    run(&["tag", "two-names:1", "two-names:2"]);
    block_in_place(|| images::layers(&engine, "nameless:1", 1, 2_000_000)).expect("an image");
    let nameless = run(&["images", "--no-trunc", "--quiet", "nameless:1"]).trim().to_owned();
    block_in_place(|| images::layers(&engine, "nameless:2", 1, 1000)).expect("an image");
    run(&["tag", "nameless:2", "nameless:1"]);
    let bridge = world.bridge_with(Options::new(&engine.host(), PASSWORD)).await;
    let (page, other) = (world.page().await.with_deadline(SLOW), world.page().await.with_deadline(SLOW));
    for page in [&page, &other] {
        site::sign_in(page, &bridge).await;
    }
    site::visit(&page, &bridge, "/images").await;
    page.get_by_role("link", "Prune…").click().await;
    page.get_by_role("list", "Disk usage").expect_text("reclaimable").await;
    for kind in ["Dangling images", "Stopped containers", "Unused images", "Volumes"] {
        page.get_by_role("checkbox", format!("Select all: {kind}")).check().await;
    }
    page.get_by_role("button", "Prune…").click().await;
    let dialog = page.get_by_role("dialog", "Remove 6 objects?");
    for name in ["ended", "restless", "forgotten", "two-names:1", "nameless", "3 MB"] {
        dialog.expect_text(name).await;
    }
    assert!(!dialog.text().await.contains("kept") && !dialog.text().await.contains("busy"), "{}", dialog.text().await);
    // What comes into use meanwhile is left alone, and what comes new is not on the list.
    run(&["start", "restless"]);
    run(&["volume", "create", "late"]);
    dialog.get_by_role("button", "Remove 6 objects").click().await;
    site::visit(&other, &bridge, "/jobs").await;
    let job = other.get_by_role("article", "Prune 6 objects");
    job.expect_text("1 failed").await;
    job.expect_text("6 of 6").await;
    job.expect_text("or more freed").await;
    job.expect_text("two-names:1").await;
    assert_eq!(run(&["ps", "--all", "--format", "{{.Names}}"]).split_whitespace().collect::<Vec<_>>(), ["busy", "restless"]);
    let mut volumes: Vec<String> = run(&["volume", "ls", "--quiet"]).lines().map(str::to_owned).collect();
    volumes.sort();
    assert_eq!(volumes, ["kept", "late"]);
    let left = run(&["images", "--no-trunc", "--quiet"]);
    assert!(!left.contains(&nameless), "{left}");
    assert_eq!(run(&["images", "--quiet", "two-names"]).trim(), "");
    run(&["image", "inspect", "alpine"]);
    // The figures follow.
    page.get_by_role("checkbox", "Select all: Dangling images").wait_gone().await;
}
