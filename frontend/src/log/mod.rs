//! Lines of text out of a container's bytes: pure, bounded, and safe whatever the bytes are.

pub mod ansi;
pub mod buffer;
mod heights;
pub mod search;

pub use buffer::{Buffer, Stream};
pub use heights::Heights;
