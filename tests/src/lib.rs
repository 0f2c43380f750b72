//! End-to-end tests: a real dockerd, a real registry, the built binary and a real browser, all of
//! them private to the run and on loopback.
//!
//! How it is laid out:
//!
//! - `tests/e2e.rs` lists the tests; those of one subject are a module in `tests/e2e/`. A test is an
//!   `async fn(Arc<World>)` that panics when something is not as it should be.
//! - [`runner`] runs them several at a time, with a limit for each, names the slowest, and cleans up whatever happens.
//!   It takes names to filter by, as every Rust test binary: `cargo test -p linkspan-tests -- pull`.
//! - [`world`] is what they share: one engine and one chromedriver, both started when first asked
//!   for. A bridge, a browser window and, where a test breaks it, an engine are a test's own.
//! - [`page`] finds things on a page by role and accessible name, as a person with a screen reader
//!   does, and waits for conditions, never for a time. [`browser`] opens windows.
//! - [`wire`] speaks the websocket without a browser; [`watch`] keeps what it says and compares it with the engine.
//! - [`commands`] runs what a page shows as commands and programs.
//! - [`bridge`], [`registry`], [`provider`], [`sshd`], [`proxy`] and [`scripted`] start what their names say, [`certificates`] makes
//!   those. [`scratch`] knows where files go.
//!
//! After a failed test `target/e2e/` holds a picture of each of its windows.
//!
//! Needs root, because a private engine does, and the packages in [`xtask::packages::TESTS`].

pub mod bridge;
pub mod browser;
pub mod certificates;
pub mod clock;
pub mod commands;
pub mod page;
pub mod provider;
pub mod proxy;
pub mod registry;
pub mod runner;
pub mod scratch;
pub mod scripted;
pub mod site;
pub mod sshd;
pub mod watch;
pub mod wire;
pub mod world;
