//! Rows of Compose projects: what is in each, what all of it takes, and folding.

use std::{collections::HashSet, rc::Rc};

use leptos::{attr::custom::custom_attribute, prelude::*};
use linkspan_shared::{
    container::{Container, ContainerState, Health},
    ids::ContainerId,
};

use super::{TableState, order::Line};
use crate::{
    browser,
    components::{
        menu::{About, menus},
        ui::{Glyph, Icon, virtual_rows::offset},
    },
    decode,
    i18n::{cpu, memory, t},
    store::store,
};

const STORED: &str = "folded-projects";

/// The projects whose containers are hidden, remembered in this browser.
#[derive(Clone, Copy)]
pub struct Folded(RwSignal<HashSet<String>>);

impl Folded {
    pub fn load() -> Self {
        let stored = browser::stored(STORED).and_then(|text| decode::read(&text));
        Self(RwSignal::new(stored.unwrap_or_default()))
    }

    pub fn is(&self, project: &str) -> bool {
        self.0.with(|folded| folded.contains(project))
    }

    pub fn get(&self) -> HashSet<String> {
        self.0.get()
    }

    pub fn set(&self, project: &str, fold: bool) {
        self.0.update(|folded| {
            let _ = if fold { folded.insert(project.to_owned()) } else { folded.remove(project) };
        });
        browser::store(STORED, &self.0.with_untracked(|folded| serde_json::to_string(folded).unwrap_or_default()));
    }
}

/// What of a name is left when its project is said above: `storefront-api-1` is `api-1`.
pub fn short_name(name: &str, project: &str) -> String {
    let rest = name.strip_prefix(project).and_then(|rest| rest.strip_prefix(['-', '_']));
    rest.filter(|rest| !rest.is_empty()).unwrap_or(name).to_owned()
}

pub fn project_name(project: &str) -> String {
    if project.is_empty() { t().no_project().to_owned() } else { project.to_owned() }
}

/// Somebody should look at it.
fn needs_attention(container: &Container) -> bool {
    match container.state {
        ContainerState::Restarting | ContainerState::Dead => true,
        ContainerState::Running => container.health == Health::Unhealthy,
        ContainerState::Exited => container.exit_code.is_some_and(|code| code != 0),
        _ => false,
    }
}

#[derive(Clone, Default, PartialEq)]
struct Totals {
    all: usize,
    running: usize,
    attention: usize,
    cpu: Option<u64>,
    memory: Option<u64>,
    /// Of some that run nothing is known: too many to be watched, or not yet.
    partial: bool,
}

#[component]
pub fn GroupRow(project: String, index: Signal<usize>, state: TableState) -> impl IntoView {
    let (store, grid, menus) = (store(), state.grid, menus());
    let line = Line::Project(project.clone());
    let members = {
        let project = project.clone();
        Memo::new(move |_| state.members.with(|members| members.get(&project).cloned().unwrap_or_default()))
    };
    let containers = move || -> Vec<Container> { members.with(|ids| ids.iter().filter_map(|id| store.containers.get(id)).collect()) };
    let totals = Memo::new(move |_| {
        let mut totals = Totals::default();
        for container in containers() {
            totals.all += 1;
            totals.running += usize::from(container.state == ContainerState::Running);
            totals.attention += usize::from(needs_attention(&container));
            totals.partial |= container.state == ContainerState::Running && store.stats.get(&container.id).is_none();
            if let Some(stats) = store.stats.get(&container.id) {
                totals.cpu = stats.cpu.map(|cpu| totals.cpu.unwrap_or_default() + cpu).or(totals.cpu);
                totals.memory = Some(totals.memory.unwrap_or_default() + stats.memory);
            }
        }
        totals
    });
    // Where the project was started from.
    let place = move || members.with(|ids| ids.iter().find_map(|id| store.containers.get(id)?.project_file));
    let selected = Memo::new(move |_| {
        let number = members
            .with(|ids| grid.selected.with(|selected| ids.iter().filter(|id| selected.contains(&Line::Container((*id).clone()))).count()));
        (number, members.with(Vec::len))
    });
    let name = project_name(&project);
    let tab = grid.tab(line.clone(), index);
    let (folded, own) = (state.folded, project.clone());
    let is_folded = {
        let own = own.clone();
        Memo::new(move |_| folded.is(&own))
    };
    let fold = move |_| folded.set(&own, !is_folded.get_untracked());
    let (toggled, focused) = (line.clone(), line.clone());
    let label = name.clone();
    let more = move |event: web_sys::MouseEvent| {
        let all = untrack(containers);
        let ids: Vec<ContainerId> = all.iter().map(|one| one.id.clone()).collect();
        let select = move || grid.selected.update(|selected| selected.extend(ids.iter().cloned().map(Line::Container)));
        menus.open(label.clone(), About::Project(all, Rc::new(select)), &event);
    };
    view! {
        <div
            class="dt-row group"
            role="row"
            id=grid.dom_id(&line)
            tabindex=tab
            aria-label=name.clone()
            {..custom_attribute("aria-level", "1")}
            aria-expanded=move || (!is_folded.get()).to_string()
            style:--y=offset(grid.viewport, index)
            on:focusin=move |_| grid.active.set(Some(focused.clone()))
        >
            <div class="c-check" role="gridcell">
                <input
                    type="checkbox"
                    class="check"
                    tabindex=tab
                    aria-label=t().select_project(&name)
                    prop:checked=move || { let (number, all) = selected.get(); all > 0 && number == all }
                    prop:indeterminate=move || { let (number, all) = selected.get(); number > 0 && number < all }
                    on:change=move |_| grid.toggle(&toggled)
                />
            </div>
            <div class="c-name" role="gridcell">
                <button type="button" tabindex="-1" aria-expanded=move || (!is_folded.get()).to_string() on:click=fold>
                    <Glyph icon=Icon::ChevDown/><b>{name.clone()}</b>
                </button>
            </div>
            <div class="c-image mono" role="gridcell" title=place>{move || place().map(|place| view! { <span class="img-reg"><bdi>{place}</bdi></span> })}</div>
            <div class="c-state t2 num" role="gridcell">{move || { let totals = totals.get(); t().project_running(totals.running, totals.all) }}</div>
            <div class="c-cpu" role="gridcell"><span class="num t2">{move || totals.with(|totals| totals.cpu.map(|sum| at_least(totals, cpu(sum))))}</span></div>
            <div class="c-mem" role="gridcell"><span class="num t2">{move || totals.with(|totals| totals.memory.map(|sum| at_least(totals, memory(sum, None).0)))}</span></div>
            <div class="c-ports" role="gridcell">
                {move || Some(totals.get().attention).filter(|attention| *attention > 0).map(|attention| view! {
                    <span class="g-bad"><Glyph icon=Icon::Warn/>{t().needs_attention(attention)}</span>
                })}
            </div>
            <div class="row-more" role="gridcell">
                <button type="button" class="btn ghost sm icon-only" tabindex=tab aria-haspopup="menu" aria-label=t().more_actions(&name) on:click=more>
                    <Glyph icon=Icon::More/>
                </button>
            </div>
        </div>
    }
}

fn at_least(totals: &Totals, sum: String) -> String {
    if totals.partial { format!("≥ {sum}") } else { sum }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::short_name;

    #[wasm_bindgen_test]
    fn the_project_is_said_once() {
        assert_eq!(short_name("storefront-api-1", "storefront"), "api-1");
        assert_eq!(short_name("storefront_db_1", "storefront"), "db_1");
        assert_eq!(short_name("other", "storefront"), "other");
        assert_eq!(short_name("storefront-", "storefront"), "storefront-");
        assert_eq!(short_name("storefronts", "storefront"), "storefronts");
    }
}
