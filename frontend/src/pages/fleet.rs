//! `/containers?engine=all`: the containers of all engines in one table. Each engine is followed by itself, so that one
//! that is down keeps nobody waiting.

use std::{
    collections::{BTreeMap, HashMap},
    rc::Rc,
};

use leptos::prelude::*;
use linkspan_shared::{
    channel::{ChannelSpec, StateChange},
    container::{Container, ContainerState},
    engine::{Engine, EngineLink},
    ids::{ContainerId, EngineId},
    table::TableChange,
};

use super::containers::filter::Filter;
use crate::{
    address::{self, Chosen, replace},
    browser::{self, NextFrame},
    case,
    components::{
        actions::{Action, act},
        dialogs::dialogs,
        filter_box::FilterBox,
        image_name::image_name,
        ports::Ports,
        state_pill::StatePill,
        top_bar::TopBar,
        ui::{
            Glyph, Icon,
            state_view::StateView,
            virtual_rows::{Viewport, VirtualRows, offset},
        },
    },
    i18n::{ago_at, date_time, explain, t},
    link::{self, Incoming, LinkState, Subscription, link},
    route::{Route, Tab},
    sorting,
    store::store,
};

type Key = (EngineId, ContainerId);
type Known = BTreeMap<EngineId, HashMap<ContainerId, Container>>;

#[component]
pub fn Fleet() -> impl IntoView {
    let store = store();
    let known = RwSignal::new(Known::new());
    follow_all(known);
    let query = address::query();
    let text = Memo::new(move |_| query.with(|query| query.get("q").unwrap_or_default()));
    let shown = Memo::new(move |_| {
        // An engine's name is one more thing that a word may be in.
        let words: Vec<_> = text.with(|text| text.split_whitespace().map(|word| (case::lower(word), Filter::parse(word))).collect());
        let fits = |engine: &EngineId, row: &Container| {
            words.iter().all(|(word, filter)| case::lower(&engine.0).contains(word) || filter.fits(row, || None))
        };
        known.with(|known| {
            let rows = known.iter().flat_map(|(engine, rows)| rows.values().map(move |row| (engine, row)));
            let mut rows: Vec<_> = rows.filter(|(engine, row)| fits(engine, row)).collect();
            sorting::sort_by(&mut rows, |(a_engine, a), (b_engine, b)| {
                a.name.cmp(&b.name).then_with(|| (a_engine, &a.id).cmp(&(b_engine, &b.id)))
            });
            rows.into_iter().map(|(engine, row)| (engine.clone(), row.id.clone())).collect::<Vec<Key>>()
        })
    });
    let all = Memo::new(move |_| known.with(|known| known.values().map(HashMap::len).sum::<usize>()));
    let viewport = Viewport::new();
    let type_filter = Callback::new(move |text: String| {
        replace(Route::Containers.with(&[("q", &text)]));
    });
    view! {
        <TopBar><h1>{t().containers()}</h1></TopBar>
        <div class="toolbar ct-toolbar">
            <FilterBox label=t().filter_containers() text=text on_type=type_filter/>
            <ul class="fleet" role="list" aria-label=t().engines()>
                {move || store.sorted_engines().into_iter().enumerate().map(|(at, engine)| engine_chip(at, engine, known)).collect_view()}
            </ul>
        </div>
        {move || store.sorted_engines().into_iter().filter_map(|engine| match engine.link {
            EngineLink::Unreachable { problem, .. } => {
                let stale = known.with(|known| known.get(&engine.id).is_some_and(|rows| !rows.is_empty()));
                let explained = explain(&problem);
                Some(view! {
                    <details class="fleet-note">
                        <summary>
                            <Glyph icon=Icon::XCircle/>
                            <span role="alert"><b>{t().fleet_down(&engine.id.0)}</b>" "{explained.what}" "{stale.then(|| t().fleet_stale())}</span>
                        </summary>
                        <p class="mono">{explained.why}</p>
                        <p>{explained.advice}</p>
                    </details>
                })
            }
            _ => None,
        }).collect_view()}
        <div class="scroller" node_ref=viewport.scroller on:scroll=move |_| viewport.scrolled()>
            <div class="dt ct fleet-table" role="treegrid" aria-label=t().containers() aria-rowcount=move || (shown.with(Vec::len) + 1).to_string()>
                <div class="dt-head" role="row" aria-rowindex="1">
                    <div class="c-name" role="columnheader">{t().column_name()}</div>
                    <div class="c-engine" role="columnheader">{t().column_engine()}</div>
                    <div class="c-image" role="columnheader">{t().column_image()}</div>
                    <div class="c-state" role="columnheader">{t().column_state()}</div>
                    <div class="c-ports" role="columnheader">{t().column_ports()}</div>
                    <div class="c-created" role="columnheader">{t().column_created()}</div>
                    <div class="row-acts" role="columnheader"><span class="vh">{t().column_actions()}</span></div>
                </div>
                <VirtualRows viewport=viewport rows=shown view=move |key, index| view! { <FleetRow key=key index=index viewport=viewport known=known/> }/>
            </div>
            {move || (shown.with(Vec::is_empty) && all.get() > 0).then(|| view! {
                <StateView title=t().no_match_title() text=t().no_match_text(all.get())/>
            })}
        </div>
    }
}

/// One subscription for each engine, as they come and go.
fn follow_all(known: RwSignal<Known>) {
    let engines = Memo::new(move |_| store().sorted_engines().into_iter().map(|engine| engine.id).collect::<Vec<_>>());
    let open = StoredValue::new_local(BTreeMap::<EngineId, Subscription>::new());
    let waiting = StoredValue::new_local(Vec::<(EngineId, TableChange<Container>)>::new());
    let frame = Rc::<NextFrame>::default();
    let apply = move || {
        let changes = waiting.try_update_value(std::mem::take).unwrap_or_default();
        let _ = known.try_update(|known| {
            for (engine, change) in changes {
                // It may have been removed meanwhile.
                if let Some(rows) = known.get_mut(&engine) {
                    merge(rows, change);
                }
            }
        });
    };
    Effect::new(move || {
        let engines = engines.get();
        known.update(|known| {
            known.retain(|id, _| engines.contains(id));
            for id in &engines {
                known.entry(id.clone()).or_default();
            }
        });
        open.update_value(|open| {
            open.retain(|id, _| engines.contains(id));
            for id in engines {
                open.entry(id.clone()).or_insert_with(|| {
                    let (of, frame) = (id.clone(), frame.clone());
                    let handler = move |incoming: Incoming<'_>| {
                        if let Incoming::State(StateChange::Containers(change)) = incoming {
                            let _ = waiting.try_update_value(|waiting| waiting.push((of.clone(), change)));
                            frame.ask(apply);
                        }
                    };
                    link::open_on(Some(id), || ChannelSpec::Containers, handler)
                });
            }
        });
    });
    on_cleanup(move || drop(open.try_update_value(std::mem::take)));
}

fn merge(rows: &mut HashMap<ContainerId, Container>, change: TableChange<Container>) {
    let upserted = match change {
        TableChange::Snapshot(all) => {
            rows.clear();
            all
        }
        TableChange::Delta { upserted, removed } => {
            removed.iter().for_each(|id| drop(rows.remove(id)));
            upserted
        }
    };
    rows.extend(upserted.into_iter().map(|row| (row.id.clone(), row)));
}

/// The default engine needs no name in an address.
fn of(engine: &EngineId) -> Chosen {
    let default = untrack(|| store().sorted_engines().into_iter().next());
    if default.is_some_and(|default| default.id == *engine) { Chosen::Default } else { Chosen::One(engine.clone()) }
}

fn engine_chip(at: usize, engine: Engine, known: RwSignal<Known>) -> impl IntoView {
    let href = address::on(&if at == 0 { Chosen::Default } else { Chosen::One(engine.id.clone()) }, Route::Containers);
    // What the bridge said last is no word of now, where that is away.
    let bridge_is_there = link().state.get() == LinkState::Connected;
    let (state, icon, word) = match engine.link {
        _ if !bridge_is_there => ("busy", Icon::Loader, t().reconnecting()),
        EngineLink::Connected => ("ok", Icon::OkCircle, t().connected()),
        EngineLink::Connecting => ("busy", Icon::Loader, t().connecting()),
        EngineLink::CatchingUp { .. } => ("busy", Icon::Loader, t().reconnecting()),
        EngineLink::Unreachable { .. } => ("down", Icon::XCircle, t().unreachable()),
    };
    let id = engine.id.clone();
    let counts = move || {
        known.with(|known| {
            // Of one that was never reached nothing is known.
            let rows = known.get(&id).filter(|rows| state != "down" || !rows.is_empty())?;
            Some(t().fleet_counts(rows.values().filter(|row| row.state == ContainerState::Running).count(), rows.len()))
        })
    };
    view! {
        <li>
            <a class="chip conn" href=href rel="external" data-conn=state title=engine.endpoint>
                <Glyph icon=icon/><b>{engine.id.0}</b><span class="vh">{word}</span>
                <span class="num">{counts}</span>
            </a>
        </li>
    }
}

#[component]
fn FleetRow(key: Key, index: Signal<usize>, viewport: Viewport, known: RwSignal<Known>) -> impl IntoView {
    let (engine, id) = key.clone();
    let row = Memo::new(move |before: Option<&Option<Container>>| {
        // The row leaves the table a moment after its container does.
        known.with(|known| known.get(&key.0).and_then(|rows| rows.get(&key.1)).cloned()).or_else(|| before.cloned().flatten())
    });
    let Some(first) = row.get_untracked() else { return ().into_any() };
    let row = Signal::derive(move || row.get().unwrap_or_else(|| first.clone()));
    let dialogs = dialogs();
    let is_live = {
        let engine = engine.clone();
        Memo::new(move |_| {
            link::link().state.get() == LinkState::Connected
                && store().engines.get(&engine).is_some_and(|engine| engine.link == EngineLink::Connected)
        })
    };
    // Each engine stamps by a clock of its own.
    let clock = {
        let engine = engine.clone();
        move || browser::clocks().bridge_now() + store().engines.get(&engine).map_or(0, |engine| engine.clock_ahead) as f64
    };
    let name = move || row.with(|row| row.name.clone());
    let chosen = of(&engine);
    let href = address::on(&chosen, Route::container(&id, Tab::Overview));
    let ports_href = href.clone();
    let engine_href = address::on(&chosen, Route::Containers);
    let shown_engine = engine.0.clone();
    let quick = move |action: Action, label: fn(&str) -> String| {
        let engine = engine.clone();
        view! {
            <Show when=move || is_live.get() && row.with(|row| action.is_allowed(row))>
                {
                    let engine = engine.clone();
                    view! {
                        <button
                            type="button"
                            class="btn ghost sm icon-only"
                            data-needs=action.needs()
                            aria-label=move || label(&name())
                            title=move || label(&name())
                            on:click=move |_| row.with_untracked(|row| act(Some(engine.clone()), action, row, dialogs))
                        >
                            <Glyph icon=action.icon()/>
                        </button>
                    }
                }
            </Show>
        }
    };
    view! {
        <div
            class="dt-row"
            role="row"
            aria-label=name
            aria-rowindex=move || (index.get() + 2).to_string()
            data-stale=move || (!is_live.get()).then_some("")
            style:--y=offset(viewport, index)
        >
            <div class="c-name" role="gridcell"><a href=href rel="external" title=name>{name}</a></div>
            <div class="c-engine" role="gridcell"><a href=engine_href rel="external">{shown_engine}</a></div>
            <div class="c-image mono" role="gridcell" title=move || row.with(|row| row.image.clone())>{move || row.with(|row| image_name(&row.image))}</div>
            <div class="c-state" role="gridcell"><StatePill container=row/></div>
            <div class="c-ports mono" role="gridcell"><Ports container=row href=ports_href tab=Signal::stored("0")/></div>
            <div class="c-created" role="gridcell">
                <time title=move || date_time(row.with(|row| row.created))>{move || ago_at(row.with(|row| row.created), clock())}</time>
            </div>
            <div class="row-acts" role="gridcell">
                {quick(Action::Start, |name| t().start(name))}
                {quick(Action::Restart, |name| t().restart(name))}
                {quick(Action::Stop, |name| t().stop(name))}
            </div>
        </div>
    }
    .into_any()
}
