//! The time in front of each log line, as engines write it with `timestamps`: RFC 3339, then a space. Docker writes UTC
//! with all nine digits of a second, Podman its host's offset and, before version 5, no digits at all.

/// Seconds and nanoseconds since 1970.
pub type Time = (i64, u32);

/// Bytes that it may take, the space included.
pub const LONGEST: usize = 36;

const SHAPE: &[u8] = b"0000-00-00T00:00:00";

/// The time, and what follows the space behind it.
pub fn split_time(bytes: &[u8]) -> Option<(Time, &[u8])> {
    let (head, rest) = bytes.split_at_checked(SHAPE.len())?;
    if !is_like(head, SHAPE) {
        return None;
    }
    let (nanoseconds, rest) = match rest {
        [b'.', rest @ ..] => {
            let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let (fraction, rest) = rest.split_at_checked(digits)?;
            if !(1..=9).contains(&digits) {
                return None;
            }
            (number(fraction, 0, digits) * 10_i64.pow(9 - digits as u32), rest)
        }
        rest => (0, rest),
    };
    let (offset, text) = match rest {
        [b'Z', b' ', text @ ..] => (0, text),
        [sign @ (b'+' | b'-'), rest @ ..] => {
            let (zone, text) = rest.split_at_checked(6)?;
            if !is_like(zone, b"00:00 ") {
                return None;
            }
            let seconds = number(zone, 0, 2) * 3600 + number(zone, 3, 5) * 60;
            (if *sign == b'+' { seconds } else { -seconds }, text)
        }
        _ => return None,
    };
    let days = days_from_civil(number(head, 0, 4), number(head, 5, 7), number(head, 8, 10));
    let seconds = days * 86_400 + number(head, 11, 13) * 3600 + number(head, 14, 16) * 60 + number(head, 17, 19) - offset;
    Some(((seconds, nanoseconds as u32), text))
}

fn is_like(bytes: &[u8], shape: &[u8]) -> bool {
    bytes.iter().zip(shape).all(|(byte, like)| match like {
        b'0' => byte.is_ascii_digit(),
        like => byte == like,
    })
}

fn number(digits: &[u8], from: usize, to: usize) -> i64 {
    digits.get(from..to).unwrap_or_default().iter().fold(0, |number, digit| number * 10 + i64::from(digit - b'0'))
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar (Hinnant, "chrono-compatible low-level date algorithms").
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        let ((seconds, nanoseconds), text) = split_time(b"2026-11-22T01:02:03.000000004Z hello").unwrap();
        assert_eq!((seconds, nanoseconds, text), (1_795_309_323, 4, &b"hello"[..]));
        let (east, text) = split_time(b"2026-11-22T10:02:03.000000004+09:00 hello").unwrap();
        assert_eq!((east, text), ((1_795_309_323, 4), &b"hello"[..]));
        assert_eq!(split_time(b"2026-11-21T23:32:03.000000004-01:30 ").unwrap().0, (1_795_309_323, 4));
        assert_eq!(split_time(b"1970-01-01T00:00:00.000000000Z ").unwrap().0, (0, 0));
        for wrong in
            ["hello", "2026-11-22 01:02:03.000000004Z hello", "2026-11-22T01:02:03.000000004+0900 x", "2026-11-22T01:02:03.000000004"]
        {
            assert!(split_time(wrong.as_bytes()).is_none(), "{wrong}");
        }
    }
}
