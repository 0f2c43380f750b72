//! `cargo xtask test`: everything that has to hold, in the order in which it fails soonest.

use std::process::Command;

use xtask::{engine, packages, process, suite};

use crate::{
    build::{self, Profile},
    shell::{cargo, run, target},
    tidy,
};

const WASM: &[&str] = &["--target", "wasm32-unknown-unknown"];

/// With names: only the end-to-end tests whose names hold one of them. With `--engines all` they run on a current dockerd
/// and on Podman, too.
pub fn test(arguments: &[&str]) -> Result<(), String> {
    let (names, all_engines) = match arguments {
        ["--engines", "all", names @ ..] => (names, true),
        ["--engines", other, ..] => return Err(format!("--engines {other}: the only choice is `all`")),
        names => (names, false),
    };
    packages::ensure(packages::TESTS)?;
    // What an earlier, killed run left behind.
    process::sweep();
    engine::sweep(&target().join("engines"));
    if names.is_empty() {
        run("format", &mut cargo(&["fmt", "--all", "--check"]))?;
        tidy::tidy()?;
        run(
            "clippy",
            cargo(&["clippy", "--workspace", "--exclude", "linkspan-frontend", "--all-targets", "--", "-D", "warnings"])
                .env("RUSTFLAGS", ""),
        )?;
        build::need_wasm_target()?;
        run("clippy, wasm", cargo(&["clippy", "-p", "linkspan-frontend", "--all-targets"]).args(WASM).args(["--", "-D", "warnings"]))?;
        run("unit, golden and property tests", &mut cargo(&["test", "-p", "linkspan-shared", "-p", "xtask"]))?;
        run("unit tests of the frontend", &mut cargo(&["test", "-p", "linkspan-frontend"]))?;
        run("tests of the frontend in the browser", wasm_tests()?.args(["test", "-p", "linkspan-frontend"]).args(WASM))?;
        run("tests of the bridge", &mut cargo(&["test", "-p", "linkspan", "-p", "linkspan-docker"]))?;
    }
    build::build(Profile::Release)?;
    let mut command = cargo(&["test", "-p", "linkspan-tests", "--"]);
    if all_engines {
        let suite = suite::ensure(&target().join("suites"), suite::CURRENT)?;
        command.env("LINKSPAN_TEST_SUITE", suite);
    }
    run("end-to-end tests", command.args(names))
}

/// Cargo with the browser as the machine that runs what it builds for WebAssembly.
fn wasm_tests() -> Result<Command, String> {
    run("the runner of the tests in the browser", &mut cargo(&["build", "-p", "linkspan-tests", "--bin", "wasm-test-runner"]))?;
    let mut command = cargo(&[]);
    command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", target().join("debug/wasm-test-runner"));
    Ok(command)
}

/// A report on what the budgets are about; nothing fails by its figures.
pub fn bench(only: &[&str]) -> Result<(), String> {
    packages::ensure(packages::TESTS)?;
    build::build(Profile::Release)?;
    run("measurements", cargo(&["run", "-q", "-p", "linkspan-tests", "--bin", "bench", "--"]).args(only))
}
