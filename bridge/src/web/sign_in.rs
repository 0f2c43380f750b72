//! `/api/session`, `/api/sign-in`, `/api/welcome`, `/api/password`, `/api/sign-out`.

use std::net::{IpAddr, SocketAddr};

use axum::{
    Json,
    extract::{ConnectInfo, State, rejection::JsonRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{AppendHeaders, IntoResponse, Response},
};
use linkspan_shared::{
    activity::Access,
    ids::UserName,
    problem::{Problem, ProblemCode},
    user::{AccessProblem, NewPassword, SessionState, SignIn, SignedOut, User, Welcome},
};

use super::{App, Credential, cookies, external, oidc, passkeys, refusal, session_of, session_tokens, signed_in};
use crate::access::{self, DEVICE_SECONDS, SESSION_SECONDS};

/// Several Linkspans may stand on one host. Over TLS no other host, and nothing unencrypted, can set it (RFC 6265bis, 4.1.3).
pub fn cookie_name(app: &App) -> String {
    let prefix = match (app.allowed.is_https(), app.base.is_empty()) {
        (true, true) => "__Host-",
        (true, false) => "__Secure-",
        (false, _) => "",
    };
    format!("{prefix}linkspan_{}", app.access.instance)
}

/// Of what an earlier sign-in left, see [`Caller::device`].
fn device_name(app: &App) -> String {
    format!("{}_device", cookie_name(app))
}

pub async fn session(State(app): State<App>, headers: HeaderMap) -> Response {
    state(&app, &headers).await.map_or_else(refused, |state| Json(state).into_response())
}

pub async fn state(app: &App, headers: &HeaderMap) -> Result<SessionState, AccessProblem> {
    let user = session_of(app, headers).await?.map(|(user, _)| user);
    // For whoever is to sign in.
    let passkeys = match passkeys::page(app, headers) {
        Ok(at) if user.is_none() => app.access.has_passkeys(&at).await?,
        _ => false,
    };
    Ok(SessionState { user, needs_set_up: !app.access.has_users().await?, single_sign_on: app.oidc.is_some(), passkeys })
}

pub async fn sign_in(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Result<Json<SignIn>, JsonRejection>,
) -> Response {
    let Ok(Json(SignIn { user, password })) = body else { return refused(AccessProblem::BadRequest) };
    let caller = Caller::of(&app, peer, &headers);
    let address = caller.address;
    let signed_in = app.access.sign_in(caller.as_ref(), &user, password).await;
    match &signed_in {
        Ok(begun) => app.hub.activity.access(Access::SignedIn, begun.user.name.clone(), address.to_string(), None),
        Err(problem) => {
            tracing::info!(%address, ?problem, "sign-in refused");
            // Whatever was typed as a name may be a password.
            // Those beyond the limit are not looked at, and would push out all else that is recorded.
            let is_looked_at = !matches!(problem, AccessProblem::TooManyAttempts { .. });
            if is_looked_at && app.access.is_known(&user).await {
                let why = Problem::new(ProblemCode::Forbidden, "", format!("{problem:?}"));
                app.hub.activity.access(Access::SignInRefused, UserName::new(user), address.to_string(), Some(why));
            }
        }
    }
    begun(&app, signed_in)
}

pub async fn welcome(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Result<Json<Welcome>, JsonRejection>,
) -> Response {
    let Ok(Json(Welcome { token, user, password })) = body else { return refused(AccessProblem::BadRequest) };
    let caller = Caller::of(&app, peer, &headers);
    let joined = app.access.welcome(caller.as_ref(), &token, &user, password).await;
    if let Ok(joined) = &joined {
        app.hub.activity.access(Access::Joined, joined.user.name.clone(), caller.address.to_string(), None);
    }
    begun(&app, joined)
}

pub async fn password(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Result<Json<NewPassword>, JsonRejection>,
) -> Response {
    let (user, token) = match signed_in(&app, &headers).await {
        Ok((user, Credential::Session(token))) => (user, token),
        Ok((_, Credential::Token(_))) => return refused(AccessProblem::SignedOut),
        Err(refusal) => return *refusal,
    };
    let Ok(Json(NewPassword { current, password })) = body else { return refused(AccessProblem::BadRequest) };
    let caller = Caller::of(&app, peer, &headers);
    let address = caller.address;
    let changed = app.access.change_password(caller.as_ref(), &user.name, &token, current, password).await;
    tracing::info!(user = %user.name, %address, problem = ?changed.as_ref().err(), "change of a password");
    if changed.is_ok() {
        app.hub.activity.access(Access::PasswordChanged, user.name.clone(), address.to_string(), None);
    }
    changed.map_or_else(refused, |user| Json::<User>(user).into_response())
}

pub async fn sign_out(State(app): State<App>, ConnectInfo(peer): ConnectInfo<SocketAddr>, headers: HeaderMap) -> Response {
    let mut id_token = None;
    if let Ok(Some((user, Credential::Session(token)))) = session_of(&app, &headers).await {
        id_token = app.access.id_token(&token).await.ok().flatten();
        app.hub.activity.access(Access::SignedOut, user.name, app.address_of(peer, &headers).to_string(), None);
    }
    for token in session_tokens(&app, &headers) {
        if let Err(problem) = app.access.sign_out(token).await {
            return refused(problem);
        }
    }
    let forgotten = [(header::SET_COOKIE, cookie(&app, &cookie_name(&app), "", 0))];
    // Signed out here, however long the provider takes to answer.
    match oidc::end_session(&app, &headers, id_token).await {
        Some(end_session) => (forgotten, Json(SignedOut { end_session })).into_response(),
        None => (StatusCode::NO_CONTENT, forgotten).into_response(),
    }
}

/// Who tries to get in.
pub(super) struct Caller {
    pub(super) address: IpAddr,
    device: Option<String>,
    agent: String,
}

impl Caller {
    pub(super) fn of(app: &App, peer: SocketAddr, headers: &HeaderMap) -> Self {
        let agent = headers.get(header::USER_AGENT).map(|agent| String::from_utf8_lossy(agent.as_bytes()).into_owned());
        Self {
            address: app.address_of(peer, headers),
            device: cookies(headers, device_name(app)).next().map(str::to_owned),
            agent: agent.unwrap_or_default(),
        }
    }

    pub(super) fn as_ref(&self) -> access::Caller<'_> {
        access::Caller { address: self.address, device: self.device.as_deref(), agent: &self.agent }
    }
}

/// Where whoever a proxy names comes from.
const PROXY: &str = "proxy";

/// Signs in whom the proxy names, if it names anybody; with the cookies to be set.
pub async fn by_proxy(app: &App, peer: SocketAddr, headers: &HeaderMap) -> Option<Result<(User, Vec<String>), AccessProblem>> {
    let external = external(app, headers)?;
    let caller = Caller::of(app, peer, headers);
    let subject = external.name.clone();
    let signed_in = app.access.sign_in_external(caller.as_ref(), PROXY, &subject, external).await;
    match &signed_in {
        Ok(begun) => app.hub.activity.access(Access::SignedIn, begun.user.name.clone(), caller.address.to_string(), None),
        Err(problem) => tracing::info!(address = %caller.address, ?problem, "whom the proxy names is not let in"),
    }
    Some(signed_in.map(|begun| {
        let cookies = cookies_of(app, &begun);
        (begun.user, cookies.into())
    }))
}

/// For whoever has no page yet.
pub fn in_words(problem: &AccessProblem) -> &'static str {
    match problem {
        AccessProblem::NoRole => "The proxy has signed you in, but none of your groups has a role in this Linkspan (--proxy-role).",
        AccessProblem::UserNameTaken => "The proxy has signed you in, but somebody else has your name in this Linkspan.",
        AccessProblem::UserNameInvalid => "The proxy has signed you in by a name that Linkspan cannot take.",
        AccessProblem::WrongCredentials => "The proxy has signed you in, but an administrator of this Linkspan has disabled you.",
        _ => "The proxy has signed you in, but Linkspan could not; its log says why.",
    }
}

pub(super) fn cookies_of(app: &App, access::SignedIn { token, device, .. }: &access::SignedIn) -> [String; 2] {
    [cookie(app, &cookie_name(app), token, SESSION_SECONDS), cookie(app, &device_name(app), device, DEVICE_SECONDS)]
}

pub(super) fn begun(app: &App, outcome: Result<access::SignedIn, AccessProblem>) -> Response {
    match outcome {
        Ok(begun) => {
            let cookies = cookies_of(app, &begun);
            (AppendHeaders(cookies.map(|cookie| (header::SET_COOKIE, cookie))), Json::<User>(begun.user)).into_response()
        }
        Err(problem) => refused(problem),
    }
}

pub(super) fn refused(problem: AccessProblem) -> Response {
    let status = match &problem {
        AccessProblem::WrongCredentials | AccessProblem::TokenInvalid | AccessProblem::SignedOut | AccessProblem::PasskeyRefused => {
            StatusCode::UNAUTHORIZED
        }
        AccessProblem::TooManyAttempts { .. } => StatusCode::TOO_MANY_REQUESTS,
        AccessProblem::OriginRefused { .. } | AccessProblem::NoRole => StatusCode::FORBIDDEN,
        AccessProblem::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    };
    let wait = match &problem {
        AccessProblem::TooManyAttempts { retry_after_seconds } => HeaderValue::try_from(retry_after_seconds.to_string()).ok(),
        _ => None,
    };
    let mut answer = refusal(status, problem);
    if let Some(seconds) = wait {
        answer.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    answer
}

pub(super) fn cookie(app: &App, name: &str, value: &str, seconds: i64) -> String {
    let secure = if app.allowed.is_https() { "; Secure" } else { "" };
    let path = if app.base.is_empty() { "/" } else { &app.base };
    format!("{name}={value}; Path={path}; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}")
}
