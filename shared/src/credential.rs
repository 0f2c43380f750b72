//! How a registry is signed in to. No message to a browser ever holds a secret; those from a browser hide theirs from
//! every `Debug`.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{ids::UserName, table::Row, time::Timestamp};

/// A password or a token: it is shown by no `Debug`, and wiped when it is let go.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl From<String> for Secret {
    fn from(secret: String) -> Self {
        Self(secret.into())
    }
}

impl From<&str> for Secret {
    fn from(secret: &str) -> Self {
        secret.to_owned().into()
    }
}

impl Default for Secret {
    fn default() -> Self {
        String::new().into()
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for Secret {}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.expose().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// What somebody chose for one pull or push.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Credentials {
    /// What `docker login` left for the registry on the bridge's machine, if this person may use it; else what is stored
    /// for the registry; else none.
    #[default]
    Automatic,
    None,
    /// For this one request; kept nowhere.
    Typed {
        username: String,
        password: Secret,
    },
    /// By its name.
    Stored(String),
}

/// What a request was made with, as everybody may know it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialUse {
    #[default]
    None,
    Typed {
        username: String,
    },
    Stored {
        name: String,
    },
    /// What `docker login` left.
    DockerLogin {
        registry: String,
    },
}

/// A credential that an administrator stored, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredCredential {
    /// Unique; chosen by whoever stored it.
    pub name: String,
    /// Host, with the port if there is one.
    pub registry: String,
    pub kind: CredentialKind,
    pub stored_by: UserName,
    pub stored: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialKind {
    Password {
        username: String,
    },
    /// An OAuth 2 refresh token, `identitytoken` in the Engine API.
    IdentityToken,
}

/// The registries that the docker command is signed in to on the bridge's machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DockerLogins {
    pub registries: Vec<String>,
    /// The program that keeps the rest, `docker-credential-NAME`; empty for none.
    pub store: String,
    /// Everybody may use them, not administrators alone.
    pub shared: bool,
    /// This person may.
    pub usable: bool,
}

impl Row for StoredCredential {
    type Id = String;
    fn id(&self) -> &String {
        &self.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_in_no_debug_text() {
        let typed = Credentials::Typed { username: "mika".into(), password: Secret::from("hunter2") };
        assert_eq!(format!("{typed:?}"), "Typed { username: \"mika\", password: Secret }");
    }
}
