//! What became of a run: its steps, its output, its exit code.

use std::{cell::RefCell, rc::Rc};

use leptos::{html, prelude::*};
use linkspan_shared::{
    call::CancelJob,
    channel::ChannelSpec,
    ids::JobId,
    job::{Job, Outcome, Run, Step, StepKind, StepState, Work},
    problem::Problem,
};
use wasm_bindgen_futures::spawn_local;

use crate::{
    address::at,
    browser::{self, NextFrame},
    components::{
        job_card::PullProgress,
        output::{line_view, whole_text},
        ui::{Glyph, Icon, problem_note::ProblemNote},
    },
    i18n::{bytes, duration, t},
    link::{self, Incoming},
    log::Buffer,
    store::{failed, store},
};

/// Lines in the document; the download has them all.
const SHOWN_LINES: usize = 1_000;

#[component]
pub fn RunResult(#[prop(into)] job: Signal<Option<JobId>>) -> impl IntoView {
    let store = store();
    let current = Memo::new(move |_| job.get().and_then(|id| store.jobs.get(&id)));
    let id = Memo::new(move |_| current.with(|job| job.as_ref().map(|job| job.id.clone())));
    view! {
        <section class="runresult" aria-label=t().run_result()>
            <header><h2>{t().run_result()}</h2></header>
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
    let pulled =
        Signal::derive(move || steps.with(|steps| steps.iter().any(|step| step.kind == StepKind::Pull && step.state == StepState::Done)));
    let exit_code = Memo::new(move |_| run.with(|run| run.as_ref().and_then(|run| run.exit_code)));
    let in_foreground = run.with_untracked(|run| run.as_ref().is_some_and(|run| !run.background));
    let cancelled = id.clone();
    let cancelling = RwSignal::new(false);
    let cancel = move |_| {
        let job = cancelled.clone();
        cancelling.set(true);
        spawn_local(async move {
            if let Err(problem) = link::call(CancelJob { job }).await {
                cancelling.set(false);
                failed(t().could_not_cancel().to_owned(), &problem);
            }
        });
    };
    view! {
        <ol class="steps">
            {move || steps.get().into_iter().map(|step| view! { <StepLine step=step/> }).collect_view()}
        </ol>
        {move || pull.with(Option::is_some).then(|| {
            let pull = Signal::derive(move || pull.get().unwrap_or_default());
            view! { <div class="run-pull"><PullProgress pull=pull succeeded=pulled/></div> }
        })}
        {move || (outcome.get() == Some(Outcome::Running)).then(|| view! {
            <p class="run-line">
                <button type="button" class="btn sm" disabled=move || cancelling.get() on:click=cancel.clone()><Glyph icon=Icon::Stop/>{t().cancel()}</button>
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
            Some(view! { <p class="run-line"><a class="link" href=at(&format!("/containers/{id}"))>{t().open_container(&run.name)}</a></p> }.into_any())
        })}
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
        {in_foreground.then(|| view! { <Output id=id job=job/> })}
    }
}

#[component]
fn StepLine(step: Step) -> impl IntoView {
    let (state, icon) = match step.state {
        StepState::Waiting => ("waiting", Icon::Dashed),
        StepState::Running => ("running", Icon::Loader),
        StepState::Done | StepState::Skipped => ("done", Icon::OkCircle),
        StepState::Failed => ("failed", Icon::XCircle),
    };
    let name = match step.kind {
        StepKind::Pull => t().step_pull(),
        StepKind::Create => t().step_create(),
        StepKind::Start => t().step_start(),
        StepKind::Wait => t().step_wait(),
        StepKind::Logs => t().step_logs(),
    };
    let took = match step.state {
        StepState::Waiting | StepState::Running => String::new(),
        StepState::Skipped => t().step_skipped().to_owned(),
        StepState::Done | StepState::Failed => duration(step.milliseconds),
    };
    view! { <li class="step" data-state=state><Glyph icon=icon/><span>{name}</span><span class="dur num">{took}</span></li> }
}

thread_local! {
    static FRAME: &'static NextFrame = Box::leak(Box::default());
}

#[component]
fn Output(id: JobId, job: Memo<Option<Job>>) -> impl IntoView {
    let buffer = Rc::new(RefCell::new(Buffer::new(false)));
    let revision = RwSignal::new(0u64);
    let ended = RwSignal::new(false);
    let problem = RwSignal::new(None::<Problem>);
    let subscription = {
        let buffer = buffer.clone();
        let spec = {
            let buffer = buffer.clone();
            // The ring is told from its beginning at every opening.
            move || {
                *buffer.borrow_mut() = Buffer::new(false);
                ChannelSpec::JobOutput { job: id.clone() }
            }
        };
        link::open(spec, move |incoming| {
            match incoming {
                Incoming::Bytes(tag, bytes) => buffer.borrow_mut().push(tag, bytes),
                Incoming::Done => {
                    buffer.borrow_mut().end();
                    ended.try_set(true);
                }
                Incoming::Closed(why) => drop(problem.try_set(Some(why))),
                Incoming::State(_) => {}
            }
            FRAME.with(|frame| {
                frame.ask(move || {
                    revision.try_update(|revision| *revision += 1);
                });
            });
        })
    };
    let subscription = StoredValue::new_local(Some(subscription));
    on_cleanup(move || drop(subscription.try_update_value(Option::take)));
    let buffer = StoredValue::new_local(buffer);
    let dropped = Memo::new(move |_| {
        job.with(|job| match job.as_ref().map(|job| &job.work) {
            Some(Work::Run(run)) => run.output_dropped,
            _ => 0,
        })
    });
    let node = NodeRef::<html::Div>::new();
    // Goes along with what comes, unless somebody scrolled up.
    let at_end = StoredValue::new(true);
    let scrolled = move |_| {
        if let Some(output) = node.get_untracked() {
            at_end.set_value(output.scroll_top() + output.client_height() >= output.scroll_height() - 24);
        }
    };
    Effect::new(move || {
        revision.track();
        if at_end.get_value()
            && let Some(output) = node.get()
        {
            request_animation_frame(move || output.set_scroll_top(i32::MAX));
        }
    });
    let download = move |_| {
        let name = job.with_untracked(|job| match job.as_ref().map(|job| &job.work) {
            Some(Work::Run(run)) if !run.name.is_empty() => run.name.clone(),
            _ => "run".to_owned(),
        });
        browser::download(&format!("{name}.log"), &[buffer.with_value(|buffer| whole_text(&buffer.borrow()))]);
    };
    let has_lines = Memo::new(move |_| {
        revision.track();
        buffer.with_value(|buffer| buffer.borrow().len() > 0)
    });
    view! {
        <div class="run-line run-output">
            <h3 id="run-output">{t().output()}</h3>
            <Show when=move || has_lines.get()>
                <button type="button" class="btn ghost sm" on:click=download><Glyph icon=Icon::Download/>{t().download_output()}</button>
            </Show>
        </div>
        {move || (dropped.get() > 0).then(|| view! { <p class="log-note">{t().output_dropped(&bytes(dropped.get() as f64))}</p> })}
        <div class="output" role="group" aria-labelledby="run-output" tabindex="0" node_ref=node on:scroll=scrolled>
            {move || {
                revision.track();
                buffer.with_value(|buffer| {
                    let buffer = buffer.borrow();
                    let first = buffer.len().saturating_sub(SHOWN_LINES);
                    view! {
                        {(first > 0).then(|| view! { <p class="log-note">{t().output_too_long(SHOWN_LINES, buffer.dropped() + buffer.len())}</p> })}
                        {(buffer.len() == 0 && ended.get()).then(|| view! { <p class="t3">{t().output_none()}</p> })}
                        {buffer.iter_from(first).map(|line| line_view(line, false, "", false, false)).collect_view()}
                    }
                })
            }}
        </div>
        {move || problem.get().map(|problem| view! { <ProblemNote title=t().output() problem=problem/> })}
    }
}
