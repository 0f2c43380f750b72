//! What surrounds all pages: keys, the palette, the language, what assistive technology finds.

use std::sync::Arc;

use linkspan_tests::bridge::Bridge;
use linkspan_tests::page::{Name, Page, containing, starting};
use linkspan_tests::site::{self, container};
use linkspan_tests::world::World;
use serde_json::json;

const AXE: &str = include_str!("../../vendor/axe.min.js");

pub async fn the_palette_finds_what_there_is(world: Arc<World>) {
    world.docker(&["run", "--detach", "--init", "--name", "web-1", "alpine", "sleep", "600"]);
    let (_bridge, page) = site::open(&world).await;
    container(&page, "web-1").wait().await;
    page.press("Control+K").await;
    let palette = page.get_by_role("dialog", "Command palette");
    let field = palette.get_by_role("combobox", "Search or run a command");
    field.expect_focus().await;
    field.type_text("stop web").await;
    palette.get_by_role("option", containing("Stop web-1")).wait().await;
    page.press("Enter").await;
    palette.wait_gone().await;
    container(&page, "web-1").wait_for("stopped", |row| row.text.contains("Exited")).await;

    page.press("Control+K").await;
    field.type_text("networks").await;
    page.press("Enter").await;
    page.wait_for_url("the page", |url| url.ends_with("/networks")).await;
    // Escape gives the focus back to where it was.
    page.get_by_role("searchbox", "Filter networks").focus().await;
    page.press("Control+K").await;
    field.expect_focus().await;
    field.type_text("no such thing").await;
    palette.expect_text("Nothing matches.").await;
    page.press("Escape").await;
    page.get_by_role("searchbox", "Filter networks").expect_focus().await;
}

pub async fn keys_work_and_can_be_turned_off(world: Arc<World>) {
    for name in ["a-1", "a-2", "a-3"] {
        world.docker(&["run", "--detach", "--init", "--name", name, "alpine", "sleep", "600"]);
    }
    let (bridge, page) = site::open(&world).await;
    container(&page, "a-3").wait().await;
    // Keys outlive the page on which one was pressed first.
    container(&page, "a-1").focus().await;
    page.press("j").await;
    container(&page, "a-2").expect_focus().await;
    page.get_by_role("link", "Images").click().await;
    page.wait_for_role("heading", "Images").await;
    page.press("g").await;
    page.press("c").await;
    container(&page, "a-3").wait().await;
    page.press("?").await;
    page.get_by_role("dialog", "Keyboard shortcuts").expect_text("Go to Volumes").await;
    page.press("Escape").await;
    page.get_by_role("dialog", "Keyboard shortcuts").wait_gone().await;

    container(&page, "a-1").focus().await;
    page.press("j").await;
    container(&page, "a-2").expect_focus().await;
    page.press("x").await;
    page.expect_text("1 selected").await;
    page.press("j").await;
    page.press("Shift+X").await;
    page.expect_text("2 selected").await;
    // The focus is never lost with a row.
    container(&page, "a-3").expect_focus().await;
    world.docker(&["rm", "--force", "a-3"]);
    container(&page, "a-3").wait_gone().await;
    container(&page, "a-2").expect_focus().await;
    page.press("s").await;
    container(&page, "a-2").wait_for("stopped", |row| row.text.contains("Exited")).await;
    page.press("l").await;
    page.wait_for_url("its logs", |url| url.ends_with("/logs")).await;
    page.press("g").await;
    page.press("v").await;
    page.wait_for_url("the volumes", |url| url.ends_with("/volumes")).await;

    // Where somebody types, they are letters.
    page.get_by_role("searchbox", "Filter volumes").type_text("g").await;
    page.press("i").await;
    page.wait_for_url("the filter", |url| url.contains("q=gi")).await;
    site::visit(&page, &bridge, "/settings").await;
    page.get_by_role("checkbox", starting("Single-key shortcuts")).uncheck().await;
    page.get_by_role("heading", "Settings").wait().await;
    page.eval("document.activeElement.blur()", vec![]).await;
    page.press("?").await;
    page.press("g").await;
    page.press("c").await;
    page.press("Control+K").await;
    page.get_by_role("dialog", "Command palette").wait().await;
    assert!(page.url().await.ends_with("/settings"));
    assert!(!page.get_by_role("dialog", "Keyboard shortcuts").exists().await);
}

pub async fn everything_is_said_in_japanese(world: Arc<World>) {
    world.docker(&["run", "--detach", "--name", "web-1", "alpine", "sleep", "600"]);
    let (bridge, page) = site::open(&world).await;
    site::visit(&page, &bridge, "/settings").await;
    page.get_by_role("group", "Language").get_by_role("button", "日本語").click().await;
    page.wait_for_role("heading", "設定").await;
    assert_eq!(page.eval("return document.documentElement.lang", vec![]).await, json!("ja"));
    // It stays so, and no English is left but names, addresses, and what the engine says.
    let allowed = "linkspan|web|no|admin|alpine|local|docker|compose|swarm|api|cpu|mib|gib|mb|kb|gb|id|ctrl|esc|k|english|dockerfile|tar\
        |url|ssh|tls|http|https|tcp|unix|ipv6|host|tmpfs|csv|json|bridge|none|null|env|path|latest|sleep|bash|sh|ash|root|b|s|i|o|rm|x|debian|dfsg\
        |run|sock|socket|registry|io|com|lan|user|example|token|password|config|engine|cert|production|dockerd|podman|or|etc|bin|usr|lib\
        |uid|pid|ppid|c|stime|tty|time|cmd|dec|nov|utc|identity|context|shell|linux|amd|arm|v|n|m|a|p|d|f|g|j|l|r|t|e|h|w";
    for path in [
        "/containers",
        "/containers/web-1",
        "/images",
        "/volumes",
        "/networks",
        "/jobs",
        "/disk",
        "/run",
        "/images/build",
        "/containers/web-1/files",
    ] {
        page.goto(&format!("{}{path}", bridge.url().trim_end_matches('/'))).await;
        page.get_by_role("status", "接続").expect_text("接続済み").await;
        page.wait_until("the page", async || page.get_by_role("heading", Name::Any).count().await > 0).await;
        let script = "const allowed = new Set(arguments[0].split('|').map((word) => word.trim())); \
            const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT); const found = []; \
            while (walk.nextNode()) { const parent = walk.currentNode.parentElement; \
              if (!parent || parent.closest('.mono, code, kbd, pre, script, style, svg, [aria-hidden=true], .c-name, .engine, noscript, .meta, .j-tree, time')) continue; \
              const words = walk.currentNode.data.replace(/[\\w-]*[/:.=][\\w/:.=-]*/g, ' ').match(/[A-Za-z]{2,}/g) || []; \
              if (words.some((word) => !allowed.has(word.toLowerCase()))) found.push(walk.currentNode.data.trim()); } \
            for (const el of document.querySelectorAll('[aria-label],[placeholder],[title]')) for (const name of ['aria-label', 'placeholder', 'title']) { \
              const text = el.getAttribute(name); if (!text || el.closest('.mono, [role=row]')) continue; \
              const words = text.match(/[A-Za-z]{2,}/g) || []; if (words.length > 1 && !/[ぁ-んァ-ヶ一-龠]/.test(text) && words.some((word) => !allowed.has(word.toLowerCase()))) found.push(name + ': ' + text); } \
            return found;";
        let found = page.eval(script, vec![json!(allowed)]).await;
        assert_eq!(found, json!([]), "{path}");
    }
    // Back, by the account's menu.
    page.get_by_role("button", "アカウント").click().await;
    page.get_by_role("menuitem", "English").click().await;
    page.get_by_role("navigation", "Main").wait().await;
}

pub async fn titles_say_what_is_worth_knowing(world: Arc<World>) {
    xtask::images::healthcheck(world.engine(), "with-health:2").expect("an image with a health check");
    world.docker(&["run", "--detach", "--name", "checked", "with-health:2"]);
    let (bridge, page) = site::open(&world).await;
    let title = async || page.eval("return document.title", vec![]).await.as_str().unwrap_or_default().to_owned();
    page.wait_until("the count", async || title().await == "1 unhealthy · Containers · Linkspan").await;
    site::visit(&page, &bridge, "/containers/checked/logs").await;
    page.wait_until("its name", async || title().await == "checked · Containers · Linkspan").await;
    // It can be installed.
    let manifest = page.eval("return fetch(document.querySelector('link[rel=manifest]').href).then((answer) => answer.json()).then((it) => it.name + it.icons.length)", vec![]).await;
    assert_eq!(manifest, json!("Linkspan3"));
}

/// axe-core's findings of what is shown. One rule is off: a text field that proposes images is a text field to whoever relies
/// on its name, whatever a browser makes of its list.
async fn findings(page: &Page) -> Vec<String> {
    page.eval(AXE, vec![]).await;
    let script = "return axe.run(document, { resultTypes: ['violations'], rules: { 'aria-allowed-role': { enabled: false } } }).then((result) => \
        result.violations.map((one) => one.id + ': ' + one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(' | ')))";
    let found = page.eval(script, vec![]).await;
    found.as_array().map(|found| found.iter().map(ToString::to_string).collect()).unwrap_or_default()
}

pub async fn assistive_technology_finds_its_way(world: Arc<World>) {
    let run = |name: &str, more: &[&str]| {
        world.docker(&[&["run", "--detach", "--name", name][..], more, &["alpine", "sleep", "600"]].concat());
    };
    run("shop-web-1", &["--label", "com.docker.compose.project=shop", "--volume", "shop_data:/data"]);
    run("shop-db-1", &["--label", "com.docker.compose.project=shop"]);
    run("alone", &[]);
    world.docker(&["stop", "--time", "0", "alone"]);
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

const PAGES: [&str; 17] = [
    "/containers",
    "/containers/shop-web-1",
    "/containers/shop-web-1/logs",
    "/containers/shop-web-1/stats",
    "/containers/shop-web-1/terminal",
    "/containers/shop-web-1/files",
    "/containers/shop-web-1/inspect",
    "/containers/shop-web-1/commit",
    "/run",
    "/images",
    "/images/alpine:latest",
    "/images/build",
    "/volumes",
    "/volumes/shop_data",
    "/networks",
    "/networks/bridge",
    "/settings",
];

/// Until what it is about is there.
async fn visited(page: &Page, bridge: &Bridge, path: &str) {
    site::visit(page, bridge, path).await;
    page.wait_until("the page's own content", async || {
        let script = "return !!document.querySelector('main .dt-row, main .card, main form, main .j-row, main .log-view, main [role=log], main .state-view')";
        page.eval(script, vec![]).await == json!(true)
    })
    .await;
}

async fn resize(page: &Page, width: u32) {
    page.cdp("Emulation.setDeviceMetricsOverride", json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false })).await;
}
