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
    all: Mutex<HashMap<UserName, Here>>,
    next: AtomicU64,
}

/// What one person has open.
#[derive(Default)]
struct Here {
    /// Each tab, with the container whose page it shows.
    tabs: HashMap<u64, Option<Opened>>,
    /// The containers that terminals are in.
    terminals: HashMap<u64, Opened>,
}

/// Somebody has a terminal until this is dropped.
pub struct TerminalPresence {
    people: Arc<People>,
    name: UserName,
    number: u64,
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
        self.change(name, |here| _ = here.tabs.insert(tab, None));
        Presence { people: self.clone(), name: name.clone(), tab }
    }

    pub fn open_terminal(self: &Arc<Self>, name: &UserName, opened: Opened) -> TerminalPresence {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.change(name, |here| _ = here.terminals.insert(number, opened));
        TerminalPresence { people: self.clone(), name: name.clone(), number }
    }

    fn change(&self, name: &UserName, change: impl FnOnce(&mut Here)) {
        let mut all = self.all.lock();
        let here = all.entry(name.clone()).or_default();
        change(here);
        // A terminal outlives its page for a while.
        if here.tabs.is_empty() && here.terminals.is_empty() {
            all.remove(name);
            return self.table.write(|rows| rows.remove(name));
        }
        let sorted = |mut opened: Vec<Opened>| {
            opened.sort();
            opened.dedup();
            opened
        };
        let person = Person {
            name: name.clone(),
            open: sorted(here.tabs.values().flatten().cloned().collect()),
            terminals: sorted(here.terminals.values().cloned().collect()),
        };
        self.table.write(|rows| {
            if rows.get(name) != Some(&person) {
                rows.upsert(person);
            }
        });
    }
}

impl Presence {
    pub fn look_at(&self, opened: Opened) {
        self.people.change(&self.name, |here| _ = here.tabs.insert(self.tab, Some(opened)));
    }

    /// Unless another one is shown by now: what is said one after the other may be heard the other way round.
    pub fn leave(&self, opened: &Opened) {
        self.people.change(&self.name, |here| {
            if let Some(shown) = here.tabs.get_mut(&self.tab).filter(|shown| shown.as_ref() == Some(opened)) {
                *shown = None;
            }
        });
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.people.change(&self.name, |here| _ = here.tabs.remove(&self.tab));
    }
}

impl Drop for TerminalPresence {
    fn drop(&mut self) {
        self.people.change(&self.name, |here| _ = here.terminals.remove(&self.number));
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
        let terminal = people.open_terminal(&mika, Opened { engine: EngineId::new("local"), container: ContainerId::new("a") });
        drop((second, other));
        assert_eq!((here(), people.table.read(|rows| rows.get(&mika).map(|person| person.terminals.len()))), (1, Some(1)));
        drop(terminal);
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
