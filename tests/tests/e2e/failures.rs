//! What becomes of a page when a part of it fails, and what must not make one fail.

use std::sync::Arc;
use std::time::Duration;

use linkspan_tests::bridge::Options;
use linkspan_tests::page::{Name, containing, starting};
use linkspan_tests::proxy::{Mood, Proxy};
use linkspan_tests::site::{self, container};
use linkspan_tests::world::{PASSWORD, World};
use serde_json::{Value, json};

use super::tabs::screen;

pub async fn a_page_that_fails_says_so(world: Arc<World>) {
    world.docker(&["create", "--name", "seen", "alpine"]);
    let (bridge, page) = site::open(&world).await;
    container(&page, "seen").wait().await;
    let fail = async |what: String| {
        let script = "dispatchEvent(new PromiseRejectionEvent('unhandledrejection', \
            { promise: Promise.resolve(), reason: new Error(arguments[0]) }))";
        page.eval(script, vec![json!(what)]).await
    };
    // What a browser says of itself, and what extensions throw, is no failure of the page.
    page.eval("dispatchEvent(new ErrorEvent('error', { message: 'ResizeObserver loop completed' }))", vec![]).await;
    assert_eq!(page.failure().await, None);
    // Also while a modal dialog makes everything else inert.
    page.get_by_role("button", "Stop all running").click().await;
    page.get_by_role("dialog", Name::Any).wait().await;
    fail("provoked 1\nsecond line".to_owned()).await;
    let banner = page.get_by_role("alert", Name::Any);
    banner.expect_text("Linkspan's page failed").await;
    banner.expect_text("provoked 1").await;
    banner.get_by_role("button", "Copy details").click().await;
    banner.expect_text("/containers").await;
    // The bridge's log has it, on one line, with the build, and not each of a flood.
    site::until("the bridge knows", async || bridge.log().contains("provoked 1\\nsecond line")).await;
    for number in 2..20 {
        fail(format!("provoked {number}")).await;
    }
    banner.expect_text("provoked 19").await;
    let log = bridge.log();
    let reports: Vec<&str> = log.lines().filter(|line| line.contains("a page failed")).collect();
    let build = page.eval("return document.querySelector('meta[name=build]').content", vec![]).await;
    assert!(reports.len() <= 3 && reports.iter().all(|line| line.contains(build.as_str().expect("a build"))), "{reports:?}");
    banner.get_by_role("button", "Reload").click().await;
    site::connected(&page).await;
    assert_eq!(page.failure().await, None);
}

/// A browser drops what is under way when a network comes or goes; a script that was dropped is never run.
pub async fn a_script_that_was_dropped_is_loaded_again(world: Arc<World>) {
    let bridge = world.bridge().await;
    let page = world.page().await;
    let block = async |urls: &[&str]| {
        page.cdp("Network.setBlockedURLs", json!({ "urls": urls })).await;
    };
    page.cdp("Network.enable", json!({})).await;
    page.cdp("Network.setCacheDisabled", json!({ "cacheDisabled": true })).await;
    block(&["*/boot.js"]).await;
    page.goto(&bridge.url()).await;
    page.wait_until("a reload", async || page.eval("return sessionStorage.getItem('reloads')", vec![]).await != json!(null)).await;
    block(&[]).await;
    page.wait_for_role("button", "Sign in").await;
    // What stays missing is said, and reloads come to an end.
    let banner = page.get_by_role("alert", Name::Any);
    let reloads = "return JSON.parse(sessionStorage.getItem('reloads') ?? '[]').length";
    for (missing, expected) in [("*/linkspan.js", 3), ("*/style.css", 0), ("*/visible.js", 0)] {
        block(&[missing]).await;
        page.eval("sessionStorage.removeItem('reloads')", vec![]).await;
        page.reload().await;
        banner.expect_text("could not be loaded").await;
        assert_eq!(page.eval(reloads, vec![]).await, json!(expected), "{missing}");
        block(&[]).await;
        banner.get_by_role("button", "Reload").click().await;
        page.wait_for_role("button", "Sign in").await;
    }
    // What the page can do without comes later, and takes nothing along that was typed.
    block(&["*/theme.js", "*/visible.js", "*/style.css"]).await;
    page.eval("sessionStorage.removeItem('reloads')", vec![]).await;
    page.reload().await;
    let is_again = async || page.eval("return document.querySelector('[data-tries]') !== null", vec![]).await == json!(true);
    page.wait_until("a second try", is_again).await;
    block(&[]).await;
    page.wait_for_role("button", "Sign in").await;
    page.get_by_role("textbox", "User").fill("admin").await;
    let is_styled = async || page.eval("return document.styleSheets.length > 0", vec![]).await == json!(true);
    page.wait_until("what was dropped", is_styled).await;
    page.get_by_role("textbox", "User").expect_value("admin").await;
    assert_eq!(page.eval(reloads, vec![]).await, json!(0));
    assert_eq!(page.failure().await, None);
    // Without what watches for it, nothing is begun.
    block(&["*/failure.js"]).await;
    page.reload().await;
    banner.expect_text("could not start").await;
    block(&[]).await;
    page.reload().await;
    page.wait_for_role("button", "Sign in").await;
    // A request that is dropped is sent again; that the bridge is away is said.
    let drop_requests = "const sent = fetch; let left = arguments[0]; \
        window.fetch = (...request) => (left-- > 0 ? Promise.reject(new TypeError('Failed to fetch')) : sent(...request))";
    page.eval(drop_requests, vec![json!(2)]).await;
    page.get_by_role("textbox", "User").fill("admin").await;
    page.get_by_role("textbox", "Password").fill(PASSWORD).await;
    page.get_by_role("button", "Sign in").click().await;
    page.expect_text("Linkspan does not answer").await;
    page.eval(drop_requests, vec![json!(1)]).await;
    page.get_by_role("button", "Sign in").click().await;
    site::connected(&page).await;
}

pub async fn a_menu_outlives_its_row(world: Arc<World>) {
    let (bridge, page) = site::open(&world).await;
    for (path, make, name, remove, item) in [
        ("/containers", vec!["create", "--name", "gone", "alpine"], "gone", vec!["rm", "gone"], "Rename"),
        ("/containers", vec!["create", "--name", "gone", "alpine"], "gone", vec!["rm", "gone"], "Copy ID"),
        // Of the project nothing is left, either.
        (
            "/containers",
            vec!["create", "--name", "solo", "--label", "com.docker.compose.project=shop", "alpine"],
            "shop",
            vec!["rm", "solo"],
            "Select all of shop",
        ),
        ("/volumes", vec!["volume", "create", "lost"], "lost", vec!["volume", "rm", "lost"], "Remove"),
        ("/images", vec!["tag", "alpine", "brief:1"], "brief:1", vec!["rmi", "brief:1"], "Push…"),
    ] {
        world.docker(&make);
        site::visit(&page, &bridge, path).await;
        let row = page.get_by_role("row", starting(name));
        row.get_by_role("button", format!("More actions for {name}")).click().await;
        page.get_by_role("menuitem", item).wait().await;
        world.docker(&remove);
        row.wait_gone().await;
        page.get_by_role("menuitem", item).click().await;
        // It does what it says, and the engine has the last word.
        if item == "Rename" {
            page.get_by_role("textbox", Name::Any).fill("other").await;
            let dialog = page.get_by_role("dialog", Name::Any);
            dialog.get_by_role("button", "Rename").click().await;
            dialog.get_by_role("alert", Name::Any).expect_text("not there any more").await;
        }
        assert_eq!(page.failure().await, None, "{path}, {item}");
    }
}

/// An answer that comes when what asked for it is gone.
pub async fn late_answers_hurt_nobody(world: Arc<World>) {
    world.docker(&["create", "--name", "first", "alpine"]);
    world.docker(&["create", "--name", "second", "alpine"]);
    world.docker(&["run", "--detach", "--rm", "--init", "--name", "third", "--network", "none", "alpine", "sleep", "600"]);
    let way = Proxy::to_socket(world.engine().socket()).await;
    let bridge = world.bridge_with(Options::new(&format!("local={}", way.host()), PASSWORD)).await;
    let page = world.page().await;
    site::sign_in(&page, &bridge).await;
    // A page that is left, and an answer that is none.
    way.set(Mood { delay: Duration::from_secs(4), ..Mood::default() });
    site::visit(&page, &bridge, "/disk").await;
    page.wait_until("the engine is asked", async || way.open("/system/df") == 1).await;
    page.get_by_role("link", "Containers").click().await;
    way.set(Mood::default());
    way.reset();
    site::until("the engine is back", async || bridge.log().matches("engine connected").count() == 2).await;
    site::connected(&page).await;
    // A dialog that is closed: its answer closes no other one.
    way.set(Mood { delay: Duration::from_secs(3), ..Mood::default() });
    site::choose(&page, "first", "Rename").await;
    let dialog = page.get_by_role("dialog", Name::Any);
    dialog.get_by_role("textbox", Name::Any).fill("renamed").await;
    dialog.get_by_role("button", "Rename").click().await;
    page.wait_until("the engine is asked", async || way.open("/rename") == 1).await;
    dialog.get_by_role("button", "Cancel").click().await;
    dialog.wait_gone().await;
    site::choose(&page, "second", "Remove").await;
    let other = page.get_by_role("dialog", containing("second"));
    other.wait().await;
    page.expect_text("Renamed first to renamed").await;
    assert!(other.exists().await, "another answer closed the dialog");
    other.get_by_role("button", "Cancel").click().await;
    // One that fails after its dialog was closed is said all the same.
    site::choose(&page, "second", "Rename").await;
    dialog.get_by_role("textbox", Name::Any).fill("renamed").await;
    dialog.get_by_role("button", "Rename").click().await;
    page.wait_until("the engine is asked", async || way.open("/rename") == 1).await;
    dialog.get_by_role("button", "Cancel").click().await;
    page.get_by_role("alert", Name::Any).expect_text("already in use").await;
    // A question that comes late waits until the other one is answered.
    page.get_by_role("button", "Stop third").click().await;
    let third = site::container(&page, "third");
    third.wait_for("it is asked", |row| row.text.contains("Stopping")).await;
    site::choose(&page, "second", "Rename").await;
    let field = dialog.get_by_role("textbox", Name::Any);
    field.fill("typed").await;
    third.wait_for("the answer", |row| !row.text.contains("Stopping")).await;
    field.expect_value("typed").await;
    dialog.get_by_role("button", "Cancel").click().await;
    page.get_by_role("dialog", containing("third")).wait().await;
    way.set(Mood::default());
    assert_eq!(page.failure().await, None);
}

/// More than a terminal can show waits in the container, not in the browser.
pub async fn a_flooded_terminal_is_held_back(world: Arc<World>) {
    world.docker(&["run", "--detach", "--name", "box", "--network", "none", "alpine", "sleep", "600"]);
    let (bridge, page) = site::open(&world).await;
    let page = page.with_deadline(Duration::from_secs(90));
    site::visit(&page, &bridge, "/containers/box/terminal").await;
    page.get_by_role("button", "Open terminal").click().await;
    page.get_by_role("textbox", starting("Terminal, ")).focus().await;
    page.type_text("yes 0123456789012345678901234567890123456789 | head -c 60000000; echo all-$((6*7))-came\n").await;
    page.wait_until("the flood is over", async || screen(&page).await.contains("all-42-came")).await;
    assert_eq!(page.failure().await, None);
    // What the output asks of the terminal is answered once, and not again when it is shown again.
    let asks = "printf '\\033[6n'; dd bs=64 count=1 of=/tmp/answer 2>/dev/null";
    page.type_text(&format!("stty raw -echo; {asks}; stty sane; echo asked-$((6*7)); cat > /tmp/typed\n")).await;
    page.wait_until("the question", async || screen(&page).await.contains("asked-42")).await;
    assert!(world.docker(&["exec", "box", "cat", "/tmp/answer"]).ends_with('R'));
    page.reload().await;
    site::connected(&page).await;
    page.wait_until("it is shown again", async || screen(&page).await.contains("asked-42")).await;
    page.get_by_role("textbox", starting("Terminal, ")).focus().await;
    page.type_text("typed\n").await;
    page.wait_until("the program reads", async || world.docker(&["exec", "box", "cat", "/tmp/typed"]).contains("typed")).await;
    assert_eq!(world.docker(&["exec", "box", "cat", "/tmp/typed"]), "typed\n");
}

/// Whoever cannot be looked up has not signed out: the page says what is wrong, and goes on when it is mended.
pub async fn a_database_that_fails_signs_nobody_out(world: Arc<World>) {
    world.docker(&["create", "--name", "kept", "alpine"]);
    let (bridge, page) = site::open(&world).await;
    container(&page, "kept").wait().await;
    let database = rusqlite::Connection::open(bridge.data_dir().join("linkspan.db")).expect("the database");
    let rename = |from: &str, to: &str| database.execute_batch(&format!("ALTER TABLE {from} RENAME TO {to}")).expect("a table");
    rename("sessions", "hidden");
    page.reload().await;
    page.expect_text("cannot say who is signed in").await;
    assert!(!page.get_by_role("button", "Sign in").exists().await);
    site::until("the bridge's log", async || bridge.log().contains("no such table: sessions")).await;
    rename("hidden", "sessions");
    container(&page, "kept").wait().await;
}

/// The palette's code may not be there yet, or not come: keys are its own all the same, and it is said.
pub async fn what_opens_above_a_page_may_come_late(world: Arc<World>) {
    world.docker(&["run", "--detach", "--init", "--name", "box", "alpine", "sleep", "600"]);
    let (bridge, page) = site::open(&world).await;
    let block = async |urls: &[&str]| {
        page.cdp("Network.setBlockedURLs", json!({ "urls": urls })).await;
    };
    page.cdp("Network.enable", json!({})).await;
    page.cdp("Network.setCacheDisabled", json!({ "cacheDisabled": true })).await;
    block(&["*/split_further.wasm"]).await;
    page.goto(&format!("{}/containers", bridge.url())).await;
    site::connected(&page).await;
    container(&page, "box").expect_text("Running").await;
    container(&page, "box").focus().await;
    page.press("Control+k").await;
    // In the table it would stop the container.
    page.type_text("s").await;
    page.expect_text("It could not be loaded").await;
    assert_eq!(world.docker(&["inspect", "--format", "{{.State.Running}}", "box"]).trim(), "true");
    assert!(!container(&page, "box").text().await.contains("Stopping"));
    block(&[]).await;
    // It comes to a table that stays as it is: a row that is made anew loses the focus.
    page.eval("document.querySelector('.dt-body [role=row]').dataset.first = 'yes'", vec![]).await;
    page.press("Control+k").await;
    page.get_by_role("dialog", "Command palette").wait().await;
    page.wait_until("what came with it", async || {
        page.eval("return document.querySelector('.columns-button')", vec![]).await != Value::Null
    })
    .await;
    assert_eq!(page.eval("return document.querySelector('.dt-body [role=row]').dataset.first", vec![]).await, json!("yes"));
}
