//! Renaming, removing, killing, stopping what would be lost by it, and what is done to many at once.

use leptos::prelude::*;
use linkspan_shared::{
    call::{self, ActOnContainers, RemoveContainer, RenameContainer},
    container::{Container, ContainerState},
    ids::{EngineId, JobId},
    job::{BatchKind, Object},
};

use super::Dialogs;
use crate::{
    components::{
        actions::{Action, act_confirmed},
        attempt::Attempt,
        equivalent::{Equivalents, called},
        job_card::{Results, could_not_each},
        people::OthersThere,
        ui::{Glyph, Icon, dialog::Dialog},
    },
    i18n::t,
    link,
    store::say,
};

#[component]
pub fn End(engine: Option<EngineId>, action: Action, container: Container, dialogs: Dialogs) -> impl IntoView {
    let close = Callback::new(move |()| dialogs.close());
    let name = container.name.clone();
    let (title, verb) = match action {
        Action::Kill => (t().kill_title(&name), t().kill(&name)),
        Action::Restart => (t().restart_title(&name), t().restart(&name)),
        _ => (t().stop_title(&name), t().stop(&name)),
    };
    let is_lost = action != Action::Restart && container.auto_remove;
    let id = container.id.clone();
    let (of, equivalent) = (engine.clone(), action.as_call(container.id.clone(), true));
    let foot = move || {
        let (verb, engine, container) = (verb.clone(), engine.clone(), container.clone());
        let confirm = move |_| {
            dialogs.close();
            act_confirmed(engine.clone(), action, container.clone(), is_lost, dialogs);
        };
        view! {
            <button type="button" class="btn" autofocus on:click=move |_| close.run(())>{t().cancel()}</button>
            <button type="button" class="btn danger" on:click=confirm>{verb}</button>
        }
    };
    view! {
        <Dialog title=title on_close=close foot=foot>
            {(action == Action::Kill).then(|| view! { <p>{t().kill_text()}</p> })}
            <OthersThere ids=vec![id]/>
            {is_lost.then(|| view! { <div class="note warn-role"><Glyph icon=Icon::Warn/><p>{t().stop_removes_text(&name)}</p></div> })}
            <Equivalents what=Signal::stored(equivalent) engine=of/>
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
    let call = move || RenameContainer { container: container.id.clone(), name: name.get() };
    let equivalent = {
        let call = call.clone();
        Signal::derive(move || called(&call()))
    };
    let rename = Callback::new(move |()| {
        let (old, call) = (old.clone(), untrack(&call));
        let new = call.name.clone();
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
            <Equivalents what=equivalent/>
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
    let is_forcible = containers.with_value(|containers| containers.iter().any(needs_force));
    let up = containers.with_value(|containers| containers.iter().filter(|container| container.state.is_up()).count());
    // Of several, each says how it went.
    let job = RwSignal::new(None::<JobId>);
    let volumes = RwSignal::new(false);
    let force = RwSignal::new(false);
    // The engine removes nothing that runs. Of several, whoever chose them may not have seen that some do.
    let stops_first = RwSignal::new(containers.with_value(Vec::len) == 1);
    let stops = move || up > 0 && stops_first.get() && !force.get();
    let title = containers.with_value(|containers| match containers.as_slice() {
        [one] => t().remove_title(&one.name),
        many => t().remove_many_title(many.len()),
    });
    let heading = Signal::derive(move || job.with(Option::is_some).then(|| t().remove_many(containers.with_value(Vec::len))));
    let verb = move || {
        containers.with_value(|containers| match (containers.as_slice(), stops()) {
            ([one], false) => t().remove(&one.name),
            ([one], true) => t().stop_and_remove(&one.name),
            (many, false) => t().remove_many(many.len()),
            (many, true) => t().stop_and_remove_many(many.len()),
        })
    };
    let failed_title = containers.with_value(|containers| match containers.as_slice() {
        [one] => t().could_not_remove(&one.name),
        _ => t().could_not_remove_all().to_owned(),
    });
    let attempt = Attempt::new(failed_title);
    let of_one =
        move |one: &Container| RemoveContainer { container: one.id.clone(), volumes: volumes.get(), force: force.get(), stop: stops() };
    let of_many = move |many: &[Container]| {
        let objects = many.iter().map(|one| Object::Container(one.id.clone())).collect();
        call::Remove { objects, force: force.get(), volumes: volumes.get(), stop: stops() }
    };
    let equivalent = Signal::derive(move || {
        containers.with_value(|containers| match containers.as_slice() {
            [one] => called(&of_one(one)),
            many => called(&of_many(many)),
        })
    });
    let remove = move |_| {
        containers.with_value(|containers| match containers.as_slice() {
            [one] => {
                let name = one.name.clone();
                attempt.run(link::call(untrack(|| of_one(one))), move |()| say(t().did_remove(&name)), move |()| dialogs.close());
            }
            many => attempt.run(link::call(untrack(|| of_many(many))), |_| {}, move |id| job.set(Some(id))),
        });
    };
    let foot = move || {
        view! {
            <button type="button" class="btn" autofocus on:click=move |_| close.run(())>
                {move || if job.with(Option::is_some) { t().close() } else { t().cancel() }}
            </button>
            {move || job.with(Option::is_none).then(|| view! {
                <button type="button" class="btn danger" disabled=move || attempt.busy.get() on:click=remove>{verb}</button>
            })}
        }
    };
    let question = move || {
        view! {
            <p>{if containers.with_value(Vec::len) == 1 { t().remove_text() } else { t().remove_many_text() }}</p>
            {(up > 0).then(|| {
                let text = containers.with_value(|containers| match containers.as_slice() {
                    [one] => t().remove_up_text(&one.name),
                    _ => t().remove_many_up_text(up),
                });
                view! { <p class="hint"><Glyph icon=Icon::Info/><span>{text}</span></p> }
            })}
            {containers.with_value(|containers| (containers.len() > 1).then(|| view! {
                <ul class="dialog-list" tabindex="0">
                    {containers.iter().map(|container| view! {
                        <li>
                            <b>{container.name.clone()}</b>
                            <span class="meta mono">{container.image.clone()}</span>
                            {container.state.is_up().then(|| view! { <span class="end"><span class="tag warn">{t().state_running()}</span></span> })}
                        </li>
                     }).collect_view()}
                </ul>
            }))}
            <div class="checks">
                <label><input type="checkbox" class="check" bind:checked=volumes/>{t().remove_volumes()}</label>
                {(up > 0 && containers.with_value(Vec::len) > 1).then(|| view! {
                    <label><input type="checkbox" class="check" bind:checked=stops_first/>{t().stop_first()}</label>
                })}
                {is_forcible.then(|| view! { <label><input type="checkbox" class="check" bind:checked=force/>{t().remove_force()}</label> })}
            </div>
            <Equivalents what=equivalent/>
        }
    };
    view! {
        <Dialog title=title heading=heading on_close=close foot=foot>
            {move || job.with(Option::is_none).then(|| view! {
                <OthersThere ids=containers.with_value(|containers| containers.iter().map(|one| one.id.clone()).collect())/>
            })}
            <Results job=job before=question/>
            {attempt.note()}
        </Dialog>
    }
}

/// Does it to many, and shows of each how it goes.
#[component]
pub fn Batch(kind: BatchKind, containers: Vec<Container>, dialogs: Dialogs) -> impl IntoView {
    let close = Callback::new(move |()| dialogs.close());
    let count = containers.len();
    let title = match kind {
        BatchKind::Restart => t().restart_n(count),
        BatchKind::Pause => t().pause_n(count),
        BatchKind::Resume => t().resume_n(count),
        _ => t().start_n(count),
    };
    let attempt = Attempt::new(could_not_each(kind));
    let job = RwSignal::new(None::<JobId>);
    let ids: Vec<_> = containers.into_iter().map(|container| container.id).collect();
    attempt.run(link::call(ActOnContainers { kind, containers: ids, all: false }), |_| {}, move |id| job.set(Some(id)));
    let foot = move || view! { <button type="button" class="btn" autofocus on:click=move |_| close.run(())>{t().close()}</button> };
    view! {
        <Dialog title=title on_close=close foot=foot>
            <Results job=job/>
            {attempt.note()}
        </Dialog>
    }
}
