use serde::Deserialize;

use super::null_as_default;

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
    #[serde(default)]
    pub running: bool,
    pub exit_code: Option<i64>,
}

/// `GET /containers/{id}/top`
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Top {
    #[serde(deserialize_with = "null_as_default")]
    pub titles: Vec<String>,
    #[serde(deserialize_with = "null_as_default")]
    pub processes: Vec<Vec<String>>,
}
