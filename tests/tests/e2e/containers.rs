//! The live table, and what can be done with a container.

use std::sync::Arc;
use std::time::Duration;

use linkspan_tests::page::{Name, containing, starting};
use linkspan_tests::site::{self, choose, container, containers};
use linkspan_tests::world::World;
use serde_json::json;
use xtask::images;

pub async fn the_table_follows_the_engine(world: Arc<World>) {
    let (_bridge, page) = site::open(&world).await;
    page.wait_for_role("heading", "No containers yet").await;
    // Made elsewhere, shown here, without a reload.
    world.docker(&["run", "--detach", "--name", "web-1", "--label", "com.docker.compose.project=shop", "alpine", "sleep", "600"]);
    container(&page, "web-1").wait_for("state Running", |row| row.text.contains("Running")).await;
    world.docker(&["rename", "web-1", "api-1"]);
    container(&page, "api-1").wait().await;
    container(&page, "web-1").wait_gone().await;
    world.docker(&["pause", "api-1"]);
    container(&page, "api-1").wait_for("state Paused", |row| row.text.contains("Paused")).await;
    world.docker(&["unpause", "api-1"]);
    world.docker(&["kill", "api-1"]);
    container(&page, "api-1").wait_for("state Exited (137)", |row| row.text.contains("Exited (137)")).await;
    world.docker(&["rm", "api-1"]);
    container(&page, "api-1").wait_gone().await;

    images::healthcheck(world.engine(), "with-health:2").expect("an image with a health check");
    world.docker(&["run", "--detach", "--name", "checked", "with-health:2"]);
    container(&page, "checked").wait_for("state Unhealthy", |row| row.text.contains("Unhealthy")).await;
    world.docker(&["exec", "checked", "touch", "/tmp/healthy"]);
    container(&page, "checked").wait_for("state Healthy", |row| row.text.contains("Healthy")).await;
}

pub async fn filter_sort_and_chips_are_in_the_address(world: Arc<World>) {
    for (name, command) in [("zebra-10", "sleep"), ("zebra-9", "sleep"), ("ant", "true")] {
        world.docker(&["run", "--detach", "--name", name, "alpine", command, "600"]);
    }
    let (bridge, page) = site::open(&world).await;
    container(&page, "ant").wait_for("state Exited", |row| row.text.contains("Exited (0)")).await;
    let order = async || {
        let rows = containers(&page).find_all_by_role("row").await;
        rows.into_iter().map(|row| row.name).filter(|name| ["ant", "zebra-9", "zebra-10"].contains(&name.as_str())).collect::<Vec<_>>()
    };
    page.wait_until("natural order", async || order().await == ["ant", "zebra-9", "zebra-10"]).await;
    containers(&page).get_by_role("button", "Name").click().await;
    page.wait_until("the other way round", async || order().await == ["zebra-10", "zebra-9", "ant"]).await;
    page.get_by_role("searchbox", "Filter containers").fill("zebra").await;
    container(&page, "ant").wait_gone().await;
    page.get_by_role("searchbox", "Filter containers").fill("").await;
    page.get_by_role("button", containing("Exited")).click().await;
    container(&page, "zebra-9").wait_gone().await;
    container(&page, "ant").wait().await;
    assert_eq!(containers(&page).attribute("aria-rowcount").await.as_deref(), Some("2"));

    // With Shift one more.
    page.get_by_role("button", containing("Running")).focus().await;
    page.press("Shift+Enter").await;
    container(&page, "zebra-9").wait().await;
    container(&page, "ant").wait().await;
    page.wait_for_url("both", |url| url.contains("state=running") && url.contains("exited")).await;
    page.get_by_role("button", containing("Running")).focus().await;
    page.press("Shift+Enter").await;
    container(&page, "zebra-9").wait_gone().await;

    // Another person opens the same address and sees the same.
    let address = page.url().await;
    assert!(address.contains("state=exited") && address.contains("sort=-name"), "{address}");
    let other = world.page().await;
    site::sign_in(&other, &bridge).await;
    other.goto(&address).await;
    container(&other, "ant").wait().await;
    container(&other, "zebra-9").wait_gone().await;
    // What was typed is what a reload finds, also where it looks like something encoded.
    other.get_by_role("searchbox", "Filter containers").fill("100%41+ &").await;
    other.wait_for_url("the filter", |url| url.contains("q=100%2541")).await;
    other.reload().await;
    other.get_by_role("searchbox", "Filter containers").expect_value("100%41+ &").await;
}

pub async fn the_filter_knows_what_containers_use(world: Arc<World>) {
    world.docker(&["network", "create", "harbour"]);
    let tiers = ["--label", "tier=front", "--label", "team=quay"];
    let uses = ["--volume", "cargo:/data", "--network", "harbour", "--expose", "8443", "alpine", "sleep", "600"];
    world.docker(&[&["run", "--detach", "--name", "carrier"][..], &tiers, &uses].concat());
    world.docker(&["create", "--name", "cargo-cult", "--label", "tier=back", "alpine"]);
    world.docker(&["create", "--name", "other", "alpine"]);
    let (bridge, page) = site::open(&world).await;
    let only = async |what: &str, names: &[&str]| {
        page.wait_until(what, async || {
            let rows = page.eval(
                "return [...document.querySelectorAll('.ct .dt-body .dt-row')].map(row => row.getAttribute('aria-label')).sort()",
                vec![],
            );
            rows.await == json!(names)
        })
        .await;
    };
    // What says that something is used leads to those that use it.
    for (section, name) in [("volumes", "cargo"), ("networks", "harbour")] {
        site::visit(&page, &bridge, &format!("/{section}")).await;
        page.get_by_role("row", starting(name)).get_by_role("link", containing("1")).click().await;
        only(name, &["carrier"]).await;
    }
    let field = page.get_by_role("searchbox", "Filter containers");
    for (text, names) in [
        ("8443", &["carrier"][..]),
        ("cargo", &["cargo-cult", "carrier"]),
        ("volume:cargo", &["carrier"]),
        ("network:harbour", &["carrier"]),
        ("label:tier", &["cargo-cult", "carrier"]),
        ("label:tier=back", &["cargo-cult"]),
        ("label:tier label:team=quay", &["carrier"]),
        ("label:tier=elsewhere", &[]),
        ("label:", &["cargo-cult", "carrier", "other"]),
    ] {
        field.fill(text).await;
        only(text, names).await;
    }
    // A label that comes later counts, too.
    field.fill("label:tier=back").await;
    only("one of the kind", &["cargo-cult"]).await;
    world.docker(&["create", "--name", "late", "--label", "tier=back", "alpine"]);
    only("two of the kind", &["cargo-cult", "late"]).await;
    // The chips count what the filter leaves.
    page.get_by_role("button", "All 2").wait().await;
    page.get_by_role("button", "Created 2").wait().await;
    assert!(!page.get_by_role("button", starting("Running")).exists().await);
    field.press("Escape").await;
    field.expect_value("").await;
    only("all", &["cargo-cult", "carrier", "late", "other"]).await;
    field.fill("carrier").await;
    page.get_by_role("button", "Clear filter").click().await;
    field.expect_value("").await;
    field.expect_focus().await;
    let help =
        page.eval("return document.querySelector('input[aria-label=\"Filter containers\"]').getAttribute('aria-description')", vec![]);
    assert!(help.await.as_str().is_some_and(|help| help.contains("label:")));
}

pub async fn a_removed_container_s_page_stays_what_it_was(world: Arc<World>) {
    world.docker(&["run", "--detach", "--name", "leaving", "alpine", "sh", "-c", "echo last words; exec sleep 600"]);
    let (bridge, page) = site::open(&world).await;
    // By its name, which is nobody's when it is gone.
    site::visit(&page, &bridge, "/containers/leaving/logs").await;
    page.get_by_role("log", "Logs of leaving").expect_text("last words").await;
    world.docker(&["rm", "--force", "leaving"]);
    page.expect_text("Removed").await;
    let sections = page.get_by_role("navigation", "Container");
    sections.get_by_role("link", "Stats").click().await;
    sections.get_by_role("link", "Details").click().await;
    page.get_by_role("region", "Details").expect_text("exec sleep 600").await;
    sections.get_by_role("link", "Inspect").click().await;
    page.get_by_role("region", "Details").expect_text("HostConfig").await;
    sections.get_by_role("link", "Logs").click().await;
    page.get_by_role("log", "Logs of leaving").expect_text("last words").await;
    let title = page.eval("return document.title", vec![]).await;
    assert!(title.as_str().is_some_and(|title| title.starts_with("leaving ·")), "{title}");
}

pub async fn a_container_is_managed_by_clicking(world: Arc<World>) {
    world.docker(&["run", "--detach", "--name", "box", "--init", "alpine", "sleep", "600"]);
    let (_bridge, page) = site::open(&world).await;
    let row = |name: &str| container(&page, name);
    row("box").wait_for("state Running", |row| row.text.contains("Running")).await;
    // Only what the state allows is offered.
    assert!(!row("box").get_by_role("button", "Start box").exists().await);
    choose(&page, "box", "Pause").await;
    row("box").wait_for("state Paused", |row| row.text.contains("Paused")).await;
    choose(&page, "box", "Resume").await;
    row("box").wait_for("state Running", |row| row.text.contains("Running")).await;
    row("box").get_by_role("button", "Stop box").click().await;
    row("box").wait_for("state Exited", |row| row.text.contains("Exited (143)")).await;
    assert!(!row("box").get_by_role("button", "Stop box").exists().await);
    row("box").get_by_role("button", "Start box").click().await;
    row("box").wait_for("state Running", |row| row.text.contains("Running")).await;
    row("box").get_by_role("button", "Restart box").click().await;
    page.expect_text("Restarted box").await;
    choose(&page, "box", "Kill").await;
    let dialog = page.get_by_role("dialog", "Kill box?");
    dialog.get_by_role("button", "Cancel").expect_focus().await;
    dialog.expect_text("SIGKILL").await;
    dialog.get_by_role("button", "Kill box").click().await;
    row("box").wait_for("state Exited (137)", |row| row.text.contains("Exited (137)")).await;

    world.docker(&["create", "--name", "taken", "alpine"]);
    row("taken").wait().await;
    choose(&page, "box", "Rename").await;
    let dialog = page.get_by_role("dialog", "Rename box");
    dialog.get_by_role("textbox", "New name").fill("taken").await;
    dialog.get_by_role("button", "Rename").click().await;
    dialog.get_by_role("alert", Name::Any).expect_text("is already in use").await;
    dialog.get_by_role("textbox", "New name").expect_value("taken").await;
    dialog.get_by_role("textbox", "New name").fill("crate").await;
    dialog.get_by_role("button", "Rename").click().await;
    row("crate").wait().await;

    row("crate").get_by_role("button", "Start crate").click().await;
    row("crate").wait_for("state Running", |row| row.text.contains("Running")).await;
    choose(&page, "crate", "Remove").await;
    let dialog = page.get_by_role("dialog", "Remove crate?");
    dialog.get_by_role("button", "Cancel").expect_focus().await;
    // The engine removes nothing that runs: it is stopped first, or killed.
    dialog.expect_text("crate is running, and is stopped first").await;
    dialog.get_by_role("checkbox", starting("Force")).check().await;
    dialog.get_by_role("button", "Remove crate").wait().await;
    dialog.get_by_role("checkbox", starting("Force")).click().await;
    dialog.get_by_role("button", "Stop and remove crate").click().await;
    row("crate").wait_gone().await;
    // By SIGTERM, not by force.
    page.wait_until("its end to be told", async || {
        let told = world.docker(&["events", "--since", "60s", "--until", "0s", "--filter", "container=crate", "--format", "{{.Action}}"]);
        let told: Vec<&str> = told.lines().filter(|action| ["kill", "stop", "destroy"].contains(action)).collect();
        told == ["kill", "stop", "destroy"]
    })
    .await;
}

pub async fn stopping_a_container_that_removes_itself_asks(world: Arc<World>) {
    world.docker(&["run", "--detach", "--rm", "--init", "--name", "fleeting", "alpine", "sleep", "600"]);
    let (_bridge, page) = site::open(&world).await;
    container(&page, "fleeting").get_by_role("button", "Stop fleeting").click().await;
    let dialog = page.get_by_role("dialog", "Stop fleeting?");
    dialog.get_by_role("button", "Cancel").click().await;
    dialog.wait_gone().await;
    container(&page, "fleeting").get_by_role("button", "Stop fleeting").expect_focus().await;
    choose(&page, "fleeting", "Remove").await;
    page.get_by_role("dialog", "Remove fleeting?").get_by_role("button", "Cancel").expect_focus().await;
    page.press("Escape").await;
    container(&page, "fleeting").get_by_role("button", "More actions for fleeting").expect_focus().await;
    container(&page, "fleeting").wait_for("still running", |row| row.text.contains("Running")).await;
    container(&page, "fleeting").get_by_role("button", "Stop fleeting").click().await;
    dialog.get_by_role("button", "Stop fleeting").click().await;
    container(&page, "fleeting").wait_gone().await;
}

pub async fn one_container_has_a_page(world: Arc<World>) {
    world.docker(&[
        "run",
        "--detach",
        "--name",
        "detailed",
        "--env",
        "COLOUR=blue & <b>bold</b>",
        "--label",
        "team=quay",
        "--workdir",
        "/srv",
        "alpine",
        "sleep",
        "600",
    ]);
    let (bridge, page) = site::open(&world).await;
    site::visit(&page, &bridge, "/containers/detailed").await;
    page.wait_for_role("heading", "detailed").await;
    let environment = page.get_by_role("region", "Environment");
    environment.expect_text("blue & <b>bold</b>").await;
    page.get_by_role("region", "Labels").expect_text("quay").await;
    page.get_by_role("region", "Process").expect_text("/srv").await;
    page.get_by_role("link", "Inspect").click().await;
    page.get_by_role("tree", "Inspect data").expect_text("WorkingDir \"/srv\"").await;
    world.docker(&["rm", "--force", "detailed"]);
    page.expect_text("detailed is gone").await;
    site::visit(&page, &bridge, "/containers/never-was").await;
    page.wait_for_role("heading", "There is no container never-was").await;
}

pub async fn a_thousand_rows_are_a_few_in_the_document(world: Arc<World>) {
    let (_bridge, page) = site::open(&world).await;
    let page = page.with_deadline(Duration::from_secs(100));
    // One shell makes them all: the client's start costs more than the container.
    tokio::task::block_in_place(|| {
        let mut command = world.engine().command().expect("the docker command");
        let client = command.get_program().to_owned();
        command.args(["version"]);
        let mut shell = std::process::Command::new("sh");
        shell.args([
            "-c",
            "for n in $(seq 1 300); do echo $n; done | xargs -P 4 -I{} \"$0\" create --name many-{} --network none alpine >/dev/null",
        ]);
        shell.arg(client).envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        assert!(shell.status().expect("a shell").success());
    });
    page.wait_until("all are counted", async || containers(&page).attribute("aria-rowcount").await.as_deref() == Some("301")).await;
    let rows = containers(&page).find_all_by_role("row").await.len();
    assert!(rows < 60, "{rows} rows are in the document");
    page.get_by_role("searchbox", "Filter containers").fill("many-299").await;
    container(&page, "many-299").wait().await;
}

pub async fn compose_projects_are_groups(world: Arc<World>) {
    let run = |name: &str, project: &str| {
        let label = format!("com.docker.compose.project={project}");
        world.docker(&["run", "--detach", "--init", "--name", name, "--label", &label, "alpine", "sleep", "600"]);
    };
    for (name, project) in [("shop-web-1", "shop"), ("shop-db-1", "shop"), ("ci-runner-1", "ci")] {
        run(name, project);
    }
    world.docker(&["run", "--detach", "--name", "alone", "alpine", "sleep", "600"]);
    let (bridge, page) = site::open(&world).await;
    let names = async || {
        let rows = containers(&page).find_all_by_role("row").await;
        rows.into_iter().map(|row| row.name).filter(|name| !name.starts_with("Select all")).collect::<Vec<_>>()
    };
    let whole = ["ci", "ci-runner-1", "shop", "shop-db-1", "shop-web-1", "Not in Compose", "alone"];
    page.wait_until("the groups", async || names().await == whole).await;
    // The prefix is said once, the name is whole where it counts, and groups are not counted.
    assert!(container(&page, "shop-web-1").text().await.starts_with("web-1"), "{}", container(&page, "shop-web-1").text().await);
    assert_eq!(containers(&page).attribute("aria-rowcount").await.as_deref(), Some("5"));
    assert_eq!(container(&page, "shop-web-1").attribute("aria-rowindex").await.as_deref(), Some("4"));
    container(&page, "shop").expect_text("2 of 2 running").await;
    // Running means one thing: what is paused is not, neither here nor in the chip.
    let chip = page.get_by_role("group", "Filter by state").get_by_role("button", starting("Running"));
    chip.expect_text("4").await;
    world.docker(&["pause", "shop-db-1"]);
    container(&page, "shop").expect_text("1 of 2 running").await;
    chip.expect_text("3").await;
    world.docker(&["unpause", "shop-db-1"]);
    container(&page, "shop").expect_text("2 of 2 running").await;
    // Totals are of all that is in it.
    page.with_deadline(Duration::from_secs(20))
        .wait_until("its memory", async || container(&page, "shop").text().await.contains("iB"))
        .await;
    world.docker(&["kill", "shop-db-1"]);
    container(&page, "shop").expect_text("1 needs attention").await;

    // Folded by hand or by key, and it stays so.
    container(&page, "shop").press("ArrowLeft").await;
    container(&page, "shop-web-1").wait_gone().await;
    page.reload().await;
    container(&page, "shop").wait().await;
    page.wait_until("it is folded", async || names().await == ["ci", "ci-runner-1", "shop", "Not in Compose", "alone"]).await;
    // All of it is chosen, also what is folded away, and each says how it went.
    container(&page, "shop").get_by_role("checkbox", "Select all of shop").click().await;
    page.expect_text("2 selected").await;
    page.get_by_role("button", "Remove").click().await;
    let dialog = page.get_by_role("dialog", "Remove 2 containers?");
    dialog.get_by_role("button", "Remove 2 containers").click().await;
    dialog.expect_text("1 failed").await;
    dialog.get_by_role("button", "Close").nth(0).click().await;
    container(&page, "shop").get_by_role("button", "More actions for shop").click().await;
    page.get_by_role("menuitem", "Stop").click().await;
    page.get_by_role("dialog", Name::Any).get_by_role("button", "Stop 1 container").click().await;
    container(&page, "shop").expect_text("0 of 1 running").await;

    // One list, and another person sees the same.
    page.get_by_role("button", "Close").nth(0).click().await;
    page.get_by_role("button", "Group by project").click().await;
    page.wait_until("one list", async || names().await == ["alone", "ci-runner-1", "shop-web-1"]).await;
    let address = page.url().await;
    let other = world.page().await;
    site::sign_in(&other, &bridge).await;
    other.goto(&address).await;
    container(&other, "shop-web-1").wait().await;
    assert!(!container(&other, "shop").exists().await);
}

pub async fn a_finger_that_rests_selects(world: Arc<World>) {
    for name in ["a-1", "a-2"] {
        world.docker(&["create", "--name", name, "alpine"]);
    }
    let (_bridge, page) = site::open(&world).await;
    let metrics = json!({ "width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": true });
    page.cdp("Emulation.setDeviceMetricsOverride", metrics).await;
    page.cdp("Emulation.setTouchEmulationEnabled", json!({ "enabled": true })).await;
    container(&page, "a-2").wait().await;
    let middle =
        "const box = document.querySelector('[role=row][aria-label=a-2] a').getBoundingClientRect(); return [box.x + 10, box.y + 8]";
    let at = page.eval(middle, vec![]).await;
    let touch = |kind: &str, points: serde_json::Value| json!({ "type": kind, "touchPoints": points });
    page.cdp("Input.dispatchTouchEvent", touch("touchStart", json!([{ "x": at[0], "y": at[1] }]))).await;
    page.expect_text("1 selected").await;
    page.cdp("Input.dispatchTouchEvent", touch("touchEnd", json!([]))).await;
    // Whatever comes of the finger going up has come.
    page.eval("return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))", vec![]).await;
    assert_eq!(container(&page, "a-2").attribute("aria-selected").await.as_deref(), Some("true"));
    assert!(page.url().await.ends_with("/containers"), "the link was not meant");
}

pub async fn what_takes_most_comes_first_where_that_is_asked_for(world: Arc<World>) {
    let run = |name: &str, arguments: &[&str]| {
        world.docker(&[&["run", "--detach", "--network", "none", "--name", name][..], arguments].concat());
    };
    run("b-idle", &["--init", "alpine", "sleep", "600"]);
    run("c-busy", &["--init", "alpine", "sh", "-c", "while :; do :; done"]);
    run("a-loops", &["--restart", "always", "alpine", "sh", "-c", "sleep 0.5; exit 3"]);
    world.docker(&["create", "--name", "d-never", "alpine"]);
    let (bridge, page) = site::open(&world).await;
    let page = page.with_deadline(Duration::from_secs(30));
    let order = async || {
        let rows = containers(&page).find_all_by_role("row").await;
        rows.into_iter().map(|row| row.name).filter(|name| name.contains('-')).collect::<Vec<_>>()
    };
    container(&page, "d-never").wait().await;
    container(&page, "a-loops").wait_for("it was started again", |row| row.text.contains("Restarting (exit 3, ")).await;
    world.stop_restarting("a-loops").await;
    container(&page, "a-loops").wait_for("it has ended", |row| row.text.contains("Exited (3)")).await;
    page.get_by_role("button", "CPU").click().await;
    page.wait_until("the busy one first", async || order().await == ["c-busy", "b-idle", "a-loops", "d-never"]).await;
    page.wait_for_url("the order", |url| url.contains("sort=-cpu")).await;
    // Who comes back finds it so.
    page.get_by_role("link", "Images").click().await;
    page.wait_for_role("heading", "Images").await;
    page.get_by_role("navigation", "Main").get_by_role("link", "Containers").click().await;
    page.wait_until("the same order", async || order().await == ["c-busy", "b-idle", "a-loops", "d-never"]).await;
    site::visit(&page, &bridge, "/containers").await;
    page.wait_until("also after a reload", async || order().await == ["c-busy", "b-idle", "a-loops", "d-never"]).await;
    // What has no column.
    page.get_by_role("button", "Sort by").click().await;
    page.get_by_role("menuitem", "Restarts").click().await;
    page.wait_until("the restarted one first", async || order().await == ["a-loops", "b-idle", "c-busy", "d-never"]).await;
    page.get_by_role("button", "Sort by").click().await;
    page.get_by_role("menuitem", "Name").click().await;
    page.wait_until("by name", async || order().await == ["a-loops", "b-idle", "c-busy", "d-never"]).await;
    // To its figures with one click.
    container(&page, "b-idle").hover().await;
    container(&page, "b-idle").get_by_role("link", "Stats of b-idle").click().await;
    page.wait_for_url("its stats", |url| url.ends_with("/stats")).await;
}
