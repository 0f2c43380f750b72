//! What the rows in view take of the host, live.

use std::{collections::VecDeque, fmt::Write, time::Duration};

use leptos::prelude::*;
use linkspan_shared::ids::ContainerId;

use super::{TableState, order::Line};
use crate::{
    browser,
    components::ui::{Glyph, Icon},
    i18n::{cpu, memory, t},
    link::Subscription,
    sorting,
    store::{store, watch_stats},
};

/// Scrolling asks once it rests.
const REST: Duration = Duration::from_millis(250);
/// Of a sparkline, one a second.
const SAMPLES: usize = 60;
/// Percent of one core, or of the limit, from which on a figure is a warning.
const WARN_AT: u64 = 90;

/// Passes each second while the table can be seen.
#[derive(Clone, Copy)]
struct Second(RwSignal<u32>);

/// Asks for the figures of the rows in view while the tab can be seen.
pub fn watch_in_view(state: TableState) {
    let visible = browser::visible();
    let second = Second(RwSignal::new(0));
    provide_context(second);
    let pass = move || {
        if visible.get_untracked() {
            second.0.update(|passed| *passed = passed.wrapping_add(1));
        }
    };
    let passing = set_interval_with_handle(pass, Duration::from_secs(1)).ok();
    on_cleanup(move || passing.into_iter().for_each(|passing| passing.clear()));
    let in_view = Memo::new(move |_| {
        if !visible.get() {
            return Vec::new();
        }
        state.grid.shown.with(|lines| {
            let (begin, end) = state.grid.viewport.range(lines.len());
            let mut ids = Vec::new();
            for line in lines.get(begin..end).unwrap_or_default() {
                match line {
                    Line::Container(id) => ids.push(id.clone()),
                    // Its totals are of all that is in it.
                    Line::Project(project) => state.members.with(|members| ids.extend(members.get(project).into_iter().flatten().cloned())),
                }
            }
            sorting::sort(&mut ids);
            ids.dedup();
            ids
        })
    });
    let watching = StoredValue::new_local(None::<Subscription>);
    let resting = Effect::new(move |waiting: Option<Option<TimeoutHandle>>| {
        if let Some(waiting) = waiting.flatten() {
            waiting.clear();
        }
        let ids = in_view.get();
        // The new ones are asked for before the old ones are let go.
        set_timeout_with_handle(move || watching.try_set_value(watch_stats(ids)).map_or((), drop), REST).ok()
    });
    on_cleanup(move || {
        resting.dispose();
        watching.try_update_value(Option::take);
    });
}

/// The cells CPU and Memory of a row.
#[component]
pub fn Figures(container: ContainerId) -> impl IntoView {
    let store = store();
    let stats = Memo::new(move |_| store.stats.get(&container));
    // Once a second, also of figures that stay as they are.
    let second = use_context::<Second>();
    let recent = Memo::new(move |before: Option<&VecDeque<u64>>| {
        if let Some(second) = second {
            second.0.track();
        }
        let Some(stats) = stats.get_untracked() else { return VecDeque::new() };
        stats.cpu.into_iter().chain(before.into_iter().flatten().copied()).take(SAMPLES).collect()
    });
    let used = Memo::new(move |_| stats.get()?.cpu);
    let in_use = Memo::new(move |_| stats.get().map(|stats| (stats.memory, stats.memory_limit)));
    // The cells stay in the document while their figures change.
    let (has_cpu, has_memory) = (Memo::new(move |_| used.get().is_some()), Memo::new(move |_| in_use.get().is_some()));
    let nothing = || view! { <span class="t3">"–"</span> }.into_any();
    let is_high = move || used.get().is_some_and(|used| used >= WARN_AT * 100);
    let cpu_cell = move || {
        if !has_cpu.get() {
            return nothing();
        }
        view! {
            <svg class="spark" class:warn=is_high viewBox="0 0 59 20" preserveAspectRatio="none" aria-hidden="true">
                <path class="area" d=move || recent.with(area)/>
                <path class="line" d=move || recent.with(line)/>
            </svg>
            <span class="num" class:is-warn=is_high>{move || used.get().map(cpu)}</span>
        }
        .into_any()
    };
    let share = Memo::new(move |_| {
        let (memory, limit) = in_use.get()?;
        memory.saturating_mul(100).checked_div(limit?).map(|share| share.min(100))
    });
    let warn = Memo::new(move |_| share.get().is_some_and(|share| share >= WARN_AT));
    let bar = move || match (share.get(), warn.get()) {
        (None, _) => "bar none",
        (_, true) => "bar warn",
        _ => "bar neutral",
    };
    let percent = move || share.get().map(|share| share.to_string());
    let memory_cell = move || {
        if !has_memory.get() {
            return nothing();
        }
        let texts = move || in_use.get().map(|(used, limit)| memory(used, limit)).unwrap_or_default();
        view! {
            <span
                class=bar
                role=move || share.get().map_or("presentation", |_| "meter")
                aria-label=move || share.get().map(|_| t().column_memory())
                aria-valuemin=move || share.get().map(|_| "0")
                aria-valuemax=move || share.get().map(|_| "100")
                aria-valuenow=percent
            >
                <i style:--v=move || percent().unwrap_or_default()></i>
            </span>
            <span class="num mem-t" class:is-warn=move || warn.get()>
                {move || warn.get().then(|| view! { <span class="mem-warn"><Glyph icon=Icon::Warn/></span> })}
                <b>{move || texts().0}</b>
                {move || texts().1.map(|limit| view! { <span class="t3">"/ "{limit}</span> })}
            </span>
        }
        .into_any()
    };
    view! {
        <div class="c-cpu" role="gridcell">{cpu_cell}</div>
        <div class="c-mem" role="gridcell">{memory_cell}</div>
    }
}

/// The newest sample stands at the right edge. Small figures are not blown up to look like large ones.
fn line(recent: &VecDeque<u64>) -> String {
    let most = recent.iter().copied().max().unwrap_or_default();
    let top = if most > 3_000 { most.max(10_000) } else { most.max(800) };
    recent.iter().enumerate().fold(String::new(), |mut path, (age, sample)| {
        let _ = write!(path, "{}{} {}", if age == 0 { 'M' } else { 'L' }, 59_usize.saturating_sub(age), 20 - sample * 18 / top);
        path
    })
}

fn area(recent: &VecDeque<u64>) -> String {
    if recent.is_empty() { String::new() } else { format!("{}V20H59z", line(recent)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sparkline_ends_at_the_right_with_the_newest_sample() {
        assert_eq!(line(&VecDeque::new()), "");
        // Three percent stays low, a whole core is at the top.
        assert_eq!(line(&VecDeque::from([300, 0])), "M59 14L58 20");
        assert_eq!(line(&VecDeque::from([10_000])), "M59 2");
        assert_eq!(line(&VecDeque::from([20_000, 10_000])), "M59 2L58 11");
        let full: VecDeque<u64> = (0..SAMPLES as u64).collect();
        assert!(line(&full).contains("L0 "));
    }
}
