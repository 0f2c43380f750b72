//! `POST /api/client-errors`: what failed in somebody's browser, into the bridge's log. Nobody watches consoles.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use axum::{
    Json,
    extract::{State, rejection::JsonRejection},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use linkspan_shared::user::AccessProblem;
use parking_lot::Mutex;
use serde::Deserialize;

use super::{App, refusal, signed_in};

/// Reports of all browsers together that are written in [`PERIOD`]; more say nothing new and would fill the log.
const REPORTS: usize = 6;
const PERIOD: Duration = Duration::from_secs(60);
/// Bytes of each text that are written.
const LONGEST: usize = 4 << 10;

/// When the newest reports were written.
#[derive(Default)]
pub struct Reports(Mutex<VecDeque<Instant>>);

impl Reports {
    fn is_due(&self, now: Instant) -> bool {
        let mut written = self.0.lock();
        while written.front().is_some_and(|first| now.duration_since(*first) >= PERIOD) {
            written.pop_front();
        }
        let is_due = written.len() < REPORTS;
        if is_due {
            written.push_back(now);
        }
        is_due
    }
}

#[derive(Deserialize)]
pub struct ClientError {
    /// Which build of the page it was.
    build: String,
    /// Its path.
    page: String,
    message: String,
}

/// Only of whoever is signed in: the log is not for strangers to write into.
pub async fn report(State(app): State<App>, headers: HeaderMap, body: Result<Json<ClientError>, JsonRejection>) -> Response {
    let user = match signed_in(&app, &headers).await {
        Ok((user, _)) => user,
        Err(refusal) => return *refusal,
    };
    let Ok(Json(error)) = body else { return refusal(StatusCode::BAD_REQUEST, AccessProblem::BadRequest) };
    if !app.client_errors.is_due(Instant::now()) {
        return refusal(StatusCode::TOO_MANY_REQUESTS, AccessProblem::TooManyAttempts { retry_after_seconds: PERIOD.as_secs() });
    }
    let cut = |text: &str| text.get(..text.floor_char_boundary(LONGEST)).unwrap_or_default().to_owned();
    // `?` writes control characters as escapes: one report is one line.
    tracing::error!(user = %user.name, build = ?cut(&error.build), page = ?cut(&error.page), message = ?cut(&error.message), "a page failed");
    StatusCode::NO_CONTENT.into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_a_minute_are_written() {
        let (reports, begin) = (Reports::default(), Instant::now());
        let written = (0..100).filter(|second| reports.is_due(begin + Duration::from_secs(*second))).count();
        assert_eq!(written, 2 * REPORTS);
    }
}
