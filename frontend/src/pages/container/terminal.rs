//! The tab Terminal: shells inside the container, several at once, each its owner's alone.

use leptos::{html, prelude::*};
use linkspan_shared::{
    call::{EndTerminal, ListShells, ListTerminals, OpenTerminal, ResizeTerminal},
    channel::ChannelSpec,
    container::{Container, ContainerState},
    frame::Tag,
    ids::{ContainerId, TerminalId},
    problem::Problem,
    terminal::{TerminalInfo, TerminalSize, TerminalSpec, TerminalState},
};
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::spawn_local;

use crate::{
    browser, chunks,
    components::{
        actions::copy_text,
        keys::{self, Command, Scope},
        ui::{Glyph, Icon, problem_note::ProblemNote, state_view::StateView},
    },
    i18n::t,
    link::{self, Incoming, Subscription},
    store::store,
};

/// Bytes of one frame of what is typed or pasted.
const PIECE: usize = 32 << 10;
/// Before a terminal knows how large it is.
const SIZE: TerminalSize = TerminalSize { columns: 80, rows: 24 };

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
    {
        let id = id.clone();
        // Those of before a reload, or of a minute ago.
        Effect::new(move || {
            if store.is_live() && !loaded.get_untracked() {
                let container = id.clone();
                spawn_local(async move {
                    if let Ok(mut known) = link::call(ListTerminals { container }).await {
                        known.retain(|info| info.state == TerminalState::Running);
                        sessions.active.try_set(known.last().map(|info| info.id.clone()));
                        sessions.list.try_set(known);
                        loaded.try_set(true);
                    }
                });
            }
        });
    }
    let is_running = move || is_there.get() && row.with(|row| row.state == ContainerState::Running);
    let name = Memo::new(move |_| row.with(|row| row.name.clone()));
    let shows_form = move || loaded.get() && (sessions.asking.get() || sessions.list.with(Vec::is_empty));
    let tab = move |info: TerminalInfo| {
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
                <Glyph icon=Icon::Terminal/>{shell}<span class="t3">{info.user.clone()}</span>
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
        let ids: Vec<TerminalId> = sessions.list.with_untracked(|list| list.iter().map(|info| info.id.clone()).collect());
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
                <For each=move || sessions.list.get() key=|info| info.id.clone() children=tab/>
            </div>
            <Show when=move || !sessions.list.with(Vec::is_empty)>
                <button type="button" class="btn ghost icon-only" disabled=move || !is_running() aria-label=t().new_terminal() title=t().new_terminal() on:click=move |_| sessions.asking.set(true)>
                    <Glyph icon=Icon::Plus/>
                </button>
            </Show>
            <div class="end t3">{t().terminal_private()}</div>
        </div>
        {move || (loaded.get() && !is_running() && sessions.list.with(Vec::is_empty)).then(|| view! {
            <StateView title=t().terminal_stopped_title(&name.get()) text=t().terminal_stopped_text()/>
        })}
        <Show when=move || shows_form() && is_running()><NewTerminal id=id.clone() sessions=sessions/></Show>
        <For
            each=move || sessions.list.get()
            key=|info| info.id.clone()
            children=move |info| view! { <Session container=container.clone() info=info name=name sessions=sessions/> }
        />
    }
}

#[component]
fn NewTerminal(id: ContainerId, sessions: Sessions) -> impl IntoView {
    let shells = RwSignal::new(None::<Result<Vec<String>, Problem>>);
    let command = RwSignal::new(String::new());
    let (user, working_dir) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let problem = RwSignal::new(None::<Problem>);
    let busy = RwSignal::new(false);
    {
        let container = id.clone();
        browser::spawn_scoped(async move {
            let found = link::call(ListShells { container }).await;
            // Not in the place of what was typed meanwhile.
            if let Ok(found) = &found
                && let Some(first) = found.first()
                && command.with_untracked(String::is_empty)
            {
                command.set(first.clone());
            }
            shells.set(Some(found));
        });
    }
    let words = move || shell_words::split(command.get().trim()).unwrap_or_default();
    let open = Callback::new(move |()| {
        let command = words();
        if command.is_empty() || busy.get_untracked() {
            return;
        }
        let spec = TerminalSpec {
            container: id.clone(),
            command: command.clone(),
            user: user.get_untracked().trim().to_owned(),
            working_dir: working_dir.get_untracked().trim().to_owned(),
            size: SIZE,
        };
        busy.set(true);
        problem.set(None);
        spawn_local(async move {
            let container = spec.container.clone();
            let opened = link::call(OpenTerminal { spec }).await;
            busy.try_set(false);
            match opened {
                Ok(terminal) => {
                    // As the bridge tells it.
                    let known = link::call(ListTerminals { container }).await.unwrap_or_default();
                    if let Some(info) = known.into_iter().find(|info| info.id == terminal) {
                        sessions.list.try_update(|list| list.push(info));
                        sessions.active.try_set(Some(terminal));
                        sessions.asking.try_set(false);
                    }
                }
                Err(why) => drop(problem.try_set(Some(why))),
            }
        });
    });
    let has_none = move || shells.with(|shells| matches!(shells, Some(Ok(shells)) if shells.is_empty()));
    view! {
        <div class="scroller term-new">
            <form class="card" on:submit=move |event| { event.prevent_default(); open.run(()); }>
                <header><h2>{t().new_terminal()}</h2></header>
                <div class="form-body">
                    {move || has_none().then(|| view! {
                        <div class="note warn-role"><Glyph icon=Icon::Info/><p><b>{t().no_shell_title()}</b>" "{t().no_shell_text()}</p></div>
                    })}
                    <div class="field">
                        <label for="terminal-command">{t().shell()}</label>
                        <div class="input mono">
                            <input id="terminal-command" list="terminal-shells" autocomplete="off" autocapitalize="none" spellcheck="false" bind:value=command/>
                        </div>
                        <datalist id="terminal-shells">
                            {move || shells.get().and_then(Result::ok).unwrap_or_default().into_iter().map(|shell| view! { <option value=shell></option> }).collect_view()}
                        </datalist>
                        <p class="hint"><span>{t().shell_hint()}</span></p>
                    </div>
                    <div class="row2 even">
                        <div class="field">
                            <label for="terminal-user">{t().field_user()}</label>
                            <div class="input mono"><input id="terminal-user" placeholder=t().of_container() autocomplete="off" autocapitalize="none" spellcheck="false" bind:value=user/></div>
                        </div>
                        <div class="field">
                            <label for="terminal-dir">{t().working_directory()}</label>
                            <div class="input mono"><input id="terminal-dir" placeholder=t().of_container() autocomplete="off" autocapitalize="none" spellcheck="false" bind:value=working_dir/></div>
                        </div>
                    </div>
                    {move || problem.get().map(|problem| view! { <ProblemNote title=t().could_not_open_terminal() problem=problem/> })}
                </div>
                <footer class="form-foot">
                    {move || (!sessions.list.with(Vec::is_empty)).then(|| view! {
                        <button type="button" class="btn" on:click=move |_| sessions.asking.set(false)>{t().cancel()}</button>
                    })}
                    <button class="btn primary" disabled=move || busy.get() || words().is_empty()><Glyph icon=Icon::Terminal/>{t().open_terminal()}</button>
                </footer>
            </form>
        </div>
    }
}

/// One terminal; hidden ones keep what they show.
#[component]
fn Session(container: ContainerId, info: TerminalInfo, name: Memo<String>, sessions: Sessions) -> impl IntoView {
    let id = info.id.clone();
    let is_shown = {
        let id = id.clone();
        Memo::new(move |_| !sessions.asking.get() && sessions.active.with(|active| active.as_ref() == Some(&id)))
    };
    let host = NodeRef::<html::Div>::new();
    let terminal = RwSignal::new_local(None::<chunks::TerminalView>);
    let channel = StoredValue::new_local(None::<Subscription>);
    let size = RwSignal::new(SIZE);
    // How it ended: with an exit code, or with what went wrong.
    let ended = RwSignal::new(None::<Result<Option<i64>, Problem>>);
    let typed = Closure::<dyn Fn(js_sys::Uint8Array)>::new(move |bytes: js_sys::Uint8Array| {
        channel.with_value(|channel| {
            if let Some(channel) = channel {
                bytes.to_vec().chunks(PIECE).for_each(|piece| channel.send(piece));
            }
        });
    });
    let resized = {
        let id = id.clone();
        Closure::<dyn Fn(u16, u16)>::new(move |columns, rows| {
            let now = TerminalSize { columns, rows };
            size.set(now);
            let terminal = id.clone();
            spawn_local(async move { drop(link::call(ResizeTerminal { terminal, size: now }).await) });
        })
    };
    let leave = {
        let id = id.clone();
        Closure::<dyn Fn(web_sys::KeyboardEvent) -> bool>::new(move |event| {
            let leaves = keys::command(&event, Scope::Terminal) == Some(Command::LeaveTerminal);
            if leaves {
                browser::focus_on(&format!("tab-{id}"));
            }
            leaves
        })
    };
    let closures = StoredValue::new_local((typed, resized, leave));
    let command = info.command.join(" ");
    let label = t().terminal_label(&command, &name.get_untracked());
    {
        let (id, label) = (id.clone(), label.clone());
        Effect::new(move || {
            let Some(host) = host.get() else { return };
            let (id, label, container) = (id.clone(), label.clone(), container.clone());
            spawn_local(async move {
                let Some(module) = chunks::terminal().await else { return };
                let made = closures.try_with_value(|(typed, resized, leave)| module.open(&host, &label, typed, resized, leave));
                let Some(made) = made.and_then(chunks::ok) else { return };
                if terminal.try_set(Some(made.clone())).is_some() {
                    // The page was left meanwhile.
                    chunks::ok(made.close());
                    return;
                }
                channel.try_set_value(Some(follow(&id, container.clone(), made.clone(), ended)));
                let now = TerminalSize { columns: made.columns(), rows: made.rows() };
                size.set(now);
                drop(link::call(ResizeTerminal { terminal: id, size: now }).await);
                if is_shown.try_get_untracked() == Some(true) {
                    made.focus();
                }
            });
        });
    }
    on_cleanup(move || {
        drop(channel.try_update_value(Option::take));
        if let Some(Some(terminal)) = terminal.try_update(Option::take) {
            chunks::ok(terminal.close());
        }
    });
    Effect::new(move || {
        if let (true, Some(terminal)) = (is_shown.get(), terminal.get()) {
            // Whoever goes along the tabs stays there.
            let on_tabs = document().active_element().is_some_and(|active| active.get_attribute("role").as_deref() == Some("tab"));
            if !on_tabs {
                request_animation_frame(move || terminal.focus());
            }
        }
    });
    let end = {
        let id = id.clone();
        move |_| {
            let terminal = id.clone();
            spawn_local(async move { drop(link::call(EndTerminal { terminal }).await) });
        }
    };
    let close = {
        let id = id.clone();
        move |_| {
            sessions.list.update(|list| list.retain(|info| info.id != id));
            sessions.active.set(sessions.list.with_untracked(|list| list.last().map(|info| info.id.clone())));
        }
    };
    let copy = move |_| {
        if let Some(terminal) = terminal.get_untracked() {
            let selected = terminal.selection();
            copy_text(if selected.is_empty() { terminal.text() } else { selected }, t().output().to_owned());
        }
    };
    let save = move |_| {
        if let Some(terminal) = terminal.get_untracked() {
            browser::download(&format!("{}-terminal.txt", name.get_untracked()), &[terminal.text().into_bytes()]);
        }
    };
    let how = move || {
        ended.get().map(|ended| match ended {
            Ok(Some(code)) => t().terminal_ended(code),
            Ok(None) => t().terminal_ended_unknown().to_owned(),
            Err(problem) => crate::i18n::explain(&problem).what,
        })
    };
    view! {
        <div class="term-wrap" role="tabpanel" aria-labelledby=format!("tab-{id}") class:vanish=move || !is_shown.get()>
            <div class="note-line">
                {move || match how() {
                    Some(how) => view! { <span role="status">{how}</span> }.into_any(),
                    None => view! { <span class="num">{move || { let size = size.get(); format!("{} × {}", size.columns, size.rows) }}</span><span class="wide">{t().terminal_leave_hint()}</span> }.into_any(),
                }}
                <div class="end">
                    <button type="button" class="btn ghost sm" on:click=copy><Glyph icon=Icon::Copy/>{t().copy()}</button>
                    <button type="button" class="btn ghost sm" on:click=save><Glyph icon=Icon::Download/>{t().save_output()}</button>
                    <Show
                        when=move || ended.with(Option::is_none)
                        fallback={ let close = close.clone(); move || view! { <button type="button" class="btn sm" on:click=close.clone()>{t().close()}</button> } }
                    >
                        <button type="button" class="btn danger sm" on:click=end.clone()>{t().end_terminal()}</button>
                    </Show>
                </div>
            </div>
            <div class="term mono" node_ref=host></div>
        </div>
    }
}

fn follow(
    id: &TerminalId,
    container: ContainerId,
    view: chunks::TerminalView,
    ended: RwSignal<Option<Result<Option<i64>, Problem>>>,
) -> Subscription {
    let spec = ChannelSpec::Terminal { terminal: id.clone() };
    let again = view.clone();
    let terminal = id.clone();
    link::open(
        move || {
            // Everything that is kept comes again.
            chunks::ok(again.reset());
            spec.clone()
        },
        move |incoming| match incoming {
            // Consumed once they are on the screen: xterm.js throws away what it is given too much of.
            Incoming::Bytes(tag, bytes, receipt) => {
                let written = Closure::once_into_js(move || drop(receipt));
                chunks::ok(view.write(bytes, tag == Tag::Replayed, &written));
            }
            Incoming::Done => {
                let (terminal, container) = (terminal.clone(), container.clone());
                spawn_local(async move {
                    // The bridge knows how it ended before it says that it did.
                    let known = link::call(ListTerminals { container }).await.unwrap_or_default();
                    let code = known.into_iter().find(|info| info.id == terminal).and_then(|info| match info.state {
                        TerminalState::Ended { exit_code } => exit_code,
                        TerminalState::Running => None,
                    });
                    ended.try_set(Some(Ok(code)));
                });
            }
            Incoming::Closed(problem) => drop(ended.try_set(Some(Err(problem)))),
            Incoming::State(_) => {}
        },
    )
}
