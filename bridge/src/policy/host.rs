//! What of a request gives the engine's host away, or might: the fields of a container that only administrators set. What is not
//! known to be harmless counts as harmful. Pure.

use linkspan_shared::host_path::gives_the_host;
use serde_json::{Map, Value};

/// Of a container (`ContainerConfig` of the Engine API).
const CONFIG: &[&str] = &[
    "ArgsEscaped",
    "AttachStderr",
    "AttachStdin",
    "AttachStdout",
    "Cmd",
    "Domainname",
    "Entrypoint",
    "Env",
    "ExposedPorts",
    "Healthcheck",
    "Hostname",
    "Image",
    "Labels",
    "MacAddress",
    "NetworkDisabled",
    "OnBuild",
    "OpenStdin",
    "Shell",
    "StdinOnce",
    "StopSignal",
    "StopTimeout",
    "Tty",
    "User",
    "WorkingDir",
];

/// Of `HostConfig`, whatever they are: limits, names, ports, logs.
const HOST_CONFIG: &[&str] = &[
    "AutoRemove",
    "BlkioDeviceReadBps",
    "BlkioDeviceReadIOps",
    "BlkioDeviceWriteBps",
    "BlkioDeviceWriteIOps",
    "BlkioWeight",
    "BlkioWeightDevice",
    "CapDrop",
    // The engine's default with the first version of cgroups, and no way out of the container.
    "CgroupnsMode",
    "ConsoleSize",
    "CpuCount",
    "CpuPercent",
    "CpuPeriod",
    "CpuQuota",
    "CpuRealtimePeriod",
    "CpuRealtimeRuntime",
    "CpuShares",
    "CpusetCpus",
    "CpusetMems",
    "Dns",
    "DnsOptions",
    "DnsSearch",
    "ExtraHosts",
    "GroupAdd",
    "IOMaximumBandwidth",
    "IOMaximumIOps",
    "Init",
    "Isolation",
    "KernelMemory",
    "KernelMemoryTCP",
    "Links",
    "Memory",
    "MemoryReservation",
    "MemorySwap",
    "MemorySwappiness",
    "NanoCpus",
    "OomKillDisable",
    "OomScoreAdj",
    "PidsLimit",
    "PortBindings",
    "PublishAllPorts",
    "ReadonlyRootfs",
    "RestartPolicy",
    "ShmSize",
    "StorageOpt",
    "Sysctls",
    "Ulimits",
];

/// What engines give to each container unless it is taken away.
const CAPABILITIES: &[&str] = &[
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "NET_RAW",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// Whoever says which paths are masked or read-only must name these, or unmasks them.
const MASKED: &[&str] = &["/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware"];
const READ_ONLY: &[&str] = &["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/// What the engine knows a volume as, or that it has none of this name.
pub trait Volumes {
    /// A path or a device of the host stands behind it.
    fn is_of_host(&self, volume: &str) -> bool;
}

/// Names what of the body of a `POST /containers/create` only administrators may ask for; empty if nothing.
pub fn harmful(body: &Value, volumes: &impl Volumes) -> Vec<String> {
    let mut found = Vec::new();
    let Some(fields) = body.as_object() else { return vec!["body".to_owned()] };
    for (field, value) in set(fields) {
        match field {
            "HostConfig" => host_config(value, volumes, &mut found),
            "NetworkingConfig" => {
                let networks = keys(&value["EndpointsConfig"]).filter(|network| *network == "host" || network.contains(':'));
                found.extend(networks.map(|network| format!("NetworkingConfig {network}")));
            }
            "Volumes" => found.extend(keys(value).filter(|path| !is_plain(path)).map(|path| format!("Volumes {path}"))),
            field if CONFIG.contains(&field) => {}
            unknown => found.push(unknown.to_owned()),
        }
    }
    found
}

fn host_config(host: &Value, volumes: &impl Volumes, found: &mut Vec<String>) {
    let Some(fields) = host.as_object() else { return found.push("HostConfig".to_owned()) };
    // An empty list is a list here: nothing would be masked.
    for (field, least) in [("MaskedPaths", MASKED), ("ReadonlyPaths", READ_ONLY)] {
        let said = fields.get(field).and_then(Value::as_array);
        if said.is_some_and(|said| !least.iter().all(|path| said.iter().any(|one| one == path))) {
            found.push(field.to_owned());
        }
    }
    for (field, value) in set(fields) {
        let text = value.as_str().unwrap_or_default();
        let harmful: Vec<String> = match field {
            "MaskedPaths" | "ReadonlyPaths" => Vec::new(),
            // Whether it is the host's that another container has, only the engine knows.
            "NetworkMode" => one_if(text == "host" || text.contains(':') && !text.starts_with("container:"), text),
            "LogConfig" => log_config(value),
            "Tmpfs" => keys(value).filter(|path| !is_plain(path)).map(str::to_owned).collect(),
            "PidMode" | "UTSMode" | "UsernsMode" => one_if(text != "private", text),
            "IpcMode" => one_if(!matches!(text, "private" | "shareable" | "none"), text),
            "CapAdd" => texts(value).filter(|name| !CAPABILITIES.contains(&capability(name).as_str())).collect(),
            "SecurityOpt" => texts(value).filter(|option| !option.starts_with("no-new-privileges")).collect(),
            "Binds" => texts(value).filter(|bind| is_bind_of_host(bind, volumes)).collect(),
            "Mounts" => value.as_array().into_iter().flatten().filter_map(|mount| mount_of_host(mount, volumes)).collect(),
            "VolumeDriver" => one_if(text != "local", text),
            "Runtime" => one_if(!matches!(text, "runc" | "io.containerd.runc.v2" | "crun" | "oci"), text),
            field if HOST_CONFIG.contains(&field) => Vec::new(),
            _ => vec![String::new()],
        };
        found.extend(harmful.into_iter().map(|what| format!("{field} {what}").trim_end().to_owned()));
    }
}

/// Drivers that write where the engine keeps its logs. Others connect from the host's network, or write to a path.
fn log_config(value: &Value) -> Vec<String> {
    const OPTIONS: &[&str] = &[
        "cache-disabled",
        "compress",
        "env",
        "env-regex",
        "labels",
        "labels-regex",
        "max-buffer-size",
        "max-file",
        "max-size",
        "mode",
        "tag",
    ];
    let driver = value["Type"].as_str().unwrap_or_default();
    let is_usual = matches!(driver, "" | "json-file" | "local" | "journald" | "none" | "k8s-file");
    let options = keys(&value["Config"]).filter(|option| !OPTIONS.contains(option)).map(str::to_owned);
    one_if(!is_usual, driver).into_iter().chain(options).collect()
}

/// Why whoever is inside a container that is there already has the host; empty if not. `inspect`: `GET /containers/{id}/json`.
pub fn escapes(inspect: &Value, volumes: &impl Volumes) -> Vec<String> {
    let mut found = Vec::new();
    let Some(host) = inspect["HostConfig"].as_object() else { return vec!["HostConfig".to_owned()] };
    // Not said is not the same: an engine that does not tell has masked what it always does.
    for field in ["MaskedPaths", "ReadonlyPaths"] {
        if host.get(field).and_then(Value::as_array).is_some_and(Vec::is_empty) {
            found.push(field.to_owned());
        }
    }
    for (field, value) in set(host) {
        let text = value.as_str().unwrap_or_default();
        let is_harmful = match field {
            "Privileged" | "Devices" | "DeviceCgroupRules" | "DeviceRequests" => true,
            "NetworkMode" | "IpcMode" | "UsernsMode" => text == "host",
            "PidMode" => text != "private",
            "CapAdd" => texts(value).any(|name| !CAPABILITIES.contains(&capability(&name).as_str())),
            "SecurityOpt" => texts(value).any(|option| {
                option.contains("unconfined") || option.contains("disable") || option.starts_with("seccomp=") && option != "seccomp=builtin"
            }),
            _ => false,
        };
        if is_harmful {
            found.push(format!("{field} {text}").trim_end().to_owned());
        }
    }
    found.extend(mounts_of_host(inspect, volumes));
    found
}

/// What a container that is there has of the host's files: whoever reads its own reads these.
pub fn mounts_of_host(inspect: &Value, volumes: &impl Volumes) -> Vec<String> {
    let of_host = |mount: &Value| {
        let text = |field: &str| mount[field].as_str().unwrap_or_default();
        match text("Type") {
            "bind" if gives_the_host(text("Source")) => Some(format!("Mounts {}", text("Source"))),
            "volume" if volumes.is_of_host(text("Name")) => Some(format!("Mounts {}", text("Name"))),
            _ => None,
        }
    };
    inspect["Mounts"].as_array().into_iter().flatten().filter_map(of_host).collect()
}

/// Whether it is the host's network that whoever shares this container's has; who has another's in turn may have that.
pub fn shares_network_of_host(inspect: &Value) -> bool {
    let mode = inspect["HostConfig"]["NetworkMode"].as_str().unwrap_or("host");
    mode == "host" || mode.contains(':')
}

/// Fields that say something: an engine leaves out none.
fn set(fields: &Map<String, Value>) -> impl Iterator<Item = (&str, &Value)> {
    let says_nothing = |value: &Value| match value {
        Value::Null => true,
        Value::Bool(on) => !on,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
    };
    fields.iter().filter(move |(_, value)| !says_nothing(value)).map(|(field, value)| (field.as_str(), value))
}

fn keys(value: &Value) -> impl Iterator<Item = &str> {
    value.as_object().into_iter().flatten().map(|(key, _)| key.as_str())
}

/// A path or a reference that no engine takes for more: Podman writes a mount as `type=…,source=…,target=…` and reads it again.
fn is_plain(text: &str) -> bool {
    !text.contains([',', '"', '\'', '=', '\\']) && !text.contains(char::is_control)
}

fn is_volume_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.chars().all(|char| char.is_ascii_alphanumeric() || matches!(char, '_' | '.' | '-'))
}

fn one_if(is_harmful: bool, text: &str) -> Vec<String> {
    if is_harmful { vec![text.to_owned()] } else { Vec::new() }
}

/// What is no text is harmful as it is written.
fn texts(value: &Value) -> impl Iterator<Item = String> {
    value.as_array().into_iter().flatten().map(|one| one.as_str().map_or_else(|| one.to_string(), str::to_owned))
}

fn capability(name: &str) -> String {
    let name = name.to_ascii_uppercase();
    name.strip_prefix("CAP_").map_or_else(|| name.clone(), str::to_owned)
}

/// `SOURCE:TARGET[:OPTIONS]`; what begins with a slash, a dot or a tilde is a path.
fn is_bind_of_host(bind: &str, volumes: &impl Volumes) -> bool {
    let Some((source, rest)) = bind.split_once(':') else { return !is_plain(bind) };
    let (target, options) = rest.split_once(':').unwrap_or((rest, ""));
    let is_usual = |option: &str| matches!(option, "" | "ro" | "rw" | "z" | "Z" | "nocopy");
    !is_volume_name(source) || !is_plain(target) || !options.split(',').all(is_usual) || volumes.is_of_host(source)
}

fn mount_of_host(mount: &Value, volumes: &impl Volumes) -> Option<String> {
    let text = |field: &str| mount[field].as_str().unwrap_or_default();
    let (kind, source) = (text("Type"), text("Source"));
    let driver = &mount["VolumeOptions"]["DriverConfig"];
    let has_options = driver["Options"].as_object().is_some_and(|options| !options.is_empty());
    let is_harmless = match kind {
        "volume" => {
            (source.is_empty() || is_volume_name(source))
                && matches!(driver["Name"].as_str().unwrap_or_default(), "" | "local")
                && !has_options
                && !volumes.is_of_host(source)
        }
        "tmpfs" | "image" => is_plain(source),
        _ => false,
    };
    let is_harmless = is_harmless && is_plain(text("Target"));
    (!is_harmless).then(|| format!("{kind} {source}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    struct Known;

    impl Volumes for Known {
        fn is_of_host(&self, volume: &str) -> bool {
            volume == "rootfs"
        }
    }

    #[test]
    fn what_gives_the_host_away_is_named() {
        let defaults = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];
        for (host, named) in [
            (json!({ "Privileged": true }), "Privileged"),
            (json!({ "PidMode": "host" }), "PidMode host"),
            (json!({ "PidMode": "container:abc" }), "PidMode container:abc"),
            (json!({ "NetworkMode": "host" }), "NetworkMode host"),
            (json!({ "NetworkMode": "ns:/proc/1/ns/net" }), "NetworkMode ns:/proc/1/ns/net"),
            (json!({ "NetworkMode": "slirp4netns:allow_host_loopback=true" }), "NetworkMode slirp4netns:allow_host_loopback=true"),
            (json!({ "LogConfig": { "Type": "syslog", "Config": { "tag": "x" } } }), "LogConfig syslog"),
            (json!({ "LogConfig": { "Type": "k8s-file", "Config": { "path": "/etc/profile.d/x.sh" } } }), "LogConfig path"),
            (json!({ "Tmpfs": { "/x,bind": "" } }), "Tmpfs /x,bind"),
            (json!({ "Binds": ["data:/x:O,upperdir=/etc"] }), "Binds data:/x:O,upperdir=/etc"),
            (json!({ "Mounts": [{ "Type": "volume", "Source": "fresh", "Target": "/x,volume-opt=device=/" }] }), "Mounts volume fresh"),
            (
                json!({ "Mounts": [{ "Type": "volume", "Source": "a,volume-opt=device=/", "Target": "/x" }] }),
                "Mounts volume a,volume-opt=device=/",
            ),
            (json!({ "IpcMode": "host" }), "IpcMode host"),
            (json!({ "UsernsMode": "host" }), "UsernsMode host"),
            (json!({ "UTSMode": "host" }), "UTSMode host"),
            (json!({ "CgroupParent": "/" }), "CgroupParent"),
            (json!({ "CapAdd": ["CAP_CHOWN", "sys_admin"] }), "CapAdd sys_admin"),
            (json!({ "CapAdd": ["ALL"] }), "CapAdd ALL"),
            (json!({ "Devices": [{ "PathOnHost": "/dev/sda" }] }), "Devices"),
            (json!({ "DeviceRequests": [{ "Count": -1 }] }), "DeviceRequests"),
            (json!({ "DeviceCgroupRules": ["a *:* rwm"] }), "DeviceCgroupRules"),
            (json!({ "SecurityOpt": ["no-new-privileges", "seccomp=unconfined"] }), "SecurityOpt seccomp=unconfined"),
            (json!({ "Binds": ["data:/data", "/:/host"] }), "Binds /:/host"),
            (json!({ "Binds": ["./x:/x"] }), "Binds ./x:/x"),
            (json!({ "Binds": ["rootfs:/x"] }), "Binds rootfs:/x"),
            (json!({ "Mounts": [{ "Type": "bind", "Source": "/run/docker.sock" }] }), "Mounts bind /run/docker.sock"),
            (json!({ "Mounts": [{ "Type": "volume", "Source": "rootfs" }] }), "Mounts volume rootfs"),
            (
                json!({ "Mounts": [{ "Type": "volume", "Source": "new", "VolumeOptions": { "DriverConfig": { "Name": "local", "Options": { "o": "bind", "device": "/" } } } }] }),
                "Mounts volume new",
            ),
            (json!({ "Mounts": [{ "Type": "npipe", "Source": "x" }] }), "Mounts npipe x"),
            (json!({ "VolumesFrom": ["other"] }), "VolumesFrom"),
            (json!({ "VolumeDriver": "rexray" }), "VolumeDriver rexray"),
            (json!({ "Runtime": "sysbox" }), "Runtime sysbox"),
            (json!({ "MaskedPaths": [] }), "MaskedPaths"),
            (json!({ "ReadonlyPaths": ["/proc/bus"] }), "ReadonlyPaths"),
            (json!({ "Annotations": { "run.oci.x": "y" } }), "Annotations"),
            (json!({ "OfTomorrow": "x" }), "OfTomorrow"),
        ] {
            assert_eq!(harmful(&json!({ "Image": "a", "HostConfig": host }), &Known), [named], "{host}");
        }
        assert_eq!(
            harmful(
                &json!({ "OfTomorrow": 1, "Volumes": { "/x,y": {} }, "NetworkingConfig": { "EndpointsConfig": { "host": {} } } }),
                &Known
            )
            .len(),
            3
        );
        let harmless = json!({ "Image": "a", "Cmd": ["x"], "HostConfig": {
            "LogConfig": { "Type": "json-file", "Config": { "max-size": "10m" } }, "Tmpfs": { "/run": "size=1m" }, "Memory": 1, "CapAdd": ["NET_BIND_SERVICE"], "CapDrop": ["ALL"], "Privileged": false, "PidMode": "", "IpcMode": "private",
            "Binds": ["data:/data:ro"], "Mounts": [{ "Type": "volume", "Source": "data" }, { "Type": "tmpfs", "Source": "" }],
            "SecurityOpt": ["no-new-privileges:true"], "NetworkMode": "container:x", "Runtime": "runc", "ReadonlyPaths": defaults,
            "Devices": [], "CgroupParent": "", "ContainerIDFile": "", "MaskedPaths": null, "RestartPolicy": { "Name": "always" },
        } });
        assert_eq!(harmful(&harmless, &Known), Vec::<String>::new());
    }

    #[test]
    fn a_container_that_gives_the_host_away_is_known() {
        for (inspect, why) in [
            (json!({ "HostConfig": { "Privileged": true } }), "Privileged"),
            (json!({ "HostConfig": { "PidMode": "host" } }), "PidMode host"),
            (json!({ "HostConfig": { "MaskedPaths": [] } }), "MaskedPaths"),
            (json!({ "HostConfig": { "DeviceRequests": [{}] } }), "DeviceRequests"),
            (json!({ "HostConfig": { "SecurityOpt": ["seccomp={}"] } }), "SecurityOpt"),
            (json!({}), "HostConfig"),
            (json!({ "HostConfig": {}, "Mounts": [{ "Type": "bind", "Source": "/var/run/docker.sock" }] }), "Mounts /var/run/docker.sock"),
            (json!({ "HostConfig": {}, "Mounts": [{ "Type": "volume", "Name": "rootfs" }] }), "Mounts rootfs"),
        ] {
            assert_eq!(escapes(&inspect, &Known), [why]);
        }
        for (mode, shares) in [("host", true), ("container:x", true), ("bridge", false), ("default", false)] {
            assert_eq!(shares_network_of_host(&json!({ "HostConfig": { "NetworkMode": mode } })), shares, "{mode}");
        }
        let usual = json!({ "HostConfig": { "NetworkMode": "bridge", "Binds": ["/srv/data:/data"] },
            "Mounts": [{ "Type": "bind", "Source": "/srv/data" }, { "Type": "volume", "Name": "data" }] });
        assert_eq!(escapes(&usual, &Known), Vec::<String>::new());
    }
}
