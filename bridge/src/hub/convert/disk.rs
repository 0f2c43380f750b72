//! The use of the disk, with what each thing's removal would free.

use std::collections::HashSet;

use linkspan_shared::{
    disk::{DiskItem, DiskKind, DiskUsage},
    ids::ContainerId,
    job::Object,
    time::Timestamp,
    volume::is_anonymous,
};

use super::{image_id, timestamp};
use linkspan_docker::model;

pub fn disk_usage(usage: model::DataUsage) -> DiskUsage {
    let images_size = bytes(usage.layers_size);
    let mut items: Vec<DiskItem> = usage.containers.into_iter().map(container).collect();
    items.extend(usage.images.into_iter().map(image));
    items.extend(usage.volumes.into_iter().map(volume));
    items.extend(usage.build_cache.into_iter().map(cache));
    // The engine counts in no order.
    items.sort_by(|a, b| (a.kind, b.size, &a.name).cmp(&(b.kind, a.size, &b.name)));
    let mut seen = HashSet::new();
    items.retain(|item| seen.insert(item.object.clone()));
    DiskUsage { images_size, items }
}

fn container(container: model::ContainerUsage) -> DiskItem {
    let name = container.names.first().map(|name| name.trim_start_matches('/').to_owned()).unwrap_or_default();
    let size = bytes(container.size_rw);
    DiskItem {
        name: if name.is_empty() { ContainerId::new(container.id.as_str()).short().to_owned() } else { name },
        object: Object::Container(ContainerId(container.id)),
        size,
        frees: size,
        created: seconds(container.created),
        kind: DiskKind::Container,
        // As `docker container prune` sees it.
        in_use: !matches!(container.state.as_str(), "created" | "exited" | "dead" | "stopped" | "configured" | "initialized"),
    }
}

fn image(image: model::ImageUsage) -> DiskItem {
    let size = bytes(if image.size > 0 { image.size } else { image.virtual_size });
    let id = image_id(image.id);
    // Pulled by its digest it has a name, too.
    let name = image.repo_tags.iter().chain(&image.repo_digests).find(|name| !name.contains("<none>")).cloned();
    DiskItem {
        kind: if name.is_some() { DiskKind::Image } else { DiskKind::DanglingImage },
        name: name.unwrap_or_else(|| id.short().to_owned()),
        object: Object::Image(id.0),
        size,
        // Layers that only images to be removed share are freed, too, but no one of them frees them alone.
        frees: size.saturating_sub(bytes(image.shared_size)),
        created: seconds(image.created),
        // An engine that did not count does not know that nobody has it.
        in_use: image.containers != 0,
    }
}

fn volume(volume: model::VolumeUsage) -> DiskItem {
    let size = bytes(volume.usage_data.size);
    DiskItem {
        object: Object::Volume(volume.name.clone()),
        created: timestamp(&volume.created_at),
        kind: if is_anonymous(&volume.name) { DiskKind::AnonymousVolume } else { DiskKind::Volume },
        name: volume.name,
        size,
        frees: size,
        // An engine that did not count does not know that nobody has it.
        in_use: volume.usage_data.ref_count != 0,
    }
}

fn cache(cache: model::CacheUsage) -> DiskItem {
    let size = bytes(cache.size);
    DiskItem {
        object: Object::Cache(cache.id.clone()),
        name: if cache.description.is_empty() { cache.id } else { cache.description },
        size,
        // What an image has, too, stays with it.
        frees: if cache.shared { 0 } else { size },
        created: timestamp(&cache.created_at),
        kind: DiskKind::BuildCache,
        in_use: cache.in_use != Some(false),
    }
}

/// -1 is "not counted".
fn bytes(size: i64) -> u64 {
    u64::try_from(size).unwrap_or(0)
}

fn seconds(created: i64) -> Option<Timestamp> {
    (created > 0).then_some(Timestamp(created.saturating_mul(1000)))
}
