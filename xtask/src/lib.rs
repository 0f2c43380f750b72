//! What the tests and the development commands share: a private container engine, images made
//! without a registry, and the system packages both need.
//!
//! Everything here blocks and uses threads at most: a build tool has no use for an async runtime,
//! and the tests call it through `tokio::task::block_in_place`.

pub mod engine;
pub mod images;
pub mod packages;
pub mod process;
pub mod python;
pub mod suite;
