//! Stopping or killing many: says exactly which, marks what is special about each, and shows each result as it comes.

use leptos::prelude::*;
use linkspan_shared::{
    call::ActOnContainers,
    container::Container,
    ids::JobId,
    job::{BatchKind, Job, Object, Outcome, TargetResult, Work},
};

use super::Dialogs;
use crate::{
    components::{
        attempt::Attempt,
        equivalent::{Equivalents, called},
        job_card::{could_not_each, kind_of, result_text},
        people::OthersThere,
        ui::{Glyph, Icon, dialog::Dialog, problem_note::ProblemLine},
    },
    i18n::t,
    link, sorting,
    store::store,
};

#[component]
pub fn StopDialog(kind: BatchKind, containers: Vec<Container>, all: bool, dialogs: Dialogs) -> impl IntoView {
    let close = Callback::new(move |()| dialogs.close());
    let store = store();
    let mut containers = containers;
    sorting::sort_by(&mut containers, |a, b| a.name.cmp(&b.name));
    let stoppable = containers.iter().filter(|container| !container.is_self).count();
    let ids = containers.iter().filter(|container| !container.is_self).map(|container| container.id.clone()).collect::<Vec<_>>();
    let engine = store.engine().map(|engine| (engine.id.0, engine.production)).unwrap_or_default();
    let (engine_name, production) = engine;
    let host = store
        .engine()
        .and_then(|engine| engine.about)
        .map_or_else(|| engine_name.clone(), |about| t().engine_on_host(&engine_name, &about.host));
    let has_swarm = containers.iter().any(|container| container.swarm_service.is_some());
    let typed = RwSignal::new(String::new());
    let job = RwSignal::new(None::<JobId>);
    let attempt = Attempt::new(could_not_each(kind));
    let current = Memo::new(move |_| job.get().and_then(|id| store.jobs.get(&id)));
    let confirmed = {
        let name = engine_name.clone();
        Signal::derive(move || !production || !all || typed.get() == name)
    };
    let inside = ids.clone();
    let call = ActOnContainers { kind, containers: ids, all };
    let equivalent = called(&call).filter(|_| stoppable > 0);
    let stop = move |_| attempt.run(link::call(call.clone()), |_| {}, move |id| job.set(Some(id)));
    let verb = move || if kind == BatchKind::Kill { t().kill_n(stoppable) } else { t().stop_n(stoppable) };
    let foot = move || {
        let stop = stop.clone();
        let ended = move || current.with(|job| job.as_ref().is_some_and(|job| job.outcome != Outcome::Running));
        view! {
            {(kind == BatchKind::Stop).then(|| view! { <span class="t3">{t().stop_timeout()}</span> })}
            <button type="button" class="btn" autofocus=!(production && all) on:click=move |_| close.run(())>
                {move || if job.with(Option::is_some) { if ended() { t().done() } else { t().close() } } else { t().cancel() }}
            </button>
            {move || job.with(Option::is_none).then(|| {
                let stop = stop.clone();
                view! {
                    <button type="button" class="btn danger" disabled=move || attempt.busy.get() || stoppable == 0 || !confirmed.get() on:click=stop>
                        {verb()}
                    </button>
                }
            })}
        }
    };
    let title = if stoppable == 0 {
        t().nothing_runs_title().to_owned()
    } else if kind == BatchKind::Kill {
        t().kill_selected_title(stoppable)
    } else if all {
        t().stop_all_title(stoppable)
    } else {
        t().stop_selected_title(stoppable)
    };
    let heading = Signal::derive(move || job.with(Option::is_some).then(verb));
    let text = match (stoppable, kind) {
        (0, _) => t().nothing_runs_text(),
        (_, BatchKind::Kill) => t().kill_all_text(),
        _ => t().stop_all_text(),
    };
    let warning = (production && all).then(|| t().production_warning(&engine_name));
    view! {
        <Dialog title=title heading=heading on_close=close foot=foot>
            {warning.map(|warning| view! {
                <div class="note danger-role"><Glyph icon=Icon::ShieldWarn/><p><b>{warning}</b>" "{t().production_warning_text()}</p></div>
            })}
            {(!production && all && stoppable > 0).then(|| view! {
                <div class="note warn-role"><Glyph icon=Icon::Warn/><p>{t().stop_all_warning(&host)}</p></div>
            })}
            {(all && has_swarm).then(|| view! { <div class="note warn-role"><Glyph icon=Icon::Restart/><p>{t().stop_all_swarm()}</p></div> })}
            <p>{text}</p>
            <OthersThere ids=inside/>
            <ul class="dialog-list" tabindex="0">
                {containers.into_iter().map(|container| view! { <Target container=container kind=kind job=current/> }).collect_view()}
            </ul>
            {(production && all && stoppable > 0).then(|| view! {
                <div class="field">
                    <label for="stop-confirm">{t().type_to_confirm(&engine_name)}</label>
                    <div class="input mono"><input id="stop-confirm" autofocus autocomplete="off" spellcheck="false" bind:value=typed/></div>
                </div>
            })}
            {move || job.with(Option::is_none).then(|| view! { <Equivalents what=Signal::stored(equivalent.clone())/> })}
            {attempt.note()}
        </Dialog>
    }
}

#[component]
fn Target(container: Container, kind: BatchKind, job: Memo<Option<Job>>) -> impl IntoView {
    let id = Object::Container(container.id.clone());
    let result = Memo::new(move |_| {
        job.with(|job| match &job.as_ref()?.work {
            Work::Batch(batch) => batch.targets.iter().find(|target| target.object == id).map(|target| target.result.clone()),
            _ => None,
        })
    });
    let looks = move || result.get().map(|result| kind_of(&result));
    view! {
        <li data-result=looks>
            <b>{container.name.clone()}</b>
            <span class="meta mono">{container.image.clone()}</span>
            <span class="end">
                {container.auto_remove.then(|| view! { <span class="tag warn">{t().tag_auto_remove()}</span> })}
                {container.swarm_service.clone().map(|service| view! { <span class="tag warn">{t().tag_swarm(&service)}</span> })}
                {container.is_self.then(|| view! { <span class="tag">{t().tag_self()}</span> })}
                {move || result.get().map(|result| view! { <span class="result" role="status">{result_text(&result, kind)}</span> })}
            </span>
            {move || match result.get() {
                Some(TargetResult::Failed(problem)) => Some(view! { <ProblemLine problem=problem/> }),
                _ => None,
            }}
        </li>
    }
}
