//! The tab Terminal: shells inside the container, several at once, each its owner's alone.

mod new;

use leptos::prelude::*;
use linkspan_shared::{
    call::ListTerminals,
    container::{Container, ContainerState},
    ids::TerminalId,
    person::SharedTerminal,
    problem::Problem,
    terminal::{TerminalInfo, TerminalState},
    time::Timestamp,
};
use wasm_bindgen_futures::spawn_local;

use crate::{
    browser,
    components::{
        people::shared_in,
        terminal::TerminalView,
        ui::{Glyph, Icon, problem_note::ProblemNote, state_view::StateView},
    },
    i18n::t,
    link,
    store::store,
};
use new::NewTerminal;

/// Somebody else's, as one that is one's own is told of.
fn of_another(shared: SharedTerminal) -> TerminalInfo {
    TerminalInfo {
        id: shared.terminal,
        command: vec![shared.shell],
        user: String::new(),
        is_attached: false,
        is_read_only: true,
        can_end: false,
        started: Timestamp(0),
        size: shared.size,
        can_hang_up: false,
        state: TerminalState::Running,
    }
}

#[derive(Clone, Copy)]
struct Sessions {
    list: RwSignal<Vec<TerminalInfo>>,
    active: RwSignal<Option<TerminalId>>,
    /// The form for a new one is shown.
    asking: RwSignal<bool>,
}

#[component]
pub fn Terminal(row: Signal<Container>, is_there: Memo<bool>) -> impl IntoView {
    let store = store();
    let id = row.with_untracked(|row| row.id.clone());
    let sessions = Sessions { list: RwSignal::default(), active: RwSignal::new(None), asking: RwSignal::new(false) };
    let loaded = RwSignal::new(false);
    let problem = RwSignal::new(None::<Problem>);
    {
        let id = id.clone();
        // Those of before a reload, or of a minute ago.
        Effect::new(move || {
            if store.is_live() && !loaded.get_untracked() {
                let container = id.clone();
                spawn_local(async move {
                    match link::call(ListTerminals { container }).await {
                        Ok(mut known) => {
                            known.retain(|info| info.state == TerminalState::Running);
                            sessions.active.try_set(known.last().map(|info| info.id.clone()));
                            sessions.list.try_set(known);
                            loaded.try_set(true);
                            problem.try_set(None);
                        }
                        Err(why) => drop(problem.try_set(Some(why))),
                    }
                });
            }
        });
    }
    let is_running = move || is_there.get() && row.with(|row| row.state == ContainerState::Running);
    let name = Memo::new(move |_| row.with(|row| row.name.clone()));
    let own = Memo::new(|_| link::link().user.with(|user| user.as_ref().map(|user| user.name.0.clone())));
    let looked_at = id.clone();
    // Those at which somebody lets others look on, as tabs beside one's own.
    let others = Memo::new(move |_| {
        let mut all = shared_in(&looked_at);
        all.retain(|(owner, _)| Some(owner) != own.get().as_ref());
        all.into_iter().map(|(owner, shared)| (owner, of_another(shared))).collect::<Vec<_>>()
    });
    let all = Memo::new(move |_| {
        let own = sessions.list.get().into_iter().map(|info| (None, info));
        own.chain(others.get().into_iter().map(|(owner, info)| (Some(owner), info))).collect::<Vec<_>>()
    });
    // Whoever comes to look on sees it at once; what is shared no more goes.
    Effect::new(move || {
        all.with(|all| {
            let is_there = sessions.active.with_untracked(|active| all.iter().any(|(_, info)| Some(&info.id) == active.as_ref()));
            if loaded.get() && !is_there {
                sessions.active.set(all.last().map(|(_, info)| info.id.clone()));
            }
        });
    });
    let shows_form = move || loaded.get() && (sessions.asking.get() || all.with(Vec::is_empty));
    let tab = move |(owner, info): (Option<String>, TerminalInfo)| {
        let (own, other) = (info.id.clone(), info.id.clone());
        let is_active = Memo::new(move |_| sessions.active.with(|active| active.as_ref() == Some(&own)));
        let show = move |_| {
            sessions.asking.set(false);
            sessions.active.set(Some(other.clone()));
        };
        let shell = info.command.first().map(|command| command.rsplit('/').next().unwrap_or(command).to_owned()).unwrap_or_default();
        view! {
            <button
                type="button"
                role="tab"
                id=format!("tab-{}", info.id)
                aria-selected=move || (is_active.get() && !sessions.asking.get()).to_string()
                tabindex=move || if is_active.get() { "0" } else { "-1" }
                on:click=show
            >
                <Glyph icon=if info.is_read_only { Icon::Eye } else { Icon::Terminal }/>{shell}<span class="t3">{owner.unwrap_or_else(|| info.user.clone())}</span>
            </button>
        }
    };
    let on_tab_key = move |event: web_sys::KeyboardEvent| {
        let step: isize = match event.key().as_str() {
            "ArrowRight" => 1,
            "ArrowLeft" => -1,
            _ => return,
        };
        event.prevent_default();
        let ids: Vec<TerminalId> = all.with_untracked(|all| all.iter().map(|(_, info)| info.id.clone()).collect());
        let at = sessions.active.get_untracked().and_then(|active| ids.iter().position(|id| *id == active)).unwrap_or_default();
        let next = (at as isize + step).rem_euclid(ids.len().max(1) as isize) as usize;
        if let Some(next) = ids.get(next) {
            sessions.active.set(Some(next.clone()));
            browser::focus_on(&format!("tab-{next}"));
        }
    };
    let container = id.clone();
    view! {
        <div class="toolbar tt">
            <div class="tt-tabs" role="tablist" aria-label=t().terminals() on:keydown=on_tab_key>
                <For each=move || all.get() key=|(_, info)| info.id.clone() children=tab/>
            </div>
            <Show when=move || !all.with(Vec::is_empty)>
                <button type="button" class="btn ghost icon-only" disabled=move || !is_running() aria-label=t().new_terminal() title=t().new_terminal() on:click=move |_| sessions.asking.set(true)>
                    <Glyph icon=Icon::Plus/>
                </button>
            </Show>
            <div class="end t3">{t().terminal_private()}</div>
        </div>
        {move || problem.get().map(|problem| view! { <ProblemNote title=t().terminals_unknown() problem=problem/> })}
        {move || (loaded.get() && !is_running() && all.with(Vec::is_empty)).then(|| view! {
            <StateView title=t().terminal_stopped_title(&name.get()) text=t().terminal_stopped_text()/>
        })}
        <Show when=move || shows_form() && is_running()><NewTerminal id=id.clone() sessions=sessions/></Show>
        <For
            each=move || all.get()
            key=|(_, info)| info.id.clone()
            children=move |(owner, info)| {
                let (id, closed) = (info.id.clone(), info.id.clone());
                let is_shown = Memo::new(move |_| !sessions.asking.get() && sessions.active.with(|active| active.as_ref() == Some(&id)));
                let close = Callback::new(move |()| {
                    sessions.list.update(|list| list.retain(|info| info.id != closed));
                    sessions.active.set(sessions.list.with_untracked(|list| list.last().map(|info| info.id.clone())));
                });
                let way_out = format!("tab-{}", info.id);
                view! { <TerminalView container=container.clone() info=info name=name is_shown=is_shown way_out=way_out on_close=close owner=owner/> }
            }
        />
    }
}
