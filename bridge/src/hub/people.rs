//! Who is here: a person with one tab or with several.

use std::{collections::HashMap, sync::Arc};

use linkspan_shared::{ids::UserName, person::Person};
use parking_lot::Mutex;

use super::table::Table;

#[derive(Default)]
pub struct People {
    pub table: Table<Person>,
    tabs: Mutex<HashMap<UserName, usize>>,
}

/// Somebody's tab is open until this is dropped.
pub struct Presence {
    people: Arc<People>,
    name: UserName,
}

impl People {
    pub fn enter(self: &Arc<Self>, name: &UserName) -> Presence {
        let mut tabs = self.tabs.lock();
        *tabs.entry(name.clone()).or_default() += 1;
        self.table.write(|rows| rows.upsert(Person { name: name.clone() }));
        Presence { people: self.clone(), name: name.clone() }
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        let mut tabs = self.people.tabs.lock();
        if let Some(count) = tabs.get_mut(&self.name) {
            *count -= 1;
            if *count == 0 {
                tabs.remove(&self.name);
                self.people.table.write(|rows| rows.remove(&self.name));
            }
        }
    }
}

#[cfg(test)]
mod tests {
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
}
