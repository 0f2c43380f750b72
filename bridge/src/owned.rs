//! Tasks that end with whoever began them. What outlives one request belongs to a `TaskTracker` or a `JoinSet` instead.

use tokio_util::task::AbortOnDropHandle;

/// Aborted when the handle is dropped.
#[allow(clippy::disallowed_methods, reason = "the one place that gives it an owner")]
pub fn spawn<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> AbortOnDropHandle<T> {
    AbortOnDropHandle::new(tokio::spawn(work))
}

/// Work that waits for a disk or computes for long, on a thread of its own: the runtime's are everybody's.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    // It is never cancelled, so that it has come to its end or failed by a mistake of this program.
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
}
