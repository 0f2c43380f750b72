//! A field for a password, which can be looked at; a new one is counted.

use leptos::prelude::*;
use linkspan_shared::user::PASSWORD_MINIMUM;

use super::{Glyph, Icon};
use crate::i18n::t;

#[component]
pub fn PasswordField(
    id: &'static str,
    label: &'static str,
    password: RwSignal<String>,
    new: bool,
    #[prop(optional)] focus: bool,
) -> impl IntoView {
    let shown = RwSignal::new(false);
    let missing = Memo::new(move |_| {
        let length = password.with(|password| password.chars().count());
        (new && length > 0).then(|| PASSWORD_MINIMUM.saturating_sub(length)).filter(|missing| *missing > 0)
    });
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <div class="input lg" class:is-bad=move || missing.get().is_some()>
                <input
                    id=id
                    type=move || if shown.get() { "text" } else { "password" }
                    autocomplete=if new { "new-password" } else { "current-password" }
                    required
                    autofocus=focus
                    bind:value=password
                />
                <button
                    type="button"
                    class="inl"
                    aria-label=move || if shown.get() { t().hide_password() } else { t().show_password() }
                    on:click=move |_| shown.update(|shown| *shown = !*shown)
                >
                    {move || view! { <Glyph icon=if shown.get() { Icon::EyeOff } else { Icon::Eye }/> }}
                </button>
            </div>
            {new.then(|| view! {
                <p class="hint" class:bad=move || missing.get().is_some()>
                    <span>{move || missing.get().map_or_else(|| t().password_hint(PASSWORD_MINIMUM), |missing| t().more_characters(missing))}</span>
                </p>
            })}
        </div>
    }
}
