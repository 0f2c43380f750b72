//! What became of a run: its steps, its output, its exit code.

use leptos::prelude::*;
use linkspan_shared::{
    call::ListTerminals,
    ids::{ContainerId, JobId, TerminalId},
    job::{Job, Outcome, Run, StepKind, StepState, Work},
    problem::Problem,
    terminal::TerminalInfo,
};

use crate::{
    address::at,
    browser::spawn_scoped,
    components::{
        job_card::{TransferProgress, cancel},
        job_output::JobOutput,
        steps::Steps,
        terminal::TerminalView,
        ui::{Glyph, Icon, problem_note::ProblemNote},
    },
    i18n::t,
    link::{self, link},
    route::{Route, Tab},
    store::store,
};

#[component]
pub fn RunResult(#[prop(into)] job: Signal<Option<JobId>>) -> impl IntoView {
    let store = store();
    let current = Memo::new(move |_| job.get().and_then(|id| store.jobs.get(&id)));
    let id = Memo::new(move |_| current.with(|job| job.as_ref().map(|job| job.id.clone())));
    view! {
        <section class="runresult" aria-label=t().run_result()>
            <header><h2 id="run-result" tabindex="-1">{t().run_result()}</h2></header>
            {move || match id.get() {
                None => view! { <p class="t3 run-line">{t().run_result_idle()}</p> }.into_any(),
                Some(id) => view! { <Result id=id job=current/> }.into_any(),
            }}
        </section>
    }
}

#[component]
fn Result(id: JobId, job: Memo<Option<Job>>) -> impl IntoView {
    let run = Memo::new(move |before: Option<&Option<Run>>| {
        job.with(|job| match job.as_ref().map(|job| &job.work) {
            Some(Work::Run(run)) => Some(run.clone()),
            _ => None,
        })
        .or_else(|| before.cloned().flatten())
    });
    let outcome = Memo::new(move |_| job.with(|job| job.as_ref().map(|job| job.outcome.clone())));
    let with_run = move |look: &dyn Fn(&Run) -> Option<AnyView>| run.with(|run| run.as_ref().and_then(look));
    let steps = Memo::new(move |_| run.with(|run| run.as_ref().map(|run| run.steps.clone()).unwrap_or_default()));
    let pull = Memo::new(move |_| run.with(|run| run.as_ref().and_then(|run| run.pull.clone())));
    let pull_failed =
        Signal::derive(move || steps.with(|steps| steps.iter().any(|step| step.kind == StepKind::Pull && step.state == StepState::Failed)));
    let exit_code = Memo::new(move |_| run.with(|run| run.as_ref().and_then(|run| run.exit_code)));
    let in_foreground = run.with_untracked(|run| run.as_ref().is_some_and(|run| !run.background));
    let cancelled = id.clone();
    let cancelling = Memo::new(move |_| job.with(|job| job.as_ref().is_some_and(|job| job.cancelled_by.is_some())));
    // While it runs, whoever started it types into it; what it printed stays when it has ended.
    let terminal = Memo::new(move |before: Option<&Option<TerminalId>>| {
        let is_mine = job.with(|job| {
            job.as_ref().is_some_and(|job| link().user.with(|user| user.as_ref().is_some_and(|user| user.name == job.started_by)))
        });
        let now = run
            .with(|run| run.as_ref().and_then(|run| run.terminal.clone()))
            .filter(|_| is_mine && outcome.get() == Some(Outcome::Running));
        now.or_else(|| before.cloned().flatten())
    });
    view! {
        <Steps steps=steps/>
        {move || pull.with(Option::is_some).then(|| {
            let pull = Signal::derive(move || pull.get().unwrap_or_default());
            view! { <div class="run-pull"><TransferProgress progress=pull failed=pull_failed/></div> }
        })}
        {move || (outcome.get() == Some(Outcome::Running)).then(|| view! {
            <p class="run-line">
                <button type="button" class="btn sm" data-needs="job.cancel" disabled=move || cancelling.get() on:click={ let job = cancelled.clone(); move |_| cancel(job.clone(), false) }><Glyph icon=Icon::Stop/>{t().cancel()}</button>
                {move || cancelling.get().then(|| view! { <span class="t2" role="status">" "{t().cancelling_run()}</span> })}
            </p>
        })}
        {move || exit_code.get().map(|code| view! {
            <p class="run-line" role="status"><span class="tag exit" class:ok=code == 0 class:danger=code != 0>{t().exit_code(code)}</span></p>
        })}
        {move || with_run(&|run| {
            let id = run.container.clone()?;
            let started = run.steps.iter().any(|step| step.kind == StepKind::Start && step.state == StepState::Done);
            (run.background && started).then(|| view! {
                <p class="run-line" role="status"><Glyph icon=Icon::OkCircle/>{t().running_in_background()}" "<code title=id.0.clone()>{id.short().to_owned()}</code></p>
            }.into_any())
        })}
        {move || with_run(&|run| {
            let id = run.container.clone()?;
            // Where `--rm` has taken it away, there is nothing to open.
            store().containers.get(&id)?;
            Some(view! { <p class="run-line"><a class="link" href=at(Route::container(&id, Tab::Overview))>{t().open_container(&run.name)}</a></p> }.into_any())
        })}
        {move || with_run(&|run| (!run.trouble.is_empty()).then(|| view! {
            <div class="note warn-role" role="status"><Glyph icon=Icon::Warn/><p><b>{t().credential_trouble()}</b>" "{run.trouble.clone()}</p></div>
        }.into_any()))}
        {move || with_run(&|run| (!run.warnings.is_empty()).then(|| view! {
            <div class="note warn-role"><Glyph icon=Icon::Warn/><p><b>{t().engine_warning()}</b>" "{run.warnings.join(" ")}</p></div>
        }.into_any()))}
        {move || match outcome.get() {
            Some(Outcome::Failed(problem)) => Some(view! {
                <ProblemNote title=t().could_not_run() problem=problem/>
                {with_run(&|run| Some(view! {
                    <p class="t2 run-line">{if run.left_behind { t().left_behind(&run.name) } else { t().nothing_left_behind().to_owned() }}</p>
                }.into_any()))}
            }.into_any()),
            Some(Outcome::Cancelled) => Some(view! {
                <p class="t2 run-line" role="status">
                    {t().problem_cancelled()}" "
                    {run.with(|run| run.as_ref().map(|run| if run.left_behind { t().left_behind(&run.name) } else { t().nothing_left_behind().to_owned() }))}
                </p>
            }.into_any()),
            _ => None,
        }}
        {move || match terminal.get() {
            Some(terminal) => view! { <RunTerminal run=run terminal=terminal job=job id=id.clone()/> }.into_any(),
            None if in_foreground => view! { <JobOutput id=id.clone() job=job/> }.into_any(),
            None => ().into_any(),
        }}
    }
}

/// The terminal of the container that somebody runs in the foreground.
#[component]
fn RunTerminal(run: Memo<Option<Run>>, terminal: TerminalId, job: Memo<Option<Job>>, id: JobId) -> impl IntoView {
    let name = Memo::new(move |_| run.with(|run| run.as_ref().map(|run| run.name.clone()).unwrap_or_default()));
    // Once it is known; of one that is gone there is what it printed.
    let info = RwSignal::new(None::<Option<(ContainerId, TerminalInfo)>>);
    let problem = RwSignal::new(None::<Problem>);
    if let Some(container) = run.with_untracked(|run| run.as_ref().and_then(|run| run.container.clone())) {
        spawn_scoped(async move {
            match link::call(ListTerminals { container: container.clone() }).await {
                Ok(known) => info.set(Some(known.into_iter().find(|info| info.id == terminal).map(|info| (container, info)))),
                Err(why) => problem.set(Some(why)),
            }
        });
    }
    view! {
        {move || problem.get().map(|problem| view! { <ProblemNote title=t().terminal() problem=problem/> })}
        {move || info.get().map(|info| match info {
            Some((container, info)) => view! {
                <h3 id="run-terminal" tabindex="-1" class="run-line">{t().terminal()}</h3>
                <div class="run-terminal">
                    <TerminalView container=container info=info name=name is_shown=Signal::stored(true) way_out="run-terminal".to_owned()/>
                </div>
            }.into_any(),
            None => view! { <JobOutput id=id.clone() job=job/> }.into_any(),
        })}
    }
}
