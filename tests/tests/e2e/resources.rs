//! Volumes and networks.

use std::sync::Arc;

use linkspan_tests::page::{Locator, Name, Page, containing};
use linkspan_tests::site;
use linkspan_tests::world::World;

fn row(page: &Page, table: &str, name: &str) -> Locator {
    page.get_by_role("grid", table).get_by_role("row", name)
}

pub async fn volumes_are_made_used_and_removed(world: Arc<World>) {
    let (bridge, page) = site::open(&world).await;
    let other = world.page().await;
    site::sign_in(&other, &bridge).await;
    for page in [&page, &other] {
        site::visit(page, &bridge, "/volumes").await;
    }
    other.wait_for_role("heading", "No volumes yet").await;
    // Made elsewhere, shown here.
    world.docker(&["volume", "create", "elsewhere"]);
    row(&other, "Volumes", "elsewhere").wait().await;

    page.get_by_role("button", "Create volume").click().await;
    let dialog = page.get_by_role("dialog", "Create volume");
    dialog.get_by_role("textbox", "Name").fill("not/a name").await;
    dialog.get_by_role("button", "Create").click().await;
    // Nothing is sent, what is wrong has the focus, and what was typed stays.
    dialog.expect_text("Letters, digits and _ . - only").await;
    dialog.get_by_role("textbox", "Name").expect_focus().await;
    dialog.get_by_role("textbox", "Name").expect_value("not/a name").await;
    dialog.get_by_role("textbox", "Name").fill("elsewhere").await;
    dialog.expect_text("There is a volume of this name already.").await;
    dialog.get_by_role("textbox", "Name").fill("by-hand").await;
    dialog.get_by_role("button", "Add label").click().await;
    dialog.get_by_role("textbox", "Label name").fill("team").await;
    dialog.get_by_role("textbox", "Value").fill("quay").await;
    dialog.get_by_role("button", "Create").click().await;
    page.wait_for_url("the new one's page", |url| url.ends_with("/volumes/by-hand")).await;
    page.get_by_role("region", "Labels").expect_text("quay").await;
    assert_eq!(world.docker(&["volume", "inspect", "--format", "{{.Labels.team}}", "by-hand"]).trim(), "quay");
    row(&other, "Volumes", "by-hand").wait().await;

    // Who uses it is known without a reload, and keeps it.
    world.docker(&["run", "--detach", "--name", "user", "--volume", "by-hand:/data", "--volume", "/cache", "alpine", "sleep", "600"]);
    page.get_by_role("region", "Used by").get_by_role("link", "user").wait().await;
    row(&other, "Volumes", "by-hand").get_by_role("link", containing("1")).wait().await;
    page.get_by_role("button", "Remove…").click().await;
    let dialog = page.get_by_role("dialog", "Remove by-hand?");
    // Whoever keeps it is a click away.
    dialog.get_by_role("link", "user").wait().await;
    dialog.get_by_role("button", "Remove by-hand").click().await;
    dialog.expect_text("volume is in use").await;
    dialog.get_by_role("button", "Close").nth(0).click().await;
    dialog.wait_gone().await;

    // What nothing uses: only what nobody named is chosen, and exactly that goes.
    world.docker(&["rm", "--force", "user"]);
    row(&other, "Volumes", "by-hand").wait_for("nothing uses it", |row| row.text.contains("Unused")).await;
    other.get_by_role("button", "Prune…").click().await;
    let dialog = other.get_by_role("dialog", "Prune volumes");
    dialog.get_by_role("button", "Remove 1 object").click().await;
    dialog.wait_gone().await;
    other.get_by_role("grid", "Volumes").wait_for("two rows", |grid| grid.text.contains("by-hand")).await;
    let mut left: Vec<String> = world.docker(&["volume", "ls", "--quiet"]).lines().map(str::to_owned).collect();
    left.sort();
    assert_eq!(left, ["by-hand", "elsewhere"]);

    // Filter and sorting are in the address; keys select and remove.
    other.get_by_role("searchbox", "Filter volumes").fill("hand").await;
    row(&other, "Volumes", "elsewhere").wait_gone().await;
    other.wait_for_url("the filter", |url| url.contains("q=hand")).await;
    row(&other, "Volumes", "by-hand").press("Delete").await;
    other.get_by_role("dialog", "Remove by-hand?").get_by_role("button", "Remove by-hand").click().await;
    row(&other, "Volumes", "by-hand").wait_gone().await;
    page.expect_text("This volume is gone.").await;
}

pub async fn networks_are_made_joined_and_removed(world: Arc<World>) {
    let (bridge, page) = site::open(&world).await;
    site::visit(&page, &bridge, "/networks").await;
    // What every engine has cannot be removed.
    row(&page, "Networks", "bridge").expect_text("built in").await;
    assert!(!row(&page, "Networks", "bridge").get_by_role("button", "Remove bridge").exists().await);

    page.get_by_role("button", "Create network").click().await;
    let dialog = page.get_by_role("dialog", "Create network");
    assert!(dialog.get_by_role("button", "Create").attribute("disabled").await.is_some());
    dialog.get_by_role("textbox", "Name").fill("back").await;
    dialog.get_by_role("textbox", "Gateway").fill("10.98.0.1").await;
    dialog.expect_text("A gateway needs the subnet that it is in.").await;
    dialog.get_by_role("textbox", "Subnet").fill("10.99.1.0/33").await;
    dialog.get_by_role("button", "Create").click().await;
    dialog.expect_text("how many bits of it").await;
    dialog.get_by_role("textbox", "Subnet").expect_focus().await;
    dialog.get_by_role("textbox", "Subnet").fill("10.99.1.0/24").await;
    dialog.get_by_role("button", "Create").click().await;
    // What only the engine knows is in its words, and the focus stays; what is changed then is another matter.
    dialog.get_by_role("alert", Name::Any).expect_text("10.98.0.1").await;
    dialog.get_by_role("button", "Create").expect_focus().await;
    dialog.get_by_role("textbox", "Gateway").fill("").await;
    dialog.get_by_role("alert", Name::Any).wait_gone().await;
    dialog.get_by_role("checkbox", containing("Internal")).check().await;
    dialog.get_by_role("button", "Create").click().await;
    page.wait_for_url("the new one's page", |url| url.ends_with("/networks/back")).await;
    page.get_by_role("region", "Details").expect_text("10.99.1.0/24").await;
    assert_eq!(world.docker(&["network", "inspect", "--format", "{{.Internal}}", "back"]).trim(), "true");

    world.docker(&["run", "--detach", "--name", "joiner", "alpine", "sleep", "600"]);
    page.expect_text("1 container,").await;
    page.get_by_role("button", "Connect container…").click().await;
    let dialog = page.get_by_role("dialog", "Connect a container to back");
    dialog.get_by_role("combobox", "Container").select_option("joiner").await;
    dialog.get_by_role("button", "Connect").click().await;
    page.get_by_role("region", "Used by").get_by_role("link", "joiner").wait().await;
    let networks = || world.docker(&["inspect", "--format", "{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}", "joiner"]);
    assert!(networks().contains("back"), "{}", networks());

    // With a running container in it the engine keeps it.
    page.get_by_role("button", "Remove…").click().await;
    let dialog = page.get_by_role("dialog", "Remove back?");
    dialog.get_by_role("link", "joiner").wait().await;
    dialog.get_by_role("button", "Remove back").click().await;
    dialog.expect_text("has active endpoints").await;
    dialog.get_by_role("button", "Close").nth(0).click().await;
    page.get_by_role("region", "Used by").get_by_role("button", "Disconnect joiner").click().await;
    page.get_by_role("region", "Used by").get_by_role("link", "joiner").wait_gone().await;
    assert!(!networks().contains("back"), "{}", networks());

    // A stopped container's network is not unused, whatever the engine would say.
    world.docker(&["network", "create", "kept"]);
    world.docker(&["create", "--name", "resting", "--network", "kept", "alpine"]);
    site::visit(&page, &bridge, "/networks?use=unused").await;
    row(&page, "Networks", "back").wait().await;
    row(&page, "Networks", "kept").wait_gone().await;
    page.get_by_role("button", "Prune…").click().await;
    let dialog = page.get_by_role("dialog", "Prune networks");
    dialog.get_by_role("button", "Remove 1 object").click().await;
    row(&page, "Networks", "back").wait_gone().await;
    let left = world.docker(&["network", "ls", "--format", "{{.Name}}"]);
    assert!(left.contains("kept") && !left.contains("back"), "{left}");
}
