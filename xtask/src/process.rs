//! Finding, marking, signalling and running other programs.
//!
//! Whatever outlives a killed test run must be found again by the next one. A pid on record is not
//! enough for that (the run may die before it writes the pid down, and pids are used again), so every
//! program we start carries a mark in its environment, which its children inherit.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

pub use rustix::process::Signal;

/// Names the process on whose behalf a program runs, as [`owner`] writes it.
const OWNER: &str = "LINKSPAN_OWNER";

/// How often a condition outside this process is looked at again.
const POLL: Duration = Duration::from_millis(10);

/// The path of an installed program.
///
/// # Errors
/// When it is not installed; the text names the package to install.
pub fn program(name: &str, package: &str) -> Result<PathBuf, String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // The administrator's folders are missing from the PATH of ordinary users on Debian.
    std::env::split_paths(&path)
        .chain(["/usr/local/sbin", "/usr/sbin", "/sbin"].map(PathBuf::from))
        .map(|dir| dir.join(name))
        .find(|file| file.is_file())
        .ok_or_else(|| format!("`{name}` is not installed; on Debian: apt-get install {package}, elsewhere the package that holds it"))
}

/// This process, in a form that stays unique when the pid is used again: pid and start time.
pub fn owner() -> String {
    let pid = std::process::id();
    format!("{pid}:{}", started(pid).unwrap_or_default())
}

/// Whether the process that [`owner`] described is still running.
pub fn owner_runs(owner: &str) -> bool {
    let Some((pid, start)) = owner.split_once(':') else {
        return false;
    };
    pid.parse().is_ok_and(|pid| runs(pid) && started(pid).as_deref() == Some(start))
}

/// Marks a program that must not outlive this process: [`sweep`] ends it when it does.
pub fn mark(command: &mut Command) -> &mut Command {
    command.env(OWNER, owner())
}

/// Ends what marked programs of earlier, killed runs left running. Returns how many those were.
pub fn sweep() -> usize {
    end_marked(|owner| !owner_runs(owner))
}

/// Ends all marked programs of this very process: the last resort before it ends.
pub fn end_own() -> usize {
    let me = owner();
    end_marked(|owner| owner == me)
}

fn end_marked(wanted: impl Fn(&str) -> bool) -> usize {
    let owned = |entry: &str| entry.strip_prefix(OWNER).and_then(|rest| rest.strip_prefix('=')).is_some_and(&wanted);
    let found = having_environment(owned);
    end(&found, Duration::from_secs(10));
    found.len()
}

/// Every process whose environment holds an entry (`NAME=value`) that `wanted` accepts.
pub fn having_environment(wanted: impl Fn(&str) -> bool) -> Vec<u32> {
    let me = std::process::id();
    let holds = |pid: &u32| {
        fs::read(format!("/proc/{pid}/environ"))
            .is_ok_and(|raw| raw.split(|byte| *byte == 0).any(|entry| std::str::from_utf8(entry).is_ok_and(&wanted)))
    };
    all().into_iter().filter(|pid| *pid != me && holds(pid)).collect()
}

/// The children of a process, their children, and so on.
pub fn descendants(of: u32) -> Vec<u32> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for pid in all() {
        if let Some(parent) = stat(pid).and_then(|fields| fields.get(1)?.parse().ok()) {
            children.entry(parent).or_default().push(pid);
        }
    }
    let mut found = Vec::new();
    let mut next = vec![of];
    while let Some(pid) = next.pop() {
        let Some(more) = children.remove(&pid) else {
            continue;
        };
        found.extend(&more);
        next.extend(more);
    }
    found
}

/// Whether a process runs; one that ended and was not yet waited for does not.
pub fn runs(pid: u32) -> bool {
    stat(pid).is_some_and(|fields| !matches!(fields.first().map(String::as_str), Some("Z" | "X")))
}

/// Sends a signal; a process that is already gone is no error, because it is what the caller wants.
pub fn signal(pid: u32, signal: Signal) {
    let pid = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(pid) = pid {
        let _ = rustix::process::kill_process(pid, signal);
    }
}

/// Ends processes at once and waits until they are gone. Returns those that would not go in time.
pub fn end(pids: &[u32], patience: Duration) -> Vec<u32> {
    for pid in pids {
        signal(*pid, Signal::KILL);
    }
    let mut left: HashSet<u32> = pids.iter().copied().collect();
    wait_until(patience, || {
        left.retain(|pid| runs(*pid));
        left.is_empty()
    });
    left.into_iter().collect()
}

/// Waits for a condition; false when it did not come in time.
pub fn wait_until(patience: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + patience;
    loop {
        if condition() {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        thread::sleep(POLL);
    }
}

/// Asks a child of ours to end and waits for it; ends it by force when it takes too long.
/// The flag says whether it ended by itself.
pub fn stop(child: &mut Child, patience: Duration) -> (bool, Option<ExitStatus>) {
    signal(child.id(), Signal::TERM);
    let in_time = wait_until(patience, || !matches!(child.try_wait(), Ok(None)));
    if !in_time {
        let _ = child.kill();
    }
    (in_time, child.wait().ok())
}

/// What a finished program left behind.
#[derive(Debug)]
pub struct Finished {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

/// Runs a program to its end and keeps what it wrote.
///
/// # Errors
/// When it cannot be started, or is still running after `patience` (it is ended then).
pub fn run(mut command: Command, patience: Duration) -> Result<Finished, String> {
    let shown = show(&command);
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(|error| format!("{shown}: cannot be started: {error}"))?;
    // Both pipes are read while it runs: a full one would stop it.
    let (out, err) = (collect(child.stdout.take()), collect(child.stderr.take()));
    let in_time = wait_until(patience, || !matches!(child.try_wait(), Ok(None)));
    if !in_time {
        let _ = child.kill();
    }
    let status = child.wait().map_err(|error| format!("{shown}: cannot be waited for: {error}"))?;
    if !in_time {
        // The pipes may be held open by its children: what they hold is not waited for.
        return Err(format!("{shown}: still running after {patience:?}, ended"));
    }
    Ok(Finished { status, stdout: out.join().unwrap_or_default(), stderr: err.join().unwrap_or_default() })
}

/// Like [`run`], where another end than success is an error that carries what the program said.
///
/// # Errors
/// As [`run`], and when the exit status is not 0.
pub fn check(command: Command, patience: Duration) -> Result<String, String> {
    let shown = show(&command);
    let finished = run(command, patience)?;
    if finished.status.success() {
        return Ok(finished.stdout);
    }
    Err(format!("{shown}: {}: {}", finished.status, finished.stderr.trim()))
}

fn collect(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn show(command: &Command) -> String {
    let name = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(name).chain(command.get_args()).map(|word| word.to_string_lossy());
    format!("`{}`", words.collect::<Vec<_>>().join(" "))
}

fn all() -> Vec<u32> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

/// The fields of `/proc/PID/stat` from the state on (the name before it may hold blanks and brackets).
fn stat(pid: u32) -> Option<Vec<String>> {
    let line = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = line.rsplit_once(") ")?;
    Some(rest.split_whitespace().map(str::to_owned).collect())
}

/// When a process was started, in clock ticks after boot.
fn started(pid: u32) -> Option<String> {
    const STARTTIME: usize = 19;
    stat(pid)?.get(STARTTIME).cloned()
}
