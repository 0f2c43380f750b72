//! How the Engine API is told to sign in to a registry: `X-Registry-Auth`, and `X-Registry-Config` for builds.

use std::{collections::BTreeMap, fmt};

use base64::{Engine as _, prelude::BASE64_URL_SAFE};
use hyper::header::{HeaderName, HeaderValue};
use linkspan_shared::credential::CredentialUse;
use serde::Serialize;

use crate::error::EngineError;

/// `AuthConfig` of the Engine API.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
pub struct RegistryAuth {
    pub username: String,
    pub password: String,
    #[serde(rename = "identitytoken", skip_serializing_if = "String::is_empty")]
    pub identity_token: String,
    #[serde(rename = "registrytoken", skip_serializing_if = "String::is_empty")]
    pub registry_token: String,
    #[serde(rename = "serveraddress")]
    pub server: String,
}

impl fmt::Debug for RegistryAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegistryAuth").field("server", &self.server).finish_non_exhaustive()
    }
}

/// A credential with what may be said of it.
#[derive(Clone, Debug, Default)]
pub struct Login {
    /// `None` to ask without any.
    pub auth: Option<RegistryAuth>,
    pub used: CredentialUse,
    /// Why it is not another one, told when the registry refuses: a file or a program that could not be read.
    pub trouble: String,
}

/// Credentials of several registries, for a build.
#[derive(Clone, Debug, Default)]
pub struct Logins {
    /// By the registry's address.
    pub found: BTreeMap<String, RegistryAuth>,
    /// Why others are not among them.
    pub trouble: Vec<String>,
}

impl Login {
    /// The Engine wants the header with every push, also with an empty document.
    pub fn header(&self) -> (HeaderName, HeaderValue) {
        let document = self.auth.as_ref().map_or_else(|| b"{}".to_vec(), |auth| serde_json::to_vec(auth).unwrap_or_default());
        header("x-registry-auth", &document)
    }

    /// An error without what the engine or the registry gave back of the credential.
    #[must_use]
    pub fn scrubbed(&self, error: EngineError) -> EngineError {
        match error {
            EngineError::Refused { status, message } => EngineError::Refused { status, message: self.scrub(&message) },
            other => other,
        }
    }

    /// A text of the engine or of a registry without what must not be shown. Some servers give back what they were sent.
    pub fn scrub(&self, text: &str) -> String {
        self.auth.as_ref().map_or_else(|| text.to_owned(), |auth| auth.scrub(text))
    }
}

impl RegistryAuth {
    pub fn scrub(&self, text: &str) -> String {
        let basic = base64::prelude::BASE64_STANDARD.encode(format!("{}:{}", self.username, self.password));
        let secrets = [&self.password, &self.identity_token, &self.registry_token, &basic];
        // A shorter one would tear holes into every text.
        secrets.into_iter().filter(|secret| secret.len() >= 4).fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), "***"))
    }
}

/// By the registry's address. See `X-Registry-Config` of `POST /build`.
pub fn config_header(logins: &BTreeMap<String, RegistryAuth>) -> (HeaderName, HeaderValue) {
    header("x-registry-config", &serde_json::to_vec(logins).unwrap_or_default())
}

fn header(name: &'static str, document: &[u8]) -> (HeaderName, HeaderValue) {
    let mut value = HeaderValue::try_from(BASE64_URL_SAFE.encode(document)).unwrap_or_else(|_| HeaderValue::from_static(""));
    // Shown by no `Debug`.
    value.set_sensitive(true);
    (HeaderName::from_static(name), value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login() -> Login {
        let auth =
            RegistryAuth { username: "mika".into(), password: "hunter2?>".into(), server: "a.b:5000".into(), ..RegistryAuth::default() };
        Login { auth: Some(auth), used: CredentialUse::None, trouble: String::new() }
    }

    #[test]
    fn the_header_is_base64url_of_json() {
        let (name, value) = login().header();
        assert_eq!(name, "x-registry-auth");
        let document = BASE64_URL_SAFE.decode(value.as_bytes()).unwrap();
        assert_eq!(String::from_utf8(document).unwrap(), r#"{"username":"mika","password":"hunter2?>","serveraddress":"a.b:5000"}"#);
        assert_eq!(Login::default().header().1, "e30=");
    }

    #[test]
    fn a_secret_is_in_no_text() {
        let login = login();
        assert!(!format!("{login:?} {:?}", login.header()).contains("hunter2"));
        assert_eq!(login.scrub("you sent hunter2?> and bWlrYTpodW50ZXIyPz4="), "you sent *** and ***");
    }
}
