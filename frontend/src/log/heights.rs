//! How many rows lines take, and where each begins. Rows are counted from the first line that was ever there, so that nothing
//! is counted anew when the oldest lines are dropped.

use std::collections::VecDeque;

#[derive(Default)]
pub struct Heights {
    /// Of each line the row behind its last one.
    ends: VecDeque<u64>,
    begin: u64,
}

impl Heights {
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn push(&mut self, rows: usize) {
        self.ends.push_back(self.last() + rows as u64);
    }

    pub fn drop_oldest(&mut self, lines: usize) {
        for end in self.ends.drain(..lines.min(self.ends.len())) {
            self.begin = end;
        }
    }

    /// Rows of the lines that were dropped.
    pub fn dropped(&self) -> u64 {
        self.begin
    }

    /// Of all lines.
    pub fn rows(&self) -> u64 {
        self.last() - self.begin
    }

    /// The row at which a line begins; behind the last line, how many rows there are.
    pub fn offset(&self, line: usize) -> u64 {
        let before = line.min(self.ends.len()).checked_sub(1);
        before.and_then(|before| self.ends.get(before)).map_or(0, |end| end - self.begin)
    }

    /// The line that a row belongs to, or the one behind the last.
    pub fn line(&self, row: u64) -> usize {
        self.ends.partition_point(|end| *end - self.begin <= row)
    }

    /// Lines from `first` on take so many rows each; whether that is other than was thought.
    pub fn correct(&mut self, first: usize, rows: impl Iterator<Item = u64>) -> bool {
        let mut rows = rows.fuse();
        let (mut before, mut shifted, mut differs) = (self.begin + self.offset(first), self.begin + self.offset(first), false);
        for end in self.ends.iter_mut().skip(first) {
            let thought = *end - before;
            let next = rows.next();
            if next.is_none() && before == shifted {
                break;
            }
            before = *end;
            shifted += next.unwrap_or(thought);
            differs |= next.is_some_and(|next| next != thought);
            *end = shifted;
        }
        differs
    }

    fn last(&self) -> u64 {
        self.ends.back().copied().unwrap_or(self.begin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn rows_lead_to_lines_and_back() {
        let mut heights = Heights::default();
        [1, 3, 1, 2].into_iter().for_each(|rows| heights.push(rows));
        assert_eq!((0..=4).map(|line| heights.offset(line)).collect::<Vec<_>>(), [0, 1, 4, 5, 7]);
        assert_eq!((0..8).map(|row| heights.line(row)).collect::<Vec<_>>(), [0, 1, 1, 1, 2, 3, 3, 4]);
        heights.drop_oldest(2);
        assert_eq!((heights.len(), heights.rows(), heights.offset(1), heights.line(1)), (2, 3, 1, 1));
        assert!(heights.correct(0, [4].into_iter()) && !heights.correct(0, [4, 2].into_iter()));
        assert_eq!((heights.rows(), heights.offset(1), heights.offset(2)), (6, 4, 6));
        heights.drop_oldest(2);
        heights.push(2);
        assert_eq!((heights.rows(), heights.offset(0), heights.line(1), heights.line(2)), (2, 0, 0, 1));
    }
}
