//! What the rows in view take of the host, live.

use std::{collections::VecDeque, fmt::Write, time::Duration};

use leptos::prelude::*;
use linkspan_shared::ids::ContainerId;
use web_sys::Element;

use super::{TableState, order::Line};
use crate::{
    browser,
    components::ui::{Icon, place},
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
    browser::every(|| Some(Duration::from_secs(1)), pass);
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

const CPU: &str = r#"<svg class="spark" viewBox="0 0 59 20" preserveAspectRatio="none" aria-hidden="true"><path class="area"/><path class="line"/></svg><span class="num"></span>"#;

fn memory_cell() -> String {
    let warning = Icon::Warn.markup();
    format!(
        r#"<span class="bar" role="presentation"><i></i></span><span class="num mem-t"><span class="mem-warn">{warning}</span><b></b><span class="t3"></span></span>"#
    )
}

/// Writes a cell's markup when it begins to have figures, or a dash when it has none any more.
fn begin(cell: &Element, has_figures: bool, had_figures: Option<bool>, markup: impl FnOnce() -> String) {
    match (had_figures, has_figures) {
        (Some(true), true) | (Some(false), false) => {}
        (_, true) => cell.set_inner_html(&markup()),
        (_, false) => {
            cell.set_text_content(None);
            place::add(cell, "span", "t3", "–");
        }
    }
}

/// Writes the cells CPU and Memory of a row, and again as the figures change.
pub fn follow(cpu_cell: &Element, memory_of: &Element, container: &ContainerId) {
    let store = store();
    let id = container.clone();
    let stats = Memo::new(move |_| store.stats.get(&id));
    let used = Memo::new(move |_| stats.get()?.cpu);
    // Once a second, also of figures that stay as they are.
    let second = use_context::<Second>();
    let recent = Memo::new(move |before: Option<&VecDeque<u64>>| {
        if let Some(second) = second {
            second.0.track();
        }
        let Some(stats) = stats.get_untracked() else { return VecDeque::new() };
        stats.cpu.into_iter().chain(before.into_iter().flatten().copied()).take(SAMPLES).collect()
    });
    let cell = cpu_cell.clone();
    Effect::new(move |had_figures: Option<bool>| {
        let used = used.get();
        begin(&cell, used.is_some(), had_figures, || CPU.to_owned());
        if let Some(used) = used {
            let [spark, figure] = [place::part(&cell, ".spark"), place::part(&cell, ".num")];
            let is_high = used >= WARN_AT * 100;
            place::class(&spark, "warn", is_high);
            place::class(&figure, "is-warn", is_high);
            figure.set_text_content(Some(&cpu(used)));
            recent.with(|recent| {
                place::attribute(&place::part(&spark, ".area"), "d", &area(recent));
                place::attribute(&place::part(&spark, ".line"), "d", &line(recent));
            });
        }
        used.is_some()
    });

    let in_use = Memo::new(move |_| stats.get().map(|stats| (stats.memory, stats.memory_limit)));
    let cell = memory_of.clone();
    Effect::new(move |had_figures: Option<bool>| {
        let in_use = in_use.get();
        begin(&cell, in_use.is_some(), had_figures, memory_cell);
        if let Some((used, limit)) = in_use {
            let share = limit.and_then(|limit| used.saturating_mul(100).checked_div(limit)).map(|share| share.min(100));
            let is_high = share.is_some_and(|share| share >= WARN_AT);
            let [bar, figure] = [place::part(&cell, ".bar"), place::part(&cell, ".mem-t")];
            bar.set_class_name(match share {
                None => "bar none",
                Some(_) if is_high => "bar warn",
                Some(_) => "bar neutral",
            });
            let share = share.map(|share| share.to_string());
            place::attribute(&bar, "role", share.as_ref().map_or("presentation", |_| "meter"));
            let meter = [
                ("aria-label", share.as_ref().map(|_| t().column_memory())),
                ("aria-valuemin", share.as_ref().map(|_| "0")),
                ("aria-valuemax", share.as_ref().map(|_| "100")),
                ("aria-valuenow", share.as_deref()),
            ];
            meter.into_iter().for_each(|(name, value)| place::attribute_if(&bar, name, value));
            place::property(&place::part(&bar, "i"), "--v", share.as_deref().unwrap_or_default());
            place::class(&figure, "is-warn", is_high);
            place::attribute_if(&place::part(&figure, ".mem-warn"), "hidden", (!is_high).then_some(""));
            let (amount, of) = memory(used, limit);
            place::part(&figure, "b").set_text_content(Some(&amount));
            let limit = place::part(&figure, ".t3");
            place::attribute_if(&limit, "hidden", of.is_none().then_some(""));
            limit.set_text_content(of.map(|limit| format!("/ {limit}")).as_deref());
        }
        in_use.is_some()
    });
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
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
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
