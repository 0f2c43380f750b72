//! Pulls and pushes: how they are asked for, what everybody sees of them, and how they fail.

use std::sync::Arc;
use std::time::Duration;

use linkspan_tests::bridge::Options;
use linkspan_tests::page::Name;
use linkspan_tests::proxy::{Mood, Proxy};
use linkspan_tests::registry::Registry;
use linkspan_tests::site;
use linkspan_tests::wire;
use linkspan_tests::world::{PASSWORD, World};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use xtask::{engine, images};

use super::breaks::docker;
use super::registries::{SLOW, image, publish, pull};

pub async fn a_reference_is_read_while_it_is_typed(world: Arc<World>) {
    let (bridge, page) = site::open(&world).await;
    site::visit(&page, &bridge, "/images").await;
    let form = page.get_by_role("form", "Pull");
    let field = page.get_by_role("textbox", "Image to pull");
    field.fill("registry.test:5000/Team/api:2").await;
    form.get_by_role("alert", Name::Any).expect_text("lower case").await;
    assert_eq!(field.attribute("aria-invalid").await.as_deref(), Some("true"));
    form.get_by_role("button", "Use registry.test:5000/team/api:2").click().await;
    field.expect_value("registry.test:5000/team/api:2").await;
    for part in ["registry registry.test:5000", "repository team/api", "tag 2"] {
        form.expect_text(part).await;
    }
    assert!(!form.get_by_role("alert", Name::Any).exists().await);
    for (text, why) in [
        ("a b", "is not allowed in"),
        ("a:", "tag after the colon is missing"),
        ("https://a/b", "without https://"),
        ("a@sha256:1", "64 hexadecimal digits"),
    ] {
        field.fill(text).await;
        form.get_by_role("alert", Name::Any).expect_text(why).await;
        // The key that would send it says the same, and what was typed stays.
        field.press("Enter").await;
        field.expect_value(text).await;
    }
    field.fill("alpine").await;
    form.expect_text("repository library/alpine").await;
    form.expect_text("Already on this engine").await;
    assert!(!page.get_by_role("article", Name::Any).exists().await);
}

pub async fn all_tags_and_another_platform(world: Arc<World>) {
    let registry = Registry::start().expect("a registry");
    publish(&world, &registry, "many:1", 1, 1000);
    publish(&world, &registry, "many:2", 1, 1000);
    let (bridge, page) = site::open(&world).await;
    site::visit(&page, &bridge, "/images").await;
    let name = registry.reference("many");
    page.get_by_role("textbox", "Image to pull").fill(&name).await;
    page.get_by_role("checkbox", "All tags").check().await;
    page.get_by_role("button", "Pull").click().await;
    let card = page.get_by_role("article", format!("Pull {name}"));
    card.expect_text("Done").await;
    card.expect_text("All tags").await;
    for tag in ["many:1", "many:2"] {
        image(&page, &registry.reference(tag)).wait().await;
        world.docker(&["rmi", &registry.reference(tag)]);
    }
    // One name, another image for each platform; and a platform that there is none for.
    let ours = std::env::consts::ARCH.replace("x86_64", "amd64").replace("aarch64", "arm64");
    registry.put_platforms("many", "both", &[(&ours, "1"), ("s390x", "2")]).expect("a list of manifests");
    let both = registry.reference("many:both");
    world.docker(&["pull", &registry.reference("many:2")]);
    let wanted = world.docker(&["images", "--no-trunc", "--quiet", &registry.reference("many:2")]);
    page.get_by_role("combobox", "Platform").select_option("linux/s390x").await;
    let card = pull(&page, &both).await;
    card.expect_text("Done").await;
    card.expect_text("linux/s390x").await;
    assert_eq!(world.docker(&["images", "--no-trunc", "--quiet", &both]), wanted);
    page.get_by_role("combobox", "Platform").select_option("linux/riscv64").await;
    pull(&page, &both).await.nth(0).get_by_role("alert", Name::Any).expect_text("no matching manifest for linux/riscv64").await;
}

pub async fn a_push_is_seen_by_everybody(world: Arc<World>) {
    let registry = Registry::start().expect("a registry");
    let slow = Proxy::to_port(registry.port()).await;
    let reference = format!("localhost:{}/pushed:1", slow.port());
    images::layers(world.engine(), &reference, 3, 2_000_000).expect("an image");
    let way = Proxy::to_socket(world.engine().socket()).await;
    let bridge = world.bridge_with(Options::new(&format!("local={}", way.host()), PASSWORD)).await;
    let (page, other) = (world.page().await.with_deadline(SLOW), world.page().await.with_deadline(SLOW));
    for page in [&page, &other] {
        site::sign_in(page, &bridge).await;
    }
    site::visit(&page, &bridge, "/images").await;
    // Its answers come late, so that the push lasts.
    slow.set(Mood { delay: Duration::from_millis(300), ..Default::default() });
    image(&page, &reference).hover().await;
    image(&page, &reference).get_by_role("button", format!("Push {reference}")).click().await;
    page.get_by_role("dialog", format!("Push {reference}")).get_by_role("button", "Push").click().await;
    site::visit(&other, &bridge, "/jobs").await;
    let card = other.get_by_role("article", format!("Push {reference}"));
    card.get_by_role("table", "Layers").wait().await;
    card.get_by_role("button", "Cancel").wait().await;
    slow.set(Mood::default());
    for page in [&page, &other] {
        let card = page.get_by_role("article", format!("Push {reference}"));
        card.expect_text("Done").await;
        assert_eq!(card.get_by_role("progressbar", "Overall progress").attribute("aria-valuenow").await.as_deref(), Some("100"));
    }
    world.docker(&["pull", &registry.reference("pushed:1")]);
    // Cancelled, the engine's request is closed.
    let gone = format!("localhost:{}/given-up:1", slow.port());
    images::layers(world.engine(), &gone, 3, 2_000_000).expect("an image");
    slow.set(Mood { frozen: true, ..Default::default() });
    site::visit(&page, &bridge, "/images").await;
    image(&page, &gone).hover().await;
    image(&page, &gone).get_by_role("button", format!("Push {gone}")).click().await;
    page.get_by_role("dialog", format!("Push {gone}")).get_by_role("button", "Push").click().await;
    let card = page.get_by_role("article", format!("Push {gone}"));
    page.wait_until("the engine is asked", async || way.open("/push") == 1).await;
    card.get_by_role("button", "Cancel").click().await;
    card.expect_text("Cancelled").await;
    page.wait_until("the engine's request is closed", async || way.open("/push") == 0).await;
    slow.set(Mood::default());
    card.get_by_role("button", "Try again").click().await;
    page.get_by_role("article", format!("Push {gone}")).nth(0).expect_text("Done").await;
}

pub async fn a_registry_that_goes_away_midway_is_a_failure(world: Arc<World>) {
    let mut registry = Registry::throttled("100k").expect("a slow registry");
    let reference = publish(&world, &registry, "away:1", 2, 3_000_000);
    // An engine tries a broken download five times over, with ever longer pauses, unless it is told otherwise.
    let extra_args = vec!["--max-download-attempts".to_owned(), "1".to_owned()];
    let engine = world.own_engine(engine::Options { extra_args, ..engine::Options::default() });
    let bridge = world.bridge_with(Options::new(&engine.host(), PASSWORD)).await;
    let page = world.page().await.with_deadline(SLOW);
    site::sign_in(&page, &bridge).await;
    site::visit(&page, &bridge, "/images").await;
    let card = pull(&page, &reference).await;
    card.wait_for("a layer is downloading", |card| card.text.contains("Downloading")).await;
    registry.stop();
    card.get_by_role("alert", Name::Any).expect_text("could not be reached").await;
    card.expect_text("Failed after").await;
    let value = card.get_by_role("progressbar", "Overall progress").attribute("aria-valuenow").await;
    assert_ne!(value.as_deref(), Some("100"));
    assert!(!docker(&engine, &["images", "--format", "{{.Repository}}:{{.Tag}}"]).contains(&reference));
}

pub async fn a_full_disk_is_a_failure(world: Arc<World>) {
    let registry = Registry::start().expect("a registry");
    let reference = publish(&world, &registry, "large:1", 4, 8_000_000);
    let engine = world.own_engine(engine::Options { disk: Some(24 << 20), ..engine::Options::default() });
    let bridge = world.bridge_with(Options::new(&engine.host(), PASSWORD)).await;
    let page = world.page().await.with_deadline(SLOW);
    site::sign_in(&page, &bridge).await;
    site::visit(&page, &bridge, "/images").await;
    let card = pull(&page, &reference).await;
    card.get_by_role("alert", Name::Any).expect_text("no space left on device").await;
    assert!(!docker(&engine, &["images", "--format", "{{.Repository}}:{{.Tag}}"]).contains(&reference));
    // What is there still works.
    site::visit(&page, &bridge, "/images").await;
    image(&page, "alpine:latest").wait().await;
}

/// Every way in which a download can end early while the browser takes nothing: as a file it is not complete.
pub async fn a_cut_download_is_no_whole_file(world: Arc<World>) {
    images::layers(world.engine(), "paused:1", 1, 60_000_000).expect("an image");
    // One each: an engine keeps a container to whoever reads from it, until that has ended.
    let holder = |name: &str| {
        world.docker(&["run", "--name", name, "alpine", "sh", "-c", "head -c 60000000 /dev/urandom > /large"]);
        world.docker(&["inspect", "--format", "{{.Id}}", name]).trim().to_owned()
    };
    let paths = [
        "/api/images/save?image=paused:1".to_owned(),
        format!("/api/containers/{}/archive?path=/large", holder("first")),
        format!("/api/containers/{}/archive?path=/large&plain=true", holder("second")),
    ];
    let way = Proxy::to_socket(world.engine().socket()).await;
    let mut bridge = world.bridge_with(Options::new(&format!("local={}", way.host()), PASSWORD)).await;
    let (host, origin) = wire::own_address(&bridge);
    for cut in ["signed out", "engine lost", "bridge ends"] {
        let cookie = wire::cookie(&bridge).await;
        let mut paused = Vec::new();
        for path in &paths {
            let mut download = wire::Download::begin(&bridge, path, &cookie).await;
            download.begun().await;
            paused.push(download);
        }
        let is_waiting = async || way.open("/images/get") + way.open("/archive") == paths.len();
        site::until("the engine is asked", is_waiting).await;
        match cut {
            "signed out" => {
                let headers = [("Host", host.as_str()), ("Origin", &origin), ("Cookie", &cookie)];
                assert_eq!(wire::request(&bridge, "POST /api/sign-out", &headers, "").await.status, 204);
            }
            "engine lost" => way.reset(),
            _ => {
                // It ends within its time, whoever takes nothing.
                bridge.stop().await.expect("it ends");
            }
        }
        site::until("the engine's requests are closed", async || way.open("/images/get") + way.open("/archive") == 0).await;
        for (path, download) in paths.iter().zip(paused) {
            let (status, body, is_complete) = download.rest().await;
            assert!(status == 200 && !is_complete && body.len() < 60_000_000, "{cut}, {path}: {status}, {} bytes", body.len());
        }
    }
    bridge.start_again().await.expect("it starts again");
    for path in &paths {
        let (status, body) = wire::download(&bridge, path).await;
        assert!(status == 200 && body.len() >= 60_000_000, "{path}: {status}, {} bytes", body.len());
    }
    // To whoever speaks HTTP/1.0 the end of the connection is the end of the file, unless it is reset.
    let mut old = TcpStream::connect(("127.0.0.1", bridge.port())).await.expect("the bridge listens");
    let cookie = wire::cookie(&bridge).await;
    let request = format!("GET {} HTTP/1.0\r\nHost: {host}\r\nCookie: {cookie}\r\n\r\n", paths[0]);
    old.write_all(request.as_bytes()).await.expect("it is taken");
    let mut begin = [0; 1000];
    old.read_exact(&mut begin).await.expect("an answer");
    assert!(begin.starts_with(b"HTTP/1.0 200"), "{}", String::from_utf8_lossy(&begin));
    way.reset();
    let ended = old.read_to_end(&mut Vec::new()).await.expect_err("a cut file passed for a whole one");
    assert_eq!(ended.kind(), std::io::ErrorKind::ConnectionReset);
}
