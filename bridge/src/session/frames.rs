//! What a stream channel sends.

use bytes::BytesMut;
use linkspan_shared::frame::{self, Tag};

use super::channels::Channel;

/// The frames of a stream, no further ahead of the browser than its window.
pub struct Frames<'a> {
    channel: &'a Channel,
    /// Bytes of payload.
    sent: u64,
}

impl<'a> Frames<'a> {
    pub fn of(channel: &'a Channel) -> Self {
        Self { channel, sent: 0 }
    }

    /// Ends when the browser has taken enough of what was sent.
    pub async fn room(&self) {
        self.channel.window.room(self.sent).await;
    }

    /// `false`: the connection has ended.
    pub async fn send(&mut self, tag: Tag, payload: &[u8]) -> bool {
        self.sent += payload.len() as u64;
        let mut frame = BytesMut::with_capacity(frame::HEADER + payload.len());
        frame.extend_from_slice(&frame::header(self.channel.id, tag));
        frame.extend_from_slice(payload);
        self.channel.outbox.binary(frame.freeze()).await
    }
}
