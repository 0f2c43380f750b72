//! A container like another one, of another image. What the old one has of its image is left to the new one's, as Watchtower
//! and Compose do it; what somebody chose stays.

use serde_json::{Map, Value, json};

use crate::{operation::Operation, request::Request};

#[derive(Debug)]
pub struct Recreation {
    pub create: Request,
    /// Networks beside the first one, each with the endpoint's settings: old engines take one at the creation.
    pub networks: Vec<(String, Value)>,
}

/// `old`: `GET /containers/{id}/json`. `image_config`: the `Config` of its image, null where that is gone.
pub fn recreation(old: &Value, image_config: &Value, image: &str, name: &str) -> Recreation {
    let short = old["Id"].as_str().unwrap_or_default().get(..12).unwrap_or_default();
    let host = &old["HostConfig"];
    let shares_hostname =
        host["UTSMode"] == "host" || host["NetworkMode"].as_str().is_some_and(|mode| mode == "host" || mode.starts_with("container:"));
    let mut body = config(&old["Config"], image_config, short, shares_hostname);
    body["Image"] = json!(image);
    body["HostConfig"] = host_config(old);
    let mut networks = networks(old, short);
    if !networks.is_empty() {
        let (first, endpoint) = networks.remove(0);
        body["NetworkingConfig"] = json!({ "EndpointsConfig": { first: endpoint } });
    }
    Recreation { create: Request::new(Operation::ContainerCreate, "").query("name", name).json(body), networks }
}

pub(crate) fn config(old: &Value, image: &Value, short: &str, shares_hostname: bool) -> Value {
    let mut config = old.as_object().cloned().unwrap_or_default();
    // Its own, or one that it shares, which an engine writes there and does not take.
    if shares_hostname || config.get("Hostname").and_then(Value::as_str) == Some(short) {
        config.remove("Hostname");
    }
    if shares_hostname {
        config.remove("Domainname");
    }
    // Of an endpoint, since API 1.44, unless somebody asked for it.
    if config.get("MacAddress").and_then(Value::as_str).is_none_or(str::is_empty) {
        config.remove("MacAddress");
    }
    let is_images = |config: &Map<String, Value>, field: &str| !image[field].is_null() && config.get(field) == Some(&image[field]);
    for field in ["WorkingDir", "User", "Healthcheck", "StopSignal", "StopTimeout", "Shell", "OnBuild"] {
        if is_images(&config, field) {
            config.remove(field);
        }
    }
    // With another Entrypoint a Cmd that is not said is none.
    if config.get("Entrypoint").is_none_or(|entrypoint| *entrypoint == image["Entrypoint"]) {
        config.remove("Entrypoint");
        if is_images(&config, "Cmd") {
            config.remove("Cmd");
        }
    } else if config.get("Entrypoint").is_none_or(Value::is_null) {
        // None is taken for the image's; this is how an engine is told that there is none.
        config.insert("Entrypoint".to_owned(), json!([""]));
    }
    if let (Some(Value::Array(env)), Some(known)) = (config.get_mut("Env"), image["Env"].as_array()) {
        env.retain(|line| !known.contains(line));
    }
    for field in ["Labels", "ExposedPorts", "Volumes"] {
        if let (Some(Value::Object(own)), Some(known)) = (config.get_mut(field), image[field].as_object()) {
            own.retain(|name, value| known.get(name) != Some(value));
        }
    }
    Value::Object(config)
}

/// Volumes without a name go over, too.
fn host_config(old: &Value) -> Value {
    let mut host = old["HostConfig"].clone();
    let texts = |value: &Value| value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>();
    let mut binds = texts(&host["Binds"]);
    let same = |one: &str, other: &str| one.trim_end_matches('/') == other.trim_end_matches('/');
    let said: Vec<String> = binds.iter().filter_map(|bind| bind.split(':').nth(1)).map(str::to_owned).collect();
    for mount in old["Mounts"].as_array().into_iter().flatten().filter(|mount| mount["Type"] == "volume") {
        let (Some(volume), Some(target)) = (mount["Name"].as_str(), mount["Destination"].as_str()) else { continue };
        if volume.is_empty() || said.iter().any(|one| same(one, target)) {
            continue;
        }
        let asked =
            host["Mounts"].as_array_mut().into_iter().flatten().find(|asked| asked["Target"].as_str().is_some_and(|one| same(one, target)));
        if let Some(asked) = asked {
            // Else there would be a new one.
            if asked["Source"].as_str().is_none_or(str::is_empty) {
                asked["Source"] = json!(volume);
            }
        } else {
            let mode = if mount["RW"] == false { ":ro" } else { "" };
            binds.push(format!("{volume}:{target}{mode}"));
        }
    }
    host["Binds"] = json!(binds);
    // Podman tells `RLIMIT_NOFILE` where it is asked for `nofile`.
    for limit in host["Ulimits"].as_array_mut().into_iter().flatten() {
        if let Some(name) = limit["Name"].as_str().and_then(|name| name.strip_prefix("RLIMIT_")) {
            limit["Name"] = json!(name.to_lowercase());
        }
    }
    // `/other:/name/alias` where `other:alias` is asked for.
    let link = |link: String| {
        let (other, alias) = link.split_once(':')?;
        Some(format!("{}:{}", other.trim_start_matches('/'), alias.rsplit('/').next()?))
    };
    let links: Vec<String> = texts(&host["Links"]).into_iter().filter_map(link).collect();
    host["Links"] = json!(links);
    host
}

/// That of the container's network mode first.
fn networks(old: &Value, short: &str) -> Vec<(String, Value)> {
    let mode = old["HostConfig"]["NetworkMode"].as_str().unwrap_or("default");
    if matches!(mode, "host" | "none") || mode.starts_with("container:") {
        return Vec::new();
    }
    let endpoint = |endpoint: &Value| {
        let mut kept = Map::new();
        for field in ["IPAMConfig", "Links", "DriverOpts"] {
            if !endpoint[field].is_null() {
                kept.insert(field.to_owned(), endpoint[field].clone());
            }
        }
        let aliases: Vec<&Value> = endpoint["Aliases"].as_array().into_iter().flatten().filter(|alias| **alias != short).collect();
        if !aliases.is_empty() {
            kept.insert("Aliases".to_owned(), json!(aliases));
        }
        Value::Object(kept)
    };
    let all = old["NetworkSettings"]["Networks"].as_object();
    let mut networks: Vec<(String, Value)> = all.into_iter().flatten().map(|(name, one)| (name.clone(), endpoint(one))).collect();
    networks.sort_by_key(|(name, _)| name != mode);
    networks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_the_old_image_s_is_left_to_the_new_one() {
        let old = json!({
            "Id": "0123456789abcdef",
            "Config": {
                "Hostname": "0123456789ab", "Cmd": ["serve"], "Entrypoint": null, "Env": ["PATH=/bin", "OWN=1"], "User": "1000",
                "Labels": { "version": "1", "team": "quay" }, "ExposedPorts": { "80/tcp": {}, "81/tcp": {} }, "Image": "shop:1"
            },
            "HostConfig": {
                "Ulimits": [{ "Name": "RLIMIT_NOFILE", "Soft": 1024, "Hard": 1024 }],
                "NetworkMode": "front", "Binds": ["named:/data/", "/srv:/srv:ro"], "Links": ["/db:/web/database"],
                "Mounts": [{ "Type": "volume", "Source": "asked", "Target": "/asked" }, { "Type": "volume", "Target": "/unnamed" }]
            },
            "Mounts": [
                { "Type": "volume", "Name": "named", "Destination": "/data", "RW": true },
                { "Type": "volume", "Name": "asked", "Destination": "/asked", "RW": true },
                { "Type": "volume", "Name": "ee00", "Destination": "/unnamed", "RW": true },
                { "Type": "volume", "Name": "ff00", "Destination": "/var/lib/db", "RW": false },
                { "Type": "bind", "Source": "/srv", "Destination": "/srv" }
            ],
            "NetworkSettings": { "Networks": {
                "back": { "Aliases": ["0123456789ab"], "IPAMConfig": null },
                "front": { "Aliases": ["web", "0123456789ab"], "IPAMConfig": { "IPv4Address": "10.0.0.9" } }
            } }
        });
        let image =
            json!({ "Cmd": ["serve"], "Env": ["PATH=/bin"], "User": "", "Labels": { "version": "1" }, "ExposedPorts": { "80/tcp": {} } });
        let config = config(&old["Config"], &image, "0123456789ab", false);
        assert_eq!(
            config,
            json!({ "Env": ["OWN=1"], "User": "1000", "Labels": { "team": "quay" }, "ExposedPorts": { "81/tcp": {} }, "Image": "shop:1" })
        );
        let host = host_config(&old);
        assert_eq!(host["Binds"], json!(["named:/data/", "/srv:/srv:ro", "ff00:/var/lib/db:ro"]));
        assert_eq!((&host["Mounts"][0]["Source"], &host["Mounts"][1]["Source"]), (&json!("asked"), &json!("ee00")));
        assert_eq!((&host["Links"], &host["Ulimits"][0]["Name"]), (&json!(["db:database"]), &json!("nofile")));
        let front = json!({ "Aliases": ["web"], "IPAMConfig": { "IPv4Address": "10.0.0.9" } });
        assert_eq!(networks(&old, "0123456789ab"), [("front".to_owned(), front), ("back".to_owned(), json!({}))]);
    }

    #[test]
    fn a_command_of_one_s_own_stays() {
        let image = json!({ "Cmd": ["serve"], "Entrypoint": ["/entry"] });
        let own = json!({ "Cmd": ["serve"], "Entrypoint": ["/other"] });
        assert_eq!(config(&own, &image, "", false), own);
        assert_eq!(config(&json!({ "Cmd": ["sh"], "Entrypoint": ["/entry"] }), &image, "", false), json!({ "Cmd": ["sh"] }));
        let cleared = json!({ "Cmd": ["sh"], "Entrypoint": null, "Hostname": "another" });
        assert_eq!(config(&cleared, &image, "", true), json!({ "Cmd": ["sh"], "Entrypoint": [""] }));
        // Its image is gone.
        assert_eq!(config(&own, &Value::Null, "", false), own);
    }
}
