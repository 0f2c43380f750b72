//! Addresses within the app. Each names its engine (`?engine=`), unless that is the default one.

use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate},
};
use linkspan_shared::ids::EngineId;

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
    static HERE: Chosen = read();
}

/// The one of this page. It stays the same as long as the page: a link to another engine loads anew (`rel="external"`), so
/// that nothing of the one shows on the other.
pub fn chosen() -> Chosen {
    HERE.with(Clone::clone)
}

fn read() -> Chosen {
    match Query(window().location().search().unwrap_or_default()).get("engine") {
        Some(name) if name == ALL => Chosen::All,
        Some(name) if !name.is_empty() => Chosen::One(EngineId(name)),
        _ => Chosen::Default,
    }
}

/// What an address says after its question mark. The router has the same, but decodes it twice.
#[derive(Clone, PartialEq)]
pub struct Query(String);

impl Query {
    pub fn get(&self, name: &str) -> Option<String> {
        web_sys::UrlSearchParams::new_with_str(&self.0).ok()?.get(name)
    }
}

pub fn use_query() -> Memo<Query> {
    let search = use_location().search;
    Memo::new(move |_| Query(search.get()))
}

/// Loads a page that is about an engine, perhaps another one.
pub fn visit(engine: &Chosen, path: &str) {
    let _ = window().location().assign(&on(engine, path));
}

/// `path`, which may have a query, on the engine of this page.
pub fn at(path: &str) -> String {
    on(&chosen(), path)
}

pub fn on(engine: &Chosen, path: &str) -> String {
    let name = match engine {
        Chosen::Default => return path.to_owned(),
        Chosen::One(name) => name.as_str(),
        Chosen::All => ALL,
    };
    let glue = if path.contains('?') { '&' } else { '?' };
    format!("{path}{glue}engine={}", js_sys::encode_uri_component(name))
}

/// Goes to a path on the engine of this page.
pub fn use_go() -> impl Fn(&str) + Clone + Send + Sync + 'static {
    let navigate = use_navigate();
    move |path| navigate(&at(path), NavigateOptions::default())
}

/// The same without a trail in the history, and without scrolling.
pub fn use_replace() -> impl Fn(&str) + Clone + Send + Sync + 'static {
    let navigate = use_navigate();
    move |path| navigate(&at(path), NavigateOptions { replace: true, scroll: false, ..Default::default() })
}
