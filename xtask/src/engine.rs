//! A private dockerd: data, sockets, network bridge and cgroup of its own, gone without a trace when
//! it is dropped. Needs root.
//!
//! It also runs a containerd of its own. Left to itself, dockerd would use the one of the machine
//! where there is one, and its containers would outlive it there.
//!
//! Nothing here touches another engine: no iptables rules, no docker0, no configuration in `/etc`.

mod launch;
mod network;
mod remains;

use crate::process::{self, Signal};
use remains::Remains;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// How long it may take to end. It waits for its containers, which are ended before.
const STOP: Duration = Duration::from_secs(20);
/// The longest run of a docker command; pulls through a throttled registry take 20 s.
const COMMAND: Duration = Duration::from_secs(90);
/// Socket paths hold 107 bytes; this leaves room for the names that containerd appends.
const LONGEST_FOLDER: usize = 60;

/// Which program serves the Engine API.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Kind {
    #[default]
    Docker,
    /// `podman system service`
    Podman,
}

/// What differs from a plain engine.
#[derive(Debug, Clone, Default)]
pub struct Options {
    pub kind: Kind,
    /// The folder of another Debian release, see [`crate::suite`]: its programs run instead of this machine's.
    pub suite: Option<PathBuf>,
    /// Further environment of the daemon.
    pub env: Vec<(String, String)>,
    /// Addresses of registry mirrors.
    pub registry_mirrors: Vec<String>,
    /// Registries taken over plain http, beside those on loopback, which always are.
    pub insecure_registries: Vec<String>,
    /// Its data lies on a disk of so many bytes (a tmpfs), for a disk that is full.
    pub disk: Option<u64>,
    /// Containers go on running while dockerd does not.
    pub live_restore: bool,
    /// Further arguments for dockerd.
    pub extra_args: Vec<String>,
}

/// A running private engine. Dropping it stops it and removes everything.
#[derive(Debug)]
pub struct Engine {
    remains: Remains,
    socket: PathBuf,
    options: Options,
    octet: u8,
    dockerd: Option<Child>,
    containerd: Option<Child>,
    stopped: bool,
}

impl Engine {
    /// Starts an engine with its data in `dir`, which must not exist yet or be empty, and waits until
    /// it answers. For [`sweep`] to find what a killed run leaves, `dir` lies directly in the root
    /// that is swept.
    ///
    /// # Errors
    /// Says what failed and what to do, with the end of the log when dockerd did not start.
    pub fn start(dir: &Path, options: Options) -> Result<Engine, String> {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        if !rustix::process::geteuid().is_root() {
            return Err("a private engine needs root: run this as root, or with sudo".to_owned());
        }
        let dir = std::path::absolute(dir).map_err(|error| format!("{}: {error}", dir.display()))?;
        // Unique on this machine, and at most 15 bytes, as the kernel wants it of a link.
        let name = format!("ls{}n{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed));
        let long = dir.as_os_str().len() > LONGEST_FOLDER;
        let run = if long { std::env::temp_dir().join(format!("linkspan-{name}")) } else { dir.join("run") };
        let cgroup = format!("linkspan-{name}");
        let remains = Remains { owner: process::owner(), dir, run, bridge: name, cgroup };
        launch::prepare(&remains, options.disk)?;

        // From here on dropping it removes what was made, also when a step fails.
        let socket = remains.run.join("docker.sock");
        let mut engine = Engine { remains, socket, options, octet: 0, dockerd: None, containerd: None, stopped: false };
        engine.octet = network::create(&engine.remains.bridge)?;
        engine.launch()?;
        Ok(engine)
    }

    /// The Engine API's socket.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// The Engine API's address, as `DOCKER_HOST` takes it.
    pub fn host(&self) -> String {
        format!("unix://{}", self.socket.display())
    }

    /// The folder of this engine: log, configuration, data.
    pub fn dir(&self) -> &Path {
        &self.remains.dir
    }

    /// The pid of dockerd while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.dockerd.as_ref().map(Child::id)
    }

    /// Ends dockerd as a service manager would (SIGTERM; it stops the containers) and keeps its data
    /// for [`Engine::start_again`].
    ///
    /// # Errors
    /// When it does not end in time; it is ended by force then.
    pub fn halt(&mut self) -> Result<(), String> {
        let in_time = end_child(&mut self.dockerd);
        if self.options.live_restore {
            return in_time;
        }
        in_time.and(end_child(&mut self.containerd)).and(self.remains.end_processes())
    }

    /// Ends dockerd at once, as in a crash. With `live_restore` the containers go on, else they end.
    /// [`Engine::start_again`] brings it back on the same data.
    ///
    /// # Errors
    /// When something of it cannot be ended.
    pub fn kill(&mut self) -> Result<(), String> {
        if let Some(mut dockerd) = self.dockerd.take() {
            dockerd.kill().and_then(|()| dockerd.wait()).map_err(|error| format!("dockerd: cannot be ended: {error}"))?;
        }
        if self.options.live_restore {
            return Ok(());
        }
        if let Some(mut containerd) = self.containerd.take() {
            containerd.kill().and_then(|()| containerd.wait()).map_err(|error| format!("containerd: cannot be ended: {error}"))?;
        }
        self.remains.end_processes()
    }

    /// Starts dockerd again after [`Engine::halt`] or [`Engine::kill`], with the same address.
    ///
    /// # Errors
    /// As [`Engine::start`].
    pub fn start_again(&mut self) -> Result<(), String> {
        if self.dockerd.is_some() {
            return Err("this engine is running already: halt or kill it first".to_owned());
        }
        self.launch()
    }

    /// Stops dockerd from answering (SIGSTOP) until [`Engine::resume`].
    pub fn pause(&self) {
        if let Some(pid) = self.pid() {
            process::signal(pid, Signal::STOP);
        }
    }

    /// Lets a paused dockerd go on.
    pub fn resume(&self) {
        if let Some(pid) = self.pid() {
            process::signal(pid, Signal::CONT);
        }
    }

    /// Ends the engine and removes everything of it from the machine.
    ///
    /// # Errors
    /// Says what could not be removed; the next [`sweep`] tries again.
    pub fn stop(&mut self) -> Result<(), String> {
        if std::mem::replace(&mut self.stopped, true) {
            return Ok(());
        }
        self.resume();
        // dockerd would give each container ten seconds to end.
        self.remains.end_containers();
        let ended = end_child(&mut self.dockerd);
        let _ = end_child(&mut self.containerd);
        // dockerd not ending by itself is worth an error, but no reason to leave things behind.
        self.remains.remove().and(ended)
    }

    /// Runs the docker command against this engine; returns what it prints.
    ///
    /// # Errors
    /// When it fails, with its stderr, or does not end within 90 s.
    pub fn docker(&self, args: &[&str]) -> Result<String, String> {
        let mut command = self.command()?;
        command.args(args).stdin(Stdio::null());
        process::check(command, COMMAND)
    }

    /// Starts the docker command against this engine, with pipes for all three streams.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn spawn_docker(&self, args: &[&str]) -> Result<Child, String> {
        let mut command = self.command()?;
        command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().map_err(|error| format!("docker {}: cannot be started: {error}", args.join(" ")))
    }

    /// All that dockerd logged so far. With `--debug` it logs every call.
    pub fn whole_log(&self) -> String {
        std::fs::read_to_string(self.remains.dir.join("dockerd.log")).unwrap_or_default()
    }

    /// The last lines that dockerd logged.
    pub fn log_tail(&self) -> String {
        launch::tail(&self.remains.dir.join("dockerd.log"))
    }

    /// The docker command with this engine's address and a configuration of its own: neither the
    /// user's contexts nor the user's credentials take part.
    pub fn command(&self) -> Result<Command, String> {
        let mut command = match (&self.options.suite, self.options.kind) {
            // An engine that refuses old clients needs the command that came with it.
            (Some(_), Kind::Docker) => self.inside("docker")?,
            _ => Command::new(process::program("docker", "docker.io")?),
        };
        for name in ["DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH", "DOCKER_API_VERSION"] {
            command.env_remove(name);
        }
        command.env("DOCKER_HOST", self.host()).env("DOCKER_CONFIG", self.remains.dir.join("cli"));
        process::mark(&mut command);
        Ok(command)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Err(problem) = self.stop() {
            eprintln!("an engine left something behind: {problem}");
        }
    }
}

/// Removes everything that killed runs left of their engines, where those had their folders directly
/// in `root`. Returns what could not be removed.
pub fn sweep(root: &Path) -> Vec<String> {
    let root = std::path::absolute(root).unwrap_or_else(|_| root.to_owned());
    Remains::orphaned(&root).into_iter().filter_map(|remains| remains.remove().err()).collect()
}

/// Removes the engines of this very process, whatever still uses them: the last resort before it ends.
/// Returns what could not be removed.
pub fn remove_own(root: &Path) -> Vec<String> {
    let root = std::path::absolute(root).unwrap_or_else(|_| root.to_owned());
    Remains::own(&root).into_iter().filter_map(|remains| remains.remove().err()).collect()
}

fn end_child(child: &mut Option<Child>) -> Result<(), String> {
    let Some(mut child) = child.take() else {
        return Ok(());
    };
    let id = child.id();
    let (in_time, _) = process::stop(&mut child, STOP);
    in_time.then_some(()).ok_or_else(|| format!("process {id} did not end within {STOP:?} and was ended by force"))
}
