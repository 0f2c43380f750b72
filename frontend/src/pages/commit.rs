//! `/containers/{id}/commit`: makes an image of a container.

use leptos::prelude::*;
use linkspan_shared::{
    call::CommitContainer,
    ids::{ContainerId, JobId},
    job::{Outcome, Work},
    problem::Problem,
};
use wasm_bindgen_futures::spawn_local;

use super::container::{Crumbs, of_address, tell_others};
use crate::{
    address::at,
    components::{
        draft::{self, Draft},
        job_card::JobCard,
        reference_field::{ReferenceHint, fault_of},
        top_bar::TopBar,
        ui::{Glyph, Icon, problem_note::ProblemNote, state_view::StateView},
    },
    i18n::t,
    link::{self, link},
    route::{Route, Tab},
    store::{say, store},
};

#[component]
pub fn Commit() -> impl IntoView {
    let id = of_address();
    let store = store();
    let name = move || id.get().flatten().and_then(|id| store.containers.get(&id)).map(|row| row.name).unwrap_or_default();
    view! {
        <TopBar><Crumbs name=Signal::derive(name)/></TopBar>
        {move || match id.get() {
            None => ().into_any(),
            Some(None) => view! {
                <StateView title=move || t().container_unknown_title("") text=t().container_unknown_text()>
                    <a class="btn" href=at(Route::Containers)>{t().to_containers()}</a>
                </StateView>
            }.into_any(),
            Some(Some(id)) => view! { <Form id=id/> }.into_any(),
        }}
    }
}

#[component]
fn Form(id: ContainerId) -> impl IntoView {
    let store = store();
    tell_others(id.clone());
    let name = store.containers.get_untracked(&id).map(|row| row.name).unwrap_or_default();
    let reference = RwSignal::new(String::new());
    let message = RwSignal::new(String::new());
    let author = RwSignal::new(link().user.get_untracked().map(|user| user.name.0).unwrap_or_default());
    let pause = RwSignal::new(true);
    let parts = move || {
        vec![
            draft::text("reference", reference),
            draft::text("message", message),
            draft::text("author", author),
            draft::flag("pause", pause),
        ]
    };
    let draft = Draft::keep(format!("commit:{id}"), parts());
    let problem = RwSignal::new(None::<Problem>);
    let job = RwSignal::new(None::<JobId>);
    let running = Memo::new(move |_| job.get().and_then(|id| store.jobs.get(&id)).is_some_and(|job| job.outcome == Outcome::Running));
    Effect::new(move |told: Option<Option<JobId>>| {
        let ended = job.get().and_then(|id| store.jobs.get(&id)).filter(|job| job.outcome == Outcome::Succeeded);
        let Some(ended) = ended else { return told.flatten() };
        if told.flatten().as_ref() != Some(&ended.id)
            && let Work::Commit(commit) = &ended.work
        {
            let name = if commit.reference.is_empty() {
                commit.image.as_ref().map(|image| image.short().to_owned()).unwrap_or_default()
            } else {
                commit.reference.clone()
            };
            say(t().did_commit(&name));
        }
        Some(ended.id)
    });
    let container = id.clone();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        problem.set(None);
        let call = CommitContainer {
            container: container.clone(),
            reference: reference.get_untracked().trim().to_owned(),
            message: message.get_untracked(),
            author: author.get_untracked(),
            pause: pause.get_untracked(),
        };
        spawn_local(async move {
            match link::call(call).await {
                Ok(id) => {
                    if job.try_set(Some(id)).is_none() {
                        draft.sent(&parts());
                    }
                }
                Err(why) => problem.set(Some(why)),
            }
        });
    };
    let title = t().commit_title(&name);
    let could_not = t().could_not_commit(&name);
    view! {
        <div class="scroller commit-page">
            <form class="card commit-card" aria-labelledby="commit-title" on:submit=submit>
                <header><h1 id="commit-title">{title}</h1><p>{t().commit_intro()}</p></header>
                <div class="form-body">
                    <div class="field">
                        <label for="commit-reference">{t().repository_and_tag()}</label>
                        <div class="input mono" class:is-bad=move || reference.with(|text| fault_of(text, true).is_some())>
                            <input id="commit-reference" aria-describedby="commit-reference-hint" autofocus spellcheck="false" autocapitalize="none" autocomplete="off" bind:value=reference/>
                        </div>
                        <ReferenceHint text=reference id="commit-reference-hint" empty=t().commit_untagged_hint() is_new=true/>
                    </div>
                    <div class="field">
                        <label for="commit-message">{t().message()}</label>
                        <textarea id="commit-message" class="input" rows="3" bind:value=message></textarea>
                    </div>
                    <div class="field">
                        <label for="commit-author">{t().author()}</label>
                        <div class="input"><input id="commit-author" autocomplete="off" bind:value=author/></div>
                    </div>
                    <label class="switch-row">
                        <input type="checkbox" class="check" bind:checked=pause aria-label=t().pause_while_committing()/>
                        <span><b>{t().pause_while_committing()}</b><span class="t3">{t().pause_hint()}</span></span>
                    </label>
                    {move || problem.get().map(|problem| view! { <ProblemNote title=could_not.clone() problem=problem/> })}
                </div>
                <footer class="form-foot">
                    <a class="btn" href=at(Route::container(&id, Tab::Overview))>{t().cancel()}</a>
                    <button class="btn primary" disabled=move || running.get() || !store.is_live()><Glyph icon=Icon::Commit/>{t().commit()}</button>
                </footer>
            </form>
            {move || job.get().filter(|id| store.jobs.get(id).is_some()).map(|id| view! {
                <div class="commit-job"><JobCard id=id/></div>
            })}
        </div>
    }
}
