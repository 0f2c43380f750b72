//! One row. Its cells follow the container's own signal.

use leptos::prelude::*;
use linkspan_shared::{
    container::{Container, ContainerState},
    ids::ContainerId,
    ports::{PortLine, lines},
};

use super::{TableState, figures::Figures, group::short_name, order::Line};
use crate::{
    address::at,
    components::{
        actions::{self, Action, act},
        dialogs::dialogs,
        menu::menus,
        state_pill::StatePill,
        ui::{Glyph, Icon, virtual_rows::offset},
    },
    i18n::{ago, date_time, t, uptime},
    link,
    route::{Route, Tab},
    store::store,
};

#[component]
pub fn ContainerRow(id: ContainerId, index: Signal<usize>, state: TableState) -> impl IntoView {
    let store = store();
    let (dialogs, menus) = (dialogs(), menus());
    // The row leaves the table a moment after its container does.
    let Some(row) = store.containers.signal(&id) else { return ().into_any() };
    let row = RwSignal::from(row);
    let name = Memo::new(move |_| row.with(|row| row.name.clone()));
    let grid = state.grid;
    let line = Line::Container(id.clone());
    let selected = grid.is_selected(line.clone());
    let tab = grid.tab(line.clone(), index);
    let shown_name = Memo::new(move |_| {
        let project = row.with(|row| row.project.clone());
        match project.filter(|_| state.is_grouped.get()) {
            Some(project) => name.with(|name| short_name(name, &project)),
            None => name.get(),
        }
    });
    // What it was made from stays its name; that the image is called otherwise by now is said beside it.
    let has_lost_its_name = Memo::new(move |_| {
        row.with(|row| {
            let image = store.images.get(&row.image_id);
            !row.image.starts_with("sha256:") && image.is_some_and(|image| !image.is_meant_by(&row.image))
        })
    });
    let ordinal = move || state.ordinals.with(|ordinals| ordinals.get(index.get()).copied().unwrap_or_default());
    let live = move || store.is_live();
    let href = at(Route::container(&id, Tab::Overview));
    let ports_href = href.clone();
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
    let shortcut = {
        let id = id.clone();
        move |page: Tab, icon: Icon, label: fn(&str) -> String| {
            let href = at(Route::container(&id, page));
            view! {
                <a class="btn ghost sm icon-only" href=href tabindex=tab aria-label=move || label(&name.get()) title=move || label(&name.get())>
                    <Glyph icon=icon/>
                </a>
            }
        }
    };
    let terminal = shortcut.clone();
    let more = move |event: web_sys::MouseEvent| {
        let items = row.with_untracked(|row| actions::menu(row, dialogs, store.is_live()));
        menus.open(name.get_untracked(), items, &event);
    };
    let own = id.clone();
    let (clicked, pressed, rested, focused) = (line.clone(), line.clone(), line.clone(), line);
    view! {
        <div
            class="dt-row"
            role="row"
            id=format!("row-{id}")
            tabindex=tab
            aria-label=move || name.get()
            aria-rowindex=move || (ordinal() + 2).to_string()
            attr:aria-level=move || state.is_grouped.get().then_some("2")
            aria-selected=move || selected.get().to_string()
            style:--y=offset(grid.viewport, index)
            on:focusin=move |_| grid.active.set(Some(focused.clone()))
            on:pointerdown=move |event| grid.press(&pressed, &event)
            on:pointerup=move |_| grid.release()
            on:pointercancel=move |_| grid.release()
            on:contextmenu=move |event| grid.rested(&rested, &event)
            // Before the link in it hears of it.
            on:click:capture=move |event| grid.swallow(&event)
        >
            <div class="c-check" role="gridcell">
                <input
                    type="checkbox"
                    class="check"
                    tabindex=tab
                    aria-label=move || t().select(&name.get())
                    prop:checked=move || selected.get()
                    on:click=move |event| grid.clicked(&clicked, &event)
                />
            </div>
            <div class="c-name" role="gridcell">
                <a href=href tabindex=tab title=move || name.get()>{move || shown_name.get()}</a>
                {move || row.with(|row| (row.restarts > 0 && row.state != ContainerState::Restarting).then(|| view! {
                    <span class="tag" title=t().restarted_title(row.restarts, row.exit_code)>{t().restarted_n(row.restarts)}</span>
                }))}
                {move || row.with(|row| row.auto_remove).then(|| view! { <span class="tag" title=t().removes_itself()>"--rm"</span> })}
                {move || row.with(|row| row.swarm_service.clone()).map(|service| view! { <span class="tag" title=t().of_service(&service)>"swarm"</span> })}
                {move || row.with(|row| row.is_self).then(|| view! { <span class="tag">{t().this_is_linkspan()}</span> })}
            </div>
            <div class="c-image mono" role="gridcell" title=move || row.with(|row| row.image.clone())>
                {move || row.with(|row| image_parts(&row.image))}
                {move || has_lost_its_name.get().then(|| view! { <span class="tag" title=t().untagged_since_text()>{t().untagged_since()}</span> })}
            </div>
            <div class="c-state" role="gridcell"><StatePill container=row/></div>
            <Figures container=own/>
            <div class="c-ports mono" role="gridcell"><Ports container=row href=ports_href tab=Signal::derive(tab)/></div>
            <div class="c-created" role="gridcell">
                <time title=move || date_time(row.with(|row| row.created))>{move || ago(row.with(|row| row.created))}</time>
            </div>
            // After the columns that are promised, wherever it stands.
            <div class="c-up" role="gridcell">
                {move || row.with(|row| row.started).map_or_else(|| view! { <span class="t3">"–"</span> }.into_any(), |started| view! {
                    <time title=t().up_since(&date_time(started))>{move || uptime(started)}</time>
                }.into_any())}
            </div>
            <div class="row-acts" role="gridcell">
                {shortcut(Tab::Logs, Icon::Lines, |name| t().logs_of(name))}
                <Show when=move || live() && row.with(|row| row.state == ContainerState::Running)>
                    {terminal(Tab::Terminal, Icon::Terminal, |name| t().terminal_of(name))}
                </Show>
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

/// Lines of a cell, at most; the container's page has them all.
const PORT_LINES: usize = 6;

/// One line that loses nothing but what is beyond [`PORT_LINES`], which it counts; what is only exposed stands back.
#[component]
pub fn Ports(#[prop(into)] container: Signal<Container>, href: String, tab: Signal<&'static str>) -> impl IntoView {
    let all = Memo::new(move |_| container.with(|container| lines(&container.ports)));
    let title = move || all.with(|all| all.iter().map(PortLine::in_full).collect::<Vec<_>>().join("\n"));
    view! {
        <span class="ports" title=title>
            {move || all.with(|all| {
                let shown = all.iter().take(PORT_LINES).enumerate().map(|(at, line)| {
                    view! { {(at > 0).then_some(", ")}<span class:t3=!line.is_published()>{line.to_string()}</span> }
                });
                let rest = all.len().saturating_sub(PORT_LINES);
                let more = (rest > 0).then(|| {
                    let label = container.with(|container| t().more_ports(rest, &container.name));
                    view! { " "<a class="more-ports" href=href.clone() tabindex=tab aria-label=label>{format!("+{rest}")}</a> }
                });
                view! { {shown.collect_view()}{more}{all.is_empty().then_some("–")} }
            })}
        </span>
    }
}
