//! Lists of entries that grow and shrink: variables, ports, mounts, labels.

use leptos::{html, prelude::*};
use wasm_bindgen::JsCast;

use super::{
    attempt, keys,
    secret::is_secret,
    ui::{Glyph, Icon},
};
use crate::{browser, i18n::t};

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

    pub fn add(&self, entry: E) {
        let key = self.next.get_value();
        self.next.set_value(key + 1);
        self.list.update(|list| list.push((key, entry)));
    }

    pub fn replace(&self, entries: impl Iterator<Item = E>) {
        self.list.update(Vec::clear);
        entries.for_each(|entry| self.add(entry));
    }

    fn remove(&self, key: u32) {
        self.list.update(|list| list.retain(|(other, _)| *other != key));
    }
}

/// What is added when a text is pasted into an entry.
type Pasted<E> = fn(E, &str) -> Option<Vec<E>>;

/// `remove` is the name of an entry's remove button, which may end with nothing while the entry is empty.
#[component]
pub fn EntryList<E, V>(
    entries: Entries<E>,
    /// Why none can be added.
    #[prop(optional, into)]
    lacking: Signal<Option<&'static str>>,
    class: &'static str,
    add_label: &'static str,
    new: fn() -> E,
    remove: fn(E) -> String,
    view: fn(E) -> V,
    /// What a text becomes that is pasted into the first field of an entry: of `None` the field takes it as it is.
    #[prop(optional)]
    pasted: Option<Pasted<E>>,
) -> impl IntoView
where
    E: Copy + Send + Sync + 'static,
    V: IntoView + 'static,
{
    // What is pasted into a row stays when that row goes.
    let owner = StoredValue::new_local(Owner::current());
    let list = NodeRef::<html::Ul>::new();
    let add = move |_| {
        entries.add(new());
        // Into what was added, to go on typing.
        browser::next_frame(move || {
            let field =
                list.get_untracked().and_then(|list| list.query_selector("li:last-child :is(input, select, textarea)").ok().flatten());
            if let Some(field) = field.and_then(|field| field.dyn_into::<web_sys::HtmlElement>().ok()) {
                let _ = field.focus();
            }
        });
    };
    view! {
        <ul class=format!("rowset {class}") node_ref=list>
            <For
                each=move || entries.list.get()
                key=|(key, _)| *key
                children=move |(key, entry)| {
                    let label = move || remove(entry).trim().to_owned();
                    let paste = move |event: web_sys::ClipboardEvent| {
                        let entry_of = event.current_target().and_then(|entry| entry.dyn_into::<web_sys::Element>().ok());
                        let first = entry_of.and_then(|entry| entry.query_selector("input, textarea").ok().flatten());
                        let is_first = first.is_some_and(|first| event.target().as_ref() == Some(first.as_ref()));
                        let text = event.clipboard_data().and_then(|data| data.get_data("text").ok()).filter(|_| is_first);
                        let make = || text.and_then(|text| pasted?(entry, &text));
                        let more = match owner.get_value() {
                            Some(owner) => owner.with(make),
                            None => make(),
                        };
                        if let Some(more) = more {
                            event.prevent_default();
                            more.into_iter().for_each(|entry| entries.add(entry));
                        }
                    };
                    view! {
                        <li on:paste=paste>
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
            <button type="button" class="btn ghost sm add" disabled=move || lacking.get().is_some() on:click=add><Glyph icon=Icon::Plus/>{add_label}</button>
            {move || lacking.get().map(|why| view! { <p class="hint"><Glyph icon=Icon::Info/><span>{why}</span></p> })}
        </div>
    }
}

/// Enter in a text of several lines does what it does in any field; with Shift it is a line.
pub fn sends(event: web_sys::KeyboardEvent) {
    if event.key() == "Enter" && !event.shift_key() && !keys::is_composing(&event) {
        event.prevent_default();
        let area = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlTextAreaElement>().ok());
        if let Some(form) = area.and_then(|area| area.form()).filter(|_| !event.repeat()) {
            attempt::submit(&form);
        }
    }
}

/// A value, which may have several lines: Shift and Enter make one, and what is pasted keeps its own.
pub fn value_input(label: &'static str, value: RwSignal<String>) -> impl IntoView {
    view! {
        <div class="input mono lines">
            <textarea
                aria-label=label
                placeholder=label
                rows=move || value.with(|value| value.lines().count().clamp(1, 8).to_string())
                spellcheck="false"
                autocapitalize="none"
                autocomplete="off"
                bind:value=value
                on:keydown=sends
            ></textarea>
        </div>
    }
}

/// The same of a variable: what looks like a secret is hidden until it is asked for.
pub fn variable_input(label: &'static str, name: RwSignal<String>, value: RwSignal<String>) -> impl IntoView {
    let shown = RwSignal::new(false);
    let may_hide = Memo::new(move |_| name.with(|name| value.with(|value| is_secret(name, value))));
    let toggle = move || {
        let label = if shown.get() { t().hide_value() } else { t().show_value() };
        view! {
            <button type="button" class="inl" aria-label=label title=label on:click=move |_| shown.update(|shown| *shown = !*shown)>
                <Glyph icon=if shown.get() { Icon::EyeOff } else { Icon::Eye }/>
            </button>
        }
    };
    view! {
        // One field all the time: whoever types in it stays there, and several lines stay several.
        <div class="with-toggle" class:masked=move || may_hide.get() && !shown.get()>{value_input(label, value)}{move || may_hide.get().then(toggle)}</div>
    }
}

/// A text field without a visible label of its own.
pub fn text_input(label: &'static str, value: RwSignal<String>) -> impl IntoView {
    view! {
        <div class="input mono"><input aria-label=label placeholder=label spellcheck="false" autocapitalize="none" autocomplete="off" bind:value=value/></div>
    }
}
