//! The steps of a job, each with how it went.

use leptos::prelude::*;
use linkspan_shared::job::{Step, StepKind, StepState};

use super::ui::{Glyph, Icon};
use crate::i18n::{duration, t};

#[component]
pub fn Steps(#[prop(into)] steps: Signal<Vec<Step>>) -> impl IntoView {
    view! { <ol class="steps">{move || steps.get().into_iter().map(line).collect_view()}</ol> }
}

fn line(step: Step) -> impl IntoView {
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
        StepKind::Stop => t().step_stop(),
        StepKind::Remove => t().step_remove(),
    };
    let took = match step.state {
        StepState::Waiting | StepState::Running => String::new(),
        StepState::Skipped => t().step_skipped().to_owned(),
        StepState::Done | StepState::Failed => duration(step.milliseconds),
    };
    view! { <li class="step" data-state=state><Glyph icon=icon/><span>{name}</span><span class="dur num">{took}</span></li> }
}
