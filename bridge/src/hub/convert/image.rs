use linkspan_shared::{ids::ImageId, image::Image, time::Timestamp};

use super::timestamp;
use crate::docker::model::{ImageInspect, ImageSummary};

pub fn image_from_summary(image: ImageSummary) -> Image {
    Image {
        id: ImageId(image.id),
        tags: named(image.repo_tags),
        digests: named(image.repo_digests),
        created: Timestamp(image.created.saturating_mul(1000)),
        size: if image.size > 0 { image.size } else { image.virtual_size },
    }
}

pub fn image_from_inspect(image: ImageInspect) -> Image {
    Image {
        id: ImageId(image.id),
        tags: named(image.repo_tags),
        digests: named(image.repo_digests),
        // The list counts in seconds; the same image must be the same row.
        created: Timestamp(timestamp(&image.created).unwrap_or_default().0 / 1000 * 1000),
        size: if image.size > 0 { image.size } else { image.virtual_size },
    }
}

/// Old engines list a dangling image as `<none>:<none>`.
fn named(mut references: Vec<String>) -> Vec<String> {
    references.retain(|reference| !reference.contains("<none>"));
    references.sort();
    references
}
