//! The docker CLI's settings, read as it reads them: variables, `config.json`, contexts. Two things are stricter: an
//! unencrypted connection beyond this machine and an unverified certificate must each be asked for by name.

#![allow(clippy::disallowed_methods, reason = "at the start, or on a thread that may wait, see Connector::load")]

use std::{
    env,
    path::{Path, PathBuf},
};

use linkspan_shared::connect::ConnectFault;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{
    endpoint::{Address, DEFAULT_SOCKET, Endpoint, Scheme},
    failure::Failure,
    tls::Material,
};

/// What the CLI calls the context that is none.
const NO_CONTEXT: &str = "default";

#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `DOCKER_HOST`
    pub host: Option<String>,
    /// `DOCKER_CONTEXT`
    pub context: Option<String>,
    /// `DOCKER_TLS_VERIFY` or `DOCKER_TLS`: a `tcp://` is TLS.
    pub tls: bool,
    /// `DOCKER_CERT_PATH`
    pub cert_path: Option<PathBuf>,
    /// `DOCKER_CONFIG`, else `~/.docker`
    pub config: PathBuf,
    /// `XDG_RUNTIME_DIR`: where rootless engines have their sockets.
    pub runtime: Option<PathBuf>,
    /// `--allow-plain-tcp`
    pub allow_plain_tcp: bool,
    /// `--tls-no-verify`
    pub no_verify: bool,
}

/// An engine as the settings name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The context's; `None` for an address.
    pub name: Option<String>,
    pub endpoint: Endpoint,
}

impl Environment {
    pub fn read(allow_plain_tcp: bool, no_verify: bool) -> Self {
        // An empty variable is an unset one, for the CLI too.
        let text = |name: &str| env::var(name).ok().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let path = |name: &str| text(name).map(PathBuf::from);
        Self {
            host: text("DOCKER_HOST"),
            context: text("DOCKER_CONTEXT"),
            tls: text("DOCKER_TLS_VERIFY").or_else(|| text("DOCKER_TLS")).is_some(),
            cert_path: path("DOCKER_CERT_PATH"),
            config: path("DOCKER_CONFIG").unwrap_or_else(|| path("HOME").unwrap_or_default().join(".docker")),
            runtime: path("XDG_RUNTIME_DIR"),
            allow_plain_tcp,
            no_verify,
        }
    }

    /// The engine that the docker command would use, as [`Environment::at`] takes it; without any setting, the first socket
    /// that is there.
    pub fn current(&self) -> Result<String, Failure> {
        if let Some(host) = &self.host {
            return Ok(host.clone());
        }
        let context = match &self.context {
            Some(context) => Some(context.clone()),
            None => self.current_context()?,
        };
        Ok(context.filter(|name| name != NO_CONTEXT).map_or_else(|| self.first_socket(), |name| format!("context://{name}")))
    }

    /// What of the settings does not count, as the docker command warns of it.
    pub fn overruled(&self) -> Option<String> {
        let (host, context) = (self.host.as_ref()?, self.context.as_ref()?);
        Some(format!("DOCKER_HOST is used ({}), DOCKER_CONTEXT ({context}) is not", super::endpoint::without_password(host)))
    }

    /// `context://NAME`, or an address.
    pub fn at(&self, url: &str) -> Result<Found, Failure> {
        let found = match context_name(url) {
            Some(NO_CONTEXT) => Found { name: None, endpoint: self.endpoint(&self.first_socket())? },
            Some(name) => Found { name: Some(name.to_owned()), endpoint: self.context_endpoint(name)? },
            None => Found { name: None, endpoint: self.endpoint(url)? },
        };
        let Endpoint { address, tls } = &found.endpoint;
        if matches!(address, Address::Tcp { .. }) && tls.is_none() && !address.is_local() && !self.allow_plain_tcp {
            let unused = if self.cert_path.is_some() { "; DOCKER_CERT_PATH is set, but DOCKER_TLS_VERIFY is not" } else { "" };
            return Err(Failure::new(ConnectFault::PlainRefused, format!("{address} is not on this machine{unused}")));
        }
        Ok(found)
    }

    fn endpoint(&self, url: &str) -> Result<Endpoint, Failure> {
        let with_tls = self.tls || self.no_verify;
        let address = Address::parse(url, with_tls)?;
        let from_files = || Material::in_dir(self.cert_path.as_deref().unwrap_or(&self.config), !self.no_verify);
        let tls = match &address {
            Address::Tcp { scheme: Scheme::Tcp, .. } => with_tls.then(from_files),
            Address::Tcp { scheme: Scheme::Https, .. } if self.tls || self.cert_path.is_some() => Some(from_files()),
            Address::Tcp { scheme: Scheme::Https, .. } => Some(Material { ca: None, identity: None, verify: !self.no_verify }),
            _ => None,
        };
        Ok(Endpoint { address, tls })
    }

    fn current_context(&self) -> Result<Option<String>, Failure> {
        #[derive(Deserialize)]
        struct Config {
            #[serde(rename = "currentContext", default)]
            current: Option<String>,
        }
        let file = self.config.join("config.json");
        Ok(read::<Config>(&file)?.and_then(|config| config.current).filter(|name| !name.is_empty()))
    }

    fn context_endpoint(&self, name: &str) -> Result<Endpoint, Failure> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Meta {
            #[serde(default)]
            endpoints: std::collections::BTreeMap<String, Docker>,
        }
        #[derive(Deserialize)]
        struct Docker {
            #[serde(rename = "Host", default)]
            host: String,
            #[serde(rename = "SkipTLSVerify", default)]
            skip_verify: bool,
        }
        let unusable = |why: &str| Failure::new(ConnectFault::ContextUnusable, format!("the context '{name}' {why}"));
        // The CLI names a context's folders by the digest of its name.
        let id: String = Sha256::digest(name.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        let contexts = self.config.join("contexts");
        let meta = read::<Meta>(&contexts.join("meta").join(&id).join("meta.json"))?
            .ok_or_else(|| unusable(&format!("does not exist in {}", contexts.display())))?;
        let docker = meta.endpoints.get("docker").ok_or_else(|| unusable("has no docker endpoint"))?;
        let folder = contexts.join("tls").join(&id).join("docker");
        let [ca, cert, key] = ["ca.pem", "cert.pem", "key.pem"].map(|file| folder.join(file));
        let has_files = [&ca, &cert, &key].iter().any(|file| file.exists());
        let host = if docker.host.is_empty() { format!("unix://{DEFAULT_SOCKET}") } else { docker.host.clone() };
        let address = Address::parse(&host, has_files || docker.skip_verify)?;
        let with_tls = match &address {
            Address::Tcp { scheme: Scheme::Tcp, .. } => has_files || docker.skip_verify,
            Address::Tcp { scheme: Scheme::Https, .. } => true,
            _ => false,
        };
        if with_tls && docker.skip_verify && !self.no_verify {
            return Err(Failure::new(ConnectFault::UnverifiedRefused, format!("the context '{name}'")));
        }
        let tls = with_tls.then(|| Material {
            ca: ca.exists().then_some(ca),
            identity: (cert.exists() || key.exists()).then_some((cert, key)),
            verify: !self.no_verify,
        });
        Ok(Endpoint { address, tls })
    }

    /// The platform's socket, else a rootless one, if they are there.
    fn first_socket(&self) -> String {
        let runtime = self.runtime.iter().flat_map(|dir| [dir.join("docker.sock"), dir.join("podman/podman.sock")]);
        let found = std::iter::once(PathBuf::from(DEFAULT_SOCKET)).chain(runtime).find(|path| path.exists());
        format!("unix://{}", found.unwrap_or_else(|| DEFAULT_SOCKET.into()).display())
    }
}

/// The NAME of `context://NAME`.
pub fn context_name(url: &str) -> Option<&str> {
    url.strip_prefix("context://").map(|name| name.trim_end_matches('/'))
}

/// `None`: there is no such file.
fn read<T: serde::de::DeserializeOwned>(file: &Path) -> Result<Option<T>, Failure> {
    let unusable = |why: String| Failure::new(ConnectFault::ContextUnusable, format!("{}: {why}", file.display()));
    match std::fs::read(file) {
        Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|error| unusable(error.to_string())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unusable(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_context(name: &str, meta: &str) -> (tempfile::TempDir, Environment) {
        let dir = tempfile::tempdir().unwrap();
        let id: String = Sha256::digest(name.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        let folder = dir.path().join("contexts/meta").join(id);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("meta.json"), meta).unwrap();
        let config = dir.path().to_owned();
        (dir, Environment { config, ..Environment::default() })
    }

    fn fault(found: Result<Found, Failure>) -> ConnectFault {
        found.unwrap_err().fault
    }

    #[test]
    fn precedence_is_the_cli_s() {
        let (dir, environment) = with_context("far", r#"{"Name":"far","Endpoints":{"docker":{"Host":"ssh://me@far"}}}"#);
        std::fs::write(dir.path().join("config.json"), r#"{"auths":{},"currentContext":"far"}"#).unwrap();
        let shown = |environment: &Environment| {
            let found = environment.at(&environment.current().unwrap()).unwrap();
            (found.name, found.endpoint.to_string())
        };
        assert_eq!(shown(&environment), (Some("far".into()), "ssh://me@far".into()));
        let default = Environment { context: Some("default".into()), ..environment.clone() };
        assert_eq!(shown(&default).0, None);
        let host = Environment { host: Some("tcp://127.0.0.1:1".into()), context: Some("gone".into()), ..environment.clone() };
        assert_eq!(shown(&host), (None, "tcp://127.0.0.1:1".into()));
        let gone = Environment { context: Some("gone".into()), ..environment };
        assert_eq!(fault(gone.at(&gone.current().unwrap())), ConnectFault::ContextUnusable);
    }

    #[test]
    fn a_context_that_cannot_be_read_is_said() {
        for meta in ["{", r#"{"Endpoints":{"kubernetes":{}}}"#, r#"{"Endpoints":[]}"#] {
            let (_dir, environment) = with_context("odd", meta);
            assert_eq!(fault(environment.at("context://odd")), ConnectFault::ContextUnusable, "{meta}");
        }
        let (dir, environment) = with_context("odd", "{}");
        std::fs::write(dir.path().join("config.json"), "{").unwrap();
        assert_eq!(environment.current().unwrap_err().fault, ConnectFault::ContextUnusable);
    }

    #[test]
    fn what_is_unsafe_must_be_asked_for() {
        let (_dir, environment) = with_context("lax", r#"{"Endpoints":{"docker":{"Host":"tcp://10.0.0.1:2376","SkipTLSVerify":true}}}"#);
        assert_eq!(fault(environment.at("context://lax")), ConnectFault::UnverifiedRefused);
        assert_eq!(fault(environment.at("tcp://10.0.0.1:2375")), ConnectFault::PlainRefused);
        assert_eq!(fault(environment.at("http://10.0.0.1:2375")), ConnectFault::PlainRefused);
        assert!(environment.at("tcp://127.0.0.1:2375").unwrap().endpoint.tls.is_none());
        let plain = Environment { allow_plain_tcp: true, ..environment.clone() };
        assert!(plain.at("tcp://10.0.0.1:2375").is_ok());
        let unverified = Environment { no_verify: true, ..environment.clone() };
        for url in ["context://lax", "tcp://10.0.0.1", "https://10.0.0.1"] {
            assert!(!unverified.at(url).unwrap().endpoint.tls.unwrap().verify, "{url}");
        }
        // With TLS asked for, the files have to be there.
        let tls = Environment { tls: true, ..environment };
        let material = tls.at("tcp://10.0.0.1").unwrap().endpoint.tls.unwrap();
        assert_eq!(material.load().err().map(|failure| failure.fault), Some(ConnectFault::CertificateFile));
    }
}
