//! `/containers/{id or name}` and its tabs.

pub mod changes;
mod logs;
pub mod overview;
mod stats;
mod terminal;

use std::time::Duration;

use leptos::prelude::*;
use linkspan_shared::{
    call::InspectContainer,
    container::{Container, ContainerDetails, ContainerState},
    file::FileSource,
    ids::ContainerId,
    problem::{Problem, ProblemCode},
    review::ReviewOf,
};

use logs::KeptLog;
use wasm_bindgen_futures::spawn_local;

use crate::{
    address::{self, at},
    browser,
    components::{
        actions::{Action, act},
        container_menu,
        copy::copy_id,
        dialogs::dialogs,
        json_tree::JsonTree,
        menu::menus,
        state_pill::StatePill,
        top_bar::TopBar,
        ui::{Glyph, Icon, problem_note::ProblemNote, state_view::StateView},
    },
    i18n::{date_time, t, uptime},
    link,
    pages::{
        activity::OfContainer,
        files::{Files, Source},
    },
    route::{Route, Tab},
    store::store,
};

/// The container of the address: by id, by the beginning of an id, or by name. `None` while nothing is known.
pub fn of_address() -> Memo<Option<Option<ContainerId>>> {
    let wanted = address::subject();
    // Once found, a container stays the one of its address, also when it is renamed or removed.
    let found = Memo::new(move |before: Option<&(String, Option<Option<ContainerId>>)>| {
        let store = store();
        let wanted = wanted.get();
        // Its tabs name it by its ID.
        let known = before.and_then(|(said, found)| found.clone().flatten().filter(|id| *said == wanted || id.is_abbreviated(&wanted)));
        let found = match known {
            Some(known) => Some(Some(known)),
            None if !store.containers.is_loaded() => None,
            None => Some(store.containers.fold(None, |found, row| if row.is_called(&wanted) { Some(row.id.clone()) } else { found })),
        };
        (wanted, found)
    });
    Memo::new(move |_| found.with(|(_, found)| found.clone()))
}

#[component]
pub fn ContainerPage() -> impl IntoView {
    let id = of_address();
    let wanted = address::subject();
    view! {
        {move || match id.get() {
            None => view! { <TopBar><Crumbs name=wanted/></TopBar> }.into_any(),
            Some(None) => view! {
                <TopBar><h1 class="vh">{wanted}</h1><Crumbs name=wanted/></TopBar>
                <StateView title=move || t().container_unknown_title(&wanted.get()) text=t().container_unknown_text()>
                    <a class="btn" href=at(Route::Containers)>{t().to_containers()}</a>
                </StateView>
            }.into_any(),
            Some(Some(id)) => view! { <Known id=id/> }.into_any(),
        }}
    }
}

/// An address by name follows a renaming, so that it can be reloaded and sent to somebody.
fn keep_address(id: ContainerId, name: Memo<String>) {
    Effect::new(move |before: Option<String>| {
        let now = name.get();
        if let Some(before) = before.filter(|before| *before != now) {
            let renamed = match address::route().get_untracked() {
                Route::Container(said, tab) if said == before && !id.0.starts_with(&said) => Some(Route::Container(now.clone(), tab)),
                Route::Edit(said) if said == before && !id.0.starts_with(&said) => Some(Route::Edit(now.clone())),
                Route::Commit(said) if said == before && !id.0.starts_with(&said) => Some(Route::Commit(now.clone())),
                _ => None,
            };
            if let Some(page) = renamed {
                address::enter(&format!("{page}{}", window().location().search().unwrap_or_default()), true);
            }
        }
        now
    });
}

#[component]
pub fn Crumbs(#[prop(into)] name: Signal<String>) -> impl IntoView {
    view! {
        <nav aria-label=t().breadcrumb() class="crumbs-nav">
            <ol class="crumbs">
                <li><a href=at(Route::Containers)>{t().containers()}</a></li>
                <li aria-current="page">{name}</li>
            </ol>
        </nav>
    }
}

#[component]
fn Known(id: ContainerId) -> impl IntoView {
    let store = store();
    // What was known last stays when the container goes.
    let row = {
        let id = id.clone();
        Memo::new(move |before: Option<&Option<Container>>| store.containers.get(&id).or_else(|| before.cloned().flatten()))
    };
    let is_there = {
        let id = id.clone();
        Memo::new(move |_| store.containers.get(&id).is_some())
    };
    let Some(first) = row.get_untracked() else { return ().into_any() };
    let row = Signal::derive(move || row.get().unwrap_or_else(|| first.clone()));
    let name = Memo::new(move |_| row.get().name);
    keep_address(id.clone(), name);
    let tab = address::tab();
    let (log, details) = (KeptLog::default(), RwSignal::new(None));
    // Also where another tab is shown first: once it is gone nobody can be asked.
    if !matches!(tab.get_untracked(), Tab::Overview | Tab::Inspect) {
        let container = id.0.clone();
        spawn_local(async move {
            let answer = link::call(InspectContainer { container }).await;
            // Another tab may have asked meanwhile.
            if details.try_with_untracked(Option::is_none) == Some(true) {
                details.set(Some(answer));
            }
        });
    }
    view! {
        <TopBar><Crumbs name=name/></TopBar>
        <Head row=row is_there=is_there/>
        {move || (!is_there.get()).then(|| view! {
            <div class="banner warn" role="status"><Glyph icon=Icon::Info/><p><b>{t().container_gone_title(&name.get())}</b>" "{t().container_gone_text()}</p></div>
        })}
        <Tabs id=id.clone() tab=tab/>
        {move || match tab.get() {
            Tab::Logs => view! { <logs::Logs row=row is_there=is_there kept=log/> }.into_any(),
            Tab::Stats => view! { <stats::Stats row=row is_there=is_there/> }.into_any(),
            Tab::Changes => view! { <changes::Changes of=ReviewOf::Container(id.clone()) is_there=is_there page=Route::container(&id, Tab::Changes)/> }.into_any(),
            Tab::Terminal => view! { <terminal::Terminal row=row is_there=is_there/> }.into_any(),
            Tab::Files => view! { <Files source=files_of(row, is_there)/> }.into_any(),
            Tab::Overview | Tab::Inspect => view! { <Inspected id=id.clone() row=row is_there=is_there last=details raw=tab.get() == Tab::Inspect/> }.into_any(),
        }}
    }
    .into_any()
}

fn files_of(row: Signal<Container>, is_there: Memo<bool>) -> Source {
    let id = row.with_untracked(|row| row.id.clone());
    let name = Signal::derive(move || row.with(|row| row.name.clone()));
    let fixed = move || row.with(|row| (row.state != ContainerState::Running).then(|| t().needs_running_container()));
    Source::new(FileSource::Container(id), name, is_there.into(), Signal::derive(fixed))
}

#[component]
fn Head(row: Signal<Container>, is_there: Memo<bool>) -> impl IntoView {
    let store = store();
    let (dialogs, menus) = (dialogs(), menus());
    let name = move || row.with(|row| row.name.clone());
    let can_act = move || is_there.get() && store.is_live();
    let button = move |action: Action, label: fn(&str) -> String| {
        view! {
            <Show when=move || can_act() && row.with(|row| action.is_allowed(row))>
                <button
                    type="button"
                    class="btn icon-only"
                    data-needs=action.needs()
                    class:restart=action == Action::Restart
                    aria-label=move || label(&name())
                    title=move || label(&name())
                    on:click=move |_| row.with_untracked(|row| act(link::engine(), action, row, dialogs))
                >
                    <Glyph icon=action.icon()/>
                </button>
            </Show>
        }
    };
    let more = move |event: web_sys::MouseEvent| {
        let items = row.with_untracked(|row| container_menu::of_container(row, dialogs, is_there.get_untracked() && store.is_live()));
        menus.open(name(), items, &event);
    };
    // By its ID: the name may be another image's by now.
    let image_href = move || at(row.with(|row| Route::image(&row.image_id)));
    view! {
        <header class="chead">
            <div class="chead-id">
                <h1>{name}</h1>
                <Show
                    when=move || is_there.get()
                    fallback=|| view! { <span class="pill" data-state="removing"><Glyph icon=Icon::Trash/>{t().state_removed()}</span> }
                >
                    <StatePill container=row/>
                </Show>
                <dl class="chead-meta">
                    <div><dt class="vh">{t().image()}</dt><dd class="mono">
                        <a class="link" href=image_href>{move || row.with(|row| row.image.clone())}</a>
                        {move || row.with(|row| store.has_lost_its_name(row)).then(|| view! { " "<span class="tag" title=t().untagged_since_text()>{t().untagged_since()}</span> })}
                    </dd></div>
                    <div>
                        <dt class="vh">{t().container_id()}</dt>
                        <dd class="mono">
                            <button
                                type="button"
                                class="copyable"
                                aria-label=move || row.with(|row| t().copy_container_id(row.id.short()))
                                on:click=move |_| row.with_untracked(|row| copy_id(&row.id))
                            >
                                {move || row.with(|row| row.id.short().to_owned())}<Glyph icon=Icon::Copy/>
                            </button>
                        </dd>
                    </div>
                    {move || row.with(|row| row.started).map(|started| view! {
                        <div><dt class="vh">{t().column_uptime()}</dt><dd title=t().up_since(&date_time(started))>{t().up_for(&uptime(started))}</dd></div>
                    })}
                </dl>
            </div>
            <div class="chead-actions">
                {button(Action::Start, |name| t().start(name))}
                {button(Action::Restart, |name| t().restart(name))}
                {button(Action::Stop, |name| t().stop(name))}
                <button type="button" class="btn icon-only" aria-haspopup="menu" aria-label=move || t().more_actions(&name()) on:click=more>
                    <Glyph icon=Icon::More/>
                </button>
                <Show when=can_act>
                    <a class="btn primary" data-needs="job.commit" href=move || at(Route::Commit(row.with(|row| row.id.0.clone())))>
                        <Glyph icon=Icon::Commit/>{t().action_commit()}
                    </a>
                </Show>
            </div>
        </header>
    }
}

#[component]
fn Tabs(id: ContainerId, tab: Memo<Tab>) -> impl IntoView {
    let link = |to: Tab, label: &'static str| {
        view! { <a href=at(Route::container(&id, to)) aria-current=move || (tab.get() == to).then_some("page")>{label}</a> }
    };
    view! {
        <nav class="tabs ctabs" aria-label=t().section_container()>
            {link(Tab::Overview, t().details())}
            {link(Tab::Logs, t().logs())}
            {link(Tab::Stats, t().stats())}
            {link(Tab::Changes, t().changes())}
            {link(Tab::Terminal, t().terminal())}
            {link(Tab::Files, t().files())}
            {link(Tab::Inspect, t().inspect())}
        </nav>
    }
}

/// Milliseconds from one run of a health check to the next, where it says nothing else.
const PROBED: u64 = 30_000;
/// Nobody is asked more often, or less.
const PROBED_WITHIN: (u64, u64) = (5_000, 600_000);

/// Asks again whenever the container's row changes, and after each run of its health check, of which no row tells.
#[component]
fn Inspected(
    id: ContainerId,
    row: Signal<Container>,
    is_there: Memo<bool>,
    /// What was answered last.
    last: RwSignal<Option<Result<ContainerDetails, Problem>>>,
    raw: bool,
) -> impl IntoView {
    let probed = RwSignal::new(0u32);
    let visible = browser::visible();
    let period = Memo::new(move |_| {
        let check = last.with(|last| last.as_ref()?.as_ref().ok()?.health_check.clone())?;
        let is_looked_at = visible.get() && is_there.get() && row.with(|row| row.state == ContainerState::Running);
        is_looked_at.then(|| check.interval.unwrap_or(PROBED).clamp(PROBED_WITHIN.0, PROBED_WITHIN.1))
    });
    browser::every(move || period.get().map(Duration::from_millis), move || probed.update(|probed| *probed += 1));
    let details = LocalResource::new(move || {
        // What an event changed shows in the row first.
        row.track();
        probed.track();
        let (id, ask) = (id.clone(), is_there.get());
        async move { if ask { Some(link::call(InspectContainer { container: id.0 }).await) } else { None } }
    });
    let trouble = RwSignal::new(None::<Problem>);
    Effect::new(move || {
        // The old answer stays until there is a new one, and when the container is gone.
        if let Some(Some(answer)) = details.get() {
            let has_some = last.with_untracked(|last| matches!(last, Some(Ok(_))));
            // Said once, however often it is asked.
            let why = answer.as_ref().err().filter(|problem| has_some && problem.code != ProblemCode::NotFound).cloned();
            trouble.maybe_update(|trouble| {
                let is_other = *trouble != why;
                *trouble = why;
                is_other
            });
            if answer.is_ok() || !has_some {
                last.set(Some(answer));
            }
        }
    });
    // What is searched, folded or shown stays so when the answer is another one.
    let text =
        Memo::new(move |_| last.with(|last: &Option<Result<ContainerDetails, Problem>>| Some(last.as_ref()?.as_ref().ok()?.raw.clone())));
    let has_text = Memo::new(move |_| text.with(Option::is_some));
    let opened = overview::Opened::new();
    let of = row.with_untracked(|row| row.id.clone());
    view! {
        <div class="scroller" tabindex="0" role="region" aria-label=t().details()>
            {move || trouble.get().map(|problem| view! { <div class="page-col"><ProblemNote title=t().inspect() problem=problem/></div> })}
            {move || match last.get() {
                Some(Err(problem)) => view! { <div class="page-col"><ProblemNote title=t().inspect() problem=problem/></div> }.into_any(),
                Some(Ok(details)) if !raw => view! { <overview::Overview row=row details=details opened=opened/> }.into_any(),
                _ => ().into_any(),
            }}
            {(!raw).then(|| view! {
                <section class="own-activity" aria-label=t().activity()><h2>{t().activity()}</h2><OfContainer id=of/></section>
            })}
            {move || (raw && has_text.get()).then(|| view! {
                <div class="inspect"><JsonTree text=Signal::derive(move || text.get().unwrap_or_default())/></div>
            })}
        </div>
    }
}
