//! One table: a signal for each row, and one for the whole.

use std::collections::HashMap;

use leptos::prelude::*;
use linkspan_shared::table::{Row, TableChange};

pub struct Rows<R: Row + Send + Sync + 'static>
where
    R::Id: Send + Sync,
{
    /// A cell of a row follows the row alone.
    rows: StoredValue<HashMap<R::Id, ArcRwSignal<R>>>,
    /// Changes whenever any row does: what sorts, filters and counts follows this.
    revision: RwSignal<u64>,
    loaded: RwSignal<bool>,
}

impl<R: Row + Send + Sync> Clone for Rows<R>
where
    R::Id: Send + Sync,
{
    fn clone(&self) -> Self {
        *self
    }
}

impl<R: Row + Send + Sync> Copy for Rows<R> where R::Id: Send + Sync {}

impl<R: Row + Send + Sync> Rows<R>
where
    R::Id: Send + Sync,
{
    pub fn new() -> Self {
        Self { rows: StoredValue::new(HashMap::new()), revision: RwSignal::new(0), loaded: RwSignal::new(false) }
    }

    /// Follows everything.
    pub fn all(&self) -> Vec<R> {
        self.revision.track();
        self.rows.with_value(|rows| rows.values().map(|row| row.get_untracked()).collect())
    }

    pub fn fold<T>(&self, begin: T, mut each: impl FnMut(T, &R) -> T) -> T {
        self.revision.track();
        self.rows.with_value(|rows| rows.values().fold(begin, |folded, row| row.with_untracked(|row| each(folded, row))))
    }

    /// Follows one row, and whether it is there. Behind a memo: it looks again whenever the table changes.
    pub fn get(&self, id: &R::Id) -> Option<R> {
        // A row's own signal does not tell of its removal.
        self.revision.track();
        self.get_untracked(id)
    }

    pub fn get_untracked(&self, id: &R::Id) -> Option<R> {
        self.signal(id).map(|row| row.get_untracked())
    }

    pub fn signal(&self, id: &R::Id) -> Option<ArcRwSignal<R>> {
        self.rows.with_value(|rows| rows.get(id).cloned())
    }

    pub fn len(&self) -> usize {
        self.revision.track();
        self.rows.with_value(HashMap::len)
    }

    /// The first snapshot has come.
    pub fn is_loaded(&self) -> bool {
        self.loaded.get()
    }

    pub fn is_loaded_untracked(&self) -> bool {
        self.loaded.get_untracked()
    }

    pub fn apply(&self, change: TableChange<R>) {
        let changed = self.rows.try_update_value(|rows| match change {
            TableChange::Snapshot(snapshot) => {
                let before = rows.len();
                let kept: std::collections::HashSet<_> = snapshot.iter().map(|row| row.id().clone()).collect();
                rows.retain(|id, _| kept.contains(id));
                let removed = before != rows.len();
                snapshot.into_iter().fold(removed, |changed, row| upsert(rows, row) || changed)
            }
            TableChange::Delta { upserted, removed } => {
                let before = rows.len();
                removed.iter().for_each(|id| drop(rows.remove(id)));
                let changed = before != rows.len();
                upserted.into_iter().fold(changed, |changed, row| upsert(rows, row) || changed)
            }
        });
        if !self.loaded.get_untracked() {
            self.loaded.set(true);
        }
        if changed == Some(true) {
            self.revision.update(|revision| *revision += 1);
        }
    }
}

fn upsert<R: Row + Send + Sync + 'static>(rows: &mut HashMap<R::Id, ArcRwSignal<R>>, row: R) -> bool {
    match rows.get(row.id()) {
        Some(known) if known.with_untracked(|known| *known == row) => false,
        Some(known) => {
            known.set(row);
            true
        }
        None => {
            rows.insert(row.id().clone(), ArcRwSignal::new(row));
            true
        }
    }
}
