//! Who did what, and what the engine did by itself.

use std::fs;
use std::process::Command;
use std::sync::Arc;

use linkspan_tests::bridge::{Bridge, binary};
use linkspan_tests::page::{Name, Page, containing};
use linkspan_tests::scratch::SmallDisk;
use linkspan_tests::site;
use linkspan_tests::wire;
use linkspan_tests::world::World;
use serde_json::{Value, json};
use tokio::task::block_in_place;

fn entry(page: &Page, name: &str) -> linkspan_tests::page::Locator {
    page.get_by_role("feed", "Activity").get_by_role("article", name)
}

fn run(bridge: &Bridge, args: &[&str]) -> (Option<i32>, String) {
    let mut command = bridge.command(args).expect("a command");
    let output = block_in_place(|| command.output()).expect("it runs");
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr))
}

pub async fn everything_done_has_a_name_on_it(world: Arc<World>) {
    world.docker(&["run", "--detach", "--init", "--name", "box", "alpine", "sleep", "600"]);
    let (bridge, page) = site::open(&world).await;
    site::add_person(&bridge, "jun", &["--role", "operator"]);
    let other = world.page().await;
    site::sign_in_as(&other, &bridge, "jun").await;
    let row = site::container(&other, "box");
    row.hover().await;
    row.get_by_role("button", "Stop box").click().await;
    row.expect_text("Exited").await;
    page.get_by_role("link", "Activity").click().await;
    entry(&page, "jun stopped box").wait().await;
    entry(&page, "jun signed in").wait().await;
    // Somebody's own doing is told once, and not as the engine's.
    row.hover().await;
    row.get_by_role("button", "Start box").click().await;
    entry(&page, "jun started box").wait().await;
    // What is no call is recorded, too.
    world.docker(&["exec", "box", "sh", "-c", "echo noted > /note"]);
    let id = world.docker(&["inspect", "--format", "{{.Id}}", "box"]);
    let path = format!("/api/containers/{}/archive?plain=true&path=/note", id.trim());
    page.eval("await fetch(arguments[0])", vec![json!(path)]).await;
    entry(&page, "admin read a file of box:/note").wait().await;
    site::visit(&page, &bridge, "/run?image=alpine").await;
    page.get_by_role("textbox", "Name").fill("mine").await;
    page.get_by_role("textbox", "Command").fill("echo done").await;
    page.get_by_role("button", "Add variable").click().await;
    page.get_by_role("textbox", "Variable name").fill("API_TOKEN").await;
    page.get_by_role("textbox", "Value").focus().await;
    page.type_text("hunter2").await;
    page.get_by_role("button", "Run").click().await;
    page.get_by_role("region", "Run result").expect_text("Exit code 0").await;
    site::visit(&page, &bridge, "/activity").await;
    let ran = entry(&page, "admin ran mine");
    ran.wait().await;
    // With what it would be as a command, and without what is secret.
    ran.get_by_role("button", "Details of: admin ran mine").click().await;
    ran.get_by_role("region", "Equivalent").expect_text("run --name mine").await;
    // What could not be done, and why in the engine's words.
    site::visit(&page, &bridge, "/images").await;
    page.get_by_role("textbox", "Image to pull").fill("127.0.0.1:1/none:1").await;
    page.get_by_role("button", "Pull").click().await;
    page.get_by_role("article", "Pull 127.0.0.1:1/none:1").get_by_role("alert", Name::Any).wait().await;
    site::visit(&page, &bridge, "/activity?kind=failures").await;
    let failed = entry(&page, "admin could not pull 127.0.0.1:1/none:1");
    failed.get_by_role("button", containing("Details of")).click().await;
    failed.expect_text("connection refused").await;
    assert!(!entry(&page, "jun stopped box").exists().await);
    // The address says what is shown.
    site::visit(&page, &bridge, "/activity").await;
    page.get_by_role("searchbox", "Filter activity").fill("jun").await;
    page.wait_for_url("the filter", |url| url.contains("q=jun")).await;
    entry(&page, "admin ran mine").wait_gone().await;
    entry(&page, "jun stopped box").wait().await;
    for outside in ["box was stopped outside Linkspan", "box was started outside Linkspan", "mine was created outside Linkspan"] {
        assert!(!entry(&page, outside).exists().await, "{outside}");
    }
    // A container's page has its own part of it.
    site::visit(&page, &bridge, "/containers/box").await;
    entry(&page, "jun stopped box").wait().await;
    assert!(!entry(&page, "admin ran mine").exists().await);
    // Others do not learn from where somebody came, nor who came.
    site::visit(&other, &bridge, "/activity").await;
    entry(&other, "admin ran mine").wait().await;
    assert!(!entry(&other, "admin signed in").exists().await);
    assert!(!other.outline().await.contains("127.0.0.1 ") && entry(&other, "jun signed in").exists().await);
    let (code, lines) = run(&bridge, &["audit", "export"]);
    assert!(code == Some(0) && !lines.contains("hunter2") && lines.contains("\"container.stop\""), "{lines}");
    let cookie = wire::cookie(&bridge).await;
    let (host, _) = wire::own_address(&bridge);
    let exported = wire::request(&bridge, "GET /api/activity", &[("Host", &host), ("Cookie", &cookie)], "").await;
    assert!(exported.status == 200 && exported.body.contains("job.run"), "{exported:?}");
    // Whoever is not here any more is among those who may be chosen.
    assert_eq!(run(&bridge, &["user", "remove", "jun"]).0, Some(0));
    other.wait_for_role("button", "Sign in").await;
    site::visit(&page, &bridge, "/activity").await;
    entry(&page, "jun stopped box").wait().await;
    page.get_by_role("combobox", "By whom").select_option("jun").await;
    page.wait_for_url("the filter", |url| url.contains("who=jun")).await;
    entry(&page, "admin ran mine").wait_gone().await;
    entry(&page, "jun stopped box").wait().await;
}

pub async fn what_the_engine_does_by_itself_is_told(world: Arc<World>) {
    let (bridge, page) = site::open(&world).await;
    site::visit(&page, &bridge, "/activity").await;
    world.docker(&["run", "--detach", "--init", "--name", "theirs", "alpine", "sleep", "600"]);
    entry(&page, "theirs was started outside Linkspan").wait().await;
    // Whoever looks at its files takes no part in what becomes of it.
    site::visit(&page, &bridge, "/containers/theirs/files").await;
    page.expect_text("bin").await;
    world.docker(&["stop", "--time", "1", "theirs"]);
    site::visit(&page, &bridge, "/activity").await;
    entry(&page, "theirs was stopped outside Linkspan").wait().await;
    world.docker(&["run", "--detach", "--name", "brief", "alpine", "sh", "-c", "exit 7"]);
    entry(&page, "brief exited by itself").expect_text("exit code 7").await;
    world.docker(&["run", "--detach", "--restart", "on-failure:2", "--name", "again", "alpine", "sh", "-c", "sleep 0.2; exit 3"]);
    entry(&page, "again was restarted by its policy, 2 times by now").wait().await;
    world.docker(&["rm", "--force", "theirs"]);
    entry(&page, "theirs was removed outside Linkspan").wait().await;
    world.docker(&["volume", "create", "made"]);
    entry(&page, "made was created outside Linkspan").wait().await;
    // What is read stays where it is: what comes meanwhile waits.
    entry(&page, "made was created outside Linkspan").focus().await;
    world.docker(&["volume", "rm", "made"]);
    page.get_by_role("button", "Show new").click().await;
    entry(&page, "made was removed outside Linkspan").wait().await;
}

pub async fn the_record_cannot_be_changed_unseen(world: Arc<World>) {
    world.docker(&["create", "--name", "box", "alpine"]);
    let (bridge, page) = site::open(&world).await;
    site::container(&page, "box").hover().await;
    site::container(&page, "box").get_by_role("button", "Start box").click().await;
    site::visit(&page, &bridge, "/activity").await;
    entry(&page, "admin started box").wait().await;
    // While it runs.
    let (code, said) = run(&bridge, &["audit", "verify"]);
    assert!(code == Some(0) && said.contains("fit together"), "{said}");
    let database = bridge.data_dir().join("linkspan.db");
    let sqlite = |statement: &str| {
        let script = "import sqlite3, sys; connection = sqlite3.connect(sys.argv[1]); connection.execute(sys.argv[2]); connection.commit()";
        let mut python = std::process::Command::new("python3");
        python.args(["-c", script]).arg(&database).arg(statement);
        assert!(block_in_place(|| python.status()).expect("python runs").success());
    };
    sqlite("UPDATE activity SET record = replace(record, 'admin', 'nobody') WHERE id = 1");
    let (code, said) = run(&bridge, &["audit", "verify"]);
    assert!(code == Some(1) && said.contains("the entry 1 does not fit"), "{said}");
}

/// Killed while it writes, again and again; what was told to be done is there.
/// What was answered is kept, wherever the writing was when it was killed.
pub async fn data_outlives_a_kill_and_a_copy_brings_it_back(world: Arc<World>) {
    world.docker(&["run", "--detach", "--name", "box", "alpine", "sleep", "600"]);
    let id = world.docker(&["inspect", "--format", "{{.Id}}", "box"]).trim().to_owned();
    let mut bridge = world.bridge().await;
    let mut socket = wire::signed_in(&bridge).await;
    let call =
        |id: u32, call: &str, arguments: Value| json!({ "call": { "id": id, "engine": "local", "call": call, "arguments": arguments } });
    let grants = json!([{ "role": "viewer", "scope": "all" }]);
    let (mut made, mut invited, mut jobs) = (0, 0, Vec::<Value>::new());
    // Another number of answers each time; as many again are under way when it is killed.
    for (round, answers) in [6, 3, 9, 1, 4].into_iter().enumerate() {
        let mut asked = 0;
        for n in 0..2 * answers {
            let token = json!({ "name": format!("token-{round}-{n}"), "role": "viewer", "days": null });
            for (name, arguments) in [
                ("token.new", token),
                ("people.invite", json!({ "grants": grants, "days": 7 })),
                ("job.act_on_containers", json!({ "kind": "start", "containers": [id], "all": false })),
            ] {
                socket.send(call(asked, name, arguments)).await;
                asked += 1;
            }
            if n < answers {
                for _ in 0..3 {
                    let reply = socket.expect("reply").await;
                    match reply["id"].as_u64().expect("a number") % 3 {
                        0 => made += 1,
                        1 => invited += 1,
                        _ => jobs.push(reply["output"].clone()),
                    }
                }
            }
        }
        bridge.kill();
        bridge.start_again().await.expect("it starts again");
        let (code, said) = run(&bridge, &["audit", "verify"]);
        assert_eq!(code, Some(0), "{said}");
        socket = wire::signed_in(&bridge).await;
        for (channel, spec) in [(1, "accounts"), (2, "jobs")] {
            socket.send(json!({ "open": { "channel": channel, "engine": "local", "spec": spec, "resume": null } })).await;
            let change = loop {
                let state = socket.expect("state").await;
                if state["channel"] == channel {
                    break state["change"].clone();
                }
            };
            match spec {
                "accounts" => assert!(change["accounts"]["invitations"].as_array().is_some_and(|all| all.len() >= invited), "{change}"),
                _ => {
                    let known: Vec<_> = change["jobs"]["snapshot"].as_array().into_iter().flatten().collect();
                    for job in &jobs {
                        let found = known.iter().find(|one| one["id"] == *job).unwrap_or_else(|| panic!("{job} is lost: {known:?}"));
                        assert!(found["outcome"] != "running", "{found}");
                    }
                }
            }
        }
    }
    let count = async |bridge: &Bridge| {
        let mut socket = wire::signed_in(bridge).await;
        socket.send(call(1, "token.list", json!({}))).await;
        socket.expect("reply").await["output"].as_array().map(Vec::len).unwrap_or_default()
    };
    let kept = count(&bridge).await;
    assert!(kept >= made, "{kept} of {made} that were answered");
    let copy = bridge.data_dir().join("copy.db");
    let copy = copy.to_str().expect("a path");
    let (code, said) = run(&bridge, &["backup", copy]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(run(&bridge, &["backup", copy]).0, Some(1), "nothing that is there is lost");
    let mut socket = wire::signed_in(&bridge).await;
    socket.send(call(1, "token.new", json!({ "name": "afterwards", "role": "viewer", "days": null }))).await;
    socket.expect("reply").await;
    assert_eq!(count(&bridge).await, kept + 1);
    let (code, said) = run(&bridge, &["restore", copy]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(count(&bridge).await, kept);
    fs::write(bridge.data_dir().join("other"), "nothing").expect("it is written");
    let other = bridge.data_dir().join("other");
    assert_eq!(run(&bridge, &["restore", other.to_str().expect("a path")]).0, Some(1));
}

/// What is there stays to be seen and done; that nothing can be written is said, and what was done meanwhile is written when it can be.
pub async fn a_full_disk_takes_nothing_down(world: Arc<World>) {
    world.docker(&["create", "--name", "box", "alpine", "sleep", "600"]);
    let mut bridge = world.bridge().await;
    bridge.stop().await.expect("it ends");
    let disk = block_in_place(|| SmallDisk::at(&bridge.data_dir(), 4_096)).expect("a small disk");
    bridge.start_again().await.expect("it starts again");
    let page = world.page().await;
    site::sign_in(&page, &bridge).await;
    let (_, origin) = wire::own_address(&bridge);
    let cookie = wire::cookie(&bridge).await;
    let filler = bridge.data_dir().join("filler");
    // All that there is.
    let full = fs::File::create(&filler).and_then(|mut file| std::io::copy(&mut std::io::repeat(0), &mut file));
    assert!(full.is_err());
    let row = site::container(&page, "box");
    row.get_by_role("button", "Start box").click().await;
    row.expect_text("Running").await;
    page.expect_text("What is done is not recorded at the moment").await;
    page.expect_text("full").await;
    // Whoever is signed in stays so, in new windows, too, and is told at once.
    let mut socket = wire::open(&bridge, &[("Origin", &origin), ("Cookie", &cookie)]).await.expect("a websocket");
    assert!(socket.expect("hello").await["unrecorded"].as_str().is_some_and(|why| why.contains("full")));
    page.reload().await;
    site::connected(&page).await;
    world.docker(&["create", "--name", "seen", "alpine"]);
    site::container(&page, "seen").wait().await;
    fs::remove_file(&filler).expect("it is ours");
    page.goto(&format!("{}/activity", bridge.url())).await;
    page.expect_text("started box").await;
    page.wait_until("the warning to go", async || {
        page.eval("return !document.body.innerText.includes('is not recorded at the moment')", vec![]).await == json!(true)
    })
    .await;
    let (code, said) = run(&bridge, &["audit", "verify"]);
    assert_eq!(code, Some(0), "{said}");
    // Full to the end: what is lost by that is said.
    let full = fs::File::create(&filler).and_then(|mut file| std::io::copy(&mut std::io::repeat(0), &mut file));
    assert!(full.is_err() && !bridge.log().contains("is not in the record"));
    world.docker(&["create", "--name", "lost", "alpine"]);
    page.expect_text("What is done is not recorded at the moment").await;
    bridge.stop().await.expect("it ends");
    assert!(bridge.log().contains("what was done last is not in the record of activity"), "{}", bridge.log());
    drop(disk);
    // One that nobody may write to is said at the start.
    let at = bridge.data_dir();
    let script = "mount --bind \"$1\" \"$1\" && mount -o remount,bind,ro \"$1\" && exec \"$2\" --listen 127.0.0.1:0 --data-dir \"$1\" --engine unix:///nowhere.sock";
    let mut start = Command::new("unshare");
    start.args(["--mount", "sh", "-c", script, "sh"]).arg(&at).arg(binary().expect("it is built"));
    let said = block_in_place(|| start.output()).expect("it runs");
    let why = String::from_utf8_lossy(&said.stderr);
    assert!(said.status.code() == Some(1) && why.contains(&*at.to_string_lossy()) && why.to_lowercase().contains("read-only"), "{said:?}");
}
