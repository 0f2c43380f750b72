//! System packages that tests and packaging need, on Debian and its relatives.

use crate::process;
use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// What the end-to-end tests run. A trailing `?` marks one that only some releases have.
pub const TESTS: &[&str] = &[
    "apache2-utils",
    "busybox-static",
    "chromium",
    "chromium-driver",
    "containerd",
    "curl",
    "docker-cli?",
    "docker-compose",
    "docker-registry",
    "docker.io",
    "glewlwyd",
    "golang-github-docker-docker-dev",
    "golang-go",
    "httpie",
    "iproute2",
    "nginx-light",
    "openssh-client",
    "openssh-server",
    "python3-pip",
    "runc",
];

/// What it takes to install engines of other releases, and to run Podman.
pub const SUITES: &[&str] = &["debootstrap", "podman"];

/// What a private engine needs: a part of the above.
pub const ENGINE: &[&str] = &["busybox-static", "containerd", "docker-cli?", "docker.io", "iproute2", "runc"];

/// A service that is installed must not start: a system dockerd rewrites the machine's firewall, a
/// web server takes its port. Debian asks this program, and 101 forbids. What stood there before is
/// put back, also when the installation fails; `$policy.saved` survives even a crash.
const INSTALL: &str = r#"
set -eu
policy=/usr/sbin/policy-rc.d
mark='written while packages are installed for tests'
if [ -e "$policy" ] && ! grep -q "$mark" "$policy"; then mv "$policy" "$policy.saved"; fi
restore() { rm -f "$policy"; if [ -e "$policy.saved" ]; then mv "$policy.saved" "$policy"; fi; }
trap restore EXIT
trap 'exit 130' INT TERM
printf '#!/bin/sh\n# %s\nexit 101\n' "$mark" > "$policy"
chmod 755 "$policy"
export DEBIAN_FRONTEND=noninteractive
apt-get update
for package in "$@"; do
  shift
  case "$package" in
    *\?) if apt-cache show "${package%\?}" >/dev/null 2>&1; then set -- "$@" "${package%\?}"; fi ;;
    *) set -- "$@" "$package" ;;
  esac
done
apt-get install -y --no-install-recommends "$@"
"#;

/// Makes sure that packages are installed, and installs those that are not. A name with a trailing
/// `?` is left out where the release does not have it.
///
/// # Errors
/// Says what is missing and how to install it: when this is no Debian, when there are no rights to
/// install, or when the installation fails.
pub fn ensure(packages: &[&str]) -> Result<(), String> {
    let by_hand = |why: &str| {
        let names: Vec<_> = packages.iter().filter(|name| !name.ends_with('?')).copied().collect();
        format!("{why}; install by hand what these Debian packages hold: {}", names.join(" "))
    };
    if !Path::new("/etc/debian_version").exists() || process::program("dpkg-query", "dpkg").is_err() {
        return Err(by_hand("this system has no dpkg, so nothing was checked or installed"));
    }
    let missing = missing(packages)?;
    // Those that only some releases have are no reason to ask the archive each time.
    if missing.iter().all(|name| name.ends_with('?')) {
        return Ok(());
    }
    let names = missing.join(" ");
    let mut command =
        as_root().ok_or_else(|| by_hand(&format!("not installed: {names}; installing needs root, or sudo without a password")))?;
    println!("Installing {names}: the tests run these programs. Their services are kept from starting.");
    command.args(["sh", "-c", INSTALL, "install"]).args(&missing).stdin(Stdio::null());
    let status = command.status().map_err(|error| by_hand(&format!("apt-get cannot be started: {error}")))?;
    let still = self::missing(packages)?;
    let required: Vec<_> = still.into_iter().filter(|name| !name.ends_with('?')).collect();
    if status.success() && required.is_empty() {
        return Ok(());
    }
    Err(by_hand(&format!("apt-get did not install {names} ({status}), see its output above")))
}

/// The packages that are not installed, in the order and form given.
fn missing(packages: &[&str]) -> Result<Vec<String>, String> {
    let mut query = Command::new(process::program("dpkg-query", "dpkg")?);
    query.args(["--show", "--showformat", "${Package} ${db:Status-Status}\\n"]);
    query.args(packages.iter().map(|name| name.trim_end_matches('?')));
    // It fails when one of the names is unknown, and still prints the others.
    let listed = process::run(query, Duration::from_secs(30))?.stdout;
    let installed: HashSet<&str> = listed.lines().filter_map(|line| line.strip_suffix(" installed")).collect();
    let is_missing = |name: &&&str| !installed.contains(name.trim_end_matches('?'));
    Ok(packages.iter().filter(is_missing).map(|name| (*name).to_owned()).collect())
}

/// A command line that runs the words added to it as root; none when there is no way to.
fn as_root() -> Option<Command> {
    if rustix::process::geteuid().is_root() {
        return Some(Command::new("env"));
    }
    let sudo = process::program("sudo", "sudo").ok()?;
    let mut probe = Command::new(&sudo);
    probe.args(["-n", "true"]);
    // A password can be asked for where a person sits at a terminal.
    let works = process::check(probe, Duration::from_secs(10)).is_ok() || is_terminal();
    works.then(|| {
        let mut command = Command::new(sudo);
        command.arg("env");
        command
    })
}

fn is_terminal() -> bool {
    use std::io::IsTerminal;
    std::io::stdin().is_terminal() && fs::metadata("/dev/tty").is_ok()
}
