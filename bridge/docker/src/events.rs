//! `/events`.

use super::{operation::Operation, request::Request};

/// Only what changes something that is shown. What an exec or `top` does is left to the engine.
const ACTIONS: &[&str] = &[
    "create",
    "start",
    "kill",
    "die",
    // Podman filters by its own words for `die` and `destroy`.
    "died",
    "pause",
    "unpause",
    "rename",
    "destroy",
    "remove",
    "health_status",
    "oom",
    "update",
    "restart",
    "stop",
    "commit",
    "pull",
    "tag",
    "untag",
    "delete",
    "load",
    "import",
    "loadfromarchive",
    // Of volumes and networks.
    "create",
    "connect",
    "disconnect",
];

/// All events of containers, images, volumes and networks from now on that may change a row.
pub fn subscribe() -> Request {
    let filters = serde_json::json!({ "type": ["container", "image", "volume", "network"], "event": ACTIONS });
    Request::new(Operation::SystemEvents, "").query("filters", filters.to_string())
}
