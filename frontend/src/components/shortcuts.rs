//! The map of all keys, and the keys that work anywhere.

use std::time::Duration;

use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::{keys, nav, palette, ui::dialog::Dialog};
use crate::{address::use_go, i18n::t};

/// Between G and the letter of a page.
const PAIR: Duration = Duration::from_millis(1_500);

thread_local! {
    static SHOWN: RwSignal<bool> = RwSignal::new(false);
}

pub fn shown() -> RwSignal<bool> {
    SHOWN.with(|shown| *shown)
}

pub fn show() {
    shown().set(true);
}

/// Listens as long as the scope that calls it.
pub fn listen() {
    let go = use_go();
    let pair = StoredValue::new(None::<TimeoutHandle>);
    let handle = window_event_listener(leptos::ev::keydown, move |event| {
        let in_terminal = document().active_element().is_some_and(|element| element.closest(".term").ok().flatten().is_some());
        if in_terminal || event.default_prevented() {
            return;
        }
        if (event.ctrl_key() || event.meta_key()) && !event.alt_key() && event.key().eq_ignore_ascii_case("k") {
            event.prevent_default();
            palette::shown().update(|open| *open = !*open);
            return;
        }
        if (event.ctrl_key() || event.meta_key()) && event.key() == "Enter" {
            let form = document().active_element().and_then(|element| element.closest("form").ok().flatten());
            if let Some(form) = form.and_then(|form| form.dyn_into::<web_sys::HtmlFormElement>().ok()) {
                event.prevent_default();
                let _ = form.request_submit();
            }
            return;
        }
        // In a dialog keys are about what it asks.
        let in_dialog = document().query_selector("dialog[open]").ok().flatten().is_some();
        if !keys::is_single(&event) || in_dialog {
            return;
        }
        let was_pair = pair.try_update_value(Option::take).flatten().inspect(TimeoutHandle::clear).is_some();
        let key = event.key();
        if was_pair {
            if let Some((.., path)) = nav::pages().into_iter().find(|(.., path)| letter(path).is_some_and(|letter| key == letter)) {
                event.prevent_default();
                go(path);
            }
            return;
        }
        match key.as_str() {
            "?" => {
                event.prevent_default();
                show();
            }
            "g" => {
                let waiting = set_timeout_with_handle(
                    move || {
                        pair.try_set_value(None);
                    },
                    PAIR,
                )
                .ok();
                pair.set_value(waiting);
            }
            _ => {}
        }
    });
    on_cleanup(move || handle.remove());
}

/// The second key to a page.
fn letter(path: &str) -> Option<&'static str> {
    Some(match path {
        "/containers" => "c",
        "/images" => "i",
        "/volumes" => "v",
        "/networks" => "n",
        "/jobs" => "j",
        "/settings" => "s",
        _ => return None,
    })
}

#[component]
pub fn Shortcuts() -> impl IntoView {
    let shown = shown();
    let close = Callback::new(move |()| shown.set(false));
    let foot = move || view! { <button type="button" class="btn" autofocus on:click=move |_| close.run(())>{t().close()}</button> };
    let line = |keys: &[&'static str], does: String| {
        let keys = keys.iter().map(|key| view! { <kbd>{*key}</kbd> " " }).collect_view();
        view! { <div><dt>{keys}</dt><dd>{does}</dd></div> }
    };
    let body = move || {
        let does = ToOwned::to_owned;
        view! {
            {(!keys::are_on()).then(|| view! { <p class="t2">{t().shortcuts_off()}</p> })}
            <h3>{t().keys_anywhere()}</h3>
            <dl class="keymap">
                {line(&["Ctrl K"], does(t().key_palette()))}
                {line(&["/"], does(t().key_filter()))}
                {line(&["?"], does(t().key_map()))}
                {nav::pages().into_iter().filter_map(|(label, _, path)| Some(line(&["G", upper(letter(path)?)], t().key_go(label)))).collect_view()}
                {line(&["Ctrl Enter"], does(t().key_submit()))}
                {line(&["Ctrl Shift Esc"], does(t().key_leave_terminal()))}
            </dl>
            <h3>{t().keys_tables()}</h3>
            <dl class="keymap">
                {line(&["J", "K", "↓", "↑"], does(t().key_move()))}
                {line(&["Enter"], does(t().key_open()))}
                {line(&["X", "Shift X"], does(t().key_select()))}
                {line(&["L", "T", "F", "C"], does(t().key_tabs()))}
                {line(&["R", "P", "S", "Del"], does(t().key_actions()))}
                {line(&["←", "→"], does(t().key_fold()))}
            </dl>
            <h3>{t().keys_logs()}</h3>
            <dl class="keymap">
                {line(&["N", "Shift N"], does(t().key_matches()))}
                {line(&["End"], does(t().key_follow()))}
            </dl>
        }
    };
    view! {
        <Show when=move || shown.get()>
            <Dialog title=t().shortcuts() on_close=close foot=foot>{body()}</Dialog>
        </Show>
    }
}

fn upper(letter: &str) -> &'static str {
    match letter {
        "c" => "C",
        "i" => "I",
        "v" => "V",
        "n" => "N",
        "j" => "J",
        _ => "S",
    }
}
