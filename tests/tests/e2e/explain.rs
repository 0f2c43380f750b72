//! What is clicked, as commands and programs.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use linkspan_tests::bridge::Bridge;
use linkspan_tests::commands;
use linkspan_tests::scratch;
use linkspan_tests::wire::{self, Socket};
use linkspan_tests::world::World;
use serde_json::{Value, json};
use tokio::task::block_in_place;

pub const LANGUAGES: [&str; 6] = ["docker", "curl", "httpie", "python", "go", "http"];

/// Somebody who clicks, and looks at what that is as commands.
pub struct Person<'a> {
    pub world: &'a World,
    socket: Socket,
    pub folder: tempfile::TempDir,
}

impl<'a> Person<'a> {
    pub async fn new(world: &'a World, bridge: &Bridge) -> Person<'a> {
        Person { world, socket: wire::signed_in(bridge).await, folder: scratch::folder("commands").expect("a folder") }
    }

    async fn call(&mut self, call: &str, arguments: Value) -> Value {
        self.socket.send(json!({ "call": { "id": 1, "engine": "local", "call": call, "arguments": arguments } })).await;
        loop {
            let message = self.socket.receive().await.expect("an answer");
            if let Some(reply) = message.get("reply") {
                return reply["output"].clone();
            }
            assert!(message.get("refusal").is_none(), "{call} {arguments}: {message}");
        }
    }

    pub async fn explained(&mut self, what: Value) -> BTreeMap<String, Value> {
        let all = self.call("explain", json!({ "what": what })).await;
        let all = all.as_array().unwrap_or_else(|| panic!("{what}: {all}"));
        all.iter().map(|one| (one["language"].as_str().unwrap_or_default().to_owned(), one.clone())).collect()
    }

    /// In one language; what it has no way for is named.
    async fn in_language(&mut self, language: &str, call: &str, arguments: &Value) -> Value {
        let mut all = self.explained(json!({ "call": { "call": call, "arguments": arguments } })).await;
        all.remove(language).unwrap_or_else(|| panic!("{call} is not shown in {language}"))
    }

    pub fn run(&self, language: &str, text: &str) -> String {
        let engine = self.world.engine().socket();
        let ran = block_in_place(|| commands::run(language, text, self.folder.path(), &SECRETS, engine));
        ran.unwrap_or_else(|problem| panic!("{language}: {problem}\n{text}"))
    }

    pub fn docker(&self, words: &str) -> String {
        self.world.docker(&words.split_whitespace().collect::<Vec<_>>())
    }

    /// `None`: there is none of this name.
    fn inspected(&self, kind: &str, name: &str) -> Option<Value> {
        let words = [kind, "inspect", name];
        let all = block_in_place(|| self.world.engine().docker(&words)).ok()?;
        serde_json::from_str::<Value>(&all).ok().map(|all| all[0].clone())
    }
}

/// The parts of an inspect that whoever made it chose: what is not said is said in several ways.
pub fn chosen(value: &Value, name: &str) -> Value {
    const OWN: &[&str] = &[
        // Whoever creates without starting says that it will be attached to.
        "AttachStdout",
        "AttachStderr",
        "Id",
        "Created",
        "CreatedAt",
        "StartedAt",
        "FinishedAt",
        "Pid",
        "ResolvConfPath",
        "HostnamePath",
        "HostsPath",
        "LogPath",
        "GraphDriver",
        "NetworkSettings",
        "Hostname",
        "Mountpoint",
        "Source",
        "Driver",
        "ConsoleSize",
        "LastTagTime",
        "Metadata",
        "Containers",
        "Parent",
        "RepoTags",
        "Container",
        "RootFS",
        "Size",
        "VirtualSize",
        "Image",
        "DockerVersion",
        "ContainerConfig",
        "DriverData",
    ];
    match value {
        Value::Object(map) => map
            .iter()
            .filter(|(key, _)| !OWN.contains(&key.as_str()) || key.as_str() == "Image" && map.contains_key("Cmd"))
            .map(|(key, value)| (key.clone(), chosen(value, name)))
            .filter(|(_, value)| !is_nothing(value))
            .collect(),
        Value::Array(list) => {
            let mut list: Vec<Value> = list.iter().map(|value| chosen(value, name)).collect();
            if list.iter().all(|one| one.is_object() || one.as_str().is_some_and(|text| text.contains('='))) {
                list.sort_by_key(ToString::to_string);
            }
            Value::Array(list)
        }
        Value::String(text) => Value::String(text.replace(name, "NAME")),
        other => other.clone(),
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty() || text == "no" || text == "default",
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Number(number) => number.as_i64() == Some(0),
        Value::Bool(true) => false,
    }
}

/// Something that can be clicked: what has to be there before, what is asked, and what there is to see of it.
struct Action {
    name: &'static str,
    call: &'static str,
    before: &'static str,
    arguments: fn(&Names) -> Value,
    kind: &'static str,
    /// Languages that have no way for it, which is named.
    without: &'static [&'static str],
}

struct Names {
    name: String,
    id: String,
}

fn awkward_run(names: &Names) -> Value {
    let mut spec = json!({
        "image": "alpine:latest", "name": names.name, "entrypoint": null, "working_dir": "/a b", "user": "0:0",
        "command": ["sh", "-c", "sleep 600", "-x", "", "--flag=\"1\"", "$HOME `id` it's", "a\nb", "größe 港", "\\n"],
        "environment": [
            ["GREETING", "a \"b\" $c `id` 'd'"], ["LINES", "one\ntwo"], ["JSON", "{\"a\": [1, \"x\\\"y\"], \"b\": null}"], ["EMPTY", ""], ["DASH", "-e X=1"], ["PORT", "größe 港 \\"],
            ["API_TOKEN", "t0p-s3cret"],
        ],
        "ports": [{ "host_ip": "127.0.0.1", "host_port": null, "container_port": 80, "protocol": "tcp" }, { "host_ip": "", "host_port": null, "container_port": 53, "protocol": "udp" }],
        "mounts": [{ "kind": "volume", "source": "kept", "target": "/k,e \"p\" t", "read_only": true }, { "kind": "tmpfs", "source": "", "target": "/scratch", "read_only": false }],
        "labels": [["tier", "front of \"house\", $x"], ["-dash", "--y"]], "restart_policy": "on_failure", "network": "backbone", "background": true, "auto_remove": false, "tty": false, "privileged": false,
    });
    spec["options"] = json!({
        "hostname": "box", "memory": 67_108_864_u64, "nano_cpus": 500_000_000_u64, "pids_limit": 50, "shm_size": 33_554_432_u64, "stop_signal": "INT", "stop_timeout": 3,
        "cap_add": ["SYS_TIME"], "cap_drop": ["NET_RAW"], "extra_hosts": ["pier:10.0.0.1"], "dns": ["10.0.0.2"], "devices": ["/dev/null:/dev/nothing:r"], "init": true, "read_only": false,
        "network_aliases": ["db"], "further_networks": ["second:web,front"], "ulimits": ["nofile=1024:2048"], "sysctls": ["net.core.somaxconn=1024"], "log_driver": "json-file", "log_options": ["max-size=10m"],
        "health": { "disabled": false, "command": "test \"$x\" != 'a b'", "interval": 30_000_000_000_u64, "timeout": 5_000_000_000_u64, "start_period": null, "retries": 3 },
    });
    json!({ "spec": spec })
}

fn container(names: &Names) -> Value {
    json!({ "container": names.id })
}

/// What whoever runs a text has set.
const SECRETS: [(&str, &str); 3] = [("API_TOKEN", "t0p-s3cret"), ("REGISTRY_USER", "mika"), ("REGISTRY_PASSWORD", "Quay-9f2c")];

const ALL: &[&str] = &[];
const SLEEPS: &str = "run --detach --init --name NAME alpine:latest sleep 600";
const MADE: &str = "create --name NAME alpine:latest sleep 600";

const ACTIONS: &[Action] = &[
    Action { name: "run", call: "job.run", before: "", arguments: awkward_run, kind: "container", without: &["http"] },
    Action { name: "start", call: "container.start", before: MADE, arguments: container, kind: "container", without: ALL },
    Action {
        name: "stop",
        call: "container.stop",
        before: SLEEPS,
        arguments: |names| json!({ "container": names.id, "removal_confirmed": false }),
        kind: "container",
        without: ALL,
    },
    Action { name: "restart", call: "container.restart", before: SLEEPS, arguments: container, kind: "container", without: ALL },
    Action {
        name: "kill",
        call: "container.kill",
        before: SLEEPS,
        arguments: |names| json!({ "container": names.id, "removal_confirmed": false }),
        kind: "container",
        without: ALL,
    },
    Action { name: "pause", call: "container.pause", before: SLEEPS, arguments: container, kind: "container", without: ALL },
    Action {
        name: "rename",
        call: "container.rename",
        before: "create --name old-NAME alpine:latest true",
        arguments: |names| json!({ "container": names.id, "name": names.name }),
        kind: "container",
        without: ALL,
    },
    Action {
        name: "update",
        call: "container.update",
        before: "create --name NAME --memory 64m alpine:latest true",
        arguments: |names| json!({ "container": names.id, "to": { "restart_policy": "on_failure", "retries": 3, "limits": { "memory": 134_217_728_u64, "cpus": null, "processes": null } } }),
        kind: "container",
        without: ALL,
    },
    Action {
        name: "remove",
        call: "container.remove",
        before: SLEEPS,
        arguments: |names| json!({ "container": names.id, "volumes": true, "force": false, "stop": true }),
        kind: "container",
        without: ALL,
    },
    Action {
        name: "stop-all",
        call: "job.act_on_containers",
        before: SLEEPS,
        arguments: |names| json!({ "kind": "stop", "containers": [names.id], "all": true }),
        kind: "container",
        without: ALL,
    },
    Action {
        name: "remove-many",
        call: "job.remove",
        before: SLEEPS,
        arguments: |names| json!({ "objects": [{ "container": names.id }], "force": true, "volumes": false, "stop": false }),
        kind: "container",
        without: ALL,
    },
    Action {
        name: "volume",
        call: "volume.create",
        before: "",
        arguments: |names| json!({ "name": names.name, "driver": "local", "options": [], "labels": [["a.b", "it's \"$x\" `y`\nz"], ["-c", ""]] }),
        kind: "volume",
        without: ALL,
    },
    Action {
        name: "volume-remove",
        call: "job.remove",
        before: "volume create NAME",
        arguments: |names| json!({ "objects": [{ "volume": names.name }], "force": false, "volumes": false, "stop": false }),
        kind: "volume",
        without: ALL,
    },
    Action {
        name: "network",
        call: "network.create",
        before: "",
        arguments: |names| json!({ "name": names.name, "driver": "bridge", "subnet": "10.77.0.0/24", "gateway": "10.77.0.9", "internal": true, "attachable": true, "ipv6": false, "labels": [["a", "it's \"$x\" `y`"]] }),
        kind: "network",
        without: ALL,
    },
    Action {
        name: "connect",
        call: "network.connect",
        before: "create --name NAME alpine:latest sleep 600",
        arguments: |names| json!({ "network": "backbone", "container": names.id }),
        kind: "container",
        without: ALL,
    },
    Action {
        name: "disconnect",
        call: "network.disconnect",
        before: "create --name NAME --network backbone alpine:latest sleep 600",
        arguments: |names| json!({ "network": "backbone", "container": names.id, "force": true }),
        kind: "container",
        without: ALL,
    },
    Action {
        name: "tag",
        call: "image.tag",
        before: "",
        arguments: |names| json!({ "image": "alpine:latest", "reference": format!("{}:2", names.name) }),
        kind: "image",
        without: ALL,
    },
    Action {
        name: "image-remove",
        call: "image.remove",
        before: "tag alpine:latest NAME:2",
        arguments: |names| json!({ "reference": format!("{}:2", names.name), "force": false }),
        kind: "image",
        without: ALL,
    },
    Action {
        name: "commit",
        call: "job.commit",
        before: "create --name NAME alpine:latest sleep 600",
        arguments: |names| {
            json!({
                "container": names.id, "reference": format!("{}:2", names.name), "message": "it's \"$x\" `y` größe", "author": "-m <a@b>", "pause": true,
                "configuration": {
                    "entrypoint": ["/bin/sh", "-c"], "cmd": ["echo \"$HOME\" 'a' \\", "", "-x"], "env": ["A=it's \"b\" $c \\ `d`", "API_TOKEN=t0p-s3cret"], "user": "1000:1000", "working_dir": "/a b", "exposed_ports": ["80/tcp"],
                    "labels": [["x y", "it's \"$z\" \\"]], "healthcheck": ["CMD", "true", "a b"]
                }
            })
        },
        kind: "image",
        without: &["http"],
    },
];

pub async fn what_is_shown_does_what_a_click_does(world: Arc<World>) {
    let bridge = world.bridge().await;
    let mut person = Person::new(&world, &bridge).await;
    person.docker("network create backbone");
    person.docker("network create second");
    let mut matrix = String::new();
    for action in ACTIONS {
        let mut results: Vec<(String, Option<Value>)> = Vec::new();
        for way in ["click"].into_iter().chain(LANGUAGES) {
            let name = format!("{}-{way}", action.name);
            let before: Vec<String> = action.before.split_whitespace().map(|word| word.replace("NAME", &name)).collect();
            let made =
                if before.is_empty() { String::new() } else { person.world.docker(&before.iter().map(String::as_str).collect::<Vec<_>>()) };
            let names = Names { name: name.clone(), id: made.trim().to_owned() };
            let arguments = (action.arguments)(&names);
            if way == "click" {
                let answer = person.call(action.call, arguments).await;
                if action.call.starts_with("job.") {
                    job_ends(&mut person, &answer).await;
                }
            } else {
                let shown = person.in_language(way, action.call, &arguments).await;
                let (text, missing) =
                    (shown["text"].as_str().unwrap_or_default(), shown["missing"].as_array().cloned().unwrap_or_default());
                assert!(!text.contains("t0p-s3cret"), "{}: a secret is shown in {way}: {text}", action.name);
                matrix += &format!(
                    "{:14} {way:7} {}\n",
                    action.name,
                    if missing.is_empty() { "same".to_owned() } else { format!("{missing:?}") }
                );
                if action.without.contains(&way) {
                    continue;
                }
                let done = person.run(way, text);
                assert!(!done.contains("t0p-s3cret") || action.name == "run", "{done}");
            }
            let looked_for = if action.kind == "image" { format!("{name}:2") } else { name.clone() };
            let seen = person.inspected(action.kind, &looked_for).map(|mut value| {
                if action.kind == "image" {
                    // The docker command leaves there what the container was made of.
                    value["Config"]["Image"] = Value::Null;
                }
                let networks: Vec<&String> =
                    value["NetworkSettings"]["Networks"].as_object().into_iter().flatten().map(|(name, _)| name).collect();
                let mut seen = chosen(&value, &name);
                seen["networks"] = json!(networks);
                seen
            });
            results.push((way.to_owned(), seen));
            // What it takes is free for the next.
            let removal: Option<&[&str]> = match action.kind {
                "container" => Some(&["rm", "--force"]),
                "network" => Some(&["network", "rm"]),
                _ => None,
            };
            let _ = removal.map(|words| block_in_place(|| world.engine().docker(&[words, &[&name]].concat())));
        }
        let (_, click) = results.remove(0);
        for (way, result) in results {
            assert_eq!(difference(&click, &result), "", "{} by {way} is another than by a click", action.name);
        }
    }
    println!("{matrix}");
}

/// The first fields that are another.
pub fn difference(a: &Option<Value>, b: &Option<Value>) -> String {
    match (a, b) {
        (Some(Value::Object(a)), Some(Value::Object(b))) => {
            let keys = a.keys().chain(b.keys().filter(|key| !a.contains_key(*key)));
            let differ = keys.filter(|key| a.get(*key) != b.get(*key));
            differ.map(|key| format!("{key}: {}\n", difference(&a.get(key).cloned(), &b.get(key).cloned()))).collect()
        }
        (a, b) if a == b => String::new(),
        (a, b) => format!("{a:?} {b:?}"),
    }
}

async fn job_ends(person: &mut Person<'_>, job: &Value) {
    let id = job.as_str().expect("a job").to_owned();
    person.socket.send(json!({ "open": { "channel": 7, "engine": "local", "spec": "jobs", "resume": null } })).await;
    let mut jobs = Vec::new();
    let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
    loop {
        let message = tokio::time::timeout_at(deadline, person.socket.expect("state")).await;
        let Ok(state) = message else { panic!("the job {id} never ended") };
        let rows = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let change = &state["change"]["jobs"];
        jobs.extend(rows(&change["snapshot"]).into_iter().chain(rows(&change["delta"]["upserted"])));
        if let Some(job) = jobs.iter().rev().find(|job| job["id"] == id.as_str())
            && job["outcome"] != "running"
        {
            assert_eq!(job["outcome"], "succeeded", "{job}");
            person.socket.send(json!({ "close": { "channel": 7 } })).await;
            return;
        }
    }
}

/// By the address and with the certificates that this bridge has; there is a container called `here`.
pub async fn what_is_shown_reaches_the_engine(world: &World, bridge: &Bridge) {
    let mut person = Person::new(world, bridge).await;
    let all = person.explained(json!({ "channel": "containers" })).await;
    for language in LANGUAGES.into_iter().filter(|language| *language != "http") {
        let text = all[language]["text"].as_str().unwrap_or_default();
        let printed = person.run(language, text);
        assert!(printed.contains("here"), "{language}: {printed}\n{text}");
    }
}
