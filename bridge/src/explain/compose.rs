//! Containers as a Compose file (compose-spec.io). Values that look secret are variables, as for the commands.

use std::collections::BTreeSet;

use linkspan_shared::{
    docker_run::fields::ulimit,
    run::{HealthOptions, Mount, MountKind, RestartPolicy, RunSpec},
    size::{nanoseconds_text, size_text},
};

use super::{
    secrets,
    words::{Piece, environment_of, is_hidden, one_line, pieces},
};

/// A part of a file.
enum Yaml {
    Text(String),
    /// As it is: a number, a truth.
    Bare(String),
    List(Vec<Yaml>),
    Map(Vec<(String, Yaml)>),
}

impl Yaml {
    fn texts<'a>(texts: impl IntoIterator<Item = &'a String>) -> Self {
        Self::List(texts.into_iter().map(|text| Self::Text(text.clone())).collect())
    }

    fn is_nothing(&self) -> bool {
        match self {
            Self::Text(text) | Self::Bare(text) => text.is_empty(),
            Self::List(list) => list.is_empty(),
            Self::Map(map) => map.is_empty(),
        }
    }

    fn variables(&self, into: &mut BTreeSet<String>) {
        match self {
            Self::Text(text) => into.extend(environment_of(text).map(str::to_owned)),
            Self::Bare(_) => {}
            Self::List(list) => list.iter().for_each(|one| one.variables(into)),
            Self::Map(map) => map.iter().for_each(|(_, one)| one.variables(into)),
        }
    }

    fn write(&self, depth: usize, into: &mut String) {
        let indent = "  ".repeat(depth);
        match self {
            Self::Text(text) => into.push_str(&format!(" {}\n", quoted(text))),
            Self::Bare(text) => into.push_str(&format!(" {text}\n")),
            Self::List(list) if list.is_empty() => into.push_str(" []\n"),
            Self::Map(map) if map.is_empty() => into.push_str(" {}\n"),
            Self::List(list) => {
                into.push('\n');
                for one in list {
                    into.push_str(&format!("{indent}-"));
                    match one {
                        // Its first entry stands beside the dash.
                        Self::Map(map) => {
                            let mut inner = String::new();
                            Self::entries(map, depth + 1, &mut inner);
                            into.push_str(&format!(" {}", inner.trim_start()));
                        }
                        other => other.write(depth + 1, into),
                    }
                }
            }
            Self::Map(map) => {
                into.push('\n');
                Self::entries(map, depth, into);
            }
        }
    }

    fn entries(map: &[(String, Self)], depth: usize, into: &mut String) {
        for (name, value) in map {
            into.push_str(&format!("{}{}:", "  ".repeat(depth), key(name)));
            value.write(depth + 1, into);
        }
    }
}

/// A string of JSON is one of YAML (YAML 1.2, 1.3). Compose fills in what stands behind a dollar.
fn quoted(text: &str) -> String {
    let one = |piece: &Piece<'_>| match piece {
        Piece::Text(text) => {
            let json = serde_json::to_string(&text.replace('$', "$$")).unwrap_or_default();
            // What cannot be seen, and what YAML takes for the end of a line.
            let is_other = |char: char| is_hidden(char) || matches!(char, '\u{85}' | '\u{2028}' | '\u{2029}');
            let inner = json.get(1..json.len().saturating_sub(1)).unwrap_or_default();
            inner.chars().map(|char| if is_other(char) { format!("\\u{:04x}", u32::from(char)) } else { char.to_string() }).collect()
        }
        Piece::Environment(name) | Piece::Answer(name) => format!("${{{name}:?}}"),
    };
    format!("\"{}\"", pieces(text).iter().map(one).collect::<String>())
}

fn key(text: &str) -> String {
    let is_plain = text.starts_with(|char: char| char.is_ascii_alphabetic())
        && text.chars().all(|char| char.is_ascii_alphanumeric() || "_-.".contains(char));
    // These words are truths.
    if is_plain && !["y", "n", "yes", "no", "on", "off", "true", "false", "null"].contains(&text.to_lowercase().as_str()) {
        text.to_owned()
    } else {
        serde_json::to_string(text).unwrap_or_default()
    }
}

/// `left_out`: what a container has that is nowhere in the file, as the Engine API names it.
pub fn compose(containers: &[(RunSpec, Vec<String>)]) -> String {
    let mut services = Vec::new();
    let (mut networks, mut volumes) = (BTreeSet::new(), BTreeSet::new());
    let mut text = String::new();
    for (spec, left_out) in containers {
        let spec = &hidden(spec);
        let mut left_out = left_out.clone();
        if spec.auto_remove {
            left_out.push("AutoRemove".to_owned());
        }
        if !left_out.is_empty() {
            text.push_str(&format!("# Not in this file, of {}: {}\n", one_line(&spec.name), one_line(&left_out.join(", "))));
        }
        networks.extend(networks_of(spec).into_iter().map(|(name, _)| name));
        let named = spec.mounts.iter().filter(|mount| mount.kind == MountKind::Volume && !mount.source.is_empty());
        volumes.extend(named.map(|mount| mount.source.clone()));
        services.push((spec.name.clone(), service(spec)));
    }
    let called = |names: BTreeSet<String>, external: bool| {
        let one = |name: String| {
            let known = [("name".to_owned(), Yaml::Text(name.clone()))].into_iter();
            (name, Yaml::Map(known.chain(external.then(|| ("external".to_owned(), Yaml::Bare("true".to_owned())))).collect()))
        };
        Yaml::Map(names.into_iter().map(one).collect())
    };
    let services = Yaml::Map(services);
    let mut secrets = BTreeSet::new();
    services.variables(&mut secrets);
    if !secrets.is_empty() {
        text.push_str(&format!("# To be set in the environment or in .env: {}\n", secrets.into_iter().collect::<Vec<_>>().join(", ")));
    }
    let parts = [("services", services), ("networks", called(networks, true)), ("volumes", called(volumes, false))];
    for (name, part) in parts.into_iter().filter(|(_, part)| !part.is_nothing()) {
        text.push_str(&format!("{name}:"));
        part.write(1, &mut text);
    }
    text
}

fn service(spec: &RunSpec) -> Yaml {
    let options = &spec.options;
    let text = |text: &str| Yaml::Text(text.to_owned());
    let flag = |on: bool| Yaml::Bare(if on { "true".to_owned() } else { String::new() });
    let number = |number: Option<String>| Yaml::Bare(number.unwrap_or_default());
    let restart = if spec.restart_policy == RestartPolicy::No { "" } else { spec.restart_policy.as_str() };
    let (mode, joined) = match spec.network.as_str() {
        mode @ ("host" | "none") => (mode, Vec::new()),
        "" | "bridge" | "default" if spec.options.further_networks.is_empty() => ("bridge", Vec::new()),
        _ => ("", networks_of(spec)),
    };
    let networks = Yaml::Map(joined);
    let logging = [("driver", text(&options.log_driver)), ("options", Yaml::Map(pairs(&options.log_options)))];
    let fields = [
        ("image", text(&spec.image)),
        ("container_name", text(&spec.name)),
        ("platform", text(&options.platform)),
        ("command", Yaml::texts(&spec.command)),
        ("entrypoint", Yaml::texts(spec.entrypoint.iter().flatten())),
        ("working_dir", text(&spec.working_dir)),
        ("user", text(&spec.user)),
        ("environment", Yaml::Map(spec.environment.iter().map(|(name, value)| (name.clone(), text(value))).collect())),
        ("ports", Yaml::List(spec.ports.iter().map(|port| Yaml::Text(published(port))).collect())),
        ("volumes", Yaml::List(spec.mounts.iter().map(mount).collect())),
        ("labels", Yaml::Map(spec.labels.iter().map(|(name, value)| (name.clone(), text(value))).collect())),
        ("restart", text(restart)),
        ("network_mode", text(mode)),
        ("networks", networks),
        ("hostname", text(&options.hostname)),
        ("extra_hosts", Yaml::texts(&options.extra_hosts)),
        ("dns", Yaml::texts(&options.dns)),
        ("healthcheck", health(&options.health)),
        ("mem_limit", text(&options.memory.map(size_text).unwrap_or_default())),
        ("cpus", number(options.nano_cpus.map(|nano| format!("{}", nano as f64 / 1e9)))),
        ("pids_limit", number(options.pids_limit.map(|limit| limit.to_string()))),
        ("shm_size", text(&options.shm_size.map(size_text).unwrap_or_default())),
        ("ulimits", Yaml::Map(options.ulimits.iter().filter_map(|written| limit(written)).collect())),
        ("sysctls", Yaml::Map(pairs(&options.sysctls))),
        ("devices", Yaml::texts(&options.devices)),
        ("cap_add", Yaml::texts(&options.cap_add)),
        ("cap_drop", Yaml::texts(&options.cap_drop)),
        ("privileged", flag(spec.privileged)),
        ("read_only", flag(options.read_only)),
        ("init", flag(options.init)),
        ("tty", flag(spec.tty)),
        ("stdin_open", flag(spec.tty)),
        ("stop_signal", text(&options.stop_signal)),
        ("stop_grace_period", text(&options.stop_timeout.map(|seconds| format!("{seconds}s")).unwrap_or_default())),
        ("logging", some(logging)),
        ("deploy", gpus(&options.gpus)),
    ];
    some(fields)
}

/// What there is of it.
fn some<const N: usize>(fields: [(&str, Yaml); N]) -> Yaml {
    Yaml::Map(fields.into_iter().filter(|(_, value)| !value.is_nothing()).map(|(name, value)| (name.to_owned(), value)).collect())
}

/// With variables in the places of what is secret.
fn hidden(spec: &RunSpec) -> RunSpec {
    let pairs = |pairs: &[(String, String)]| pairs.iter().map(|(name, value)| (name.clone(), secrets::value(name, value))).collect();
    let mut hidden = RunSpec {
        environment: pairs(&spec.environment),
        labels: pairs(&spec.labels),
        command: secrets::words(&spec.command),
        entrypoint: spec.entrypoint.as_deref().map(secrets::words),
        ..spec.clone()
    };
    hidden.options.health.command = secrets::value("HEALTH_COMMAND", &spec.options.health.command);
    hidden.options.log_options = secrets::words(&spec.options.log_options);
    hidden
}

fn pairs(lines: &[String]) -> Vec<(String, Yaml)> {
    lines.iter().filter_map(|line| line.split_once('=')).map(|(name, value)| (name.to_owned(), Yaml::Text(value.to_owned()))).collect()
}

fn published(port: &linkspan_shared::run::PortMapping) -> String {
    let address = match port.host_ip.as_str() {
        "" => String::new(),
        v6 if v6.contains(':') => format!("[{v6}]:"),
        address => format!("{address}:"),
    };
    let host = port.host_port.map_or(String::new(), |number| format!("{number}:"));
    let empty = if host.is_empty() && !address.is_empty() { ":" } else { "" };
    format!("{address}{host}{empty}{}/{}", port.container_port, port.protocol.as_str())
}

fn mount(mount: &Mount) -> Yaml {
    let text = |text: &str| Yaml::Text(text.to_owned());
    let read_only = Yaml::Bare(if mount.read_only { "true".to_owned() } else { String::new() });
    some([("type", text(mount.kind.as_str())), ("source", text(&mount.source)), ("target", text(&mount.target)), ("read_only", read_only)])
}

/// Each with what the container is called there.
fn networks_of(spec: &RunSpec) -> Vec<(String, Yaml)> {
    let options = &spec.options;
    let mut all = Vec::new();
    if !matches!(spec.network.as_str(), "" | "bridge" | "default" | "host" | "none") {
        let address = Yaml::Text(options.ip_address.clone());
        all.push((spec.network.clone(), some([("aliases", Yaml::texts(&options.network_aliases)), ("ipv4_address", address)])));
    }
    for written in &options.further_networks {
        let (network, aliases) = written.split_once(':').unwrap_or((written, ""));
        let aliases: Vec<String> = aliases.split(',').filter(|alias| !alias.is_empty()).map(str::to_owned).collect();
        all.push((network.to_owned(), some([("aliases", Yaml::texts(&aliases))])));
    }
    all
}

fn health(health: &HealthOptions) -> Yaml {
    if health.disabled {
        return some([("disable", Yaml::Bare("true".to_owned()))]);
    }
    let time = |time: Option<u64>| Yaml::Text(time.map(nanoseconds_text).unwrap_or_default());
    let test = if health.command.is_empty() { Vec::new() } else { vec!["CMD-SHELL".to_owned(), health.command.clone()] };
    some([
        ("test", Yaml::texts(&test)),
        ("interval", time(health.interval)),
        ("timeout", time(health.timeout)),
        ("start_period", time(health.start_period)),
        ("retries", Yaml::Bare(health.retries.map(|retries| retries.to_string()).unwrap_or_default())),
    ])
}

fn limit(written: &str) -> Option<(String, Yaml)> {
    let (name, soft, hard) = ulimit(written)?;
    let number = |number: i64| Yaml::Bare(number.to_string());
    Some((name.to_owned(), Yaml::Map(vec![("soft".to_owned(), number(soft)), ("hard".to_owned(), number(hard))])))
}

fn gpus(text: &str) -> Yaml {
    if text.is_empty() {
        return Yaml::Map(Vec::new());
    }
    let which = match text.strip_prefix("device=") {
        Some(ids) => ("device_ids", Yaml::List(ids.split(',').map(|id| Yaml::Text(id.to_owned())).collect())),
        None => ("count", Yaml::Bare(text.to_owned())),
    };
    let device =
        some([("driver", Yaml::Text("nvidia".to_owned())), which, ("capabilities", Yaml::List(vec![Yaml::Text("gpu".to_owned())]))]);
    some([("resources", some([("reservations", some([("devices", Yaml::List(vec![device]))]))]))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_becomes_a_service() {
        let mut spec = RunSpec {
            image: "shop:1".into(),
            name: "web".into(),
            command: vec!["sh".into(), "-c".into(), "echo \"$HOME\"\n".into()],
            environment: vec![("API_TOKEN".into(), "t0p".into()), ("A".into(), "b$c".into())],
            network: "front".into(),
            mounts: vec![Mount { kind: MountKind::Volume, source: "kept".into(), target: "/k".into(), read_only: true }],
            ..RunSpec::default()
        };
        spec.options.further_networks = vec!["back:web".into()];
        spec.options.memory = Some(1 << 26);
        let text = compose(&[(spec, vec!["SecurityOpt".into()])]);
        assert_eq!(
            text,
            r#"# Not in this file, of web: SecurityOpt
# To be set in the environment or in .env: API_TOKEN
services:
  web:
    image: "shop:1"
    container_name: "web"
    command:
      - "sh"
      - "-c"
      - "echo \"$$HOME\"\n"
    environment:
      API_TOKEN: "${API_TOKEN:?}"
      A: "b$$c"
    volumes:
      - type: "volume"
        source: "kept"
        target: "/k"
        read_only: true
    networks:
      front: {}
      back:
        aliases:
          - "web"
    mem_limit: "64m"
networks:
  back:
    name: "back"
    external: true
  front:
    name: "front"
    external: true
volumes:
  kept:
    name: "kept"
"#
        );
    }
}
