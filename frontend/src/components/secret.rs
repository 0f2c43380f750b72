//! What is likely to be a secret, by its name and its looks. Somebody may be looking over a shoulder.

const NAMES: [&str; 7] = ["PASS", "SECRET", "TOKEN", "CREDENTIAL", "AUTH", "APIKEY", "_KEY"];

/// Of a variable.
pub fn is_secret(name: &str, value: &str) -> bool {
    has_login(value) || NAMES.iter().any(|secret| name.to_ascii_uppercase().contains(secret))
}

/// An address with a password in it.
fn has_login(value: &str) -> bool {
    value.split_once("://").is_some_and(|(_, rest)| rest.split('/').next().is_some_and(|host| host.contains('@')))
}
