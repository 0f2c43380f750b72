//! What a role does not allow is there, and says what it takes: elements say in `data-needs` which call they are for.
//!
//! The bridge decides; this tells before somebody tries. For an administrator nothing is looked at.

use std::cell::Cell;

use leptos::prelude::*;
use linkspan_shared::{
    call::ROLES,
    problem::{Problem, ProblemCode},
    user::Role,
};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Element, MutationObserver, MutationObserverInit};

use crate::{
    address::{self, Chosen},
    i18n::{t, why_not},
    link::link,
    store::failed,
};

/// The role that a call takes, if this person does not have it on the page's engine. Of what carries a label, the bridge knows.
pub fn lacking(call: &str) -> Option<Role> {
    // Those two are no calls but addresses.
    let needed = match call {
        "image.save" | "file.download" => Role::Developer,
        _ => ROLES.iter().find(|(name, _)| *name == call).map(|(_, role)| *role)?,
    };
    // What sets Linkspan up is on no engine.
    let is_everywhere = ["people.", "engine.", "credential.", "webhook."].iter().any(|part| call.starts_with(part));
    let own = link().user.with(|user| {
        user.as_ref().map(|user| match address::chosen() {
            _ if is_everywhere => user.role_everywhere(),
            // What is there may be of any of them.
            Chosen::All => user.role(),
            _ => user.role_at_most(&link().engine_or_default()),
        })
    });
    own.is_some_and(|own| own < Some(needed)).then_some(needed)
}

/// Whether this person has less than a role on the page's engine.
pub fn lacks(needed: Role) -> bool {
    link().user.with(|user| user.as_ref().is_some_and(|user| user.role_at_most(&link().engine_or_default()) < Some(needed)))
}

/// Whether this person's role does not allow a call; then that is said.
pub fn refuses(call: &str) -> bool {
    let needed = untrack(|| lacking(call));
    if let Some(needed) = needed {
        failed(t().not_allowed().to_owned(), &Problem::new(ProblemCode::NotAllowed(needed), "", ""));
    }
    needed.is_some()
}

thread_local! {
    /// A sweep comes with the next frame.
    static COMING: Cell<bool> = const { Cell::new(false) };
}

/// However often the page changes until then.
fn sweep_soon() {
    if !COMING.replace(true) {
        request_animation_frame(|| {
            COMING.set(false);
            sweep();
        });
    }
}

/// Watches the page, for as long as it is there.
pub fn watch() {
    let click = Closure::<dyn Fn(web_sys::Event)>::new(|event: web_sys::Event| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let asked = target.and_then(|target| target.closest("[data-needs]").ok().flatten());
        if asked.and_then(|element| element.get_attribute("data-needs")).is_some_and(|call| refuses(&call)) {
            event.prevent_default();
            event.stop_immediate_propagation();
        }
    });
    let _ = document().add_event_listener_with_callback_and_bool("click", click.as_ref().unchecked_ref(), true);
    click.forget();
    let changed = Closure::<dyn Fn()>::new(sweep_soon);
    let Ok(observer) = MutationObserver::new(changed.as_ref().unchecked_ref()) else { return };
    changed.forget();
    let options = MutationObserverInit::new();
    options.set_child_list(true);
    options.set_subtree(true);
    // What the element itself says of them, as it changes.
    options.set_attributes(true);
    options.set_attribute_filter(&js_sys::Array::from_iter(["title", "aria-disabled", "data-needs"].map(JsValue::from_str)));
    Effect::new(move || {
        // Somebody's role may be another after they were gone.
        let may_all = link().user.with(|user| user.as_ref().is_none_or(|user| user.role_everywhere() == Some(Role::Administrator)));
        observer.disconnect();
        sweep();
        if !may_all && let Some(body) = document().body() {
            let _ = observer.observe_with_options(&body, &options);
        }
    });
}

fn sweep() {
    let Ok(all) = document().query_selector_all("[data-needs]") else { return };
    let mut said: Vec<(Role, String)> = Vec::new();
    for element in (0..all.length()).filter_map(|at| all.item(at)?.dyn_into::<Element>().ok()) {
        let call = element.get_attribute("data-needs").unwrap_or_default();
        let is_marked = element.has_attribute("data-denied");
        match untrack(|| lacking(&call)) {
            Some(needed) => {
                let why = said.iter().find(|(role, _)| *role == needed).map(|(_, why)| why.clone()).unwrap_or_else(|| {
                    said.push((needed, why_not(needed)));
                    why_not(needed)
                });
                // What it is called is kept there.
                let title = element.get_attribute("title").unwrap_or_default();
                if !is_marked || title != why {
                    let _ = element.set_attribute("data-denied", &title);
                }
                for (name, value) in [("aria-disabled", "true"), ("aria-description", &why), ("title", &why)] {
                    // Setting it is a change that this is told of.
                    if element.get_attribute(name).as_deref() != Some(value) {
                        let _ = element.set_attribute(name, value);
                    }
                }
            }
            None if is_marked => {
                let title = element.get_attribute("data-denied").unwrap_or_default();
                let _ = ["data-denied", "aria-disabled", "aria-description", "title"].map(|name| element.remove_attribute(name));
                if !title.is_empty() {
                    let _ = element.set_attribute("title", &title);
                }
            }
            None => {}
        }
    }
}
