//! `/settings`: what this Linkspan is set up with.

mod credentials;
mod engines;

use leptos::prelude::*;

use crate::i18n::t;

#[component]
pub fn Settings() -> impl IntoView {
    view! {
        <header class="topbar"><h1>{t().settings()}</h1></header>
        <div class="scroller">
            <engines::Engines/>
            <credentials::Credentials/>
        </div>
    }
}
