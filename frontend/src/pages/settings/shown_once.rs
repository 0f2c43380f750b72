//! A secret that was just made: shown once, to be copied.

use leptos::{html, prelude::*};

use crate::{
    components::{
        copy::copy_text,
        ui::{Glyph, Icon},
    },
    i18n::t,
};

#[component]
pub fn ShownOnce(#[prop(into)] secret: String, #[prop(into)] hint: String) -> impl IntoView {
    let copied = secret.clone();
    let select = |event: web_sys::FocusEvent| event_target::<web_sys::HtmlInputElement>(&event).select();
    // In the place of a form whose focus is gone with it.
    let field = NodeRef::<html::Input>::new();
    field.on_load(|field| _ = field.focus());
    view! {
        <div class="field" role="status">
            <label for="shown-once">{t().shown_once()}</label>
            <div class="shown-once">
                <div class="input mono"><input id="shown-once" readonly node_ref=field prop:value=secret on:focus=select/></div>
                <button type="button" class="btn" on:click=move |_| copy_text(copied.clone(), t().what_is_shown().to_owned())><Glyph icon=Icon::Copy/>{t().copy()}</button>
            </div>
        </div>
        <p class="hint"><span>{hint}</span></p>
    }
}
