//! Who may do what: each call and each channel with each role and scope, and what reaches an engine.

#![allow(clippy::disallowed_methods, reason = "tests wait for nobody")]

use std::{fmt::Write, path::Path};

use linkspan::{policy::Reach, session::concern};
use linkspan_shared::{
    call::ROLES,
    control::ClientMessage,
    ids::{EngineId, UserName},
    json::Json,
    problem::ProblemCode,
    user::{Grant, Role, Scope, User},
};
use serde_json::{Value, json};

use crate::{engine::Engine, world::World};

/// What samples are about.
const SAMPLE: &str = "3f9c1d7a2b643f9c1d7a2b643f9c1d7a2b643f9c1d7a2b643f9c1d7a2b64abcd";

fn somebody(name: &str, role: Role, scope: Scope) -> User {
    User { name: UserName::new(name), grants: vec![Grant { role, scope }] }
}

fn of_team(team: &str) -> Scope {
    Scope::Label { name: "team".into(), value: team.into() }
}

/// One of each call and of each channel there is, as the protocol's samples have them.
fn samples() -> Vec<(String, Value)> {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/tests/golden.txt");
    let lines = std::fs::read_to_string(golden).expect("the samples");
    let of = |line: &str| {
        let (name, json) = line.split_once(": ")?;
        let is_meant = ROLES.iter().any(|(call, _)| *call == name) || name.starts_with("client open ");
        is_meant.then(|| (name.to_owned(), serde_json::from_str(json).expect("JSON")))
    };
    let mut all: Vec<(String, Value)> = lines.lines().filter_map(of).collect();
    all.dedup_by(|one, before| one.0 == before.0);
    all
}

#[tokio::test(start_paused = true)]
async fn each_call_and_channel_is_decided_for_each_role_and_scope() {
    let world = World::new(Engine::new().with_running(2)).await;
    let mut admin = world.browser();
    let job = admin.call("job.pull", json!({ "reference": "alpine" })).await.expect("a job");
    let job = format!(r#""job":{job}"#);
    let mut people: Vec<(String, User)> =
        Role::ALL.map(|role| (role.as_str().to_owned(), somebody(role.as_str(), role, Scope::All))).into();
    for (column, scope) in [
        ("on this engine", Scope::Engine(EngineId::new("local"))),
        ("on another", Scope::Engine(EngineId::new("pier"))),
        ("of its label", of_team("front")),
        ("of another", of_team("back")),
    ] {
        people.push((column.to_owned(), somebody("jun", Role::Developer, scope)));
    }
    let mut table =
        format!("| |{}\n|---|{}\n", people.iter().map(|(name, _)| format!(" {name} |")).collect::<String>(), "---|".repeat(people.len()));
    let mut seen = Vec::new();
    for (name, sample) in samples() {
        let text = sample.to_string().replace(SAMPLE, &Engine::id(0)).replace(r#""job":"1""#, &job).replace(r#""job":"2""#, &job);
        let mut arguments: Value = serde_json::from_str(&text).expect("JSON");
        if arguments["container"].is_string() {
            arguments["container"] = json!(Engine::id(0));
        }
        let (row, (needed, concern)) = match name.strip_prefix("client open ") {
            Some(channel) => {
                let Ok(ClientMessage::Open { spec, .. }) = serde_json::from_value(arguments) else { panic!("{name} opens nothing") };
                (format!("channel `{channel}`"), concern::of_channel(&spec))
            }
            None => (format!("`{name}`"), concern::of_call(&name, &Json::of(&arguments).expect("arguments")).expect("a call")),
        };
        if seen.contains(&row) {
            continue;
        }
        write!(table, "| {row} |").expect("a text");
        for (_, user) in &people {
            let decided =
                Reach::new(user.clone(), world.hub.clone()).map(|reach| reach.authorise(needed, &concern).map_err(|problem| problem.code));
            let cell = match decided {
                Some(Ok(())) => "✓",
                Some(Err(ProblemCode::NotAllowed(_))) => "–",
                None | Some(Err(ProblemCode::NotFound)) => "·",
                Some(Err(other)) => panic!("{name} is refused otherwise: {other:?}"),
            };
            write!(table, " {cell} |").expect("a text");
        }
        table.push('\n');
        seen.push(row);
    }
    for (call, _) in ROLES {
        assert!(seen.contains(&format!("`{call}`")), "{call} has no row");
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/access.md");
    let document = std::fs::read_to_string(&path).expect("docs/access.md");
    let (before, rest) = document.split_once("<!-- matrix -->\n").expect("a place for it");
    let (written, after) = rest.split_once("<!-- end -->").expect("its end");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, format!("{before}<!-- matrix -->\n{table}<!-- end -->{after}")).expect("the table can be written");
    } else {
        written.lines().zip(table.lines()).for_each(|(written, line)| assert_eq!(written, line));
        assert_eq!(written.lines().count(), table.lines().count());
    }
    // Each route of HTTP is told there.
    for route in include_str!("../../src/web/mod.rs").split(".route(").skip(1) {
        let route = route.strip_prefix('"').and_then(|rest| rest.split('"').next()).expect("a route says its path where it is made");
        assert!(document.contains(route), "{route} is not in docs/access.md");
    }
}

#[tokio::test(start_paused = true)]
async fn what_somebody_may_not_see_is_not_there() {
    let world = World::new(Engine::new().with_running(4)).await;
    let mut jun = world.browser_of(somebody("jun", Role::Developer, of_team("front")));
    for (channel, spec) in ["containers", "labels", "images", "volumes", "networks", "jobs", "people", "engines"].iter().enumerate() {
        jun.open(u32::try_from(channel).expect("a few"), json!(spec)).await;
    }
    let mut admin = world.browser();
    admin.call("people.look_at", json!({ "turn": 1, "page": "container", "container": Engine::id(1) })).await.expect("it is there");
    admin.call("job.pull", json!({ "reference": "secret-project" })).await.expect("a job");
    // All that comes until what comes last: of what changes, the one that may be seen.
    world.engine.turn(&Engine::id(1), false);
    world.engine.turn(&Engine::id(3), false);
    world.engine.turn(&Engine::id(2), false);
    let mut heard = String::new();
    jun.find(|message| {
        heard.push_str(&message.to_string());
        let changed = &message["state"]["change"]["containers"]["delta"]["upserted"];
        changed.to_string().contains("exited").then_some(())
    })
    .await;
    assert!(heard.contains("box-0") && heard.contains("box-2"), "{heard}");
    for hidden in ["box-1", "box-3", &Engine::id(1), &Engine::id(3), "secret-project"] {
        assert!(!heard.contains(hidden), "{hidden} in {heard}");
    }
    for said in [Engine::id(1), "box-1".to_owned(), Engine::id(1)[..12].to_owned(), Engine::id(9)] {
        let refused = jun.call("container.inspect", json!({ "container": said })).await.expect_err("it is not there");
        assert_eq!(refused["code"], "not_found", "{said}");
    }
    jun.call("container.inspect", json!({ "container": Engine::id(0) })).await.expect("it is there");
    for (call, arguments) in [
        ("container.stop", json!({ "container": Engine::id(1), "removal_confirmed": true })),
        ("job.act_on_containers", json!({ "kind": "stop", "containers": [Engine::id(0), Engine::id(1)] })),
        ("job.remove", json!({ "objects": [{ "container": Engine::id(1) }], "force": true })),
        ("people.look_at", json!({ "turn": 1, "page": "container", "container": Engine::id(1) })),
        ("terminal.list", json!({ "container": Engine::id(1) })),
        (
            "explain",
            json!({ "what": { "call": { "call": "container.stop", "arguments": { "container": Engine::id(1), "removal_confirmed": true } } } }),
        ),
        ("explain.export", json!({ "containers": [Engine::id(1)] })),
        ("review.count", json!({ "container": Engine::id(1), "selection": {"rest": false, "rules": {}} })),
    ] {
        let refused = jun.call(call, arguments).await.expect_err("it is not there");
        assert_eq!(refused["code"], "not_found", "{call}");
    }
    jun.send(json!({ "open": { "channel": 50, "engine": "local", "spec": { "history": { "container": Engine::id(1) } } } })).await;
    let closed = jun.find(|message| (message["closed"]["channel"] == 50).then(|| message["closed"]["problem"]["code"].clone())).await;
    assert_eq!(closed, "not_found");
    let changes = world.engine.requests().into_iter().filter(|request| !request.starts_with("GET ") && !request.contains("/images/create"));
    assert_eq!(changes.collect::<Vec<_>>(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn values_are_hidden_from_whoever_only_looks() {
    let world = World::new(Engine::new().with_running(1)).await;
    for (role, sees) in [(Role::Viewer, false), (Role::Operator, true)] {
        let mut person = world.browser_of(somebody("jun", role, Scope::All));
        let details = person.call("container.inspect", json!({ "container": Engine::id(0) })).await.expect("it is there").to_string();
        assert!(details.contains("TOKEN=") && details.contains("hunter2") == sees, "{role:?}: {details}");
    }
}

/// Whatever page or call it comes of: the request itself is looked at.
#[tokio::test(start_paused = true)]
async fn what_gives_the_host_away_reaches_no_engine_but_from_an_administrator() {
    let run = |field: &str, value: Value| {
        let mut spec = json!({
            "image": "there", "name": "new", "command": [], "entrypoint": null, "working_dir": "", "user": "", "environment": [], "ports": [], "mounts": [], "labels": [],
            "restart_policy": "no", "network": "", "background": true, "auto_remove": false, "tty": false, "privileged": false
        });
        spec[field] = value;
        json!({ "spec": spec })
    };
    let bind = |source: &str| json!([{ "kind": "bind", "source": source, "target": "/x", "read_only": true }]);
    let options = |name: &str, value: Value| run("options", json!({ name: value }));
    let harmful = [
        ("job.run", run("privileged", json!(true))),
        ("job.run", run("network", json!("host"))),
        ("job.run", run("mounts", bind("/srv"))),
        ("job.run", run("mounts", bind("/var/run/docker.sock"))),
        ("job.run", options("cap_add", json!(["SYS_ADMIN"]))),
        ("job.run", options("devices", json!(["/dev/sda"]))),
        ("job.run", options("gpus", json!("all"))),
        (
            "volume.create",
            json!({ "name": "v", "driver": "", "options": [["o", "bind"], ["device", "/"], ["type", "none"]], "labels": [] }),
        ),
        ("volume.create", json!({ "name": "v", "driver": "plugin", "options": [], "labels": [] })),
        (
            "network.create",
            json!({ "name": "n", "driver": "macvlan", "subnet": "", "gateway": "", "internal": false, "attachable": false, "ipv6": false, "labels": [] }),
        ),
    ];
    for (role, reaches) in [(Role::Developer, false), (Role::Administrator, true)] {
        for (call, arguments) in &harmful {
            let world = World::new(Engine::new()).await;
            let mut person = world.browser_of(somebody("jun", role, Scope::All));
            person.open(1, json!("jobs")).await;
            let answered = person.call(call, arguments.clone()).await;
            let outcome = match (answered, *call) {
                (Ok(_), "job.run") => {
                    let ended = |message: &Value| {
                        let text = message["state"]["change"]["jobs"].to_string();
                        text.contains("\"failed\"").then_some(text)
                    };
                    person.find(ended).await
                }
                (answered, _) => format!("{answered:?}"),
            };
            let sent = world.engine.requests().into_iter().any(|request| request.starts_with("POST ") && request.ends_with("/create"));
            assert_eq!(sent, reaches, "{call} {arguments} of {role:?}: {outcome}");
            assert_eq!(outcome.contains("not_allowed"), !reaches, "{call} {arguments} of {role:?}: {outcome}");
        }
    }
}
