//! What is said of one container's state, and what stays as somebody left it when that changes.

use std::sync::Arc;
use std::time::Duration;

use linkspan_tests::page::{containing, starting};
use linkspan_tests::site::{self, container};
use linkspan_tests::world::World;
use serde_json::{Value, json};
use xtask::images;

pub async fn a_state_says_what_is_known_of_it(world: Arc<World>) {
    world.docker(&["run", "--detach", "--restart", "always", "--name", "loops", "alpine", "sh", "-c", "sleep 0.2; exit 3"]);
    world.docker(&["create", "--name", "never", "alpine", "true"]);
    let (bridge, page) = site::open(&world).await;
    let page = page.with_deadline(Duration::from_secs(30));
    // How often, and how it ended.
    container(&page, "loops").wait_for("it restarts", |row| row.text.contains("Restarting (exit 3, ") && row.text.contains('×')).await;
    world.stop_restarting("loops").await;
    container(&page, "loops").wait_for("it has ended", |row| row.text.contains("Exited (3)") && row.text.contains("restarts")).await;
    // What never ran has no time at which it began.
    site::visit(&page, &bridge, "/containers/never").await;
    let started =
        "return [...document.querySelectorAll('.kv dt')].find((name) => name.textContent === 'Started').nextElementSibling.textContent";
    page.wait_until("no start", async || page.eval(started, vec![]).await == json!("–")).await;

    images::healthcheck(world.engine(), "with-health:3").expect("an image with a health check");
    world.docker(&[
        "run",
        "--detach",
        "--name",
        "checked",
        "--health-cmd",
        "echo probe says no; exit 1",
        "--health-interval",
        "1s",
        "--health-retries",
        "1",
        "with-health:3",
    ]);
    site::visit(&page, &bridge, "/containers/checked").await;
    page.expect_text("probe says no").await;
    page.expect_text("Exit code 1").await;
}

pub async fn what_was_chosen_outlives_a_change(world: Arc<World>) {
    for name in ["one", "two"] {
        world.docker(&["run", "--detach", "--init", "--env", "PASSWORD=hush", "--name", name, "alpine", "sleep", "600"]);
    }
    let (bridge, page) = site::open(&world).await;
    site::visit(&page, &bridge, "/containers/one").await;
    page.get_by_role("button", "Show the value of PASSWORD").click().await;
    page.expect_text("hush").await;
    world.docker(&["rename", "one", "first"]);
    page.wait_for_role("heading", "first").await;
    world.docker(&["pause", "first"]);
    page.expect_text("Paused").await;
    page.expect_text("hush").await;
    world.docker(&["unpause", "first"]);

    site::visit(&page, &bridge, "/containers/first/inspect").await;
    let rows = page.get_by_role("treeitem", starting("State"));
    rows.nth(0).click().await;
    let status = async || {
        page.eval("return [...document.querySelectorAll('.j-row')].some((row) => row.textContent.includes('\"running\"'))", vec![]).await
    };
    page.wait_until("folded", async || status().await == json!(false)).await;
    page.get_by_role("searchbox", "Search keys and values").fill("FinishedAt").await;
    page.get_by_role("status", "Matches").expect_text("1").await;
    world.docker(&["pause", "first"]);
    page.expect_text("Paused").await;
    assert_eq!(page.get_by_role("searchbox", "Search keys and values").value().await, "FinishedAt");
    page.get_by_role("searchbox", "Search keys and values").fill("").await;
    page.wait_until("still folded", async || {
        let paused = "return [...document.querySelectorAll('.j-row')].some((row) => row.textContent.includes('\"paused\"'))";
        page.eval(paused, vec![]).await == json!(false)
    })
    .await;

    // To another container, also from one that is gone.
    world.docker(&["rm", "--force", "first"]);
    page.expect_text("first is gone").await;
    page.eval("history.pushState(null, '', arguments[0]); dispatchEvent(new PopStateEvent('popstate'))", vec![json!("/containers/two")])
        .await;
    page.wait_for_role("heading", "two").await;
    assert!(!page.get_by_role("heading", "first").exists().await);
}

/// What is copied and saved is what the program wrote.
pub async fn a_log_is_copied_and_saved_as_it_was_written(world: Arc<World>) {
    let says = "printf 'crlf\\r\\n\\377\\376raw\\n\\nПРИВЕТ Ärger\\n'; echo err >&2; printf 'no end'";
    world.docker(&["run", "--name", "talker", "alpine", "sh", "-c", says]);
    let (bridge, page) = site::open(&world).await;
    // What a download would hold.
    let keep = "globalThis.saved = []; const make = URL.createObjectURL; \
        URL.createObjectURL = (blob) => { blob.arrayBuffer().then((bytes) => saved.push([...new Uint8Array(bytes)])); return make.call(URL, blob); }";
    site::visit(&page, &bridge, "/containers/talker/logs").await;
    page.get_by_role("log", containing("talker")).expect_text("no end").await;
    page.expect_text("its log ends here").await;
    page.eval(keep, vec![]).await;
    page.get_by_role("button", "Timestamps").click().await;
    page.get_by_role("button", "Download").click().await;
    page.wait_until("a file", async || page.eval("return saved.length", vec![]).await == json!(1)).await;
    let saved: Vec<u8> = serde_json::from_value(page.eval("return saved[0]", vec![]).await).expect("bytes");
    // As the docker command tells it; of two outputs the engine may tell either first.
    let saved = String::from_utf8(saved).expect("this engine's log driver keeps text");
    assert_eq!(saved.replacen("err\n", "", 1), world.docker(&["logs", "talker"]));
    assert!(saved.contains("crlf\r\n") && saved.contains("err\n"), "{saved:?}");

    // Whatever the script, its case does not matter.
    for (asked, matches) in [("привет", "1 of 1"), ("ärger", "1 of 1"), ("CRLF", "1 of 1")] {
        page.get_by_role("searchbox", "Search logs").fill(asked).await;
        page.get_by_role("status", "Matches").expect_text(matches).await;
    }
    page.get_by_role("searchbox", "Search logs").fill("").await;
    // With times, a line stays a line.
    page.get_by_role("button", "Timestamps").click().await;
    let copy = "const log = document.querySelector('.log-rows'); getSelection().selectAllChildren(log); \
        const data = new DataTransfer(); \
        log.dispatchEvent(new ClipboardEvent('copy', { clipboardData: data, bubbles: true, cancelable: true })); \
        return data.getData('text/plain')";
    page.wait_until("lines behind their times", async || {
        let copied = page.eval(copy, vec![]).await;
        let copied = copied.as_str().unwrap_or_default().to_owned();
        copied.lines().count() == 6
            && copied.lines().all(|line| line.chars().next().is_some_and(|first| first.is_ascii_digit()))
            && copied.lines().any(|line| line.ends_with(" crlf"))
            && copied.lines().any(|line| line.ends_with(" err") && !line.ends_with("err err"))
    })
    .await;
    let _: Value = page.eval("getSelection().removeAllRanges(); return null", vec![]).await;
}

pub async fn health_limits_and_what_it_uses_are_told(world: Arc<World>) {
    world.docker(&["network", "create", "backbone"]);
    let labels: Vec<String> = (0..20).map(|at| format!("--label=note.{at:02}=text {at}")).collect();
    let mut run = vec!["run", "--detach", "--init", "--name", "whole", "--network", "backbone", "--volume", "stock:/data"];
    run.extend(["--memory", "64m", "--cpus", "0.5", "--pids-limit", "50", "--publish", "127.0.0.1::80", "--publish", "127.0.0.1::443"]);
    run.extend(["--health-cmd", "echo not yet; exit 1", "--health-interval", "1s", "--health-retries", "1"]);
    run.extend(labels.iter().map(String::as_str));
    run.extend(["alpine", "sleep", "600"]);
    world.docker(&run);
    let (bridge, page) = site::open(&world).await;
    site::visit(&page, &bridge, "/containers/whole").await;
    let health = page.get_by_role("region", "Health");
    for text in ["echo not yet; exit 1", "Exit code 1", "not yet"] {
        health.expect_text(text).await;
    }
    page.wait_until("its failures are counted", async || {
        let told = health.text().await;
        let streak = told.split("Failed in a row").nth(1).and_then(|rest| rest.split_whitespace().next()?.parse::<u32>().ok());
        streak.is_some_and(|streak| streak > 1)
    })
    .await;
    let resources = page.get_by_role("region", "Resources");
    for text in ["0.5 CPUs", "64 MiB", "50", "/ 64 MiB", "%"] {
        resources.expect_text(text).await;
    }
    // Each leads to what it names.
    let href = async |region: &str, link: &str| page.get_by_role("region", region).get_by_role("link", link).attribute("href").await;
    assert_eq!(href("Network", "backbone").await.as_deref(), Some("/networks/backbone"));
    assert_eq!(href("Mounts", "stock").await.as_deref(), Some("/volumes/stock"));
    // The browser is on the engine's host, so that its loopback is this one.
    let ports = page.get_by_role("region", "Ports");
    for (port, scheme) in [("80", "http"), ("443", "https")] {
        let address = world.docker(&["port", "whole", port]).trim().to_owned();
        let link = ports.get_by_role("link", containing(&address)).attribute("href").await;
        assert_eq!(link, Some(format!("{scheme}://{address}/")));
    }
    // In the table, too.
    site::visit(&page, &bridge, "/containers").await;
    let address = world.docker(&["port", "whole", "80"]).trim().to_owned();
    let number = address.rsplit(':').next().unwrap_or_default();
    let link = site::container(&page, "whole").get_by_role("link", containing(number)).attribute("href").await;
    assert_eq!(link, Some(format!("http://{address}/")));
    site::visit(&page, &bridge, "/containers/whole").await;
    // A long list does not push the rest away, and stays open whatever the engine tells next.
    let labels = page.get_by_role("region", "Labels");
    assert!(!labels.text().await.contains("note.19"));
    labels.get_by_role("button", "Show all 20").click().await;
    labels.expect_text("note.19").await;
    world.docker(&["rename", "whole", "renamed"]);
    page.wait_for_role("heading", "renamed").await;
    labels.expect_text("note.19").await;
    labels.get_by_role("button", "Show fewer").click().await;
    labels.wait_for("fewer", |labels| !labels.text.contains("note.19")).await;
}
