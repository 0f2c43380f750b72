//! Passkeys, as the browser has them (Web Authentication, Level 3): it asks the person, and answers the bridge.

use js_sys::{JSON, Object, Promise, Reflect};
use leptos::prelude::*;
use linkspan_shared::{
    json::Json,
    passkey::{Ceremony, host_has_passkeys},
    user::AccessProblem,
};
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;

use crate::{
    browser::{self, Fetched},
    decode,
    i18n::{explain_access, t},
};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = PublicKeyCredential, js_name = parseCreationOptionsFromJSON)]
    fn creation_options(json: &JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, js_namespace = PublicKeyCredential, js_name = parseRequestOptionsFromJSON)]
    fn request_options(json: &JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, js_namespace = ["navigator", "credentials"])]
    fn create(options: &JsValue) -> Result<Promise, JsValue>;
    #[wasm_bindgen(catch, js_namespace = ["navigator", "credentials"])]
    fn get(options: &JsValue) -> Result<Promise, JsValue>;
}

/// Why this page has none.
pub fn hindrance() -> Option<String> {
    let location = window().location();
    let host = location.hostname().unwrap_or_default();
    if !host_has_passkeys(location.protocol().unwrap_or_default().trim_end_matches(':'), &host) {
        return Some(t().passkeys_need_name(&location.host().unwrap_or_default()));
    }
    let kind = Reflect::get(&window(), &"PublicKeyCredential".into()).unwrap_or_default();
    let is_able = kind.is_object() || kind.is_function();
    let is_able = is_able && Reflect::has(kind.unchecked_ref(), &"parseCreationOptionsFromJSON".into()).unwrap_or(false);
    (!is_able).then(|| t().passkeys_need_browser().to_owned())
}

/// Begins a ceremony at `path`, and has the browser answer it: its ID, and the answer; else why there is none.
pub async fn answer(path: &str, body: &impl Serialize, is_new: bool) -> Result<(String, Json), String> {
    let ceremony = match browser::post::<Ceremony>(path, body).await {
        Fetched::Ok(ceremony) => ceremony,
        Fetched::Refused(AccessProblem::WrongCredentials) if is_new => return Err(t().current_password_wrong().to_owned()),
        Fetched::Refused(problem) => return Err(explain_access(&problem)),
        Fetched::Unreachable => return Err(t().access_unreachable().to_owned()),
    };
    let answered = async {
        let options = JSON::parse(&serde_json::to_string(&ceremony.options).unwrap_or_default())?;
        let request = Object::new();
        let options = if is_new { creation_options(&options)? } else { request_options(&options)? };
        Reflect::set(&request, &"publicKey".into(), &options)?;
        let credential = JsFuture::from(if is_new { create(&request)? } else { get(&request)? }).await?;
        // By its `toJSON`.
        JSON::stringify(&credential)
    };
    let text = answered.await.map_err(|error| why(&error))?;
    let credential = text.as_string().and_then(|text| decode::read(&text)).ok_or_else(|| t().passkeys_need_browser().to_owned())?;
    Ok((ceremony.id, credential))
}

/// In the page's words where the specification has a name for it (5.1.3, 5.1.4), else in the browser's.
fn why(error: &JsValue) -> String {
    let text = |of: &str| Reflect::get(error, &of.into()).ok().and_then(|text| text.as_string()).unwrap_or_default();
    match text("name").as_str() {
        // Also when the time is up: browsers do not tell.
        "NotAllowedError" | "AbortError" => t().passkey_not_given().to_owned(),
        "InvalidStateError" => t().passkey_is_there().to_owned(),
        _ => text("message"),
    }
}
