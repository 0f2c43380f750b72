//! Running programs in the workspace, and saying so.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// The workspace's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).to_path_buf()
}

/// Where cargo puts what it builds.
pub fn target() -> PathBuf {
    let dir = root().join(std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()));
    // What is mounted there is known by its path without `..`.
    dir.canonicalize().unwrap_or(dir)
}

pub fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root()).args(arguments);
    command
}

/// Runs it to its end; what it prints goes where ours does.
pub fn run(what: &str, command: &mut Command) -> Result<(), String> {
    eprintln!("── {what}");
    let status = command.status().map_err(|error| format!("{what}: {} cannot be started: {error}", command.get_program().display()))?;
    if status.success() { Ok(()) } else { Err(format!("{what} failed ({status})")) }
}

pub fn output(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("{} cannot be started: {error}", command.get_program().display()))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}
