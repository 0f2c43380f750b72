//! `cargo xtask`: builds, runs and tests Linkspan on a fresh machine.

mod build;
mod fuzz;
mod imports;
mod pack;
mod run;
mod shell;
mod test;
mod tidy;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask COMMAND

  build         the release binary, frontend inside, at target/release/linkspan
  build --dev   the same, quick to build: target/debug/linkspan reads the frontend from target/dist
  run [ARG …]   builds as with --dev, then starts linkspan on the engine it finds, or on a private one of its own
  test [--engines all] [NAME]
                installs what the tests need and runs them all, or the end-to-end tests named so; with
                `--engines all` on a current dockerd and on Podman, too
  bench [visit | review | hostile | policy]
                measures what the budgets are about, beside the engine alone; `visit`: the first visit only, `review`: the
                review of what a container changed, and its commit, `hostile`: what others notice of a flood, `policy`: what deciding costs
  fuzz [--seconds N] [NAME …]
                gives each decoder of bytes from outside made-up ones, for a minute each (needs a C++ compiler)
  tidy          checks the rules that the compiler does not know
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["build"] => build::build(build::Profile::Release).map(drop),
        ["build", "--dev"] => build::build(build::Profile::Dev).map(drop),
        ["run", rest @ ..] => run::run(rest),
        ["test", rest @ ..] => test::test(rest),
        ["bench", only @ ..] => test::bench(only),
        ["fuzz", rest @ ..] => fuzz::fuzz(rest),
        ["tidy"] => tidy::tidy(),
        ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            Ok(())
        }
        _ => {
            eprint!("{HELP}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}
