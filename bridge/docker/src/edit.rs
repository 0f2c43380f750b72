//! A container with some of its settings changed. What the run form has no field for stays as it is: what was and what is to be are
//! compared as the form says both.

use linkspan_shared::run::RunSpec;
use serde_json::{Map, Value, json};

use crate::{
    containers::{create, joins},
    like::like,
    recreate::{Recreation, recreation},
    request::Request,
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
    if stays && !names_networks && image == before.image {
        return Edit::InPlace(update_of(old, host));
    }
    let mut anew = recreation(old, image_config, image, name);
    if let Some(made) = &mut anew.create.body {
        for (field, to) in changed.into_iter().filter(|(field, _)| !["HostConfig", "NetworkingConfig", "Image"].contains(&field.as_str())) {
            match field.as_str() {
                "Labels" | "ExposedPorts" => merge(&mut made[field.as_str()], &was[field.as_str()], &to),
                _ => put(made, &field, to),
            }
        }
        for (field, to) in host {
            match field.as_str() {
                "Mounts" => mounts(&mut made["HostConfig"], &was["HostConfig"]["Mounts"], &to),
                // The two together must not be less.
                "Memory" => {
                    put(&mut made["HostConfig"], "MemorySwap", Value::Null);
                    put(&mut made["HostConfig"], &field, to);
                }
                // There is one way of limiting processors.
                "NanoCpus" => {
                    put(&mut made["HostConfig"], "CpuQuota", Value::Null);
                    put(&mut made["HostConfig"], "CpuPeriod", Value::Null);
                    put(&mut made["HostConfig"], &field, to);
                }
                _ => put(&mut made["HostConfig"], &field, to),
            }
        }
        if names_networks {
            put(made, "NetworkingConfig", is["NetworkingConfig"].clone());
            anew.networks = joins(&after, "").iter().map(endpoint).collect();
        }
    }
    Edit::Anew(anew)
}

fn joined(spec: &RunSpec) -> (&str, &[String], &str, &[String]) {
    let options = &spec.options;
    (&spec.network, &options.network_aliases, &options.ip_address, &options.further_networks)
}

fn endpoint(join: &Request) -> (String, Value) {
    (join.object.clone(), join.body.as_ref().map(|body| body["EndpointConfig"].clone()).unwrap_or_default())
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

/// What the form does not have any more is taken away by its target, in whichever of the three ways it was asked for.
fn mounts(host: &mut Value, was: &Value, is: &Value) {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let (was, is) = (list(was), list(is));
    let gone: Vec<String> =
        was.iter().filter(|mount| !is.contains(mount)).filter_map(|mount| mount["Target"].as_str()).map(str::to_owned).collect();
    let is_gone = |target: &str| gone.iter().any(|one| one.trim_end_matches('/') == target.trim_end_matches('/'));
    if let Some(binds) = host["Binds"].as_array_mut() {
        binds.retain(|bind| !bind.as_str().and_then(|bind| bind.split(':').nth(1)).is_some_and(is_gone));
    }
    if let Some(tmpfs) = host["Tmpfs"].as_object_mut() {
        tmpfs.retain(|target, _| !is_gone(target));
    }
    let mut asked = list(&host["Mounts"]);
    asked.retain(|mount| !mount["Target"].as_str().is_some_and(is_gone));
    asked.extend(is.into_iter().filter(|mount| !was.contains(mount)));
    host["Mounts"] = json!(asked);
}

/// As an engine takes it.
fn update_of(old: &Value, host: Vec<(String, Value)>) -> Map<String, Value> {
    let mut body: Map<String, Value> = host.into_iter().collect();
    if let Some(memory) = body.get("Memory").and_then(Value::as_i64) {
        // Without it an engine refuses, for the two together were less.
        let swap = match (old["HostConfig"]["MemorySwap"].as_i64().unwrap_or(0), old["HostConfig"]["Memory"].as_i64().unwrap_or(0)) {
            (unlimited, _) if unlimited < 0 => -1,
            (0, _) => memory.saturating_mul(2),
            (both, before) => memory.saturating_add((both - before).max(0)),
        };
        body.insert("MemorySwap".to_owned(), json!(swap));
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
                "Labels": { "tier": "front", "com.docker.compose.project": "shop" }
            },
            "HostConfig": {
                "NetworkMode": "front", "Memory": 1 << 26, "MemorySwap": -1, "OomScoreAdj": 7, "SecurityOpt": ["label=disable"],
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
        assert_eq!((&host["Binds"], &host["OomScoreAdj"], &host["MemorySwap"]), (&json!(["/srv:/srv:z"]), &json!(7), &json!(-1)));
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
        assert_eq!(anew.create.body.unwrap()["NetworkingConfig"]["EndpointsConfig"]["front"]["Aliases"], json!(["db"]));
    }
}
