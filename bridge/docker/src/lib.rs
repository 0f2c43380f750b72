//! Speaks the Engine API. Knows nothing of browsers, tables or jobs.
//!
//! A request is built as a value ([`request::Request`]) by the functions of one file per Engine object, and sent
//! by [`client::Client`]. Answers are decoded tolerantly into [`model`]: only the fields that are used, and no
//! unknown field or enum value ever fails a list.

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests wait for nobody"))]

pub mod api;
pub mod auth;
pub mod client;
pub mod connect;
pub mod containers;
pub mod doctor;
pub mod edit;
pub mod endpoint;
pub mod environment;
pub mod error;
pub mod events;
pub mod exec;
pub mod failure;
pub mod guard;
pub mod images;
pub mod like;
pub mod limits;
pub mod model;
pub mod networks;
pub mod operation;
mod page;
pub mod recreate;
pub mod request;
mod ssh;
pub mod stream;
pub mod system;
pub mod tls;
mod transport;
pub mod volumes;

pub use client::Client;
pub use endpoint::Endpoint;
pub use error::EngineError;
pub use failure::Failure;
pub use guard::{Denied, Guard, Permit};
pub use operation::Operation;
pub use request::Request;
pub use stream::ByteStream;
