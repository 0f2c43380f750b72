//! The fields as they are filled in.

use leptos::prelude::*;
use linkspan_shared::{engine::Feature, run::MountKind};

use super::fields::{Fields, MountFields, PROTOCOLS, Pair, PortFields};
use super::more::MoreOptions;
use super::of_image::OfImage;
use crate::{
    components::{
        entries::{EntryList, sends, text_input, value_input, variable_input},
        reference_field::ReferenceHint,
        ui::{Glyph, Icon},
    },
    i18n::t,
    sorting,
    store::store,
};

#[component]
pub fn Form(
    fields: Fields,
    /// Of a container that is there: nobody looks at what it prints.
    #[prop(optional)]
    edits: bool,
) -> impl IntoView {
    let store = store();
    let networks = Memo::new(move |_| {
        let mut networks: Vec<(String, String)> = store.networks.all().into_iter().map(|network| (network.name, network.driver)).collect();
        // Every engine knows these two; Podman does not list them.
        for name in ["host", "none"] {
            if !networks.is_empty() && !networks.iter().any(|(known, _)| known == name) {
                networks.push((name.to_owned(), name.to_owned()));
            }
        }
        sorting::sort(&mut networks);
        networks
    });
    let images = Memo::new(move |_| store.image_names());
    view! {
        <Section title=t().section_image() text=t().section_image_text()>
            <div class="row2 even">
                <div class="with-hint">
                    <Field id="run-image" label=t().image() value=fields.image placeholder=t().image_placeholder() list="known-images"/>
                    <ReferenceHint text=fields.image id="run-image-hint" empty=t().pull_hint()/>
                </div>
                <Field id="run-name" label=t().name() value=fields.name optional=true/>
            </div>
            <datalist id="known-images">{move || images.get().into_iter().map(|tag| view! { <option value=tag></option> }).collect_view()}</datalist>
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
            </div>
            <div class="checks">
                {(!edits).then(|| view! { <Check label=t().run_in_background() value=fields.background/> })}
                <Check label=t().remove_when_it_exits() value=fields.auto_remove lacking=lacking(Feature::AutoRemove, t().lacks_auto_remove())/>
                <Check label=t().allocate_a_terminal() value=fields.tty/>
            </div>
            <OfImage fields=fields/>
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
                    {variable_input(t().value(), pair.name, pair.value)}
                }
                pasted=Pair::pasted
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
                pasted=Pair::pasted
            />
        </Section>
        <Section title=t().section_network() text=t().section_network_text()>
            <div class="row2 even">
                <div class="field">
                    <label for="run-network">{t().network()}</label>
                    <select id="run-network" class="select" bind:value=fields.network>
                        <option value="">{t().network_default()}</option>
                        {move || networks.get().into_iter().map(|(name, driver)| {
                            let text = if driver == name { name.clone() } else { format!("{name} ({driver})") };
                            let is_it = fields.network.with_untracked(|chosen| *chosen == name);
                            view! { <option value=name selected=is_it>{text}</option> }
                        }).collect_view()}
                    </select>
                </div>
            </div>
        </Section>
        <MoreOptions more=fields.more/>
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
pub fn Field(
    id: &'static str,
    label: &'static str,
    value: RwSignal<String>,
    #[prop(optional)] placeholder: &'static str,
    #[prop(optional)] optional: bool,
    #[prop(optional)] list: &'static str,
    /// Shows how a shell would split it.
    #[prop(optional)]
    split: bool,
    /// It may have several lines.
    #[prop(optional)]
    lines: bool,
) -> impl IntoView {
    view! {
            <div class="field">
                <span class="label">
                    <label for=id>{label}</label>
                    {optional.then(|| view! { <span class="opt" aria-hidden="true">{t().optional()}</span> })}
                </span>
                <div class="input mono">
    {if split || lines {
                        // Its words may have lines, which a field of one line would lose.
                        view! {
                            <textarea
                                id=id
                                placeholder=placeholder
                                rows=move || value.with(|value| value.lines().count().clamp(1, 8).to_string())
                                spellcheck="false"
                                autocapitalize="none"
                                autocomplete="off"
                                bind:value=value
                                on:keydown=sends
                            ></textarea>
                        }.into_any()
                    } else {
                        view! {
                            <input
                        id=id
                        placeholder=placeholder
                        list=(!list.is_empty()).then_some(list)
                        spellcheck="false"
                        autocapitalize="none"
                        autocomplete="off"
                        bind:value=value
                    />
                        }.into_any()
                    }}
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
pub fn Check(label: &'static str, value: RwSignal<bool>, #[prop(optional, into)] lacking: Signal<Option<&'static str>>) -> impl IntoView {
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
