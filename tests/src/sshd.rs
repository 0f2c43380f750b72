//! OpenSSH's server on a loopback port, with keys of its own, for engines at the other end of `ssh://`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use xtask::process;

use crate::registry::free_port;
use crate::scratch;

/// Dropping it ends it.
#[derive(Debug)]
pub struct Sshd {
    folder: tempfile::TempDir,
    port: u16,
    child: Child,
}

impl Sshd {
    /// Lets the user of this process in, with the key in [`Sshd::client`]. `docker_host`: what the docker command uses there.
    ///
    /// # Errors
    /// When it does not start, with what it said.
    pub fn start(docker_host: &str) -> Result<Sshd, String> {
        let folder = scratch::folder("sshd")?;
        let at = |name: &str| folder.path().join(name);
        for key in ["host", "user", "stranger"] {
            let mut command = Command::new(process::program("ssh-keygen", "openssh-client")?);
            command.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(at(key));
            process::check(command, Duration::from_secs(10))?;
        }
        fs::copy(at("user.pub"), at("authorized_keys")).map_err(|error| error.to_string())?;
        // sshd wants this folder, which the system's service would make.
        fs::create_dir_all("/run/sshd").map_err(|error| format!("/run/sshd: {error}"))?;
        let port = free_port()?;
        let config = format!(
            "ListenAddress 127.0.0.1\nPort {port}\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\nPasswordAuthentication no\n\
             KbdInteractiveAuthentication no\nUsePAM no\nPermitRootLogin yes\nStrictModes no\nSetEnv DOCKER_HOST={docker_host}\n",
            at("host").display(),
            at("authorized_keys").display()
        );
        fs::write(at("sshd_config"), config).map_err(|error| error.to_string())?;
        let log = fs::File::create(at("sshd.log")).map_err(|error| error.to_string())?;
        let mut command = Command::new(process::program("sshd", "openssh-server")?);
        command.arg("-D").arg("-e").arg("-f").arg(at("sshd_config")).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        process::mark(&mut command);
        let child = command.spawn().map_err(|error| format!("sshd cannot be started: {error}"))?;
        let mut sshd = Sshd { folder, port, child };
        let listens = process::wait_until(Duration::from_secs(10), || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
        if !listens {
            let said = fs::read_to_string(sshd.path("sshd.log")).unwrap_or_default();
            let _ = sshd.child.kill();
            return Err(format!("sshd does not listen: {said}"));
        }
        Ok(sshd)
    }

    /// `ssh://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        format!("ssh://root@127.0.0.1:{}", self.port)
    }

    /// A `PATH` on which `ssh` knows a key (`user`, or `stranger`, who is not let in) and, if told so, the host's own.
    ///
    /// # Errors
    /// When its files cannot be written.
    pub fn client(&self, key: &str, knows_host: bool) -> Result<String, String> {
        let folder = self.path(&format!("{key}-{knows_host}"));
        fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        let known = folder.join("known_hosts");
        let host_key = fs::read_to_string(self.path("host.pub")).map_err(|error| error.to_string())?;
        let line = if knows_host { format!("[127.0.0.1]:{} {host_key}", self.port) } else { String::new() };
        fs::write(&known, line).map_err(|error| error.to_string())?;
        let config = folder.join("ssh_config");
        let text = format!(
            "IdentityFile {}\nIdentitiesOnly yes\nIdentityAgent none\nUserKnownHostsFile {}\nGlobalKnownHostsFile /dev/null\n",
            self.path(key).display(),
            known.display()
        );
        fs::write(&config, text).map_err(|error| error.to_string())?;
        // The real ssh, with a configuration of the test's own instead of the user's.
        let ssh = process::program("ssh", "openssh-client")?;
        let script = folder.join("ssh");
        fs::write(&script, format!("#!/bin/sh\nexec {} -F {} \"$@\"\n", ssh.display(), config.display()))
            .map_err(|error| error.to_string())?;
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).map_err(|error| error.to_string())?;
        let path = std::env::var("PATH").unwrap_or_default();
        Ok(format!("{}:{path}", folder.display()))
    }

    /// How many connections are open.
    pub fn sessions(&self) -> usize {
        process::descendants(self.child.id()).len()
    }

    fn path(&self, name: &str) -> PathBuf {
        Path::new(self.folder.path()).join(name)
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        let sessions = process::descendants(self.child.id());
        process::stop(&mut self.child, Duration::from_secs(3));
        process::end(&sessions, Duration::from_secs(3));
    }
}
