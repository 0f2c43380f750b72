//! A problem in the place where it happened.

use leptos::prelude::*;
use linkspan_shared::problem::Problem;

use super::{Glyph, Icon};
use crate::i18n::explain;

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
                {(!explained.why.is_empty()).then(|| view! { <p class="why mono">{explained.why}</p> })}
                {(!explained.advice.is_empty()).then(|| view! { <p>{explained.advice}</p> })}
            </div>
        </div>
    }
}
