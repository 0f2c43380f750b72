//! A container with some of its settings changed. What the run form has no field for stays as it is: what was and what is to be are
//! compared as the form says both.

use linkspan_shared::run::RunSpec;
use serde_json::{Map, Value, json};

use crate::{
    containers::{create, joins},
    like::like,
    limits::{quota_of, swap_of},
    recreate::{Recreation, recreation},
};

/// Fields of the host's configuration that an engine changes while a container is there (`ContainerUpdate`).
const IN_PLACE: &[&str] = &["Memory", "NanoCpus", "PidsLimit", "RestartPolicy"];

#[derive(Debug)]
pub enum Edit {
    /// The body of an update; empty, if nothing but perhaps the name is another.
    InPlace(Map<String, Value>),
    /// By a container that takes its place.
    Anew(Recreation),
}

/// `old` and `image_config`: as for [`recreation`]. `name`: what the new one is called until it takes the old one's place.
pub fn edit(old: &Value, image_config: &Value, spec: &RunSpec, image: &str, name: &str, api: (u32, u32)) -> Edit {
    let before = like(old, image_config).spec;
    // How somebody looks at it is nothing of it.
    let after = RunSpec { background: before.background, name: String::new(), ..spec.clone() };
    let body = |spec: &RunSpec| create(spec, api).body.unwrap_or_default();
    let (was, is) = (body(&before), body(&after));
    let changed = changes(&was, &is);
    let host = changes(&was["HostConfig"], &is["HostConfig"]);
    let names_networks = joined(&before) != joined(&after);
    let stays = changed.iter().all(|(field, _)| field == "HostConfig")
        && host.iter().all(|(field, to)| IN_PLACE.contains(&field.as_str()) && (field == "RestartPolicy" || !to.is_null()));
    if stays && !names_networks && image == before.image && after.options.platform.is_empty() {
        return Edit::InPlace(update_of(old, host));
    }
    let mut anew = recreation(old, image_config, image, name);
    if !after.options.platform.is_empty() {
        anew.create = anew.create.query("platform", after.options.platform.as_str());
    }
    let Some(made) = &mut anew.create.body else { return Edit::Anew(anew) };
    for (field, to) in changed {
        match field.as_str() {
            "HostConfig" | "NetworkingConfig" | "Image" => {}
            "Labels" | "ExposedPorts" | "Healthcheck" => merge(&mut made[field.as_str()], &was[field.as_str()], &to),
            _ => put(made, &field, to),
        }
    }
    let of_host = &mut made["HostConfig"];
    for (field, to) in host {
        match field.as_str() {
            "Mounts" => mounts(of_host, &was["HostConfig"]["Mounts"], &to),
            "Memory" | "NanoCpus" => {
                let limits = update_of(old, vec![(field.clone(), to.clone())]);
                limits.into_iter().for_each(|(field, to)| put(of_host, &field, to));
                if to.is_null() {
                    put(of_host, if field == "Memory" { "MemorySwap" } else { "CpuQuota" }, Value::Null);
                }
            }
            "Privileged" => {
                // What an engine masks is written there by itself, and would be masked for a privileged one, too.
                put(of_host, "MaskedPaths", Value::Null);
                put(of_host, "ReadonlyPaths", Value::Null);
                if let (Some(options), true) = (of_host["SecurityOpt"].as_array_mut(), to != true) {
                    options.retain(|option| option != "label=disable");
                }
                put(of_host, &field, to);
            }
            // Its options are nothing to another driver.
            "LogConfig" if to["Type"] == "" => {
                of_host["LogConfig"]["Config"] = to["Config"].clone();
            }
            _ => put(of_host, &field, to),
        }
    }
    if names_networks {
        networks(&mut anew, &before, &after);
    }
    Edit::Anew(anew)
}

/// Those of the form, each with what it had beside its aliases; and those that the form says nothing of.
fn networks(anew: &mut Recreation, before: &RunSpec, after: &RunSpec) {
    let Some(made) = &mut anew.create.body else { return };
    let mut had: Vec<(String, Value)> = made["NetworkingConfig"]["EndpointsConfig"].as_object().cloned().into_iter().flatten().collect();
    had.append(&mut anew.networks);
    let known = |spec: &RunSpec| -> Vec<String> {
        let further = spec.options.further_networks.iter().map(|written| written.split(':').next().unwrap_or_default().to_owned());
        // The default one has two names, and one on Podman.
        let first: &[&str] = match spec.network.as_str() {
            "" | "default" | "bridge" => &["bridge", "podman"],
            name => &[name],
        };
        first.iter().map(|name| (*name).to_owned()).chain(further).collect()
    };
    let (was, is) = (known(before), known(after));
    let with = |network: &str, aliases: &Value, address: &str| {
        let mut endpoint = had.iter().find(|(name, _)| name == network).map_or_else(|| json!({}), |(_, endpoint)| endpoint.clone());
        put(&mut endpoint, "Aliases", if aliases.as_array().is_some_and(|list| !list.is_empty()) { aliases.clone() } else { Value::Null });
        if !address.is_empty() {
            endpoint["IPAMConfig"] = json!({ "IPv4Address": address });
        }
        (network.to_owned(), endpoint)
    };
    let mut all: Vec<(String, Value)> = Vec::new();
    if !matches!(after.network.as_str(), "" | "default" | "bridge" | "host" | "none") {
        all.push(with(&after.network, &json!(after.options.network_aliases), &after.options.ip_address));
    }
    all.extend(joins(after, "").iter().map(|join| {
        let aliases = join.body.as_ref().map(|body| body["EndpointConfig"]["Aliases"].clone()).unwrap_or_default();
        with(&join.object, &aliases, "")
    }));
    let shares = matches!(after.network.as_str(), "host" | "none");
    all.extend(had.iter().filter(|(name, _)| !shares && !was.contains(name) && !is.contains(name)).cloned());
    put(made, "NetworkingConfig", Value::Null);
    let is_default = matches!(after.network.as_str(), "" | "default" | "bridge");
    if is_default {
        // It is joined by itself, and the others after it.
        anew.networks = all;
    } else if !all.is_empty() && !shares {
        let (first, endpoint) = all.remove(0);
        made["NetworkingConfig"] = json!({ "EndpointsConfig": { first: endpoint } });
        anew.networks = all;
    }
}

fn joined(spec: &RunSpec) -> (&str, &[String], &str, &[String]) {
    let options = &spec.options;
    (&spec.network, &options.network_aliases, &options.ip_address, &options.further_networks)
}

/// Fields that are another, each with what it is to be: null for nothing.
fn changes(was: &Value, is: &Value) -> Vec<(String, Value)> {
    let fields = |value: &Value| value.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    let mut names = fields(was);
    names.extend(fields(is).into_iter().filter(|name| was.get(name).is_none()));
    names.into_iter().filter(|name| was[name.as_str()] != is[name.as_str()]).map(|name| (name.clone(), is[name.as_str()].clone())).collect()
}

fn put(into: &mut Value, field: &str, to: Value) {
    if let Some(map) = into.as_object_mut() {
        match to {
            Value::Null => drop(map.remove(field)),
            to => drop(map.insert(field.to_owned(), to)),
        }
    }
}

/// Entries that the form has are as it says; others stay.
fn merge(into: &mut Value, was: &Value, is: &Value) {
    let mut all = into.as_object().cloned().unwrap_or_default();
    all.retain(|name, _| was.get(name).is_none());
    all.extend(is.as_object().cloned().unwrap_or_default());
    *into = Value::Object(all);
}

/// What the form does not have any more is taken away by its target, in whichever of the three ways it was asked for. Of what stays,
/// but for whether it can be written, all else stays, too.
fn mounts(host: &mut Value, was: &Value, is: &Value) {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let (was, is) = (list(was), list(is));
    let target = |mount: &Value| mount["Target"].as_str().unwrap_or_default().trim_end_matches('/').to_owned();
    let is_same =
        |one: &Value, other: &Value| target(one) == target(other) && one["Type"] == other["Type"] && one["Source"] == other["Source"];
    let (mut gone, mut new) = (Vec::new(), Vec::new());
    for mount in was.iter().filter(|mount| !is.iter().any(|one| is_same(one, mount))) {
        gone.push(target(mount));
    }
    for mount in is.iter().filter(|mount| !was.contains(mount)) {
        if was.iter().any(|one| is_same(one, mount)) {
            set_read_only(host, &target(mount), mount["ReadOnly"] == true);
        } else {
            // Also in the place of a volume of the image's.
            gone.push(target(mount));
            new.push(mount.clone());
        }
    }
    let is_gone = |target: &str| gone.iter().any(|one| one == target.trim_end_matches('/'));
    if let Some(binds) = host["Binds"].as_array_mut() {
        binds.retain(|bind| !bind.as_str().and_then(|bind| bind.split(':').nth(1)).is_some_and(is_gone));
    }
    if let Some(tmpfs) = host["Tmpfs"].as_object_mut() {
        tmpfs.retain(|target, _| !is_gone(target));
    }
    let mut asked = list(&host["Mounts"]);
    asked.retain(|mount| !is_gone(&target(mount)));
    asked.extend(new);
    host["Mounts"] = json!(asked);
}

fn set_read_only(host: &mut Value, target: &str, read_only: bool) {
    let is_it = |one: &str| one.trim_end_matches('/') == target;
    let options_of = |options: &str| {
        let others = options.split(',').filter(|option| !["", "ro", "rw"].contains(option)).map(str::to_owned);
        others.chain(read_only.then(|| "ro".to_owned())).collect::<Vec<_>>().join(",")
    };
    for bind in host["Binds"].as_array_mut().into_iter().flatten() {
        let parts: Vec<String> = bind.as_str().unwrap_or_default().split(':').map(str::to_owned).collect();
        if let [source, inside, options @ ..] = parts.as_slice()
            && is_it(inside)
        {
            let options = options_of(&options.join(":"));
            *bind = json!(if options.is_empty() { format!("{source}:{inside}") } else { format!("{source}:{inside}:{options}") });
        }
    }
    for (_, options) in host["Tmpfs"].as_object_mut().into_iter().flatten().filter(|(inside, _)| is_it(inside)) {
        *options = json!(options_of(options.as_str().unwrap_or_default()));
    }
    for mount in host["Mounts"].as_array_mut().into_iter().flatten() {
        if mount["Target"].as_str().is_some_and(is_it) {
            mount["ReadOnly"] = json!(read_only);
        }
    }
}

/// As an engine takes it.
fn update_of(old: &Value, host: Vec<(String, Value)>) -> Map<String, Value> {
    let mut body: Map<String, Value> = host.into_iter().collect();
    let before = |name: &str| old["HostConfig"][name].as_i64().unwrap_or(0);
    if let Some(memory) = body.get("Memory").and_then(Value::as_i64) {
        body.insert("MemorySwap".to_owned(), json!(swap_of(memory, before("MemorySwap"), before("Memory"))));
    }
    let nano = body.get("NanoCpus").and_then(Value::as_i64);
    if let Some((period, quota)) = nano.and_then(|nano| quota_of(nano, before("CpuQuota"), before("CpuPeriod"))) {
        body.remove("NanoCpus");
        body.insert("CpuPeriod".to_owned(), json!(period));
        body.insert("CpuQuota".to_owned(), json!(quota));
    }
    if let Some(policy) = body.get_mut("RestartPolicy").filter(|policy| policy.is_null()) {
        *policy = json!({ "Name": "no", "MaximumRetryCount": 0 });
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    fn old() -> Value {
        json!({
            "Id": "0123456789abcdef", "Name": "/web",
            "Config": {
                "Image": "app:1", "Hostname": "0123456789ab", "Cmd": ["serve"], "Env": ["PATH=/bin", "STAGE=prod"],
                "Labels": { "tier": "front", "com.docker.compose.project": "shop" },
                "Healthcheck": { "Test": ["CMD", "true"], "Retries": 9 }
            },
            "Mounts": [{ "Type": "volume", "Name": "ff00", "Destination": "/var/db", "RW": true }],
            "HostConfig": {
                "NetworkMode": "front", "Memory": 1 << 26, "MemorySwap": -1, "OomScoreAdj": 7, "SecurityOpt": ["label=disable"], "MaskedPaths": ["/proc/kcore"],
                "Binds": ["data:/data:ro", "/srv:/srv:z"], "RestartPolicy": { "Name": "on-failure", "MaximumRetryCount": 3 }
            },
            "NetworkSettings": { "Networks": { "front": { "Aliases": ["db"], "IPAMConfig": { "IPv4Address": "10.0.0.9" } }, "back": {} } }
        })
    }

    fn edited(change: impl FnOnce(&mut RunSpec)) -> Edit {
        let image = json!({ "Env": ["PATH=/bin"] });
        let mut spec = like(&old(), &image).spec;
        change(&mut spec);
        let reference = spec.image.clone();
        edit(&old(), &image, &spec, &reference, "new", (1, 41))
    }

    #[test]
    fn limits_are_changed_in_place() {
        assert!(matches!(edited(|_| {}), Edit::InPlace(body) if body.is_empty()));
        let Edit::InPlace(body) = edited(|spec| spec.options.memory = Some(1 << 27)) else { panic!("it needs no other container") };
        assert_eq!(Value::Object(body), json!({ "Memory": 1 << 27, "MemorySwap": -1 }));
        // An engine takes no limit away.
        assert!(matches!(edited(|spec| spec.options.memory = None), Edit::Anew(_)));
    }

    #[test]
    fn what_the_form_does_not_say_stays() {
        let Edit::Anew(anew) = edited(|spec| {
            spec.environment.push(("A".to_owned(), "b".to_owned()));
            spec.labels.clear();
            spec.mounts.remove(0);
        }) else {
            panic!("the environment is nothing that is changed in place")
        };
        let body = anew.create.body.unwrap();
        assert_eq!(body["Env"], json!(["STAGE=prod", "A=b"]));
        assert_eq!(body["Labels"], json!({ "com.docker.compose.project": "shop" }));
        let host = &body["HostConfig"];
        assert_eq!(
            (&host["Binds"], &host["OomScoreAdj"], &host["MemorySwap"]),
            (&json!(["/srv:/srv:z", "ff00:/var/db"]), &json!(7), &json!(-1))
        );
        assert_eq!(host["RestartPolicy"]["MaximumRetryCount"], json!(3));
        assert_eq!(body["NetworkingConfig"]["EndpointsConfig"]["front"]["IPAMConfig"]["IPv4Address"], json!("10.0.0.9"));
        assert_eq!(anew.networks.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["back"]);
    }

    #[test]
    fn networks_are_those_of_the_form() {
        let Edit::Anew(anew) = edited(|spec| spec.options.further_networks = vec!["edge:web".to_owned()]) else {
            panic!("another network")
        };
        assert_eq!(anew.networks, [("edge".to_owned(), json!({ "Aliases": ["web"] }))]);
        let front = &anew.create.body.unwrap()["NetworkingConfig"]["EndpointsConfig"]["front"];
        assert_eq!((&front["Aliases"], &front["IPAMConfig"]["IPv4Address"]), (&json!(["db"]), &json!("10.0.0.9")));
    }

    #[test]
    fn the_default_network_is_left_and_joined() {
        let mut old = old();
        (old["HostConfig"]["NetworkMode"], old["NetworkSettings"]["Networks"]) = (json!("default"), json!({ "bridge": {} }));
        let mut spec = like(&old, &json!({})).spec;
        spec.network = "front".to_owned();
        let Edit::Anew(anew) = edit(&old, &json!({}), &spec, &spec.image, "new", (1, 41)) else { panic!("another network") };
        assert!(
            anew.networks.is_empty() && anew.create.body.unwrap()["NetworkingConfig"]["EndpointsConfig"].as_object().unwrap().len() == 1
        );
        let Edit::Anew(anew) = edited(|spec| (spec.network, spec.options.network_aliases) = (String::new(), Vec::new())) else {
            panic!("another network")
        };
        assert_eq!(anew.networks.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["back"]);
        assert!(anew.create.body.unwrap().get("NetworkingConfig").is_none());
    }

    #[test]
    fn of_what_stays_in_part_the_rest_stays() {
        let body = |edit: Edit| match edit {
            Edit::Anew(anew) => anew.create.body.unwrap(),
            Edit::InPlace(body) => panic!("{body:?}"),
        };
        // Whether it can be written, and nothing of how it is labelled.
        let made = body(edited(|spec| spec.mounts.iter_mut().for_each(|mount| mount.read_only = !mount.read_only)));
        assert_eq!(made["HostConfig"]["Binds"], json!(["data:/data", "/srv:/srv:z,ro", "ff00:/var/db"]));
        let made = body(edited(|spec| {
            spec.options.health.interval = Some(5);
            spec.options.memory = Some(1 << 27);
            spec.privileged = true;
        }));
        assert_eq!(made["Healthcheck"], json!({ "Test": ["CMD", "true"], "Retries": 9, "Interval": 5 }));
        assert_eq!((&made["HostConfig"]["Memory"], &made["HostConfig"]["MemorySwap"]), (&json!(1 << 27), &json!(-1)));
        assert!(made["HostConfig"].get("MaskedPaths").is_none());
        // In the place of a volume that the image has there.
        let mount = linkspan_shared::run::Mount {
            kind: linkspan_shared::run::MountKind::Volume,
            source: "own".into(),
            target: "/var/db".into(),
            read_only: false,
        };
        let made = body(edited(|spec| spec.mounts.push(mount)));
        assert_eq!(made["HostConfig"]["Binds"], json!(["data:/data:ro", "/srv:/srv:z"]));
    }
}
