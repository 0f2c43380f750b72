//! A job as everybody sees it.

use leptos::prelude::*;
use linkspan_shared::{
    call::{CancelJob, DismissJob},
    ids::JobId,
    job::{Job, Outcome, Pull, StopResult, Work},
};
use wasm_bindgen_futures::spawn_local;

use super::{
    dialogs::one_line,
    stop_dialog::result_text,
    ui::{Glyph, Icon, problem_note::ProblemNote, progress::Progress},
};
use crate::{
    address::at,
    i18n::{ago, bytes, bytes as size, percent, t},
    link,
    store::{failed, store},
};

pub fn job_title(job: &Job) -> String {
    match &job.work {
        Work::Pull(pull) => t().job_pull(&pull.reference),
        Work::Run(run) => t().job_run(&run.image),
        Work::StopAll(_) => t().job_stop_all().to_owned(),
        Work::Commit(commit) => t().job_commit(&commit.name),
    }
}

/// What could not be done, when it failed.
pub fn could_not(job: &Job) -> String {
    match &job.work {
        Work::Pull(pull) => t().could_not_pull(&pull.reference),
        Work::Run(_) => t().could_not_run().to_owned(),
        Work::StopAll(_) => t().could_not_stop_all().to_owned(),
        Work::Commit(commit) => t().could_not_commit(&commit.name),
    }
}

#[component]
pub fn JobCard(id: JobId) -> impl IntoView {
    let Some(signal) = store().jobs.signal(&id) else { return ().into_any() };
    let job = RwSignal::from(signal);
    let title = job.with_untracked(job_title);
    let label = title.clone();
    let outcome = Memo::new(move |_| job.with(|job| job.outcome.clone()));
    let is_running = Memo::new(move |_| outcome.get() == Outcome::Running);
    let icon = job.with_untracked(|job| match job.work {
        Work::Pull(_) => Icon::Download,
        Work::Run(_) => Icon::Play,
        Work::StopAll(_) => Icon::Stop,
        Work::Commit(_) => Icon::Commit,
    });
    let cancel = {
        let id = id.clone();
        move |_| {
            let job = id.clone();
            spawn_local(async move {
                if let Err(problem) = link::call(CancelJob { job }).await {
                    failed(t().could_not_cancel().to_owned(), &problem);
                }
            });
        }
    };
    let dismiss = {
        let id = id.clone();
        move |_| {
            let job = id.clone();
            spawn_local(async move {
                if let Err(problem) = link::call(DismissJob { job }).await {
                    failed(t().could_not_dismiss().to_owned(), &problem);
                }
            });
        }
    };
    let href = at(&format!("/jobs/{id}"));
    let is_old = store().is_old(&id);
    let has_failed = move || matches!(outcome.get(), Outcome::Failed(_));
    view! {
        <article
            class="card job"
            class:is-done=move || outcome.get() == Outcome::Succeeded
            class:is-failed=has_failed
            aria-label=label
        >
            <header>
                <Glyph icon=icon class="job-ic"/>
                <h2><a href=href class="mono">{title}</a></h2>
                <span class="end">{move || if is_running.get() {
                    view! { <button type="button" class="btn sm" on:click=cancel.clone()>{t().cancel()}</button> }.into_any()
                } else {
                    view! {
                        <button type="button" class="btn ghost sm icon-only" aria-label=t().dismiss() title=t().dismiss() on:click=dismiss.clone()>
                            <Glyph icon=Icon::X/>
                        </button>
                    }.into_any()
                }}</span>
            </header>
            <div class="job-body">
            <p class="job-by">
                <span>{move || job.with(|job| t().job_started_by(&job.started_by.0, &ago(job.started)))}</span>
                <span class="end" role=move || (!has_failed()).then_some("status")>{move || outcome_text(&outcome.get())}</span>
            </p>
            {move || match outcome.get() {
                Outcome::Failed(problem) => Some(view! { <ProblemNote title=job.with_untracked(could_not) problem=problem old=is_old/> }),
                _ => None,
            }}
            <Body job=job/>
            </div>
        </article>
    }
    .into_any()
}

fn outcome_text(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Running => t().job_running(),
        Outcome::Succeeded => t().job_done(),
        Outcome::Cancelled => t().job_cancelled(),
        Outcome::Failed(_) => t().job_failed(),
    }
}

#[component]
fn Body(job: RwSignal<Job>) -> impl IntoView {
    let kind = job.with_untracked(|job| job.work.clone());
    match kind {
        Work::Pull(_) => {
            let pull = Memo::new(move |_| job.with(pull_of));
            let succeeded = Memo::new(move |_| job.with(|job| job.outcome == Outcome::Succeeded));
            // A pull that failed at once got nowhere; what it was doing otherwise stays to be seen.
            let got_nowhere = Memo::new(move |_| {
                job.with(|job| matches!(job.outcome, Outcome::Failed(_) | Outcome::Cancelled)) && pull.with(|pull| pull.layers.is_empty())
            });
            view! { <Show when=move || !got_nowhere.get()><PullProgress pull=pull succeeded=succeeded/></Show> }.into_any()
        }
        Work::Run(_) => {
            let container = move || {
                job.with(|job| match &job.work {
                    Work::Run(run) => run.container.clone().map(|id| (id, run.name.clone())),
                    _ => None,
                })
            };
            let code = move || {
                job.with(|job| match &job.work {
                    Work::Run(run) => run.exit_code,
                    _ => None,
                })
            };
            // What nobody waits for any more has not ended with the job.
            let left_behind = move || {
                job.with(|job| match &job.work {
                    Work::Run(run) if run.left_behind => Some(t().left_behind(&run.name)),
                    _ => None,
                })
            };
            view! {
                {move || left_behind().map(|text| view! { <p class="row">{text}</p> })}
                <p class="row">
                    {move || container().map(|(id, name)| view! { <a class="link" href=at(&format!("/containers/{id}"))>{name}</a>" " })}
                    {move || code().map(|code| view! { <span class="tag exit" class:ok=code == 0 class:danger=code != 0>{t().exit_code(code)}</span> })}
                </p>
            }
            .into_any()
        }
        Work::StopAll(_) => view! { <StopResults job=job/> }.into_any(),
        Work::Commit(_) => {
            let image = move || {
                job.with(|job| match &job.work {
                    Work::Commit(commit) => commit.image.clone().map(|id| (id, commit.reference.clone())),
                    _ => None,
                })
            };
            view! {
                {move || image().map(|(id, reference)| {
                    let name = if reference.is_empty() { id.short().to_owned() } else { reference };
                    view! { <p class="row mono">{t().committed_as(&name)}</p> }
                })}
            }
            .into_any()
        }
    }
}

fn pull_of(job: &Job) -> Pull {
    match &job.work {
        Work::Pull(pull) => pull.clone(),
        _ => Pull::default(),
    }
}

#[component]
fn StopResults(job: RwSignal<Job>) -> impl IntoView {
    let targets = Memo::new(move |_| {
        job.with(|job| match &job.work {
            Work::StopAll(stop_all) => stop_all.targets.clone(),
            _ => Vec::new(),
        })
    });
    let over = |result: &StopResult| !matches!(result, StopResult::Waiting | StopResult::Stopping);
    let fraction = Signal::derive(move || {
        targets.with(|targets| {
            let ended = targets.iter().filter(|target| over(&target.result)).count();
            if targets.is_empty() { 1.0 } else { ended as f64 / targets.len() as f64 }
        })
    });
    view! {
        <Progress label=t().overall_progress() fraction=fraction/>
        <ul class="dialog-list">
            {move || targets.get().into_iter().map(|target| {
                let why = match &target.result {
                    StopResult::Failed(problem) => Some(one_line(problem)),
                    _ => None,
                };
                let kind = if why.is_some() { "failed" } else { "ok" };
                view! {
                    <li data-result=kind>
                        <b>{target.name}</b>
                        <span class="end"><span class="result">{result_text(&target.result)}</span></span>
                        {why.map(|why| view! { <p class="why">{why}</p> })}
                    </li>
                }
            }).collect_view()}
        </ul>
    }
}

/// Overall and layer by layer.
#[component]
pub fn PullProgress(#[prop(into)] pull: Signal<Pull>, #[prop(into)] succeeded: Signal<bool>) -> impl IntoView {
    let fraction = Signal::derive(move || if succeeded.get() { 1.0 } else { pull.with(Pull::fraction) });
    let sums = move || {
        pull.with(|pull| {
            let total: u64 = pull.layers.iter().map(|layer| layer.total).sum();
            let loaded: u64 = pull
                .layers
                .iter()
                .map(|layer| {
                    if layer.status == "Downloading" {
                        layer.current
                    } else if layer.fraction() >= 0.5 {
                        layer.total
                    } else {
                        0
                    }
                })
                .sum();
            (total > 0).then(|| t().bytes_of(&bytes(loaded as f64), &bytes(total as f64)))
        })
    };
    view! {
        <p class="job-prog">
            <b class="num">{move || percent(fraction.get())}</b>
            <span class="num">{sums}</span>
            <span class="t3 trunc">{move || pull.with(|pull| pull.status.clone())}</span>
        </p>
        <Progress label=t().overall_progress() fraction=fraction/>
        {move || (!pull.with(|pull| pull.layers.is_empty())).then(|| view! {
            <table class="layers" aria-label=t().layers()>
                <thead>
                    <tr>
                        <th scope="col">{t().column_layer()}</th>
                        <th scope="col">{t().column_status()}</th>
                        <th scope="col">{t().column_progress()}</th>
                        <th scope="col">{t().column_size()}</th>
                    </tr>
                </thead>
                <tbody>
                    <For
                        each=move || 0..pull.with(|pull| pull.layers.len())
                        key=|at| *at
                        children=move |at| {
                            let layer = Memo::new(move |_| pull.with(|pull| pull.layers.get(at).cloned()));
                            let part = move || layer.get().map_or(0.0, |layer| if layer.total == 0 { 0.0 } else { layer.current as f64 / layer.total as f64 });
                            let active = move || layer.get().is_some_and(|layer| matches!(layer.status.as_str(), "Downloading" | "Extracting"));
                            let figures = move || {
                                layer.get().filter(|layer| layer.total > 0).map(|layer| {
                                    if active() { t().bytes_of(&size(layer.current as f64), &size(layer.total as f64)) } else { size(layer.total as f64) }
                                })
                            };
                            view! {
                                <tr data-k=move || layer.get().map(|layer| kind(&layer.status))>
                                    <td><code>{move || layer.get().map(|layer| layer.id)}</code></td>
                                    <td class="lst">
                                        {move || layer.get().map(|layer| view! { <Glyph icon=layer_icon(&layer.status)/> })}
                                        {move || layer.get().map(|layer| layer.status)}
                                    </td>
                                    <td>{move || active().then(|| view! { <span class="bar" aria-hidden="true"><i style:--v=move || ((part() * 100.0) as u8).to_string()></i></span> })}</td>
                                    <td class="num">{figures}</td>
                                </tr>
                            }
                        }
                    />
                </tbody>
            </table>
        })}
    }
}

fn kind(status: &str) -> &'static str {
    match status {
        "Pull complete" | "Already exists" => "done",
        "Downloading" => "dl",
        "Extracting" => "ext",
        "Verifying Checksum" | "Download complete" => "ver",
        _ => "wait",
    }
}

fn layer_icon(status: &str) -> Icon {
    match kind(status) {
        "done" => Icon::Check,
        "dl" => Icon::ArrowDown,
        "ext" => Icon::Loader,
        "ver" => Icon::Shield,
        _ => Icon::Dashed,
    }
}
