//! `/containers`: the live table.

mod figures;
mod order;
mod row;
mod toolbar;

pub use row::{image_parts, ports};

use std::collections::HashSet;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use linkspan_shared::{container::Container, ids::ContainerId};

use crate::{
    address::{at, use_go},
    browser,
    components::{
        actions::{Action, act},
        dialogs::{Asked, dialogs},
        select_all::SelectAll,
        ui::{
            Glyph, Icon,
            state_view::StateView,
            virtual_rows::{Viewport, VirtualRows},
        },
    },
    i18n::t,
    link,
    store::store,
};
use order::{Order, Query};
use row::ContainerRow;
use toolbar::Toolbar;

/// How long the order stays as it is after the pointer or a key was used in the table.
const CALM_AFTER: f64 = 2_000.0;

/// What rows and toolbar share.
#[derive(Clone, Copy)]
pub struct TableState {
    pub query: Memo<Query>,
    pub selected: RwSignal<HashSet<ContainerId>>,
    /// The row that Tab reaches.
    pub active: RwSignal<Option<ContainerId>>,
    pub viewport: Viewport,
}

#[component]
pub fn Containers() -> impl IntoView {
    let store = store();
    let query_map = use_query_map();
    let query = Memo::new(move |_| query_map.with(Query::from_map));
    let state = TableState { query, selected: RwSignal::default(), active: RwSignal::new(None), viewport: Viewport::new() };
    let last_input = RwSignal::new(0.0_f64);
    let order = Order::new(query, last_input, CALM_AFTER);
    let shown = order.shown;
    // A container that is gone is not selected any more.
    Effect::new(move || {
        let known: HashSet<ContainerId> = store.containers.fold(HashSet::new(), |mut ids, row| {
            ids.insert(row.id.clone());
            ids
        });
        if state.selected.with_untracked(|selected| !selected.is_subset(&known)) {
            state.selected.update(|selected| selected.retain(|id| known.contains(id)));
        }
    });
    let total = Memo::new(move |_| store.containers.len());
    figures::watch_in_view(state.viewport, shown);
    let on_key = keyboard(state, shown);
    let touched = move || last_input.set(browser::now());
    view! {
        <Toolbar state=state/>
        <div
            class="scroller"
            node_ref=state.viewport.scroller
            on:scroll=move |_| {
                state.viewport.scrolled();
                touched();
            }
            on:pointermove=move |_| touched()
        >
            {move || (order.pending.get() > 0).then(|| view! {
                <button type="button" class="pending-pill" on:click=move |_| last_input.set(0.0)>
                    <Glyph icon=Icon::Restart/>{move || t().pending_changes(order.pending.get())}
                </button>
            })}
            <div
                class="dt ct"
                role="grid"
                aria-label=t().containers()
                aria-multiselectable="true"
                aria-rowcount=move || (shown.with(Vec::len) + 1).to_string()
                aria-busy=move || (!store.containers.is_loaded()).to_string()
                data-stale=move || (!store.is_live()).then_some("")
                on:keydown=move |event| {
                    touched();
                    on_key(event);
                }
            >
                <Head state=state shown=shown/>
                {move || if store.containers.is_loaded() {
                    view! {
                        <VirtualRows viewport=state.viewport rows=shown view=move |id, index| view! { <ContainerRow id=id index=index state=state/> }/>
                    }.into_any()
                } else if store.is_unknown() {
                    ().into_any()
                } else {
                    skeletons().into_any()
                }}
            </div>
            {move || (store.is_unknown() && !store.containers.is_loaded()).then(|| view! {
                <StateView title=t().unknown_title() text=t().unknown_text()/>
            })}
            {move || match (store.containers.is_loaded(), total.get(), shown.with(Vec::len)) {
                (true, 0, _) => view! {
                    <StateView title=t().no_containers_title() text=t().no_containers_text()>
                        <a class="btn primary" href=at("/run")>{t().run_container()}</a>
                    </StateView>
                }.into_any(),
                (true, all, 0) => view! {
                    <StateView title=t().no_match_title() text=t().no_match_text(all)>
                        <ClearFilter/>
                    </StateView>
                }.into_any(),
                _ => ().into_any(),
            }}
        </div>
        <BulkBar state=state/>
    }
}

#[component]
fn ClearFilter() -> impl IntoView {
    let go = use_go();
    view! { <button type="button" class="btn" on:click=move |_| go("/containers")>{t().clear_filter()}</button> }
}

#[component]
fn Head(state: TableState, shown: Memo<Vec<ContainerId>>) -> impl IntoView {
    view! {
        <div class="dt-head" role="row" aria-rowindex="1">
            <SelectAll shown=shown selected=state.selected/>
                <order::SortHeader state=state key=order::Key::Name class="c-name" label=t().column_name()/>
                <order::SortHeader state=state key=order::Key::Image class="c-image" label=t().column_image()/>
                <order::SortHeader state=state key=order::Key::State class="c-state" label=t().column_state()/>
                <div class="c-cpu" role="columnheader">{t().column_cpu()}</div>
                <div class="c-mem" role="columnheader">{t().column_memory()}</div>
                <div class="c-ports" role="columnheader">{t().column_ports()}</div>
                <order::SortHeader state=state key=order::Key::Created class="c-created" label=t().column_created()/>
                <div class="row-more" role="columnheader"><span class="vh">{t().column_actions()}</span></div>
        </div>
    }
}

fn skeletons() -> impl IntoView {
    view! {
        <div class="dt-body" aria-hidden="true" style:height="340px">
            {(0..10)
                .map(|n| view! {
                    <div class="dt-row skeleton" style:--y=format!("{}px", n * 34)>
                        <div class="c-name"></div>
                        <div class="c-image"></div>
                        <div class="c-state"></div>
                    </div>
                })
                .collect_view()}
        </div>
    }
}

#[component]
fn BulkBar(state: TableState) -> impl IntoView {
    let store = store();
    let dialogs = dialogs();
    let chosen = move || -> Vec<Container> {
        state.selected.with_untracked(|selected| selected.iter().filter_map(|id| store.containers.get_untracked(id)).collect())
    };
    let each = move |action: Action| {
        for container in chosen().iter().filter(|container| action.is_allowed(container)) {
            act(link::engine(), action, container, dialogs);
        }
    };
    let stop = move |_| dialogs.ask(Asked::Stop { containers: chosen().into_iter().filter(|one| one.state.is_up()).collect(), all: false });
    let disabled = move || !store.is_live();
    view! {
        {move || (!state.selected.with(HashSet::is_empty)).then(|| view! {
            <div class="bulk" role="toolbar" aria-label=t().column_actions()>
                <span><b>{move || t().selected(state.selected.with(HashSet::len))}</b></span>
                <button type="button" class="btn ghost icon-only" aria-label=t().clear_selection() on:click=move |_| state.selected.set(HashSet::new())>
                    <Glyph icon=Icon::X/>
                </button>
                <button type="button" class="btn ghost" disabled=disabled on:click=move |_| each(Action::Start)><Glyph icon=Icon::Play/>{t().action_start()}</button>
                <button type="button" class="btn ghost" disabled=disabled on:click=stop><Glyph icon=Icon::Stop/>{t().action_stop()}</button>
                <button type="button" class="btn ghost" disabled=disabled on:click=move |_| each(Action::Restart)><Glyph icon=Icon::Restart/>{t().action_restart()}</button>
                <button type="button" class="btn ghost danger" disabled=disabled on:click=move |_| dialogs.ask(Asked::Remove(chosen()))>
                    <Glyph icon=Icon::Trash/>{t().action_remove()}
                </button>
            </div>
        })}
    }
}

/// Arrows, J and K move; Enter opens; X selects. Only while no field has the focus.
fn keyboard(state: TableState, shown: Memo<Vec<ContainerId>>) -> impl Fn(web_sys::KeyboardEvent) {
    let go = use_go();
    move |event| {
        if event.ctrl_key() || event.meta_key() || event.alt_key() || row::is_control(&event) {
            return;
        }
        let ids = shown.get_untracked();
        let Some(last) = ids.len().checked_sub(1) else { return };
        let active = state.active.get_untracked();
        let at = active.and_then(|active| ids.iter().position(|id| *id == active));
        let page = 10;
        let next = match event.key().as_str() {
            "ArrowDown" | "j" => at.map_or(0, |at| (at + 1).min(last)),
            "ArrowUp" | "k" => at.map_or(0, |at| at.saturating_sub(1)),
            "PageDown" => at.map_or(0, |at| (at + page).min(last)),
            "PageUp" => at.map_or(0, |at| at.saturating_sub(page)),
            "Home" => 0,
            "End" => last,
            "Enter" => {
                if let Some(id) = at.and_then(|at| ids.get(at)) {
                    go(&format!("/containers/{id}"));
                }
                return;
            }
            "x" | " " => {
                if let Some(id) = at.and_then(|at| ids.get(at)).cloned() {
                    event.prevent_default();
                    row::toggle(state.selected, &id);
                }
                return;
            }
            _ => return,
        };
        event.prevent_default();
        state.viewport.reveal(next);
        if let Some(id) = ids.get(next) {
            state.active.set(Some(id.clone()));
            row::focus(id);
        }
    }
}
