//! What assistive technology, large type and the system's own colours find.

use std::sync::Arc;
use std::time::Duration;

use linkspan_tests::bridge::Bridge;
use linkspan_tests::page::{Name, Page, containing};
use linkspan_tests::site::{self, container};
use linkspan_tests::world::World;
use serde_json::json;

const AXE: &str = include_str!("../../vendor/axe.min.js");

/// axe-core's findings of what is shown. A menu is a part of the button that opens it, not of a landmark.
async fn findings(page: &Page) -> Vec<String> {
    page.eval(AXE, vec![]).await;
    let script = "return axe.run(document, { resultTypes: ['violations'] }).then((result) => \
        result.violations.filter((one) => one.id !== 'region' || one.nodes.some((node) => !node.html.includes('role=\"menu\"'))).map((one) => one.id + ': ' + one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(' | ')))";
    let found = page.eval(script, vec![]).await;
    found.as_array().expect("a list of findings").iter().map(ToString::to_string).collect()
}

pub async fn every_page_is_accessible(world: Arc<World>) {
    let run = |name: &str, more: &[&str]| {
        world.docker(&[&["run", "--detach", "--name", name][..], more, &["alpine", "sleep", "600"]].concat());
    };
    run("shop-web-1", &["--label", "com.docker.compose.project=shop", "--volume", "shop_data:/data"]);
    run("shop-db-1", &["--label", "com.docker.compose.project=shop"]);
    run("alone", &[]);
    world.docker(&["stop", "--time", "0", "alone"]);
    world.docker(&[
        "exec",
        "shop-web-1",
        "sh",
        "-c",
        "echo changed > /etc/motd && rm /etc/group && echo noise > /tmp/noise && touch /root/.env",
    ]);
    let (bridge, page) = site::open(&world).await;
    let mut wrong = Vec::new();
    for (width, theme) in [(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")] {
        resize(&page, width).await;
        page.emulate_media(&[("prefers-color-scheme", theme), ("prefers-reduced-motion", "reduce")]).await;
        for path in PAGES {
            visited(&page, &bridge, path).await;
            wrong.extend(findings(&page).await.into_iter().map(|found| format!("{path} {width} {theme}: {found}")));
            let overflow = page.eval("return document.documentElement.scrollWidth > innerWidth", vec![]).await;
            if overflow == json!(true) {
                wrong.push(format!("{path} {width}: wider than the window"));
            }
        }
        visited(&page, &bridge, "/volumes").await;
        page.get_by_role("button", "Create volume").click().await;
        page.get_by_role("dialog", "Create volume").wait().await;
        wrong.extend(findings(&page).await.into_iter().map(|found| format!("create volume {width} {theme}: {found}")));
        page.press("Escape").await;
        page.get_by_role("dialog", "Create volume").wait_gone().await;
        page.press("Control+K").await;
        page.get_by_role("dialog", "Command palette").wait().await;
        wrong.extend(findings(&page).await.into_iter().map(|found| format!("palette {width} {theme}: {found}")));
        page.press("Escape").await;
        page.get_by_role("dialog", "Command palette").wait_gone().await;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const PAGES: [&str; 24] = [
    "/containers",
    "/containers/shop-web-1",
    "/containers/shop-web-1/logs",
    "/containers/shop-web-1/stats",
    "/containers/shop-web-1/terminal",
    "/containers/shop-web-1/files",
    "/containers/shop-web-1/files?file=/etc/passwd&edit=true",
    "/containers/shop-web-1/changes?path=/etc/motd",
    "/containers?cols=name:200,state,restarts",
    "/containers/shop-web-1/inspect",
    "/containers/shop-web-1/commit",
    "/run",
    "/images",
    "/images/alpine:latest",
    "/images/alpine:latest/compare",
    "/images/build",
    "/volumes",
    "/volumes/shop_data",
    "/volumes/shop_data/files",
    "/engine",
    "/networks",
    "/networks/bridge",
    "/activity",
    "/settings",
];

/// Until what it is about is there.
async fn visited(page: &Page, bridge: &Bridge, path: &str) {
    site::visit(page, bridge, path).await;
    page.wait_until("the page's own content", async || {
        let script = "return !!document.querySelector('main .dt-row, main .card, main form, main .j-row, main .log-view, main [role=log], main .state-view, main .ev, main textarea')";
        page.eval(script, vec![]).await == json!(true)
    })
    .await;
}

async fn resize(page: &Page, width: u32) {
    page.cdp("Emulation.setDeviceMetricsOverride", json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false })).await;
}

/// What pages look like when something is missing, wrong, open or away.
pub async fn every_state_is_accessible(world: Arc<World>) {
    let (mut bridge, page) = site::open(&world).await;
    let mut wrong = Vec::new();
    let mut look = async |what: &str| {
        for (width, theme) in [(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")] {
            resize(&page, width).await;
            page.emulate_media(&[("prefers-color-scheme", theme), ("prefers-reduced-motion", "reduce")]).await;
            wrong.extend(findings(&page).await.into_iter().map(|found| format!("{what} {width} {theme}: {found}")));
        }
        resize(&page, 1440).await;
    };
    page.wait_for_role("heading", "No containers yet").await;
    look("no containers").await;
    world.docker(&["run", "--detach", "--name", "shop-web-1", "--label", "com.docker.compose.project=shop", "alpine", "sleep", "600"]);
    world.docker(&["run", "--detach", "--rm", "--name", "passing", "alpine", "sleep", "600"]);
    container(&page, "shop-web-1").focus().await;
    page.press("x").await;
    page.get_by_role("button", "Clear selection").wait().await;
    look("a selection").await;
    page.get_by_role("button", "More actions for shop-web-1").click().await;
    page.get_by_role("menu", Name::Any).wait().await;
    look("a menu").await;
    page.press("Escape").await;
    page.get_by_role("menu", Name::Any).wait_gone().await;
    page.get_by_role("button", "Stop all running").click().await;
    page.get_by_role("dialog", Name::Any).wait().await;
    look("stop all").await;
    page.press("Escape").await;
    site::visit(&page, &bridge, "/containers?q=zzz").await;
    page.wait_for_role("heading", "Nothing matches").await;
    look("no match").await;
    for (path, heading) in
        [("/containers/nobody", "nobody"), ("/images/nothing:1", "nothing:1"), ("/no-such-page", "There is nothing here")]
    {
        site::visit(&page, &bridge, path).await;
        page.wait_until(heading, async || page.get_by_role("heading", containing(heading)).exists().await).await;
        look(path).await;
    }
    site::visit(&page, &bridge, "/containers/passing").await;
    page.get_by_role("link", "Details").wait().await;
    world.docker(&["rm", "--force", "passing"]);
    page.expect_text("passing is gone").await;
    look("a container that is gone").await;
    site::visit(&page, &bridge, "/images").await;
    page.get_by_role("textbox", "Image to pull").fill("127.0.0.1:1/nothing:1").await;
    page.get_by_role("button", "Pull").click().await;
    page.get_by_role("article", containing("nothing:1")).expect_text("Failed").await;
    look("a failed pull").await;
    site::visit(&page, &bridge, "/jobs").await;
    page.get_by_role("article", containing("nothing:1")).wait().await;
    look("jobs").await;
    site::visit(&page, &bridge, "/disk").await;
    page.expect_text("Build cache").await;
    look("the disk").await;
    site::visit(&page, &bridge, "/containers").await;
    container(&page, "shop-web-1").wait().await;
    bridge.kill();
    page.get_by_role("status", "Connection").expect_text("Reconnecting").await;
    page.get_by_role("alert", Name::Any).wait().await;
    look("without a bridge").await;
    bridge.start_again().await.expect("the bridge starts again");
    site::connected(&page).await;
    page.client().delete_all_cookies().await.expect("no session any more");
    page.goto(&format!("{}/login", bridge.url().trim_end_matches('/'))).await;
    page.get_by_role("textbox", "User").fill("admin").await;
    page.get_by_role("textbox", "Password").fill("not the one").await;
    page.get_by_role("button", "Sign in").click().await;
    page.get_by_role("alert", Name::Any).wait().await;
    look("a wrong password").await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// 1440 pixels at 200 % are 720; WCAG 1.4.10 asks for 320, which is 1280 at 400 %.
pub async fn pages_grow_with_their_type(world: Arc<World>) {
    world.docker(&["run", "--detach", "--name", "shop-web-1", "--volume", "shop_data:/data", "alpine", "sleep", "600"]);
    let (bridge, page) = site::open(&world).await;
    let mut wrong = Vec::new();
    for (width, height) in [(720, 450), (320, 256)] {
        for path in PAGES {
            let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 2, "mobile": false });
            page.cdp("Emulation.setDeviceMetricsOverride", metrics).await;
            visited(&page, &bridge, path).await;
            let script = "const wide = document.documentElement.scrollWidth - innerWidth; \
                const out = [...document.querySelectorAll('main button, main a[href], main input, nav a, nav button')].filter((one) => { \
                  const box = one.getBoundingClientRect(); \
                  const scrolls = (box) => box && (['auto', 'scroll'].includes(getComputedStyle(box).overflowX) && box.scrollWidth > box.clientWidth || scrolls(box.parentElement)); \
                  if (box.width < 2 || one.closest('.vh') || scrolls(one.parentElement)) return false; \
                  return box.right > innerWidth + 1 || box.left < -1; }).map((one) => one.outerHTML.slice(0, 100)); \
                return (wide > 0 ? ['wider by ' + wide] : []).concat(out.slice(0, 2));";
            let found = page.eval(script, vec![]).await;
            wrong.extend(found.as_array().expect("a list").iter().map(|found| format!("{path} at {width}: {found}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What only a colour tells must be told otherwise where the system has its own, and more clearly where more is asked for.
pub async fn the_system_s_colours_are_kept(world: Arc<World>) {
    world.docker(&["run", "--detach", "--name", "web-1", "alpine", "sleep", "600"]);
    for name in ["web-2", "web-3"] {
        world.docker(&["create", "--name", name, "alpine"]);
    }
    let (_bridge, page) = site::open(&world).await;
    container(&page, "web-1").wait().await;
    let of = async |selector: &str, property: &str| {
        let script = "return getComputedStyle(document.querySelector(arguments[0]))[arguments[1]]";
        page.eval(script, vec![json!(selector), json!(property)]).await.as_str().unwrap_or_default().to_owned()
    };
    let line = of(".dt-row", "borderBlockEndColor").await;
    page.emulate_media(&[("prefers-contrast", "more")]).await;
    assert_ne!(of(".dt-row", "borderBlockEndColor").await, line, "lines stand out more");
    page.emulate_media(&[("forced-colors", "active")]).await;
    container(&page, "web-1").focus().await;
    page.press("x").await;
    page.get_by_role("button", "Clear selection").wait().await;
    page.press("ArrowDown").await;
    container(&page, "web-2").expect_focus().await;
    for (what, selector) in [("the row with the focus", ".dt-row:focus"), ("a pressed chip", ".chip[aria-pressed=true]")] {
        let seen = [of(selector, "outlineStyle").await, of(selector, "borderTopStyle").await];
        assert!(seen.iter().any(|style| style != "none"), "{what}: {seen:?}");
    }
    assert_ne!(of(".bulk", "borderTopStyle").await, "none");
    assert_ne!(of(".dt-row[aria-selected=true]", "outlineStyle").await, "none", "a selected row is told apart");
    assert_eq!(of(".dt-row[aria-selected=false]:not(:focus)", "outlineStyle").await, "none");
    page.press("Control+k").await;
    page.get_by_role("dialog", "Command palette").wait().await;
    assert_ne!(of("dialog.palette", "borderTopStyle").await, "none");
    page.press("Escape").await;
    // What shows that something goes on moves, unless nobody wants motion.
    page.get_by_role("dialog", "Command palette").wait_gone().await;
    container(&page, "web-1").focus().await;
    let moving =
        "return document.getAnimations().some((one) => one.playState === 'running' && one.effect.getTiming().iterations === Infinity)";
    for (motion, moves) in [("no-preference", true), ("reduce", false)] {
        page.emulate_media(&[("prefers-reduced-motion", motion)]).await;
        container(&page, "web-1").press("r").await;
        container(&page, "web-1").wait_for("what is being done", |row| row.text.contains("Restarting…")).await;
        assert_eq!(page.eval(moving, vec![]).await, json!(moves), "{motion}");
        page.with_deadline(Duration::from_secs(30))
            .wait_until("the restart", async || container(&page, "web-1").text().await.contains("Running"))
            .await;
    }
}
