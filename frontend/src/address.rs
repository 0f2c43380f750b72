//! Addresses within the app. Each names its engine (`?engine=`), unless that is the default one.

use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};
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
    let query = window().location().search().unwrap_or_default();
    let name = web_sys::UrlSearchParams::new_with_str(&query).ok().and_then(|query| query.get("engine"));
    match name {
        Some(name) if name == ALL => Chosen::All,
        Some(name) if !name.is_empty() => Chosen::One(EngineId(name)),
        _ => Chosen::Default,
    }
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
