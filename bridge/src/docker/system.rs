//! `/_ping`, `/version`, `/info`.

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
