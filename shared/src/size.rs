//! Sizes, shares of a processor and lengths of time, as the docker CLI reads and people write them.

/// `512m`: powers of 1024; a `b` at the end means nothing more.
pub fn size(text: &str) -> Option<u64> {
    let text = text.trim().to_ascii_lowercase();
    let text = text.trim_end_matches('b').trim_end_matches('i');
    let (number, factor) = match text.as_bytes().last()? {
        b'k' => (&text[..text.len() - 1], 1u64 << 10),
        b'm' => (&text[..text.len() - 1], 1 << 20),
        b'g' => (&text[..text.len() - 1], 1 << 30),
        _ => (text, 1),
    };
    let number: f64 = number.trim().parse().ok()?;
    Some((number * factor as f64) as u64).filter(|bytes| number.is_finite() && *bytes > 0)
}

pub fn size_text(bytes: u64) -> String {
    let whole = [(1u64 << 30, "g"), (1 << 20, "m"), (1 << 10, "k")].into_iter().find(|(unit, _)| bytes.is_multiple_of(*unit));
    whole.map_or_else(|| bytes.to_string(), |(unit, letter)| format!("{}{letter}", bytes / unit))
}

/// Of processors, in 10⁻⁹: `1.5` is 1,500,000,000. The Engine takes no less than a hundredth.
pub fn nano_cpus(text: &str) -> Option<u64> {
    let number: f64 = text.trim().replace(',', ".").parse().ok()?;
    (number >= 0.01 && number.is_finite()).then(|| (number * 1e9).round() as u64)
}

pub fn cpus_text(nano_cpus: u64) -> String {
    (nano_cpus as f64 / 1e9).to_string()
}

/// `1m30s`, `500ms`: nanoseconds. A number alone is seconds.
pub fn nanoseconds(text: &str) -> Option<u64> {
    let mut rest = text.trim();
    if let Ok(seconds) = rest.parse::<f64>() {
        return (seconds > 0.0 && seconds.is_finite()).then_some((seconds * 1e9) as u64);
    }
    let mut all = 0_u64;
    while !rest.is_empty() {
        let (number, unit) = rest.split_at(rest.find(|char: char| !char.is_ascii_digit() && char != '.')?);
        let (unit, after) = unit.split_at(unit.find(|char: char| char.is_ascii_digit()).unwrap_or(unit.len()));
        let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit)?;
        all = all.checked_add((number.parse::<f64>().ok()? * *factor as f64) as u64)?;
        rest = after;
    }
    (all > 0).then_some(all)
}

/// The longest first.
const UNITS: [(&str, u64); 7] =
    [("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000), ("µs", 1_000), ("ns", 1)];

pub fn nanoseconds_text(nanoseconds: u64) -> String {
    let (mut text, mut rest) = (String::new(), nanoseconds);
    for (name, factor) in UNITS.into_iter().filter(|(_, factor)| nanoseconds >= *factor) {
        if rest >= factor {
            text += &format!("{}{name}", rest / factor);
            rest %= factor;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_read_as_go_writes_them() {
        for (text, nano) in [
            ("30s", 30_000_000_000),
            ("1m30s", 90_000_000_000),
            ("1.5s", 1_500_000_000),
            ("500ms", 500_000_000),
            ("7", 7_000_000_000),
            ("1h1ns", 3_600_000_000_001),
        ] {
            assert_eq!(nanoseconds(text), Some(nano), "{text}");
            assert_eq!(nanoseconds(&nanoseconds_text(nano)), Some(nano), "{text}");
        }
        for text in ["", "0", "s", "1x", "-1s", "1m30", "soon"] {
            assert_eq!(nanoseconds(text), None, "{text}");
        }
    }

    #[test]
    fn limits_are_read_as_the_docker_cli_reads_them() {
        for (text, bytes) in [("512m", 512 << 20), ("1.5g", 3 << 29), ("64 MiB", 64 << 20), ("1024", 1024), ("8K", 8192), ("7b", 7)] {
            assert_eq!(size(text), Some(bytes), "{text}");
        }
        for text in ["m", "-1m", "a lot", "0", "1t", "", "0.5"] {
            assert_eq!(size(text), None, "{text}");
        }
        for bytes in [512 << 20, 3 << 29, 1024, 1000, 7] {
            assert_eq!(size(&size_text(bytes)), Some(bytes));
        }
        for (text, nano) in
            [("1.5", Some(1_500_000_000)), ("0,25", Some(250_000_000)), ("0.125", Some(125_000_000)), ("0", None), ("x", None)]
        {
            assert_eq!(nano_cpus(text), nano, "{text}");
            assert_eq!(nano.and_then(|nano| nano_cpus(&cpus_text(nano))), nano);
        }
    }
}
