//! From a terminal to an image that runs: all that committing is for, in one go.

use std::sync::Arc;

use linkspan_tests::page::{Name, Page, starting};
use linkspan_tests::site;
use linkspan_tests::world::World;

use super::{
    review::{item, layers},
    tabs::{open_terminal, shows},
};

async fn kind_of(page: &Page, path: &str) -> String {
    item(page, path).attribute("aria-description").await.unwrap_or_default()
}

pub async fn what_was_installed_by_hand_becomes_an_image_without_the_secret(world: Arc<World>) {
    world.docker(&["run", "--detach", "--init", "--network", "none", "--name", "box", "alpine", "sleep", "600"]);
    let (bridge, page) = site::open(&world).await;
    site::visit(&page, &bridge, "/containers/box/terminal").await;
    open_terminal(&page, "/bin/sh").await;
    page.get_by_role("textbox", starting("Terminal, ")).focus().await;
    for line in [
        "mkdir -p /opt/greet /var/cache/greet\n",
        "echo 'echo hello from greet' > /opt/greet/greet && chmod 755 /opt/greet/greet\n",
        "echo hunter2-secret > /root/.netrc; echo hunter2-cache > /var/cache/greet/index\n",
        "echo made-$((1+1))\n",
    ] {
        page.type_text(line).await;
    }
    shows(&page, "made-2").await;

    // Precisely that.
    page.get_by_role("link", "Changes").click().await;
    assert_eq!(kind_of(&page, "/opt/greet").await, "Added");
    assert_eq!(kind_of(&page, "/opt/greet/greet").await, "Added");
    assert!(kind_of(&page, "/root/.netrc").await.contains("Looks like a secret"), "{}", kind_of(&page, "/root/.netrc").await);
    item(&page, "/opt/greet/greet").click().await;
    page.get_by_role("region", "Difference").expect_text("hello from greet").await;
    page.get_by_role("searchbox", "Filter changes").fill("greet").await;
    assert!(kind_of(&page, "/var/cache/greet/index").await.contains("Likely noise"));

    site::visit(&page, &bridge, "/containers/box/commit").await;
    page.get_by_role("radiogroup", "What to commit").get_by_role("radio", "Selected changes").check().await;
    item(&page, "/root/.netrc").get_by_role("checkbox", Name::Any).wait_for("left out", |one| one.checked == "false").await;
    page.get_by_role("textbox", "Repository and tag").fill("story:1").await;
    page.get_by_role("textbox", "Message").fill("greets whoever comes").await;
    page.get_by_role("button", "Commit").click().await;
    page.get_by_role("button", "Undo commit").wait().await;
    // No byte of what was left out is anywhere in it.
    for (names, bytes) in layers(&world, "story:1") {
        assert!(!bytes.windows(7).any(|window| window == b"hunter2"), "{names:?}");
    }

    // It is run from there, and found where it came from.
    page.get_by_role("button", "Run").click().await;
    page.wait_for_url("the form", |url| url.contains("/run?image=story:1")).await;
    page.get_by_role("combobox", "Image").expect_value("story:1").await;
    page.get_by_role("textbox", "Command").fill("sh /opt/greet/greet").await;
    page.get_by_role("button", "Run").click().await;
    page.get_by_role("region", "Run result").expect_text("hello from greet").await;
    site::visit(&page, &bridge, "/images/story:1").await;
    let lineage = page.get_by_role("region", "Lineage");
    lineage.expect_text("greets whoever comes").await;
    lineage.expect_text("Selected changes of box, committed by admin").await;
    lineage.get_by_role("link", starting("Compare with ")).click().await;
    item(&page, "/opt/greet/greet").wait().await;
    assert!(!item(&page, "/root/.netrc").exists().await);
}
