//! What a container is, in cards.

use std::collections::HashSet;

use leptos::prelude::*;
use linkspan_shared::{
    container::{Container, ContainerDetails, ContainerState},
    ports::PortLine,
    time::Timestamp,
};

use crate::{
    case,
    components::{
        dialogs::{Asked, dialogs},
        ui::{Glyph, Icon},
    },
    i18n::{ago, date_time, t},
};

#[component]
pub fn Overview(
    row: Signal<Container>,
    details: ContainerDetails,
    /// The variables whose values were asked for.
    shown: RwSignal<HashSet<String>>,
) -> impl IntoView {
    let time = |time: Option<Timestamp>| {
        time.map(|time| format!("{} ({})", date_time(time), untrack(|| ago(time)))).unwrap_or_else(|| "–".to_owned())
    };
    let dialogs = dialogs();
    let yes_no = |value: bool| (if value { t().yes() } else { t().no() }).to_owned();
    let or_dash = |text: String| if text.is_empty() { "–".to_owned() } else { text };
    let created = row.with_untracked(|row| row.created);
    let mut state = vec![
        (t().field_created(), time(Some(created))),
        (t().field_started(), time(details.started)),
        (t().field_finished(), time(details.finished)),
        (t().field_restarts(), details.restart_count.to_string()),
        (t().field_restart_policy(), or_dash(details.restart_policy)),
        (t().field_privileged(), yes_no(details.privileged)),
    ];
    if details.out_of_memory {
        state.push((t().field_oom(), yes_no(true)));
    }
    if !details.error.is_empty() {
        state.push((t().field_error(), details.error.clone()));
    }
    // What an engine could not take apart it leaves so.
    let stuck = move || {
        let (state, is_self) = row.with(|row| (row.state, row.is_self));
        (matches!(state, ContainerState::Dead | ContainerState::Removing) && !is_self).then(|| {
            let why = if details.error.is_empty() { t().stuck_without_reason().to_owned() } else { details.error.clone() };
            let remove = move |_| row.with_untracked(|row| dialogs.ask(Asked::Remove(vec![row.clone()])));
            view! {
                <div class="note warn-role">
                    <Glyph icon=Icon::Warn/>
                    <p><b>{t().stuck_title()}</b>" "{why}" "{t().stuck_advice()}</p>
                    <button type="button" class="btn sm" on:click=remove>{t().action_remove()}</button>
                </div>
            }
        })
    };
    let probes: Vec<(String, String)> = details
        .probes
        .into_iter()
        .map(|probe| {
            let how = if probe.exit_code == 0 { t().state_healthy().to_owned() } else { t().exit_code(probe.exit_code) };
            let when = probe.ended.map(date_time).unwrap_or_default();
            (format!("{when} {how}").trim().to_owned(), or_dash(probe.output.trim_end().to_owned()))
        })
        .collect();
    let process = vec![
        (t().field_entrypoint(), or_dash(shell_words::join(&details.entrypoint))),
        (t().field_command(), or_dash(shell_words::join(&details.command))),
        (t().field_working_dir(), or_dash(details.working_dir)),
        (t().field_user(), or_dash(details.user)),
        (t().field_tty(), yes_no(details.tty)),
    ];
    let published = |is_published: bool| -> Vec<String> {
        details.ports.iter().filter(|line| line.is_published() == is_published).map(PortLine::in_full).collect()
    };
    let ports: Vec<(&'static str, String)> = [(t().published(), published(true)), (t().exposed(), published(false))]
        .into_iter()
        .filter(|(_, lines)| !lines.is_empty())
        .map(|(name, lines)| (name, lines.join("\n")))
        .collect();
    let mounts = details
        .mounts
        .into_iter()
        .map(|mount| {
            let mode = if mount.read_only { format!(", {}", case::lower(t().read_only())) } else { String::new() };
            (mount.target, format!("{} ({}{mode})", or_dash(mount.source), mount.kind))
        })
        .collect();
    let environment = details
        .environment
        .into_iter()
        .map(|variable| {
            variable.split_once('=').map_or((variable.clone(), String::new()), |(name, value)| (name.to_owned(), value.to_owned()))
        })
        .collect();
    let network = details.networks.into_iter().map(|network| (network.network, or_dash(network.ip_address))).collect();
    view! {
        {stuck}
        <div class="overview">
            <Card title=t().section_container() mono=false rows=named(state)/>
            {(!probes.is_empty()).then(|| view! { <Card title=t().section_health() mono=true rows=probes/> })}
            <Card title=t().section_process() mono=true rows=named(process)/>
            <Card title=t().section_network() mono=true rows=network/>
            <Card title=t().ports() mono=true rows=named(ports)/>
            <Card title=t().section_mounts() mono=true rows=mounts/>
            <Environment rows=environment asked=shown/>
            <Card title=t().section_labels() mono=true rows=details.labels/>
        </div>
    }
}

pub fn named(rows: Vec<(&'static str, String)>) -> Vec<(String, String)> {
    rows.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// What looks like a secret is shown when it is asked for: somebody may be looking over a shoulder.
#[component]
fn Environment(rows: Vec<(String, String)>, asked: RwSignal<HashSet<String>>) -> impl IntoView {
    let has_login =
        |value: &str| value.split_once("://").is_some_and(|(_, rest)| rest.split('/').next().is_some_and(|host| host.contains('@')));
    let is_secret = |name: &str, value: &str| has_login(value) || SECRETS.iter().any(|secret| name.to_ascii_uppercase().contains(secret));
    view! {
        <section class="card" aria-label=t().section_environment()>
            <header><h2>{t().section_environment()}</h2></header>
            {rows.is_empty().then(|| view! { <p class="t3 card-none">{t().none()}</p> })}
            <dl class="kv">
                {rows.into_iter().map(|(name, value)| {
                    let hidden = {
                        let name = name.clone();
                        Memo::new(move |_| !asked.with(|asked| asked.contains(&name)))
                    };
                    let turn = {
                        let name = name.clone();
                        move |_| asked.update(|asked| if !asked.remove(&name) { asked.insert(name.clone()); })
                    };
                    let toggle = (is_secret(&name, &value) && !value.is_empty()).then(|| {
                        let label = t().show_value_of(&name);
                        view! {
                            <button
                                type="button"
                                class="btn ghost sm icon-only"
                                aria-label=label.clone()
                                title=label
                                aria-pressed=move || (!hidden.get()).to_string()
                                on:click=turn
                            >
                                {move || view! { <Glyph icon=if hidden.get() { Icon::Eye } else { Icon::EyeOff }/> }}
                            </button>
                        }
                    });
                    let can_hide = toggle.is_some();
                    let shown = move || if can_hide && hidden.get() { "••••••".to_owned() } else { value.clone() };
                    view! { <div><dt>{name}</dt><dd class="mono">{shown}{toggle}</dd></div> }
                }).collect_view()}
            </dl>
        </section>
    }
}

const SECRETS: [&str; 7] = ["PASS", "SECRET", "TOKEN", "CREDENTIAL", "AUTH", "APIKEY", "_KEY"];

#[component]
pub fn Card(title: &'static str, mono: bool, rows: Vec<(String, String)>) -> impl IntoView {
    view! {
        <section class="card" aria-label=title>
            <header><h2>{title}</h2></header>
            {if rows.is_empty() {
                view! { <p class="t3 card-none">{t().none()}</p> }.into_any()
            } else {
                view! {
                    <dl class="kv">
                        {rows.into_iter().map(|(name, value)| view! { <div><dt>{name}</dt><dd class:mono=mono>{value}</dd></div> }).collect_view()}
                    </dl>
                }.into_any()
            }}
        </section>
    }
}
