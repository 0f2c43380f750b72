//! Linkspan's HTTP and websocket as a program speaks them, for what no well-behaved browser would do.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::{Error, Message, client::IntoClientRequest};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::bridge::Bridge;
use crate::world::PASSWORD;

const PATIENCE: Duration = Duration::from_secs(20);

/// An answer as it came.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    /// A header's value; the names are compared without regard to case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// Sends one request with exactly these headers.
pub async fn request(bridge: &Bridge, line: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut stream = TcpStream::connect(("127.0.0.1", bridge.port())).await.expect("the bridge listens");
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let text = format!("{line} HTTP/1.1\r\n{headers}Connection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    stream.write_all(text.as_bytes()).await.expect("the request is taken");
    let mut bytes = Vec::new();
    tokio::time::timeout(PATIENCE, stream.read_to_end(&mut bytes)).await.expect("an answer in time").expect("an answer");
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
    Answer { status, head: head.to_owned(), body: body.to_owned() }
}

/// A file as a program of `admin` downloads it, to its end: the status and the body's bytes.
pub async fn download(bridge: &Bridge, path: &str) -> (u16, Vec<u8>) {
    let begun = Download::begin(bridge, path, &cookie(bridge).await).await;
    let (status, body, is_complete) = begun.rest().await;
    assert!(is_complete, "{path} was cut off after {} bytes", body.len());
    (status, body)
}

/// A download that is under way, and is read when the test wants it to be.
pub struct Download {
    stream: BufReader<TcpStream>,
}

impl Download {
    pub async fn begin(bridge: &Bridge, path: &str, cookie: &str) -> Download {
        let (host, _) = own_address(bridge);
        let socket = TcpSocket::new_v4().expect("a socket");
        // The system would take tens of megabytes for a reader that does not read.
        socket.set_recv_buffer_size(64 << 10).expect("a small buffer");
        let mut stream = socket.connect(([127, 0, 0, 1], bridge.port()).into()).await.expect("the bridge listens");
        let text = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n");
        stream.write_all(text.as_bytes()).await.expect("the request is taken");
        Download { stream: BufReader::new(stream) }
    }

    /// Waits for the first bytes and takes none.
    pub async fn begun(&mut self) {
        self.stream.fill_buf().await.expect("an answer");
    }

    /// The status, the body's bytes, and whether they are all: the last chunk came, or as many as the head said
    /// (RFC 9112, 8).
    pub async fn rest(mut self) -> (u16, Vec<u8>, bool) {
        let mut head = String::new();
        while self.stream.read_line(&mut head).await.expect("a head") > 2 {}
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
        let header = |name: &str| {
            head.lines()
                .filter_map(|line| line.split_once(':'))
                .find(|(key, _)| key.eq_ignore_ascii_case(name))
                .map(|(_, value)| value.trim())
        };
        let mut body = Vec::new();
        if header("transfer-encoding") != Some("chunked") {
            // An error is the end of a connection that was cut, too.
            let _ = self.stream.read_to_end(&mut body).await;
            let is_complete = header("content-length").and_then(|length| length.parse().ok()) == Some(body.len());
            return (status, body, is_complete);
        }
        loop {
            let mut line = String::new();
            if self.stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                return (status, body, false);
            }
            let length = usize::from_str_radix(line.trim(), 16).expect("a chunk's length");
            let begin = body.len();
            body.resize(begin + length + 2, 0);
            if self.stream.read_exact(&mut body[begin..]).await.is_err() {
                return (status, body, false);
            }
            body.truncate(begin + length);
            if length == 0 {
                return (status, body, true);
            }
        }
    }
}

/// The value of `Host` and the one of `Origin` that the bridge expects.
pub fn own_address(bridge: &Bridge) -> (String, String) {
    let host = format!("127.0.0.1:{}", bridge.port());
    let origin = format!("http://{host}");
    (host, origin)
}

/// Signs `admin` in; answers with the cookie as a browser would send it.
pub async fn cookie(bridge: &Bridge) -> String {
    cookie_of(bridge, "admin").await
}

async fn cookie_of(bridge: &Bridge, name: &str) -> String {
    let (host, origin) = own_address(bridge);
    let body = json!({ "user": name, "password": PASSWORD }).to_string();
    let headers = [("Host", host.as_str()), ("Origin", &origin), ("Content-Type", "application/json")];
    let answer = request(bridge, "POST /api/sign-in", &headers, &body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.header("set-cookie").and_then(|cookie| cookie.split(';').next()).expect("a cookie").to_owned()
}

/// A websocket with these headers beside the handshake's own; the status when it is refused.
pub async fn open(bridge: &Bridge, headers: &[(&str, &str)]) -> Result<Socket, u16> {
    let mut request = format!("ws://127.0.0.1:{}/api/ws", bridge.port()).into_client_request().expect("an address");
    for (name, value) in headers {
        let name: http::HeaderName = name.parse().expect("a header's name");
        request.headers_mut().insert(name, value.parse().expect("a header's value"));
    }
    request.headers_mut().insert("sec-websocket-protocol", "linkspan.v1".parse().expect("a value"));
    match tokio_tungstenite::connect_async(request).await {
        Ok((stream, _)) => Ok(Socket { stream }),
        Err(Error::Http(answer)) => Err(answer.status().as_u16()),
        Err(error) => panic!("no websocket: {error}"),
    }
}

/// A websocket of `admin`.
pub async fn signed_in(bridge: &Bridge) -> Socket {
    signed_in_as(bridge, "admin").await
}

/// Of somebody with the same password.
pub async fn signed_in_as(bridge: &Bridge, name: &str) -> Socket {
    let (_, origin) = own_address(bridge);
    let cookie = cookie_of(bridge, name).await;
    open(bridge, &[("Origin", &origin), ("Cookie", &cookie)]).await.expect("a websocket")
}

pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Socket {
    pub async fn send(&mut self, message: Value) {
        self.send_text(message.to_string()).await;
    }

    pub async fn send_text(&mut self, text: String) {
        // A bridge that hangs up has refused; the caller looks at that.
        let _ = self.stream.send(Message::text(text)).await;
    }

    pub async fn send_binary(&mut self, bytes: Vec<u8>) {
        let _ = self.stream.send(Message::binary(bytes)).await;
    }

    /// The next text message; `None` when the bridge has hung up.
    pub async fn receive(&mut self) -> Option<Value> {
        self.receive_within(PATIENCE).await
    }

    async fn receive_within(&mut self, patience: Duration) -> Option<Value> {
        loop {
            let received = tokio::time::timeout(patience, self.stream.next()).await.expect("a message in time");
            match received {
                Some(Ok(Message::Text(text))) => return Some(serde_json::from_str(&text).expect("JSON")),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    }

    /// The next message of this kind.
    pub async fn expect(&mut self, kind: &str) -> Value {
        self.expect_within(kind, PATIENCE).await
    }

    pub async fn expect_within(&mut self, kind: &str, patience: Duration) -> Value {
        loop {
            let message =
                self.receive_within(patience).await.unwrap_or_else(|| panic!("the bridge hung up before a message of kind {kind}"));
            if message == kind {
                return Value::Null;
            }
            if let Some(content) = message.get(kind) {
                return content.clone();
            }
        }
    }

    /// All that comes as text until nothing more does for as long.
    pub async fn everything(&mut self, silence: Duration) -> String {
        let mut all = String::new();
        while let Ok(Some(Ok(message))) = tokio::time::timeout(silence, self.stream.next()).await {
            if let Message::Text(text) = message {
                all.push_str(&text);
                all.push('\n');
            }
        }
        all
    }

    /// The next binary frame, or text message; `None` when the bridge has hung up.
    pub async fn receive_binary_or_text(&mut self) -> Option<Result<Vec<u8>, Value>> {
        loop {
            match self.stream.next().await? {
                Ok(Message::Binary(bytes)) => return Some(Ok(bytes.to_vec())),
                Ok(Message::Text(text)) => return Some(Err(serde_json::from_str(&text).ok()?)),
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    /// The next binary frame; `None` when none comes in time or the bridge has hung up.
    pub async fn receive_binary(&mut self) -> Option<Vec<u8>> {
        loop {
            match tokio::time::timeout(PATIENCE, self.stream.next()).await.ok()? {
                Some(Ok(Message::Binary(bytes))) => return Some(bytes.to_vec()),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    }
}
