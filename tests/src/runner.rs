//! Runs the tests of one binary, one after the other.
//!
//! The usual runner cannot share an engine between tests and remove it afterwards: it has no end to
//! hook into, and statics are never dropped. This one prints and takes arguments as that one does.

use crate::scratch;
use crate::world::World;
use std::future::Future;
use std::io::{Write, stdout};
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::signal::unix::{SignalKind, signal};

/// The longest a test may take, unless it says otherwise.
const LIMIT: Duration = Duration::from_secs(120);
/// What a test that blocks its thread gets on top before it is given up.
const GRACE: Duration = Duration::from_secs(100);

/// Whether the running test was ended because it took too long.
static FAILING: AtomicBool = AtomicBool::new(false);

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

/// Whether the running test is being ended for taking too long. What it started may say so then, as
/// it does in a panic.
pub fn failing() -> bool {
    FAILING.load(Ordering::Relaxed)
}

/// Runs those tests that the command line asks for; the exit code says whether all went well.
pub fn main(tests: Vec<Test>) -> ExitCode {
    let arguments = Arguments::parse(std::env::args().skip(1));
    let all = tests.len();
    let chosen: Vec<Test> = tests.into_iter().filter(|test| arguments.choose(test.name)).collect();
    if arguments.list {
        for test in chosen {
            println!("{}: test", test.name);
        }
        return ExitCode::SUCCESS;
    }
    if all == 0 {
        eprintln!("this binary has no tests: add some to its list");
        return ExitCode::FAILURE;
    }
    // Tasks of a test go on beside it also while one of them blocks its thread for a moment.
    let runtime = match Builder::new_multi_thread().worker_threads(4).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("the tests cannot start: no async runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    scratch::sweep();
    clean_up_on_signals(&runtime);
    let code = run_all(&runtime, &chosen, all - chosen.len());
    // Tasks that hang are not waited for.
    runtime.shutdown_background();
    code
}

fn run_all(runtime: &Runtime, tests: &[Test], filtered_out: usize) -> ExitCode {
    let begin = Instant::now();
    println!("\nrunning {} test{}", tests.len(), if tests.len() == 1 { "" } else { "s" });
    let world = Arc::new(World::default());
    let mut failed = Vec::new();
    for test in tests {
        print!("test {} ... ", test.name);
        let _ = stdout().flush();
        let outcome = run(runtime.handle(), *test, &world).and_then(|()| runtime.block_on(world.verdict()));
        runtime.block_on(world.after(test.name, outcome.is_err()));
        match outcome {
            Ok(()) => println!("ok"),
            Err(why) => {
                println!("FAILED{why}");
                failed.push(test.name);
            }
        }
    }
    // Ends engine and browser, unless a test hangs that still holds them.
    drop(Arc::try_unwrap(world));
    let clean = clean_up();

    if !failed.is_empty() {
        println!("\nfailures:\n    {}", failed.join("\n    "));
    }
    let good = failed.is_empty() && clean;
    println!(
        "\ntest result: {}. {} passed; {} failed; 0 ignored; 0 measured; {filtered_out} filtered out; finished in {:.2}s\n",
        if good { "ok" } else { "FAILED" },
        tests.len() - failed.len(),
        failed.len(),
        begin.elapsed().as_secs_f64()
    );
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs one test on a thread of its own: a panic ends that, and a test that hangs leaves it behind.
fn run(handle: &Handle, test: Test, world: &Arc<World>) -> Result<(), String> {
    FAILING.store(false, Ordering::Relaxed);
    let (done, outcome) = mpsc::channel();
    let (handle, world) = (handle.clone(), Arc::clone(world));
    let body = move || {
        let in_time = handle.block_on(async {
            let mut running = (test.run)(world);
            let in_time = tokio::time::timeout(test.limit, &mut running).await.is_ok();
            FAILING.store(!in_time, Ordering::Relaxed);
            // Here, so that what the test started ends while this runtime still runs.
            drop(running);
            in_time
        });
        let _ = done.send(in_time);
    };
    if let Err(error) = thread::Builder::new().name(test.name.to_owned()).spawn(body) {
        return Err(format!(" (no thread for it: {error})"));
    }
    match outcome.recv_timeout(test.limit + GRACE) {
        Ok(true) => Ok(()),
        Ok(false) => Err(format!(" (took longer than {:?})", test.limit)),
        Err(RecvTimeoutError::Timeout) => Err(" (hangs in something that blocks its thread)".to_owned()),
        Err(RecvTimeoutError::Disconnected) => Err(String::new()),
    }
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

/// The part of the usual command line that means something here.
#[derive(Debug, Default)]
struct Arguments {
    filters: Vec<String>,
    skip: Vec<String>,
    exact: bool,
    list: bool,
    ignored: bool,
}

impl Arguments {
    fn parse(words: impl Iterator<Item = String>) -> Arguments {
        let mut arguments = Arguments::default();
        let mut words = words;
        while let Some(word) = words.next() {
            match word.as_str() {
                "--exact" => arguments.exact = true,
                "--list" => arguments.list = true,
                "--ignored" => arguments.ignored = true,
                "--skip" => arguments.skip.extend(words.next()),
                // With a value of their own, which is not a name to filter by.
                "--color" | "--format" | "--logfile" | "--test-threads" | "-Z" => drop(words.next()),
                option if option.starts_with('-') => {}
                _ => arguments.filters.push(word),
            }
        }
        arguments
    }

    fn choose(&self, name: &str) -> bool {
        let matches = |pattern: &String| {
            if self.exact { name == pattern } else { name.contains(pattern.as_str()) }
        };
        // No test of ours is ever ignored.
        !self.ignored && (self.filters.is_empty() || self.filters.iter().any(matches)) && !self.skip.iter().any(matches)
    }
}

#[cfg(test)]
mod tests {
    use super::Arguments;

    fn chosen(line: &str) -> Vec<&'static str> {
        let arguments = Arguments::parse(line.split_whitespace().map(str::to_owned));
        ["images::pull", "images::push", "jobs::pull"].into_iter().filter(|name| arguments.choose(name)).collect()
    }

    #[test]
    fn names_filter_as_in_every_test_binary() {
        assert_eq!(chosen("").len(), 3);
        assert_eq!(chosen("pull"), ["images::pull", "jobs::pull"]);
        assert_eq!(chosen("pull push --skip jobs"), ["images::pull", "images::push"]);
        assert_eq!(chosen("--exact jobs::pull --nocapture"), ["jobs::pull"]);
        assert_eq!(chosen("--test-threads 1 jobs"), ["jobs::pull"]);
        assert!(chosen("--ignored").is_empty());
    }
}
