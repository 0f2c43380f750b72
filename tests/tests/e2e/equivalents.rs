//! Where commands are shown, and what is made of containers and images that are there.

use std::sync::Arc;

use linkspan_tests::commands;
use linkspan_tests::page::Page;
use linkspan_tests::scratch;
use linkspan_tests::site;
use linkspan_tests::world::World;
use serde_json::{Value, json};
use tokio::task::block_in_place;

use super::explain::{chosen, difference};

/// The text of a dialog with its lines.
async fn shown(page: &Page) -> String {
    let text = page.eval("return document.querySelector('dialog[open] pre').textContent", vec![]).await;
    text.as_str().unwrap_or_default().to_owned()
}

/// While typing, in dialogs, of pages, of what was done, and as a script.
pub async fn equivalents_are_shown_where_something_is_done(world: Arc<World>) {
    world.docker(&["run", "--detach", "--init", "--name", "web", "--stop-timeout", "1", "alpine", "sleep", "600"]);
    let (bridge, page) = site::open(&world).await;
    page.get_by_role("button", "As a command").click().await;
    let dialog = page.get_by_role("dialog", "As a command");
    let equivalent = dialog.get_by_role("region", "Equivalent");
    equivalent.expect_text("ps --all").await;
    equivalent.get_by_role("tab", "docker").press("ArrowRight").await;
    equivalent.expect_text("containers/json?all=1").await;
    equivalent.get_by_role("tab", "curl").expect_focus().await;
    equivalent.get_by_role("tab", "HTTP").click().await;
    equivalent.expect_text("GET /v1.").await;
    dialog.get_by_role("button", "Close").nth(0).click().await;
    // Of a container: what can be done to it.
    site::visit(&page, &bridge, "/containers/web/logs").await;
    page.get_by_role("button", "As a command").click().await;
    equivalent.expect_text("/containers/web/logs?").await;
    equivalent.get_by_role("tab", "docker").click().await;
    equivalent.expect_text("logs --follow --timestamps").await;
    dialog.get_by_role("combobox", "Of what").select_option("Restart").await;
    equivalent.expect_text("restart web").await;
    dialog.get_by_role("button", "Close").nth(0).click().await;
    // What is typed for a registry is not shown.
    site::visit(&page, &bridge, "/images").await;
    page.get_by_role("textbox", "Image to pull").fill("localhost:5000/team/api:2").await;
    page.get_by_role("region", "Equivalent").expect_text("pull localhost:5000/team/api:2").await;
    page.get_by_role("combobox", "Credentials").select_option("User and password…").await;
    page.get_by_role("textbox", "Registry user").fill("mika").await;
    page.get_by_role("textbox", "Registry password").fill("Quay-9f2c").await;
    page.get_by_role("region", "Equivalent").expect_text("login --username \"${REGISTRY_USER:?}\" --password-stdin localhost:5000").await;
    assert!(!page.get_by_role("region", "Equivalent").text().await.contains("Quay"));
    // As it is typed, and what cannot be said yet is no alarm.
    site::visit(&page, &bridge, "/run").await;
    page.get_by_role("combobox", "Image").fill("alpine:latest").await;
    page.get_by_role("textbox", "Command").fill("echo \"it's $HOME\"").await;
    let equivalent = page.get_by_role("region", "Equivalent");
    equivalent.expect_text("run alpine:latest echo 'it'\\''s $HOME'").await;
    page.get_by_role("checkbox", "Run in background").check().await;
    equivalent.expect_text("run --detach").await;
    for language in ["docker", "curl", "HTTPie", "Python", "Go", "HTTP"] {
        equivalent.get_by_role("tab", language).wait().await;
    }
    equivalent.get_by_role("button", "Copy").wait().await;
    page.get_by_role("button", "Run").click().await;
    page.get_by_role("region", "Run result").expect_text("Running in the background").await;
    // Before many are stopped, and of the job afterwards.
    site::visit(&page, &bridge, "/containers").await;
    page.get_by_role("button", "Stop all running").click().await;
    page.get_by_role("region", "Equivalent").expect_text("stop web").await;
    page.get_by_role("button", "Stop 1 container").click().await;
    site::until("it is stopped", async || world.docker(&["ps", "--quiet"]).is_empty()).await;
    site::visit(&page, &bridge, "/jobs").await;
    page.get_by_role("button", "As a script…").click().await;
    let script = page.get_by_role("dialog", "What you did, as a script");
    script.expect_text("run --detach").await;
    script.expect_text("stop web").await;
    script.get_by_role("button", "Python").click().await;
    script.expect_text("client.stop(\"web\")").await;
    let text = shown(&page).await;
    let ran = block_in_place(|| {
        world.docker(&["start", "web"]);
        commands::run("python", &text, scratch::folder("script").expect("a folder").path(), &[], world.engine().socket())
    });
    assert!(ran.is_ok(), "{ran:?}");
    assert_eq!(world.docker(&["ps", "--quiet", "--filter", "name=web"]), "");
}

pub async fn a_container_is_exported_and_made_again(world: Arc<World>) {
    world.docker(&["network", "create", "backbone"]);
    let line = "run --detach --init --name web --network backbone --network-alias db --env API_TOKEN=t0p-s3cret --env PRICE=5$ --label tier=front --publish 127.0.0.1::80 \
        --mount type=volume,source=kept,target=/var/kept,readonly --memory 64m --cpus 0.5 --ulimit nofile=1024:2048 --sysctl net.core.somaxconn=1024 --cap-drop NET_RAW --restart always \
        --health-cmd true --health-interval 1h --log-opt max-size=10m --stop-timeout 1 alpine sleep 600";
    world.docker(&line.split_whitespace().collect::<Vec<_>>());
    let inspect = || serde_json::from_str::<Value>(&world.docker(&["inspect", "web"])).map(|all| chosen(&all[0], "web")).expect("JSON");
    let before = inspect();
    let (_bridge, page) = site::open(&world).await;
    site::choose(&page, "web", "Export…").await;
    let dialog = page.get_by_role("dialog", "Export web");
    dialog.expect_text("--env API_TOKEN").await;
    let docker = shown(&page).await;
    dialog.get_by_role("button", "compose.yaml").click().await;
    dialog.expect_text("services:").await;
    let compose = shown(&page).await;
    assert!(!docker.contains("t0p-s3cret") && !compose.contains("t0p-s3cret"), "{docker}{compose}");
    let folder = scratch::folder("export").expect("a folder");
    std::fs::write(folder.path().join("compose.yaml"), &compose).expect("a file");
    let secret = [("API_TOKEN", "t0p-s3cret")];
    let run = |text: &str| block_in_place(|| commands::run("docker", text, folder.path(), &secret, world.engine().socket()));
    world.docker(&["rm", "--force", "web"]);
    run(&docker).unwrap_or_else(|problem| panic!("{problem}\n{docker}"));
    assert_eq!(difference(&Some(before.clone()), &Some(inspect())), "", "{docker}");
    world.docker(&["rm", "--force", "web"]);
    // The modules of the other commands are not its own.
    let up = format!(
        "unset PYTHONPATH; docker-compose --file compose.yaml config --quiet && DOCKER_HOST={} docker-compose --file compose.yaml up --detach",
        world.engine().host()
    );
    run(&up).unwrap_or_else(|problem| panic!("{problem}\n{compose}"));
    let made = inspect();
    for field in ["Memory", "NanoCpus", "CapDrop", "Ulimits", "Sysctls", "RestartPolicy", "LogConfig", "PortBindings", "Init"] {
        assert_eq!(before["HostConfig"][field], made["HostConfig"][field], "{field}: {compose}");
    }
    for field in ["Cmd", "Env", "Healthcheck", "Image", "StopTimeout"] {
        assert_eq!(before["Config"][field], made["Config"][field], "{field}: {compose}");
    }
    run(&format!("unset PYTHONPATH; DOCKER_HOST={} docker-compose --file compose.yaml rm --stop --force", world.engine().host()))
        .expect("it is removed");
}

/// What an image says is one click away from the form.
pub async fn what_an_image_says_is_offered(world: Arc<World>) {
    let image =
        xtask::images::Image::base("said:1").with("ExposedPorts", json!({ "8080/tcp": {} })).with("Volumes", json!({ "/data": {} }));
    let image = image
        .with("Env", json!(["STAGE=prod"]))
        .with("Cmd", json!(["serve", "--now"]))
        .with("Healthcheck", json!({ "Test": ["CMD-SHELL", "true"] }));
    block_in_place(|| image.load(world.engine())).expect("an image");
    let (bridge, page) = site::open(&world).await;
    site::visit(&page, &bridge, "/run?image=said:1").await;
    let says = page.get_by_role("region", "The image says");
    says.expect_text("serve --now").await;
    says.expect_text("CMD-SHELL true").await;
    for offer in ["Publish 8080/tcp", "Mount /data", "Change STAGE"] {
        says.get_by_role("button", offer).click().await;
    }
    let equivalent = page.get_by_role("region", "Equivalent");
    for option in ["--publish 8080:8080/tcp", "--mount type=volume,target=/data", "--env STAGE=prod"] {
        equivalent.expect_text(option).await;
    }
    says.get_by_role("button", "Mount /data").wait_for("it is there already", |found| found.disabled).await;
}
