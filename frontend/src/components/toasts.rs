//! The results of one's own actions, in a corner.

use leptos::prelude::*;

use super::ui::{Glyph, Icon};
use crate::{
    i18n::t,
    store::{Tone, toasts},
};

#[component]
pub fn ToastHost() -> impl IntoView {
    let toasts = toasts();
    view! {
        <div class="toasts">
            <For each=move || toasts.get() key=|toast| toast.id let:toast>
                <div
                    class="toast"
                    data-tone=if toast.tone == Tone::Ok { "ok" } else { "danger" }
                    role=if toast.tone == Tone::Ok { "status" } else { "alert" }
                >
                    <Glyph icon=if toast.tone == Tone::Ok { Icon::OkCircle } else { Icon::XCircle }/>
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
