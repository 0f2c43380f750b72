//! The paths that changed, folded as they lie in folders.

use std::collections::HashMap;

use leptos::{attr::custom::custom_attribute, prelude::*};
use linkspan_shared::{
    bytes_name::shown as shown_bytes,
    review::{ChangeEntry, ChangeSize, Selection},
};

use super::{Review, kinds};
use crate::{
    components::{
        grid::Grid,
        keys::{Command, Scope},
        ui::{
            Glyph, Icon,
            virtual_rows::{VirtualRows, offset},
        },
    },
    i18n::{bytes, count, t},
};

/// A path, and which of those that are called so: bytes that are no UTF-8 are lost on the way from the engine.
type Key = (String, usize);

#[derive(Clone, PartialEq)]
struct Line {
    entry: ChangeEntry,
    level: usize,
    /// `None`: nothing is in it.
    open: Option<bool>,
}

#[component]
pub fn Tree(review: Review, shown: Memo<String>, show: Callback<String>) -> impl IntoView {
    let lines = Memo::new(move |_| {
        let mut lines = Vec::new();
        match review.found.get() {
            Some(found) => lines.extend(found.entries.into_iter().map(|entry| Line { entry, level: 1, open: None })),
            None => review.folders.with(|folders| {
                review.open.with(|open| {
                    // What is noise comes last in each folder. The last one is looked at first.
                    let entries_of = |folder: &str| {
                        let all = || folders.get(folder).into_iter().flat_map(|list| list.entries.iter());
                        all()
                            .filter(|entry| entry.noise.is_none())
                            .chain(all().filter(|entry| entry.noise.is_some()))
                            .cloned()
                            .collect::<Vec<_>>()
                    };
                    let mut waiting: Vec<(ChangeEntry, usize)> = entries_of("/").into_iter().rev().map(|entry| (entry, 1)).collect();
                    while let Some((entry, level)) = waiting.pop() {
                        let is_open = (entry.below.all() > 0).then(|| open.contains(&entry.path));
                        if is_open == Some(true) {
                            waiting.extend(entries_of(&entry.path).into_iter().rev().map(|below| (below, level + 1)));
                        }
                        lines.push(Line { entry, level, open: is_open });
                    }
                })
            }),
        }
        let mut seen = HashMap::<String, usize>::new();
        let keyed = lines.into_iter().map(|line| {
            let nth = seen.entry(line.entry.path.clone()).or_default();
            *nth += 1;
            ((line.entry.path.clone(), *nth), line)
        });
        keyed.collect::<Vec<(Key, Line)>>()
    });
    let keys = Memo::new(move |_| lines.with(|lines| lines.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>()));
    let by_key = Memo::new(move |_| lines.with(|lines| lines.iter().cloned().collect::<HashMap<Key, Line>>()));
    let grid = Grid::new(keys, |(path, nth): &Key| format!("change-{nth}-{path}"));
    grid.listen(move |event| {
        let line = |key: &Key| by_key.with_untracked(|lines| lines.get(key).cloned());
        grid.on_key(
            event,
            Scope::Containers,
            |key| show.run(key.0.clone()),
            |key, command| match (command, line(key).and_then(|line| line.open)) {
                (Command::Select, _) if review.selection.is_some() => {
                    if let Some(selection) = review.selection {
                        selection.update(|selection| selection.set(&key.0, !selection.includes(&key.0)));
                    }
                    true
                }
                (Command::Unfold, Some(false)) => {
                    review.fold(&key.0, true);
                    true
                }
                (Command::Fold, Some(true)) => {
                    review.fold(&key.0, false);
                    true
                }
                // From a path to its folder.
                (Command::Fold, _) => {
                    let parent = key.0.rsplit_once('/').map(|(parent, _)| (parent.to_owned(), 1));
                    let at = parent.as_ref().and_then(|parent| keys.with_untracked(|keys| keys.iter().position(|key| key == parent)));
                    if let (Some(parent), Some(at)) = (parent, at) {
                        grid.go_to(at, &parent);
                    }
                    true
                }
                _ => false,
            },
        );
    });
    let row = move |key: Key, index: Signal<usize>| {
        let own = key.clone();
        let line = Memo::new(move |_| by_key.with(|lines| lines.get(&own).cloned()));
        move || line.get().map(|line| row_of(review, grid, key.clone(), line, index, shown, show))
    };
    let is_partial = move || match review.found.get() {
        Some(found) => found.is_partial,
        None => review.folders.with(|folders| folders.values().any(|list| list.is_partial)),
    };
    view! {
        <div class="review-tree">
            {move || is_partial().then(|| view! { <div class="banner warn" role="status"><Glyph icon=Icon::Info/><p>{t().changes_partial()}</p></div> })}
            <div class="scroller" node_ref=grid.viewport.scroller on:scroll=move |_| grid.viewport.scrolled()>
                <div class="dt cht" role="tree" aria-label=t().changes()>
                    <VirtualRows viewport=grid.viewport rows=keys keep=grid.active role="none" view=row/>
                </div>
                {move || (review.found.with(Option::is_some) && keys.with(Vec::is_empty)).then(|| view! { <p class="t3 card-none">{t().no_match_title()}</p> })}
            </div>
        </div>
    }
}

/// By how much a file, or a folder, became larger or smaller, or how large one is that was not there before.
fn size_text(size: ChangeSize) -> String {
    match (size.before, size.after) {
        (Some(before), Some(after)) if after >= before => format!("+{}", bytes((after - before) as f64)),
        (Some(before), after) => format!("−{}", bytes((before - after.unwrap_or_default()) as f64)),
        (None, Some(after)) => bytes(after as f64),
        (None, None) => String::new(),
    }
}

/// Whether it goes into the layer; of a folder, with all that is in it.
fn include_box(selection: RwSignal<Selection>, path: &str) -> impl IntoView + use<> {
    let (own, below) = (path.to_owned(), format!("{path}/"));
    let state = Memo::new(move |_| {
        selection.with(|selection| {
            let included = selection.includes(&own);
            (included, selection.rules.iter().any(|(rule, value)| *value != included && rule.starts_with(&below)))
        })
    });
    let path = path.to_owned();
    let label = t().include(&shown_bytes(&path));
    view! {
        <input
            type="checkbox"
            class="check"
            tabindex="-1"
            aria-label=label
            prop:checked=move || state.get().0
            prop:indeterminate=move || state.get().1
            on:click=move |event| {
                event.stop_propagation();
                let included = event_target_checked(&event);
                selection.update(|selection| selection.set(&path, included));
            }
        />
    }
}

fn row_of(
    review: Review,
    grid: Grid<Key>,
    key: Key,
    line: Line,
    index: Signal<usize>,
    shown: Memo<String>,
    show: Callback<String>,
) -> impl IntoView {
    let Line { entry, level, open } = line;
    let ChangeEntry { path, kind, below, noise, secret, is_new } = entry;
    let tab = grid.tab(key.clone(), index);
    let kind = kind.and_then(|kind| kinds().into_iter().find(|(one, ..)| *one == kind));
    // Under its folder the rest of the path is said.
    let name = if level == 1 { path.clone() } else { path.rsplit('/').next().unwrap_or(&path).to_owned() };
    let (folder, opened, selected, active) = (path.clone(), path.clone(), path.clone(), key.clone());
    let fold = move |event: web_sys::MouseEvent| {
        event.stop_propagation();
        review.fold(&folder, open == Some(false));
    };
    let size = {
        let path = path.clone();
        move || review.sizes.with(|sizes| sizes.get(&path).map(|size| size_text(*size)))
    };
    let describes = [
        kind.map(|(.., label, _)| label.to_owned()),
        noise.as_ref().map(|pattern| t().noise_of(pattern)),
        secret.as_ref().map(|pattern| t().secret_of(pattern)),
        is_new.then(|| t().change_is_new().to_owned()),
    ];
    let describes: Vec<String> = describes.into_iter().flatten().collect();
    view! {
        <div
            class="dt-row cht-row"
            class:is-noise=noise.is_some()
            role="treeitem"
            id=grid.dom_id(&key)
            tabindex=tab
            aria-label=shown_bytes(&path)
            aria-description=describes.join(", ")
            {..custom_attribute("aria-level", level.to_string())}
            aria-expanded=open.map(|open| open.to_string())
            aria-selected=move || shown.with(|shown| *shown == selected).to_string()
            style:--depth=(level - 1).to_string()
            style:--y=offset(grid.viewport, index)
            on:focusin=move |_| grid.active.set(Some(active.clone()))
            on:click=move |_| show.run(opened.clone())
        >
            {review.selection.map(|selection| include_box(selection, &path))}
            {match open {
                Some(open) => view! { <button type="button" class="cht-fold" tabindex="-1" aria-hidden="true" on:click=fold><Glyph icon=if open { Icon::ChevDown } else { Icon::ChevRight }/></button> }.into_any(),
                None => view! { <span class="cht-fold"></span> }.into_any(),
            }}
            <Glyph icon=if open.is_some() { Icon::Folder } else { Icon::File }/>
            <span class="trunc" title=shown_bytes(&path)>{shown_bytes(&name)}</span>
            // In pictures of letters: the row's name is its path, and its description says the same in words.
            {secret.is_some().then(|| view! { <span class="tag is-secret" data-text=t().secret()></span> })}
            {is_new.then(|| view! { <span class="tag" data-text=t().change_is_new()></span> })}
            <span class="end">
                <span class="num t3 size" data-text=size></span>
                {(below.all() > 0).then(|| view! { <span class="num t3" data-text=count(below.all() as usize)></span> })}
                {kind.map(|(_, word, label, letter)| view! { <span class="ch-kind" data-kind=word title=label data-text=letter></span> })}
            </span>
        </div>
    }
}
