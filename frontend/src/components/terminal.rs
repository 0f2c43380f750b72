//! One terminal in a container: that of an exec, or of the container's own process.

use leptos::{html, prelude::*};
use linkspan_shared::{
    call::{EndTerminal, ListTerminals, ResizeTerminal, ShareTerminal},
    channel::ChannelSpec,
    frame::Tag,
    ids::{ContainerId, TerminalId},
    person::SharedTerminal,
    problem::Problem,
    terminal::{TerminalInfo, TerminalSize, TerminalState},
};
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::spawn_local;

use super::{
    copy::copy_text,
    keys::{self, Command, Scope},
    people::shared_in,
    ui::{Glyph, Icon},
};
use crate::{
    browser, chunks,
    i18n::{count, t},
    link::{self, Incoming, Subscription},
    store::failed,
};

/// Bytes of one frame of what is typed or pasted.
const PIECE: usize = 32 << 10;

/// Of a container. A hidden one keeps what it shows.
#[component]
pub fn TerminalView(
    container: ContainerId,
    info: TerminalInfo,
    name: Memo<String>,
    #[prop(into)] is_shown: Signal<bool>,
    /// Where the focus goes that leaves it.
    way_out: String,
    /// Takes away one that has ended.
    #[prop(optional)]
    on_close: Option<Callback<()>>,
    /// Whose it is, where somebody else looks on.
    #[prop(optional_no_strip)]
    owner: Option<String>,
) -> impl IntoView {
    let id = info.id.clone();
    let looks_on = owner.is_some();
    let shared = {
        let (id, container) = (id.clone(), container.clone());
        Memo::new(move |_| shared_in(&container).into_iter().map(|(_, shared)| shared).find(|shared| shared.terminal == id))
    };
    let (host, whole) = (NodeRef::<html::Div>::new(), NodeRef::<html::Div>::new());
    let terminal = RwSignal::new_local(None::<chunks::TerminalView>);
    let channel = StoredValue::new_local(None::<Subscription>);
    let size = RwSignal::new(info.size);
    // How it ended, or what went wrong.
    let ended = RwSignal::new(None::<Result<TerminalState, Problem>>);
    // The next letter is a control character.
    let control = RwSignal::new(false);
    let typed = Closure::<dyn Fn(js_sys::Uint8Array)>::new(move |bytes: js_sys::Uint8Array| {
        if looks_on {
            return;
        }
        channel.with_value(|channel| {
            if let Some(channel) = channel {
                let mut bytes = bytes.to_vec();
                if let ([letter], true) = (&mut bytes[..], control.get_untracked()) {
                    *letter = letter.to_ascii_uppercase() & 0x1f;
                    control.set(false);
                }
                bytes.chunks(PIECE).for_each(|piece| channel.send(piece));
            }
        });
    });
    let resized = {
        let id = id.clone();
        Closure::<dyn Fn(u16, u16)>::new(move |columns, rows| {
            let now = TerminalSize { columns, rows };
            if size.try_set(now).is_none() && !looks_on {
                let terminal = id.clone();
                spawn_local(async move { drop(link::call(ResizeTerminal { terminal, size: now }).await) });
            }
        })
    };
    let labelled = way_out.clone();
    let leave = Closure::<dyn Fn(web_sys::KeyboardEvent) -> bool>::new(move |event| {
        let leaves = keys::command(&event, Scope::Terminal) == Some(Command::LeaveTerminal);
        if leaves {
            browser::focus_on(&way_out);
        }
        leaves
    });
    let closures = StoredValue::new_local((typed, resized, leave));
    let command = info.command.join(" ");
    let label = t().terminal_label(&command, &name.get_untracked());
    {
        let (id, label) = (id.clone(), label.clone());
        Effect::new(move || {
            let Some(host) = host.get() else { return };
            let (id, label, container) = (id.clone(), label.clone(), container.clone());
            spawn_local(async move {
                let Some(module) = chunks::terminal().await else { return };
                let made = closures.try_with_value(|(typed, resized, leave)| module.open(&host, &label, typed, resized, leave));
                let Some(made) = made.and_then(chunks::ok) else { return };
                if terminal.try_set(Some(made.clone())).is_some() {
                    // The page was left meanwhile.
                    chunks::ok(made.close());
                    return;
                }
                channel.try_set_value(Some(follow(&id, container.clone(), made.clone(), ended)));
                // Another window than the one in which it was begun.
                let now = TerminalSize { columns: made.columns(), rows: made.rows() };
                // One that is hidden has no size until it is shown.
                if looks_on {
                    return;
                }
                if is_shown.try_get_untracked() == Some(true) && size.try_get_untracked().is_some_and(|before| before != now) {
                    size.try_set(now);
                    drop(link::call(ResizeTerminal { terminal: id, size: now }).await);
                }
                if is_shown.try_get_untracked() == Some(true) {
                    made.focus();
                }
            });
        });
    }
    // What is shown was drawn for its owner's window.
    Effect::new(move || {
        if let (true, Some(terminal), Some(SharedTerminal { size: now, .. })) = (looks_on, terminal.get(), shared.get()) {
            size.set(now);
            chunks::ok(terminal.fix(now.columns, now.rows));
        }
    });
    on_cleanup(move || {
        drop(channel.try_update_value(Option::take));
        if let Some(Some(terminal)) = terminal.try_update(Option::take) {
            chunks::ok(terminal.close());
        }
    });
    Effect::new(move || {
        if let (true, Some(terminal)) = (is_shown.get(), terminal.get()) {
            // Whoever goes along the tabs stays there.
            let on_tabs = document().active_element().is_some_and(|active| active.get_attribute("role").as_deref() == Some("tab"));
            if !on_tabs {
                request_animation_frame(move || terminal.focus());
            }
        }
    });
    let end = {
        let id = id.clone();
        move |_| {
            let terminal = id.clone();
            spawn_local(async move { drop(link::call(EndTerminal { terminal }).await) });
        }
    };
    let copy = move |_| {
        if let Some(terminal) = terminal.get_untracked() {
            let selected = terminal.selection();
            copy_text(if selected.is_empty() { terminal.text() } else { selected }, t().output().to_owned());
        }
    };
    let save = move |_| {
        if let Some(terminal) = terminal.get_untracked() {
            browser::download(&format!("{}-terminal.txt", name.get_untracked()), &[terminal.text().into_bytes()]);
        }
    };
    let (is_attached, can_end, is_in_tabs) = (info.is_attached, info.can_end, on_close.is_some());
    let how = move || {
        ended.get().map(|ended| match ended {
            Ok(TerminalState::Ended { exit_code: Some(code) }) => t().terminal_ended(code),
            Ok(TerminalState::Abandoned) if is_attached => t().terminal_detached().to_owned(),
            Ok(TerminalState::Abandoned) => t().terminal_abandoned().to_owned(),
            Ok(TerminalState::Ended { exit_code: None } | TerminalState::Running) => t().terminal_ended_unknown().to_owned(),
            Err(problem) => crate::i18n::explain(&problem).what,
        })
    };
    let lookers = move || {
        shared.with(|shared| shared.as_ref().map(|shared| shared.lookers.iter().map(|name| name.0.clone()).collect::<Vec<_>>().join(", ")))
    };
    let share = {
        let id = id.clone();
        move |_| {
            let (terminal, on) = (id.clone(), shared.with_untracked(Option::is_none));
            spawn_local(async move {
                if let Err(problem) = link::call(ShareTerminal { terminal, on }).await {
                    failed(t().could_not_share().to_owned(), &problem);
                }
            });
        }
    };
    let whose = owner.clone();
    let hint = move || match (is_attached, info.can_hang_up) {
        _ if looks_on => "",
        (true, _) if info.is_read_only => t().terminal_read_only_hint(),
        (true, _) if can_end => t().terminal_joined_hint(),
        (true, _) => t().terminal_attached_hint(),
        (false, true) => t().terminal_leave_hint(),
        (false, false) => t().terminal_stays_hint(),
    };
    let search = RwSignal::new(None::<String>);
    // Which of how many is shown.
    let matches = RwSignal::new((0, 0));
    let on_found = StoredValue::new_local(Closure::<dyn Fn(u32, u32)>::new(move |at, all| _ = matches.try_set((at, all))));
    let find = move |step: i32| {
        let (Some(terminal), Some(text)) = (terminal.get_untracked(), search.get_untracked()) else { return };
        spawn_local(async move {
            let Some(found) = on_found.try_with_value(|on_found| on_found.as_ref().clone()) else { return };
            chunks::ok(terminal.find(&text, step, &found).await);
        });
    };
    let close_search = move || {
        search.set(Some(String::new()));
        find(0);
        search.set(None);
        if let Some(terminal) = terminal.get_untracked() {
            terminal.focus();
        }
    };
    let found = move || match (search.with(|text| text.as_ref().is_none_or(String::is_empty)), matches.get()) {
        (true, _) => String::new(),
        (false, (_, 0)) => t().no_matches().to_owned(),
        // More than it counts.
        (false, (0, all)) => count(all as usize),
        (false, (at, all)) => t().match_of(at as usize, all as usize),
    };
    let field = NodeRef::<html::Input>::new();
    Effect::new(move || {
        if let Some(field) = field.get() {
            drop(field.focus());
        }
    });
    let fill = move |_| {
        let Some(whole) = whole.get_untracked() else { return };
        match document().fullscreen_element() {
            Some(_) => document().exit_fullscreen(),
            // Where the browser does not allow it, it stays as it is.
            None => drop(whole.request_fullscreen()),
        }
    };
    let press = Callback::new(move |key: &'static str| {
        if let Some(terminal) = terminal.get_untracked() {
            chunks::ok(terminal.press(key));
            terminal.focus();
        }
    });
    view! {
        <div class="term-wrap" role=if on_close.is_some() { "tabpanel" } else { "group" } aria-labelledby=labelled class:vanish=move || !is_shown.get() node_ref=whole>
            <div class="note-line">
                {move || match how() {
                    Some(how) => view! { <span role="status">{how}</span> }.into_any(),
                    None => view! { <span class="num">{move || { let size = size.get(); format!("{} × {}", size.columns, size.rows) }}</span><span class="wide">{hint()}</span> }.into_any(),
                }}
                {whose.map(|owner| view! { <span class="looks-on" role="status" title=t().looking_on(&owner)>{t().looking_on(&owner)}</span> })}
                {move || lookers().filter(|_| !looks_on).map(|names| view! {
                    <span class="tag" role="status">{if names.is_empty() { t().shared_with_nobody().to_owned() } else { t().look_on(&names) }}</span>
                })}
                <div class="end">
                    {move || if search.with(Option::is_some) {
                        view! {
                            <span class="t3 num" role="status" aria-label=t().matches()>{found}</span>
                            <div class="input term-search">
                                <input
                                    type="search"
                                    node_ref=field
                                    aria-label=t().search_terminal()
                                    placeholder=t().search_terminal()
                                    spellcheck="false"
                                    on:input=move |event| {
                                        search.set(Some(event_target_value(&event)));
                                        find(0);
                                    }
                                    on:keydown=move |event| match event.key().as_str() {
                                        "Enter" if !keys::is_composing(&event) => find(if event.shift_key() { -1 } else { 1 }),
                                        "Escape" if !keys::is_composing(&event) => {
                                            event.stop_propagation();
                                            close_search();
                                        }
                                        _ => {}
                                    }
                                />
                            </div>
                            <button type="button" class="btn ghost sm icon-only" aria-label=t().previous_match() title=t().previous_match() on:click=move |_| find(-1)><Glyph icon=Icon::ChevUp/></button>
                            <button type="button" class="btn ghost sm icon-only" aria-label=t().next_match() title=t().next_match() on:click=move |_| find(1)><Glyph icon=Icon::ChevDown/></button>
                            <button type="button" class="btn ghost sm icon-only" aria-label=t().close_search() title=t().close_search() on:click=move |_| close_search()><Glyph icon=Icon::X/></button>
                        }.into_any()
                    } else {
                        view! {
                            <button type="button" class="btn ghost sm icon-only" aria-label=t().search_terminal() title=t().search_terminal() on:click=move |_| search.set(Some(String::new()))><Glyph icon=Icon::Search/></button>
                        }.into_any()
                    }}
                    {(can_end && !looks_on && is_in_tabs).then(|| view! {
                        <button type="button" class="btn ghost sm" aria-pressed=move || shared.with(Option::is_some).to_string() title=t().share_terminal_hint() on:click=share.clone()>
                            <Glyph icon=Icon::Eye/>{t().share_terminal()}
                        </button>
                    })}
                    <button type="button" class="btn ghost sm icon-only" aria-label=t().full_screen() title=t().full_screen() on:click=fill><Glyph icon=Icon::Maximize/></button>
                    <button type="button" class="btn ghost sm" on:click=copy><Glyph icon=Icon::Copy/>{t().copy()}</button>
                    <button type="button" class="btn ghost sm" on:click=save><Glyph icon=Icon::Download/>{t().save_output()}</button>
                    {move || match (ended.with(Option::is_some), on_close) {
                        (true, Some(close)) => Some(view! { <button type="button" class="btn sm" on:click=move |_| close.run(())>{t().close()}</button> }.into_any()),
                        // That of the container's own process ends with the container, if it was run from here.
                        (false, _) if can_end && is_attached => Some(view! { <button type="button" class="btn sm" on:click=end.clone()>{t().detach()}</button> }.into_any()),
                        (false, _) if can_end => Some(view! { <button type="button" class="btn danger sm" on:click=end.clone()>{t().end_terminal()}</button> }.into_any()),
                        _ => None,
                    }}
                </div>
            </div>
            <div class="term mono" class:fixed=looks_on node_ref=host></div>
            <Keys press=press control=control/>
        </div>
    }
}

/// The keys that a phone's keyboard lacks.
#[component]
pub fn Keys(press: Callback<&'static str>, control: RwSignal<bool>) -> impl IntoView {
    let key = |name: &'static str, sign: &'static str, label: &'static str| {
        view! { <button type="button" class="btn" aria-label=label on:click=move |_| press.run(name)>{sign}</button> }
    };
    view! {
        // The keyboard stays open while they are pressed.
        <div class="term-keys" role="toolbar" aria-label=t().terminal_keys() on:mousedown=move |event| event.prevent_default()>
            {key("Escape", "Esc", "Escape")}
            {key("Tab", "Tab", "Tab")}
            <button type="button" class="btn" aria-label="Control" aria-pressed=move || control.get().to_string() on:click=move |_| control.update(|on| *on = !*on)>"Ctrl"</button>
            {key("ArrowLeft", "←", t().arrow_left())}
            {key("ArrowUp", "↑", t().arrow_up())}
            {key("ArrowDown", "↓", t().arrow_down())}
            {key("ArrowRight", "→", t().arrow_right())}
        </div>
    }
}

fn follow(
    id: &TerminalId,
    container: ContainerId,
    view: chunks::TerminalView,
    ended: RwSignal<Option<Result<TerminalState, Problem>>>,
) -> Subscription {
    let spec = ChannelSpec::Terminal { terminal: id.clone() };
    let again = view.clone();
    let terminal = id.clone();
    link::open(
        move || {
            // Everything that is kept comes again.
            chunks::ok(again.reset());
            spec.clone()
        },
        move |incoming| match incoming {
            // Consumed once they are on the screen: xterm.js throws away what it is given too much of.
            Incoming::Bytes(tag, bytes, receipt) => {
                let written = Closure::once_into_js(move || drop(receipt));
                chunks::ok(view.write(bytes, tag == Tag::Replayed, &written));
            }
            Incoming::Done => {
                let (terminal, container) = (terminal.clone(), container.clone());
                spawn_local(async move {
                    // The bridge knows how it ended before it says that it did.
                    let known = link::call(ListTerminals { container }).await.unwrap_or_default();
                    let info = known.into_iter().find(|info| info.id == terminal);
                    ended.try_set(Some(Ok(info.map_or(TerminalState::Ended { exit_code: None }, |info| info.state))));
                });
            }
            Incoming::Closed(problem) => drop(ended.try_set(Some(Err(problem)))),
            Incoming::State(_) => {}
        },
    )
}
