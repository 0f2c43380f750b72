//! What is done to many at once, and what is said of it.

use std::sync::Arc;

use linkspan_tests::page::{Name, containing};
use linkspan_tests::site::{self, container};
use linkspan_tests::world::World;
use serde_json::json;

/// More than one person's calls at once may be; one of them cannot start, one runs already, and a filter hides some.
pub async fn many_are_started_as_one_job(world: Arc<World>) {
    let names: Vec<String> = (0..70).map(|number| format!("many-{number:02}")).collect();
    for name in &names {
        world.docker(&["create", "--init", "--network", "none", "--name", name, "alpine", "sleep", "600"]);
    }
    world.docker(&["create", "--name", "many-broken", "alpine", "/no/such/program"]);
    world.docker(&["start", "many-00"]);
    world.docker(&["create", "--name", "hidden", "alpine", "sleep", "600"]);
    let (bridge, page) = site::open(&world).await;
    container(&page, "hidden").wait().await;
    page.get_by_role("checkbox", containing("Select all")).check().await;
    page.expect_text("72 selected").await;
    // What the filter hides is not acted on.
    page.get_by_role("searchbox", "Filter containers").fill("many").await;
    page.expect_text("71 selected").await;
    page.get_by_role("toolbar", Name::Any).get_by_role("button", "Start").click().await;
    let dialog = page.get_by_role("dialog", "Start 71 containers");
    let patient = page.with_deadline(std::time::Duration::from_secs(90));
    patient.wait_until("all are told of", async || dialog.text().await.contains("71 of 71")).await;
    let said = dialog.text().await;
    assert_eq!(said.matches("Started").count(), 69, "{said}");
    assert!(said.contains("Ran already") && said.contains("1 failed") && said.contains("no such file"), "{said}");
    dialog.get_by_role("button", "Close").nth(0).click().await;
    assert_eq!(world.docker(&["ps", "--quiet"]).lines().count(), 70);
    assert_eq!(world.docker(&["inspect", "--format", "{{.State.Status}}", "hidden"]).trim(), "created");
    site::visit(&page, &bridge, "/jobs").await;
    page.expect_text("Start 71 containers").await;
    let every: Vec<&str> = ["rm", "--force"].into_iter().chain(names.iter().map(String::as_str)).collect();
    world.docker(&every);
}

/// Each is one job, named after what it does and to how many.
pub async fn those_chosen_are_paused_resumed_killed_and_stopped(world: Arc<World>) {
    for name in ["one", "two", "three"] {
        world.docker(&["run", "--detach", "--init", "--network", "none", "--name", name, "alpine", "sleep", "600"]);
    }
    let (bridge, page) = site::open(&world).await;
    let choose = async || {
        for name in ["one", "two"] {
            page.get_by_role("checkbox", format!("Select {name}")).check().await;
        }
    };
    let more = async |item: &str| {
        page.get_by_role("button", "More actions for 2 selected").click().await;
        page.get_by_role("menuitem", item).click().await;
    };
    let close = async |title: &str, said: &str| {
        let dialog = page.get_by_role("dialog", title);
        dialog.wait_for(said, |dialog| dialog.text.matches(said).count() == 2).await;
        page.press("Escape").await;
        dialog.wait_gone().await;
    };
    container(&page, "three").wait().await;
    choose().await;
    more("Pause").await;
    close("Pause 2 containers", "Paused").await;
    container(&page, "two").expect_text("Paused").await;
    more("Resume").await;
    close("Resume 2 containers", "Resumed").await;
    more("Kill").await;
    let dialog = page.get_by_role("dialog", "Kill 2 containers?");
    dialog.expect_text("SIGKILL").await;
    dialog.get_by_role("button", "Kill 2 containers").click().await;
    close("Kill 2 containers?", "Killed").await;
    container(&page, "one").expect_text("Exited (137)").await;
    world.docker(&["start", "one", "two"]);
    container(&page, "two").expect_text("Running").await;
    choose().await;
    page.get_by_role("toolbar", Name::Any).get_by_role("button", "Stop").click().await;
    page.get_by_role("dialog", "Stop 2 containers?").get_by_role("button", "Stop 2 containers").click().await;
    // What is under way is no question any more.
    page.get_by_role("heading", "Stop 2 containers").wait().await;
    close("Stop 2 containers?", "Stopped").await;
    assert_eq!(world.docker(&["ps", "--format", "{{.Names}}"]).trim(), "three");
    site::visit(&page, &bridge, "/jobs").await;
    for job in ["Pause 2 containers", "Resume 2 containers", "Kill 2 containers", "Stop 2 containers"] {
        let job = page.get_by_role("article", job);
        job.expect_text("admin").await;
        job.expect_text("Done").await;
    }
}

/// What failed is there until somebody has read it, above a dialog too, where it can be dismissed.
pub async fn failures_are_never_pushed_out(world: Arc<World>) {
    for number in 1..=4 {
        world.docker(&["create", "--name", &format!("broken-{number}"), "alpine", "/no/such/program"]);
    }
    for number in 1..=7 {
        world.docker(&["create", "--init", "--name", &format!("fine-{number}"), "alpine", "sleep", "600"]);
    }
    let (_bridge, page) = site::open(&world).await;
    container(&page, "fine-7").wait().await;
    // Messages may lie above the buttons by then.
    let click = "const button = document.querySelector(`[aria-label='Start ${arguments[0]}']`); button?.click(); return button !== null";
    // What waits for a pointer is made once the table stands.
    let start = async |name: String| {
        page.wait_until("its button", async || page.eval(click, vec![json!(name)]).await == json!(true)).await;
    };
    for number in 1..=4 {
        start(format!("broken-{number}")).await;
    }
    let failures = async || page.eval("return document.querySelectorAll('.toast[data-tone=danger]').length", vec![]).await;
    page.wait_until("four failures", async || failures().await == json!(4)).await;
    for number in 1..=7 {
        start(format!("fine-{number}")).await;
        container(&page, &format!("fine-{number}")).expect_text("Running").await;
    }
    assert_eq!(failures().await, json!(4));
    page.get_by_role("button", "Stop all running").click().await;
    page.get_by_role("dialog", Name::Any).wait().await;
    let top = "const box = document.querySelector('.toast[data-tone=danger]').getBoundingClientRect(); \
        return document.elementFromPoint(box.left + 20, box.top + 10)?.closest('.toast') !== null";
    page.wait_until("above the dialog", async || page.eval(top, vec![]).await == json!(true)).await;
    page.get_by_role("button", "Dismiss").nth(0).click().await;
    page.wait_until("one less", async || failures().await == json!(3)).await;
    page.press("Escape").await;
    page.get_by_role("dialog", Name::Any).wait_gone().await;
    assert_eq!(failures().await, json!(3));
    page.get_by_role("button", "Dismiss 3 failures").click().await;
    page.wait_until("none", async || failures().await == json!(0)).await;
}
