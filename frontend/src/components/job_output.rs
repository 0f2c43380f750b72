//! What a run or a build prints, while it does.

use std::{cell::RefCell, rc::Rc};

use leptos::{html, prelude::*};
use linkspan_shared::{
    channel::ChannelSpec,
    ids::JobId,
    job::{Job, Work},
    problem::{Problem, ProblemCode},
};

use super::{
    output::{Look, line_view, whole_text},
    ui::{Glyph, Icon, problem_note::ProblemNote},
};
use crate::{
    browser::{self, NextFrame},
    i18n::{bytes, t},
    link::{self, Incoming},
    log::Buffer,
};

/// Lines in the document; the download has them all.
const SHOWN_LINES: usize = 1_000;

#[component]
pub fn JobOutput(id: JobId, #[prop(into)] job: Signal<Option<Job>>) -> impl IntoView {
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
        let frame = Rc::<NextFrame>::default();
        link::open(spec, move |incoming| {
            match incoming {
                Incoming::Bytes(tag, bytes, _) => buffer.borrow_mut().push(tag, bytes),
                Incoming::Done => {
                    buffer.borrow_mut().end();
                    ended.try_set(true);
                }
                Incoming::Closed(why) => drop(problem.try_set(Some(why))),
                Incoming::State(_) => {}
            }
            frame.ask(move || {
                revision.try_update(|revision| *revision += 1);
            });
        })
    };
    let subscription = StoredValue::new_local(Some(subscription));
    on_cleanup(move || drop(subscription.try_update_value(Option::take)));
    let buffer = StoredValue::new_local(buffer);
    let dropped = Memo::new(move |_| {
        job.with(|job| match job.as_ref().map(|job| &job.work) {
            Some(Work::Run(run)) => run.output_dropped,
            Some(Work::Build(build)) => build.output_dropped,
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
            Some(Work::Build(_)) => "build".to_owned(),
            _ => "run".to_owned(),
        });
        browser::download(&format!("{name}.log"), &[buffer.with_value(|buffer| whole_text(&buffer.borrow(), false))]);
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
                        {buffer.iter_from(first).map(|line| line_view(line, Look::default())).collect_view()}
                    }
                })
            }}
        </div>
        {move || problem.get().map(|problem| match problem.code {
            // It outlived the bridge that kept its output.
            ProblemCode::NotFound => view! { <p class="t3 run-line">{t().output_gone()}</p> }.into_any(),
            _ => view! { <ProblemNote title=t().output() problem=problem/> }.into_any(),
        })}
    }
}
