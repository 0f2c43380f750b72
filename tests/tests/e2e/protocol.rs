//! What the bridge makes of input that no page of its own would send.

use std::sync::Arc;
use std::time::Duration;

use linkspan_tests::bridge::{Bridge, Options};
use linkspan_tests::wire::{self, Socket};
use linkspan_tests::world::{PASSWORD, World};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub async fn only_its_own_pages_get_in(world: Arc<World>) {
    let bridge = world.bridge().await;
    let (host, origin) = wire::own_address(&bridge);
    // A name that was rebound to this address.
    let answer = wire::request(&bridge, "GET /", &[("Host", "evil.example")], "").await;
    assert_eq!(answer.status, 421);
    assert_eq!(wire::request(&bridge, "GET /", &[("Host", &format!("127.0.0.1:{}", bridge.port() ^ 1))], "").await.status, 421);
    // A change from another site, or from another port of this host.
    let sign_in = json!({ "user": "admin", "password": PASSWORD }).to_string();
    for foreign in ["http://evil.example", "http://127.0.0.1:1", "null"] {
        let headers = [("Host", host.as_str()), ("Origin", foreign), ("Content-Type", "application/json")];
        assert_eq!(wire::request(&bridge, "POST /api/sign-in", &headers, &sign_in).await.status, 403, "{foreign}");
    }
    let headers = [("Host", host.as_str()), ("Content-Type", "application/json")];
    assert_eq!(wire::request(&bridge, "POST /api/sign-in", &headers, &sign_in).await.status, 403);

    // The websocket needs the session and the origin.
    let cookie = wire::cookie(&bridge).await;
    assert_eq!(wire::open(&bridge, &[("Origin", &origin)]).await.err(), Some(401));
    assert_eq!(wire::open(&bridge, &[("Origin", "http://evil.example"), ("Cookie", &cookie)]).await.err(), Some(403));
    assert_eq!(wire::open(&bridge, &[("Cookie", &cookie)]).await.err(), Some(403));
    assert!(wire::open(&bridge, &[("Origin", &origin), ("Cookie", &cookie)]).await.is_ok());

    // What every answer carries.
    let page = wire::request(&bridge, "GET /containers", &[("Host", &host)], "").await;
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe-inline"));
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(page.header("x-frame-options"), Some("DENY"));
    assert_eq!(wire::request(&bridge, "GET /healthz", &[("Host", "whatever")], "").await.status, 200);
    let headers = [("Host", host.as_str()), ("Origin", &origin), ("Content-Type", "application/json")];
    let set = wire::request(&bridge, "POST /api/sign-in", &headers, &sign_in).await;
    let set = set.header("set-cookie").expect("a cookie");
    for part in ["HttpOnly", "SameSite=Strict", "Path=/", "linkspan_"] {
        assert!(set.contains(part), "{part} is not in {set}");
    }
    // Two Linkspans on one host do not share their cookies.
    let other = world.bridge().await;
    assert_ne!(wire::cookie(&other).await.split('=').next(), cookie.split('=').next());
    // Nothing in the data directory lets a thief in.
    let token = cookie.split_once('=').expect("name and value").1;
    for entry in std::fs::read_dir(bridge.data_dir()).expect("the data directory") {
        let bytes = std::fs::read(entry.expect("an entry").path()).expect("a file");
        assert!(!bytes.windows(token.len()).any(|window| window == token.as_bytes()));
    }
}

pub async fn bad_input_hurts_nobody(world: Arc<World>) {
    let bridge = world.bridge().await;
    let mut neighbour = wire::signed_in(&bridge).await;
    neighbour.expect("hello").await;
    let mut socket = wire::signed_in(&bridge).await;
    socket.expect("hello").await;
    let call =
        |id: u32, call: &str, arguments: Value| json!({ "call": { "id": id, "engine": "local", "call": call, "arguments": arguments } });
    let code = async |socket: &mut Socket| socket.expect("refusal").await["problem"]["code"].clone();

    for text in ["", "{", "null", "[]", "\"x\"", "{\"call\":{}}", "{\"open\":{\"channel\":\"x\"}}", &"[".repeat(100_000)] {
        socket.send_text(text.to_owned()).await;
    }
    socket.send_binary(vec![0; 1000]).await;
    socket.send(call(1, "no.such.call", json!({}))).await;
    assert_eq!(code(&mut socket).await, "protocol_violation");
    socket.send(call(2, "container.start", json!({ "container": 7 }))).await;
    assert_eq!(code(&mut socket).await, "protocol_violation");
    for id in ["../images/json", "x", "", &"z".repeat(64)] {
        socket.send(call(3, "container.start", json!({ "container": id }))).await;
        assert_eq!(code(&mut socket).await, "protocol_violation", "{id}");
    }
    socket.send(call(4, "container.start", json!({ "container": "0".repeat(64) }))).await;
    assert_eq!(code(&mut socket).await, "not_found");
    socket.send(call(5, "job.pull", json!({ "reference": "../../containers/json" }))).await;
    assert_eq!(code(&mut socket).await, "invalid");
    socket.send(json!({ "call": { "id": 6, "engine": "elsewhere", "call": "network.list", "arguments": {} } })).await;
    assert_eq!(code(&mut socket).await, "not_found");
    // A half-read call is answered under its id all the same.
    socket.send(json!({ "call": { "id": 7, "engine": 1 } })).await;
    assert_eq!(socket.expect("refusal").await["id"], 7);

    // More channels than there may be.
    for channel in 0..100 {
        socket.send(json!({ "open": { "channel": channel, "engine": "local", "spec": "containers", "resume": null } })).await;
    }
    assert_eq!(socket.expect("closed").await["problem"]["code"], "too_many");

    // A frame that is too large ends this connection, and only this one.
    socket.send_text(" ".repeat((1 << 20) + 1)).await;
    while socket.receive().await.is_some() {}
    neighbour.send(json!("ping")).await;
    neighbour.expect("pong").await;
    wire::signed_in(&bridge).await.expect("hello").await;
}

pub async fn a_bridge_that_ends_closes_no_channel(world: Arc<World>) {
    let mut bridge = world.bridge().await;
    let mut sockets = Vec::new();
    // A race between channels and their connections: many have to win it.
    for _ in 0..20 {
        let mut socket = wire::signed_in(&bridge).await;
        let specs = ["people", "engines", "containers", "images", "volumes", "networks", "jobs", "credentials"];
        for (channel, spec) in specs.iter().enumerate() {
            socket.send(json!({ "open": { "channel": channel, "engine": "local", "spec": spec, "resume": null } })).await;
        }
        for _ in specs {
            socket.expect("state").await;
        }
        sockets.push(socket);
    }
    bridge.stop().await.expect("it ends");
    // A page would take a closed one for one that will not come back, and open it no more.
    for mut socket in sockets {
        while let Some(message) = socket.receive().await {
            assert!(message.get("closed").is_none(), "{message}");
        }
    }
}

pub async fn signing_out_ends_the_websocket(world: Arc<World>) {
    let bridge = world.bridge().await;
    let (host, origin) = wire::own_address(&bridge);
    let cookie = wire::cookie(&bridge).await;
    let mut socket = wire::open(&bridge, &[("Origin", &origin), ("Cookie", &cookie)]).await.expect("a websocket");
    socket.expect("hello").await;
    let headers = [("Host", host.as_str()), ("Origin", &origin), ("Cookie", &cookie)];
    assert_eq!(wire::request(&bridge, "POST /api/sign-out", &headers, "").await.status, 204);
    assert!(socket.receive().await.is_none());
    assert_eq!(wire::open(&bridge, &[("Origin", &origin), ("Cookie", &cookie)]).await.err(), Some(401));
}

pub async fn what_is_too_long_is_refused_and_ends_nothing(world: Arc<World>) {
    world.docker(&["create", "--name", "one", "alpine"]);
    let id = world.docker(&["inspect", "--format", "{{.Id}}", "one"]).trim().to_owned();
    let bridge = world.bridge().await;
    let mut socket = wire::signed_in(&bridge).await;
    let call =
        |id: u32, call: &str, arguments: Value| json!({ "call": { "id": id, "engine": "local", "call": call, "arguments": arguments } });
    socket.send(call(1, "container.inspect", json!({ "container": "x".repeat(70_000) }))).await;
    let refusal = socket.expect("refusal").await;
    assert_eq!(refusal["problem"]["code"], "bad_request");
    assert!(refusal.to_string().len() < 10_000, "what was sent does not come back whole");
    // Percent-encoded this is 72 KB.
    let commit = json!({ "container": id, "reference": "a:1", "message": "é".repeat(12_000), "author": "", "pause": false });
    socket.send(json!({ "open": { "channel": 1, "engine": "local", "spec": "jobs", "resume": null } })).await;
    socket.send(call(2, "job.commit", commit)).await;
    let mut state = Value::Null;
    while !state.to_string().contains("failed") {
        state = socket.expect("state").await;
    }
    assert!(state.to_string().contains("too long for a request"), "{state}");
}

pub async fn whoever_is_removed_is_out(world: Arc<World>) {
    let bridge = world.bridge().await;
    let mut socket = wire::signed_in(&bridge).await;
    socket.expect("hello").await;
    let removed = bridge.command(&["user", "remove", "admin"]).expect("the binary").output().expect("it runs");
    assert!(removed.status.success(), "{removed:?}");
    // The command is another process: the bridge finds out by itself.
    assert!(socket.receive().await.is_none());
}

pub async fn guesses_at_once_gain_nothing(world: Arc<World>) {
    let bridge = world.bridge().await;
    let (host, origin) = wire::own_address(&bridge);
    let headers = [("Host", host.as_str()), ("Origin", &origin), ("Content-Type", "application/json")];
    let body = json!({ "user": "admin", "password": "wrong wrong wrong" }).to_string();
    let guesses = (0..40).map(|_| wire::request(&bridge, "POST /api/sign-in", &headers, &body));
    let answers = futures_util::future::join_all(guesses).await;
    let tried = answers.iter().filter(|answer| answer.status == 401).count();
    let slowed = answers.iter().filter(|answer| answer.status == 429).count();
    assert!(tried <= 5 && tried + slowed == 40, "{tried} were tried, {slowed} slowed");
    // Whoever is no trusted proxy says nothing of where it comes from.
    let other = json!({ "user": "jun", "password": "wrong wrong wrong" }).to_string();
    let forwarded = async |bridge: &Bridge, address: &str| {
        let (host, origin) = wire::own_address(bridge);
        let headers = [("Host", host.as_str()), ("Origin", &origin), ("Content-Type", "application/json"), ("X-Forwarded-For", address)];
        wire::request(bridge, "POST /api/sign-in", &headers, &other).await.status
    };
    assert_eq!(forwarded(&bridge, "192.0.2.7").await, 429);
    // Through one, somebody else's guesses are not everybody's.
    let mut options = Options::new(&world.engine().host(), PASSWORD);
    options.args = ["--trusted-proxy", "127.0.0.0/8"].map(str::to_owned).into();
    let behind = world.bridge_with(options).await;
    for _ in 0..5 {
        assert_eq!(forwarded(&behind, "192.0.2.7").await, 401);
    }
    assert_eq!(forwarded(&behind, "6.6.6.6, 192.0.2.7").await, 429);
    assert_eq!(forwarded(&behind, "192.0.2.8").await, 401);
}

pub async fn a_connection_that_says_nothing_is_closed(world: Arc<World>) {
    let bridge = world.bridge().await;
    let mut silent = TcpStream::connect(("127.0.0.1", bridge.port())).await.expect("the bridge listens");
    silent.write_all(b"GET / HTTP/1.1\r\nHost: ").await.expect("it is taken");
    let mut rest = Vec::new();
    tokio::time::timeout(Duration::from_secs(40), silent.read_to_end(&mut rest)).await.expect("an end in time").expect("an end");
}

pub async fn the_command_line_keeps_its_word(world: Arc<World>) {
    let bridge = world.bridge().await;
    let run = |args: &[&str]| {
        let output = bridge.command(args).expect("the binary").output().expect("it runs");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let listen = format!("127.0.0.1:{}", bridge.port());
    // It listens before it has heard from its engine.
    let healthy = || run(&["healthcheck", "--listen", &listen]).0 == Some(0);
    assert!(xtask::process::wait_until(Duration::from_secs(10), healthy), "the health check fails");
    assert_eq!(run(&["--no-such-flag"]).0, Some(2));
    let (code, said) = run(&["--listen", "0.0.0.0:0", "--engine", "unix:///nowhere.sock"]);
    assert_eq!(code, Some(1));
    assert!(said.contains("--insecure-http") && said.trim_end().lines().count() == 1, "{said}");
    let (code, said) = run(&["--listen", &listen, "--engine", "unix:///nowhere.sock"]);
    assert_eq!(code, Some(1));
    assert!(said.contains(&listen) && said.contains("--listen"), "{said}");
    assert_eq!(run(&["--engine", "tcp://192.0.2.1:2375"]).0, Some(1));

    // Without its engine the bridge serves and says so.
    let lonely = world.bridge_with(Options::new("unix:///nowhere.sock", linkspan_tests::world::PASSWORD)).await;
    let listen = format!("127.0.0.1:{}", lonely.port());
    let (code, said) = run(&["healthcheck", "--listen", &listen]);
    assert_eq!(code, Some(1));
    assert!(said.contains("cannot reach its engine"), "{said}");
}
