//! What nobody is to read over somebody's shoulder, or in a script that is passed on. By names, and by what a value looks like: a
//! password that looks like neither is shown as whatever else somebody typed.

use linkspan_docker::Operation;
use serde_json::Value;

use super::{Step, words::environment};

/// Words of a name that say that its value is to be kept secret.
const WORDS: &[&str] =
    &["PASS", "PWD", "SECRET", "TOKEN", "CREDENTIAL", "CREDS", "PRIVATE", "APIKEY", "API_KEY", "ACCESS_KEY", "_KEY", "AUTH", "DSN"];
/// The same within a value.
const WITHIN: &[&str] = &["password=", "passwd=", "pwd=", "token=", "secret=", "apikey=", "api_key=", "api-key="];
/// A document without credentials, as [`Login::header`](linkspan_docker::auth::Login::header) writes it.
const NO_CREDENTIALS: &str = "e30=";

fn is_secret_name(name: &str) -> bool {
    let name = name.to_uppercase().replace(['-', '.'], "_").replace("AUTHOR", "");
    // The folder of a process, and of the one before; where a secret is, and how it is asked for.
    let is_about =
        ["PWD", "OLDPWD"].contains(&name.as_str()) || ["_FILE", "_SOCK", "_METHOD", "_PATH", "_DIR"].iter().any(|end| name.ends_with(end));
    !is_about && WORDS.iter().any(|word| name.contains(word))
}

/// By its name, or by what it looks like: `password=…`, or an address with a password in it. What is switched on or off, counted, or
/// filled in by a shell is none.
pub fn is_secret(name: &str, value: &str) -> bool {
    let is_plain = ["true", "false", "yes", "no", "on", "off", "none", "trust"].contains(&value.to_lowercase().as_str())
        || value.starts_with('$')
        || value.is_empty();
    let has_password = |rest: &str| {
        let authority = rest.split(['/', '?', '#', ' ']).next().unwrap_or_default();
        let password = authority.rsplit_once('@').and_then(|(user, _)| user.split_once(':')).map(|(_, password)| password);
        password.is_some_and(|password| !password.is_empty() && !password.starts_with('$'))
    };
    let lower = value.to_lowercase();
    let is_said = |word: &str| lower.split(word).skip(1).any(|rest: &str| !rest.is_empty() && !rest.starts_with(['$', '"', '\'', ' ']));
    !is_plain && (is_secret_name(name) || WITHIN.iter().any(|word| is_said(word)) || value.split("://").skip(1).any(has_password))
}

/// The value, or a variable in its place.
pub fn value(name: &str, value: &str) -> String {
    if is_secret(name, value) { environment(name) } else { value.to_owned() }
}

/// Words of a command: what follows an option with such a name, behind a `=` or as the next word; `NAME=value`.
pub fn words(words: &[String]) -> Vec<String> {
    let mut before = None::<String>;
    let is_name = |name: &str| !name.is_empty() && name.chars().all(|char| char.is_ascii_alphanumeric() || "-_.".contains(char));
    let hide = |word: &String| {
        if let Some(name) = before.take().filter(|_| !word.starts_with('-')) {
            return value(&name, word);
        }
        if let Some((name, text)) = word.split_once('=').filter(|(name, _)| is_name(name)) {
            return format!("{name}={}", value(name.trim_start_matches('-'), text));
        }
        if let Some(name) = word.strip_prefix('-').map(|name| name.trim_start_matches('-')) {
            before = (is_name(name) && !name.starts_with("no-") && is_secret_name(name)).then(|| name.to_owned());
        }
        // It has no name: what it looks like tells.
        if is_secret("", word) { environment("SECRET") } else { word.clone() }
    };
    words.iter().map(hide).collect()
}

/// The same steps with variables in the places of what is secret.
pub fn hidden(steps: &[Step]) -> Vec<Step> {
    let mut steps = steps.to_vec();
    for step in &mut steps {
        if let Some(body) = &mut step.request.body {
            hide(body);
        }
        if step.operation() == Operation::ImageBuild {
            step.request.query.iter_mut().filter(|(name, _)| *name == "buildargs").for_each(|(_, value)| hide_arguments(value));
        }
    }
    steps
}

fn hide(body: &mut Value) {
    match body {
        Value::Object(map) => {
            for (name, inner) in map {
                match inner {
                    Value::String(text) => *text = value(name, text),
                    inner => hide(inner),
                }
            }
        }
        Value::Array(list) if list.iter().all(Value::is_string) => {
            let texts: Vec<String> = list.iter().filter_map(Value::as_str).map(str::to_owned).collect();
            *list = words(&texts).into_iter().map(Value::String).collect();
        }
        Value::Array(list) => list.iter_mut().for_each(hide),
        _ => {}
    }
}

fn hide_arguments(arguments: &mut Vec<u8>) {
    let Ok(mut document) = serde_json::from_slice::<Value>(arguments) else { return };
    hide(&mut document);
    *arguments = document.to_string().into_bytes();
}

/// The header of credentials, and the variable that they are to be in; `None` where a request has no such header.
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
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_are_known_by_their_names_and_looks() {
        for secret in ["DB_PASSWORD", "PGPASS", "MYSQL_PWD", "GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "API-KEY", "Auth", "SENTRY_DSN"] {
            assert!(is_secret(secret, "x"), "{secret}");
        }
        for plain in ["io.linkspan.author", "PATH", "KEYBOARD", "LANG", "MONKEY", "PORT", "PWD"] {
            assert!(!is_secret(plain, "x"), "{plain}");
        }
        for value in ["postgres://u:p@h/db", "username=u,password=p", "https://x.example/?token=1"] {
            assert!(is_secret("o", value), "{value}");
        }
        for (name, value) in
            [("POSTGRES_HOST_AUTH_METHOD", "x"), ("TOKEN_FILE", "/run/x"), ("SSH_AUTH_SOCK", "/a"), ("AUTH", "none"), ("PASSWORD", "$P")]
        {
            assert!(!is_secret(name, value), "{name}");
        }
        assert!(!is_secret("", "mysqladmin ping --password=$MYSQL_ROOT_PASSWORD"));
        for value in ["http://host:80/a@b", "user@host", "a:b", "https://u@h/"] {
            assert!(!is_secret("o", value), "{value}");
        }
    }

    #[test]
    fn words_of_a_command_are_hidden() {
        let list = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let hidden = words(&list(&[
            "redis",
            "--requirepass",
            "eA==",
            "-database",
            "postgres://u:p@h/d?a=b",
            "--no-auth",
            "serve",
            "--token=y",
            "--port",
            "80",
            "A_KEY=z",
            "postgres://u:p@h",
            "plain",
        ]));
        let wanted = [
            "redis".to_owned(),
            "--requirepass".to_owned(),
            environment("requirepass"),
            "-database".to_owned(),
            environment("SECRET"),
            "--no-auth".to_owned(),
            "serve".to_owned(),
            format!("--token={}", environment("token")),
            "--port".to_owned(),
            "80".to_owned(),
            format!("A_KEY={}", environment("A_KEY")),
            environment("SECRET"),
            "plain".to_owned(),
        ];
        assert_eq!(hidden, wanted);
        let mut body = json!({ "Labels": { "traefik.basicauth": "u:p", "a": "b" }, "HostConfig": { "LogConfig": { "Config": { "splunk-token": "t" } } } });
        hide(&mut body);
        assert_eq!(body["Labels"], json!({ "traefik.basicauth": environment("traefik.basicauth"), "a": "b" }));
        assert_eq!(body["HostConfig"]["LogConfig"]["Config"]["splunk-token"], json!(environment("splunk-token")));
    }
}
