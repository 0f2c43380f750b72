//! One line of the engine's events.

use std::collections::HashMap;

use serde::Deserialize;

use super::{lenient, map, number, text};

/// One line of `GET /events`
#[derive(Debug, Deserialize)]
pub struct Event {
    #[serde(rename = "Type", default, deserialize_with = "text")]
    pub kind: String,
    #[serde(rename = "Action", default, deserialize_with = "text")]
    pub action: String,
    #[serde(rename = "Actor", default, deserialize_with = "lenient")]
    pub actor: Actor,
    /// Seconds since 1970 …
    #[serde(default, deserialize_with = "number")]
    pub time: i64,
    /// … and nanoseconds since then.
    #[serde(rename = "timeNano", default, deserialize_with = "number")]
    pub time_nano: i64,
}

impl Event {
    /// What an event was about that is too long to be read, as far as its beginning tells.
    pub fn of_beginning(beginning: &str) -> Option<Self> {
        let after = |key: &str| {
            let (_, rest) = beginning.split_once(&format!("\"{key}\":\""))?;
            Some(rest.split_once('"')?.0.to_owned())
        };
        let actor = Actor { id: after("ID")?, attributes: HashMap::new() };
        Some(Self { kind: after("Type")?, action: after("Action")?, actor, time: 0, time_nano: 0 })
    }
}

#[derive(Debug, Default, Deserialize)]
pub struct Actor {
    #[serde(rename = "ID", default, deserialize_with = "text")]
    pub id: String,
    #[serde(rename = "Attributes", default, deserialize_with = "map")]
    pub attributes: HashMap<String, String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beginning_tells_what_it_was_about() {
        let text = r#"{"status":"start","id":"aa","from":"x","Type":"container","Action":"start","Actor":{"ID":"aa","Attributes":{"l":"xx"#;
        let event = Event::of_beginning(text).unwrap();
        assert_eq!((event.kind.as_str(), event.action.as_str(), event.actor.id.as_str()), ("container", "start", "aa"));
        assert!(Event::of_beginning(r#"{"Type":"container","Action":"start","Actor":{"Attributes":{"#).is_none());
    }
}
