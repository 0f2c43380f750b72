//! From an endpoint to a stream of bytes, step by step; each step's failure says which it was.

use std::{
    io,
    net::SocketAddr,
    os::unix::fs::FileTypeExt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use futures_util::{StreamExt, stream::FuturesUnordered};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::{
    client::legacy::connect::{Connected, Connection},
    rt::TokioIo,
};
use hyperlocal::UnixConnector;
use linkspan_shared::connect::ConnectFault;
use parking_lot::{Mutex, RwLock};
use rustls::pki_types::ServerName;
use socket2::{SockRef, TcpKeepalive};
use tokio::{io::DuplexStream, net::TcpStream, sync::Semaphore};
use tokio_rustls::{TlsConnector, client::TlsStream};
use tower::{Service, ServiceExt};
use url::Host;

use super::{
    endpoint::{Address, Endpoint},
    environment::Environment,
    failure::Failure,
    ssh,
    tls::{Material, Tls},
    transport,
};

/// For each of: resolving the name, connecting, the TLS handshake.
const PATIENCE: Duration = Duration::from_secs(10);
/// Before the next of several addresses is tried, too.
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);
/// As Go's dialer has it, and so the docker CLI.
const KEEPALIVE: Duration = Duration::from_secs(15);

/// Makes connections to one engine.
#[derive(Clone)]
pub struct Connector {
    /// As a person gave it.
    pub url: Arc<str>,
    environment: Arc<Environment>,
    loaded: Arc<RwLock<Option<Loaded>>>,
    broken: Broken,
    /// One permit for each ssh that has not been let in yet.
    connecting: Arc<Semaphore>,
    /// Instead of the address.
    dial: Option<Dial>,
}

/// Makes a connection to an engine that is a part of this program, as in tests.
pub type Dial = Arc<dyn Fn() -> DuplexStream + Send + Sync>;

/// How many ssh may knock at once; sshd's own limit is 10.
const CONNECTING: usize = 5;

/// Why a connection broke, where the HTTP library only says that it did: a server refuses a client certificate after the
/// handshake, and ssh may end before anything was asked.
type Broken = Arc<Mutex<Option<Failure>>>;

/// What the settings said when they were last read.
#[derive(Clone)]
pub struct Loaded {
    pub endpoint: Arc<Endpoint>,
    pub tls: Option<Tls>,
}

impl Connector {
    pub fn new(url: &str, environment: Environment) -> Self {
        Self {
            url: url.into(),
            environment: Arc::new(environment),
            loaded: Arc::default(),
            broken: Broken::default(),
            connecting: Arc::new(Semaphore::new(CONNECTING)),
            dial: None,
        }
    }

    /// Whose connections are made by `dial`; `url` only says how the engine is called.
    pub fn dialling(url: &str, dial: Dial) -> Self {
        Self { dial: Some(dial), ..Self::new(url, Environment::default()) }
    }

    /// Reads context and certificates. They are renewed under a running bridge, so this is done whenever the engine is
    /// connected to anew.
    pub async fn load(&self) -> Result<Loaded, Failure> {
        let (url, environment) = (self.url.clone(), self.environment.clone());
        let read = move || {
            let endpoint = Arc::new(environment.at(&url)?.endpoint);
            let tls = endpoint.tls.as_ref().map(Material::load).transpose()?;
            Ok(Loaded { endpoint, tls })
        };
        // The disk may be slow, and the runtime's threads are everybody's.
        let read = tokio::task::spawn_blocking(read).await;
        let loaded = read.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))?;
        self.why_broken();
        *self.loaded.write() = Some(loaded.clone());
        Ok(loaded)
    }

    pub async fn loaded(&self) -> Result<Loaded, Failure> {
        match self.known() {
            Some(known) => Ok(known),
            None => self.load().await,
        }
    }

    /// What was read, unless that was forgotten.
    pub fn known(&self) -> Option<Loaded> {
        self.loaded.read().clone()
    }

    /// What was read may be what is wrong: it is read anew for the next connection.
    pub fn forget(&self) {
        *self.loaded.write() = None;
    }

    /// What was noted since it was last asked.
    pub fn why_broken(&self) -> Option<Failure> {
        self.broken.lock().take()
    }

    async fn connect(self) -> Result<Stream, Failure> {
        let broken = self.broken.clone();
        let io = self.connect_io().await?;
        Ok(Stream { io, broken })
    }

    async fn connect_io(self) -> Result<Pin<Box<dyn Io>>, Failure> {
        if let Some(dial) = &self.dial {
            return Ok(Box::pin(TokioIo::new(dial())));
        }
        let Loaded { endpoint, tls } = self.loaded().await?;
        match &endpoint.address {
            Address::Unix(path) => {
                let uri: hyper::Uri = hyperlocal::Uri::new(path, "/").into();
                match UnixConnector.oneshot(uri).await {
                    Ok(stream) => Ok(Box::pin(stream)),
                    Err(error) => Err(match tokio::fs::metadata(path).await {
                        // What a container's engine makes of a socket that is not there to be mounted.
                        Ok(metadata) if !metadata.file_type().is_socket() => {
                            let kind = if metadata.is_dir() { "directory" } else { "file" };
                            Failure::new(ConnectFault::SocketMissing, format!("{} is a {kind}, not a socket", path.display()))
                        }
                        _ => transport::io_failure(&error),
                    }),
                }
            }
            Address::Ssh(host) => {
                // sshd refuses some of too many that are not let in yet (MaxStartups).
                let permit = self.connecting.clone().acquire_owned().await.ok();
                Ok(Box::pin(TokioIo::new(ssh::connect(host, permit)?)))
            }
            Address::Tcp { host, port, .. } => {
                let stream = dial(&resolve(host, *port).await?).await?;
                match tls {
                    None => Ok(Box::pin(TokioIo::new(stream))),
                    Some(tls) => Ok(Box::pin(TokioIo::new(encrypt(stream, host, &tls).await?))),
                }
            }
        }
    }
}

/// The addresses of a host.
pub async fn resolve(host: &Host, port: u16) -> Result<Vec<SocketAddr>, Failure> {
    let name = match host {
        Host::Ipv4(ip) => return Ok(vec![(*ip, port).into()]),
        Host::Ipv6(ip) => return Ok(vec![(*ip, port).into()]),
        Host::Domain(name) => name,
    };
    let unknown = |why: &str| Failure::new(ConnectFault::NameUnknown, format!("{name}: {why}"));
    let found = within("resolving the name", tokio::net::lookup_host((name.as_str(), port))).await?;
    let addresses: Vec<SocketAddr> = found.map_err(|error| unknown(&error.to_string()))?.collect();
    if addresses.is_empty() { Err(unknown("no address")) } else { Ok(addresses) }
}

/// Connects to the first of them that answers: one that drops packets must not keep the others waiting (RFC 8305).
pub async fn dial(addresses: &[SocketAddr]) -> Result<TcpStream, Failure> {
    let mut attempts: FuturesUnordered<_> = (0..)
        .zip(addresses)
        .map(|(before, address)| async move {
            tokio::time::sleep(ATTEMPT_DELAY * before).await;
            let failed = |failure: Failure| Failure::new(failure.fault, format!("{address}: {}", failure.detail));
            within("connecting", TcpStream::connect(address)).await.map_err(failed)?.map_err(|error| failed(transport::io_failure(&error)))
        })
        .collect();
    let mut last = Failure::new(ConnectFault::NoRoute, "no address");
    while let Some(attempt) = attempts.next().await {
        match attempt {
            Ok(stream) => {
                keep_alive(&stream);
                return Ok(stream);
            }
            Err(failure) => last = failure,
        }
    }
    Err(last)
}

/// A connection on which nothing happens for hours must not be forgotten by whatever is in between, and one whose other
/// side is gone must be noticed. Small requests must not wait for each other's acknowledgement.
fn keep_alive(stream: &TcpStream) {
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE).with_interval(KEEPALIVE).with_retries(3);
    let socket = SockRef::from(stream);
    let set = socket.set_tcp_keepalive(&keepalive).and_then(|()| socket.set_tcp_user_timeout(Some(KEEPALIVE * 4)));
    if let Err(error) = set.and_then(|()| stream.set_nodelay(true)) {
        tracing::debug!(%error, "a connection's options cannot be set");
    }
}

/// The handshake.
pub async fn encrypt(stream: TcpStream, host: &Host, tls: &Tls) -> Result<TlsStream<TcpStream>, Failure> {
    let name = match host {
        Host::Domain(name) => {
            ServerName::try_from(name.clone()).map_err(|error| Failure::new(ConnectFault::AddressMalformed, format!("{name}: {error}")))?
        }
        Host::Ipv4(ip) => ServerName::IpAddress((*ip).into()),
        Host::Ipv6(ip) => ServerName::IpAddress((*ip).into()),
    };
    let connector = TlsConnector::from(tls.config.clone());
    let failed = |error: io::Error| {
        let failure = transport::failure(&error);
        // It hung up instead of an answer.
        if failure.fault == ConnectFault::Lost {
            Failure::new(ConnectFault::TlsFailed, "the other side ended the handshake")
        } else {
            failure
        }
    };
    within("the TLS handshake", connector.connect(name, stream)).await?.map_err(failed)
}

async fn within<T>(what: &str, work: impl Future<Output = T>) -> Result<T, Failure> {
    let late = |_| Failure::new(ConnectFault::TimedOut, format!("{what} took longer than {} s", PATIENCE.as_secs()));
    tokio::time::timeout(PATIENCE, work).await.map_err(late)
}

impl Service<hyper::Uri> for Connector {
    type Response = Stream;
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, Failure>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        Poll::Ready(Ok(()))
    }

    /// There is one place to connect to, whatever the address of the request says.
    fn call(&mut self, _: hyper::Uri) -> Self::Future {
        Box::pin(self.clone().connect())
    }
}

trait Io: Read + Write + Send {}
impl<T: Read + Write + Send> Io for T {}

/// A connection of any kind.
pub struct Stream {
    io: Pin<Box<dyn Io>>,
    broken: Broken,
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl Read for Stream {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        let read = self.io.as_mut().poll_read(context, buffer);
        if let Poll::Ready(Err(error)) = &read {
            *self.broken.lock() = Some(transport::failure(error));
        }
        read
    }
}

impl Write for Stream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.io.as_mut().poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io.as_mut().poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io.as_mut().poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, context: &mut Context<'_>, slices: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        self.io.as_mut().poll_write_vectored(context, slices)
    }
}
