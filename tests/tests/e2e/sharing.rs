//! On a network: encryption, proxies, and whoever means no good.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
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

fn options(world: &World, args: &[&str]) -> Options {
    let mut options = Options::new(&world.engine().host(), PASSWORD);
    options.args = args.iter().map(|arg| (*arg).to_owned()).collect();
    options
}

/// What curl says: the status, and all that was answered.
fn curl(args: &[&str]) -> (String, String) {
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

/// Ended when it is dropped.
struct Nginx(Child);

impl Drop for Nginx {
    fn drop(&mut self) {
        process::stop(&mut self.0, Duration::from_secs(5));
    }
}

/// With its own defaults but for what a websocket needs; `pass` is what stands behind the bridge's address, `more` what else it says.
fn nginx(folder: &Path, port: u16, behind: u16, pass: &str, more: &str) -> Nginx {
    let config = format!(
        "daemon off; master_process off; pid nginx-{port}.pid; error_log stderr;\n\
         events {{}}\n\
         http {{ access_log off; client_body_temp_path body-{port}; proxy_temp_path proxy-{port}; fastcgi_temp_path f-{port}; uwsgi_temp_path u-{port}; scgi_temp_path s-{port};\n\
         map $http_upgrade $connection_upgrade {{ default upgrade; '' close; }}\n\
         server {{ listen 127.0.0.1:{port};\n\
         location /linkspan/ {{ proxy_pass http://127.0.0.1:{behind}{pass};\n\
         proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade;\n\
         proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header X-Forwarded-Proto $scheme; {more} }} }} }}"
    );
    let file = folder.join(format!("nginx-{port}.conf"));
    fs::write(&file, config).expect("its configuration");
    let mut command = Command::new(process::program("nginx", "nginx-light").expect("nginx"));
    command.arg("-p").arg(folder).arg("-c").arg(&file).stdin(Stdio::null()).stdout(Stdio::null());
    process::mark(&mut command);
    Nginx(command.spawn().expect("nginx starts"))
}

pub async fn nginx_serves_it_under_a_path(world: Arc<World>) {
    let folder = scratch::folder("nginx").expect("a folder");
    // It hands the path on as it is, or without what it stands under.
    for pass in ["", "/"] {
        let port = registry::free_port().expect("a port");
        let public = format!("http://127.0.0.1:{port}");
        let args = ["--base-path", "/linkspan/", "--public-url", &public, "--trusted-proxy", "127.0.0.1"];
        let bridge = world.bridge_with(Options { port: registry::free_port().expect("a port"), ..options(&world, &args) }).await;
        assert!(bridge.said().iter().any(|line| line.contains(&format!("{public}/linkspan/"))), "{:?}", bridge.said());
        let _nginx = nginx(folder.path(), port, bridge.port(), pass, "");
        site::until("nginx", async || curl(&[&format!("{public}/linkspan/healthz")]).0 == "200").await;
        let page = world.page().await;
        page.goto(&format!("{public}/linkspan/")).await;
        page.wait_for_role("button", "Sign in").await;
        page.get_by_role("textbox", "User").fill("admin").await;
        page.get_by_role("textbox", "Password").fill(PASSWORD).await;
        page.get_by_role("button", "Sign in").click().await;
        site::connected(&page).await;
        page.get_by_role("link", "Images").click().await;
        page.wait_for_url("below the path", |url| url.ends_with("/linkspan/images")).await;
        page.get_by_role("textbox", "Image to pull").wait().await;
        // An address is whole, and a file comes.
        page.reload().await;
        site::connected(&page).await;
        page.get_by_role("textbox", "Image to pull").wait().await;
        let cookies = page.eval("return document.cookie", vec![]).await;
        assert_eq!(cookies, json!(""), "no script reads the session");
        let saved = page.eval("const answer = await fetch('/linkspan/api/images/save?image=alpine'); return answer.status", vec![]).await;
        assert_eq!(saved, json!(200));
        // Whatever the browser itself goes to.
        page.goto(&format!("{public}/linkspan/images/alpine")).await;
        page.wait_for_role("link", "Save as tar").await;
        let outside =
            "return [...document.querySelectorAll('a[href]')].map(a => a.pathname).filter(path => !path.startsWith('/linkspan/'))";
        assert_eq!(page.eval(outside, vec![]).await, json!([]));
        page.goto(&format!("{public}/linkspan/settings")).await;
        page.get_by_role("button", "Invite…").click().await;
        page.get_by_role("button", "Create link").click().await;
        let link = page.get_by_role("textbox", "Shown this once");
        link.wait_for("a link", |found| {
            found.value.as_deref().is_some_and(|value| value.starts_with(&format!("{public}/linkspan/welcome#token=")))
        })
        .await;
        page.press("Escape").await;
        page.get_by_role("button", "Account").click().await;
        page.get_by_role("menuitem", "Sign out").click().await;
        page.wait_for_url("the sign-in page", |url| url.contains("/linkspan/login")).await;
        // All headers together pass through the buffers that a proxy has for them.
        let (_, said) = curl(&[&format!("{public}/linkspan/login")]);
        let head = said.split("\r\n\r\n").next().unwrap_or_default();
        assert!(head.len() < 4_000, "{} bytes: {head}", head.len());
    }
}

/// Whom a proxy has signed in is signed in; nobody else is believed to be the proxy.
pub async fn a_proxy_signs_people_in(world: Arc<World>) {
    let folder = scratch::folder("nginx").expect("a folder");
    let secret = folder.path().join("secret");
    fs::write(&secret, "a secret of the proxy's\n").expect("it is written");
    let port = registry::free_port().expect("a port");
    let public = format!("http://127.0.0.1:{port}");
    let args = [
        "--base-path",
        "/linkspan",
        "--public-url",
        &public,
        "--trusted-proxy",
        "127.0.0.1",
        "--proxy-user-header",
        "Remote-User",
        "--proxy-groups-header",
        "Remote-Groups",
        "--proxy-role",
        "ops:operator",
        "--proxy-role",
        "dev:developer",
        "--proxy-secret-file",
        secret.to_str().expect("a path"),
    ];
    let bridge = world.bridge_with(Options { port: registry::free_port().expect("a port"), ..options(&world, &args) }).await;
    let fixed = "proxy_set_header Remote-User ana; proxy_set_header Remote-Groups 'people, ops'; \
         proxy_set_header X-Linkspan-Proxy-Secret \"a secret of the proxy's\";";
    let proxy = nginx(folder.path(), port, bridge.port(), "", fixed);
    site::until("nginx", async || curl(&[&format!("{public}/linkspan/healthz")]).0 == "200").await;
    let page = world.page().await;
    page.goto(&format!("{public}/linkspan/")).await;
    site::connected(&page).await;
    page.get_by_role("button", "Account").click().await;
    page.get_by_role("menu", "Signed in as ana, operator").wait().await;
    page.press("Escape").await;
    // Straight at the bridge, whatever somebody says: it is none of the proxy's word without its secret.
    let direct = format!("http://127.0.0.1:{}/api/session", bridge.port());
    for secret in ["", "X-Linkspan-Proxy-Secret: a secret of the proxy'z"] {
        let (_, said) = curl(&["--header", "Remote-User: admin", "--header", secret, &direct]);
        assert!(said.contains("\"user\":null"), "{said}");
    }
    let said =
        curl(&["--header", "Remote-User: admin", "--header", "Remote-Groups: dev", &format!("http://127.0.0.1:{}/", bridge.port())]).1;
    assert!(!said.to_lowercase().contains("set-cookie"), "{said}");
    drop(proxy);
    // Another one there, in the same browser: not as the one before. Who has no role, or somebody else's name, is told.
    let other = fixed.replace("ana", "jun").replace("people, ops", "dev");
    let proxy = nginx(folder.path(), port, bridge.port(), "", &other);
    site::until("nginx", async || curl(&[&format!("{public}/linkspan/healthz")]).0 == "200").await;
    page.goto(&format!("{public}/linkspan/")).await;
    site::connected(&page).await;
    page.get_by_role("button", "Account").click().await;
    page.get_by_role("menu", "Signed in as jun, developer").wait().await;
    drop(proxy);
    // Other groups are another role, without a new sign-in by hand.
    let proxy = nginx(folder.path(), port, bridge.port(), "", &fixed.replace("ana", "jun"));
    site::until("nginx", async || curl(&[&format!("{public}/linkspan/healthz")]).0 == "200").await;
    page.goto(&format!("{public}/linkspan/")).await;
    site::connected(&page).await;
    page.get_by_role("button", "Account").click().await;
    page.get_by_role("menu", "Signed in as jun, operator").wait().await;
    drop(proxy);
    for (who, groups, why) in [("eve", "people", "none of your groups"), ("admin", "dev", "somebody else has your name")] {
        let _proxy = nginx(folder.path(), port, bridge.port(), "", &fixed.replace("ana", who).replace("people, ops", groups));
        site::until("nginx", async || curl(&[&format!("{public}/linkspan/healthz")]).0 == "200").await;
        let (status, said) = curl(&[&format!("{public}/linkspan/")]);
        assert!(status == "403" && said.contains(why), "{said}");
    }
    // Whoever is signed in there gets no password here, and no other role.
    let mut admin = wire::signed_in(&bridge).await;
    admin.expect("hello").await;
    let grants = json!([{ "role": "administrator", "scope": "all" }]);
    for (call, arguments) in [
        ("people.reset_password", json!({ "name": "ana" })),
        ("people.change", json!({ "name": "ana", "grants": grants, "disabled": null })),
    ] {
        admin.send(json!({ "call": { "id": 1, "engine": "local", "call": call, "arguments": arguments } })).await;
        let said = admin.expect("refusal").await.to_string();
        assert!(said.contains("they sign in elsewhere"), "{said}");
    }
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
