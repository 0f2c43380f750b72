//! Linkspan's own pages, as a person uses them.

use std::{
    io::Write,
    process::Stdio,
    time::{Duration, Instant},
};

use tokio::task::block_in_place;

use crate::bridge::Bridge;
use crate::page::{Locator, Page};
use crate::world::{PASSWORD, World};

/// Signs `admin` in and waits for the table of containers.
pub async fn sign_in(page: &Page, bridge: &Bridge) {
    sign_in_as(page, bridge, "admin").await;
}

/// A bridge for the shared engine, and a window in which `admin` is signed in.
pub async fn open(world: &World) -> (Bridge, Page) {
    let bridge = world.bridge().await;
    let page = world.page().await;
    sign_in(&page, &bridge).await;
    (bridge, page)
}

/// Somebody else than `admin`, with the same password and what `user add` is told of their role.
pub fn add_person(bridge: &Bridge, name: &str, role: &[&str]) {
    let mut command = bridge.command(&[&["user", "add", name, "--password-stdin"], role].concat()).expect("a command");
    command.stdin(Stdio::piped()).stdout(Stdio::null());
    let added = block_in_place(|| {
        let mut adding = command.spawn().expect("it starts");
        adding.stdin.take().expect("standard input").write_all(PASSWORD.as_bytes()).expect("it reads");
        adding.wait().expect("it ends")
    });
    assert!(added.success());
}

/// In a window of their own.
pub async fn sign_in_as(page: &Page, bridge: &Bridge, name: &str) {
    page.goto(&bridge.url()).await;
    page.wait_for_role("button", "Sign in").await;
    page.get_by_role("textbox", "User").fill(name).await;
    page.get_by_role("textbox", "Password").fill(PASSWORD).await;
    page.get_by_role("button", "Sign in").click().await;
    connected(page).await;
}

/// Waits until the page shows what the engine has.
pub async fn connected(page: &Page) {
    page.get_by_role("status", "Connection").expect_text("Connected").await;
}

/// The table of containers.
pub fn containers(page: &Page) -> Locator {
    page.get_by_role("treegrid", "Containers")
}

/// The row of one container.
pub fn container(page: &Page, name: &str) -> Locator {
    containers(page).get_by_role("row", name)
}

/// Waits for something that no page shows.
pub async fn until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(40);
    while !condition().await {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The view at a path.
pub async fn visit(page: &Page, bridge: &Bridge, path: &str) {
    page.goto(&format!("{}{path}", bridge.url().trim_end_matches('/'))).await;
    connected(page).await;
}

/// Opens a row's menu and chooses from it.
pub async fn choose(page: &Page, container_name: &str, item: &str) {
    container(page, container_name).get_by_role("button", format!("More actions for {container_name}")).click().await;
    page.get_by_role("menuitem", item).click().await;
}

/// Kills it, which asks.
pub async fn kill(page: &Page, container_name: &str) {
    choose(page, container_name, "Kill").await;
    let dialog = page.get_by_role("dialog", format!("Kill {container_name}?"));
    dialog.get_by_role("button", format!("Kill {container_name}")).click().await;
}

/// Gives a file, or a folder where one is wanted, to a field that takes one. No role leads there.
pub async fn attach(page: &Page, id: &str, path: &std::path::Path) {
    let field = page.client().find(fantoccini::Locator::Id(id)).await.unwrap_or_else(|error| panic!("there is no field {id}: {error}"));
    field.send_keys(&path.display().to_string()).await.unwrap_or_else(|error| panic!("{id} does not take {}: {error}", path.display()));
}
