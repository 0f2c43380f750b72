//! `/images`.

use super::request::{Request, reference, segment};

pub fn list() -> Request {
    Request::get("/images/json")
}

/// By id or by reference.
pub fn inspect(image: &str) -> Request {
    Request::get(format!("/images/{}/json", reference(image)))
}

pub fn pull(repository: &str, tag: &str) -> Request {
    Request::post("/images/create").query("fromImage", repository).query("tag", tag)
}

pub fn remove(image: &str, force: bool) -> Request {
    Request::delete(format!("/images/{}", if image.contains('/') { reference(image) } else { segment(image) })).flag("force", force)
}
