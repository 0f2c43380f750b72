//! Passkeys: credentials of Web Authentication (Level 3), as the web API has them under `/api/passkey/`.
//!
//! What the browser and the bridge's library say to each other is the JSON of the specification (5.1.8 to 5.1.11); nobody in between reads
//! it. A passkey is for the host name of the page that it was made on, and signs in there alone.

use serde::{Deserialize, Serialize};

use crate::{credential::Secret, json::Json, time::Timestamp};

/// `POST /api/passkey/begin` (to sign in) and `POST /api/passkey/new` begin one; it has to end within 5 minutes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ceremony {
    pub id: String,
    /// `PublicKeyCredentialRequestOptionsJSON`, or `PublicKeyCredentialCreationOptionsJSON` for a new one.
    pub options: Json,
}

/// `POST /api/passkey/sign-in`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PasskeySignIn {
    pub ceremony: String,
    /// `AuthenticationResponseJSON`
    pub credential: Json,
}

/// `POST /api/passkey/new`: whoever sits at somebody's open page does not become them for good.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewPasskey {
    /// One's own.
    pub password: Secret,
}

/// `POST /api/passkey/add`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AddPasskey {
    pub ceremony: String,
    pub name: String,
    /// `RegistrationResponseJSON`
    pub credential: Json,
}

/// What is known of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passkey {
    pub id: String,
    pub name: String,
    /// Where it signs in.
    pub host: String,
    pub created: Timestamp,
    pub used: Option<Timestamp>,
}

/// Characters of a passkey's name.
pub const PASSKEY_NAME: usize = 64;
/// Passkeys of one person.
pub const PASSKEYS: usize = 20;

/// Whether pages of this host can have passkeys at all: browsers want a name, and TLS (or this very machine) besides.
pub fn host_has_passkeys(scheme: &str, host: &str) -> bool {
    let is_address = host.starts_with('[') || host.parse::<std::net::IpAddr>().is_ok();
    host == "localhost" || (scheme == "https" && !is_address && !host.is_empty())
}

#[cfg(test)]
mod tests {
    use super::host_has_passkeys;

    #[test]
    fn a_passkey_needs_a_name() {
        assert!(host_has_passkeys("https", "linkspan.example") && host_has_passkeys("http", "localhost"));
        for (scheme, host) in [("http", "linkspan.example"), ("https", "192.0.2.1"), ("https", "[2001:db8::1]"), ("http", "127.0.0.1")] {
            assert!(!host_has_passkeys(scheme, host), "{scheme}://{host}");
        }
    }
}
