//! `/engine`: the engine itself: what its host has, what all that runs takes of that, and what takes most.

use std::{cell::RefCell, rc::Rc, time::Duration};

use leptos::prelude::*;
use linkspan_shared::{
    call::{EngineFigures, InspectEngine},
    channel::MAX_STATS,
    engine::{EngineDetails, Feature},
    ids::ContainerId,
    problem::Problem,
    stats::{ContainerStats, Mark, Sample},
    time::Timestamp,
};
use send_wrapper::SendWrapper;
use wasm_bindgen_futures::spawn_local;

use crate::{
    address::at,
    browser,
    components::{
        chart::{ChartCard, Columns, Kind, RangeChoice, range},
        top_bar::TopBar,
        ui::{
            Glyph, Icon,
            card::{Card, Fact, named},
            problem_note::ProblemNote,
        },
    },
    i18n::{count, cpu, memory, t},
    link,
    route::{Route, Tab},
    sorting,
    store::{store, watch_stats},
};

/// Containers that are named as taking most.
const MOST: usize = 5;
/// Their order is looked at anew after as many seconds: nothing moves under a hand.
const REORDER: u32 = 5;
/// Samples that a page keeps: an hour of them.
const KEPT: usize = 3_600;

#[component]
pub fn EnginePage() -> impl IntoView {
    let store = store();
    let found = RwSignal::new(None::<Result<EngineDetails, Problem>>);
    Effect::new(move || {
        if store.is_live() {
            spawn_local(async move { drop(found.try_set(Some(link::call(InspectEngine {}).await))) });
        }
    });
    let details = Memo::new(move |_| found.with(|found| found.as_ref().and_then(|found| found.as_ref().ok()).cloned()));
    let name = move || store.engine().map(|engine| engine.id.0).unwrap_or_default();
    let about = Memo::new(move |_| store.engine().and_then(|engine| engine.about));
    let engine_facts = move || {
        let mut facts = about.get().map_or_else(Vec::new, |about| {
            let endpoint = store.engine().map(|engine| engine.endpoint).unwrap_or_default();
            vec![
                (t().field_engine_version(), format!("{} {}", about.product, about.version)),
                (t().field_api_version(), about.api_version),
                (t().field_address(), endpoint),
            ]
        });
        facts.extend(details.get().into_iter().flat_map(|details| {
            [
                (t().field_storage_driver(), details.storage_driver),
                (t().field_logging_driver(), details.logging_driver),
                (t().field_cgroup(), details.cgroup),
                (t().field_runtime(), details.runtime),
                (t().field_root_dir(), details.root_dir),
                (t().field_security(), details.security.join(", ")),
                (t().field_insecure_registries(), details.insecure_registries.join(", ")),
            ]
        }));
        facts.retain(|(_, value)| !value.is_empty());
        named(facts)
    };
    let host_facts = move || {
        let mut facts = Vec::new();
        if let Some(host) = about.get().map(|about| about.host).filter(|host| !host.is_empty()) {
            facts.push(Fact::new(t().field_host(), host));
        }
        if let Some(details) = details.get() {
            let text = |name: &'static str, value: String| (!value.is_empty()).then(|| Fact::new(name, value));
            facts.extend(details.cpus.map(|cpus| Fact::new(t().field_cpus(), count(cpus as usize))));
            facts.extend(details.memory.map(|bytes| Fact::new(t().column_memory(), memory(bytes, None).0)));
            facts.extend(text(t().field_operating_system(), details.operating_system));
            facts.extend(text(t().field_kernel(), details.kernel));
            facts.extend(text(t().field_architecture(), details.architecture));
        }
        facts.push(Fact::new(t().disk(), view! { <a class="link" href=at(Route::Disk)>{t().see_disk()}</a> }));
        facts
    };
    let too_old = Memo::new(move |_| about.get().map(|about| about.lacks).unwrap_or_default());
    let range = range();
    view! {
        <TopBar><h1>{t().engine()}</h1></TopBar>
        <div class="chead">
            <div class="chead-id"><Glyph icon=Icon::Server/><h2 class="trunc">{name}</h2></div>
        </div>
        <div class="toolbar stats-bar"><RangeChoice range=range page=Route::Engine/></div>
        <div class="scroller stats" tabindex="0" role="region" aria-label=t().about_engine()>
            {move || found.get().and_then(Result::err).map(|problem| view! { <ProblemNote title=t().could_not_inspect(&name()) problem=problem/> })}
            {move || details.get().map(|details| details.warnings).filter(|warnings| !warnings.is_empty()).map(|warnings| view! {
                <section class="note warn-role" aria-label=t().section_warnings()>
                    <Glyph icon=Icon::Warn/>
                    <div><p><b>{t().engine_warns()}</b></p><ul class="plain-list">{warnings.into_iter().map(|warning| view! { <li class="mono">{warning}</li> }).collect_view()}</ul></div>
                </section>
            })}
            {move || (!too_old.with(Vec::is_empty)).then(|| view! {
                <section class="note warn-role" aria-label=t().engine_lacks()>
                    <Glyph icon=Icon::Info/>
                    <div><p><b>{t().engine_lacks()}</b></p><ul class="plain-list">{too_old.get().into_iter().map(|feature| view! { <li>{old_for(feature)}</li> }).collect_view()}</ul></div>
                </section>
            })}
            <Load details=details range=range/>
            <div class="overview">
                {move || view! { <Card title=t().field_host() mono=false rows=host_facts()/> }}
                {move || view! { <Card title=t().engine() mono=false rows=engine_facts()/> }}
            </div>
        </div>
    }
}

fn old_for(feature: Feature) -> &'static str {
    match feature {
        Feature::Mounts => t().old_for_mounts(),
        Feature::AutoRemove => t().old_for_auto_remove(),
        Feature::Platform => t().old_for_platform(),
        Feature::Distribution => t().old_for_distribution(),
        Feature::DiskUsage => t().old_for_disk_usage(),
    }
}

/// What all that runs takes, over time and one by one. It is asked for while somebody looks.
#[component]
fn Load(details: Memo<Option<EngineDetails>>, range: Memo<u32>) -> impl IntoView {
    let store = store();
    let visible = browser::visible();
    // As many as are measured at once, the same ones each time.
    let running = Memo::new(move |_| {
        let mut running = store.containers.fold(Vec::new(), |mut running, row| {
            if row.state.has_process() {
                running.push((row.created, row.id.clone()));
            }
            running
        });
        sorting::sort(&mut running);
        running.into_iter().map(|(_, id)| id).collect::<Vec<_>>()
    });
    let watching = StoredValue::new_local(None);
    Effect::new(move || {
        let wanted = if visible.get() { running.get() } else { Vec::new() };
        drop(watching.try_set_value(watch_stats(wanted)));
    });
    on_cleanup(move || drop(watching.try_update_value(Option::take)));

    let past: SendWrapper<Rc<RefCell<Vec<Sample>>>> = SendWrapper::new(Rc::default());
    let revision = RwSignal::new(0u32);
    let second = RwSignal::new(0u32);
    {
        let past = past.clone();
        spawn_local(async move {
            if let Ok(kept) = link::call(EngineFigures {}).await {
                let before = past.borrow().first().map_or(i64::MAX, |first| first.time.0);
                past.borrow_mut().splice(..0, kept.into_iter().filter(|sample| sample.time.0 < before));
                revision.try_update(|revision| *revision = revision.wrapping_add(1));
            }
        });
    }
    let figures =
        move || running.with(|running| running.iter().take(MAX_STATS).filter_map(|id| store.stats.get_untracked(id)).collect::<Vec<_>>());
    {
        let past = past.clone();
        let sample = move || {
            if !visible.get_untracked() || !store.is_live() {
                return;
            }
            let all = untrack(figures);
            // The first figures are on their way.
            if all.is_empty() && running.with_untracked(|running| !running.is_empty()) {
                return;
            }
            let clocks = browser::clocks();
            let mut past = past.borrow_mut();
            past.push(Sample {
                time: Timestamp((clocks.bridge_now() + clocks.engine.get_untracked()) as i64),
                cpu: Some(all.iter().filter_map(|stats| stats.cpu).sum()),
                memory: all.iter().map(|stats| stats.memory).sum(),
                memory_limit: details.with_untracked(|details| details.as_ref().and_then(|details| details.memory)),
                ..Sample::default()
            });
            let old = past.len().saturating_sub(KEPT);
            past.drain(..old);
            drop(past);
            second.update(|second| *second = second.wrapping_add(1));
            revision.update(|revision| *revision = revision.wrapping_add(1));
        };
        browser::every(|| Some(Duration::from_secs(1)), sample);
    }
    let columns = {
        let past = past.clone();
        Memo::new_with_compare(
            move |_| {
                revision.get();
                let past = past.borrow();
                let to = past.last().map_or(untrack(|| browser::clocks().bridge_now()) as i64, |last| last.time.0);
                let from = to - i64::from(range.get()) * 60_000;
                SendWrapper::new(Rc::new((Columns::of(&past, from), from as f64 / 1_000.0, to as f64 / 1_000.0)))
            },
            |_, _| true,
        )
    };
    let last = Memo::new(move |_| {
        revision.get();
        past.borrow().last().cloned()
    });
    let marks = StoredValue::new_local(Vec::<Mark>::new as fn() -> Vec<Mark>);
    let is_running = Signal::stored(true);
    let keeps = move || store.engine().is_some_and(|engine| engine.keeps_figures);
    let most = move |title: &'static str, of: fn(&ContainerStats) -> u64, text: fn(u64) -> String| {
        // The order of a moment, the figures of each second.
        let order = Memo::new(move |_| {
            running.track();
            let _ = second.get() / REORDER;
            let mut all = untrack(figures);
            sorting::sort_by(&mut all, |a, b| of(b).cmp(&of(a)).then_with(|| a.container.cmp(&b.container)));
            all.into_iter().map(|stats| stats.container).take(MOST).collect::<Vec<ContainerId>>()
        });
        let line = move |id: ContainerId| {
            let (href, own) = (at(Route::container(&id, Tab::Stats)), id.clone());
            let name = move || store.containers.get(&id).map(|row| row.name).unwrap_or_default();
            let figure = move || store.stats.get(&own).map_or_else(|| "–".to_owned(), |stats| text(of(&stats)));
            view! { <li><a class="link trunc" href=href>{name}</a><span class="end num">{figure}</span></li> }
        };
        view! {
            <section class="card" aria-label=title>
                <header><h2>{title}</h2></header>
                {move || order.with(Vec::is_empty).then(|| view! { <p class="t3 card-none">{t().nothing_runs()}</p> })}
                <ul class="name-list"><For each=move || order.get() key=|id| id.clone() children=line/></ul>
            </section>
        }
    };
    view! {
        <p class="t3">
            {move || if keeps() { t().figures_are_kept() } else { t().figures_since_opened() }}
            {move || (!keeps()).then(|| view! { " "<a class="link" href=at(Route::Settings)>{t().settings()}</a> })}
            {move || Some(running.with(Vec::len)).filter(|running| *running > MAX_STATS).map(|running| format!(" {}", t().measured_of(MAX_STATS, running)))}
        </p>
        <div class="charts">
            <ChartCard title=t().column_cpu() kind=Kind::Cpu columns=columns last=last is_running=is_running marks=marks/>
            <ChartCard title=t().column_memory() kind=Kind::OfHost columns=columns last=last is_running=is_running marks=marks/>
        </div>
        <div class="overview">
            {most(t().most_cpu(), |stats| stats.cpu.unwrap_or_default(), cpu)}
            {most(t().most_memory(), |stats| stats.memory, |bytes| memory(bytes, None).0)}
        </div>
    }
}
