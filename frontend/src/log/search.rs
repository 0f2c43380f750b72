//! Finds text in lines, whatever its case (ASCII) and whatever colours are in between.

use super::ansi;

/// Whether a line has `needle` in it, which is in lower case. Cheap for lines without escapes, which are most.
pub fn is_match(line: &[u8], needle: &str) -> bool {
    if needle.is_empty() {
        return false;
    }
    if memchr::memchr(0x1b, line).is_none() {
        return find(line, needle.as_bytes(), 0).is_some();
    }
    find(ansi::plain(line).as_bytes(), needle.as_bytes(), 0).is_some()
}

/// How many characters stand before the first match.
pub fn place(line: &[u8], needle: &str) -> Option<usize> {
    let text = ansi::plain(line);
    let at = find(text.as_bytes(), needle.as_bytes(), 0)?;
    Some(text.get(..at)?.chars().count())
}

/// The next place of `needle` (lower case) at or after `from`.
pub fn find(line: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    let (first, rest) = needle.split_first()?;
    let mut at = from;
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
    use super::*;

    #[test]
    fn case_and_colours_do_not_matter() {
        assert!(is_match(b"An Error here", "error"));
        assert!(is_match(b"an e\x1b[31mrr\x1b[0mor", "error"));
        assert!(!is_match(b"an err", "error"));
        assert!(!is_match(b"anything", ""));
        assert_eq!(find(b"aab", b"ab", 0), Some(1));
        assert_eq!(place("é\x1b[31mx\x1b[0mEnd".as_bytes(), "end"), Some(2));
        assert_eq!(place(b"x", "end"), None);
    }
}
