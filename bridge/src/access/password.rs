//! argon2id, a few at a time: one hash takes 19 MiB and tens of milliseconds of a core.

use std::sync::OnceLock;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Hashes computed at once. Sign-ins beyond that wait their turn, the rest of the bridge does not.
const AT_ONCE: usize = 2;
/// Those that wait included; one more is refused.
const WAITING: usize = 16;

pub struct Hasher {
    turns: Semaphore,
    queue: Semaphore,
}

impl Default for Hasher {
    fn default() -> Self {
        Self { turns: Semaphore::new(AT_ONCE), queue: Semaphore::new(WAITING) }
    }
}

impl Hasher {
    /// A place in the queue; `None` when it is full.
    pub fn place(&self) -> Option<SemaphorePermit<'_>> {
        self.queue.try_acquire().ok()
    }

    /// In the PHC string format. `None` only when the machine fails (no random numbers, no memory).
    pub async fn hash(&self, password: String) -> Option<String> {
        let _turn = self.turns.acquire().await.ok()?;
        tokio::task::spawn_blocking(move || hash(&password)).await.ok()?
    }

    /// Without a stored hash the same work is done, and the answer is no.
    pub async fn verify(&self, password: String, stored: Option<String>) -> bool {
        static NOBODY: OnceLock<Option<String>> = OnceLock::new();
        let Ok(_turn) = self.turns.acquire().await else { return false };
        let compare = move || {
            let known = stored.is_some();
            let stored = stored.or_else(|| NOBODY.get_or_init(|| hash("nobody")).clone());
            let parsed = stored.as_deref().and_then(|text| PasswordHash::new(text).ok());
            let same = parsed.is_some_and(|parsed| Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok());
            same && known
        };
        tokio::task::spawn_blocking(compare).await.unwrap_or(false)
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
        let stored = hasher.hash("correct horse".into()).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(hasher.verify("correct horse".into(), Some(stored.clone())).await);
        assert!(!hasher.verify("wrong horse".into(), Some(stored)).await);
        assert!(!hasher.verify("nobody".into(), None).await);
    }
}
