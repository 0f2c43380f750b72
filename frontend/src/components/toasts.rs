//! The results of one's own actions, in a corner, above whatever is open.

use std::cell::RefCell;

use leptos::{html, prelude::*};
use web_sys::{Element, HtmlElement};

use super::ui::{Glyph, Icon};
use crate::{
    i18n::t,
    store::{Tone, dismiss_failed, toasts},
};

/// From so many failures on they can be dismissed at once.
const MANY: usize = 3;

thread_local! {
    /// The list, and where it is when no dialog is open.
    static HOST: RefCell<Option<(HtmlElement, Element)>> = const { RefCell::new(None) };
}

/// Above all, and inside the modal dialog that is open: what is outside of it can be neither clicked nor heard.
pub fn place() {
    let Some((list, home)) = HOST.with_borrow(Clone::clone) else { return };
    // The one that was opened last has the focus.
    let focused = document().active_element().and_then(|active| active.closest("dialog:modal").ok().flatten());
    let parent = focused.or_else(|| document().query_selector("dialog:modal").ok().flatten()).unwrap_or(home);
    if list.parent_element().as_ref() != Some(&parent) {
        let _ = parent.append_child(&list);
    }
    let is_shown = list.matches(":popover-open").unwrap_or(false);
    if toasts().with_untracked(Vec::is_empty) {
        if is_shown {
            let _ = list.hide_popover();
        }
    } else if !is_shown {
        let _ = list.show_popover();
    }
}

#[component]
pub fn ToastHost() -> impl IntoView {
    let toasts = toasts();
    let node = NodeRef::<html::Div>::new();
    Effect::new(move || {
        if let Some(list) = node.get()
            && let Some(home) = list.parent_element()
        {
            HOST.set(Some((list.into(), home)));
        }
    });
    Effect::new(move || {
        toasts.track();
        request_animation_frame(place);
    });
    on_cleanup(|| HOST.set(None));
    let failures = move || toasts.with(|toasts| toasts.iter().filter(|toast| toast.tone == Tone::Danger).count());
    view! {
        <div class="toasts" popover="manual" node_ref=node>
            <Show when=move || { failures() >= MANY }>
                <button type="button" class="btn sm" on:click=move |_| dismiss_failed()>{move || t().dismiss_failed(failures())}</button>
            </Show>
            <For each=move || toasts.get() key=|toast| toast.id let:toast>
                <div
                    class="toast"
                    data-tone=match toast.tone {
                        Tone::Ok => "ok",
                        Tone::Busy => "info",
                        Tone::Danger => "danger",
                    }
                    role=if toast.tone == Tone::Danger { "alert" } else { "status" }
                >
                    <Glyph icon=match toast.tone {
                        Tone::Ok => Icon::OkCircle,
                        Tone::Busy => Icon::Loader,
                        Tone::Danger => Icon::XCircle,
                    }/>
                    <div class="toast-text">
                        <b>{toast.title}</b>
                        {(!toast.text.is_empty()).then(|| view! { <p>{toast.text}</p> })}
                    </div>
                    <button
                        type="button"
                        class="btn ghost sm icon-only"
                        aria-label=t().dismiss()
                        on:click=move |_| toasts.update(|toasts| toasts.retain(|other| other.id != toast.id))
                    >
                        <Glyph icon=Icon::X/>
                    </button>
                </div>
            </For>
        </div>
    }
}
