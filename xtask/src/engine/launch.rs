//! Starting the two daemons of an engine and waiting for them.

use super::remains::Remains;
use super::{Engine, Kind, network};
use crate::process;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// How long dockerd may take until it answers; it needs 0.2 to 0.6 s on an idle machine.
const START: Duration = Duration::from_secs(30);

impl Engine {
    /// Starts containerd, unless it runs, and dockerd, and waits until that answers.
    pub(super) fn launch(&mut self) -> Result<(), String> {
        if self.options.kind == Kind::Podman {
            return self.launch_podman();
        }
        if self.containerd.is_none() {
            self.containerd = Some(self.start_containerd()?);
        }
        // After a crash this names a process that is gone, or by now another one.
        let _ = fs::remove_file(self.remains.run.join("docker.pid"));
        let dir = &self.remains.dir;
        let run = &self.remains.run;
        let mut command = self.daemon("dockerd", "docker.io")?;
        command.arg("--data-root").arg(dir.join("data")).arg("--exec-root").arg(run.join("exec"));
        command.arg("--pidfile").arg(run.join("docker.pid")).arg("--config-file").arg(dir.join("daemon.json"));
        command.arg("--host").arg(self.host()).arg("--containerd").arg(run.join("containerd.sock"));
        command.args(["--storage-driver", "overlay2", "--iptables=false", "--ip6tables=false"]);
        command.args(["--bridge", &self.remains.bridge, "--cgroup-parent", &format!("/{}", self.remains.cgroup)]);
        // The other driver asks systemd, whose cgroups would not be below ours.
        command.args(["--exec-opt", "native.cgroupdriver=cgroupfs"]);
        command.args(["--default-address-pool", &network::address_pool(self.octet)]);
        for mirror in &self.options.registry_mirrors {
            command.args(["--registry-mirror", mirror]);
        }
        for registry in &self.options.insecure_registries {
            command.args(["--insecure-registry", registry]);
        }
        if self.options.live_restore {
            command.arg("--live-restore");
        }
        command.args(&self.options.extra_args).envs(self.options.env.iter().cloned());
        self.await_answer(command)
    }

    /// Podman has no daemon but this service, which starts and ends with its engine.
    fn launch_podman(&mut self) -> Result<(), String> {
        let dir = self.remains.dir.clone();
        let conf = dir.join("containers.conf");
        // Where a process may not raise its limits, Podman's own defaults cannot be set.
        let text = format!(
            "[containers]\ndefault_ulimits = [\"nofile=4096:4096\", \"nproc=4096:4096\"]\ncgroups = \"enabled\"\nlog_driver = \"k8s-file\"\n\
             [engine]\nruntime = \"runc\"\ncgroup_manager = \"cgroupfs\"\nevents_logger = \"file\"\ntmp_dir = {:?}\n",
            self.remains.run.join("libpod")
        );
        let storage = format!(
            "[storage]\ndriver = \"overlay\"\ngraphroot = {:?}\nrunroot = {:?}\n",
            dir.join("data"),
            self.remains.run.join("storage")
        );
        let registries = "[[registry]]\nlocation = \"localhost\"\ninsecure = true\n";
        for (name, text) in [("containers.conf", text.as_str()), ("storage.conf", &storage), ("registries.conf", registries)] {
            fs::write(dir.join(name), text).map_err(|error| format!("{}: {error}", dir.join(name).display()))?;
        }
        let mut command = self.daemon("podman", "podman")?;
        command.env("CONTAINERS_CONF", conf).env("CONTAINERS_STORAGE_CONF", dir.join("storage.conf"));
        command.env("CONTAINERS_REGISTRIES_CONF", dir.join("registries.conf"));
        command.args(["system", "service", "--time=0"]).arg(self.host());
        command.args(&self.options.extra_args).envs(self.options.env.iter().cloned());
        self.await_answer(command)
    }

    fn await_answer(&mut self, command: Command) -> Result<(), String> {
        let dir = &self.remains.dir;
        let child = self.dockerd.insert(spawn(command, &dir.join("dockerd.log"))?);

        let mut ended = None;
        let answers = process::wait_until(START, || {
            ended = child.try_wait().ok().flatten();
            ended.is_some() || ping(&self.socket).is_ok()
        });
        match ended {
            Some(status) => {
                self.dockerd = None;
                Err(format!("dockerd ended ({status}) instead of starting; its log ends with:\n{}", self.log_tail()))
            }
            None if answers => Ok(()),
            None => Err(format!("dockerd does not answer within {START:?}; its log ends with:\n{}", self.log_tail())),
        }
    }

    fn start_containerd(&self) -> Result<Child, String> {
        let log = self.remains.dir.join("containerd.log");
        let mut command = self.daemon("containerd", "containerd")?;
        command.arg("--config").arg(self.remains.dir.join("containerd.toml"));
        let mut child = spawn(command, &log)?;
        let socket = self.remains.run.join("containerd.sock");
        let listens = process::wait_until(START, || UnixStream::connect(&socket).is_ok() || !matches!(child.try_wait(), Ok(None)));
        if listens && matches!(child.try_wait(), Ok(None)) {
            return Ok(child);
        }
        let _ = child.kill().and_then(|()| child.wait());
        Err(format!("containerd does not start; its log ends with:\n{}", tail(&log)))
    }

    /// A program of the other release, in the mount namespace that its first daemon made.
    pub(super) fn inside(&self, program: &str) -> Result<Command, String> {
        let pid = self.containerd.as_ref().or(self.dockerd.as_ref()).map(Child::id);
        let pid = pid.ok_or_else(|| "the engine does not run".to_owned())?;
        let mut command = Command::new(process::program("nsenter", "util-linux")?);
        command.args(["--mount", "--target", &pid.to_string(), program]);
        Ok(command)
    }

    /// A daemon with a clean environment: no proxies, no configuration of the user's.
    fn daemon(&self, name: &str, package: &str) -> Result<Command, String> {
        let dir = &self.remains.dir;
        let mut command = match (&self.options.suite, &self.containerd) {
            (None, _) => Command::new(process::program(name, package)?),
            // Both daemons see the same mounts.
            (Some(_), Some(_)) => self.inside(name)?,
            (Some(tree), None) => {
                let mut command = Command::new(process::program("unshare", "util-linux")?);
                command.args(["--mount", "--propagation", "private", "sh", "-c", ENTER, "enter"]).arg(tree);
                command.arg(dir).arg(&self.remains.run).arg(name);
                command
            }
        };
        command.env_clear().env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        command.env("HOME", dir).env("TMPDIR", dir.join("tmp")).env("DOCKER_TMPDIR", dir.join("tmp"));
        let (mark, value) = self.remains.mark();
        command.env(mark, value);
        process::mark(&mut command);
        // A group of its own: Ctrl-C in the terminal is for the test run, which then stops it.
        command.process_group(0).current_dir(dir);
        Ok(command)
    }
}

/// Makes the tree `$1` the root of a mount namespace, with this engine's folders `$2` and `$3` in it, and runs the rest
/// there. A plain chroot would not do: what is run in a container would land in the machine's own root.
const ENTER: &str = r#"
set -eu
tree=$1 dir=$2 run=$3
shift 3
mount --bind "$tree" "$tree"
cd "$tree"
mount -t proc proc proc
mount --rbind /sys sys
mount --rbind /dev dev
mount -t tmpfs tmpfs run
for folder in "$dir" "$run"; do mkdir -p ".$folder"; done
mount --bind "$dir" ".$dir"
case "$run" in "$dir"/*) ;; *) mount --bind "$run" ".$run" ;; esac
mkdir -p old
pivot_root . old
umount -l old
cd "$dir"
exec "$@"
"#;

/// Makes the folders and configuration files, after putting all that will be made on record.
pub(super) fn prepare(remains: &Remains, disk: Option<u64>) -> Result<(), String> {
    let failed = |path: &Path, error: io::Error| format!("{}: {error}", path.display());
    let dir = &remains.dir;
    if fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(format!("{}: holds something already; an engine needs a folder of its own", dir.display()));
    }
    let parent = dir.parent().unwrap_or(dir);
    fs::create_dir_all(parent).map_err(|error| failed(parent, error))?;
    remains.record()?;
    for folder in [dir, &remains.run, &dir.join("tmp"), &dir.join("cli")] {
        fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    }
    if let Some(bytes) = disk {
        let data = dir.join("data");
        fs::create_dir_all(&data).map_err(|error| failed(&data, error))?;
        let options = std::ffi::CString::new(format!("size={bytes}")).unwrap_or_default();
        rustix::mount::mount("tmpfs", &data, "tmpfs", rustix::mount::MountFlags::empty(), options.as_c_str())
            .map_err(|error| failed(&data, error.into()))?;
    }
    let containerd = format!(
        "version = 2\nroot = {:?}\nstate = {:?}\ndisabled_plugins = [\"io.containerd.grpc.v1.cri\"]\n\
         [grpc]\naddress = {:?}\n[plugins.\"io.containerd.internal.v1.opt\"]\npath = {:?}\n",
        dir.join("containerd"),
        remains.run.join("containerd"),
        remains.run.join("containerd.sock"),
        dir.join("opt"),
    );
    for (name, text) in [("daemon.json", "{}"), ("containerd.toml", &containerd), ("cli/config.json", "{}")] {
        let path = dir.join(name);
        fs::write(&path, text).map_err(|error| failed(&path, error))?;
    }
    Ok(())
}

fn spawn(mut command: Command, log: &Path) -> Result<Child, String> {
    let failed = |error: io::Error| format!("{}: {error}", log.display());
    let out = File::options().create(true).append(true).open(log).map_err(failed)?;
    let err = out.try_clone().map_err(failed)?;
    command.stdin(Stdio::null()).stdout(out).stderr(err);
    command.spawn().map_err(|error| format!("{}: cannot be started: {error}", command.get_program().display()))
}

/// `GET /_ping`, the Engine API's sign of life.
fn ping(socket: &Path) -> io::Result<()> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    stream.write_all(b"GET /_ping HTTP/1.1\r\nHost: engine\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let ready = answer.starts_with("HTTP/1.1 200");
    ready.then_some(()).ok_or_else(|| io::Error::other(answer))
}

/// The last lines of a log.
pub(super) fn tail(path: &Path) -> String {
    const LINES: usize = 25;
    let log = fs::read(path).unwrap_or_default();
    let log = String::from_utf8_lossy(&log);
    let lines: Vec<_> = log.lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}
