//! A table whose rows remember when they changed, so that every viewer can be told exactly what it has not seen.
//!
//! No viewer has a queue: each keeps the sequence number it was sent last and asks for what came since. A slow
//! browser asks seldom and gets the latest of each row; it costs nothing in between.

use std::collections::{BTreeMap, HashMap};

use linkspan_shared::table::{Row, TableChange};
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::watch;

/// Removals that are remembered. A viewer that missed more of them gets a snapshot.
const REMOVALS: usize = 1024;

/// [`Versioned`], shared, with a bell for its viewers.
pub struct Table<R: Row> {
    rows: Mutex<Versioned<R>>,
    changed: watch::Sender<u64>,
}

impl<R: Row> Default for Table<R> {
    fn default() -> Self {
        Self { rows: Mutex::default(), changed: watch::Sender::new(0) }
    }
}

impl<R: Row> Table<R> {
    /// Does something to the rows, and wakes the viewers if that changed any.
    pub fn write<T>(&self, change: impl FnOnce(&mut Versioned<R>) -> T) -> T {
        let mut rows = self.lock();
        let before = rows.sequence;
        let outcome = change(&mut rows);
        let after = rows.sequence;
        drop(rows);
        if before != after {
            self.changed.send_replace(after);
        }
        outcome
    }

    pub fn read<T>(&self, look: impl FnOnce(&Versioned<R>) -> T) -> T {
        look(&self.lock())
    }

    /// Its value is the sequence number of the newest change.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, Versioned<R>> {
        self.rows.lock()
    }
}

/// Rows and removals by the sequence number of their last change. Pure.
pub struct Versioned<R: Row> {
    entries: HashMap<R::Id, Entry<R>>,
    by_sequence: BTreeMap<u64, R::Id>,
    removals: usize,
    sequence: u64,
    /// The newest removal that is forgotten.
    forgotten: u64,
    loaded: bool,
}

struct Entry<R> {
    sequence: u64,
    /// `None`: it was removed then.
    row: Option<R>,
}

impl<R: Row> Default for Versioned<R> {
    fn default() -> Self {
        Self { entries: HashMap::new(), by_sequence: BTreeMap::new(), removals: 0, sequence: 0, forgotten: 0, loaded: false }
    }
}

impl<R: Row> Versioned<R> {
    pub fn get(&self, id: &R::Id) -> Option<&R> {
        self.entries.get(id)?.row.as_ref()
    }

    pub fn rows(&self) -> impl Iterator<Item = &R> {
        self.entries.values().filter_map(|entry| entry.row.as_ref())
    }

    /// A row that is the same as before is no change.
    pub fn upsert(&mut self, row: R) {
        self.loaded = true;
        if self.get(row.id()) != Some(&row) {
            self.put(row.id().clone(), Some(row));
        }
    }

    /// Changes a row in place, if it is there.
    pub fn update(&mut self, id: &R::Id, change: impl FnOnce(&mut R)) {
        if let Some(mut row) = self.get(id).cloned() {
            change(&mut row);
            self.upsert(row);
        }
    }

    /// As [`Versioned::update`] for a row that is too large to be copied and compared: it counts as changed.
    pub fn touch(&mut self, id: &R::Id, change: impl FnOnce(&mut R)) {
        let Some(entry) = self.entries.get_mut(id) else { return };
        let Some(row) = entry.row.as_mut() else { return };
        change(row);
        self.sequence += 1;
        self.by_sequence.remove(&entry.sequence);
        entry.sequence = self.sequence;
        self.by_sequence.insert(self.sequence, id.clone());
    }

    pub fn remove(&mut self, id: &R::Id) {
        if self.get(id).is_some() {
            self.put(id.clone(), None);
        }
    }

    /// These are all the rows there are.
    pub fn replace(&mut self, rows: Vec<R>) {
        let kept: std::collections::HashSet<R::Id> = rows.iter().map(|row| row.id().clone()).collect();
        let gone: Vec<R::Id> = self.rows().map(Row::id).filter(|id| !kept.contains(*id)).cloned().collect();
        gone.iter().for_each(|id| self.remove(id));
        rows.into_iter().for_each(|row| self.upsert(row));
        if !self.loaded {
            // An empty table is news, too.
            self.loaded = true;
            self.sequence += 1;
        }
    }

    /// What a viewer that has seen `seen` has to be told, and the sequence number that it has seen then.
    /// `None`: nothing, or nothing yet.
    pub fn since(&self, seen: Option<u64>) -> Option<(u64, TableChange<R>)> {
        if !self.loaded {
            return None;
        }
        let change = match seen {
            Some(seen) if seen == self.sequence => return None,
            Some(seen) if seen < self.sequence && seen >= self.forgotten => {
                let (mut upserted, mut removed) = (Vec::new(), Vec::new());
                for id in self.by_sequence.range(seen + 1..).map(|(_, id)| id) {
                    match self.get(id) {
                        Some(row) => upserted.push(row.clone()),
                        None => removed.push(id.clone()),
                    }
                }
                TableChange::Delta { upserted, removed }
            }
            _ => TableChange::Snapshot(self.rows().cloned().collect()),
        };
        Some((self.sequence, change))
    }

    fn put(&mut self, id: R::Id, row: Option<R>) {
        self.sequence += 1;
        self.removals += usize::from(row.is_none());
        if let Some(before) = self.entries.insert(id.clone(), Entry { sequence: self.sequence, row }) {
            self.by_sequence.remove(&before.sequence);
            self.removals -= usize::from(before.row.is_none());
        }
        self.by_sequence.insert(self.sequence, id);
        if self.removals > REMOVALS {
            self.forget_oldest_removal();
        }
    }

    fn forget_oldest_removal(&mut self) {
        let oldest = self.by_sequence.iter().find(|(_, id)| self.get(id).is_none()).map(|(sequence, id)| (*sequence, id.clone()));
        if let Some((sequence, id)) = oldest {
            self.by_sequence.remove(&sequence);
            self.entries.remove(&id);
            self.removals -= 1;
            self.forgotten = sequence;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug, PartialEq)]
    struct Cell(u16, u8);

    impl Row for Cell {
        type Id = u16;
        fn id(&self) -> &u16 {
            &self.0
        }
    }

    #[derive(Clone, Debug)]
    enum Step {
        Upsert(u16, u8),
        Touch(u16, u8),
        Remove(u16),
        Replace(Vec<(u16, u8)>),
        Look(usize),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (0u16..30, any::<u8>()).prop_map(|(id, value)| Step::Upsert(id, value)),
            (0u16..30, any::<u8>()).prop_map(|(id, value)| Step::Touch(id, value)),
            (0u16..30).prop_map(Step::Remove),
            proptest::collection::btree_map(0u16..30, any::<u8>(), 0..8).prop_map(|rows| Step::Replace(rows.into_iter().collect())),
            (0usize..3).prop_map(Step::Look),
        ]
    }

    fn apply(seen: &mut BTreeMap<u16, u8>, change: TableChange<Cell>) {
        match change {
            TableChange::Snapshot(rows) => *seen = rows.into_iter().map(|Cell(id, value)| (id, value)).collect(),
            TableChange::Delta { upserted, removed } => {
                seen.retain(|id, _| !removed.contains(id));
                seen.extend(upserted.into_iter().map(|Cell(id, value)| (id, value)));
            }
        }
    }

    proptest! {
        /// However often each of three viewers looks, each ends with what is in the table.
        #[test]
        fn viewers_converge(steps in proptest::collection::vec(step(), 1..80)) {
            let mut table = Versioned::default();
            let mut viewers = vec![(None, BTreeMap::new()); 3];
            for step in steps.into_iter().chain([Step::Upsert(0, 0), Step::Look(0), Step::Look(1), Step::Look(2)]) {
                match step {
                    Step::Upsert(id, value) => table.upsert(Cell(id, value)),
                    Step::Touch(id, value) => table.touch(&id, |cell| cell.1 = value),
                    Step::Remove(id) => table.remove(&id),
                    Step::Replace(rows) => table.replace(rows.into_iter().map(|(id, value)| Cell(id, value)).collect()),
                    Step::Look(viewer) => {
                        let (seen, rows) = &mut viewers[viewer];
                        if let Some((sequence, change)) = table.since(*seen) {
                            *seen = Some(sequence);
                            apply(rows, change);
                        }
                    }
                }
            }
            let truth: BTreeMap<u16, u8> = table.rows().map(|Cell(id, value)| (*id, *value)).collect();
            for (_, rows) in viewers {
                prop_assert_eq!(&rows, &truth);
            }
        }
    }

    #[test]
    fn a_viewer_that_missed_too_many_removals_gets_a_snapshot() {
        let mut table = Versioned::default();
        for id in 0..2000 {
            table.upsert(Cell(id, 0));
        }
        let seen = table.since(None).unwrap().0;
        (0..10).for_each(|id| table.remove(&id));
        assert!(matches!(table.since(Some(seen)), Some((_, TableChange::Delta { removed, .. })) if removed.len() == 10));
        (10..1500).for_each(|id| table.remove(&id));
        assert!(matches!(table.since(Some(seen)), Some((_, TableChange::Snapshot(rows))) if rows.len() == 500));
        assert!(table.entries.len() <= 500 + REMOVALS);
    }

    #[test]
    fn an_empty_table_is_said_once_it_is_known() {
        let mut table = Versioned::<Cell>::default();
        assert!(table.since(None).is_none());
        table.replace(Vec::new());
        let (seen, change) = table.since(None).unwrap();
        assert!(matches!(change, TableChange::Snapshot(rows) if rows.is_empty()));
        assert!(table.since(Some(seen)).is_none());
        table.replace(Vec::new());
        assert!(table.since(Some(seen)).is_none());
    }
}
