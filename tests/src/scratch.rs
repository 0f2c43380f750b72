//! Folders for the files of one test run, and the removal of what killed runs left.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use xtask::process;

const PREFIX: &str = "linkspan-tests-";

/// The workspace's root.
pub fn workspace() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// Where build results go, and beside them what tests keep.
pub fn target() -> PathBuf {
    let dir = workspace().join(std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()));
    dir.canonicalize().unwrap_or(dir)
}

/// Where screenshots and logs of failed tests are kept.
pub fn reports() -> PathBuf {
    target().join("e2e")
}

/// The root of all engines' folders. On the disk that builds use: images are too large for a /tmp in memory.
pub fn engines() -> PathBuf {
    target().join("engines")
}

/// A new folder that is removed when it is dropped. Its path is short enough for sockets in it.
pub fn folder(purpose: &str) -> Result<tempfile::TempDir, String> {
    let root = run_folder(&process::owner());
    let failed = |error| format!("{}: {error}", root.display());
    fs::create_dir_all(&root).map_err(failed)?;
    tempfile::Builder::new().prefix(purpose).tempdir_in(&root).map_err(failed)
}

/// A disk with as many KiB at a folder, until it is dropped.
#[derive(Debug)]
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    /// # Errors
    /// When it cannot be mounted.
    pub fn at(folder: &Path, size: usize) -> Result<SmallDisk, String> {
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", &format!("size={size}k,mode=700"), "tmpfs"]).arg(folder);
        process::check(command, Duration::from_secs(10)).map(|_| SmallDisk(folder.to_owned()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        unmount(&self.0);
    }
}

/// Also while somebody has files open there.
fn unmount(folder: &Path) {
    let _ = Command::new("umount").arg("-l").arg(folder).status();
}

/// What is mounted below a folder.
fn mounts(folder: &Path) -> Vec<PathBuf> {
    let all = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    all.lines().filter_map(|line| line.split(' ').nth(1)).map(PathBuf::from).filter(|at| at.starts_with(folder)).collect()
}

/// Removes what earlier, killed runs left: their processes, engines and folders.
pub fn sweep() {
    let ended = process::sweep();
    if ended > 0 {
        println!("ended {ended} processes of an earlier run");
    }
    for problem in xtask::engine::sweep(&engines()) {
        eprintln!("an engine of an earlier run is still there: {problem}");
    }
    let Ok(entries) = fs::read_dir(std::env::temp_dir()) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let owner = name.to_str().and_then(|name| name.strip_prefix(PREFIX)).map(|owner| owner.replace('-', ":"));
        if owner.is_some_and(|owner| !process::owner_runs(&owner)) {
            mounts(&entry.path()).iter().for_each(|at| unmount(at));
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Removes this run's folder; called once, at the very end.
pub fn remove() {
    let _ = fs::remove_dir_all(run_folder(&process::owner()));
}

fn run_folder(owner: &str) -> PathBuf {
    std::env::temp_dir().join(format!("{PREFIX}{}", owner.replace(':', "-")))
}
