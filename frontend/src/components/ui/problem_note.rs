//! A problem in the place where it happened.

use leptos::prelude::*;
use linkspan_shared::problem::Problem;

use super::{Glyph, Icon};
use crate::i18n::{explain, t};

/// Longer than a person reads at a glance.
const LONG: usize = 160;

/// The engine's own words; long ones are folded.
#[component]
fn Words(text: String) -> impl IntoView {
    let is_long = text.len() > LONG || text.contains('\n');
    let open = RwSignal::new(false);
    view! {
        <p class="why mono" class:is-folded=move || is_long && !open.get()>{text}</p>
        {is_long.then(|| view! {
            <button type="button" class="link why-more" aria-expanded=move || open.get().to_string() on:click=move |_| open.update(|open| *open = !*open)>
                {move || if open.get() { t().show_less() } else { t().show_all_words() }}
            </button>
        })}
    }
}

/// A problem within a list of results.
#[component]
pub fn ProblemLine(problem: Problem) -> impl IntoView {
    let explained = explain(&problem);
    view! {
        <p class="why">
            {explained.what}
            {(!explained.advice.is_empty()).then(|| format!(" {}", explained.advice))}
            {(!explained.why.is_empty()).then(|| view! { " "<small class="mono">{explained.why}</small> })}
        </p>
    }
}

#[component]
pub fn ProblemNote(
    /// What could not be done.
    #[prop(into)]
    title: String,
    problem: Problem,
    /// It happened before this page was opened: nothing to interrupt anybody with.
    #[prop(optional)]
    old: bool,
) -> impl IntoView {
    let explained = explain(&problem);
    view! {
        <div class="note danger-role" role=(!old).then_some("alert")>
            <Glyph icon=Icon::XCircle/>
            <div>
                <p><b>{title}</b>" "{explained.what}</p>
                {(!explained.advice.is_empty()).then(|| view! { <p>{explained.advice}</p> })}
                {(!explained.why.is_empty()).then(|| view! { <Words text=explained.why/> })}
            </div>
        </div>
    }
}
