//! Copies something for somebody, and says so.

use linkspan_shared::{
    ids::ContainerId,
    problem::{Problem, ProblemCode},
};
use wasm_bindgen_futures::spawn_local;

use crate::{
    browser,
    i18n::t,
    store::{failed, say},
};

pub fn copy_id(id: &ContainerId) {
    copy_text(id.0.clone(), id.short().to_owned());
}

/// `called`: how what was copied is named.
pub fn copy_text(text: String, called: String) {
    spawn_local(async move {
        if browser::copy(&text).await {
            say(t().copied(&called));
        } else {
            failed(t().not_copied().to_owned(), &Problem::new(ProblemCode::Internal, "", ""));
        }
    });
}
