//! Who is here: a person with one tab or with several, and what these show.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use linkspan_shared::{
    ids::UserName,
    person::{OpenPage, Opened, Person, SharedTerminal},
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
    /// Each tab, with what it shows, and in which turn that was said.
    tabs: HashMap<u64, (u32, Option<OpenPage>)>,
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
        self.change(name, |here| _ = here.tabs.insert(tab, (0, None)));
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
        let person = Person {
            name: name.clone(),
            open: each_once(here.tabs.values().filter_map(|(_, shown)| shown.clone())),
            terminals: each_once(here.terminals.values().cloned()),
        };
        self.table.write(|rows| {
            if rows.get(name) != Some(&person) {
                rows.upsert(person);
            }
        });
    }
}

impl Presence {
    /// What is said one after the other may be heard the other way round: the latest turn counts.
    pub fn look_at(&self, turn: u32, shown: Option<OpenPage>) {
        self.people.change(&self.name, |here| {
            if let Some(tab) = here.tabs.get_mut(&self.tab).filter(|(known, _)| *known <= turn) {
                *tab = (turn, shown);
            }
        });
    }
}

fn each_once<T: Ord>(all: impl Iterator<Item = T>) -> Vec<T> {
    all.collect::<BTreeSet<_>>().into_iter().collect()
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.people.change(&self.name, |here| _ = here.tabs.remove(&self.tab));
    }
}

impl TerminalPresence {
    pub fn share(&self, shared: Option<SharedTerminal>) {
        self.people.change(&self.name, |here| {
            if let Some(opened) = here.terminals.get_mut(&self.number) {
                opened.shared = shared;
            }
        });
    }
}

impl Drop for TerminalPresence {
    fn drop(&mut self) {
        self.people.change(&self.name, |here| _ = here.terminals.remove(&self.number));
    }
}

#[cfg(test)]
mod tests {
    use linkspan_shared::{
        ids::{ContainerId, EngineId},
        person::Page,
    };

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
        let terminal =
            people.open_terminal(&mika, Opened { engine: EngineId::new("local"), container: ContainerId::new("a"), shared: None });
        drop((second, other));
        assert_eq!((here(), people.table.read(|rows| rows.get(&mika).map(|person| person.terminals.len()))), (1, Some(1)));
        drop(terminal);
        assert_eq!(here(), 0);
    }

    #[test]
    fn what_is_open_is_open_until_no_tab_shows_it() {
        let people = Arc::new(People::default());
        let mika = UserName("mika".into());
        let shown = |container: &str| OpenPage {
            engine: EngineId::new("local"),
            page: Page::Container,
            container: Some(ContainerId::new(container)),
        };
        let open = || people.table.read(|rows| rows.get(&mika).map(|person| person.open.clone()));
        let (first, second) = (people.enter(&mika), people.enter(&mika));
        first.look_at(1, Some(shown("b")));
        second.look_at(1, Some(shown("a")));
        assert_eq!(open(), Some(vec![shown("a"), shown("b")]));
        // Heard the other way round.
        second.look_at(3, Some(shown("b")));
        second.look_at(2, None);
        drop(first);
        assert_eq!(open(), Some(vec![shown("b")]));
        second.look_at(4, None);
        assert_eq!(open(), Some(vec![]));
    }
}
