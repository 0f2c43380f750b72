//! The Engine's objects, as far as they are used. Everything is optional that an engine might leave out.

mod container;
mod disk;
mod event;
mod exec;
mod image;
mod network;
mod stats;
mod system;
mod volume;

pub use container::*;
pub use disk::*;
pub use event::*;
pub use exec::*;
pub use image::*;
pub use network::*;
pub use stats::*;
pub use system::*;
pub use volume::*;

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::{Value, value::RawValue};

/// A list whose elements are read one by one: what cannot be read leaves out itself alone, and is named.
#[derive(Debug)]
pub struct Listed<T> {
    pub items: Vec<T>,
    /// What each calls itself, and why it cannot be read.
    pub left_out: Vec<(String, String)>,
}

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self { items: Vec::new(), left_out: Vec::new() }
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Listed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Go writes an empty list as `null`.
        let elements = Option::<Vec<Box<RawValue>>>::deserialize(deserializer)?.unwrap_or_default();
        let mut listed = Self::default();
        for element in elements {
            match serde_json::from_str(element.get()) {
                Ok(item) => listed.items.push(item),
                Err(error) => listed.left_out.push((called(&element), error.to_string())),
            }
        }
        Ok(listed)
    }
}

/// What an object calls itself, as far as that can be told.
fn called(element: &RawValue) -> String {
    let object: Value = serde_json::from_str(element.get()).unwrap_or_default();
    let text = |key: &str| match object.get(key) {
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Array(list)) => list.first().and_then(Value::as_str).map(str::to_owned),
        _ => None,
    };
    ["Names", "RepoTags", "Name", "Id", "ID"].into_iter().find_map(text).unwrap_or_else(|| "one without a name".to_owned())
}

/// A field that is not as it should be is as if it were not there: it must not take its object with it.
fn lenient<'de, D: Deserializer<'de>, T: Default + DeserializeOwned>(deserializer: D) -> Result<T, D::Error> {
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    Ok(serde_json::from_str(raw.get()).unwrap_or_default())
}

/// A list without its elements that cannot be read.
fn list<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    let elements: Vec<Box<RawValue>> = serde_json::from_str(raw.get()).unwrap_or_default();
    Ok(elements.iter().filter_map(|element| serde_json::from_str(element.get()).ok()).collect())
}

/// All keys; a value that cannot be read is an empty one.
fn map<'de, D, M, T>(deserializer: D) -> Result<M, D::Error>
where
    D: Deserializer<'de>,
    M: FromIterator<(String, T)>,
    T: Default + DeserializeOwned,
{
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    let values: BTreeMap<String, Box<RawValue>> = serde_json::from_str(raw.get()).unwrap_or_default();
    Ok(values.into_iter().map(|(key, value)| (key, serde_json::from_str(value.get()).unwrap_or_default())).collect())
}

/// What was meant as a text may come as a number or a truth.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => text,
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        _ => String::new(),
    })
}

/// Clamped to what its type can hold; also out of a text, a time's as seconds since 1970.
fn number<'de, D: Deserializer<'de>, T: Number>(deserializer: D) -> Result<T, D::Error> {
    Ok(T::clamped(any_number(&Value::deserialize(deserializer)?).unwrap_or(0)))
}

/// A count that is not said, or cannot be read, is not zero.
fn counted<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    Ok(any_number(&Value::deserialize(deserializer)?).map_or(NOT_COUNTED, i64::clamped))
}

/// As engines say it.
const NOT_COUNTED: i64 = -1;

fn not_counted() -> i64 {
    NOT_COUNTED
}

/// Where a wrong guess would lose something: whatever is not clearly `false`, or not said, is true.
fn unless_false<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(!matches!(Value::deserialize(deserializer)?, Value::Bool(false) | Value::Null))
}

fn any_number(value: &Value) -> Option<i128> {
    match value {
        Value::Number(number) => {
            number.as_i64().map(i128::from).or(number.as_u64().map(i128::from)).or(number.as_f64().map(|float| float as i128))
        }
        Value::String(text) => text.parse().ok().or_else(|| Some(text.parse::<jiff::Timestamp>().ok()?.as_second().into())),
        _ => None,
    }
}

trait Number: Sized {
    fn clamped(number: i128) -> Self;
}

macro_rules! numbers {
    ($($type:ident),*) => {$(
        impl Number for $type {
            fn clamped(number: i128) -> Self {
                number.clamp($type::MIN.into(), $type::MAX.into()) as $type
            }
        }
    )*};
}

numbers!(i64, u64, u16);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// Any JSON, in any place of an object.
    fn nonsense() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            Just(json!("x")),
            Just(json!(-1)),
            Just(json!(1e30)),
            Just(json!(u64::MAX)),
            Just(json!(true)),
            Just(json!([])),
            Just(json!([null, 7])),
            Just(json!({})),
            Just(json!({ "a": null })),
        ]
    }

    /// Replaces the `at`th of all values within, and says how many there are.
    fn replace(value: &mut Value, at: &mut usize, by: &Value) {
        let children: Vec<&mut Value> = match value {
            Value::Array(list) => list.iter_mut().collect(),
            Value::Object(object) => object.values_mut().collect(),
            _ => Vec::new(),
        };
        for child in children {
            if *at == 0 {
                *child = by.clone();
                *at = usize::MAX;
                return;
            }
            *at -= 1;
            replace(child, at, by);
            if *at == usize::MAX {
                return;
            }
        }
    }

    fn container(id: &str) -> Value {
        json!({
            "Id": id, "Names": ["/web"], "Image": "nginx:1", "ImageID": "sha256:aa", "Command": "run", "Created": 1_700_000_000,
            "State": "running", "Status": "Up 3 minutes (healthy)",
            "Ports": [{ "IP": "0.0.0.0", "PrivatePort": 80, "PublicPort": 8080, "Type": "tcp" }],
            "Labels": { "a": "b" }, "Mounts": [{ "Type": "volume", "Name": "data", "Source": "/d", "Destination": "/data", "RW": true }],
            "NetworkSettings": { "Networks": { "bridge": { "IPAddress": "10.0.0.2" } } }
        })
    }

    proptest! {
        /// Whatever stands in one place of one container, the others are there, and that one is too unless it lost its id.
        #[test]
        fn one_bad_value_spoils_nothing_else(at in 0usize..40, by in nonsense()) {
            let mut bad = container("bad");
            replace(&mut bad, &mut at.clone(), &by);
            let has_id = bad["Id"].is_string();
            let text = json!([container("first"), bad, null, container("last")]).to_string();
            let listed: Listed<ContainerSummary> = serde_json::from_str(&text).unwrap();
            let ids: Vec<&str> = listed.items.iter().map(|one| one.id.as_str()).collect();
            prop_assert!(ids.first() == Some(&"first") && ids.last() == Some(&"last"));
            prop_assert_eq!(ids.len(), 2 + usize::from(has_id));
            prop_assert_eq!(listed.left_out.len(), 1 + usize::from(!has_id));
        }

        #[test]
        fn one_bad_value_spoils_no_inspect(at in 0usize..60, by in nonsense()) {
            let mut inspect = json!({
                "Id": "aa", "Name": "/web", "Created": "2026-01-01T00:00:00Z", "Path": "sh", "Args": ["-c"], "Image": "sha256:aa",
                "RestartCount": 2, "State": { "Status": "exited", "ExitCode": 3, "Error": "", "OOMKilled": false, "StartedAt": "",
                "FinishedAt": "", "Health": { "Status": "healthy" } }, "Config": { "Image": "a", "User": "", "Tty": false, "Env": ["A=b"],
                "Cmd": ["x"], "Entrypoint": null, "Labels": { "a": "b" }, "ExposedPorts": { "80/tcp": {} } },
                "HostConfig": { "AutoRemove": false, "Privileged": false, "RestartPolicy": { "Name": "no" } },
                "NetworkSettings": { "Ports": { "80/tcp": [{ "HostIp": "", "HostPort": "8080" }] }, "Networks": { "a": null } }, "Mounts": []
            });
            replace(&mut inspect, &mut at.clone(), &by);
            let has_id = inspect["Id"].is_string();
            let read = serde_json::from_value::<ContainerInspect>(inspect);
            prop_assert_eq!(read.is_ok(), has_id, "{:?}", read);
        }
    }

    #[test]
    fn what_is_left_out_is_named() {
        let text = r#"[{"Id": 7, "Names": ["/odd"]}, {"Id": "aa"}, 3]"#;
        let listed: Listed<ContainerSummary> = serde_json::from_str(text).unwrap();
        assert_eq!(listed.items.len(), 1);
        let names: Vec<&str> = listed.left_out.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["/odd", "one without a name"]);
        assert!(serde_json::from_str::<Listed<ContainerSummary>>("null").unwrap().items.is_empty());
        assert!(serde_json::from_str::<Listed<ContainerSummary>>("{}").is_err());
    }

    #[test]
    fn what_is_not_known_is_not_taken_for_unused() {
        for text in [r#"{"Name": "v"}"#, r#"{"Name": "v", "UsageData": null}"#, r#"{"Name": "v", "UsageData": {"RefCount": "many"}}"#] {
            let usage: VolumeUsage = serde_json::from_str(text).unwrap();
            assert_eq!(usage.usage_data.ref_count, NOT_COUNTED, "{text}");
        }
        let host: HostConfig = serde_json::from_str(r#"{"AutoRemove": "perhaps"}"#).unwrap();
        assert!(host.auto_remove);
        assert!(!serde_json::from_str::<HostConfig>("{}").unwrap().auto_remove);
    }

    #[test]
    fn a_failure_is_none_the_less_one_when_it_cannot_be_read() {
        for text in [r#"{"error": {"code": 1}}"#, r#"{"errorDetail": {"message": "no"}}"#, r#"{"error": "no", "status": null}"#] {
            let line: ProgressLine = serde_json::from_str(text).unwrap();
            assert!(line.failure().is_some(), "{text}");
        }
        assert!(serde_json::from_str::<ProgressLine>(r#"{"aux": "base64", "status": null, "error": null}"#).unwrap().failure().is_none());
    }
}
