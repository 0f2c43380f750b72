//! Slows down whoever guesses passwords, by address and by user name.

use std::{
    collections::HashMap,
    net::IpAddr,
    time::{Duration, Instant},
};

use linkspan_shared::user::AccessProblem;

/// Wrong tries that cost nothing: people mistype.
const FREE: u32 = 5;
/// An address that goes on guessing waits up to this long between tries.
const LONGEST_FOR_ADDRESS: Duration = Duration::from_secs(15 * 60);
/// A name is guessed at from many addresses; its owner must still get in soon.
const LONGEST_FOR_USER: Duration = Duration::from_secs(30);
/// Failures are forgotten after this long without another one.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(60 * 60);
/// Addresses and names remembered; when it is full, the one that failed longest ago is forgotten.
const REMEMBERED: usize = 10_000;

#[derive(Default)]
pub struct Attempts {
    failures: HashMap<Who, Failures>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum Who {
    Address(IpAddr),
    User(String),
}

struct Failures {
    count: u32,
    last: Instant,
}

impl Attempts {
    /// Counts as a failure until it is known to be none, so that trying many at once gains nothing.
    pub fn begin(&mut self, address: IpAddr, user: &str) -> Result<(), AccessProblem> {
        let now = Instant::now();
        let wait = whos(address, user).iter().map(|who| self.wait(who, now)).max().unwrap_or_default();
        if !wait.is_zero() {
            return Err(AccessProblem::TooManyAttempts { retry_after_seconds: wait.as_secs() + 1 });
        }
        self.failed(address, user);
        Ok(())
    }

    fn failed(&mut self, address: IpAddr, user: &str) {
        let now = Instant::now();
        for who in whos(address, user) {
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
    }

    pub fn succeeded(&mut self, address: IpAddr, user: &str) {
        for who in whos(address, user) {
            self.failures.remove(&who);
        }
    }

    fn wait(&self, who: &Who, now: Instant) -> Duration {
        let Some(failures) = self.failures.get(who) else { return Duration::ZERO };
        if failures.count < FREE {
            return Duration::ZERO;
        }
        let longest = match who {
            Who::Address(_) => LONGEST_FOR_ADDRESS,
            Who::User(_) => LONGEST_FOR_USER,
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

/// An IPv6 host has a whole /64 of addresses to itself.
fn whos(address: IpAddr, user: &str) -> Vec<Who> {
    let address = match address {
        IpAddr::V6(v6) if v6.to_ipv4_mapped().is_none() => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        other => other.to_canonical(),
    };
    let mut whos = vec![Who::Address(address)];
    if !user.is_empty() {
        whos.push(Who::User(user.chars().take(64).collect()));
    }
    whos
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guessing_gets_slow_and_success_forgives() {
        let (here, there) = (IpAddr::from([127, 0, 0, 1]), IpAddr::from([127, 0, 0, 2]));
        let mut attempts = Attempts::default();
        for _ in 0..FREE {
            attempts.begin(here, "mika").unwrap();
        }
        assert!(matches!(attempts.begin(here, "jun"), Err(AccessProblem::TooManyAttempts { retry_after_seconds: 1..=2 })));
        assert!(attempts.begin(there, "mika").is_err());
        assert!(attempts.begin(there, "jun").is_ok());
        attempts.succeeded(here, "mika");
        assert!(attempts.begin(here, "mika").is_ok());
    }

    #[test]
    fn memory_is_bounded() {
        let mut attempts = Attempts::default();
        for n in 0..REMEMBERED as u32 + 100 {
            attempts.failed(IpAddr::from(n.to_be_bytes()), "");
        }
        assert!(attempts.failures.len() <= REMEMBERED);
    }
}
