//! `/_ping`, `/version`, `/info`, `/system/df`, `/build/prune`.

use super::request::Request;

pub fn ping() -> Request {
    Request::get("/_ping")
}

pub fn version() -> Request {
    Request::get("/version")
}

pub fn info() -> Request {
    Request::get("/info")
}

/// What takes the space. It costs the engine a walk over all its files.
pub fn df() -> Request {
    Request::get("/system/df").without_timeout()
}

/// One record of the build cache, if nothing uses it.
pub fn remove_build_cache(id: &str) -> Request {
    let filters = serde_json::json!({ "id": [id] });
    Request::post("/build/prune").flag("all", true).query("filters", filters.to_string()).without_timeout()
}
