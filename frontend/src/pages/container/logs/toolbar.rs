//! Search, and how the lines are shown.

use leptos::{html, prelude::*};
use linkspan_shared::container::Container;

use super::{Streams, View};
use crate::{
    browser,
    components::{
        filter_box::focus_on_slash,
        keys::{self, Command},
        output::whole_text,
        ui::{Glyph, Icon},
    },
    i18n::t,
    log::{Buffer, Stream},
};

#[component]
pub fn Toolbar(row: Signal<Container>, view: View, show_times: RwSignal<bool>, wrap: RwSignal<bool>) -> impl IntoView {
    let step = move |by: isize| {
        let all = view.matches.with_untracked(Vec::len) as isize;
        if all > 0 {
            view.follow.set(false);
            view.search_from.set(None);
            let at = |current: usize| if current < all as usize { current as isize } else { -1 };
            view.current.update(|current| *current = (at(*current) + by).rem_euclid(all) as usize);
            view.sought.update(|sought| *sought += 1);
        }
    };
    let node = NodeRef::<html::Input>::new();
    focus_on_slash(node);
    keys::on(Command::NextMatch, move || step(1));
    keys::on(Command::PreviousMatch, move || step(-1));
    keys::on(Command::Follow, move || view.follow.set(true));
    let keep = |key: &'static str, value: RwSignal<bool>, on: &'static str, off: &'static str| {
        move |_| {
            value.update(|value| *value = !*value);
            browser::store(key, if value.get_untracked() { on } else { off });
        }
    };
    let loaded = move || {
        view.revision.track();
        view.read(Buffer::len)
    };
    // What is not loaded is not in the file: its name says so.
    let download = move |_| {
        let name = row.with_untracked(|row| row.name.clone());
        let (is_whole, text) = view.read(|buffer| {
            let is_whole = buffer.is_whole() && view.begin.get_untracked().is_whole(buffer.entries());
            (is_whole, whole_text(buffer, show_times.get_untracked()))
        });
        let part = if is_whole { String::new() } else { format!("-{}-lines", untrack(loaded)) };
        browser::download(&format!("{name}{part}.log"), &[text]);
    };
    let is_terminal = Memo::new(move |_| {
        view.revision.track();
        view.read(|buffer| buffer.iter_from(0).find(|line| line.stream != Stream::Gap).is_some_and(|line| line.stream == Stream::Terminal))
    });
    let status = move || {
        let (current, all) = (view.current.get(), view.matches.with(Vec::len));
        match (view.query.with(String::is_empty), all) {
            (true, _) => String::new(),
            (false, 0) => t().no_matches().to_owned(),
            (false, all) => t().match_of(current.min(all - 1) + 1, all),
        }
    };
    view! {
        <div class="toolbar lt">
            <div class="input lt-search" class:is-filled=move || !view.query.with(String::is_empty)>
                <Glyph icon=Icon::Search/>
                <input
                    type="search"
                    node_ref=node
                    aria-label=t().search_logs()
                    placeholder=t().search_logs()
                    bind:value=view.query
                    on:keydown=move |event| {
                        if event.key() == "Enter" && !keys::is_composing(&event) {
                            event.prevent_default();
                            step(if event.shift_key() { -1 } else { 1 });
                        }
                    }
                />
                <span class="suffix num" role="status" aria-label=t().matches()>{status}</span>
                <span class="lt-nav">
                    <button type="button" class="btn ghost sm icon-only" aria-label=t().previous_match() title=t().previous_match() on:click=move |_| step(-1)>
                        <Glyph icon=Icon::ChevUp/>
                    </button>
                    <button type="button" class="btn ghost sm icon-only" aria-label=t().next_match() title=t().next_match() on:click=move |_| step(1)>
                        <Glyph icon=Icon::ChevDown/>
                    </button>
                </span>
            </div>
            <button
                type="button"
                class="btn ghost"
                aria-pressed=move || view.only_matches.get().to_string()
                on:click=move |_| view.only_matches.update(|only| *only = !*only)
            >
                <Glyph icon=Icon::Filter/>{t().only_matches()}
            </button>
            <Show when=move || !view.query.with(String::is_empty)>
                <button
                    type="button"
                    class="btn ghost"
                    on:click=move |_| {
                        view.query.set(String::new());
                        view.only_matches.set(false);
                    }
                >
                    <Glyph icon=Icon::X/>{t().clear_filter()}
                </button>
            </Show>
            // What a terminal prints is one stream.
            <Show when=move || !is_terminal.get()>
                <select
                    class="select"
                    aria-label=t().streams()
                    on:change=move |event| view.streams.set(Streams::named(&event_target_value(&event)))
                >
                    {Streams::ALL.map(|streams| {
                        let label = if streams == Streams::All { t().all_streams() } else { streams.word() };
                        view! { <option value=streams.word() selected=move || view.streams.get() == streams>{label}</option> }
                    })}
                </select>
            </Show>
            <div class="end">
                <button type="button" class="btn ghost" aria-pressed=move || view.follow.get().to_string() on:click=move |_| view.follow.update(|on| *on = !*on)>
                    <Glyph icon=Icon::ArrowDown/>{t().follow()}
                </button>
                <button type="button" class="btn ghost" aria-pressed=move || show_times.get().to_string() on:click=keep("log-times", show_times, "on", "off")>
                    <Glyph icon=Icon::Clock/>{t().timestamps()}
                </button>
                <button type="button" class="btn ghost" aria-pressed=move || wrap.get().to_string() on:click=keep("log-wrap", wrap, "on", "off")>
                    <Glyph icon=Icon::Wrap/>{t().wrap()}
                </button>
                <button type="button" class="btn ghost" title=move || t().download_lines(loaded()) on:click=download><Glyph icon=Icon::Download/>{t().download()}</button>
            </div>
        </div>
    }
}
