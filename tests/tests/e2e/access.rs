//! Who gets in, and how.

use std::sync::Arc;

use linkspan_tests::bridge::Options;
use linkspan_tests::page::Name;
use linkspan_tests::site;
use linkspan_tests::world::{PASSWORD, World};
use tokio::task::block_in_place;

pub async fn the_first_run_creates_the_administrator(world: Arc<World>) {
    let mut bridge = world.bridge_with(Options::first_run(&world.engine().host())).await;
    let page = world.page().await;
    // Without an account every address leads to the sign-in page, which says what to do.
    page.goto(&format!("{}/images", bridge.url())).await;
    page.wait_for_role("button", "Sign in").await;
    page.expect_text("Open the one-time link that Linkspan printed").await;
    let link = bridge.welcome_link();
    page.goto(&link).await;
    page.wait_for_role("button", "Create administrator").await;
    page.get_by_role("textbox", "User").fill("mika").await;
    page.get_by_role("textbox", "Password").fill("short").await;
    page.get_by_role("button", "Create administrator").click().await;
    page.get_by_role("alert", Name::Any).expect_text("at least 12 characters").await;
    // Nothing that was typed is lost.
    page.get_by_role("textbox", "User").expect_value("mika").await;
    page.get_by_role("textbox", "Password").fill("a long enough passphrase").await;
    page.get_by_role("button", "Create administrator").click().await;
    site::connected(&page).await;

    // The link is used up, for everybody.
    let other = world.page().await;
    other.goto(&link).await;
    other.get_by_role("textbox", "User").fill("eve").await;
    other.get_by_role("textbox", "Password").fill("a long enough passphrase").await;
    other.get_by_role("button", "Create administrator").click().await;
    other.get_by_role("alert", Name::Any).expect_text("was used already").await;

    // The session outlives the bridge's restart, and no second link is printed.
    bridge.restart().await.expect("the bridge restarts");
    site::connected(&page).await;
    page.reload().await;
    site::connected(&page).await;
    assert!(bridge.said().iter().all(|line| !line.contains("/welcome#") || line.contains(&link)), "{:?}", bridge.said());

    // Signing out ends the session in every tab.
    page.get_by_role("button", "Account").click().await;
    page.get_by_role("menuitem", "Sign out").click().await;
    page.wait_for_role("button", "Sign in").await;
    page.goto(&bridge.url()).await;
    page.wait_for_role("button", "Sign in").await;
}

pub async fn guessing_passwords_is_slowed_and_said(world: Arc<World>) {
    let bridge = world.bridge().await;
    let page = world.page().await;
    page.goto(&bridge.url()).await;
    page.wait_for_role("button", "Sign in").await;
    page.get_by_role("textbox", "User").fill("admin").await;
    for _ in 0..5 {
        page.get_by_role("textbox", "Password").fill("wrong wrong wrong").await;
        page.get_by_role("button", "Sign in").click().await;
        page.get_by_role("alert", Name::Any).expect_text("User name or password is wrong").await;
    }
    page.get_by_role("button", "Sign in").click().await;
    page.get_by_role("alert", Name::Any).expect_text("Too many failed tries").await;
}

pub async fn a_forgotten_password_is_set_by_a_link(world: Arc<World>) {
    let (bridge, page) = site::open(&world).await;
    let reset = block_in_place(|| bridge.command(&["user", "reset", "admin"]).expect("the binary").output()).expect("the command runs");
    let printed = String::from_utf8_lossy(&reset.stdout).into_owned();
    let link = printed.split_whitespace().find(|word| word.contains("/welcome#")).unwrap_or_else(|| panic!("no link in {printed:?}"));
    // The link holds the address people use; this bridge was given none, so only its path is looked at.
    let path = &link[link.find("/welcome#").expect("a path")..];
    let other = world.page().await;
    other.goto(&format!("{}{path}", bridge.url())).await;
    other.get_by_role("textbox", "Password").fill("short").await;
    other.get_by_role("button", "Set password").click().await;
    other.get_by_role("alert", Name::Any).expect_text("at least 12 characters").await;
    other.get_by_role("textbox", "Password").fill("another passphrase entirely").await;
    other.get_by_role("button", "Set password").click().await;
    site::connected(&other).await;
    // Whoever was signed in with the old one is out.
    page.reload().await;
    page.wait_for_role("button", "Sign in").await;
    page.get_by_role("textbox", "User").fill("admin").await;
    page.get_by_role("textbox", "Password").fill(PASSWORD).await;
    page.get_by_role("button", "Sign in").click().await;
    page.get_by_role("alert", Name::Any).expect_text("User name or password is wrong").await;
    page.get_by_role("textbox", "Password").fill("another passphrase entirely").await;
    page.get_by_role("button", "Sign in").click().await;
    site::connected(&page).await;
}

pub async fn people_see_who_else_is_here(world: Arc<World>) {
    let (bridge, page) = site::open(&world).await;
    let here = page.get_by_role("list", "People here");
    here.expect_text("admin (you)").await;
    site::add_person(&bridge, "jun", &["--role", "administrator"]);
    let other = world.page().await;
    site::sign_in_as(&other, &bridge, "jun").await;
    other.get_by_role("list", "People here").expect_text("jun (you)").await;
    here.get_by_role("listitem", Name::Any).expect_count(2).await;
    here.expect_text("jun").await;
    // And what they have open.
    world.docker(&["create", "--name", "box", "alpine"]);
    site::visit(&other, &bridge, "/containers/box/files").await;
    let row = site::container(&page, "box");
    row.get_by_role("img", "jun has this open").wait().await;
    here.get_by_role("link", "jun: box").wait().await;
    site::visit(&other, &bridge, "/containers").await;
    row.get_by_role("img", "jun has this open").wait_gone().await;
    // Where somebody is, one goes to by a click.
    site::visit(&other, &bridge, "/images").await;
    here.get_by_role("link", "jun: Images").click().await;
    page.wait_for_url("where jun is", |url| url.ends_with("/images")).await;
    site::visit(&page, &bridge, "/containers/box/edit").await;
    site::visit(&other, &bridge, "/containers/box/edit").await;
    page.expect_text("jun commits or edits this container at the moment.").await;
    page.get_by_role("list", "People here").get_by_role("link", "jun: Edit box").wait().await;
    site::visit(&page, &bridge, "/containers").await;
    site::visit(&other, &bridge, "/containers").await;
    assert!(!site::container(&other, "box").get_by_role("img", Name::Any).exists().await, "nobody but oneself");
    // Two who commit one container know of each other.
    site::visit(&page, &bridge, "/containers/box/commit").await;
    site::visit(&other, &bridge, "/containers/box/commit").await;
    page.expect_text("Also here: jun").await;
    other.get_by_role("textbox", "Repository and tag").fill("theirs:1").await;
    other.get_by_role("button", "Commit").click().await;
    page.expect_text("jun has committed this container meanwhile.").await;
    other.expect_text("Committed theirs:1").await;
    assert!(!other.outline().await.contains("has committed this container"), "one's own is no news");
    other.get_by_role("button", "Account").click().await;
    other.get_by_role("menuitem", "Sign out").click().await;
    here.get_by_role("listitem", Name::Any).expect_count(1).await;
}

pub async fn a_password_is_changed_by_whoever_knows_it(world: Arc<World>) {
    let (bridge, page) = site::open(&world).await;
    let other = world.page().await;
    site::sign_in(&other, &bridge).await;
    page.get_by_role("button", "Account").click().await;
    // Who I am, and what I may.
    page.get_by_role("menu", "Signed in as admin, administrator").wait().await;
    page.get_by_role("menuitem", "Change password").click().await;
    let dialog = page.get_by_role("dialog", "Change password");
    let change = dialog.get_by_role("button", "Change password");
    dialog.get_by_role("textbox", "Current password").fill("wrong wrong wrong").await;
    dialog.get_by_role("textbox", "New password").fill("short").await;
    dialog.expect_text("7 more characters").await;
    assert!(change.attribute("disabled").await.is_some());
    dialog.get_by_role("textbox", "New password").fill("another passphrase entirely").await;
    change.click().await;
    dialog.get_by_role("alert", Name::Any).expect_text("The current password is wrong").await;
    dialog.get_by_role("textbox", "New password").expect_value("another passphrase entirely").await;
    dialog.get_by_role("textbox", "Current password").fill(PASSWORD).await;
    change.click().await;
    dialog.wait_gone().await;
    page.expect_text("Changed your password").await;
    // The other session is over, this one is not.
    other.wait_for_role("button", "Sign in").await;
    page.reload().await;
    site::connected(&page).await;
    other.get_by_role("textbox", "User").fill("admin").await;
    other.get_by_role("textbox", "Password").fill(PASSWORD).await;
    other.get_by_role("button", "Sign in").click().await;
    other.get_by_role("alert", Name::Any).expect_text("User name or password is wrong").await;
    other.get_by_role("textbox", "Password").fill("another passphrase entirely").await;
    other.get_by_role("button", "Sign in").click().await;
    site::connected(&other).await;
}
