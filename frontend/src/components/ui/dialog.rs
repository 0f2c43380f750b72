//! A modal dialog: the browser's own, which keeps focus inside and closes on Escape.

use leptos::{html, prelude::*};

use super::{Glyph, Icon};
use crate::{
    components::{focus, toasts},
    i18n::t,
};

#[component]
pub fn Dialog(
    /// Its name as long as it is open.
    #[prop(into)]
    title: Signal<String>,
    /// What stands above instead: what is under way is no question any more.
    #[prop(optional, into)]
    heading: Signal<Option<String>>,
    on_close: Callback<()>,
    /// The buttons; the safe one carries `autofocus`.
    #[prop(into)]
    foot: ViewFn,
    children: Children,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    // The browser gives the focus back to where it was only when a dialog is closed, not when it is taken away.
    let before = StoredValue::new_local(document().active_element());
    on_cleanup(move || {
        let before = before.try_get_value().flatten();
        request_animation_frame(move || {
            focus::back(before);
            toasts::place();
        });
    });
    Effect::new(move || {
        if let Some(dialog) = node.get()
            && !dialog.open()
        {
            let _ = dialog.show_modal();
            toasts::place();
        }
    });
    view! {
        <dialog
            class="dialog"
            node_ref=node
            aria-label=title
            // Escape: the owner takes the dialog away.
            on:cancel=move |event: web_sys::Event| {
                event.prevent_default();
                on_close.run(());
            }
        >
            <header class="dialog-head">
                <h2>{move || heading.get().unwrap_or_else(|| title.get())}</h2>
                <button type="button" class="btn ghost icon-only" aria-label=t().close() on:click=move |_| on_close.run(())>
                    <Glyph icon=Icon::X/>
                </button>
            </header>
            <div class="dialog-body">{children()}</div>
            <footer class="dialog-foot">{foot.run()}</footer>
        </dialog>
    }
}
