//! `linkspan`: reads the command line, does what it says, and turns the outcome into an exit status.

use std::process::ExitCode;

use clap::Parser;
use linkspan::{
    config::{Command, CommandLine, Engines, LogFormat},
    records, serve, users,
};
use linkspan_docker::doctor::{examine, is_well, not_found, print};
use rustix::process::{Resource, getrlimit, setrlimit};
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    // Wrong usage ends here, with status 2.
    let command_line = CommandLine::parse();
    raise_limit_of_files();
    let outcome = match command_line.command {
        None => run(serve::serve(logged(command_line.serve))),
        Some(Command::Serve(config)) => run(serve::serve(logged(*config))),
        Some(Command::User { command, data }) => run(users::manage(command, &data)),
        Some(Command::Audit { command, data }) => records::audit(&command, &data),
        Some(Command::Backup { file, data }) => records::backup(&file, &data),
        Some(Command::Restore { file, data }) => records::restore(&file, &data),
        Some(Command::Doctor(engines)) => run(doctor(engines)),
        Some(Command::Healthcheck { listen }) => users::healthcheck(listen),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("linkspan: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Goes the way to each engine and prints how far it got.
async fn doctor(engines: Engines) -> Result<(), String> {
    let environment = engines.environment();
    if let Some(overruled) = engines.overruled() {
        println!("{overruled}");
    }
    let mut ill = Vec::new();
    for engine in engines.named()? {
        let examined = match &engine.endpoint {
            Err(failure) => not_found(&engine.url, failure),
            Ok(_) => examine(&engine.url, &environment).await,
        };
        print!("{}: {}", engine.id, print(&engine.url, &examined));
        if !is_well(&examined) {
            ill.push(engine.id.0);
        }
    }
    if ill.is_empty() { Ok(()) } else { Err(format!("cannot use {}, see above", ill.join(", "))) }
}

fn run(work: impl Future<Output = Result<(), String>>) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("this machine gives no threads: {error}"))?;
    let outcome = runtime.block_on(work);
    // Requests to an engine that never answer must not keep the process.
    runtime.shutdown_timeout(std::time::Duration::from_millis(500));
    outcome
}

/// Each connection is an open file, and what a shell allows is few of them. As many as the system lets it have.
fn raise_limit_of_files() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    let _ = setrlimit(Resource::Nofile, limit);
}

fn logged(config: linkspan::config::Serve) -> linkspan::config::Serve {
    let filter = EnvFilter::try_from_env("LINKSPAN_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .with_writer(std::io::stderr);
    match config.log_format {
        LogFormat::Text => builder.init(),
        LogFormat::Json => builder.json().init(),
    }
    config
}
