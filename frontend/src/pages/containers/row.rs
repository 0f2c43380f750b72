//! One row. Its cells follow the container's own signal.

use std::collections::HashSet;

use leptos::prelude::*;
use linkspan_shared::{
    container::{Container, Port},
    ids::ContainerId,
};
use wasm_bindgen::JsCast;

use super::{TableState, figures::Figures};
use crate::{
    address::{at, use_go},
    components::{
        actions::{self, Action, act},
        dialogs::dialogs,
        menu::menus,
        state_pill::StatePill,
        ui::{Glyph, Icon, virtual_rows::offset},
    },
    i18n::{ago, date_time, t},
    link,
    store::store,
};

#[component]
pub fn ContainerRow(id: ContainerId, index: Signal<usize>, state: TableState) -> impl IntoView {
    let store = store();
    let (dialogs, menus, go) = (dialogs(), menus(), use_go());
    // The row leaves the table a moment after its container does.
    let Some(row) = store.containers.signal(&id) else { return ().into_any() };
    let row = RwSignal::from(row);
    let name = Memo::new(move |_| row.with(|row| row.name.clone()));
    let selected = {
        let id = id.clone();
        Memo::new(move |_| state.selected.with(|selected| selected.contains(&id)))
    };
    let is_active = {
        let id = id.clone();
        // Before anybody moved, Tab reaches the first row.
        Memo::new(move |_| state.active.with(|active| active.as_ref().map_or(index.get() == 0, |active| *active == id)))
    };
    let tab = move || if is_active.get() { "0" } else { "-1" };
    let live = move || store.is_live();
    let href = at(&format!("/containers/{id}"));
    let quick = move |action: Action, label: fn(&str) -> String| {
        view! {
            <Show when=move || live() && row.with(|row| action.is_allowed(row))>
                <button
                    type="button"
                    class="btn ghost sm icon-only"
                    tabindex=tab
                    aria-label=move || label(&name.get())
                    title=move || label(&name.get())
                    on:click=move |_| row.with_untracked(|row| act(link::engine(), action, row, dialogs))
                >
                    <Glyph icon=action.icon()/>
                </button>
            </Show>
        }
    };
    let more = move |event: web_sys::MouseEvent| {
        let items = row.with_untracked(|row| actions::menu(row, dialogs, store.is_live(), go.clone()));
        menus.open(name.get_untracked(), items, &event);
    };
    let toggled = {
        let id = id.clone();
        move |_| toggle(state.selected, &id)
    };
    let own = id.clone();
    let focused = {
        let id = id.clone();
        move |_| state.active.set(Some(id.clone()))
    };
    view! {
        <div
            class="dt-row"
            role="row"
            id=format!("row-{id}")
            tabindex=tab
            aria-label=move || name.get()
            aria-rowindex=move || (index.get() + 2).to_string()
            aria-selected=move || selected.get().to_string()
            style:--y=offset(state.viewport, index)
            on:focusin=focused
        >
            <div class="c-check" role="gridcell">
                <input
                    type="checkbox"
                    class="check"
                    tabindex=tab
                    aria-label=move || t().select(&name.get())
                    prop:checked=move || selected.get()
                    on:change=toggled
                />
            </div>
            <div class="c-name" role="gridcell">
                <a href=href tabindex=tab title=move || name.get()>{move || name.get()}</a>
                {move || row.with(|row| row.auto_remove).then(|| view! { <span class="tag" title=t().removes_itself()>"--rm"</span> })}
                {move || row.with(|row| row.swarm_service.clone()).map(|service| view! { <span class="tag" title=t().of_service(&service)>"swarm"</span> })}
                {move || row.with(|row| row.is_self).then(|| view! { <span class="tag">{t().this_is_linkspan()}</span> })}
            </div>
            <div class="c-image mono" role="gridcell" title=move || row.with(|row| row.image.clone())>
                {move || row.with(|row| image_parts(&row.image))}
            </div>
            <div class="c-state" role="gridcell"><StatePill container=row/></div>
            <Figures container=own/>
            <div class="c-ports mono" role="gridcell" title=move || row.with(ports_title)>{move || row.with(ports)}</div>
            <div class="c-created" role="gridcell">
                <time title=move || date_time(row.with(|row| row.created))>{move || ago(row.with(|row| row.created))}</time>
            </div>
            <div class="row-acts" role="gridcell">
                {quick(Action::Start, |name| t().start(name))}
                {quick(Action::Restart, |name| t().restart(name))}
                {quick(Action::Stop, |name| t().stop(name))}
            </div>
            <div class="row-more" role="gridcell">
                <button
                    type="button"
                    class="btn ghost sm icon-only"
                    tabindex=tab
                    aria-haspopup="menu"
                    aria-label=move || t().more_actions(&name.get())
                    on:click=more
                >
                    <Glyph icon=Icon::More/>
                </button>
            </div>
        </div>
    }
    .into_any()
}

pub fn toggle(selected: RwSignal<HashSet<ContainerId>>, id: &ContainerId) {
    selected.update(|selected| {
        if !selected.remove(id) {
            selected.insert(id.clone());
        }
    });
}

pub fn focus(id: &ContainerId) {
    let id = format!("row-{id}");
    // The row may have to be rendered first.
    request_animation_frame(move || {
        if let Some(row) = document().get_element_by_id(&id).and_then(|row| row.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = row.focus();
        }
    });
}

/// The key was meant for a control inside the row.
pub fn is_control(event: &web_sys::KeyboardEvent) -> bool {
    let target: Option<web_sys::Element> = event.target().and_then(|target| target.dyn_into().ok());
    let control = target.is_some_and(|target| matches!(target.tag_name().as_str(), "BUTTON" | "A" | "INPUT"));
    control && matches!(event.key().as_str(), "Enter" | " ")
}

/// The registry and path stand back, and give way first: repository and tag always stay.
pub fn image_parts(reference: &str) -> impl IntoView + use<> {
    let (path, name) = reference.rsplit_once('/').map_or((None, reference), |(path, name)| (Some(path.to_owned()), name));
    let cut = name.find([':', '@']).unwrap_or(name.len());
    let (repository, tag) = (name[..cut].to_owned(), name[cut..].to_owned());
    view! {
        {path.map(|path| view! { <span class="img-reg"><bdi>{path}</bdi></span><span class="img-slash">"/"</span> })}
        <span class="img-repo">{repository}</span>
        <span class="img-tag">{tag}</span>
    }
}

/// `8080→80 +1`: published ones, each once although it has an IPv4 and an IPv6 address.
pub fn ports(container: &Container) -> String {
    let mut published: Vec<(u16, u16)> = container.ports.iter().filter_map(|port| Some((port.host_port?, port.container_port))).collect();
    published.sort_unstable();
    published.dedup();
    match published.as_slice() {
        [] => "–".to_owned(),
        [(host, inside)] => format!("{host}→{inside}"),
        [(host, inside), rest @ ..] => format!("{host}→{inside} +{}", rest.len()),
    }
}

fn ports_title(container: &Container) -> String {
    let line = |port: &Port| match port.host_port {
        Some(host) if port.host_ip.contains(':') => format!("[{}]:{host} → {}/{}", port.host_ip, port.container_port, port.protocol),
        Some(host) => format!("{}:{host} → {}/{}", port.host_ip, port.container_port, port.protocol),
        None => format!("{}/{}", port.container_port, port.protocol),
    };
    container.ports.iter().map(line).collect::<Vec<_>>().join("\n")
}
