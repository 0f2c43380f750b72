//! How an accessible name is matched.

use serde_json::{Value, json};
use std::fmt;

/// The accessible name that is looked for. White space is normalised on both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name {
    /// Any name, also none.
    Any,
    /// The whole name.
    Whole(String),
    /// A name that begins so.
    Start(String),
    /// A name that holds this somewhere.
    Part(String),
}

/// A name that begins with a text, as those that the contract writes with "…".
pub fn starting(text: impl Into<String>) -> Name {
    Name::Start(text.into())
}

/// A name with a text somewhere in it.
pub fn containing(text: impl Into<String>) -> Name {
    Name::Part(text.into())
}

impl Name {
    pub(super) fn json(&self) -> Value {
        match self {
            Name::Any => json!({ "kind": "any" }),
            Name::Whole(text) => json!({ "kind": "whole", "text": text }),
            Name::Start(text) => json!({ "kind": "start", "text": text }),
            Name::Part(text) => json!({ "kind": "part", "text": text }),
        }
    }
}

impl From<&str> for Name {
    fn from(text: &str) -> Self {
        Name::Whole(text.to_owned())
    }
}

impl From<String> for Name {
    fn from(text: String) -> Self {
        Name::Whole(text)
    }
}

impl From<&String> for Name {
    fn from(text: &String) -> Self {
        Name::Whole(text.clone())
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Name::Any => f.write_str("with any name"),
            Name::Whole(text) => write!(f, "{text:?}"),
            Name::Start(text) => write!(f, "named {text:?}…"),
            Name::Part(text) => write!(f, "named …{text:?}…"),
        }
    }
}
