//! `/containers`, and `/commit`, which makes an image of one.

use linkspan_shared::{
    bytes_name::to_bytes,
    call::CommitContainer,
    docker_run::fields::ulimit,
    image::Configuration,
    run::{HealthOptions, MountKind, RestartPolicy, RunSpec},
    terminal::TerminalSize,
};
use serde_json::{Map, Value, json};

use super::{api::Api, exec::DETACH_KEYS, networks, operation::Operation, request::Request};

pub fn list() -> Request {
    Request::new(Operation::ContainerList, "").flag("all", true)
}

pub fn inspect(container: &str) -> Request {
    Request::new(Operation::ContainerInspect, container)
}

/// With the bytes that it has of its own, which the engine adds up.
pub fn inspect_with_size(container: &str) -> Request {
    inspect(container).flag("size", true).without_timeout()
}

pub fn start(container: &str) -> Request {
    Request::new(Operation::ContainerStart, container)
}

/// The engine waits for the container's own stop timeout (10 s unless set), then kills.
pub fn stop(container: &str) -> Request {
    Request::new(Operation::ContainerStop, container).without_timeout()
}

pub fn restart(container: &str) -> Request {
    Request::new(Operation::ContainerRestart, container).without_timeout()
}

pub fn kill(container: &str) -> Request {
    Request::new(Operation::ContainerKill, container)
}

pub fn pause(container: &str) -> Request {
    Request::new(Operation::ContainerPause, container)
}

pub fn unpause(container: &str) -> Request {
    Request::new(Operation::ContainerUnpause, container)
}

pub fn rename(container: &str, name: &str) -> Request {
    Request::new(Operation::ContainerRename, container).query("name", name)
}

/// `body`: what is to be another, as `HostConfig` has it.
pub fn update(container: &str, body: Map<String, Value>) -> Request {
    Request::new(Operation::ContainerUpdate, container).json(body)
}

pub fn remove(container: &str, volumes: bool, force: bool) -> Request {
    Request::new(Operation::ContainerDelete, container).flag("v", volumes).flag("force", force)
}

/// Answered when the container has exited; taken at once, so that it can be sent before `start`.
/// Needs [`crate::api::WAIT_CONDITION`].
pub fn wait_for_next_exit(container: &str) -> Request {
    Request::new(Operation::ContainerWait, container).query("condition", "next-exit")
}

/// Answered when the container has exited, at once if it does not run: to be sent after `start`.
pub fn wait(container: &str) -> Request {
    Request::new(Operation::ContainerWait, container).without_timeout()
}

/// Sent before `start`: every byte from the first on.
pub fn attach(container: &str) -> Request {
    Request::new(Operation::ContainerAttach, container).flag("stream", true).flag("stdout", true).flag("stderr", true)
}

/// The same both ways, of a container with a terminal.
pub fn attach_terminal(container: &str) -> Request {
    attach(container).flag("stdin", true).query("detachKeys", DETACH_KEYS)
}

/// The terminal of its main process.
pub fn resize(container: &str, size: TerminalSize) -> Request {
    Request::new(Operation::ContainerResize, container).query("h", size.rows.to_string()).query("w", size.columns.to_string())
}

/// `since` is inclusive.
pub fn logs(container: &str, tail: Option<u64>, since: Option<(i64, u32)>, follow: bool) -> Request {
    let request = Request::new(Operation::ContainerLogs, container)
        .flag("follow", follow)
        .flag("stdout", true)
        .flag("stderr", true)
        .flag("timestamps", true)
        .query("tail", tail.map_or("all".into(), |lines| lines.to_string()));
    match since {
        Some((seconds, nanoseconds)) => request.query("since", format!("{seconds}.{nanoseconds:09}")),
        None => request,
    }
}

/// All that it prints, as long as it does.
pub fn printed(container: &str) -> Request {
    Request::new(Operation::ContainerLogs, container).flag("follow", true).flag("stdout", true).flag("stderr", true)
}

/// One document a second.
pub fn stats(container: &str) -> Request {
    Request::new(Operation::ContainerStats, container).flag("stream", true)
}

/// What `ps` of the engine's host says of its processes; `columns` are words of its own, its usual ones if there are none.
pub fn top(container: &str, columns: &str) -> Request {
    let request = Request::new(Operation::ContainerTop, container);
    if columns.is_empty() { request } else { request.query("ps_args", columns) }
}

/// Writes what is wanted into a configuration (Engine API, `ContainerConfig`; OCI image specification, `config`).
pub fn configure(config: &mut Value, wanted: &Configuration) {
    let fields = [
        ("Entrypoint", wanted.entrypoint.as_ref().map(|words| json!(words))),
        ("Cmd", wanted.cmd.as_ref().map(|words| json!(words))),
        ("Env", wanted.env.as_ref().map(|lines| json!(lines))),
        ("User", wanted.user.as_ref().map(|user| json!(user))),
        ("WorkingDir", wanted.working_dir.as_ref().map(|folder| json!(folder))),
        ("ExposedPorts", wanted.exposed_ports.as_ref().map(|ports| ports.iter().map(|port| (port.clone(), json!({}))).collect())),
        ("Labels", wanted.labels.as_ref().map(|labels| labels.iter().map(|(name, value)| (name.clone(), json!(value))).collect())),
        ("StopSignal", wanted.stop_signal.as_ref().map(|signal| json!(signal))),
    ];
    for (name, value) in fields {
        if let Some(value) = value {
            config[name] = value;
        }
    }
    // How often it is tried stays as it is.
    if let Some(test) = &wanted.healthcheck {
        config["Healthcheck"]["Test"] = json!(test);
    }
}

/// Labels of Linkspan's own beside those that are there.
pub fn label(config: &mut Value, labels: &[(&str, &str)]) {
    for (name, value) in labels {
        config["Labels"][name] = json!(value);
    }
}

/// What of its files is another than in its image.
pub fn changes(container: &str) -> Request {
    Request::new(Operation::ContainerChanges, container).without_timeout()
}

/// Whether something is at a path, as [`bytes_name`](linkspan_shared::bytes_name) writes them; a link is taken as it is.
pub fn stat(container: &str, path: &str) -> Request {
    Request::new(Operation::ContainerArchiveInfo, container).query("path", to_bytes(path))
}

/// A tar file of a file, or of a folder with all that is in it. A path that ends with a slash follows a link.
pub fn archive(container: &str, path: &str) -> Request {
    Request::new(Operation::ContainerArchive, container).query("path", to_bytes(path))
}

/// A tar file of all that a container has, what is mounted in it left out.
pub fn export(container: &str) -> Request {
    Request::new(Operation::ContainerExport, container).without_timeout()
}

/// Unpacks a tar file into a folder that is there.
pub fn unpack(container: &str, path: &str) -> Request {
    Request::new(Operation::PutContainerArchive, container).query("path", to_bytes(path)).without_timeout()
}

/// `labels` are added to those that the container has, or that the configuration says.
pub fn commit(call: &CommitContainer, repository: &str, tag: &str, labels: &[(&str, &str)]) -> Request {
    let mut body = json!({});
    configure(&mut body, &call.configuration);
    label(&mut body, labels);
    Request::new(Operation::ImageCommit, "")
        .query("container", call.container.0.as_str())
        .query("repo", repository)
        .query("tag", tag)
        .query("comment", call.message.as_str())
        .query("author", call.author.as_str())
        .flag("pause", call.pause)
        .json(body)
        .without_timeout()
}

/// A container that is never started, so that the files of an image can be reached, or those of a volume that is mounted at a
/// target. That needs [`Feature::Mounts`](linkspan_shared::engine::Feature::Mounts).
pub fn create_helper(name: &str, image: &str, label: (&str, &str), volume: Option<(&str, &str)>) -> Request {
    // Nothing of the image is copied into an empty volume.
    let mount = |(volume, target)| json!({ "Type": "volume", "Source": volume, "Target": target, "VolumeOptions": { "NoCopy": true } });
    let mounts: Vec<Value> = volume.map(mount).into_iter().collect();
    let body = json!({
        "Image": image,
        // An image may have no command, and a container needs one.
        "Cmd": ["-"],
        "Labels": { label.0: label.1 },
        "NetworkDisabled": true,
        "HostConfig": { "NetworkMode": "none", "Mounts": mounts },
    });
    Request::new(Operation::ContainerCreate, "").query("name", name).json(body)
}

/// Since then capabilities may have their whole name.
const LONG_CAPABILITIES: Api = (1, 40);

/// `docker create` with the options of [`RunSpec`].
pub fn create(spec: &RunSpec, api: Api) -> Request {
    let request = Request::new(Operation::ContainerCreate, "").json(create_body(spec, api));
    let request = if spec.name.is_empty() { request } else { request.query("name", spec.name.as_str()) };
    if spec.options.platform.is_empty() { request } else { request.query("platform", spec.options.platform.as_str()) }
}

fn create_body(spec: &RunSpec, api: Api) -> Value {
    let mut exposed = Map::new();
    let mut bindings: Map<String, Value> = Map::new();
    for port in &spec.ports {
        let key = format!("{}/{}", port.container_port, port.protocol.as_str());
        exposed.insert(key.clone(), json!({}));
        let host_port = port.host_port.map_or(String::new(), |number| number.to_string());
        let binding = json!({ "HostIp": port.host_ip, "HostPort": host_port });
        if let Value::Array(list) = bindings.entry(key).or_insert_with(|| json!([])) {
            list.push(binding);
        }
    }
    let mounts: Vec<Value> = spec
        .mounts
        .iter()
        .map(|mount| {
            let source = if mount.kind == MountKind::Tmpfs { "" } else { mount.source.as_str() };
            json!({ "Type": mount.kind.as_str(), "Source": source, "Target": mount.target, "ReadOnly": mount.read_only })
        })
        .collect();
    let mut host = json!({
        "AutoRemove": spec.auto_remove,
        "Privileged": spec.privileged,
        "PortBindings": bindings,
        "Mounts": mounts,
    });
    // Sent only when chosen, so that the engine's own defaults stay the defaults.
    if spec.restart_policy != RestartPolicy::No {
        host["RestartPolicy"] = json!({ "Name": spec.restart_policy.as_str() });
    }
    if !spec.network.is_empty() {
        host["NetworkMode"] = json!(spec.network);
    }
    let options = &spec.options;
    let sizes = [("Memory", options.memory), ("NanoCpus", options.nano_cpus), ("ShmSize", options.shm_size)];
    let [added, dropped] = [&options.cap_add, &options.cap_drop].map(|names| names.iter().map(|name| capability(name, api)).collect());
    let lists = [("CapAdd", &added), ("CapDrop", &dropped), ("ExtraHosts", &options.extra_hosts), ("Dns", &options.dns)];
    let flags = [("Init", options.init), ("ReadonlyRootfs", options.read_only)];
    let chosen = sizes.into_iter().filter_map(|(name, size)| Some((name, json!(size?))));
    let chosen = chosen.chain(lists.into_iter().filter(|(_, list)| !list.is_empty()).map(|(name, list)| (name, json!(list))));
    for (name, value) in chosen.chain(flags.into_iter().filter(|(_, on)| *on).map(|(name, on)| (name, json!(on)))) {
        host[name] = value;
    }
    if let Some(limit) = options.pids_limit {
        host["PidsLimit"] = json!(limit);
    }
    let ulimit = |text: &String| ulimit(text).map(|(name, soft, hard)| json!({ "Name": name, "Soft": soft, "Hard": hard }));
    let ulimits: Vec<Value> = options.ulimits.iter().filter_map(ulimit).collect();
    if !ulimits.is_empty() {
        host["Ulimits"] = json!(ulimits);
    }
    if !options.sysctls.is_empty() {
        host["Sysctls"] = pairs_of(&options.sysctls);
    }
    if !options.gpus.is_empty() {
        host["DeviceRequests"] = gpus_of(&options.gpus);
    }
    if !options.log_driver.is_empty() || !options.log_options.is_empty() {
        host["LogConfig"] = json!({ "Type": options.log_driver, "Config": pairs_of(&options.log_options) });
    }
    if !options.devices.is_empty() {
        host["Devices"] = options.devices.iter().map(|device| device_of(device)).collect();
    }
    let mut body = json!({
        "Image": spec.image,
        "Env": spec.environment.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>(),
        "Labels": spec.labels.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(),
        "ExposedPorts": exposed,
        "Tty": spec.tty,
        // A terminal that nobody can type into is none.
        "OpenStdin": spec.tty,
        "AttachStdin": spec.tty && !spec.background,
        "AttachStdout": !spec.background,
        "AttachStderr": !spec.background,
        "HostConfig": host,
    });
    if !spec.command.is_empty() {
        body["Cmd"] = json!(spec.command);
    }
    if let Some(entrypoint) = &spec.entrypoint {
        body["Entrypoint"] = json!(entrypoint);
    }
    if !spec.working_dir.is_empty() {
        body["WorkingDir"] = json!(spec.working_dir);
    }
    for (name, text) in [("User", &spec.user), ("Hostname", &options.hostname), ("StopSignal", &options.stop_signal)] {
        if !text.is_empty() {
            body[name] = json!(text);
        }
    }
    if let Some(seconds) = options.stop_timeout {
        body["StopTimeout"] = json!(seconds);
    }
    if let Some(health) = health_check(&options.health) {
        body["Healthcheck"] = health;
    }
    if !options.network_aliases.is_empty() || !options.ip_address.is_empty() {
        let network = if spec.network.is_empty() { "bridge" } else { &spec.network };
        body["NetworkingConfig"] = json!({ "EndpointsConfig": { network: endpoint(&options.network_aliases, &options.ip_address) } });
    }
    body
}

fn endpoint(aliases: &[String], address: &str) -> Value {
    let mut endpoint = json!({ "Aliases": aliases });
    if !address.is_empty() {
        endpoint["IPAMConfig"] = json!({ "IPv4Address": address });
    }
    endpoint
}

/// What is asked between the creation and the start: an engine takes one network at the creation (before API 1.44).
pub fn joins(spec: &RunSpec, container: &str) -> Vec<Request> {
    let join = |written: &String| {
        let (network, aliases) = written.split_once(':').unwrap_or((written, ""));
        let aliases: Vec<String> = aliases.split(',').filter(|alias| !alias.is_empty()).map(str::to_owned).collect();
        networks::connect_as(network, container, &endpoint(&aliases, ""))
    };
    spec.options.further_networks.iter().map(join).collect()
}

fn health_check(health: &HealthOptions) -> Option<Value> {
    if health.disabled {
        return Some(json!({ "Test": ["NONE"] }));
    }
    let mut check = Map::new();
    if !health.command.is_empty() {
        check.insert("Test".to_owned(), json!(["CMD-SHELL", health.command]));
    }
    let retries = health.retries.map(u64::from);
    let times = [("Interval", health.interval), ("Timeout", health.timeout), ("StartPeriod", health.start_period), ("Retries", retries)];
    check.extend(times.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(value?)))));
    (!check.is_empty()).then_some(Value::Object(check))
}

/// `NAME=VALUE` each.
fn pairs_of(lines: &[String]) -> Value {
    lines.iter().filter_map(|line| line.split_once('=')).map(|(name, value)| (name.to_owned(), json!(value))).collect::<Map<_, _>>().into()
}

/// As the docker command asks for them (`--gpus`).
fn gpus_of(text: &str) -> Value {
    let ids: Vec<&str> = text.strip_prefix("device=").map(|ids| ids.split(',').collect()).unwrap_or_default();
    let count = if text == "all" { -1 } else { text.parse().unwrap_or(0) };
    json!([{ "Driver": "", "Count": count, "DeviceIDs": ids, "Capabilities": [["gpu"]], "Options": {} }])
}

/// `CAP_NET_RAW` and `ALL`, as the docker CLI sends it; older engines put the beginning there themselves.
fn capability(name: &str, api: Api) -> String {
    let name = name.to_uppercase();
    let bare = name.strip_prefix("CAP_").unwrap_or(&name);
    if bare == "ALL" || api < LONG_CAPABILITIES { bare.to_owned() } else { format!("CAP_{bare}") }
}

/// `SOURCE[:TARGET[:PERMISSIONS]]`; two parts may be source and permissions, as the docker CLI reads them.
fn device_of(text: &str) -> Value {
    let parts: Vec<&str> = text.split(':').collect();
    let is_mode = |text: &str| !text.is_empty() && text.chars().all(|c| "rwm".contains(c));
    let (source, target, mode) = match parts.as_slice() {
        [source, mode] if is_mode(mode) => (*source, *source, *mode),
        [source, target] => (*source, *target, "rwm"),
        [source, target, mode, ..] => (*source, *target, *mode),
        _ => (text, text, "rwm"),
    };
    json!({ "PathOnHost": source, "PathInContainer": target, "CgroupPermissions": mode })
}

#[cfg(test)]
mod tests {
    use linkspan_shared::run::{Mount, PortMapping, Protocol};

    use super::*;

    #[test]
    fn a_form_becomes_a_create_request() {
        let request = create(
            &RunSpec {
                image: "alpine".into(),
                name: "web".into(),
                command: vec!["echo".into(), "hello world".into()],
                environment: vec![("A".into(), "b=c".into())],
                ports: vec![PortMapping {
                    host_ip: "127.0.0.1".into(),
                    host_port: Some(8080),
                    container_port: 80,
                    protocol: Protocol::Tcp,
                }],
                mounts: vec![Mount { kind: MountKind::Volume, source: "data".into(), target: "/data".into(), read_only: true }],
                auto_remove: true,
                ..RunSpec::default()
            },
            (1, 41),
        );
        assert_eq!(request.target(Some((1, 41))), "/v1.41/containers/create?name=web");
        let body = request.body.unwrap();
        assert_eq!(body["Cmd"], json!(["echo", "hello world"]));
        assert_eq!(body["Env"], json!(["A=b=c"]));
        assert_eq!(body["HostConfig"]["PortBindings"]["80/tcp"], json!([{ "HostIp": "127.0.0.1", "HostPort": "8080" }]));
        assert_eq!(body["HostConfig"]["Mounts"][0]["ReadOnly"], json!(true));
        assert_eq!(body.get("Entrypoint"), None);
        assert_eq!(body["HostConfig"].get("RestartPolicy"), None);
    }
}
