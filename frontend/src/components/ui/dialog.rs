//! A modal dialog: the browser's own, which keeps focus inside and closes on Escape.

use leptos::{html, prelude::*};

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::{Glyph, Icon};
use crate::i18n::t;

#[component]
pub fn Dialog(
    #[prop(into)] title: Signal<String>,
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
        request_animation_frame(move || give_back_focus(before));
    });
    Effect::new(move || {
        if let Some(dialog) = node.get()
            && !dialog.open()
        {
            let _ = dialog.show_modal();
        }
    });
    view! {
        <dialog
            class="dialog"
            node_ref=node
            aria-labelledby="dialog-title"
            // Escape: the owner takes the dialog away.
            on:cancel=move |event: web_sys::Event| {
                event.prevent_default();
                on_close.run(());
            }
        >
            <header class="dialog-head">
                <h2 id="dialog-title">{title}</h2>
                <button type="button" class="btn ghost icon-only" aria-label=t().close() on:click=move |_| on_close.run(())>
                    <Glyph icon=Icon::X/>
                </button>
            </header>
            <div class="dialog-body">{children()}</div>
            <footer class="dialog-foot">{foot.run()}</footer>
        </dialog>
    }
}

/// What had the focus may be gone: then the table's row that Tab reaches, or the page.
fn give_back_focus(before: Option<Element>) {
    let is_elsewhere = document().active_element().is_some_and(|active| active.tag_name() != "BODY");
    if is_elsewhere {
        return;
    }
    let find = |selector: &str| document().query_selector(selector).ok().flatten();
    let back = before.filter(|element| element.is_connected() && element.tag_name() != "BODY");
    let target = back.or_else(|| find(".dt-row[tabindex='0']")).or_else(|| find("main [tabindex='0'], main a, main button"));
    if let Some(target) = target.and_then(|target| target.dyn_into::<HtmlElement>().ok()) {
        let _ = target.focus();
    }
}
