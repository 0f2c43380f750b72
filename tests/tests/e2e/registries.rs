//! Registries: as whom, what for, and what goes wrong there.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE},
};
use linkspan_tests::bridge::{Bridge, Options};
use linkspan_tests::page::{Locator, Name, Page};
use linkspan_tests::registry::Registry;
use linkspan_tests::scripted::{self, Reply, Scripted};
use linkspan_tests::site;
use linkspan_tests::wire;
use linkspan_tests::world::{PASSWORD, World};
use serde_json::{Value, json};
use tokio::task::block_in_place;
use xtask::engine::Engine;
use xtask::{images, process};

use super::breaks::call;

/// Stands in no file of this project and in no word of any program.
const SECRET: &str = "Quay-9f2c-Heaving-Line";
pub const SLOW: Duration = Duration::from_secs(60);

pub fn image(page: &Page, reference: &str) -> Locator {
    page.get_by_role("grid", "Images").get_by_role("row", reference)
}

pub async fn pull(page: &Page, reference: &str) -> Locator {
    page.get_by_role("textbox", "Image to pull").fill(reference).await;
    page.get_by_role("button", "Pull").click().await;
    page.get_by_role("article", format!("Pull {reference}"))
}

/// Leaves an image in a registry and nothing of it on the shared engine.
pub fn publish(world: &World, registry: &Registry, name: &str, layers: usize, bytes: usize) -> String {
    let reference = registry.reference(name);
    images::layers(world.engine(), &reference, layers, bytes).expect("an image");
    world.docker(&["push", &reference]);
    world.docker(&["rmi", &reference]);
    reference
}

/// As [`publish`], where a login is wanted.
fn publish_as(world: &World, registry: &Registry, user: &str, name: &str) -> String {
    let reference = registry.reference(name);
    images::layers(world.engine(), &reference, 2, 10_000).expect("an image");
    world.docker(&["login", "--username", user, "--password", SECRET, &registry.host()]);
    world.docker(&["push", &reference]);
    world.docker(&["logout", &registry.host()]);
    world.docker(&["rmi", &reference]);
    reference
}

/// A second person, with a window of their own.
pub async fn operator(world: &World, bridge: &Bridge) -> Page {
    site::add_person(bridge, "jun", &["--role", "operator"]);
    let page = world.page().await.with_deadline(SLOW);
    site::sign_in_as(&page, bridge, "jun").await;
    page
}

async fn store(page: &Page, bridge: &Bridge, name: &str, registry: &str, user: &str, secret: &str) {
    site::visit(page, bridge, "/settings").await;
    let form = page.get_by_role("form", "Store credential");
    form.get_by_role("textbox", "Name").fill(name).await;
    form.get_by_role("textbox", "Registry").fill(registry).await;
    form.get_by_role("textbox", "Registry user").fill(user).await;
    form.get_by_role("textbox", "Password or token").fill(secret).await;
    form.get_by_role("button", "Store credential").click().await;
}

pub async fn a_password_is_typed_for_one_pull(world: Arc<World>) {
    let registry = Registry::with_login("mika", SECRET).expect("a registry");
    let reference = publish_as(&world, &registry, "mika", "typed:1");
    let (bridge, page) = site::open(&world).await;
    site::visit(&page, &bridge, "/images").await;
    pull(&page, &reference).await.get_by_role("alert", Name::Any).expect_text("no basic auth credentials").await;
    page.get_by_role("combobox", "Credentials").select_option("User and password…").await;
    page.get_by_role("textbox", "Registry user").fill("mika").await;
    page.get_by_role("textbox", "Registry password").fill("wrong").await;
    page.get_by_role("button", "Pull").click().await;
    let cards = page.get_by_role("article", format!("Pull {reference}"));
    cards.nth(0).get_by_role("alert", Name::Any).expect_text("authentication required").await;
    page.get_by_role("textbox", "Registry password").fill(SECRET).await;
    page.get_by_role("button", "Pull").click().await;
    cards.nth(0).expect_text("Done").await;
    cards.nth(0).expect_text("as mika").await;
    image(&page, &reference).wait().await;
    // It was for that pull.
    page.get_by_role("textbox", "Registry password").expect_value("").await;
}

pub async fn an_administrator_stores_what_everybody_uses(world: Arc<World>) {
    let registry = Registry::with_login("robot", SECRET).expect("a registry");
    let reference = publish_as(&world, &registry, "robot", "stored:1");
    let (mut bridge, page) = site::open(&world).await;
    let page = page.with_deadline(SLOW);
    store(&page, &bridge, "ci", "https://nowhere", "robot", SECRET).await;
    page.get_by_role("form", "Store credential").get_by_role("alert", Name::Any).expect_text("without https://").await;
    page.get_by_role("textbox", "Registry").fill(&registry.host()).await;
    page.get_by_role("form", "Store credential").get_by_role("button", "Store credential").click().await;
    page.get_by_role("listitem", "ci").expect_text(&registry.host()).await;

    // Somebody else, who may not store any, pulls with it without choosing anything, and pushes.
    let other = operator(&world, &bridge).await;
    site::visit(&other, &bridge, "/settings").await;
    other.get_by_role("listitem", "ci").expect_text("robot").await;
    assert!(!other.get_by_role("button", "Store credential").exists().await);
    assert!(!other.get_by_role("button", "Remove credential ci").exists().await);
    site::visit(&other, &bridge, "/images").await;
    let card = pull(&other, &reference).await;
    card.expect_text("Done").await;
    card.expect_text("with the credential ci").await;
    card.expect_text("jun").await;
    // The administrator sees the same.
    site::visit(&page, &bridge, "/jobs").await;
    page.get_by_role("article", format!("Pull {reference}")).expect_text("Done").await;

    let pushed = registry.reference("stored:2");
    world.docker(&["tag", &reference, &pushed]);
    image(&other, &pushed).hover().await;
    image(&other, &pushed).get_by_role("button", format!("Push {pushed}")).click().await;
    let dialog = other.get_by_role("dialog", format!("Push {pushed}"));
    dialog.get_by_role("combobox", "Credentials").select_option(&format!("ci (robot at {})", registry.host())).await;
    dialog.get_by_role("button", "Push").click().await;
    other.get_by_role("article", format!("Push {pushed}")).expect_text("Done").await;

    // It outlives a restart; with another key it cannot be used, and that is said.
    bridge.restart().await.expect("a restart");
    site::visit(&other, &bridge, "/images").await;
    world.docker(&["rmi", &reference]);
    other.get_by_role("textbox", "Image to pull").fill(&reference).await;
    other.get_by_role("button", "Pull").click().await;
    image(&other, &reference).wait().await;
    let key = bridge.data_dir().parent().expect("a folder").join(".config/linkspan/secret.key");
    assert_eq!(fs::metadata(&key).expect("the key").permissions().mode() & 0o777, 0o600);
    fs::write(&key, "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=").expect("another key");
    other.get_by_role("textbox", "Image to pull").fill(&registry.reference("stored:3")).await;
    other.get_by_role("button", "Pull").click().await;
    let card = other.get_by_role("article", format!("Pull {}", registry.reference("stored:3")));
    card.get_by_role("alert", Name::Any).expect_text("no basic auth credentials").await;
    card.expect_text("another key").await;
    let answer = refused(&bridge, "job.pull", json!({ "reference": reference, "credentials": { "stored": "ci" } })).await;
    assert_eq!(answer["code"], "credentials_unreadable", "{answer}");

    // Nobody sends it to a registry of their own, however that is spelled.
    call(&bridge, "local", "credential.store", json!({ "name": "hub", "registry": "docker.io", "username": "robot", "secret": SECRET }))
        .await;
    let evil = Registry::with_login("robot", SECRET).expect("a registry");
    for credentials in [json!("automatic"), json!({ "stored": "hub" })] {
        for name in ["docker.io", "index.docker.io", "docker.io/library"] {
            let arguments = json!({ "reference": format!("{name}/{}/x:1", evil.host()), "credentials": credentials });
            let answer = call(&bridge, "local", "job.push", arguments).await;
            // A port is no part of a repository's name; without one it is the default registry that is asked.
            assert!(answer.get("refusal").is_some(), "{answer}");
        }
    }
    let answer = refused(&bridge, "job.pull", json!({ "reference": "localhost:1/x", "credentials": { "stored": "ci" } })).await;
    assert!(answer["detail"].as_str().is_some_and(|detail| detail.contains("it is for")), "{answer}");
    site::visit(&page, &bridge, "/settings").await;
    page.get_by_role("button", "Remove credential ci").click().await;
    page.get_by_role("dialog", "Remove credential ci?").get_by_role("button", "Remove credential ci").click().await;
    page.get_by_role("listitem", "ci").wait_gone().await;
}

/// The problem that a call of `admin` is refused with.
async fn refused(bridge: &Bridge, name: &str, arguments: Value) -> Value {
    let mut socket = wire::signed_in(bridge).await;
    socket.send(json!({ "call": { "id": 1, "engine": "local", "call": name, "arguments": arguments } })).await;
    socket.expect("refusal").await["problem"].clone()
}

/// A bridge on whose machine the docker command is signed in as `config` says, with a folder of programs in its path.
pub async fn with_docker_login(world: &World, host: &str, config: &Value, folder: &Path, args: &[&str]) -> Bridge {
    fs::write(folder.join("config.json"), config.to_string()).expect("a file");
    let mut options = Options::new(host, PASSWORD);
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default());
    options.env = vec![("DOCKER_CONFIG".to_owned(), folder.display().to_string()), ("PATH".to_owned(), path)];
    options.args = args.iter().map(|arg| (*arg).to_owned()).collect();
    world.bridge_with(options).await
}

/// A credential helper as they come: asked for `get`, with the server on standard input.
pub fn helper(folder: &Path, name: &str, script: &str) {
    let file = folder.join(format!("docker-credential-{name}"));
    fs::write(&file, format!("#!/bin/sh\nread -r server\n{script}\n")).expect("a program");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).expect("it can be run");
}

/// `user:secret` as `docker login` writes it down.
fn basic(user: &str, secret: &str) -> String {
    BASE64_STANDARD.encode(format!("{user}:{secret}"))
}

pub async fn docker_login_is_used_by_itself(world: Arc<World>) {
    let registry = Registry::with_login("mika", SECRET).expect("a registry");
    let kept = Registry::with_login("robot", SECRET).expect("a registry");
    let (in_file, by_helper) = (publish_as(&world, &registry, "mika", "login:1"), publish_as(&world, &kept, "robot", "helped:1"));
    let folder = tempfile::tempdir().expect("a folder");
    helper(
        folder.path(),
        "quay",
        &format!(
            "case \"$1 $server\" in\n'get {}') echo '{{\"ServerURL\":\"x\",\"Username\":\"robot\",\"Secret\":\"{SECRET}\"}}' ;;\n*) echo 'credentials not found in native keychain'; exit 1 ;;\nesac",
            kept.host()
        ),
    );
    helper(folder.path(), "broken", "echo 'the keyring is locked'; exit 1");
    let config = json!({
        "auths": { registry.host(): { "auth": basic("mika", SECRET) } },
        "credHelpers": { kept.host(): "quay", "broken.test": "broken" },
    });
    for (args, shared) in [(&["--share-docker-login"] as &[&str], true), (&[], false)] {
        let bridge = with_docker_login(&world, &world.engine().host(), &config, folder.path(), args).await;
        let page = world.page().await.with_deadline(SLOW);
        site::sign_in(&page, &bridge).await;
        for reference in [&in_file, &by_helper] {
            site::visit(&page, &bridge, "/images").await;
            pull(&page, reference).await.expect_text("with docker login at").await;
            page.get_by_role("article", format!("Pull {reference}")).expect_text("Done").await;
            world.docker(&["rmi", reference]);
        }
        // Without what cannot be had; what was in the way is told when that does not do.
        pull(&page, "broken.test/a:1").await.get_by_role("alert", Name::Any).expect_text("the keyring is locked").await;
        site::visit(&page, &bridge, "/settings").await;
        page.expect_text(&registry.host()).await;
        // Others only where it is allowed.
        let other = operator(&world, &bridge).await;
        site::visit(&other, &bridge, "/images").await;
        let card = pull(&other, &in_file).await.nth(0);
        if shared {
            // Not by the job's card: the one of before, which is done, is there as well.
            page.wait_until("the image", async || !world.docker(&["images", "--quiet", &in_file]).is_empty()).await;
            world.docker(&["rmi", &in_file]);
        } else {
            card.get_by_role("alert", Name::Any).expect_text("no basic auth credentials").await;
            site::visit(&other, &bridge, "/settings").await;
            other.expect_text("Administrators alone").await;
            assert!(!other.find_all_by_role("paragraph").await.iter().any(|text| text.text.contains(&registry.host())));
        }
    }
}

/// What the engine is really sent. The scripted one shows it; a registry with tokens is not at hand.
pub async fn the_header_is_as_the_engine_wants_it(world: Arc<World>) {
    let engine = Scripted::start(|request: &scripted::Request| {
        let done = || Reply::Full(200, "application/json", b"{\"status\":\"Digest: sha256:00\"}\r\n".to_vec());
        (request.path == "/images/create" || request.path.ends_with("/push")).then(done)
    })
    .await
    .expect("a scripted engine");
    let folder = tempfile::tempdir().expect("a folder");
    helper(folder.path(), "token", &format!("echo '{{\"Username\":\"<token>\",\"Secret\":\"{SECRET}\"}}'"));
    let config = json!({ "credsStore": "token", "auths": {} });
    let bridge = with_docker_login(&world, &engine.host(), &config, folder.path(), &[]).await;
    let arguments =
        |reference: &str, credentials: Value| json!({ "reference": reference, "platform": "linux/arm64", "credentials": credentials });
    call(&bridge, "local", "job.pull", arguments("a.test/one", json!("automatic"))).await;
    call(&bridge, "local", "job.pull", arguments("two", json!("automatic"))).await;
    call(
        &bridge,
        "local",
        "job.pull",
        arguments("a.test/three@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", json!("none")),
    )
    .await;
    call(&bridge, "local", "job.push", arguments("b.test:5000/four:4", json!({ "typed": { "username": "mika", "password": "p?>ä" } })))
        .await;
    call(&bridge, "local", "job.pull", json!({ "reference": "a.test/five", "all_tags": true, "credentials": "none" })).await;
    call(
        &bridge,
        "local",
        "credential.store",
        json!({ "name": "hub", "registry": "index.docker.io", "username": "hub", "secret": "stored" }),
    )
    .await;
    call(&bridge, "local", "job.pull", json!({ "reference": "docker.io/evil.test/six:1", "credentials": { "stored": "hub" } })).await;
    let asked = || engine.requests().into_iter().filter(|request| request.header("x-registry-auth").is_some()).collect::<Vec<_>>();
    assert!(block_in_place(|| process::wait_until(SLOW, || asked().len() == 6)), "{:?}", engine.requests());
    let seen: Vec<(String, String, Value)> = asked()
        .into_iter()
        .map(|request| {
            let header = request.header("x-registry-auth").unwrap_or_default();
            let document = BASE64_URL_SAFE.decode(header).unwrap_or_else(|error| panic!("{header}: {error}"));
            (request.path.clone(), request.query.clone(), serde_json::from_slice(&document).expect("JSON"))
        })
        .collect();
    let expected = [
        (
            "/images/create",
            "fromImage=a.test%2Fone&tag=latest&platform=linux%2Farm64",
            json!({ "identitytoken": SECRET, "password": "", "serveraddress": "a.test", "username": "" }),
        ),
        (
            "/images/create",
            "fromImage=two&tag=latest&platform=linux%2Farm64",
            json!({ "identitytoken": SECRET, "password": "", "serveraddress": "https://index.docker.io/v1/", "username": "" }),
        ),
        (
            "/images/create",
            "fromImage=a.test%2Fthree&tag=sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef&platform=linux%2Farm64",
            json!({}),
        ),
        ("/images/b.test:5000/four/push", "tag=4", json!({ "password": "p?>ä", "serveraddress": "b.test:5000", "username": "mika" })),
        ("/images/create", "fromImage=a.test%2Ffive&tag=", json!({})),
        (
            "/images/create",
            "fromImage=docker.io%2Fevil.test%2Fsix&tag=1",
            json!({ "password": "stored", "serveraddress": "https://index.docker.io/v1/", "username": "hub" }),
        ),
    ];
    for (path, query, auth) in expected {
        let wanted = (path.to_owned(), query.to_owned(), auth);
        assert!(seen.contains(&wanted), "{wanted:?} is not among {seen:?}");
    }
}

pub async fn no_secret_is_told_anywhere(world: Arc<World>) {
    let registry = Registry::with_login("mika", SECRET).expect("a registry");
    let reference = publish_as(&world, &registry, "mika", "quiet:1");
    // A server that gives back what it was sent, as some do in their errors.
    let blabbing = Scripted::start(|request: &scripted::Request| {
        (request.path == "/images/create").then(|| Reply::error(500, &format!("you sent {SECRET} and {}", basic("mika", SECRET))))
    })
    .await
    .expect("a scripted engine");
    let folder = tempfile::tempdir().expect("a folder");
    let config = json!({ "auths": { registry.host(): { "auth": basic("mika", SECRET) } } });
    let env = ("LINKSPAN_LOG".to_owned(), "trace".to_owned());
    fs::write(folder.path().join("config.json"), config.to_string()).expect("a file");
    let mut options = Options::new(&world.engine().host(), PASSWORD);
    options.engines.push(format!("blab={}", blabbing.host()));
    options.env = vec![("DOCKER_CONFIG".to_owned(), folder.path().display().to_string()), env];
    let mut bridge = world.bridge_with(options).await;
    // Somebody looks on: everything that this browser is sent is kept.
    let mut onlooker = wire::signed_in(&bridge).await;
    for (channel, spec) in ["people", "engines", "jobs", "images", "credentials"].iter().enumerate() {
        onlooker.send(json!({ "open": { "channel": channel + 1, "engine": "local", "spec": spec, "resume": null } })).await;
    }
    onlooker.send(json!({ "open": { "channel": 9, "engine": "blab", "spec": "jobs", "resume": null } })).await;
    call(&bridge, "local", "credential.store", json!({ "name": "ci", "registry": registry.host(), "username": "mika", "secret": SECRET }))
        .await;
    let typed = json!({ "typed": { "username": "mika", "password": SECRET } });
    for credentials in [json!("automatic"), json!({ "stored": "ci" }), typed.clone()] {
        let arguments = json!({ "reference": reference, "credentials": credentials });
        let answer = call(&bridge, "local", "job.pull", arguments.clone()).await;
        until_ended(&bridge, "local", &answer).await;
        let answer = call(&bridge, "local", "job.push", arguments).await;
        until_ended(&bridge, "local", &answer).await;
    }
    // What fails, and what is no message at all.
    let wrong = json!({ "reference": registry.reference("missing:1"), "credentials": typed });
    until_ended(&bridge, "local", &call(&bridge, "local", "job.pull", wrong.clone()).await).await;
    let ended = call(&bridge, "blab", "job.pull", wrong.clone()).await;
    assert!(until_ended(&bridge, "blab", &ended).await.contains("you sent ***"));
    refused(&bridge, "image.check", wrong).await;
    let mut clumsy = wire::signed_in(&bridge).await;
    clumsy.send_text(format!(r#"{{"call": {{"id": 1, "engine": "local", "call": "job.pull", "arguments": {{"reference": "a", "credentials": {{"{SECRET}": 1}}}}}}"#)).await;
    clumsy.send_text(format!(r#"{{"{SECRET}": 1}}"#)).await;
    drop(clumsy);

    let (status, metrics) = wire::download(&bridge, "/metrics").await;
    assert_eq!(status, 200);
    let seen = onlooker.everything(Duration::from_secs(2)).await;
    assert!(seen.contains("missing:1") && seen.contains("\"stored\""), "the onlooker saw the jobs: {seen}");
    bridge.stop().await.expect("it stops");
    let mut all = vec![("what a browser was sent".to_owned(), seen.into_bytes()), ("/metrics".to_owned(), metrics)];
    all.push(("the log".to_owned(), bridge.log().into_bytes()));
    all.push(("standard output".to_owned(), bridge.said().join("\n").into_bytes()));
    for entry in fs::read_dir(bridge.data_dir()).expect("the data directory").flatten() {
        all.push((entry.path().display().to_string(), fs::read(entry.path()).expect("a file")));
    }
    assert!(all.iter().any(|(name, bytes)| name.ends_with("linkspan.db") && !bytes.is_empty()));
    let (plain, encoded) = (SECRET.to_owned(), basic("mika", SECRET));
    let header = BASE64_URL_SAFE.encode(format!("\"password\":\"{SECRET}\""));
    for (name, bytes) in all {
        for secret in [&plain, &encoded, &header[4..header.len() - 6].to_owned()] {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret} is in {name}");
        }
    }
}

/// Waits until the job that an answer names has ended; answers with its row.
pub async fn until_ended(bridge: &Bridge, engine: &str, job: &Value) -> String {
    let mut socket = wire::signed_in(bridge).await;
    socket.send(json!({ "open": { "channel": 1, "engine": engine, "spec": "jobs", "resume": null } })).await;
    let job = &job["reply"]["output"];
    loop {
        let state = socket.expect_within("state", SLOW).await;
        let change = &state["change"]["jobs"];
        let rows = change["snapshot"].as_array().or_else(|| change["delta"]["upserted"].as_array()).cloned().unwrap_or_default();
        if let Some(row) = rows.iter().find(|row| row["id"] == *job && row["outcome"] != "running") {
            return row.to_string();
        }
    }
}

/// An image of this engine to a registry and back, as every kind of engine has to do it.
pub async fn there_and_back(bridge: &Bridge, engine: &Engine) {
    let registry = Registry::with_login("mika", SECRET).expect("a registry");
    let reference = registry.reference("travelled:1");
    let ask = async |name: &str, arguments: Value| {
        let answer = call(bridge, "local", name, arguments).await;
        assert!(answer.get("reply").is_some(), "{name}: {answer}");
        answer
    };
    let job = async |name: &str, password: &str| {
        let credentials = json!({ "typed": { "username": "mika", "password": password } });
        let answer = ask(name, json!({ "reference": reference, "credentials": credentials })).await;
        until_ended(bridge, "local", &answer).await
    };
    let succeeded = |row: String| assert!(row.contains(r#""outcome":"succeeded""#) && row.contains(r#""permille":1000"#), "{row}");
    let output = |answer: Value| answer["reply"]["output"].clone();
    let id = block_in_place(|| engine.docker(&["images", "--no-trunc", "--quiet", "alpine"])).expect("an image").trim().to_owned();
    ask("image.tag", json!({ "image": id, "reference": reference })).await;
    let row = job("job.push", "wrong").await;
    assert!(row.contains("registry_denied"), "{row}");
    succeeded(job("job.push", SECRET).await);
    ask("image.remove", json!({ "reference": reference, "force": false })).await;
    let row = job("job.pull", "wrong").await;
    assert!(row.contains("registry_denied"), "{row}");
    succeeded(job("job.pull", SECRET).await);
    let details = output(ask("image.inspect", json!({ "image": reference })).await);
    assert!(details["history"].as_array().is_some_and(|history| !history.is_empty()), "{details}");
    let usage = output(ask("system.df", json!({})).await);
    assert!(usage["items"].as_array().is_some_and(|items| items.iter().any(|item| item["object"].get("image").is_some())), "{usage}");
    let (status, archive) = wire::download(bridge, &format!("/api/images/save?image={reference}")).await;
    assert!(status == 200 && archive.len() > 1_000_000, "{status}, {} bytes", archive.len());
}
