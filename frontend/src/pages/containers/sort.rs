//! All that the table can be sorted by, also where its heads are not in view.

use leptos::prelude::*;

use super::{
    TableState,
    order::{Key, change_query},
};
use crate::{
    components::{
        menu::{Item, menus},
        ui::{Glyph, Icon},
    },
    i18n::t,
};

#[component]
pub fn SortButton() -> impl IntoView {
    let state = expect_context::<TableState>();
    let change = change_query(state);
    let menus = menus();
    let sort = {
        move |event: web_sys::MouseEvent| {
            let now = state.query.with_untracked(|query| (query.key, query.descending));
            let items = Key::ALL.map(|(key, _)| {
                let change = change.clone();
                let icon = match now {
                    (current, true) if current == key => Icon::ArrowDown,
                    (current, false) if current == key => Icon::ArrowUp,
                    _ => Icon::UpDown,
                };
                Item::new(key.label(), icon, move || change(&|query| query.sort_by(key)))
            });
            menus.open(t().sort_by().to_owned(), Vec::from(items), &event);
        }
    };
    view! {
                <button
                    type="button"
                    class="btn ghost icon-only"
                    aria-haspopup="menu"
                    aria-label=t().sort_by()
                    title=t().sort_by()
                    on:click=sort
                >
                    <Glyph icon=Icon::UpDown/>
                </button>
    }
}
