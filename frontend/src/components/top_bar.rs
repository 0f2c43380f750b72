//! The bar above every page: what the page is, finding anything, who is here, what can be done.

use leptos::prelude::*;

use super::{
    palette,
    people::People,
    ui::{Glyph, Icon},
};
use crate::i18n::t;

/// A button above every page whose code comes later.
#[derive(Clone, Copy)]
pub struct Further(pub fn() -> AnyView);

/// The page's own buttons.
#[slot]
pub struct Actions {
    children: Children,
}

#[component]
pub fn TopBar(#[prop(optional)] actions: Option<Actions>, children: Children) -> impl IntoView {
    view! {
        <header class="topbar">
            {children()}
            <div class="topbar-end">
                <button
                    type="button"
                    class="palette-btn"
                    aria-haspopup="dialog"
                    aria-keyshortcuts="Control+K"
                    on:click=|_| palette::shown().set(true)
                >
                    <Glyph icon=Icon::Search/><span>{t().palette_placeholder()}</span><kbd aria-hidden="true">"Ctrl K"</kbd>
                </button>
                <People/>
                {use_context::<Further>().map(|further| (further.0)())}
                {actions.map(|actions| (actions.children)())}
            </div>
        </header>
    }
}
