//! Files of containers, to the browser and from it. They pass through in pieces.

use std::{io::Read, sync::Arc};

use axum::{
    body::Body,
    extract::{Path, Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::StreamExt;
use linkspan_shared::{
    bytes_name::{shown, to_text},
    ids::{ContainerId, EngineId},
    problem::{Problem, ProblemCode},
    user::AccessProblem,
};
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio_util::{
    io::{StreamReader, SyncIoBridge},
    sync::CancellationToken,
};

use super::{
    App, refusal, signed_in,
    transfer::{STALLED, attachment, pump, refused},
    ws,
};
use crate::{
    access::{Principal, Request, authorise},
    docker::{ByteStream, EngineError},
    hub::{
        EngineHub,
        files::{LINKS, joined},
    },
};

/// Bytes of a file that are handed on at once.
const PIECE: usize = 64 << 10;

#[derive(Deserialize)]
pub struct Place {
    path: String,
    /// The default one if it is not said.
    engine: Option<String>,
    /// A file itself, not a tar file with it.
    #[serde(default)]
    plain: bool,
}

/// Who asks, for which engine, if that is allowed.
fn enter(app: &App, headers: &HeaderMap, place: &Place, request: &Request<'_>) -> Result<(Arc<EngineHub>, String), Box<Response>> {
    let (user, token) = signed_in(app, headers)?;
    let named = place.engine.clone().map(EngineId::new);
    let Some(id) = named.or_else(|| app.hub.ids().into_iter().next()) else { return Err(StatusCode::NOT_FOUND.into_response().into()) };
    authorise(&Principal { user }, &id, request).map_err(|problem| Box::new(refused(problem)))?;
    let engine =
        app.hub.engine(&id).ok_or_else(|| Box::new(refused(Problem::new(ProblemCode::NotFound, id.as_str(), "no such engine"))))?;
    Ok((engine, token))
}

/// `GET /api/containers/{id}/archive?path=PATH`: a tar file of a file or a folder; with `plain=true` the file itself.
pub async fn download(State(app): State<App>, headers: HeaderMap, Path(id): Path<String>, Query(place): Query<Place>) -> Response {
    let (engine, token) = match enter(&app, &headers, &place, &Request::Download) {
        Ok(entered) => entered,
        Err(refusal) => return *refusal,
    };
    let id = ContainerId(id);
    let name = shown(place.path.trim_end_matches('/').rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("root"));
    let mut path = place.path;
    if place.plain {
        for _ in 0..LINKS {
            let archive = match engine.archive(&id, &path).await {
                Ok(archive) => archive,
                Err(problem) => return refused(problem),
            };
            match first_file(guarded(archive, app.stop.clone())).await {
                Some(First::File(size, content)) => {
                    let mut answer =
                        (attachment(&name, "application/octet-stream"), Body::from_stream(pump(app, token, content))).into_response();
                    answer.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(size));
                    return answer;
                }
                Some(First::Link(target)) => path = joined(&path, &target),
                None => return refused(Problem::new(ProblemCode::Invalid, path, "it is no regular file")),
            }
        }
        return refused(Problem::new(ProblemCode::Invalid, path, "too many links lead on"));
    }
    let archive = match engine.archive(&id, &path).await {
        Ok(archive) => archive,
        Err(problem) => return refused(problem),
    };
    (attachment(&format!("{name}.tar"), "application/x-tar"), Body::from_stream(pump(app, token, archive))).into_response()
}

/// Ends when Linkspan does, or when the engine says nothing for too long: whoever reads it on a thread of its own must not
/// wait for ever.
fn guarded(archive: ByteStream, stop: CancellationToken) -> ByteStream {
    Box::pin(futures_util::stream::unfold(Some(archive), move |archive| {
        let stop = stop.clone();
        async move {
            let mut archive = archive?;
            tokio::select! {
                next = tokio::time::timeout(STALLED, archive.next()) => match next {
                    Ok(Some(piece)) => Some((piece, Some(archive))),
                    Ok(None) => None,
                    Err(_) => Some((Err(EngineError::lost("the engine stopped in the middle of it")), None)),
                },
                () = stop.cancelled() => Some((Err(EngineError::lost("Linkspan ends")), None)),
            }
        }
    }))
}

enum First {
    File(u64, ByteStream),
    Link(String),
}

/// The first file in a tar file, as it comes; `None`: it is something else.
async fn first_file(archive: ByteStream) -> Option<First> {
    let (heads, head) = tokio::sync::oneshot::channel();
    let (sender, receiver) = mpsc::channel::<Result<Bytes, EngineError>>(2);
    let reader = SyncIoBridge::new(StreamReader::new(Box::pin(archive.map(|chunk| chunk.map_err(std::io::Error::other)))));
    tokio::task::spawn_blocking(move || {
        let mut archive = tar::Archive::new(reader);
        let Some(Ok(mut entry)) = archive.entries().ok().and_then(|mut entries| entries.next()) else { return };
        let kind = entry.header().entry_type();
        if kind.is_symlink() {
            let target = entry.link_name_bytes().map(|target| to_text(&target));
            let _ = heads.send(Err(target.unwrap_or_default()));
            return;
        }
        if !kind.is_file() || heads.send(Ok(entry.size())).is_err() {
            return;
        }
        loop {
            let mut piece = vec![0; PIECE];
            let read = entry.read(&mut piece).map_err(|error| EngineError::lost(&error.to_string()));
            let is_over = !matches!(read, Ok(1..));
            let read = read.map(|length| {
                piece.truncate(length);
                Bytes::from(piece)
            });
            if sender.blocking_send(read).is_err() || is_over {
                return;
            }
        }
    });
    Some(match head.await.ok()? {
        // An empty piece says that the file is complete; a thread that ends without one has failed.
        Ok(size) => First::File(
            size,
            Box::pin(futures_util::stream::unfold(Some(receiver), |receiver| async {
                let mut receiver = receiver?;
                match receiver.recv().await {
                    Some(Ok(bytes)) if bytes.is_empty() => None,
                    Some(Ok(bytes)) => Some((Ok(bytes), Some(receiver))),
                    Some(Err(error)) => Some((Err(error), None)),
                    None => Some((Err(EngineError::lost("the file was not read to its end")), None)),
                }
            })),
        ),
        Err(target) => First::Link(target),
    })
}

/// `POST /api/containers/{id}/archive?path=FOLDER`: unpacks the tar file that is the body.
pub async fn upload(
    State(app): State<App>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Query(place): Query<Place>,
    body: Body,
) -> Response {
    let (engine, token) = match enter(&app, &headers, &place, &Request::Upload) {
        Ok(entered) => entered,
        Err(refusal) => return *refusal,
    };
    // A browser that stops in the middle breaks the engine's request off.
    let pieces = body.into_data_stream();
    let pieces = futures_util::stream::unfold(Some(pieces), |pieces| async {
        let mut pieces = pieces?;
        match tokio::time::timeout(STALLED, pieces.next()).await {
            Ok(Some(Ok(piece))) => Some((Ok(piece), Some(pieces))),
            Ok(Some(Err(error))) => Some((Err(std::io::Error::other(error)), None)),
            Ok(None) => None,
            Err(_) => Some((Err(std::io::Error::from(std::io::ErrorKind::TimedOut)), None)),
        }
    });
    let container = ContainerId(id);
    let unpacked = engine.unpack(&container, &place.path, pieces);
    tokio::select! {
        unpacked = unpacked => match unpacked {
            Ok(()) => StatusCode::NO_CONTENT.into_response(),
            Err(problem) => refused(problem),
        },
        () = ws::until_signed_out(&app, &token) => refusal(StatusCode::UNAUTHORIZED, AccessProblem::SignedOut),
        () = app.stop.cancelled() => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}
