//! What a dialog or a form waits for: it is busy meanwhile, keeps what went wrong, and is not there any more for an answer
//! that comes late.

use std::future::Future;

use leptos::prelude::*;
use linkspan_shared::problem::Problem;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlElement;

use super::{focus, ui::problem_note::ProblemNote};
use crate::store::failed;

#[derive(Clone, Copy)]
pub struct Attempt {
    pub busy: RwSignal<bool>,
    pub problem: RwSignal<Option<Problem>>,
    /// What could not be done, if it fails.
    title: StoredValue<String>,
}

impl Attempt {
    pub fn new(title: impl Into<String>) -> Self {
        Self { busy: RwSignal::new(false), problem: RwSignal::new(None), title: StoredValue::new(title.into()) }
    }

    /// `always` is done when it went well, wherever whoever asked for it is by then, so it touches nothing of the dialog.
    /// `done` is the dialog's own, and left out when that was closed meanwhile: what it would do, such as closing, would
    /// befall another one. A failure is said at the dialog, or where that is gone, in a toast.
    pub fn run<T: 'static>(
        self,
        asked: impl Future<Output = Result<T, Problem>> + 'static,
        always: impl FnOnce(&T) + 'static,
        done: impl FnOnce(T) + 'static,
    ) {
        // Enter in a field presses no button.
        if self.busy.get_untracked() {
            return;
        }
        // A button that cannot be pressed meanwhile loses it.
        let focused = document().active_element();
        let title = self.title.get_value();
        self.busy.set(true);
        self.problem.set(None);
        spawn_local(async move {
            let answer = asked.await;
            let is_there = self.busy.try_set(false).is_none();
            match answer {
                Ok(output) => {
                    always(&output);
                    if is_there {
                        done(output);
                    }
                }
                Err(problem) if is_there => {
                    self.problem.set(Some(problem));
                    request_animation_frame(move || focus::back(focused));
                }
                Err(problem) => failed(title, &problem),
            }
        });
    }

    /// It was about what is being changed now.
    pub fn forget(self) {
        if self.problem.with_untracked(Option::is_some) {
            self.problem.set(None);
        }
    }

    pub fn note(self) -> impl IntoView {
        move || self.problem.get().map(|problem| view! { <ProblemNote title=self.title.get_value() problem=problem/> })
    }
}

/// Sends a form as its own button does: one that cannot be pressed, since it was pressed just now say, sends nothing.
pub fn submit(form: &web_sys::HtmlFormElement) -> bool {
    let elements = form.elements();
    let mut all = (0..elements.length()).filter_map(|at| elements.item(at));
    match all.find(|element| element.get_attribute("type").as_deref() == Some("submit")).map(JsCast::dyn_into::<HtmlElement>) {
        Some(Ok(button)) => button.click(),
        _ => drop(form.request_submit()),
    }
    true
}
