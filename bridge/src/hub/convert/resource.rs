//! Volumes and networks.

use linkspan_shared::{
    ids::{NetworkId, VolumeName},
    network::{Network, Subnet},
    volume::Volume,
};

use super::timestamp;
use linkspan_docker::model;

pub fn volume(volume: model::Volume) -> Volume {
    Volume {
        name: VolumeName(volume.name),
        driver: volume.driver,
        mountpoint: volume.mountpoint,
        scope: volume.scope,
        created: timestamp(&volume.created_at),
        labels: volume.labels.into_iter().collect(),
        options: volume.options.into_iter().collect(),
    }
}

pub fn network(network: model::Network) -> Network {
    Network {
        id: NetworkId(network.id),
        name: network.name,
        driver: network.driver,
        scope: network.scope,
        created: timestamp(&network.created),
        internal: network.internal,
        attachable: network.attachable,
        ipv6: network.enable_ipv6,
        subnets: network.ipam.config.into_iter().map(|config| Subnet { subnet: config.subnet, gateway: config.gateway }).collect(),
        labels: network.labels.into_iter().collect(),
        options: network.options.into_iter().collect(),
    }
}
