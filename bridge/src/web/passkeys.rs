//! `/api/passkey/begin` and `/api/passkey/sign-in` sign somebody in; `/api/passkey/new` and `/api/passkey/add` make a passkey.

use std::net::SocketAddr;

use axum::{
    Json,
    extract::{ConnectInfo, State, rejection::JsonRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use linkspan_shared::{
    activity::Access,
    passkey::{AddPasskey, NewPasskey, PasskeySignIn},
    problem::{Problem, ProblemCode},
    user::{AccessProblem, User},
};
use url::Url;

use super::{
    App, Credential,
    sign_in::{Caller, begun, refused},
    signed_in,
};

pub async fn begin(State(app): State<App>, ConnectInfo(peer): ConnectInfo<SocketAddr>, headers: HeaderMap) -> Response {
    let caller = Caller::of(&app, peer, &headers);
    let ceremony = match page(&app, &headers) {
        Ok(at) => app.access.begin_passkey_sign_in(&caller.as_ref(), &at).await,
        Err(problem) => Err(problem),
    };
    ceremony.map_or_else(refused, |ceremony| Json(ceremony).into_response())
}

pub async fn sign_in(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Result<Json<PasskeySignIn>, JsonRejection>,
) -> Response {
    let Ok(Json(answer)) = body else { return refused(AccessProblem::BadRequest) };
    let caller = Caller::of(&app, peer, &headers);
    let signed_in = match page(&app, &headers) {
        Ok(at) => app.access.sign_in_by_passkey(caller.as_ref(), &at, answer).await,
        Err(problem) => Err((problem, None)),
    };
    let address = caller.address.to_string();
    let signed_in = match signed_in {
        Ok(begun) => {
            app.hub.activity.access(Access::SignedIn, begun.user.name.clone(), address, None);
            Ok(begun)
        }
        Err((problem, owner)) => {
            tracing::info!(address, ?problem, "sign-in by a passkey refused");
            if let Some(owner) = owner {
                let why = Problem::new(ProblemCode::Forbidden, "", format!("{problem:?}"));
                app.hub.activity.access(Access::SignInRefused, owner, address, Some(why));
            }
            Err(problem)
        }
    };
    begun(&app, signed_in)
}

pub async fn new(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Result<Json<NewPasskey>, JsonRejection>,
) -> Response {
    let user = match by_session(&app, &headers).await {
        Ok(user) => user,
        Err(refusal) => return *refusal,
    };
    let Ok(Json(NewPasskey { password })) = body else { return refused(AccessProblem::BadRequest) };
    let caller = Caller::of(&app, peer, &headers);
    let ceremony = match page(&app, &headers) {
        Ok(at) => app.access.begin_passkey(caller.as_ref(), &user.name, &at, password).await,
        Err(problem) => Err(problem),
    };
    ceremony.map_or_else(refused, |ceremony| Json(ceremony).into_response())
}

pub async fn add(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Result<Json<AddPasskey>, JsonRejection>,
) -> Response {
    let user = match by_session(&app, &headers).await {
        Ok(user) => user,
        Err(refusal) => return *refusal,
    };
    let Ok(Json(answer)) = body else { return refused(AccessProblem::BadRequest) };
    let added = match page(&app, &headers) {
        Ok(at) => app.access.add_passkey(&user.name, &at, answer).await,
        Err(problem) => Err(problem),
    };
    if added.is_ok() {
        app.hub.activity.access(Access::PasskeyAdded, user.name, app.address_of(peer, &headers).to_string(), None);
    }
    added.map_or_else(refused, |()| StatusCode::NO_CONTENT.into_response())
}

/// Whoever has somebody's token must not become them for good.
pub async fn by_session(app: &App, headers: &HeaderMap) -> Result<User, Box<Response>> {
    match signed_in(app, headers).await? {
        (user, Credential::Session(_)) => Ok(user),
        (_, Credential::Token(_)) => Err(Box::new(refused(AccessProblem::SignedOut))),
    }
}

/// The address that the page came from; the guard has checked that it is one of ours.
pub fn page(app: &App, headers: &HeaderMap) -> Result<Url, AccessProblem> {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    Url::parse(&app.allowed.url_of(host)).map_err(|_| AccessProblem::BadRequest)
}
