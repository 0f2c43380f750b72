//! Files that are changed in place, and those of volumes.

use std::sync::Arc;

use linkspan_tests::page::{Locator, Page};
use linkspan_tests::world::World;
use linkspan_tests::{site, wire};

fn grid(page: &Page, of: &str, path: &str) -> Locator {
    page.get_by_role("grid", format!("Files of {of} in {path}"))
}

async fn answer(page: &Page, dialog: &str, name: Option<&str>, button: &str) {
    let dialog = page.get_by_role("dialog", dialog);
    if let Some(name) = name {
        dialog.get_by_role("textbox", "Name").fill(name).await;
    }
    dialog.get_by_role("button", button).click().await;
}

pub async fn files_are_changed_in_place(world: Arc<World>) {
    let make = "mkdir -p /srv/full/deep && echo one > /srv/old && echo x > /srv/full/x && ln -f /srv/old /srv/twin && chown 7:8 /srv/old \
        && chmod 640 /srv/old && printf 'a\\r\\nb\\r\\n' > /srv/dos && printf 'a\\r\\nb\\n' > /srv/mixed && sleep 600";
    world.docker(&["volume", "create", "kept"]);
    world.docker(&["run", "--detach", "--name", "box", "--volume", "kept:/srv/full/deep/kept", "alpine", "sh", "-c", make]);
    let inside = |script: &str| world.docker(&["exec", "box", "sh", "-c", script]).trim().to_owned();
    let (bridge, page) = site::open(&world).await;
    site::visit(&page, &bridge, "/containers/box/files?path=/srv").await;
    let here = grid(&page, "box", "/srv");
    here.get_by_role("row", "old").wait().await;

    // A folder; what is there is left alone, and what was typed stays.
    page.get_by_role("button", "New folder").click().await;
    answer(&page, "New folder", Some("old"), "Create").await;
    let dialog = page.get_by_role("dialog", "New folder");
    dialog.expect_text("omething of this name is there already").await;
    dialog.get_by_role("textbox", "Name").expect_value("old").await;
    answer(&page, "New folder", Some("a/b"), "Create").await;
    dialog.expect_text("A name has no slash in it").await;
    answer(&page, "New folder", Some("new one"), "Create").await;
    dialog.wait_gone().await;
    here.get_by_role("row", "new one").wait().await;
    assert_eq!(inside("stat -c '%F %a' '/srv/new one'"), "directory 755");

    // Renamed, but never over something else.
    here.get_by_role("button", "Rename new one").click().await;
    answer(&page, "Rename new one", Some("full"), "Rename").await;
    page.get_by_role("dialog", "Rename new one").expect_text("omething of this name is there already").await;
    answer(&page, "Rename new one", Some("-rf"), "Rename").await;
    here.get_by_role("row", "-rf").wait().await;
    here.get_by_role("row", "new one").wait_gone().await;

    // Deleted, but nothing that somebody mounted.
    here.get_by_role("button", "Delete -rf").click().await;
    answer(&page, "Delete -rf?", None, "Delete -rf").await;
    here.get_by_role("row", "-rf").wait_gone().await;
    here.get_by_role("button", "Delete full").click().await;
    answer(&page, "Delete full?", None, "Delete full").await;
    page.get_by_role("dialog", "Delete full?").expect_text("omething is mounted at /srv/full/deep/kept").await;
    page.get_by_role("dialog", "Delete full?").get_by_role("button", "Cancel").click().await;
    assert_eq!(inside("cat /srv/full/x"), "x");

    // The order is in the address.
    here.get_by_role("button", "Modified").click().await;
    page.wait_for_url("the order", |url| url.contains("sort=modified")).await;

    // A text is changed; its owner, its mode and its other name stay.
    here.get_by_role("button", "Edit old").click().await;
    let text = page.get_by_role("textbox", "Text of /srv/old");
    text.expect_value("one\n").await;
    text.fill("two\n").await;
    page.get_by_role("button", "Save").click().await;
    page.expect_text("Saved /srv/old").await;
    assert_eq!(inside("cat /srv/twin; stat -c '%u:%g %a' /srv/old"), "two\n7:8 640");

    // What somebody else wrote meanwhile is not lost unseen.
    text.fill("mine\n").await;
    inside("echo theirs > /srv/old");
    text.press("Control+s").await;
    let told = page.get_by_role("alert", linkspan_tests::page::Name::Any);
    told.expect_text("/srv/old was changed meanwhile.").await;
    told.expect_text("Line 1 now reads:").await;
    told.expect_text("theirs").await;
    assert_eq!(inside("cat /srv/old"), "theirs");
    text.expect_value("mine\n").await;
    // What was typed outlives a reload, and is still measured by what it was made from.
    page.reload().await;
    text.expect_value("mine\n").await;
    told.get_by_role("button", "Overwrite it").click().await;
    page.expect_text("Saved /srv/old").await;
    assert_eq!(inside("cat /srv/old"), "mine");
    text.fill("lost\n").await;
    page.get_by_role("button", "Close").click().await;
    answer(&page, "Discard your changes to /srv/old?", None, "Discard changes").await;
    page.get_by_role("region", "/srv/old").expect_text("mine").await;
    page.get_by_role("link", "Edit").click().await;
    text.expect_value("mine\n").await;

    // Line ends stay what they are, or nothing is changed at all.
    site::visit(&page, &bridge, "/containers/box/files?file=/srv/dos&edit=true").await;
    let text = page.get_by_role("textbox", "Text of /srv/dos");
    text.expect_value("a\nb\n").await;
    text.fill("a\nc\n").await;
    page.get_by_role("button", "Save").click().await;
    page.expect_text("Saved /srv/dos").await;
    assert_eq!(inside("od -c /srv/dos | head -1 | tr -s ' '"), "0000000 a \\r \\n c \\r \\n");
    site::visit(&page, &bridge, "/containers/box/files?file=/srv/mixed&edit=true").await;
    page.expect_text("Its lines end in different ways").await;

    // Of a container that does not run: read and written, but neither renamed nor deleted, and it is said why.
    world.docker(&["stop", "--time", "0", "box"]);
    site::visit(&page, &bridge, "/containers/box/files?file=/srv/old&edit=true").await;
    let text = page.get_by_role("textbox", "Text of /srv/old");
    text.expect_value("mine\n").await;
    text.fill("stopped\n").await;
    page.get_by_role("button", "Save").click().await;
    page.expect_text("Saved /srv/old").await;
    site::visit(&page, &bridge, "/containers/box/files?path=/srv").await;
    let delete = here.get_by_role("button", "Delete old");
    delete.wait().await;
    assert!(delete.attribute("disabled").await.is_some());
    assert!(delete.attribute("title").await.unwrap_or_default().contains("has to run"));
    world.docker(&["start", "box"]);
    page.wait_until("it can be deleted", async || delete.attribute("disabled").await.is_none()).await;
}

/// What Linkspan has made for itself.
fn helpers(world: &World) -> String {
    world.docker(&["ps", "--all", "--filter", "label=io.linkspan.helper", "--format", "{{.Names}}"]).trim().to_owned()
}

pub async fn a_volume_is_browsed(world: Arc<World>) {
    world.docker(&["volume", "create", "data"]);
    world.docker(&["volume", "create", "empty"]);
    let fill = "mkdir /data/a && echo hello > /data/a/greeting && head -c 64000000 /dev/urandom > /data/large";
    world.docker(&["run", "--rm", "--volume", "data:/data", "alpine", "sh", "-c", fill]);
    let (mut bridge, page) = site::open(&world).await;
    site::visit(&page, &bridge, "/volumes/data").await;
    page.get_by_role("link", "Files").click().await;
    page.wait_for_url("its files", |url| url.ends_with("/volumes/data/files")).await;
    let top = grid(&page, "data", "/");
    top.get_by_role("link", "a").click().await;
    let folder = grid(&page, "data", "/a");
    folder.get_by_role("row", "greeting").expect_text("6 B").await;
    // Nothing is left of how that was found, nothing of it was shown, and no volume but these is there.
    site::until("no helper", async || helpers(&world).is_empty()).await;
    assert_eq!(world.docker(&["volume", "ls", "--quiet"]), "data\nempty\n");
    // Nobody has it, so nobody can rename in it; what is written is written.
    assert!(folder.get_by_role("button", "Rename greeting").attribute("disabled").await.is_some());
    folder.get_by_role("button", "Edit greeting").click().await;
    page.get_by_role("textbox", "Text of /a/greeting").fill("bye\n").await;
    page.get_by_role("button", "Save").click().await;
    page.expect_text("Saved /a/greeting").await;
    page.get_by_role("button", "Close").click().await;
    page.get_by_role("region", "/a/greeting").expect_text("bye").await;
    // A volume stays as empty as it is.
    site::visit(&page, &bridge, "/volumes/empty/files").await;
    page.wait_for_role("heading", "This folder is empty").await;

    // One who has it renames in it; it is mounted elsewhere there.
    world.docker(&["run", "--detach", "--name", "user", "--volume", "data:/srv/x", "alpine", "sleep", "600"]);
    site::visit(&page, &bridge, "/volumes/data/files?path=/a").await;
    folder.get_by_role("button", "Rename greeting").click().await;
    answer(&page, "Rename greeting", Some("farewell"), "Rename").await;
    folder.get_by_role("row", "farewell").wait().await;
    assert_eq!(world.docker(&["exec", "user", "cat", "/srv/x/a/farewell"]), "bye\n");
    world.docker(&["rm", "--force", "user"]);
    for path in ["/..", "/a/../../etc", "relative"] {
        let (status, _) = wire::download(&bridge, &format!("/api/volumes/data/archive?path={path}")).await;
        assert_eq!(status, 400, "{path}");
    }
    let (status, _) = wire::download(&bridge, "/api/volumes/nowhere/archive?path=/").await;
    assert_eq!((status, world.docker(&["volume", "ls", "--quiet", "--filter", "name=nowhere"])), (404, String::new()));

    // A crash in the middle of it leaves nothing behind for long.
    let mut cut = wire::Download::begin(&bridge, "/api/volumes/data/archive?path=/large", &wire::cookie(&bridge).await).await;
    cut.begun().await;
    assert!(!helpers(&world).is_empty());
    bridge.kill();
    drop(cut);
    assert!(!helpers(&world).is_empty());
    // Another Linkspan's is none of ours.
    world.docker(&["create", "--name", "linkspan-other", "--label", "io.linkspan.helper=another", "alpine", "-"]);
    bridge.start_again().await.expect("it starts again");
    site::until("only the other's", async || helpers(&world) == "linkspan-other").await;
    site::visit(&page, &bridge, "/containers").await;
    page.wait_for_role("heading", "No containers yet").await;
}
