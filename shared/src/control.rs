//! Text frames: what a browser says and what the bridge says.

use serde::{Deserialize, Serialize};

use crate::{
    channel::{ChannelSpec, Resume, StateChange},
    ids::{ChannelId, EngineId, Epoch, RequestId},
    json::Json,
    problem::Problem,
    time::Timestamp,
    user::User,
};

/// Offered and chosen in the websocket handshake (RFC 6455, 1.9).
pub const SUBPROTOCOL: &str = "linkspan.v1";

/// Bytes of one text frame from a browser, at most: a run form with a long environment fits, a flood does not.
pub const MAX_CLIENT_FRAME: usize = 1 << 20;
/// Calls of one connection that may be in flight; one more is answered with `TooMany`.
pub const MAX_CALLS: usize = 64;
/// Channels of one connection that may be open; one more is closed with `TooMany`.
pub const MAX_CHANNELS: usize = 64;
/// Bytes that a stream channel may be ahead of the browser's acknowledgements.
pub const STREAM_WINDOW: u64 = 4 << 20;
/// The bridge pings as often, and a peer that is silent for three of these is gone.
pub const PING_SECONDS: u64 = 20;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientMessage {
    /// Carry out `call` (see [`crate::call::Call::NAME`]) with `arguments`; answered by `Reply` or `Refusal`.
    Call {
        id: RequestId,
        engine: EngineId,
        call: String,
        arguments: Json,
    },
    Open {
        channel: ChannelId,
        engine: EngineId,
        spec: ChannelSpec,
        resume: Option<Resume>,
    },
    Close {
        channel: ChannelId,
    },
    /// The browser has consumed this many bytes of payload since the channel was opened.
    Acknowledge {
        channel: ChannelId,
        bytes: u64,
    },
    /// Answered by `Pong`: a browser cannot see the websocket's own pings.
    Ping,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerMessage {
    /// Always first.
    Hello(Hello),
    Reply {
        id: RequestId,
        output: Json,
    },
    Refusal {
        id: RequestId,
        problem: Problem,
    },
    State {
        channel: ChannelId,
        epoch: Epoch,
        sequence: u64,
        change: StateChange,
    },
    /// The stream ended by itself: a container stopped, a job ended.
    Done {
        channel: ChannelId,
    },
    /// The bridge gave the channel up, or never opened it.
    Closed {
        channel: ChannelId,
        problem: Problem,
    },
    Pong {
        /// By the bridge's clock, as in the greeting.
        now: Timestamp,
        /// Why what is done is not recorded at the moment: the disk is full, say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unrecorded: Option<String>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// A tab whose own build differs is older or newer than the bridge and must reload.
    pub build: String,
    pub user: User,
    /// Who gives roles.
    #[serde(default)]
    pub administrators: Vec<String>,
    /// The first is the default one.
    pub engines: Vec<EngineId>,
    /// The bridge's clock: a browser's may be hours apart.
    pub now: Timestamp,
    /// As in [`ServerMessage::Pong`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unrecorded: Option<String>,
}
