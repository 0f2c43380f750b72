//! WebDriver commands that the client library does not know.

use fantoccini::elements::Element;
use fantoccini::wd::WebDriverCompatibleCommand;
use http::Method;
use serde_json::{Value, json};
use url::{ParseError, Url};

/// A request below the session's address.
#[derive(Debug)]
pub(super) struct Request {
    path: String,
    body: Option<Value>,
}

/// chromedriver's way to the Chrome DevTools Protocol.
pub(super) fn cdp(command: &str, parameters: Value) -> Request {
    Request { path: "goog/cdp/execute".to_owned(), body: Some(json!({ "cmd": command, "params": parameters })) }
}

/// chromedriver's way to what the page wrote to the console since it was asked last.
pub(super) fn console() -> Request {
    Request { path: "se/log".to_owned(), body: Some(json!({ "type": "browser" })) }
}

/// WebDriver's "Get Computed Role" and "Get Computed Label".
pub(super) fn computed(element: &Element, what: &str) -> Request {
    Request { path: format!("element/{}/{what}", element.element_id()), body: None }
}

impl WebDriverCompatibleCommand for Request {
    fn endpoint(&self, base_url: &Url, session_id: Option<&str>) -> Result<Url, ParseError> {
        base_url.join(&format!("session/{}/{}", session_id.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        match &self.body {
            Some(body) => (Method::POST, Some(body.to_string())),
            None => (Method::GET, None),
        }
    }
}
