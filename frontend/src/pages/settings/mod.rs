//! `/settings`: what this Linkspan is set up with.

mod credentials;
mod engines;
mod preferences;

use leptos::prelude::*;

use crate::i18n::t;

#[component]
pub fn Settings() -> impl IntoView {
    view! {
        <header class="topbar"><h1>{t().settings()}</h1></header>
        <div class="scroller">
            <preferences::Preferences/>
            <engines::Engines/>
            <credentials::Credentials/>
        </div>
    }
}
