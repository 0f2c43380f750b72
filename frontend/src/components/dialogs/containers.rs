//! Renaming, removing, starting and restarting, and ending what would be lost by it.

use leptos::prelude::*;
use linkspan_shared::{
    call::{self, RemoveContainer, RenameContainer, RestartAll, StartAll},
    container::{Container, ContainerState},
    ids::{EngineId, JobId},
    job::{BatchKind, Object},
};

use super::Dialogs;
use crate::{
    components::{
        actions::{Action, act_confirmed},
        attempt::Attempt,
        job_card::Results,
        ui::{Glyph, Icon, dialog::Dialog},
    },
    i18n::t,
    link,
    store::say,
};

#[component]
pub fn EndAndLose(engine: Option<EngineId>, action: Action, container: Container, dialogs: Dialogs) -> impl IntoView {
    let close = Callback::new(move |()| dialogs.close());
    let name = container.name.clone();
    let (title, verb) = match action {
        Action::Kill => (t().kill_removes_title(&name), t().kill(&name)),
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
pub fn Rename(container: Container, dialogs: Dialogs) -> impl IntoView {
    let close = Callback::new(move |()| dialogs.close());
    let old = container.name.clone();
    let name = RwSignal::new(old.clone());
    let attempt = Attempt::new(t().could_not_rename(&old));
    let title = t().rename_title(&old);
    let rename = Callback::new(move |()| {
        let (container, old, new) = (container.id.clone(), old.clone(), name.get_untracked());
        let call = RenameContainer { container, name: new.clone() };
        attempt.run(link::call(call), move |()| say(t().did_rename(&old, &new)), move |()| dialogs.close());
    });
    let foot = move || {
        view! {
            <button type="button" class="btn" on:click=move |_| close.run(())>{t().cancel()}</button>
            <button type="button" class="btn primary" disabled=move || attempt.busy.get() on:click=move |_| rename.run(())>{t().action_rename()}</button>
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
                    <div class="input mono" class:is-bad=move || attempt.problem.with(Option::is_some)>
                        <input id="rename-to" autofocus spellcheck="false" autocomplete="off" bind:value=name/>
                    </div>
                    <p class="hint"><span>{t().rename_hint()}</span></p>
                </div>
            </form>
            {attempt.note()}
        </Dialog>
    }
}

#[component]
pub fn Remove(containers: Vec<Container>, dialogs: Dialogs) -> impl IntoView {
    let close = Callback::new(move |()| dialogs.close());
    let containers = StoredValue::new(containers);
    // What is dead or being removed goes by force alone, if at all.
    let needs_force =
        |container: &Container| container.state.is_up() || matches!(container.state, ContainerState::Dead | ContainerState::Removing);
    let running = containers.with_value(|containers| containers.iter().any(needs_force));
    let (title, verb) = containers.with_value(|containers| match containers.as_slice() {
        [one] => (t().remove_title(&one.name), t().remove(&one.name)),
        many => (t().remove_many_title(many.len()), t().remove_many(many.len())),
    });
    let volumes = RwSignal::new(false);
    let force = RwSignal::new(false);
    // Of several, each says how it went.
    let job = RwSignal::new(None::<JobId>);
    let failed_title = containers.with_value(|containers| match containers.as_slice() {
        [one] => t().could_not_remove(&one.name),
        _ => t().could_not_remove_all().to_owned(),
    });
    let attempt = Attempt::new(failed_title);
    let remove = move |_| {
        let (volumes, force) = (volumes.get_untracked(), force.get_untracked());
        containers.with_value(|containers| match containers.as_slice() {
            [one] => {
                let name = one.name.clone();
                let call = RemoveContainer { container: one.id.clone(), volumes, force };
                attempt.run(link::call(call), move |()| say(t().did_remove(&name)), move |()| dialogs.close());
            }
            many => {
                let objects = many.iter().map(|one| Object::Container(one.id.clone())).collect();
                attempt.run(link::call(call::Remove { objects, force, volumes }), |_| {}, move |id| job.set(Some(id)));
            }
        });
    };
    let foot = move || {
        let verb = verb.clone();
        view! {
            <button type="button" class="btn" autofocus on:click=move |_| close.run(())>
                {move || if job.with(Option::is_some) { t().close() } else { t().cancel() }}
            </button>
            {move || job.with(Option::is_none).then(|| view! {
                <button type="button" class="btn danger" disabled=move || attempt.busy.get() on:click=remove>{verb.clone()}</button>
            })}
        }
    };
    let question = move || {
        view! {
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
        }
    };
    view! {
        <Dialog title=title on_close=close foot=foot>
            <Results job=job before=question/>
            {attempt.note()}
        </Dialog>
    }
}

/// Starts or restarts many, and shows of each how it goes.
#[component]
pub fn Batch(kind: BatchKind, containers: Vec<Container>, dialogs: Dialogs) -> impl IntoView {
    let close = Callback::new(move |()| dialogs.close());
    let count = containers.len();
    let (title, failed_title) = match kind {
        BatchKind::Restart => (t().restart_n(count), t().could_not_restart_all()),
        _ => (t().start_n(count), t().could_not_start_all()),
    };
    let attempt = Attempt::new(failed_title);
    let job = RwSignal::new(None::<JobId>);
    let ids: Vec<_> = containers.into_iter().map(|container| container.id).collect();
    let begun = move |id| job.set(Some(id));
    match kind {
        BatchKind::Restart => attempt.run(link::call(RestartAll { containers: ids }), |_| {}, begun),
        _ => attempt.run(link::call(StartAll { containers: ids }), |_| {}, begun),
    }
    let foot = move || view! { <button type="button" class="btn" autofocus on:click=move |_| close.run(())>{t().close()}</button> };
    view! {
        <Dialog title=title on_close=close foot=foot>
            <Results job=job/>
            {attempt.note()}
        </Dialog>
    }
}
