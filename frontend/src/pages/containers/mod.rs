//! `/containers`: the live table.

pub mod bulk;
pub mod choose;
mod columns;
mod figures;
pub mod filter;
mod group;
mod offers;
mod order;
mod row;
pub mod sort;
mod toolbar;

use std::collections::{HashMap, HashSet};

use leptos::prelude::*;
use linkspan_shared::{container::Container, ids::ContainerId};

use crate::{
    address::{at, go, query},
    browser,
    components::{
        actions::{Action, act},
        dialogs::{Asked, dialogs},
        grid::Grid,
        keys::{Command, Scope},
        select_all::SelectAll,
        ui::{Glyph, Icon, state_view::StateView, virtual_rows::VirtualRows},
    },
    i18n::t,
    link,
    route::{Route, Section, Tab},
    store::{Store, store},
};
use group::{Folded, GroupRow};
pub use order::preferred;
use order::{Line, Order, Query};
use row::ContainerRow;
use toolbar::Toolbar;

/// How long the order stays as it is after the pointer or a key was used in the table.
const CALM_AFTER: f64 = 2_000.0;

/// What rows and toolbar share.
#[derive(Clone, Copy)]
pub struct TableState {
    pub query: Memo<Query>,
    /// Of what runs, where it is sorted by figures.
    pub figures: RwSignal<HashMap<ContainerId, u64>>,
    pub grid: Grid<Line>,
    pub folded: Folded,
    /// The containers of each project that the filter leaves.
    pub members: Memo<HashMap<String, Vec<ContainerId>>>,
    /// Of each line the number of containers before it.
    pub ordinals: Memo<Vec<usize>>,
    pub is_grouped: Memo<bool>,
    /// The column of restarts is shown, which most people do without.
    pub restarts: RwSignal<bool>,
}

#[component]
pub fn Containers(
    /// What is done to the selected ones, and the choice of an order: code that comes after the first table.
    #[prop(into)]
    bulk: ViewFn,
    #[prop(into)] sort: ViewFn,
) -> impl IntoView {
    let store = store();
    let address = query();
    let query = Memo::new(move |_| address.with(Query::read));
    let last_input = RwSignal::new(0.0_f64);
    let folded = Folded::load();
    let figures = RwSignal::new(HashMap::new());
    let order = Order::new(query, figures, folded, last_input, CALM_AFTER);
    let (shown, members) = (order.shown, order.members);
    let of_line = Callback::new(move |line: Line| match line {
        Line::Project(project) => {
            members.with_untracked(|members| members.get(&project).cloned().unwrap_or_default()).into_iter().map(Line::Container).collect()
        }
        line => vec![line],
    });
    let ordinals = Memo::new(move |_| {
        shown.with(|shown| {
            let mut before = 0;
            let count = |line: &Line| {
                let ordinal = before;
                before += usize::from(matches!(line, Line::Container(_)));
                ordinal
            };
            shown.iter().map(count).collect::<Vec<_>>()
        })
    });
    let is_grouped = Memo::new(move |_| shown.with(|shown| matches!(shown.first(), Some(Line::Project(_)))));
    let containers =
        Memo::new(move |_| members.with(|members| members.values().flatten().cloned().map(Line::Container).collect::<Vec<_>>()));
    let grid = Grid::new(shown, dom_id).with_members(of_line, containers).remembered_as(Section::Containers);
    let restarts = RwSignal::new(false);
    let state = TableState { query, figures, grid, folded, members, ordinals, is_grouped, restarts };
    // Of what comes later.
    provide_context(state);
    let total = Memo::new(move |_| store.containers.len());
    figures::watch_in_view(state);
    let line = move |line: Line, index: Signal<usize>| match line {
        Line::Project(project) => view! { <GroupRow project=project index=index state=state/> }.into_any(),
        Line::Container(id) => view! { <ContainerRow id=id index=index state=state/> }.into_any(),
    };
    let rows = move || ordinals.with(|ordinals| ordinals.last().map_or(0, |last| last + 1));
    let touched = move || last_input.set(browser::now());
    let on_key = keyboard(state);
    grid.listen(move |event| {
        touched();
        on_key(event);
    });
    view! {
        <Toolbar state=state sort=sort/>
        <div
            class="scroller"
            node_ref=grid.viewport.scroller
            on:scroll=move |_| {
                grid.viewport.scrolled();
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
                role="treegrid"
                aria-label=t().containers()
                aria-multiselectable="true"
                aria-rowcount=move || (rows() + 1).to_string()
                aria-busy=move || (!store.containers.is_loaded()).to_string()
                data-stale=move || (!store.is_live()).then_some("")
            >
                <Head state=state shown=containers/>
                {move || if store.containers.is_loaded() {
                    restarts.track();
                    view! {
                        <VirtualRows viewport=grid.viewport rows=shown keep=grid.active view=line/>
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
                        <a class="btn primary" href=at(Route::Run)>{t().run_container()}</a>
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
        {move || (!grid.selected.with(HashSet::is_empty)).then(|| bulk.run())}
    }
}

#[component]
fn ClearFilter() -> impl IntoView {
    view! { <button type="button" class="btn" on:click=move |_| go(Route::Containers)>{t().show_all_containers()}</button> }
}

#[component]
fn Head(state: TableState, shown: Memo<Vec<Line>>) -> impl IntoView {
    view! {
        <div class="dt-head" role="row" aria-rowindex="1">
            <SelectAll shown=shown selected=state.grid.selected/>
                <order::SortHeader state=state key=order::Key::Name class="c-name" label=t().column_name()/>
                <order::SortHeader state=state key=order::Key::Image class="c-image" label=t().column_image()/>
                <order::SortHeader state=state key=order::Key::State class="c-state" label=t().column_state()/>
                <order::SortHeader state=state key=order::Key::Cpu class="c-cpu" label=t().column_cpu()/>
                <order::SortHeader state=state key=order::Key::Memory class="c-mem" label=t().column_memory()/>
                <div class="c-ports" role="columnheader">{t().column_ports()}</div>
                <order::SortHeader state=state key=order::Key::Created class="c-created" label=t().column_created()/>
                <order::SortHeader state=state key=order::Key::Uptime class="c-up" label=t().column_uptime()/>
                {move || state.restarts.get().then(|| view! { <order::SortHeader state=state key=order::Key::Restarts class="c-restarts" label=t().field_restarts()/> })}
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

fn rows<'a>(store: Store, lines: impl IntoIterator<Item = &'a Line>) -> Vec<Container> {
    let row = |line: &Line| match line {
        Line::Container(id) => store.containers.get_untracked(id),
        Line::Project(_) => None,
    };
    lines.into_iter().filter_map(row).collect()
}

fn dom_id(line: &Line) -> String {
    match line {
        Line::Project(project) => format!("project-{project}"),
        Line::Container(id) => format!("row-{id}"),
    }
}

/// What the keys of the design's map do to the row that has the focus.
fn keyboard(state: TableState) -> impl Fn(&web_sys::KeyboardEvent) {
    let (store, dialogs) = (store(), dialogs());
    let grid = state.grid;
    move |event| {
        let open = |line: &Line| match line {
            Line::Project(project) => state.folded.set(project, !untrack(|| state.folded.is(project))),
            Line::Container(id) => go(Route::container(id, Tab::Overview)),
        };
        let more = |line: &Line, command: Command| {
            let container = match line {
                Line::Project(project) => {
                    let folds = matches!(command, Command::Fold | Command::Unfold);
                    if folds {
                        state.folded.set(project, command == Command::Fold);
                    }
                    return folds;
                }
                Line::Container(id) => store.containers.get_untracked(id),
            };
            let Some(container) = container else { return false };
            let tab = |tab: Tab| go(Route::container(&container.id, tab));
            let act_if = |action: Action| {
                if store.is_live() && action.is_allowed(&container) {
                    act(link::engine(), action, &container, dialogs);
                }
            };
            match command {
                // From a container to its project.
                Command::Fold if state.is_grouped.get_untracked() => {
                    let line = Line::Project(container.project.clone().unwrap_or_default());
                    if let Some(at) = grid.shown.with_untracked(|shown| shown.iter().position(|other| *other == line)) {
                        grid.go_to(at, &line);
                    }
                }
                Command::Logs => tab(Tab::Logs),
                Command::Terminal => tab(Tab::Terminal),
                Command::Stats => tab(Tab::Stats),
                Command::Files => tab(Tab::Files),
                Command::Commit => go(Route::Commit(container.id.0.clone())),
                Command::Restart => act_if(Action::Restart),
                Command::Pause => act_if(if Action::Resume.is_allowed(&container) { Action::Resume } else { Action::Pause }),
                Command::Stop => act_if(Action::Stop),
                Command::Start => act_if(Action::Start),
                Command::Remove if store.is_live() && !container.is_self => dialogs.ask(Asked::Remove(rows(store, &grid.chosen_or(line)))),
                _ => return false,
            }
            true
        };
        grid.on_key(event, Scope::Containers, open, more);
    }
}
