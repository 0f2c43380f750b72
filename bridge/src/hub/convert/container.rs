//! Containers, from the engine's words to the protocol's.

use std::collections::BTreeMap;

use linkspan_shared::{
    container::{
        Container, ContainerDetails, ContainerLabels, ContainerState, Health, HealthCheck, MountPoint, NetworkAddress, Port, Probe,
    },
    ids::ContainerId,
    ports::{PortLine, lines},
    time::Timestamp,
};

use super::{image::in_order, image_id, limits::limits, timestamp};
use linkspan_docker::model::{
    ContainerInspect, ContainerSummary, HealthProbe, HealthState, Healthcheck, MountPoint as MountPointModel, NetworkSettings, PortBinding,
};

/// Runs of a health check that are told of.
const PROBES: usize = 3;
const COMPOSE_PROJECT: &str = "com.docker.compose.project";
const COMPOSE_FILES: &str = "com.docker.compose.project.config_files";
const COMPOSE_SERVICE: &str = "com.docker.compose.service";
const SWARM_SERVICE: &str = "com.docker.swarm.service.name";

/// `own` is the container that Linkspan itself runs in, if it runs in one.
pub fn container_from_summary(container: ContainerSummary, own: Option<&ContainerId>) -> Container {
    let id = ContainerId(container.id);
    let state = state(&container.state);
    let mut ports: Vec<Port> = container
        .ports
        .into_iter()
        .map(|port| Port { container_port: port.private_port, protocol: port.protocol, host_port: port.public_port, host_ip: port.ip })
        .collect();
    ports.sort();
    ports.dedup();
    Container {
        is_self: own == Some(&id),
        // A linked container has more names, with the other's name and a slash in front.
        name: container
            .names
            .iter()
            .map(|name| name.trim_start_matches('/'))
            .find(|name| !name.contains('/'))
            .unwrap_or(id.short())
            .to_owned(),
        image: container.image,
        image_id: image_id(container.image_id),
        command: container.command,
        created: Timestamp(container.created.saturating_mul(1000)),
        started: None,
        state,
        unknown_state: unknown_word(&container.state),
        health: health_from_status(&container.status),
        exit_code: exit_code_from_status(state, &container.status),
        restarts: 0,
        out_of_memory: false,
        ports,
        volumes: volumes(&container.mounts),
        networks: container.network_settings.networks.into_keys().collect(),
        service: container.labels.get(COMPOSE_SERVICE).cloned(),
        project: container.labels.get(COMPOSE_PROJECT).cloned(),
        project_file: compose_file(&container.labels),
        swarm_service: container.labels.get(SWARM_SERVICE).cloned(),
        auto_remove: false,
        id,
    }
}

pub fn labels(id: &str, labels: &BTreeMap<String, String>) -> ContainerLabels {
    ContainerLabels { container: ContainerId::new(id), labels: labels.clone().into_iter().collect() }
}

/// `listed` is what the list said of the same container: it keeps the command as it is listed, which an inspect words
/// differently.
pub fn container_from_inspect(container: ContainerInspect, listed: Option<&Container>, own: Option<&ContainerId>) -> Container {
    let id = ContainerId(container.id);
    let state = state(&container.state.status);
    let command = std::iter::once(container.path).chain(container.args).collect::<Vec<_>>().join(" ");
    Container {
        is_self: own == Some(&id),
        name: match container.name.trim_start_matches('/') {
            "" => id.short().to_owned(),
            name => name.to_owned(),
        },
        // What it was made from, whatever has become of that name since.
        image: match listed {
            Some(listed) if container.config.image.is_empty() => listed.image.clone(),
            _ => container.config.image,
        },
        image_id: image_id(container.image),
        command: listed.map_or(command, |listed| listed.command.clone()),
        created: timestamp(&container.created)
            .map_or_else(|| listed.map_or(Timestamp(0), |listed| listed.created), |created| Timestamp(created.0 / 1000 * 1000)),
        started: timestamp(&container.state.started_at).filter(|_| state.has_process()),
        state,
        unknown_state: unknown_word(&container.state.status),
        health: if state.is_up() { health(container.state.health.as_ref().map_or("", |health| &health.status)) } else { Health::None },
        exit_code: match container.state.exit_code {
            code if has_exit_code(state) => code,
            _ if container.restart_count > 0 => listed.and_then(|listed| listed.exit_code),
            _ => None,
        },
        restarts: container.restart_count,
        out_of_memory: container.state.oom_killed,
        ports: ports(&container.network_settings, container.config.exposed_ports.keys(), state),
        volumes: volumes(&container.mounts),
        service: container.config.labels.get(COMPOSE_SERVICE).cloned(),
        project: container.config.labels.get(COMPOSE_PROJECT).cloned(),
        project_file: compose_file(&container.config.labels),
        swarm_service: container.config.labels.get(SWARM_SERVICE).cloned(),
        auto_remove: container.host_config.auto_remove,
        networks: container.network_settings.networks.into_keys().collect(),
        id,
    }
}

/// `raw` is the engine's answer as it came.
pub fn container_details(container: ContainerInspect, raw: String) -> ContainerDetails {
    let state = state(&container.state.status);
    // Between two lives of one that restarts the engine has them from nowhere else.
    let ports = if state.has_process() {
        lines(&ports(&container.network_settings, container.config.exposed_ports.keys(), state))
    } else {
        wanted_ports(&container.host_config.port_bindings, container.config.exposed_ports.keys())
    };
    ContainerDetails {
        limits: limits(&container.host_config),
        ports,
        id: ContainerId(container.id),
        started: timestamp(&container.state.started_at),
        finished: timestamp(&container.state.finished_at),
        error: container.state.error,
        out_of_memory: container.state.oom_killed,
        restart_count: container.restart_count,
        retries: container.host_config.restart_policy.maximum_retry_count,
        restart_policy: container.host_config.restart_policy.name,
        health_check: health_check(container.config.healthcheck, container.state.health),
        entrypoint: container.config.entrypoint,
        command: container.config.cmd,
        working_dir: container.config.working_dir,
        user: container.config.user,
        tty: container.config.tty,
        privileged: container.host_config.privileged,
        environment: container.config.env,
        mounts: container
            .mounts
            .into_iter()
            .map(|mount| MountPoint {
                kind: mount.kind,
                source: if mount.name.is_empty() { mount.source } else { mount.name },
                target: mount.destination,
                read_only: mount.writable == Some(false),
            })
            .collect(),
        networks: container
            .network_settings
            .networks
            .into_iter()
            .map(|(network, endpoint)| NetworkAddress { network, ip_address: endpoint.ip_address })
            .collect(),
        labels: container.config.labels.into_iter().collect(),
        exposed_ports: in_order(container.config.exposed_ports.into_keys().collect()),
        stop_signal: container.config.stop_signal,
        raw,
    }
}

/// `None` where there is none, or it is switched off (`NONE`).
fn health_check(check: Healthcheck, state: Option<HealthState>) -> Option<HealthCheck> {
    let state = state.filter(|state| !matches!(state.status.as_str(), "" | "none") || !state.log.is_empty());
    let is_off = check.test.first().is_none_or(|kind| kind == "NONE");
    if state.is_none() && is_off {
        return None;
    }
    let state = state.unwrap_or_default();
    let probe = |probe: HealthProbe| Probe { ended: timestamp(&probe.end), exit_code: probe.exit_code, output: probe.output };
    Some(HealthCheck {
        test: check.test,
        interval: u64::try_from(check.interval / 1_000_000).ok().filter(|interval| *interval > 0),
        failing_streak: state.failing_streak,
        probes: state.log.into_iter().rev().take(PROBES).map(probe).collect(),
    })
}

/// The first of them, as Compose joins them.
fn compose_file(labels: &BTreeMap<String, String>) -> Option<String> {
    labels.get(COMPOSE_FILES)?.split(',').next().filter(|file| !file.is_empty()).map(str::to_owned)
}

/// The names of the volumes among them.
fn volumes(mounts: &[MountPointModel]) -> Vec<String> {
    let mut names: Vec<String> = mounts.iter().filter(|mount| is_volume(mount)).map(|mount| mount.name.clone()).collect();
    names.sort();
    names.dedup();
    names
}

/// Docker 1.12 says no type; what has a name is a volume.
fn is_volume(mount: &MountPointModel) -> bool {
    mount.kind == "volume" || mount.kind.is_empty() && !mount.name.is_empty()
}

/// The engine's own word where it is none that this Linkspan knows.
fn unknown_word(word: &str) -> Option<String> {
    (word == "stopping" || state(word) == ContainerState::Unknown && !word.is_empty()).then(|| word.to_owned())
}

fn state(word: &str) -> ContainerState {
    match word {
        // Podman: configured, initialized; stopping and stopped.
        "created" | "configured" | "initialized" => ContainerState::Created,
        "running" | "stopping" => ContainerState::Running,
        "paused" => ContainerState::Paused,
        "restarting" => ContainerState::Restarting,
        "removing" => ContainerState::Removing,
        "exited" | "stopped" => ContainerState::Exited,
        "dead" => ContainerState::Dead,
        _ => ContainerState::Unknown,
    }
}

fn has_exit_code(state: ContainerState) -> bool {
    matches!(state, ContainerState::Exited | ContainerState::Dead | ContainerState::Restarting)
}

fn health(word: &str) -> Health {
    match word {
        "starting" => Health::Starting,
        "healthy" => Health::Healthy,
        "unhealthy" => Health::Unhealthy,
        _ => Health::None,
    }
}

/// The list tells health only in the text for people: `Up 3 minutes (health: starting)`.
fn health_from_status(status: &str) -> Health {
    let in_brackets = status.rsplit_once('(').map_or("", |(_, rest)| rest.trim_end_matches(')'));
    health(in_brackets.trim_start_matches("health: "))
}

/// And the exit code: `Exited (137) 2 hours ago`.
fn exit_code_from_status(state: ContainerState, status: &str) -> Option<i64> {
    let (_, rest) = status.split_once('(')?;
    has_exit_code(state).then(|| rest.split_once(')')?.0.parse().ok()).flatten()
}

/// As the list has them: published ones with their address, the others without; none of a stopped container.
fn ports<'a>(settings: &NetworkSettings, exposed: impl Iterator<Item = &'a String>, state: ContainerState) -> Vec<Port> {
    if !state.is_up() {
        return Vec::new();
    }
    let parse = port_of;
    let mut ports = Vec::new();
    for (key, bindings) in &settings.ports {
        let Some((container_port, protocol)) = parse(key) else { continue };
        let bindings = bindings.as_deref().unwrap_or_default();
        if bindings.is_empty() {
            ports.push(Port { container_port, protocol: protocol.clone(), host_port: None, host_ip: String::new() });
        }
        ports.extend(bindings.iter().map(|binding| Port {
            container_port,
            protocol: protocol.clone(),
            host_port: binding.host_port.parse().ok(),
            host_ip: binding.host_ip.clone(),
        }));
    }
    for (container_port, protocol) in exposed.filter_map(|key| parse(key)) {
        if !ports.iter().any(|port| port.container_port == container_port && port.protocol == protocol) {
            ports.push(Port { container_port, protocol, host_port: None, host_ip: String::new() });
        }
    }
    ports.sort();
    ports.dedup();
    ports
}

/// `80/tcp`; without a protocol it is TCP.
fn port_of(key: &str) -> Option<(u16, String)> {
    let (number, protocol) = key.split_once('/').unwrap_or((key, "tcp"));
    Some((number.parse().ok()?, protocol.to_owned()))
}

/// What was asked for: of the host's side a number, a range of them, or none.
fn wanted_ports<'a>(bindings: &BTreeMap<String, Option<Vec<PortBinding>>>, exposed: impl Iterator<Item = &'a String>) -> Vec<PortLine> {
    let (mut wanted, mut single) = (Vec::new(), Vec::new());
    for (key, bindings) in bindings {
        let Some((port, protocol)) = port_of(key) else { continue };
        for PortBinding { host_ip, host_port } in bindings.iter().flatten() {
            let number = |text: &str| text.parse::<u16>().ok();
            // One of several, whichever is free.
            if let Some(host) = host_port.split_once('-').and_then(|(first, last)| number(first).zip(number(last))) {
                let addresses = Some(host_ip.clone()).filter(|address| !address.is_empty()).into_iter().collect();
                wanted.push(PortLine { host: Some(host), container: (port, port), protocol: protocol.clone(), addresses });
            } else {
                let (host_port, host_ip) = (Some(number(host_port).unwrap_or_default()), host_ip.clone());
                single.push(Port { container_port: port, protocol: protocol.clone(), host_port, host_ip });
            }
        }
    }
    let only_exposed = exposed.filter(|key| !bindings.contains_key(*key)).filter_map(|key| port_of(key));
    single.extend(only_exposed.map(|(port, protocol)| Port { container_port: port, protocol, host_port: None, host_ip: String::new() }));
    wanted.extend(lines(&single));
    wanted.sort_by(|a, b| (a.host.is_none(), a).cmp(&(b.host.is_none(), b)));
    wanted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_s_text_tells_health_and_exit_code() {
        assert_eq!(health_from_status("Up 3 minutes (healthy)"), Health::Healthy);
        assert_eq!(health_from_status("Up 3 minutes (health: starting)"), Health::Starting);
        assert_eq!(health_from_status("Up 3 minutes (unhealthy)"), Health::Unhealthy);
        assert_eq!(health_from_status("Up 3 minutes (Paused)"), Health::None);
        assert_eq!(exit_code_from_status(ContainerState::Exited, "Exited (137) 2 hours ago"), Some(137));
        assert_eq!(exit_code_from_status(ContainerState::Running, "Up 3 minutes (1)"), None);
        assert_eq!(exit_code_from_status(ContainerState::Exited, "Exited"), None);
    }

    #[test]
    fn unknown_words_and_fields_do_no_harm() {
        let summary: ContainerSummary =
            serde_json::from_str(r#"{"Id":"ab","Names":null,"State":"levitating","Ports":null,"Labels":null,"New":{}}"#).unwrap();
        let row = container_from_summary(summary, None);
        assert_eq!((row.name.as_str(), row.state), ("ab", ContainerState::Unknown));
    }
}
