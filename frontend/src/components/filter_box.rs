//! The field that filters a table; `/` leads to it, Esc empties it, Down leads into the table.

use leptos::{html, prelude::*};

use super::{
    keys::{self, Command},
    ui::{Glyph, Icon},
};
use crate::i18n::t;

#[component]
pub fn FilterBox(
    label: &'static str,
    /// What can be looked for.
    #[prop(optional)]
    help: &'static str,
    #[prop(into)] text: Signal<String>,
    on_type: Callback<String>,
) -> impl IntoView {
    let filter = NodeRef::<html::Input>::new();
    focus_on_slash(filter);
    let is_filled = Memo::new(move |_| text.with(|text| !text.is_empty()));
    let clear = move || {
        on_type.run(String::new());
        if let Some(filter) = filter.get_untracked() {
            let _ = filter.focus();
        }
    };
    view! {
        <div class="input ct-filter" title=help>
            <Glyph icon=Icon::Filter/>
            <input
                type="search"
                node_ref=filter
                placeholder=label
                aria-label=label
                aria-description=help
                prop:value=move || text.get()
                on:input=move |event| on_type.run(event_target_value(&event))
                on:keydown=move |event| {
                    if event.key() == "ArrowDown" && !keys::is_composing(&event) && keys::enter_table() {
                        event.prevent_default();
                    }
                    if event.key() == "Escape" && is_filled.get_untracked() && !keys::is_composing(&event) {
                        event.prevent_default();
                        event.stop_propagation();
                        clear();
                    }
                }
            />
            <kbd aria-hidden="true" hidden=move || is_filled.get()>"/"</kbd>
            <button
                type="button"
                class="inl"
                aria-label=t().clear_filter()
                title=t().clear_filter()
                hidden=move || !is_filled.get()
                on:click=move |_| clear()
            >
                <Glyph icon=Icon::X/>
            </button>
        </div>
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
