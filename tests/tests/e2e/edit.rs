//! A container with some of its settings changed.

use std::sync::Arc;

use linkspan_tests::site;
use linkspan_tests::world::World;
use serde_json::{Value, json};

/// What was chosen for a container, and what it is in; the time, the ID and what an engine makes anew are left out.
fn inspect(world: &World, name: &str) -> Value {
    let all: Value = serde_json::from_str(&world.docker(&["inspect", name])).expect("JSON");
    let mut config = all[0]["Config"].clone();
    let mut host = all[0]["HostConfig"].clone();
    let short = &all[0]["Id"].as_str().expect("an ID")[..12];
    if config["Hostname"] == short {
        config["Hostname"] = json!("its own");
    }
    for one in ["Binds", "Mounts"] {
        if let Some(list) = host[one].as_array_mut() {
            list.sort_by_key(ToString::to_string);
        }
    }
    let mut networks = serde_json::Map::new();
    for (network, endpoint) in all[0]["NetworkSettings"]["Networks"].as_object().expect("networks") {
        let mut aliases: Vec<Value> = endpoint["Aliases"].as_array().cloned().unwrap_or_default();
        aliases.retain(|alias| alias != short);
        networks.insert(network.clone(), json!({ "aliases": aliases, "address": endpoint["IPAMConfig"] }));
    }
    let mut mounts: Vec<String> = all[0]["Mounts"]
        .as_array()
        .expect("mounts")
        .iter()
        .map(|mount| format!("{} {} {}", mount["Name"], mount["Destination"], mount["RW"]))
        .collect();
    mounts.sort();
    json!({ "name": all[0]["Name"], "running": all[0]["State"]["Running"], "config": config, "host": host, "networks": networks, "mounts": mounts })
}

pub async fn editing_loses_nothing(world: Arc<World>) {
    world.docker(&["network", "create", "--subnet", "10.78.0.0/24", "front"]);
    world.docker(&["network", "create", "back"]);
    let line = "run --detach --init --name web --network front --network-alias db --ip 10.78.0.9 --env STAGE=prod --env EMPTY= --label tier=front \
        --publish 127.0.0.1::80 --volume kept:/var/kept:ro --volume /var/unnamed --tmpfs /scratch:size=1m --memory 64m --cpu-shares 512 --oom-score-adj 7 \
        --cap-drop NET_RAW --restart on-failure:3 --security-opt no-new-privileges --ulimit nofile=1024:2048 --log-opt max-size=10m \
        --health-cmd true --health-interval 1s --stop-timeout 1 alpine sleep 600";
    world.docker(&line.split_whitespace().collect::<Vec<_>>());
    world.docker(&["network", "connect", "--alias", "web.back", "back", "web"]);
    world.docker(&["exec", "web", "sh", "-c", "echo kept > /var/unnamed/file"]);
    let before = inspect(&world, "web");
    let (bridge, page) = site::open(&world).await;
    // Three times there and back: of what was not touched nothing may wander off.
    for round in 0..3 {
        let other = if round % 2 == 0 { "staging" } else { "prod" };
        let id = world.docker(&["inspect", "--format", "{{.Id}}", "web"]);
        site::visit(&page, &bridge, "/containers/web/edit").await;
        page.get_by_role("textbox", "Name").expect_value("web").await;
        page.get_by_role("status", "Kept as it is:").expect_text("SecurityOpt").await;
        let values = page.get_by_role("group", "Environment").get_by_role("textbox", "Value");
        let stage = if values.nth(0).value().await.is_empty() { 1 } else { 0 };
        values.nth(stage).fill(other).await;
        page.get_by_role("region", "Equivalent").expect_text(" create --name web-new-").await;
        page.get_by_role("checkbox", "Keep the old container").uncheck().await;
        page.get_by_role("button", "Save").click().await;
        site::until("another one has its name", async || {
            let now = world.engine().docker(&["inspect", "--format", "{{.Id}} {{.State.Running}}", "web"]).unwrap_or_default();
            !now.starts_with(id.trim()) && now.contains("true")
        })
        .await;
        site::until("the old one is gone", async || world.docker(&["ps", "--all", "--quiet"]).lines().count() == 1).await;
    }
    let mut after = inspect(&world, "web");
    let variables = after["config"]["Env"].as_array_mut().expect("variables");
    variables.iter_mut().filter(|line| **line == "STAGE=staging").for_each(|line| *line = json!("STAGE=prod"));
    for part in ["name", "running", "config", "host", "networks", "mounts"] {
        let (was, is) = (&before[part], &after[part]);
        for field in was.as_object().into_iter().flatten().map(|(field, _)| field) {
            // A volume without a name has to be asked for by the name that the engine gave it.
            if !["Binds", "Env"].contains(&field.as_str()) {
                assert_eq!(was[field], is[field], "{field}");
            }
        }
        if !was.is_object() {
            assert_eq!(was, is, "{part}");
        }
    }
    let sorted = |value: &Value| {
        let mut lines: Vec<String> = value.as_array().into_iter().flatten().map(ToString::to_string).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(&before["config"]["Env"]), sorted(&after["config"]["Env"]));
    assert_eq!(world.docker(&["exec", "web", "cat", "/var/unnamed/file"]).trim(), "kept");
}

pub async fn limits_are_changed_in_place_and_a_failed_edit_changes_nothing(world: Arc<World>) {
    let line = "run --detach --init --name web --memory 64m --stop-timeout 1 --label com.docker.compose.project=shop --label com.docker.compose.service=web alpine sleep 600";
    world.docker(&line.split_whitespace().collect::<Vec<_>>());
    let inspect =
        || world.docker(&["inspect", "--format", "{{.Id}} {{.State.StartedAt}} {{.HostConfig.Memory}} {{.State.Running}}", "web"]);
    let before = inspect();
    let (bridge, page) = site::open(&world).await;
    site::visit(&page, &bridge, "/containers/web/edit").await;
    page.get_by_role("textbox", "Name").expect_value("web").await;
    // Its file says otherwise, and comes again.
    page.expect_text("It belongs to the Compose project shop").await;
    page.eval("document.querySelectorAll('details.more').forEach((group) => { group.open = true; })", vec![]).await;
    page.get_by_role("textbox", "Memory limit").fill("128m").await;
    page.get_by_role("region", "Equivalent").expect_text(" update --memory 128m").await;
    page.get_by_role("button", "Save").click().await;
    site::until("it has another limit", async || inspect().trim() == before.trim().replace("67108864", "134217728")).await;
    // A command that is not there: the old one is as it was, and runs.
    site::visit(&page, &bridge, "/containers/web/edit").await;
    page.get_by_role("textbox", "Name").expect_value("web").await;
    page.get_by_role("textbox", "Command").fill("no-such-command").await;
    page.get_by_role("button", "Save").click().await;
    page.get_by_role("article", "Recreate web").expect_text("web is as it was before").await;
    let id = before.split(' ').next().expect("an ID");
    assert!(inspect().starts_with(id) && inspect().trim().ends_with("true"), "{}", inspect());
    assert_eq!(world.docker(&["ps", "--all", "--quiet"]).lines().count(), 1);
}
