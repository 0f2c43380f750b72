//! The questions that are asked before something is done, one at a time.

use leptos::prelude::*;
use linkspan_shared::{
    call::{RemoveContainer, RenameContainer},
    container::Container,
    ids::EngineId,
    problem::Problem,
};
use wasm_bindgen_futures::spawn_local;

use super::{
    actions::{Action, act_confirmed},
    stop_dialog::StopDialog,
    ui::{Glyph, Icon, dialog::Dialog, problem_note::ProblemNote},
};
use crate::{
    i18n::{explain, t},
    link,
    store::say,
};

/// What is asked about.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    /// Stopping or killing removes it.
    EndAndLose {
        engine: Option<EngineId>,
        action: Action,
        container: Container,
    },
    Rename(Container),
    Remove(Vec<Container>),
    /// Exactly these; `all` when they are everything that runs.
    Stop {
        containers: Vec<Container>,
        all: bool,
    },
}

#[derive(Clone, Copy)]
pub struct Dialogs {
    asked: RwSignal<Option<Asked>>,
}

impl Dialogs {
    pub fn new() -> Self {
        Self { asked: RwSignal::new(None) }
    }

    pub fn ask(&self, what: Asked) {
        self.asked.set(Some(what));
    }

    pub fn close(&self) {
        self.asked.set(None);
    }
}

pub fn dialogs() -> Dialogs {
    expect_context()
}

#[component]
pub fn DialogHost() -> impl IntoView {
    let dialogs = dialogs();
    move || {
        dialogs.asked.get().map(|asked| match asked {
            Asked::EndAndLose { engine, action, container } => {
                view! { <EndAndLose engine=engine action=action container=container dialogs=dialogs/> }.into_any()
            }
            Asked::Rename(container) => view! { <Rename container=container dialogs=dialogs/> }.into_any(),
            Asked::Remove(containers) => view! { <Remove containers=containers dialogs=dialogs/> }.into_any(),
            Asked::Stop { containers, all } => view! { <StopDialog containers=containers all=all dialogs=dialogs/> }.into_any(),
        })
    }
}

#[component]
fn EndAndLose(engine: Option<EngineId>, action: Action, container: Container, dialogs: Dialogs) -> impl IntoView {
    let close = Callback::new(move |()| dialogs.close());
    let name = container.name.clone();
    let (title, verb) = match action {
        Action::Kill => (t().kill_removes_title(&name), format!("{} {name}", t().action_kill())),
        _ => (t().stop_removes_title(&name), t().stop(&name)),
    };
    let foot = move || {
        let (verb, engine, container) = (verb.clone(), engine.clone(), container.clone());
        let confirm = move |_| {
            dialogs.close();
            act_confirmed(engine.clone(), action, container.clone());
        };
        view! {
            <button type="button" class="btn" autofocus on:click=move |_| close.run(())>{t().cancel()}</button>
            <button type="button" class="btn danger" on:click=confirm>{verb}</button>
        }
    };
    view! {
        <Dialog title=title on_close=close foot=foot>
            <div class="note warn-role"><Glyph icon=Icon::Warn/><p>{t().stop_removes_text(&name)}</p></div>
        </Dialog>
    }
}

#[component]
fn Rename(container: Container, dialogs: Dialogs) -> impl IntoView {
    let close = Callback::new(move |()| dialogs.close());
    let old = container.name.clone();
    let name = RwSignal::new(old.clone());
    let problem = RwSignal::new(None::<Problem>);
    let busy = RwSignal::new(false);
    let title = t().rename_title(&old);
    let rename = {
        let old = old.clone();
        Callback::new(move |()| {
            let (container, old, new) = (container.id.clone(), old.clone(), name.get_untracked());
            busy.set(true);
            spawn_local(async move {
                match link::call(RenameContainer { container, name: new.clone() }).await {
                    Ok(()) => {
                        dialogs.close();
                        say(t().did_rename(&old, &new));
                    }
                    Err(refused) => {
                        busy.set(false);
                        problem.set(Some(refused));
                    }
                }
            });
        })
    };
    let foot = move || {
        view! {
            <button type="button" class="btn" on:click=move |_| close.run(())>{t().cancel()}</button>
            <button type="button" class="btn primary" disabled=move || busy.get() on:click=move |_| rename.run(())>{t().action_rename()}</button>
        }
    };
    view! {
        <Dialog title=title on_close=close foot=foot>
            <form on:submit=move |event| {
                event.prevent_default();
                rename.run(());
            }>
                <div class="field">
                    <label for="rename-to">{t().new_name()}</label>
                    <div class="input mono" class:is-bad=move || problem.with(Option::is_some)>
                        <input id="rename-to" autofocus spellcheck="false" autocomplete="off" bind:value=name/>
                    </div>
                    <p class="hint"><span>{t().rename_hint()}</span></p>
                </div>
            </form>
            {move || problem.get().map(|problem| view! { <ProblemNote title=t().could_not_rename(&old) problem=problem/> })}
        </Dialog>
    }
}

#[component]
fn Remove(containers: Vec<Container>, dialogs: Dialogs) -> impl IntoView {
    let close = Callback::new(move |()| dialogs.close());
    let containers = StoredValue::new(containers);
    let running = containers.with_value(|containers| containers.iter().any(|container| container.state.is_up()));
    let (title, verb) = containers.with_value(|containers| match containers.as_slice() {
        [one] => (t().remove_title(&one.name), format!("{} {}", t().action_remove(), one.name)),
        many => (t().remove_many_title(many.len()), t().remove_many(many.len())),
    });
    let volumes = RwSignal::new(false);
    let force = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let problems = RwSignal::new(Vec::<(String, Problem)>::new());
    let remove = move |_| {
        busy.set(true);
        problems.set(Vec::new());
        spawn_local(async move {
            for container in containers.get_value() {
                let call = RemoveContainer { container: container.id, volumes: volumes.get_untracked(), force: force.get_untracked() };
                match link::call(call).await {
                    Ok(()) => {
                        containers.update_value(|left| left.retain(|other| other.name != container.name));
                        say(t().did_remove(&container.name));
                    }
                    Err(problem) => problems.update(|problems| problems.push((container.name, problem))),
                }
            }
            busy.set(false);
            if problems.with_untracked(Vec::is_empty) {
                dialogs.close();
            }
        });
    };
    let foot = move || {
        view! {
            <button type="button" class="btn" autofocus on:click=move |_| close.run(())>{t().cancel()}</button>
            <button type="button" class="btn danger" disabled=move || busy.get() on:click=remove>{verb.clone()}</button>
        }
    };
    view! {
        <Dialog title=title on_close=close foot=foot>
            <p>{t().remove_text()}</p>
            {containers.with_value(|containers| (containers.len() > 1).then(|| view! {
                <ul class="dialog-list" tabindex="0">
                    {containers.iter().map(|container| view! { <li><b>{container.name.clone()}</b><span class="meta mono">{container.image.clone()}</span></li> }).collect_view()}
                </ul>
            }))}
            <div class="checks">
                <label><input type="checkbox" class="check" bind:checked=volumes/>{t().remove_volumes()}</label>
                {running.then(|| view! { <label><input type="checkbox" class="check" bind:checked=force/>{t().remove_force()}</label> })}
            </div>
            {move || problems.get().into_iter().map(|(name, problem)| view! { <ProblemNote title=t().could_not_remove(&name) problem=problem/> }).collect_view()}
        </Dialog>
    }
}

/// A problem in one line, for lists.
pub fn one_line(problem: &Problem) -> String {
    let explained = explain(problem);
    if explained.why.is_empty() { explained.what } else { explained.why }
}
