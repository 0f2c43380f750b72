//! A registry on loopback, with a login or a slow line where a test asks for one.
//!
//! Engines take `localhost:PORT` over plain http without being told to.

use crate::scratch;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use xtask::process;

const START: Duration = Duration::from_secs(15);
/// Another program may take a free port before ours does.
const TRIES: usize = 3;

/// What differs from an open registry at full speed.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The one user and password it takes.
    pub login: Option<(String, String)>,
    /// Bytes per second for each connection, in nginx's form: `2m`. An engine pulls three layers at a time.
    pub limit_rate: Option<String>,
}

/// A running registry. Dropping it ends it and removes what it stored.
#[derive(Debug)]
pub struct Registry {
    port: u16,
    servers: Vec<Child>,
    folder: tempfile::TempDir,
}

impl Registry {
    /// An open registry at full speed.
    ///
    /// # Errors
    /// Says what failed and what to do.
    pub fn start() -> Result<Registry, String> {
        Registry::with(Options::default())
    }

    /// A registry that wants a login.
    ///
    /// # Errors
    /// Says what failed and what to do.
    pub fn with_login(user: &str, password: &str) -> Result<Registry, String> {
        Registry::with(Options { login: Some((user.to_owned(), password.to_owned())), ..Options::default() })
    }

    /// A registry that sends no more than `rate` bytes per second on a connection (`"2m"`).
    ///
    /// # Errors
    /// Says what failed and what to do.
    pub fn throttled(rate: &str) -> Result<Registry, String> {
        Registry::with(Options { limit_rate: Some(rate.to_owned()), ..Options::default() })
    }

    /// A registry as described.
    ///
    /// # Errors
    /// Says what failed and what to do.
    pub fn with(options: Options) -> Result<Registry, String> {
        let mut registry = Registry { port: 0, servers: Vec::new(), folder: scratch::folder("registry")? };
        let folder = registry.folder.path().to_owned();
        if let Some((user, password)) = &options.login {
            write_password(&folder.join("users"), user, password)?;
        }
        registry.port = registry.serve("docker-registry", |port| {
            let config = folder.join("registry.yml");
            write(&config, &registry_config(port, &folder, options.login.is_some()))?;
            let mut command = Command::new(process::program("docker-registry", "docker-registry")?);
            command.arg("serve").arg(config);
            Ok(command)
        })?;
        if let Some(rate) = &options.limit_rate {
            let behind = registry.port;
            registry.port = registry.serve("nginx", |port| {
                let config = folder.join("nginx.conf");
                write(&config, &nginx_config(port, behind, rate))?;
                let mut command = Command::new(process::program("nginx", "nginx-light")?);
                command.arg("-p").arg(&folder).arg("-c").arg(config).args(["-e", "stderr"]);
                Ok(command)
            })?;
        }
        Ok(registry)
    }

    /// Its name as the first part of a reference: `localhost:PORT`.
    pub fn host(&self) -> String {
        format!("localhost:{}", self.port)
    }

    /// Of 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The reference of an image in it: `localhost:PORT/NAME`.
    pub fn reference(&self, name: &str) -> String {
        format!("{}/{name}", self.host())
    }

    /// Puts a tag on one manifest for each platform (`arm64`, …), each of them a tag that is there already.
    ///
    /// # Errors
    /// When the registry does not do it.
    pub fn put_platforms(&self, name: &str, tag: &str, platforms: &[(&str, &str)]) -> Result<(), String> {
        const MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
        const LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
        let mut manifests = Vec::new();
        for (architecture, tag) in platforms {
            let answer = self.ask(&format!("GET /v2/{name}/manifests/{tag}"), &format!("Accept: {MANIFEST}\r\n"), "")?;
            let (head, body) = answer.split_once("\r\n\r\n").ok_or("an answer without a body")?;
            let digest = head.lines().find_map(|line| line.strip_prefix("Docker-Content-Digest: ")).ok_or("no digest")?;
            manifests.push(serde_json::json!({
                "mediaType": MANIFEST, "size": body.len(), "digest": digest, "platform": { "os": "linux", "architecture": architecture }
            }));
        }
        let list = serde_json::json!({ "schemaVersion": 2, "mediaType": LIST, "manifests": manifests }).to_string();
        let answer = self.ask(&format!("PUT /v2/{name}/manifests/{tag}"), &format!("Content-Type: {LIST}\r\n"), &list)?;
        answer.starts_with("HTTP/1.0 201").then_some(()).ok_or(answer)
    }

    fn ask(&self, line: &str, headers: &str, body: &str) -> Result<String, String> {
        let asked = || {
            let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
            write!(stream, "{line} HTTP/1.0\r\nHost: {}\r\n{headers}Content-Length: {}\r\n\r\n{body}", self.host(), body.len())?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer).map(|_| answer)
        };
        asked().map_err(|error: std::io::Error| format!("{line}: {error}"))
    }

    /// Ends it, as when a registry goes away during a pull. What it stored stays until it is dropped.
    pub fn stop(&mut self) {
        for mut server in self.servers.drain(..) {
            let _ = server.kill().and_then(|()| server.wait());
        }
    }

    /// Starts a server on a free port and waits until it listens; returns the port.
    fn serve(&mut self, name: &str, command: impl Fn(u16) -> Result<Command, String>) -> Result<u16, String> {
        let log = self.folder.path().join(format!("{name}.log"));
        for _ in 0..TRIES {
            let port = free_port()?;
            let mut command = command(port)?;
            let out = fs::File::create(&log).map_err(|error| format!("{}: {error}", log.display()))?;
            let err = out.try_clone().map_err(|error| format!("{}: {error}", log.display()))?;
            process::mark(&mut command).stdin(Stdio::null()).stdout(out).stderr(err);
            let mut server = command.spawn().map_err(|error| format!("{name}: cannot be started: {error}"))?;
            let done =
                process::wait_until(START, || !matches!(server.try_wait(), Ok(None)) || TcpStream::connect(("127.0.0.1", port)).is_ok());
            if done && matches!(server.try_wait(), Ok(None)) {
                self.servers.push(server);
                return Ok(port);
            }
            let _ = server.kill().and_then(|()| server.wait());
        }
        let said = fs::read_to_string(&log).unwrap_or_default();
        Err(format!("{name} does not start on a free port of 127.0.0.1; it says:\n{said}"))
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A port of 127.0.0.1 that nothing listens on right now.
pub fn free_port() -> Result<u16, String> {
    TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| format!("no free port on 127.0.0.1: {error}"))
}

fn registry_config(port: u16, folder: &Path, login: bool) -> String {
    let data = folder.join("data");
    let mut config = format!(
        "version: 0.1\n\
         log:\n  level: warn\n\
         storage:\n  filesystem:\n    rootdirectory: {data:?}\n  delete:\n    enabled: true\n\
         http:\n  addr: 127.0.0.1:{port}\n  secret: only-for-tests\n"
    );
    if login {
        let users = folder.join("users");
        config.push_str(&format!("auth:\n  htpasswd:\n    realm: tests\n    path: {users:?}\n"));
    }
    config
}

/// One process without a master, so that ending it ends all of it.
fn nginx_config(port: u16, behind: u16, rate: &str) -> String {
    format!(
        "daemon off; master_process off; pid nginx.pid; error_log stderr;\n\
         events {{}}\n\
         http {{\n\
           access_log off;\n\
           client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;\n\
           uwsgi_temp_path uwsgi; scgi_temp_path scgi;\n\
           server {{\n\
             listen 127.0.0.1:{port};\n\
             client_max_body_size 0; proxy_request_buffering off; proxy_read_timeout 300;\n\
             location / {{ proxy_pass http://127.0.0.1:{behind}; proxy_set_header Host $http_host; limit_rate {rate}; }}\n\
           }}\n\
         }}\n"
    )
}

fn write_password(file: &Path, user: &str, password: &str) -> Result<(), String> {
    let mut command = Command::new(process::program("htpasswd", "apache2-utils")?);
    // bcrypt at its lowest cost: the registry checks the password on every request.
    command.args(["-n", "-b", "-B", "-C", "4", user, password]);
    write(file, &process::check(command, START)?)
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}
