//! `cargo xtask run`: everything from a fresh clone to an address to open.

use std::{
    io::{Read, Write},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use xtask::{
    engine::{self, Engine, Options},
    images, packages, process,
};

use crate::{
    build::{self, Profile},
    shell::target,
};

const DEFAULT_SOCKET: &str = "/var/run/docker.sock";

/// `arguments` go to linkspan.
pub fn run(arguments: &[&str]) -> Result<(), String> {
    let binary = build::build(Profile::Dev)?;
    let chosen = arguments.iter().any(|argument| argument.starts_with("--engine"))
        || ["LINKSPAN_ENGINES", "DOCKER_HOST"].iter().any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
    let found = chosen || sockets().iter().any(|socket| answers(socket));
    if found {
        return serve(Command::new(binary).args(arguments));
    }
    println!("No engine answers at {DEFAULT_SOCKET}: starting a private one under target/.");
    let engine = private_engine()?;
    println!("The private engine is at {}; it ends with this program.", engine.host());
    // Its users are not those of another engine's Linkspan.
    let data = target().join("run");
    serve(Command::new(binary).arg("--engine").arg(format!("private={}", engine.host())).arg("--data-dir").arg(data).args(arguments))
}

/// Runs linkspan until it ends. This program outlives it to clean up, so it hands signals on.
fn serve(command: &mut Command) -> Result<(), String> {
    let mut child = command.spawn().map_err(|error| format!("linkspan cannot be started: {error}"))?;
    let pid = child.id();
    ctrlc::set_handler(move || process::signal(pid, process::Signal::TERM)).map_err(|error| error.to_string())?;
    let status = child.wait().map_err(|error| format!("linkspan: {error}"))?;
    // 2 is wrong usage, which linkspan has explained itself.
    if status.success() { Ok(()) } else { Err(format!("linkspan ended with {status}")) }
}

/// An engine of our own with something alive in it.
fn private_engine() -> Result<Engine, String> {
    packages::ensure(packages::ENGINE)?;
    let root = target().join("engines");
    process::sweep();
    for remains in engine::sweep(&root) {
        eprintln!("Left over from an earlier run: {remains}");
    }
    let engine = Engine::start(&root.join(format!("run-{}", std::process::id())), Options::default())?;
    images::alpine(&engine)?;
    engine.docker(&[
        "run",
        "--detach",
        "--name",
        "clock",
        "--network",
        "none",
        "alpine",
        "sh",
        "-c",
        "while true; do date; sleep 2; done",
    ])?;
    engine.docker(&["run", "--name", "hello", "--network", "none", "alpine", "echo", "hello world"])?;
    Ok(engine)
}

/// Where the bridge looks, too.
fn sockets() -> Vec<PathBuf> {
    let mut sockets = vec![PathBuf::from(DEFAULT_SOCKET)];
    if let Ok(runtime) = std::env::var("XDG_RUNTIME_DIR") {
        sockets.push(Path::new(&runtime).join("docker.sock"));
        sockets.push(Path::new(&runtime).join("podman/podman.sock"));
    }
    sockets
}

/// Somebody is there. A socket that may not be opened is somebody's, too: linkspan says what to do then.
fn answers(socket: &Path) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n")?;
        let mut answer = [0; 5];
        stream.read_exact(&mut answer)?;
        Ok(&answer == b"HTTP/")
    };
    ask().unwrap_or_else(|error| error.kind() == std::io::ErrorKind::PermissionDenied)
}
