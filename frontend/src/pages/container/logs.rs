//! `/containers/{id}/logs`: the last lines at once, then live; only lines in view are in the document.

mod target;
mod toolbar;

use std::{cell::RefCell, rc::Rc};

use leptos::{html, prelude::*};
use linkspan_shared::{
    channel::{ChannelSpec, LogsSpec},
    container::{Container, ContainerState},
    problem::{Problem, ProblemCode},
};

use crate::{
    browser::{self, NextFrame, px, watch_size},
    components::{
        output::{copy_lines, line_view},
        ui::{Glyph, Icon, problem_note::ProblemNote, state_view::StateView},
    },
    i18n::t,
    link::{self, Incoming, Subscription},
    log::{Buffer, buffer::Time, search},
    store::store,
};

/// Lines that are there at once; all can be asked for.
const FIRST_LINES: u64 = 5_000;
const LINE_HEIGHT: f64 = 20.0;
/// A scroll so many milliseconds after a wheel, a key or a finger is theirs.
const HAND: f64 = 600.0;
/// Lines looked through before the browser gets to paint again.
const SEARCH_AT_ONCE: usize = 100_000;

/// From where on the log is loaded.
#[derive(Clone, Copy, PartialEq)]
enum Begin {
    LastLines,
    At(Time),
    All,
}

impl Begin {
    /// Whether so many lines are all there are.
    fn is_whole(self, lines: usize) -> bool {
        match self {
            Self::LastLines => (lines as u64) < FIRST_LINES,
            Self::At(_) => false,
            Self::All => true,
        }
    }
}

/// What the page knows of the log, beside the lines.
#[derive(Clone, Copy)]
struct View {
    buffer: StoredValue<Rc<RefCell<Buffer>>, LocalStorage>,
    /// Counts what changes the buffer.
    revision: RwSignal<u64>,
    begin: RwSignal<Begin>,
    ended: RwSignal<bool>,
    /// How often the stream has to be opened again because it fell behind.
    behind: RwSignal<u32>,
    problem: RwSignal<Option<Problem>>,
    follow: RwSignal<bool>,
    query: RwSignal<String>,
    only_matches: RwSignal<bool>,
    /// The numbers (dropped lines included) of the lines that match, in order.
    matches: RwSignal<Vec<usize>>,
    current: RwSignal<usize>,
}

impl View {
    fn read<T>(&self, look: impl FnOnce(&Buffer) -> T) -> T {
        self.buffer.with_value(|buffer| look(&buffer.borrow()))
    }
}

#[component]
pub fn Logs(row: Signal<Container>, is_there: Memo<bool>) -> impl IntoView {
    let wanted = target::of_address();
    let at = wanted.get_untracked();
    let view = View {
        buffer: StoredValue::new_local(Rc::new(RefCell::new(Buffer::new(true)))),
        revision: RwSignal::new(0),
        begin: RwSignal::new(at.map_or(Begin::LastLines, |at| Begin::At(target::begin(at)))),
        ended: RwSignal::new(false),
        behind: RwSignal::new(0),
        problem: RwSignal::new(None),
        follow: RwSignal::new(at.is_none()),
        query: RwSignal::new(String::new()),
        only_matches: RwSignal::new(false),
        matches: RwSignal::new(Vec::new()),
        current: RwSignal::new(0),
    };
    let show_times = RwSignal::new(browser::stored("log-times").as_deref() != Some("off"));
    let wrap = RwSignal::new(browser::stored("log-wrap").as_deref() == Some("on"));
    let subscription = StoredValue::new_local(None::<Subscription>);
    let id = row.with_untracked(|row| row.id.clone());
    let is_up = Memo::new(move |_| store().is_live() && is_there.get() && row.with(|row| row.state.is_up()));
    let open = {
        let id = id.clone();
        move || {
            view.ended.set(false);
            view.problem.set(None);
            let id = id.clone();
            let buffer = view.buffer.get_value();
            let spec = {
                let buffer = buffer.clone();
                // At every opening: go on behind what came last.
                move || {
                    let (tail, since) = match view.begin.try_get_untracked().unwrap_or(Begin::LastLines) {
                        Begin::LastLines => (Some(FIRST_LINES), None),
                        Begin::At(time) => (None, Some(time)),
                        Begin::All => (None, None),
                    };
                    let behind = buffer.borrow_mut().resume_from();
                    ChannelSpec::Logs(LogsSpec { container: id.clone(), tail, since, behind })
                }
            };
            let frame = Rc::<NextFrame>::default();
            let show = move || {
                view.revision.try_update(|revision| *revision += 1);
            };
            let handler = move |incoming: Incoming<'_>| {
                match incoming {
                    Incoming::Bytes(tag, bytes, _) => buffer.borrow_mut().push(tag, bytes),
                    Incoming::Done => {
                        buffer.borrow_mut().end();
                        view.ended.try_set(true);
                    }
                    // Others read faster: goes on from the last line here.
                    Incoming::Closed(Problem { code: ProblemCode::FellBehind, .. }) => {
                        view.behind.try_update(|behind| *behind += 1);
                    }
                    Incoming::Closed(problem) => drop(view.problem.try_set(Some(problem))),
                    Incoming::State(_) => {}
                }
                frame.ask(show);
            };
            subscription.set_value(Some(link::open(spec, handler)));
        }
    };
    on_cleanup(move || drop(subscription.try_update_value(Option::take)));
    open();
    // Once the container runs again, or its engine is back, its log goes on.
    Effect::new({
        let open = open.clone();
        move |was_up: Option<bool>| {
            let up = is_up.get();
            if up && was_up == Some(false) && (view.ended.get_untracked() || view.problem.with_untracked(Option::is_some)) {
                open();
            }
            up
        }
    });
    Effect::new({
        let open = open.clone();
        move |before: Option<u32>| {
            let behind = view.behind.get();
            if before.is_some_and(|before| before != behind) {
                open();
            }
            behind
        }
    });
    // Looks through what is new; through everything when the question changes.
    Effect::new(move |before: Option<(String, usize)>| {
        view.revision.track();
        let query = view.query.with(|query| search::folded(query));
        let (dropped, length) = view.read(|buffer| (buffer.dropped(), buffer.len()));
        let from = match before {
            Some((asked, upto)) if asked == query => upto.max(dropped),
            _ => {
                view.matches.set(Vec::new());
                view.current.set(0);
                dropped
            }
        };
        if query.is_empty() {
            return (query, dropped + length);
        }
        let upto = (from + SEARCH_AT_ONCE).min(dropped + length);
        let found = view.read(|buffer| {
            buffer
                .iter_from(from - dropped)
                .take(upto.saturating_sub(from))
                .enumerate()
                .filter(|(_, line)| search::is_match(line.text, &query))
                .map(|(at, _)| from + at)
                .collect::<Vec<_>>()
        });
        let outdated = view.matches.with_untracked(|matches| matches.partition_point(|line| *line < dropped));
        if !found.is_empty() || outdated > 0 {
            view.matches.update(|matches| {
                matches.drain(..outdated);
                matches.extend(found);
            });
            view.current.update(|current| *current = current.saturating_sub(outdated));
        }
        if upto < dropped + length {
            let again = move || {
                view.revision.try_update(|revision| *revision += 1);
            };
            set_timeout(again, std::time::Duration::ZERO);
        }
        (query, upto)
    });
    let load_all = {
        let open = open.clone();
        move || {
            view.begin.set(Begin::All);
            view.buffer.with_value(|buffer| *buffer.borrow_mut() = Buffer::new(true));
            view.query.update(|_| {});
            view.matches.set(Vec::new());
            open();
        }
    };
    view! {
        <toolbar::Toolbar row=row view=view show_times=show_times wrap=wrap/>
        {move || view.problem.get().map(|problem| view! { <ProblemNote title=t().log_unavailable() problem=problem/> })}
        <Lines row=row view=view wanted=wanted show_times=show_times wrap=wrap load_all=Callback::new(move |()| load_all())/>
    }
}

#[component]
fn Lines(
    row: Signal<Container>,
    view: View,
    wanted: Memo<Option<Time>>,
    show_times: RwSignal<bool>,
    wrap: RwSignal<bool>,
    load_all: Callback<()>,
) -> impl IntoView {
    let target = target::line(view, wanted);
    let node = NodeRef::<html::Div>::new();
    let top = RwSignal::new(0.0_f64);
    let height = RwSignal::new(600.0_f64);
    // Lines that came since somebody scrolled away from the end.
    let unseen_from = RwSignal::new(0usize);
    let filtering = move || view.only_matches.get() && !view.query.with(String::is_empty);
    let length = Memo::new(move |_| {
        view.revision.track();
        if filtering() { view.matches.with(Vec::len) } else { view.read(Buffer::len) }
    });
    let end = Memo::new(move |_| {
        view.revision.track();
        view.read(|buffer| buffer.dropped() + buffer.len())
    });
    Effect::new(move || {
        if let Some(log) = node.get() {
            let measured = log.clone();
            height.set(f64::from(log.client_height()));
            watch_size(&log, move || height.set(f64::from(measured.client_height())));
        }
    });
    // Stays at the end while following.
    Effect::new(move || {
        let (all, follow) = (length.get(), view.follow.get());
        height.track();
        if follow && let Some(log) = node.get() {
            let bottom = (all as f64 * LINE_HEIGHT - height.get()).max(0.0);
            top.set(bottom);
            unseen_from.set(end.get_untracked());
            // After the spacer has grown.
            request_animation_frame(move || {
                if view.follow.try_get_untracked() == Some(true) {
                    log.set_scroll_top(i32::MAX);
                }
            });
        }
    });
    // What is dropped at the front moves the rest up.
    Effect::new(move |before: Option<usize>| {
        view.revision.track();
        let dropped = view.read(Buffer::dropped);
        let moved = dropped.saturating_sub(before.unwrap_or(dropped));
        if moved > 0
            && !view.follow.get_untracked()
            && !view.only_matches.get_untracked()
            && let Some(log) = node.get_untracked()
        {
            log.set_scroll_top((f64::from(log.scroll_top()) - moved as f64 * LINE_HEIGHT).max(0.0) as i32);
        }
        dropped
    });
    let reveal = move |at: usize| {
        let Some(log) = node.get_untracked() else { return };
        let (begin, height) = (at as f64 * LINE_HEIGHT, height.get_untracked());
        let now = f64::from(log.scroll_top());
        if begin < now || begin > now + height - LINE_HEIGHT {
            log.set_scroll_top((begin - height / 2.0).max(0.0) as i32);
        }
    };
    // Goes to the line of the address.
    Effect::new(move || {
        if let Some(line) = target.get() {
            view.follow.set(false);
            let at = line.saturating_sub(view.read(Buffer::dropped));
            // After the spacer has grown.
            browser::next_frame(move || reveal(at));
        }
    });
    // Goes to the match that somebody asked for.
    Effect::new(move |before: Option<usize>| {
        let current = view.current.get();
        let Some(line) = view.matches.with(|matches| matches.get(current).copied()) else { return usize::MAX };
        if before != Some(line) && !view.follow.get_untracked() {
            reveal(if view.only_matches.get_untracked() { current } else { line.saturating_sub(view.read(Buffer::dropped)) });
        }
        line
    });
    // A list that shrinks scrolls, too: only what a hand does ends the following.
    let touched = StoredValue::new(0.0_f64);
    let touch = move || touched.set_value(browser::now());
    let on_scroll = move |_| {
        let Some(log) = node.get_untracked() else { return };
        let now = f64::from(log.scroll_top());
        let bottom = f64::from(log.scroll_height() - log.client_height());
        let by_hand = browser::now() - touched.get_value() < HAND;
        // Up by a line leaves the end; back at the end goes along again.
        if by_hand && view.follow.get_untracked() && now < bottom - LINE_HEIGHT && now < top.get_untracked() - 1.0 {
            view.follow.set(false);
            unseen_from.set(end.get_untracked());
        } else if by_hand && !view.follow.get_untracked() && now >= bottom - 2.0 && bottom > 0.0 && now > top.get_untracked() {
            view.follow.set(true);
        }
        top.set(now);
    };
    let window = Memo::new(move |_| {
        let all = length.get();
        let visible = (height.get() / LINE_HEIGHT).ceil() as usize + 1;
        let last_first = all.saturating_sub((height.get() / LINE_HEIGHT) as usize);
        let first = ((top.get() / LINE_HEIGHT) as usize).min(last_first);
        (first, visible.min(all - first))
    });
    let lines = move || {
        view.revision.track();
        let (first, visible) = window.get();
        let query = view.query.with(|query| search::folded(query));
        let times = show_times.get();
        let current = view.matches.with(|matches| matches.get(view.current.get()).copied());
        let target = target.get();
        view.read(|buffer| {
            let dropped = buffer.dropped();
            let numbers: Vec<usize> = if filtering() {
                view.matches.with(|matches| matches.iter().skip(first).take(visible).copied().collect())
            } else {
                (dropped + first..dropped + first + visible).collect()
            };
            numbers
                .into_iter()
                .filter_map(|number| {
                    let line = buffer.get(number.checked_sub(dropped)?)?;
                    Some(line_view(line, times, &query, current == Some(number) && !query.is_empty(), target == Some(number)))
                })
                .collect_view()
        })
    };
    let note = move || {
        view.revision.track();
        let (dropped, length) = view.read(|buffer| (buffer.dropped(), buffer.len()));
        if dropped > 0 {
            return Some(view! { <div class="log-note" role="note">{t().log_dropped(dropped)}</div> }.into_any());
        }
        let cut = match view.begin.get() {
            begin if begin.is_whole(length) => None,
            Begin::At(_) => Some(t().log_not_from_the_start().to_owned()),
            Begin::LastLines | Begin::All => Some(t().log_earlier_not_loaded(FIRST_LINES as usize)),
        };
        cut.map(|text| {
            view! {
                <div class="log-note" role="note">
                    {text}" "
                    <button type="button" class="link" on:click=move |_| load_all.run(())>{t().log_load_all()}</button>
                </div>
            }
            .into_any()
        })
    };
    let at_end = Memo::new(move |_| view.follow.get() || (top.get() >= length.get() as f64 * LINE_HEIGHT - height.get() - 2.0));
    let unseen = Memo::new(move |_| if view.follow.get() { 0 } else { end.get().saturating_sub(unseen_from.get()) });
    let label = move || row.with(|row| t().logs_of(&row.name));
    let is_over = move || view.ended.get() && row.with(|row| !matches!(row.state, ContainerState::Running | ContainerState::Paused));
    view! {
        <div class="log-wrap">
            {note}
            <div
                class="log"
                class:wrap=move || wrap.get()
                class:at-end=move || at_end.get()
                node_ref=node
                role="log"
                aria-live="off"
                aria-label=label
                tabindex="0"
                on:scroll=on_scroll
                on:copy=copy_lines
                on:wheel=move |_| touch()
                on:keydown=move |_| touch()
                on:touchmove=move |_| touch()
                on:pointerdown=move |_| touch()
                on:pointermove=move |event| if event.buttons() != 0 { touch() }
            >
                <div class="log-space" style:height=move || px(length.get() as f64 * LINE_HEIGHT)>
                    <div class="log-rows">{lines}</div>
                </div>
            </div>
            {move || (unseen.get() > 0).then(|| view! {
                <button type="button" class="follow-pill" on:click=move |_| view.follow.set(true)>
                    <Glyph icon=Icon::ArrowDown/>{move || t().new_lines(unseen.get())}
                </button>
            })}
            {move || (length.get() == 0 && view.query.with(String::is_empty) && view.problem.with(Option::is_none)).then(|| view! {
                <StateView title=t().log_empty_title() text=t().log_empty_text()/>
            })}
            {move || is_over().then(|| view! { <div class="log-note" role="note">{t().log_ended()}</div> })}
            <div class="vh">{move || t().log_lines(length.get())}</div>
        </div>
    }
}
