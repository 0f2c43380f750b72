//! What `docker login` left on this machine: `config.json`, and the programs that keep secrets for it
//! (`docker-credential-NAME`, github.com/docker/docker-credential-helpers). Read anew each time, as the docker command
//! does, so that a new login counts at once.

use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
    process::{Output, Stdio},
    time::Duration,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use futures_util::future::join_all;
use linkspan_shared::reference::DEFAULT_REGISTRY;
use serde::Deserialize;
use serde_json::Value;
use tokio::{io::AsyncWriteExt, process::Command};

use linkspan_docker::auth::RegistryAuth;

/// What the default registry is called in these files.
const DEFAULT_SERVER: &str = "https://index.docker.io/v1/";
/// A program that shows a question on some desktop waits for ever.
const HELPER: Duration = Duration::from_secs(20);
/// What a program says as a user name when the secret is an identity token.
const TOKEN: &str = "<token>";
const NOT_FOUND: &str = "credentials not found";

#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    #[error("{}: {}", .0.display(), .1)]
    File(PathBuf, String),
    #[error("docker-credential-{0} {1}")]
    Helper(String, String),
}

#[derive(Clone, Debug, Default)]
pub struct DockerLogin {
    /// `DOCKER_CONFIG`, else `~/.docker`.
    pub folder: PathBuf,
}

/// As Go reads it: what is `null` is not there. An entry is looked at when it is the one that is wanted: another one that
/// cannot be read takes no login with it.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ConfigFile {
    auths: Option<BTreeMap<String, Value>>,
    #[serde(rename = "credsStore")]
    store: Option<String>,
    #[serde(rename = "credHelpers")]
    helpers: Option<BTreeMap<String, Value>>,
}

impl ConfigFile {
    fn store(&self) -> &str {
        self.store.as_deref().unwrap_or_default()
    }

    fn auths(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.auths.iter().flatten().filter(|(_, entry)| !entry.is_null())
    }

    fn helpers(&self) -> impl Iterator<Item = (&String, &str)> {
        self.helpers.iter().flatten().filter_map(|(server, name)| Some((server, name.as_str()?)))
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Auth {
    /// base64 of `user:password`
    auth: String,
    username: String,
    password: String,
    identitytoken: String,
    registrytoken: String,
}

impl DockerLogin {
    /// `registry`: as [`linkspan_shared::reference::Reference`] has it.
    pub async fn find(&self, registry: &str) -> Result<Option<RegistryAuth>, LoginError> {
        let config = self.read().await?;
        let helper = config.helpers().find(|(server, _)| is_of(server, registry)).map(|(_, name)| name);
        match helper.or(Some(config.store())).filter(|name| !name.is_empty()) {
            Some(name) => ask(name, registry).await,
            None => self.in_file(&config, registry),
        }
    }

    /// Of every registry that `config.json` or the program that keeps all secrets knows, for builds. One that cannot be had is
    /// left out, with the reason: the build may not need it.
    pub async fn all(&self) -> (Vec<RegistryAuth>, Vec<String>) {
        let (mut found, mut trouble) = (Vec::new(), Vec::new());
        let (mut registries, store) = self.registries().await.unwrap_or_else(|error| {
            trouble.push(error.to_string());
            Default::default()
        });
        if !store.is_empty() {
            match servers(&store).await {
                Ok(servers) => registries.extend(servers.iter().map(|server| host(server).to_owned())),
                // Where the file names some, those are asked for by name.
                Err(error) if registries.is_empty() => trouble.push(error.to_string()),
                Err(error) => tracing::debug!(%error, "which registries it keeps is not said"),
            }
        }
        registries.sort();
        registries.dedup();
        let asked = registries.iter().map(async |registry| (registry, self.find(registry).await));
        for (registry, answer) in join_all(asked).await {
            match answer {
                Ok(auth) => found.extend(auth),
                Err(error) => trouble.push(format!("{registry}: {error}")),
            }
        }
        (found, trouble)
    }

    /// The registries that `config.json` names, and the program that keeps all secrets, if one does.
    pub async fn registries(&self) -> Result<(Vec<String>, String), LoginError> {
        let config = self.read().await?;
        let mut names: Vec<String> = config
            .auths()
            .map(|(server, _)| server)
            .chain(config.helpers().map(|(server, _)| server))
            .map(|server| host(server).to_owned())
            .collect();
        names.sort();
        names.dedup();
        Ok((names, config.store.unwrap_or_default()))
    }

    fn in_file(&self, config: &ConfigFile, registry: &str) -> Result<Option<RegistryAuth>, LoginError> {
        let exact = [registry, &server_of(registry)].into_iter().find_map(|wanted| config.auths().find(|(server, _)| *server == wanted));
        let found = exact.or_else(|| config.auths().find(|(server, _)| is_of(server, registry)));
        let Some((server, entry)) = found else { return Ok(None) };
        // What is wrong with it is not said in its own words: a secret stands there.
        let unreadable = || LoginError::File(self.file(), format!("the entry of {server} cannot be read"));
        let auth: Auth = serde_json::from_value(entry.clone()).map_err(|_| unreadable())?;
        let mut found = RegistryAuth {
            username: auth.username.clone(),
            password: auth.password.clone(),
            identity_token: auth.identitytoken.clone(),
            registry_token: auth.registrytoken.clone(),
            server: server_of(registry),
        };
        if !auth.auth.is_empty() {
            let decoded = BASE64_STANDARD.decode(&auth.auth).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            let pair = decoded.as_deref().and_then(|pair| pair.split_once(':'));
            let wrong = || LoginError::File(self.file(), format!("the entry of {server} is not base64 of user:password"));
            let (username, password) = pair.ok_or_else(wrong)?;
            (found.username, found.password) = (username.to_owned(), password.trim_matches('\0').to_owned());
        }
        let says_nothing = found.username.is_empty() && found.identity_token.is_empty() && found.registry_token.is_empty();
        Ok((!says_nothing).then_some(found))
    }

    async fn read(&self) -> Result<ConfigFile, LoginError> {
        match tokio::fs::read(self.file()).await {
            // Where it is wrong, never what stands there.
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| {
                LoginError::File(self.file(), format!("it cannot be read at line {} column {}", error.line(), error.column()))
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(ConfigFile::default()),
            Err(error) => Err(LoginError::File(self.file(), error.to_string())),
        }
    }

    fn file(&self) -> PathBuf {
        self.folder.join("config.json")
    }
}

/// `docker-credential-NAME get`: the server's address on standard input, a JSON document on standard output.
async fn ask(name: &str, registry: &str) -> Result<Option<RegistryAuth>, LoginError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Answer {
        username: String,
        secret: String,
    }
    let output = run(name, "get", &server_of(registry)).await?;
    if !output.status.success() {
        let said = words_of(&output);
        return if said.contains(NOT_FOUND) { Ok(None) } else { Err(failed(name, format!("failed for {registry}: {said}"))) };
    }
    // What cannot be read may still hold the secret.
    let answer: Answer = serde_json::from_slice(&output.stdout).map_err(|_| failed(name, NO_PROTOCOL))?;
    let mut found = RegistryAuth { server: server_of(registry), ..RegistryAuth::default() };
    match answer.username.as_str() {
        TOKEN => found.identity_token = answer.secret,
        _ => (found.username, found.password) = (answer.username, answer.secret),
    }
    Ok(Some(found))
}

/// `docker-credential-NAME list`: the users by the servers' addresses.
async fn servers(name: &str) -> Result<Vec<String>, LoginError> {
    let output = run(name, "list", "").await?;
    if !output.status.success() {
        return Err(failed(name, format!("failed: {}", words_of(&output))));
    }
    let users: HashMap<String, String> = serde_json::from_slice(&output.stdout).map_err(|_| failed(name, NO_PROTOCOL))?;
    Ok(users.into_keys().collect())
}

const NO_PROTOCOL: &str = "answered something that is not its protocol";

fn failed(name: &str, why: impl Into<String>) -> LoginError {
    LoginError::Helper(name.to_owned(), why.into())
}

fn words_of(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).trim().chars().take(500).collect()
}

async fn run(name: &str, verb: &str, input: &str) -> Result<Output, LoginError> {
    if name.contains('/') {
        return Err(failed(name, "is no name of a program"));
    }
    let mut command = Command::new(format!("docker-credential-{name}"));
    command.arg(verb).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    let asked = async {
        let mut child = command.spawn().map_err(|error| failed(name, format!("cannot be started: {error}")))?;
        if let Some(mut stdin) = child.stdin.take() {
            // One that reads nothing has ended already, and its answer says why.
            let _ = stdin.write_all(input.as_bytes()).await;
        }
        child.wait_with_output().await.map_err(|error| failed(name, error.to_string()))
    };
    let late = |_| failed(name, format!("gave no answer within {} s", HELPER.as_secs()));
    tokio::time::timeout(HELPER, asked).await.map_err(late)?
}

/// What these files and programs call a registry.
pub(super) fn server_of(registry: &str) -> String {
    if registry == DEFAULT_REGISTRY { DEFAULT_SERVER.to_owned() } else { registry.to_owned() }
}

/// `https://registry.lan/v1/` and `registry.lan` mean the same.
fn host(server: &str) -> &str {
    let bare = server.strip_prefix("https://").or_else(|| server.strip_prefix("http://")).unwrap_or(server);
    match bare.split_once('/').map_or(bare, |(host, _)| host) {
        "index.docker.io" | "registry-1.docker.io" => DEFAULT_REGISTRY,
        host => host,
    }
}

fn is_of(server: &str, registry: &str) -> bool {
    host(server) == registry
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(config: &str) -> (tempfile::TempDir, DockerLogin) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("config.json"), config).unwrap();
        let login = DockerLogin { folder: folder.path().to_owned() };
        (folder, login)
    }

    #[tokio::test]
    async fn config_json_is_read_as_the_docker_command_reads_it() {
        let (_folder, login) = login(
            r#"{"auths": {
                "localhost:5000": {"auth": "bWlrYTpoOnVudGVyMgA="},
                "https://index.docker.io/v1/": {"auth": "MDA6", "identitytoken": "refresh"},
                "https://old.lan/v1/": {"username": "a", "password": "b"},
                "broken.lan": {"auth": "???"},
                "empty.lan": {}
            }}"#,
        );
        let found = login.find("localhost:5000").await.unwrap().unwrap();
        assert_eq!((found.username.as_str(), found.password.as_str(), found.server.as_str()), ("mika", "h:unter2", "localhost:5000"));
        let found = login.find("docker.io").await.unwrap().unwrap();
        assert_eq!((found.identity_token.as_str(), found.server.as_str()), ("refresh", DEFAULT_SERVER));
        assert_eq!(login.find("old.lan").await.unwrap().unwrap().password, "b");
        assert!(login.find("empty.lan").await.unwrap().is_none());
        assert!(login.find("localhost").await.unwrap().is_none());
        let error = login.find("broken.lan").await.unwrap_err().to_string();
        assert!(error.contains("broken.lan") && !error.contains("???"), "{error}");
        assert_eq!(login.registries().await.unwrap().0, ["broken.lan", "docker.io", "empty.lan", "localhost:5000", "old.lan"]);
    }

    #[tokio::test]
    async fn no_file_is_no_login_and_a_bad_one_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let none = DockerLogin { folder: folder.path().to_owned() };
        assert!(none.find("a.b").await.unwrap().is_none());
        let (_folder, bad) = login(r#"{"auths": {"a.b": {"auth": "c2VjcmV0OnNlY3JldA=="}"#);
        let error = bad.find("a.b").await.unwrap_err().to_string();
        assert!(error.contains("config.json") && !error.contains("c2VjcmV0"), "{error}");
    }
}
