//! Processes that were started in a container.

use serde::Deserialize;

use super::{lenient, list, text};

/// `POST /containers/{id}/exec`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ExecCreated {
    pub id: String,
}

/// `GET /exec/{id}/json`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ExecInspect {
    #[serde(default, deserialize_with = "lenient")]
    pub running: bool,
    #[serde(default, deserialize_with = "lenient")]
    pub exit_code: Option<i64>,
}

/// `GET /containers/{id}/top`
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Top {
    #[serde(default, deserialize_with = "list")]
    pub titles: Vec<String>,
    #[serde(default, deserialize_with = "list")]
    pub processes: Vec<Vec<Cell>>,
}

#[derive(Debug, Default, Deserialize)]
pub struct Cell(#[serde(deserialize_with = "text")] pub String);
