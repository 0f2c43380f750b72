//! All that the table can be sorted by, also where its heads are not in view, and the figures for it.

use std::{collections::HashMap, time::Duration};

use leptos::prelude::*;
use linkspan_shared::{channel::MAX_STATS, ids::ContainerId};

use super::{
    TableState,
    order::{Key, Query, change_query},
};
use crate::{
    browser,
    components::{
        menu::{Item, menus},
        ui::{Glyph, Icon},
    },
    i18n::t,
    link::Subscription,
    sorting,
    store::{store, watch_stats},
};

/// How often an order by figures is looked at again: rows that change places all the time cannot be read.
const REORDER: Duration = Duration::from_secs(3);

/// Writes the figures that the table is sorted by, of what runs; none where it is sorted by nothing of that kind. Only then the
/// engine is asked for more than what is in view, and no more than [`MAX_STATS`].
fn follow(query: Memo<Query>, figures: RwSignal<HashMap<ContainerId, u64>>) {
    let store = store();
    let visible = browser::visible();
    let key = Memo::new(move |_| query.with(|query| Some(query.key).filter(|key| key.is_figure())));
    let running = Memo::new(move |_| {
        if key.get().is_none() || !visible.get() {
            return Vec::new();
        }
        let mut running = store.containers.fold(Vec::new(), |mut running, row| {
            if row.state.has_process() {
                running.push(row.id.clone());
            }
            running
        });
        sorting::sort(&mut running);
        running
    });
    let watching = StoredValue::new_local(None::<Subscription>);
    Effect::new(move || watching.set_value(watch_stats(running.get())));
    let look = move || {
        let Some(Some(key)) = key.try_get_untracked() else { return };
        let now = untrack(|| {
            store.stats.fold(HashMap::new(), |mut now, stats| {
                let figure = if key == Key::Memory { Some(stats.memory) } else { stats.cpu };
                now.extend(figure.map(|figure| (stats.container.clone(), figure)));
                now
            })
        });
        drop(figures.try_set(now));
    };
    Effect::new(move || {
        figures.set(HashMap::new());
        // The first ones are there within a second or two.
        if key.get().is_some() {
            set_timeout(look, Duration::from_millis(1_500));
        }
    });
    browser::every(move || key.get().map(|_| REORDER), look);
    on_cleanup(move || drop(watching.try_update_value(Option::take)));
}

#[component]
pub fn SortButton() -> impl IntoView {
    let state = expect_context::<TableState>();
    follow(state.query, state.figures);
    let change = change_query(state);
    let menus = menus();
    let sort = move |event: web_sys::MouseEvent| {
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
    };
    // Of more the engine is not asked.
    let too_many = Memo::new(move |_| {
        let running = store().containers.fold(0, |sum, row| sum + usize::from(row.state.has_process()));
        (state.query.with(|query| query.key.is_figure()) && running > MAX_STATS).then_some(running)
    });
    view! {
        {move || too_many.get().map(|running| view! { <span class="t3" role="status" title=t().sorted_over(MAX_STATS, running)>{t().sorted_over_short(MAX_STATS, running)}</span> })}
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
