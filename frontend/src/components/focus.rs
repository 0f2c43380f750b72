//! The focus is never lost: when what had it leaves the page, something near takes it.

use std::cell::RefCell;

use leptos::prelude::*;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Element, FocusOptions, HtmlElement, MutationObserver, MutationObserverInit};

thread_local! {
    /// What had the focus last, and what it is in, from the inside out.
    static LAST: RefCell<Vec<Element>> = RefCell::default();
}

/// What Tab would stop at, what stands for many of its kind first.
const TARGETS: [&str; 2] =
    [r#"[tabindex="0"]:not(:disabled)"#, "button:not(:disabled), a[href], input:not(:disabled), select:not(:disabled), textarea"];

/// It begins with the app.
pub fn keep() {
    let _ = window_event_listener_untyped("focusin", |event| {
        let focused: Option<Element> = event.target().and_then(|target| target.dyn_into().ok());
        LAST.set(std::iter::successors(focused, |element| element.parent_element()).collect());
    });
    let look = Closure::<dyn Fn()>::new(|| {
        let is_gone = LAST.with_borrow(|last| last.first().is_some_and(|focused| !focused.is_connected()));
        if is_gone && is_lost() {
            // Whoever took it away may know better where it belongs, and says so with the next frame.
            request_animation_frame(|| request_animation_frame(take));
        }
    });
    let options = MutationObserverInit::new();
    options.set_child_list(true);
    options.set_subtree(true);
    if let (Ok(observer), Some(body)) = (MutationObserver::new(look.as_ref().unchecked_ref()), document().body()) {
        let _ = observer.observe_with_options(&body, &options);
        look.forget();
    }
}

/// Nothing has it.
pub fn is_lost() -> bool {
    document().active_element().is_none_or(|active| active.tag_name() == "BODY")
}

/// To the page's table, else to its beginning.
pub fn enter_page() {
    let find = |selector: &str| document().query_selector(selector).ok().flatten();
    if let Some(target) = find(r#"main [role=row][tabindex="0"]"#).or_else(|| find("main")) {
        give(&target);
    }
}

/// Gives it back to what had it, unless something has it meanwhile. Nothing scrolls.
pub fn back(before: Option<Element>) {
    if let Some(before) = before.filter(|before| is_lost() && before.is_connected()) {
        give(&before);
    }
}

fn take() {
    if !is_lost() {
        return;
    }
    let near = LAST.take();
    for around in near.iter().filter(|around| around.is_connected()) {
        if matches!(around.tag_name().as_str(), "MAIN" | "BODY") {
            return enter_page();
        }
        let targets = TARGETS.iter().filter_map(|targets| around.query_selector_all(targets).ok());
        let mut elements = targets.flat_map(|list| (0..list.length()).filter_map(move |at| list.item(at)?.dyn_into::<Element>().ok()));
        if let Some(target) = elements.find(|target| target.get_client_rects().length() > 0) {
            give(&target);
            return;
        }
    }
}

fn give(element: &Element) {
    let options = FocusOptions::new();
    options.set_prevent_scroll(true);
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        let _ = element.focus_with_options(&options);
    }
}
