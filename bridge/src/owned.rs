//! Tasks that end with whoever began them. What outlives one request belongs to a `TaskTracker` or a `JoinSet` instead.

use tokio_util::task::AbortOnDropHandle;

/// Aborted when the handle is dropped.
#[allow(clippy::disallowed_methods, reason = "the one place that gives it an owner")]
pub fn spawn<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> AbortOnDropHandle<T> {
    AbortOnDropHandle::new(tokio::spawn(work))
}
