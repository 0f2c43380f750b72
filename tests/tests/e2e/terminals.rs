//! Terminals as programs and hands expect them: sizes, keys, shells.

use std::sync::Arc;

use linkspan_tests::page::{Page, containing, starting};
use linkspan_tests::site;
use linkspan_tests::wire;
use linkspan_tests::world::World;
use serde_json::{Value, json};

use super::tabs::{bare_container, bare_image, open_terminal, other_command, screen, shows};

async fn resize(page: &Page, width: u32, height: u32, scale: f64) {
    let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": scale, "mobile": false });
    page.cdp("Emulation.setDeviceMetricsOverride", metrics).await;
}

pub async fn they_begin_with_their_size_and_show_all_of_it(world: Arc<World>) {
    world.docker(&["run", "--detach", "--init", "--network", "none", "--name", "box", "alpine", "sleep", "600"]);
    let (bridge, page) = site::open(&world).await;
    site::visit(&page, &bridge, "/containers/box/terminal").await;
    let field = other_command(&page).await;
    field.expect_value("/bin/ash").await;
    field.fill("/bin/sh -c 'stty size; exec sh'").await;
    page.get_by_role("button", "Open terminal").click().await;
    page.get_by_role("textbox", starting("Terminal, ")).wait().await;
    let size = "return document.querySelector('.term-wrap:not(.vanish) .note-line .num').textContent";
    let size = page.eval(size, vec![]).await;
    let (columns, rows) = size.as_str().and_then(|size| size.split_once(" × ")).expect("columns and rows");
    shows(&page, &format!("{rows} {columns}")).await;

    // Its last row is whole and its ground is one colour, at whatever height and zoom.
    let fits = "const area = document.querySelector('.term-wrap:not(.vanish) .term'); \
        const screen = area.querySelector('.xterm-screen').getBoundingClientRect(), box = area.getBoundingClientRect(); \
        const grounds = [...area.querySelectorAll('.xterm, .xterm-viewport, .xterm-scrollable-element')] \
            .filter((one) => one.clientHeight > screen.height * 0.9).map((one) => getComputedStyle(one).backgroundColor); \
        const own = getComputedStyle(area).backgroundColor; \
        return [screen.bottom <= box.bottom && screen.right <= box.right && box.bottom - screen.bottom < 40, \
            grounds.every((ground) => ground === own || ground === 'rgba(0, 0, 0, 0)')]";
    page.emulate_media(&[("prefers-color-scheme", "light")]).await;
    for (height, scale) in [(703, 1.0), (711, 1.25), (719, 1.5), (727, 1.1), (640, 2.0)] {
        resize(&page, 1200, height, scale).await;
        page.wait_until(&format!("it fits at {height}, {scale}"), async || page.eval(fits, vec![]).await == json!([true, true])).await;
    }
    page.cdp("Emulation.clearDeviceMetricsOverride", json!({})).await;
    // The program is told.
    page.get_by_role("textbox", starting("Terminal, ")).focus().await;
    page.type_text("clear; stty size\n").await;
    shows(&page, &format!("{rows} {columns}")).await;
}

pub async fn every_key_reaches_the_program(world: Arc<World>) {
    world.docker(&["run", "--detach", "--init", "--network", "none", "--name", "box", "alpine", "sleep", "600"]);
    let (bridge, page) = site::open(&world).await;
    site::visit(&page, &bridge, "/containers/box/terminal").await;
    open_terminal(&page, "/bin/sh").await;
    let screen_field = page.get_by_role("textbox", starting("Terminal, "));
    screen_field.focus().await;
    // At once, and not with the next key.
    page.type_text("stty raw -echo; dd bs=1 count=1 2>/dev/null | od -An -tu1; stty sane; echo one-$((1+1))\n").await;
    page.press("Control+p").await;
    shows(&page, "16").await;
    shows(&page, "one-2").await;
    page.type_text("stty -ixon; cat -v\n").await;
    page.press("Control+p").await;
    page.press("Control+q").await;
    page.type_text("\n").await;
    page.wait_until("both", async || screen(&page).await.matches("^P^Q").count() >= 2).await;

    // What a phone's keyboard lacks.
    let touch = json!({ "width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": true });
    page.cdp("Emulation.setDeviceMetricsOverride", touch).await;
    page.cdp("Emulation.setTouchEmulationEnabled", json!({ "enabled": true })).await;
    let keys = page.get_by_role("toolbar", "Keys");
    for name in ["Escape", "Up", "Left"] {
        keys.get_by_role("button", name).click().await;
    }
    page.type_text("\n").await;
    page.wait_until("their codes", async || screen(&page).await.contains("^[^[[A^[[D")).await;
    screen_field.expect_focus().await;
    keys.get_by_role("button", "Control").click().await;
    screen_field.focus().await;
    page.type_text("aa\n").await;
    page.wait_until("one control character", async || screen(&page).await.contains("^Aa")).await;
    keys.get_by_role("button", "Control").click().await;
    screen_field.focus().await;
    page.type_text("c").await;
    page.type_text("echo back-$((40+2))\n").await;
    shows(&page, "back-42").await;
}

pub async fn shells_are_looked_for_along_the_path(world: Arc<World>) {
    let make = "mkdir -p /opt/odd && cp /bin/busybox /opt/odd/bash && sleep 600";
    world.docker(&["run", "--detach", "--init", "--env", "PATH=/opt/odd:/bin", "--name", "box", "alpine", "sh", "-c", make]);
    let (bridge, page) = site::open(&world).await;
    page.wait_until("the file", async || world.docker(&["exec", "box", "/bin/sh", "-c", "ls /opt/odd || true"]).contains("bash")).await;
    site::visit(&page, &bridge, "/containers/box/terminal").await;
    other_command(&page).await.expect_value("/opt/odd/bash").await;

    // Where there is none, it says where it looked; what cannot be hung up is not said to be.
    bare_container(&world, "bare");
    site::visit(&page, &bridge, "/containers/bare/terminal").await;
    page.expect_text("There is no bash, zsh, fish, ash or sh in /bin, /usr/bin, /busybox").await;
    page.get_by_role("combobox", "Shell or command").fill("/sleep 4242").await;
    page.get_by_role("button", "Open terminal").click().await;
    page.expect_text("it cannot be hung up").await;
    page.get_by_role("button", "End session").click().await;
    page.get_by_role("tabpanel", containing("sleep")).expect_text("Ended").await;
    page.wait_until("it has ended", async || !world.docker(&["top", "bare"]).contains("4242")).await;
}

/// Without a shell, what it would read is all that can be said to a program; that it goes on is told, not passed over.
pub async fn a_program_that_cannot_be_ended_is_said_to_go_on(world: Arc<World>) {
    bare_image(&world, "busybox-tool");
    world.docker(&["run", "--detach", "--name", "bare", "bare:1", "/busybox-tool", "sleep", "600"]);
    let (bridge, page) = site::open(&world).await;
    site::visit(&page, &bridge, "/containers/bare/terminal").await;
    let deaf = "/busybox-tool ash -c 'trap \"\" INT; echo deaf; while :; do /busybox-tool sleep 1; done'";
    page.get_by_role("combobox", "Shell or command").fill(deaf).await;
    page.get_by_role("button", "Open terminal").click().await;
    shows(&page, "deaf").await;
    page.get_by_role("button", "End session").click().await;
    page.expect_text("Let go: it ignored Ctrl-C and the end of its input").await;
    assert!(world.docker(&["top", "bare"]).contains("trap"), "it runs on, as the page says");
}

/// One click, a search in what is kept, and the container's own process, looked at and typed into.
pub async fn one_click_opens_a_shell_and_another_attaches(world: Arc<World>) {
    let says = "seq 1000 | sed s/^/line-/; while read -r word; do echo heard-$word; done; exit 3";
    world.docker(&["run", "--detach", "--interactive", "--tty", "--network", "none", "--name", "box", "alpine", "sh", "-c", says]);
    world.docker(&["run", "--detach", "--init", "--network", "none", "--name", "mute", "alpine", "sleep", "600"]);
    let (bridge, page) = site::open(&world).await;
    site::visit(&page, &bridge, "/containers/mute/terminal").await;
    // Whoever came by a key has it under the next one.
    page.get_by_role("button", "Open terminal").expect_focus().await;
    assert!(!page.get_by_role("button", "Attach, read-only").exists().await, "it has no terminal");
    page.press("Enter").await;
    page.get_by_role("textbox", starting("Terminal, ")).wait().await;
    page.type_text("seq 300 | sed s/^/needle-/\n").await;
    shows(&page, "needle-300").await;

    page.get_by_role("button", "Search terminal").click().await;
    let field = page.get_by_role("searchbox", "Search terminal");
    field.expect_focus().await;
    field.fill("needle-7").await;
    let status = page.get_by_role("status", "Matches");
    status.expect_text("of 11").await;
    field.fill("needle-77").await;
    status.expect_text("1 of 1").await;
    shows(&page, "needle-77").await;
    field.fill("nowhere").await;
    status.expect_text("No matches").await;
    field.press("Escape").await;
    field.wait_gone().await;
    page.get_by_role("textbox", starting("Terminal, ")).expect_focus().await;

    // Read-only: nothing that is typed arrives.
    site::visit(&page, &bridge, "/containers/box/terminal").await;
    page.get_by_role("button", "Attach, read-only").click().await;
    page.expect_text("read-only").await;
    page.get_by_role("textbox", starting("Terminal, ")).focus().await;
    page.type_text("silence\n").await;
    page.get_by_role("button", "New terminal").click().await;
    page.get_by_role("button", "Attach and type").click().await;
    page.get_by_role("tab", containing("sh")).expect_count(2).await;
    page.get_by_role("textbox", starting("Terminal, ")).expect_focus().await;
    page.type_text("words\n").await;
    shows(&page, "heard-words").await;
    assert!(!world.docker(&["logs", "box"]).contains("silence"));
    // Both see it; letting go leaves it as it is.
    page.get_by_role("tab", containing("sh")).nth(0).click().await;
    shows(&page, "heard-words").await;
    page.get_by_role("button", "Detach").click().await;
    page.expect_text("Detached. The container goes on.").await;
    assert_eq!(world.docker(&["inspect", "--format", "{{.State.Running}}", "box"]).trim(), "true");
    // Its end is the container's.
    page.get_by_role("tab", containing("sh")).nth(1).click().await;
    page.get_by_role("textbox", starting("Terminal, ")).nth(0).focus().await;
    page.press("Control+d").await;
    page.expect_text("Ended with exit code 3.").await;
}

/// By invitation of its owner, read-only, said to both.
/// Whoever may open none any more does not come back to one; nor by a token that may less, nor by looking on.
pub async fn one_that_is_open_is_no_way_around_a_role(world: Arc<World>) {
    let id = world.docker(&["run", "--detach", "--init", "--volume", "/etc:/host:ro", "--network", "none", "alpine", "sleep", "600"]);
    let bridge = world.bridge().await;
    for (name, role) in [("ana", "administrator"), ("jun", "developer")] {
        site::add_person(&bridge, name, &["--role", role]);
    }
    let mut ana = wire::signed_in_as(&bridge, "ana").await;
    let call = |call: &str, arguments: Value| json!({ "call": { "id": 1, "engine": "local", "call": call, "arguments": arguments } });
    let size = json!({ "columns": 80, "rows": 24 });
    let spec = json!({ "container": id.trim(), "command": ["/bin/sh"], "user": "", "working_dir": "", "size": size });
    ana.send(call("terminal.open", json!({ "spec": spec }))).await;
    let terminal = ana.expect("reply").await["output"].clone();
    let open = json!({ "open": { "channel": 2, "engine": "local", "spec": { "terminal": { "terminal": terminal } }, "resume": null } });
    ana.send(call("terminal.share", json!({ "terminal": terminal, "on": true }))).await;
    ana.expect("reply").await;
    ana.send(call("token.new", json!({ "name": "ci", "role": "developer", "days": null }))).await;
    let secret = ana.expect("reply").await["output"]["secret"].as_str().expect("a secret").to_owned();
    let by_token = wire::open(&bridge, &[("Authorization", &format!("Bearer {secret}"))]).await.expect("a websocket");
    let by_looking_on = wire::signed_in_as(&bridge, "jun").await;
    for mut socket in [by_token, by_looking_on] {
        socket.send(open.clone()).await;
        let why = socket.expect("closed").await;
        assert!(why["problem"]["code"]["not_allowed"] == "administrator" && why.to_string().contains("/etc"), "{why}");
    }
    // With less than before.
    let mut demoted = {
        site::add_person(&bridge, "ana", &["--role", "developer"]);
        wire::signed_in_as(&bridge, "ana").await
    };
    demoted.send(open.clone()).await;
    assert!(demoted.expect("closed").await["problem"]["code"]["not_allowed"] == "administrator");
}

pub async fn others_look_on_where_its_owner_lets_them(world: Arc<World>) {
    world.docker(&["run", "--detach", "--init", "--network", "none", "--name", "box", "alpine", "sleep", "600"]);
    let (bridge, page) = site::open(&world).await;
    for (name, role) in [("jun", "developer"), ("ivo", "operator")] {
        site::add_person(&bridge, name, &["--role", role]);
    }
    site::visit(&page, &bridge, "/containers/box/terminal").await;
    open_terminal(&page, "/bin/sh").await;
    page.get_by_role("textbox", starting("Terminal, ")).focus().await;
    page.type_text("echo before-$((1+1))\n").await;
    shows(&page, "before-2").await;
    let other = world.page().await;
    site::sign_in_as(&other, &bridge, "jun").await;
    site::visit(&other, &bridge, "/containers/box/terminal").await;
    other.get_by_role("button", starting("Open terminal")).wait().await;
    assert!(!other.get_by_role("tab", containing("admin")).exists().await, "nobody's but its owner's");
    // Its owner lets them: it is there at once, with what it showed before, as large as it is there.
    let share = page.get_by_role("button", "Let others look on");
    share.click().await;
    page.expect_text("Others may look on").await;
    other.get_by_role("tab", containing("admin")).wait().await;
    shows(&other, "before-2").await;
    other.expect_text("You look on at admin’s terminal.").await;
    page.expect_text("Looking on: jun").await;
    let size = "return document.querySelector('.term-wrap:not(.vanish) .note-line .num').textContent";
    let own = page.eval(size, vec![]).await;
    assert_eq!(other.eval(size, vec![]).await, own);
    resize(&page, 900, 700, 1.0).await;
    page.wait_until("another size", async || page.eval(size, vec![]).await != own).await;
    let own = page.eval(size, vec![]).await;
    other.wait_until("the same size", async || other.eval(size, vec![]).await == own).await;
    // What they type reaches nobody, in the page or past it.
    other.get_by_role("textbox", starting("Terminal, ")).focus().await;
    other.type_text("echo mine-$((1+1))\n").await;
    page.get_by_role("textbox", starting("Terminal, ")).focus().await;
    page.type_text("echo after-$((1+1))\n").await;
    shows(&other, "after-2").await;
    assert!(!screen(&page).await.contains("mine-"), "{}", screen(&page).await);
    // Whoever may open none there sees none.
    let mut socket = wire::signed_in_as(&bridge, "ivo").await;
    socket.send(json!({ "open": { "channel": 1, "engine": "local", "spec": "people", "resume": null } })).await;
    let people = socket.expect("state").await;
    let admin =
        people["change"]["people"]["snapshot"].as_array().and_then(|all| all.iter().find(|one| one["name"] == "admin")).expect("admin");
    let id = admin["terminals"][0]["shared"]["terminal"].clone();
    socket.send(json!({ "open": { "channel": 2, "engine": "local", "spec": { "terminal": { "terminal": id } }, "resume": null } })).await;
    let closed = socket.expect("closed").await;
    assert!(closed["problem"]["code"].to_string().contains("not_allowed"), "{closed}");
    // And no more: at once.
    share.click().await;
    other.get_by_role("tab", containing("admin")).wait_gone().await;
    let mut socket = wire::signed_in_as(&bridge, "jun").await;
    socket.send(json!({ "open": { "channel": 2, "engine": "local", "spec": { "terminal": { "terminal": id } }, "resume": null } })).await;
    assert!(socket.expect("closed").await["problem"]["code"].to_string().contains("not_found"));
    page.get_by_role("textbox", starting("Terminal, ")).focus().await;
    page.type_text("echo own-$((1+1))\n").await;
    shows(&page, "own-2").await;
    site::visit(&page, &bridge, "/activity?kind=terminals").await;
    page.get_by_role("article", containing("jun looked on at a terminal in box")).wait().await;
}
