//! Where on its host Linkspan is.

use leptos::prelude::document;

/// The path that a proxy serves Linkspan under, without a slash at its end: before every path of its own.
pub fn path() -> &'static str {
    BASE.with(|base| *base)
}

/// Of a path that the browser itself goes to.
pub fn href(path: &str) -> String {
    format!("{}{path}", self::path())
}

thread_local! {
    static BASE: &'static str = {
        let said = document().document_element().and_then(|page| page.get_attribute("data-base"));
        // In a test nobody has put it there.
        said.filter(|base| !base.contains('{')).unwrap_or_default().leak()
    };
}
