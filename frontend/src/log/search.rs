//! Finds text in lines, whatever its case and whatever colours are in between.

use std::ops::Range;

use super::ansi;

/// As texts are compared.
pub fn folded(text: &str) -> String {
    text.chars().flat_map(fold).collect()
}

/// Letter by letter, whatever stands beside it: a Greek sigma is another one at the end of a word.
fn fold(char: char) -> impl Iterator<Item = char> {
    char.to_lowercase().map(|char| if char == 'ς' { 'σ' } else { char })
}

/// Whether a line has `needle` in it, which is [`folded`]. Cheap for lines of ASCII without escapes, which are most.
pub fn is_match(line: &[u8], needle: &str) -> bool {
    if needle.is_empty() {
        return false;
    }
    if line.is_ascii() && memchr::memchr2(0x1b, b'\r', line).is_none() {
        return find_ascii(line, needle.as_bytes()).is_some();
    }
    memchr::memmem::find(folded(&ansi::plain(line)).as_bytes(), needle.as_bytes()).is_some()
}

/// How many characters stand before the first match.
pub fn place(line: &[u8], needle: &str) -> Option<usize> {
    let text = ansi::plain(line);
    let first = matches(&text, needle).next()?;
    Some(text.get(..first.start)?.chars().count())
}

/// Where `needle`, which is [`folded`], stands in a text: ranges that do not overlap, in order.
pub fn matches(text: &str, needle: &str) -> impl Iterator<Item = Range<usize>> {
    // Letters may have another length in the other case: of each byte of the folded text, where its letter begins.
    let mut lower = String::with_capacity(text.len());
    let mut begins = Vec::with_capacity(text.len() + 1);
    for (at, char) in text.char_indices() {
        lower.extend(fold(char));
        begins.resize(lower.len(), at);
    }
    begins.push(text.len());
    let needle = needle.to_owned();
    let mut from = 0;
    std::iter::from_fn(move || {
        if needle.is_empty() {
            return None;
        }
        let begin = from + memchr::memmem::find(lower.as_bytes().get(from..)?, needle.as_bytes())?;
        from = begin + needle.len();
        // A part of a letter is the whole of it.
        let start = *begins.get(begin)?;
        let end = begins.get(from..)?.iter().copied().find(|end| *end > start).unwrap_or(start);
        Some(start..end)
    })
}

/// `needle` is in lower case.
fn find_ascii(line: &[u8], needle: &[u8]) -> Option<usize> {
    let (first, rest) = needle.split_first()?;
    let mut at = 0;
    while let Some(found) = memchr::memchr2(*first, first.to_ascii_uppercase(), line.get(at..)?) {
        let begin = at + found;
        let tail = line.get(begin + 1..begin + 1 + rest.len())?;
        if tail.eq_ignore_ascii_case(rest) {
            return Some(begin);
        }
        at = begin + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn case_and_colours_do_not_matter() {
        assert!(is_match(b"An Error here", "error"));
        assert!(is_match(b"an e\x1b[31mrr\x1b[0mor", "error"));
        assert!(!is_match(b"an err", "error"));
        // What was written over is not there.
        assert!(is_match(b"10%\r100%", "100") && !is_match(b"begun\rended", "begun"));
        assert!(!is_match(b"anything", ""));
        assert_eq!(place("é\x1b[31mx\x1b[0mEnd".as_bytes(), "end"), Some(2));
        assert_eq!(place(b"x", "end"), None);
    }

    #[wasm_bindgen_test]
    fn every_script_has_its_case() {
        for (text, asked) in
            [("ОШИБКА в модуле", "ошибка"), ("Größe ÄÖÜ", "äöü"), ("ΣΊΣΥΦΟΣ", "σίσυφος"), ("İstanbul", "i̇stanbul"), ("𐐀𐐁", "𐐨𐐩")]
        {
            assert!(is_match(text.as_bytes(), &folded(asked)), "{text}");
            assert!(matches(text, &folded(asked)).next().is_some(), "{text}");
        }
        // Ranges are those of the text itself.
        let text = "aİbİb!";
        let found: Vec<&str> = matches(text, "b").map(|range| &text[range]).collect();
        assert_eq!(found, ["b", "b"]);
        let text = "x ABA aba";
        assert_eq!(matches(text, "aba").collect::<Vec<_>>(), [2..5, 6..9]);
    }
}
