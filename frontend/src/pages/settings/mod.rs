//! `/settings`: what this Linkspan is set up with.

mod credentials;
mod engines;
mod noise;
mod preferences;

use leptos::prelude::*;

use crate::{components::top_bar::TopBar, i18n::t};

#[component]
pub fn Settings() -> impl IntoView {
    view! {
        <TopBar><h1>{t().settings()}</h1></TopBar>
        <div class="scroller">
            <preferences::Preferences/>
            <engines::Engines/>
            <credentials::Credentials/>
            <noise::Noise/>
        </div>
    }
}
