//! Between the engine's connection and a terminal's output and input.

use std::time::Duration;

use bytes::Bytes;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use linkspan_shared::terminal::{TerminalState, UNWATCHED_SECONDS};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::mpsc,
    time::Instant,
};

use super::{super::EngineHub, Exec, Process, Terminal};
use linkspan_docker::{containers, exec, model};

/// Bytes that the output may be ahead of whoever reads it; then the program in the container waits, as with any terminal. What
/// the container's own process prints is always taken: a slow browser must not hold it up.
const AHEAD: u64 = 512 << 10;
/// Between SIGHUP and SIGKILL.
const GRACE: Duration = Duration::from_secs(2);
/// The engine needs as long to notice that a process has ended.
const SETTLE: Duration = Duration::from_millis(100);
/// Looks, [`SETTLE`] apart, after which it has noticed.
const SETTLED: usize = 10;

/// Before the shell's own first byte: its process id inside the container, as an operating system command that no terminal
/// knows (ECMA-48, 8.3.89). Hanging up an exec's connection leaves its processes, and the engine has no call that ends them.
const MARK: &[u8] = b"\x1b]7001;";
const MARK_END: &[u8] = b"\x1b\\";

/// In nearly every container.
pub const SHELL: &str = "/bin/sh";
/// For each question at the end: an engine that does not answer must not keep what ends.
const PROMPT: Duration = Duration::from_secs(1);

/// A command that says its process id first, and keeps it. With `waits`, it begins once it is sent a line end.
pub fn wrapped(shell: Option<&str>, command: &[String], waits: bool) -> Vec<String> {
    let Some(shell) = shell else { return command.to_vec() };
    let script = match waits {
        true => r#"printf '\033]7001;%s\033\\' "$$"; read -r REPLY; unset REPLY; exec "$@""#,
        false => r#"printf '\033]7001;%s\033\\' "$$"; exec "$@""#,
    };
    let begin = [shell, "-c", script, "sh"].map(str::to_owned);
    begin.into_iter().chain(command.iter().cloned()).collect()
}

/// Ends when the process does, or, unless it is the container's own, when nobody wants it any more.
pub async fn run(
    hub: &EngineHub,
    terminal: &Terminal,
    connection: TokioIo<Upgraded>,
    mut typed: mpsc::Receiver<Bytes>,
    mut printed: impl FnMut(&[u8]),
) {
    let exec = terminal.exec();
    // Whoever runs it sees to that.
    let lasts = matches!(terminal.process, Process::Main);
    let (mut from, mut to) = tokio::io::split(connection);
    let (mut watchers, mut taken) = (terminal.watchers.subscribe(), terminal.taken.subscribe());
    let mut head = exec.map_or(Head::Done, |exec| Head::Open { held: Vec::new(), echoes: exec.waits });
    let mut process = None;
    let mut output = 0;
    let mut buffer = vec![0; 32 << 10];
    // What was typed and not read yet; a program that does not read holds up nothing else.
    let mut input = Bytes::new();
    let mut unwatched = Some(Instant::now());
    let end = loop {
        // What is typed before it begins would be taken for the sign to begin.
        let has_begun = terminal.begun.is_cancelled();
        let is_watched = *watchers.borrow_and_update() > 0;
        unwatched = if is_watched { None } else { unwatched.or_else(|| Some(Instant::now())) };
        let given_up = unwatched.filter(|_| !lasts).map(|since| since + Duration::from_secs(UNWATCHED_SECONDS));
        let ahead = output - (*taken.borrow_and_update()).min(output);
        tokio::select! {
            read = from.read(&mut buffer), if exec.is_none() || !is_watched || ahead < AHEAD => match read {
                Ok(0) | Err(_) => break End::ByItself,
                Ok(read) => {
                    let (bytes, found) = head.strip(buffer.get(..read).unwrap_or_default());
                    process = process.or(found);
                    if !has_begun && exec.is_some_and(|exec| exec.waits) && head.is_marked() {
                        hub.terminal_begins(terminal).await;
                        input = Bytes::from_static(b"\n");
                    }
                    if !bytes.is_empty() {
                        output += bytes.len() as u64;
                        printed(&bytes);
                    }
                }
            },
            bytes = typed.recv(), if input.is_empty() && has_begun => match bytes {
                Some(bytes) => input = bytes,
                None => break End::HungUp,
            },
            written = to.write(&input), if !input.is_empty() => match written {
                Ok(0) | Err(_) => break End::ByItself,
                Ok(written) => drop(input.split_to(written)),
            },
            _ = watchers.changed() => {}
            _ = taken.changed() => {}
            () = terminal.begun.cancelled(), if !has_begun => {}
            () = tokio::time::sleep_until(given_up.unwrap_or_else(Instant::now)), if given_up.is_some() => break End::HungUp,
            () = terminal.hang_up.cancelled() => break End::HungUp,
        }
    };
    let Some(exec) = exec else {
        if !lasts {
            *terminal.state.lock() = if end == End::HungUp { TerminalState::Abandoned } else { how_main_ended(hub, terminal).await };
            terminal.output.end();
        }
        return;
    };
    // A connection that broke is not the end of what ran at its other end.
    if end == End::HungUp || still_runs(hub, exec).await {
        hang_up(hub, terminal, exec, process, &mut to).await;
    }
    let state = how_it_ended(hub, exec).await;
    *terminal.state.lock() = state;
    terminal.output.end();
}

#[derive(PartialEq)]
enum End {
    ByItself,
    HungUp,
}

/// As a terminal does when its line drops. Without the shell's process id, what it would read is all that can be done.
async fn hang_up(hub: &EngineHub, terminal: &Terminal, exec: &Exec, process: Option<u32>, to: &mut (impl AsyncWriteExt + Unpin)) {
    let (Some(process), Some(shell)) = (process, &exec.shell) else {
        // Interrupt, and end of input.
        let _ = tokio::time::timeout(PROMPT, to.write_all(b"\x03\x04")).await;
        let _ = tokio::time::timeout(PROMPT, to.shutdown()).await;
        return;
    };
    let kill = async |signal: &str| {
        // Once it has ended, its number may be another's.
        if inspect(hub, exec).await.is_some_and(|inspect| !inspect.running) {
            return;
        }
        let command = [shell.clone(), "-c".to_owned(), format!("kill -{signal} {process}")];
        let create = exec::create(&terminal.spec.container.0, &command, &terminal.spec.user, "", false);
        let killed = async {
            if let Ok(created) = hub.own_client.json::<model::ExecCreated>(&create).await {
                let _ = hub.own_client.done(&exec::start_detached(&created.id)).await;
            }
        };
        let _ = tokio::time::timeout(PROMPT, killed).await;
    };
    kill("HUP").await;
    let grace = if hub.stop.is_cancelled() { PROMPT / 2 } else { GRACE };
    let ended = async {
        while inspect(hub, exec).await.is_none_or(|inspect| inspect.running) {
            tokio::time::sleep(SETTLE).await;
        }
    };
    if tokio::time::timeout(grace, ended).await.is_err() {
        kill("KILL").await;
    }
}

/// `None`: the engine does not say.
async fn inspect(hub: &EngineHub, exec: &Exec) -> Option<model::ExecInspect> {
    tokio::time::timeout(PROMPT, hub.own_client.json(&exec::inspect(&exec.id))).await.ok()?.ok()
}

/// Asked once the engine is there again; not any more when Linkspan ends, or the engine was taken away.
async fn still_runs(hub: &EngineHub, exec: &Exec) -> bool {
    // The connection ends a moment before the engine knows that the process did.
    for _ in 0..SETTLED {
        tokio::select! {
            () = hub.reachable() => {}
            () = hub.stop.cancelled() => return true,
        }
        if inspect(hub, exec).await.is_some_and(|inspect| !inspect.running) {
            return false;
        }
        tokio::time::sleep(SETTLE).await;
    }
    true
}

/// The container's own process, whose connection has ended.
async fn how_main_ended(hub: &EngineHub, terminal: &Terminal) -> TerminalState {
    for _ in 0..SETTLED {
        let request = containers::inspect(&terminal.spec.container.0);
        match tokio::time::timeout(PROMPT, hub.own_client.json::<model::ContainerInspect>(&request)).await {
            Ok(Ok(inspect)) if inspect.state.status == "running" => tokio::time::sleep(SETTLE).await,
            Ok(Ok(inspect)) => return TerminalState::Ended { exit_code: inspect.state.exit_code },
            // It was removed, or the engine is away.
            _ => return TerminalState::Ended { exit_code: None },
        }
    }
    TerminalState::Abandoned
}

async fn how_it_ended(hub: &EngineHub, exec: &Exec) -> TerminalState {
    for _ in 0..SETTLED {
        match inspect(hub, exec).await {
            None => return TerminalState::Ended { exit_code: None },
            Some(inspect) if !inspect.running => return TerminalState::Ended { exit_code: inspect.exit_code },
            Some(_) => tokio::time::sleep(SETTLE).await,
        }
    }
    TerminalState::Abandoned
}

/// Takes the mark off what comes first, and the terminal's echo of the line end after which the command begins.
enum Head {
    Open { held: Vec<u8>, echoes: bool },
    Echo,
    Done,
}

impl Head {
    fn strip(&mut self, chunk: &[u8]) -> (Vec<u8>, Option<u32>) {
        let (held, echoes) = match self {
            Self::Open { held, echoes } => (held, *echoes),
            Self::Echo if matches!(chunk, b"\r" | b"") => return (Vec::new(), None),
            Self::Echo => {
                *self = Self::Done;
                let rest = chunk.strip_prefix(b"\r").unwrap_or(chunk);
                return (rest.strip_prefix(b"\n").unwrap_or(rest).to_vec(), None);
            }
            Self::Done => return (chunk.to_vec(), None),
        };
        held.extend_from_slice(chunk);
        let is_begun = held.starts_with(MARK) || MARK.starts_with(held);
        let end = held.windows(MARK_END.len()).position(|window| window == MARK_END);
        let (bytes, process) = match end {
            Some(end) if held.starts_with(MARK) => {
                let number =
                    held.get(MARK.len()..end).and_then(|digits| std::str::from_utf8(digits).ok()).and_then(|text| text.parse().ok());
                (held.split_off(end + MARK_END.len()), number)
            }
            // No more than a number stands between.
            _ if is_begun && held.len() < 64 => return (Vec::new(), None),
            _ => (std::mem::take(held), None),
        };
        let is_echo_to_come = echoes && process.is_some();
        *self = if is_echo_to_come { Self::Echo } else { Self::Done };
        if is_echo_to_come && !bytes.is_empty() {
            return (self.strip(&bytes).0, process);
        }
        (bytes, process)
    }

    /// Nothing more stands before the command.
    fn is_marked(&self) -> bool {
        !matches!(self, Self::Open { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripped(chunks: &[&str]) -> (String, Option<u32>) {
        let mut head = Head::Open { held: Vec::new(), echoes: false };
        let (mut all, mut process) = (Vec::new(), None);
        for chunk in chunks {
            let (bytes, found) = head.strip(chunk.as_bytes());
            all.extend(bytes);
            process = process.or(found);
        }
        (String::from_utf8(all).unwrap(), process)
    }

    #[test]
    fn the_process_id_is_taken_off_the_output() {
        let marked = "\x1b]7001;42\x1b\\$ ";
        assert_eq!(stripped(&[marked]), ("$ ".into(), Some(42)));
        let letters: Vec<String> = marked.chars().map(String::from).collect();
        assert_eq!(stripped(&letters.iter().map(String::as_str).collect::<Vec<_>>()), ("$ ".into(), Some(42)));
        assert_eq!(stripped(&["OCI runtime exec failed"]), ("OCI runtime exec failed".into(), None));
        assert_eq!(stripped(&["\x1b[1mx", "y"]), ("\x1b[1mxy".into(), None));
        assert_eq!(stripped(&["a", "\x1b]7001;1\x1b\\"]), ("a\x1b]7001;1\x1b\\".into(), None));
    }

    #[test]
    fn the_echo_of_the_sign_to_begin_is_taken_off() {
        for chunks in [&["\x1b]7001;42\x1b\\", "\r\n$ "][..], &["\x1b]7001;42\x1b\\", "\r", "\n$ "], &["\x1b]7001;42\x1b\\\r\n$ "]] {
            let mut head = Head::Open { held: Vec::new(), echoes: true };
            let all: Vec<u8> = chunks.iter().flat_map(|chunk| head.strip(chunk.as_bytes()).0).collect();
            assert_eq!(String::from_utf8(all).unwrap(), "$ ", "{chunks:?}");
        }
    }

    #[test]
    fn a_command_is_wrapped_where_there_is_a_shell() {
        let command = ["python3".to_owned(), "-q".to_owned()];
        assert_eq!(wrapped(None, &command, true), command);
        assert_eq!(wrapped(Some(SHELL), &command, false)[3..], ["sh", "python3", "-q"]);
    }
}
