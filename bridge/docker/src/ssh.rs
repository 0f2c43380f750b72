//! A connection through ssh, as the docker CLI makes it: `ssh … docker system dial-stdio` joins its standard input and
//! output to the engine's socket on the other side.

use std::{
    io,
    pin::Pin,
    process::Stdio,
    sync::Arc,
    task::{Context, Poll},
};

use linkspan_shared::connect::ConnectFault;
use parking_lot::Mutex;
use tokio::task::JoinSet;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf},
    process::{Child, ChildStderr, ChildStdin, ChildStdout, Command},
    sync::OwnedSemaphorePermit,
};

use super::{endpoint::SshHost, failure::Failure};

/// Bytes of what ssh complains of that are kept: the last ones say why it ended.
const COMPLAINTS: usize = 4 << 10;

/// The host that ssh complains of, which with jump hosts (`ProxyJump`) need not be the one that is meant.
fn hop(said: &str) -> Option<&str> {
    said.lines().find_map(|line| {
        let connect = line.strip_prefix("ssh: connect to host ").and_then(|rest| rest.split(' ').next());
        let resolve = line.strip_prefix("ssh: Could not resolve hostname ").and_then(|rest| rest.split(':').next());
        let denied = line.split_once(": Permission denied").map(|(who, _)| who.rsplit('@').next().unwrap_or(who));
        let key = line.strip_prefix("Host key for ").and_then(|rest| rest.split(' ').next());
        let closed = ["Connection closed by ", "Connection reset by "].iter().find_map(|begin| {
            let host = line
                .split_once(begin)?
                .1
                .split(' ')
                .find(|word| !matches!(*word, "remote" | "host" | "authenticating" | "user" | "invalid"))?;
            // Through a jump host it is known by no address.
            (host != "UNKNOWN").then_some(host)
        });
        connect.or(resolve).or(denied).or(key).or(closed).filter(|host| !host.is_empty() && !host.contains(' '))
    })
}

/// It is not the meant host, by another name of its, that complains: what goes through a jump host is known by no address.
fn is_of_a_jump(said: &str) -> bool {
    said.contains("UNKNOWN port") || said.contains("ssh: ") && said.contains("kex_exchange_identification")
}

/// Ends its ssh when it is dropped.
pub struct SshStream {
    host: String,
    _child: Child,
    input: ChildStdin,
    output: ChildStdout,
    complaints: Arc<Mutex<Vec<u8>>>,
    /// Ends when ssh has said all it has to say.
    listener: JoinSet<()>,
    heard: bool,
    /// Held until it is let in.
    permit: Option<OwnedSemaphorePermit>,
}

pub fn connect(to: &SshHost, permit: Option<OwnedSemaphorePermit>) -> Result<SshStream, Failure> {
    let mut command = Command::new("ssh");
    command.args(arguments(to)).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let cannot = |error: &io::Error| Failure::new(ConnectFault::SshMissing, format!("ssh: {error}"));
    let mut child = command.spawn().map_err(|error| cannot(&error))?;
    let (Some(input), Some(output), Some(errors)) = (child.stdin.take(), child.stdout.take(), child.stderr.take()) else {
        return Err(Failure::new(ConnectFault::SshMissing, "ssh gave no pipes"));
    };
    let complaints = Arc::<Mutex<Vec<u8>>>::default();
    let listener = listen(errors, complaints.clone());
    Ok(SshStream { host: to.host.clone(), _child: child, input, output, complaints, listener, heard: false, permit })
}

/// The second: nobody is there to be asked for a password. The others: a way that leads nowhere any more is known within 15 s,
/// also by who only listens.
const OPTIONS: &[&str] = &["ConnectTimeout=30", "BatchMode=yes", "ServerAliveInterval=5", "ServerAliveCountMax=2"];

/// The docker CLI's, and that nobody is there to be asked for a password.
fn arguments(to: &SshHost) -> Vec<String> {
    let mut arguments: Vec<String> = OPTIONS.iter().flat_map(|option| ["-o", option]).chain(["-T"]).map(str::to_owned).collect();
    if let Some(user) = &to.user {
        arguments.extend(["-l".to_owned(), user.clone()]);
    }
    if let Some(port) = to.port {
        arguments.extend(["-p".to_owned(), port.to_string()]);
    }
    arguments.extend(["--".to_owned(), to.host.clone(), "docker".to_owned()]);
    if let Some(socket) = &to.socket {
        arguments.extend(["--host".to_owned(), format!("unix://{socket}")]);
    }
    arguments.extend(["system".to_owned(), "dial-stdio".to_owned()]);
    arguments
}

fn listen(mut errors: ChildStderr, complaints: Arc<Mutex<Vec<u8>>>) -> JoinSet<()> {
    let mut listener = JoinSet::new();
    listener.spawn(async move {
        let mut piece = [0; 1024];
        while let Ok(length @ 1..) = errors.read(&mut piece).await {
            let mut all = complaints.lock();
            all.extend_from_slice(piece.get(..length).unwrap_or_default());
            let surplus = all.len().saturating_sub(COMPLAINTS);
            all.drain(..surplus);
        }
    });
    listener
}

impl SshStream {
    /// Why there is no answer, in ssh's own words.
    fn why(&self) -> Failure {
        let said = String::from_utf8_lossy(&self.complaints.lock()).trim().to_owned();
        let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
        let fault = if says(&["Host key verification failed", "REMOTE HOST IDENTIFICATION HAS CHANGED", "host key is known"]) {
            ConnectFault::SshHostKey
        } else if says(&["Permission denied", "Too many authentication failures"]) && !says(&["docker.sock", "dial unix"]) {
            ConnectFault::SshDenied
        } else if says(&["Could not resolve hostname"]) {
            ConnectFault::NameUnknown
        } else if says(&["Connection refused"]) && !says(&["dial unix"]) {
            ConnectFault::Refused
        } else if says(&["Connection timed out", "Operation timed out", "timed out during banner"]) {
            ConnectFault::TimedOut
        } else if says(&["No route to host", "Network is unreachable"]) {
            ConnectFault::NoRoute
        } else if says(&["command not found", "docker: not found", "No such file or directory: docker", "is not a docker command"]) {
            ConnectFault::SshNoDocker
        } else if says(&["permission denied"]) {
            ConnectFault::SocketForbidden
        } else if says(&["dial unix", "Cannot connect to the Docker daemon"]) {
            ConnectFault::SocketMissing
        } else if said.is_empty() {
            ConnectFault::Lost
        } else {
            ConnectFault::SshFailed
        };
        if said.is_empty() {
            return Failure::new(fault, "ssh ended without a word");
        }
        match hop(&said).filter(|hop| *hop != self.host && is_of_a_jump(&said)) {
            Some(hop) => Failure::new(fault, format!("at {hop}, on the way to {}: {said}", self.host)),
            None => Failure::new(fault, said),
        }
    }
}

impl AsyncRead for SshStream {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.output).poll_read(context, buffer);
        let is_end = matches!(read, Poll::Ready(Ok(()))) && buffer.filled().len() == before && buffer.remaining() > 0;
        if buffer.filled().len() > before {
            self.heard = true;
            self.permit = None;
        }
        // It ended before the engine said anything: what ssh complains of is the reason.
        if is_end && !self.heard {
            return match self.listener.poll_join_next(context) {
                Poll::Ready(_) => Poll::Ready(Err(io::Error::other(self.why()))),
                Poll::Pending => Poll::Pending,
            };
        }
        read
    }
}

impl AsyncWrite for SshStream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.input).poll_write(context, bytes) {
            // That it reads no more is no reason; the reading side will tell.
            Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::BrokenPipe && !self.heard => Poll::Ready(Ok(bytes.len())),
            written => written,
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.input).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.input).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_that_fails_is_named() {
        for (said, host) in [
            (
                "ssh: connect to host jump.lan port 22: Connection refused\r\nkex_exchange_identification: Connection closed by remote host",
                "jump.lan",
            ),
            ("ssh: Could not resolve hostname jump: Name or service not known", "jump"),
            ("me@jump.lan: Permission denied (publickey).\nConnection closed by UNKNOWN port 65535", "jump.lan"),
            ("Host key verification failed.", ""),
            ("kex_exchange_identification: Connection closed by remote host\nConnection closed by UNKNOWN port 65535", ""),
        ] {
            assert_eq!(hop(said).unwrap_or_default(), host, "{said}");
        }
    }

    #[test]
    fn arguments_are_the_docker_cli_s() {
        let to = SshHost { user: Some("me".into()), host: "host".into(), port: Some(2222), socket: Some("/run/d.sock".into()) };
        let words = arguments(&to).join(" ");
        assert!(words.ends_with("-T -l me -p 2222 -- host docker --host unix:///run/d.sock system dial-stdio"), "{words}");
    }
}
