//! A container as the run form says it, for another one like it. What it has of its image is left to that.

use linkspan_shared::{
    docker_run::volume,
    run::{HealthOptions, LikeContainer, Mount, MountKind, PortMapping, Protocol, RestartPolicy, RunOptions, RunSpec},
};
use serde_json::Value;

use crate::recreate::config;

/// Of the host's configuration what the form says, or is looked at by itself, and what an engine writes there.
const SAID_OF_HOST: &[&str] = &[
    "AutoRemove",
    "Binds",
    "CapAdd",
    "CapDrop",
    "CgroupnsMode",
    "ConsoleSize",
    "ContainerIDFile",
    "Devices",
    "Dns",
    "ExtraHosts",
    "Init",
    "LogConfig",
    "MaskedPaths",
    "Memory",
    "MemorySwap",
    "Mounts",
    "NanoCpus",
    "NetworkMode",
    "PidsLimit",
    "PortBindings",
    "Privileged",
    "ReadonlyPaths",
    "ReadonlyRootfs",
    "RestartPolicy",
    "ShmSize",
    "Sysctls",
    "Tmpfs",
    "Ulimits",
];
/// The same of the container's.
const SAID: &[&str] = &[
    "ArgsEscaped",
    "AttachStderr",
    "AttachStdin",
    "AttachStdout",
    "Cmd",
    "Entrypoint",
    "Env",
    "ExposedPorts",
    "Healthcheck",
    "Hostname",
    "Image",
    "Labels",
    "OnBuild",
    "OpenStdin",
    "StdinOnce",
    "StopSignal",
    "StopTimeout",
    "Tty",
    "User",
    "WorkingDir",
];
/// Log drivers that engines take by themselves.
const LOG_DRIVERS: &[&str] = &["", "json-file", "journald", "k8s-file"];
/// What the docker command takes where nothing is said.
const SHM_SIZE: u64 = 64 << 20;

/// `old`: `GET /containers/{id}/json`. `image_config`: the `Config` of its image, null where that is gone.
pub fn like(old: &Value, image_config: &Value) -> LikeContainer {
    let short = old["Id"].as_str().unwrap_or_default().get(..12).unwrap_or_default();
    let host = &old["HostConfig"];
    let mode = text(&host["NetworkMode"]);
    let config = config(&old["Config"], image_config, short, mode == "host" || mode.starts_with("container:"));
    let mut left_out = Vec::new();
    let pair = |line: &str| line.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    let entrypoint = texts(&config["Entrypoint"]);
    let mut spec = RunSpec {
        image: text(&old["Config"]["Image"]),
        command: texts(&config["Cmd"]),
        entrypoint: (!entrypoint.is_empty()).then_some(entrypoint),
        working_dir: text(&config["WorkingDir"]),
        user: text(&config["User"]),
        environment: texts(&config["Env"]).iter().filter_map(|line| pair(line)).collect(),
        ports: ports(&host["PortBindings"]),
        labels: config["Labels"].as_object().into_iter().flatten().map(|(name, value)| (name.clone(), text(value))).collect(),
        restart_policy: [RestartPolicy::OnFailure, RestartPolicy::UnlessStopped, RestartPolicy::Always]
            .into_iter()
            .find(|policy| host["RestartPolicy"]["Name"] == policy.as_str())
            .unwrap_or_default(),
        background: true,
        auto_remove: host["AutoRemove"] == true,
        tty: config["Tty"] == true,
        privileged: host["Privileged"] == true,
        options: RunOptions {
            hostname: text(&config["Hostname"]),
            memory: number(&host["Memory"]),
            nano_cpus: number(&host["NanoCpus"]),
            pids_limit: host["PidsLimit"].as_i64().filter(|limit| *limit != 0),
            shm_size: number(&host["ShmSize"]).filter(|size| *size != SHM_SIZE),
            stop_signal: text(&config["StopSignal"]),
            stop_timeout: config["StopTimeout"].as_u64().and_then(|seconds| seconds.try_into().ok()),
            cap_add: texts(&host["CapAdd"]),
            cap_drop: texts(&host["CapDrop"]),
            extra_hosts: texts(&host["ExtraHosts"]),
            dns: texts(&host["Dns"]),
            devices: host["Devices"].as_array().into_iter().flatten().map(device).collect(),
            init: host["Init"] == true,
            read_only: host["ReadonlyRootfs"] == true,
            health: health(&config["Healthcheck"]),
            ulimits: host["Ulimits"].as_array().into_iter().flatten().map(ulimit).collect(),
            sysctls: pairs(&host["Sysctls"]),
            log_driver: Some(text(&host["LogConfig"]["Type"]))
                .filter(|driver| !LOG_DRIVERS.contains(&driver.as_str()) || !is_nothing(&host["LogConfig"]["Config"]))
                .unwrap_or_default(),
            log_options: pairs(&host["LogConfig"]["Config"]),
            ..RunOptions::default()
        },
        ..RunSpec::default()
    };
    // Its labels would make Compose take the other one for its own.
    spec.labels.retain(|(name, _)| !name.starts_with("com.docker.compose."));
    if mode.starts_with("container:") {
        left_out.push(format!("NetworkMode {mode}"));
    } else if !matches!(mode.as_str(), "" | "default" | "bridge") {
        spec.network = mode;
    }
    for bind in texts(&host["Binds"]) {
        match volume(&bind) {
            Some((mount, other)) => {
                spec.mounts.push(mount);
                left_out.extend(other.map(|option| format!("Binds {bind} ({option})")));
            }
            None => left_out.push(format!("Binds {bind}")),
        }
    }
    for mount in host["Mounts"].as_array().into_iter().flatten() {
        let kind = [MountKind::Volume, MountKind::Bind, MountKind::Tmpfs].into_iter().find(|kind| mount["Type"] == kind.as_str());
        match kind {
            Some(kind) => spec.mounts.push(Mount {
                kind,
                source: text(&mount["Source"]),
                target: text(&mount["Target"]),
                read_only: mount["ReadOnly"] == true,
            }),
            None => left_out.push(format!("Mounts {}", text(&mount["Target"]))),
        }
    }
    let tmpfs = host["Tmpfs"].as_object().into_iter().flatten().map(|(target, _)| target.clone());
    spec.mounts.extend(tmpfs.map(|target| Mount { kind: MountKind::Tmpfs, source: String::new(), target, read_only: false }));
    for (name, endpoint) in old["NetworkSettings"]["Networks"].as_object().into_iter().flatten() {
        // What an engine calls it by itself is another one's.
        let own = [short, text(&old["Name"]).trim_start_matches('/')].map(str::to_owned);
        let aliases: Vec<String> = texts(&endpoint["Aliases"]).into_iter().filter(|alias| !own.contains(alias)).collect();
        if *name == spec.network {
            spec.options.network_aliases = aliases;
        } else if !matches!(name.as_str(), "bridge" | "podman") {
            let aliases = if aliases.is_empty() { String::new() } else { format!(":{}", aliases.join(",")) };
            spec.options.further_networks.push(format!("{name}{aliases}"));
        }
        // Two cannot have one.
        if !text(&endpoint["IPAMConfig"]["IPv4Address"]).is_empty() {
            left_out.push(format!("Networks {name} IPv4Address"));
        }
    }
    let (memory, swap) = (number(&host["Memory"]), number(&host["MemorySwap"]));
    let published = |port: &String| !host["PortBindings"][port].is_null();
    let partly = [
        ("MemorySwap", swap.is_some() && swap != memory.map(|memory| memory.saturating_mul(2))),
        ("RestartPolicy.MaximumRetryCount", number(&host["RestartPolicy"]["MaximumRetryCount"]).is_some()),
        ("Tmpfs", host["Tmpfs"].as_object().into_iter().flatten().any(|(_, options)| !text(options).is_empty())),
        ("Healthcheck.Test", texts(&config["Healthcheck"]["Test"]).first().is_some_and(|kind| kind == "CMD")),
        ("OpenStdin", config["OpenStdin"] == true && config["Tty"] != true),
        ("ExposedPorts", config["ExposedPorts"].as_object().into_iter().flatten().any(|(port, _)| !published(port))),
    ];
    left_out.extend(partly.into_iter().filter(|(_, is_other)| *is_other).map(|(name, _)| name.to_owned()));
    let unsaid = |all: &Value, said: &[&str]| {
        let others = all.as_object().into_iter().flatten().filter(|(name, value)| !said.contains(&name.as_str()) && !is_nothing(value));
        others.map(|(name, _)| name.clone()).collect::<Vec<_>>()
    };
    left_out.extend(unsaid(&config, SAID));
    left_out.extend(unsaid(host, SAID_OF_HOST));
    LikeContainer { spec, left_out }
}

/// `{ "NAME": "VALUE" }` as `NAME=VALUE`.
fn pairs(map: &Value) -> Vec<String> {
    map.as_object().into_iter().flatten().map(|(name, value)| format!("{name}={}", text(value))).collect()
}

fn ulimit(limit: &Value) -> String {
    // As Podman tells it.
    let name = text(&limit["Name"]);
    let name = name.strip_prefix("RLIMIT_").map_or(name.clone(), str::to_lowercase);
    let (soft, hard) = (limit["Soft"].as_i64().unwrap_or(0), limit["Hard"].as_i64().unwrap_or(0));
    if soft == hard { format!("{name}={soft}") } else { format!("{name}={soft}:{hard}") }
}

/// A line for a shell, or none at all; other words than these the form has no field for.
fn health(check: &Value) -> HealthOptions {
    let test = texts(&check["Test"]);
    HealthOptions {
        disabled: test.first().is_some_and(|kind| kind == "NONE"),
        command: match test.as_slice() {
            [kind, line] if kind == "CMD-SHELL" => line.clone(),
            _ => String::new(),
        },
        interval: number(&check["Interval"]),
        timeout: number(&check["Timeout"]),
        start_period: number(&check["StartPeriod"]),
        retries: check["Retries"].as_u64().and_then(|retries| retries.try_into().ok()).filter(|retries| *retries > 0),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn number(value: &Value) -> Option<u64> {
    value.as_u64().filter(|number| *number > 0)
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Bool(true) => false,
        Value::Number(number) => number.as_i64() == Some(0),
        Value::String(text) => matches!(text.as_str(), "" | "default" | "private" | "shareable" | "runc" | "crun" | "oci"),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
    }
}

fn device(device: &Value) -> String {
    let [source, target, mode] = ["PathOnHost", "PathInContainer", "CgroupPermissions"].map(|field| text(&device[field]));
    match (source == target, mode.as_str()) {
        (true, "rwm" | "") => source,
        (_, "rwm" | "") => format!("{source}:{target}"),
        _ => format!("{source}:{target}:{mode}"),
    }
}

fn ports(bindings: &Value) -> Vec<PortMapping> {
    let mut ports = Vec::new();
    for (key, hosts) in bindings.as_object().into_iter().flatten() {
        let (port, protocol) = key.split_once('/').unwrap_or((key, "tcp"));
        let protocol = [Protocol::Tcp, Protocol::Udp, Protocol::Sctp].into_iter().find(|one| one.as_str() == protocol);
        let (Ok(container_port), Some(protocol)) = (port.parse(), protocol) else { continue };
        for host in hosts.as_array().into_iter().flatten() {
            let host_port = host["HostPort"].as_str().and_then(|port| port.parse().ok()).filter(|port| *port > 0);
            ports.push(PortMapping { host_ip: text(&host["HostIp"]), host_port, container_port, protocol });
        }
    }
    ports.sort_by_key(|port| port.container_port);
    ports
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_chosen_is_told_and_what_is_the_image_s_is_not() {
        let old = json!({
            "Id": "0123456789abcdef",
            "Config": {
                "Image": "app:1", "Hostname": "0123456789ab", "Cmd": ["serve"], "Entrypoint": null, "User": "", "WorkingDir": "/srv",
                "Env": ["PATH=/bin", "STAGE=prod=1"], "Healthcheck": { "Test": ["CMD", "true"] }, "ExposedPorts": { "80/tcp": {}, "9/tcp": {} }, "Labels": { "tier": "front", "of": "image", "com.docker.compose.project": "shop" },
            },
            "HostConfig": {
                "NetworkMode": "backbone", "Memory": 1 << 26, "ShmSize": 64 << 20, "RestartPolicy": { "Name": "always" },
                "Binds": ["data:/data:ro", "/etc/app:/etc/app:z"], "Tmpfs": { "/scratch": "" }, "SecurityOpt": ["label=disable"],
                "PortBindings": { "80/tcp": [{ "HostIp": "127.0.0.1", "HostPort": "8080" }], "53/udp": [{ "HostIp": "", "HostPort": "" }] },
                "Devices": [{ "PathOnHost": "/dev/fuse", "PathInContainer": "/dev/fuse", "CgroupPermissions": "rwm" }],
                "OomScoreAdj": 0, "CgroupnsMode": "private", "Runtime": "runc", "IpcMode": "host", "MemorySwap": 1 << 27,
                "LogConfig": { "Type": "syslog", "Config": { "tag": "a" } }, "Ulimits": [{ "Name": "nofile", "Soft": 1, "Hard": 2 }],
            },
            "NetworkSettings": { "Networks": { "backbone": { "Aliases": ["0123456789ab", "db"] }, "edge": { "Aliases": ["web", "front"] } } },
        });
        let image = json!({ "Cmd": ["other"], "WorkingDir": "/srv", "Env": ["PATH=/bin"], "Labels": { "of": "image" } });
        let LikeContainer { spec, left_out } = like(&old, &image);
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!((spec.environment, spec.labels), (vec![pair("STAGE", "prod=1")], vec![pair("tier", "front")]));
        assert_eq!((spec.command, spec.working_dir.as_str(), spec.network.as_str()), (vec!["serve".to_owned()], "", "backbone"));
        assert_eq!((spec.options.hostname.as_str(), spec.options.memory, spec.options.shm_size), ("", Some(1 << 26), None));
        assert_eq!(spec.options.devices, ["/dev/fuse"]);
        assert_eq!(
            (spec.options.network_aliases, spec.options.further_networks),
            (vec!["db".to_owned()], vec!["edge:web,front".to_owned()])
        );
        let logging = (spec.options.log_driver.as_str(), spec.options.log_options);
        assert_eq!((logging, spec.options.ulimits), (("syslog", vec!["tag=a".to_owned()]), vec!["nofile=1:2".to_owned()]));
        assert_eq!(spec.ports.iter().map(|port| (port.host_port, port.container_port)).collect::<Vec<_>>(), [(None, 53), (Some(8080), 80)]);
        let mounts: Vec<_> = spec.mounts.iter().map(|mount| (mount.kind, mount.target.as_str(), mount.read_only)).collect();
        let wanted = [(MountKind::Volume, "/data", true), (MountKind::Bind, "/etc/app", false), (MountKind::Tmpfs, "/scratch", false)];
        assert_eq!(mounts, wanted);
        assert_eq!(left_out, ["Binds /etc/app:/etc/app:z (z)", "Healthcheck.Test", "ExposedPorts", "IpcMode", "SecurityOpt"]);
    }
}
