//! What the tables already tell about the form. They warn; the engine decides.

use leptos::prelude::*;
use linkspan_shared::{
    container::{Container, Port},
    host_path::gives_the_host,
    ids::ContainerId,
    run::MountKind,
    user::Role,
};

use super::fields::Fields;
use crate::{
    components::{
        needs::lacks,
        reference_field::{fault_of, is_here},
        ui::{Glyph, Icon},
    },
    i18n::{t, why_not},
    store::store,
};

#[derive(Clone, PartialEq)]
enum Check {
    Ok(String),
    Warn(String),
    /// Another one is free.
    PortTaken {
        text: String,
        field: RwSignal<String>,
        free: Option<u16>,
    },
}

#[component]
pub fn Checks(
    fields: Fields,
    /// What it has is free: it is the one that is edited.
    #[prop(optional, into)]
    own: Option<ContainerId>,
) -> impl IntoView {
    let checks = Memo::new(move |_| checks(fields, own.as_ref()));
    view! {
        <ul class="preflight" aria-label=t().checks() aria-live="polite">
            {move || checks.get().into_iter().map(|check| match check {
                Check::Ok(text) => view! { <li class="ok"><Glyph icon=Icon::OkCircle/><span>{text}</span></li> }.into_any(),
                Check::Warn(text) => view! { <li class="warn"><Glyph icon=Icon::Warn/><span>{text}</span></li> }.into_any(),
                Check::PortTaken { text, field, free } => view! {
                    <li class="warn">
                        <Glyph icon=Icon::Warn/><span>{text}</span>
                        {free.map(|free| view! {
                            <button type="button" class="btn sm" on:click=move |_| field.set(free.to_string())>{t().use_port(free)}</button>
                        })}
                    </li>
                }.into_any(),
            }).collect_view()}
        </ul>
    }
}

fn checks(fields: Fields, own: Option<&ContainerId>) -> Vec<Check> {
    let find = |fits: &dyn Fn(&Container) -> bool| find(|container| Some(&container.id) != own && fits(container));
    let mut checks = Vec::new();
    let image = fields.image.get().trim().to_owned();
    if !image.is_empty() {
        // What is wrong with the name itself stands at the field.
        if is_here(&image) {
            checks.push(Check::Ok(t().check_image_here().to_owned()));
        } else if fault_of(&image, false).is_none() {
            checks.push(Check::Warn(if own.is_some() { t().check_image_to_pull() } else { t().check_image_absent() }.to_owned()));
        }
    }
    let name = fields.name.get().trim().to_owned();
    if !name.is_empty() && find(&|container| container.name == name).is_some() {
        checks.push(Check::Warn(t().check_name_taken(&name)));
    }
    for port in fields.ports.all() {
        let (host, inside) = (port.host_port.get(), port.container_port.get());
        for text in [&host, &inside] {
            let text = text.trim();
            if !text.is_empty() && text.parse::<u16>().ok().is_none_or(|port| port == 0) {
                checks.push(Check::Warn(t().check_port_invalid(text)));
            }
        }
        if let Ok(number) = host.trim().parse::<u16>()
            && let Some(holder) = find(&|container| {
                // At another address, or of another protocol, it is another port.
                let (address, protocol) = (port.host_ip.get(), port.protocol.get());
                let meets = |held: &str| address.trim().is_empty() || ["", "0.0.0.0", "::"].contains(&held) || held == address.trim();
                let is_it = |held: &Port| held.host_port == Some(number) && held.protocol == protocol && meets(&held.host_ip);
                container.ports.iter().any(is_it)
            })
        {
            let is_free = |number: &u16| find(&|container| container.ports.iter().any(|held| held.host_port == Some(*number))).is_none();
            let free = (number..=u16::MAX).skip(1).find(is_free);
            checks.push(Check::PortTaken { text: t().check_port_taken(number, &holder), field: port.host_port, free });
        }
    }
    if fields.mounts.all().iter().any(|mount| mount.lacks_target()) {
        checks.push(Check::Warn(t().check_mount_target().to_owned()));
    }
    for mount in fields.mounts.all().iter().filter(|mount| mount.kind.with(|kind| kind == MountKind::Bind.as_str())) {
        let source = mount.source.with(|source| source.trim().to_owned());
        if !source.is_empty() && gives_the_host(&source) {
            checks.push(Check::Warn(t().check_host_path(&source)));
        }
    }
    // What gives the host away takes an administrator: said before somebody tries.
    if lacks(Role::Administrator) {
        let options = fields.more.options().unwrap_or_default();
        let has_bind =
            fields.mounts.all().iter().any(|mount| {
                mount.kind.with(|kind| kind == MountKind::Bind.as_str()) && mount.source.with(|source| !source.trim().is_empty())
            });
        let asked = [
            (fields.privileged.get(), t().privileged()),
            (has_bind, t().paths_of_host()),
            (fields.network.with(|network| network == "host"), t().network_of_host()),
            (!options.devices.is_empty(), t().devices()),
            (!options.gpus.is_empty(), t().gpus()),
        ];
        let asked: Vec<&str> = asked.into_iter().filter(|(is_asked, _)| *is_asked).map(|(_, what)| what).collect();
        if !asked.is_empty() {
            checks.push(Check::Warn(format!("{}: {}", asked.join(", "), why_not(Role::Administrator))));
        }
    }
    let further = fields.more.options().map(|options| options.further_networks).unwrap_or_default();
    let further = further.iter().map(|written| written.split(':').next().unwrap_or_default().to_owned());
    for network in std::iter::once(fields.network.get()).chain(further) {
        let is_known = || store().networks.fold(false, |known, row| known || row.name == network);
        if !["", "host", "none", "bridge"].contains(&network.as_str()) && store().networks.is_loaded() && !is_known() {
            checks.push(Check::Warn(t().check_network_unknown(&network)));
        }
    }
    if fields.auto_remove.get() && fields.restart_policy.with(|policy| policy != "no") {
        checks.push(Check::Warn(t().check_restart_with_remove().to_owned()));
    }
    checks
}

fn find(fits: impl Fn(&Container) -> bool) -> Option<String> {
    store().containers.fold(None, |found, container| found.or_else(|| fits(container).then(|| container.name.clone())))
}
