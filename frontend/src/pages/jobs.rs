//! `/jobs` and `/jobs/{id}`.

use leptos::prelude::*;
use linkspan_shared::{
    call::DismissJob,
    ids::JobId,
    job::{Job, Outcome, Work},
};

use wasm_bindgen_futures::spawn_local;

use crate::{
    address::{self, at},
    components::{
        job_card::{JobCard, job_title},
        job_output::JobOutput,
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

#[component]
pub fn Jobs() -> impl IntoView {
    let store = store();
    let jobs = Memo::new(move |_| in_order(store.jobs.all()));
    let summary = move || {
        let all = store.jobs.all();
        let running = all.iter().filter(|job| job.outcome == Outcome::Running).count();
        let failed = all.iter().filter(|job| matches!(job.outcome, Outcome::Failed(_))).count();
        t().jobs_summary(running, failed)
    };
    let ended =
        move || -> Vec<JobId> { store.jobs.all().into_iter().filter(|job| job.outcome != Outcome::Running).map(|job| job.id).collect() };
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
                <button type="button" class="btn" disabled=move || busy.get() || ended().is_empty() on:click=move |_| asking.set(Some(untrack(ended).len()))>
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
        <div class="scroller">
            <div class="page-col jobs">
                <For each=move || jobs.get() key=Clone::clone children=|id| view! { <JobCard id=id/> }/>
            </div>
            {move || (store.jobs.is_loaded() && jobs.with(Vec::is_empty)).then(|| view! {
                <StateView title=t().no_jobs_title() text=t().no_jobs_text()/>
            })}
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
            <nav class="crumbs-nav" aria-label=t().jobs()>
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
