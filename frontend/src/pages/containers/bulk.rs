//! What is done to all that is selected.

use std::collections::HashSet;

use leptos::prelude::*;
use linkspan_shared::job::BatchKind;

use super::{TableState, rows};
use crate::{
    components::{
        dialogs::{Asked, batch, dialogs},
        menu::{Item, menus},
        ui::{Glyph, Icon},
    },
    i18n::t,
    store::store,
};

#[component]
pub fn BulkBar() -> impl IntoView {
    let state = expect_context::<TableState>();
    let store = store();
    let dialogs = dialogs();
    let chosen = move || state.grid.selected.with_untracked(|selected| rows(store, selected));
    let each = move |kind: BatchKind| dialogs.ask(batch(kind, chosen()));
    let end = move |kind: BatchKind| {
        let containers = chosen().into_iter().filter(|one| one.state.is_up()).collect();
        dialogs.ask(Asked::Stop { kind, containers, all: false });
    };
    let menus = menus();
    let more = move |event: web_sys::MouseEvent| {
        let items = vec![
            Item::new(t().action_pause(), Icon::Pause, move || each(BatchKind::Pause)).needs("job.act_on_containers"),
            Item::new(t().action_resume(), Icon::Play, move || each(BatchKind::Resume)).needs("job.act_on_containers"),
            Item::new(t().action_kill(), Icon::Bolt, move || end(BatchKind::Kill)).needs("job.act_on_containers").danger().separated(),
        ];
        menus.open(t().more_actions(&t().selected(state.grid.selected.with_untracked(HashSet::len))), items, &event);
    };
    let disabled = move || !store.is_live();
    view! {
            <div class="bulk" role="toolbar" aria-label=t().column_actions()>
                <span><b>{move || t().selected(state.grid.selected.with(HashSet::len))}</b></span>
                <button type="button" class="btn ghost icon-only" aria-label=t().clear_selection() on:click=move |_| state.grid.selected.set(HashSet::new())>
                    <Glyph icon=Icon::X/>
                </button>
                <button type="button" class="btn ghost" data-needs="job.act_on_containers" disabled=disabled on:click=move |_| each(BatchKind::Start)><Glyph icon=Icon::Play/>{t().action_start()}</button>
                <button type="button" class="btn ghost" data-needs="job.act_on_containers" disabled=disabled on:click=move |_| end(BatchKind::Stop)><Glyph icon=Icon::Stop/>{t().action_stop()}</button>
                <button type="button" class="btn ghost" data-needs="job.act_on_containers" disabled=disabled on:click=move |_| each(BatchKind::Restart)><Glyph icon=Icon::Restart/>{t().action_restart()}</button>
                <button type="button" class="btn ghost danger" data-needs="job.remove" disabled=disabled on:click=move |_| dialogs.ask(Asked::Remove(chosen()))>
                    <Glyph icon=Icon::Trash/>{t().action_remove()}
                </button>
                <button
                    type="button"
                    class="btn ghost icon-only"
                    aria-haspopup="menu"
                    aria-label=move || t().more_actions(&t().selected(state.grid.selected.with(HashSet::len)))
                    disabled=disabled
                    on:click=more
                >
                    <Glyph icon=Icon::More/>
                </button>
            </div>
    }
}
