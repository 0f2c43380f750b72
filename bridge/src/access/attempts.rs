//! Slows down whoever guesses passwords, without letting anybody shut somebody else out.
//!
//! Failures count for the address that they come from, and for the name that is tried there. A name that is guessed at from many
//! addresses has to wait, too, but for whoever has not failed at it yet, and for devices from which its owner signed in before.

use std::{
    collections::HashMap,
    net::IpAddr,
    time::{Duration, Instant},
};

use linkspan_shared::user::AccessProblem;

/// Wrong tries that cost nothing: people mistype.
const FREE: u32 = 5;
/// An address that goes on guessing waits up to this long between tries, and so does a device.
const LONGEST_FOR_ADDRESS: Duration = Duration::from_secs(15 * 60);
/// A name is guessed at from many addresses; its owner must still get in soon.
const LONGEST_FOR_USER: Duration = Duration::from_secs(30);
/// Failures are forgotten after this long without another one.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(60 * 60);
/// Addresses, names and devices remembered; when it is full, the one that failed longest ago is forgotten.
const REMEMBERED: usize = 10_000;

#[derive(Default)]
pub struct Attempts {
    failures: HashMap<Who, Failures>,
}

/// From where somebody tries.
#[derive(Clone, Copy)]
pub struct From<'a> {
    pub address: IpAddr,
    /// One from which the person of the tried name has signed in before.
    pub device: Option<&'a str>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Who {
    Address(IpAddr),
    User(String),
    /// A name from an address.
    UserAt(String, IpAddr),
    Device(String),
}

struct Failures {
    count: u32,
    last: Instant,
}

impl Attempts {
    /// Counts as a failure until it is known to be none, so that trying many at once gains nothing.
    pub fn begin(&mut self, from: From<'_>, user: &str) -> Result<(), AccessProblem> {
        let now = Instant::now();
        let whos = whos(from, user);
        // Whoever has not failed at a name from there does not wait for others who have.
        let has_failed = whos.iter().any(|who| matches!(who, Who::UserAt(..)) && self.failures.contains_key(who));
        let counts = |who: &&Who| has_failed || !matches!(who, Who::User(_));
        let wait = whos.iter().filter(counts).map(|who| self.wait(who, now)).max().unwrap_or_default();
        if !wait.is_zero() {
            return Err(AccessProblem::TooManyAttempts { retry_after_seconds: wait.as_secs() + 1 });
        }
        whos.into_iter().for_each(|who| self.failed(who, now));
        Ok(())
    }

    /// Forgives what was tried with this name from there, and the name; not what the address tried with others.
    pub fn succeeded(&mut self, from: From<'_>, user: &str) {
        let whos = whos(from, user);
        let at = whos.iter().find(|who| matches!(who, Who::UserAt(..)));
        let forgiven = at.and_then(|who| self.failures.get(who)).map_or(1, |failures| failures.count);
        for who in whos {
            match self.failures.get_mut(&who) {
                Some(failures) if matches!(who, Who::Address(_)) => failures.count = failures.count.saturating_sub(forgiven),
                _ => drop(self.failures.remove(&who)),
            }
        }
    }

    fn failed(&mut self, who: Who, now: Instant) {
        if self.failures.len() >= REMEMBERED && !self.failures.contains_key(&who) {
            self.forget_oldest(now);
        }
        let failures = self.failures.entry(who).or_insert(Failures { count: 0, last: now });
        if now.duration_since(failures.last) > FORGOTTEN_AFTER {
            failures.count = 0;
        }
        failures.count = failures.count.saturating_add(1);
        failures.last = now;
    }

    fn wait(&self, who: &Who, now: Instant) -> Duration {
        let Some(failures) = self.failures.get(who) else { return Duration::ZERO };
        if failures.count < FREE {
            return Duration::ZERO;
        }
        let longest = match who {
            Who::User(_) => LONGEST_FOR_USER,
            _ => LONGEST_FOR_ADDRESS,
        };
        let pause = Duration::from_secs(1 << (failures.count - FREE).min(20)).min(longest);
        pause.saturating_sub(now.duration_since(failures.last))
    }

    fn forget_oldest(&mut self, now: Instant) {
        self.failures.retain(|_, failures| now.duration_since(failures.last) <= FORGOTTEN_AFTER);
        if self.failures.len() >= REMEMBERED
            && let Some(oldest) = self.failures.iter().min_by_key(|(_, failures)| failures.last).map(|(who, _)| who.clone())
        {
            self.failures.remove(&oldest);
        }
    }
}

/// What a try counts for. A known device stands for itself: whoever else is at its address has nothing to do with it.
fn whos(from: From<'_>, user: &str) -> Vec<Who> {
    if let Some(device) = from.device {
        return vec![Who::Device(device.to_owned())];
    }
    let address = shared_by(from.address);
    let mut whos = vec![Who::Address(address)];
    if !user.is_empty() {
        let user: String = user.chars().take(64).collect();
        whos.extend([Who::User(user.clone()), Who::UserAt(user, address)]);
    }
    whos
}

/// An IPv6 host has a whole /64 of addresses to itself.
pub fn shared_by(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(last: u8) -> From<'static> {
        From { address: IpAddr::from([127, 0, 0, last]), device: None }
    }

    fn is_refused(tried: Result<(), AccessProblem>) -> bool {
        matches!(tried, Err(AccessProblem::TooManyAttempts { .. }))
    }

    #[test]
    fn guessing_gets_slow_and_shuts_nobody_else_out() {
        let mut attempts = Attempts::default();
        for _ in 0..FREE {
            attempts.begin(at(1), "mika").unwrap();
        }
        assert!(matches!(attempts.begin(at(1), "jun"), Err(AccessProblem::TooManyAttempts { retry_after_seconds: 1..=2 })));
        // The owner, from elsewhere: the first try counts by itself, the second one waits as all do who fail at the name.
        attempts.begin(at(2), "mika").unwrap();
        assert!(is_refused(attempts.begin(at(2), "mika")));
        // … but not from where she signed in before, however often others fail, at her own address, too.
        let own = From { device: Some("hers"), ..at(1) };
        for _ in 1..FREE {
            attempts.begin(own, "mika").unwrap();
        }
        attempts.begin(own, "mika").unwrap();
        assert!(is_refused(attempts.begin(own, "mika")));
    }

    #[test]
    fn a_success_forgives_its_own_name_alone() {
        let mut attempts = Attempts::default();
        for name in 1..FREE {
            attempts.begin(at(1), &format!("guessed{name}")).unwrap();
            attempts.begin(at(1), "own").map(|()| attempts.succeeded(at(1), "own")).unwrap();
        }
        attempts.begin(at(1), "one more").unwrap();
        assert!(is_refused(attempts.begin(at(1), "own")));
        attempts.begin(at(3), "own").unwrap();
        attempts.succeeded(at(3), "own");
        assert_eq!(attempts.failures.get(&Who::Address(at(3).address)).map(|failures| failures.count), Some(0));
    }

    #[test]
    fn memory_is_bounded() {
        let mut attempts = Attempts::default();
        for n in 0..REMEMBERED as u32 + 100 {
            attempts.failed(Who::Address(IpAddr::from(n.to_be_bytes())), Instant::now());
        }
        assert!(attempts.failures.len() <= REMEMBERED);
    }
}
