//! One request to the engine as a value, complete before it is sent.

use hyper::{
    Method,
    header::{HeaderName, HeaderValue},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode, utf8_percent_encode};
use serde::Serialize;
use serde_json::Value;

use crate::api::Api;

#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    pub method: Method,
    /// Begins with a slash; percent-encoded; without the version.
    pub path: String,
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
/// An image's reference spans segments: its slashes and the `@` of a digest stay as they are.
const REFERENCE: &AsciiSet = &SEGMENT.remove(b'/').remove(b'@');

impl Request {
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), query: Vec::new(), body: None, header: None, no_timeout: false }
    }

    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    pub fn post(path: impl Into<String>) -> Self {
        Self::new(Method::POST, path)
    }

    pub fn delete(path: impl Into<String>) -> Self {
        Self::new(Method::DELETE, path)
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

    /// The request target, for instance `/v1.41/containers/json?all=1`.
    pub fn target(&self, api: Option<Api>) -> String {
        let mut target = api.map_or(String::new(), |(major, minor)| format!("/v{major}.{minor}"));
        target.push_str(&self.path);
        for (index, (name, value)) in self.query.iter().enumerate() {
            target.push(if index == 0 { '?' } else { '&' });
            target.push_str(name);
            target.push('=');
            target.extend(percent_encode(value, SEGMENT));
        }
        target
    }
}

/// One path segment out of what somebody typed.
pub fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

/// An image's reference as a path.
pub fn reference(text: &str) -> String {
    utf8_percent_encode(text, REFERENCE).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_encoded() {
        let request = Request::get(format!("/containers/{}/json", segment("a/b c"))).query("filters", "{\"a\":[\"b&c\"]}");
        assert_eq!(request.target(Some((1, 41))), "/v1.41/containers/a%2Fb%20c/json?filters=%7B%22a%22:%5B%22b%26c%22%5D%7D");
        assert_eq!(reference("localhost:5000/a/b@sha256:cd"), "localhost:5000/a/b@sha256:cd");
    }
}
