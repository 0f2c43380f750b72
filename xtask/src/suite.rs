//! Engines of newer Debian releases than this machine's, each in a folder of its own that `debootstrap` fills.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use crate::{packages, process};

/// The release whose engine is a current one: dockerd 28 and podman 5.8 as of 2026-11.
pub const CURRENT: &str = "forky";

const PACKAGES: &str = "ca-certificates,containerd,docker-cli,docker.io,iproute2,iptables,podman,runc";
/// About 45 s where the archive is near.
const PATIENCE: Duration = Duration::from_secs(900);

/// The folder of a release below `root`, filled if it is not there yet.
///
/// # Errors
/// Says what is missing, or how debootstrap failed.
pub fn ensure(root: &Path, release: &str) -> Result<PathBuf, String> {
    let tree = root.join(release);
    let complete = root.join(format!("{release}.complete"));
    if complete.exists() {
        return Ok(tree);
    }
    packages::ensure(packages::SUITES)?;
    // A half of an earlier, killed run.
    let _ = fs::remove_dir_all(&tree);
    fs::create_dir_all(root).map_err(|error| format!("{}: {error}", root.display()))?;
    println!("Installing Debian {release} into {}: about a minute and 0.7 GB.", tree.display());
    let mut command = Command::new(process::program("debootstrap", "debootstrap")?);
    command.args(["--variant=minbase", &format!("--include={PACKAGES}"), release]).arg(&tree).arg(archive()?);
    // An older debootstrap does not know the release by name; they are all installed alike.
    command.arg("/usr/share/debootstrap/scripts/sid");
    process::check(command, PATIENCE)?;
    fs::write(&complete, "").map_err(|error| format!("{}: {error}", complete.display()))?;
    Ok(tree)
}

/// Where this machine has its own packages from.
fn archive() -> Result<String, String> {
    let mut command = Command::new(process::program("apt-get", "apt")?);
    command.args(["indextargets", "--format", "$(SITE) $(ORIGIN) $(RELEASE)", "Created-By: Packages"]);
    let listed = process::check(command, Duration::from_secs(30))?;
    let archive = listed.lines().find_map(|line| {
        let (site, rest) = line.split_once(' ')?;
        (rest.starts_with("Debian ") && !site.contains("security")).then(|| site.to_owned())
    });
    archive.ok_or_else(|| "this system names no archive of Debian's; only on Debian can other releases be installed".to_owned())
}
