//! `docker run`, `docker create` and `docker update`: what the Engine API has in a body stands in options.

use linkspan_shared::size::{nanoseconds_text, size_text};
use serde_json::{Map, Value};

use super::{
    Step,
    docker::{Command, pairs_of, texts_of},
    words::sh,
};

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum As {
    Create,
    Run,
    RunDetached,
}

/// Takes each field that it knows away, so that what is left is what the command has no option for.
pub struct Fields {
    config: Map<String, Value>,
    host: Map<String, Value>,
    pub words: Vec<String>,
    pub missing: Vec<String>,
}

impl Fields {
    pub fn new(command: &str) -> Self {
        Self { config: Map::new(), host: Map::new(), words: vec![command.to_owned()], missing: Vec::new() }
    }

    pub fn option(&mut self, flag: &str, value: impl AsRef<str>) {
        self.words.push(format!("{flag} {}", sh(value.as_ref())));
    }

    fn texts(&mut self, flag: &str, list: Option<Value>) {
        for text in texts_of(&list.unwrap_or_default()) {
            self.option(flag, text);
        }
    }

    fn pairs(&mut self, flag: &str, map: Option<Value>) {
        for pair in pairs_of(&map.unwrap_or_default()) {
            self.option(flag, pair);
        }
    }

    pub fn text(&mut self, flag: &str, value: Option<Value>) {
        if let Some(text) = value.as_ref().and_then(Value::as_str).filter(|text| !text.is_empty()) {
            self.option(flag, text);
        }
    }

    fn number(&mut self, flag: &str, value: Option<Value>) {
        if let Some(number) = value.as_ref().and_then(Value::as_i64).filter(|number| *number != 0) {
            self.option(flag, number.to_string());
        }
    }

    fn flag(&mut self, flag: &str, value: Option<Value>) {
        if value == Some(Value::Bool(true)) {
            self.words.push(flag.to_owned());
        }
    }
}

pub fn line(step: &Step, how: As) -> Result<Command, &'static str> {
    let mut config = step.body().as_object().cloned().ok_or("it says nothing of what is to be made")?;
    let host = config.remove("HostConfig").and_then(|host| host.as_object().cloned()).unwrap_or_default();
    let mut fields = Fields { config, host, words: Vec::new(), missing: Vec::new() };
    if how == As::RunDetached {
        fields.words.push("--detach".to_owned());
    }
    for (flag, name) in [("--name", "name"), ("--platform", "platform")] {
        if let Some(value) = step.query(name) {
            fields.option(flag, value);
        }
    }
    let (image, command) = config_options(&mut fields, how);
    host_options(&mut fields);
    networks(&mut fields);
    let is_something = |value: &Value| {
        !matches!(value, Value::Null | Value::Bool(false))
            && *value != ""
            && *value != 0
            && value.as_array().is_none_or(|list| !list.is_empty())
            && value.as_object().is_none_or(|map| !map.is_empty())
    };
    let left = fields
        .config
        .iter()
        .map(|(name, value)| (name.clone(), value))
        .chain(fields.host.iter().map(|(name, value)| (format!("HostConfig.{name}"), value)));
    let left: Vec<String> = left
        .filter(|(_, value)| is_something(value))
        .map(|(name, value)| format!("no option of the docker command: {name} {value}"))
        .collect();
    fields.missing.extend(left);
    let name = if how == As::Create { "create" } else { "run" };
    let words = std::iter::once(name.to_owned()).chain(fields.words).chain([sh(&image)]).chain(command.iter().map(|word| sh(word)));
    Ok(Command { line: words.collect::<Vec<_>>().join(" "), missing: fields.missing, ..Command::default() })
}

/// What of it is of the container; answers with its image and its command.
fn config_options(fields: &mut Fields, how: As) -> (String, Vec<String>) {
    let mut take = |name: &str| fields.config.remove(name);
    let image = take("Image").and_then(|image| image.as_str().map(str::to_owned)).unwrap_or_default();
    let mut command: Vec<String> = texts_of(&take("Cmd").unwrap_or_default()).map(str::to_owned).collect();
    let entrypoint = take("Entrypoint");
    let (tty, stdin) = (take("Tty"), take("OpenStdin"));
    for attached in ["AttachStdin", "AttachStdout", "AttachStderr", "StdinOnce"] {
        take(attached);
    }
    let texts = [
        ("Hostname", "--hostname"),
        ("Domainname", "--domainname"),
        ("User", "--user"),
        ("WorkingDir", "--workdir"),
        ("StopSignal", "--stop-signal"),
        ("MacAddress", "--mac-address"),
    ];
    let texts = texts.map(|(name, flag)| (flag, take(name)));
    let (environment, labels, stop_timeout, volumes, health) =
        (take("Env"), take("Labels"), take("StopTimeout"), take("Volumes"), take("Healthcheck"));
    let exposed = take("ExposedPorts");
    let published: Vec<String> =
        fields.host.get("PortBindings").and_then(Value::as_object).map(|map| map.keys().cloned().collect()).unwrap_or_default();
    fields.flag("--interactive", stdin);
    // Attached to it a terminal is needed on this side, too.
    if !(how == As::Run && tty == Some(Value::Bool(true)) && !fields.words.contains(&"--interactive".to_owned())) {
        fields.flag("--tty", tty);
    }
    for (flag, value) in texts {
        fields.text(flag, value);
    }
    if let Some(seconds) = stop_timeout.as_ref().and_then(Value::as_i64) {
        fields.option("--stop-timeout", seconds.to_string());
    }
    for line in texts_of(&environment.unwrap_or_default()) {
        fields.option("--env", line);
    }
    fields.pairs("--label", labels);
    for port in exposed.iter().filter_map(Value::as_object).flat_map(Map::keys).filter(|port| !published.contains(port)) {
        fields.option("--expose", port);
    }
    for target in volumes.iter().filter_map(Value::as_object).flat_map(Map::keys) {
        fields.option("--volume", target);
    }
    health_check(fields, health.unwrap_or_default());
    match entrypoint.as_ref().map(|list| texts_of(list).map(str::to_owned).collect::<Vec<_>>()) {
        Some(words) if !words.is_empty() || entrypoint.as_ref().is_some_and(Value::is_array) => {
            let mut words = words.into_iter();
            fields.option("--entrypoint", words.next().unwrap_or_default());
            let further: Vec<String> = words.collect();
            if !further.is_empty() {
                fields.missing.push("--entrypoint takes one word: the others stand before the command, which comes to the same".to_owned());
                command.splice(0..0, further);
            }
        }
        _ => {}
    }
    (image, command)
}

fn health_check(fields: &mut Fields, health: Value) {
    let test: Vec<&str> = texts_of(&health["Test"]).collect();
    match test.as_slice() {
        ["NONE", ..] => fields.words.push("--no-healthcheck".to_owned()),
        ["CMD-SHELL", line] => fields.option("--health-cmd", line),
        ["CMD", words @ ..] => {
            fields.option("--health-cmd", words.iter().map(|word| sh(word)).collect::<Vec<_>>().join(" "));
            fields.missing.push("--health-cmd is a line for a shell in the container, not words".to_owned());
        }
        _ => {}
    }
    for (name, flag) in [
        ("Interval", "--health-interval"),
        ("Timeout", "--health-timeout"),
        ("StartPeriod", "--health-start-period"),
        ("StartInterval", "--health-start-interval"),
    ] {
        if let Some(time) = health[name].as_u64().filter(|time| *time > 0) {
            fields.option(flag, nanoseconds_text(time));
        }
    }
    if let Some(retries) = health["Retries"].as_i64().filter(|retries| *retries > 0) {
        fields.option("--health-retries", retries.to_string());
    }
}

/// What an engine writes there by itself.
const ENGINES_OWN: [&str; 4] = ["ConsoleSize", "ContainerIDFile", "MaskedPaths", "ReadonlyPaths"];

/// What of it is of the host.
fn host_options(fields: &mut Fields) {
    let take = |fields: &mut Fields, name: &str| fields.host.remove(name);
    for name in ENGINES_OWN {
        take(fields, name);
    }
    for (name, flag) in [
        ("AutoRemove", "--rm"),
        ("Privileged", "--privileged"),
        ("Init", "--init"),
        ("ReadonlyRootfs", "--read-only"),
        ("PublishAllPorts", "--publish-all"),
        ("OomKillDisable", "--oom-kill-disable"),
    ] {
        let value = take(fields, name);
        fields.flag(flag, value);
    }
    let texts = [
        ("NetworkMode", "--network"),
        ("PidMode", "--pid"),
        ("IpcMode", "--ipc"),
        ("UTSMode", "--uts"),
        ("UsernsMode", "--userns"),
        ("CgroupnsMode", "--cgroupns"),
        ("CgroupParent", "--cgroup-parent"),
        ("CpusetCpus", "--cpuset-cpus"),
        ("CpusetMems", "--cpuset-mems"),
        ("VolumeDriver", "--volume-driver"),
        ("Runtime", "--runtime"),
        ("Isolation", "--isolation"),
    ];
    for (name, flag) in texts {
        let value = take(fields, name);
        fields.text(flag, value);
    }
    for (name, flag) in [("Memory", "--memory"), ("MemoryReservation", "--memory-reservation"), ("ShmSize", "--shm-size")] {
        if let Some(bytes) = take(fields, name).and_then(|bytes| bytes.as_u64()).filter(|bytes| *bytes > 0) {
            fields.option(flag, size_text(bytes));
        }
    }
    let numbers = [
        ("MemorySwap", "--memory-swap"),
        ("MemorySwappiness", "--memory-swappiness"),
        ("PidsLimit", "--pids-limit"),
        ("CpuShares", "--cpu-shares"),
        ("CpuPeriod", "--cpu-period"),
        ("CpuQuota", "--cpu-quota"),
        ("CpuRealtimePeriod", "--cpu-rt-period"),
        ("CpuRealtimeRuntime", "--cpu-rt-runtime"),
        ("OomScoreAdj", "--oom-score-adj"),
        ("BlkioWeight", "--blkio-weight"),
    ];
    for (name, flag) in numbers {
        let value = take(fields, name);
        fields.number(flag, value);
    }
    if let Some(cpus) = take(fields, "NanoCpus").and_then(|cpus| cpus.as_i64()).filter(|cpus| *cpus > 0) {
        fields.option("--cpus", decimal(cpus));
    }
    let lists = [
        ("CapAdd", "--cap-add"),
        ("CapDrop", "--cap-drop"),
        ("ExtraHosts", "--add-host"),
        ("Dns", "--dns"),
        ("DnsSearch", "--dns-search"),
        ("DnsOptions", "--dns-option"),
        ("GroupAdd", "--group-add"),
        ("SecurityOpt", "--security-opt"),
        ("Links", "--link"),
        ("VolumesFrom", "--volumes-from"),
        ("DeviceCgroupRules", "--device-cgroup-rule"),
        ("Binds", "--volume"),
    ];
    for (name, flag) in lists {
        let value = take(fields, name);
        fields.texts(flag, value);
    }
    for (name, flag) in [("Sysctls", "--sysctl"), ("StorageOpt", "--storage-opt")] {
        let value = take(fields, name);
        fields.pairs(flag, value);
    }
    for (target, settings) in take(fields, "Tmpfs").iter().filter_map(Value::as_object).flatten() {
        let settings = settings.as_str().filter(|settings| !settings.is_empty()).map_or(String::new(), |settings| format!(":{settings}"));
        fields.option("--tmpfs", format!("{target}{settings}"));
    }
    let policy = take(fields, "RestartPolicy").unwrap_or_default();
    match (policy["Name"].as_str().unwrap_or_default(), policy["MaximumRetryCount"].as_i64().unwrap_or(0)) {
        ("" | "no", _) => {}
        (name, 0) => fields.option("--restart", name),
        (name, retries) => fields.option("--restart", format!("{name}:{retries}")),
    }
    for device in take(fields, "Devices").iter().filter_map(Value::as_array).flatten() {
        let part = |name: &str| device[name].as_str().unwrap_or_default().to_owned();
        fields.option("--device", format!("{}:{}:{}", part("PathOnHost"), part("PathInContainer"), part("CgroupPermissions")));
    }
    for limit in take(fields, "Ulimits").iter().filter_map(Value::as_array).flatten() {
        fields.option("--ulimit", format!("{}={}:{}", limit["Name"].as_str().unwrap_or_default(), limit["Soft"], limit["Hard"]));
    }
    for request in take(fields, "DeviceRequests").iter().filter_map(Value::as_array).flatten() {
        fields.option("--gpus", gpus(request));
    }
    let log = take(fields, "LogConfig").unwrap_or_default();
    fields.text("--log-driver", Some(log["Type"].clone()));
    fields.pairs("--log-opt", Some(log["Config"].clone()));
    ports(fields);
    for mount in take(fields, "Mounts").iter().filter_map(Value::as_array).flatten() {
        match mount_option(mount) {
            Ok(text) => fields.option("--mount", text),
            Err(why) => fields.missing.push(why),
        }
    }
}

fn gpus(request: &Value) -> String {
    let ids: Vec<&str> = texts_of(&request["DeviceIDs"]).collect();
    let count = request["Count"].as_i64().unwrap_or(0);
    match (ids.is_empty(), count) {
        (true, -1) => "all".to_owned(),
        (true, count) => count.to_string(),
        (false, _) => format!("\"device={}\"", ids.join(",")),
    }
}

fn ports(fields: &mut Fields) {
    let bindings = fields.host.remove("PortBindings").unwrap_or_default();
    for (port, bindings) in bindings.as_object().into_iter().flatten() {
        for binding in bindings.as_array().into_iter().flatten() {
            let part = |name: &str| binding[name].as_str().unwrap_or_default();
            let address = match part("HostIp") {
                "" => String::new(),
                v6 if v6.contains(':') => format!("[{v6}]:"),
                address => format!("{address}:"),
            };
            let host = part("HostPort");
            let colon = if host.is_empty() && address.is_empty() { "" } else { ":" };
            fields.option("--publish", format!("{address}{host}{colon}{port}"));
        }
    }
}

/// As the command reads it: a record of CSV.
fn mount_option(mount: &Value) -> Result<String, String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut parts = vec![format!("type={}", text(&mount["Type"]))];
    if !text(&mount["Source"]).is_empty() {
        parts.push(format!("source={}", text(&mount["Source"])));
    }
    parts.push(format!("target={}", text(&mount["Target"])));
    if mount["ReadOnly"] == true {
        parts.push("readonly".to_owned());
    }
    let mut rest = mount.clone();
    let mut take = |path: &str| rest.pointer_mut(path).map(Value::take).filter(|value| !value.is_null());
    for field in ["/Type", "/Source", "/Target", "/ReadOnly"] {
        take(field);
    }
    if take("/VolumeOptions/NoCopy") == Some(Value::Bool(true)) {
        parts.push("volume-nocopy".to_owned());
    }
    let options =
        [("/BindOptions/Propagation", "bind-propagation"), ("/TmpfsOptions/SizeBytes", "tmpfs-size"), ("/TmpfsOptions/Mode", "tmpfs-mode")];
    for (field, option) in options {
        match take(field) {
            // The option is octal.
            Some(Value::Number(mode)) if option == "tmpfs-mode" => parts.push(format!("{option}={:o}", mode.as_u64().unwrap_or(0))),
            Some(Value::String(text)) if text.is_empty() => {}
            Some(value) => parts.push(format!("{option}={}", value.as_str().map_or_else(|| value.to_string(), str::to_owned))),
            None => {}
        }
    }
    if has_something(&rest) {
        return Err(format!("no option of the docker command: Mounts {} {rest}", text(&mount["Target"])));
    }
    let quoted = |part: &String| if part.contains([',', '"', '\n']) { format!("\"{}\"", part.replace('"', "\"\"")) } else { part.clone() };
    Ok(parts.iter().map(quoted).collect::<Vec<_>>().join(","))
}

/// Anything that is said in it.
fn has_something(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => list.iter().any(has_something),
        Value::Object(map) => map.values().any(has_something),
        _ => true,
    }
}

/// Networks beside the mode, each with what it is called there.
fn networks(fields: &mut Fields) {
    let config = fields.config.remove("NetworkingConfig").unwrap_or_default();
    let mut endpoints = config["EndpointsConfig"].as_object().into_iter().flatten();
    let Some((network, endpoint)) = endpoints.next() else { return };
    if !fields.words.iter().any(|word| word.starts_with("--network ")) {
        fields.option("--network", network);
    }
    for alias in texts_of(&endpoint["Aliases"]) {
        fields.option("--network-alias", alias);
    }
    for (field, flag) in [("IPv4Address", "--ip"), ("IPv6Address", "--ip6")] {
        fields.text(flag, Some(endpoint["IPAMConfig"][field].clone()));
    }
    for (network, _) in endpoints {
        fields.missing.push(format!("further networks are joined afterwards: docker network connect {network}"));
    }
}

/// Without zeros at its end.
fn decimal(nano: i64) -> String {
    let text = format!("{}.{:09}", nano / 1_000_000_000, nano % 1_000_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

pub fn update(step: &Step) -> Command {
    let host = step.body().as_object().cloned().unwrap_or_default();
    let mut fields = Fields { host, ..Fields::new("update") };
    let no_restart = fields.host.get("RestartPolicy").is_some_and(|policy| policy["Name"] == "no");
    host_options(&mut fields);
    if no_restart {
        fields.option("--restart", "no");
    }
    fields.words.push(sh(&step.request.object));
    Command { line: fields.words.join(" "), missing: fields.missing, ..Command::default() }
}
