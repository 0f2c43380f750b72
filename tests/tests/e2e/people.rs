//! People, what they may, and what stands for them.

use std::sync::Arc;

use linkspan_tests::bridge::Bridge;
use linkspan_tests::page::{Name, Page, containing, starting};
use linkspan_tests::site;
use linkspan_tests::wire;
use linkspan_tests::world::{PASSWORD, World};
use serde_json::json;

/// Opens what stands in somebody's row of the table.
async fn of_person(page: &Page, name: &str, item: &str) {
    let row = page.get_by_role("table", "People").get_by_role("row", name);
    row.get_by_role("button", format!("More actions for {name}")).click().await;
    page.get_by_role("menuitem", item).click().await;
}

pub async fn somebody_is_invited_and_let_go(world: Arc<World>) {
    let (bridge, page) = site::open(&world).await;
    site::visit(&page, &bridge, "/settings").await;
    page.get_by_role("button", "Invite…").click().await;
    let dialog = page.get_by_role("dialog", "Invite somebody");
    dialog.get_by_role("combobox", "Role").select_option("operator").await;
    dialog.get_by_role("button", "Create link").click().await;
    let link = dialog.get_by_role("textbox", "Shown this once").value().await;
    assert!(link.starts_with(&format!("{}/welcome#token=", bridge.url().trim_end_matches('/'))), "{link}");
    dialog.get_by_role("button", "Done").click().await;
    page.get_by_role("table", "Invitations").expect_text("operator").await;
    let other = world.page().await;
    other.goto(&link).await;
    other.wait_for_role("button", "Create account").await;
    // A name that is taken is nobody else's.
    other.get_by_role("textbox", "User").fill("admin").await;
    other.get_by_role("textbox", "Password").fill(PASSWORD).await;
    other.get_by_role("button", "Create account").click().await;
    other.get_by_role("alert", Name::Any).expect_text("called so already").await;
    other.get_by_role("textbox", "User").fill("jun").await;
    other.get_by_role("button", "Create account").click().await;
    site::connected(&other).await;
    other.get_by_role("button", "Account").click().await;
    other.get_by_role("menu", "Signed in as jun, operator").wait().await;
    other.press("Escape").await;
    let row = page.get_by_role("table", "People").get_by_role("row", "jun");
    row.expect_text("operator").await;
    page.get_by_role("table", "Invitations").wait_gone().await;
    // What somebody may is another thing at once, everywhere.
    of_person(&page, "jun", "Change role…").await;
    let dialog = page.get_by_role("dialog", "Change the role of jun");
    dialog.get_by_role("combobox", "Role").select_option("viewer").await;
    dialog.get_by_role("button", "Save").click().await;
    row.expect_text("viewer").await;
    other.wait_for_role("button", "Sign in").await;
    site::sign_in_as(&other, &bridge, "jun").await;
    of_person(&page, "jun", "Disable").await;
    row.expect_text("disabled").await;
    other.wait_for_role("button", "Sign in").await;
    other.get_by_role("textbox", "User").fill("jun").await;
    other.get_by_role("textbox", "Password").fill(PASSWORD).await;
    other.get_by_role("button", "Sign in").click().await;
    other.get_by_role("alert", Name::Any).expect_text("User name or password is wrong").await;
    of_person(&page, "jun", "Enable").await;
    // A new password by a link, as from the shell.
    of_person(&page, "jun", "Reset password…").await;
    let dialog = page.get_by_role("dialog", "Reset the password of jun");
    dialog.get_by_role("button", "Create link").click().await;
    let link = dialog.get_by_role("textbox", "Shown this once").value().await;
    dialog.get_by_role("button", "Done").click().await;
    other.goto(&link).await;
    other.get_by_role("textbox", "Password").fill("quite another passphrase").await;
    other.get_by_role("button", "Set password").click().await;
    site::connected(&other).await;
    of_person(&page, "jun", "End sessions…").await;
    page.get_by_role("dialog", "End all sessions of jun").get_by_role("button", "End sessions").click().await;
    other.wait_for_role("button", "Sign in").await;
    of_person(&page, "jun", "Remove").await;
    page.get_by_role("dialog", "Remove jun").get_by_role("button", "Remove").click().await;
    row.wait_gone().await;
    // Whoever has the shell does the same there.
    let mut invite = bridge.command(&["user", "invite", "--role", "viewer", "--on", "local", "--on", "team=front"]).expect("a command");
    let said = tokio::task::block_in_place(|| invite.output()).expect("it runs");
    assert!(String::from_utf8_lossy(&said.stdout).contains("/welcome#token="), "{said:?}");
    page.get_by_role("table", "Invitations").expect_text("viewer on local, viewer on team=front").await;
    page.get_by_role("table", "Invitations").get_by_role("button", starting("Withdraw the invitation for viewer on local")).click().await;
    page.get_by_role("table", "Invitations").wait_gone().await;
}

pub async fn a_role_is_what_somebody_may(world: Arc<World>) {
    world.docker(&["run", "--detach", "--init", "--name", "box", "--env", "API_TOKEN=hunter2", "alpine", "sleep", "600"]);
    let bridge = world.bridge().await;
    for role in ["viewer", "operator", "developer"] {
        site::add_person(&bridge, role, &["--role", role]);
    }
    let page = world.page().await;
    site::sign_in_as(&page, &bridge, "viewer").await;
    let row = site::container(&page, "box");
    row.hover().await;
    // It is there, and says what it takes and who gives it.
    let stop = row.get_by_role("button", "Stop box");
    stop.wait_for("disabled", |found| found.disabled).await;
    assert!(stop.attribute("aria-description").await.is_some_and(|why| why.contains("operator; admin can give it")));
    page.get_by_role("button", "Run container").wait_for("disabled", |found| found.disabled).await;
    row.get_by_role("link", "box").focus().await;
    page.press("s").await;
    page.get_by_role("alert", Name::Any).expect_text("It takes the role operator").await;
    row.get_by_role("button", "More actions for box").click().await;
    page.get_by_role("menuitem", "Remove").wait_for("disabled", |found| found.disabled).await;
    page.press("Escape").await;
    page.press("Control+k").await;
    page.type_text("run container").await;
    page.get_by_role("option", starting("Run container")).wait_for("disabled", |found| found.disabled).await;
    page.press("Enter").await;
    page.expect_text("It takes the role developer").await;
    site::visit(&page, &bridge, "/containers/box").await;
    page.expect_text("API_TOKEN").await;
    assert!(!page.eval("return document.documentElement.outerHTML", vec![]).await.to_string().contains("hunter2"));
    site::visit(&page, &bridge, "/containers/box/terminal").await;
    page.expect_text("It takes the role developer").await;
    site::visit(&page, &bridge, "/settings").await;
    page.expect_text("Administrators invite people and give roles: admin.").await;
    assert!(!page.get_by_role("button", "Invite…").exists().await);

    let page = world.page().await;
    site::sign_in_as(&page, &bridge, "operator").await;
    let row = site::container(&page, "box");
    row.hover().await;
    row.get_by_role("button", "Stop box").click().await;
    row.expect_text("Exited").await;
    row.hover().await;
    row.get_by_role("button", "Start box").click().await;
    row.expect_text("Running").await;
    // What is there may be committed, as it is.
    site::visit(&page, &bridge, "/containers/box/commit").await;
    page.get_by_role("textbox", "User").wait_for("disabled", |found| found.disabled).await;
    page.expect_text("It takes the role developer").await;
    site::visit(&page, &bridge, "/containers").await;
    page.get_by_role("button", "Run container").wait_for("disabled", |found| found.disabled).await;

    let page = world.page().await;
    site::sign_in_as(&page, &bridge, "developer").await;
    let run = async |privileged: bool, name: &str| {
        site::visit(&page, &bridge, "/run?image=alpine").await;
        page.get_by_role("textbox", "Name").fill(name).await;
        page.get_by_role("textbox", "Command").fill("echo done").await;
        if privileged {
            page.get_by_role("checkbox", "Privileged").check().await;
            // Said before it is tried.
            page.expect_text("Privileged: ").await;
        }
        page.get_by_role("button", "Run").click().await;
    };
    run(true, "risky").await;
    page.expect_text("It takes the role administrator").await;
    page.expect_text("Privileged").await;
    run(false, "plain").await;
    page.get_by_role("region", "Run result").expect_text("done").await;
    assert_eq!(world.docker(&["ps", "--all", "--quiet", "--filter", "name=risky"]), "");
    // A container that has the host already is no way to it.
    world.docker(&["run", "--detach", "--init", "--volume", "/etc:/x:ro", "--name", "mighty", "alpine", "sleep", "600"]);
    site::visit(&page, &bridge, "/containers/mighty/terminal").await;
    page.expect_text("It takes the role administrator").await;
    let read = async |container: &str| {
        let id = world.docker(&["inspect", "--format", "{{.Id}}", container]);
        let path = format!("/api/containers/{}/archive?path=/x", id.trim());
        page.eval("const answer = await fetch(arguments[0]); return answer.status", vec![json!(path)]).await
    };
    assert_eq!(read("mighty").await, json!(403));
    world.docker(&["exec", "box", "mkdir", "/x"]);
    assert_eq!(read("box").await, json!(200));
    site::visit(&page, &bridge, "/containers/box/terminal").await;
    page.get_by_role("button", "Open terminal").click().await;
    page.get_by_role("textbox", starting("Terminal, ")).wait().await;
}

pub async fn what_carries_a_label_is_all_that_there_is(world: Arc<World>) {
    for (name, team) in [("front-1", "front"), ("back-1", "back")] {
        world.docker(&["run", "--detach", "--init", "--name", name, "--label", &format!("team={team}"), "alpine", "sleep", "600"]);
        world.docker(&["volume", "create", "--label", &format!("team={team}"), &format!("{team}-data")]);
    }
    let bridge = world.bridge().await;
    site::add_person(&bridge, "jun", &["--role", "developer", "--on", "team=front"]);
    let page = world.page().await;
    site::sign_in_as(&page, &bridge, "jun").await;
    site::container(&page, "front-1").wait().await;
    site::visit(&page, &bridge, "/volumes").await;
    page.get_by_role("row", containing("front-data")).wait().await;
    // Also what comes and goes while it is open.
    world.docker(&["run", "--detach", "--init", "--name", "back-2", "--label", "team=back", "alpine", "sleep", "600"]);
    world.docker(&["run", "--detach", "--init", "--name", "front-2", "--label", "team=front", "alpine", "sleep", "600"]);
    site::visit(&page, &bridge, "/containers").await;
    site::container(&page, "front-2").wait().await;
    world.docker(&["rm", "--force", "back-2", "front-2"]);
    site::container(&page, "front-2").wait_gone().await;
    let shown = page.eval("return document.documentElement.outerHTML", vec![]).await.to_string();
    assert!(!shown.contains("back-"), "{shown}");
    site::visit(&page, &bridge, "/containers/back-1/logs").await;
    page.expect_text("There is no container").await;
    page.press("Control+k").await;
    page.type_text("back").await;
    assert!(!page.get_by_role("option", containing("back-1")).exists().await);
    page.press("Escape").await;
    site::visit(&page, &bridge, "/containers").await;
    site::container(&page, "front-1").hover().await;
    site::container(&page, "front-1").get_by_role("button", "Restart front-1").click().await;
    page.expect_text("Restarted front-1").await;
    // What is made carries it, or is not made.
    for (label, made) in [("", false), ("front", true)] {
        site::visit(&page, &bridge, "/run?image=alpine").await;
        page.get_by_role("textbox", "Command").fill("echo done").await;
        if made {
            page.get_by_role("button", "Add label").click().await;
            page.get_by_role("textbox", "Label name").fill("team").await;
            page.get_by_role("group", "Labels").get_by_role("textbox", "Value").fill(label).await;
        }
        page.get_by_role("button", "Run").click().await;
        page.expect_text(if made { "Exit code" } else { "does not allow this" }).await;
    }
}

async fn token(page: &Page, bridge: &Bridge, name: &str, role: &str) -> String {
    site::visit(page, bridge, "/settings").await;
    page.get_by_role("button", "New token…").click().await;
    let dialog = page.get_by_role("dialog", "New token");
    dialog.get_by_role("textbox", "Name").fill(name).await;
    dialog.get_by_role("combobox", "Role").select_option(role).await;
    dialog.get_by_role("button", "Create").click().await;
    let secret = dialog.get_by_role("textbox", "Shown this once").value().await;
    dialog.get_by_role("button", "Done").click().await;
    page.get_by_role("table", "Tokens").get_by_role("row", name).expect_text(role).await;
    secret
}

pub async fn tokens_stand_for_their_owner(world: Arc<World>) {
    let (bridge, page) = site::open(&world).await;
    let (host, _) = wire::own_address(&bridge);
    let secret = token(&page, &bridge, "prometheus", "viewer").await;
    assert!(secret.starts_with("lsp_"), "{secret}");
    let metrics = async |authorization: &str| {
        let headers = [("Host", host.as_str()), ("Authorization", authorization)];
        wire::request(&bridge, "GET /metrics", &headers, "").await.status
    };
    let bearer = format!("Bearer {secret}");
    assert_eq!(metrics(&bearer).await, 200);
    assert_eq!(metrics("Bearer lsp_made-up").await, 401);
    // Nothing more than its role, nor than signing in is needed for.
    let mut socket = wire::open(&bridge, &[("Authorization", &bearer)]).await.expect("a websocket");
    socket.expect("hello").await;
    for (call, arguments) in
        [("token.new", json!({ "name": "more", "role": "viewer", "days": null })), ("people.end_sessions", json!({ "name": null }))]
    {
        socket.send(json!({ "call": { "id": 1, "engine": "local", "call": call, "arguments": arguments } })).await;
        assert_eq!(socket.expect("refusal").await["problem"]["code"], "forbidden", "{call}");
    }
    // It is nowhere kept.
    let kept = std::fs::read(bridge.data_dir().join("linkspan.db")).expect("the database");
    assert!(!kept.windows(secret.len()).any(|bytes| bytes == secret.as_bytes()));
    page.get_by_role("table", "Tokens").get_by_role("button", "Remove token prometheus").click().await;
    page.get_by_role("dialog", "Remove the token prometheus?").get_by_role("button", "Remove").click().await;
    page.get_by_role("table", "Tokens").get_by_role("row", "prometheus").wait_gone().await;
    assert!(socket.receive().await.is_none(), "its websocket ends with it");
    assert_eq!(metrics(&bearer).await, 401);
    page.get_by_role("button", "Sign out everywhere…").click().await;
    page.get_by_role("dialog", "Sign out everywhere?").get_by_role("button", "Sign out everywhere").click().await;
    page.wait_for_role("button", "Sign in").await;
}

/// Each route of HTTP, with each role; what the websocket carries is decided in the bridge's own tests.
pub async fn every_route_asks_who_that_is(world: Arc<World>) {
    world.docker(&["run", "--detach", "--init", "--name", "box", "--label", "team=front", "alpine", "sleep", "600"]);
    let id = world.docker(&["inspect", "--format", "{{.Id}}", "box"]).trim().to_owned();
    let bridge = world.bridge().await;
    let (host, origin) = wire::own_address(&bridge);
    let people = [
        ("viewer", vec!["--role", "viewer"]),
        ("operator", vec!["--role", "operator"]),
        ("developer", vec!["--role", "developer"]),
        ("of-its-label", vec!["--role", "developer", "--on", "team=front"]),
        ("of-another", vec!["--role", "developer", "--on", "team=back"]),
        ("elsewhere", vec!["--role", "administrator", "--on", "pier"]),
    ];
    let mut cookies = vec![("nobody", String::new())];
    for (name, role) in &people {
        site::add_person(&bridge, name, role);
        let body = json!({ "user": name, "password": PASSWORD }).to_string();
        let headers = [("Host", host.as_str()), ("Origin", &origin), ("Content-Type", "application/json")];
        let answer = wire::request(&bridge, "POST /api/sign-in", &headers, &body).await;
        cookies.push((name, answer.header("set-cookie").and_then(|cookie| cookie.split(';').next()).expect("a cookie").to_owned()));
    }
    let archive = format!("/api/containers/{id}/archive?path=/etc/hostname");
    // In the order of the people: nobody, viewer, operator, developer, of its label, of another, elsewhere.
    for (route, wanted) in [
        ("GET /healthz".to_owned(), [200; 7]),
        ("GET /metrics".to_owned(), [401, 200, 200, 200, 200, 200, 200]),
        ("GET /api/activity".to_owned(), [401, 403, 403, 403, 403, 403, 403]),
        ("GET /api/images/save?image=alpine".to_owned(), [401, 403, 403, 200, 403, 403, 404]),
        (format!("GET {archive}"), [401, 403, 403, 200, 200, 404, 404]),
        (format!("POST /api/containers/{id}/archive?path=/tmp"), [401, 403, 403, 204, 204, 404, 404]),
        (format!("POST /api/containers/{id}/file?path=/etc/hostname&digest=x"), [401, 403, 403, 409, 409, 404, 404]),
        ("GET /api/volumes/none/archive?path=/".to_owned(), [401, 403, 403, 404, 404, 404, 404]),
        ("GET /api/drafts/none".to_owned(), [401, 403, 403, 404, 404, 404, 404]),
        ("POST /api/passkey/new".to_owned(), [401, 400, 400, 400, 400, 400, 400]),
        ("POST /api/passkey/add".to_owned(), [401, 400, 400, 400, 400, 400, 400]),
        ("POST /api/jobs/none/upload".to_owned(), [401, 404, 404, 404, 404, 404, 404]),
    ] {
        let mut statuses = Vec::new();
        for (_, cookie) in &cookies {
            let headers = [("Host", host.as_str()), ("Origin", &origin), ("Cookie", cookie)];
            // An empty archive is two blocks of nothing.
            let body = if route.starts_with("POST") && route.contains("archive") { "\0".repeat(1024) } else { String::new() };
            statuses.push(wire::request(&bridge, &route, &headers, &body).await.status);
        }
        assert_eq!(statuses, wanted, "{route}");
    }
    // What was refused is recorded, and says no more than was asked for.
    let mut socket = wire::signed_in(&bridge).await;
    let filter = json!({ "kind": "failures" });
    socket
        .send(json!({ "call": { "id": 1, "engine": "local", "call": "activity.list", "arguments": { "filter": filter, "before": null } } }))
        .await;
    let entries = socket.expect("reply").await;
    let said = entries.to_string();
    for (who, call) in [("viewer", "image.save"), ("operator", "file.download"), ("of-another", "file.upload"), ("viewer", "review.draft")]
    {
        assert!(said.contains(&format!("\"{who}\"")) && said.contains(call), "{who}: {call}: {said}");
    }
    let names = |who: &str| -> Vec<String> {
        let all = entries["output"]["entries"].as_array().expect("entries").iter();
        all.filter(|entry| entry["who"] == who).filter_map(|entry| entry["object"]["name"].as_str().map(str::to_owned)).collect()
    };
    assert!(names("operator").iter().any(|name| name == "box:/etc/hostname"), "{said}");
    assert!(!names("of-another").is_empty() && !names("of-another").iter().any(|name| name.starts_with("box")), "{said}");
}
