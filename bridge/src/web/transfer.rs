//! Files: images as tar files from an engine, and what a job waits for from a browser. Nothing is held as a whole.

use axum::{
    Json,
    body::Body,
    extract::{Path, Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::StreamExt;
use linkspan_shared::{
    ids::{EngineId, JobId},
    problem::{Problem, ProblemCode},
    user::AccessProblem,
};

use super::{App, refusal, signed_in};
use crate::access::{Principal, Request, authorise};

/// `GET /api/images/save?image=REF&image=REF&engine=NAME`
pub async fn save(State(app): State<App>, headers: HeaderMap, Query(query): Query<Vec<(String, String)>>) -> Response {
    let Some((user, _)) = signed_in(&app, &headers) else { return refusal(StatusCode::UNAUTHORIZED, AccessProblem::SignedOut) };
    let named = query.iter().find(|(name, _)| name == "engine").map(|(_, value)| EngineId::new(value));
    let Some(id) = named.or_else(|| app.hub.ids().into_iter().next()) else { return StatusCode::NOT_FOUND.into_response() };
    if let Err(problem) = authorise(&Principal { user }, &id, &Request::Download) {
        return refused(problem);
    }
    let Some(engine) = app.hub.engine(&id) else { return refused(Problem::new(ProblemCode::NotFound, id.as_str(), "no such engine")) };
    let images: Vec<String> = query.into_iter().filter(|(name, _)| name == "image").map(|(_, value)| value).collect();
    let archive = match engine.save_images(&images).await {
        Ok(archive) => archive,
        Err(problem) => return refused(problem),
    };
    // An engine that goes away midway breaks the download off: the browser says so, and keeps no half file as a whole one.
    let body = Body::from_stream(archive.map(|chunk| chunk.map_err(std::io::Error::other)));
    let name = HeaderValue::try_from(format!("attachment; filename=\"{}.tar\"", file_name(&images)));
    let name = name.unwrap_or(HeaderValue::from_static("attachment; filename=\"images.tar\""));
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/x-tar")), (header::CONTENT_DISPOSITION, name)], body).into_response()
}

/// `POST /api/jobs/{job}/upload`: the file that a job waits for.
pub async fn upload(State(app): State<App>, headers: HeaderMap, Path(job): Path<String>, body: Body) -> Response {
    let Some((user, _)) = signed_in(&app, &headers) else { return refusal(StatusCode::UNAUTHORIZED, AccessProblem::SignedOut) };
    let job = JobId(job);
    let Some(engine) = app.hub.engine_of(&job) else { return refused(Problem::new(ProblemCode::NotFound, &job.0, "no such job")) };
    let name = user.name.clone();
    let sender = authorise(&Principal { user }, &engine.id, &Request::Upload).and_then(|()| engine.jobs.upload(&job, &name));
    let sender = match sender {
        Ok(sender) => sender,
        Err(problem) => return refused(problem),
    };
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        // Dropping the sender tells the job that the file was cut off.
        let Ok(piece) = piece else { return StatusCode::BAD_REQUEST.into_response() };
        if !sender.send(piece).await {
            return refused(Problem::new(ProblemCode::Conflict, &job.0, "the job has ended"));
        }
    }
    sender.end().await;
    StatusCode::NO_CONTENT.into_response()
}

fn refused(problem: Problem) -> Response {
    let status = match problem.code {
        ProblemCode::NotFound => StatusCode::NOT_FOUND,
        ProblemCode::NotAllowed => StatusCode::FORBIDDEN,
        ProblemCode::Conflict => StatusCode::CONFLICT,
        ProblemCode::EngineUnreachable(_) => StatusCode::BAD_GATEWAY,
        ProblemCode::EngineFailed | ProblemCode::EngineNonsense | ProblemCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
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
