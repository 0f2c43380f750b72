use std::collections::HashMap;

use serde::Deserialize;

use super::null_as_default;

/// One line of `GET /events`
#[derive(Debug, Deserialize)]
pub struct Event {
    #[serde(rename = "Type", default)]
    pub kind: String,
    #[serde(rename = "Action", default)]
    pub action: String,
    #[serde(rename = "Actor", default)]
    pub actor: Actor,
    /// Seconds since 1970 …
    #[serde(default)]
    pub time: i64,
    /// … and nanoseconds since then.
    #[serde(rename = "timeNano", default)]
    pub time_nano: i64,
}

#[derive(Debug, Default, Deserialize)]
pub struct Actor {
    #[serde(rename = "ID", default)]
    pub id: String,
    #[serde(rename = "Attributes", default, deserialize_with = "null_as_default")]
    pub attributes: HashMap<String, String>,
}
