//! Files: images as tar files from an engine, and what a job waits for from a browser. Nothing is held as a whole.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Json,
    body::Body,
    extract::{Path, Query, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use linkspan_docker::ByteStream;
use linkspan_shared::{
    ids::{EngineId, JobId},
    problem::{Problem, ProblemCode},
    user::{AccessProblem, Role, User},
};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::sync::mpsc;

use super::{App, Credential, noted::Noted, refusal, signed_in, ws};
use crate::{
    hub::EngineHub,
    policy::{Concern, Reach},
};

/// A side that sends or takes nothing for as long has gone.
pub(super) const STALLED: Duration = Duration::from_secs(60);
/// Pieces of a download that wait for the browser. When it is full, the engine waits.
const PIECES: usize = 4;

/// `GET /api/images/save?image=REF&image=REF&engine=NAME`
pub async fn save(State(app): State<App>, headers: HeaderMap, Query(query): Query<Vec<(String, String)>>) -> Response {
    // With all that is in their files.
    let engine = engine_in(&query);
    let images: Vec<String> = query.into_iter().filter(|(name, _)| name == "image").map(|(_, value)| value).collect();
    let note = |reach: &Reach| Noted::images(&app, &headers, reach, &images);
    let Entered { engine, user, credential, noted } = match enter(&app, &headers, engine, Role::Developer, &Concern::Engine, note).await {
        Ok(entered) => entered,
        Err(refusal) => return *refusal,
    };
    let archive = match noted.end(engine.save_images(&images).await) {
        Ok(archive) => archive,
        Err(problem) => return refused(problem),
    };
    let name = format!("{}.tar", file_name(&images));
    (attachment(&name, "application/x-tar"), Body::from_stream(pump(app, (user, credential), archive))).into_response()
}

/// `GET /api/drafts/{draft}?engine=NAME`: what a [`DockerfileDraft`](linkspan_shared::review::DockerfileDraft) is built from.
pub async fn draft(
    State(app): State<App>,
    headers: HeaderMap,
    Path(draft): Path<String>,
    Query(query): Query<Vec<(String, String)>>,
) -> Response {
    let note = |reach: &Reach| Noted::draft(&app, &headers, reach);
    let entered = enter(&app, &headers, engine_in(&query), Role::Developer, &Concern::Own, note).await;
    let Entered { engine, user, credential, noted } = match entered {
        Ok(entered) => entered,
        Err(refusal) => return *refusal,
    };
    let (size, context) = match noted.end(engine.draft_context(&draft)) {
        Ok(context) => context,
        Err(problem) => return refused(problem),
    };
    let body = Body::from_stream(pump(app, (user, credential), context));
    let mut answer = (attachment("context.tar", "application/x-tar"), body).into_response();
    answer.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(size));
    answer
}

/// An engine on behalf of whoever asks, if they may.
pub(super) struct Entered {
    pub engine: Arc<EngineHub>,
    pub user: User,
    pub credential: Credential,
    pub noted: Noted,
}

/// `named`: the default one if it is not said; `note`: what is recorded, also where it is refused.
pub(super) async fn enter(
    app: &App,
    headers: &HeaderMap,
    named: Option<EngineId>,
    role: Role,
    concern: &Concern,
    note: impl FnOnce(&Reach) -> Noted,
) -> Result<Entered, Box<Response>> {
    let (user, credential) = signed_in(app, headers).await?;
    let Some(id) = named.or_else(|| app.hub.ids().into_iter().next()) else { return Err(StatusCode::NOT_FOUND.into_response().into()) };
    let gone = || Problem::new(ProblemCode::NotFound, id.as_str(), "no such engine");
    let reach = app.hub.engine(&id).and_then(|engine| Reach::new(user.clone(), engine)).ok_or_else(|| refused(gone()))?;
    let noted = note(&reach);
    match reach.authorise(role, concern) {
        Ok(()) => Ok(Entered { engine: reach.guarded(), user, credential, noted }),
        Err(problem) => Err(Box::new(refused(noted.fail(problem)))),
    }
}

fn engine_in(query: &[(String, String)]) -> Option<EngineId> {
    query.iter().find(|(name, _)| name == "engine").map(|(_, value)| EngineId::new(value))
}

/// For the browser to keep, never to be shown. A name that is not plain ASCII is percent-encoded, too (RFC 6266, 4.3).
pub(super) fn attachment(name: &str, kind: &'static str) -> [(HeaderName, HeaderValue); 2] {
    // What turns or hides a part of a name makes one kind of file look like another.
    let hides = |c: char| {
        c.is_control() || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let name = &name.replace(hides, "_");
    let plain: String = name.chars().map(|c| if c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '%') { c } else { '_' }).collect();
    let encoded = utf8_percent_encode(name, NON_ALPHANUMERIC);
    let value = HeaderValue::try_from(format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}"));
    let value = value.unwrap_or(HeaderValue::from_static("attachment"));
    [(header::CONTENT_TYPE, HeaderValue::from_static(kind)), (header::CONTENT_DISPOSITION, value)]
}

/// Hands on what the engine sends, as long as somebody takes it and is signed in. Whatever ends it before the engine has
/// said that this was all breaks the download off: the browser says so, and keeps no half file as a whole one.
pub(super) fn pump(app: App, (user, credential): (User, Credential), mut archive: ByteStream) -> Download {
    let (sender, pieces) = mpsc::channel(PIECES);
    let tracker = app.sockets.clone();
    tracker.spawn(async move {
        let pumped = async {
            loop {
                let piece = match archive.next().await {
                    Some(Ok(bytes)) => Piece::Bytes(bytes),
                    Some(Err(error)) => return tracing::info!(%error, "a download was cut off"),
                    None => Piece::End,
                };
                let is_last = matches!(piece, Piece::End);
                if !matches!(tokio::time::timeout(STALLED, sender.send(piece)).await, Ok(Ok(()))) || is_last {
                    return;
                }
            }
        };
        tokio::select! {
            () = pumped => {}
            () = ws::until_signed_out(&app, &credential, &user) => {}
            () = app.stop.cancelled() => {}
        }
    });
    Download { pieces, ended: false }
}

enum Piece {
    Bytes(Bytes),
    /// The engine has sent all of it.
    End,
}

/// A body that ends well after [`Piece::End`] alone: a sender that merely goes away, for whatever reason and however full
/// the channel is, resets the connection.
pub(super) struct Download {
    pieces: mpsc::Receiver<Piece>,
    ended: bool,
}

impl Stream for Download {
    type Item = std::io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.ended {
            return Poll::Ready(None);
        }
        self.pieces.poll_recv(context).map(|piece| match piece {
            Some(Piece::Bytes(bytes)) => Some(Ok(bytes)),
            Some(Piece::End) => {
                self.ended = true;
                None
            }
            None => {
                self.ended = true;
                Some(Err(std::io::Error::other("the download was cut off")))
            }
        })
    }
}

/// `POST /api/jobs/{job}/upload`: the file that a job waits for.
pub async fn upload(State(app): State<App>, headers: HeaderMap, Path(job): Path<String>, body: Body) -> Response {
    let (user, credential) = match signed_in(&app, &headers).await {
        Ok(session) => session,
        Err(refusal) => return *refusal,
    };
    let job = JobId(job);
    let Some(engine) = app.hub.engine_of(&job) else { return refused(Problem::new(ProblemCode::NotFound, &job.0, "no such job")) };
    let name = user.name.clone();
    let gone = || Problem::new(ProblemCode::NotFound, &job.0, "no such job");
    let reach = Reach::new(user.clone(), engine.clone()).ok_or_else(gone);
    let allowed = reach.and_then(|reach| reach.authorise(Role::Developer, &Concern::Job(job.clone())));
    let sender = allowed.and_then(|()| engine.jobs.upload(&job, &name));
    let sender = match sender {
        Ok(sender) => sender,
        Err(problem) => return refused(problem),
    };
    let mut pieces = body.into_data_stream();
    let ended = || refused(Problem::new(ProblemCode::Conflict, &job.0, "the job has ended"));
    let receive = async {
        // Dropping the sender tells the job that the file was cut off.
        loop {
            let piece = tokio::select! {
                piece = tokio::time::timeout(STALLED, pieces.next()) => piece,
                () = sender.closed() => return ended(),
            };
            match piece {
                Ok(Some(Ok(piece))) => {
                    if !sender.send(piece).await {
                        return ended();
                    }
                }
                Ok(Some(Err(_))) => return StatusCode::BAD_REQUEST.into_response(),
                Ok(None) => {
                    sender.end().await;
                    return StatusCode::NO_CONTENT.into_response();
                }
                Err(_) => return StatusCode::REQUEST_TIMEOUT.into_response(),
            }
        }
    };
    tokio::select! {
        answer = receive => answer,
        () = ws::until_signed_out(&app, &credential, &user) => refusal(StatusCode::UNAUTHORIZED, AccessProblem::SignedOut),
        () = app.stop.cancelled() => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

pub(super) fn refused(problem: Problem) -> Response {
    let status = match problem.code {
        ProblemCode::NotFound => StatusCode::NOT_FOUND,
        ProblemCode::NotAllowed(_) => StatusCode::FORBIDDEN,
        ProblemCode::Conflict => StatusCode::CONFLICT,
        ProblemCode::EngineUnreachable(_) => StatusCode::BAD_GATEWAY,
        ProblemCode::EngineFailed | ProblemCode::MalformedAnswer | ProblemCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    };
    (status, Json(problem)).into_response()
}

/// `registry.lan/team/api:2.1` becomes `registry.lan_team_api_2.1`.
fn file_name(images: &[String]) -> String {
    let first = images.first().map(String::as_str).unwrap_or_default();
    let first = first.strip_prefix("sha256:").map_or(first, |id| id.get(..12).unwrap_or(id));
    let name: String = first.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' }).collect();
    match images.len() {
        0 | 1 => name,
        more => format!("{name}_and_{}_more", more - 1),
    }
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn files_are_named_after_their_image() {
        assert_eq!(file_name(&["registry.lan/team/api:2.1".into()]), "registry.lan_team_api_2.1");
        assert_eq!(file_name(&["sha256:0123456789abcdef".into(), "b".into()]), "0123456789ab_and_1_more");
    }
}
