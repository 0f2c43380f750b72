//! Keys that work anywhere: going to a page, the palette, and the map of all of them.
//!
//! Single keys work only while no field has the focus, and can be turned off (WCAG 2.1.4).

use leptos::prelude::*;
use web_sys::KeyboardEvent;

use crate::browser;

thread_local! {
    static ON: RwSignal<bool> = RwSignal::new(browser::stored("single-keys").as_deref() != Some("off"));
}

/// Single keys do something.
pub fn are_on() -> bool {
    ON.with(|on| on.get_untracked())
}

pub fn signal() -> RwSignal<bool> {
    ON.with(|on| *on)
}

pub fn turn(on: bool) {
    signal().set(on);
    browser::store("single-keys", if on { "on" } else { "off" });
}

/// Somebody is typing, so the key is a letter.
pub fn is_typing() -> bool {
    document().active_element().is_some_and(|element| {
        matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT") && !is_tick(&element)
            || element.has_attribute("contenteditable")
    })
}

fn is_tick(element: &web_sys::Element) -> bool {
    matches!(element.get_attribute("type").as_deref(), Some("checkbox" | "radio"))
}

/// A key alone, pressed where it is no letter.
pub fn is_single(event: &KeyboardEvent) -> bool {
    are_on() && !is_typing() && !event.ctrl_key() && !event.meta_key() && !event.alt_key()
}
