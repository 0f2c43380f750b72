//! What surrounds all pages: keys, the palette, the language, what assistive technology finds.

use std::sync::Arc;

use linkspan_tests::page::{Name, containing, starting};
use linkspan_tests::site::{self, container};
use linkspan_tests::world::World;
use serde_json::json;

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
    let allowed = "en|linkspan|web|no|admin|alpine|local|docker|compose|swarm|api|cpu|kib|mib|gib|mb|kb|gb|id|ctrl|esc|k|english|dockerfile|tar\
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

pub async fn the_focus_is_never_lost(world: Arc<World>) {
    world.docker(&["run", "--detach", "--name", "n-00", "--network", "none", "alpine", "sleep", "600"]);
    for number in 1..60 {
        world.docker(&["create", "--name", &format!("n-{number:02}"), "alpine"]);
    }
    let (bridge, page) = site::open(&world).await;
    container(&page, "n-59").wait_gone().await;
    let has_it =
        async || page.eval("return document.activeElement.getAttribute('aria-label') || document.activeElement.tagName", vec![]).await;
    // The row with it is scrolled far out, and back.
    container(&page, "n-02").focus().await;
    page.press("j").await;
    container(&page, "n-03").expect_focus().await;
    page.eval("document.querySelector('main .scroller').scrollTop = 1e6", vec![]).await;
    container(&page, "n-59").wait().await;
    container(&page, "n-03").expect_focus().await;
    page.press("j").await;
    container(&page, "n-04").expect_focus().await;
    // What is pressed goes away with what it did.
    page.press("x").await;
    page.get_by_role("button", "Clear selection").focus().await;
    page.press("Enter").await;
    page.get_by_role("button", "Clear selection").wait_gone().await;
    container(&page, "n-04").expect_focus().await;
    // A page that another one takes the place of.
    page.press("Enter").await;
    page.get_by_role("link", "Details").wait().await;
    page.wait_until("the focus on the page", async || has_it().await != json!("BODY")).await;
    // A row of another kind of list.
    world.docker(&["network", "create", "quay"]);
    world.docker(&["run", "--detach", "--name", "boat", "--network", "quay", "alpine", "sleep", "600"]);
    site::visit(&page, &bridge, "/networks/quay").await;
    page.get_by_role("button", "Disconnect boat").focus().await;
    page.press("Enter").await;
    page.get_by_role("button", "Disconnect boat").wait_gone().await;
    page.wait_until("the focus on the page", async || has_it().await != json!("BODY")).await;
}

pub async fn what_takes_long_says_so(world: Arc<World>) {
    // Its first process does not heed SIGTERM.
    world.docker(&["run", "--detach", "--name", "stubborn", "alpine", "sleep", "600"]);
    let (_bridge, page) = site::open(&world).await;
    let row = container(&page, "stubborn");
    row.wait_for("how long it runs", |row| row.text.contains("< 1 min")).await;
    row.focus().await;
    page.press("s").await;
    row.wait_for("what is being done", |row| row.text.contains("Stopping…")).await;
    page.expect_text("stubborn: Stopping…").await;
    // The same again is nothing new.
    page.press("s").await;
    row.wait_for("the end", |row| row.text.contains("Exited (137)")).await;
    page.expect_text("Stopped stubborn").await;
    assert_eq!(page.eval("return document.body.innerText.split('Stopped stubborn').length", vec![]).await, json!(2));
    // Whoever does not want to wait kills it, and nothing is said of stopping any more.
    world.docker(&["start", "stubborn"]);
    row.wait_for("it runs", |row| row.text.contains("Running")).await;
    row.focus().await;
    page.press("s").await;
    page.expect_text("stubborn: Stopping…").await;
    site::kill(&page, "stubborn").await;
    row.wait_for("the end", |row| row.text.contains("Exited (137)")).await;
    let says = "return document.body.innerText.includes('Stopping…')";
    page.wait_until("nothing to be said of stopping", async || page.eval(says, vec![]).await == json!(false)).await;
}
