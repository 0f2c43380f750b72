//! Engine object → message: the only place where the two meet. Pure.

mod container;
mod disk;
mod engine;
mod hidden;
mod image;
mod limits;
mod problem;
mod resource;
mod stats;

pub use container::{container_details, container_from_inspect, container_from_summary, labels};
pub use disk::disk_usage;
pub use engine::engine_details;
pub use hidden::{hide_values, without_values};
pub use image::{image_details, image_from_inspect, image_from_summary};
pub use limits::update_of;
pub use problem::{problem, pull_problem, registry_problem, unreachable};
pub use resource::{network, volume};
pub use stats::{container_stats, sample};

use linkspan_shared::{ids::ImageId, time::Timestamp};

/// Podman's compatible lists have it without the algorithm now and then.
fn image_id(id: String) -> ImageId {
    let is_bare = id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    ImageId(if is_bare { format!("sha256:{id}") } else { id })
}

/// RFC 3339 as the Engine writes it. Its zero time (year 1) means "never".
fn timestamp(text: &str) -> Option<Timestamp> {
    let time: jiff::Timestamp = text.parse().ok()?;
    (time.as_second() > 0).then(|| Timestamp(time.as_millisecond()))
}
