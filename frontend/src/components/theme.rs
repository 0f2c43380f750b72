//! Light, dark, or as the system has it; remembered in this browser, and applied before the first paint by `theme.js`.

use leptos::prelude::*;

use super::ui::{Glyph, Icon};
use crate::{browser, i18n::t};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    System,
    Light,
    Dark,
}

thread_local! {
    static THEME: RwSignal<Theme> = RwSignal::new(match browser::stored("theme").as_deref() {
        Some("light") => Theme::Light,
        Some("dark") => Theme::Dark,
        _ => Theme::System,
    });
}

pub fn theme() -> RwSignal<Theme> {
    THEME.with(|theme| *theme)
}

impl Theme {
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// As the document's attribute and the stored preference have it.
    fn word(self) -> &'static str {
        match self {
            Self::System => "",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    pub fn icon(self) -> Icon {
        match self {
            Self::System => Icon::Contrast,
            Self::Light => Icon::Sun,
            Self::Dark => Icon::Moon,
        }
    }

    /// `Theme: light`.
    pub fn label(self) -> &'static str {
        match self {
            Self::System => t().theme_system(),
            Self::Light => t().theme_light(),
            Self::Dark => t().theme_dark(),
        }
    }

    /// Beside the word theme.
    pub fn short(self) -> &'static str {
        match self {
            Self::System => t().theme_system_short(),
            Self::Light => t().theme_light_short(),
            Self::Dark => t().theme_dark_short(),
        }
    }

    pub fn choose(self) {
        theme().set(self);
        browser::store("theme", self.word());
        if let Some(root) = document().document_element() {
            let _ = if self == Self::System { root.remove_attribute("data-theme") } else { root.set_attribute("data-theme", self.word()) };
        }
    }

    fn next(self) -> Self {
        match self {
            Self::System => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::System,
        }
    }
}

/// Goes from one to the next.
#[component]
pub fn ThemeButton() -> impl IntoView {
    let theme = theme();
    view! {
        <button
            type="button"
            class="btn ghost sm icon-only"
            aria-label=move || theme.get().label()
            title=move || theme.get().label()
            on:click=move |_| theme.get_untracked().next().choose()
        >
            {move || view! { <Glyph icon=theme.get().icon()/> }}
        </button>
    }
}
