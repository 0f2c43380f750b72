//! `/_ping`, `/version`, `/info`, `/system/df`, `/build/prune`.

use super::{operation::Operation, request::Request};

pub fn ping() -> Request {
    Request::new(Operation::SystemPing, "")
}

pub fn version() -> Request {
    Request::new(Operation::SystemVersion, "")
}

pub fn info() -> Request {
    Request::new(Operation::SystemInfo, "")
}

/// What takes the space. It costs the engine a walk over all its files.
pub fn df() -> Request {
    Request::new(Operation::SystemDataUsage, "").without_timeout()
}

/// One record of the build cache, if nothing uses it.
pub fn remove_build_cache(id: &str) -> Request {
    let filters = serde_json::json!({ "id": [id] });
    Request::new(Operation::BuildPrune, "").flag("all", true).query("filters", filters.to_string()).without_timeout()
}
