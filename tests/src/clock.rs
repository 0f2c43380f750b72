//! Times as an engine writes them in front of log lines, without a library: the bridge reads them back with one.

/// `2026-11-22T01:02:03.000000000Z`
pub fn rfc3339(second: i64) -> String {
    let (days, rest) = (second.div_euclid(86_400), second.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.000000000Z", rest / 3600, rest / 60 % 60, rest % 60)
}

/// `2026-11-22T01:02:03.000000004Z`, in seconds and nanoseconds since 1970.
pub fn unix(time: &str) -> (i64, u32) {
    let number = |from: usize, to: usize| time.get(from..to).and_then(|digits| digits.parse::<i64>().ok()).expect("a time");
    let day = (number(0, 4), number(5, 7), number(8, 10));
    let days = (0..).find(|days| civil(*days) == day).expect("a day");
    let seconds = days * 86_400 + number(11, 13) * 3600 + number(14, 16) * 60 + number(17, 19);
    (seconds, number(20, 29) as u32)
}

/// Hinnant, "chrono-compatible low-level date algorithms", `civil_from_days`.
fn civil(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(month <= 2), month, doy - (153 * mp + 2) / 5 + 1)
}
