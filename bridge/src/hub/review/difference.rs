//! Two versions of a file side by side. Pure, but for the crate that finds what differs.

use std::time::Duration;

use linkspan_shared::review::{DiffLine, Hunk, Span};
use similar::{ChangeTag, DiffOp, DiffTag, TextDiff};

/// Lines around those that differ.
const AROUND: usize = 3;
/// Longer the best difference is not looked for: a worse one is true, too.
const PATIENCE: Duration = Duration::from_millis(50);
/// Lines of a place that was replaced whose words are told apart.
const WORDS: usize = 400;
/// Lines that are told.
const LINES: usize = 5_000;

/// What is text in both.
pub fn hunks(before: &str, after: &str) -> Vec<Hunk> {
    let diff = TextDiff::configure().timeout(PATIENCE).diff_lines(before, after);
    let mut told = 0;
    let groups = diff.grouped_ops(AROUND);
    let hunks = groups.iter().map_while(|group| {
        let first = group.first()?;
        let (old, new) = (first.old_range().start as u64 + 1, first.new_range().start as u64 + 1);
        // Of two texts that have nothing in common all words differ: they are told apart where there are not too many.
        let lines_of = |op: &DiffOp| -> Vec<DiffLine> {
            let is_large = op.old_range().len() + op.new_range().len() > WORDS;
            match is_large || op.tag() != DiffTag::Replace {
                true => diff.iter_changes(op).take(LINES).map(|change| plain(&change)).collect(),
                false => diff.iter_inline_changes(op).map(|change| line(&change)).collect(),
            }
        };
        let lines: Vec<DiffLine> = group.iter().flat_map(lines_of).take(LINES).collect();
        told += lines.len();
        (told <= LINES || told == lines.len()).then_some(Hunk { before: old, after: new, lines: lines.into_iter().take(LINES).collect() })
    });
    hunks.collect()
}

fn plain(change: &similar::Change<&str>) -> DiffLine {
    let text = change.value().trim_end_matches(['\n', '\r']).to_owned();
    let spans = |text: String| if text.is_empty() { Vec::new() } else { vec![Span { text, changed: false }] };
    match change.tag() {
        ChangeTag::Equal => DiffLine::Same(text),
        ChangeTag::Delete => DiffLine::Removed(spans(text)),
        ChangeTag::Insert => DiffLine::Added(spans(text)),
    }
}

fn line(change: &similar::InlineChange<'_, str>) -> DiffLine {
    let spans = || {
        let spans =
            change.values().iter().map(|(changed, text)| Span { text: text.trim_end_matches(['\n', '\r']).to_owned(), changed: *changed });
        spans.filter(|span| !span.text.is_empty()).collect::<Vec<_>>()
    };
    match change.tag() {
        ChangeTag::Equal => DiffLine::Same(spans().into_iter().map(|span| span.text).collect()),
        ChangeTag::Delete => DiffLine::Removed(spans()),
        ChangeTag::Insert => DiffLine::Added(spans()),
    }
}

/// How many bytes are the same at the beginning, where they differ at all.
pub fn first_difference(before: &[u8], after: &[u8]) -> Option<u64> {
    let same = before.iter().zip(after).take_while(|(a, b)| a == b).count();
    (same < before.len().max(after.len())).then_some(same as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_that_changed_are_marked() {
        let hunks = hunks("one\ntimeout: 3000\nthree\n", "one\ntimeout: 5000\nthree\nfour\n");
        assert_eq!((hunks.len(), hunks[0].before, hunks[0].after), (1, 1, 1));
        let span = |text: &str, changed| Span { text: text.into(), changed };
        let DiffLine::Removed(removed) = &hunks[0].lines[1] else { panic!("{:?}", hunks[0].lines) };
        assert_eq!(removed.iter().filter(|span| span.changed).map(|span| span.text.as_str()).collect::<String>(), "3000");
        assert_eq!(hunks[0].lines[0], DiffLine::Same("one".into()));
        assert_eq!(hunks[0].lines.last(), Some(&DiffLine::Added(vec![span("four", false)])));
    }

    #[test]
    fn far_apart_are_two_and_the_numbers_are_right() {
        let before: String = (1..=40).map(|n| format!("{n}\n")).collect();
        let after = before.replace("\n5\n", "\nfive\n").replace("\n35\n", "\nthirty-five\n");
        let hunks = hunks(&before, &after);
        assert_eq!(hunks.iter().map(|hunk| (hunk.before, hunk.after, hunk.lines.len())).collect::<Vec<_>>(), [(2, 2, 8), (32, 32, 8)]);
        assert_eq!(super::hunks("", "new\n").len(), 1);
        assert!(super::hunks("same\n", "same\n").is_empty());
    }

    #[test]
    fn bytes_differ_from_somewhere_on() {
        assert_eq!(first_difference(b"abc", b"abd"), Some(2));
        assert_eq!(first_difference(b"abc", b"abcd"), Some(3));
        assert_eq!(first_difference(b"", b""), None);
    }
}
