//! argon2id, a few at a time: one hash takes 19 MiB and tens of milliseconds of a core.

use std::sync::{Arc, OnceLock};

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use linkspan_shared::credential::Secret;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Hashes computed at once. Sign-ins beyond that wait their turn, the rest of the bridge does not.
const AT_ONCE: usize = 2;
/// Those that wait included; one more is refused.
const WAITING: usize = 16;

pub struct Hasher {
    turns: Arc<Semaphore>,
    queue: Semaphore,
}

impl Default for Hasher {
    fn default() -> Self {
        Self { turns: Arc::new(Semaphore::new(AT_ONCE)), queue: Semaphore::new(WAITING) }
    }
}

impl Hasher {
    /// A place in the queue; `None` when it is full.
    pub fn place(&self) -> Option<SemaphorePermit<'_>> {
        self.queue.try_acquire().ok()
    }

    /// In the PHC string format. `None` only when the machine fails (no random numbers, no memory).
    pub async fn hash(&self, password: Secret) -> Option<String> {
        self.in_turn(move || hash(password.expose())).await?
    }

    /// Without a stored hash the same work is done, and the answer is no.
    pub async fn verify(&self, password: Secret, stored: Option<String>) -> bool {
        static NOBODY: OnceLock<Option<String>> = OnceLock::new();
        let compare = move || {
            let known = stored.is_some();
            let stored = stored.or_else(|| NOBODY.get_or_init(|| hash("nobody")).clone());
            let parsed = stored.as_deref().and_then(|text| PasswordHash::new(text).ok());
            let same = parsed.is_some_and(|parsed| Argon2::default().verify_password(password.expose().as_bytes(), &parsed).is_ok());
            same && known
        };
        self.in_turn(compare).await.unwrap_or(false)
    }

    /// The turn lasts as long as the work does: whoever asked may be gone before, a thread is not stopped for that.
    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let turn = self.turns.clone().acquire_owned().await.ok()?;
        let work = move || {
            let _turn = turn;
            work()
        };
        tokio::task::spawn_blocking(work).await.ok()
    }
}

fn hash(password: &str) -> Option<String> {
    Argon2::default().hash_password(password.as_bytes()).ok().map(|hash| hash.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_of_somebody_fits() {
        let hasher = Hasher::default();
        let stored = hasher.hash(Secret::from("correct horse")).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(hasher.verify(Secret::from("correct horse"), Some(stored.clone())).await);
        assert!(!hasher.verify(Secret::from("wrong horse"), Some(stored)).await);
        assert!(!hasher.verify(Secret::from("nobody"), None).await);
    }

    #[tokio::test]
    async fn whoever_hangs_up_frees_no_turn_before_the_work_is_done() {
        let hasher = Hasher::default();
        let (begun, begins) = std::sync::mpsc::channel();
        let (finish, finished) = std::sync::mpsc::channel::<()>();
        let work = move || {
            begun.send(()).unwrap();
            finished.recv().ok()
        };
        let mut asked = Box::pin(hasher.in_turn(work));
        assert!(futures_util::poll!(&mut asked).is_pending());
        tokio::task::spawn_blocking(move || begins.recv().unwrap()).await.unwrap();
        drop(asked);
        assert_eq!(hasher.turns.available_permits(), AT_ONCE - 1);
        drop(finish);
        let _all = hasher.turns.acquire_many(AT_ONCE as u32).await.unwrap();
    }
}
