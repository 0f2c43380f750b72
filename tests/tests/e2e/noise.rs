//! What a review takes for noise.

use std::sync::Arc;

use linkspan_tests::page::Name;
use linkspan_tests::site;
use linkspan_tests::world::World;

use super::review::item;

/// What is noise is everybody's to see and the administrators' to say, and counts from the next look on.
pub async fn what_is_noise_can_be_changed(world: Arc<World>) {
    let change = "mkdir -p /srv/cache && echo a > /srv/cache/a && echo b > /tmp/b && sleep 600";
    world.docker(&["run", "--detach", "--init", "--network", "none", "--name", "box", "alpine", "sh", "-c", change]);
    let (bridge, page) = site::open(&world).await;
    page.wait_until("all is done", async || world.docker(&["exec", "box", "sh", "-c", "ls /tmp"]).contains('b')).await;
    site::visit(&page, &bridge, "/containers/box/commit").await;
    let ticked = async |path: &str, state: &'static str| {
        item(&page, path).get_by_role("checkbox", Name::Any).wait_for(state, |one| one.checked == state).await;
    };
    ticked("/tmp", "false").await;
    ticked("/srv/cache", "true").await;
    page.get_by_role("link", "Noise rules").click().await;
    let rules = page.get_by_role("textbox", "Likely noise");
    // Nothing is lost on bad input.
    rules.fill("/srv/cache\nsrv/*/x").await;
    let section = page.get_by_role("region", "Likely noise");
    section.get_by_role("button", "Save").click().await;
    section.expect_text("“srv/*/x” is no pattern").await;
    rules.expect_value("/srv/cache\nsrv/*/x").await;
    rules.fill("/srv/cache").await;
    section.get_by_role("button", "Save").click().await;
    page.expect_text("The list of likely noise was saved").await;
    site::visit(&page, &bridge, "/containers/box/commit").await;
    ticked("/tmp", "false").await;
    page.get_by_role("button", "Scan again").click().await;
    ticked("/tmp", "true").await;
    ticked("/srv/cache", "false").await;
    // A key does what the box does.
    item(&page, "/srv/cache").focus().await;
    page.press("x").await;
    ticked("/srv/cache", "true").await;
    site::visit(&page, &bridge, "/settings").await;
    section.get_by_role("button", "Restore defaults").click().await;
    page.wait_until("the defaults", async || rules.value().await.contains("/var/cache")).await;
}
