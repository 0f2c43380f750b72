//! `cargo xtask fuzz`: every decoder that eats bytes from outside is given made-up ones, for a minute each.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shell::{cargo, output, root, run, target};

/// What cargo-fuzz says to the compiler, without the sanitizer, which no stable one has: memory is Rust's care here.
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
     -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares -Cdebug-assertions -Coverflow-checks \
     --cfg fuzzing";
/// For each, unless `--seconds` says otherwise.
const SECONDS: &str = "60";

pub fn fuzz(words: &[&str]) -> Result<(), String> {
    let (seconds, names) = match words {
        ["--seconds", seconds, names @ ..] => (*seconds, names),
        names => (SECONDS, names),
    };
    let folder = root().join("tests/fuzz");
    let target = target().join("fuzz");
    let host = host()?;
    // With a target, so that build scripts and macros are built without what only the program links.
    let mut build = cargo(&["build", "--release", "--bins", "--target", &host]);
    run("decoders", build.current_dir(&folder).env("RUSTFLAGS", FLAGS).env("CARGO_TARGET_DIR", &target))?;
    let mut failed = Vec::new();
    for name in all(&folder)? {
        if !names.is_empty() && !names.contains(&name.as_str()) {
            continue;
        }
        // What is found is kept for the next time; the corpus is what somebody has chosen of it.
        let (found, bad) = (target.join("corpus").join(&name), target.join("artifacts"));
        for made in [&found, &bad] {
            fs::create_dir_all(made).map_err(|error| format!("{}: {error}", made.display()))?;
        }
        let mut command = Command::new(target.join(&host).join("release").join(&name));
        command.arg(&found).arg(folder.join("corpus").join(&name));
        command.args([
            &format!("-max_total_time={seconds}"),
            "-rss_limit_mb=2048",
            "-timeout=10",
            "-max_len=65536",
            "-print_final_stats=1",
        ]);
        command.arg(format!("-artifact_prefix={}/{name}-", bad.display()));
        if let Err(error) = run(&name, &mut command) {
            failed.push(format!("{name}: {error}; what it was given is in {}", bad.display()));
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(failed.join("\n")) }
}

/// Those that there are.
fn all(folder: &Path) -> Result<Vec<String>, String> {
    let targets: PathBuf = folder.join("fuzz_targets");
    let entries = fs::read_dir(&targets).map_err(|error| format!("{}: {error}", targets.display()))?;
    let mut names: Vec<String> =
        entries.flatten().filter_map(|entry| Some(entry.path().file_stem()?.to_string_lossy().into_owned())).collect();
    names.sort();
    Ok(names)
}

/// The triple of this machine's programs.
fn host() -> Result<String, String> {
    let said = output(Command::new("rustc").args(["--version", "--verbose"]))?;
    said.lines()
        .find_map(|line| line.strip_prefix("host: "))
        .map(str::to_owned)
        .ok_or_else(|| "rustc does not say what it builds for".to_owned())
}
