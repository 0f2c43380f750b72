//! One request to the engine as a value, complete before it is sent.

use hyper::header::{HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode, utf8_percent_encode};
use serde::Serialize;
use serde_json::Value;

use crate::{api::Api, operation::Operation};

#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    pub operation: Operation,
    /// The ID, name or reference of what it is about; empty where it is about all, or about what comes to be.
    pub object: String,
    /// Bytes, as paths are.
    pub query: Vec<(&'static str, Vec<u8>)>,
    pub body: Option<Value>,
    /// Registry credentials; never shown by `Debug`.
    pub header: Option<(HeaderName, HeaderValue)>,
    /// Answered when something has been done that takes as long as it takes: a stop with its own timeout, a commit.
    pub no_timeout: bool,
}

/// RFC 3986 "unreserved" and the colon, which stands in ids.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b':');
/// An image's reference spans segments: its slashes and the `@` of a digest stay as they are, and the engine's router takes them so.
const REFERENCE: &AsciiSet = &SEGMENT.remove(b'/').remove(b'@');

impl Request {
    pub fn new(operation: Operation, object: impl Into<String>) -> Self {
        Self { operation, object: object.into(), query: Vec::new(), body: None, header: None, no_timeout: false }
    }

    pub fn query(mut self, name: &'static str, value: impl Into<Vec<u8>>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    pub fn flag(self, name: &'static str, value: bool) -> Self {
        self.query(name, if value { "1" } else { "0" })
    }

    pub fn json(mut self, body: impl Serialize) -> Self {
        self.body = serde_json::to_value(body).ok();
        self
    }

    pub fn header(mut self, header: (HeaderName, HeaderValue)) -> Self {
        self.header = Some(header);
        self
    }

    pub fn without_timeout(self) -> Self {
        Self { no_timeout: true, ..self }
    }

    /// Without the version, for instance `/containers/web/json`.
    pub fn path(&self) -> String {
        let encoding = if self.operation.is_of_reference() { REFERENCE } else { SEGMENT };
        self.operation.path().replace("{}", &utf8_percent_encode(&self.object, encoding).to_string())
    }

    /// The request target, for instance `/v1.41/containers/json?all=1`.
    pub fn target(&self, api: Option<Api>) -> String {
        let mut target = api.map_or(String::new(), |(major, minor)| format!("/v{major}.{minor}"));
        target.push_str(&self.path());
        for (index, (name, value)) in self.query.iter().enumerate() {
            target.push(if index == 0 { '?' } else { '&' });
            target.push_str(name);
            target.push('=');
            target.extend(percent_encode(value, SEGMENT));
        }
        target
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_encoded() {
        let request = Request::new(Operation::ContainerInspect, "a/b c").query("filters", "{\"a\":[\"b&c\"]}");
        assert_eq!(request.target(Some((1, 41))), "/v1.41/containers/a%2Fb%20c/json?filters=%7B%22a%22:%5B%22b%26c%22%5D%7D");
        let image = Request::new(Operation::ImageInspect, "localhost:5000/a/b c@sha256:cd");
        assert_eq!(image.target(None), "/images/localhost:5000/a/b%20c@sha256:cd/json");
    }
}
