//! Sends requests to one engine over HTTP/1.1.

use std::{pin::Pin, sync::Arc, time::Duration};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use http_body_util::{BodyExt, BodyStream, Full, LengthLimitError, Limited, StreamBody, combinators::UnsyncBoxBody};
use hyper::{
    Response, StatusCode,
    body::{Frame, Incoming},
    header::{self, HeaderName, HeaderValue},
    upgrade::Upgraded,
};
use hyper_util::{
    client::legacy,
    rt::{TokioExecutor, TokioIo, TokioTimer},
};
use linkspan_shared::connect::{ConnectFault, ConnectStep};
use parking_lot::{Mutex, RwLock};
use serde::{Deserialize, de::DeserializeOwned};
use tokio::time::Instant;

use crate::{
    api::{Api, OLDEST_API, agree},
    connect::Connector,
    endpoint::{Address, Endpoint},
    environment::Environment,
    error::EngineError,
    failure::Failure,
    guard::Guard,
    model::{PathStat, Version},
    page::{without_page, words_of},
    request::Request,
    stream::{self, ByteStream},
    system, transport,
};

/// An engine that does not even begin to answer an ordinary request for as long is treated as gone.
const ANSWER: Duration = Duration::from_secs(120);
/// For `/_ping` and `/version`, which cost the engine nothing.
const PROMPT_ANSWER: Duration = Duration::from_secs(10);
/// Bytes of an ordinary answer, at most: 1,000 containers are 1 MB.
const MAX_ANSWER: usize = 256 << 20;
/// Bytes of a request's target, at most: what people type ends up in queries. The URI type takes 64 KiB, no more.
const MAX_TARGET: usize = 32 << 10;
/// Connections that wait for the next request; more of a burst are closed.
const IDLE: usize = 8;
/// Bytes of an error's text that are kept.
const MAX_ERROR: usize = 64 << 10;

/// What is sent: whole, or as it comes from a browser.
type Body = UnsyncBoxBody<Bytes, std::io::Error>;

#[derive(Clone)]
pub struct Client {
    connector: Connector,
    http: legacy::Client<Connector, Body>,
    agreed: Arc<RwLock<Option<Api>>>,
    heard: Arc<Mutex<Option<Heard>>>,
    guard: Option<Arc<dyn Guard>>,
}

/// The last word of an engine.
#[derive(Clone, Copy, Debug)]
pub struct Heard {
    pub at: Instant,
    /// The same by this machine's clock.
    pub time: jiff::Timestamp,
    /// How far its clock is ahead of this machine's, to the second; `None` where it does not say.
    pub ahead: Option<jiff::SignedDuration>,
}

impl Client {
    /// `url` as [`Environment::at`] takes it.
    pub fn new(url: &str, environment: Environment) -> Self {
        Self::over(Connector::new(url, environment))
    }

    pub fn over(connector: Connector) -> Self {
        let http = legacy::Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(30))
            .pool_max_idle_per_host(IDLE)
            .build(connector.clone());
        Self { connector, http, agreed: Arc::default(), heard: Arc::default(), guard: None }
    }

    /// The same engine, on behalf of somebody.
    pub fn guarded(&self, guard: Arc<dyn Guard>) -> Self {
        Self { guard: Some(guard), ..self.clone() }
    }

    /// Where the engine is, as a person gave it.
    pub fn url(&self) -> &str {
        &self.connector.url
    }

    /// As it is spoken to; `None` before it was connected to.
    pub fn endpoint(&self) -> Option<Arc<Endpoint>> {
        self.connector.known().map(|known| known.endpoint)
    }

    /// Where others reach the engine's host, too, as a context or an address says it; `None` on this machine, and before it was
    /// connected to.
    pub fn host(&self) -> Option<String> {
        self.connector.known().and_then(|known| known.endpoint.address.host())
    }

    /// The version that was agreed on; the oldest before that.
    pub fn api(&self) -> Api {
        self.agreed().unwrap_or(OLDEST_API)
    }

    /// When it said something last, on whichever connection.
    pub fn heard(&self) -> Option<Heard> {
        *self.heard.lock()
    }

    fn hears(&self, ahead: Option<jiff::SignedDuration>) {
        let mut heard = self.heard.lock();
        let ahead = ahead.or(heard.and_then(|heard| heard.ahead));
        *heard = Some(Heard { at: Instant::now(), time: jiff::Timestamp::now(), ahead });
    }

    /// Agrees on an API version, as every later request needs it. Answers with the engine's own account of itself.
    pub async fn negotiate(&self) -> Result<(Version, Api), EngineError> {
        self.connector.load().await?;
        let asked = async { decode(self.send_as(&system::version(), None).await?).await };
        let version: Version = match self.within(self.prompt(), asked).await {
            Ok(version) => version,
            Err(error) => self.version_by_ping(&error).await.ok_or_else(|| no_engine(error))?,
        };
        let agreed = agree(&version)?;
        *self.agreed.write() = Some(agreed);
        Ok((version, agreed))
    }

    /// What a proxy that refuses `/version` lets through: `GET /_ping` says the API version in a header (Engine API,
    /// `SystemPing`).
    async fn version_by_ping(&self, refusal: &EngineError) -> Option<Version> {
        if !matches!(refusal, EngineError::Refused { .. }) || refusal.is_of_a_gateway() {
            return None;
        }
        let answer = self.within(self.prompt(), self.send_as(&system::ping(), None)).await.ok()?;
        let header = |name: &str| answer.headers().get(name)?.to_str().ok().map(str::to_owned);
        Some(Version::of_ping(header("api-version")?, header("server").unwrap_or_default(), header("libpod-api-version").is_some()))
    }

    /// `GET /_ping`: is anybody there? Whoever refuses to say is.
    pub async fn ping(&self) -> Result<(), EngineError> {
        // A way that is gone ssh itself notices, see its options; it may have to be gone anew.
        let patience = if self.is_over_ssh() { PROMPT_ANSWER * 2 } else { PROMPT_ANSWER };
        match self.within(patience, self.send_as(&system::ping(), None)).await {
            Err(error @ EngineError::Refused { .. }) if !error.is_of_a_gateway() => Ok(()),
            answer => answer.map(drop),
        }
    }

    /// For requests whose answer is one JSON document.
    pub async fn json<T: DeserializeOwned>(&self, request: &Request) -> Result<T, EngineError> {
        self.within(ANSWER, async { decode(self.send(request).await?).await }).await
    }

    /// For requests whose answer is their success. An engine that has nothing to do (304) has succeeded.
    pub async fn done(&self, request: &Request) -> Result<StatusCode, EngineError> {
        self.within(patience(request), async {
            let answer = self.send(request).await?;
            let status = answer.status();
            // Read to the end, so that the connection can serve again.
            let _ = Limited::new(answer.into_body(), MAX_ERROR).collect().await;
            Ok(status)
        })
        .await
    }

    /// For [`stat`](crate::containers::stat): what it is that is there.
    pub async fn path_stat(&self, request: &Request) -> Result<PathStat, EngineError> {
        let answer = self.within(patience(request), self.send(request)).await?;
        let said = answer.headers().get("x-docker-container-path-stat").map(|value| value.as_bytes().to_vec());
        let stat = said.and_then(|said| serde_json::from_slice(&BASE64_STANDARD.decode(said).ok()?).ok());
        stat.ok_or_else(|| EngineError::Malformed("the engine does not say what is at the path".into()))
    }

    /// For requests that are answered when something has happened: as [`Client::json`], with no deadline for the body.
    /// The inner future is to be awaited for the answer; the outer one ends once the engine has taken the request.
    pub async fn later<T: DeserializeOwned>(
        &self,
        request: &Request,
    ) -> Result<impl Future<Output = Result<T, EngineError>> + Send + use<T>, EngineError> {
        let answer = self.within(patience(request), self.send(request)).await?;
        Ok(decode(answer))
    }

    /// For requests whose answer goes on and on. Dropping the stream closes the engine's request.
    pub async fn stream(&self, request: &Request) -> Result<ByteStream, EngineError> {
        Ok(self.chunks(self.within(patience(request).max(ANSWER), self.send(request)).await?))
    }

    /// For requests that send an archive as it comes, and are answered by a stream of JSON documents. The engine may begin
    /// its answer when it has all of it, so nothing here has a deadline.
    pub async fn documents_of<T: DeserializeOwned + Send + 'static>(
        &self,
        request: &Request,
        archive: impl Stream<Item = std::io::Result<Bytes>> + Send + 'static,
    ) -> Result<Pin<Box<dyn Stream<Item = Result<T, EngineError>> + Send>>, EngineError> {
        let body = BodyExt::boxed_unsync(StreamBody::new(archive.map(|chunk| chunk.map(Frame::data))));
        let answer = self.send_body(request, self.agreed(), Some("application/x-tar"), body).await?;
        Ok(Box::pin(stream::documents(self.chunks(answer))))
    }

    /// For requests that send an archive as it comes, and whose answer is their success. There is no deadline: an archive
    /// takes as long as it takes.
    pub async fn send_archive(
        &self,
        request: &Request,
        archive: impl Stream<Item = std::io::Result<Bytes>> + Send + 'static,
    ) -> Result<(), EngineError> {
        let body = BodyExt::boxed_unsync(StreamBody::new(archive.map(|chunk| chunk.map(Frame::data))));
        let answer = self.send_body(request, self.agreed(), Some("application/x-tar"), body).await?;
        let _ = Limited::new(answer.into_body(), MAX_ERROR).collect().await;
        Ok(())
    }

    /// For requests that turn their connection into one that goes both ways ("hijacking", Engine API, `ContainerAttach`).
    pub async fn hijack(&self, request: &Request) -> Result<TokioIo<Upgraded>, EngineError> {
        let upgrade = [(header::CONNECTION, HeaderValue::from_static("Upgrade")), (header::UPGRADE, HeaderValue::from_static("tcp"))];
        let text = request.body.as_ref().map(ToString::to_string).unwrap_or_default();
        let body = Full::from(text).map_err(|never| match never {}).boxed_unsync();
        let answer = self.within(ANSWER, self.send_with(request, self.agreed(), Some("application/json"), body, &upgrade)).await?;
        if answer.status() != StatusCode::SWITCHING_PROTOCOLS {
            return Err(EngineError::Malformed(format!("it did not turn the connection over: {}", answer.status())));
        }
        hyper::upgrade::on(answer).await.map(TokioIo::new).map_err(|error| transport::failure(&error).into())
    }

    /// For streams of JSON documents, one a line.
    pub async fn documents<T: DeserializeOwned + Send + 'static>(
        &self,
        request: &Request,
    ) -> Result<Pin<Box<dyn Stream<Item = Result<T, EngineError>> + Send>>, EngineError> {
        Ok(Box::pin(stream::documents(self.stream(request).await?)))
    }

    async fn send(&self, request: &Request) -> Result<Response<Incoming>, EngineError> {
        self.send_as(request, self.agreed()).await
    }

    fn agreed(&self) -> Option<Api> {
        *self.agreed.read()
    }

    async fn send_as(&self, request: &Request, api: Option<Api>) -> Result<Response<Incoming>, EngineError> {
        let text = request.body.as_ref().map(ToString::to_string);
        let content_type = text.is_some().then_some("application/json");
        let body = Full::from(text.unwrap_or_default()).map_err(|never| match never {}).boxed_unsync();
        self.send_body(request, api, content_type, body).await
    }

    async fn send_body(
        &self,
        request: &Request,
        api: Option<Api>,
        content_type: Option<&'static str>,
        body: Body,
    ) -> Result<Response<Incoming>, EngineError> {
        self.send_with(request, api, content_type, body, &[]).await
    }

    async fn send_with(
        &self,
        request: &Request,
        api: Option<Api>,
        content_type: Option<&'static str>,
        body: Body,
        headers: &[(HeaderName, HeaderValue)],
    ) -> Result<Response<Incoming>, EngineError> {
        let _permit = match &self.guard {
            Some(guard) => Some(guard.check(request).await?),
            None => None,
        };
        let endpoint = self.connector.loaded().await?.endpoint;
        let address = &endpoint.address;
        let target = request.target(api);
        if target.len() > MAX_TARGET {
            let message = format!("this is too long for a request: {} bytes, {MAX_TARGET} at most", target.len());
            return Err(EngineError::Refused { status: StatusCode::URI_TOO_LONG, message });
        }
        let uri = format!("http://{}{}{target}", address.authority(), address.base());
        let mut builder = hyper::Request::builder().method(request.operation.method()).uri(uri);
        if let Some(kind) = content_type {
            builder = builder.header(header::CONTENT_TYPE, kind);
        }
        for (name, value) in request.header.iter().chain(headers) {
            builder = builder.header(name, value);
        }
        let built = builder.body(body).map_err(|error| EngineError::Malformed(error.to_string()))?;
        let answer = self.http.request(built).await.map_err(|error| self.failed(&error))?;
        let status = answer.status();
        // What a proxy says of an engine that it does not reach is no word of it.
        if !matches!(status.as_u16(), 502..=504) {
            self.hears(answer.headers().get(header::DATE).and_then(ahead));
        }
        if status.is_success() || status == StatusCode::NOT_MODIFIED || status == StatusCode::SWITCHING_PROTOCOLS {
            return Ok(answer);
        }
        Err(EngineError::Refused { status, message: error_text(answer).await })
    }

    fn chunks(&self, answer: Response<Incoming>) -> ByteStream {
        let client = self.clone();
        Box::pin(BodyStream::new(answer.into_body()).filter_map(move |frame| {
            std::future::ready(match frame {
                Ok(frame) => {
                    client.hears(None);
                    frame.into_data().ok().map(Ok)
                }
                Err(error) => Some(Err(transport::failure(&error).into())),
            })
        }))
    }

    pub fn is_over_ssh(&self) -> bool {
        self.connector.known().is_some_and(|loaded| matches!(loaded.endpoint.address, Address::Ssh(_)))
    }

    /// How long a first answer may take that costs the engine nothing. An ssh may first go through other hosts.
    fn prompt(&self) -> Duration {
        if self.is_over_ssh() { PROMPT_ANSWER * 4 } else { PROMPT_ANSWER }
    }

    fn failed(&self, error: &(dyn std::error::Error + 'static)) -> EngineError {
        let mut failure = transport::failure(error);
        if failure.fault == ConnectFault::Lost {
            failure = self.connector.why_broken().unwrap_or(failure);
        }
        let shows_one = self.connector.known().is_some_and(|loaded| loaded.endpoint.tls.as_ref().is_some_and(|tls| tls.identity.is_some()));
        if failure.fault.step() == ConnectStep::Encryption {
            self.connector.forget();
        }
        // A server says with the same words that it wants one, and that it does not like this one.
        if failure.fault == ConnectFault::ClientCertificateRefused && !shows_one {
            failure.fault = ConnectFault::ClientCertificateMissing;
        }
        failure.into()
    }

    async fn within<T>(&self, limit: Duration, work: impl Future<Output = Result<T, EngineError>>) -> Result<T, EngineError> {
        tokio::time::timeout(limit, work)
            .await
            .unwrap_or_else(|_| Err(Failure::new(ConnectFault::TimedOut, format!("no answer within {} s", limit.as_secs())).into()))
    }
}

/// How far the clock of whoever sent this `Date` is ahead of this machine's.
fn ahead(date: &HeaderValue) -> Option<jiff::SignedDuration> {
    let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(date.to_str().ok()?).ok()?;
    Some(date.duration_since(jiff::Timestamp::now()))
}

/// How long the engine may take to begin its answer.
fn patience(request: &Request) -> Duration {
    if request.no_timeout { Duration::MAX } else { ANSWER }
}

/// Whoever does not answer `GET /version` as an engine does is none, or is not to be spoken to like this.
fn no_engine(error: EngineError) -> EngineError {
    let fault = match &error {
        EngineError::Connect(_) => return error,
        // Go's server, and nginx.
        EngineError::Refused { message, .. }
            if message.contains("HTTP request to an HTTPS server") || message.contains("request was sent to HTTPS port") =>
        {
            ConnectFault::TlsExpected
        }
        EngineError::Refused { message, .. } if message.contains("No required SSL certificate") => ConnectFault::ClientCertificateMissing,
        EngineError::Refused { message, .. } if message.contains("SSL certificate error") => ConnectFault::ClientCertificateRefused,
        EngineError::Refused { status, .. } if matches!(status.as_u16(), 502..=504) => ConnectFault::Gateway,
        EngineError::Refused { status, .. } if matches!(status.as_u16(), 401 | 403 | 407) => ConnectFault::Forbidden,
        EngineError::Refused { status, .. } if status.is_server_error() => ConnectFault::Failing,
        EngineError::Refused { .. } | EngineError::Denied(_) | EngineError::Malformed(_) | EngineError::TooLong(_) => {
            ConnectFault::NotAnEngine
        }
    };
    Failure::new(fault, error.to_string()).into()
}

async fn decode<T: DeserializeOwned>(answer: Response<Incoming>) -> Result<T, EngineError> {
    let body = Limited::new(answer.into_body(), MAX_ANSWER).collect().await.map_err(|error| {
        if error.is::<LengthLimitError>() {
            return EngineError::Malformed(format!("an answer of more than {} MiB", MAX_ANSWER >> 20));
        }
        transport::failure(&*error).into()
    })?;
    let bytes = body.to_bytes();
    // One byte that is no text must not take all else with it.
    match str::from_utf8(&bytes) {
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_str(&String::from_utf8_lossy(&bytes)),
    }
    .map_err(|error| EngineError::Malformed(error.to_string()))
}

/// The Engine's errors are `{"message": "…"}`; a proxy in between may send anything.
async fn error_text(answer: Response<Incoming>) -> String {
    #[derive(Deserialize)]
    struct Message {
        message: String,
    }
    let status = answer.status();
    let Ok(body) = Limited::new(answer.into_body(), MAX_ERROR).collect().await else { return status.to_string() };
    let bytes = body.to_bytes();
    match serde_json::from_slice::<Message>(&bytes) {
        Ok(error) => without_page(&error.message),
        Err(_) if bytes.is_empty() => status.to_string(),
        Err(_) => words_of(&String::from_utf8_lossy(&bytes), status),
    }
}
