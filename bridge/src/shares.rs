//! How much of what is scarce one person may have. Counted and taken in one step.

use std::{collections::HashMap, hash::Hash, sync::Arc};

use linkspan_shared::ids::{EngineId, UserName};
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// So many of something for each.
pub struct Shares<K: Eq + Hash + Clone> {
    most: usize,
    taken: Mutex<HashMap<K, usize>>,
}

/// Given back when it is dropped.
pub struct Share<K: Eq + Hash + Clone> {
    of: K,
    shares: Arc<Shares<K>>,
}

impl<K: Eq + Hash + Clone> Shares<K> {
    pub fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, taken: Mutex::default() })
    }

    /// `None`: it has as many as one may have.
    pub fn take(self: &Arc<Self>, of: &K) -> Option<Share<K>> {
        let mut taken = self.taken.lock();
        let own = taken.entry(of.clone()).or_default();
        if *own >= self.most {
            return None;
        }
        *own += 1;
        Some(Share { of: of.clone(), shares: self.clone() })
    }
}

impl<K: Eq + Hash + Clone> Drop for Share<K> {
    fn drop(&mut self) {
        let mut taken = self.shares.taken.lock();
        if let Some(own) = taken.get_mut(&self.of) {
            *own -= 1;
            if *own == 0 {
                taken.remove(&self.of);
            }
        }
    }
}

/// Calls of one person that are carried out at once, whichever tab they come from. More wait.
const CALLS: usize = 32;
/// Of these, looks at one engine: each may hold an answer of megabytes until the browser takes it.
const LOOKS: usize = 4;
/// Bytes that wait for one person's browsers, in KiB. More is made when these are taken.
const WAITING: usize = 64 << 10;

/// What one person's connections have together.
pub struct Budget {
    calls: Arc<Semaphore>,
    looks: Mutex<HashMap<EngineId, Arc<Semaphore>>>,
    waiting: Arc<Semaphore>,
}

impl Default for Budget {
    fn default() -> Self {
        Self { calls: Arc::new(Semaphore::new(CALLS)), looks: Mutex::default(), waiting: Arc::new(Semaphore::new(WAITING)) }
    }
}

impl Budget {
    /// Ends when there is room for one more call.
    pub async fn call(&self) -> Option<OwnedSemaphorePermit> {
        self.calls.clone().acquire_owned().await.ok()
    }

    /// Ends when there is room for one more look at this engine; one that hangs holds up no other's.
    pub async fn look(&self, engine: &EngineId) -> Option<OwnedSemaphorePermit> {
        let turns = self.looks.lock().entry(engine.clone()).or_insert_with(|| Arc::new(Semaphore::new(LOOKS))).clone();
        turns.acquire_owned().await.ok()
    }

    /// Ends when there is room for so many bytes, which are kept until the answer is dropped.
    pub async fn bytes(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let kib = (bytes / 1024 + 1).min(WAITING);
        self.waiting.clone().acquire_many_owned(u32::try_from(kib).unwrap_or(u32::MAX)).await.ok()
    }
}

/// The budget of each person who is here.
#[derive(Default)]
pub struct Budgets(Mutex<HashMap<UserName, std::sync::Weak<Budget>>>);

impl Budgets {
    pub fn of(&self, name: &UserName) -> Arc<Budget> {
        let mut all = self.0.lock();
        all.retain(|_, budget| budget.strong_count() > 0);
        let known = all.get(name).and_then(std::sync::Weak::upgrade);
        known.unwrap_or_else(|| {
            let budget = Arc::<Budget>::default();
            all.insert(name.clone(), Arc::downgrade(&budget));
            budget
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_comes_back() {
        let shares = Shares::new(2);
        let taken = [(); 2].map(|()| shares.take(&"mika"));
        assert!(shares.take(&"mika").is_none() && shares.take(&"jun").is_some());
        drop(taken);
        assert!(shares.take(&"mika").is_some());
    }

    #[tokio::test]
    async fn one_person_has_one_budget() {
        let budgets = Budgets::default();
        let (one, same, other) =
            (budgets.of(&UserName::new("mika")), budgets.of(&UserName::new("mika")), budgets.of(&UserName::new("jun")));
        let all = one.bytes(WAITING * 1024 * 2).await;
        assert!(futures_util::poll!(std::pin::pin!(same.bytes(1))).is_pending());
        assert!(other.bytes(1).await.is_some());
        drop(all);
        assert!(same.bytes(1).await.is_some());
    }
}
