//! `/volumes`.

use super::request::{Request, segment};

/// Refused by the engine while a container has it.
pub fn remove(name: &str) -> Request {
    Request::delete(format!("/volumes/{}", segment(name))).patient()
}
