//! A text file while it is changed: line ends, which a browser's field has only one of, and what somebody else changed.

/// How the lines of a file end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineEnd {
    Lf,
    CrLf,
}

impl LineEnd {
    /// `None`: not all alike, and a field would make them so.
    pub fn of(text: &str) -> Option<Self> {
        match (text.matches("\r\n").count(), text.matches('\r').count(), text.matches('\n').count()) {
            (_, 0, _) => Some(Self::Lf),
            (pairs, returns, feeds) if pairs == returns && pairs == feeds => Some(Self::CrLf),
            _ => None,
        }
    }

    /// As a field has it.
    pub fn taken_from(self, text: &str) -> String {
        if self == Self::CrLf { text.replace("\r\n", "\n") } else { text.to_owned() }
    }

    pub fn put_into(self, text: &str) -> String {
        if self == Self::CrLf { text.replace('\n', "\r\n") } else { text.to_owned() }
    }
}

/// The lines from the first to the last that differ, as they are now.
#[derive(Debug, PartialEq, Eq)]
pub struct Changed {
    /// The number of the first.
    pub first: usize,
    pub lines: Vec<String>,
    /// How many stood there before.
    pub before: usize,
}

pub fn changed(before: &str, now: &str) -> Changed {
    let (before, now): (Vec<&str>, Vec<&str>) = (before.split('\n').collect(), now.split('\n').collect());
    let same = before.iter().zip(&now).take_while(|(a, b)| a == b).count();
    let rest = before.len().min(now.len()) - same;
    let tail = before.iter().rev().zip(now.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let lines = now[same..now.len() - tail].iter().map(|line| (*line).to_owned()).collect();
    Changed { first: same + 1, lines, before: before.len() - tail - same }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn line_ends_come_back() {
        for (text, end) in [("a\nb\n", Some(LineEnd::Lf)), ("", Some(LineEnd::Lf)), ("a\r\nb\r\n", Some(LineEnd::CrLf))] {
            assert_eq!(LineEnd::of(text), end);
            let end = end.unwrap();
            assert_eq!(end.put_into(&end.taken_from(text)), text);
        }
        assert_eq!((LineEnd::of("a\r\nb\n"), LineEnd::of("a\rb"), LineEnd::of("a\r\r\n")), (None, None, None));
    }

    #[wasm_bindgen_test]
    fn what_changed_is_a_span_of_lines() {
        let of = |before, now| {
            let Changed { first, lines, before } = changed(before, now);
            (first, lines, before)
        };
        assert_eq!(of("a\nb\nc", "a\nx\ny\nc"), (2, vec!["x".into(), "y".into()], 1));
        assert_eq!(of("a\nb\nc", "a\nc"), (2, vec![], 1));
        assert_eq!(of("a\na", "a\na\na"), (3, vec!["a".into()], 0));
        assert_eq!(of("", "a"), (1, vec!["a".into()], 1));
    }
}
