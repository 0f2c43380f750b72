//! The field that filters a table; `/` leads to it.

use leptos::{html, prelude::*};

use super::{
    keys::{self, Command},
    ui::{Glyph, Icon},
};

#[component]
pub fn FilterBox(label: &'static str, #[prop(into)] text: Signal<String>, on_type: Callback<String>) -> impl IntoView {
    let filter = NodeRef::<html::Input>::new();
    focus_on_slash(filter);
    view! {
        <label class="input ct-filter">
            <Glyph icon=Icon::Filter/>
            <input
                type="search"
                node_ref=filter
                placeholder=label
                aria-label=label
                prop:value=move || text.get()
                on:input=move |event| on_type.run(event_target_value(&event))
            />
            <kbd aria-hidden="true">"/"</kbd>
        </label>
    }
}

/// The key of the filter goes there.
pub fn focus_on_slash(filter: NodeRef<html::Input>) {
    keys::on(Command::Filter, move || {
        if let Some(filter) = filter.get_untracked() {
            let _ = filter.focus();
        }
    });
}
