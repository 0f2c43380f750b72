//! Who has a place: connections on which nobody is signed in give way to others.

use std::{
    collections::{BTreeMap, HashMap},
    net::IpAddr,
    sync::{Arc, OnceLock},
};

use linkspan_shared::ids::UserName;
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

/// HTTP connections at once, well below the usual limit of open files: the engine's must not run out of them. Websockets are not
/// counted, they belong to people who are signed in and have shares of their own.
const CONNECTIONS: usize = 512;
/// Those of one address on which nobody has signed in. Behind a trusted proxy are many addresses: it has no such limit.
const OF_ADDRESS: usize = 64;
/// What one person keeps of a full house.
const OF_PERSON: usize = 128;

/// Connections, the oldest first. One more than there is room for takes the place of one on which nobody is signed in.
#[derive(Default)]
pub struct Places {
    all: Mutex<BTreeMap<u64, Arc<Place>>>,
}

pub struct Place {
    number: u64,
    pub address: IpAddr,
    is_proxy: bool,
    /// Whoever is signed in on it.
    user: OnceLock<UserName>,
    /// Another connection has taken this place.
    pub taken: CancellationToken,
}

impl Place {
    pub fn sign_in(&self, user: &UserName) {
        let _ = self.user.set(user.clone());
    }

    fn is_free(&self) -> bool {
        self.user.get().is_none()
    }
}

impl Places {
    /// `None`: all are of people who are signed in, and none of them has too many.
    pub fn take(&self, address: IpAddr, is_proxy: bool) -> Option<Arc<Place>> {
        let mut all = self.all.lock();
        let mut free: HashMap<IpAddr, Vec<u64>> = HashMap::new();
        if all.len() >= OF_ADDRESS.min(CONNECTIONS) {
            for (number, place) in all.iter().filter(|(_, place)| place.is_free() && !place.is_proxy) {
                free.entry(place.address).or_default().push(*number);
            }
        }
        let own = free.get(&address).filter(|own| own.len() >= OF_ADDRESS).and_then(|own| own.first()).copied();
        let victim = match own {
            Some(own) => Some(own),
            None if all.len() >= CONNECTIONS => {
                // Of whoever has most of them; a proxy's only where there are no others.
                let most = free.values().max_by_key(|own| own.len()).and_then(|own| own.first()).copied();
                let free = || all.iter().find(|(_, place)| place.is_free()).map(|(number, _)| *number);
                Some(most.or_else(free).or_else(|| greediest(&all))?)
            }
            None => None,
        };
        if let Some(victim) = victim.and_then(|victim| all.remove(&victim)) {
            victim.taken.cancel();
        }
        let number = all.last_key_value().map_or(0, |(last, _)| last + 1);
        let place = Place { number, address, is_proxy, user: OnceLock::new(), taken: CancellationToken::new() };
        let place = Arc::new(place);
        all.insert(number, place.clone());
        Some(place)
    }

    pub fn leave(&self, place: &Place) {
        let mut all = self.all.lock();
        // The number may be another's where this one's place was taken.
        if all.get(&place.number).is_some_and(|there| std::ptr::eq(&**there, place)) {
            all.remove(&place.number);
        }
    }
}

/// The oldest of whoever has more than anybody needs.
fn greediest(all: &BTreeMap<u64, Arc<Place>>) -> Option<u64> {
    let mut of: HashMap<&UserName, Vec<u64>> = HashMap::new();
    for (number, place) in all {
        if let Some(user) = place.user.get() {
            of.entry(user).or_default().push(*number);
        }
    }
    of.values().max_by_key(|own| own.len()).filter(|own| own.len() > OF_PERSON).and_then(|own| own.first()).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(name: &str) -> UserName {
        UserName::new(name)
    }

    fn address(last: u8) -> IpAddr {
        [10, 0, 0, last].into()
    }

    #[test]
    fn a_flood_takes_the_places_of_its_own() {
        let places = Places::default();
        let kept = places.take(address(1), false).unwrap();
        let signed_in = places.take(address(2), false).unwrap();
        signed_in.sign_in(&user("jun"));
        let flood: Vec<_> = (0..2 * CONNECTIONS).map(|_| places.take(address(2), false).unwrap()).collect();
        assert_eq!(flood.iter().filter(|place| !place.taken.is_cancelled()).count(), OF_ADDRESS);
        // From many addresses, too: whoever has most gives way first.
        let wide: Vec<_> = (0..2 * CONNECTIONS).map(|at| places.take([10, 1, (at / 64) as u8, 1].into(), false).unwrap()).collect();
        assert!(places.all.lock().len() <= CONNECTIONS && wide.last().is_some_and(|last| !last.taken.is_cancelled()));
        assert!(!kept.taken.is_cancelled() && !signed_in.taken.is_cancelled());
        wide.iter().chain(&flood).for_each(|place| places.leave(place));
        assert_eq!(places.all.lock().len(), 2);
    }

    #[test]
    fn nobody_who_is_signed_in_gives_way() {
        let places = Places::default();
        for at in 0..CONNECTIONS {
            places.take(address(1), true).unwrap().sign_in(&user(&(at % 8).to_string()));
        }
        assert!(places.take(address(2), false).is_none());
        // But for somebody who takes them all.
        let places = Places::default();
        let kept = places.take(address(1), false).unwrap();
        kept.sign_in(&user("jun"));
        for _ in 1..CONNECTIONS {
            places.take(address(2), false).unwrap().sign_in(&user("mika"));
        }
        assert!(places.take(address(3), false).is_some() && !kept.taken.is_cancelled());
    }
}
