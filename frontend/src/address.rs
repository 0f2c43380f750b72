//! Where the page is, and how it gets elsewhere. Each address names its engine (`?engine=`), unless that is the default one.

use std::fmt::Display;

use leptos::{ev, prelude::*};
use linkspan_shared::ids::EngineId;
use wasm_bindgen::{JsCast, JsValue};

use crate::{
    base,
    route::{Route, Tab, encoded},
};

/// Stands for all engines together.
pub const ALL: &str = "all";

/// Which engine an address is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Chosen {
    #[default]
    Default,
    One(EngineId),
    All,
}

thread_local! {
    static ENGINE: Chosen = read();
    static HERE: RwSignal<Here> = RwSignal::new(Here::now());
    static ROUTE: Memo<Route> = {
        let here = HERE.with(|here| *here);
        Memo::new(move |_| here.with(|here| here.route.clone()))
    };
}

#[derive(Clone, PartialEq)]
struct Here {
    route: Route,
    search: String,
}

impl Here {
    fn now() -> Here {
        let location = window().location();
        Here { route: Route::parse(&location.pathname().unwrap_or_default()), search: location.search().unwrap_or_default() }
    }
}

/// Follows the browser's history, and links without loading anew. It begins with the app.
pub fn follow() {
    if window().location().pathname().is_ok_and(|path| path.strip_prefix(base::path()).is_some_and(|rest| matches!(rest, "" | "/"))) {
        replace(Route::Containers);
    }
    let _ = route();
    let _ = window_event_listener(ev::popstate, |_| arrive());
    let _ = window_event_listener(ev::click, follow_link);
}

fn arrive() {
    let (here, now) = (HERE.with(|here| *here), Here::now());
    if here.with_untracked(|here| *here != now) {
        here.set(now);
    }
}

/// A click on a link to another page of the app; all others are the browser's.
fn follow_link(event: web_sys::MouseEvent) {
    let is_plain = event.button() == 0 && !(event.alt_key() || event.ctrl_key() || event.meta_key() || event.shift_key());
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    let link =
        target.and_then(|target| target.closest("a[href]").ok()?).and_then(|link| link.dyn_into::<web_sys::HtmlAnchorElement>().ok());
    let Some(link) = link.filter(|_| is_plain && !event.default_prevented()) else { return };
    let is_elsewhere = link.has_attribute("download")
        || !["", "_self"].contains(&link.target().as_str())
        || link.rel().split_whitespace().any(|word| word == "external")
        || Ok(link.origin()) != window().location().origin()
        || !link.hash().is_empty();
    if !is_elsewhere {
        event.prevent_default();
        enter(&(link.pathname() + &link.search()), false);
    }
}

/// Goes to a whole address within the app.
pub fn enter(address: &str, replace: bool) {
    let location = window().location();
    let current = location.pathname().unwrap_or_default() + &location.search().unwrap_or_default();
    let Ok(history) = window().history() else { return };
    // As a browser does with a link to where it is.
    let _ = if replace || address == current {
        history.replace_state_with_url(&JsValue::NULL, "", Some(address))
    } else {
        history.push_state_with_url(&JsValue::NULL, "", Some(address))
    };
    if !replace {
        window().scroll_to_with_x_and_y(0.0, 0.0);
    }
    arrive();
}

/// Goes to a page on the engine of this one.
pub fn go(to: impl Display) {
    enter(&at(to), false);
}

/// The same without a trail in the history, and without scrolling.
pub fn replace(to: impl Display) {
    enter(&at(to), true);
}

/// The page of the address.
pub fn route() -> Memo<Route> {
    ROUTE.with(|route| *route)
}

/// What the page that is shown is about, see [`Route::subject`]. While that is left, what it was about.
pub fn subject() -> Memo<String> {
    said(|route| route.subject().map(str::to_owned))
}

/// Which part of a container's page is shown. While that is left, which it was.
pub fn tab() -> Memo<Tab> {
    said(|route| if let Route::Container(_, tab) = route { Some(*tab) } else { None })
}

fn said<T: Clone + Default + PartialEq + Send + Sync + 'static>(of: fn(&Route) -> Option<T>) -> Memo<T> {
    let page = std::mem::discriminant(&route().get_untracked());
    Memo::new(move |before: Option<&T>| {
        let said = route().with(|route| of(route).filter(|_| std::mem::discriminant(route) == page));
        said.or_else(|| before.cloned()).unwrap_or_default()
    })
}

/// The one of this page. It stays the same as long as the page: a link to another engine loads anew (`rel="external"`), so
/// that nothing of the one shows on the other.
pub fn chosen() -> Chosen {
    ENGINE.with(Clone::clone)
}

fn read() -> Chosen {
    match Query(window().location().search().unwrap_or_default()).get("engine") {
        Some(name) if name == ALL => Chosen::All,
        Some(name) if !name.is_empty() => Chosen::One(EngineId(name)),
        _ => Chosen::Default,
    }
}

/// What an address says after its question mark.
#[derive(Clone, Default, PartialEq)]
pub struct Query(String);

impl Query {
    pub fn get(&self, name: &str) -> Option<String> {
        web_sys::UrlSearchParams::new_with_str(&self.0).ok()?.get(name)
    }
}

/// Of the page that is shown. While that is left, what it was.
pub fn query() -> Memo<Query> {
    let (here, page) = (HERE.with(|here| *here), route().get_untracked());
    Memo::new(move |before: Option<&Query>| {
        here.with(|here| match before {
            Some(before) if !here.route.is_page_of(&page) => before.clone(),
            _ => Query(here.search.clone()),
        })
    })
}

/// Loads a page that is about an engine, perhaps another one.
pub fn visit(engine: &Chosen, to: impl Display) {
    let _ = window().location().assign(&on(engine, to));
}

/// An address, which may have a query, on the engine of this page.
pub fn at(to: impl Display) -> String {
    on(&chosen(), to)
}

pub fn on(engine: &Chosen, to: impl Display) -> String {
    let to = to.to_string();
    let name = match engine {
        Chosen::Default => return to,
        Chosen::One(name) => name.as_str(),
        Chosen::All => ALL,
    };
    let glue = if to.contains('?') { '&' } else { '?' };
    format!("{to}{glue}engine={}", encoded(name))
}
