//! Case as the browser maps it: it has Unicode's tables already.

/// As `str::to_lowercase`.
#[allow(clippy::disallowed_methods, reason = "the one place; tests run natively")]
pub fn lower(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    #[cfg(target_arch = "wasm32")]
    return js_sys::JsString::from(text).to_lower_case().into();
    #[cfg(not(target_arch = "wasm32"))]
    text.to_lowercase()
}

/// As `str::to_uppercase`.
#[allow(clippy::disallowed_methods, reason = "the one place; tests run natively")]
pub fn upper(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_uppercase();
    }
    #[cfg(target_arch = "wasm32")]
    return js_sys::JsString::from(text).to_upper_case().into();
    #[cfg(not(target_arch = "wasm32"))]
    text.to_uppercase()
}
