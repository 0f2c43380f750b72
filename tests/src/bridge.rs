//! The built `linkspan` binary, run as a person would.

use crate::{runner, scratch};
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::block_in_place;
use xtask::process;

/// How long it may take to print its address.
const START: Duration = Duration::from_secs(20);
/// How long it may take to end, as it promises.
const STOP: Duration = Duration::from_secs(5);

/// How a bridge is started.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The engines, as `--engine` takes them: `[NAME=]URL`.
    pub engines: Vec<String>,
    /// The password of the user `admin`, for an unattended first run.
    pub admin_password: Option<String>,
    /// Further arguments.
    pub args: Vec<String>,
    /// Further environment.
    pub env: Vec<(String, String)>,
    /// Where to listen; a free port if 0.
    pub port: u16,
}

impl Options {
    /// For one engine, with the user `admin` already there.
    pub fn new(engine: &str, admin_password: &str) -> Options {
        Options { engines: vec![engine.to_owned()], admin_password: Some(admin_password.to_owned()), ..Options::default() }
    }

    /// For one engine, as on a first run: nobody can sign in yet.
    pub fn first_run(engine: &str) -> Options {
        Options { engines: vec![engine.to_owned()], ..Options::default() }
    }
}

/// A running bridge with a data directory of its own. Dropping it ends it.
#[derive(Debug)]
pub struct Bridge {
    options: Options,
    folder: tempfile::TempDir,
    port: u16,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    child: Child,
    said: Arc<Mutex<Vec<String>>>,
}

impl Bridge {
    /// Starts a bridge on a free port and waits until it prints its address.
    ///
    /// # Errors
    /// When the binary is missing or does not start, with what it said.
    pub async fn start(options: Options) -> Result<Bridge, String> {
        block_in_place(|| {
            let folder = scratch::folder("bridge")?;
            if let Some(password) = &options.admin_password {
                let file = folder.path().join("admin-password");
                fs::write(&file, password).map_err(|error| format!("{}: {error}", file.display()))?;
            }
            let port = options.port;
            let mut bridge = Bridge { options, folder, port, running: None };
            bridge.launch()?;
            Ok(bridge)
        })
    }

    /// The address to open, without a slash at the end.
    pub fn url(&self) -> String {
        let is_encrypted = self.options.args.iter().any(|arg| arg.starts_with("--tls"));
        format!("{}://127.0.0.1:{}", if is_encrypted { "https" } else { "http" }, self.port)
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The one-time link of a first run, as it was printed. Panics when none was.
    pub fn welcome_link(&self) -> String {
        let mut link = None;
        block_in_place(|| {
            process::wait_until(STOP, || {
                let words = self.said().into_iter().flat_map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
                link = words.into_iter().find(|word| word.contains("/welcome#token="));
                link.is_some()
            })
        });
        link.unwrap_or_else(|| panic!("the bridge printed no one-time link, but: {:?}", self.said()))
    }

    /// What it printed since its last start, line by line.
    pub fn said(&self) -> Vec<String> {
        let said = self.running.as_ref().map(|running| running.said.lock().unwrap_or_else(PoisonError::into_inner).clone());
        said.unwrap_or_default()
    }

    /// All it logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    /// Its data directory.
    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Its pid while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.running.as_ref().map(|running| running.child.id())
    }

    /// Ends it cleanly (SIGTERM).
    ///
    /// # Errors
    /// When it takes longer than it promises, or its exit status is not 0.
    pub async fn stop(&mut self) -> Result<(), String> {
        let Some(mut running) = self.running.take() else {
            return Ok(());
        };
        let (in_time, status) = block_in_place(|| process::stop(&mut running.child, STOP));
        match status {
            _ if !in_time => Err(format!("the bridge did not end within {STOP:?} of SIGTERM")),
            Some(status) if status.success() => Ok(()),
            status => Err(format!("the bridge ended with {status:?} after SIGTERM, not with 0")),
        }
    }

    /// Ends it at once, as in a crash.
    pub fn kill(&mut self) {
        if let Some(mut running) = self.running.take() {
            let _ = running.child.kill().and_then(|()| running.child.wait());
        }
    }

    /// Starts it again after [`Bridge::stop`] or [`Bridge::kill`]: same port, same data.
    ///
    /// # Errors
    /// As [`Bridge::start`].
    pub async fn start_again(&mut self) -> Result<(), String> {
        self.kill();
        block_in_place(|| self.launch())
    }

    /// Ends it cleanly and starts it again: same port, same data.
    ///
    /// # Errors
    /// When it does not end in time or does not start.
    pub async fn restart(&mut self) -> Result<(), String> {
        self.stop().await?;
        self.start_again().await
    }

    /// A command line of the binary on this bridge's data directory, such as `user add …`. It waits for nothing.
    ///
    /// # Errors
    /// When the binary was not built.
    pub fn command(&self, args: &[&str]) -> Result<Command, String> {
        command_in(self.folder.path(), args)
    }

    fn launch(&mut self) -> Result<(), String> {
        let mut command = self.command(&["serve"])?;
        // The port stays the same when it is started again: browsers are to find it there.
        command.args(["--listen", &format!("127.0.0.1:{}", self.port)]).arg("--data-dir").arg(self.data_dir());
        for engine in &self.options.engines {
            command.args(["--engine", engine]);
        }
        if self.options.admin_password.is_some() {
            command.arg("--admin-password-file").arg(self.folder.path().join("admin-password"));
        }
        command.args(&self.options.args).envs(self.options.env.iter().cloned());
        let log = self.log_file();
        let log = File::options().create(true).append(true).open(&log).map_err(|error| format!("{}: {error}", log.display()))?;
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn().map_err(|error| format!("linkspan cannot be started: {error}"))?;

        let said = Arc::new(Mutex::new(Vec::new()));
        if let Some(out) = child.stdout.take() {
            let said = Arc::clone(&said);
            std::thread::spawn(move || {
                for line in BufReader::new(out).lines().map_while(Result::ok) {
                    said.lock().unwrap_or_else(PoisonError::into_inner).push(line);
                }
            });
        }
        let running = self.running.insert(Running { child, said });
        let mut port = None;
        process::wait_until(START, || {
            port = running.said.lock().unwrap_or_else(PoisonError::into_inner).iter().find_map(|line| {
                let port = port_in(line);
                // Behind a proxy it prints the address that people use.
                if self.options.port == 0 { port } else { line.starts_with("Linkspan is at").then_some(self.options.port) }
            });
            port.is_some() || !matches!(running.child.try_wait(), Ok(None))
        });
        match port {
            Some(port) => self.port = port,
            None => {
                let said = self.said();
                self.kill();
                return Err(format!("the bridge printed no address, but: {said:?}; its log:\n{}", self.log()));
            }
        }
        Ok(())
    }

    fn log_file(&self) -> PathBuf {
        self.folder.path().join("bridge.log")
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        if let Some(running) = &mut self.running {
            process::stop(&mut running.child, STOP);
        }
        if std::thread::panicking() || runner::failing() {
            eprintln!("the bridge printed: {:?}\nand logged:\n{}", self.said(), self.log());
        }
    }
}

/// A command line of the binary with `folder` as its home and nothing of the environment of whoever runs the tests.
///
/// # Errors
/// When the binary was not built.
pub fn command_in(folder: &Path, args: &[&str]) -> Result<Command, String> {
    let mut command = Command::new(binary()?);
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("LINKSPAN_") || name.starts_with("DOCKER_") {
            command.env_remove(name);
        }
    }
    command.args(args).env("LINKSPAN_DATA_DIR", folder.join("data"));
    command.env("HOME", folder).env_remove("XDG_STATE_HOME").env_remove("XDG_RUNTIME_DIR");
    process::mark(&mut command);
    Ok(command)
}

/// The binary under test: `LINKSPAN_BIN`, or what `cargo xtask build` leaves.
pub fn binary() -> Result<PathBuf, String> {
    let path = std::env::var_os("LINKSPAN_BIN").map_or_else(|| scratch::target().join("release/linkspan"), PathBuf::from);
    let hint = "build it with `cargo xtask build`, or name another one in LINKSPAN_BIN";
    Path::new(&path).is_file().then_some(path.clone()).ok_or_else(|| format!("{}: not there; {hint}", path.display()))
}

fn port_in(line: &str) -> Option<u16> {
    let (_, rest) = line.split_once("://127.0.0.1:")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::port_in;

    #[test]
    fn the_port_is_found_in_both_lines() {
        assert_eq!(port_in("Linkspan is at http://127.0.0.1:40123"), Some(40123));
        assert_eq!(port_in("http://127.0.0.1:9/welcome#token=1"), Some(9));
        assert_eq!(port_in("listening"), None);
    }
}
