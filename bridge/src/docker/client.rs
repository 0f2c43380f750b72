//! Sends requests to one engine over HTTP/1.1.

use std::{
    pin::Pin,
    sync::{Arc, RwLock},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use http_body_util::{BodyExt, BodyStream, Full, LengthLimitError, Limited};
use hyper::{Response, StatusCode, body::Incoming, header};
use hyper_util::{
    client::legacy,
    rt::{TokioExecutor, TokioTimer},
};
use hyperlocal::UnixConnector;
use serde::{Deserialize, de::DeserializeOwned};

use super::{endpoint::Endpoint, error::EngineError, model::Version, ndjson, request::Request, system};

/// The newest API this code was written against.
pub const NEWEST_API: (u32, u32) = (1, 47);
/// The oldest one that has all that is used (`wait` with a condition, multiplexed logs with `until`).
pub const OLDEST_API: (u32, u32) = (1, 30);

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

pub type ByteStream = Pin<Box<dyn Stream<Item = Result<Bytes, EngineError>> + Send>>;

#[derive(Clone)]
pub struct Client {
    endpoint: Endpoint,
    http: legacy::Client<UnixConnector, Full<Bytes>>,
    api_version: Arc<RwLock<Option<String>>>,
}

impl Client {
    pub fn new(endpoint: Endpoint) -> Self {
        let http = legacy::Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(30))
            .pool_max_idle_per_host(IDLE)
            .build(UnixConnector);
        Self { endpoint, http, api_version: Arc::default() }
    }

    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Agrees on an API version, as every later request needs it. Answers with the engine's own account of itself.
    pub async fn negotiate(&self) -> Result<(Version, String), EngineError> {
        let request = system::version();
        let answer = self.within(PROMPT_ANSWER, self.send_as(&request, None)).await?;
        let version: Version = self.within(PROMPT_ANSWER, decode(answer)).await?;
        let agreed = agree(&version)?;
        *self.api_version.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = Some(agreed.clone());
        Ok((version, agreed))
    }

    /// `GET /_ping`: is anybody there?
    pub async fn ping(&self) -> Result<(), EngineError> {
        self.within(PROMPT_ANSWER, self.send_as(&system::ping(), None)).await.map(drop)
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
        let answer = self.within(ANSWER, self.send(request)).await?;
        Ok(Box::pin(BodyStream::new(answer.into_body()).filter_map(|frame| async {
            match frame {
                Ok(frame) => frame.into_data().ok().map(Ok),
                Err(error) => Some(Err(EngineError::from_transport(&error))),
            }
        })))
    }

    /// For streams of JSON documents, one a line.
    pub async fn documents<T: DeserializeOwned + Send + 'static>(
        &self,
        request: &Request,
    ) -> Result<Pin<Box<dyn Stream<Item = Result<T, EngineError>> + Send>>, EngineError> {
        Ok(Box::pin(ndjson::documents(self.stream(request).await?)))
    }

    async fn send(&self, request: &Request) -> Result<Response<Incoming>, EngineError> {
        let version = self.api_version.read().unwrap_or_else(|poisoned| poisoned.into_inner()).clone();
        self.send_as(request, version.as_deref()).await
    }

    async fn send_as(&self, request: &Request, api_version: Option<&str>) -> Result<Response<Incoming>, EngineError> {
        let Endpoint::Unix(path) = &self.endpoint;
        let target = request.target(api_version);
        if target.len() > MAX_TARGET {
            let message = format!("this is too long for a request: {} bytes, {MAX_TARGET} at most", target.len());
            return Err(EngineError::Refused { status: StatusCode::URI_TOO_LONG, message });
        }
        let uri = hyperlocal::Uri::new(path, &target);
        let mut builder = hyper::Request::builder().method(request.method.clone()).uri(uri).header(header::HOST, "docker");
        let body = match &request.body {
            Some(value) => {
                builder = builder.header(header::CONTENT_TYPE, "application/json");
                Full::from(value.to_string())
            }
            None => Full::default(),
        };
        let built = builder.body(body).map_err(|error| EngineError::Nonsense(error.to_string()))?;
        let answer = self.http.request(built).await.map_err(|error| EngineError::from_transport(&error))?;
        let status = answer.status();
        if status.is_success() || status == StatusCode::NOT_MODIFIED {
            return Ok(answer);
        }
        Err(EngineError::Refused { status, message: error_text(answer).await })
    }

    async fn within<T>(&self, limit: Duration, work: impl Future<Output = Result<T, EngineError>>) -> Result<T, EngineError> {
        tokio::time::timeout(limit, work).await.unwrap_or(Err(EngineError::TimedOut(limit.as_secs())))
    }
}

/// How long the engine may take to begin its answer.
fn patience(request: &Request) -> Duration {
    if request.patient { Duration::MAX } else { ANSWER }
}

/// The newest version that both know.
fn agree(engine: &Version) -> Result<String, EngineError> {
    let parse = |text: &str| -> Option<(u32, u32)> {
        let (major, minor) = text.split_once('.')?;
        Some((major.parse().ok()?, minor.parse().ok()?))
    };
    let maximum =
        parse(&engine.api_version).ok_or_else(|| EngineError::Nonsense(format!("its API version is '{}'", engine.api_version)))?;
    let minimum = engine.min_api_version.as_deref().and_then(parse).unwrap_or((1, 0));
    let (major, minor) = maximum.min(NEWEST_API);
    if (major, minor) < OLDEST_API || (major, minor) < minimum {
        return Err(EngineError::Incompatible {
            minimum: format!("{}.{}", minimum.0, minimum.1),
            maximum: engine.api_version.clone(),
            ours: format!("{}.{} to {}.{}", OLDEST_API.0, OLDEST_API.1, NEWEST_API.0, NEWEST_API.1),
        });
    }
    Ok(format!("{major}.{minor}"))
}

async fn decode<T: DeserializeOwned>(answer: Response<Incoming>) -> Result<T, EngineError> {
    let body = Limited::new(answer.into_body(), MAX_ANSWER).collect().await.map_err(|error| {
        if error.is::<LengthLimitError>() {
            return EngineError::Nonsense(format!("an answer of more than {} MiB", MAX_ANSWER >> 20));
        }
        EngineError::from_transport(&*error)
    })?;
    serde_json::from_slice(&body.to_bytes()).map_err(|error| EngineError::Nonsense(error.to_string()))
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
        Ok(error) => error.message,
        Err(_) if bytes.is_empty() => status.to_string(),
        Err(_) => String::from_utf8_lossy(&bytes).trim().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn engine(api: &str, minimum: Option<&str>) -> Version {
        Version { version: "1".into(), api_version: api.into(), min_api_version: minimum.map(str::to_owned) }
    }

    #[test]
    fn versions_are_agreed_on() {
        assert_eq!(agree(&engine("1.41", Some("1.12"))).unwrap(), "1.41");
        assert_eq!(agree(&engine("1.99", Some("1.44"))).unwrap(), "1.47");
        assert!(matches!(agree(&engine("1.60", Some("1.50"))), Err(EngineError::Incompatible { .. })));
        assert!(matches!(agree(&engine("1.20", None)), Err(EngineError::Incompatible { .. })));
        assert!(matches!(agree(&engine("new", None)), Err(EngineError::Nonsense(_))));
    }
}
