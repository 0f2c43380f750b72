//! Lists of entries that grow and shrink: variables, ports, mounts, labels.

use leptos::prelude::*;

use crate::{
    components::ui::{Glyph, Icon},
    i18n::t,
};

/// Keyed entries: typing in one leaves the others alone.
pub struct Entries<E: 'static> {
    list: RwSignal<Vec<(u32, E)>>,
    next: StoredValue<u32>,
}

impl<E> Clone for Entries<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for Entries<E> {}

impl<E: Copy + Send + Sync + 'static> Entries<E> {
    pub fn new() -> Self {
        Self { list: RwSignal::new(Vec::new()), next: StoredValue::new(0) }
    }

    pub fn all(&self) -> Vec<E> {
        self.list.with(|list| list.iter().map(|(_, entry)| *entry).collect())
    }

    fn add(&self, entry: E) {
        let key = self.next.get_value();
        self.next.set_value(key + 1);
        self.list.update(|list| list.push((key, entry)));
    }

    fn remove(&self, key: u32) {
        self.list.update(|list| list.retain(|(other, _)| *other != key));
    }
}

/// `named` says what an entry is called, for its remove button.
#[component]
pub fn EntryList<E, V>(
    entries: Entries<E>,
    class: &'static str,
    add_label: &'static str,
    new: fn() -> E,
    named: fn(E) -> String,
    view: fn(E) -> V,
) -> impl IntoView
where
    E: Copy + Send + Sync + 'static,
    V: IntoView + 'static,
{
    view! {
        <ul class=format!("rowset {class}")>
            <For
                each=move || entries.list.get()
                key=|(key, _)| *key
                children=move |(key, entry)| {
                    let label = move || t().remove_entry(&named(entry));
                    view! {
                        <li>
                            {view(entry)}
                            <button type="button" class="btn ghost icon-only" aria-label=label title=label on:click=move |_| entries.remove(key)>
                                <Glyph icon=Icon::X/>
                            </button>
                        </li>
                    }
                }
            />
        </ul>
        <div class="addrow">
            <button type="button" class="btn ghost sm add" on:click=move |_| entries.add(new())><Glyph icon=Icon::Plus/>{add_label}</button>
        </div>
    }
}

/// A text field without a visible label of its own.
pub fn text_input(label: &'static str, value: RwSignal<String>) -> impl IntoView {
    view! {
        <div class="input mono"><input aria-label=label placeholder=label spellcheck="false" autocapitalize="none" autocomplete="off" bind:value=value/></div>
    }
}
