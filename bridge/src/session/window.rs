//! Flow control of one stream channel: how many bytes may be on their way to the browser.

use linkspan_shared::control::STREAM_WINDOW;
use tokio::sync::watch;

pub struct Window {
    acknowledged: watch::Sender<u64>,
}

impl Default for Window {
    fn default() -> Self {
        Self { acknowledged: watch::Sender::new(0) }
    }
}

impl Window {
    /// The browser has consumed `bytes` in all. A number that goes back is ignored.
    pub fn acknowledge(&self, bytes: u64) {
        self.acknowledged.send_if_modified(|known| {
            let news = bytes > *known;
            if news {
                *known = bytes;
            }
            news
        });
    }

    /// Ends when there is room beside the `sent` bytes.
    pub async fn room(&self, sent: u64) {
        let mut acknowledged = self.acknowledged.subscribe();
        // The sender is this window itself, so that waiting cannot fail.
        let _ = acknowledged.wait_for(|known| sent.saturating_sub(*known) < STREAM_WINDOW).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_full_window_waits_for_the_browser() {
        let window = Window::default();
        window.room(STREAM_WINDOW - 1).await;
        let mut full = std::pin::pin!(window.room(STREAM_WINDOW + 5));
        assert!(futures_util::poll!(&mut full).is_pending());
        window.acknowledge(3);
        assert!(futures_util::poll!(&mut full).is_pending());
        window.acknowledge(6);
        window.acknowledge(1);
        full.await;
    }
}
