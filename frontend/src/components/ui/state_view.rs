//! What stands where content would be: nothing yet, nothing found, or why there is nothing.

use leptos::prelude::*;

#[component]
pub fn StateView(
    #[prop(into)] title: Signal<String>,
    #[prop(into)] text: Signal<String>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="state-view">
            <svg class="ramp" viewBox="0 0 240 72" aria-hidden="true" inner_html=RAMP></svg>
            <h2>{title}</h2>
            <p>{text}</p>
            {children.map(|children| children())}
        </div>
    }
}

/// A linkspan seen from the side: level, ramp, level, two hinges.
const RAMP: &str = r#"<path d="M8 56H84L156 16H232"/><circle cx="84" cy="56" r="5"/><circle cx="156" cy="16" r="5"/>"#;
