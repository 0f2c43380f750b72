//! Files of containers and volumes, to the browser and from it. They pass through in pieces.

use axum::{
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, Path, Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get, post},
};
use futures_util::StreamExt;
use linkspan_shared::{
    bytes_name::{byte_of, shown},
    file::{FileSource, SHOWN},
    ids::{ContainerId, EngineId, VolumeName},
    user::{AccessProblem, Role},
};
use serde::Deserialize;

use super::{
    App,
    noted::Noted,
    refusal,
    transfer::{Entered, STALLED, attachment, enter, pump, refused},
    ws,
};
use crate::{hub::files::File, policy::Reach, session::concern::of_source};

/// `/containers/{id}` or `/volumes/{name}`.
#[derive(Clone, Copy)]
pub enum Of {
    Container,
    Volume,
}

impl Of {
    fn source(self, name: String) -> FileSource {
        match self {
            Self::Container => FileSource::Container(ContainerId(name)),
            Self::Volume => FileSource::Volume(VolumeName(name)),
        }
    }
}

#[derive(Deserialize)]
pub struct Place {
    path: String,
    /// The default one if it is not said.
    engine: Option<String>,
    /// A file itself, not a tar file with it.
    #[serde(default)]
    plain: bool,
    /// Of the text that another one takes the place of.
    digest: Option<String>,
}

impl Place {
    /// Files are a developer's.
    async fn enter(&self, app: &App, headers: &HeaderMap, call: &str, source: &FileSource) -> Result<Entered, Box<Response>> {
        let note = |reach: &Reach| Noted::file(app, headers, reach, call, (source, &self.path));
        enter(app, headers, self.engine.clone().map(EngineId::new), Role::Developer, &of_source(source), note).await
    }
}

/// What is at `…/archive` of a container or a volume.
pub fn archive(of: Of) -> MethodRouter<App> {
    get(move |state, headers, path, query| download(of, state, headers, path, query))
        .post(move |state, headers, path, query, body| upload(of, state, headers, path, query, body))
        .layer(DefaultBodyLimit::disable())
}

/// What is at `…/file`.
pub fn file(of: Of) -> MethodRouter<App> {
    post(move |state, headers, path, query, body| save(of, state, headers, path, query, body))
        .layer(DefaultBodyLimit::max(usize::try_from(SHOWN).unwrap_or(usize::MAX)))
}

/// `GET /api/containers/{id}/archive?path=PATH`: a tar file of a file or a folder; with `plain=true` the file itself.
async fn download(of: Of, State(app): State<App>, headers: HeaderMap, Path(id): Path<String>, Query(place): Query<Place>) -> Response {
    let source = of.source(id);
    let Entered { engine, user, credential, noted } = match place.enter(&app, &headers, "file.download", &source).await {
        Ok(entered) => entered,
        Err(refusal) => return *refusal,
    };
    let name = shown(place.path.trim_end_matches('/').rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("root"));
    if place.plain {
        let File { size, content, .. } = match noted.end(engine.open_file(&source, &place.path).await) {
            Ok(file) => file,
            Err(problem) => return refused(problem),
        };
        let mut answer =
            (attachment(&name, "application/octet-stream"), Body::from_stream(pump(app, (user, credential), content))).into_response();
        answer.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(size));
        return answer;
    }
    let archive = match noted.end(engine.archive(&source, &whole(&place.path)).await) {
        Ok(archive) => archive,
        Err(problem) => return refused(problem),
    };
    (attachment(&format!("{name}.tar"), "application/x-tar"), Body::from_stream(pump(app, (user, credential), archive))).into_response()
}

/// What to ask for to get all of it: of a folder whose name is no text, Docker before 24 packs nothing, but all that is in it.
fn whole(path: &str) -> String {
    let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    if name.chars().any(|char| byte_of(char).is_some()) { format!("{}/.", path.trim_end_matches('/')) } else { path.to_owned() }
}

/// `POST /api/containers/{id}/archive?path=FOLDER`: unpacks the tar file that is the body.
async fn upload(
    of: Of,
    State(app): State<App>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Query(place): Query<Place>,
    body: Body,
) -> Response {
    let source = of.source(id);
    let Entered { engine, user, credential, noted } = match place.enter(&app, &headers, "file.upload", &source).await {
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
    let unpacked = engine.unpack(&source, &place.path, pieces);
    tokio::select! {
        unpacked = unpacked => match noted.end(unpacked) {
            Ok(()) => StatusCode::NO_CONTENT.into_response(),
            Err(problem) => refused(problem),
        },
        () = ws::until_signed_out(&app, &credential, &user) => refusal(StatusCode::UNAUTHORIZED, AccessProblem::SignedOut),
        () = app.stop.cancelled() => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

/// `POST /api/containers/{id}/file?path=FILE&digest=…`: the body takes the place of the text of this digest, see
/// [`FileText::digest`](linkspan_shared::file::FileText::digest). Answers with its own; 409 when there is another text.
async fn save(
    of: Of,
    State(app): State<App>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Query(place): Query<Place>,
    body: Bytes,
) -> Response {
    let source = of.source(id);
    let Entered { engine, noted, .. } = match place.enter(&app, &headers, "file.save", &source).await {
        Ok(entered) => entered,
        Err(refusal) => return *refusal,
    };
    match noted.end(engine.save_file(&source, &place.path, place.digest.as_deref(), body).await) {
        Ok(digest) => digest.into_response(),
        Err(problem) => refused(problem),
    }
}
