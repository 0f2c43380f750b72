//! What is offered in a row beside its menu: seen when it is pointed at, there for assistive technology at all times, and so
//! made when the rest of the table stands.

use leptos::prelude::*;
use linkspan_shared::{
    container::{Container, ContainerState},
    ids::ContainerId,
};
use web_sys::Element;

use super::row::at_page;
use crate::{
    components::{
        actions::Action,
        ui::{Icon, place, virtual_rows::Viewport},
    },
    i18n::t,
    route::Tab,
    store::store,
};

/// What is offered beside the menu, in this order. What a container's state does not allow is not in the document.
#[derive(Clone, Copy, PartialEq)]
enum Offer {
    Page(Tab),
    Act(Action),
}

/// Says it of a container's name.
type Label = fn(&str) -> String;

const OFFERS: [(Offer, Icon, Label); 6] = [
    (Offer::Page(Tab::Logs), Icon::Lines, |name| t().logs_of(name)),
    (Offer::Page(Tab::Terminal), Icon::Terminal, |name| t().terminal_of(name)),
    (Offer::Page(Tab::Stats), Icon::Activity, |name| t().stats_of(name)),
    (Offer::Act(Action::Start), Icon::Play, |name| t().start(name)),
    (Offer::Act(Action::Restart), Icon::Restart, |name| t().restart(name)),
    (Offer::Act(Action::Stop), Icon::Stop, |name| t().stop(name)),
];

pub const CLASS: &str = "btn ghost sm icon-only";

thread_local! {
    static TEMPLATE: &'static str = template().leak();
}

fn template() -> String {
    let of = |(offer, icon, _): &(Offer, Icon, Label)| {
        let (begin, end) = if matches!(offer, Offer::Page(_)) { ("a", "a") } else { (r#"button type="button""#, "button") };
        format!(r#"<{begin} class="{CLASS}">{}</{end}>"#, icon.markup())
    };
    OFFERS.iter().map(of).collect()
}

/// What a button does, if it is one of these.
pub fn action_of(control: &Element) -> Option<Action> {
    let at = control.get_attribute("data-offer")?.parse::<usize>().ok()?;
    match OFFERS.get(at)? {
        (Offer::Act(action), ..) => Some(*action),
        (Offer::Page(_), ..) => None,
    }
}

/// Makes them in `acts`, and keeps those that the container's state allows.
pub fn follow(
    acts: &Element,
    id: &ContainerId,
    row: RwSignal<Container>,
    name: Memo<String>,
    viewport: Viewport,
    tab: impl Fn() -> &'static str + Copy + 'static,
) {
    let (acts, id) = (acts.clone(), id.clone());
    Effect::new(move || {
        if !viewport.is_settled() {
            return;
        }
        acts.set_inner_html(TEMPLATE.with(|template| *template));
        let offers = place::children(&acts);
        for (at, (element, (offer, ..))) in offers.iter().zip(OFFERS).enumerate() {
            match offer {
                Offer::Page(tab) => {
                    place::attribute(element, "href", &at_page(&id, tab));
                    if tab == Tab::Terminal {
                        place::attribute(element, "data-needs", "terminal.open");
                    }
                }
                Offer::Act(action) => {
                    place::attribute(element, "data-offer", &at.to_string());
                    place::attribute(element, "data-needs", action.needs());
                }
            }
        }
        let all = offers.clone();
        Effect::new(move || {
            let name = name.get();
            for (element, (.., label)) in all.iter().zip(OFFERS) {
                place::attribute(element, "aria-label", &label(&name));
                place::attribute(element, "title", &label(&name));
            }
        });
        let all = offers.clone();
        Effect::new(move || all.iter().for_each(|element| place::attribute(element, "tabindex", tab())));
        let allowed = Memo::new(move |_| {
            let store = store();
            row.with(|row| {
                OFFERS.map(|(offer, ..)| match offer {
                    Offer::Page(Tab::Terminal) => store.is_live() && row.state == ContainerState::Running,
                    Offer::Page(_) => true,
                    Offer::Act(action) => store.is_live() && action.is_allowed(row),
                })
            })
        });
        let acts = acts.clone();
        Effect::new(move || {
            // Those that stay are not touched: one of them may have the focus.
            let mut before = None::<Element>;
            for (element, allowed) in offers.iter().zip(allowed.get()) {
                match (allowed, element.is_connected()) {
                    (false, _) => element.remove(),
                    (true, false) => match &before {
                        Some(before) => drop(before.after_with_node_1(element)),
                        None => drop(acts.prepend_with_node_1(element)),
                    },
                    (true, true) => {}
                }
                if allowed {
                    before = Some(element.clone());
                }
            }
        });
    });
}
