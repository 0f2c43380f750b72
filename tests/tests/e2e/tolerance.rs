//! One thing that is wrong leaves all else as it is, and is said.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use linkspan_tests::bridge::Options;
use linkspan_tests::page::{Name, containing, starting};
use linkspan_tests::scripted::{self, Reply, Scripted};
use linkspan_tests::site::{self, container};
use linkspan_tests::wire;
use linkspan_tests::world::{PASSWORD, World};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use xtask::engine;

use super::breaks::docker;

/// A scripted engine: no real one refuses its parts on command, or says such things.
pub async fn what_a_proxy_refuses_takes_nothing_else_along(world: Arc<World>) {
    let is_calm = Arc::new(AtomicBool::new(false));
    let calm = Arc::clone(&is_calm);
    let engine = Scripted::start(move |request: &scripted::Request| {
        let row = |id: &str, name: &str, state: &str, status: &str| json!({ "Id": id.repeat(64), "Names": [name], "State": state, "Status": status });
        match request.path.as_str() {
            "/info" | "/_ping" | "/images/json" => Some(Reply::error(403, "forbidden by the proxy's rules")),
            "/networks" => Some(Reply::Full(500, "text/html", b"<html><head><title>Oops</title></head><body>buy this</body></html>".to_vec())),
            "/containers/json" => Some(Reply::json(
                200,
                &json!([
                    row("a", "/first", "levitating", "Up"),
                    { "Id": 7, "Names": ["/unreadable"] },
                    row("b", "/ended", "stopped", ""),
                    null,
                    { "Id": "c".repeat(64), "Names": ["/odd"], "State": "running", "Ports": [7, { "PrivatePort": "80" }], "Labels": { "a": null } },
                ]),
            )),
            path if path.contains("bbbb") || path.contains("cccc") => {
                Some(if calm.load(Ordering::Relaxed) { Reply::error(404, "no such container") } else { Reply::error(500, "not now") })
            }
            _ => None,
        }
    })
    .await
    .expect("a scripted engine");
    let bridge = world.bridge_with(Options::new(&engine.host(), PASSWORD)).await;
    let page = world.page().await;
    site::sign_in(&page, &bridge).await;
    // An unknown state is said in the engine's word, has a chip, and the engine may judge what can be done.
    container(&page, "first").wait_for("the engine's word", |row| row.text.contains("levitating")).await;
    page.get_by_role("button", "Start first").wait().await;
    page.get_by_role("button", starting("Other")).wait().await;
    container(&page, "odd").wait_for("it runs", |row| row.text.contains("Running")).await;
    // One that ended without a word has not ended with 0.
    let ended = container(&page, "ended").wait().await.text;
    assert!(ended.contains("Exited") && !ended.contains("(0)"), "{ended}");
    page.expect_text("2 objects cannot be read and are left out").await;
    page.expect_text("/unreadable").await;
    for (path, said, why) in [
        ("/images", "does not give out its images", "forbidden by the proxy's rules"),
        ("/networks", "does not give out its networks", "500"),
        ("/settings", "does not say what its host is", "forbidden by the proxy's rules"),
    ] {
        site::visit(&page, &bridge, path).await;
        page.expect_text(said).await;
        page.expect_text(why).await;
        assert!(!page.eval("return document.body.innerText", vec![]).await.to_string().contains("buy this"));
    }
    site::visit(&page, &bridge, "/volumes").await;
    page.wait_for_role("heading", containing("No volumes")).await;
    // Nothing is asked for again any more. A ping that is refused is an answer: the connection lasts over several of them.
    is_calm.store(true, Ordering::Relaxed);
    let pings = || engine.requests().iter().filter(|request| request.path == "/_ping").count();
    for _ in 0..3 {
        let before = pings();
        site::until("a ping", async || pings() > before).await;
    }
    assert_eq!(engine.requests().iter().filter(|request| request.path == "/events").count(), 1);
}

/// What an event was about is asked for until the engine says it, and one event that is too long costs no other.
pub async fn an_inspect_that_fails_is_asked_for_again(world: Arc<World>) {
    let streams: Arc<Mutex<Vec<mpsc::Sender<Vec<u8>>>>> = Arc::default();
    let (events, asked) = (Arc::clone(&streams), Arc::new(AtomicUsize::new(0)));
    let state = Arc::new(Mutex::new("running"));
    let (count, now) = (Arc::clone(&asked), Arc::clone(&state));
    let id = "e".repeat(64);
    let own = id.clone();
    let engine = Scripted::start(move |request: &scripted::Request| match request.path.as_str() {
        "/containers/json" => {
            Some(Reply::json(200, &json!([{ "Id": own, "Names": ["/slow"], "State": "created", "Image": "a", "Command": "b" }])))
        }
        "/events" => {
            let (sender, receiver) = mpsc::channel(4);
            events.lock().unwrap().push(sender);
            Some(Reply::Stream("application/json", receiver))
        }
        path if path.contains(&own) => Some(match count.fetch_add(1, Ordering::Relaxed) {
            0..3 => Reply::error(500, "the daemon is busy"),
            _ => Reply::json(200, &json!({ "Id": own, "Name": "/slow", "State": { "Status": *now.lock().unwrap() } })),
        }),
        _ => None,
    })
    .await
    .expect("a scripted engine");
    let bridge = world.bridge_with(Options::new(&engine.host(), PASSWORD)).await;
    let page = world.page().await;
    site::sign_in(&page, &bridge).await;
    container(&page, "slow").wait_for("created", |row| row.text.contains("Created")).await;
    let newest = || streams.lock().unwrap().last().cloned().expect("somebody follows the events");
    let event = json!({ "Type": "container", "Action": "start", "Actor": { "ID": id, "Attributes": {} } });
    newest().send(format!("{event}\n").into_bytes()).await.expect("the bridge listens");
    container(&page, "slow").wait_for("running, in the end", |row| row.text.contains("Running")).await;
    assert!(asked.load(Ordering::Relaxed) >= 4);
    // More than any document has: what it was about is asked for, and nothing is listed again.
    *state.lock().unwrap() = "paused";
    let begin = format!(r#"{{"Type":"container","Action":"pause","Actor":{{"ID":"{id}","Attributes":{{"label":""#);
    let sender = newest();
    sender.send(begin.into_bytes()).await.expect("the bridge listens");
    for _ in 0..5 {
        sender.send(vec![b'x'; 1 << 20]).await.expect("the bridge listens");
    }
    sender.send(b"\"}}}\n".to_vec()).await.expect("the bridge listens");
    container(&page, "slow").wait_for("paused", |row| row.text.contains("Paused")).await;
    assert_eq!(engine.requests().iter().filter(|request| request.path == "/containers/json").count(), 1);
}

pub async fn a_frozen_engine_is_told_with_its_last_word(world: Arc<World>) {
    let engine = world.own_engine(engine::Options::default());
    docker(&engine, &["create", "--name", "idle", "alpine"]);
    let bridge = world.bridge_with(Options::new(&engine.host(), PASSWORD)).await;
    let page = world.page().await.with_deadline(Duration::from_secs(30));
    site::sign_in(&page, &bridge).await;
    container(&page, "idle").wait().await;
    let clock = "return new Date().toLocaleTimeString('en', { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' })";
    let before = page.eval(clock, vec![]).await;
    engine.pause();
    page.get_by_role("status", "Connection").expect_text("Engine unreachable").await;
    page.get_by_role("alert", Name::Any).expect_text("in time").await;
    // As of its last word, which is from before it froze, not from when that was noticed.
    let said = page.get_by_role("alert", Name::Any).text().await;
    let as_of = said.split("known at ").nth(1).and_then(|rest| rest.get(..8)).unwrap_or_else(|| panic!("no time in {said}")).to_owned();
    let seconds = |text: &str| text.split(':').filter_map(|part| part.parse::<i64>().ok()).fold(0, |sum, part| sum * 60 + part);
    let apart = (seconds(&as_of) - seconds(before.as_str().expect("a time"))).rem_euclid(86_400);
    assert!(apart <= 2 || apart >= 86_400 - 6, "{as_of} is {apart} s after {before}");
    engine.resume();
    site::connected(&page).await;
}

/// A browser whose clock is hours ahead.
pub async fn ages_follow_no_browser_s_clock(world: Arc<World>) {
    world.docker(&["run", "--detach", "--name", "fresh", "--network", "none", "alpine", "sleep", "600"]);
    let bridge = world.bridge().await;
    let page = world.page().await;
    let source = "{ const real = Date.now; Date.now = () => real() + 3 * 3600 * 1000; }";
    page.cdp("Page.addScriptToEvaluateOnNewDocument", json!({ "source": source })).await;
    site::sign_in(&page, &bridge).await;
    container(&page, "fresh").wait_for("its age", |row| row.text.contains("just now")).await;
    let row = container(&page, "fresh").text().await;
    assert!(!row.contains("3h") && !row.contains("3 h"), "{row}");
    // What the bridge stamps, too.
    world.docker(&["tag", "alpine", "aged:1"]);
    let mut socket = wire::signed_in(&bridge).await;
    let arguments = json!({ "reference": "registry.invalid/a:1" });
    socket.send(json!({ "call": { "id": 1, "engine": "local", "call": "job.pull", "arguments": arguments } })).await;
    site::visit(&page, &bridge, "/jobs").await;
    page.get_by_role("article", "Pull registry.invalid/a:1").expect_text("just now").await;
}

pub async fn files_of_any_name_are_told_apart(world: Arc<World>) {
    let make = "mkdir -p /srv/odd && cd /srv/odd && printf a > \"$(printf 'x\\377')\" && printf b > \"$(printf 'x\\376')\" && \
        printf c > \"$(printf 'two\\nlines')\" && printf d > \"$(printf 'rtl\\342\\200\\256txt.exe')\" && printf e > old && touch -d '1960-01-02 03:04:05' old \
        && printf f > '/busybox'; sleep 600";
    let id = world.docker(&["run", "--detach", "--name", "box", "--network", "none", "alpine", "sh", "-c", make]);
    let (bridge, page) = site::open(&world).await;
    for running in [true, false] {
        if !running {
            world.docker(&["stop", "--time", "0", "box"]);
        }
        site::visit(&page, &bridge, "/containers/box/files?path=/srv/odd").await;
        for name in ["x\\xFF", "x\\xFE", "two␊lines", "rtl\u{fffd}txt.exe"] {
            page.get_by_role("row", name).wait().await;
        }
        page.get_by_role("row", "old").wait_for("its year", |row| row.text.contains("1960")).await;
        assert_eq!(page.find_all_by_role("row").await.len(), 6, "running: {running}");
    }
    // It is itself, also when it is fetched.
    let path = format!("/api/containers/{}/archive?path=/srv/odd/two%0Alines&plain=true", id.trim());
    assert_eq!(wire::download(&bridge, &path).await, (200, b"c".to_vec()));
    // Docker before 24 makes an empty tar file of one whose name is no UTF-8: it is said, and the folder holds it.
    let path = format!("/api/containers/{}/archive?path=/srv/odd/x%EE%BF%BF&plain=true", id.trim());
    let (status, body) = wire::download(&bridge, &path).await;
    assert!(
        status == 500 && String::from_utf8_lossy(&body).contains("download its folder") || (status, &body[..]) == (200, b"a"),
        "{status} {body:?}"
    );
    let path = format!("/api/containers/{}/archive?path=/srv/odd", id.trim());
    let (status, body) = wire::download(&bridge, &path).await;
    assert!(status == 200 && body.windows(6).any(|at| at == b"odd/x\xff"), "{status}");
    // So is a folder of such a name.
    world.docker(&["start", "box"]);
    world.docker(&["exec", "box", "sh", "-c", "mkdir -p \"$(printf '/srv/d\\377')\" && echo kept > \"$(printf '/srv/d\\377/inside')\""]);
    let path = format!("/api/containers/{}/archive?path=/srv/d%EE%BF%BF", id.trim());
    let (status, body) = wire::download(&bridge, &path).await;
    assert!(status == 200 && body.windows(6).any(|at| at == b"inside"), "{status}");
    // A file where one of the usual folders is looked for hides no shell.
    site::visit(&page, &bridge, "/containers/box/terminal").await;
    super::tabs::other_command(&page).await.expect_value("/bin/ash").await;
}

/// Texts of others are shown as what they are, wherever they stand.
pub async fn names_cannot_pass_for_others(world: Arc<World>) {
    let hostile = "a\u{202e}cod.exe\u{200b}b";
    world.docker(&["volume", "create", "--label", &format!("k={hostile}"), "labelled"]);
    world.docker(&["create", "--name", "labelled", "--label", &format!("k={hostile}"), "--env", &format!("E={hostile}"), "alpine"]);
    let (bridge, page) = site::open(&world).await;
    for path in ["/volumes/labelled", "/containers/labelled", "/containers/labelled/inspect"] {
        site::visit(&page, &bridge, path).await;
        if path.ends_with("/inspect") {
            page.get_by_role("searchbox", "Search keys and values").fill("cod.exe").await;
        }
        page.expect_text("a\u{fffd}cod.exe\u{fffd}b").await;
        let text = page.eval("return document.documentElement.textContent", vec![]).await;
        assert!(!text.as_str().expect("a text").contains(['\u{202e}', '\u{200b}']), "{path}");
    }
}

pub async fn ports_lose_nothing(world: Arc<World>) {
    let publish = ["127.0.0.1:18081:80", "15353:5353/udp", "21000-21004:21000-21004"];
    let arguments = publish.iter().flat_map(|one| ["--publish", one]).collect::<Vec<_>>();
    world.docker(&[&["run", "--detach", "--name", "open", "--expose", "9999"], &arguments[..], &["alpine", "sleep", "600"]].concat());
    let (bridge, page) = site::open(&world).await;
    let all = "127.0.0.1:18081→80";
    let row = container(&page, "open").wait_for("its ports", |row| row.text.contains(all)).await.text;
    for part in ["15353→5353/udp", "21000–21004→21000–21004", "9999"] {
        assert!(row.contains(part), "{part} in {row}");
    }
    // In full on its page, also when it does not run.
    for running in [true, false] {
        if !running {
            world.docker(&["stop", "--time", "0", "open"]);
            container(&page, "open").wait_for("its end", |row| row.text.contains("Exited")).await;
        }
        site::visit(&page, &bridge, "/containers/open").await;
        let card = page.get_by_role("region", "Ports");
        card.expect_text("127.0.0.1:18081 → 80/tcp").await;
        card.expect_text("9999/tcp").await;
        site::visit(&page, &bridge, "/containers").await;
    }
}

/// An engine's words may be about another container than the one that was asked about.
pub async fn errors_name_what_they_are_about(world: Arc<World>) {
    world.docker(&["create", "--name", "owner", "--network", "none", "alpine", "sleep", "600"]);
    world.docker(&["create", "--name", "guest", "--network", "container:owner", "alpine", "sleep", "600"]);
    world.docker(&["rm", "owner"]);
    world.docker(&["create", "--name", "mute", "--network", "none", "--log-driver", "none", "alpine", "sleep", "600"]);
    let (bridge, page) = site::open(&world).await;
    page.get_by_role("button", "Start guest").click().await;
    let alert = page.get_by_role("alert", Name::Any);
    alert.expect_text("It needs another container that is not there any more").await;
    assert!(!alert.text().await.contains("This container is not there"), "{}", alert.text().await);
    world.docker(&["start", "mute"]);
    site::visit(&page, &bridge, "/containers/mute/logs").await;
    page.get_by_role("alert", Name::Any).expect_text("log driver: none").await;
}

pub async fn what_is_typed_survives(world: Arc<World>) {
    let (bridge, page) = site::open(&world).await;
    site::add_person(&bridge, "jun", &["--role", "developer"]);
    site::visit(&page, &bridge, "/run?image=alpine").await;
    page.get_by_role("textbox", "Name").fill("kept").await;
    page.get_by_role("textbox", "Command").fill("echo hi").await;
    page.get_by_role("button", "Change PATH").wait().await;
    page.get_by_role("button", "Add variable").click().await;
    page.get_by_role("textbox", "Variable name").fill("KEY").await;
    page.get_by_role("textbox", "Value").focus().await;
    page.type_text("first").await;
    page.press("Shift+Enter").await;
    page.type_text("  second").await;
    page.get_by_role("checkbox", "Run in background").check().await;
    let is_there = async |there: bool| {
        let name = if there { "kept" } else { "" };
        page.get_by_role("textbox", "Name").expect_value(name).await;
        if there {
            page.get_by_role("textbox", "Command").expect_value("echo hi").await;
            page.get_by_role("textbox", "Variable name").expect_value("KEY").await;
            page.get_by_role("textbox", "Value").expect_value("first\n  second").await;
            assert!(page.get_by_role("checkbox", "Run in background").wait().await.checked == "true");
        }
    };
    page.reload().await;
    site::connected(&page).await;
    is_there(true).await;
    // Signed out elsewhere, and in again as the same person.
    let sign_in = async |user: &str| {
        page.wait_for_role("button", "Sign in").await;
        page.get_by_role("textbox", "User").fill(user).await;
        page.get_by_role("textbox", "Password").fill(PASSWORD).await;
        page.get_by_role("button", "Sign in").click().await;
        site::connected(&page).await;
    };
    let sign_out = async || page.eval("return fetch('/api/sign-out', { method: 'POST' }).then((answer) => answer.status)", vec![]).await;
    sign_out().await;
    sign_in("admin").await;
    page.wait_for_url("the form", |url| url.contains("/run?image=alpine")).await;
    is_there(true).await;
    // It is nobody else's.
    sign_out().await;
    sign_in("jun").await;
    site::visit(&page, &bridge, "/run?image=alpine").await;
    is_there(false).await;
    let kept = page.eval("return JSON.stringify(sessionStorage)", vec![]).await;
    assert!(!kept.to_string().contains("kept"), "{kept}");
    // Sent, it is no draft any more, and the value is as it was typed.
    page.get_by_role("textbox", "Name").fill("sent").await;
    page.get_by_role("textbox", "Command").fill("true").await;
    page.get_by_role("button", "Change PATH").wait().await;
    page.get_by_role("button", "Add variable").click().await;
    page.get_by_role("textbox", "Variable name").fill("LINES").await;
    page.get_by_role("textbox", "Value").focus().await;
    page.type_text("a").await;
    page.press("Shift+Enter").await;
    page.type_text("b").await;
    page.get_by_role("button", "Run").click().await;
    page.get_by_role("region", "Run result").expect_text("Exit code 0").await;
    let environment: Value = serde_json::from_str(&world.docker(&["inspect", "--format", "{{json .Config.Env}}", "sent"])).expect("JSON");
    assert!(environment.as_array().is_some_and(|all| all.contains(&json!("LINES=a\nb"))), "{environment}");
    site::visit(&page, &bridge, "/run?image=alpine").await;
    page.get_by_role("textbox", "Name").expect_value("").await;
}

/// What is wrong with one of several engines, and can be mended while it runs, is told in the page.
pub async fn a_context_that_is_missing_holds_up_no_other(world: Arc<World>) {
    let config = linkspan_tests::scratch::folder("config").expect("a folder");
    let host = world.engine().host();
    let mut options = Options { admin_password: Some(PASSWORD.to_owned()), ..Options::default() };
    options.engines = vec![format!("here={host}"), "context://pier".to_owned(), "context://quay".to_owned()];
    options.env = vec![("DOCKER_CONFIG".into(), config.path().display().to_string())];
    let bridge = world.bridge_with(options).await;
    let page = world.page().await;
    site::sign_in(&page, &bridge).await;
    world.docker(&["create", "--name", "here-it-is", "alpine"]);
    page.goto(&format!("{}/containers?engine=all", bridge.url())).await;
    container(&page, "here-it-is").wait().await;
    for name in ["pier", "quay"] {
        page.expect_text(&format!("{name} cannot be reached")).await;
    }
    // Made later, it is used without a new start.
    let mut command = world.engine().command().expect("the docker command");
    command.env("DOCKER_CONFIG", config.path()).env_remove("DOCKER_HOST");
    command.args(["context", "create", "pier", "--docker", &format!("host={host}")]);
    tokio::task::block_in_place(|| xtask::process::check(command, Duration::from_secs(30))).expect("a context");
    site::visit(&page, &bridge, "/containers?engine=pier").await;
    container(&page, "here-it-is").wait().await;
}
