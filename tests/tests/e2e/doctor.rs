//! The connection doctor, in a terminal and in the page.

use std::fs;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::Arc;

use linkspan_tests::bridge;
use linkspan_tests::page::Name;
use linkspan_tests::registry::free_port;
use linkspan_tests::scratch;
use linkspan_tests::scripted::{self, Reply, Scripted};
use linkspan_tests::site::{self, container};
use linkspan_tests::world::World;
use serde_json::json;
use tokio::task::block_in_place;
use xtask::process;

use super::endpoints::{PATIENCE, failed_step, ill, start_here};

pub async fn the_doctor_names_the_step_that_fails(world: Arc<World>) {
    let home = scratch::folder("home").expect("a folder");
    let folder = home.path();
    let scripted = |version: serde_json::Value, info: u16| {
        Scripted::start(move |request: &scripted::Request| match request.path.as_str() {
            "/version" => Some(Reply::json(200, &version)),
            "/info" if info != 200 => Some(Reply::error(info, "authorization denied by plugin policy")),
            _ => None,
        })
    };
    let newer = scripted(json!({ "Version": "99", "ApiVersion": "1.99", "MinAPIVersion": "1.90" }), 200).await.expect("an engine");
    let older = scripted(json!({ "Version": "1.0", "ApiVersion": "1.12" }), 200).await.expect("an engine");
    let strict = scripted(json!({ "Version": "20.10.24", "ApiVersion": "1.41" }), 403).await.expect("an engine");
    let html = |status: u16, title: &str| {
        let page = format!("<html>\r\n<head><title>{title}</title></head>\r\n<body>\u{1b}[31m nginx</body></html>");
        Scripted::start(move |_: &scripted::Request| Some(Reply::Full(status, "text/html", page.clone().into_bytes())))
    };
    let gateway = html(502, "502 Bad Gateway").await.expect("a server");
    let wants_tls = html(400, "400 The plain HTTP request was sent to HTTPS port").await.expect("a server");
    let no_engine = world.bridge().await;
    let web = format!("http://127.0.0.1:{}", no_engine.port());
    let missing = format!("unix://{}", folder.join("gone.sock").display());
    let file = folder.join("file");
    fs::write(&file, "").expect("a file");
    let port = free_port().expect("a port");
    let closed = format!("tcp://127.0.0.1:{port}");
    for (url, step, said) in [
        ("nonsense", "address", "not one of an engine"),
        ("tcp://host.invalid:2375 --allow-plain-tcp", "host name", "host.invalid"),
        (missing.as_str(), "connection", "no socket at this path"),
        (&format!("unix://{}", file.display()), "connection", "is a file, not a socket"),
        (&format!("unix://{}", folder.display()), "connection", "is a directory, not a socket"),
        (&closed, "connection", "nobody listens at this address"),
        (&web, "API version", "what answers is not an engine"),
        (&newer.host(), "API version", "no API version in common"),
        (&older.host(), "API version", "the engine speaks API 1.0 to 1.12"),
        (&gateway.host(), "connection", "a proxy before the engine cannot reach it"),
        (&wants_tls.host(), "encryption", "spoken to without"),
        (&strict.host(), "permission", "authorization denied by plugin policy"),
    ] {
        let words: Vec<&str> = std::iter::once("--engine").chain(url.split(' ')).collect();
        let report = ill(folder, &words, &[]);
        let (failed, why) = failed_step(&report);
        assert!(failed == step && why.contains(said), "{url}: {report}");
        assert!(why.contains("What to do:") && !report.contains(['<', '\u{1b}']), "{report}");
    }
    // Nobody but root may open the engine's socket. A copy of the binary, because others may not enter the build's folder.
    let copy = tempfile::Builder::new().prefix("linkspan-nobody").tempdir().expect("a folder");
    std::os::unix::fs::chown(copy.path(), Some(NOBODY), Some(NOBODY)).expect("a folder of nobody's");
    let binary = copy.path().join("linkspan");
    fs::copy(bridge::binary().expect("the binary"), &binary).expect("a copy");
    let mut command = Command::new(&binary);
    command.args(["doctor", "--engine", &world.engine().host()]).env_clear().uid(NOBODY).gid(NOBODY);
    process::mark(&mut command);
    let finished = block_in_place(|| process::run(command, PATIENCE)).expect("it ends");
    let (failed, why) = failed_step(&finished.stdout);
    assert!(failed == "connection" && why.contains("permission denied on the socket"), "{finished:?}");
    assert!(why.contains("docker group"), "{finished:?}");
}

const NOBODY: u32 = 65534;

pub async fn the_page_has_the_doctor_and_takes_engines(world: Arc<World>) {
    start_here(world.engine());
    let other = world.own_engine(xtask::engine::Options::default());
    block_in_place(|| other.docker(&["create", "--name", "elsewhere", "alpine"])).expect("a container");
    let (mut bridge, page) = site::open(&world).await;
    site::visit(&page, &bridge, "/settings").await;
    page.get_by_role("button", "Check connection of local").click().await;
    let steps = page.get_by_role("list", "Connection check of local");
    steps.expect_text("API 1.41").await;
    steps.expect_text("Permission passed").await;
    // What is typed wrong is said in the form, and stays there.
    let form = page.get_by_role("form", "Add engine");
    form.get_by_role("textbox", "Name").fill("pier").await;
    form.get_by_role("textbox", "Address").fill("gopher://pier").await;
    form.get_by_role("button", "Add engine").click().await;
    form.get_by_role("alert", Name::Any).expect_text("none of unix, tcp").await;
    assert_eq!(form.get_by_role("textbox", "Name").value().await, "pier");
    let gone = format!("unix://{}", other.dir().join("gone.sock").display());
    form.get_by_role("textbox", "Address").fill(&gone).await;
    form.get_by_role("button", "Check connection").click().await;
    form.get_by_role("list", Name::Any).expect_text("no socket at this path").await;
    form.get_by_role("textbox", "Address").fill(&other.host()).await;
    form.get_by_role("button", "Add engine").click().await;
    let engines = page.get_by_role("combobox", "Engine");
    engines.select_option("pier").await;
    site::connected(&page).await;
    page.get_by_role("link", "Containers").click().await;
    container(&page, "elsewhere").wait().await;
    container(&page, "here").wait_gone().await;
    // It is there after a restart, for everybody.
    bridge.restart().await.expect("a restart");
    let second = world.page().await;
    site::sign_in(&second, &bridge).await;
    site::visit(&second, &bridge, "/containers?engine=pier").await;
    container(&second, "elsewhere").wait().await;
    // And goes when somebody removes it.
    site::visit(&second, &bridge, "/settings").await;
    second.get_by_role("button", "Remove engine pier").click().await;
    second.get_by_role("dialog", "Remove engine pier?").get_by_role("button", "Remove engine pier").click().await;
    second.get_by_role("combobox", "Engine").wait_gone().await;
    page.wait_for_role("heading", "There is no engine called pier").await;
    // Another one under the same name is another one, also for who still has the old page open.
    let form = second.get_by_role("form", "Add engine");
    form.get_by_role("textbox", "Name").fill("pier").await;
    form.get_by_role("textbox", "Address").fill(&world.engine().host()).await;
    form.get_by_role("button", "Add engine").click().await;
    container(&page, "here").wait().await;
    container(&page, "elsewhere").wait_gone().await;
}
