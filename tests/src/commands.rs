//! Runs what a page shows as commands and programs, as whoever copies it would.

use std::collections::HashMap;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use xtask::process;

use crate::scratch;

/// Go builds the SDK once, which takes its time.
const PATIENCE: Duration = Duration::from_secs(120);

/// Runs a text of this language, as the page names it, in a folder; answers with what it printed.
///
/// # Errors
/// When it cannot be run, or ends with another status than 0.
pub fn run(language: &str, text: &str, folder: &Path, environment: &[(&str, &str)], engine: &Path) -> Result<String, String> {
    let mut command = match language {
        "docker" | "curl" | "httpie" => {
            let mut bash = Command::new("bash");
            bash.args(["-euo", "pipefail", "-c", text]);
            bash
        }
        "python" => {
            let mut python = Command::new("/usr/bin/python3");
            python.args(["-c", text]);
            python
        }
        "go" => return go(text, folder, environment),
        "http" => return http(text, engine),
        other => return Err(format!("{other} is no language")),
    };
    // A machine's own choice of CAs would count more than the certificates that the text names.
    command.env_remove("REQUESTS_CA_BUNDLE").env_remove("CURL_CA_BUNDLE");
    command.current_dir(folder).env("PYTHONPATH", scratch::target().join("python")).envs(environment.iter().copied());
    process::check(command, PATIENCE)
}

fn go(text: &str, folder: &Path, environment: &[(&str, &str)]) -> Result<String, String> {
    let main = folder.join("main.go");
    fs::write(&main, text).map_err(|error| error.to_string())?;
    let mut build = Command::new(process::program("go", "golang-go")?);
    build.args(["build", "-o", "program", "main.go"]).current_dir(folder);
    // Debian's packages are laid out as Go was before it had modules.
    build.env("GO111MODULE", "off").env("GOPATH", "/usr/share/gocode").env("GOCACHE", scratch::target().join("go")).env("GOFLAGS", "-p=1");
    process::check(build, PATIENCE).map_err(|problem| format!("{problem}\n{text}"))?;
    let mut program = Command::new(folder.join("program"));
    program.current_dir(folder).envs(environment.iter().copied());
    process::check(program, PATIENCE)
}

/// One request after the other, each on a connection of its own; those that wait for another do so beside it.
fn http(text: &str, engine: &Path) -> Result<String, String> {
    let mut known: HashMap<String, String> = HashMap::new();
    let (mut said, mut waiting) = (String::new(), Vec::new());
    for request in requests(text) {
        let request = known.iter().fold(request, |request, (name, id)| request.replace(&format!("{{{name}}}"), id));
        let (head, body) = request.split_once("\n\n").unwrap_or((&request, ""));
        let wire = format!("{}\r\nConnection: close\r\n\r\n{}", head.trim_end().replace('\n', "\r\n"), body.trim_end_matches('\n'));
        let mut stream = UnixStream::connect(engine).map_err(|error| error.to_string())?;
        stream.set_read_timeout(Some(PATIENCE)).map_err(|error| error.to_string())?;
        stream.write_all(wire.as_bytes()).map_err(|error| error.to_string())?;
        if head.contains("/attach?") || head.contains("/wait?") {
            // Its head says that it is there.
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).map_err(|error| error.to_string())?;
                head.push(byte[0]);
            }
            waiting.push(stream);
            continue;
        }
        let answer = read(stream, &request)?;
        if let Some(id) = answer.split("\"Id\":\"").nth(1).and_then(|rest| rest.split('"').next()) {
            let name = if head.contains("/exec ") { "exec" } else { "container" };
            known.insert(name.to_owned(), id.to_owned());
        }
        said.push_str(&answer);
    }
    for mut stream in waiting {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).map_err(|error| error.to_string())?;
        said.push_str(&String::from_utf8_lossy(&bytes));
    }
    Ok(said)
}

/// Where a line says what is asked for, another one begins.
fn requests(text: &str) -> Vec<String> {
    let mut requests: Vec<String> = Vec::new();
    for line in text.lines() {
        if line.ends_with(" HTTP/1.1") {
            requests.push(String::new());
        }
        if let Some(request) = requests.last_mut() {
            request.push_str(line);
            request.push('\n');
        }
    }
    requests
}

fn read(mut stream: UnixStream, request: &str) -> Result<String, String> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).map_err(|error| format!("{error}: {request}"))?;
    let answer = String::from_utf8_lossy(&bytes).into_owned();
    let status: u16 = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    if (200..400).contains(&status) { Ok(answer) } else { Err(format!("{answer}\n{request}")) }
}
