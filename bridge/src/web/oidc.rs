//! `GET /api/oidc/begin` and `GET /api/oidc/callback`: to the provider, and back.

use std::{net::SocketAddr, time::Duration};

use axum::{
    extract::{ConnectInfo, Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{AppendHeaders, IntoResponse, Response},
};
use linkspan_shared::{
    activity::Access,
    ids::UserName,
    problem::{Problem, ProblemCode},
    user::{AccessProblem, SsoProblem, is_own_path},
};
use serde::Deserialize;

use super::{App, OIDC_CALLBACK, assets::escaped, cookies, session_of, sign_in};
use crate::access::oidc::{Arrived, Oidc, OidcError, UNDER_WAY};

/// Characters of a path to go to afterwards: it goes into a cookie, and all headers of an answer together have to fit a proxy's buffer.
const NEXT: usize = 512;
/// Characters of what a provider says that go into the log.
const SAID: usize = 300;
/// Bytes of an ID token that is kept: it becomes a part of an address.
const ID_TOKEN: usize = 6 << 10;
/// Nobody who signs out waits longer for a provider that does not answer.
const PATIENCE: Duration = Duration::from_secs(3);

#[derive(Deserialize)]
pub struct Begin {
    #[serde(default)]
    next: String,
}

pub async fn begin(State(app): State<App>, headers: HeaderMap, Query(Begin { next }): Query<Begin>) -> Response {
    let Some(oidc) = &app.oidc else { return StatusCode::NOT_FOUND.into_response() };
    let next = if next.len() <= NEXT && is_own_path(&next) { next } else { format!("{}/", app.base) };
    let begun = match oidc.begin(&callback_address(&app, &headers), next).await {
        Ok((url, way)) => HeaderValue::try_from(url).ok().zip(Some(oidc.seal(&way))),
        Err(error) => {
            tracing::warn!(%error, "nobody can be sent to the provider");
            None
        }
    };
    let Some((url, way)) = begun else { return back_to_login(&app, SsoProblem::Unavailable, Vec::new()) };
    let cookie = way_cookie(&app, &way, UNDER_WAY);
    (StatusCode::SEE_OTHER, [(header::SET_COOKIE, cookie)], [(header::LOCATION, url)]).into_response()
}

#[derive(Deserialize)]
pub struct Callback {
    #[serde(default)]
    state: String,
    code: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

pub async fn callback(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Query(Callback { state, code, error, error_description }): Query<Callback>,
) -> Response {
    let Some(oidc) = &app.oidc else { return StatusCode::NOT_FOUND.into_response() };
    let forgotten = way_cookie(&app, "", 0);
    // Whoever was led here by somebody else has not begun it in this browser.
    let mut kept = cookies(&headers, way_name(&app)).filter_map(|kept| oidc.open(kept));
    let Some(way) = kept.find(|way| !state.is_empty() && way.state == state) else {
        // Another tab has been here before, perhaps.
        return match session_of(&app, &headers).await {
            Ok(Some(_)) => lead(&format!("{}/", app.base), Vec::new()),
            _ => back_to_login(&app, SsoProblem::Late, vec![forgotten]),
        };
    };
    // Checked before it was sealed.
    let next = way.next.clone();
    let caller = sign_in::Caller::of(&app, peer, &headers);
    // Each asks the provider: nobody has it asked without end.
    if app.access.external_begins(caller.as_ref()).is_err() {
        return back_to_login(&app, SsoProblem::TooMany, vec![forgotten]);
    }
    let arrived = match code {
        Some(code) => oidc.arrive(way, code, &callback_address(&app, &headers)).await,
        None => Err(OidcError::Refused([error, error_description].into_iter().flatten().collect::<Vec<_>>().join(": "))),
    };
    match arrived {
        Ok(arrived) => signed_in(&app, oidc, &caller, arrived, &next, forgotten).await,
        Err(error) => {
            tracing::warn!(
                error = error.to_string().chars().take(SAID).collect::<String>().escape_debug().to_string(),
                "whom the provider has sent is not let in"
            );
            let why = match error {
                OidcError::Provider(_) => {
                    // A provider that is away is nobody's guess.
                    app.access.external_arrived(caller.as_ref());
                    SsoProblem::Unavailable
                }
                OidcError::Refused(_) => SsoProblem::Refused,
                OidcError::Token(_) => SsoProblem::NotBelieved,
            };
            back_to_login(&app, why, vec![forgotten])
        }
    }
}

async fn signed_in(app: &App, oidc: &Oidc, caller: &sign_in::Caller, arrived: Arrived, next: &str, forgotten: String) -> Response {
    let Arrived { subject, external, id_token } = arrived;
    app.access.external_arrived(caller.as_ref());
    let (name, address) = (external.name.clone(), caller.address.to_string());
    match app.access.sign_in_external(caller.as_ref(), oidc.issuer(), &subject, external).await {
        Ok(begun) => {
            app.hub.activity.access(Access::SignedIn, begun.user.name.clone(), address, None);
            if id_token.len() <= ID_TOKEN && app.access.keep_id_token(&begun.token, id_token).await.is_err() {
                tracing::warn!("whoever signs out here will stay signed in at the provider");
            }
            let [session, device] = sign_in::cookies_of(app, &begun);
            lead(next, vec![session, device, forgotten])
        }
        Err(problem) => {
            tracing::info!(subject, name, ?problem, "whom the provider has signed in is not let in");
            let why = match problem {
                AccessProblem::NoRole => SsoProblem::NoRole,
                AccessProblem::UserNameTaken => SsoProblem::NameTaken,
                AccessProblem::UserNameInvalid => SsoProblem::NameInvalid,
                AccessProblem::WrongCredentials => SsoProblem::Disabled,
                _ => SsoProblem::Failed,
            };
            // Of somebody who is known here: a provider may be open to everybody, under any name.
            if why == SsoProblem::Disabled {
                let said = Problem::new(ProblemCode::Forbidden, "", format!("{why:?}"));
                app.hub.activity.access(Access::SignInRefused, UserName::new(name), address, Some(said));
            }
            back_to_login(app, why, vec![forgotten])
        }
    }
}

/// Where somebody whom the provider has signed in goes to be signed out there, too.
pub async fn end_session(app: &App, headers: &HeaderMap, id_token: Option<String>) -> Option<String> {
    let (oidc, id_token) = (app.oidc.as_ref()?, id_token?);
    let back_to = format!("{}/login", address(app, headers));
    tokio::time::timeout(PATIENCE, oidc.end_session(&id_token, &back_to)).await.ok().flatten()
}

/// Where people have this Linkspan open, as the request says it; the guard has checked that.
fn address(app: &App, headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    format!("{}{}", app.allowed.url_of(host), app.base)
}

fn callback_address(app: &App, headers: &HeaderMap) -> String {
    format!("{}{OIDC_CALLBACK}", address(app, headers))
}

/// The sign-in page says why.
fn back_to_login(app: &App, why: SsoProblem, cookies: Vec<String>) -> Response {
    lead(&format!("{}/login?sso={}", app.base, why.as_str()), cookies)
}

/// By a page of our own: cookies that are `SameSite=Strict` are not sent with a request that another site has led to.
fn lead(to: &str, cookies: Vec<String>) -> Response {
    let to = escaped(to);
    let page = format!(
        "<!doctype html><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" content=\"0;url={to}\"><title>Linkspan</title><a href=\"{to}\">Linkspan</a>"
    );
    let cookies = AppendHeaders(cookies.into_iter().map(|cookie| (header::SET_COOKIE, cookie)));
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], cookies, page).into_response()
}

fn way_name(app: &App) -> String {
    format!("{}_sso", sign_in::cookie_name(app))
}

/// Sent along when the provider leads back here, as `Lax` ones are.
fn way_cookie(app: &App, way: &str, seconds: i64) -> String {
    sign_in::cookie(app, &way_name(app), way, seconds).replace("SameSite=Strict", "SameSite=Lax")
}
