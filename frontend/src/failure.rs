//! What happens when this page itself fails: `failure.js` says it on the page and tells the bridge.

use js_sys::Reflect;
use wasm_bindgen::prelude::*;

use crate::{browser, i18n::t};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = linkspanFailed)]
    fn failed(what: &str);
}

/// Something that JavaScript threw.
pub fn thrown(error: &JsValue) {
    let text = Reflect::get(error, &"stack".into()).ok().and_then(|stack| stack.as_string());
    failed(&text.unwrap_or_else(|| format!("{error:?}")));
}

/// From now on, a panic is said on the page. Nothing of the app is asked for it: any part may be what failed.
pub fn watch() {
    std::panic::set_hook(Box::new(|info| failed(&info.to_string())));
}

/// In the reader's language from now on.
pub fn translate() {
    let words = browser::options(&[
        ("title", t().page_failed().into()),
        ("text", t().page_failed_text().into()),
        ("reload", t().reload().into()),
        ("copy", t().copy_details().into()),
    ]);
    let _ = Reflect::set(&js_sys::global(), &"linkspanWords".into(), &words);
}
