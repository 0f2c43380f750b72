//! What of the table is a reader's own, and what is changed from it in place.

use std::sync::Arc;

use linkspan_tests::site;
use linkspan_tests::world::World;

/// Columns as somebody wants them, for whoever has the address and for whoever comes back.
pub async fn columns_are_chosen_and_made_wider(world: Arc<World>) {
    let fails = ["run", "--detach", "--restart", "on-failure:3", "--network", "none", "--name", "fails", "alpine", "sh", "-c", "exit 1"];
    world.docker(&fails);
    let (bridge, page) = site::open(&world).await;
    site::container(&page, "fails").wait().await;
    let table = site::containers(&page);
    let choose = async |item: &str| {
        page.get_by_role("button", "Columns").click().await;
        page.get_by_role("menuitem", item).click().await;
    };
    assert!(!table.get_by_role("columnheader", "Restarts").exists().await);
    choose("Show Restarts").await;
    table.get_by_role("columnheader", "Restarts").wait().await;
    site::container(&page, "fails").get_by_role("gridcell", "3").wait().await;
    choose("Hide Image").await;
    table.get_by_role("columnheader", "Image").wait_gone().await;
    page.wait_for_url("the columns", |url| url.contains("cols=name,state,") && !url.contains("image")).await;
    // By the keyboard, and by hand.
    let edge = page.get_by_role("separator", "Width of State");
    let width = async || edge.attribute("aria-valuenow").await.and_then(|width| width.parse::<f64>().ok()).unwrap_or_default();
    edge.focus().await;
    let before = width().await;
    edge.press("ArrowRight").await;
    page.wait_for_url("its width", |url| url.contains(&format!("state:{}", before + 16.0))).await;
    // Whoever has the address sees the same; who comes back without one, too.
    let address = page.url().await;
    let other = world.page().await;
    site::sign_in(&other, &bridge).await;
    other.goto(&address).await;
    site::containers(&other).get_by_role("columnheader", "Restarts").wait().await;
    site::visit(&page, &bridge, "/jobs").await;
    site::visit(&page, &bridge, "/containers").await;
    table.get_by_role("columnheader", "Restarts").wait().await;
    assert!(!table.get_by_role("columnheader", "Image").exists().await);
    choose("Reset columns").await;
    table.get_by_role("columnheader", "Image").wait().await;
    page.wait_for_url("nothing of columns", |url| !url.contains("cols")).await;
}

pub async fn limits_and_restart_policy_are_changed_in_place(world: Arc<World>) {
    world.docker(&["run", "--detach", "--init", "--memory", "64m", "--network", "none", "--name", "box", "alpine", "sleep", "600"]);
    let (_bridge, page) = site::open(&world).await;
    let started = || world.docker(&["inspect", "--format", "{{.State.StartedAt}}", "box"]);
    let before = started();
    let now = || {
        let format = "{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}} {{.HostConfig.PidsLimit}} {{.HostConfig.RestartPolicy.Name}}:{{.HostConfig.RestartPolicy.MaximumRetryCount}}";
        world.docker(&["inspect", "--format", format, "box"]).trim().to_owned()
    };
    site::choose(&page, "box", "Limits and restart policy…").await;
    let dialog = page.get_by_role("dialog", "Limits and restart policy of box");
    let memory = dialog.get_by_role("textbox", "Memory");
    memory.expect_value("64m").await;
    memory.fill("lots").await;
    dialog.expect_text("A size such as 512m or 1.5g.").await;
    // What no engine does is not asked of it, and nothing of the rest is lost.
    memory.fill("").await;
    dialog.get_by_role("textbox", "CPUs").fill("0.5").await;
    dialog.get_by_role("button", "Update").click().await;
    dialog.expect_text("takes none away").await;
    dialog.get_by_role("textbox", "CPUs").expect_value("0.5").await;
    memory.fill("128m").await;
    dialog.get_by_role("textbox", "Processes").fill("50").await;
    dialog.get_by_role("combobox", "Restart policy").select_option("On failure").await;
    dialog.get_by_role("textbox", "Retries").fill("4").await;
    dialog.get_by_role("button", "Update").click().await;
    page.expect_text("Updated box").await;
    assert_eq!(now(), "134217728 500000000 50 on-failure:4");
    assert_eq!(started(), before, "it goes on");
    // What the engine refuses is said in its words.
    site::choose(&page, "box", "Limits and restart policy…").await;
    dialog.get_by_role("textbox", "Retries").expect_value("4").await;
    memory.fill("1m").await;
    dialog.get_by_role("button", "Update").click().await;
    dialog.expect_text("Minimum memory limit allowed is").await;
}
