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
