//! `/settings`: what this Linkspan is set up with.

mod credentials;
mod engines;
mod listed;
mod noise;
mod passkeys;
mod people;
mod preferences;
mod shown_once;
mod tokens;
mod webhooks;

use leptos::prelude::*;

use crate::{components::top_bar::TopBar, i18n::t};

#[component]
pub fn Settings() -> impl IntoView {
    view! {
        <TopBar><h1>{t().settings()}</h1></TopBar>
        <div class="scroller">
            <preferences::Preferences/>
            <tokens::Tokens/>
            <passkeys::Passkeys/>
            <people::People/>
            <engines::Engines/>
            <credentials::Credentials/>
            <webhooks::Webhooks/>
            <noise::Noise/>
        </div>
    }
}
