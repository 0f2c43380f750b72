//! A proxy between two parts, which records what passes and breaks it on command: between the bridge and its engine, or
//! between a browser and the bridge.
//!
//! It listens on loopback TCP, hands everything on, and reads as much of the HTTP/1.1 requests as it takes to know
//! what each connection is used for.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

/// Where everything goes.
#[derive(Debug, Clone)]
pub enum Upstream {
    Unix(PathBuf),
    Tcp(SocketAddr),
}

/// What it does to new bytes.
#[derive(Debug, Clone, Default)]
pub struct Mood {
    /// Each piece of an answer waits so long.
    pub delay: Duration,
    /// Nothing passes either way, and no connection ends.
    pub frozen: bool,
    /// New connections are ended at once.
    pub closed: bool,
    /// Answers to requests whose target holds the text are cut off after so many bytes, head included, so many times.
    pub cut: Option<(String, usize, usize)>,
}

#[derive(Debug, Default)]
struct State {
    /// `GET /v1.41/events?…` and so on, as they came.
    requests: Vec<String>,
    /// The newest request of each connection that is open.
    open: Vec<(u64, String)>,
    connections: u64,
}

/// Dropping it ends all its connections.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    mood: watch::Sender<Mood>,
    resets: watch::Sender<u64>,
    cuts: Arc<Mutex<usize>>,
    task: JoinHandle<()>,
}

impl Proxy {
    pub async fn to_socket(path: &Path) -> Proxy {
        Self::start(Upstream::Unix(path.to_owned()), None).await
    }

    /// One that is reached over TLS.
    pub async fn to_socket_with_tls(path: &Path, tls: Arc<rustls::ServerConfig>) -> Proxy {
        Self::start(Upstream::Unix(path.to_owned()), Some(tls.into())).await
    }

    pub async fn to_port(port: u16) -> Proxy {
        Self::start(Upstream::Tcp(([127, 0, 0, 1], port).into()), None).await
    }

    async fn start(upstream: Upstream, tls: Option<TlsAcceptor>) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let state = Arc::<Mutex<State>>::default();
        let mood = watch::Sender::new(Mood::default());
        let resets = watch::Sender::new(0);
        let cuts = Arc::<Mutex<usize>>::default();
        let shared = Shared { upstream, tls, state: state.clone(), mood: mood.subscribe(), resets: resets.subscribe(), cuts: cuts.clone() };
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                while connections.try_join_next().is_some() {}
                connections.spawn(shared.clone().serve(stream));
            }
        });
        Proxy { address, state, mood, resets, cuts, task }
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// As `DOCKER_HOST` takes it.
    pub fn host(&self) -> String {
        format!("tcp://{}", self.address)
    }

    pub fn set(&self, mood: Mood) {
        *self.cuts.lock().unwrap_or_else(PoisonError::into_inner) = 0;
        self.mood.send_replace(mood);
    }

    /// Breaks every connection (RST).
    pub fn reset(&self) {
        self.resets.send_modify(|count| *count += 1);
    }

    /// Method and target of every request so far.
    pub fn requests(&self) -> Vec<String> {
        self.lock().requests.clone()
    }

    /// How many requests so far had this in their target.
    pub fn count(&self, text: &str) -> usize {
        self.lock().requests.iter().filter(|request| request.contains(text)).count()
    }

    /// How many connections are open whose newest request has this in its target.
    pub fn open(&self, text: &str) -> usize {
        self.lock().open.iter().filter(|(_, request)| request.contains(text)).count()
    }

    pub fn connections(&self) -> usize {
        self.lock().open.len()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[derive(Clone)]
struct Shared {
    upstream: Upstream,
    tls: Option<TlsAcceptor>,
    state: Arc<Mutex<State>>,
    mood: watch::Receiver<Mood>,
    resets: watch::Receiver<u64>,
    /// Answers that were cut off so far.
    cuts: Arc<Mutex<usize>>,
}

impl Shared {
    async fn serve(mut self, stream: TcpStream) {
        let at_once = stream.set_zero_linger();
        if self.mood.borrow().closed || at_once.is_err() {
            return;
        }
        let number = {
            let mut state = self.lock();
            state.connections += 1;
            let number = state.connections;
            state.open.push((number, String::new()));
            number
        };
        self.resets.mark_unchanged();
        let mut resets = self.resets.clone();
        tokio::select! {
            () = self.relay(stream, number) => {}
            _ = resets.changed() => {}
        }
        self.lock().open.retain(|(open, _)| *open != number);
    }

    async fn relay(&self, stream: TcpStream, number: u64) {
        match &self.tls {
            None => {
                let (reader, writer) = stream.into_split();
                self.hand_on(reader, writer, number).await;
            }
            Some(tls) => {
                let Ok(stream) = tls.accept(stream).await else { return };
                let (reader, writer) = tokio::io::split(stream);
                self.hand_on(reader, writer, number).await;
            }
        }
    }

    async fn hand_on(&self, reader: impl AsyncRead + Unpin, writer: impl AsyncWrite + Unpin, number: u64) {
        match &self.upstream {
            Upstream::Unix(path) => {
                let Ok(upstream) = UnixStream::connect(path).await else { return };
                let (up_reader, up_writer) = upstream.into_split();
                self.both(reader, writer, up_reader, up_writer, number).await;
            }
            Upstream::Tcp(address) => {
                let Ok(upstream) = TcpStream::connect(address).await else { return };
                let (up_reader, up_writer) = upstream.into_split();
                self.both(reader, writer, up_reader, up_writer, number).await;
            }
        }
    }

    async fn both(
        &self,
        client: impl AsyncRead + Unpin,
        to_client: impl AsyncWrite + Unpin,
        server: impl AsyncRead + Unpin,
        to_server: impl AsyncWrite + Unpin,
        number: u64,
    ) {
        // The end of either ends both: half-closed connections are nobody's business here.
        tokio::select! {
            () = self.requests(client, to_server, number) => {}
            () = self.answers(server, to_client, number) => {}
        }
    }

    async fn requests(&self, mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, number: u64) {
        let mut bytes = vec![0; 64 << 10];
        while let Ok(length @ 1..) = from.read(&mut bytes).await {
            self.thaw().await;
            // Clients write a request's head in one piece.
            let text = String::from_utf8_lossy(&bytes[..length]);
            let line = text.lines().next().unwrap_or_default();
            if let Some(request) = line.strip_suffix(" HTTP/1.1") {
                let mut state = self.lock();
                state.requests.push(request.to_owned());
                if let Some((_, newest)) = state.open.iter_mut().find(|(open, _)| *open == number) {
                    *newest = request.to_owned();
                }
            }
            if to.write_all(&bytes[..length]).await.is_err() {
                return;
            }
        }
    }

    async fn answers(&self, mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, number: u64) {
        let mut bytes = vec![0; 64 << 10];
        let (mut asked, mut passed) = (String::new(), 0);
        while let Ok(length @ 1..) = from.read(&mut bytes).await {
            self.thaw().await;
            let mood = self.mood.borrow().clone();
            if !mood.delay.is_zero() {
                tokio::time::sleep(mood.delay).await;
            }
            let newest = self.lock().open.iter().find(|(open, _)| *open == number).map(|(_, request)| request.clone()).unwrap_or_default();
            if newest != asked {
                (asked, passed) = (newest, 0);
            }
            let mut piece = &bytes[..length];
            let mut is_cut = false;
            if let Some((text, after, times)) = &mood.cut
                && asked.contains(text)
                && passed + length > *after
            {
                let mut cuts = self.cuts.lock().unwrap_or_else(PoisonError::into_inner);
                if *cuts < *times {
                    *cuts += 1;
                    is_cut = true;
                    piece = &piece[..after.saturating_sub(passed)];
                }
            }
            passed += length;
            if to.write_all(piece).await.is_err() || is_cut {
                return;
            }
        }
    }

    async fn thaw(&self) {
        let mut mood = self.mood.clone();
        // The proxy itself ends all of this with it.
        let _ = mood.wait_for(|mood| !mood.frozen).await;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
