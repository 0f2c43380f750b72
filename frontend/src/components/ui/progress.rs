//! A bar that says how far something is.

use leptos::prelude::*;

use crate::i18n::percent;

#[component]
pub fn Progress(
    #[prop(into)] label: String,
    /// From 0 to 1.
    #[prop(into)]
    fraction: Signal<f64>,
    #[prop(optional)] class: &'static str,
) -> impl IntoView {
    let value = move || (fraction.get() * 100.0).round() as u8;
    view! {
        <div
            class=format!("bar {class}")
            role="progressbar"
            aria-label=label
            aria-valuemin="0"
            aria-valuemax="100"
            aria-valuenow=move || value().to_string()
            aria-valuetext=move || percent(fraction.get())
        >
            <i style:--v=move || value().to_string()></i>
        </div>
    }
}
