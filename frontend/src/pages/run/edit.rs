//! `/containers/{id}/edit`: the run form with what a container was made with. What is changed is changed in place, or by a container
//! that takes its place.

use leptos::prelude::*;
use linkspan_shared::{
    call::{EditContainer, RunLike},
    container::Container,
    problem::Problem,
    run::RunSpec,
};

use super::{checks::Checks, fields::Fields, form::Form, paste::Rest};
use crate::{
    address::{at, go},
    browser,
    components::{
        attempt::Attempt,
        draft::Draft,
        equivalent::{Equivalents, called},
        people::OthersThere,
        top_bar::TopBar,
        ui::{Glyph, Icon, problem_note::ProblemNote, state_view::StateView},
    },
    i18n::t,
    link,
    pages::container::{Crumbs, of_address},
    route::{Route, Tab},
    store::{say, store},
};

#[component]
pub fn EditPage() -> impl IntoView {
    let id = of_address();
    let row = move || id.get().flatten().and_then(|id| store().containers.get(&id));
    let name = Memo::new(move |_| row().map(|row| row.name).unwrap_or_default());
    view! {
        <TopBar><Crumbs name=name/></TopBar>
        {move || match id.get() {
            None => ().into_any(),
            Some(None) => view! {
                <StateView title=move || t().container_unknown_title("") text=t().container_unknown_text()>
                    <a class="btn" href=at(Route::Containers)>{t().to_containers()}</a>
                </StateView>
            }.into_any(),
            Some(Some(id)) => match untrack(|| store().containers.get(&id)) {
                Some(row) => view! { <Edit row=row/> }.into_any(),
                None => ().into_any(),
            },
        }}
    }
}

#[component]
fn Edit(row: Container) -> impl IntoView {
    let store = store();
    let (id, name) = (row.id.clone(), row.name.clone());
    let fields = Fields::new(String::new());
    let draft = Draft::keep(format!("edit:{id}"), fields.parts());
    // As it is now, in the form's words; nothing is changed before that is known.
    let before = RwSignal::new(None::<RunSpec>);
    let (rest, unknown) = (RwSignal::new(Rest::default()), RwSignal::new(None::<Problem>));
    let keep = RwSignal::new(true);
    {
        let (owner, container, name) = (Owner::current(), id.clone(), name.clone());
        browser::spawn_scoped(async move {
            match link::call(RunLike { container }).await {
                Ok(found) => {
                    let spec = RunSpec { name, ..found.spec };
                    // What was typed before a reload stays.
                    if fields.image.with_untracked(String::is_empty) {
                        owner.unwrap_or_default().with(|| fields.fill(&spec));
                    }
                    // Nobody has typed that.
                    if untrack(|| fields.spec()).as_ref() == Ok(&spec) {
                        draft.sent(&fields.parts());
                    }
                    rest.set(Rest::kept(found.left_out));
                    before.set(Some(spec));
                }
                Err(why) => unknown.set(Some(why)),
            }
        });
    }
    let container = id.clone();
    let call = move || Ok::<_, String>(EditContainer { container: container.clone(), spec: fields.spec()?, keep: keep.get() });
    let equivalent = {
        let call = call.clone();
        Signal::derive(move || called(&call().ok()?).filter(|_| before.with(Option::is_some)))
    };
    let attempt = Attempt::new(t().could_not_edit(&name));
    let wrong = RwSignal::new(None::<String>);
    let of = id.clone();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        wrong.set(None);
        let call = match untrack(&call) {
            Ok(call) => call,
            Err(text) => return wrong.set(Some(text)),
        };
        let (of, said) = (of.clone(), call.spec.name.clone());
        attempt.run(
            link::call(call),
            move |job| {
                if job.is_none() {
                    say(t().did_update(&said));
                }
            },
            move |job| {
                draft.sent(&fields.parts());
                match job {
                    Some(job) => go(Route::job(&job)),
                    None => go(Route::container(&of, Tab::Overview)),
                }
            },
        );
    };
    let cannot = move || attempt.busy.get() || !store.is_live() || before.with(Option::is_none);
    let back = id.clone();
    view! {
        <div class="runpage">
            <form id="run-form" data-main class="scroller runform" aria-label=t().edit_title(&name) on:submit=submit>
                <h1 class="edit-title">{t().edit_title(&name)}</h1>
                {Rest::note(rest)}
                {row.project.clone().map(|project| view! {
                    <div class="note warn-role"><Glyph icon=Icon::Info/><p>{t().edit_compose(&project)}</p></div>
                })}
                {move || unknown.get().map(|problem| view! { <ProblemNote title=t().could_not_read_settings() problem=problem/> })}
                <Form fields=fields edits=true/>
            </form>
            <aside class="runside">
                {attempt.note()}
                <OthersThere ids=vec![id.clone()]/>
                {move || wrong.get().map(|text| view! { <div class="note danger-role" role="alert"><Glyph icon=Icon::XCircle/><p>{text}</p></div> })}
                <p class="edit-text t2">{t().edit_text()}</p>
                <label class="switch-row">
                    <input type="checkbox" class="check" bind:checked=keep aria-label=t().recreate_keep()/>
                    <span><b>{t().recreate_keep()}</b><span class="t3">{t().recreate_keep_hint()}</span></span>
                </label>
                <Checks fields=fields own=id.clone()/>
                <Equivalents what=equivalent/>
                <div class="form-foot">
                    <a class="btn" href=at(Route::container(&back, Tab::Overview))>{t().cancel()}</a>
                    <button type="submit" form="run-form" class="btn primary lg" data-needs="container.edit" disabled=cannot><Glyph icon=Icon::Check/>{t().save()}</button>
                </div>
            </aside>
        </div>
    }
}
