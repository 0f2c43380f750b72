//! `/networks`.

use super::request::Request;

pub fn list() -> Request {
    Request::get("/networks")
}
