//! The line at the foot: what this page knows of the engine.

use leptos::prelude::*;

use super::{
    nav::{Connection, connection},
    ui::{Glyph, Icon},
};
use crate::{
    address::{self, Chosen},
    i18n::t,
    store::store,
};

#[component]
pub fn StatusBar() -> impl IntoView {
    let store = store();
    // The page of all engines counts for itself.
    let is_one = address::chosen() != Chosen::All;
    let about = Memo::new(move |_| store.engine().and_then(|engine| engine.about));
    view! {
        <footer class="status">
            {move || match connection() {
                Connection::Connected => view! { <span class="st-live"><Glyph icon=Icon::OkCircle/>{t().live()}</span> },
                Connection::EngineUnreachable => view! { <span class="st-off"><Glyph icon=Icon::WifiOff/>{t().engine_unreachable()}</span> },
                Connection::Reconnecting => view! { <span class="st-off"><Glyph icon=Icon::WifiOff/>{t().reconnecting()}</span> },
                Connection::Connecting => view! { <span class="st-busy"><Glyph icon=Icon::Loader/>{t().connecting()}</span> },
            }}
            {move || about.get().filter(|_| is_one).map(|about| view! {
                <span>{t().engine_version(&about.product, &about.version)}</span>
                <span>{t().api_version(&about.api_version)}</span>
            })}
            <span class="st-end">
                {move || is_one.then(|| format!("{}, {}", t().containers_count(store.containers.len()), t().images_count(store.images.len())))}
                <button type="button" class="st-keys" on:click=|_| super::shortcuts::show()><kbd aria-hidden="true">"?"</kbd>{t().shortcuts_hint()}</button>
            </span>
        </footer>
    }
}
