//! What nobody is to read over somebody's shoulder, or in a script that is passed on.

use linkspan_docker::Operation;
use serde_json::{Value, json};

use super::{Step, words::environment};

/// Words of a variable's name that say that its value is to be kept secret.
const WORDS: &[&str] =
    &["PASSW", "PASSPHRASE", "SECRET", "TOKEN", "CREDENTIAL", "PRIVATE", "APIKEY", "API_KEY", "ACCESS_KEY", "_KEY", "AUTH", "DSN"];
/// A document without credentials, as [`Login::header`](linkspan_docker::auth::Login::header) writes it.
const NO_CREDENTIALS: &str = "e30=";

/// By its name.
pub fn is_secret(name: &str) -> bool {
    let name = name.to_uppercase().replace(['-', '.'], "_");
    WORDS.iter().any(|word| name.contains(word))
}

/// The same steps with variables in the places of what is secret.
pub fn hidden(steps: &[Step]) -> Vec<Step> {
    let mut steps = steps.to_vec();
    for step in &mut steps {
        if let Some(lines) = step.request.body.as_mut().and_then(|body| body.get_mut("Env")).and_then(Value::as_array_mut) {
            lines.iter_mut().for_each(hide);
        }
        if step.operation() == Operation::ImageBuild {
            step.request.query.iter_mut().filter(|(name, _)| *name == "buildargs").for_each(|(_, value)| hide_arguments(value));
        }
    }
    steps
}

/// `NAME=value`
fn hide(line: &mut Value) {
    if let Some((name, value)) = line.as_str().and_then(|line| line.split_once('='))
        && is_secret(name)
        && !value.is_empty()
    {
        *line = json!(format!("{name}={}", environment(name)));
    }
}

fn hide_arguments(value: &mut Vec<u8>) {
    let Ok(Value::Object(mut arguments)) = serde_json::from_slice(value) else { return };
    for (name, value) in &mut arguments {
        if is_secret(name) {
            *value = json!(environment(name));
        }
    }
    *value = Value::Object(arguments).to_string().into_bytes();
}

/// The variable that the credentials of this request are to be in, and the header's name; `None` where it has no such header.
pub fn credentials(step: &Step) -> Option<(&'static str, String)> {
    let (name, value) = step.request.header.as_ref()?;
    let header = if name.as_str() == "x-registry-config" { "X-Registry-Config" } else { "X-Registry-Auth" };
    let text = if value == NO_CREDENTIALS { NO_CREDENTIALS.to_owned() } else { environment("REGISTRY_AUTH") };
    Some((header, text))
}

/// Somebody signs in with it.
pub fn signs_in(step: &Step) -> bool {
    credentials(step).is_some_and(|(_, value)| value != NO_CREDENTIALS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_their_names() {
        for secret in ["DB_PASSWORD", "mysql_passwd", "GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "API-KEY", "Auth", "SENTRY_DSN"] {
            assert!(is_secret(secret), "{secret}");
        }
        for plain in ["PATH", "KEYBOARD", "LANG", "MONKEY", "PORT"] {
            assert!(!is_secret(plain), "{plain}");
        }
    }
}
