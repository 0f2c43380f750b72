//! A job as everybody sees it.

mod batch;
mod recreate;
mod transfer;
mod words;

use std::time::Duration;

use leptos::prelude::*;
use linkspan_shared::{
    call::{CancelJob, DismissJob, PullImage, PushImage},
    credential::{CredentialUse, Credentials},
    ids::JobId,
    job::{Job, Outcome, Progress, Transfer, Upload, Work},
    problem::Problem,
};
use wasm_bindgen_futures::spawn_local;

use batch::Targets;
pub use batch::{Results, kind_of, result_text};
use recreate::Recreated;
pub use transfer::TransferProgress;
pub use words::{could_not_each, job_title};

use words::{could_not, detail_of, done_by, icon_of, subject};

use super::{
    people::Avatar,
    ui::{Glyph, Icon, progress::Progress as Bar},
};
use crate::{
    address::at,
    browser,
    i18n::{ago_by_bridge, bytes, duration, explain, percent, t},
    link,
    route::{Route, Tab},
    store::{failed, store},
};

/// A card that ended well folds after this long; one that failed stays as it is.
const FOLD_AFTER: Duration = Duration::from_secs(10);

/// `whole`: on a page of its own nothing folds.
#[component]
pub fn JobCard(id: JobId, #[prop(optional)] whole: bool) -> impl IntoView {
    let Some(signal) = store().jobs.signal(&id) else { return ().into_any() };
    let job = RwSignal::from(signal);
    let (title, subject) = job.with_untracked(|job| (job_title(job), subject(job)));
    let label = title.clone();
    let has_subject = subject.is_some();
    let shown = subject.unwrap_or_else(|| title.clone());
    let outcome = Memo::new(move |_| job.with(|job| job.outcome.clone()));
    let is_running = Memo::new(move |_| outcome.get() == Outcome::Running);
    let (icon, is_run, can_be_cancelled, has_layers) = job.with_untracked(|job| {
        let has_layers = matches!(job.work, Work::Pull(_) | Work::Push(_) | Work::Load(_) | Work::Batch(_));
        (icon_of(&job.work), matches!(job.work, Work::Run(_)), job.work.can_be_cancelled(), has_layers)
    });
    let cancelling = Memo::new(move |_| job.with(|job| job.cancelled_by.is_some()));
    let cancelled = id.clone();
    let cancel = move |remove: bool| cancel(cancelled.clone(), remove);
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
    let href = at(Route::job(&id));
    let is_old = store().is_old(&id);
    let has_failed = move || matches!(outcome.get(), Outcome::Failed(_) | Outcome::Interrupted);
    let folds = has_layers && !whole;
    // A pull that was refused at once has nothing to show.
    let has_details = Memo::new(move |_| {
        job.with(|job| match &job.work {
            Work::Pull(transfer) | Work::Push(transfer) => !transfer.progress.layers.is_empty(),
            Work::Load(load) => !load.progress.layers.is_empty(),
            _ => true,
        })
    });
    let folded = folding(job, outcome, folds);
    let buttons = move || {
        let (cancel, and_remove) = (cancel.clone(), cancel.clone());
        match (is_running.get(), can_be_cancelled) {
            (true, true) => view! {
                {is_run.then(|| view! {
                    <button type="button" class="btn ghost sm" data-needs="job.cancel" disabled=move || cancelling.get() on:click=move |_| and_remove(true)>{t().cancel_and_remove()}</button>
                })}
                <button type="button" class="btn sm" data-needs="job.cancel" disabled=move || cancelling.get() on:click=move |_| cancel(false)>{t().cancel()}</button>
            }
            .into_any(),
            (true, false) => ().into_any(),
            (false, _) => view! {
                <button type="button" class="btn ghost sm icon-only" data-needs="job.dismiss" aria-label=t().dismiss() title=t().dismiss() on:click=dismiss.clone()>
                    <Glyph icon=Icon::X/>
                </button>
            }
            .into_any(),
        }
    };
    view! {
        <article
            class="card job"
            class:is-done=move || outcome.get() == Outcome::Succeeded
            class:is-failed=has_failed
            class:is-folded=move || folded.get()
            aria-label=label
        >
            <header>
                {move || view! { <Glyph icon=if has_failed() { Icon::XCircle } else { icon } class="job-ic"/> }}
                <h2 class="trunc"><a href=href class:mono=has_subject aria-label=title.clone() title=title>{shown}</a></h2>
                <span class="end">
                    <Show when=move || folds && has_details.get()><FoldButton folded=folded/></Show>
                    {buttons}
                </span>
            </header>
            <div class="job-body">
                <By job=job outcome=outcome/>
                {move || match outcome.get() {
                    Outcome::Failed(problem) => Some(view! { <Why job=job problem=problem old=is_old/> }.into_any()),
                    Outcome::Interrupted => Some(view! {
                        <div class="note warn-role"><Glyph icon=Icon::Warn/><p><b>{t().job_interrupted()}</b>" "{t().job_interrupted_text()}</p></div>
                    }.into_any()),
                    _ => None,
                }}
                <Body job=job outcome=outcome/>
                {move || (!matches!(outcome.get(), Outcome::Running | Outcome::Succeeded)).then(|| job.with_untracked(again)).flatten()}
            </div>
        </article>
    }
    .into_any()
}

/// Everybody sees it with the job's row.
pub fn cancel(job: JobId, remove: bool) {
    spawn_local(async move {
        if let Err(problem) = link::call(CancelJob { job, remove }).await {
            failed(t().could_not_cancel().to_owned(), &problem);
        }
    });
}

/// Why it failed: what the card is about stands above already.
#[component]
fn Why(job: RwSignal<Job>, problem: Problem, old: bool) -> impl IntoView {
    let title = job.with_untracked(could_not);
    let explained = explain(&problem);
    view! {
        <div class="job-err" role=(!old).then_some("alert")>
            <p><span class="vh">{title}" "</span><b>{explained.what}</b>" "{explained.advice}</p>
            {(!explained.why.is_empty()).then(|| view! { <p class="why mono">{explained.why}</p> })}
        </div>
    }
}

/// The same once more, where nothing has to be typed for it.
fn again(job: &Job) -> Option<impl IntoView + use<>> {
    let (Work::Pull(transfer) | Work::Push(transfer)) = &job.work else { return None };
    let credentials = match &transfer.credential {
        CredentialUse::Typed { .. } => return None,
        CredentialUse::Stored { name } => Credentials::Stored(name.clone()),
        CredentialUse::None | CredentialUse::DockerLogin { .. } => Credentials::Automatic,
    };
    let (is_pull, transfer, title) = (matches!(job.work, Work::Pull(_)), transfer.clone(), could_not(job));
    let busy = RwSignal::new(false);
    let again = move |_| {
        let Transfer { reference, all_tags, platform, .. } = transfer.clone();
        let (credentials, title) = (credentials.clone(), title.clone());
        busy.set(true);
        spawn_local(async move {
            let asked = match is_pull {
                true => link::call(PullImage { reference, all_tags, platform, credentials }).await,
                false => link::call(PushImage { reference, credentials }).await,
            };
            if let Err(problem) = asked {
                failed(title, &problem);
            }
            busy.try_set(false);
        });
    };
    let disabled = move || busy.get() || !store().is_live();
    Some(view! {
        <div class="row"><button type="button" class="btn sm" data-needs="job.pull" disabled=disabled on:click=again><Glyph icon=Icon::Restart/>{t().try_again()}</button></div>
    })
}

#[component]
fn FoldButton(folded: RwSignal<bool>) -> impl IntoView {
    let name = move || if folded.get() { t().show_details() } else { t().hide_details() };
    view! {
        <button
            type="button"
            class="btn ghost sm icon-only"
            aria-label=name
            title=name
            aria-expanded=move || (!folded.get()).to_string()
            on:click=move |_| folded.update(|folded| *folded = !*folded)
        >
            {move || view! { <Glyph icon=if folded.get() { Icon::ChevDown } else { Icon::ChevUp }/> }}
        </button>
    }
}

/// Ten seconds after it ended well, also when that was before this page was opened.
fn folding(job: RwSignal<Job>, outcome: Memo<Outcome>, folds: bool) -> RwSignal<bool> {
    let ended_for = move || job.with_untracked(|job| job.ended.map_or(0.0, |ended| browser::clocks().bridge_now() - ended.0 as f64));
    let over = |outcome: &Outcome| matches!(outcome, Outcome::Succeeded | Outcome::Cancelled);
    let is_long_over = over(&outcome.get_untracked()) && ended_for() > FOLD_AFTER.as_millis() as f64;
    let folded = RwSignal::new(folds && is_long_over);
    Effect::new(move || {
        if folds && over(&outcome.get()) && !is_long_over {
            set_timeout(
                move || {
                    folded.try_set(true);
                },
                FOLD_AFTER,
            );
        }
    });
    folded
}

#[component]
fn By(job: RwSignal<Job>, outcome: Memo<Outcome>) -> impl IntoView {
    const PLACE: &str = "\u{0}";
    let user = job.with_untracked(|job| job.started_by.0.clone());
    let name = user.clone();
    let sentence = move || {
        let text = job.with(|job| done_by(&job.work, PLACE, &ago_by_bridge(job.started)));
        let (before, after) = text.split_once(PLACE).map(|(before, after)| (before.to_owned(), after.to_owned())).unwrap_or_default();
        view! { <span>{before}<b>{name.clone()}</b>{after}</span> }
    };
    let detail = job.with_untracked(|job| match &job.work {
        Work::Pull(transfer) | Work::Push(transfer) => detail_of(transfer),
        _ => String::new(),
    });
    let status = move || {
        let took = job.with(|job| job.ended.map(|ended| duration(u64::try_from(ended.0 - job.started.0).unwrap_or(0))));
        let by = job.with(|job| job.cancelled_by.clone());
        match (outcome.get(), took) {
            (Outcome::Running, _) => by.map_or_else(|| t().job_running().to_owned(), |by| t().job_cancelling(&by.0)),
            (Outcome::Succeeded, Some(took)) => t().job_done_in(&took),
            (Outcome::Succeeded, None) => t().job_done().to_owned(),
            (Outcome::Cancelled, _) => by.map_or_else(|| t().job_cancelled().to_owned(), |by| t().job_cancelled_by(&by.0)),
            (Outcome::Failed(_), Some(took)) => t().job_failed_after(&took),
            (Outcome::Failed(_), None) => t().job_failed().to_owned(),
            (Outcome::Interrupted, _) => t().job_interrupted_short().to_owned(),
        }
    };
    view! {
        <p class="job-by">
            <span aria-hidden="true"><Avatar name=user/></span>
            {sentence}
            <span class="end" role=move || (!matches!(outcome.get(), Outcome::Failed(_))).then_some("status")>{status}</span>
        </p>
        {(!detail.is_empty()).then(|| view! { <p class="job-detail t3">{detail}</p> })}
    }
}

/// What was to be signed in with and could not be read: said when it is known, not only when the registry refuses.
#[component]
pub fn Trouble(#[prop(into)] job: Signal<Job>) -> impl IntoView {
    let trouble = Memo::new(move |_| {
        job.with(|job| match &job.work {
            Work::Pull(transfer) | Work::Push(transfer) => transfer.trouble.clone(),
            Work::Build(build) => build.trouble.clone(),
            Work::Run(run) => run.trouble.clone(),
            _ => String::new(),
        })
    });
    move || {
        (!trouble.with(String::is_empty)).then(|| {
            view! {
                <div class="note warn-role" role="status">
                    <Glyph icon=Icon::Warn/>
                    <div><p><b>{t().credential_trouble()}</b></p><p class="why mono">{trouble.get()}</p></div>
                </div>
            }
        })
    }
}

#[component]
fn Body(job: RwSignal<Job>, outcome: Memo<Outcome>) -> impl IntoView {
    let part = move |work: &Work| match work {
        Work::Pull(transfer) | Work::Push(transfer) => Some(transfer.progress.clone()),
        Work::Load(load) => Some(load.progress.clone()),
        _ => None,
    };
    let progress = Memo::new(move |_| job.with(|job| part(&job.work).unwrap_or_default()));
    let transfer = move || {
        // What failed at once got nowhere; what it was doing otherwise stays to be seen.
        let got_nowhere = Memo::new(move |_| outcome.get() != Outcome::Running && progress.with(|progress| progress.layers.is_empty()));
        let failed = Signal::derive(move || matches!(outcome.get(), Outcome::Failed(_) | Outcome::Interrupted | Outcome::Cancelled));
        view! { <Show when=move || !got_nowhere.get() || outcome.get() == Outcome::Succeeded><TransferProgress progress=progress failed=failed/></Show> }
    };
    match job.with_untracked(|job| job.work.clone()) {
        Work::Pull(_) | Work::Push(_) => view! { <Trouble job=job/>{transfer()} }.into_any(),
        Work::Load(_) => view! {
            <Sent job=job/>
            {transfer()}
            {move || job.with(|job| match &job.work {
                Work::Load(load) if !load.loaded.is_empty() => Some(view! {
                    <p class="row">
                        {t().loaded_images()}
                        {load.loaded.iter().map(|name| view! { " "<a class="link mono" href=at(Route::Image(name.clone()))>{name.clone()}</a> }).collect_view()}
                    </p>
                }),
                _ => None,
            })}
        }
        .into_any(),
        Work::Build(_) => view! { <Trouble job=job/><Sending job=job/><Built job=job/> }.into_any(),
        Work::Run(_) => view! { <Trouble job=job/><Ran job=job/> }.into_any(),
        Work::Batch(_) => view! { <Targets job=job/> }.into_any(),
        Work::Recreate(_) => view! { <Recreated job=job/> }.into_any(),
        Work::Commit(_) => {
            let image = move || {
                job.with(|job| match &job.work {
                    Work::Commit(commit) => commit.image.clone().map(|id| (id, commit.reference.clone())),
                    _ => None,
                })
            };
            let otherwise = move || {
                job.with(|job| match &job.work {
                    Work::Commit(commit) => (!commit.differs.is_empty()).then(|| commit.differs.join(", ")),
                    _ => None,
                })
            };
            view! {
                {move || otherwise().map(|fields| view! {
                    <div class="note warn-role" role="status"><Glyph icon=Icon::Warn/><p>{t().made_otherwise(&fields)}</p></div>
                })}
                {move || image().map(|(id, reference)| {
                    let name = if reference.is_empty() { id.short().to_owned() } else { reference };
                    view! { <p class="row"><a class="link mono" href=at(Route::image(&id))>{t().committed_as(&name)}</a></p> }
                })}
            }
            .into_any()
        }
    }
}

/// How much of a file has gone to the engine.
#[component]
fn Sending(job: RwSignal<Job>) -> impl IntoView {
    let upload = Memo::new(move |_| {
        job.with(|job| match &job.work {
            Work::Load(load) => load.upload,
            Work::Build(build) => build.upload,
            _ => Upload::default(),
        })
    });
    let fraction = Signal::derive(move || {
        upload.with(|upload| if upload.size == 0 { 0.0 } else { (upload.sent as f64 / upload.size as f64).min(1.0) })
    });
    let is_open = move || job.with(|job| job.outcome == Outcome::Running) && fraction.get() < 1.0;
    view! {
        <Show when=is_open>
            <p class="job-prog">
                <b class="num">{move || percent(fraction.get())}</b>
                <span class="num">{move || upload.with(|upload| t().bytes_of(&bytes(upload.sent as f64), &bytes(upload.size as f64)))}</span>
                <span class="t3">{t().uploading()}</span>
            </p>
            <Bar label=t().upload() fraction=fraction class="lg"/>
        </Show>
    }
}

/// The same in words, where one bar is for all of it.
#[component]
fn Sent(job: RwSignal<Job>) -> impl IntoView {
    let words = move || {
        job.with(|job| match &job.work {
            Work::Load(load) if job.outcome == Outcome::Running && load.upload.sent < load.upload.size => {
                Some(t().sent_of(&bytes(load.upload.sent as f64), &bytes(load.upload.size as f64)))
            }
            _ => None,
        })
    };
    view! { {move || words().map(|words| view! { <p class="job-detail t3 num">{words}</p> })} }
}

#[component]
fn Built(job: RwSignal<Job>) -> impl IntoView {
    let build = Memo::new(move |_| {
        job.with(|job| match &job.work {
            Work::Build(build) => Some((build.step.clone(), build.image.clone(), build.reference.clone())),
            _ => None,
        })
    });
    view! {
        {move || build.get().map(|(step, image, reference)| match image {
            Some(id) => {
                let name = if reference.is_empty() { id.short().to_owned() } else { reference };
                let href = at(Route::image(&id));
                view! { <p class="row"><a class="link mono" href=href>{t().built_as(&name)}</a></p> }.into_any()
            }
            None => view! { <p class="row mono t2 trunc">{step}</p> }.into_any(),
        })}
    }
}

#[component]
fn Ran(job: RwSignal<Job>) -> impl IntoView {
    let run = move |look: fn(&linkspan_shared::job::Run) -> Option<AnyView>| {
        job.with(|job| match &job.work {
            Work::Run(run) => look(run),
            _ => None,
        })
    };
    view! {
        // What nobody waits for any more has not ended with the job.
        {move || run(|run| run.left_behind.then(|| view! { <p class="row">{t().left_behind(&run.name)}</p> }.into_any()))}
        {move || run(|run| run.pull.as_ref().filter(|pull| pull.permille < 1000).map(|pull: &Progress| {
            let fraction = f64::from(pull.permille) / 1000.0;
            view! { <Bar label=t().overall_progress() fraction=Signal::stored(fraction)/> }.into_any()
        }))}
        <p class="row">
            {move || run(|run| run.container.clone().map(|id| {
                view! { <a class="link" href=at(Route::container(&id, Tab::Overview))>{run.name.clone()}</a>" " }.into_any()
            }))}
            {move || run(|run| run.exit_code.map(|code| {
                view! { <span class="tag exit" class:ok=code == 0 class:danger=code != 0>{t().exit_code(code)}</span> }.into_any()
            }))}
        </p>
    }
}
