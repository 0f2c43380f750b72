//! Images, from the engine's words to the protocol's.

use linkspan_shared::{
    image::{HistoryEntry, Image, ImageDetails},
    time::Timestamp,
};

use super::{image_id, timestamp};
use linkspan_docker::model::{History, ImageInspect, ImageSummary};

pub fn image_from_summary(image: ImageSummary) -> Image {
    Image {
        id: image_id(image.id),
        tags: named(image.repo_tags),
        digests: named(image.repo_digests),
        created: Timestamp(image.created.saturating_mul(1000)),
        size: if image.size > 0 { image.size } else { image.virtual_size },
    }
}

pub fn image_from_inspect(image: ImageInspect) -> Image {
    Image {
        id: image_id(image.id),
        tags: named(image.repo_tags),
        digests: named(image.repo_digests),
        // The list counts in seconds; the same image must be the same row.
        created: Timestamp(timestamp(&image.created).unwrap_or_default().0 / 1000 * 1000),
        size: if image.size > 0 { image.size } else { image.virtual_size },
    }
}

pub fn image_details(mut inspect: ImageInspect, history: Vec<History>, raw: String) -> ImageDetails {
    let config = std::mem::take(&mut inspect.config);
    let platform = [&inspect.os, &inspect.architecture, &inspect.variant];
    ImageDetails {
        platform: platform.into_iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join("/"),
        author: std::mem::take(&mut inspect.author),
        message: std::mem::take(&mut inspect.comment),
        image: image_from_inspect(inspect),
        entrypoint: config.entrypoint,
        command: config.cmd,
        working_dir: config.working_dir,
        user: config.user,
        environment: config.env,
        ports: in_order(config.exposed_ports.into_keys().collect()),
        volumes: config.volumes.into_keys().collect(),
        labels: config.labels.into_iter().collect(),
        health_check: config.healthcheck.test,
        stop_signal: config.stop_signal,
        history: history.into_iter().map(history_entry).collect(),
        raw,
    }
}

/// `80/tcp` before `8080/tcp`.
pub(super) fn in_order(mut ports: Vec<String>) -> Vec<String> {
    ports.sort_by_key(|port| (port.split('/').next().and_then(|number| number.parse::<u32>().ok()), port.clone()));
    ports
}

fn history_entry(entry: History) -> HistoryEntry {
    HistoryEntry {
        created: (entry.created > 0).then_some(Timestamp(entry.created.saturating_mul(1000))),
        created_by: entry.created_by,
        size: u64::try_from(entry.size).unwrap_or(0),
        comment: entry.comment,
        tags: named(entry.tags),
    }
}

/// Old engines list a dangling image as `<none>:<none>`.
fn named(mut references: Vec<String>) -> Vec<String> {
    references.retain(|reference| !reference.contains("<none>"));
    references.sort();
    references
}
