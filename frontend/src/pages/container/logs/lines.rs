//! The lines in view. Only they are in the document, one after the other from where the first of them stands, so that none can
//! lie upon another whatever their heights.

use std::rc::Rc;

use leptos::{html, prelude::*};
use linkspan_shared::container::{Container, ContainerState};
use web_sys::HtmlElement;

use super::{
    Begin, FIRST_LINES, View,
    layout::{Layout, ROW},
    target,
};
use crate::{
    browser::{self, NextFrame, px, watch_size},
    components::{
        output::{self, Look, copy_lines, line_view},
        ui::{Glyph, Icon, place, state_view::StateView},
    },
    i18n::t,
    log::{buffer::Time, search},
    store::store,
};

/// A scroll so many milliseconds after a wheel, a key or a finger is theirs.
const HAND: f64 = 600.0;

/// Which lines are in the document.
#[derive(Clone, Copy, PartialEq)]
struct Window {
    first: usize,
    count: usize,
    /// Pixels of the first one above the edge.
    hidden: f64,
}

#[component]
pub fn Lines(
    row: Signal<Container>,
    is_there: Memo<bool>,
    view: View,
    wanted: Memo<Option<Time>>,
    show_times: RwSignal<bool>,
    wrap: RwSignal<bool>,
    load_all: Callback<()>,
) -> impl IntoView {
    let target = target::line(view, wanted);
    let (node, lines_node, probe) = (NodeRef::<html::Div>::new(), NodeRef::<html::Div>::new(), NodeRef::<html::Div>::new());
    let top = RwSignal::new(0.0_f64);
    let size = RwSignal::new((0.0_f64, 600.0_f64));
    let height = Memo::new(move |_| size.get().1);
    // Lines that came since somebody scrolled away from the end.
    let unseen_from = RwSignal::new(0usize);
    // What was there when the page was opened is not new, also when an address leads to a line before it.
    let opened = StoredValue::new(Some(untrack(|| browser::clocks().engine_now())));
    let is_over =
        Memo::new(move |_| view.ended.get() && row.with(|row| !matches!(row.state, ContainerState::Running | ContainerState::Paused)));
    let layout = Layout::new(view, move || u64::from(is_over.get()));
    let end = Memo::new(move |_| {
        view.revision.track();
        view.read(|buffer| buffer.dropped() + buffer.len())
    });
    let bottom = move || (layout.height() - height.get()).max(0.0);
    let at_end = Memo::new(move |_| layout.rows() as f64 * ROW > height.get() && (view.follow.get() || top.get() >= bottom() - 2.0));
    Effect::new(move || {
        if let Some(log) = node.get() {
            let measured = log.clone();
            let measure = move || size.set((f64::from(measured.client_width()), f64::from(measured.client_height())));
            measure();
            watch_size(&log, measure);
        }
    });
    // Once what was asked for is laid out, and once for all that asked meanwhile; `None` is the end.
    let (wanted_top, scrolling) = (StoredValue::new(None::<f64>), StoredValue::new_local(Rc::<NextFrame>::default()));
    let scroll = move || {
        let Some(log) = node.try_get_untracked().flatten() else { return };
        match wanted_top.try_get_value() {
            Some(Some(top)) => log.set_scroll_top(top.round() as i32),
            // Somebody may have left the end meanwhile.
            Some(None) if view.follow.try_get_untracked() == Some(true) => log.set_scroll_top(i32::MAX),
            _ => {}
        }
    };
    let scroll_to = move |to: f64| {
        top.set(to);
        wanted_top.set_value(Some(to));
        scrolling.with_value(|frame| frame.ask(scroll));
    };
    // What fits beside each other is known by measuring. The line at the top stays there.
    Effect::new(move || {
        size.track();
        show_times.track();
        let wrap = wrap.get();
        let Some(probe) = probe.get() else { return };
        browser::next_frame(move || {
            let columns = if wrap { columns_of(&probe) } else { None };
            let row = layout.row_at(top.get_untracked(), height.get_untracked());
            let first = layout.line(row as u64);
            if layout.set_columns(columns) && !view.follow.get_untracked() {
                scroll_to(layout.top_of(layout.offset(first) as f64, height.get_untracked()));
            }
        });
    });
    // Stays at the end while following.
    Effect::new(move || {
        let (bottom, end) = (bottom(), end.get());
        if view.follow.get() && node.get().is_some() {
            opened.set_value(None);
            unseen_from.set(end);
            top.set(bottom);
            wanted_top.set_value(None);
            scrolling.with_value(|frame| frame.ask(scroll));
        }
    });
    Effect::new(move || {
        let end = end.get();
        let Some(opened_at) = opened.get_value() else { return };
        let from = unseen_from.get_untracked();
        let is_new = |time: Option<Time>| time.is_some_and(|(seconds, _)| seconds as f64 * 1000.0 > opened_at);
        let new = view.read(|buffer| buffer.iter_from(from.saturating_sub(buffer.dropped())).position(|line| is_new(line.time)));
        if new.is_some() {
            opened.set_value(None);
        }
        unseen_from.set(new.map_or(end, |new| from + new));
    });
    // What is dropped at the front moves the rest up.
    Effect::new(move |before: Option<u64>| {
        let dropped = layout.dropped();
        let moved = dropped.saturating_sub(before.unwrap_or(dropped));
        if moved > 0 && !view.follow.get_untracked() {
            untrack(|| {
                let row = layout.row_at(top.get(), height.get()) - moved as f64;
                scroll_to(layout.top_of(row.max(0.0), height.get()));
            });
        }
        dropped
    });
    let reveal = move |line: usize| {
        untrack(|| {
            let (begin, fits) = (layout.offset(line) as f64, height.get() / ROW);
            let now = layout.row_at(top.get(), height.get());
            if begin < now || begin > now + fits - 1.0 {
                scroll_to(layout.top_of(begin - fits / 2.0, height.get()));
            }
        });
    };
    // Goes to the line of the address.
    Effect::new(move || {
        if let Some(number) = target.get() {
            view.follow.set(false);
            reveal(untrack(|| layout.line_of(number)));
        }
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
        if by_hand && view.follow.get_untracked() && now < bottom - ROW && now < top.get_untracked() - 1.0 {
            view.follow.set(false);
            unseen_from.set(end.get_untracked());
        } else if by_hand && !view.follow.get_untracked() && now >= bottom - 2.0 && bottom > 0.0 && now > top.get_untracked() {
            view.follow.set(true);
        }
        top.set(now);
    };
    let window = Memo::new(move |_| {
        let (rows, height, all) = (layout.rows(), height.get(), layout.len());
        let fits = height / ROW;
        let (first, last, hidden) = if at_end.get() {
            (layout.line(rows.saturating_sub(fits.ceil() as u64)), all, 0.0)
        } else {
            let row = layout.row_at(top.get(), height);
            let first = layout.line(row as u64);
            (first, layout.line((row + fits).ceil() as u64) + 1, (row - layout.offset(first) as f64) * ROW)
        };
        Window { first, count: last.min(all).saturating_sub(first), hidden }
    });
    Effect::new(move || {
        let first = window.with(|window| window.first);
        view.top.set(layout.number(first).unwrap_or_default());
    });
    // Goes to the match that somebody looks for, which may end the following.
    Effect::new(move || {
        view.sought.track();
        untrack(|| {
            let Some(number) = view.matches.with(|matches| matches.get(view.current.get()).copied()) else { return };
            let line = layout.line_of(number);
            let Window { first, count, .. } = window.get();
            if !(first..first + count).contains(&line) {
                view.follow.set(false);
            }
            if !view.follow.get() {
                reveal(line);
            }
        });
    });
    let lines = move || {
        view.revision.track();
        let Window { first, count, .. } = window.get();
        let query = view.query.with(|query| search::folded(query));
        let times = show_times.get();
        let current = view.matches.with(|matches| matches.get(view.current.get()).copied());
        let target = target.get();
        // Of the line before; the first one in view says it in any case.
        let mut today = None;
        view.read(|buffer| {
            (first..first + count)
                .filter_map(|line| {
                    let number = layout.number(line)?;
                    let line = buffer.get(number.checked_sub(buffer.dropped())?)?;
                    let day = output::day(line.time).filter(|(day, _)| times && today.replace(*day) != Some(*day)).map(|(_, text)| text);
                    let is_current = current == Some(number) && !query.is_empty();
                    Some(line_view(line, Look { has_time: times, day, query: &query, is_current, is_target: target == Some(number) }))
                })
                .collect_view()
        })
    };
    // Those in the document are measured before they are painted: another font, or a tab, takes other room.
    let measuring = Rc::<NextFrame>::default();
    Effect::new(move || {
        view.revision.track();
        window.track();
        // Nothing is laid out that nobody sees.
        if layout.is_wrapped() && !browser::is_hidden() {
            measuring.ask(move || {
                let Some(lines) = lines_node.try_get_untracked().flatten() else { return };
                let Window { first, count, .. } = window.get_untracked();
                let rows = |line: web_sys::Element| (line.get_bounding_client_rect().height() / ROW).round().max(1.0) as u64;
                layout.correct(first, place::children(&lines).into_iter().take(count).map(rows));
            });
        }
    });
    let note = move || {
        view.revision.track();
        let (dropped, length) = view.read(|buffer| (buffer.dropped(), buffer.entries()));
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
                    <button
                        type="button"
                        class="link"
                        disabled=move || !(is_there.get() && store().is_live())
                        on:click=move |_| {
                            opened.set_value(Some(untrack(|| browser::clocks().engine_now())));
                            unseen_from.set(0);
                            load_all.run(());
                        }
                    >
                        {t().log_load_all()}
                    </button>
                </div>
            }
            .into_any()
        })
    };
    // Of those that are shown.
    let unseen = Memo::new(move |_| {
        let (from, lines) = (unseen_from.get(), layout.len());
        // As long as nothing new has come, all that comes is old.
        if view.follow.get() || opened.with_value(Option::is_some) { 0 } else { lines.saturating_sub(layout.line_of(from)) }
    });
    let label = move || row.with(|row| t().logs_of(&row.name));
    let is_empty = Memo::new(move |_| layout.len() == 0 && view.query.with(String::is_empty) && view.problem.with(Option::is_none));
    let has_lines = Memo::new(move |_| {
        view.revision.track();
        view.read(|buffer| buffer.len() > 0)
    });
    let ends_here = Memo::new(move |_| {
        let Window { first, count, .. } = window.get();
        is_over.get() && first + count == layout.len()
    });
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
                <div class="log-space" style:height=move || px(layout.height())>
                    <div class="log-rows">
                        <div class="log-lines" node_ref=lines_node style:--hidden=move || px(window.get().hidden)>
                            {lines}
                            {move || ends_here.get().then(|| view! { <div class="log-note" role="note">{t().log_ended()}</div> })}
                        </div>
                        <div class="log-probe" aria-hidden="true" node_ref=probe>
                            {move || show_times.get().then(|| view! { <span class="lt-time">"00:00:00.000"</span> })}
                            <span class="lt-stream"></span>
                            <span class="lt-text"><span>"0000000000"</span></span>
                        </div>
                    </div>
                </div>
            </div>
            {move || (unseen.get() > 0).then(|| view! {
                <button type="button" class="follow-pill" on:click=move |_| view.follow.set(true)>
                    <Glyph icon=Icon::ArrowDown/>{move || t().new_lines(unseen.get())}
                </button>
            })}
            {move || is_empty.get().then(|| match has_lines.get() {
                true => view! { <StateView title=t().log_empty_title() text=t().log_other_stream()/> },
                false => view! { <StateView title=t().log_empty_title() text=t().log_empty_text()/> },
            })}
            <div class="vh">{move || t().log_lines(layout.len())}</div>
        </div>
    }
}

/// How many characters fit beside each other in a line whose text is ten characters.
fn columns_of(probe: &HtmlElement) -> Option<usize> {
    let text = probe.query_selector(".lt-text").ok()??;
    let ten = text.first_element_child()?.get_bounding_client_rect().width();
    let columns = (text.get_bounding_client_rect().width() / ten * 10.0 + 0.01).floor();
    (columns >= 1.0).then_some(columns as usize)
}
