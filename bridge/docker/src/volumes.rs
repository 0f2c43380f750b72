//! `/volumes`.

use serde_json::{Map, Value, json};

use super::{operation::Operation, request::Request};

pub fn list() -> Request {
    Request::new(Operation::VolumeList, "")
}

pub fn inspect(name: &str) -> Request {
    Request::new(Operation::VolumeInspect, name)
}

/// Without a name the engine makes one up. A driver may have to reach another machine.
pub fn create(name: &str, driver: &str, options: &[(String, String)], labels: &[(String, String)]) -> Request {
    let mut body = json!({ "Labels": pairs(labels), "DriverOpts": pairs(options) });
    if !name.is_empty() {
        body["Name"] = json!(name);
    }
    if !driver.is_empty() {
        body["Driver"] = json!(driver);
    }
    Request::new(Operation::VolumeCreate, "").json(body).without_timeout()
}

/// Refused by the engine while a container has it.
pub fn remove(name: &str) -> Request {
    Request::new(Operation::VolumeDelete, name).without_timeout()
}

pub(super) fn pairs(pairs: &[(String, String)]) -> Map<String, Value> {
    pairs.iter().map(|(name, value)| (name.clone(), json!(value))).collect()
}
