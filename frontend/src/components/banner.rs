//! What is wrong with the connection, since when, and what can be done.

use leptos::prelude::*;
use linkspan_shared::{
    engine::{EngineLink, EnginePart},
    time::Timestamp,
};
use wasm_bindgen_futures::spawn_local;

use super::ui::{Glyph, Icon};
use crate::{
    address::{self, Chosen, at},
    browser,
    i18n::{clock, explain, t},
    link::{self, LinkState, link},
    route::{Route, Section},
    store::store,
};

#[derive(Clone, PartialEq)]
struct Trouble {
    title: String,
    text: String,
    /// Why, and what to do: left out where there is no room, because the connection check tells it, too.
    more: String,
    /// Milliseconds since 1970.
    since: f64,
    /// The engine is away, not the bridge.
    engine: bool,
    /// There is something that is old by now.
    stale: bool,
}

#[component]
pub fn Banner() -> impl IntoView {
    // What is said once, and what counts down beside it.
    let both = Memo::new(|_| trouble());
    let trouble = Memo::new(move |_| both.get().map(|(trouble, _)| trouble));
    let next_try = Memo::new(move |_| both.get().map_or(0.0, |(_, next_try)| next_try));
    let unrecorded = Memo::new(|_| link().unrecorded.get());
    let now = RwSignal::new(browser::now());
    let lacking = Memo::new(|_| lacking(&address::route().get()));
    // A clock that ticks only while there is something to count down.
    Effect::new(move || {
        if trouble.with(Option::is_some) {
            now.set(browser::now());
            let ticking = set_interval_with_handle(move || now.set(browser::now()), std::time::Duration::from_millis(500));
            on_cleanup(move || drop(ticking.map(|interval| interval.clear())));
        }
    });
    let countdown = move |next_try: f64| {
        // An engine's next try is the bridge's, by its clock.
        let ahead = if trouble.with(|trouble| trouble.as_ref().is_some_and(|trouble| trouble.engine)) {
            browser::clocks().bridge.get()
        } else {
            0.0
        };
        let seconds = ((next_try - now.get() - ahead) / 1000.0).ceil();
        if seconds >= 1.0 { t().next_try(seconds as u64) } else { t().trying().to_owned() }
    };
    let retry = |engine: bool| {
        if engine {
            spawn_local(async { drop(link::call(linkspan_shared::call::RetryEngine {}).await) });
        } else {
            link().retry_now();
        }
    };
    view! {
        {move || trouble.get().map(|trouble| view! {
            <div class="banner">
                <Glyph icon=Icon::WifiOff/>
                <p>
                    <span role="alert"><b>{trouble.title}</b>" "{trouble.text}" "<span class="banner-more">{trouble.more}" "</span>{trouble.stale.then(|| t().stale_since(&clock(Timestamp(trouble.since as i64))))}</span>
                    " "{move || countdown(next_try.get())}
                </p>
                {trouble.engine.then(|| view! { <a class="btn sm" href=at(Route::Settings.with(&[("check", "1")]))>{t().check_connection()}</a> })}
                <button type="button" class="btn sm" on:click=move |_| retry(trouble.engine)>{t().retry_now()}</button>
            </div>
        })}
        {move || lacking.get().map(|(title, why)| view! {
            <div class="banner warn" role="status">
                <Glyph icon=Icon::Warn/>
                <p><b>{title}</b>" "<span class="banner-more">{why}</span></p>
            </div>
        })}
        {move || unrecorded.get().map(|why| view! {
            <div class="banner warn" role="status">
                <Glyph icon=Icon::Warn/>
                <p><b>{t().unrecorded()}</b>" "{t().unrecorded_text()}" "<span class="banner-more">{why}</span></p>
            </div>
        })}
        {move || (link().state.get() == LinkState::Outdated).then(|| view! {
            <div class="banner info" role="status">
                <Glyph icon=Icon::Info/>
                <p><b>{t().outdated()}</b>" "{t().outdated_text()}</p>
                <button type="button" class="btn sm" on:click=|_| drop(window().location().reload())>{t().reload()}</button>
            </div>
        })}
    }
}

/// What the engine does not give out of what this page shows; the rest of Linkspan is as it should be.
fn lacking(route: &Route) -> Option<(String, String)> {
    if address::chosen() == Chosen::All {
        return None;
    }
    let part = match route.section()? {
        Section::Containers => EnginePart::Containers,
        Section::Images => EnginePart::Images,
        Section::Volumes => EnginePart::Volumes,
        Section::Networks => EnginePart::Networks,
        Section::Settings | Section::Engine => EnginePart::Info,
        _ => return None,
    };
    let lacking: Vec<_> = store().engine()?.lacking.into_iter().filter(|lacking| lacking.part == part).collect();
    if let Some(whole) = lacking.iter().find(|lacking| lacking.whole) {
        let explained = explain(&whole.problem);
        let title = match part {
            EnginePart::Info => t().lacking_info(),
            EnginePart::Containers => t().lacking_containers(),
            EnginePart::Images => t().lacking_images(),
            EnginePart::Volumes => t().lacking_volumes(),
            EnginePart::Networks => t().lacking_networks(),
        };
        return Some((title.to_owned(), [explained.what, explained.why, t().lacking_advice(part.endpoint())].join(" ")));
    }
    let said: Vec<String> = lacking
        .iter()
        .map(|one| {
            [one.problem.subject.as_str(), one.problem.detail.as_str()]
                .into_iter()
                .filter(|text| !text.is_empty())
                .collect::<Vec<_>>()
                .join(": ")
        })
        .collect();
    (!said.is_empty()).then(|| (t().lacking_objects(said.len()), said.join("; ")))
}

/// And when the next attempt is made: milliseconds since 1970.
fn trouble() -> Option<(Trouble, f64)> {
    if let LinkState::Lost { since, next_try, failing } = link().state.get() {
        let text = if failing { t().bridge_failing().to_owned() } else { String::new() };
        return Some((
            Trouble { title: t().lost_bridge().to_owned(), text, more: String::new(), since, engine: false, stale: true },
            next_try,
        ));
    }
    // The page of all engines tells of each.
    if address::chosen() == Chosen::All {
        return None;
    }
    let engine = store().engine()?;
    let EngineLink::Unreachable { since, next_try, problem } = engine.link else { return None };
    let explained = explain(&problem);
    let trouble = Trouble {
        title: t().lost_engine(&engine.endpoint),
        text: explained.what,
        more: [if explained.why.is_empty() { String::new() } else { explained.why + "." }, explained.advice].join(" "),
        since: since.0 as f64,
        engine: true,
        stale: engine.about.is_some(),
    };
    Some((trouble, next_try.0 as f64))
}
