//! A path beside what it was before.

use leptos::prelude::*;
use linkspan_shared::{
    call::CompareFile,
    file::FileKind,
    problem::Problem,
    review::{Comparison, DiffLine, Hunk, ReviewOf, Side, Span},
};
use wasm_bindgen_futures::spawn_local;

use super::Review;
use crate::{
    browser,
    components::ui::{
        Glyph, Icon,
        card::{fact_row, named},
        problem_note::ProblemNote,
        state_view::StateView,
    },
    i18n::{bytes, t},
    link,
};

#[component]
pub fn Difference(of: ReviewOf, path: Memo<String>, review: Review) -> impl IntoView {
    let found = RwSignal::new(None::<(String, Result<Comparison, Problem>)>);
    let split = RwSignal::new(browser::stored("diff-layout").as_deref() == Some("split"));
    Effect::new(move || {
        let wanted = path.get();
        // Looked through again, it may be another.
        review.folders.with(|folders| folders.get("/").map(|list| list.scanned));
        if wanted.is_empty() {
            return;
        }
        let call = CompareFile { of: of.clone(), path: wanted.clone() };
        spawn_local(async move {
            let answer = link::call(call).await;
            if path.try_get_untracked().is_some_and(|now| now == wanted) {
                found.try_set(Some((wanted, answer)));
            }
        });
    });
    let choose = move |is_split: bool| {
        browser::store("diff-layout", if is_split { "split" } else { "" });
        split.set(is_split);
    };
    let tab = move |is_split: bool, label: &'static str| {
        view! {
            <button
                type="button"
                role="tab"
                aria-selected=move || (split.get() == is_split).to_string()
                tabindex=move || if split.get() == is_split { "0" } else { "-1" }
                on:click=move |_| choose(is_split)
                id=if is_split { "diff-split" } else { "diff-unified" }
                on:keydown=move |event: web_sys::KeyboardEvent| {
                    if matches!(event.key().as_str(), "ArrowLeft" | "ArrowRight") {
                        event.prevent_default();
                        choose(!is_split);
                        browser::focus_on(if is_split { "diff-unified" } else { "diff-split" });
                    }
                }
            >
                {label}
            </button>
        }
    };
    view! {
        <section class="review-diff" aria-label=t().difference()>
            <header class="pane-head">
                {move || (!path.with(String::is_empty)).then(|| view! { <h2 class="mono trunc">{path.get()}</h2> })}
                <div class="seg end" role="tablist" aria-label=t().difference()>{tab(false, t().unified())}{tab(true, t().side_by_side())}</div>
            </header>
            {move || match (path.with(String::is_empty), found.get()) {
                (true, _) => view! { <StateView title=t().choose_change_title() text=t().choose_change_text()/> }.into_any(),
                (false, Some((of, answer))) if path.with(|path| *path == of) => match answer {
                    Ok(comparison) => view! { <Compared comparison=comparison split=split/> }.into_any(),
                    Err(problem) => view! { <div class="page-col"><ProblemNote title=t().could_not_compare(&of) problem=problem/></div> }.into_any(),
                },
                _ => view! { <p class="t3 card-none"><Glyph icon=Icon::Loader class="spin"/></p> }.into_any(),
            }}
        </section>
    }
}

#[component]
fn Compared(comparison: Comparison, split: RwSignal<bool>) -> impl IntoView {
    let Comparison { before, after, hunks, first_difference } = comparison;
    let is_same = hunks.as_ref().is_some_and(Vec::is_empty) && before.is_some() && after.is_some();
    let facts = facts(before.as_ref(), after.as_ref(), first_difference);
    let shows = hunks.filter(|hunks| !hunks.is_empty());
    view! {
        <div class="scroller diff-scroller" tabindex="0" data-own-keys role="group" aria-label=t().difference()>
            {(!facts.is_empty()).then(|| view! { <dl class="kv diff-facts">{named(facts).into_iter().map(fact_row).collect_view()}</dl> })}
            {(is_same).then(|| view! { <p class="t3 card-none">{t().same_content()}</p> })}
            {shows.map(|hunks| {
                let hunks = StoredValue::new(hunks);
                move || hunks.with_value(|hunks| if split.get() { side_by_side(hunks).into_any() } else { unified(hunks).into_any() })
            })}
        </div>
    }
}

/// What is another beside the content, or says what there is of it.
fn facts(before: Option<&Side>, after: Option<&Side>, first_difference: Option<u64>) -> Vec<(&'static str, String)> {
    let both = |name: &'static str, of: &dyn Fn(&Side) -> String, always: bool| {
        let (old, new) = (before.map(of), after.map(of));
        let text = match (&old, &new) {
            (Some(old), Some(new)) if old == new => (always && !old.is_empty()).then(|| old.clone()),
            (Some(old), Some(new)) => Some(format!("{old} → {new}")),
            (Some(one), None) | (None, Some(one)) => Some(one.clone()).filter(|one| !one.is_empty()),
            (None, None) => None,
        };
        text.map(|text| (name, text))
    };
    let kind = |side: &Side| {
        let kind = match side.kind {
            FileKind::Folder => t().kind_folder(),
            FileKind::File => t().kind_file(),
            FileKind::Link => t().kind_link(),
            FileKind::Other => t().kind_other(),
        };
        kind.to_owned()
    };
    let is_text = before.into_iter().chain(after).all(|side| side.is_text);
    let size = |side: &Side| if side.kind == FileKind::File { bytes(side.size as f64) } else { String::new() };
    let digest = |side: &Side| side.digest.get(..16).unwrap_or_default().to_owned();
    let facts = [
        both(t().column_kind(), &kind, !is_text),
        both(t().column_size(), &size, !is_text),
        both(t().column_mode(), &|side| format!("{:04o}", side.mode), false),
        both(t().column_owner(), &|side| format!("{}:{}", side.uid, side.gid), false),
        both(t().link_target(), &|side| side.target.clone(), true),
        both(t().extended_attributes(), &|side| side.attributes.join(", "), false),
        if is_text { None } else { both("SHA-256", &digest, true) },
        first_difference.map(|at| (t().first_difference(), t().at_byte(at))),
    ];
    facts.into_iter().flatten().collect()
}

/// A hunk's lines with their numbers before and after.
fn numbered(hunk: &Hunk) -> Vec<(Option<u64>, Option<u64>, &DiffLine)> {
    let (mut before, mut after) = (hunk.before, hunk.after);
    let next = |number: &mut u64| {
        *number += 1;
        Some(*number - 1)
    };
    let mut numbered = Vec::new();
    for line in &hunk.lines {
        numbered.push(match line {
            DiffLine::Same(_) => (next(&mut before), next(&mut after), line),
            DiffLine::Removed(_) => (next(&mut before), None, line),
            DiffLine::Added(_) => (None, next(&mut after), line),
        });
    }
    numbered
}

fn spans(line: &DiffLine) -> AnyView {
    let part = |span: &Span, tag: bool| {
        let text = span.text.clone();
        match (span.changed, tag) {
            (true, true) => view! { <ins>{text}</ins> }.into_any(),
            (true, false) => view! { <del>{text}</del> }.into_any(),
            (false, _) => view! { {text} }.into_any(),
        }
    };
    match line {
        DiffLine::Same(text) => view! { {text.clone()} }.into_any(),
        DiffLine::Removed(spans) => {
            view! { <span class="vh">{t().line_removed()}</span>{spans.iter().map(|span| part(span, false)).collect_view()} }.into_any()
        }
        DiffLine::Added(spans) => {
            view! { <span class="vh">{t().line_added()}</span>{spans.iter().map(|span| part(span, true)).collect_view()} }.into_any()
        }
    }
}

fn class_of(line: &DiffLine) -> (&'static str, &'static str) {
    match line {
        DiffLine::Same(_) => ("", ""),
        DiffLine::Removed(_) => ("is-removed", "−"),
        DiffLine::Added(_) => ("is-added", "+"),
    }
}

fn number(of: Option<u64>) -> impl IntoView {
    view! { <td class="ln num">{of.map(|number| number.to_string())}</td> }
}

fn unified(hunks: &[Hunk]) -> impl IntoView + use<> {
    let hunk = |hunk: &Hunk| {
        let rows = numbered(hunk).into_iter().map(|(before, after, line)| {
            let (class, mark) = class_of(line);
            view! { <tr class=class>{number(before)}{number(after)}<td class="mk" aria-hidden="true">{mark}</td><td class="tx">{spans(line)}</td></tr> }
        });
        let rows = rows.collect_view();
        view! { <tr class="hunk"><td class="ln"></td><td class="ln"></td><td class="mk"></td><td class="tx">{t().hunk_at(hunk.before, hunk.after)}</td></tr>{rows} }
    };
    view! { <table class="diff mono"><tbody>{hunks.iter().map(hunk).collect_view()}</tbody></table> }
}

/// What was removed beside what was added in its place.
fn side_by_side(hunks: &[Hunk]) -> impl IntoView + use<> {
    let hunk = |hunk: &Hunk| {
        let lines = numbered(hunk);
        let mut rows = Vec::new();
        let mut at = 0;
        while at < lines.len() {
            if let (before, after, line @ DiffLine::Same(_)) = &lines[at] {
                rows.push(pair(Some((*before, line)), Some((*after, line))));
                at += 1;
                continue;
            }
            let changed = lines[at..].iter().take_while(|(.., line)| !matches!(line, DiffLine::Same(_))).count();
            let of = |removed: bool| {
                let those = lines[at..at + changed].iter().filter(move |(.., line)| matches!(line, DiffLine::Removed(_)) == removed);
                those.map(|(before, after, line)| (before.or(*after), *line)).collect::<Vec<_>>()
            };
            let (old, new) = (of(true), of(false));
            rows.extend((0..old.len().max(new.len())).map(|at| pair(old.get(at).copied(), new.get(at).copied())));
            at += changed;
        }
        view! { <tr class="hunk"><td class="ln"></td><td class="tx" colspan="3">{t().hunk_at(hunk.before, hunk.after)}</td></tr>{rows} }
    };
    view! { <table class="diff is-split mono"><tbody>{hunks.iter().map(hunk).collect_view()}</tbody></table> }
}

fn pair(old: Option<(Option<u64>, &DiffLine)>, new: Option<(Option<u64>, &DiffLine)>) -> AnyView {
    let cell = |side: Option<(Option<u64>, &DiffLine)>| match side {
        Some((at, line)) => {
            let class = format!("tx {}", class_of(line).0);
            view! { {number(at)}<td class=class>{spans(line)}</td> }.into_any()
        }
        None => view! { <td class="ln"></td><td class="tx is-none"></td> }.into_any(),
    };
    view! { <tr>{cell(old)}{cell(new)}</tr> }.into_any()
}
