//! The checkbox in a table's head: all that is shown, or none.

use std::{collections::HashSet, hash::Hash};

use leptos::prelude::*;

use crate::i18n::t;

#[component]
pub fn SelectAll<K>(shown: Memo<Vec<K>>, selected: RwSignal<HashSet<K>>) -> impl IntoView
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
{
    let all = Memo::new(move |_| {
        shown.with(|shown| !shown.is_empty() && selected.with(|selected| shown.iter().all(|key| selected.contains(key))))
    });
    let some = move || selected.with(|selected| !selected.is_empty()) && !all.get();
    let toggle = move |_| selected.set(if all.get_untracked() { HashSet::new() } else { shown.get_untracked().into_iter().collect() });
    view! {
        <div class="c-check" role="columnheader">
            <input type="checkbox" class="check" aria-label=t().select_all() prop:checked=move || all.get() prop:indeterminate=some on:change=toggle/>
        </div>
    }
}
