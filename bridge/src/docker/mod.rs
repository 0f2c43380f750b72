//! Speaks the Engine API. Knows nothing of browsers, tables or jobs.
//!
//! A request is built as a value ([`request::Request`]) by the functions of one file per Engine object, and sent
//! by [`client::Client`]. Answers are decoded tolerantly into [`model`]: only the fields that are used, and no
//! unknown field or enum value ever fails a list.

pub mod client;
pub mod containers;
pub mod endpoint;
pub mod error;
pub mod events;
pub mod images;
pub mod model;
pub mod ndjson;
pub mod networks;
pub mod request;
pub mod system;

pub use client::{ByteStream, Client};
pub use endpoint::Endpoint;
pub use error::EngineError;
pub use request::Request;
