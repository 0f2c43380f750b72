//! Every way to reach an engine, and what is said when it cannot be.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::explain;
use linkspan_tests::bridge::{self, Options};
use linkspan_tests::certificates::{Authority, Valid};
use linkspan_tests::page::{Name, Page};
use linkspan_tests::proxy::Proxy;
use linkspan_tests::registry::free_port;
use linkspan_tests::site::{self, container};
use linkspan_tests::sshd::Sshd;
use linkspan_tests::world::{PASSWORD, World};
use linkspan_tests::{scratch, wire};
use serde_json::json;
use tokio::task::block_in_place;
use xtask::engine::Engine;
use xtask::process::{self, Finished};

pub const PATIENCE: Duration = Duration::from_secs(30);

/// Runs the binary to its end.
fn linkspan(folder: &Path, args: &[&str], env: &[(&str, &str)]) -> Finished {
    let mut command = bridge::command_in(folder, args).expect("the binary");
    command.envs(env.iter().copied());
    block_in_place(|| process::run(command, PATIENCE)).expect("it ends by itself")
}

/// What `linkspan doctor` says, where it has to fail.
pub fn ill(folder: &Path, args: &[&str], env: &[(&str, &str)]) -> String {
    let finished = linkspan(folder, &[&["doctor"], args].concat(), env);
    assert_eq!(finished.status.code(), Some(1), "{finished:?}");
    finished.stdout
}

/// The step that failed, and all that was said of it.
pub fn failed_step(report: &str) -> (&str, &str) {
    let at = report.find("FAILED").unwrap_or_else(|| panic!("nothing failed: {report}"));
    let line = report[..at].rfind('\n').map_or(0, |end| end + 1);
    (report[line..at].trim(), &report[at..])
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

/// An engine that listens on TCP with mutual TLS, as `dockerd --tlsverify` does, beside its socket.
struct TlsEngine {
    engine: Engine,
    port: u16,
    folder: tempfile::TempDir,
}

impl TlsEngine {
    fn start(world: &World, hosts: &[&str], valid: Valid) -> TlsEngine {
        let folder = scratch::folder("tls").expect("a folder");
        let authority = Authority::new(folder.path(), "engine-ca");
        let server = authority.server("server", hosts, valid);
        authority.client("client", Valid::Now);
        let port = free_port().expect("a port");
        let file = |name: &str| server.join(name).display().to_string();
        let extra_args = vec![
            format!("--host=tcp://127.0.0.1:{port}"),
            "--tlsverify".into(),
            format!("--tlscacert={}", file("ca.pem")),
            format!("--tlscert={}", file("cert.pem")),
            format!("--tlskey={}", file("key.pem")),
        ];
        let engine = world.own_engine(xtask::engine::Options { extra_args, ..Default::default() });
        TlsEngine { engine, port, folder }
    }

    fn client(&self) -> PathBuf {
        self.folder.path().join("client")
    }

    fn host(&self) -> String {
        format!("tcp://127.0.0.1:{}", self.port)
    }
}

/// What everybody does first, on whatever endpoint: the table, a run with its output, a log.
async fn is_of_use(page: &Page, bridge: &bridge::Bridge, query: &str) {
    container(page, "here").wait_for("running", |row| row.text.contains("Running")).await;
    site::visit(page, bridge, &format!("/run{query}")).await;
    page.get_by_role("combobox", "Image").fill("alpine").await;
    page.get_by_role("textbox", "Command").fill("echo over the linkspan").await;
    page.get_by_role("button", "Run").click().await;
    let result = page.get_by_role("region", "Run result");
    result.expect_text("over the linkspan").await;
    result.expect_text("Exit code 0").await;
    site::visit(page, bridge, &format!("/containers/here/logs{query}")).await;
    page.get_by_role("log", "Logs of here").expect_text("line 1").await;
    site::visit(page, bridge, &format!("/containers{query}")).await;
}

pub fn start_here(engine: &Engine) {
    let script = "echo line 1; exec sleep 600";
    block_in_place(|| engine.docker(&["run", "--detach", "--name", "here", "alpine", "sh", "-c", script])).expect("a container");
}

pub async fn mutual_tls_by_the_variables_of_docker_machine(world: Arc<World>) {
    let tls = block_in_place(|| TlsEngine::start(&world, &["localhost", "127.0.0.1"], Valid::Now));
    start_here(&tls.engine);
    let mut options = Options { admin_password: Some(PASSWORD.to_owned()), ..Options::default() };
    let client = tls.client().display().to_string();
    options.env =
        vec![("DOCKER_HOST".into(), tls.host()), ("DOCKER_TLS_VERIFY".into(), "1".into()), ("DOCKER_CERT_PATH".into(), client.clone())];
    let bridge = world.bridge_with(options).await;
    let page = world.page().await.with_deadline(PATIENCE);
    site::sign_in(&page, &bridge).await;
    is_of_use(&page, &bridge, "").await;
    explain::what_is_shown_reaches_the_engine(&world, &bridge).await;
    drop(bridge);

    let home = scratch::folder("home").expect("a folder");
    let host = tls.host();
    let env = |cert_path: &str| -> Vec<(String, String)> {
        vec![
            ("DOCKER_HOST".into(), host.clone()),
            ("DOCKER_TLS_VERIFY".into(), "1".into()),
            ("DOCKER_CERT_PATH".into(), cert_path.to_owned()),
        ]
    };
    let run = |args: &[&str], env: &[(String, String)]| {
        let env: Vec<(&str, &str)> = env.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        linkspan(home.path(), args, &env)
    };
    // The doctor, with everything as it should be.
    let well = run(&["doctor"], &env(&client));
    assert_eq!(well.status.code(), Some(0), "{well:?}");
    for part in ["address", "connection", "CN=server, issued by CN=engine-ca, for localhost, 127.0.0.1", "until 2100-01-01", "API 1.41"] {
        assert!(well.stdout.contains(part), "{part}: {}", well.stdout);
    }
    // A CA that cannot be used spoils nothing for the one that can.
    let authorities = tls.client().join("ca.pem");
    let good = fs::read_to_string(&authorities).expect("a file");
    fs::write(&authorities, format!("-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n{good}")).expect("a file");
    let beside = run(&["doctor"], &env(&client));
    assert_eq!(beside.status.code(), Some(0), "{beside:?}");
    fs::write(&authorities, good).expect("a file");
    // Somebody else's CA: the engine's certificate is not trusted …
    let other = Authority::new(&tls.folder.path().join("other"), "other-ca");
    let stranger = other.client("client", Valid::Now);
    let report = run(&["doctor"], &env(text(&stranger))).stdout;
    let (step, said) = failed_step(&report);
    assert_eq!(step, "encryption");
    assert!(said.contains("not issued by a CA that is trusted here") && said.contains("CN=engine-ca"), "{said}");
    // … and it ends a start at once, with one line.
    let started = run(&["serve", "--listen", "127.0.0.1:0"], &env(text(&stranger)));
    assert_eq!(started.status.code(), Some(1), "{started:?}");
    assert_eq!(started.stderr.trim().lines().count(), 1, "{}", started.stderr);
    assert!(started.stderr.contains("CN=engine-ca"), "{}", started.stderr);
    // With the right CA and somebody else's identity the engine refuses; without any it says that it wants one.
    for (identity, fault) in [(Some(&stranger), "does not accept this side's certificate"), (None, "asks for a client certificate")] {
        let mixed = tls.folder.path().join(fault.split(' ').next().unwrap_or_default());
        fs::create_dir_all(&mixed).expect("a folder");
        fs::copy(tls.client().join("ca.pem"), mixed.join("ca.pem")).expect("a copy");
        if let Some(identity) = identity {
            for file in ["cert.pem", "key.pem"] {
                fs::copy(identity.join(file), mixed.join(file)).expect("a copy");
            }
        }
        let report = run(&["doctor"], &env(text(&mixed))).stdout;
        let (step, said) = failed_step(&report);
        assert!(step == "encryption" && said.contains(fault), "{report}");
    }
    // Not verified, asked for by name: the same strange CA does no harm, and the report says so.
    fs::copy(stranger.join("ca.pem"), tls.client().join("ca.pem")).expect("a copy");
    let unverified = run(&["doctor", "--tls-no-verify"], &env(&client));
    assert_eq!(unverified.status.code(), Some(0), "{unverified:?}");
    assert!(unverified.stdout.contains("NOT verified"), "{}", unverified.stdout);
    // Without TLS, the engine says that it speaks nothing else.
    let (_, said) = (0, ill(home.path(), &["--engine", &host], &[]));
    assert!(failed_step(&said).1.contains("DOCKER_TLS_VERIFY=1"), "{said}");
}

pub async fn certificates_that_do_not_fit_are_said(world: Arc<World>) {
    let home = scratch::folder("home").expect("a folder");
    let tls = block_in_place(|| TlsEngine::start(&world, &["pier.example"], Valid::Now));
    let client = tls.client().display().to_string();
    let env = [("DOCKER_TLS_VERIFY", "1"), ("DOCKER_CERT_PATH", client.as_str())];
    let report = ill(home.path(), &["--engine", &tls.host()], &env);
    let (step, said) = failed_step(&report);
    assert!(step == "encryption" && said.contains("for another host") && said.contains("for pier.example"), "{report}");
    drop(tls);
    let tls = block_in_place(|| TlsEngine::start(&world, &["127.0.0.1"], Valid::Past));
    let client = tls.client().display().to_string();
    let env = [("DOCKER_TLS_VERIFY", "1"), ("DOCKER_CERT_PATH", client.as_str())];
    let report = ill(home.path(), &["--engine", &tls.host()], &env);
    let (step, said) = failed_step(&report);
    assert!(step == "encryption" && said.contains("past its last day") && said.contains("until 2021-01-01"), "{report}");
    let started = linkspan(home.path(), &["--engine", &tls.host(), "--listen", "127.0.0.1:0"], &env);
    assert_eq!((started.status.code(), started.stderr.trim().lines().count()), (Some(1), 1), "{started:?}");
    // Where there are several, one with a bad certificate does not take the others with it.
    let socket = world.engine().host();
    let mut options =
        Options { engines: vec![socket, format!("old={}", tls.host())], admin_password: Some(PASSWORD.to_owned()), ..Options::default() };
    options.env = env.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let bridge = world.bridge_with(options).await;
    let page = world.page().await;
    site::sign_in(&page, &bridge).await;
    page.goto(&format!("{}/containers?engine=old", bridge.url())).await;
    page.get_by_role("status", "Connection").expect_text("Engine unreachable").await;
    page.get_by_role("alert", Name::Any).expect_text("past its last day").await;
}

pub async fn contexts_are_read_as_the_docker_command_reads_them(world: Arc<World>) {
    let tls = block_in_place(|| TlsEngine::start(&world, &["127.0.0.1"], Valid::Now));
    start_here(&tls.engine);
    let config = scratch::folder("config").expect("a folder");
    let docker = |args: &[&str]| {
        let mut command = tls.engine.command().expect("the docker command");
        command.env("DOCKER_CONFIG", config.path()).env_remove("DOCKER_HOST").args(args);
        block_in_place(|| process::check(command, PATIENCE)).expect("a context")
    };
    let file = |name: &str| tls.client().join(name).display().to_string();
    let spec = format!("host={},ca={},cert={},key={}", tls.host(), file("ca.pem"), file("cert.pem"), file("key.pem"));
    docker(&["context", "create", "pier", "--docker", &spec]);
    docker(&["context", "create", "local-socket", "--docker", &format!("host={}", tls.engine.host())]);
    docker(&["context", "use", "pier"]);
    // The current context, with its certificates, under its own name.
    let mut options = Options { admin_password: Some(PASSWORD.to_owned()), ..Options::default() };
    options.env = vec![("DOCKER_CONFIG".into(), config.path().display().to_string())];
    let bridge = world.bridge_with(options.clone()).await;
    let page = world.page().await.with_deadline(PATIENCE);
    site::sign_in(&page, &bridge).await;
    is_of_use(&page, &bridge, "").await;
    let hello = wire::signed_in(&bridge).await.expect("hello").await;
    assert_eq!(hello["engines"], json!(["pier"]));
    drop(bridge);
    // DOCKER_CONTEXT goes before it, DOCKER_HOST before both, and several stand side by side.
    let home = scratch::folder("home").expect("a folder");
    let config_path = config.path().display().to_string();
    let doctor = |args: &[&str], env: &[(&str, &str)]| {
        let env = [&[("DOCKER_CONFIG", config_path.as_str())], env].concat();
        linkspan(home.path(), &[&["doctor"], args].concat(), &env)
    };
    let chosen = doctor(&[], &[("DOCKER_CONTEXT", "local-socket")]);
    assert!(chosen.status.success() && chosen.stdout.contains("context://local-socket") && chosen.stdout.contains("unix://"), "{chosen:?}");
    let host = tls.engine.host();
    let by_host = doctor(&[], &[("DOCKER_CONTEXT", "gone"), ("DOCKER_HOST", &host)]);
    assert!(by_host.status.success(), "{by_host:?}");
    let both = doctor(&["--engine", "a=context://pier", "--engine", "b=context://local-socket"], &[]);
    assert!(both.status.success() && both.stdout.contains("a: context://pier") && both.stdout.contains("b: context://local"), "{both:?}");
    let gone = doctor(&[], &[("DOCKER_CONTEXT", "gone")]);
    assert!(failed_step(&gone.stdout).1.contains("'gone' does not exist"), "{gone:?}");
}

pub async fn over_ssh(world: Arc<World>) {
    let engine = world.own_engine(xtask::engine::Options::default());
    start_here(&engine);
    let sshd = block_in_place(|| Sshd::start(&engine.host())).expect("sshd");
    let path = sshd.client("user", true).expect("a client");
    let mut options = Options::new(&format!("pier={}", sshd.url()), PASSWORD);
    options.env = vec![("PATH".into(), path.clone())];
    let bridge = world.bridge_with(options).await;
    let page = world.page().await.with_deadline(PATIENCE);
    site::sign_in(&page, &bridge).await;
    is_of_use(&page, &bridge, "").await;
    // It ends with its connections.
    drop(bridge);
    let gone = block_in_place(|| process::wait_until(Duration::from_secs(10), || sshd.sessions() == 0));
    assert!(gone, "{} sessions are left", sshd.sessions());

    let home = scratch::folder("home").expect("a folder");
    let url = sshd.url();
    let well = linkspan(home.path(), &["doctor", "--engine", &url], &[("PATH", &path)]);
    assert!(well.status.success() && well.stdout.contains("by ssh"), "{well:?}");
    // The socket in the address, as the docker command of today takes it.
    let with_socket = format!("{url}{}", engine.socket().display());
    let well = linkspan(home.path(), &["doctor", "--engine", &with_socket], &[("PATH", &path)]);
    assert!(well.status.success(), "{well:?}");
    let elsewhere = format!("{url}/nowhere/docker.sock");
    for (url, path, step, said) in [
        (&url, sshd.client("stranger", true), "encryption", "ssh is not let in"),
        (&url, sshd.client("user", false), "encryption", "ssh does not know the host's key"),
        (&elsewhere, sshd.client("user", true), "connection", "there is no socket at this path"),
        (&"ssh://127.0.0.1:1".to_owned(), sshd.client("user", true), "connection", "nobody listens"),
        (&url, Ok("/nowhere".to_owned()), "connection", "ssh cannot be started"),
    ] {
        let report = ill(home.path(), &["--engine", url], &[("PATH", &path.expect("a client"))]);
        let (failed, why) = failed_step(&report);
        assert!(failed == step && why.contains(said), "{said}: {report}");
        assert!(why.contains("What to do:"), "{report}");
    }
}

pub async fn over_plain_tcp_and_http(world: Arc<World>) {
    start_here(world.engine());
    let proxy = Proxy::to_socket(world.engine().socket()).await;
    let port = proxy.port();
    let mut options = Options::new(&format!("tcp=tcp://127.0.0.1:{port}"), PASSWORD);
    options.engines.push(format!("http=http://localhost:{port}"));
    let bridge = world.bridge_with(options).await;
    let page = world.page().await.with_deadline(PATIENCE);
    site::sign_in(&page, &bridge).await;
    is_of_use(&page, &bridge, "").await;
    site::visit(&page, &bridge, "/containers?engine=http").await;
    is_of_use(&page, &bridge, "?engine=http").await;
}

pub async fn bad_settings_are_one_line(_world: Arc<World>) {
    let home = scratch::folder("home").expect("a folder");
    let folder = home.path();
    let authority = Authority::new(folder, "ca");
    let good = authority.client("good", Valid::Now);
    let expired = authority.client("expired", Valid::Past);
    let early = authority.client("early", Valid::Future);
    let broken = |name: &str, change: &dyn Fn(&Path)| {
        let copy = authority.client(name, Valid::Now);
        change(&copy);
        copy.display().to_string()
    };
    let no_ca = broken("no-ca", &|dir| fs::remove_file(dir.join("ca.pem")).expect("a file"));
    let no_cert = broken("no-cert", &|dir| fs::remove_file(dir.join("cert.pem")).expect("a file"));
    let no_key = broken("no-key", &|dir| fs::remove_file(dir.join("key.pem")).expect("a file"));
    let nonsense = broken("nonsense", &|dir| fs::write(dir.join("cert.pem"), "hello").expect("a file"));
    let other_key = broken("other-key", &|dir| {
        fs::copy(good.join("key.pem"), dir.join("key.pem")).expect("a file");
    });
    fs::create_dir_all(folder.join("odd")).expect("a folder");
    fs::write(folder.join("odd/config.json"), "{").expect("a file");
    let odd = folder.join("odd").display().to_string();
    let tls = |path: &str| vec![("DOCKER_TLS_VERIFY".to_owned(), "1".to_owned()), ("DOCKER_CERT_PATH".to_owned(), path.to_owned())];
    let tcp: &[&str] = &["--engine", "pier=tcp://127.0.0.1:1"];
    type Case<'a> = (&'a [&'a str], Vec<(String, String)>, &'a str);
    let cases: &[Case<'_>] = &[
        (&["--engine", "pier"], vec![], "'pier'"),
        (&["--engine", "a b=unix:///x"], vec![], "no name for an engine"),
        (&["--engine", "all=unix:///x"], vec![], "means all engines"),
        (&["--engine", "gopher://x"], vec![], "none of unix, tcp"),
        (&["--engine", "tcp://127.0.0.1:none"], vec![], "tcp://127.0.0.1:none"),
        (&["--engine", "ssh://me:secret@host"], vec![], "a password has no place"),
        (&["--engine", "tcp://192.0.2.1:2375"], vec![], "--allow-plain-tcp"),
        (&["--engine", "http://192.0.2.1"], vec![], "--allow-plain-tcp"),
        (&["--engine", "unix:///a", "--engine", "unix:///b"], vec![], "two engines are called 'local'"),
        (&["--engine", "context://nowhere"], vec![], "'nowhere' does not exist"),
        (&[], vec![("DOCKER_HOST".into(), "nonsense".into())], "nonsense"),
        (&[], vec![("DOCKER_CONTEXT".into(), "nowhere".into())], "'nowhere' does not exist"),
        (&[], vec![("DOCKER_CONFIG".into(), odd)], "config.json"),
        (tcp, tls("/nowhere"), "/nowhere/ca.pem"),
        (tcp, tls(&no_ca), "no-ca/ca.pem"),
        (tcp, tls(&no_cert), "no-cert/cert.pem"),
        (tcp, tls(&no_key), "no-key/key.pem"),
        (tcp, tls(&nonsense), "nonsense/cert.pem"),
        (tcp, tls(&other_key), "does not belong to"),
        (tcp, tls(text(&expired)), "until 2021-01-01"),
        (tcp, tls(text(&early)), "valid from 2099-01-01"),
    ];
    for (args, env, said) in cases {
        let env: Vec<(&str, &str)> = env.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let finished = linkspan(folder, &[args, ["--listen", "127.0.0.1:0"].as_slice()].concat(), &env);
        assert!(matches!(finished.status.code(), Some(1 | 2)), "{args:?} {env:?}: {finished:?}");
        assert!(finished.stderr.contains(said), "{said}: {finished:?}");
        assert_eq!(finished.stderr.trim().lines().count(), 1, "{finished:?}");
        assert!(!finished.stderr.contains("secret@"), "{finished:?}");
    }
}
