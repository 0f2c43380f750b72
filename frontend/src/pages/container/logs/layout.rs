//! Where lines stand: one row each, or where they are wrapped as many as their characters fill, until they were measured.

use std::collections::VecDeque;

use leptos::prelude::*;

use super::{Filter, View};
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
    /// Rows of all lines, and how often anything of them has changed.
    rows: Memo<(u64, u64)>,
}

/// What the heights are those of.
#[derive(Default)]
struct Laid {
    columns: Option<usize>,
    filter: Option<Filter>,
    /// The numbers of the lines, dropped ones included, where some are left out.
    numbers: VecDeque<usize>,
    dropped: usize,
    /// Characters of each line, where lines are wrapped.
    widths: VecDeque<u32>,
    heights: Heights,
    changes: u64,
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
                view.filtered(filter.as_ref(), |numbers| view.read(|buffer| laid.follow(buffer, columns, filter.clone(), numbers)));
                (laid.heights.rows(), laid.changes)
            });
            let (rows, changes) = rows.unwrap_or_default();
            (rows + more(), changes)
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
        self.rows.get().0
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
    pub fn number(&self, line: usize) -> Option<usize> {
        self.read(|laid| if laid.filter.is_some() { laid.numbers.get(line).copied() } else { Some(laid.dropped + line) })
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

    /// So many characters fit beside each other, `None` where lines are not wrapped. Whether that is another number.
    pub fn set_columns(&self, columns: Option<usize>) -> bool {
        let differs = self.columns.get_untracked() != columns;
        if differs {
            self.columns.set(columns);
        }
        differs
    }

    pub fn is_wrapped(&self) -> bool {
        self.columns.get().is_some()
    }

    /// Takes the rows that lines from `first` on were measured to have.
    pub fn correct(&self, first: usize, measured: impl Iterator<Item = u64>) {
        let differs = self.laid.try_update_value(|laid| {
            let differs = laid.heights.correct(first, measured);
            laid.changes += u64::from(differs);
            differs
        });
        if differs == Some(true) {
            self.corrected.update(|corrected| *corrected += 1);
        }
    }
}

impl Laid {
    /// Lays what is new of the lines, or all of them where something else has changed.
    fn follow(&mut self, buffer: &Buffer, columns: Option<usize>, filter: Option<Filter>, matches: &[usize]) {
        let (dropped, kept) = (buffer.dropped(), buffer.len());
        let goes_on = self.columns.is_some() == columns.is_some()
            && self.filter == filter
            && self.dropped <= dropped
            && match &filter {
                Some(_) => self.numbers.back().is_none_or(|last| *last < dropped || matches.binary_search(last).is_ok()),
                None => self.dropped + self.heights.len() <= dropped + kept,
            };
        if !goes_on {
            *self = Self { columns, filter, dropped, changes: self.changes + 1, ..Self::default() };
        } else if self.columns != columns {
            // Counted once, at whatever width.
            self.columns = columns;
            self.changes += 1;
            self.heights = Heights::default();
            for width in &self.widths {
                self.heights.push(rows_of(*width, columns));
            }
        }
        let gone = if self.filter.is_some() { self.numbers.partition_point(|number| *number < dropped) } else { dropped - self.dropped };
        let gone = gone.min(self.heights.len());
        self.heights.drop_oldest(gone);
        self.widths.drain(..gone.min(self.widths.len()));
        self.dropped = dropped;
        let before = self.heights.len();
        if self.filter.is_some() {
            self.numbers.drain(..gone);
            let from = self.numbers.back().map_or(0, |last| matches.partition_point(|number| number <= last));
            for number in matches.iter().skip(from).filter(|number| **number >= dropped) {
                if let Some(line) = buffer.get(number - dropped) {
                    self.numbers.push_back(*number);
                    self.push(line);
                }
            }
        } else {
            buffer.iter_from(before).for_each(|line| self.push(line));
        }
        self.changes += u64::from(gone > 0 || self.heights.len() > before);
    }

    fn push(&mut self, line: Line<'_>) {
        let width = match self.columns {
            Some(_) if line.stream != Stream::Gap => ansi::columns(line.text) as u32,
            _ => 0,
        };
        if self.columns.is_some() {
            self.widths.push_back(width);
        }
        self.heights.push(rows_of(width, self.columns));
    }
}

/// Of a line of so many characters.
fn rows_of(width: u32, columns: Option<usize>) -> usize {
    columns.map_or(1, |columns| (width as usize).div_ceil(columns).max(1))
}
