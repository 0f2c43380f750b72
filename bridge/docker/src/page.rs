//! Pages for people that stand where an engine's words should.

use hyper::StatusCode;

/// Of a page for people no more than its status: what web servers have as a title, such as `502 Bad Gateway`.
pub fn words_of(body: &str, status: StatusCode) -> String {
    let body = body.trim_start_matches('\u{feff}').trim();
    if page_in(body).is_none() {
        return body.to_owned();
    }
    let title = body.split_once("<title>").and_then(|(_, rest)| Some(rest.split_once("</title>")?.0.trim()));
    title.filter(|title| title.starts_with(status.as_str())).map_or_else(|| status.to_string(), str::to_owned)
}

/// Engines quote what a registry or a proxy answered, also when that is a page.
pub fn without_page(message: &str) -> String {
    match page_in(message) {
        Some(at) => format!("{}…", message.get(..at).unwrap_or_default().trim_end_matches(['"', '\'', ' ', '\\'])),
        None => message.to_owned(),
    }
}

/// Where a page begins in a text.
fn page_in(text: &str) -> Option<usize> {
    let lower = text.to_ascii_lowercase();
    ["<!doctype", "<html", "<head", "<body", "<?xml"].iter().filter_map(|begin| lower.find(begin)).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_pages_only_the_status_is_told() {
        let page = |title: &str| format!("\u{feff}<!DOCTYPE html>\n<html><head><title>{title}</title></head><body>buy this</body></html>");
        assert_eq!(words_of(&page("502 Bad Gateway"), StatusCode::BAD_GATEWAY), "502 Bad Gateway");
        assert_eq!(words_of(&page("Sign in to Example"), StatusCode::FORBIDDEN), "403 Forbidden");
        assert_eq!(words_of("  just words \n", StatusCode::FORBIDDEN), "just words");
        let quoted = "error parsing HTTP 403 response body: invalid character '<' looking for beginning of value: \"<html>\r\n<body>x\"";
        assert_eq!(without_page(quoted), "error parsing HTTP 403 response body: invalid character '<' looking for beginning of value:…");
        assert_eq!(without_page("a < b"), "a < b");
    }
}
