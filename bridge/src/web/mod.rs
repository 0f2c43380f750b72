//! HTTP: the built frontend, sign-in, and the websocket's upgrade. The only place that knows axum.

mod activity;
mod assets;
mod client_errors;
mod files;
mod listen;
mod metrics;
mod noted;
mod oidc;
mod passkeys;
mod places;
mod sign_in;
pub mod tls;
mod transfer;
mod ws;

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use linkspan_shared::{
    ids::UserName,
    user::{AccessProblem, User},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    access::{
        Access,
        oidc::Oidc,
        origin::Allowed,
        proxy::Proxies,
        sso::{External, ProxySignIn},
    },
    actions::Actions,
    credentials::Credentials,
    fleet::Fleet,
    hub::Hub,
    shares::{Budgets, Shares},
    webhooks::Webhooks,
};

use files::Of;

pub use assets::build_id;
pub use client_errors::Reports;
pub use listen::listen;
pub use ws::WEBSOCKETS;

/// A provider leads there.
const OIDC_CALLBACK: &str = "/api/oidc/callback";
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// Characters of a refused origin that are told.
const MAX_ORIGIN: usize = 256;
/// Bytes of a request's body: names and passwords.
const MAX_BODY: usize = 16 << 10;

/// Cookies of the session's name that are looked at.
const MAX_TOKENS: usize = 8;
/// A request that is not answered within this time, its body included, is given up.
const MAX_TIME: Duration = Duration::from_secs(30);

/// No inline script or style, nothing from elsewhere, nobody frames it. `wasm-unsafe-eval` allows WebAssembly and no more.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
     img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; \
     frame-ancestors 'none'";

#[derive(Clone)]
pub struct App {
    pub hub: Arc<Hub>,
    pub fleet: Arc<Fleet>,
    pub credentials: Arc<Credentials>,
    pub actions: Arc<Actions>,
    pub webhooks: Arc<Webhooks>,
    pub access: Arc<Access>,
    pub allowed: Arc<Allowed>,
    pub proxies: Arc<Proxies>,
    /// Whom a proxy has signed in is believed, if it is.
    pub proxy_sign_in: Option<Arc<ProxySignIn>>,
    /// The provider that signs people in, if there is one.
    pub oidc: Option<Arc<Oidc>>,
    /// The path that a proxy serves Linkspan under, without a slash at its end; empty for none.
    pub base: Arc<str>,
    /// Websockets of each person.
    pub shares: Arc<Shares<UserName>>,
    pub budgets: Arc<Budgets>,
    pub client_errors: Arc<Reports>,
    pub stop: CancellationToken,
    /// Open websockets, awaited at the end.
    pub sockets: TaskTracker,
}

impl App {
    /// For whom a request comes.
    fn address_of(&self, peer: SocketAddr, headers: &HeaderMap) -> IpAddr {
        self.client_of(peer.ip(), headers)
    }

    /// Where this request comes from.
    fn address(&self, headers: &HeaderMap) -> Option<IpAddr> {
        listen::peer().map(|peer| self.client_of(peer, headers))
    }

    fn client_of(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        self.proxies.client(peer, headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok()))
    }
}

pub fn router(app: App) -> Router {
    Router::new()
        .route("/healthz", get(health))
        .route("/metrics", get(metrics::metrics))
        .route("/api/session", get(sign_in::session))
        .route("/api/sign-in", post(sign_in::sign_in))
        .route("/api/welcome", post(sign_in::welcome))
        .route("/api/password", post(sign_in::password))
        .route("/api/sign-out", post(sign_in::sign_out))
        .route("/api/passkey/begin", post(passkeys::begin))
        .route("/api/passkey/sign-in", post(passkeys::sign_in))
        .route("/api/passkey/new", post(passkeys::new))
        .route("/api/passkey/add", post(passkeys::add))
        .route("/api/oidc/begin", get(oidc::begin))
        .route("/api/oidc/callback", get(oidc::callback))
        .route("/api/client-errors", post(client_errors::report))
        .route("/api/ws", get(ws::upgrade))
        .fallback(assets::serve)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn(in_time))
        // As large as it is, and as long as it takes: an engine packs an image before it sends the first byte.
        .route("/api/activity", get(activity::export))
        .route("/api/images/save", get(transfer::save))
        .route("/api/drafts/{draft}", get(transfer::draft))
        .route("/api/jobs/{job}/upload", post(transfer::upload).layer(DefaultBodyLimit::disable()))
        .route("/api/containers/{id}/archive", files::archive(Of::Container))
        .route("/api/volumes/{name}/archive", files::archive(Of::Volume))
        .route("/api/containers/{id}/file", files::file(Of::Container))
        .route("/api/volumes/{name}/file", files::file(Of::Volume))
        .layer(middleware::from_fn_with_state(app.clone(), guard))
        .with_state(app)
}

/// 200 as long as the process serves. The body tells whoever looks (`linkspan healthcheck`) of the default engine.
async fn health(State(app): State<App>) -> &'static str {
    if app.hub.default_is_connected() { "engine connected\n" } else { "engine unreachable\n" }
}

/// Before everything: is this request meant for this Linkspan, and does a change come from its own pages?
async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    // A health check asks by whatever name it has; the answer is the same for everybody.
    let is_health = request.uri().path() == "/healthz";
    let host = text(header::HOST).or_else(|| request.uri().host());
    if !is_health && !host.is_some_and(|host| app.allowed.host(host)) {
        let text = format!(
            "This address is not one that this Linkspan serves: {}. Open one of those, or start it with --public-url.\n",
            app.allowed.list().join(", ")
        );
        return refuse(StatusCode::MISDIRECTED_REQUEST, text);
    }
    // Which of them counts would be anybody's guess.
    if [header::HOST, header::ORIGIN].iter().any(|name| headers.get_all(name).iter().count() > 1) {
        return refuse(StatusCode::BAD_REQUEST, "A request has one Host and one Origin.\n".to_owned());
    }
    let is_upgrade = headers.contains_key(header::UPGRADE);
    let is_change = !matches!(*request.method(), Method::GET | Method::HEAD);
    // No other site makes a browser send a personal token.
    let is_forgeable = bearer(headers).is_none();
    if is_forgeable
        && (is_change || is_upgrade)
        && !text(header::ORIGIN).is_some_and(|origin| app.allowed.origin(origin, host.unwrap_or_default()))
    {
        let origin = text(header::ORIGIN).unwrap_or_default().chars().take(MAX_ORIGIN).collect();
        return refusal(StatusCode::FORBIDDEN, AccessProblem::OriginRefused { origin, allowed: app.allowed.list() });
    }
    // Whatever another page of the same site makes a browser get is for no page of this one (Fetch Metadata Request Headers, 2).
    // Back from the provider people come from another site: what they bring is checked there.
    let is_api = request.uri().path().starts_with("/api/") && request.uri().path() != OIDC_CALLBACK;
    if is_api && text(SEC_FETCH_SITE).is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        return refusal(
            StatusCode::FORBIDDEN,
            AccessProblem::OriginRefused { origin: "another page".to_owned(), allowed: app.allowed.list() },
        );
    }
    let mut answer = next.run(request).await;
    protect(answer.headers_mut());
    answer
}

/// Nobody holds a place with a request that does not come to its end.
async fn in_time(request: Request, next: Next) -> Response {
    let late = || refuse(StatusCode::REQUEST_TIMEOUT, "The request did not come to its end in time.\n".to_owned());
    tokio::time::timeout(MAX_TIME, next.run(request)).await.unwrap_or_else(|_| late())
}

fn refuse(status: StatusCode, text: String) -> Response {
    let mut answer = (status, text).into_response();
    protect(answer.headers_mut());
    answer
}

fn refusal(status: StatusCode, problem: AccessProblem) -> Response {
    let mut answer = (status, Json(problem)).into_response();
    protect(answer.headers_mut());
    answer
}

fn protect(headers: &mut HeaderMap) {
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    // The frontend's files say for themselves how long they last.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

/// What could be the session's token (RFC 6265, 5.4): another site of the same host may have set a cookie of the same
/// name, and browsers do not say whose is whose.
fn session_tokens<'a>(app: &App, headers: &'a HeaderMap) -> impl Iterator<Item = &'a str> {
    cookies(headers, sign_in::cookie_name(app))
}

fn cookies(headers: &HeaderMap, name: String) -> impl Iterator<Item = &str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(move |(key, _)| *key == name)
        .map(|(_, token)| token)
        .take(MAX_TOKENS)
}

/// By what somebody is who they are; it may end while something is under way.
#[derive(Clone)]
pub(crate) enum Credential {
    /// The token in the session's cookie.
    Session(String),
    /// A personal token, for scripts (RFC 6750, 2.1).
    Token(String),
}

/// `Authorization: Bearer …`
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// Who that is by now.
async fn user_of(app: &App, credential: &Credential) -> Result<Option<User>, AccessProblem> {
    match credential {
        Credential::Session(token) => app.access.user_of(token).await,
        Credential::Token(token) => app.access.user_of_token(token).await,
    }
}

/// Who asks, and by what; `None` where nobody is signed in.
async fn session_of(app: &App, headers: &HeaderMap) -> Result<Option<(User, Credential)>, AccessProblem> {
    if let Some(token) = bearer(headers) {
        let credential = Credential::Token(token.to_owned());
        return Ok(user_of(app, &credential).await?.map(|user| (user, credential)));
    }
    let external = external(app, headers);
    for token in session_tokens(app, headers) {
        if let Some(user) = app.access.user_of(token).await?
            // Whom the proxy has signed in by now, as what they are there by now.
            && external.as_ref().is_none_or(|external| external.name == user.name.0 && external.grants == user.grants)
        {
            return Ok(Some((user, Credential::Session(token.to_owned()))));
        }
    }
    Ok(None)
}

/// Whom the proxy says that it has signed in; nobody else's word is left in the headers, see [`listen`].
fn external(app: &App, headers: &HeaderMap) -> Option<External> {
    app.proxy_sign_in.as_ref()?.external(headers)
}

/// Who asks, and by what; else the refusal.
async fn signed_in(app: &App, headers: &HeaderMap) -> Result<(User, Credential), Box<Response>> {
    match session_of(app, headers).await {
        Ok(Some(session)) => {
            listen::signed_in(&session.0.name);
            Ok(session)
        }
        Ok(None) => Err(Box::new(refusal(StatusCode::UNAUTHORIZED, AccessProblem::SignedOut))),
        Err(problem) => Err(Box::new(refusal(StatusCode::INTERNAL_SERVER_ERROR, problem))),
    }
}
