//! The fields, and how they become a request.

use leptos::prelude::*;
use linkspan_shared::{
    engine::Feature,
    run::{Mount, MountKind, PortMapping, Protocol, RestartPolicy, RunSpec},
};

use crate::{
    components::{
        draft::{self, Part},
        entries::{Entries, EntryList, text_input, value_input},
        reference_field::ReferenceHint,
        ui::{Glyph, Icon},
    },
    i18n::t,
    store::store,
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
    kind: RwSignal<String>,
    source: RwSignal<String>,
    pub target: RwSignal<String>,
    read_only: RwSignal<bool>,
}

#[derive(Clone, Copy)]
pub struct Fields {
    pub image: RwSignal<String>,
    pub name: RwSignal<String>,
    command: RwSignal<String>,
    entrypoint: RwSignal<String>,
    working_dir: RwSignal<String>,
    user: RwSignal<String>,
    environment: Entries<Pair>,
    pub ports: Entries<PortFields>,
    pub mounts: Entries<MountFields>,
    labels: Entries<Pair>,
    pub restart_policy: RwSignal<String>,
    network: RwSignal<String>,
    background: RwSignal<bool>,
    pub auto_remove: RwSignal<bool>,
    tty: RwSignal<bool>,
    privileged: RwSignal<bool>,
}

const RESTART: [RestartPolicy; 4] = [RestartPolicy::No, RestartPolicy::OnFailure, RestartPolicy::UnlessStopped, RestartPolicy::Always];
const PROTOCOLS: [Protocol; 3] = [Protocol::Tcp, Protocol::Udp, Protocol::Sctp];
const MOUNTS: [MountKind; 3] = [MountKind::Volume, MountKind::Bind, MountKind::Tmpfs];

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
        }
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
        vec![
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
        ]
    }

    /// What the form says, or what keeps it from being a request at all. Everything else is the engine's to judge.
    pub fn spec(&self) -> Result<RunSpec, String> {
        let image = self.image.get_untracked().trim().to_owned();
        if image.is_empty() {
            return Err(t().check_image_missing().to_owned());
        }
        let entrypoint = split(&self.entrypoint.get_untracked())?;
        let ports = untrack(|| self.ports.all()).iter().map(PortFields::mapping).collect::<Result<Vec<_>, _>>()?;
        // An entry that was added and left empty is none; one without a name would be lost without a word.
        let pairs = |entries: &Entries<Pair>| {
            untrack(|| entries.all())
                .iter()
                .map(|pair| (pair.name.get_untracked().trim().to_owned(), pair.value.get_untracked()))
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
            name: self.name.get_untracked().trim().to_owned(),
            command: split(&self.command.get_untracked())?,
            entrypoint: (!entrypoint.is_empty()).then_some(entrypoint),
            working_dir: self.working_dir.get_untracked().trim().to_owned(),
            user: self.user.get_untracked().trim().to_owned(),
            environment: pairs(&self.environment)?,
            ports: ports.into_iter().flatten().collect(),
            mounts: untrack(|| self.mounts.all()).iter().filter_map(MountFields::mount).collect(),
            labels: pairs(&self.labels)?,
            restart_policy: chosen(&RESTART, RestartPolicy::as_str, &self.restart_policy),
            network: self.network.get_untracked(),
            background: self.background.get_untracked(),
            auto_remove: self.auto_remove.get_untracked(),
            tty: self.tty.get_untracked(),
            privileged: self.privileged.get_untracked(),
        })
    }
}

impl PortFields {
    fn new() -> Self {
        Self {
            host_ip: RwSignal::default(),
            host_port: RwSignal::default(),
            container_port: RwSignal::default(),
            protocol: RwSignal::new(Protocol::Tcp.as_str().to_owned()),
        }
    }

    /// An entry that was added and left empty is none.
    fn mapping(&self) -> Result<Option<PortMapping>, String> {
        let (host, inside) = (self.host_port.get_untracked(), self.container_port.get_untracked());
        let (host, inside) = (host.trim(), inside.trim());
        if host.is_empty() && inside.is_empty() {
            return Ok(None);
        }
        let parse = |text: &str| text.parse::<u16>().ok().filter(|port| *port > 0).ok_or_else(|| t().check_port_invalid(text));
        Ok(Some(PortMapping {
            host_ip: self.host_ip.get_untracked().trim().to_owned(),
            host_port: if host.is_empty() { None } else { Some(parse(host)?) },
            container_port: parse(inside)?,
            protocol: chosen(&PROTOCOLS, Protocol::as_str, &self.protocol),
        }))
    }
}

impl MountFields {
    fn new() -> Self {
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
        let (source, target) = (self.source.get_untracked(), self.target.get_untracked());
        let (source, target) = (source.trim(), target.trim());
        (!source.is_empty() || !target.is_empty()).then(|| Mount {
            kind: chosen(&MOUNTS, MountKind::as_str, &self.kind),
            source: source.to_owned(),
            target: target.to_owned(),
            read_only: self.read_only.get_untracked(),
        })
    }
}

/// As a POSIX shell would split it into words.
fn split(line: &str) -> Result<Vec<String>, String> {
    shell_words::split(line).map_err(|_| t().split_unclosed().to_owned())
}

fn chosen<T: Copy + Default>(all: &[T], spelled: fn(T) -> &'static str, value: &RwSignal<String>) -> T {
    value.with_untracked(|value| all.iter().copied().find(|one| spelled(*one) == value)).unwrap_or_default()
}

#[component]
pub fn Form(fields: Fields) -> impl IntoView {
    let store = store();
    let networks = Memo::new(move |_| {
        let mut networks: Vec<(String, String)> = store.networks.all().into_iter().map(|network| (network.name, network.driver)).collect();
        // Every engine knows these two; Podman does not list them.
        for name in ["host", "none"] {
            if !networks.is_empty() && !networks.iter().any(|(known, _)| known == name) {
                networks.push((name.to_owned(), name.to_owned()));
            }
        }
        networks.sort();
        networks
    });
    let images = Memo::new(move |_| store.image_names());
    view! {
        <Section title=t().section_image() text=t().section_image_text()>
            <div class="row2 even">
                <Field id="run-image" label=t().image() value=fields.image placeholder=t().image_placeholder() list="known-images"/>
                <Field id="run-name" label=t().name() value=fields.name optional=true/>
            </div>
            <ReferenceHint text=fields.image id="run-image-hint" empty=t().pull_hint()/>
            <datalist id="known-images">{move || images.get().into_iter().map(|tag| view! { <option value=tag></option> }).collect_view()}</datalist>
            <div class="checks">
                <Check label=t().run_in_background() value=fields.background/>
                <Check label=t().remove_when_it_exits() value=fields.auto_remove lacking=lacking(Feature::AutoRemove, t().lacks_auto_remove())/>
                <Check label=t().allocate_a_terminal() value=fields.tty/>
            </div>
        </Section>
        <Section title=t().section_process() text=t().section_process_text()>
            <div class="row2 even">
                <Field id="run-command" label=t().command() value=fields.command optional=true split=true/>
                <Field id="run-entrypoint" label=t().entrypoint() value=fields.entrypoint optional=true split=true/>
            </div>
            <div class="row2 even">
                <Field id="run-workdir" label=t().working_directory() value=fields.working_dir optional=true/>
                <Field id="run-user" label=t().user() value=fields.user optional=true/>
            </div>
        </Section>
        <Section title=t().environment() text=t().section_environment_text()>
            <EntryList
                entries=fields.environment
                class="env"
                add_label=t().add_variable()
                new=Pair::new
                remove=|pair: Pair| t().remove_variable(&pair.name.get())
                view=|pair: Pair| view! {
                    {text_input(t().variable_name(), pair.name)}
                    <span class="eq mono">"="</span>
                    {value_input(t().value(), pair.value)}
                }
            />
        </Section>
        <Section title=t().ports() text=t().section_ports_text()>
            <EntryList
                entries=fields.ports
                class="ports"
                add_label=t().add_port()
                new=PortFields::new
                remove=|port: PortFields| t().remove_port(&port.container_port.get())
                view=|port: PortFields| view! {
                    {text_input(t().host_address(), port.host_ip)}
                    <span class="eq mono">":"</span>
                    {text_input(t().host_port(), port.host_port)}
                    <span class="arr"><Glyph icon=Icon::ArrowRight/></span>
                    {text_input(t().container_port(), port.container_port)}
                    <select class="select mono" aria-label=t().protocol() bind:value=port.protocol>
                        {PROTOCOLS.map(|one| view! { <option value=one.as_str()>{one.as_str()}</option> }).collect_view()}
                    </select>
                }
            />
        </Section>
        <Section title=t().mounts() text=t().section_mounts_text()>
            <EntryList
                entries=fields.mounts
                lacking=lacking(Feature::Mounts, t().lacks_mounts())
                class="vols"
                add_label=t().add_mount()
                new=MountFields::new
                remove=|mount: MountFields| t().remove_mount(&mount.target.get())
                view=|mount: MountFields| view! {
                    <select class="select" aria-label=t().mount_kind() bind:value=mount.kind>
                        <option value=MountKind::Volume.as_str()>{t().mount_volume()}</option>
                        <option value=MountKind::Bind.as_str()>{t().mount_bind()}</option>
                        <option value=MountKind::Tmpfs.as_str()>{t().mount_tmpfs()}</option>
                    </select>
                    {text_input(t().mount_source(), mount.source)}
                    <span class="arr"><Glyph icon=Icon::ArrowRight/></span>
                    {text_input(t().mount_target(), mount.target)}
                    <label class="ro"><input type="checkbox" class="check" bind:checked=mount.read_only/>{t().read_only()}</label>
                }
            />
        </Section>
        <Section title=t().labels() text=t().section_labels_text()>
            <EntryList
                entries=fields.labels
                class="labels"
                add_label=t().add_label()
                new=Pair::new
                remove=|pair: Pair| t().remove_label(&pair.name.get())
                view=|pair: Pair| view! {
                    {text_input(t().label_name(), pair.name)}
                    <span class="eq mono">"="</span>
                    {value_input(t().value(), pair.value)}
                }
            />
        </Section>
        <Section title=t().section_network() text=t().section_network_text()>
            <div class="row2 even">
                <div class="field">
                    <label for="run-restart">{t().restart_policy()}</label>
                    <select id="run-restart" class="select" bind:value=fields.restart_policy>
                        <option value="no">{t().restart_no()}</option>
                        <option value="on-failure">{t().restart_on_failure()}</option>
                        <option value="unless-stopped">{t().restart_unless_stopped()}</option>
                        <option value="always">{t().restart_always()}</option>
                    </select>
                </div>
                <div class="field">
                    <label for="run-network">{t().network()}</label>
                    <select id="run-network" class="select" bind:value=fields.network>
                        <option value="">{t().network_default()}</option>
                        {move || networks.get().into_iter().map(|(name, driver)| {
                            let text = if driver == name { name.clone() } else { format!("{name} ({driver})") };
                            view! { <option value=name>{text}</option> }
                        }).collect_view()}
                    </select>
                </div>
            </div>
        </Section>
        <section class="fsec is-danger" role="group" aria-labelledby="run-danger">
            <header><h2 id="run-danger">{t().section_danger()}</h2><p>{t().section_danger_text()}</p></header>
            <div class="fbody">
                <div class="dangerbox">
                    <label class="switch-row">
                        <input type="checkbox" class="check" aria-label=t().privileged() bind:checked=fields.privileged/>
                        <span><b>{t().privileged()}</b><span class="t3">{t().privileged_text()}</span></span>
                    </label>
                </div>
            </div>
        </section>
    }
}

#[component]
fn Section(title: &'static str, text: &'static str, children: Children) -> impl IntoView {
    view! {
        <section class="fsec" role="group" aria-label=title>
            <header><h2>{title}</h2><p>{text}</p></header>
            <div class="fbody">{children()}</div>
        </section>
    }
}

#[component]
fn Field(
    id: &'static str,
    label: &'static str,
    value: RwSignal<String>,
    #[prop(optional)] placeholder: &'static str,
    #[prop(optional)] optional: bool,
    #[prop(optional)] list: &'static str,
    /// Shows how a shell would split it.
    #[prop(optional)]
    split: bool,
) -> impl IntoView {
    view! {
        <div class="field">
            <span class="label">
                <label for=id>{label}</label>
                {optional.then(|| view! { <span class="opt" aria-hidden="true">{t().optional()}</span> })}
            </span>
            <div class="input mono">
                <input
                    id=id
                    placeholder=placeholder
                    // A datalist would turn the text box into a combo box, which it is only for pointers.
                    role="textbox"
                    list=(!list.is_empty()).then_some(list)
                    spellcheck="false"
                    autocapitalize="none"
                    autocomplete="off"
                    bind:value=value
                />
            </div>
            {split.then(|| view! { <Words line=value/> })}
        </div>
    }
}

/// The words that a line is split into, as they will be handed over.
#[component]
fn Words(line: RwSignal<String>) -> impl IntoView {
    move || {
        let line = line.get();
        if line.trim().is_empty() {
            return ().into_any();
        }
        match shell_words::split(&line) {
            Ok(words) => view! {
                <ol class="argv" aria-label=t().split_as()>
                    {words.into_iter().map(|word| view! { <li><code>{if word.is_empty() { "\u{201c}\u{201d}".to_owned() } else { word }}</code></li> }).collect_view()}
                </ol>
            }
            .into_any(),
            Err(_) => view! { <p class="hint bad"><Glyph icon=Icon::XCircle/><span>{t().split_unclosed()}</span></p> }.into_any(),
        }
    }
}

/// `lacking`: why it is not to be had.
#[component]
fn Check(label: &'static str, value: RwSignal<bool>, #[prop(optional, into)] lacking: Signal<Option<&'static str>>) -> impl IntoView {
    view! {
        <label title=move || lacking.get()>
            <input type="checkbox" class="check" disabled=move || lacking.get().is_some() bind:checked=value/>
            {label}
        </label>
        {move || lacking.get().map(|why| view! { <p class="hint"><Glyph icon=Icon::Info/><span>{why}</span></p> })}
    }
}

/// The reason, on an engine that is too old for it.
fn lacking(feature: Feature, why: &'static str) -> Signal<Option<&'static str>> {
    Signal::derive(move || store().lacks(feature).then_some(why))
}
