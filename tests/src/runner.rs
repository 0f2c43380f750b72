//! Runs the tests of one binary, several at a time, each on an engine and a browser that no other one uses meanwhile.
//!
//! The usual runner cannot share an engine between tests and remove it afterwards: it has no end to hook into, and
//! statics are never dropped. This one prints and takes arguments as that one does.

use crate::scratch;
use crate::world::World;
use libtest_mimic::{Arguments, Failed, Trial};
use std::cell::Cell;
use std::cmp::Reverse;
use std::future::Future;
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::signal::unix::{SignalKind, signal};

/// The longest a test may take, unless it says otherwise.
const LIMIT: Duration = Duration::from_secs(150);
/// Those that took longest are named at the end.
const SLOWEST: usize = 20;
/// What a test that blocks its thread gets on top before it is given up.
const GRACE: Duration = Duration::from_secs(100);

thread_local! {
    /// Whether the test on this thread was ended because it took too long.
    static FAILING: Cell<bool> = const { Cell::new(false) };
}

/// What a test returns: its future, which stays on one thread.
pub type Running = Pin<Box<dyn Future<Output = ()>>>;

/// A test and its name.
#[derive(Debug, Clone, Copy)]
pub struct Test {
    pub name: &'static str,
    pub run: fn(Arc<World>) -> Running,
    pub limit: Duration,
}

impl Test {
    /// A test with the usual limit.
    pub const fn new(name: &'static str, run: fn(Arc<World>) -> Running) -> Test {
        Test { name, run, limit: LIMIT }
    }

    /// The same test with another limit.
    #[must_use]
    pub const fn within(mut self, limit: Duration) -> Test {
        self.limit = limit;
        self
    }
}

/// The list of tests: `tests![environment::engine_runs_hello_world, …]`, each an
/// `async fn(Arc<World>)`. Their paths are their names.
#[macro_export]
macro_rules! tests {
    ($($($part:ident)::+),* $(,)?) => {
        vec![$($crate::runner::Test::new(
            $crate::runner::name(stringify!($($part)::+)),
            |world| Box::pin($($part)::+(world)),
        )),*]
    };
}

/// A path as the compiler writes it, without the blanks that it may put in.
pub fn name(path: &str) -> &'static str {
    path.replace(' ', "").leak()
}

/// Whether the test on this thread is being ended for taking too long. What it started may say so then, as it does in a
/// panic.
pub fn failing() -> bool {
    FAILING.get()
}

/// Runs those tests that the command line asks for; the exit code says whether all went well.
pub fn main(tests: Vec<Test>) -> ExitCode {
    let (mut arguments, names) = arguments(std::env::args());
    // A test waits for its engine about as often as it has something to compute.
    let cores = thread::available_parallelism().map_or(1, usize::from);
    arguments.test_threads = arguments.test_threads.or(Some(cores + 1));
    // Tasks of a test go on beside it also while one of them blocks its thread for a moment.
    let runtime = match Builder::new_multi_thread().worker_threads(4).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("the tests cannot start: no async runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    if !arguments.list {
        scratch::sweep();
        clean_up_on_signals(&runtime);
    }
    let worlds = Arc::new(Mutex::new(Vec::new()));
    let times = Arc::new(Mutex::new(Vec::new()));
    let wanted = |test: &Test| {
        names.is_empty() || names.iter().any(|name| if arguments.exact { test.name == name } else { test.name.contains(name) })
    };
    let trials = tests.into_iter().filter(wanted).map(|test| {
        let (handle, worlds, times) = (runtime.handle().clone(), worlds.clone(), times.clone());
        Trial::test(test.name, move || {
            let free = || worlds.lock().unwrap_or_else(PoisonError::into_inner);
            // One that another test is done with, else a new one: there are as many as tests at a time.
            let world: Arc<World> = free().pop().unwrap_or_default();
            let begun = Instant::now();
            let outcome = run(&handle, test, &world);
            times.lock().unwrap_or_else(PoisonError::into_inner).push((begun.elapsed(), test.name));
            free().push(world);
            outcome
        })
    });
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    let mut times = std::mem::take(&mut *times.lock().unwrap_or_else(PoisonError::into_inner));
    times.sort_by_key(|(time, _)| Reverse(*time));
    times.iter().take(SLOWEST).for_each(|(time, name)| eprintln!("{:6.1} s  {name}", time.as_secs_f64()));
    // Ends engines and browsers, unless a test hangs that still holds them.
    worlds.lock().unwrap_or_else(PoisonError::into_inner).clear();
    let is_clean = arguments.list || clean_up();
    // Tasks that hang are not waited for.
    runtime.shutdown_background();
    if is_clean { conclusion.exit_code() } else { ExitCode::FAILURE }
}

/// Several names may be given, as to the usual runner; libtest-mimic takes one.
fn arguments(words: impl Iterator<Item = String>) -> (Arguments, Vec<String>) {
    let (mut options, mut names) = (Vec::new(), Vec::new());
    for word in words {
        let is_value = options.last().is_some_and(|last: &String| VALUED.contains(&last.as_str()));
        if options.is_empty() || is_value || word.starts_with('-') { options.push(word) } else { names.push(word) }
    }
    (Arguments::from_iter(options), names)
}

/// Options that have a value of their own, which is not a name.
const VALUED: &[&str] = &["--color", "--format", "--logfile", "--skip", "--test-threads", "-Z"];

/// Runs one test on a thread of its own: a panic ends that, and a test that hangs leaves it behind.
fn run(handle: &Handle, test: Test, world: &Arc<World>) -> Result<(), Failed> {
    let (done, outcome) = mpsc::channel();
    let (own_handle, own_world) = (handle.clone(), Arc::clone(world));
    let body = move || {
        let in_time = own_handle.block_on(async {
            let mut running = (test.run)(own_world);
            let in_time = tokio::time::timeout(test.limit, &mut running).await.is_ok();
            FAILING.set(!in_time);
            // Here, so that what the test started ends while this runtime still runs.
            drop(running);
            in_time
        });
        let _ = done.send(in_time);
    };
    let (outcome, too_long) = match thread::Builder::new().name(test.name.to_owned()).spawn(body) {
        Err(error) => (Err(format!("no thread for it: {error}")), false),
        Ok(_) => match outcome.recv_timeout(test.limit + GRACE) {
            Ok(true) => (Ok(()), false),
            Ok(false) => (Err(format!("took longer than {:?}", test.limit)), true),
            Err(RecvTimeoutError::Timeout) => (Err("hangs in something that blocks its thread".to_owned()), true),
            Err(RecvTimeoutError::Disconnected) => (Err("it panicked, see above".to_owned()), false),
        },
    };
    let outcome = outcome.and_then(|()| handle.block_on(world.verdict()));
    handle.block_on(world.after(test.name, outcome.is_err(), too_long));
    outcome.map_err(Failed::from)
}

/// Removes everything that this process started. False when something remains.
fn clean_up() -> bool {
    xtask::process::end_own();
    let remains = xtask::engine::remove_own(&scratch::engines());
    for problem in &remains {
        eprintln!("an engine left something behind: {problem}");
    }
    scratch::remove();
    remains.is_empty()
}

/// Ctrl-C is no reason to leave an engine running.
fn clean_up_on_signals(runtime: &Runtime) {
    let _context = runtime.enter();
    for (kind, code) in [(SignalKind::interrupt(), 130), (SignalKind::terminate(), 143), (SignalKind::hangup(), 129)] {
        // Where a signal cannot be watched, the next run's sweep does the same.
        let Ok(mut signals) = signal(kind) else {
            continue;
        };
        runtime.spawn(async move {
            if signals.recv().await.is_some() {
                eprintln!("\ninterrupted, cleaning up");
                clean_up();
                std::process::exit(code);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::arguments;

    #[test]
    fn names_are_told_from_options_and_their_values() {
        let (options, names) = arguments(["e2e", "pull", "--test-threads", "1", "push", "--exact"].map(str::to_owned).into_iter());
        assert_eq!(names, ["pull", "push"]);
        assert_eq!((options.test_threads, options.exact, options.filter), (Some(1), true, None));
    }
}
