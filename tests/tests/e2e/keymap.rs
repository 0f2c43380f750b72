//! The map of keys: whatever it lists works, where it says, and nothing else is done.

use std::sync::Arc;

use linkspan_tests::bridge::Bridge;
use linkspan_tests::page::{Name, Page, containing};
use linkspan_tests::site::{self, container};
use linkspan_tests::world::World;
use serde_json::{Value, json};

/// Section, keys and words of each line of the map.
async fn listed(page: &Page) -> Vec<(String, Vec<String>, String)> {
    page.press("?").await;
    page.get_by_role("dialog", "Keyboard shortcuts").wait().await;
    let script = "return [...document.querySelectorAll('dialog dl.keymap > div')].map(line => [\
        line.parentElement.previousElementSibling.textContent, \
        [...line.querySelectorAll('kbd')].map(key => key.textContent), line.querySelector('dd').textContent])";
    let lines = page.eval(script, vec![]).await;
    page.press("Escape").await;
    serde_json::from_value(lines).expect("lines of three parts")
}

/// A chord of the map as it is pressed.
async fn press(page: &Page, chord: &str) {
    let parts: Vec<&str> = chord.split(' ').collect();
    let is_pair = parts.len() == 2 && !matches!(parts[0], "Ctrl" | "Shift");
    let names = parts.iter().map(|part| match *part {
        "Ctrl" => "Control".to_owned(),
        "↑" => "ArrowUp".to_owned(),
        "↓" => "ArrowDown".to_owned(),
        "←" => "ArrowLeft".to_owned(),
        "→" => "ArrowRight".to_owned(),
        "Del" => "Delete".to_owned(),
        "Esc" => "Escape".to_owned(),
        letter if letter.len() == 1 && !chord.contains("Shift") => letter.to_lowercase(),
        name => name.to_owned(),
    });
    let names: Vec<String> = names.collect();
    if is_pair {
        for name in &names {
            page.press(name).await;
        }
    } else {
        page.press(&names.join("+")).await;
    }
}

/// The table of containers, with the focus on a row.
/// `last`: what a table has when it is complete.
async fn at_row(page: &Page, bridge: &Bridge, last: &str, name: &str) {
    site::visit(page, bridge, "/containers").await;
    container(page, last).wait().await;
    container(page, name).focus().await;
    container(page, name).expect_focus().await;
}

async fn focus_nothing(page: &Page) {
    page.eval("document.activeElement.blur()", vec![]).await;
}

pub async fn whatever_is_listed_works(world: Arc<World>) {
    for name in ["a-1", "a-2", "a-3"] {
        let says = "for at in $(seq 200); do echo line $at; done; sleep 600";
        world.docker(&["run", "--detach", "--init", "--network", "none", "--name", name, "alpine", "sh", "-c", says]);
    }
    let label = "com.docker.compose.project=shop";
    world.docker(&["run", "--detach", "--init", "--network", "none", "--name", "shop-1", "--label", label, "alpine", "sleep", "600"]);
    let (bridge, page) = site::open(&world).await;
    container(&page, "a-2").wait().await;
    let lines = listed(&page).await;
    assert!(lines.len() > 25, "{lines:?}");
    for (section, chords, words) in lines {
        assert!(!chords.is_empty());
        for chord in chords {
            works(&world, &page, &bridge, &section, &chord, &words).await;
        }
    }
    // Nothing was done to the container whose row had the focus but what was meant.
    assert_eq!(world.docker(&["inspect", "--format", "{{.State.Running}} {{.State.Paused}}", "a-2"]).trim(), "true false");
}

async fn works(world: &World, page: &Page, bridge: &Bridge, section: &str, chord: &str, words: &str) {
    let started = || world.docker(&["inspect", "--format", "{{.State.StartedAt}}", "a-2"]);
    let url_ends = async |end: String| page.wait_for_url(&format!("{end} ({section}, {chord})"), |url| url.ends_with(&end)).await;
    let on_row = async |name: &str| at_row(page, bridge, "shop", name).await;
    let pressed = async || press(page, chord).await;
    match (section, words) {
        ("Anywhere", "Command palette") => {
            pressed().await;
            page.get_by_role("dialog", "Command palette").wait().await;
            pressed().await;
            page.get_by_role("dialog", "Command palette").wait_gone().await;
        }
        ("Anywhere", "Filter or search") => {
            on_row("a-2").await;
            pressed().await;
            page.get_by_role("searchbox", "Filter containers").expect_focus().await;
        }
        ("Anywhere", "This map") => {
            on_row("a-2").await;
            pressed().await;
            page.get_by_role("dialog", "Keyboard shortcuts").wait().await;
        }
        ("Anywhere", "Submit the form") => {
            site::visit(page, bridge, "/run").await;
            page.get_by_role("combobox", "Image").fill("Not Valid").await;
            pressed().await;
            page.get_by_role("alert", Name::Any).wait().await;
            page.get_by_role("combobox", "Image").fill("").await;
        }
        // Also while a row has the focus, whose keys are the same letters.
        ("Anywhere", words) if words.starts_with("Go to ") => {
            on_row("a-2").await;
            pressed().await;
            let first = words["Go to ".len()..].split(' ').next().unwrap_or_default().to_lowercase();
            url_ends(format!("/{first}")).await;
        }
        ("Tables", words) if words.starts_with("Next row") => {
            on_row("a-2").await;
            pressed().await;
            container(page, "a-3").expect_focus().await;
        }
        ("Tables", "Previous row") => {
            on_row("a-2").await;
            pressed().await;
            container(page, "a-1").expect_focus().await;
        }
        ("Tables", "10 rows down" | "Last row") => {
            page.get_by_role("button", "Group by project").exists().await;
            on_row("a-1").await;
            pressed().await;
            page.wait_until("another row", async || {
                !page.get_by_role("row", containing("a-1")).text().await.is_empty() && {
                    let id = page.eval("return document.activeElement.textContent", vec![]).await;
                    !id.as_str().unwrap_or_default().contains("a-1")
                }
            })
            .await;
        }
        ("Tables", "10 rows up" | "First row") => {
            on_row("a-3").await;
            pressed().await;
            page.wait_until("the first row", async || {
                page.eval("return document.activeElement.getAttribute('aria-rowindex') ?? document.activeElement.id", vec![]).await
                    != Value::Null
                    && !page.eval("return document.activeElement.textContent", vec![]).await.to_string().contains("a-3")
            })
            .await;
        }
        ("Tables", "Open") => {
            on_row("a-2").await;
            pressed().await;
            page.wait_for_role("heading", "a-2").await;
        }
        ("Tables", "Select the row") => {
            on_row("a-2").await;
            pressed().await;
            page.expect_text("1 selected").await;
        }
        ("Tables", "Select up to the row") => {
            on_row("a-1").await;
            page.press("x").await;
            page.press("j").await;
            page.press("j").await;
            pressed().await;
            page.expect_text("3 selected").await;
        }
        ("Tables", "Remove (asks)") => {
            on_row("a-2").await;
            pressed().await;
            page.get_by_role("dialog", containing("Remove a-2")).wait().await;
        }
        ("Tables", "Clear selection") => {
            on_row("a-2").await;
            page.press("x").await;
            page.expect_text("1 selected").await;
            pressed().await;
            page.wait_until("none", async || page.eval("return document.querySelector('.bulk')", vec![]).await == Value::Null).await;
        }
        ("Containers", "Logs" | "Terminal" | "Stats" | "Files" | "Commit") => {
            on_row("a-2").await;
            pressed().await;
            url_ends(format!("/{}", words.to_lowercase())).await;
        }
        ("Containers", "Restart") => {
            on_row("a-2").await;
            let before = started();
            pressed().await;
            page.wait_until("another start", async || started() != before).await;
        }
        ("Containers", "Pause or resume") => {
            on_row("a-2").await;
            pressed().await;
            container(page, "a-2").expect_text("Paused").await;
            container(page, "a-2").focus().await;
            pressed().await;
            container(page, "a-2").expect_text("Running").await;
        }
        ("Containers", "Stop") => {
            on_row("a-2").await;
            pressed().await;
            container(page, "a-2").expect_text("Exited").await;
            world.docker(&["start", "a-2"]);
        }
        ("Containers", "Start") => {
            world.docker(&["stop", "a-2"]);
            container(page, "a-2").expect_text("Exited").await;
            on_row("a-2").await;
            pressed().await;
            container(page, "a-2").expect_text("Running").await;
        }
        ("Containers", words) if words.starts_with("Fold") => {
            on_row("shop").await;
            pressed().await;
            container(page, "shop-1").wait_gone().await;
        }
        ("Containers", "Unfold") => {
            on_row("shop").await;
            pressed().await;
            container(page, "shop-1").wait().await;
        }
        ("Files", "To the folder above") => {
            site::visit(page, bridge, "/containers/a-2/files?path=/etc").await;
            page.get_by_role("grid", "Files of a-2 in /etc").get_by_role("row", "passwd").focus().await;
            pressed().await;
            page.get_by_role("grid", "Files of a-2 in /").wait().await;
        }
        ("Logs", "Next match" | "Previous match") => {
            site::visit(page, bridge, "/containers/a-1/logs").await;
            page.get_by_role("searchbox", "Search logs").fill("line 1").await;
            let status = page.get_by_role("status", "Matches");
            // It begins with the newest.
            status.expect_text("111 of 111").await;
            focus_nothing(page).await;
            pressed().await;
            status.expect_text(if words == "Next match" { "1 of 111" } else { "110 of 111" }).await;
        }
        ("Logs", "Follow") => {
            site::visit(page, bridge, "/containers/a-1/logs").await;
            let follow = page.get_by_role("button", "Follow");
            follow.click().await;
            focus_nothing(page).await;
            page.wait_until("it stands", async || follow.attribute("aria-pressed").await.as_deref() == Some("false")).await;
            pressed().await;
            page.wait_until("it follows", async || follow.attribute("aria-pressed").await.as_deref() == Some("true")).await;
        }
        ("Terminal", "Leave the terminal") => {
            site::visit(page, bridge, "/containers/a-1/terminal").await;
            if page.get_by_role("button", "Open terminal").exists().await || !page.get_by_role("tab", Name::Any).exists().await {
                page.get_by_role("button", "Open terminal").click().await;
            }
            let screen = page.get_by_role("textbox", containing("Terminal, "));
            screen.focus().await;
            screen.expect_focus().await;
            pressed().await;
            page.wait_until("its tab has the focus", async || {
                page.eval("return document.activeElement.role ?? document.activeElement.getAttribute('role')", vec![]).await == json!("tab")
            })
            .await;
        }
        (section, words) => panic!("nobody tries {words:?} in {section}"),
    }
}

/// After a page opens, after a click in the navigation, from the filter; and past all that stands before the table.
pub async fn a_table_s_keys_work_wherever_the_focus_is(world: Arc<World>) {
    for name in ["a-1", "a-2", "a-3"] {
        world.docker(&["run", "--detach", "--init", "--network", "none", "--name", name, "alpine", "sleep", "600"]);
    }
    let (bridge, page) = site::open(&world).await;
    site::visit(&page, &bridge, "/containers").await;
    container(&page, "a-3").wait().await;
    focus_nothing(&page).await;
    page.press("j").await;
    container(&page, "a-1").expect_focus().await;
    page.press("j").await;
    container(&page, "a-2").expect_focus().await;
    page.press("x").await;
    page.press("j").await;
    page.press("x").await;
    page.expect_text("2 selected").await;
    // From a button of the toolbar; what is asked is about what is selected.
    page.get_by_role("button", "Run container").focus().await;
    page.press("Delete").await;
    let dialog = page.get_by_role("dialog", "Remove 2 containers?");
    // There keys are the dialog's.
    page.press("j").await;
    page.press("Escape").await;
    dialog.wait_gone().await;
    page.expect_text("2 selected").await;
    page.press("Escape").await;
    page.wait_until("nothing selected", async || page.eval("return document.querySelector('.bulk')", vec![]).await == Value::Null).await;
    page.press("/").await;
    page.type_text("a-").await;
    page.press("ArrowDown").await;
    page.wait_until("the table", async || page.eval("return document.activeElement.getAttribute('role')", vec![]).await == json!("row"))
        .await;
    // Another page, by keys alone.
    page.press("g").await;
    page.press("i").await;
    page.wait_for_role("heading", "Images").await;
    page.get_by_role("grid", "Images").get_by_role("row", containing("alpine")).wait().await;
    page.press("j").await;
    page.press("x").await;
    page.expect_text("1 selected").await;
    page.press("Delete").await;
    page.get_by_role("dialog", containing("Remove ")).wait().await;
    page.press("Escape").await;
    // The first stop of Tab leads past the navigation.
    site::visit(&page, &bridge, "/containers").await;
    container(&page, "a-1").wait().await;
    focus_nothing(&page).await;
    page.press("Tab").await;
    page.get_by_role("link", "Skip to the content").expect_focus().await;
    page.press("Enter").await;
    container(&page, "a-1").expect_focus().await;
}

/// A key that is held does what it does once; one that an input method takes does nothing.
pub async fn held_and_composing_keys_do_nothing_more(world: Arc<World>) {
    for name in ["a-1", "a-2", "a-3"] {
        world.docker(&["run", "--detach", "--init", "--network", "none", "--name", name, "alpine", "sleep", "600"]);
    }
    let (bridge, page) = site::open(&world).await;
    at_row(&page, &bridge, "a-3", "a-1").await;
    let down = async |key: &str, repeat: bool| {
        let event = json!({ "type": "keyDown", "key": key, "text": key, "autoRepeat": repeat });
        page.cdp("Input.dispatchKeyEvent", event).await;
    };
    // A row that is moved to has the key of the one before, still held.
    down("s", true).await;
    down("j", true).await;
    container(&page, "a-2").expect_focus().await;
    down("x", true).await;
    down("x", false).await;
    page.expect_text("1 selected").await;
    let compose = "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', \
        { key: arguments[0], ctrlKey: arguments[1], isComposing: true, bubbles: true, cancelable: true }))";
    page.eval(compose, vec![json!("s"), json!(false)]).await;
    page.press("Control+K").await;
    let field = page.get_by_role("dialog", "Command palette").get_by_role("combobox", Name::Any);
    field.type_text("stop a-2").await;
    page.get_by_role("option", containing("Stop a-2")).wait().await;
    page.eval(compose, vec![json!("Enter"), json!(false)]).await;
    field.expect_focus().await;
    page.press("Escape").await;
    site::visit(&page, &bridge, "/containers/a-3/commit").await;
    page.get_by_role("textbox", "Repository and tag").fill("composed:1").await;
    page.eval(compose, vec![json!("Enter"), json!(true)]).await;
    let event = json!({ "type": "keyDown", "key": "Enter", "modifiers": 2, "autoRepeat": true });
    page.cdp("Input.dispatchKeyEvent", event).await;
    page.get_by_role("button", "Commit").wait_for("not under way", |button| !button.disabled).await;
    page.get_by_role("textbox", "Repository and tag").press("Control+Enter").await;
    page.expect_text("composed:1").await;
    site::visit(&page, &bridge, "/jobs").await;
    page.expect_text("composed:1").await;
    assert_eq!(world.docker(&["ps", "--quiet"]).lines().count(), 3, "none was stopped");
    let committed = page.eval("return [...document.querySelectorAll('.job')].length", vec![]).await;
    assert_eq!(committed, json!(1), "one commit");
}
