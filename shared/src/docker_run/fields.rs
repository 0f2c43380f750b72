//! The options of a container that most do without, by the names that the docker command has for them.

use crate::{
    run::RunOptions,
    size::{cpus_text, nano_cpus, nanoseconds, nanoseconds_text, size, size_text},
};

/// Whether this option is one of them, and its value can be read. One that may be given several times is added.
pub fn set(options: &mut RunOptions, name: &str, value: &str) -> bool {
    let health = &mut options.health;
    match name {
        "hostname" => value.clone_into(&mut options.hostname),
        "stop-signal" => value.clone_into(&mut options.stop_signal),
        "init" => options.init = is_on(value),
        "read-only" => options.read_only = is_on(value),
        "cap-add" => options.cap_add.push(value.to_owned()),
        "cap-drop" => options.cap_drop.push(value.to_owned()),
        "add-host" => options.extra_hosts.push(value.replacen('=', ":", 1)),
        "dns" => options.dns.push(value.to_owned()),
        "device" => options.devices.push(value.to_owned()),
        "memory" => return read(&mut options.memory, size(value)),
        "shm-size" => return read(&mut options.shm_size, size(value)),
        "cpus" => return read(&mut options.nano_cpus, nano_cpus(value)),
        "pids-limit" => return read(&mut options.pids_limit, value.parse().ok()),
        "stop-timeout" => return read(&mut options.stop_timeout, value.parse().ok()),
        "network-alias" | "net-alias" => options.network_aliases.push(value.to_owned()),
        "ip" => {
            return is_address(value) && {
                value.clone_into(&mut options.ip_address);
                true
            };
        }
        "network" | "net" => options.further_networks.push(value.to_owned()),
        "no-healthcheck" => health.disabled = is_on(value),
        "health-cmd" => value.clone_into(&mut health.command),
        "health-interval" => return read(&mut health.interval, nanoseconds(value)),
        "health-timeout" => return read(&mut health.timeout, nanoseconds(value)),
        "health-start-period" => return read(&mut health.start_period, nanoseconds(value)),
        "health-retries" => return read(&mut health.retries, value.parse().ok()),
        "gpus" => {
            return is_gpus(value) && {
                value.trim_matches('"').clone_into(&mut options.gpus);
                true
            };
        }
        "ulimit" => {
            return is_ulimit(value) && {
                options.ulimits.push(value.to_owned());
                true
            };
        }
        "sysctl" => {
            return is_pair(value) && {
                options.sysctls.push(value.to_owned());
                true
            };
        }
        "log-driver" => value.clone_into(&mut options.log_driver),
        "log-opt" => {
            return is_pair(value) && {
                options.log_options.push(value.to_owned());
                true
            };
        }
        "platform" => value.clone_into(&mut options.platform),
        _ => return false,
    }
    true
}

/// What is set of it, as [`set`] takes it.
pub fn written(options: &RunOptions, name: &str) -> Vec<String> {
    let text = |text: &String| Some(text.clone()).filter(|text| !text.is_empty()).into_iter().collect();
    let flag = |on: bool| on.then(|| "true".to_owned()).into_iter().collect();
    let health = &options.health;
    match name {
        "hostname" => text(&options.hostname),
        "stop-signal" => text(&options.stop_signal),
        "init" => flag(options.init),
        "read-only" => flag(options.read_only),
        "cap-add" => options.cap_add.clone(),
        "cap-drop" => options.cap_drop.clone(),
        "add-host" => options.extra_hosts.clone(),
        "dns" => options.dns.clone(),
        "device" => options.devices.clone(),
        "memory" => options.memory.map(size_text).into_iter().collect(),
        "shm-size" => options.shm_size.map(size_text).into_iter().collect(),
        "cpus" => options.nano_cpus.map(cpus_text).into_iter().collect(),
        "pids-limit" => options.pids_limit.map(|limit| limit.to_string()).into_iter().collect(),
        "stop-timeout" => options.stop_timeout.map(|seconds| seconds.to_string()).into_iter().collect(),
        "network-alias" => options.network_aliases.clone(),
        "ip" => text(&options.ip_address),
        "network" => options.further_networks.clone(),
        "no-healthcheck" => flag(health.disabled),
        "health-cmd" => text(&health.command),
        "health-interval" => health.interval.map(nanoseconds_text).into_iter().collect(),
        "health-timeout" => health.timeout.map(nanoseconds_text).into_iter().collect(),
        "health-start-period" => health.start_period.map(nanoseconds_text).into_iter().collect(),
        "health-retries" => health.retries.map(|retries| retries.to_string()).into_iter().collect(),
        "gpus" => text(&options.gpus),
        "ulimit" => options.ulimits.clone(),
        "sysctl" => options.sysctls.clone(),
        "log-driver" => text(&options.log_driver),
        "log-opt" => options.log_options.clone(),
        "platform" => text(&options.platform),
        _ => Vec::new(),
    }
}

pub(super) fn is_on(value: &str) -> bool {
    matches!(value, "true" | "1" | "t" | "T" | "TRUE" | "True")
}

fn read<T>(into: &mut Option<T>, value: Option<T>) -> bool {
    let is_read = value.is_some();
    *into = value;
    is_read
}

fn is_address(value: &str) -> bool {
    value.parse::<std::net::Ipv4Addr>().is_ok()
}

/// What else `--gpus` takes, the form has no field for.
fn is_gpus(value: &str) -> bool {
    let value = value.trim_matches('"');
    value == "all" || value.parse::<u32>().is_ok_and(|count| count > 0) || value.strip_prefix("device=").is_some_and(|ids| !ids.is_empty())
}

fn is_pair(value: &str) -> bool {
    value.split_once('=').is_some_and(|(name, _)| !name.is_empty())
}

fn is_ulimit(value: &str) -> bool {
    ulimit(value).is_some()
}

/// `NAME=SOFT[:HARD]`; -1 is none.
pub fn ulimit(value: &str) -> Option<(&str, i64, i64)> {
    let (name, limits) = value.split_once('=')?;
    let (soft, hard) = limits.split_once(':').unwrap_or((limits, limits));
    Some((name, soft.parse().ok()?, hard.parse().ok()?)).filter(|(name, ..)| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_is_written_as_it_was() {
        let all = [
            ("hostname", "box"),
            ("memory", "64m"),
            ("cpus", "1.5"),
            ("pids-limit", "-1"),
            ("network", "backbone:web,front"),
            ("network-alias", "db"),
            ("ip", "10.0.0.7"),
            ("health-cmd", "test -e /ready"),
            ("health-interval", "1m30s"),
            ("health-retries", "3"),
            ("no-healthcheck", "true"),
            ("gpus", "device=0,1"),
            ("ulimit", "nofile=1024:2048"),
            ("sysctl", "net.core.somaxconn=1024"),
            ("log-driver", "local"),
            ("log-opt", "max-size=10m"),
            ("platform", "linux/arm64"),
        ];
        let mut options = RunOptions::default();
        for (name, value) in all {
            assert!(written(&options, name).is_empty() && set(&mut options, name, value), "{name}");
            assert_eq!(written(&options, name), [value]);
        }
        for (name, wrong) in [
            ("ulimit", "nofile"),
            ("ulimit", "a=b"),
            ("sysctl", "x"),
            ("gpus", "some"),
            ("ip", "x"),
            ("health-interval", "soon"),
            ("colour", "red"),
        ] {
            assert!(!set(&mut RunOptions::default(), name, wrong), "{name} {wrong}");
        }
    }
}
