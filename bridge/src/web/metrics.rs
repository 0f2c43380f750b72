//! `/metrics`: what this bridge is busy with, in Prometheus' text format (version 0.0.4), for whoever is signed in.

use std::fmt::Write;

use axum::{
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use linkspan_shared::engine::EngineLink;

use super::{App, signed_in};

pub async fn metrics(State(app): State<App>, headers: HeaderMap) -> Response {
    let user = match signed_in(&app, &headers).await {
        Ok((user, _)) => user,
        Err(refusal) => return *refusal,
    };
    let mut text = String::new();
    let mut gauge = |name: &str, help: &str, values: &[(String, usize)]| {
        let _ = writeln!(text, "# HELP linkspan_{name} {help}\n# TYPE linkspan_{name} gauge");
        for (labels, value) in values {
            let _ = writeln!(text, "linkspan_{name}{labels} {value}");
        }
    };
    let plain = |value| [(String::new(), value)];
    gauge("tasks", "Tasks that are alive in the bridge.", &plain(tokio::runtime::Handle::current().metrics().num_alive_tasks()));
    gauge("websockets", "Browser tabs that are connected.", &plain(app.sockets.len()));
    let engines = app.hub.engines.read(|rows| {
        // A name has no character that would have to be escaped.
        let row =
            |row: &linkspan_shared::engine::Engine| (format!("{{engine=\"{}\"}}", row.id), usize::from(row.link == EngineLink::Connected));
        rows.rows().filter(|row| user.role_at_most(&row.id).is_some()).map(row).collect::<Vec<_>>()
    });
    gauge("engine_connected", "Whether the tables of an engine are exact.", &engines);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}
