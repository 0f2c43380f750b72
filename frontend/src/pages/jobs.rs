//! `/jobs` and `/jobs/{id}`.

use leptos::prelude::*;
use linkspan_shared::{
    call::DismissJob,
    explain::Explained,
    ids::JobId,
    job::{Job, Outcome, Work},
};

use wasm_bindgen_futures::spawn_local;

use crate::{
    address::{self, at},
    components::{
        equivalent::Equivalents,
        job_card::{JobCard, job_title},
        job_output::JobOutput,
        script::ScriptButton,
        top_bar::{Actions, TopBar},
        ui::{dialog::Dialog, state_view::StateView},
    },
    i18n::t,
    link,
    pages::run::result::RunResult,
    route::Route,
    sorting,
    store::store,
};

/// What runs first, then the newest.
pub fn in_order(mut jobs: Vec<Job>) -> Vec<JobId> {
    sorting::sort_by(&mut jobs, |a, b| {
        let ended = |job: &Job| job.outcome != Outcome::Running;
        ended(a).cmp(&ended(b)).then(b.started.cmp(&a.started))
    });
    jobs.into_iter().map(|job| job.id).collect()
}

/// What the list is narrowed to; in the address, and each empty for all.
#[derive(Clone, Default, PartialEq)]
struct Filter {
    kind: String,
    by: String,
    outcome: String,
}

impl Filter {
    fn read(query: &address::Query) -> Self {
        let word = |key: &str| query.get(key).unwrap_or_default();
        Self { kind: word("kind"), by: word("by"), outcome: word("outcome") }
    }

    fn go(&self) {
        address::replace(Route::Jobs.with(&[("kind", &self.kind), ("by", &self.by), ("outcome", &self.outcome)]));
    }

    fn fits(&self, job: &Job) -> bool {
        let is = |wanted: &str, found: &str| wanted.is_empty() || wanted == found;
        is(&self.kind, kind(job).0) && is(&self.by, &job.started_by.0) && is(&self.outcome, outcome(job).0)
    }
}

/// Its word in the address, and for people.
fn kind(job: &Job) -> (&'static str, &'static str) {
    match &job.work {
        Work::Pull(_) => ("pull", t().kind_pull()),
        Work::Push(_) => ("push", t().kind_push()),
        Work::Run(_) => ("run", t().run()),
        Work::Batch(batch) if batch.kind.removes() => ("remove", t().action_remove()),
        Work::Batch(_) => ("containers", t().containers()),
        Work::Commit(_) => ("commit", t().commit()),
        Work::Recreate(_) => ("recreate", t().recreate()),
        Work::Load(_) => ("load", t().load_do()),
        Work::Build(_) => ("build", t().build_image()),
    }
}

fn outcome(job: &Job) -> (&'static str, &'static str) {
    match &job.outcome {
        Outcome::Running => ("running", t().job_running()),
        Outcome::Succeeded => ("done", t().job_done()),
        Outcome::Cancelled => ("cancelled", t().job_cancelled()),
        Outcome::Failed(_) => ("failed", t().job_failed()),
        Outcome::Interrupted => ("interrupted", t().job_interrupted_short()),
    }
}

#[component]
fn Filters(filter: Memo<Filter>) -> impl IntoView {
    // Only what there is.
    let choices = move |of: fn(&Job) -> (String, String)| {
        Memo::new(move |_| {
            let mut choices: Vec<(String, String)> = store().jobs.all().iter().map(of).collect();
            sorting::sort(&mut choices);
            choices.dedup();
            choices
        })
    };
    fn owned((word, label): (&str, &str)) -> (String, String) {
        (word.to_owned(), label.to_owned())
    }
    let select = move |label: &'static str, choices: Memo<Vec<(String, String)>>, part: fn(&mut Filter) -> &mut String| {
        let now = Memo::new(move |_| part(&mut filter.get()).clone());
        let choose = move |event: web_sys::Event| {
            let mut changed = filter.get_untracked();
            *part(&mut changed) = event_target_value(&event);
            changed.go();
        };
        view! {
            <select class="select" aria-label=label on:change=choose>
                <option value="" selected=move || now.with(String::is_empty)>{label}": "{t().all()}</option>
                {move || choices.get().into_iter().map(|(word, label)| {
                    let is_it = word == now.get();
                    view! { <option value=word selected=is_it>{label}</option> }
                }).collect_view()}
            </select>
        }
    };
    view! {
        <div class="toolbar jobs-bar">
            {select(t().job_kind(), choices(|job| owned(kind(job))), |filter| &mut filter.kind)}
            {select(t().job_person(), choices(|job| (job.started_by.0.clone(), job.started_by.0.clone())), |filter| &mut filter.by)}
            {select(t().job_outcome(), choices(|job| owned(outcome(job))), |filter| &mut filter.outcome)}
        </div>
    }
}

#[component]
pub fn Jobs() -> impl IntoView {
    let store = store();
    let query = address::query();
    let filter = Memo::new(move |_| query.with(Filter::read));
    let jobs = Memo::new(move |_| {
        let mut jobs = store.jobs.all();
        filter.with(|filter| jobs.retain(|job| filter.fits(job)));
        in_order(jobs)
    });
    let summary = move || {
        let all = store.jobs.all();
        let running = all.iter().filter(|job| job.outcome == Outcome::Running).count();
        let failed = all.iter().filter(|job| matches!(job.outcome, Outcome::Failed(_))).count();
        t().jobs_summary(running, failed)
    };
    // What the filter hides is not acted on.
    let ended = move || -> Vec<JobId> {
        let shown = |job: &Job| job.outcome != Outcome::Running && filter.with(|filter| filter.fits(job));
        store.jobs.all().into_iter().filter(shown).map(|job| job.id).collect()
    };
    let (busy, asking) = (RwSignal::new(false), RwSignal::new(None::<usize>));
    let close = Callback::new(move |()| asking.set(None));
    let dismiss = move |_| {
        let jobs = untrack(ended);
        busy.set(true);
        asking.set(None);
        spawn_local(async move {
            for job in jobs {
                // One that somebody else has dismissed meanwhile is no failure.
                let _ = link::call(DismissJob { job }).await;
            }
            busy.try_set(false);
        });
    };
    view! {
        <TopBar>
            <h1>{t().jobs()}</h1>
            <span class="t3">{summary}</span>
            <Actions slot:actions>
                <ScriptButton/>
                <button type="button" class="btn" data-needs="job.dismiss" disabled=move || busy.get() || ended().is_empty() on:click=move |_| asking.set(Some(untrack(ended).len()))>
                    {t().dismiss_ended()}
                </button>
            </Actions>
        </TopBar>
        {move || asking.get().map(|number| {
            let foot = move || view! {
                <button type="button" class="btn" autofocus on:click=move |_| close.run(())>{t().cancel()}</button>
                <button type="button" class="btn danger" on:click=dismiss>{t().dismiss_n(number)}</button>
            };
            view! { <Dialog title=t().dismiss_title(number) on_close=close foot=foot><p>{t().dismiss_text()}</p></Dialog> }
        })}
        <Show when=move || { store.jobs.len() > 1 }><Filters filter=filter/></Show>
        <div class="scroller">
            <div class="page-col jobs">
                <For each=move || jobs.get() key=Clone::clone children=|id| view! { <JobCard id=id/> }/>
            </div>
            {move || match (store.jobs.is_loaded() && jobs.with(Vec::is_empty), store.jobs.len()) {
                (false, _) => ().into_any(),
                (true, 0) => view! { <StateView title=t().no_jobs_title() text=t().no_jobs_text()/> }.into_any(),
                (true, all) => view! {
                    <StateView title=t().no_match_title() text=t().no_match_jobs(all)>
                        <button type="button" class="btn" on:click=|_| Filter::default().go()>{t().clear_filter()}</button>
                    </StateView>
                }.into_any(),
            }}
        </div>
    }
}

#[component]
pub fn OneJob() -> impl IntoView {
    let store = store();
    let subject = address::subject();
    let id = Memo::new(move |_| JobId(subject.get()));
    let known = Memo::new(move |_| store.jobs.get(&id.get()).is_some());
    let title = move || store.jobs.get(&id.get()).as_ref().map(job_title);
    let is_build = Memo::new(move |_| store.jobs.get(&id.get()).is_some_and(|job| matches!(job.work, Work::Build(_))));
    let is_run = Memo::new(move |_| store.jobs.get(&id.get()).is_some_and(|job| matches!(job.work, Work::Run(_))));
    view! {
        <TopBar>
            <h1 class="vh">{move || title().unwrap_or_else(|| t().jobs().to_owned())}</h1>
            <nav class="crumbs-nav" aria-label=t().breadcrumb()>
                <ol class="crumbs"><li><a href=at(Route::Jobs)>{t().jobs()}</a></li><li aria-current="page">{title}</li></ol>
            </nav>
        </TopBar>
        <div class="scroller">
            {move || match (known.get(), store.jobs.is_loaded()) {
                (true, _) => view! {
                    <div class="page-col jobs">
                        <JobCard id=id.get() whole=true/>
                        {is_build.get().then(|| view! {
                            <section class="runresult" aria-label=t().output()>
                                <JobOutput id=id.get() job=Signal::derive(move || store.jobs.get(&id.get()))/>
                            </section>
                        })}
                        {is_run.get().then(|| view! { <RunResult job=Signal::derive(move || Some(id.get()))/> })}
                        <Equivalents what=Signal::derive(move || Some(Explained::Job(id.get())))/>
                    </div>
                }.into_any(),
                (false, true) => view! {
                    <StateView title=t().job_unknown_title() text=t().job_unknown_text()><a class="btn" href=at(Route::Jobs)>{t().all_jobs()}</a></StateView>
                }.into_any(),
                (false, false) => ().into_any(),
            }}
        </div>
    }
}
