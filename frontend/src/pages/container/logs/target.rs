//! The line that the address names: `?at=` and its time.

use leptos::prelude::*;

use super::View;
use crate::{address::query, log::buffer::Time};

/// Lines of so many seconds before it are loaded, too.
const CONTEXT: i64 = 60;

/// The time in the address.
pub fn of_address() -> Memo<Option<Time>> {
    let query = query();
    Memo::new(move |_| parse(&query.with(|query| query.get("at"))?))
}

/// From where on the log has to be read to show the line and what came before it.
pub fn begin((seconds, _): Time) -> Time {
    ((seconds - CONTEXT).max(0), 0)
}

/// The number (dropped lines included) of the first line of that time, once it is loaded.
pub fn line(view: View, wanted: Memo<Option<Time>>) -> ReadSignal<Option<usize>> {
    let (found, set_found) = signal(None);
    Effect::new(move |before: Option<(Option<Time>, usize)>| {
        view.revision.track();
        let wanted = wanted.get();
        let (dropped, length) = view.read(|buffer| (buffer.dropped(), buffer.len()));
        let from = match before {
            Some((asked, upto)) if asked == wanted && upto <= dropped + length => upto.max(dropped),
            _ => {
                set_found.set(None);
                dropped
            }
        };
        if wanted.is_some() && found.with_untracked(Option::is_none) {
            let at = view.read(|buffer| buffer.iter_from(from - dropped).position(|line| line.time == wanted));
            if let Some(at) = at {
                set_found.set(Some(from + at));
            }
        }
        (wanted, dropped + length)
    });
    found
}

/// RFC 3339 with up to nine digits of a second.
fn parse(text: &str) -> Option<Time> {
    let milliseconds = js_sys::Date::parse(text);
    let nanoseconds = text.split_once('.').map_or("", |(_, rest)| rest);
    let digits: String = nanoseconds.chars().take_while(char::is_ascii_digit).take(9).collect();
    let nanoseconds = if digits.is_empty() { 0 } else { format!("{digits:0<9}").parse().ok()? };
    milliseconds.is_finite().then(|| ((milliseconds / 1000.0).floor() as i64, nanoseconds))
}
