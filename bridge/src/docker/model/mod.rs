//! The Engine's objects, as far as they are used. Everything is optional that an engine might leave out.

mod container;
mod disk;
mod event;
mod exec;
mod image;
mod network;
mod stats;
mod system;
mod volume;

pub use container::*;
pub use disk::*;
pub use event::*;
pub use exec::*;
pub use image::*;
pub use network::*;
pub use stats::*;
pub use system::*;
pub use volume::*;

use serde::{Deserialize, Deserializer};

/// Go writes an empty slice or map as `null`.
fn null_as_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
