//! Lines of a container's output as text: colours, matches, times. Never markup.

use leptos::prelude::*;

use crate::{
    address::at,
    i18n::{bytes, t},
    log::{
        Buffer, Stream,
        ansi::{self, Colour, Piece, Style},
        buffer::{Line, Time},
        search,
    },
};

/// Characters before a match in a long line.
const CONTEXT: usize = 60;

/// A line as it is shown. `query` is in lower case, `current` the match that somebody is at, `target` the line that the
/// address names.
pub fn line_view(line: Line<'_>, times: bool, query: &str, current: bool, target: bool) -> AnyView {
    // Of a long line the part around the match that somebody is at.
    let place = if current && line.text.len() > ansi::SHOWN { search::place(line.text, query) } else { None };
    let before = place.filter(|place| *place >= ansi::SHOWN).map_or(0, |place| place - CONTEXT);
    let (pieces, cut) = ansi::pieces_from(line.text, before, ansi::SHOWN);
    let time = line.time.filter(|_| times);
    let stream = match line.stream {
        Stream::Gap => return view! { <div class="log-note" role="note">{t().log_gap()}</div> }.into_any(),
        Stream::Stderr => "err",
        Stream::Stdout | Stream::Terminal => "out",
    };
    view! {
        <div class="log-row" class:is-target=current aria-current=target.then_some("true") data-stream=stream>
            // Leads to this line, also for somebody else. Not a stop of the Tab key: there are as many as lines.
            {time.map(|time| view! {
                <a class="lt-time" href=at(&format!("?at={}", iso(time))) tabindex="-1" title=iso(time)>
                    <time datetime=iso(time)>{clock(time)}</time>
                </a>
            })}
            {(stream == "err").then(|| view! { <span class="lt-stream">{t().stream_stderr()}</span> })}
            <span class="lt-text">
                {(before > 0).then(|| view! { <span class="t3">{t().log_cut_before(before)}</span> })}
                {marked(pieces, query, current)}
                {(cut > 0).then(|| view! { <span class="t3">{t().log_cut(&bytes(cut as f64))}</span> })}
            </span>
        </div>
    }
    .into_any()
}

/// All lines as they came, each behind its time if it has one: what a download holds.
pub fn whole_text(buffer: &Buffer) -> Vec<u8> {
    let mut text = Vec::new();
    for line in buffer.iter_from(0).filter(|line| line.stream != Stream::Gap) {
        if let Some(time) = line.time {
            text.extend(iso(time).bytes());
            text.push(b' ');
        }
        text.extend_from_slice(line.text);
        text.push(b'\n');
    }
    text
}

fn iso((seconds, nanoseconds): Time) -> String {
    let date = js_sys::Date::new(&((seconds * 1000) as f64).into());
    let text: String = date.to_iso_string().into();
    format!("{}.{nanoseconds:09}Z", text.get(..19).unwrap_or_default())
}

/// The reader's own time of day.
fn clock((seconds, nanoseconds): Time) -> String {
    let date = js_sys::Date::new(&((seconds * 1000) as f64).into());
    format!("{:02}:{:02}:{:02}.{:03}", date.get_hours(), date.get_minutes(), date.get_seconds(), nanoseconds / 1_000_000)
}

fn marked(pieces: Vec<Piece>, query: &str, current: bool) -> Vec<AnyView> {
    let whole: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
    let mut hits = Vec::new();
    let mut from = 0;
    while !query.is_empty()
        && let Some(at) = search::find(whole.as_bytes(), query.as_bytes(), from)
    {
        hits.push((at, at + query.len()));
        from = at + query.len();
    }
    let mut views = Vec::new();
    let mut begin = 0;
    for piece in pieces {
        let end = begin + piece.text.len();
        let mut cuts = vec![begin, end];
        cuts.extend(hits.iter().flat_map(|(from, to)| [*from, *to]).filter(|cut| *cut > begin && *cut < end));
        cuts.sort_unstable();
        for pair in cuts.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            let Some(text) = whole.get(from..to).filter(|text| !text.is_empty()) else { continue };
            let hit = hits.iter().any(|(hit_from, hit_to)| from >= *hit_from && to <= *hit_to);
            views.push(styled(text.to_owned(), &piece.style, hit, current));
        }
        begin = end;
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
