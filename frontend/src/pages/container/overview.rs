//! What a container is, in cards.

use std::collections::HashSet;

use leptos::prelude::*;
use linkspan_shared::{
    container::{Container, ContainerDetails, ContainerState, HealthCheck, Limits, MountPoint},
    ports::PortLine,
    time::Timestamp,
};

use crate::{
    address::at,
    browser, case,
    components::{
        dialogs::{Asked, dialogs},
        ports,
        secret::is_secret,
        ui::{
            Glyph, Icon,
            card::{Card, Fact, named, pairs},
        },
    },
    i18n::{ago, count, cpu, date_time, duration, memory, percent, t},
    route::{Route, Tab},
    store::{store, watch_stats},
};

/// What somebody has asked to see, whatever the engine answers next.
#[derive(Clone, Copy)]
pub struct Opened {
    /// The variables whose values are shown.
    variables: RwSignal<HashSet<String>>,
    environment: RwSignal<bool>,
    labels: RwSignal<bool>,
    mounts: RwSignal<bool>,
}

impl Opened {
    pub fn new() -> Self {
        let no = || RwSignal::new(false);
        Self { variables: RwSignal::default(), environment: no(), labels: no(), mounts: no() }
    }
}

#[component]
pub fn Overview(row: Signal<Container>, details: ContainerDetails, opened: Opened) -> impl IntoView {
    let time = |time: Option<Timestamp>| {
        time.map(|time| format!("{} ({})", date_time(time), untrack(|| ago(time)))).unwrap_or_else(|| "–".to_owned())
    };
    let dialogs = dialogs();
    let created = row.with_untracked(|row| row.created);
    let mut state = vec![
        (t().field_created(), time(Some(created))),
        (t().field_started(), time(details.started)),
        (t().field_finished(), time(details.finished)),
        (t().field_restarts(), count(details.restart_count.try_into().unwrap_or_default())),
        (t().field_restart_policy(), restart_policy(details.restart_policy)),
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
                    <button type="button" class="btn sm" data-needs="container.remove" on:click=remove>{t().action_remove()}</button>
                </div>
            }
        })
    };
    let process = vec![
        (t().field_entrypoint(), or_dash(shell_words::join(&details.entrypoint))),
        (t().field_command(), or_dash(shell_words::join(&details.command))),
        (t().field_working_dir(), or_dash(details.working_dir)),
        (t().field_user(), or_dash(details.user)),
        (t().field_tty(), yes_no(details.tty)),
    ];
    let environment = details
        .environment
        .into_iter()
        .map(|variable| {
            variable.split_once('=').map_or((variable.clone(), String::new()), |(name, value)| (name.to_owned(), value.to_owned()))
        })
        .collect();
    let network = details.networks.into_iter().map(|network| {
        let href = at(Route::Network(network.network.clone()));
        Fact::new(view! { <a class="link" href=href>{network.network}</a> }, or_dash(network.ip_address))
    });
    let mounts = details.mounts.into_iter().map(mount_fact).collect();
    view! {
        {stuck}
        <div class="overview">
            <Card title=t().section_container() mono=false rows=named(state)/>
            {details.health_check.map(|check| view! { <Card title=t().section_health() mono=true rows=health_facts(check)/> })}
            <Figures row=row limits=details.limits/>
            <Card title=t().section_process() mono=true rows=named(process)/>
            <Card title=t().section_network() mono=true rows=network.collect()/>
            <Card title=t().ports() mono=true rows=port_facts(&details.ports)/>
            <Card title=t().section_mounts() mono=true rows=mounts whole=opened.mounts/>
            <Environment rows=environment opened=opened/>
            <Card title=t().section_labels() mono=true rows=pairs(details.labels) whole=opened.labels/>
        </div>
    }
}

fn or_dash(text: String) -> String {
    if text.is_empty() { "–".to_owned() } else { text }
}

/// In the form's words.
fn restart_policy(policy: String) -> String {
    match policy.as_str() {
        "" | "no" => t().restart_no().to_owned(),
        "on-failure" => t().restart_on_failure().to_owned(),
        "unless-stopped" => t().restart_unless_stopped().to_owned(),
        "always" => t().restart_always().to_owned(),
        _ => policy,
    }
}

fn yes_no(value: bool) -> String {
    (if value { t().yes() } else { t().no() }).to_owned()
}

/// What is asked, how often it has failed in a row, and what it said last, the newest first.
fn health_facts(check: HealthCheck) -> Vec<Fact> {
    let words = match check.test.as_slice() {
        [shell, line] if shell == "CMD-SHELL" => line.clone(),
        [kind, words @ ..] if kind == "CMD" => shell_words::join(words),
        words => shell_words::join(words),
    };
    let mut rows = vec![
        (t().field_command().to_owned(), or_dash(words)),
        (t().field_interval().to_owned(), check.interval.map_or_else(|| "–".to_owned(), duration)),
        (t().field_failing_streak().to_owned(), count(check.failing_streak.try_into().unwrap_or_default())),
    ];
    rows.extend(check.probes.into_iter().map(|probe| {
        let how = if probe.exit_code == 0 { t().state_healthy().to_owned() } else { t().exit_code(probe.exit_code) };
        let when = probe.ended.map(date_time).unwrap_or_default();
        (format!("{when} {how}").trim().to_owned(), or_dash(probe.output.trim_end().to_owned()))
    }));
    pairs(rows)
}

/// Where they can be reached they are links.
fn port_facts(lines: &[PortLine]) -> Vec<Fact> {
    let of = |is_published: bool| {
        let shown: Vec<_> = lines
            .iter()
            .filter(|line| line.is_published() == is_published)
            .map(|line| match ports::href(line) {
                Some(href) => {
                    view! { <div><a class="link" href=href target="_blank" rel="noreferrer">{line.in_full()}</a></div> }.into_any()
                }
                None => view! { <div>{line.in_full()}</div> }.into_any(),
            })
            .collect();
        shown
    };
    let both = [(t().published(), of(true)), (t().exposed(), of(false))];
    both.into_iter().filter(|(_, lines)| !lines.is_empty()).map(|(name, lines)| Fact::new(name, lines)).collect()
}

fn mount_fact(mount: MountPoint) -> Fact {
    let mode = if mount.read_only { format!(", {}", case::lower(t().read_only())) } else { String::new() };
    let kind = format!(" ({}{mode})", mount.kind);
    let source = or_dash(mount.source);
    let value = if mount.kind == "volume" {
        let href = at(Route::Volume(source.clone()));
        view! { <a class="link" href=href>{source}</a>{kind} }.into_any()
    } else {
        view! { {source}{kind} }.into_any()
    };
    Fact::new(mount.target, value)
}

/// What it takes of the host now, and what it may take.
#[component]
fn Figures(row: Signal<Container>, limits: Limits) -> impl IntoView {
    let id = row.with_untracked(|row| row.id.clone());
    let watched = id.clone();
    let visible = browser::visible();
    let is_up = Memo::new(move |_| row.with(|row| row.state.has_process()));
    let watching = StoredValue::new_local(None);
    Effect::new(move || watching.set_value((visible.get() && is_up.get()).then(|| watch_stats(vec![watched.clone()]))));
    on_cleanup(move || drop(watching.try_update_value(Option::take)));
    let stats = Memo::new({
        let id = id.clone();
        move |_| if is_up.get() { store().stats.get(&id) } else { None }
    });
    let dash = || "–".to_owned();
    let used_cpu = move || stats.get().and_then(|stats| stats.cpu).map_or_else(dash, cpu);
    let used_memory = move || {
        stats.get().map_or_else(dash, |stats| {
            let (used, of) = memory(stats.memory, stats.memory_limit);
            let share = stats.memory_limit.filter(|limit| *limit > 0).map(|limit| percent(stats.memory as f64 / limit as f64));
            [Some(used), of.map(|limit| format!("/ {limit}")), share.map(|share| format!("({share})"))]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" ")
        })
    };
    let cpus = limits.cpus.map_or_else(|| t().no_limit().to_owned(), |hundredths| t().cpus(&format!("{}", hundredths as f64 / 100.0)));
    let most = limits.memory.map_or_else(|| t().no_limit().to_owned(), |bytes| memory(bytes, None).0);
    let mut rows = vec![
        Fact::new(t().column_cpu(), view! { <span class="num">{used_cpu}</span> }),
        Fact::new(t().column_memory(), view! { <span class="num">{used_memory}</span> }),
        Fact::new(t().field_cpu_limit(), cpus),
        Fact::new(t().field_memory_limit(), most),
    ];
    rows.extend(limits.processes.map(|processes| Fact::new(t().field_process_limit(), count(processes.try_into().unwrap_or_default()))));
    let href = at(Route::container(&id, Tab::Stats));
    rows.push(Fact::new("", view! { <a class="link" href=href>{t().stats()}</a> }));
    view! { <Card title=t().section_resources() mono=true rows=rows/> }
}

/// What looks like a secret is shown when it is asked for.
#[component]
fn Environment(rows: Vec<(String, String)>, opened: Opened) -> impl IntoView {
    let asked = opened.variables;
    let fact = |(name, value): (String, String)| {
        let hidden = {
            let name = name.clone();
            Memo::new(move |_| !asked.with(|asked| asked.contains(&name)))
        };
        let turn = {
            let name = name.clone();
            move |_| {
                asked.update(|asked| {
                    if !asked.remove(&name) {
                        asked.insert(name.clone());
                    }
                });
            }
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
        Fact::new(name, view! { {shown}{toggle} })
    };
    view! { <Card title=t().section_environment() mono=true rows=rows.into_iter().map(fact).collect() whole=opened.environment/> }
}
