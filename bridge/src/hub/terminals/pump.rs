//! Between the engine's connection and a terminal's output and input.

use std::{sync::PoisonError, time::Duration};

use bytes::Bytes;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use linkspan_shared::terminal::{TerminalState, UNWATCHED_SECONDS};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::mpsc,
};

use super::{super::EngineHub, Terminal};
use crate::docker::{exec, model};

/// Bytes that the output may be ahead of whoever reads it; then the program in the container waits, as with any terminal.
const AHEAD: u64 = 512 << 10;
/// Between SIGHUP and SIGKILL.
const GRACE: Duration = Duration::from_secs(2);
/// The engine needs as long to notice that a process has ended.
const SETTLE: Duration = Duration::from_millis(100);

/// Before the shell's own first byte: its process id inside the container, as an operating system command that no terminal
/// knows (ECMA-48, 8.3.89). Hanging up an exec's connection leaves its processes, and the engine has no call that ends them.
const MARK: &[u8] = b"\x1b]7001;";
const MARK_END: &[u8] = b"\x1b\\";

/// A shell that says its process id first. Other commands are left as they are.
pub fn wrapped(command: &[String]) -> Vec<String> {
    let [shell] = command else { return command.to_vec() };
    match shell.rsplit('/').next() {
        Some("bash" | "zsh" | "ash" | "sh" | "dash") => {
            let script = r#"printf '\033]7001;%s\033\\' "$$"; exec "$0""#;
            vec![shell.clone(), "-c".into(), script.into(), shell.clone()]
        }
        _ => command.to_vec(),
    }
}

/// Ends when the process does, or when nobody wants it any more.
pub async fn run(hub: &EngineHub, terminal: &Terminal, connection: TokioIo<Upgraded>, mut typed: mpsc::Receiver<Bytes>) {
    let (mut from, mut to) = tokio::io::split(connection);
    let (mut watchers, mut taken) = (terminal.watchers.subscribe(), terminal.taken.subscribe());
    let mut head = Head::Open(Vec::new());
    let mut process = None;
    let mut written = 0;
    let mut buffer = vec![0; 32 << 10];
    let end = loop {
        let is_watched = *watchers.borrow_and_update() > 0;
        let ahead = written - (*taken.borrow_and_update()).min(written);
        tokio::select! {
            read = from.read(&mut buffer), if !is_watched || ahead < AHEAD => match read {
                Ok(0) | Err(_) => break End::ByItself,
                Ok(read) => {
                    let (bytes, found) = head.strip(buffer.get(..read).unwrap_or_default());
                    process = process.or(found);
                    if !bytes.is_empty() {
                        written += bytes.len() as u64;
                        terminal.output.push(&bytes);
                    }
                }
            },
            bytes = typed.recv() => {
                let Some(bytes) = bytes else { break End::HungUp };
                if to.write_all(&bytes).await.is_err() {
                    break End::ByItself;
                }
            }
            _ = watchers.changed() => {}
            _ = taken.changed() => {}
            () = tokio::time::sleep(Duration::from_secs(UNWATCHED_SECONDS)), if !is_watched => break End::HungUp,
            () = terminal.hang_up.cancelled() => break End::HungUp,
        }
    };
    if end == End::HungUp {
        hang_up(hub, terminal, process, &mut to).await;
    }
    let exit_code = exit_code(hub, terminal).await;
    *terminal.state.lock().unwrap_or_else(PoisonError::into_inner) = TerminalState::Ended { exit_code };
    terminal.output.end();
}

#[derive(PartialEq)]
enum End {
    ByItself,
    HungUp,
}

/// As a terminal does when its line drops. Without the shell's process id, what it would read is all that can be done.
async fn hang_up(hub: &EngineHub, terminal: &Terminal, process: Option<u32>, to: &mut (impl AsyncWriteExt + Unpin)) {
    let Some(process) = process else {
        // Interrupt, and end of input.
        let _ = to.write_all(b"\x03\x04").await;
        let _ = to.shutdown().await;
        return;
    };
    let kill = async |signal: &str| {
        let shell = terminal.spec.command.first().cloned().unwrap_or_default();
        let command = [shell, "-c".to_owned(), format!("kill -{signal} {process}")];
        let create = exec::create(&terminal.spec.container.0, &command, &terminal.spec.user, "", false);
        if let Ok(created) = hub.client.json::<model::ExecCreated>(&create).await {
            let _ = hub.client.done(&exec::start_detached(&created.id)).await;
        }
    };
    kill("HUP").await;
    let ended = async {
        while is_running(hub, terminal).await {
            tokio::time::sleep(SETTLE).await;
        }
    };
    if tokio::time::timeout(GRACE, ended).await.is_err() {
        kill("KILL").await;
    }
}

async fn is_running(hub: &EngineHub, terminal: &Terminal) -> bool {
    hub.client.json::<model::ExecInspect>(&exec::inspect(&terminal.exec)).await.is_ok_and(|inspect| inspect.running)
}

/// The connection ends a moment before the engine knows how the process did.
async fn exit_code(hub: &EngineHub, terminal: &Terminal) -> Option<i64> {
    for _ in 0..10 {
        let inspect: model::ExecInspect = hub.client.json(&exec::inspect(&terminal.exec)).await.ok()?;
        if !inspect.running {
            return inspect.exit_code;
        }
        tokio::time::sleep(SETTLE).await;
    }
    None
}

/// Takes the mark off what comes first.
enum Head {
    Open(Vec<u8>),
    Done,
}

impl Head {
    fn strip(&mut self, chunk: &[u8]) -> (Vec<u8>, Option<u32>) {
        let Self::Open(held) = self else { return (chunk.to_vec(), None) };
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
        *self = Self::Done;
        (bytes, process)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripped(chunks: &[&str]) -> (String, Option<u32>) {
        let mut head = Head::Open(Vec::new());
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
    fn shells_alone_are_wrapped() {
        let own = |words: &[&str]| wrapped(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>()).len();
        assert_eq!(own(&["/bin/sh"]), 4);
        assert_eq!(own(&["python3"]), 1);
        assert_eq!(own(&["sh", "-c", "true"]), 3);
    }
}
