//! `GET /api/activity`: the record of what was done, a line of JSON each, for administrators.

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use linkspan_shared::{
    problem::{Problem, ProblemCode},
    user::Role,
};
use tokio::sync::mpsc;

use super::{
    App, signed_in,
    transfer::{attachment, refused},
};
use crate::activity::each_line;

/// Bytes that are sent at once.
const PIECE: usize = 64 << 10;
/// Pieces that wait for the browser; the reading waits with them.
const PIECES: usize = 4;

pub async fn export(State(app): State<App>, headers: HeaderMap) -> Response {
    let user = match signed_in(&app, &headers).await {
        Ok((user, _)) => user,
        Err(refusal) => return *refusal,
    };
    if user.role_everywhere() != Some(Role::Administrator) {
        return refused(Problem::new(ProblemCode::NotAllowed(Role::Administrator), "activity", ""));
    }
    app.hub.activity.written().await;
    let (sender, pieces) = mpsc::channel::<std::io::Result<Bytes>>(PIECES);
    let database = app.fleet.database.clone();
    app.sockets.spawn_blocking(move || {
        let gone = || std::io::Error::other("the browser has gone");
        let mut piece = Vec::with_capacity(PIECE);
        let read = each_line(&database, |line| {
            piece.extend_from_slice(line.as_bytes());
            piece.push(b'\n');
            if piece.len() < PIECE {
                return Ok(());
            }
            sender.blocking_send(Ok(std::mem::take(&mut piece).into())).map_err(|_| gone())
        });
        let last = match read {
            Ok(()) => Ok(piece.into()),
            Err(error) => Err(std::io::Error::other(error.to_string())),
        };
        let _ = sender.blocking_send(last);
    });
    let stream = futures_util::stream::unfold(pieces, |mut pieces| async move { Some((pieces.recv().await?, pieces)) });
    let day = jiff::Timestamp::now().strftime("%Y-%m-%d");
    (StatusCode::OK, attachment(&format!("linkspan-activity-{day}.jsonl"), "application/jsonl"), Body::from_stream(stream)).into_response()
}
