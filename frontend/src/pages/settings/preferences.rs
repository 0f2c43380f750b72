//! What only this browser keeps: language, theme, keys.

use leptos::prelude::*;

use crate::{
    components::{
        keys,
        theme::{Theme, theme},
    },
    i18n::{Language, language, switch, t},
};

#[component]
pub fn Preferences() -> impl IntoView {
    view! {
        <section class="page-col settings" aria-labelledby="preferences">
            <h2 id="preferences">{t().preferences()}</h2>
            <p class="t2">{t().preferences_text()}</p>
            <div class="card prefs">
                <div class="pref">
                    <span id="pref-language">{t().language()}</span>
                    <div class="seg" role="group" aria-labelledby="pref-language">
                        {Language::ALL.map(|one| view! {
                            <button type="button" lang=one.tag() aria-pressed=(one == language()).to_string() on:click=move |_| switch(one)>{one.name()}</button>
                        })}
                    </div>
                </div>
                <div class="pref">
                    <span id="pref-theme">{t().theme()}</span>
                    <div class="seg" role="group" aria-labelledby="pref-theme">
                        {Theme::ALL.map(|one| view! {
                            <button type="button" aria-pressed=move || (theme().get() == one).to_string() on:click=move |_| one.choose()>{one.short()}</button>
                        })}
                    </div>
                </div>
                <label class="pref">
                    <span>{t().single_keys()}<small class="t3">{t().single_keys_text()}</small></span>
                    <input type="checkbox" class="check" prop:checked=move || keys::signal().get() on:change=move |event| keys::turn(event_target_checked(&event))/>
                </label>
            </div>
        </section>
    }
}
