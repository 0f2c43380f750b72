//! `cargo xtask test`: everything that has to hold.

use std::thread;

use xtask::{engine, packages, process, python, suite};

use crate::{
    build::{self, Profile},
    shell::{cargo, run, target},
    tidy,
};

/// All that runs natively. Always the same packages: cargo builds what they depend on once for each selection.
const NATIVE: &[&str] = &["--workspace", "--exclude", "linkspan-frontend"];
const FRONTEND: &[&str] = &["-p", "linkspan-frontend", "--target", "wasm32-unknown-unknown"];

/// With names: only the end-to-end tests whose names hold one of them. With `--engines all` they run on a current dockerd
/// and on Podman, too.
pub fn test(arguments: &[&str]) -> Result<(), String> {
    let (names, all_engines) = match arguments {
        ["--engines", "all", names @ ..] => (names, true),
        ["--engines", other, ..] => return Err(format!("--engines {other}: the only choice is `all`")),
        names => (names, false),
    };
    packages::ensure(packages::TESTS)?;
    python::ensure(&target().join("python"))?;
    // What an earlier, killed run left behind.
    process::sweep();
    engine::sweep(&target().join("engines"));
    let everything = names.is_empty();
    if everything {
        run("format", &mut cargo(&["fmt", "--all", "--check"]))?;
        tidy::tidy()?;
        build::need_wasm_target()?;
        thread::scope(|scope| {
            // For most of its time the frontend keeps one processor busy, with one piece.
            let release = scope.spawn(|| build::build(Profile::Release));
            check().and(release.join().unwrap_or_else(|_| Err("the release build panicked".to_owned())))
        })?;
    } else {
        build::build(Profile::Release)?;
    }
    let mut command = cargo(&["test"]);
    command.args(NATIVE);
    if !everything {
        command.args(["--test", "e2e"]);
    }
    if all_engines {
        let suite = suite::ensure(&target().join("suites"), suite::CURRENT)?;
        command.env("LINKSPAN_TEST_SUITE", suite);
    }
    run(if everything { "all native tests" } else { "end-to-end tests" }, command.arg("--").args(names))
}

/// What needs neither the release nor an engine.
fn check() -> Result<(), String> {
    let strict = ["--all-targets", "--", "-D", "warnings"];
    run("clippy", cargo(&["clippy"]).args(NATIVE).args(strict))?;
    run("clippy, frontend", cargo(&["clippy"]).args(FRONTEND).args(strict))?;
    // With them comes what runs the frontend's tests in the browser.
    run("building the native tests", cargo(&["test", "--no-run"]).args(NATIVE))?;
    let runner = target().join("debug/wasm-test-runner");
    let mut frontend = cargo(&["test"]);
    frontend.args(FRONTEND).env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", runner);
    run("tests of the frontend, in the browser", &mut frontend)
}

/// A report on what the budgets are about; nothing fails by its figures.
pub fn bench(only: &[&str]) -> Result<(), String> {
    packages::ensure(packages::TESTS)?;
    build::build(Profile::Release)?;
    run("measurements", cargo(&["run", "-q", "-p", "linkspan-tests", "--bin", "bench", "--"]).args(only))
}
