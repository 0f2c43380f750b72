//! One row. All are copies of one template, and their cells are written in place: a table of dynamic views would be three
//! times the nodes, and as many effects.

use leptos::{attr::custom::custom_attribute, html, prelude::*};
use linkspan_shared::{
    container::{Container, ContainerState},
    ids::ContainerId,
    ports::{PortLine, lines},
};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement, MouseEvent};

use super::{TableState, figures, group::short_name, offers, order::Line};
use crate::{
    address::at,
    components::{
        actions::act,
        dialogs::dialogs,
        image_name::image_parts,
        menu::{About, menus},
        people::{avatar, others_at},
        ports::{self, PORT_LINES},
        state_pill,
        ui::{Icon, place, virtual_rows::offset},
    },
    i18n::{ago, count, date_time, t, uptime},
    link,
    route::{Route, Tab},
    store::store,
};

thread_local! {
    static TEMPLATE: &'static str = template().leak();
}

fn template() -> String {
    format!(
        r#"<div class="c-check" role="gridcell"><input type="checkbox" class="check"></div><div class="c-name" role="gridcell"><a></a></div><div class="c-image mono" role="gridcell"></div><div class="c-state" role="gridcell"></div><div class="c-cpu" role="gridcell"></div><div class="c-mem" role="gridcell"></div><div class="c-ports mono" role="gridcell"><span class="ports"></span></div><div class="c-created" role="gridcell"><time></time></div><div class="c-up" role="gridcell"></div><div class="row-acts" role="gridcell"></div><div class="row-more" role="gridcell"><button type="button" class="{}" aria-haspopup="menu">{}</button></div>"#,
        offers::CLASS,
        Icon::More.markup()
    )
}

#[component]
pub fn ContainerRow(id: ContainerId, index: Signal<usize>, state: TableState) -> impl IntoView {
    // The row leaves the table a moment after its container does.
    let Some(row) = store().containers.signal(&id) else { return ().into_any() };
    let row = RwSignal::from(row);
    let grid = state.grid;
    let line = Line::Container(id.clone());
    let selected = grid.is_selected(line.clone());
    let tab = grid.tab(line.clone(), index);
    let name = Memo::new(move |_| row.with(|row| row.name.clone()));
    let ordinal = move || state.ordinals.with(|ordinals| ordinals.get(index.get()).copied().unwrap_or_default());
    let (dialogs, menus) = (dialogs(), menus());
    let clicked = {
        let line = line.clone();
        move |event: MouseEvent| {
            let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            let Some(control) = target.and_then(|target| target.closest("button, input").ok()?) else { return };
            if control.tag_name() == "INPUT" {
                grid.clicked(&line, &event);
            } else if control.has_attribute("aria-haspopup") {
                menus.open_at(name.get_untracked(), About::Container(Box::new(row.get_untracked())), &control);
            } else if let Some(action) = offers::action_of(&control) {
                row.with_untracked(|row| act(link::engine(), action, row, dialogs));
            }
        }
    };
    let node = NodeRef::<html::Div>::new();
    node.on_load(move |element| follow(&element, &id, row, name, state, selected, tab));
    let (pressed, rested, focused) = (line.clone(), line.clone(), line);
    view! {
        <div
            class="dt-row"
            role="row"
            id=grid.dom_id(&focused)
            node_ref=node
            tabindex=tab
            aria-rowindex=move || (ordinal() + 2).to_string()
            {..custom_attribute("aria-level", move || state.is_grouped.get().then_some("2"))}
            aria-selected=move || selected.get().to_string()
            style:--y=offset(grid.viewport, index)
            inner_html=TEMPLATE.with(|template| *template)
            on:focusin=move |_| grid.active.set(Some(focused.clone()))
            on:pointerdown=move |event| grid.press(&pressed, &event)
            on:pointerup=move |_| grid.release()
            on:pointercancel=move |_| grid.release()
            on:contextmenu=move |event| grid.rested(&rested, &event)
            // Before the link in it hears of it.
            on:click:capture=move |event| grid.swallow(&event)
            on:click=clicked
        ></div>
    }
    .into_any()
}

/// Writes the cells, and writes them again as what they show changes.
fn follow(
    element: &Element,
    id: &ContainerId,
    row: RwSignal<Container>,
    name: Memo<String>,
    state: TableState,
    selected: Memo<bool>,
    tab: impl Fn() -> &'static str + Copy + 'static,
) {
    let store = store();
    let part = |selector: &str| place::part(element, selector);
    let (check, link, more) = (part(".c-check input"), part(".c-name a"), part(".row-more button"));
    let cell = part(".c-name");
    place::attribute(&link, "href", &at_page(id, Tab::Overview));

    let own = element.clone();
    let (labelled, called) = (check.clone(), link.clone());
    Effect::new(move || {
        let name = name.get();
        place::attribute(&own, "aria-label", &name);
        place::attribute(&labelled, "aria-label", &t().select(&name));
        place::attribute(&more, "aria-label", &t().more_actions(&name));
        // The project is said by its group.
        let project = row.with(|row| row.project.clone()).filter(|_| state.is_grouped.get());
        called.set_text_content(Some(&project.map_or_else(|| name.clone(), |project| short_name(&name, &project))));
        place::attribute(&called, "title", &name);
    });

    let own = id.clone();
    let others = Memo::new(move |_| others_at(&own));
    Effect::new(move || {
        place::children(&cell).iter().skip(1).for_each(Element::remove);
        for name in others.get() {
            let (class, initial) = avatar(&name);
            let person = place::add(&cell, "span", &format!("{class} xs"), &initial);
            let says = t().has_this_open(&name);
            for (name, value) in [("role", "img"), ("aria-label", says.as_str()), ("title", &says)] {
                place::attribute(&person, name, value);
            }
        }
        row.with(|row| {
            let tag = |text: &str, title: &str| {
                let tag = place::add(&cell, "span", "tag", text);
                if !title.is_empty() {
                    place::attribute(&tag, "title", title);
                }
            };
            if row.restarts > 0 && row.state != ContainerState::Restarting {
                tag(&t().restarted_n(row.restarts), &t().restarted_title(row.restarts, row.exit_code));
            }
            if row.out_of_memory {
                tag("OOM", t().out_of_memory_title());
            }
            if row.auto_remove {
                tag("--rm", t().removes_itself());
            }
            if let Some(service) = &row.swarm_service {
                tag("swarm", &t().of_service(service));
            }
            if row.is_self {
                tag(t().this_is_linkspan(), "");
            }
        });
    });

    // What it was made from stays its name; that the image is called otherwise by now is said beside it.
    let image = Memo::new(move |_| row.with(|row| (row.image.clone(), store.has_lost_its_name(row))));
    let cell = part(".c-image");
    Effect::new(move || {
        let (reference, has_lost_its_name) = image.get();
        cell.set_text_content(None);
        place::attribute(&cell, "title", &reference);
        let (registry, repository, tag) = image_parts(&reference);
        if let Some(registry) = registry {
            place::add(&place::add(&cell, "span", "img-reg", ""), "bdi", "", registry);
            place::add(&cell, "span", "img-slash", "/");
        }
        place::add(&cell, "span", "img-repo", repository);
        place::add(&cell, "span", "img-tag", tag);
        if has_lost_its_name {
            place::attribute(&place::add(&cell, "span", "tag", t().untagged_since()), "title", t().untagged_since_text());
        }
    });

    let appearance = state_pill::followed(row.into());
    let cell = part(".c-state");
    Effect::new(move || {
        let state_pill::Appearance { kind, icon, text } = appearance.get();
        cell.set_text_content(None);
        // Made anew when it changes: that is what makes it flash.
        let pill = place::add(&cell, "span", "pill", "");
        place::attribute(&pill, "data-state", kind);
        pill.set_inner_html(&icon.markup());
        if icon == Icon::Loader
            && let Some(icon) = pill.first_element_child()
        {
            place::attribute(&icon, "class", "icon spin");
        }
        place::text(&pill, &text);
    });

    figures::follow(&part(".c-cpu"), &part(".c-mem"), id);

    let published = Memo::new(move |_| row.with(|row| lines(&row.ports)));
    let cell = part(".ports");
    let href = at_page(id, Tab::Overview);
    Effect::new(move || {
        cell.set_text_content(None);
        published.with(|lines| {
            place::attribute(&cell, "title", &lines.iter().map(PortLine::in_full).collect::<Vec<_>>().join("\n"));
            for (at, line) in lines.iter().take(PORT_LINES).enumerate() {
                if at > 0 {
                    place::text(&cell, ", ");
                }
                let Some(href) = ports::href(line) else {
                    place::add(&cell, "span", if line.is_published() { "" } else { "t3" }, &line.to_string());
                    continue;
                };
                let link = place::add(&cell, "a", "port", &line.to_string());
                place::attribute(&link, "href", &href);
                place::attribute(&link, "target", "_blank");
                place::attribute(&link, "rel", "noreferrer");
                place::attribute(&link, "tabindex", tab());
            }
            let rest = lines.len().saturating_sub(PORT_LINES);
            if rest > 0 {
                place::text(&cell, " ");
                let more = place::add(&cell, "a", "more-ports", &format!("+{rest}"));
                place::attribute(&more, "href", &href);
                place::attribute(&more, "tabindex", tab());
                place::attribute(&more, "aria-label", &t().more_ports(rest, &name.get()));
            } else if lines.is_empty() {
                place::add(&cell, "span", "t3", "–");
            }
        });
    });

    let created = Memo::new(move |_| row.with(|row| row.created));
    let time = part(".c-created time");
    Effect::new(move || {
        place::attribute(&time, "title", &date_time(created.get()));
        time.set_text_content(Some(&ago(created.get())));
    });
    let started = Memo::new(move |_| row.with(|row| row.started));
    let cell = part(".c-up");
    Effect::new(move || {
        cell.set_text_content(None);
        match started.get() {
            None => drop(place::add(&cell, "span", "t3", "–")),
            Some(started) => {
                let time = place::add(&cell, "time", "", &uptime(started));
                place::attribute(&time, "title", &t().up_since(&date_time(started)));
            }
        }
    });

    if state.restarts.get_untracked() {
        let cell = place::add(element, "div", "c-restarts num", "");
        place::attribute(&cell, "role", "gridcell");
        // Before what is done with the row.
        let _ = part(".row-acts").before_with_node_1(&cell);
        let restarts = Memo::new(move |_| row.with(|row| row.restarts));
        Effect::new(move || cell.set_text_content(Some(&count(usize::try_from(restarts.get()).unwrap_or_default()))));
    }

    offers::follow(&part(".row-acts"), id, row, name, state.grid.viewport, tab);

    let focusable = [check.clone(), link, part(".row-more button")];
    Effect::new(move || focusable.iter().for_each(|element| place::attribute(element, "tabindex", tab())));
    let check: Option<HtmlInputElement> = check.dyn_into().ok();
    Effect::new(move || {
        let selected = selected.get();
        if let Some(check) = &check {
            check.set_checked(selected);
        }
    });
}

pub fn at_page(id: &ContainerId, tab: Tab) -> String {
    at(Route::container(id, tab))
}
