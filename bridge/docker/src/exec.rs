//! `/exec`: a process beside those that a container has.

use linkspan_shared::terminal::TerminalSize;
use serde_json::json;

use super::{api::Api, operation::Operation, request::Request};

/// Keys that leave an exec or an attached container: a sequence that nobody types. The engine's own, Ctrl-P and Ctrl-Q, would keep each Ctrl-P from its
/// program until the next key, and end what somebody types them in.
pub(crate) const DETACH_KEYS: &str = "ctrl-^,ctrl-_,ctrl-^,ctrl-_,ctrl-^,ctrl-_";
/// Since then an exec can begin with a size.
const CONSOLE_SIZE: Api = (1, 42);

/// For Linkspan's own commands: nothing that a container's environment names is run or loaded, perhaps with more rights than
/// whoever put it there has.
const PLAIN_ENVIRONMENT: &[&str] =
    &["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LD_PRELOAD=", "LD_LIBRARY_PATH=", "ENV=", "BASH_ENV="];

/// `user` and `working_dir` may be empty: then they are the container's own.
pub fn create(container: &str, command: &[String], user: &str, working_dir: &str, tty: bool) -> Request {
    let mut body = json!({
        "AttachStdin": tty,
        "AttachStdout": true,
        "AttachStderr": true,
        "Tty": tty,
        "Cmd": command,
    });
    if tty {
        body["DetachKeys"] = json!(DETACH_KEYS);
    }
    body["Env"] = if tty { json!(["TERM=xterm-256color"]) } else { json!(PLAIN_ENVIRONMENT) };
    if !user.is_empty() {
        body["User"] = json!(user);
    }
    // Before API 1.35 there is none.
    if !working_dir.is_empty() {
        body["WorkingDir"] = json!(working_dir);
    }
    Request::new(Operation::ContainerExec, container).json(body)
}

/// Its answer is what it prints; with a terminal the connection goes both ways.
pub fn start(exec: &str) -> Request {
    Request::new(Operation::ExecStart, exec).json(json!({ "Detach": false, "Tty": false }))
}

/// With a terminal of this size, as far as the engine knows of sizes.
pub fn start_terminal(exec: &str, size: TerminalSize, api: Api) -> Request {
    let mut body = json!({ "Detach": false, "Tty": true });
    if takes_size(api) {
        body["ConsoleSize"] = json!([size.rows, size.columns]);
    }
    Request::new(Operation::ExecStart, exec).json(body)
}

pub fn takes_size(api: Api) -> bool {
    api >= CONSOLE_SIZE
}

pub fn start_detached(exec: &str) -> Request {
    Request::new(Operation::ExecStart, exec).json(json!({ "Detach": true, "Tty": false }))
}

pub fn resize(exec: &str, size: TerminalSize) -> Request {
    Request::new(Operation::ExecResize, exec).query("h", size.rows.to_string()).query("w", size.columns.to_string())
}

pub fn inspect(exec: &str) -> Request {
    Request::new(Operation::ExecInspect, exec)
}
