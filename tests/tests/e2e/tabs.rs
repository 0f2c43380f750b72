//! A container's figures, terminals, files and inspect data.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use linkspan_tests::bridge::Bridge;
use linkspan_tests::page::{Locator, Name, Page, containing, starting};
use linkspan_tests::site;
use linkspan_tests::wire;
use linkspan_tests::world::World;
use serde_json::json;

fn id(world: &World, name: &str) -> String {
    world.docker(&["inspect", "--format", "{{.Id}}", name]).trim().to_owned()
}

pub async fn figures_of_the_last_hour_are_kept(world: Arc<World>) {
    let busy = "while true; do dd if=/dev/zero of=/dev/null bs=1M count=200 2>/dev/null; sleep 0.2; done";
    world.docker(&["run", "--detach", "--name", "busy", "--memory", "64m", "alpine", "sh", "-c", busy]);
    let (bridge, page) = site::open(&world).await;
    site::visit(&page, &bridge, "/containers/busy/stats").await;
    let page = page.with_deadline(Duration::from_secs(30));
    page.get_by_role("img", starting("CPU: ")).wait_for("a figure", |chart| chart.name.contains("peak")).await;
    page.get_by_role("img", starting("Memory: ")).wait_for("the limit", |chart| chart.name.contains("of the limit of 64 MiB")).await;
    page.get_by_role("region", "Processes").expect_text("sleep 0.2").await;
    // What the charts are drawn on is there, and nothing broke the page's rules.
    page.wait_until("four drawn charts", async || {
        page.eval("return document.querySelectorAll('.ch-plot canvas').length", vec![]).await == json!(4)
    })
    .await;

    // What happened is marked, and whoever comes later sees it.
    world.docker(&["restart", "--time", "0", "busy"]);
    let mut late = wire::signed_in(&bridge).await;
    let open =
        json!({ "open": { "channel": 1, "engine": "local", "spec": { "history": { "container": id(&world, "busy") } }, "resume": null } });
    late.send(open).await;
    let (mut samples, mut marks, mut first) = (0, Vec::new(), true);
    while !(marks.contains(&"die".to_owned()) && marks.contains(&"start".to_owned()) && samples > 3) {
        let state = late.expect_within("state", Duration::from_secs(20)).await;
        let history = &state["change"]["history"];
        assert_eq!(history["is_whole"], json!(first), "{history}");
        if first {
            assert!(history["samples"].as_array().is_some_and(|samples| !samples.is_empty()), "nothing was kept: {history}");
        }
        first = false;
        samples += history["samples"].as_array().map_or(0, Vec::len);
        marks.extend(history["marks"].as_array().into_iter().flatten().filter_map(|mark| mark["event"].as_str().map(str::to_owned)));
    }
    page.get_by_role("button", "1 h").click().await;
    page.wait_for_url("the range", |url| url.contains("range=60")).await;
    // The crosshair says what there is, and that of a time of which nothing is known there is nothing.
    let tip = async |part: f64| {
        let place = "const box = document.querySelector('.ch-plot .u-over').getBoundingClientRect(); return [box.left + box.width * arguments[0], box.top + 40]";
        let place = page.eval(place, vec![json!(part)]).await;
        page.cdp("Input.dispatchMouseEvent", json!({ "type": "mouseMoved", "x": place[0], "y": place[1] })).await;
        page.eval("return document.querySelector('.ch-tip').textContent", vec![]).await.as_str().unwrap_or_default().to_owned()
    };
    page.wait_until("nothing of half an hour ago", async || tip(0.5).await.ends_with("nothing recorded")).await;
    page.wait_until("a figure of now", async || tip(0.9999).await.contains('%')).await;

    // Without figures it says so.
    world.docker(&["create", "--name", "idle", "alpine"]);
    site::visit(&page, &bridge, "/containers/idle/stats").await;
    page.wait_for_role("heading", "No figures").await;
}

/// The processes of a container, by what `ps` of the host says.
fn processes(world: &World, container: &str) -> String {
    world.docker(&["top", container, "-o", "pid,args"])
}

/// What a terminal is to run, where that is not the shell that was found.
pub async fn other_command(page: &Page) -> Locator {
    page.get_by_role("button", "Other command…").click().await;
    page.get_by_role("combobox", "Shell or command")
}

pub async fn open_terminal(page: &Page, command: &str) {
    other_command(page).await.fill(command).await;
    page.get_by_role("button", "Open terminal").click().await;
    page.get_by_role("tab", containing(command.rsplit('/').next().unwrap_or(command))).nth(0).wait().await;
    page.get_by_role("textbox", starting("Terminal, ")).nth(0).wait().await;
}

/// What the terminal in view shows.
pub async fn screen(page: &Page) -> String {
    let rows = "return [...document.querySelectorAll('.term-wrap:not(.vanish) .xterm-rows > div')].map((row) => row.innerText).join('\\n')";
    page.eval(rows, vec![]).await.as_str().unwrap_or_default().replace('\u{a0}', " ")
}

pub async fn shows(page: &Page, text: &str) {
    page.wait_until(&format!("the terminal to show {text}"), async || screen(page).await.contains(text)).await;
}

pub async fn terminals_outlive_a_reload(world: Arc<World>) {
    world.docker(&["run", "--detach", "--name", "box", "--workdir", "/etc", "alpine", "sleep", "600"]);
    let (bridge, page) = site::open(&world).await;
    // One that nobody looks at: by the end of this it is gone.
    let mut wire = wire::signed_in(&bridge).await;
    let spec = json!({ "container": id(&world, "box"), "command": ["/bin/sh"], "user": "", "working_dir": "/tmp", "size": { "columns": 80, "rows": 24 } });
    wire.send(json!({ "call": { "id": 1, "engine": "local", "call": "terminal.open", "arguments": { "spec": spec } } })).await;
    let left = wire.expect("reply").await["output"].as_str().expect("an id").to_owned();
    type_into(&mut wire, &left, "sleep 4321\n").await;
    page.wait_until("its program to run", async || processes(&world, "box").contains("sleep 4321")).await;
    drop(wire);

    site::visit(&page, &bridge, "/containers/box/terminal").await;
    // It comes back to whoever opened it, as this is the same person.
    page.get_by_role("tab", containing("sh")).wait().await;
    page.get_by_role("button", "End session").click().await;
    page.expect_text("Ended").await;
    page.wait_until("its program to end", async || !processes(&world, "box").contains("sleep 4321")).await;
    page.get_by_role("tabpanel", Name::Any).get_by_role("button", "Close").click().await;

    // The image's shells are offered, what it begins in is the container's own.
    open_terminal(&page, "/bin/sh").await;
    page.type_text("echo in-$(pwd) && echo $((40+2))x\n").await;
    shows(&page, "in-/etc").await;
    shows(&page, "42x").await;
    // The program knows how large the terminal is.
    page.type_text("stty size; echo sized\n").await;
    shows(&page, "sized").await;
    let columns = page.eval("return Math.round(document.querySelector('.term').clientWidth / 8.5)", vec![]).await.as_u64().unwrap_or(0);
    assert!(columns > 90, "{columns}");
    assert!(!screen(&page).await.contains("24 80"), "{}", screen(&page).await);

    // Colours beyond the sixteen, whatever the page's policy says of style attributes.
    page.type_text("printf '\\033[38;2;1;200;3mGREENISH\\033[0m\\n'\n").await;
    let colour = "const cell = [...document.querySelectorAll('.xterm-rows span')].find((one) => one.textContent === 'GREENISH'); \
        return cell ? getComputedStyle(cell).color : ''";
    page.wait_until("its own colour", async || page.eval(colour, vec![]).await == json!("rgb(1, 200, 3)")).await;
    let against_policy = |line: &String| line.contains("Content Security Policy");
    assert_eq!(page.console().await.into_iter().find(against_policy), None);

    // A reload goes on where it was.
    page.type_text("kept=secret-word\n").await;
    page.reload().await;
    site::connected(&page).await;
    shows(&page, "42x").await;
    page.get_by_role("textbox", starting("Terminal, ")).focus().await;
    page.type_text("echo still-$kept\n").await;
    shows(&page, "still-secret-word").await;

    // Several at once, of other users too.
    page.get_by_role("button", "New terminal").click().await;
    other_command(&page).await.fill("/bin/ash").await;
    page.get_by_role("textbox", "User").fill("1000").await;
    page.get_by_role("button", "Open terminal").click().await;
    page.get_by_role("tab", containing("sh")).expect_count(2).await;
    page.get_by_role("textbox", starting("Terminal, ")).expect_focus().await;
    page.type_text("echo I am $(id -u)\n").await;
    shows(&page, "I am 1000").await;
    page.get_by_role("tab", containing("sh")).nth(0).click().await;
    shows(&page, "still-secret-word").await;
    // Pasted at once, and read as a whole.
    page.get_by_role("textbox", starting("Terminal, ")).nth(0).focus().await;
    page.type_text("cat > /tmp/pasted\n").await;
    let paste = "const area = document.querySelector('.term-wrap:not(.vanish) textarea'); \
        const data = new DataTransfer(); data.setData('text/plain', arguments[0]); \
        area.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));";
    page.eval(paste, vec![json!(format!("{}\n", "pasted line\n".repeat(2_000)))]).await;
    page.press("Control+d").await;
    page.wait_until("all of it", async || {
        world.docker(&["exec", "box", "sh", "-c", "grep -c 'pasted line' /tmp/pasted || true"]).trim() == "2000"
    })
    .await;
    // The key that gives the focus back.
    page.press("Control+Shift+Escape").await;
    page.get_by_role("tab", containing("sh")).nth(0).expect_focus().await;

    // A program that ends says how.
    page.get_by_role("textbox", starting("Terminal, ")).nth(0).focus().await;
    page.type_text("exit 7\n").await;
    page.expect_text("Ended with exit code 7.").await;

    // Nobody else sees or ends it, and whoever does not come back leaves nothing.
    let mut wire = wire::signed_in(&bridge).await;
    wire.send(json!({ "call": { "id": 1, "engine": "local", "call": "terminal.end", "arguments": { "terminal": "elsewhere" } } })).await;
    assert_eq!(wire.expect("refusal").await["problem"]["code"], json!("not_found"));
    wire.send(json!({ "call": { "id": 2, "engine": "local", "call": "terminal.open", "arguments": { "spec": spec } } })).await;
    let forgotten = wire.expect("reply").await["output"].as_str().expect("an id").to_owned();
    // Also while it goes on printing.
    type_into(&mut wire, &forgotten, "sh -c 'while true; do echo tick; sleep 1; done' marker8765\n").await;
    page.wait_until("its program to run", async || processes(&world, "box").contains("marker8765")).await;
    drop(wire);
    // A program that reads nothing holds up nobody: the rest of the input waits, and it can be ended.
    let mut wire = wire::signed_in(&bridge).await;
    wire.send(json!({ "call": { "id": 1, "engine": "local", "call": "terminal.open", "arguments": { "spec": spec } } })).await;
    let deaf = wire.expect("reply").await["output"].as_str().expect("an id").to_owned();
    type_into(&mut wire, &deaf, "stty raw -echo; sleep 7654\n").await;
    page.wait_until("its program to run", async || processes(&world, "box").contains("sleep 7654")).await;
    for _ in 0..40 {
        wire.send_binary([&[0, 0, 0, 9, 0], "x".repeat(32 << 10).as_bytes()].concat()).await;
    }
    wire.send(json!({ "call": { "id": 2, "engine": "local", "call": "terminal.end", "arguments": { "terminal": deaf } } })).await;
    wire.expect("reply").await;
    page.wait_until("what reads nothing to end", async || !processes(&world, "box").contains("sleep 7654")).await;
    drop(wire);
    site::visit(&page, &bridge, "/containers").await;
    page.with_deadline(Duration::from_secs(90))
        .wait_until("what nobody looks at to end", async || !processes(&world, "box").contains("marker8765"))
        .await;

    // Where no shell is, it says so; where nothing runs, too.
    world.docker(&["stop", "--time", "0", "box"]);
    site::visit(&page, &bridge, "/containers/box/terminal").await;
    page.wait_for_role("heading", "box does not run").await;
    bare_container(&world, "bare");
    site::visit(&page, &bridge, "/containers/bare/terminal").await;
    page.expect_text("No shell was found.").await;
    let field = page.get_by_role("combobox", "Shell or command");
    field.fill("bash").await;
    page.get_by_role("button", "Open terminal").click().await;
    // In the engine's words, wherever it says them.
    page.wait_until("why it did not begin", async || {
        screen(&page).await.contains("executable file not found") || page.outline().await.contains("executable file not found")
    })
    .await;
}

/// Opens the channel of a terminal and types.
async fn type_into(socket: &mut wire::Socket, terminal: &str, text: &str) {
    let spec = json!({ "terminal": { "terminal": terminal } });
    socket.send(json!({ "open": { "channel": 9, "engine": "local", "spec": spec, "resume": null } })).await;
    // Its prompt: it reads by now.
    socket.receive_binary().await.expect("a prompt");
    let mut frame = 9u32.to_be_bytes().to_vec();
    frame.push(0);
    frame.extend(text.as_bytes());
    socket.send_binary(frame).await;
}

/// A container of an image that holds one program and no shell.
pub fn bare_container(world: &World, name: &str) {
    bare_image(world, "sleep");
    world.docker(&["run", "--detach", "--name", name, "bare:1", "/sleep", "600"]);
}

/// `bare:1`: busybox under this name and nothing else. It is what its name says, or with `busybox-` before it all it can be.
pub fn bare_image(world: &World, program_name: &str) {
    let folder = linkspan_tests::scratch::folder("bare").expect("a folder");
    let program = fs::read("/bin/busybox").expect("a static program");
    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(program.len() as u64);
    header.set_mode(0o755);
    archive.append_data(&mut header, program_name, program.as_slice()).expect("a tar file");
    let file = folder.path().join("bare.tar");
    fs::write(&file, archive.into_inner().expect("a tar file")).expect("a file");
    world.docker(&["import", &file.display().to_string(), "bare:1"]);
}

pub async fn files_go_up_and_down(world: Arc<World>) {
    let make = "mkdir -p /srv/a && echo hello > /srv/a/greeting && printf '\\000\\001' > /srv/a/bytes && ln -s greeting /srv/a/link \
        && ln -s /srv/a /srv/shortcut && touch '/srv/a/with space' && sleep 600";
    world.docker(&["run", "--detach", "--name", "box", "alpine", "sh", "-c", make]);
    let (bridge, page) = site::open(&world).await;
    for state in ["running", "stopped"] {
        if state == "stopped" {
            world.docker(&["stop", "--time", "0", "box"]);
        }
        site::visit(&page, &bridge, "/containers/box/files?path=/srv").await;
        let folder = |path: &str| page.get_by_role("grid", format!("Files of box in {path}"));
        folder("/srv").get_by_role("link", "a").click().await;
        let rows = async || {
            let rows = folder("/srv/a").find_all_by_role("row").await;
            rows.into_iter().map(|row| row.name).filter(|name| !name.starts_with("Name")).collect::<Vec<_>>()
        };
        let mut there = vec!["bytes", "greeting", "link", "with space"];
        if state == "stopped" {
            there.insert(3, "sent-while-running");
        }
        page.wait_until("what is in it", async || rows().await == there).await;
        folder("/srv/a").get_by_role("row", "greeting").expect_text("6 B").await;
        folder("/srv/a").get_by_role("row", "link").expect_text("→ greeting").await;
        // A link leads where it leads.
        folder("/srv/a").get_by_role("button", "link").click().await;
        page.get_by_role("region", "/srv/a/link").expect_text("hello").await;
        page.get_by_role("button", "Close").click().await;
        page.get_by_role("navigation", "Path").get_by_role("link", "srv").click().await;
        folder("/srv").get_by_role("button", "shortcut").click().await;
        page.get_by_role("grid", "Files of box in /srv/shortcut").get_by_role("row", "greeting").wait().await;
        site::visit(&page, &bridge, "/containers/box/files?file=/srv/a/bytes").await;
        page.wait_for_role("heading", "Not a text file").await;
        site::visit(&page, &bridge, "/containers/box/files").await;
        folder("/").get_by_role("row", "srv").wait().await;
        site::visit(&page, &bridge, "/containers/box/files?path=/nowhere").await;
        page.get_by_role("alert", Name::Any).expect_text("/nowhere").await;

        // Up, and down again as the same bytes.
        let file = linkspan_tests::scratch::folder("up").expect("a folder");
        let sent: Vec<u8> = (0..300_000u32).map(|n| (n % 251) as u8).collect();
        let name = format!("sent-while-{state}");
        fs::write(file.path().join(&name), &sent).expect("a file");
        site::visit(&page, &bridge, "/containers/box/files?path=/srv/a").await;
        folder("/srv/a").get_by_role("row", "greeting").wait().await;
        site::attach(&page, "upload-files", &file.path().join(&name)).await;
        folder("/srv/a").get_by_role("row", name.as_str()).wait().await;
        let container = id(&world, "box");
        let (status, got) = wire::download(&bridge, &format!("/api/containers/{container}/archive?path=/srv/a/{name}&plain=true")).await;
        assert_eq!((status, got == sent), (200, true));
        let (status, got) = wire::download(&bridge, &format!("/api/containers/{container}/archive?path=/srv/a/link&plain=true")).await;
        assert_eq!((status, got.as_slice()), (200, &b"hello\n"[..]), "what a link leads to");
        // What is there is not replaced without a question.
        fs::write(file.path().join(&name), "other").expect("a file");
        site::attach(&page, "upload-files", &file.path().join(&name)).await;
        let dialog = page.get_by_role("dialog", "Replace this file?");
        dialog.expect_text(&name).await;
        dialog.get_by_role("button", "Cancel").click().await;
        dialog.wait_gone().await;
        site::attach(&page, "upload-files", &file.path().join(&name)).await;
        dialog.get_by_role("button", "Replace 1 file").click().await;
        dialog.wait_gone().await;
        folder("/srv/a").get_by_role("row", name.as_str()).wait_for("the new one", |row| row.text.contains("5 B")).await;
        let (status, archive) = wire::download(&bridge, &format!("/api/containers/{container}/archive?path=/srv/a")).await;
        assert_eq!(status, 200);
        let mut archive = tar::Archive::new(archive.as_slice());
        let names: Vec<String> = archive
            .entries()
            .expect("a tar file")
            .map(|entry| entry.expect("an entry").path().expect("a path").display().to_string())
            .collect();
        assert!(names.contains(&format!("a/{name}")), "{names:?}");
    }
    refused(&bridge, &world).await;

    // What a container's own environment names is not run, least of all as root.
    let plant = "mkdir /tmp/bin && printf '#!/bin/sh\\nid -u >> /tmp/ran\\nexec /bin/sh \"$@\"\\n' > /tmp/bin/sh && chmod +x /tmp/bin/sh \
        && cp /tmp/bin/sh /tmp/bin/find && cp /tmp/bin/sh /tmp/bin/stat && exec sleep 600";
    world.docker(&["run", "--detach", "--user", "1000", "--env", "PATH=/tmp/bin:/bin", "--name", "trap", "alpine", "/bin/sh", "-c", plant]);
    site::visit(&page, &bridge, "/containers/trap/files?path=/tmp").await;
    let folder = page.get_by_role("grid", "Files of trap in /tmp");
    folder.get_by_role("row", "bin").wait().await;
    assert!(!folder.get_by_role("row", "ran").exists().await);
    assert_eq!(world.docker(&["exec", "trap", "/bin/sh", "-c", "cat /tmp/ran 2>/dev/null; true"]).trim(), "");
}

/// What is no path, no container, or not there.
async fn refused(bridge: &Bridge, world: &World) {
    let container = id(world, "box");
    for (path, status) in [("relative", 400), ("/nowhere", 404), ("/srv/a%00", 400)] {
        let (found, body) = wire::download(bridge, &format!("/api/containers/{container}/archive?path={path}")).await;
        assert_eq!(found, status, "{path}: {}", String::from_utf8_lossy(&body));
    }
    let (status, _) = wire::download(bridge, "/api/containers/box/archive?path=/etc").await;
    assert_eq!(status, 400, "a name is no id");
    let (host, _) = wire::own_address(bridge);
    let anonymous = wire::request(bridge, &format!("GET /api/containers/{container}/archive?path=/etc"), &[("host", &host)], "").await;
    assert_eq!(anonymous.status, 401);
}

pub async fn inspect_data_is_searched_and_hides_secrets(world: Arc<World>) {
    world.docker(&["run", "--detach", "--name", "box", "--env", "PASSWORD=hunter2", "alpine", "sleep", "600"]);
    let (bridge, page) = site::open(&world).await;
    site::visit(&page, &bridge, "/containers/box/inspect").await;
    let tree = page.get_by_role("tree", "Inspect data");
    tree.wait().await;
    let search = page.get_by_role("searchbox", "Search keys and values");
    search.fill("hunter2").await;
    page.get_by_role("status", "Matches").expect_text("0 matches").await;
    search.fill("password").await;
    page.get_by_role("status", "Matches").expect_text("1 match").await;
    tree.expect_text("PASSWORD=••••").await;
    let body = page.eval("return document.documentElement.outerHTML", vec![]).await;
    assert!(!body.as_str().unwrap_or_default().contains("hunter2"), "the value is in the page");
    page.get_by_role("button", "Show values").click().await;
    tree.expect_text("PASSWORD=hunter2").await;
    // One tab stop; arrows fold and unfold.
    search.fill("").await;
    let stops = "return document.querySelectorAll('[role=treeitem][tabindex=\"0\"]').length";
    assert_eq!(page.eval(stops, vec![]).await, json!(1));
    let config = tree.get_by_role("treeitem", starting("Config "));
    config.focus().await;
    page.press("ArrowLeft").await;
    config.wait_for("folded", |item| item.text.starts_with("Config")).await;
    page.wait_until("it to be folded", async || config.attribute("aria-expanded").await.as_deref() == Some("false")).await;
    page.press("ArrowRight").await;
    page.wait_until("it to be open", async || config.attribute("aria-expanded").await.as_deref() == Some("true")).await;
}
