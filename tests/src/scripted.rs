//! An Engine API socket that answers as a test says, for what a real engine will not do on command:
//! answers cut off halfway, events that never come, errors of a kind, versions of the future.
//!
//! It speaks just enough HTTP/1.1 for that: one request after the other on a connection, bodies with
//! a length or in chunks.

use crate::scratch;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};

/// One request as it came in.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    /// The path without the API version, and without the query.
    pub path: String,
    /// What follows the question mark.
    pub query: String,
    /// `Name: value`, as they came.
    pub headers: Vec<String>,
    pub body: Vec<u8>,
}

impl Request {
    /// A header's value; the names are compared without regard to case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let value = |line: &'_ String| line.split_once(':').filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(key, _)| key.len() + 1);
        self.headers.iter().find_map(|line| value(line).map(|from| line[from..].trim()))
    }
}

/// What is done about a request.
#[derive(Debug)]
pub enum Reply {
    /// A complete answer: status, content type, body.
    Full(u16, &'static str, Vec<u8>),
    /// These bytes as they are, and then the end of the connection.
    Raw(Vec<u8>),
    /// A 200 in chunks: each message is one, and the channel's end ends the body.
    Stream(&'static str, mpsc::Receiver<Vec<u8>>),
    /// Bytes as they come, without HTTP (an upgraded connection, say, after its head).
    RawStream(mpsc::Receiver<Vec<u8>>),
    /// No answer, ever.
    Hang,
    /// The end of the connection, without an answer.
    Close,
}

impl Reply {
    /// A JSON answer.
    pub fn json(status: u16, body: &Value) -> Reply {
        Reply::Full(status, "application/json", body.to_string().into_bytes())
    }

    /// An error in the engine's form.
    pub fn error(status: u16, message: &str) -> Reply {
        Reply::json(status, &json!({ "message": message }))
    }
}

/// A scripted engine. Dropping it closes its socket and all connections.
#[derive(Debug)]
pub struct Scripted {
    socket: PathBuf,
    requests: Arc<Mutex<Vec<Request>>>,
    task: JoinHandle<()>,
    _folder: tempfile::TempDir,
}

impl Scripted {
    /// Listens on a socket of its own. Where the closure has no reply, an idle, empty engine
    /// answers: ping, version, info, endless events, empty lists, and 404 for the rest.
    ///
    /// # Errors
    /// When the socket cannot be made.
    pub async fn start(reply: impl Fn(&Request) -> Option<Reply> + Send + Sync + 'static) -> Result<Scripted, String> {
        let folder = scratch::folder("scripted")?;
        let socket = folder.path().join("docker.sock");
        let listener = UnixListener::bind(&socket).map_err(|error| format!("{}: {error}", socket.display()))?;
        let requests = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&requests);
        let reply = Arc::new(reply);
        let task = tokio::spawn(async move {
            // Dropped with the task, and all connections with it.
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (reply, kept) = (Arc::clone(&reply), Arc::clone(&kept));
                connections.spawn(async move {
                    // A peer that went away is what some tests are about.
                    let _ = serve(stream, &*reply, &kept).await;
                });
            }
        });
        Ok(Scripted { socket, requests, task, _folder: folder })
    }

    /// Its address, as `--engine` takes it.
    pub fn host(&self) -> String {
        format!("unix://{}", self.socket.display())
    }

    /// All requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(stream: UnixStream, reply: &(impl Fn(&Request) -> Option<Reply> + Sync), kept: &Mutex<Vec<Request>>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    while let Some(request) = read(&mut stream).await? {
        kept.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
        match reply(&request).unwrap_or_else(|| idle(&request)) {
            Reply::Full(status, kind, body) => {
                let head =
                    format!("HTTP/1.1 {status} -\r\nApi-Version: 1.41\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n", body.len());
                stream.write_all(head.as_bytes()).await?;
                // An answer to HEAD says how long the body would be, and has none.
                if request.method != "HEAD" {
                    stream.write_all(&body).await?;
                }
            }
            Reply::Raw(bytes) => return stream.write_all(&bytes).await,
            Reply::Stream(kind, mut chunks) => {
                let head = format!("HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n");
                stream.write_all(head.as_bytes()).await?;
                while let Some(chunk) = chunks.recv().await.filter(|chunk| !chunk.is_empty()) {
                    stream.write_all(format!("{:x}\r\n", chunk.len()).as_bytes()).await?;
                    stream.write_all(&chunk).await?;
                    stream.write_all(b"\r\n").await?;
                }
                stream.write_all(b"0\r\n\r\n").await?;
            }
            Reply::RawStream(mut chunks) => {
                while let Some(chunk) = chunks.recv().await {
                    stream.write_all(&chunk).await?;
                }
                return Ok(());
            }
            Reply::Hang => std::future::pending().await,
            Reply::Close => return Ok(()),
        }
    }
    Ok(())
}

async fn read(stream: &mut BufReader<UnixStream>) -> std::io::Result<Option<Request>> {
    let mut head = Vec::new();
    let mut line = String::new();
    while stream.read_line(&mut line).await? > 0 && line.trim_end() != "" {
        head.push(line.trim_end().to_owned());
        line.clear();
    }
    let Some((first, headers)) = head.split_first() else {
        return Ok(None);
    };
    let header = |name: &str| {
        let value = |line: &String| {
            line.split_once(':').filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned())
        };
        headers.iter().find_map(value)
    };
    let body = if header("transfer-encoding").is_some_and(|value| value.contains("chunked")) {
        read_chunks(stream).await?
    } else {
        let length = header("content-length").and_then(|value| value.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await?;
        body
    };
    let mut words = first.split(' ');
    let method = words.next().unwrap_or_default().to_owned();
    let target = words.next().unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    Ok(Some(Request { method, path: without_version(path).to_owned(), query: query.to_owned(), headers: headers.to_vec(), body }))
}

async fn read_chunks(stream: &mut BufReader<impl AsyncRead + Unpin>) -> std::io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        let length = usize::from_str_radix(line.trim(), 16).map_err(std::io::Error::other)?;
        let start = body.len();
        body.resize(start + length + 2, 0);
        stream.read_exact(&mut body[start..]).await?;
        body.truncate(start + length);
        if length == 0 {
            return Ok(body);
        }
    }
}

/// `/v1.41/info` is `/info`.
fn without_version(path: &str) -> &str {
    let rest = path.strip_prefix("/v1.").and_then(|rest| rest.find('/').map(|slash| &rest[slash..]));
    rest.unwrap_or(path)
}

/// What an engine answers that has nothing and to which nothing happens.
fn idle(request: &Request) -> Reply {
    match request.path.as_str() {
        "/_ping" => Reply::Full(200, "text/plain", b"OK".to_vec()),
        "/version" => Reply::json(
            200,
            &json!({ "Version": "20.10.24", "ApiVersion": "1.41", "MinAPIVersion": "1.12", "Os": "linux", "Arch": "amd64" }),
        ),
        "/info" => {
            Reply::json(200, &json!({ "ID": "scripted", "Name": "scripted", "ServerVersion": "20.10.24", "NCPU": 2, "MemTotal": 1 << 30 }))
        }
        "/containers/json" | "/images/json" | "/networks" => Reply::json(200, &json!([])),
        "/volumes" => Reply::json(200, &json!({ "Volumes": [], "Warnings": null })),
        "/events" => {
            let (sender, receiver) = mpsc::channel(1);
            // The stream ends with the channel, and this one is not to end.
            tokio::spawn(async move { sender.closed().await });
            Reply::Stream("application/json", receiver)
        }
        path => Reply::error(404, &format!("the scripted engine has no {path}")),
    }
}
