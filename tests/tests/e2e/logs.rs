//! The log of one container.

use std::sync::Arc;
use std::time::Duration;

use linkspan_tests::page::{Locator, Page};
use linkspan_tests::site;
use linkspan_tests::world::World;
use serde_json::Value;

fn log(page: &Page, name: &str) -> Locator {
    page.get_by_role("log", format!("Logs of {name}"))
}

/// The lines in the document.
async fn lines(page: &Page) -> Vec<String> {
    let lines = page.eval("return [...document.querySelectorAll('.log-row .lt-text')].map(row => row.textContent)", vec![]).await;
    serde_json::from_value(lines).expect("a list of lines")
}

pub async fn the_last_lines_come_at_once_and_then_live(world: Arc<World>) {
    world.docker(&["run", "--detach", "--name", "talker", "alpine", "sh", "-c", "seq 1 500; sleep 1; echo complaint >&2; sleep 600"]);
    let (bridge, page) = site::open(&world).await;
    site::visit(&page, &bridge, "/containers/talker/logs").await;
    log(&page, "talker").expect_text("complaint").await;
    page.wait_until("the end is in view", async || lines(&page).await.iter().any(|line| line == "500")).await;
    let errors =
        page.eval("return [...document.querySelectorAll('.log-row[data-stream=err] .lt-text')].map(row => row.textContent)", vec![]).await;
    assert_eq!(errors, serde_json::json!(["complaint"]));
    assert!(lines(&page).await.len() < 100, "only lines in view are in the document");
    world.docker(&["exec", "talker", "sh", "-c", "echo live one > /proc/1/fd/1"]);
    log(&page, "talker").expect_text("live one").await;

    // Search in what is loaded.
    page.get_by_role("searchbox", "Search logs").fill("COMPLAINT").await;
    page.get_by_role("status", "Matches").expect_text("1 of 1").await;
    page.get_by_role("searchbox", "Search logs").fill("49").await;
    page.get_by_role("status", "Matches").expect_text("of 15").await;
    page.get_by_role("button", "Next match").click().await;
    page.get_by_role("status", "Matches").expect_text("2 of 15").await;
    page.get_by_role("button", "Only matches").click().await;
    page.wait_until("only matches are shown", async || {
        let lines = lines(&page).await;
        lines.len() == 15 && lines.iter().all(|line| line.contains("49"))
    })
    .await;
    page.get_by_role("button", "Clear filter").click().await;
    page.get_by_role("button", "Follow").click().await;
    page.wait_until("all lines are back", async || lines(&page).await.contains(&"500".to_owned())).await;

    // The log goes on when the container starts again.
    world.docker(&["kill", "talker"]);
    page.expect_text("its log ends here").await;
    world.docker(&["start", "talker"]);
    page.wait_until("the second life is shown after the first", async || {
        page.eval("return document.querySelector('.log-space').style.height", vec![])
            .await
            .as_str()
            .is_some_and(|height| height.trim_end_matches("px").parse::<f64>().unwrap_or(0.0) > 20.0 * 1000.0)
    })
    .await;
}

pub async fn an_address_leads_to_a_line(world: Arc<World>) {
    world.docker(&["run", "--name", "counted", "alpine", "seq", "1", "20000"]);
    let printed = world.docker(&["logs", "--timestamps", "counted"]);
    let time_of = |text: &str| printed.lines().find_map(|line| line.strip_suffix(&format!(" {text}"))).expect("the line").to_owned();
    let bridge = world.bridge().await;
    let page = world.page().await;
    site::sign_in(&page, &bridge).await;
    // Not among the last lines, which are loaded without being asked for.
    site::visit(&page, &bridge, &format!("/containers/counted/logs?at={}", time_of("7000"))).await;
    let marked = "const row = document.querySelector('.log-row[aria-current=true]');
        const box = row?.getBoundingClientRect();
        return row && box.top > 0 && box.bottom < innerHeight ? row.querySelector('time').dateTime : null";
    page.wait_until("the line is in view", async || page.eval(marked, vec![]).await == time_of("7000")).await;
    assert!(lines(&page).await.contains(&"6999".to_owned()), "what came before it is there, too");
    // A line's time is its address.
    let next = page
        .eval("const link = document.querySelector('.log-row[aria-current=true] + .log-row a'); link.click(); return link.title", vec![])
        .await;
    page.wait_until("the next line is marked", async || page.eval(marked, vec![]).await == next).await;
    assert!(page.url().await.ends_with(next.as_str().expect("a time")));
    page.eval("history.back()", vec![]).await;
    page.wait_until("back at the first", async || page.eval(marked, vec![]).await == time_of("7000")).await;
}

pub async fn any_bytes_are_only_text(world: Arc<World>) {
    let script = r#"printf '<img src=x onerror=alert(1)><b>bold</b>\n'; printf '\033[31mred\033[0m \033]0;title\007plain\n'; printf 'broken \377\376 bytes\n'; printf 'nul \001 bell \007\n'; head -c 1000000 /dev/zero | tr '\0' 'x'; echo ZEND; echo after the long line"#;
    world.docker(&["run", "--name", "hostile", "alpine", "sh", "-c", script]);
    world.docker(&["run", "--name", "terminal", "--tty", "alpine", "sh", "-c", "echo first; printf '\\033[32mgreen\\033[0m\\n'"]);
    let (bridge, page) = site::open(&world).await;
    site::visit(&page, &bridge, "/containers/hostile/logs").await;
    log(&page, "hostile").expect_text("after the long line").await;
    let shown = lines(&page).await;
    assert_eq!(shown[0], "<img src=x onerror=alert(1)><b>bold</b>");
    assert_eq!(shown[1], "red plain");
    assert!(shown[2].starts_with("broken \u{fffd}"), "{}", shown[2]);
    assert_eq!(shown[3], "nul \u{2401} bell \u{2407}");
    assert!(shown[4].starts_with("xxxx") && shown[4].len() < 10_000, "the long line is cut");
    assert!(shown[4].contains("more on this line"));
    // What is searched for is shown, wherever in the line it is.
    page.get_by_role("searchbox", "Search logs").fill("zend").await;
    page.get_by_role("status", "Matches").expect_text("1 of 1").await;
    let mark = "const mark = document.querySelector('.log-row mark'); return mark && mark.textContent";
    page.wait_until("the match is marked", async || page.eval(mark, vec![]).await == "ZEND").await;
    page.get_by_role("button", "Clear filter").click().await;
    assert_eq!(page.eval("return document.querySelectorAll('.log-row img, .log-row b').length", vec![]).await, Value::from(0));
    assert_eq!(page.eval("return document.querySelector('.a-fg1').textContent", vec![]).await, Value::from("red"));

    site::visit(&page, &bridge, "/containers/terminal/logs").await;
    log(&page, "terminal").expect_text("first").await;
    assert_eq!(lines(&page).await, ["first", "green"]);
}

pub async fn a_million_lines_stay_bounded(world: Arc<World>) {
    world.docker(&["run", "--name", "flood", "alpine", "seq", "1", "1000000"]);
    let (bridge, page) = site::open(&world).await;
    let page = page.with_deadline(Duration::from_secs(60));
    site::visit(&page, &bridge, "/containers/flood/logs").await;
    page.wait_until("the last line is there at once", async || lines(&page).await.last().is_some_and(|line| line == "1000000")).await;
    // What is not loaded is said, and can be asked for.
    page.expect_text("earlier ones are not loaded").await;
    page.get_by_role("button", "Load all").click().await;
    page.expect_text("600,000 earlier lines are no longer kept").await;
    page.wait_until("the last line is in view", async || lines(&page).await.last().is_some_and(|line| line == "1000000")).await;
    assert!(lines(&page).await.len() < 100);
    // The page answers meanwhile and afterwards.
    page.get_by_role("searchbox", "Search logs").fill("999999").await;
    page.get_by_role("status", "Matches").expect_text("1 of 1").await;
}
