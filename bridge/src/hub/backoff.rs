//! When to try again: full jitter, so that many bridges do not knock at once.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(10);

#[derive(Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    pub fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// Between nothing and a ceiling that doubles each time. At least a little, so that no failure loops hot.
    pub fn pause(&mut self) -> Duration {
        let ceiling = FIRST.saturating_mul(1 << self.failures.min(10)).min(LONGEST);
        self.failures += 1;
        ceiling.mul_f64(random_fraction()).max(Duration::from_millis(50))
    }
}

fn random_fraction() -> f64 {
    let random = getrandom::u32().unwrap_or(u32::MAX / 2);
    f64::from(random) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_stay_bounded() {
        let mut backoff = Backoff::default();
        for failures in 0..100u32 {
            let wait = backoff.pause();
            assert!(wait >= Duration::from_millis(50));
            assert!(wait <= FIRST.saturating_mul(1 << failures.min(10)).min(LONGEST));
        }
    }
}
