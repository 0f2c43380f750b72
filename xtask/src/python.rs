//! Packages of PyPI that the tests run, in a folder of the target directory.

use std::{fs, path::Path, process::Command, time::Duration};

use crate::process;

/// Docker's SDK, and HTTPie's way to a socket with the versions that it works with.
const PACKAGES: &[&str] = &["docker==7.*", "httpie==3.*", "httpie-unixsocket", "requests<2.32", "urllib3<2"];
const PATIENCE: Duration = Duration::from_secs(300);

/// Installs them into `folder`, unless they are there.
///
/// # Errors
/// Says how pip failed.
pub fn ensure(folder: &Path) -> Result<(), String> {
    let complete = folder.join("complete");
    if fs::read_to_string(&complete).is_ok_and(|installed| installed == PACKAGES.join(" ")) {
        return Ok(());
    }
    let _ = fs::remove_dir_all(folder);
    println!("Installing {} for the tests.", PACKAGES.join(", "));
    // Debian's own, for which the modules are.
    let mut pip = Command::new("/usr/bin/python3");
    pip.args(["-m", "pip", "install", "--quiet", "--root-user-action=ignore", "--target"]).arg(folder).args(PACKAGES);
    process::check(pip, PATIENCE)?;
    fs::write(&complete, PACKAGES.join(" ")).map_err(|error| format!("{}: {error}", complete.display()))
}
