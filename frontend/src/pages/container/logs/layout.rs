//! Where lines stand: one row each, or where they are wrapped as many as their characters fill, until they were measured.

use std::collections::VecDeque;

use leptos::prelude::*;

use super::View;
use crate::log::{Buffer, Heights, Stream, ansi, buffer::Line};

/// Pixels of a row.
pub const ROW: f64 = 20.0;
/// Pixels that an element may have in every browser; what is higher is scrolled in proportion.
const TALLEST: f64 = 16_000_000.0;

#[derive(Clone, Copy)]
pub struct Layout {
    laid: StoredValue<Laid, LocalStorage>,
    /// Characters beside each other where lines are wrapped.
    columns: RwSignal<Option<usize>>,
    /// Counts what was measured otherwise than it was thought.
    corrected: RwSignal<u32>,
    rows: Memo<u64>,
}

/// What the heights are those of.
#[derive(Default)]
struct Laid {
    columns: Option<usize>,
    /// What all lines have to match.
    filter: Option<String>,
    /// The numbers of the lines, dropped ones included, where some are left out.
    numbers: VecDeque<usize>,
    dropped: usize,
    heights: Heights,
}

impl Layout {
    /// With `more` rows behind the last line.
    pub fn new(view: View, more: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        let laid = StoredValue::new_local(Laid::default());
        let (columns, corrected) = (RwSignal::new(None), RwSignal::new(0));
        let rows = Memo::new(move |_| {
            view.revision.track();
            corrected.track();
            let (columns, filter) = (columns.get(), view.filter());
            let rows = laid.try_update_value(|laid| {
                view.matches.with(|matches| view.read(|buffer| laid.follow(buffer, columns, filter, matches)));
                laid.heights.rows()
            });
            rows.unwrap_or_default() + more()
        });
        Self { laid, columns, corrected, rows }
    }

    fn read<T>(&self, look: impl FnOnce(&Laid) -> T) -> T {
        // Up to date, and told of changes.
        self.rows.get();
        self.laid.with_value(look)
    }

    /// Rows of all lines.
    pub fn rows(&self) -> u64 {
        self.rows.get()
    }

    /// Lines in all.
    pub fn len(&self) -> usize {
        self.read(|laid| laid.heights.len())
    }

    /// Pixels of all lines, as far as they are shown in proportion.
    pub fn height(&self) -> f64 {
        (self.rows() as f64 * ROW).min(TALLEST)
    }

    /// The row, and the part of it, at the top of a window that is scrolled so far.
    pub fn row_at(&self, top: f64, window: f64) -> f64 {
        let (all, shown) = (self.rows() as f64 * ROW - window, self.height() - window);
        if shown <= 0.0 { 0.0 } else { top / shown * all / ROW }
    }

    /// How far a window is scrolled in which a row is at the top.
    pub fn top_of(&self, row: f64, window: f64) -> f64 {
        let (all, shown) = (self.rows() as f64 * ROW - window, self.height() - window);
        if all <= 0.0 { 0.0 } else { (row * ROW).clamp(0.0, all) / all * shown }
    }

    /// The row at which a line begins.
    pub fn offset(&self, line: usize) -> u64 {
        self.read(|laid| laid.heights.offset(line))
    }

    /// The line that a row belongs to, or the one behind the last.
    pub fn line(&self, row: u64) -> usize {
        self.read(|laid| laid.heights.line(row))
    }

    /// The number of a line, dropped ones included.
    pub fn number(&self, line: usize) -> usize {
        self.read(|laid| if laid.filter.is_some() { laid.numbers.get(line).copied().unwrap_or_default() } else { laid.dropped + line })
    }

    /// Where the line of a number stands, or would.
    pub fn line_of(&self, number: usize) -> usize {
        self.read(|laid| {
            if laid.filter.is_some() { laid.numbers.partition_point(|other| *other < number) } else { number.saturating_sub(laid.dropped) }
        })
    }

    /// How many rows were dropped at the front so far.
    pub fn dropped(&self) -> u64 {
        self.read(|laid| laid.heights.dropped())
    }

    /// So many characters fit beside each other, `None` where lines are not wrapped.
    pub fn set_columns(&self, columns: Option<usize>) {
        if self.columns.get_untracked() != columns {
            self.columns.set(columns);
        }
    }

    pub fn is_wrapped(&self) -> bool {
        self.columns.get().is_some()
    }

    /// Takes the rows that lines from `first` on were measured to have.
    pub fn correct(&self, first: usize, measured: impl Iterator<Item = u64>) {
        let mut differs = false;
        self.laid.update_value(|laid| {
            for (line, rows) in (first..laid.heights.len()).zip(measured) {
                if laid.heights.of(line) != rows {
                    laid.heights.correct(line, rows);
                    differs = true;
                }
            }
        });
        if differs {
            self.corrected.update(|corrected| *corrected += 1);
        }
    }
}

impl Laid {
    /// Lays what is new of the lines, or all of them where something else has changed.
    fn follow(&mut self, buffer: &Buffer, columns: Option<usize>, filter: Option<String>, matches: &[usize]) {
        let (dropped, kept) = (buffer.dropped(), buffer.len());
        let goes_on = self.columns == columns
            && self.filter == filter
            && self.dropped <= dropped
            && match &filter {
                Some(_) => self.numbers.back().is_none_or(|last| *last < dropped || matches.binary_search(last).is_ok()),
                None => self.dropped + self.heights.len() <= dropped + kept,
            };
        if !goes_on {
            *self = Self { columns, filter, dropped, ..Self::default() };
        }
        let rows = |line: Line<'_>| match columns {
            Some(columns) if line.stream != Stream::Gap => ansi::columns(line.text).div_ceil(columns).max(1),
            _ => 1,
        };
        if self.filter.is_some() {
            let gone = self.numbers.partition_point(|number| *number < dropped);
            self.numbers.drain(..gone);
            self.heights.drop_oldest(gone);
            let from = self.numbers.back().map_or(0, |last| matches.partition_point(|number| number <= last));
            for number in matches.iter().skip(from).filter(|number| **number >= dropped) {
                self.numbers.push_back(*number);
                self.heights.push(buffer.get(number - dropped).map_or(1, rows));
            }
        } else {
            self.heights.drop_oldest(dropped - self.dropped);
            buffer.iter_from(self.heights.len()).for_each(|line| self.heights.push(rows(line)));
        }
        self.dropped = dropped;
    }
}
