//! Short messages about the results of one's own actions.

use leptos::prelude::*;
use linkspan_shared::problem::Problem;
use wasm_bindgen_futures::spawn_local;

use crate::{browser, i18n::explain};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toast {
    pub id: u32,
    pub tone: Tone,
    pub title: String,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Ok,
    /// It goes on.
    Busy,
    Danger,
}

/// What went well is gone after this long; what failed stays until it is closed.
const SHOWN_FOR: u32 = 5_000;
/// More of what went well would hide the page; the oldest goes. What failed waits for somebody to have read it.
const AT_ONCE: usize = 5;

thread_local! {
    static TOASTS: RwSignal<Vec<Toast>> = RwSignal::new(Vec::new());
    static NEXT: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
}

pub fn toasts() -> RwSignal<Vec<Toast>> {
    TOASTS.with(|toasts| *toasts)
}

pub fn say(title: String) {
    let id = add(Tone::Ok, title, String::new());
    spawn_local(async move {
        browser::sleep(SHOWN_FOR).await;
        take_back(id);
    });
}

/// Until what this returns is taken back.
pub fn say_meanwhile(title: String) -> u32 {
    add(Tone::Busy, title, String::new())
}

/// All of what failed has been read.
pub fn dismiss_failed() {
    toasts().update(|toasts| toasts.retain(|toast| toast.tone != Tone::Danger));
}

pub fn take_back(id: u32) {
    toasts().update(|toasts| toasts.retain(|toast| toast.id != id));
}

/// `title` says what could not be done.
pub fn failed(title: String, problem: &Problem) {
    let explained = explain(problem);
    let text = [explained.what, explained.why, explained.advice].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
    add(Tone::Danger, title, text.join(" "));
}

/// Of what is nobody's answer.
pub fn warn(title: String, text: String) {
    add(Tone::Danger, title, text);
}

fn add(tone: Tone, title: String, text: String) -> u32 {
    let id = NEXT.replace(NEXT.get() + 1);
    toasts().update(|toasts| {
        // The same once more is one.
        toasts.retain(|toast| toast.tone != Tone::Danger || (&toast.title, &toast.text) != (&title, &text));
        toasts.push(Toast { id, tone, title, text });
        let mut surplus = toasts.iter().filter(|toast| toast.tone != Tone::Danger).count().saturating_sub(AT_ONCE);
        toasts.retain(|toast| {
            let goes = surplus > 0 && toast.tone != Tone::Danger;
            surplus -= usize::from(goes);
            !goes
        });
    });
    id
}
