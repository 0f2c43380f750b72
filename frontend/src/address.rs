//! Addresses within the app. Each names its engine (`?engine=`), unless that is the default one.

use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_query_map},
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

/// The one of the page's address.
pub fn use_chosen() -> Memo<Chosen> {
    let query = use_query_map();
    Memo::new(move |_| match query.with(|query| query.get("engine")) {
        None => Chosen::Default,
        Some(name) if name.is_empty() => Chosen::Default,
        Some(name) if name == ALL => Chosen::All,
        Some(name) => Chosen::One(EngineId(name)),
    })
}

thread_local! {
    static HERE: std::cell::RefCell<Chosen> = std::cell::RefCell::default();
}

/// From now on addresses are about this one. Everything on the page is made anew then, so none of them goes stale.
pub fn choose(chosen: Chosen) {
    HERE.set(chosen);
}

pub fn chosen() -> Chosen {
    HERE.with_borrow(Clone::clone)
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
