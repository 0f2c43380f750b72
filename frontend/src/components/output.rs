//! Lines of a container's output as text: colours, matches, times. Never markup.

use leptos::prelude::*;
use linkspan_shared::time::Timestamp;
use wasm_bindgen::JsCast;

use crate::{
    address::at,
    i18n::{bytes, date_of, t},
    log::{
        Buffer, Stream,
        ansi::{self, Colour, Piece, Style},
        buffer::{Line, Time},
        search,
    },
};

/// Characters before a match in a long line.
const CONTEXT: usize = 60;

/// How a line is shown.
#[derive(Default)]
pub struct Look<'a> {
    pub has_time: bool,
    /// The day that begins with it.
    pub day: Option<String>,
    /// What is marked in it; folded as texts are compared.
    pub query: &'a str,
    /// It has the match that somebody is at.
    pub is_current: bool,
    /// The address names it.
    pub is_target: bool,
}

pub fn line_view(line: Line<'_>, look: Look<'_>) -> AnyView {
    let Look { has_time, day, query, is_current, is_target } = look;
    // Of a long line the part around the match that somebody is at.
    let place = if is_current && line.text.len() > ansi::SHOWN { search::place(line.text, query) } else { None };
    let before = place.filter(|place| *place >= ansi::SHOWN).map_or(0, |place| place - CONTEXT);
    let (pieces, cut) = ansi::pieces_from(line.text, before, ansi::SHOWN);
    let time = line.time.filter(|_| has_time);
    // Some log drivers stamp what they do not know with the year 1.
    let (time, is_unknown) = (time.filter(|time| time.0 > 0), time.is_some_and(|time| time.0 <= 0));
    let stream = match line.stream {
        Stream::Gap => return view! { <div class="log-note" role="note" title=t().log_gap_why()>{t().log_gap()}</div> }.into_any(),
        Stream::Stderr => "err",
        Stream::Stdout | Stream::Terminal => "out",
    };
    let has_streams = line.stream != Stream::Terminal;
    view! {
        <div class="log-row" class:is-target=is_current aria-current=is_target.then_some("true") data-stream=stream data-day=day>
            // Leads to this line, also for somebody else. Not a stop of the Tab key: there are as many as lines.
            {time.map(|time| view! {
                <a class="lt-time" href=at(format!("?at={}", iso(time))) tabindex="-1" title=iso(time)>
                    <time datetime=iso(time)>{clock(time)}</time>
                </a>
            })}
            {is_unknown.then(|| view! { <span class="lt-time">{t().unknown()}</span> })}
            // A column of its own, also where it is empty: all texts begin at the same place.
            {has_streams.then(|| view! { <span class="lt-stream">{(stream == "err").then(|| t().stream_stderr())}</span> })}
            <span class="lt-text">
                {(before > 0).then(|| view! { <span class="t3">{t().log_cut_before(before)}</span> })}
                {marked(pieces, query, is_current)}
                {(cut > 0).then(|| view! { <span class="t3">{t().log_cut(&bytes(cut as f64))}</span> })}
            </span>
        </div>
    }
    .into_any()
}

/// All lines, byte for byte as they came, and each behind its time where that is asked for: what a download holds.
pub fn whole_text(buffer: &Buffer, times: bool) -> Vec<u8> {
    let mut text = Vec::new();
    for line in buffer.iter_from(0).filter(|line| line.stream != Stream::Gap) {
        if let Some(time) = line.time.filter(|_| times) {
            text.extend(iso(time).bytes());
            text.push(b' ');
        }
        text.extend_from_slice(line.text);
        text.extend_from_slice(line.ending.bytes());
    }
    text
}

/// Copies a line as a line: its time and its text are boxes of their own, between which browsers put line ends.
pub fn copy_lines(event: web_sys::ClipboardEvent) {
    let copied = || {
        let range = window().get_selection().ok().flatten()?.get_range_at(0).ok()?;
        let selected = range.clone_contents().ok()?;
        let rows = selected.query_selector_all(".log-row").ok()?;
        let words = |node: &web_sys::Node| {
            let parts = node.child_nodes();
            // Which output it was is said by Linkspan, not by the program.
            let is_said = |node: &web_sys::Node| {
                !node.dyn_ref::<web_sys::Element>().is_some_and(|element| element.class_list().contains("lt-stream"))
            };
            let parts = (0..parts.length()).filter_map(|at| parts.item(at)).filter(is_said).filter_map(|part| part.text_content());
            let parts = parts.filter(|text| !text.is_empty());
            parts.collect::<Vec<_>>().join(" ")
        };
        let lines: Vec<String> = match rows.length() {
            // A part of one: its text has boxes of its own for colours, which belong together.
            0 => {
                let around: Option<web_sys::Element> = range.common_ancestor_container().ok()?.dyn_into().ok();
                let is_row = around.is_some_and(|around| around.class_list().contains("log-row"));
                vec![if is_row { words(&selected) } else { selected.text_content()? }]
            }
            rows_selected => (0..rows_selected).filter_map(|at| rows.item(at)).map(|row| words(&row)).collect(),
        };
        event.clipboard_data()?.set_data("text/plain", &lines.join("\n")).ok()
    };
    if copied().is_some() {
        event.prevent_default();
    }
}

fn iso((seconds, nanoseconds): Time) -> String {
    let date = js_sys::Date::new(&((seconds * 1000) as f64).into());
    let text: String = date.to_iso_string().into();
    format!("{}.{nanoseconds:09}Z", text.get(..19).unwrap_or_default())
}

/// The reader's own day, whatever year 1 of some log drivers means.
pub fn day(time: Option<Time>) -> Option<(u32, String)> {
    let (seconds, _) = time.filter(|(seconds, _)| *seconds > 0)?;
    let date = js_sys::Date::new(&((seconds * 1000) as f64).into());
    // Enough to tell one from another.
    let number = (date.get_full_year() * 12 + date.get_month()) * 32 + date.get_date();
    Some((number, date_of(Timestamp(seconds * 1000))))
}

/// The reader's own time of day.
fn clock((seconds, nanoseconds): Time) -> String {
    let date = js_sys::Date::new(&((seconds * 1000) as f64).into());
    format!("{:02}:{:02}:{:02}.{:03}", date.get_hours(), date.get_minutes(), date.get_seconds(), nanoseconds / 1_000_000)
}

fn marked(pieces: Vec<Piece>, query: &str, current: bool) -> Vec<AnyView> {
    let whole: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
    let mut hits = search::matches(&whole, query).peekable();
    let mut views = Vec::new();
    let mut at = 0;
    let mut end = 0;
    for piece in pieces {
        end += piece.text.len();
        // Along both at once: each piece and each hit is looked at when its turn comes.
        while at < end {
            while hits.next_if(|hit| hit.end <= at).is_some() {}
            let (hit, to) = match hits.peek() {
                Some(hit) if hit.start <= at => (true, hit.end.min(end)),
                Some(hit) => (false, hit.start.min(end)),
                None => (false, end),
            };
            views.push(styled(whole.get(at..to).unwrap_or_default().to_owned(), &piece.style, hit, current));
            at = to;
        }
    }
    views
}

fn styled(text: String, style: &Style, hit: bool, current: bool) -> AnyView {
    let classes = classes(style);
    let rgb = |colour: Option<Colour>| match colour {
        Some(Colour::Rgb(red, green, blue)) => Some(format!("rgb({red} {green} {blue})")),
        _ => None,
    };
    let (foreground, background) = (rgb(style.foreground), rgb(style.background));
    let plain = classes.is_empty() && foreground.is_none() && background.is_none();
    let inner = if plain {
        text.into_any()
    } else {
        view! { <span class=classes style:color=foreground style:background-color=background>{text}</span> }.into_any()
    };
    if hit { view! { <mark class="hit" class:current=current>{inner}</mark> }.into_any() } else { inner }
}

fn classes(style: &Style) -> String {
    let mut classes = Vec::new();
    if let Some(Colour::Palette(index)) = style.foreground {
        classes.push(format!("a-fg{index}"));
    }
    if let Some(Colour::Palette(index)) = style.background {
        classes.push(format!("a-bg{index}"));
    }
    for (on, class) in [
        (style.bold, "a-bold"),
        (style.dim, "a-dim"),
        (style.italic, "a-italic"),
        (style.underline, "a-underline"),
        (style.inverse, "a-inverse"),
    ] {
        if on {
            classes.push(class.to_owned());
        }
    }
    classes.join(" ")
}
