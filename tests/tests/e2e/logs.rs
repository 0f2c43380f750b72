//! The log of one container.

use std::sync::Arc;
use std::time::Duration;

use linkspan_tests::page::{Locator, Page};
use linkspan_tests::site;
use linkspan_tests::world::World;
use serde_json::{Value, json};

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
    // It begins with the newest, which is in view, and goes on from there.
    page.get_by_role("status", "Matches").expect_text("15 of 15").await;
    page.get_by_role("button", "Previous match").click().await;
    page.get_by_role("status", "Matches").expect_text("14 of 15").await;
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

/// What is wrong with how the lines stand, as a person would see it.
const ORDER: &str = r#"
    const log = document.querySelector('.log').getBoundingClientRect();
    const rows = [...document.querySelectorAll('.log-lines > *')];
    const boxes = rows.map((row) => row.getBoundingClientRect());
    if (rows.length < 2) return "too few lines";
    for (let at = 1; at < boxes.length; at++) {
        if (Math.abs(boxes[at].top - boxes[at - 1].bottom) > 1) return `${at}: ${boxes[at - 1].bottom}, ${boxes[at].top}`;
    }
    for (const row of rows) {
        if (row.textContent.endsWith("short") && row.clientHeight > 22) return "a short line takes more than a row";
        if (row.scrollHeight > row.clientHeight + 1) return `a line is higher than its place: ${row.textContent}`;
    }
    if (boxes[0].top > log.top + 1) return "nothing at the top";
    return boxes.at(-1).bottom < log.bottom - 1 ? "nothing at the bottom" : "";
"#;

pub async fn wrapped_lines_have_the_room_they_take(world: Arc<World>) {
    let script = r#"i=0; while true; do i=$((i+1)); printf "line $i "; head -c $((i % 9 * 97)) /dev/zero | tr '\0' 'x'; printf '\ttab 測試測試 é\n'; [ $((i % 9)) = 0 ] && echo short >&2;
        [ $i -gt 400 ] && sleep 0.05; done"#;
    world.docker(&["run", "--detach", "--name", "wide", "alpine", "sh", "-c", script]);
    let (bridge, page) = site::open(&world).await;
    for width in [1440, 390] {
        let metrics = serde_json::json!({ "width": width, "height": 844, "deviceScaleFactor": 1, "mobile": false });
        page.cdp("Emulation.setDeviceMetricsOverride", metrics).await;
        site::visit(&page, &bridge, "/containers/wide/logs").await;
        log(&page, "wide").expect_text("line ").await;
        let wrap = page.get_by_role("button", "Wrap");
        if wrap.attribute("aria-pressed").await.as_deref() == Some("false") {
            wrap.click().await;
        }
        let is_in_order = async || page.eval(ORDER, vec![]).await == "";
        page.wait_until("lines are wrapped", async || {
            page.eval("return [...document.querySelectorAll('.log-row')].some((row) => row.clientHeight > 30)", vec![]).await == true
        })
        .await;
        // It goes on meanwhile, and the newest is in view.
        for _ in 0..10 {
            page.wait_until("all in order while following", is_in_order).await;
            let seen = lines(&page).await.last().cloned().expect("a line");
            page.wait_until("it goes on", async || lines(&page).await.last() != Some(&seen)).await;
        }
        log(&page, "wide").hover().await;
        page.eval("const log = document.querySelector('.log'); log.dispatchEvent(new WheelEvent('wheel')); log.scrollTop -= 1500", vec![])
            .await;
        page.get_by_role("button", linkspan_tests::page::containing("new line")).wait().await;
        page.wait_until("all in order in between", is_in_order).await;
        // Its own height is what is scrolled by: no line is passed over, none comes twice.
        let first = "return document.querySelector('.log-row .lt-text').textContent";
        let before = page.eval(first, vec![]).await;
        page.eval("document.querySelector('.log').scrollTop += 333", vec![]).await;
        page.wait_until("scrolled on", async || page.eval(first, vec![]).await != before).await;
        page.eval("document.querySelector('.log').scrollTop -= 333", vec![]).await;
        page.wait_until("and back", async || page.eval(first, vec![]).await == before).await;
    }
    // A line is found by its address also behind long ones.
    let printed = world.docker(&["logs", "--timestamps", "--tail", "100", "wide"]);
    let time = printed.lines().nth(20).and_then(|line| line.split(' ').next()).expect("a time").to_owned();
    site::visit(&page, &bridge, &format!("/containers/wide/logs?at={time}")).await;
    let marked = "const log = document.querySelector('.log').getBoundingClientRect();
        const box = document.querySelector('.log-row[aria-current=true]')?.getBoundingClientRect();
        return !!box && box.top >= log.top && box.top < log.bottom";
    page.wait_until("the line is in view", async || page.eval(marked, vec![]).await == true).await;
    // The end is behind the last line.
    world.docker(&["kill", "wide"]);
    page.get_by_role("button", "Follow").click().await;
    page.expect_text("its log ends here").await;
    let end = "const note = document.querySelector('.log-lines > .log-note:last-child');
        const line = note?.previousElementSibling;
        return !!line && Math.abs(note.getBoundingClientRect().top - line.getBoundingClientRect().bottom) < 1";
    page.wait_until("the note is behind the last line", async || page.eval(end, vec![]).await == true).await;
}

pub async fn a_search_begins_with_what_is_in_view(world: Arc<World>) {
    world.docker(&["run", "--name", "counted", "alpine", "seq", "1", "20000"]);
    let printed = world.docker(&["logs", "--timestamps", "counted"]);
    let time = printed.lines().find_map(|line| line.strip_suffix(" 7000")).expect("the line").to_owned();
    let (bridge, page) = site::open(&world).await;
    site::visit(&page, &bridge, &format!("/containers/counted/logs?at={time}")).await;
    page.wait_until("the line is there", async || lines(&page).await.contains(&"7000".to_owned())).await;
    // What was there is not new.
    assert!(!page.get_by_role("button", linkspan_tests::page::containing("new line")).exists().await);
    page.get_by_role("searchbox", "Search logs").fill("5").await;
    let current = "const mark = document.querySelector('mark.current')?.closest('.log-row');
        const box = mark?.getBoundingClientRect();
        return box && box.top > 0 && box.bottom < innerHeight ? mark.querySelector('.lt-text').textContent : null";
    let at = async |wanted: &str| page.wait_until(wanted, async || page.eval(current, vec![]).await == wanted).await;
    page.wait_until("one near 7000", async || {
        page.eval(current, vec![]).await.as_str().and_then(|text| text.parse::<i64>().ok()).is_some_and(|line| (line - 7000).abs() < 50)
    })
    .await;
    page.get_by_role("searchbox", "Search logs").fill("12345").await;
    at("12345").await;
    page.get_by_role("searchbox", "Search logs").fill("999").await;
    at("12999").await;
    page.get_by_role("button", "Next match").click().await;
    at("13999").await;
    page.get_by_role("button", "Only matches").click().await;
    // Another person sees the same.
    page.wait_for_url("text and filter", |url| url.contains("q=999") && url.contains("only=")).await;
    let url = page.url().await;
    page.goto(&url).await;
    page.get_by_role("searchbox", "Search logs").expect_value("999").await;
    page.wait_until("only matches", async || {
        let lines = lines(&page).await;
        !lines.is_empty() && lines.iter().all(|line| line.contains("999"))
    })
    .await;
}

pub async fn outputs_are_shown_alone_and_progress_as_it_ended(world: Arc<World>) {
    let says = r#"echo out-1; echo err-1 >&2; printf '10%%\r55%%\r100%%\n'; for at in $(seq 50); do echo line $at; done; until [ -e /tmp/go ]; do :; done; echo err-2 >&2; sleep 600"#;
    world.docker(&["run", "--detach", "--init", "--network", "none", "--name", "both", "alpine", "sh", "-c", says]);
    world.docker(&[
        "run",
        "--detach",
        "--init",
        "--tty",
        "--network",
        "none",
        "--name",
        "tty",
        "alpine",
        "sh",
        "-c",
        "echo hello; sleep 600",
    ]);
    let (bridge, page) = site::open(&world).await;
    site::visit(&page, &bridge, "/containers/both/logs").await;
    let log = page.get_by_role("log", "Logs of both");
    // The engine takes each output for itself: which of two comes first is chance.
    log.expect_text("line 50").await;
    world.docker(&["exec", "both", "touch", "/tmp/go"]);
    log.expect_text("err-2").await;
    let streams = page.get_by_role("combobox", "Streams");
    streams.select_option("stderr").await;
    let lines = "return [...document.querySelectorAll('.log-row .lt-text')].map(line => line.textContent)";
    page.wait_until("stderr alone", async || page.eval(lines, vec![]).await == json!(["err-1", "err-2"])).await;
    page.wait_for_url("which one", |url| url.contains("stream=stderr")).await;
    // What is searched is what is shown.
    page.get_by_role("searchbox", "Search logs").fill("1").await;
    page.get_by_role("status", "Matches").expect_text("1 of 1").await;
    page.reload().await;
    page.wait_until("the same after a reload", async || page.eval(lines, vec![]).await == json!(["err-1", "err-2"])).await;
    page.get_by_role("status", "Matches").expect_text("1 of 1").await;
    page.get_by_role("button", "Clear filter").click().await;
    streams.select_option("stdout").await;
    log.expect_text("line 50").await;
    assert!(!log.text().await.contains("err-2"));
    // Its last state, as a terminal would show it.
    log.focus().await;
    page.press("Home").await;
    log.expect_text("100%").await;
    assert!(!log.text().await.contains("10%\n") && !log.text().await.contains("55%"), "{}", log.text().await);
    // Which day it is, with its first line.
    let days = "return [...document.querySelectorAll('.log-row')].map(row => row.dataset.day ?? '').filter(day => day)";
    let today = page.eval("return new Intl.DateTimeFormat('en', { dateStyle: 'medium' }).format(new Date())", vec![]).await;
    assert_eq!(page.eval(days, vec![]).await, json!([today]));
    // A terminal's output is one.
    site::visit(&page, &bridge, "/containers/tty/logs").await;
    page.get_by_role("log", "Logs of tty").expect_text("hello").await;
    streams.wait_gone().await;
}
