//! `docker run` by clicking.

use std::sync::Arc;

use linkspan_tests::page::{Name, Page, starting};
use linkspan_tests::registry::Registry;
use linkspan_tests::site;
use linkspan_tests::world::World;
use serde_json::json;
use xtask::images;

use super::{registries::operator, tabs::shows};

/// Fills the form's first fields.
async fn fill(page: &Page, image: &str, command: &str) {
    page.get_by_role("combobox", "Image").fill(image).await;
    page.get_by_role("textbox", "Command").fill(command).await;
}

async fn run(page: &Page) {
    page.get_by_role("button", "Run").click().await;
}

pub async fn run_and_wait(world: Arc<World>) {
    let (_bridge, page) = site::open(&world).await;
    page.get_by_role("button", "Run container").click().await;
    fill(&page, "alpine", "echo hello world").await;
    run(&page).await;
    let result = page.get_by_role("region", "Run result");
    result.expect_text("hello world").await;
    result.expect_text("Exit code 0").await;
    for step in ["Pull", "Create", "Start", "Wait", "Logs"] {
        result.expect_text(step).await;
    }

    // A failing command tells its code, and both outputs are told apart.
    fill(&page, "alpine", "sh -c 'echo to out; echo to err >&2; exit 3'").await;
    run(&page).await;
    result.expect_text("Exit code 3").await;
    result.expect_text("to out").await;
    let streams = page
        .eval("return [...document.querySelectorAll('.output [data-stream]')].map(row => row.dataset.stream + ':' + row.querySelector('.lt-text').textContent)", vec![])
        .await;
    let streams: Vec<String> = serde_json::from_value(streams).expect("a list");
    assert!(streams.contains(&"out:to out".to_owned()) && streams.contains(&"err:to err".to_owned()), "{streams:?}");
}

pub async fn not_a_byte_is_lost_of_a_container_that_removes_itself(world: Arc<World>) {
    let (bridge, page) = site::open(&world).await;
    site::visit(&page, &bridge, "/run").await;
    page.get_by_role("checkbox", "Remove when it exits").check().await;
    fill(&page, "alpine", "sh -c 'seq 1 200000; echo the very end'").await;
    run(&page).await;
    let result = page.get_by_role("region", "Run result");
    result.expect_text("Exit code 0").await;
    result.expect_text("the very end").await;
    let lines = page.eval("return [...document.querySelectorAll('.output .lt-text')].map(row => row.textContent)", vec![]).await;
    let lines: Vec<String> = serde_json::from_value(lines).expect("a list");
    assert_eq!(lines.last().map(String::as_str), Some("the very end"));
    // The shown ones are the last, without a gap.
    let numbers: Vec<u32> = lines[..lines.len() - 1].iter().map(|line| line.parse().expect("a number")).collect();
    assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 1) && numbers.last() == Some(&200_000));
    // And the rest is not lost.
    result.expect_text("the last 1,000 of 200,001 lines").await;
    page.eval(
        "const make = URL.createObjectURL; URL.createObjectURL = blob => { window.saved = blob; return make.call(URL, blob) }",
        vec![],
    )
    .await;
    page.get_by_role("button", "Download output").click().await;
    let saved = page.eval("return window.saved.text()", vec![]).await;
    let expected: String = (1..=200_000).map(|n| format!("{n}\n")).chain(["the very end\n".to_owned()]).collect();
    assert!(saved.as_str() == Some(expected.as_str()), "the download is the whole output");
    page.wait_until("it is gone from the engine", async || world.docker(&["ps", "--all", "--quiet"]).is_empty()).await;
}

pub async fn a_cancelled_run_says_what_stays(world: Arc<World>) {
    let (bridge, page) = site::open(&world).await;
    site::visit(&page, &bridge, "/run").await;
    page.get_by_role("textbox", "Name").fill("patient").await;
    fill(&page, "alpine", r#"sh -c 'trap "echo bye; exit 7" TERM; echo up; while :; do sleep 0.1; done'"#).await;
    run(&page).await;
    let result = page.get_by_role("region", "Run result");
    result.expect_text("up").await;
    // A reload, or another person, sees the same run.
    page.reload().await;
    result.expect_text("up").await;
    result.get_by_role("button", "Cancel").click().await;
    result.expect_text("Exit code 7").await;
    result.expect_text("bye").await;
    result.expect_text("patient was created and is still there").await;
    assert_eq!(world.docker(&["inspect", "--format", "{{.State.Status}}", "patient"]).trim(), "exited");
}

pub async fn the_command_is_split_as_a_shell_would(world: Arc<World>) {
    let (bridge, page) = site::open(&world).await;
    site::visit(&page, &bridge, "/run").await;
    fill(&page, "alpine", r#"printf '%s|' "two words" 'it'\''s' es\ caped"#).await;
    let words = page.get_by_role("list", "Split into").find_all_by_role("listitem").await;
    let words: Vec<String> = words.into_iter().map(|word| word.text).collect();
    assert_eq!(words, ["printf", "%s|", "two words", "it's", "es caped"]);
    run(&page).await;
    page.get_by_role("region", "Run result").expect_text("two words|it's|es caped|").await;
    fill(&page, "alpine", "echo 'open").await;
    run(&page).await;
    page.get_by_role("alert", Name::Any).expect_text("A quote is not closed").await;
}

pub async fn what_the_engine_refuses_is_said_at_the_form(world: Arc<World>) {
    let registry = Registry::start().expect("a registry");
    world.docker(&["run", "--detach", "--name", "holder", "--publish", "127.0.0.1:18431:80", "alpine", "sleep", "600"]);
    let (bridge, page) = site::open(&world).await;
    site::visit(&page, &bridge, "/run").await;
    let result = page.get_by_role("region", "Run result");
    let before = world.docker(&["ps", "--all", "--quiet"]);

    // An unknown image.
    fill(&page, &registry.reference("nothing:here"), "true").await;
    run(&page).await;
    result.get_by_role("alert", Name::Any).expect_text("not found").await;
    page.get_by_role("textbox", "Command").expect_value("true").await;

    // An invalid name.
    fill(&page, "alpine", "true").await;
    page.get_by_role("textbox", "Name").fill("not/a name").await;
    run(&page).await;
    result.get_by_role("alert", Name::Any).expect_text("Invalid container name").await;
    page.get_by_role("textbox", "Name").expect_value("not/a name").await;

    // A taken port: warned of before, refused by the engine, and nothing left behind.
    page.get_by_role("textbox", "Name").fill("late").await;
    page.get_by_role("button", "Add port").click().await;
    page.get_by_role("textbox", "Host port").fill("18431").await;
    page.get_by_role("textbox", "Container port").fill("80").await;
    page.get_by_role("list", "Checks").expect_text("Port 18431 is taken by holder").await;
    run(&page).await;
    result.get_by_role("alert", Name::Any).expect_text("18431").await;
    result.expect_text("No container was left behind").await;
    page.get_by_role("textbox", "Host port").expect_value("18431").await;
    assert_eq!(world.docker(&["ps", "--all", "--quiet"]), before);
}

pub async fn the_whole_form_reaches_the_engine(world: Arc<World>) {
    world.docker(&["network", "create", "quay"]);
    let (bridge, page) = site::open(&world).await;
    site::visit(&page, &bridge, "/run?image=alpine").await;
    page.get_by_role("combobox", "Image").expect_value("alpine").await;
    page.get_by_role("textbox", "Name").fill("complete").await;
    page.get_by_role("textbox", "Command").fill("600").await;
    page.get_by_role("textbox", "Entrypoint").fill("sleep").await;
    page.get_by_role("textbox", "Working directory").fill("/tmp").await;
    page.get_by_role("textbox", "User").fill("1000").await;
    let add = async |group: &str, button: &str, fields: &[(&str, &str)]| {
        let group = page.get_by_role("group", group);
        group.get_by_role("button", button).click().await;
        for (field, value) in fields {
            group.get_by_role("textbox", *field).fill(value).await;
        }
    };
    add("Environment", "Add variable", &[("Variable name", "COLOUR"), ("Value", "a=b c")]).await;
    add("Mounts", "Add mount", &[("Source", "data"), ("Target", "/data")]).await;
    add("Labels", "Add label", &[("Label name", "team"), ("Value", "quay")]).await;
    page.get_by_role("combobox", "Network").select_option("quay (bridge)").await;
    page.get_by_role("combobox", "Restart policy").select_option("Unless stopped").await;
    page.get_by_role("checkbox", "Run in background").check().await;
    run(&page).await;

    // In the background: the id and a link at once.
    let result = page.get_by_role("region", "Run result");
    result.expect_text("Running in the background").await;
    result.get_by_role("link", "Open complete").wait().await;
    let format = "{{.Config.Env}} {{.Config.Labels}} {{.Config.WorkingDir}} {{.Config.User}} {{.Config.Entrypoint}} {{.Config.Cmd}} {{.HostConfig.NetworkMode}} {{.HostConfig.RestartPolicy.Name}} {{range .Mounts}}{{.Name}}:{{.Destination}}{{end}}";
    let inspected = world.docker(&["inspect", "--format", format, "complete"]);
    for part in ["COLOUR=a=b c", "team:quay", " /tmp ", " 1000 ", "[sleep] [600]", " quay ", "unless-stopped", "data:/data"] {
        assert!(inspected.contains(part), "{part} is not in {inspected}");
    }
    result.get_by_role("link", "Open complete").click().await;
    page.wait_for_role("heading", "complete").await;
}

pub async fn a_missing_image_is_pulled_first(world: Arc<World>) {
    let registry = Registry::start().expect("a registry");
    let reference = registry.reference("run-pulls:1");
    images::layers(world.engine(), &reference, 2, 200_000).expect("an image");
    world.docker(&["push", &reference]);
    world.docker(&["rmi", &reference]);
    let (bridge, page) = site::open(&world).await;
    site::visit(&page, &bridge, "/run").await;
    fill(&page, &reference, "echo pulled").await;
    run(&page).await;
    let result = page.get_by_role("region", "Run result");
    result.get_by_role("table", "Layers").wait().await;
    result.expect_text("Exit code 0").await;
    assert_eq!(result.get_by_role("progressbar", "Overall progress").attribute("aria-valuenow").await.as_deref(), Some("100"));
}

pub async fn a_run_with_a_terminal_is_typed_into(world: Arc<World>) {
    let (bridge, page) = site::open(&world).await;
    site::visit(&page, &bridge, "/run").await;
    page.get_by_role("textbox", "Name").fill("talk").await;
    fill(&page, "alpine", r#"sh -c 'read -r name; echo "hello, $name"; stty size; exec sh'"#).await;
    page.get_by_role("checkbox", "Allocate a terminal").check().await;
    run(&page).await;
    let screen_field = page.get_by_role("textbox", starting("Terminal, "));
    screen_field.wait().await;
    screen_field.expect_focus().await;
    page.type_text("quay\n").await;
    shows(&page, "hello, quay").await;
    // As large as it is shown, also for who asks at once.
    let size = page.eval("return document.querySelector('.term-wrap .note-line .num').textContent", vec![]).await;
    let (columns, rows) = size.as_str().and_then(|size| size.split_once(" × ")).expect("columns and rows");
    shows(&page, &format!("{rows} {columns}")).await;
    // It is the container's own process, not one beside it.
    page.type_text("echo pid-$$\n").await;
    shows(&page, "pid-1").await;
    // A reload goes on where it was, and so does the container's page.
    page.reload().await;
    shows(&page, "hello, quay").await;
    site::visit(&page, &bridge, "/containers/talk/terminal").await;
    shows(&page, "hello, quay").await;
    page.expect_text("it ends with the container").await;
    assert!(!page.get_by_role("button", "End session").exists().await, "only the container ends it");
    // Somebody else sees what it prints, and does not type.
    let other = operator(&world, &bridge).await;
    site::visit(&other, &bridge, "/jobs").await;
    other.get_by_role("article", "Run alpine").get_by_role("link", "Run alpine").click().await;
    other.expect_text("hello, quay").await;
    assert!(!other.get_by_role("textbox", starting("Terminal, ")).exists().await);
    page.get_by_role("textbox", starting("Terminal, ")).focus().await;
    page.type_text("exit 5\n").await;
    page.expect_text("Ended").await;
    site::visit(&page, &bridge, "/jobs").await;
    page.get_by_role("article", "Run alpine").expect_text("Exit code 5").await;
}

pub async fn the_form_takes_a_block_hides_secrets_and_knows_a_free_port(world: Arc<World>) {
    world.docker(&["run", "--detach", "--init", "--name", "holder", "--publish", "18091:80", "alpine", "sleep", "600"]);
    let (bridge, page) = site::open(&world).await;
    site::visit(&page, &bridge, "/run?image=alpine").await;
    let environment = page.get_by_role("group", "Environment");
    environment.get_by_role("button", "Add variable").click().await;
    environment.get_by_role("textbox", "Variable name").expect_focus().await;
    let paste = "const data = new DataTransfer(); data.setData('text', arguments[0]); \
        document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))";
    page.eval(paste, vec![json!("# of the shop\nHOST=quay.example\nexport DB_PASSWORD=\"hunter2 hunter2\"\nURL=http://x/?a=b\n")]).await;
    environment.get_by_role("textbox", "Variable name").expect_count(3).await;
    environment.get_by_role("textbox", "Variable name").nth(1).expect_value("DB_PASSWORD").await;
    // Hidden until it is asked for.
    let kind =
        "return [...document.querySelectorAll('.rowset.env [aria-label=Value]')].map(field => getComputedStyle(field).webkitTextSecurity)";
    assert_eq!(page.eval(kind, vec![]).await, json!(["none", "disc", "none"]));
    environment.get_by_role("button", "Show the value").click().await;
    assert_eq!(page.eval(kind, vec![]).await, json!(["none", "none", "none"]));
    // Into a value a text goes as it is, also where it looks like a variable.
    environment.get_by_role("textbox", "Value").nth(0).focus().await;
    page.eval(paste, vec![json!("OTHER=x")]).await;
    environment.get_by_role("textbox", "Variable name").expect_count(3).await;
    // A taken port: the next free one is a click away.
    page.get_by_role("group", "Ports").get_by_role("button", "Add port").click().await;
    page.get_by_role("textbox", "Host port").fill("18091").await;
    page.get_by_role("textbox", "Container port").fill("80").await;
    page.expect_text("Port 18091 is taken by holder").await;
    page.get_by_role("button", "Use 18092").click().await;
    page.get_by_role("textbox", "Host port").expect_value("18092").await;
    page.get_by_role("textbox", "Name").fill("made").await;
    page.get_by_role("textbox", "Command").fill("true").await;
    run(&page).await;
    page.get_by_role("region", "Run result").expect_text("Exit code 0").await;
    let made = world.docker(&["inspect", "--format", "{{json .Config.Env}} {{json .HostConfig.PortBindings}}", "made"]);
    for text in ["HOST=quay.example", "DB_PASSWORD=hunter2 hunter2", "URL=http://x/?a=b", "18092"] {
        assert!(made.contains(text), "{made}");
    }
}
