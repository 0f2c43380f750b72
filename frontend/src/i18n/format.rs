//! Numbers, sizes and times, by the browser's Intl: it has the data of every language already.

use js_sys::{Array, Date, Intl};
use linkspan_shared::time::Timestamp;
use wasm_bindgen::{JsCast, JsValue};

use crate::browser::{clocks, follow_clock, options};

fn locales() -> Array {
    Array::of1(&JsValue::from_str(super::language().tag()))
}

fn number(value: f64, pairs: &[(&str, JsValue)]) -> String {
    let format = Intl::NumberFormat::new(&locales(), &options(pairs));
    format.format().call1(&JsValue::UNDEFINED, &value.into()).ok().and_then(|text| text.as_string()).unwrap_or_default()
}

pub fn count(value: usize) -> String {
    number(value as f64, &[])
}

/// `fraction`: from 0 to 1.
pub fn percent(fraction: f64) -> String {
    number(fraction, &[("style", "percent".into()), ("maximumFractionDigits", 0.into())])
}

/// `cpu` in hundredths of a percent of one core.
pub fn cpu(cpu: u64) -> String {
    number(cpu as f64 / 10_000.0, &[("style", "percent".into()), ("minimumFractionDigits", 1.into()), ("maximumFractionDigits", 1.into())])
}

/// As `docker stats` counts memory, in powers of 1024: the used part in the unit of `limit`, and the limit.
pub fn memory(used: u64, limit: Option<u64>) -> (String, Option<String>) {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let unit_of = |bytes: u64| (bytes.checked_ilog2().unwrap_or_default() / 10).min(4);
    let text = |bytes: u64, unit: u32| {
        let value = bytes as f64 / (1u64 << (unit * 10)) as f64;
        number(value, &[("maximumFractionDigits", i32::from(value < 9.95).into())])
    };
    let whole = |bytes: u64| format!("{} {}", text(bytes, unit_of(bytes)), UNITS[unit_of(bytes) as usize]);
    match limit {
        // In the same unit they compare at a glance, unless that makes nothing of the smaller one.
        Some(limit) if used >> (unit_of(limit) * 10) > 0 || used * 20 >= 1 << (unit_of(limit) * 10) => {
            (text(used, unit_of(limit)), Some(whole(limit)))
        }
        _ => (whole(used), limit.map(whole)),
    }
}

/// As the engine and its registries count: powers of 1000.
pub fn bytes(value: f64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let (mut value, mut unit) = (value, 0);
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    let digits = if unit == 0 || value >= 99.95 { 0 } else { 1 };
    let text = number(value, &[("minimumFractionDigits", 0.into()), ("maximumFractionDigits", digits.into())]);
    format!("{text} {}", UNITS[unit])
}

/// `3 min ago`, up to a week; then the date, of what the page's engine stamped. Stays true while time passes.
pub fn ago(time: Timestamp) -> String {
    ago_at(time, clocks().engine_now())
}

/// The same of what the bridge stamped.
pub fn ago_by_bridge(time: Timestamp) -> String {
    ago_at(time, clocks().bridge_now())
}

/// `now`: by the clock that stamped it.
pub fn ago_at(time: Timestamp, now: f64) -> String {
    follow_clock();
    let seconds = ((now - time.0 as f64) / 1000.0).max(0.0);
    let (value, unit) = match seconds {
        s if s < 45.0 => return super::t().just_now().to_owned(),
        s if s < 3600.0 => ((s / 60.0).max(1.0), "minute"),
        s if s < 86_400.0 => (s / 3600.0, "hour"),
        s if s < 7.0 * 86_400.0 => (s / 86_400.0, "day"),
        _ => return formatted(time, &[("year", "numeric".into()), ("month", "short".into()), ("day", "numeric".into())]),
    };
    let format = Intl::RelativeTimeFormat::new(&locales(), &options(&[("style", "narrow".into())]));
    format.format(-value.round(), unit).into()
}

/// How long a container has been up: `6 d 4 h`. Stays true while time passes.
pub fn uptime(since: Timestamp) -> String {
    follow_clock();
    let minutes = ((clocks().engine_now() - since.0 as f64) / 60_000.0).max(0.0) as u64;
    let (days, hours) = (minutes / 1_440, minutes / 60 % 24);
    let t = super::t();
    match minutes {
        0 => t.up_moment().to_owned(),
        1..60 => t.up_minutes(minutes),
        60..1_440 => t.up_hours(hours, minutes % 60),
        _ if days < 7 => t.up_days_hours(days, hours),
        _ => t.up_days(days),
    }
}

pub fn date_time(time: Timestamp) -> String {
    formatted(time, &[("dateStyle", "medium".into()), ("timeStyle", "medium".into())])
}

pub fn date_of(time: Timestamp) -> String {
    formatted(time, &[("dateStyle", "medium".into())])
}

pub fn clock(time: Timestamp) -> String {
    formatted(time, &[("hour", "2-digit".into()), ("minute", "2-digit".into()), ("second", "2-digit".into()), ("hourCycle", "h23".into())])
}

/// To the minute.
pub fn time_of_day(time: Timestamp) -> String {
    formatted(time, &[("hour", "2-digit".into()), ("minute", "2-digit".into()), ("hourCycle", "h23".into())])
}

fn formatted(time: Timestamp, pairs: &[(&str, JsValue)]) -> String {
    let date = Date::new(&(time.0 as f64).into());
    let format = Intl::DateTimeFormat::new(&locales(), &options(pairs));
    format.format().call1(&JsValue::UNDEFINED, date.unchecked_ref()).ok().and_then(|text| text.as_string()).unwrap_or_default()
}

/// How long something took.
pub fn duration(milliseconds: u64) -> String {
    match milliseconds {
        0..1000 => format!("{milliseconds} ms"),
        1000..60_000 => super::t().seconds(&number(milliseconds as f64 / 1000.0, &[("maximumFractionDigits", 1.into())])),
        _ => super::t().minutes_seconds(milliseconds / 60_000, milliseconds % 60_000 / 1000),
    }
}
