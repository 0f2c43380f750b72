//! What most containers do without, folded away by what it is about. Each option is called and read as the docker command does it.

use leptos::prelude::*;
use linkspan_shared::{
    docker_run::fields::{set, written},
    run::RunOptions,
};

use super::form::Field;
use crate::{
    components::{
        draft::{self, Part},
        ui::{Glyph, Icon},
    },
    i18n::t,
};

#[derive(Clone, Copy, PartialEq)]
enum Takes {
    Text,
    /// Several words, as a shell splits them.
    Words,
    Flag,
}

/// Its name, its field, and what it takes.
type Known = (&'static str, &'static str, Takes);

const RESOURCES: &[Known] = &[
    ("memory", "run-memory", Takes::Text),
    ("cpus", "run-cpus", Takes::Text),
    ("pids-limit", "run-pids-limit", Takes::Text),
    ("shm-size", "run-shm-size", Takes::Text),
    ("ulimit", "run-ulimit", Takes::Words),
    ("device", "run-devices", Takes::Words),
    ("gpus", "run-gpus", Takes::Text),
];
const NETWORK: &[Known] = &[
    ("hostname", "run-hostname", Takes::Text),
    ("network-alias", "run-network-alias", Takes::Words),
    ("ip", "run-ip", Takes::Text),
    ("network", "run-networks", Takes::Words),
    ("add-host", "run-extra-hosts", Takes::Words),
    ("dns", "run-dns", Takes::Words),
];
const HEALTH: &[Known] = &[
    ("health-cmd", "run-health-cmd", Takes::Text),
    ("health-interval", "run-health-interval", Takes::Text),
    ("health-timeout", "run-health-timeout", Takes::Text),
    ("health-start-period", "run-health-start-period", Takes::Text),
    ("health-retries", "run-health-retries", Takes::Text),
    ("no-healthcheck", "run-no-healthcheck", Takes::Flag),
];
const LOGGING: &[Known] = &[("log-driver", "run-log-driver", Takes::Text), ("log-opt", "run-log-opt", Takes::Words)];
const RIGHTS: &[Known] = &[
    ("cap-add", "run-cap-add", Takes::Words),
    ("cap-drop", "run-cap-drop", Takes::Words),
    ("sysctl", "run-sysctl", Takes::Words),
    ("read-only", "run-read-only", Takes::Flag),
];
const PROCESS: &[Known] = &[
    ("stop-signal", "run-stop-signal", Takes::Text),
    ("stop-timeout", "run-stop-timeout", Takes::Text),
    ("platform", "run-platform", Takes::Text),
    ("init", "run-init", Takes::Flag),
];
const GROUPS: [&[Known]; 6] = [RESOURCES, NETWORK, HEALTH, LOGGING, RIGHTS, PROCESS];

fn title(group: usize) -> &'static str {
    match group {
        0 => t().group_resources(),
        1 => t().group_network(),
        2 => t().group_health(),
        3 => t().group_logging(),
        4 => t().group_rights(),
        _ => t().group_process(),
    }
}

fn label(name: &str) -> &'static str {
    match name {
        "memory" => t().memory_limit(),
        "cpus" => t().cpu_limit(),
        "pids-limit" => t().process_limit(),
        "shm-size" => t().shm_size(),
        "ulimit" => t().ulimits(),
        "device" => t().devices(),
        "gpus" => t().gpus(),
        "hostname" => t().hostname(),
        "network-alias" => t().network_aliases(),
        "ip" => t().ip_address(),
        "network" => t().further_networks(),
        "add-host" => t().extra_hosts(),
        "dns" => t().dns_servers(),
        "health-cmd" => t().health_command(),
        "health-interval" => t().health_interval(),
        "health-timeout" => t().health_timeout(),
        "health-start-period" => t().health_start_period(),
        "health-retries" => t().health_retries(),
        "no-healthcheck" => t().no_health_check(),
        "log-driver" => t().log_driver(),
        "log-opt" => t().log_options(),
        "cap-add" => t().capabilities_added(),
        "cap-drop" => t().capabilities_dropped(),
        "sysctl" => t().sysctls(),
        "read-only" => t().read_only_root(),
        "stop-signal" => t().stop_signal(),
        "stop-timeout" => t().stop_timeout_seconds(),
        "platform" => t().platform(),
        _ => t().init_process(),
    }
}

/// What it looks like.
fn sample(name: &str) -> &'static str {
    match name {
        "memory" | "shm-size" => "512m",
        "cpus" => "1.5",
        "ulimit" => "nofile=1024:2048",
        "device" => "/dev/fuse",
        "gpus" => "all",
        "ip" => "10.9.0.7",
        "network" => "backend:api,db",
        "add-host" => "pier:10.0.0.7",
        "health-cmd" => "curl -f http://localhost/",
        "health-interval" | "health-timeout" | "health-start-period" => "30s",
        "log-driver" => "local",
        "log-opt" => "max-size=10m",
        "cap-add" | "cap-drop" => "NET_ADMIN",
        "sysctl" => "net.core.somaxconn=1024",
        "platform" => "linux/amd64",
        "stop-signal" => "SIGINT",
        _ => "",
    }
}

#[derive(Clone, Copy)]
pub struct More {
    /// In the order of the groups; a flag is empty or `true`.
    texts: StoredValue<Vec<RwSignal<String>>>,
}

fn all() -> impl Iterator<Item = &'static Known> {
    GROUPS.into_iter().flatten()
}

impl More {
    pub fn new() -> Self {
        Self { texts: StoredValue::new(all().map(|_| RwSignal::default()).collect()) }
    }

    fn fields(&self) -> impl Iterator<Item = (&'static Known, RwSignal<String>)> + use<> {
        all().zip(self.texts.get_value())
    }

    pub fn parts(&self) -> impl Iterator<Item = Part> + use<> {
        self.fields().map(|((name, ..), text)| draft::text(name, text))
    }

    /// What is said, or what of it cannot be read.
    pub fn options(&self) -> Result<RunOptions, String> {
        let mut options = RunOptions::default();
        for ((name, _, takes), text) in self.fields() {
            let text = text.get();
            let text = text.trim();
            let unreadable = || t().option_unreadable(label(name), text);
            let words = match takes {
                Takes::Words => shell_words::split(text).map_err(|_| unreadable())?,
                _ if text.is_empty() => Vec::new(),
                _ => vec![text.to_owned()],
            };
            if !words.iter().all(|word| set(&mut options, name, word)) {
                return Err(unreadable());
            }
        }
        Ok(options)
    }

    pub fn fill(&self, options: &RunOptions) {
        for ((name, _, takes), text) in self.fields() {
            let values = written(options, name);
            text.set(if *takes == Takes::Words { shell_words::join(values) } else { values.concat() });
        }
    }
}

#[component]
pub fn MoreOptions(more: More) -> impl IntoView {
    let mut fields = more.fields();
    let group = move |(group, known): (usize, &'static [Known])| {
        let own: Vec<_> = fields.by_ref().take(known.len()).collect();
        let texts = own.clone();
        // For whoever does not unfold it.
        let set = Memo::new(move |_| {
            let set = texts.iter().filter(|(_, text)| text.with(|text| !text.trim().is_empty()));
            set.map(|((name, ..), _)| label(name)).collect::<Vec<_>>().join(", ")
        });
        let (flags, texts): (Vec<_>, Vec<_>) = own.into_iter().partition(|((.., takes), _)| *takes == Takes::Flag);
        view! {
            <details class="fsec more">
                <summary><Glyph icon=Icon::ChevRight/><span>{title(group)}</span><span class="t3">{move || set.get()}</span></summary>
                <div class="fbody">
                    <div class="more-fields">
                        {texts.into_iter().map(|((name, id, _), text)| view! { <Field id=id label=label(name) value=text placeholder=sample(name) lines=*name == "health-cmd"/> }).collect_view()}
                    </div>
                    <div class="checks">{flags.into_iter().map(|((name, ..), text)| flag(label(name), text)).collect_view()}</div>
                </div>
            </details>
        }
    };
    view! {
        {GROUPS.into_iter().enumerate().map(group).collect_view()}
        <p class="hint more-hint"><span>{t().more_options_hint()}</span></p>
    }
}

fn flag(label: &'static str, text: RwSignal<String>) -> impl IntoView {
    let change = move |event| text.set(if event_target_checked(&event) { "true".to_owned() } else { String::new() });
    let is_on = move || text.with(|text| text == "true");
    view! { <label><input type="checkbox" class="check" prop:checked=is_on on:change=change/>{label}</label> }
}
