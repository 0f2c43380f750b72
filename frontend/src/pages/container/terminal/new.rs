//! What a new terminal is to run.

use leptos::{html, prelude::*};
use linkspan_shared::{
    call::{AttachTerminal, ListShells, ListTerminals, OpenTerminal},
    ids::ContainerId,
    problem::Problem,
    terminal::{Shells, TerminalSize, TerminalSpec},
};
use wasm_bindgen_futures::spawn_local;

use super::Sessions;
use crate::{
    browser, chunks,
    components::{
        equivalent::{Equivalents, called},
        terminal::Keys,
        ui::{Glyph, Icon, problem_note::ProblemNote},
    },
    i18n::t,
    link,
};

/// Where nobody can tell how large it will be.
const SIZE: TerminalSize = TerminalSize { columns: 80, rows: 24 };

enum What {
    Command {
        command: Vec<String>,
        /// Empty for the container's own, as the folder.
        user: String,
        working_dir: String,
    },
    /// The container's own process.
    Main { input: bool },
}

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
    let container = StoredValue::new(id);
    // Begun with the size that it is going to have: a program that draws at once would draw for another.
    let begin = Callback::new(move |what: What| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        problem.set(None);
        let (host, container) = (probe.get_untracked(), container.get_value());
        spawn_local(async move {
            let mut size = SIZE;
            if let (Some(module), Some(host)) = (chunks::terminal().await, host)
                && let Some(Some(measured)) = chunks::ok(module.measure(&host))
                && let [columns, rows] = measured[..]
            {
                size = TerminalSize { columns, rows };
            }
            let of = container.clone();
            let opened = match what {
                What::Command { command, user, working_dir } => {
                    link::call(OpenTerminal { spec: TerminalSpec { container, command, user, working_dir, size } }).await
                }
                What::Main { input } => link::call(AttachTerminal { container, size, input }).await,
            };
            // As the bridge tells it.
            let known = match &opened {
                Ok(_) => link::call(ListTerminals { container: of }).await,
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
    let open = move || {
        let command = words();
        if !command.is_empty() {
            let (user, working_dir) = (user.get_untracked().trim().to_owned(), working_dir.get_untracked().trim().to_owned());
            begin.run(What::Command { command, user, working_dir });
        }
    };
    let equivalent = Signal::derive(move || {
        let command = words();
        let text = |text: RwSignal<String>| text.with(|text| text.trim().to_owned());
        let spec = TerminalSpec { container: container.get_value(), user: text(user), working_dir: text(working_dir), size: SIZE, command };
        called(&OpenTerminal { spec }).filter(|_| !words().is_empty())
    });
    let found = move || shells.with(|shells| shells.as_ref().and_then(|shells| shells.as_ref().ok()).map(|shells| shells.found.clone()));
    let has_terminal = move || shells.with(|shells| matches!(shells, Some(Ok(Shells { has_terminal: true, .. }))));
    // Where there is no shell to click, something has to be typed.
    let other = RwSignal::new(false);
    let is_typed = move || other.get() || shells.with(Option::is_some) && found().is_none_or(|found| found.is_empty());
    let shell_button = move |(at, path): (usize, String)| {
        let name = path.rsplit('/').next().unwrap_or(&path).to_owned();
        let title = path.clone();
        let click = move |_| begin.run(What::Command { command: vec![path.clone()], user: String::new(), working_dir: String::new() });
        view! {
            <button type="button" class="btn" class:primary=at == 0 id=(at == 0).then_some("first-shell") title=title disabled=move || busy.get() on:click=click>
                <Glyph icon=Icon::Terminal/>{if at == 0 { t().open_terminal().to_owned() } else { t().open_shell(&name) }}
            </button>
        }
    };
    // Whoever came by a key goes on by a key.
    Effect::new(move || {
        if found().is_some_and(|found| !found.is_empty()) {
            request_animation_frame(|| {
                let is_nowhere = document().active_element().is_none_or(|active| ["BODY", "MAIN"].contains(&active.tag_name().as_str()));
                if is_nowhere {
                    browser::focus_on("first-shell");
                }
            });
        }
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
            <div class="card">
                <header><h2>{t().new_terminal()}</h2></header>
                <div class="form-body">
                    {move || looked().map(|folders| view! {
                        <div class="note warn-role"><Glyph icon=Icon::Info/><p><b>{t().no_shell_title()}</b>" "{t().no_shell_text(&folders)}</p></div>
                    })}
                    {move || shells.get().and_then(Result::err).map(|problem| view! { <ProblemNote title=t().shells_unknown() problem=problem/> })}
                    <div class="term-choices">
                        {move || (!is_typed()).then(|| found().unwrap_or_default().into_iter().enumerate().map(shell_button).collect_view())}
                        {move || found().is_some_and(|found| !found.is_empty()).then(|| view! {
                            <button type="button" class="btn ghost" aria-expanded=move || other.get().to_string() on:click=move |_| {
                                other.update(|other| *other = !*other);
                                if other.get_untracked() {
                                    browser::focus_on("terminal-command");
                                }
                            }>
                                {t().other_command()}
                            </button>
                        })}
                    </div>
                    {move || (!is_typed()).then(found).flatten().and_then(|found| found.into_iter().next()).map(|first| view! {
                        <p class="hint"><span>{t().first_shell_hint(&first)}</span></p>
                    })}
                    {move || has_terminal().then(|| view! {
                        <div class="term-choices">
                            <button type="button" class="btn" disabled=move || busy.get() on:click=move |_| begin.run(What::Main { input: false })>
                                <Glyph icon=Icon::Eye/>{t().attach_read_only()}
                            </button>
                            <button type="button" class="btn" disabled=move || busy.get() on:click=move |_| begin.run(What::Main { input: true })>
                                <Glyph icon=Icon::Terminal/>{t().attach_and_type()}
                            </button>
                        </div>
                        <p class="hint"><span>{t().attach_hint()}</span></p>
                    })}
                    {move || problem.get().map(|problem| view! { <ProblemNote title=t().could_not_open_terminal() problem=problem/> })}
                </div>
                <form class:vanish=move || !is_typed() on:submit=move |event| { event.prevent_default(); open(); }>
                    <div class="form-body">
                        <div class="field">
                            <label for="terminal-command">{t().shell()}</label>
                            <div class="input mono">
                                <input id="terminal-command" list="terminal-shells" autocomplete="off" autocapitalize="none" spellcheck="false" bind:value=command/>
                            </div>
                            <datalist id="terminal-shells">
                                {move || found().unwrap_or_default().into_iter().map(|shell| view! { <option value=shell></option> }).collect_view()}
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
                    </div>
                    <footer class="form-foot">
                        <button class="btn primary" disabled=move || busy.get() || words().is_empty()><Glyph icon=Icon::Terminal/>{t().open_terminal()}</button>
                    </footer>
                </form>
                <Equivalents what=equivalent/>
                {move || (!sessions.list.with(Vec::is_empty)).then(|| view! {
                    <footer class="form-foot"><button type="button" class="btn" on:click=move |_| sessions.asking.set(false)>{t().cancel()}</button></footer>
                })}
            </div>
        </div>
    }
}
