//! What somebody typed into a form, kept for this tab and this person: over a reload, a lost bridge, and signing in again.
//! Another person in the same tab does not get to see it. Passwords and files are no part of a draft.

use leptos::prelude::*;
use serde_json::{Map, Value, json};
use wasm_bindgen::JsValue;

use super::entries::Entries;
use crate::{
    decode,
    link::{self, link},
};

const PREFIX: &str = "draft:";

/// One field of a form, as it is kept.
pub struct Part {
    name: &'static str,
    read: Box<dyn Fn() -> Value>,
    write: Box<dyn Fn(&Value)>,
}

pub fn text(name: &'static str, signal: RwSignal<String>) -> Part {
    let write = move |value: &Value| {
        if let Some(text) = value.as_str() {
            signal.set(text.to_owned());
        }
    };
    Part { name, read: Box::new(move || json!(signal.get())), write: Box::new(write) }
}

/// Of a field that is nothing until somebody types.
pub fn optional(name: &'static str, signal: RwSignal<Option<String>>) -> Part {
    let write = move |value: &Value| signal.set(value.as_str().map(str::to_owned));
    Part { name, read: Box::new(move || json!(signal.get())), write: Box::new(write) }
}

pub fn flag(name: &'static str, signal: RwSignal<bool>) -> Part {
    let write = move |value: &Value| {
        if let Some(truth) = value.as_bool() {
            signal.set(truth);
        }
    };
    Part { name, read: Box::new(move || json!(signal.get())), write: Box::new(write) }
}

/// `parts`: the fields of one entry.
pub fn list<E: Copy + Send + Sync + 'static>(name: &'static str, entries: Entries<E>, new: fn() -> E, parts: fn(E) -> Vec<Part>) -> Part {
    let read = move || entries.all().into_iter().map(|entry| read(&parts(entry))).collect();
    // The entries belong to the form, whoever restores them.
    let owner = Owner::current();
    let write = move |value: &Value| {
        for kept in value.as_array().into_iter().flatten() {
            let make = || {
                let entry = new();
                entries.add(entry);
                write(&parts(entry), kept);
            };
            match &owner {
                Some(owner) => owner.with(make),
                None => make(),
            }
        }
    };
    Part { name, read: Box::new(read), write: Box::new(write) }
}

fn read(parts: &[Part]) -> Value {
    parts.iter().map(|part| (part.name.to_owned(), (part.read)())).collect::<Map<_, _>>().into()
}

fn write(parts: &[Part], kept: &Value) {
    for part in parts {
        if let Some(value) = kept.get(part.name) {
            (part.write)(value);
        }
    }
}

/// A form's draft.
#[derive(Clone, Copy)]
pub struct Draft {
    form: StoredValue<String>,
    /// It was sent: what stands there is no draft until somebody changes it.
    sent: RwSignal<Option<Value>>,
}

impl Draft {
    /// Restores what was typed into this form, and keeps what is from now on, as long as the calling scope lives.
    pub fn keep(form: impl Into<String>, parts: Vec<Part>) -> Self {
        let draft = Self { form: StoredValue::new(form.into()), sent: RwSignal::new(None) };
        let untouched = untrack(|| read(&parts));
        let parts = StoredValue::new_local(parts);
        // Whose it is the page knows once it is connected.
        Effect::new(move |restored: Option<bool>| {
            let Some(user) = link().user.with(|user| user.as_ref().map(|user| user.name.0.clone())) else { return restored == Some(true) };
            let key = draft.key(&user);
            let now = parts.with_value(|parts| read(parts));
            if restored != Some(true) {
                // Not over what was typed meanwhile.
                if now == untouched
                    && let Some(kept) = storage().and_then(|storage| storage.get_item(&key).ok()?).and_then(|text| decode::read(&text))
                {
                    parts.with_value(|parts| untrack(|| write(parts, &kept)));
                }
                return true;
            }
            let is_draft = now != untouched && draft.sent.with(|sent| sent.as_ref() != Some(&now));
            if let Some(storage) = storage() {
                let _ = if is_draft { storage.set_item(&key, &now.to_string()) } else { storage.remove_item(&key) };
            }
            true
        });
        Self { sent: draft.sent, form: draft.form }
    }

    /// It is found under this name from now on.
    pub fn moves_to(self, form: String) {
        self.form.set_value(form);
    }

    /// What stands there now has become something.
    pub fn sent(self, parts: &[Part]) {
        self.sent.set(Some(untrack(|| read(parts))));
        // The form may be gone before anything follows from that.
        if let (Some(storage), Some(user)) = (storage(), link().user.get_untracked()) {
            let _ = storage.remove_item(&self.key(&user.name.0));
        }
    }

    fn key(self, user: &str) -> String {
        let engine = link::engine().map(|engine| engine.0).unwrap_or_default();
        format!("{}{engine}/{}", of(user), self.form.get_value())
    }
}

fn of(user: &str) -> String {
    // No name has one.
    format!("{PREFIX}{user}/")
}

fn storage() -> Option<web_sys::Storage> {
    window().session_storage().ok().flatten()
}

/// Another person's drafts are not for whoever is signed in now.
pub fn belongs_to(user: &str) {
    let Some(storage) = storage() else { return };
    let own = of(user);
    let keys = js_sys::Object::keys(&js_sys::Object::from(JsValue::from(storage.clone())));
    let others = keys.iter().filter_map(|key| key.as_string()).filter(|key| key.starts_with(PREFIX) && !key.starts_with(&own));
    others.for_each(|key| drop(storage.remove_item(&key)));
}
