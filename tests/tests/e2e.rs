//! The end-to-end tests. See the crate's documentation for how they are laid out.

use linkspan_tests::{runner, tests};
use std::process::ExitCode;

// In line, so that the files lie in `e2e/` and are no test binaries of their own.
mod e2e {
    pub mod environment;
}
use e2e::environment;

fn main() -> ExitCode {
    runner::main(tests![
        environment::engine_runs_hello_world,
        environment::two_engines_side_by_side,
        environment::engine_survives_a_crash,
        environment::registry_push_pull,
        environment::browser_opens_a_page,
        environment::roles_and_names_are_those_of_the_browser,
        environment::actions_work_as_a_person_does_them,
        environment::scripted_engine_answers,
    ])
}
