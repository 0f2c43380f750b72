//! The same done to many: of each, how it went.

use leptos::prelude::*;
use linkspan_shared::{
    ids::JobId,
    job::{BatchKind, Job, Object, TargetResult, Work},
};

use crate::{
    components::ui::{Glyph, Icon, problem_note::ProblemLine, progress::Progress},
    i18n::{bytes, count, t},
    store::store,
};

/// How its row looks.
pub fn kind_of(result: &TargetResult) -> &'static str {
    match result {
        TargetResult::Done | TargetResult::AlreadyStopped | TargetResult::AlreadyRunning | TargetResult::Gone => "ok",
        TargetResult::Failed(_) => "failed",
        TargetResult::Waiting | TargetResult::UnderWay | TargetResult::LeftAlone => "running",
    }
}

pub fn result_text(result: &TargetResult, kind: BatchKind) -> &'static str {
    let (doing, done) = match kind {
        BatchKind::Stop => (t().stop_stopping(), t().stop_stopped()),
        BatchKind::Start => (t().doing_start(), t().batch_started()),
        BatchKind::Restart => (t().doing_restart(), t().batch_restarted()),
        BatchKind::Pause => (t().doing_pause(), t().batch_paused()),
        BatchKind::Resume => (t().doing_resume(), t().batch_resumed()),
        BatchKind::Kill => (t().doing_kill(), t().batch_killed()),
        BatchKind::Remove { .. } | BatchKind::Prune => (t().removing(), t().removed()),
    };
    match result {
        TargetResult::Waiting => t().stop_waiting(),
        TargetResult::UnderWay => doing,
        TargetResult::Done => done,
        TargetResult::AlreadyRunning => t().batch_already_running(),
        TargetResult::AlreadyStopped => t().stop_already(),
        TargetResult::Gone => t().stop_gone(),
        TargetResult::LeftAlone => t().left_alone(),
        TargetResult::Failed(_) => t().stop_failed(),
    }
}

/// In a dialog: how each went, once the job has begun; before it, what is asked.
#[component]
pub fn Results(job: RwSignal<Option<JobId>>, #[prop(optional, into)] before: ViewFn) -> impl IntoView {
    // The row comes with the next frame of the jobs.
    let there = Memo::new(move |_| job.get().filter(|id| store().jobs.get(id).is_some()));
    move || match there.get().and_then(|id| store().jobs.signal(&id)) {
        Some(job) => {
            view! { <div class="job" role="status"><div class="job-body"><Targets job=RwSignal::from(job)/></div></div> }.into_any()
        }
        None => before.run(),
    }
}

#[component]
pub fn Targets(job: RwSignal<Job>) -> impl IntoView {
    let batch = Memo::new(move |_| {
        job.with(|job| match &job.work {
            Work::Batch(batch) => Some(batch.clone()),
            _ => None,
        })
    });
    let kind = batch.with_untracked(|batch| batch.as_ref().map_or(BatchKind::Stop, |batch| batch.kind));
    let sum = move |what: fn(&TargetResult) -> bool| {
        batch.with(|batch| batch.as_ref().map_or(0, |batch| batch.targets.iter().filter(|target| what(&target.result)).count()))
    };
    let all = batch.with_untracked(|batch| batch.as_ref().map_or(0, |batch| batch.targets.len()));
    let ended = move || sum(|result| !matches!(result, TargetResult::Waiting | TargetResult::UnderWay));
    let fraction = Signal::derive(move || if all == 0 { 1.0 } else { ended() as f64 / all as f64 });
    let freed = move || {
        let freed = batch.with(|batch| {
            let targets = batch.iter().flat_map(|batch| &batch.targets);
            targets.filter(|target| target.result == TargetResult::Done).map(|target| target.bytes).sum::<u64>()
        });
        (freed > 0).then(|| t().freed_at_least(&bytes(freed as f64)))
    };
    let failed = move || {
        Some(sum(|result| matches!(result, TargetResult::Failed(_)))).filter(|failed| *failed > 0).map(|failed| t().n_failed(failed))
    };
    view! {
        <p class="job-prog">
            <b class="num">{move || t().n_of(&count(ended()), &count(all))}</b>
            <span class="t2 num">{freed}</span>
            <span class="danger-text">{failed}</span>
        </p>
        <Progress label=t().overall_progress() fraction=fraction class="lg"/>
        <ul class="dialog-list targets">
            <For
                each=move || 0..all
                key=|at| *at
                children=move |at| {
                    let target = Memo::new(move |_| batch.with(|batch| batch.as_ref().and_then(|batch| batch.targets.get(at).cloned())));
                    view! {
                        {move || target.get().map(|target| {
                            let why = match &target.result {
                                TargetResult::Failed(problem) => Some(problem.clone()),
                                _ => None,
                            };
                            view! {
                                <li data-result=kind_of(&target.result)>
                                    <Glyph icon=icon(&target.object)/>
                                    <b class="trunc" title=target.name.clone()>{target.name.clone()}</b>
                                    <span class="end">
                                        {(target.bytes > 0).then(|| view! { <span class="t3 num">{bytes(target.bytes as f64)}</span>" " })}
                                        <span class="result">{result_text(&target.result, kind)}</span>
                                    </span>
                                    {why.map(|problem| view! { <ProblemLine problem=problem/> })}
                                </li>
                            }
                        })}
                    }
                }
            />
        </ul>
    }
}

pub fn icon(object: &Object) -> Icon {
    match object {
        Object::Container(_) => Icon::Container,
        Object::Image(_) => Icon::Images,
        Object::Volume(_) => Icon::Volume,
        Object::Network(_) => Icon::Network,
        Object::Cache(_) => Icon::Group,
    }
}
