//! Behind a reverse proxy: under a path, with its certificate, and with whom it has signed in.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use linkspan_tests::bridge::Options;
use linkspan_tests::certificates::{Authority, Valid};
use linkspan_tests::registry;
use linkspan_tests::scratch;
use linkspan_tests::site;
use linkspan_tests::wire;
use linkspan_tests::world::{PASSWORD, World};
use serde_json::json;
use tokio::task::block_in_place;
use xtask::process;

use super::sharing::{curl, options};

/// Ended when it is dropped.
struct Nginx(Child);

impl Drop for Nginx {
    fn drop(&mut self) {
        process::stop(&mut self.0, Duration::from_secs(5));
    }
}

/// With its own defaults but for what a websocket needs; `to` is where it passes requests on to, `more` what else it says.
fn nginx(folder: &Path, port: u16, to: &str, more: &str) -> Nginx {
    let config = format!(
        "daemon off; master_process off; pid nginx-{port}.pid; error_log stderr;\n\
         events {{}}\n\
         http {{ access_log off; client_body_temp_path body-{port}; proxy_temp_path proxy-{port}; fastcgi_temp_path f-{port}; uwsgi_temp_path u-{port}; scgi_temp_path s-{port};\n\
         map $http_upgrade $connection_upgrade {{ default upgrade; '' close; }}\n\
         server {{ listen 127.0.0.1:{port};\n\
         location /linkspan/ {{ proxy_pass {to};\n\
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
        let _nginx = nginx(folder.path(), port, &format!("{}{pass}", bridge.url()), "");
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
    let proxy = nginx(folder.path(), port, &bridge.url(), fixed);
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
    let proxy = nginx(folder.path(), port, &bridge.url(), &other);
    site::until("nginx", async || curl(&[&format!("{public}/linkspan/healthz")]).0 == "200").await;
    page.goto(&format!("{public}/linkspan/")).await;
    site::connected(&page).await;
    page.get_by_role("button", "Account").click().await;
    page.get_by_role("menu", "Signed in as jun, developer").wait().await;
    drop(proxy);
    // Other groups are another role, without a new sign-in by hand.
    let proxy = nginx(folder.path(), port, &bridge.url(), &fixed.replace("ana", "jun"));
    site::until("nginx", async || curl(&[&format!("{public}/linkspan/healthz")]).0 == "200").await;
    page.goto(&format!("{public}/linkspan/")).await;
    site::connected(&page).await;
    page.get_by_role("button", "Account").click().await;
    page.get_by_role("menu", "Signed in as jun, operator").wait().await;
    drop(proxy);
    for (who, groups, why) in [("eve", "people", "none of your groups"), ("admin", "dev", "somebody else has your name")] {
        let _proxy = nginx(folder.path(), port, &bridge.url(), &fixed.replace("ana", who).replace("people, ops", groups));
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

/// The proxy proves itself by a certificate, which is asked of nobody else.
pub async fn a_proxy_proves_itself_by_a_certificate(world: Arc<World>) {
    let folder = scratch::folder("certificates").expect("a folder");
    let authority = |name: &str| {
        let own = folder.path().join(name);
        fs::create_dir_all(&own).expect("a folder");
        Authority::new(&own, name)
    };
    let server = authority("server").server("server", &["127.0.0.1"], Valid::Now);
    let proxies = authority("proxies").client("proxy", Valid::Now);
    let stranger = authority("stranger").client("stranger", Valid::Now);
    let path = |folder: &Path, name: &str| folder.join(name).to_str().expect("a path").to_owned();
    let port = registry::free_port().expect("a port");
    let public = format!("http://127.0.0.1:{port}");
    let (cert, key, client_ca) = (path(&server, "cert.pem"), path(&server, "key.pem"), path(&proxies, "ca.pem"));
    let args = [
        &["--tls-cert", &cert, "--tls-key", &key, "--base-path", "/linkspan", "--public-url", &public, "--trusted-proxy", "127.0.0.1"][..],
        &["--proxy-user-header", "Remote-User", "--proxy-role", "*:viewer", "--proxy-client-ca", &client_ca],
    ];
    let bridge = world.bridge_with(Options { port: registry::free_port().expect("a port"), ..options(&world, &args.concat()) }).await;
    let of = |folder: &Path| {
        format!(
            "proxy_set_header Remote-User ana; proxy_ssl_certificate {}; proxy_ssl_certificate_key {};",
            path(folder, "cert.pem"),
            path(folder, "key.pem")
        )
    };
    let session = format!("{public}/linkspan/");
    let proxy = nginx(folder.path(), port, &bridge.url(), &of(&proxies));
    site::until("nginx", async || curl(&[&format!("{public}/linkspan/healthz")]).0 == "200").await;
    let (status, said) = curl(&[&session]);
    assert!(status == "200" && said.contains("ana") && said.to_lowercase().contains("set-cookie"), "{said}");
    drop(proxy);
    // One of another CA does not even connect; without one nobody is named, and people sign in as ever.
    let proxy = nginx(folder.path(), port, &bridge.url(), &of(&stranger));
    site::until("nginx", async || curl(&[&format!("{public}/linkspan/healthz")]).0 == "502").await;
    drop(proxy);
    let _proxy = nginx(folder.path(), port, &bridge.url(), "proxy_set_header Remote-User ana;");
    site::until("nginx", async || curl(&[&format!("{public}/linkspan/healthz")]).0 == "200").await;
    let (status, said) = curl(&[&format!("{public}/linkspan/api/session")]);
    assert!(status == "200" && said.contains("\"user\":null"), "{said}");
    let direct = ["--insecure", "--header", "Remote-User: ana", &format!("{}/api/session", bridge.url())];
    assert!(curl(&direct).1.contains("\"user\":null"));
    // Both at once, or neither, or without HTTPS: said at the start.
    let own = ["--proxy-user-header", "Remote-User", "--trusted-proxy", "::1", "--proxy-role", "*:viewer"];
    let of_ca = ["--proxy-client-ca", client_ca.as_str()];
    for more in [&[][..], &of_ca, &[&of_ca[..], &["--tls-self-signed", "--proxy-secret-file", &key]].concat()] {
        let mut start = bridge.command(&[&own, more].concat()).expect("a command");
        let said = block_in_place(|| start.output()).expect("it runs");
        assert!(said.status.code() == Some(2) && String::from_utf8_lossy(&said.stderr).contains("--proxy-client-ca"), "{said:?}");
    }
    // A connection that takes up an earlier one's session would show no certificate, and have one: there is nothing to take up.
    let others = world.bridge_with(options(&world, &["--tls-cert", &cert, "--tls-key", &key])).await;
    for (bridge, is_kept) in [(&others, true), (&bridge, false)] {
        let kept = folder.path().join(format!("session-{is_kept}"));
        let mut client = Command::new("openssl");
        client.args(["s_client", "-tls1_2", "-connect", &format!("127.0.0.1:{}", bridge.port()), "-cert", &path(&proxies, "cert.pem")]);
        client.args(["-key", &path(&proxies, "key.pem"), "-sess_out"]).arg(&kept).stdin(Stdio::null());
        let said = block_in_place(|| client.output()).expect("openssl runs");
        assert!(String::from_utf8_lossy(&said.stdout).contains("New, TLS"), "{said:?}");
        assert_eq!(kept.exists(), is_kept, "{said:?}");
    }
}

/// What Caddy (`reverse_proxy`, `handle_path`) and Traefik (`StripPrefix`) send by themselves, as their documents have it: the name that
/// people use stays in `Host`, the path that stands before is left out, and the client is the only one in `X-Forwarded-For`.
pub async fn what_caddy_and_traefik_send_is_understood(world: Arc<World>) {
    let public = "https://tools.example";
    let args = ["--base-path", "/linkspan", "--public-url", public, "--trusted-proxy", "127.0.0.1"];
    let bridge = world.bridge_with(Options { port: registry::free_port().expect("a port"), ..options(&world, &args) }).await;
    let caddy = [
        ("Host", "tools.example"),
        ("X-Forwarded-For", "192.0.2.7"),
        ("X-Forwarded-Host", "tools.example"),
        ("X-Forwarded-Proto", "https"),
        ("Via", "1.1 Caddy"),
    ];
    let traefik = [
        ("Host", "tools.example"),
        ("X-Forwarded-For", "192.0.2.8"),
        ("X-Forwarded-Host", "tools.example"),
        ("X-Forwarded-Port", "443"),
        ("X-Forwarded-Prefix", "/linkspan"),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Server", "edge"),
        ("X-Real-Ip", "192.0.2.8"),
    ];
    for (proxy, address) in [(&caddy[..], "192.0.2.7"), (&traefik[..], "192.0.2.8")] {
        let headers = |more: &[(&'static str, &'static str)]| [proxy, more].concat();
        let page = wire::request(&bridge, "GET /login", &headers(&[]), "").await;
        assert!(page.status == 200 && page.body.contains("/linkspan/"), "{}", page.head);
        let body = json!({ "user": "admin", "password": PASSWORD }).to_string();
        let own = [("Origin", public), ("Content-Type", "application/json")];
        let answer = wire::request(&bridge, "POST /api/sign-in", &headers(&own), &body).await;
        let cookie = answer.header("set-cookie").unwrap_or_default().to_owned();
        assert!(answer.status == 200 && cookie.starts_with("__Secure-") && cookie.contains("Path=/linkspan;"), "{}", answer.head);
        let cookie = cookie.split(';').next().unwrap_or_default();
        let upgrade = [&headers(&[("Origin", public)])[..], &[("Cookie", cookie)]].concat();
        let mut socket = wire::open(&bridge, &upgrade).await.expect("a websocket");
        socket.expect("hello").await;
        // It is the client that did it.
        let list =
            json!({ "call": { "id": 1, "engine": "local", "call": "activity.list", "arguments": { "filter": {}, "before": null } } });
        site::until("the client's address", async || {
            socket.send(list.clone()).await;
            socket.expect("reply").await.to_string().contains(address)
        })
        .await;
        // Another name than the one that is known is told which there are.
        let refused = wire::request(&bridge, "POST /api/sign-in", &headers(&[("Origin", "https://other.example"), own[1]]), &body).await;
        assert!(refused.status == 403 && refused.body.contains(public), "{refused:?}");
    }
}
