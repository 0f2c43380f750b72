//! What a new terminal is to run.

use leptos::{html, prelude::*};
use linkspan_shared::{
    call::{ListShells, ListTerminals, OpenTerminal},
    ids::ContainerId,
    problem::Problem,
    terminal::{Shells, TerminalSize, TerminalSpec},
};
use wasm_bindgen_futures::spawn_local;

use super::Sessions;
use crate::{
    browser, chunks,
    components::{
        terminal::Keys,
        ui::{Glyph, Icon, problem_note::ProblemNote},
    },
    i18n::t,
    link,
};

/// Where nobody can tell how large it will be.
const SIZE: TerminalSize = TerminalSize { columns: 80, rows: 24 };

#[component]
pub fn NewTerminal(id: ContainerId, sessions: Sessions) -> impl IntoView {
    let shells = RwSignal::new(None::<Result<Shells, Problem>>);
    let command = RwSignal::new(String::new());
    let (user, working_dir) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let problem = RwSignal::new(None::<Problem>);
    let busy = RwSignal::new(false);
    let probe = NodeRef::<html::Div>::new();
    {
        let container = id.clone();
        browser::spawn_scoped(async move {
            let found = link::call(ListShells { container }).await;
            // Not in the place of what was typed meanwhile.
            if let Ok(found) = &found
                && let Some(first) = found.found.first()
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
        let mut spec = TerminalSpec {
            container: id.clone(),
            command: command.clone(),
            user: user.get_untracked().trim().to_owned(),
            working_dir: working_dir.get_untracked().trim().to_owned(),
            size: SIZE,
        };
        busy.set(true);
        problem.set(None);
        let host = probe.get_untracked();
        spawn_local(async move {
            // It begins with the size that it is going to have: a program that draws at once would draw for another.
            if let (Some(module), Some(host)) = (chunks::terminal().await, host)
                && let Some(Some(size)) = chunks::ok(module.measure(&host))
                && let [columns, rows] = size[..]
            {
                spec.size = TerminalSize { columns, rows };
            }
            let container = spec.container.clone();
            let opened = link::call(OpenTerminal { spec }).await;
            // As the bridge tells it.
            let known = match &opened {
                Ok(_) => link::call(ListTerminals { container }).await,
                Err(why) => Err(why.clone()),
            };
            busy.try_set(false);
            match known {
                Ok(known) => {
                    if let Some(info) = known.into_iter().find(|info| Ok(&info.id) == opened.as_ref()) {
                        sessions.active.try_set(Some(info.id.clone()));
                        sessions.list.try_update(|list| list.push(info));
                        sessions.asking.try_set(false);
                    }
                }
                Err(why) => drop(problem.try_set(Some(why))),
            }
        });
    });
    // Where they were looked for, when there are none.
    let looked = move || {
        shells
            .with(|shells| shells.as_ref()?.as_ref().ok().filter(|shells| shells.found.is_empty()).map(|shells| shells.folders.join(", ")))
    };
    view! {
        <div class="scroller term-new">
            // As large as the terminal is going to be.
            <div class="term-wrap term-probe" aria-hidden="true" inert>
                <div class="note-line"><div class="end"><button type="button" class="btn ghost sm" tabindex="-1">"0"</button></div></div>
                <div class="term mono" node_ref=probe></div>
                <Keys press=Callback::new(|_| ()) control=RwSignal::new(false)/>
            </div>
            <form class="card" on:submit=move |event| { event.prevent_default(); open.run(()); }>
                <header><h2>{t().new_terminal()}</h2></header>
                <div class="form-body">
                    {move || looked().map(|folders| view! {
                        <div class="note warn-role"><Glyph icon=Icon::Info/><p><b>{t().no_shell_title()}</b>" "{t().no_shell_text(&folders)}</p></div>
                    })}
                    {move || shells.get().and_then(Result::err).map(|problem| view! { <ProblemNote title=t().shells_unknown() problem=problem/> })}
                    <div class="field">
                        <label for="terminal-command">{t().shell()}</label>
                        <div class="input mono">
                            <input id="terminal-command" list="terminal-shells" autocomplete="off" autocapitalize="none" spellcheck="false" bind:value=command/>
                        </div>
                        <datalist id="terminal-shells">
                            {move || shells.get().and_then(Result::ok).map(|shells| shells.found).unwrap_or_default().into_iter().map(|shell| view! { <option value=shell></option> }).collect_view()}
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
