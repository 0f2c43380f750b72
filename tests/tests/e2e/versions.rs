//! The same main job on each kind of engine: the dockerd of this machine always, a current one and Podman where the test
//! command was told so, and written answers for those that cannot be had any more.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use linkspan_tests::bridge::{Bridge, Options};
use linkspan_tests::certificates::{self, Authority, Valid};
use linkspan_tests::page::{Name, Page, containing};
use linkspan_tests::proxy::Proxy;
use linkspan_tests::scripted::{self, Reply, Scripted};
use linkspan_tests::site::{self, container};
use linkspan_tests::sshd::Sshd;
use linkspan_tests::watch::{Log, Table};
use linkspan_tests::world::{PASSWORD, World};
use linkspan_tests::{scratch, wire};
use serde_json::{Value, json};
use tokio::task::block_in_place;
use xtask::engine::{self, Engine, Kind};

/// The folder of the newer Debian release, when `cargo xtask test --engines all` runs.
pub fn suite() -> Option<PathBuf> {
    std::env::var_os("LINKSPAN_TEST_SUITE").map(PathBuf::from)
}

fn docker(engine: &Engine, args: &[&str]) -> String {
    block_in_place(|| engine.docker(args)).unwrap_or_else(|problem| panic!("{problem}"))
}

/// What a person does all day, on whatever engine.
async fn main_job(world: &World, engine: &Engine) {
    let count = "i=0; while true; do i=$((i+1)); echo line $i; sleep 0.2; done";
    docker(engine, &["run", "--detach", "--name", "counter", "--network", "none", "alpine", "sh", "-c", count]);
    docker(engine, &["create", "--name", "idle", "--network", "none", "--label", "a=b", "alpine", "sleep", "600"]);
    let bridge = world.bridge_with(Options::new(&engine.host(), PASSWORD)).await;
    let page = world.page().await.with_deadline(Duration::from_secs(30));
    site::sign_in(&page, &bridge).await;
    // What is, and what happens.
    let state = async |name: &str, state: &str| container(&page, name).wait_for(state, |row| row.text.contains(state)).await;
    state("counter", "Running").await;
    state("idle", "Created").await;
    container(&page, "counter").wait_for("its CPU and memory", |row| row.text.contains('%') && row.text.contains("iB")).await;
    let press = async |name: &str| page.get_by_role("button", name).click().await;
    press("Start idle").await;
    state("idle", "Running").await;
    site::choose(&page, "idle", "Pause").await;
    state("idle", "Paused").await;
    site::choose(&page, "idle", "Resume").await;
    state("idle", "Running").await;
    site::kill(&page, "idle").await;
    state("idle", "Exited (137)").await;
    docker(engine, &["rename", "idle", "renamed"]);
    container(&page, "renamed").wait().await;
    container(&page, "idle").wait_gone().await;
    site::choose(&page, "renamed", "Remove").await;
    page.get_by_role("dialog", Name::Any).get_by_role("button", "Remove renamed").click().await;
    container(&page, "renamed").wait_gone().await;
    // Run and wait, with the code of its end.
    // Docker lists it with its driver.
    let none = if docker(engine, &["version", "--format", "{{json .Server}}"]).contains("Podman") { "none" } else { "none (null)" };
    run(&page, &bridge.url(), none, "sh -c 'echo out; echo err >&2; exit 3'").await;
    let result = page.get_by_role("region", "Run result");
    result.expect_text("Exit code 3").await;
    result.expect_text("out").await;
    result.expect_text("err").await;
    // A refusal in the engine's own words.
    run(&page, &bridge.url(), none, "no-such-program").await;
    page.get_by_role("region", "Run result").expect_text("no-such-program").await;
    // A log that goes on.
    site::visit(&page, &bridge, "/containers/counter/logs").await;
    let log = page.get_by_role("log", "Logs of counter");
    log.expect_text("line 1").await;
    let script = "return [...document.querySelectorAll('.log-row .lt-text')].map(row => row.textContent)";
    let lines = async || serde_json::from_value::<Vec<String>>(page.eval(script, vec![]).await).expect("a list");
    let first = lines().await.last().cloned();
    page.wait_until("it goes on", async || lines().await.last() != first.as_ref()).await;
    let numbers: Vec<u64> = lines().await.iter().filter_map(|line| line.strip_prefix("line ")?.parse().ok()).collect();
    assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 1), "{numbers:?}");
    // An image of it.
    site::visit(&page, &bridge, "/containers/counter/commit").await;
    page.get_by_role("textbox", "Repository and tag").fill("made/by:click").await;
    page.get_by_role("button", "Commit").click().await;
    site::visit(&page, &bridge, "/images").await;
    page.get_by_role("grid", "Images").get_by_role("row", containing("made/by:click")).wait().await;
    clean_layer(engine, &bridge, &page).await;
    // Stop all.
    site::visit(&page, &bridge, "/containers").await;
    page.get_by_role("button", "Stop all running").click().await;
    page.get_by_role("dialog", Name::Any).get_by_role("button", "Stop 1 container").click().await;
    container(&page, "counter").wait_for("its end", |row| row.text.contains("Exited")).await;
    let left = docker(engine, &["ps", "--quiet"]);
    assert_eq!(left.trim(), "");
    super::registries::there_and_back(&bridge, engine).await;
}

/// Selected changes become a layer of their own, in whatever form the engine takes one; and two images are compared.
async fn clean_layer(engine: &Engine, bridge: &Bridge, page: &Page) {
    let change =
        "mkdir /opt; mkdir /opt/kept; echo kept > /opt/kept/file; echo left > /opt/left; rm /etc/group; touch /opt/done; sleep 600";
    docker(engine, &["run", "--detach", "--name", "changed", "--network", "none", "alpine", "sh", "-c", change]);
    page.wait_until("all is done", async || docker(engine, &["exec", "changed", "ls", "/opt"]).contains("done")).await;
    site::visit(page, bridge, "/containers/changed/commit").await;
    let item = |path: &str| page.get_by_role("tree", "Changes").get_by_role("treeitem", path);
    item("/opt/left").get_by_role("checkbox", Name::Any).click().await;
    page.get_by_role("textbox", "Repository and tag").fill("clean:layer").await;
    page.get_by_role("button", "Commit").click().await;
    page.get_by_role("button", "Undo commit").wait().await;
    let told = docker(
        engine,
        &["run", "--rm", "--network", "none", "clean:layer", "sh", "-c", "cat /opt/kept/file; ls /opt; ls /etc/group || true"],
    );
    assert_eq!(told, "kept\ndone\nkept\n");
    site::visit(page, bridge, "/images/clean:layer/compare?with=alpine").await;
    item("/opt/kept/file").wait().await;
    item("/etc/group").wait().await;
    // Without a name, too.
    site::visit(page, bridge, "/containers/changed/commit").await;
    item("/opt/left").get_by_role("checkbox", Name::Any).click().await;
    page.get_by_role("textbox", "Repository and tag").fill("").await;
    page.get_by_role("button", "Commit").click().await;
    page.get_by_role("button", "Undo commit").click().await;
    page.expect_text("Undone").await;
    remove(engine, "changed");
}

/// Podman gives a container its ten seconds, also when it is removed by force.
fn remove(engine: &Engine, running: &str) {
    docker(engine, &["kill", running]);
    docker(engine, &["rm", "--force", running]);
}

/// The same engine over each kind of endpoint, with the same answers.
async fn every_endpoint(world: &World, engine: &Engine) {
    let folder = scratch::folder("endpoints").expect("a folder");
    let authority = Authority::new(folder.path(), "ca");
    let (server, client) = (authority.server("server", &["127.0.0.1"], Valid::Now), authority.client("client", Valid::Now));
    let sshd = block_in_place(|| Sshd::start(&engine.host())).expect("sshd");
    let tcp = Proxy::to_socket(engine.socket()).await;
    let tls = Proxy::to_socket_with_tls(engine.socket(), certificates::mutual(&server)).await;
    let engines = [
        format!("unix={}", engine.host()),
        format!("tcp={}", tcp.host()),
        format!("tls=https://127.0.0.1:{}", tls.port()),
        format!("ssh={}", sshd.url()),
    ];
    let env = [("DOCKER_CERT_PATH", client.display().to_string()), ("PATH", sshd.client("user", true).expect("a client"))];
    let bridge = world
        .bridge_with(Options {
            engines: engines.into(),
            admin_password: Some(PASSWORD.to_owned()),
            env: env.map(|(name, value)| (name.to_owned(), value)).into(),
            ..Options::default()
        })
        .await;
    let count = "i=0; while true; do i=$((i+1)); echo line $i; sleep 0.2; done";
    let id = docker(engine, &["run", "--detach", "--name", "seen", "--network", "none", "alpine", "sh", "-c", count]);
    for name in ["unix", "tcp", "tls", "ssh"] {
        let mut table = Table::open(&bridge, name).await;
        table.equals_docker_ps(engine).await;
        let mut log = Log::open(&bridge, name, id.trim()).await;
        log.until(10).await;
        // A stream that breaks goes on where it was, by the engine's own notion of `since`.
        if name == "tcp" {
            tcp.reset();
            log.until(25).await;
        }
        log.is_contiguous();
        // Who asks for more than the shared stream has is sent what lies before it, also where many lines share a time.
        let more = docker(engine, &["run", "--detach", "--network", "none", "alpine", "sh", "-c", count]);
        let more = more.trim();
        let mut newest = Log::open_at(&bridge, name, json!({ "container": more, "tail": 1, "since": null })).await;
        newest.until(4).await;
        let mut whole = Log::open(&bridge, name, more).await;
        whole.until(20).await;
        whole.is_contiguous();
        assert_eq!(whole.lines.first().map(String::as_str), Some("line 1"));
        remove(engine, more);
        table.equals_docker_ps(engine).await;
        let made = docker(engine, &["create", "--network", "none", "alpine", "sleep", "600"]);
        table.equals_docker_ps(engine).await;
        let mut socket = wire::signed_in(&bridge).await;
        let arguments = json!({ "container": made.trim() });
        socket.send(json!({ "call": { "id": 1, "engine": name, "call": "container.start", "arguments": arguments } })).await;
        socket.expect("reply").await;
        table.equals_docker_ps(engine).await;
        remove(engine, made.trim());
        table.equals_docker_ps(engine).await;
    }
    remove(engine, "seen");
}

async fn run(page: &Page, url: &str, none: &str, command: &str) {
    page.goto(&format!("{url}/run?image=alpine")).await;
    site::connected(page).await;
    page.get_by_role("textbox", "Command").fill(command).await;
    page.get_by_role("combobox", "Network").select_option(none).await;
    page.get_by_role("button", "Run").click().await;
}

pub async fn docker_20_10(world: Arc<World>) {
    let engine = world.own_engine(engine::Options::default());
    every_endpoint(&world, &engine).await;
    main_job(&world, &engine).await;
}

pub async fn a_current_docker_that_refuses_old_clients(world: Arc<World>) {
    let env = vec![("DOCKER_MIN_API_VERSION".to_owned(), "1.44".to_owned())];
    let engine = world.own_engine(engine::Options { suite: suite(), env, ..Default::default() });
    let version = docker(&engine, &["version", "--format", "{{.Server.APIVersion}} {{.Server.MinAPIVersion}}"]);
    assert!(version.trim().ends_with(" 1.44"), "{version}");
    every_endpoint(&world, &engine).await;
    main_job(&world, &engine).await;
}

/// Its images are in containerd's store.
pub async fn a_current_docker_with_containerd_s_images(world: Arc<World>) {
    let extra_args = ["--feature", "containerd-snapshotter", "--storage-driver", "overlayfs"].map(str::to_owned).to_vec();
    let engine = world.own_engine(engine::Options { suite: suite(), extra_args, ..Default::default() });
    let store = docker(&engine, &["info", "--format", "{{.DriverStatus}}"]);
    assert!(store.contains("io.containerd.snapshotter"), "{store}");
    main_job(&world, &engine).await;
}

pub async fn podman_of_this_machine(world: Arc<World>) {
    let engine = world.own_engine(engine::Options { kind: Kind::Podman, ..Default::default() });
    every_endpoint(&world, &engine).await;
    main_job(&world, &engine).await;
}

pub async fn a_current_podman(world: Arc<World>) {
    let engine = world.own_engine(engine::Options { kind: Kind::Podman, suite: suite(), ..Default::default() });
    every_endpoint(&world, &engine).await;
    main_job(&world, &engine).await;
}

/// Answers written after the published API 1.24 to 1.40 and beyond, because those engines cannot be had any more.
pub async fn written_answers_of_older_and_newer_engines(world: Arc<World>) {
    for api in ["1.24", "1.25", "1.30", "1.37", "1.40", "1.99"] {
        let engine = Scripted::start(move |request: &scripted::Request| answer(api, request)).await.expect("an engine");
        let bridge = world.bridge_with(Options::new(&engine.host(), PASSWORD)).await;
        let page = world.page().await;
        site::sign_in(&page, &bridge).await;
        container(&page, "old-web").wait_for("its state", |row| row.text.contains("Running") && row.text.contains("8080→80")).await;
        container(&page, "bare").wait_for("its state", |row| row.text.contains("Exited (1)")).await;
        container(&page, "odd").wait().await;
        site::visit(&page, &bridge, "/images").await;
        let images = page.get_by_role("grid", "Images");
        images.get_by_role("row", "old/web:latest").expect_text("187 MB").await;
        // What the engine is too old for cannot be asked for, and says why.
        site::visit(&page, &bridge, "/run").await;
        page.wait_for_role("button", "Add mount").await;
        let is_off = page.get_by_role("button", "Add mount").attribute("disabled").await.is_some();
        let removes = page.get_by_role("checkbox", "Remove when it exits").attribute("disabled").await.is_some();
        assert_eq!((is_off, removes), (api == "1.24", ["1.24", "1.25"].contains(&api)), "API {api}");
        if is_off {
            page.get_by_role("group", "Mounts").expect_text("too old for mounts").await;
        }
        // A run: before API 1.30 an engine that is asked to wait before the start would answer at once.
        page.get_by_role("combobox", "Image").fill("old/web").await;
        page.get_by_role("textbox", "Command").fill("true").await;
        page.get_by_role("button", "Run").click().await;
        page.get_by_role("region", "Run result").expect_text("Exit code 7").await;
        let asked: Vec<String> = engine.requests().iter().map(|request| format!("{}?{}", request.path, request.query)).collect();
        let at = |part: &str| asked.iter().position(|request| request.contains(part)).unwrap_or_else(|| panic!("{part}: {asked:?}"));
        let waits_first = at("/wait") < at("/start");
        assert_eq!(waits_first, !["1.24", "1.25"].contains(&api), "API {api}: {asked:?}");
        assert_eq!(asked[at("/wait")].contains("condition="), waits_first, "{asked:?}");
    }
}

fn answer(api: &str, request: &scripted::Request) -> Option<Reply> {
    let id = |digit: &str| digit.repeat(64);
    let new = id("d");
    let reply = |body: Value| Some(Reply::json(200, &body));
    match (request.method.as_str(), request.path.as_str()) {
        // Before 1.24 MinAPIVersion is not told.
        (_, "/version") if api == "1.24" => reply(json!({ "Version": "1.12.6", "ApiVersion": "1.24", "Os": "linux" })),
        (_, "/version") => reply(json!({ "Version": "of the past", "ApiVersion": api, "MinAPIVersion": "1.12", "Unheard": {} })),
        ("GET", "/containers/json") => reply(json!([
            { "Id": id("a"), "Names": ["/old-web", "/other/alias"], "Image": "old/web", "ImageID": "sha256:1", "Command": "nginx",
              "Created": 1_400_000_000, "State": "running", "Status": "Up 2 years", "Labels": null, "SizeRw": 1,
              "Ports": [{ "PrivatePort": 80, "PublicPort": 8080, "Type": "tcp", "IP": "0.0.0.0" }, { "PrivatePort": 443, "Type": "tcp" }],
              "HostConfig": { "NetworkMode": "default" }, "NetworkSettings": { "Networks": null }, "Mounts": null },
            { "Id": id("b"), "Names": ["/bare"], "State": "exited", "Status": "Exited (1) 3 months ago", "Ports": null },
            { "Id": id("c"), "Names": ["/odd"], "State": "levitating", "Status": "", "Labels": {}, "Health": { "Status": "serene" } },
        ])),
        ("GET", "/images/json") => reply(json!([
            { "Id": "sha256:1", "RepoTags": ["old/web:latest"], "RepoDigests": null, "Created": 1_400_000_000, "VirtualSize": 187_000_000,
              "Labels": null, "ParentId": "" },
            { "Id": "sha256:2", "RepoTags": ["<none>:<none>"], "RepoDigests": ["<none>@<none>"], "Created": 1, "Size": 5, "VirtualSize": 5 },
            { "Id": "sha256:3", "RepoTags": null },
        ])),
        ("GET", "/images/old/web/json") => reply(json!({ "Id": "sha256:1", "RepoTags": ["old/web:latest"], "VirtualSize": 187_000_000 })),
        ("POST", "/containers/create") => Some(Reply::json(201, &json!({ "Id": new, "Warnings": null }))),
        ("POST", path) if path.ends_with("/start") => Some(Reply::Full(204, "text/plain", Vec::new())),
        ("POST", path) if path.ends_with("/attach") => Some(Reply::Full(200, "application/octet-stream", Vec::new())),
        ("POST", path) if path.ends_with("/wait") => reply(json!({ "StatusCode": 7 })),
        ("GET", path) if path.starts_with("/containers/") && path.ends_with("/json") => {
            let found = ["a", "b", "c", "d"].into_iter().find(|digit| path.contains(&id(digit)))?;
            let name = match found {
                "a" => "/old-web",
                "b" => "/bare",
                "c" => "/odd",
                _ => "/made",
            };
            let state = if found == "a" { "running" } else { "exited" };
            let ports = json!({ "80/tcp": [{ "HostIp": "0.0.0.0", "HostPort": "8080" }] });
            reply(json!({
                "Id": id(found), "Name": name, "Image": "sha256:1", "Args": null, "Mounts": null,
                "State": { "Status": state, "ExitCode": 1 }, "Config": { "Image": "old/web", "Env": null, "Labels": null, "Cmd": null },
                "HostConfig": { "NetworkMode": "default" }, "NetworkSettings": { "Ports": if found == "a" { ports } else { json!(null) } },
            }))
        }
        _ => None,
    }
}
