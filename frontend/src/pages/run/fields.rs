//! What the form says, and how it becomes a request.

use leptos::prelude::*;
use linkspan_shared::run::{Mount, MountKind, PortMapping, Protocol, RestartPolicy, RunSpec};

use super::more::More;
use crate::{
    components::{
        draft::{self, Part},
        entries::Entries,
    },
    i18n::t,
};

#[derive(Clone, Copy)]
pub struct Pair {
    pub name: RwSignal<String>,
    pub value: RwSignal<String>,
}

impl Pair {
    pub fn new() -> Self {
        Self { name: RwSignal::default(), value: RwSignal::default() }
    }

    /// Lines of `NAME=VALUE`, as a file for `docker run --env-file` has them, or a shell: the first one into the entry that is
    /// pasted into, as long as that is empty. `None` where the text is something else.
    pub fn pasted(self, text: &str) -> Option<Vec<Self>> {
        let is_empty = self.name.with_untracked(String::is_empty) && self.value.with_untracked(String::is_empty);
        let mut found = variables(text)?.into_iter();
        let fill = |pair: Self, (name, value): (String, String)| {
            pair.name.set(name);
            pair.value.set(value);
            pair
        };
        if is_empty {
            fill(self, found.next()?);
        }
        Some(found.map(|variable| fill(Self::new(), variable)).collect())
    }
}

/// Blank lines and comments are left out, so are `export` and quotes around a value.
fn variables(text: &str) -> Option<Vec<(String, String)>> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let variable = |line: &str| {
        let (name, value) = line.strip_prefix("export ").unwrap_or(line).split_once('=')?;
        let is_name = !name.is_empty() && !name.contains(char::is_whitespace);
        let quoted = ['"', '\''].into_iter().find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote));
        is_name.then(|| (name.to_owned(), quoted.unwrap_or(value).to_owned()))
    };
    lines.map(variable).collect::<Option<Vec<_>>>().filter(|all| !all.is_empty())
}

#[derive(Clone, Copy)]
pub struct PortFields {
    pub host_ip: RwSignal<String>,
    pub host_port: RwSignal<String>,
    pub container_port: RwSignal<String>,
    pub protocol: RwSignal<String>,
}

#[derive(Clone, Copy)]
pub struct MountFields {
    pub kind: RwSignal<String>,
    pub source: RwSignal<String>,
    pub target: RwSignal<String>,
    pub read_only: RwSignal<bool>,
}

#[derive(Clone, Copy)]
pub struct Fields {
    pub image: RwSignal<String>,
    pub name: RwSignal<String>,
    pub command: RwSignal<String>,
    pub entrypoint: RwSignal<String>,
    pub working_dir: RwSignal<String>,
    pub user: RwSignal<String>,
    pub environment: Entries<Pair>,
    pub ports: Entries<PortFields>,
    pub mounts: Entries<MountFields>,
    pub labels: Entries<Pair>,
    pub restart_policy: RwSignal<String>,
    pub network: RwSignal<String>,
    pub background: RwSignal<bool>,
    pub auto_remove: RwSignal<bool>,
    pub tty: RwSignal<bool>,
    pub privileged: RwSignal<bool>,
    pub more: More,
}

pub const RESTART: [RestartPolicy; 4] = [RestartPolicy::No, RestartPolicy::OnFailure, RestartPolicy::UnlessStopped, RestartPolicy::Always];
pub const PROTOCOLS: [Protocol; 3] = [Protocol::Tcp, Protocol::Udp, Protocol::Sctp];
pub const MOUNTS: [MountKind; 3] = [MountKind::Volume, MountKind::Bind, MountKind::Tmpfs];

impl Fields {
    pub fn new(image: String) -> Self {
        Self {
            image: RwSignal::new(image),
            name: RwSignal::default(),
            command: RwSignal::default(),
            entrypoint: RwSignal::default(),
            working_dir: RwSignal::default(),
            user: RwSignal::default(),
            environment: Entries::new(),
            ports: Entries::new(),
            mounts: Entries::new(),
            labels: Entries::new(),
            restart_policy: RwSignal::new(RestartPolicy::No.as_str().to_owned()),
            network: RwSignal::default(),
            background: RwSignal::new(false),
            auto_remove: RwSignal::new(false),
            tty: RwSignal::new(false),
            privileged: RwSignal::new(false),
            more: More::new(),
        }
    }

    /// What this says takes the place of what stands there.
    pub fn fill(&self, spec: &RunSpec) {
        let pairs = |entries: Entries<Pair>, pairs: &[(String, String)]| {
            entries.replace(pairs.iter().map(|(name, value)| {
                let pair = Pair::new();
                pair.name.set(name.clone());
                pair.value.set(value.clone());
                pair
            }));
        };
        self.image.set(spec.image.clone());
        self.name.set(spec.name.clone());
        self.command.set(shell_words::join(&spec.command));
        self.entrypoint.set(spec.entrypoint.as_ref().map(shell_words::join).unwrap_or_default());
        self.working_dir.set(spec.working_dir.clone());
        self.user.set(spec.user.clone());
        pairs(self.environment, &spec.environment);
        pairs(self.labels, &spec.labels);
        self.ports.replace(spec.ports.iter().map(|port| {
            let fields = PortFields::new();
            fields.host_ip.set(port.host_ip.clone());
            fields.host_port.set(port.host_port.map(|port| port.to_string()).unwrap_or_default());
            fields.container_port.set(port.container_port.to_string());
            fields.protocol.set(port.protocol.as_str().to_owned());
            fields
        }));
        self.mounts.replace(spec.mounts.iter().map(|mount| {
            let fields = MountFields::new();
            fields.kind.set(mount.kind.as_str().to_owned());
            fields.source.set(mount.source.clone());
            fields.target.set(mount.target.clone());
            fields.read_only.set(mount.read_only);
            fields
        }));
        self.restart_policy.set(spec.restart_policy.as_str().to_owned());
        self.network.set(spec.network.clone());
        self.background.set(spec.background);
        self.auto_remove.set(spec.auto_remove);
        self.tty.set(spec.tty);
        self.privileged.set(spec.privileged);
        self.more.fill(&spec.options);
    }

    /// All that is typed, to be kept over a reload.
    pub fn parts(&self) -> Vec<Part> {
        let pair = |pair: Pair| vec![draft::text("name", pair.name), draft::text("value", pair.value)];
        let port = |port: PortFields| {
            vec![
                draft::text("host_ip", port.host_ip),
                draft::text("host_port", port.host_port),
                draft::text("container_port", port.container_port),
                draft::text("protocol", port.protocol),
            ]
        };
        let mount = |mount: MountFields| {
            vec![
                draft::text("kind", mount.kind),
                draft::text("source", mount.source),
                draft::text("target", mount.target),
                draft::flag("read_only", mount.read_only),
            ]
        };
        let own = [
            draft::text("image", self.image),
            draft::text("name", self.name),
            draft::text("command", self.command),
            draft::text("entrypoint", self.entrypoint),
            draft::text("working_dir", self.working_dir),
            draft::text("user", self.user),
            draft::list("environment", self.environment, Pair::new, pair),
            draft::list("ports", self.ports, PortFields::new, port),
            draft::list("mounts", self.mounts, MountFields::new, mount),
            draft::list("labels", self.labels, Pair::new, pair),
            draft::text("restart_policy", self.restart_policy),
            draft::text("network", self.network),
            draft::flag("background", self.background),
            draft::flag("auto_remove", self.auto_remove),
            draft::flag("tty", self.tty),
            draft::flag("privileged", self.privileged),
        ];
        own.into_iter().chain(self.more.parts()).collect()
    }

    /// What the form says, or what keeps it from being a request at all. Everything else is the engine's to judge.
    pub fn spec(&self) -> Result<RunSpec, String> {
        let image = self.image.get().trim().to_owned();
        if image.is_empty() {
            return Err(t().check_image_missing().to_owned());
        }
        let entrypoint = split(&self.entrypoint.get())?;
        let ports = self.ports.all().iter().map(PortFields::mapping).collect::<Result<Vec<_>, _>>()?;
        // An entry that was added and left empty is none; one without a name would be lost without a word.
        let pairs = |entries: &Entries<Pair>| {
            entries
                .all()
                .iter()
                .map(|pair| (pair.name.get().trim().to_owned(), pair.value.get()))
                .filter(|(name, value)| !name.is_empty() || !value.is_empty())
                .map(|(name, value)| match name.as_str() {
                    "" => Err(t().name_missing(&value)),
                    name if name.contains('=') => Err(t().name_with_equals(name)),
                    _ => Ok((name, value)),
                })
                .collect::<Result<Vec<_>, _>>()
        };
        Ok(RunSpec {
            image,
            name: self.name.get().trim().to_owned(),
            command: split(&self.command.get())?,
            entrypoint: (!entrypoint.is_empty()).then_some(entrypoint),
            working_dir: self.working_dir.get().trim().to_owned(),
            user: self.user.get().trim().to_owned(),
            environment: pairs(&self.environment)?,
            ports: ports.into_iter().flatten().collect(),
            mounts: self.mounts.all().iter().filter_map(MountFields::mount).collect(),
            labels: pairs(&self.labels)?,
            restart_policy: chosen(&RESTART, RestartPolicy::as_str, &self.restart_policy),
            network: self.network.get(),
            background: self.background.get(),
            auto_remove: self.auto_remove.get(),
            tty: self.tty.get(),
            privileged: self.privileged.get(),
            options: self.more.options()?,
        })
    }
}

impl PortFields {
    pub fn new() -> Self {
        Self {
            host_ip: RwSignal::default(),
            host_port: RwSignal::default(),
            container_port: RwSignal::default(),
            protocol: RwSignal::new(Protocol::Tcp.as_str().to_owned()),
        }
    }

    /// An entry that was added and left empty is none.
    fn mapping(&self) -> Result<Option<PortMapping>, String> {
        let (host, inside) = (self.host_port.get(), self.container_port.get());
        let (host, inside) = (host.trim(), inside.trim());
        if host.is_empty() && inside.is_empty() {
            return Ok(None);
        }
        let parse = |text: &str| text.parse::<u16>().ok().filter(|port| *port > 0).ok_or_else(|| t().check_port_invalid(text));
        Ok(Some(PortMapping {
            host_ip: self.host_ip.get().trim().to_owned(),
            host_port: if host.is_empty() { None } else { Some(parse(host)?) },
            container_port: parse(inside)?,
            protocol: chosen(&PROTOCOLS, Protocol::as_str, &self.protocol),
        }))
    }
}

impl MountFields {
    pub fn new() -> Self {
        Self {
            kind: RwSignal::new(MountKind::Volume.as_str().to_owned()),
            source: RwSignal::default(),
            target: RwSignal::default(),
            read_only: RwSignal::new(false),
        }
    }

    pub fn lacks_target(&self) -> bool {
        self.target.with(|target| target.trim().is_empty()) && self.source.with(|source| !source.trim().is_empty())
    }

    fn mount(&self) -> Option<Mount> {
        let (source, target) = (self.source.get(), self.target.get());
        let (source, target) = (source.trim(), target.trim());
        (!source.is_empty() || !target.is_empty()).then(|| Mount {
            kind: chosen(&MOUNTS, MountKind::as_str, &self.kind),
            source: source.to_owned(),
            target: target.to_owned(),
            read_only: self.read_only.get(),
        })
    }
}

/// As a POSIX shell would split it into words.
pub fn split(line: &str) -> Result<Vec<String>, String> {
    shell_words::split(line).map_err(|_| t().split_unclosed().to_owned())
}

fn chosen<T: Copy + Default>(all: &[T], spelled: fn(T) -> &'static str, value: &RwSignal<String>) -> T {
    value.with(|value| all.iter().copied().find(|one| spelled(*one) == value)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn a_block_of_variables_is_read_line_by_line() {
        let block = "# where\nHOST=quay.example\n\nexport PORT=\"8080\"\r\nURL=http://x/?a=b\nEMPTY=\n";
        let found = variables(block).unwrap();
        let wanted = [("HOST", "quay.example"), ("PORT", "8080"), ("URL", "http://x/?a=b"), ("EMPTY", "")];
        assert_eq!(found, wanted.map(|(name, value)| (name.to_owned(), value.to_owned())));
        for other in ["", "just words", "a b=c", "NAME=1\nwords"] {
            assert_eq!(variables(other), None, "{other:?}");
        }
    }
}
