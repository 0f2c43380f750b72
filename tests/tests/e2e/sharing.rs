//! On a network: encryption, and whoever means no good.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use linkspan_tests::bridge::{Bridge, Options};
use linkspan_tests::certificates::{Authority, Valid};
use linkspan_tests::registry;
use linkspan_tests::scratch;
use linkspan_tests::site;
use linkspan_tests::wire;
use linkspan_tests::world::{PASSWORD, World};
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::block_in_place;
use xtask::process;

pub fn options(world: &World, args: &[&str]) -> Options {
    let mut options = Options::new(&world.engine().host(), PASSWORD);
    options.args = args.iter().map(|arg| (*arg).to_owned()).collect();
    options
}

/// What curl says: the status, and all that was answered.
pub fn curl(args: &[&str]) -> (String, String) {
    let mut command = Command::new(process::program("curl", "curl").expect("curl"));
    command.args(["--silent", "--show-error", "--include", "--max-time", "20", "--write-out", "\n%{http_code}"]).args(args);
    let output = block_in_place(|| command.output()).expect("curl runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    let status = said.lines().last().unwrap_or_default().chars().rev().take(3).collect::<String>().chars().rev().collect();
    (status, said)
}

pub async fn linkspan_makes_its_own_certificate(world: Arc<World>) {
    let mut bridge = world.bridge_with(options(&world, &["--tls-self-signed"])).await;
    let ca = bridge.data_dir().join("tls/ca.pem");
    let ca = ca.to_str().expect("a path").to_owned();
    let fingerprint =
        bridge.said().iter().find_map(|line| line.split_once("fingerprint: ").map(|(_, text)| text.to_owned())).expect("it is printed");
    let mut openssl = Command::new("openssl");
    openssl.args(["x509", "-noout", "-fingerprint", "-sha256", "-in", &ca]);
    let said = block_in_place(|| openssl.output()).expect("openssl runs");
    assert!(String::from_utf8_lossy(&said.stdout).contains(&fingerprint), "{said:?}, not {fingerprint}");
    // By each name that the machine has.
    let port = bridge.port();
    for host in ["127.0.0.1", "localhost"] {
        let (status, said) = curl(&["--cacert", &ca, &format!("https://{host}:{port}/healthz")]);
        assert_eq!(status, "200", "{said}");
    }
    assert_ne!(curl(&[&format!("https://127.0.0.1:{port}/healthz")]).0, "200");
    // Whoever forgot the s is told; a health check has nothing to hide.
    let (status, said) = curl(&[&format!("http://127.0.0.1:{port}/images?q=a")]);
    assert!(status == "307" && said.contains(&format!("https://127.0.0.1:{port}/images?q=a")), "{said}");
    assert_eq!(curl(&[&format!("http://127.0.0.1:{port}/healthz")]).0, "200");
    let mut check = bridge.command(&["healthcheck", "--listen", &format!("127.0.0.1:{port}")]).expect("a command");
    assert!(block_in_place(|| check.status()).expect("it runs").success());
    let body = json!({ "user": "admin", "password": PASSWORD }).to_string();
    let sign_in = [
        "--cacert",
        &ca,
        "--header",
        "Content-Type: application/json",
        "--header",
        &format!("Origin: https://127.0.0.1:{port}"),
        "--data",
        &body,
        &format!("https://127.0.0.1:{port}/api/sign-in"),
    ];
    let (status, said) = curl(&sign_in);
    assert_eq!(status, "200", "{said}");
    assert!(said.contains("__Host-linkspan_") && said.contains("; Secure"), "{said}");
    let page = world.page().await;
    site::sign_in(&page, &bridge).await;
    page.reload().await;
    site::connected(&page).await;
    // The CA stays, so that nobody has to trust another one.
    bridge.restart().await.expect("it starts again");
    assert!(bridge.said().iter().any(|line| line.contains(&fingerprint)), "{:?}", bridge.said());
    site::connected(&page).await;
}

pub async fn a_renewed_certificate_needs_no_restart(world: Arc<World>) {
    let folder = scratch::folder("certificates").expect("a folder");
    let authority = |name: &str| {
        let own = folder.path().join(name);
        fs::create_dir_all(&own).expect("a folder");
        let made = Authority::new(&own, name).server("server", &["127.0.0.1"], Valid::Now);
        (made.join("ca.pem").to_str().expect("a path").to_owned(), made)
    };
    let (first_ca, first) = authority("first");
    let (cert, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    let put = |from: &Path| {
        for (name, to) in [("key.pem", &key), ("cert.pem", &cert)] {
            fs::copy(from.join(name), to).expect("a copy");
        }
    };
    put(&first);
    let args = ["--tls-cert", cert.to_str().expect("a path"), "--tls-key", key.to_str().expect("a path")];
    let bridge = world.bridge_with(options(&world, &args)).await;
    let url = format!("{}/healthz", bridge.url());
    assert_eq!(curl(&["--cacert", &first_ca, &url]).0, "200");
    // What cannot be used is no reason to end.
    fs::write(&cert, "nothing").expect("it is written");
    site::until("the warning", async || bridge.log().contains("cannot be used")).await;
    assert_eq!(curl(&["--cacert", &first_ca, &url]).0, "200");
    let (second_ca, second) = authority("second");
    put(&second);
    site::until("the new certificate", async || curl(&["--cacert", &second_ca, &url]).0 == "200").await;
    assert_ne!(curl(&["--cacert", &first_ca, &url]).0, "200");
    // At a start it is one.
    fs::write(&cert, "nothing").expect("it is written");
    let mut start =
        bridge.command(&[&["--listen", "127.0.0.1:0", "--engine", "unix:///nowhere.sock"], &args[..]].concat()).expect("a command");
    let said = block_in_place(|| start.output()).expect("it runs");
    assert_eq!(said.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&said.stderr).contains("cert.pem"), "{said:?}");
}

pub async fn what_is_refused_says_what_is_allowed(world: Arc<World>) {
    let bridge = world
        .bridge_with(Options { port: registry::free_port().expect("a port"), ..options(&world, &["--public-url", "https://link.example"]) })
        .await;
    let (host, origin) = wire::own_address(&bridge);
    let answer = wire::request(&bridge, "GET /", &[("Host", "evil.example")], "").await;
    assert!(answer.status == 421 && answer.body.contains("https://link.example") && answer.body.contains(&origin), "{answer:?}");
    let headers = [("Host", host.as_str()), ("Origin", "http://evil.example"), ("Content-Type", "application/json")];
    let answer = wire::request(&bridge, "POST /api/sign-in", &headers, "{}").await;
    assert!(answer.status == 403 && answer.body.contains("https://link.example") && answer.body.contains("evil.example"), "{answer:?}");
    // Two of what there may be one of.
    for twice in [[("Host", host.as_str()), ("Host", host.as_str())], [("Host", host.as_str()), ("host", "evil.example")]] {
        assert_eq!(wire::request(&bridge, "GET /", &twice, "").await.status, 400);
    }
    let cookie = wire::cookie(&bridge).await;
    // What starts work answers to its own pages alone.
    for (site, status) in [("same-origin", 200), ("none", 200), ("same-site", 403), ("cross-site", 403)] {
        let headers = [("Host", host.as_str()), ("Cookie", &cookie), ("Sec-Fetch-Site", site)];
        assert_eq!(wire::request(&bridge, "GET /api/images/save?image=alpine", &headers, "").await.status, status, "{site}");
    }
    // A websocket that asks for no protocol is none of ours.
    let upgrade = [
        ("Host", host.as_str()),
        ("Origin", &origin),
        ("Cookie", &cookie),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    let mut stream = TcpStream::connect(("127.0.0.1", bridge.port())).await.expect("it listens");
    let text: String = upgrade.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    stream.write_all(format!("GET /api/ws HTTP/1.1\r\n{text}Connection: Upgrade\r\n\r\n").as_bytes()).await.expect("it is taken");
    let mut answer = [0; 12];
    tokio::io::AsyncReadExt::read_exact(&mut stream, &mut answer).await.expect("an answer");
    assert_eq!(&answer, b"HTTP/1.1 400");
    // One person does not take all there is.
    let mut open = Vec::new();
    let refused = loop {
        match wire::open(&bridge, &[("Origin", &origin), ("Cookie", &cookie)]).await {
            Ok(socket) => open.push(socket),
            Err(status) => break status,
        }
        assert!(open.len() <= 64);
    };
    assert_eq!((refused, open.len()), (429, 64));
    // A folder that others write into.
    let shared = scratch::folder("shared").expect("a folder");
    fs::set_permissions(shared.path(), std::os::unix::fs::PermissionsExt::from_mode(0o777)).expect("it is ours");
    let mut start =
        bridge.command(&["--engine", "unix:///nowhere.sock", "--data-dir", shared.path().to_str().expect("a path")]).expect("a command");
    let said = block_in_place(|| start.output()).expect("it runs");
    assert!(said.status.code() == Some(1) && String::from_utf8_lossy(&said.stderr).contains("others may write there"), "{said:?}");
}

/// Connections that send half a head, or ask again and again and read nothing.
pub async fn a_flood_shuts_nobody_out(world: Arc<World>) {
    let (bridge, page) = site::open(&world).await;
    let flood = |bridge: &Bridge, text: String| {
        let port = bridge.port();
        async move {
            let mut streams = Vec::new();
            for _ in 0..300 {
                let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)).await else { continue };
                // As much as it takes without waiting.
                let _ = tokio::time::timeout(Duration::from_millis(20), stream.write_all(text.as_bytes())).await;
                streams.push(stream);
            }
            streams
        }
    };
    let (host, _) = wire::own_address(&bridge);
    let half = flood(&bridge, "GET / HTTP/1.1\r\nHost: ".to_owned()).await;
    let greedy = flood(&bridge, format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n").repeat(50)).await;
    let garbage = flood(&bridge, "\u{16}\u{3}\u{1}\u{0}nonsense\r\n".to_owned()).await;
    assert!(half.len() + greedy.len() + garbage.len() > 600);
    // Whoever is signed in, whoever comes, and the health check.
    assert_eq!(wire::request(&bridge, "GET /healthz", &[("Host", &host)], "").await.status, 200);
    world.docker(&["create", "--name", "seen", "alpine"]);
    site::container(&page, "seen").wait().await;
    let other = world.page().await;
    site::sign_in(&other, &bridge).await;
    // Those that take nothing are gone after a while.
    let files = || fs::read_dir(format!("/proc/{}/fd", bridge.pid().expect("it runs"))).map(Iterator::count).unwrap_or_default();
    site::until("the flood to go", async || files() < 150).await;
    drop((half, greedy, garbage));
}

/// Of a container with megabytes of labels, again and again, by somebody who reads none of it.
pub async fn a_browser_that_takes_nothing_costs_little(world: Arc<World>) {
    let folder = scratch::folder("labels").expect("a folder");
    let file = folder.path().join("labels");
    let labels: String = (0..100).map(|n| format!("label-{n}={}\n", "x".repeat(40_000))).collect();
    fs::write(&file, labels).expect("they are written");
    world.docker(&["create", "--name", "large", "--label-file", file.to_str().expect("a path"), "alpine"]);
    let (bridge, page) = site::open(&world).await;
    let memory = || {
        let status = fs::read_to_string(format!("/proc/{}/status", bridge.pid().expect("it runs"))).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or_default() / 1024
    };
    // Of browsers (proc_net_tcp(5): its own address is the second word, the state the fourth, 01 if it is established).
    let connections = || {
        let table = fs::read_to_string("/proc/net/tcp").unwrap_or_default();
        let own = format!(":{:04X}", bridge.port());
        let is_one = |line: &&str| {
            let mut words = line.split_whitespace().skip(1);
            words.next().is_some_and(|address| address.ends_with(&own)) && words.nth(1) == Some("01")
        };
        table.lines().filter(is_one).count()
    };
    let (before, alone) = (memory(), connections());
    let mut sockets = Vec::new();
    for _ in 0..4 {
        let mut socket = wire::signed_in(&bridge).await;
        socket.expect("hello").await;
        for channel in 1..=20 {
            socket.send(json!({ "open": { "channel": channel, "engine": "local", "spec": "labels", "resume": null } })).await;
        }
        for id in 0..64 {
            let arguments = json!({ "container": "large" });
            socket.send(json!({ "call": { "id": id, "engine": "local", "call": "container.inspect", "arguments": arguments } })).await;
        }
        sockets.push(socket);
    }
    let mut most = 0;
    // What others do meanwhile is done.
    world.docker(&["create", "--name", "seen", "alpine"]);
    site::container(&page, "seen").wait().await;
    // Until they are gone: whoever takes nothing is.
    site::until("those who take nothing to go", async || {
        most = most.max(memory());
        connections() <= alone
    })
    .await;
    assert!(most < before + 600, "{before} MiB became {most} MiB");
    drop(sockets);
}
