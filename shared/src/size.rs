//! Sizes and shares of a processor, as the docker CLI reads and people write them.

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

#[cfg(test)]
mod tests {
    use super::*;

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
