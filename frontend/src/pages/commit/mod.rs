//! `/containers/{id}/commit`: makes an image of a container.

mod configuration;

use leptos::prelude::*;
use linkspan_shared::{
    call::{CommitContainer, CommitSelection, DraftDockerfile, InspectContainer, InspectImage, PushImage, RemoveImage},
    container::ContainerDetails,
    credential::Credentials,
    ids::{ContainerId, ImageId, JobId},
    image::ImageDetails,
    job::{Outcome, Work},
    problem::{Problem, ProblemCode},
    review::{ReviewOf, Selected, Selection},
    time::Timestamp,
};
use wasm_bindgen_futures::spawn_local;

use configuration::{ConfigurationFields, Fields, of_container, of_image};

use super::container::{Crumbs, changes::Changes, of_address};
use crate::{
    address::{at, go},
    browser,
    components::{
        attempt::Attempt,
        dockerfile_draft::DraftButton,
        draft::{self, Draft},
        equivalent::{Equivalents, called},
        job_card::JobCard,
        people::others_at,
        reference_field::{ReferenceHint, fault_of},
        top_bar::TopBar,
        ui::{Glyph, Icon, problem_note::ProblemNote, state_view::StateView},
    },
    i18n::t,
    link::{self, link},
    route::{Route, Tab},
    store::{failed, say, store},
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
    let name = store.containers.get_untracked(&id).map(|row| row.name).unwrap_or_default();
    let reference = RwSignal::new(String::new());
    let message = RwSignal::new(String::new());
    let author = RwSignal::new(link().user.get_untracked().map(|user| user.name.0).unwrap_or_default());
    let (pause, reason) = (RwSignal::new(true), RwSignal::new(String::new()));
    // All that is no noise, until somebody says otherwise; whoever does wants what is selected.
    let is_selective = RwSignal::new(false);
    let (details, image) = (RwSignal::new(None::<ContainerDetails>), RwSignal::new(None::<ImageDetails>));
    {
        let (container, of_row) = (id.0.clone(), store.containers.get_untracked(&id).map(|row| row.image_id.0));
        browser::spawn_scoped(async move {
            details.set(link::call(InspectContainer { container }).await.ok());
            if let Some(id) = of_row {
                image.set(link::call(InspectImage { image: id }).await.ok());
            }
        });
    }
    // A layer of its own is put upon the image, and the container itself is what all is of.
    let configuration = Fields::new(Signal::derive(move || match is_selective.get() {
        true => image.with(|image| image.as_ref().map(of_image)),
        false => details.with(|details| details.as_ref().map(of_container)),
    }));
    let parts = move || {
        let own = [
            draft::text("reference", reference),
            draft::text("message", message),
            draft::text("author", author),
            draft::flag("pause", pause),
            draft::text("reason", reason),
        ];
        own.into_iter().chain(configuration.parts()).collect::<Vec<_>>()
    };
    let draft = Draft::keep(format!("commit:{id}"), parts());
    let selection = RwSignal::new(Selection { rest: true, ..Selection::default() });
    let scanned = RwSignal::new(None::<Timestamp>);
    let counted = RwSignal::new(None::<Selected>);
    // That other patterns are noise now is nobody's choice.
    let chosen = Memo::new(move |_| selection.with(|selection| (selection.rest, selection.rules.clone())));
    Effect::new(move |before: Option<()>| {
        // Read: one that is only tracked is never computed.
        chosen.read();
        if before.is_some() {
            is_selective.set(true);
        }
    });
    let is_there = {
        let id = id.clone();
        Memo::new(move |_| store.containers.get(&id).is_some())
    };
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
    let others = {
        let id = id.clone();
        Memo::new(move |_| others_at(&id).join(", "))
    };
    // Another commit of it, that is on or has been made since this page is open.
    let known = RwSignal::new(untrack(|| store.jobs.all()).into_iter().map(|job| job.id).collect::<Vec<_>>());
    let asking = RwSignal::new(false);
    let meanwhile = {
        let id = id.clone();
        Memo::new(move |_| {
            if asking.get() {
                return None;
            }
            let own = job.get();
            let mut jobs = store.jobs.all();
            jobs.retain(|job| match &job.work {
                Work::Commit(commit) if commit.container == id && Some(&job.id) != own.as_ref() => match job.outcome {
                    Outcome::Running => true,
                    Outcome::Succeeded => known.with(|known| !known.contains(&job.id)),
                    _ => false,
                },
                _ => false,
            });
            jobs.into_iter().max_by_key(|job| job.started)
        })
    };
    let of = id.clone();
    let equivalent = Signal::derive(move || {
        let (container, reference) = (of.clone(), reference.with(|text| text.trim().to_owned()));
        let (message, author, pause) = (message.get(), author.get(), pause.get());
        let configuration = configuration.wanted()?;
        match scanned.get().filter(|_| is_selective.get()) {
            Some(reviewed) => {
                let (selection, reason) = (selection.get(), reason.get());
                called(&CommitSelection { container, reference, message, author, pause, selection, reviewed, configuration, reason })
            }
            None => called(&CommitContainer { container, reference, message, author, pause, configuration }),
        }
    });
    let container = id.clone();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let reviewed = scanned.get_untracked();
        // What is selected cannot become all there is.
        if asking.get_untracked() || is_selective.get_untracked() && reviewed.is_none() {
            return;
        }
        problem.set(None);
        let Some(configuration) = untrack(|| configuration.wanted()) else { return };
        let (container, reference) = (container.clone(), reference.get_untracked().trim().to_owned());
        let (message, author, pause) = (message.get_untracked(), author.get_untracked(), pause.get_untracked());
        let reason = reason.get_untracked();
        let selected = reviewed.filter(|_| is_selective.get_untracked()).map(|reviewed| (selection.get_untracked(), reviewed));
        asking.set(true);
        spawn_local(async move {
            let begun = match selected {
                Some((selection, reviewed)) => {
                    link::call(CommitSelection { container, reference, message, author, pause, selection, reviewed, configuration, reason })
                        .await
                }
                None => link::call(CommitContainer { container, reference, message, author, pause, configuration }).await,
            };
            if let Ok(id) = &begun {
                known.try_update(|known| known.push(id.clone()));
            }
            asking.try_set(false);
            match begun {
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
    let way = move |selective: bool, label: &'static str, hint: &'static str| {
        view! {
            <label class="switch-row">
                <input
                    type="radio"
                    name="commit-way"
                    aria-label=label
                    prop:checked=move || is_selective.get() == selective
                    on:change=move |_| is_selective.set(selective)
                />
                <span><b>{label}</b><span class="t3">{hint}</span></span>
            </label>
        }
    };
    // What only its content tells is found when it is committed.
    let refused = Memo::new(move |_| {
        let job = job.get().and_then(|id| store.jobs.get(&id));
        job.is_some_and(|job| matches!(job.outcome, Outcome::Failed(Problem { code: ProblemCode::LooksSecret, .. })))
    });
    // Told before, and again only where it is another.
    let secrets = Memo::new(move |_| {
        counted.with(|counted| {
            let counted = counted.as_ref()?;
            match is_selective.get() {
                true if !counted.secrets.is_empty() => Some(t().secrets_selected(&counted.secrets.join(", "))),
                true => refused.get().then(|| t().advice_looks_secret().to_owned()),
                false => (counted.all_secrets > 0).then(|| t().secrets_within(counted.all_secrets)),
            }
        })
    });
    let secrets = move || secrets.get();
    let known = move || image.with(|image| image.as_ref().map(|image| image.environment.join("\n")));
    let secret_names = Memo::new(move |_| known().map(|known| configuration.secrets(&known).join(", ")).filter(|names| !names.is_empty()));
    let mounts = move || details.with(|details| details.as_ref().map(|details| details.mounts.clone())).unwrap_or_default();
    let page = Route::Commit(id.0.clone());
    let drafted = id.clone();
    let draft_call = Callback::new(move |()| {
        // A Dockerfile begins with the image, and so does what is selected.
        is_selective.set(true);
        let configuration = untrack(|| configuration.wanted())?;
        let (of, selection) = (ReviewOf::Container(drafted.clone()), selection.get_untracked());
        Some(DraftDockerfile { of, selection, configuration, packages: true })
    });
    view! {
        <div class="commit-layout">
            <div class="commit-changes"><Changes of=ReviewOf::Container(id.clone()) is_there=is_there page=page selection=selection scanned=scanned counted=counted/></div>
            <div class="scroller commit-page">
                {move || job.get().filter(|id| store.jobs.get(id).is_some()).map(|id| view! {
                    <div class="commit-job"><JobCard id=id.clone()/><AfterCommit job=id/></div>
                })}
                <form class="card commit-card" aria-labelledby="commit-title" on:submit=submit>
                    <header><h1 id="commit-title">{title}</h1><p>{t().commit_intro()}</p></header>
                    <div class="form-body">
                        {move || (!others.with(String::is_empty)).then(|| view! { <p class="t3" role="status">{t().also_here(&others.get())}</p> })}
                        {move || meanwhile.get().map(|job| {
                            let by = &job.started_by.0;
                            let text = if job.outcome == Outcome::Running { t().is_being_committed(by) } else { t().was_committed(by) };
                            view! {
                                <div class="note warn-role" role="status">
                                    <Glyph icon=Icon::Warn/>
                                    <p>{text}" "<a class="link" href=at(Route::job(&job.id))>{t().job_commit(&name)}</a></p>
                                </div>
                            }
                        })}
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
                        <div class="commit-ways" role="radiogroup" aria-label=t().what_to_commit()>
                            {way(true, t().commit_selected(), t().commit_selected_hint())}
                            {way(false, t().commit_everything(), t().commit_everything_hint())}
                        </div>
                        <label class="switch-row">
                            <input type="checkbox" class="check" bind:checked=pause aria-label=t().pause_while_committing()/>
                            <span><b>{t().pause_while_committing()}</b><span class="t3">{t().pause_hint()}</span></span>
                        </label>
                        <ConfigurationFields fields=configuration/>
                        {move || secret_names.get().map(|names| view! {
                            <section class="note warn-role" aria-label=t().section_warnings()>
                                <Glyph icon=Icon::ShieldWarn/>
                                <div><p>{t().secrets_in_env(&names)}</p></div>
                            </section>
                        })}
                        {move || secrets().map(|text| view! {
                            <section class="note danger-role" aria-label=t().section_warnings()>
                                <Glyph icon=Icon::ShieldWarn/>
                                <div>
                                    <p>{text}</p>
                                    {is_selective.get().then(|| view! {
                                        <div class="field">
                                            <label for="commit-reason">{t().override_reason()}</label>
                                            <div class="input"><input id="commit-reason" autocomplete="off" bind:value=reason/></div>
                                        </div>
                                    })}
                                </div>
                            </section>
                        })}
                        {move || Some(mounts()).filter(|mounts| !mounts.is_empty()).map(|mounts| view! {
                            <section class="note" aria-label=t().section_mounts()>
                                <Glyph icon=Icon::Info/>
                                <div>
                                    <p>{t().mounts_stay_out()}</p>
                                    <ul class="plain-list">{mounts.into_iter().map(|mount| view! { <li class="mono">{mount.target}" ← "{mount.source}</li> }).collect_view()}</ul>
                                </div>
                            </section>
                        })}
                        {move || problem.get().map(|problem| view! { <ProblemNote title=could_not.clone() problem=problem/> })}
                    </div>
                    <Equivalents what=equivalent/>
                    <footer class="form-foot">
                        <DraftButton call=draft_call off=Signal::derive(move || !store.is_live() || scanned.get().is_none())/>
                        <a class="btn" href=at(Route::container(&id, Tab::Overview))>{t().cancel()}</a>
                        <button class="btn primary" data-needs="job.commit" disabled=move || running.get() || !store.is_live() || is_selective.get() && scanned.get().is_none()><Glyph icon=Icon::Commit/>{t().commit()}</button>
                    </footer>
                </form>
            </div>
        </div>
    }
}

/// What one does with a new image.
#[component]
fn AfterCommit(job: JobId) -> impl IntoView {
    let store = store();
    let made = Memo::new(move |_| {
        let job = store.jobs.get(&job).filter(|job| job.outcome == Outcome::Succeeded)?;
        let Work::Commit(commit) = job.work else { return None };
        // Undone, or removed otherwise.
        commit.image.filter(|image| store.images.get(image).is_some()).map(|image| (image, commit.reference))
    });
    let attempt = Attempt::new(t().could_not_undo_commit());
    let buttons = move |(image, reference): (ImageId, String)| {
        let (run, pushed, undone) =
            (if reference.is_empty() { image.0.clone() } else { reference.clone() }, reference.clone(), image.0.clone());
        let push = move |_| {
            let call = PushImage { reference: pushed.clone(), credentials: Credentials::Automatic };
            spawn_local(async move {
                match link::call(call).await {
                    Ok(job) => go(Route::job(&job)),
                    Err(problem) => failed(t().could_not_push(&problem.subject), &problem),
                }
            });
        };
        let undo = move |_| {
            let call = RemoveImage { reference: undone.clone(), force: false, all_names: true };
            attempt.run(link::call(call), |()| say(t().did_undo_commit().to_owned()), |()| {});
        };
        view! {
            <div class="commit-after">
                <button type="button" class="btn" data-needs="job.run" on:click=move |_| go(Route::Run.with(&[("image", &run)]))><Glyph icon=Icon::Play/>{t().action_run()}</button>
                {(!reference.is_empty()).then(|| view! { <button type="button" class="btn" data-needs="job.push" on:click=push><Glyph icon=Icon::Upload/>{t().action_push_do()}</button> })}
                <button type="button" class="btn danger" data-needs="image.remove" disabled=move || attempt.busy.get() on:click=undo><Glyph icon=Icon::Trash/>{t().undo_commit()}</button>
            </div>
        }
    };
    view! {
        {move || made.get().map(buttons)}
        {attempt.note()}
    }
}
