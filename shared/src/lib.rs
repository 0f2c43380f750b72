//! The messages that Linkspan's browser half and its bridge exchange over one websocket.
//!
//! The websocket is at `/api/ws`, subprotocol [`control::SUBPROTOCOL`]. Text frames carry JSON: a browser
//! sends [`control::ClientMessage`], the bridge answers with [`control::ServerMessage`]. Binary frames carry
//! bulk bytes (logs, output of runs and builds) behind the five-byte header of [`frame`].
//!
//! Three shapes cover everything:
//!
//! * **Call** ([`call`]): a request id, one typed request, exactly one reply: the call's output or a [`problem::Problem`].
//! * **Channel** ([`channel`]): `open` a typed spec on an id, receive data, until `close` or `done`. *State* channels
//!   carry a [`table`]: a snapshot, then deltas, each stamped with epoch and sequence so that a reconnect resumes.
//!   *Stream* channels carry binary frames under a byte window that the browser acknowledges.
//! * **Job** ([`job`]): work that outlives a click. A call starts it; every browser follows it in the jobs table.
//!
//! This crate holds plain data and pure decoders: no IO, no clock, no async, nothing but serde.

pub mod account;
pub mod activity;
pub mod bytes_name;
pub mod call;
pub mod channel;
pub mod connect;
pub mod container;
pub mod control;
pub mod credential;
pub mod disk;
pub mod docker_run;
pub mod engine;
pub mod engine_fault;
pub mod explain;
pub mod file;
pub mod frame;
pub mod host_path;
pub mod ids;
pub mod image;
pub mod job;
pub mod json;
pub mod log_entry;
pub mod log_time;
pub mod network;
pub mod passkey;
pub mod person;
pub mod ports;
pub mod problem;
pub mod reference;
pub mod review;
pub mod run;
pub mod size;
pub mod stats;
pub mod stdcopy;
pub mod table;
pub mod terminal;
pub mod time;
pub mod user;
pub mod volume;
pub mod webhook;
