//! What is done by clicking, as commands and programs.

use serde::{Deserialize, Serialize};

use crate::{channel::ChannelSpec, ids::JobId, json::Json};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// The docker command.
    Docker,
    Curl,
    Httpie,
    /// Docker's SDK for Python.
    Python,
    /// Docker's SDK for Go.
    Go,
    Http,
}

impl Language {
    pub const ALL: [Self; 6] = [Self::Docker, Self::Curl, Self::Httpie, Self::Python, Self::Go, Self::Http];

    /// As its makers spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Curl => "curl",
            Self::Httpie => "HTTPie",
            Self::Python => "Python",
            Self::Go => "Go",
            Self::Http => "HTTP",
        }
    }
}

/// What is to be written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Explained {
    /// A call before it is made, by its name.
    Call { call: String, arguments: Json },
    /// What a page follows.
    Channel(ChannelSpec),
    /// What a job was begun with, as it was written down then.
    Job(JobId),
}

/// Containers as what makes others like them; secrets are variables.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exported {
    /// A `docker run` for each.
    pub docker: String,
    /// `compose.yaml`
    pub compose: String,
}

/// The same requests to the engine in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Equivalent {
    pub language: Language,
    /// To be run as it is; a secret is a variable in it, which has to be set before.
    pub text: String,
    /// What the language has no way for, and why; the text says the same in comments.
    pub missing: Vec<String>,
}
