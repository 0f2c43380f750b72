//! Who is here: a person with one tab or with several, and what these show.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use linkspan_shared::{
    ids::UserName,
    person::{Opened, Person},
};
use parking_lot::Mutex;

use super::table::Table;

#[derive(Default)]
pub struct People {
    pub table: Table<Person>,
    /// Of each person each tab, with the container whose page it shows.
    tabs: Mutex<HashMap<UserName, HashMap<u64, Option<Opened>>>>,
    next: AtomicU64,
}

/// Somebody's tab is open until this is dropped.
pub struct Presence {
    people: Arc<People>,
    name: UserName,
    tab: u64,
}

impl People {
    pub fn enter(self: &Arc<Self>, name: &UserName) -> Presence {
        let tab = self.next.fetch_add(1, Ordering::Relaxed);
        self.change(name, |tabs| _ = tabs.insert(tab, None));
        Presence { people: self.clone(), name: name.clone(), tab }
    }

    fn change(&self, name: &UserName, change: impl FnOnce(&mut HashMap<u64, Option<Opened>>)) {
        let mut all = self.tabs.lock();
        let tabs = all.entry(name.clone()).or_default();
        change(tabs);
        if tabs.is_empty() {
            all.remove(name);
            return self.table.write(|rows| rows.remove(name));
        }
        let mut open: Vec<Opened> = tabs.values().flatten().cloned().collect();
        open.sort();
        open.dedup();
        let person = Person { name: name.clone(), open };
        self.table.write(|rows| {
            if rows.get(name) != Some(&person) {
                rows.upsert(person);
            }
        });
    }
}

impl Presence {
    pub fn look_at(&self, opened: Opened) {
        self.people.change(&self.name, |tabs| _ = tabs.insert(self.tab, Some(opened)));
    }

    /// Unless another one is shown by now: what is said one after the other may be heard the other way round.
    pub fn leave(&self, opened: &Opened) {
        self.people.change(&self.name, |tabs| {
            if let Some(shown) = tabs.get_mut(&self.tab).filter(|shown| shown.as_ref() == Some(opened)) {
                *shown = None;
            }
        });
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.people.change(&self.name, |tabs| _ = tabs.remove(&self.tab));
    }
}

#[cfg(test)]
mod tests {
    use linkspan_shared::ids::{ContainerId, EngineId};

    use super::*;

    #[test]
    fn a_person_leaves_with_the_last_tab() {
        let people = Arc::new(People::default());
        let here = || people.table.read(|rows| rows.rows().count());
        let mika = UserName("mika".into());
        let (first, second, other) = (people.enter(&mika), people.enter(&mika), people.enter(&UserName("jun".into())));
        assert_eq!(here(), 2);
        drop(first);
        assert_eq!(here(), 2);
        drop((second, other));
        assert_eq!(here(), 0);
    }

    #[test]
    fn what_is_open_is_open_until_no_tab_shows_it() {
        let people = Arc::new(People::default());
        let mika = UserName("mika".into());
        let opened = |container: &str| Opened { engine: EngineId::new("local"), container: ContainerId::new(container) };
        let open = || people.table.read(|rows| rows.get(&mika).map(|person| person.open.clone()));
        let (first, second) = (people.enter(&mika), people.enter(&mika));
        first.look_at(opened("b"));
        second.look_at(opened("a"));
        assert_eq!(open(), Some(vec![opened("a"), opened("b")]));
        second.look_at(opened("b"));
        second.leave(&opened("a"));
        drop(first);
        assert_eq!(open(), Some(vec![opened("b")]));
        second.leave(&opened("b"));
        assert_eq!(open(), Some(vec![]));
    }
}
