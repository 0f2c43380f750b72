//! What an engine leaves on the machine, how it is put on record, and how it is removed again.
//!
//! The record is written before the first thing is made and deleted after the last one is gone, so
//! that a run killed at any moment in between is cleaned up by the next one.

use super::network;
use crate::process;
use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Marks the processes of one engine in their environment; shims inherit it from containerd.
const MARK: &str = "LINKSPAN_ENGINE";
const SUFFIX: &str = "engine";
/// Ending processes that ignore nothing takes milliseconds; this is for a machine under load.
const PATIENCE: Duration = Duration::from_secs(15);

/// Everything of an engine that outlives its process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Remains {
    /// The process that started the engine, as [`process::owner`] describes it.
    pub owner: String,
    /// Its data, configuration and log.
    pub dir: PathBuf,
    /// Its sockets and running state; elsewhere when `dir` is too long for a socket's path.
    pub run: PathBuf,
    /// The name of its Linux bridge.
    pub bridge: String,
    /// The parent cgroup of its containers, without the slash.
    pub cgroup: String,
}

impl Remains {
    /// The mark of this engine's processes: a name and value for their environment.
    pub fn mark(&self) -> (&'static str, &Path) {
        (MARK, &self.dir)
    }

    /// Puts them on record beside `dir`.
    pub fn record(&self) -> Result<(), String> {
        let path = self.path();
        let text = format!(
            "owner={}\ndir={}\nrun={}\nbridge={}\ncgroup={}\n",
            self.owner,
            self.dir.display(),
            self.run.display(),
            self.bridge,
            self.cgroup
        );
        // Renamed into place: a reader sees all of it or nothing.
        let draft = path.with_extension(format!("{SUFFIX}-draft"));
        fs::write(&draft, text).and_then(|()| fs::rename(&draft, &path)).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// The records of engines below `root` whose owner is gone.
    pub fn orphaned(root: &Path) -> Vec<Remains> {
        let mut all = Remains::recorded(root);
        all.retain(|remains| !process::owner_runs(&remains.owner));
        all
    }

    /// The records of engines below `root` that this process started.
    pub fn own(root: &Path) -> Vec<Remains> {
        let mut all = Remains::recorded(root);
        all.retain(|remains| remains.owner == process::owner());
        all
    }

    fn recorded(root: &Path) -> Vec<Remains> {
        let Ok(entries) = fs::read_dir(root) else {
            return Vec::new();
        };
        entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|suffix| suffix == SUFFIX))
            .filter_map(|path| parse(&fs::read_to_string(path).ok()?))
            .collect()
    }

    /// All processes of this engine: dockerd, containerd, shims, proxies, and those in containers.
    pub fn processes(&self) -> Vec<u32> {
        let mark = format!("{MARK}={}", self.dir.display());
        let mut pids: HashSet<u32> = process::having_environment(|entry| entry == mark).into_iter().collect();
        pids.extend(self.container_processes());
        pids.into_iter().collect()
    }

    /// The processes in its containers.
    pub fn container_processes(&self) -> Vec<u32> {
        let folders = self.cgroups().into_iter().flat_map(|folder| tree(&folder));
        let pids = |folder: PathBuf| fs::read_to_string(folder.join("cgroup.procs")).unwrap_or_default();
        let all: HashSet<u32> = folders.map(pids).flat_map(|text| lines_of_pids(&text)).collect();
        all.into_iter().collect()
    }

    /// Ends all containers at once, also paused ones.
    pub fn end_containers(&self) -> Vec<u32> {
        self.thaw();
        process::end(&self.container_processes(), PATIENCE)
    }

    /// Ends all processes of this engine.
    pub fn end_processes(&self) -> Result<(), String> {
        // More than once: a process may have been starting another one while we looked.
        let gone = process::wait_until(PATIENCE, || {
            self.thaw();
            let left = self.processes();
            process::end(&left, Duration::from_secs(1));
            left.is_empty()
        });
        gone.then_some(()).ok_or_else(|| format!("processes that cannot be ended: {:?}", self.processes()))
    }

    /// Removes all of it: processes, mounts, bridges, cgroups, folders and, last, the record.
    ///
    /// # Errors
    /// Says what could not be removed. The record stays then, so that the next sweep tries again.
    pub fn remove(&self) -> Result<(), String> {
        self.end_processes()?;
        // Shims keep their sockets in one folder for all engines, under a name that only this says.
        for address in find(&self.run, "address") {
            let socket = fs::read_to_string(address).unwrap_or_default();
            if let Some(path) = socket.strip_prefix("unix://").filter(|path| path.starts_with("/run/containerd/s/")) {
                let _ = fs::remove_file(path);
            }
        }
        let database = fs::read(self.dir.join("data/network/files/local-kv.db")).unwrap_or_default();
        self.unmount()?;
        for bridge in network::bridges_of(&database) {
            network::delete(&bridge);
        }
        network::delete(&self.bridge);
        self.remove_cgroups()?;

        let mut rm = Command::new("rm");
        rm.args(["-r", "-f", "--one-file-system", "--"]).arg(&self.dir).arg(&self.run);
        process::check(rm, Duration::from_secs(120))?;
        match fs::remove_file(self.path()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(format!("{}: {error}", self.path().display())),
            _ => Ok(()),
        }
    }

    fn unmount(&self) -> Result<(), String> {
        let mut points = mounts();
        points.retain(|(_, point)| point.starts_with(&self.dir) || point.starts_with(&self.run));
        // The deepest first: one below another keeps it busy.
        points.sort_by_key(|(_, point)| std::cmp::Reverse(point.as_os_str().len()));
        for (_, point) in points {
            rustix::mount::unmount(&point, rustix::mount::UnmountFlags::DETACH)
                .map_err(|error| format!("{}: cannot be unmounted: {error}", point.display()))?;
        }
        Ok(())
    }

    fn remove_cgroups(&self) -> Result<(), String> {
        // Busy for a moment after its last process ended.
        let gone = process::wait_until(PATIENCE, || {
            let folders: Vec<_> = self.cgroups();
            for folder in folders.iter().flat_map(|folder| tree(folder)) {
                let _ = fs::remove_dir(folder);
            }
            folders.is_empty()
        });
        gone.then_some(()).ok_or_else(|| format!("cgroup folders that stay busy: {:?}", self.cgroups()))
    }

    /// A frozen process does not notice that it was killed.
    fn thaw(&self) {
        for folder in self.cgroups().iter().flat_map(|folder| tree(folder)) {
            for (file, value) in [("freezer.state", "THAWED"), ("cgroup.freeze", "0")] {
                let path = folder.join(file);
                if path.exists() {
                    let _ = fs::write(path, value);
                }
            }
        }
    }

    /// Its cgroup in every hierarchy (version 1 has several, version 2 one) where it exists.
    fn cgroups(&self) -> Vec<PathBuf> {
        let mounts = mounts().into_iter().filter(|(kind, _)| kind == "cgroup" || kind == "cgroup2");
        mounts.map(|(_, point)| point.join(&self.cgroup)).filter(|folder| folder.is_dir()).collect()
    }

    fn path(&self) -> PathBuf {
        self.dir.with_extension(SUFFIX)
    }
}

fn parse(text: &str) -> Option<Remains> {
    let value = |key: &str| {
        let found = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        found.map(str::to_owned).filter(|value| !value.is_empty())
    };
    let (dir, run) = (PathBuf::from(value("dir")?), PathBuf::from(value("run")?));
    // These are removed with all that is in them: never take a relative or topmost path from a file.
    let deep = |path: &Path| path.is_absolute() && path.components().count() > 2;
    (deep(&dir) && deep(&run)).then_some(())?;
    Some(Remains { owner: value("owner")?, dir, run, bridge: value("bridge")?, cgroup: value("cgroup")? })
}

fn lines_of_pids(text: &str) -> Vec<u32> {
    // 0 stands for a process outside our pid namespace, which is not ours.
    text.lines().filter_map(|line| line.trim().parse().ok()).filter(|pid| *pid != 0).collect()
}

/// A folder and all folders below it, the deepest first.
fn tree(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    if let Ok(entries) = fs::read_dir(folder) {
        for entry in entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
            all.extend(tree(&entry.path()));
        }
        all.push(folder.to_owned());
    }
    all
}

fn find(folder: &Path, name: &str) -> Vec<PathBuf> {
    tree(folder).into_iter().map(|folder| folder.join(name)).filter(|path| path.is_file()).collect()
}

/// The type and place of every mount this process sees.
fn mounts() -> Vec<(String, PathBuf)> {
    let table = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let parse = |line: &str| {
        let mut fields = line.split(' ').skip(1);
        let point = fields.next()?.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\");
        Some((fields.next()?.to_owned(), PathBuf::from(point)))
    };
    table.lines().filter_map(parse).collect()
}

#[cfg(test)]
mod tests {
    use super::{PathBuf, Remains, parse};

    #[test]
    fn a_record_never_names_a_topmost_folder() {
        let record = |dir: &str| format!("owner=1:2\ndir={dir}\nrun=/tmp/x/run\nbridge=b\ncgroup=c\n");
        assert_eq!(parse(&record("/")), None);
        assert_eq!(parse(&record("/home")), None);
        assert_eq!(parse(&record("relative/place")), None);
        let expected = Remains {
            owner: "1:2".into(),
            dir: PathBuf::from("/srv/engines/a"),
            run: PathBuf::from("/tmp/x/run"),
            bridge: "b".into(),
            cgroup: "c".into(),
        };
        assert_eq!(parse(&record("/srv/engines/a")), Some(expected));
    }
}
