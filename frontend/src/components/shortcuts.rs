//! The map of all keys, and the keys that work anywhere.

use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::{
    attempt,
    keys::{self, Command, KEYMAP, Scope},
    palette,
    ui::dialog::Dialog,
};
use crate::{address::go, i18n::t};

thread_local! {
    static SHOWN: RwSignal<bool> = RwSignal::new(false);
}

pub fn shown() -> RwSignal<bool> {
    SHOWN.with(|shown| *shown)
}

pub fn show() {
    shown().set(true);
}

/// What works on every page, as long as the scope that calls it.
pub fn listen() {
    keys::on(Command::Palette, || palette::shown().update(|open| *open = !*open));
    keys::on(Command::Keymap, show);
    keys::on_if(Command::Submit, submit);
    for command in KEYMAP.iter().map(|binding| binding.command) {
        if let Command::Go(section) = command {
            keys::on(command, move || go(section.route()));
        }
    }
    keys::listen();
}

/// The form that has the focus, or the page's own.
fn submit() -> bool {
    let form = document().active_element().and_then(|element| element.closest("form").ok().flatten());
    // Not from behind a dialog.
    let form = form.or_else(|| document().query_selector("body:not(:has(dialog[open])) form[data-main]").ok().flatten());
    form.and_then(|form| form.dyn_into().ok()).is_some_and(|form| attempt::submit(&form))
}

#[component]
pub fn Shortcuts() -> impl IntoView {
    let shown = shown();
    let close = Callback::new(move |()| shown.set(false));
    let foot = move || view! { <button type="button" class="btn" autofocus on:click=move |_| close.run(())>{t().close()}</button> };
    let part = |scope: Scope| {
        let lines = KEYMAP.iter().filter(|binding| binding.scope == scope).map(|binding| {
            let keys = binding.chords.iter().map(|chord| view! { <kbd>{*chord}</kbd> " " }).collect_view();
            view! { <div><dt>{keys}</dt><dd>{binding.command.words()}</dd></div> }
        });
        view! {
            <h3>{scope.title()}</h3>
            <dl class="keymap">{lines.collect_view()}</dl>
        }
    };
    let body = move || {
        view! {
            {(!keys::are_on()).then(|| view! { <p class="t2">{t().shortcuts_off()}</p> })}
            {Scope::ALL.map(part).collect_view()}
        }
    };
    view! {
        <Show when=move || shown.get()>
            <Dialog title=t().shortcuts() on_close=close foot=foot>{body()}</Dialog>
        </Show>
    }
}
