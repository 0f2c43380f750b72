//! Case as the browser maps it: it has Unicode's tables already.

use js_sys::JsString;

/// As `str::to_lowercase`.
pub fn lower(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { JsString::from(text).to_lower_case().into() }
}

/// As `str::to_uppercase`.
pub fn upper(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_uppercase() } else { JsString::from(text).to_upper_case().into() }
}
