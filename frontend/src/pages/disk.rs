//! `/disk`: what takes the space, and a wizard that takes away exactly what it shows.

use std::collections::HashSet;

use leptos::prelude::*;
use linkspan_shared::{
    call::{Prune, UseOfDisk},
    disk::{DiskItem, DiskKind, DiskUsage},
    engine::Feature,
    ids::JobId,
    job::{BatchKind, Object, Outcome, Work},
    problem::Problem,
};
use wasm_bindgen_futures::spawn_local;

use super::jobs::in_order;
use crate::{
    address::at,
    components::{
        attempt::Attempt,
        equivalent::{Equivalents, called},
        job_card::JobCard,
        top_bar::{Actions, TopBar},
        ui::{Glyph, Icon, dialog::Dialog, problem_note::ProblemNote, state_view::StateView},
    },
    i18n::{ago, bytes, clock, count, date_time, t},
    link,
    route::Route,
    sorting,
    store::store,
};

/// In the order of what is missed least.
const KINDS: [DiskKind; 6] =
    [DiskKind::BuildCache, DiskKind::DanglingImage, DiskKind::Container, DiskKind::Image, DiskKind::AnonymousVolume, DiskKind::Volume];

type Answer = Option<Result<DiskUsage, Problem>>;

#[component]
pub fn Disk() -> impl IntoView {
    let store = store();
    let found = RwSignal::new(None::<Result<DiskUsage, Problem>>);
    let asked_at = RwSignal::new(None);
    let busy = RwSignal::new(false);
    let chosen = RwSignal::new(HashSet::<Object>::new());
    let asking = RwSignal::new(false);
    let look = Callback::new(move |()| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            let answer = link::call(UseOfDisk {}).await;
            if let Ok(usage) = &answer {
                // What is gone, or in use by now, is not chosen any more.
                let can_go: HashSet<Object> = usage.items.iter().filter(|item| !item.in_use).map(|item| item.object.clone()).collect();
                chosen.try_update(|chosen| chosen.retain(|object| can_go.contains(object)));
                asked_at.try_set(Some(linkspan_shared::time::Timestamp(untrack(|| crate::browser::clocks().bridge_now()) as i64)));
            }
            // Figures of before are better than none.
            if answer.is_ok() || found.try_with_untracked(|before| !matches!(before, Some(Ok(_)))) == Some(true) {
                found.try_set(Some(answer));
            }
            busy.try_set(false);
        });
    });
    Effect::new(move |asked: Option<bool>| {
        let live = store.is_live() && !store.lacks(Feature::DiskUsage);
        if live && asked != Some(true) {
            look.run(());
        }
        live || asked == Some(true)
    });
    // Whenever a prune has ended, of whomever, the figures are others.
    let ended = Memo::new(move |_| {
        store.jobs.fold(0, |sum, job| {
            sum + usize::from(matches!(&job.work, Work::Batch(batch) if batch.kind.removes()) && job.outcome != Outcome::Running)
        })
    });
    Effect::new(move |before: Option<usize>| {
        let now = ended.get();
        if before.is_some_and(|before| before < now) {
            look.run(());
        }
        now
    });
    let selected = Memo::new(move |_| {
        found.with(|found| match found {
            Some(Ok(usage)) => {
                chosen.with(|chosen| usage.items.iter().filter(|item| chosen.contains(&item.object)).cloned().collect::<Vec<_>>())
            }
            _ => Vec::new(),
        })
    });
    let frees = move || selected.with(|selected| selected.iter().map(|item| item.frees).sum::<u64>());
    view! {
        <TopBar>
            <h1>{t().disk()}</h1>
            <Actions slot:actions>
                {move || asked_at.get().map(|at| view! { <span class="t3">{t().as_of(&clock(at))}</span> })}
                <button type="button" class="btn" disabled=move || busy.get() || !store.is_live() on:click=move |_| look.run(())>
                    <Glyph icon=Icon::Restart/>{t().refresh()}
                </button>
            </Actions>
        </TopBar>
        <div class="scroller disk">
            {move || if store.lacks(Feature::DiskUsage) {
                view! { <StateView title=t().disk_too_old_title() text=t().lacks_disk_usage()/> }.into_any()
            } else {
                view! { <Found found=found chosen=chosen busy=busy/> }.into_any()
            }}
            <PruneJobs/>
        </div>
        {move || (!selected.with(Vec::is_empty)).then(|| view! {
            <div class="bulk" role="toolbar" aria-label=t().column_actions()>
                <span><b>{move || t().selected(selected.with(Vec::len))}</b>" "{move || t().frees_at_least(&bytes(frees() as f64))}</span>
                <button type="button" class="btn ghost icon-only" aria-label=t().clear_selection() on:click=move |_| chosen.set(HashSet::new())>
                    <Glyph icon=Icon::X/>
                </button>
                <button type="button" class="btn danger" data-needs="job.prune" disabled=move || !store.is_live() on:click=move |_| asking.set(true)>
                    <Glyph icon=Icon::Trash/>{t().prune_more()}
                </button>
            </div>
        })}
        {move || asking.get().then(|| view! { <Confirm items=selected.get_untracked() asking=asking chosen=chosen/> })}
    }
}

#[component]
fn Found(found: RwSignal<Answer>, chosen: RwSignal<HashSet<Object>>, busy: RwSignal<bool>) -> impl IntoView {
    move || {
        match found.get() {
        None => view! {
            <p class="t2 disk-wait" role="status">{busy.get().then(|| view! { <Glyph icon=Icon::Loader class="spin"/>" "{t().disk_counting()} })}</p>
        }
        .into_any(),
        Some(Err(problem)) => view! { <div class="disk-wait"><ProblemNote title=t().could_not_count_disk() problem=problem/></div> }.into_any(),
        Some(Ok(usage)) => view! {
            <Summary usage=usage.clone()/>
            <h2 class="disk-title">{t().what_can_go()}</h2>
            <p class="t2 disk-text">{t().what_can_go_text()}</p>
            {if usage.items.iter().all(|item| item.in_use) {
                view! { <p class="t2 disk-text">{t().nothing_can_go()}</p> }.into_any()
            } else {
                KINDS.into_iter().map(|kind| {
                    let mut items: Vec<DiskItem> = usage.items.iter().filter(|item| item.kind == kind && !item.in_use).cloned().collect();
                    sorting::sort_by(&mut items, |a, b| b.frees.cmp(&a.frees).then_with(|| a.name.cmp(&b.name)));
                    (!items.is_empty()).then(|| view! { <Group kind=kind items=items chosen=chosen/> })
                }).collect_view().into_any()
            }}
        }
        .into_any(),
    }
    }
}

/// What the engine has, by kind: how many, how much, how much of it nothing uses.
#[component]
fn Summary(usage: DiskUsage) -> impl IntoView {
    let cards = [
        (t().images(), Icon::Images, vec![DiskKind::Image, DiskKind::DanglingImage]),
        (t().containers(), Icon::Container, vec![DiskKind::Container]),
        (t().volumes(), Icon::Volume, vec![DiskKind::Volume, DiskKind::AnonymousVolume]),
        (t().build_cache(), Icon::Group, vec![DiskKind::BuildCache]),
    ];
    let sums: Vec<_> = cards
        .into_iter()
        .map(|(label, icon, kinds)| {
            let of: Vec<&DiskItem> = usage.items.iter().filter(|item| kinds.contains(&item.kind)).collect();
            let sum: u64 = of.iter().map(|item| item.size).sum();
            // Layers that several images share are there once.
            let size = if kinds.contains(&DiskKind::Image) && usage.images_size > 0 { usage.images_size } else { sum };
            let unused = of.iter().filter(|item| !item.in_use);
            let can_go = match unused.clone().count() {
                _ if of.is_empty() => t().none_there().to_owned(),
                0 => t().nothing_can_go_short().to_owned(),
                unused_count => t().can_go(unused_count, &bytes(unused.map(|item| item.frees).sum::<u64>() as f64)),
            };
            (label, icon, of.len(), size, can_go)
        })
        .collect();
    let whole = sums.iter().map(|(_, _, _, size, _)| *size).max().unwrap_or(0).max(1);
    view! {
        <ul class="disk-cards" role="list" aria-label=t().disk()>
            {sums.into_iter().map(|(label, icon, number, size, can_go)| view! {
                <li class="card disk-card">
                    <p class="t2"><Glyph icon=icon/>{label}<span class="num t3">{count(number)}</span></p>
                    <p class="disk-size num">{bytes(size as f64)}</p>
                    <span class="bar neutral" aria-hidden="true"><i style:--v=(size * 100 / whole).to_string()></i></span>
                    <p class="t3 num">{can_go}</p>
                </li>
            }).collect_view()}
        </ul>
    }
}

#[component]
fn Group(kind: DiskKind, items: Vec<DiskItem>, chosen: RwSignal<HashSet<Object>>) -> impl IntoView {
    let (title, text) = match kind {
        DiskKind::BuildCache => (t().build_cache(), t().prune_cache_text()),
        DiskKind::DanglingImage => (t().prune_dangling(), t().prune_dangling_text()),
        DiskKind::Container => (t().prune_containers(), t().prune_containers_text()),
        DiskKind::Image => (t().prune_images(), t().prune_images_text()),
        DiskKind::AnonymousVolume => (t().prune_anonymous(), t().prune_anonymous_text()),
        DiskKind::Volume => (t().prune_volumes(), t().prune_volumes_text()),
    };
    let objects: Vec<Object> = items.iter().map(|item| item.object.clone()).collect();
    let objects = StoredValue::new(objects);
    let number = Memo::new(move |_| {
        chosen.with(|chosen| objects.with_value(|objects| objects.iter().filter(|object| chosen.contains(object)).count()))
    });
    let all = items.len();
    let frees: u64 = items.iter().map(|item| item.frees).sum();
    let is_partly = move || (1..all).contains(&number.get());
    let toggle = move |_| {
        let take = number.get_untracked() < all;
        chosen.update(|chosen| {
            objects.with_value(|objects| {
                for object in objects {
                    let _ = if take { chosen.insert(object.clone()) } else { chosen.remove(object) };
                }
            });
        });
    };
    let (items, open) = (StoredValue::new(items), RwSignal::new(false));
    let row = move |item: DiskItem| {
        let (object, other) = (item.object.clone(), item.object.clone());
        let is_chosen = move || chosen.with(|chosen| chosen.contains(&object));
        let change = move |_| {
            chosen.update(|chosen| {
                if !chosen.remove(&other) {
                    chosen.insert(other.clone());
                }
            });
        };
        view! {
            <li>
                <label>
                    <input type="checkbox" class="check" prop:checked=is_chosen on:change=change/>
                    <span class="mono trunc" title=item.name.clone()>{item.name.clone()}</span>
                </label>
                <span class="t3">{item.created.map(|created| view! { <time title=date_time(created)>{ago(created)}</time> })}</span>
                <span class="num">{bytes(item.frees as f64)}</span>
            </li>
        }
    };
    view! {
        <section class="card disk-group" aria-label=title>
            <header>
                <input
                    type="checkbox"
                    class="check"
                    aria-label=t().select_all_of(title)
                    prop:checked=move || number.get() == all
                    prop:indeterminate=is_partly
                    on:change=toggle
                />
                <button type="button" aria-expanded=move || open.get().to_string() on:click=move |_| open.update(|open| *open = !*open)>
                    <span><b>{title}</b><span class="t3">{text}</span></span>
                    <span class="num t2">{count(all)}</span>
                    <span class="num">{bytes(frees as f64)}</span>
                    <Glyph icon=Icon::ChevDown/>
                </button>
            </header>
            <Show when=move || open.get()>
                <ul class="disk-items" aria-label=title>{items.get_value().into_iter().map(row).collect_view()}</ul>
            </Show>
        </section>
    }
}

/// Exactly what would go, once more, before it does.
#[component]
fn Confirm(items: Vec<DiskItem>, asking: RwSignal<bool>, chosen: RwSignal<HashSet<Object>>) -> impl IntoView {
    let close = Callback::new(move |()| asking.set(false));
    let store = store();
    let (engine, production) = store.engine().map(|engine| (engine.id.0, engine.production)).unwrap_or_default();
    let typed = RwSignal::new(String::new());
    let attempt = Attempt::new(t().could_not_remove_all());
    let objects: Vec<Object> = items.iter().map(|item| item.object.clone()).collect();
    let number = items.len();
    let frees: u64 = items.iter().map(|item| item.frees).sum();
    let has_volumes = items.iter().any(|item| matches!(item.kind, DiskKind::Volume | DiskKind::AnonymousVolume));
    let confirmed = {
        let engine = engine.clone();
        Signal::derive(move || !production || typed.get() == engine)
    };
    let equivalent = called(&Prune { objects: objects.clone() });
    let prune = move |_| {
        let objects = objects.clone();
        attempt.run(
            link::call(Prune { objects }),
            |_| {},
            move |_| {
                chosen.set(HashSet::new());
                asking.set(false);
            },
        );
    };
    let foot = move || {
        view! {
            <button type="button" class="btn" autofocus=!production on:click=move |_| close.run(())>{t().cancel()}</button>
            <button type="button" class="btn danger" disabled=move || attempt.busy.get() || !confirmed.get() on:click=prune.clone()>{t().remove_objects(number)}</button>
        }
    };
    view! {
        <Dialog title=t().remove_objects_title(number) on_close=close foot=foot>
            {production.then(|| view! {
                <div class="note danger-role"><Glyph icon=Icon::ShieldWarn/><p><b>{t().production_warning(&engine)}</b></p></div>
            })}
            {has_volumes.then(|| view! { <div class="note warn-role"><Glyph icon=Icon::Warn/><p>{t().volumes_warning()}</p></div> })}
            <p>{t().prune_text(&bytes(frees as f64))}</p>
            <ul class="dialog-list" tabindex="0">
                {items.into_iter().map(|item| view! {
                    <li><b class="mono trunc">{item.name}</b><span class="meta">{kind_name(item.kind)}</span><span class="end num">{bytes(item.frees as f64)}</span></li>
                }).collect_view()}
            </ul>
            {production.then(|| view! {
                <div class="field">
                    <label for="prune-confirm">{t().type_to_confirm(&engine)}</label>
                    <div class="input mono"><input id="prune-confirm" autofocus autocomplete="off" spellcheck="false" bind:value=typed/></div>
                </div>
            })}
            <Equivalents what=Signal::stored(equivalent)/>
            {attempt.note()}
        </Dialog>
    }
}

fn kind_name(kind: DiskKind) -> &'static str {
    match kind {
        DiskKind::Container => t().kind_container(),
        DiskKind::Image | DiskKind::DanglingImage => t().kind_image(),
        DiskKind::AnonymousVolume | DiskKind::Volume => t().kind_volume(),
        DiskKind::BuildCache => t().build_cache(),
    }
}

/// Those that run, and what the last one came to.
#[component]
fn PruneJobs() -> impl IntoView {
    let store = store();
    let jobs = Memo::new(move |_| {
        let mut jobs = store.jobs.all();
        jobs.retain(|job| matches!(&job.work, Work::Batch(batch) if batch.kind == BatchKind::Prune));
        let mut shown: Vec<JobId> = in_order(jobs);
        shown.truncate(3);
        shown
    });
    view! {
        {move || (!jobs.with(Vec::is_empty)).then(|| view! {
            <section class="disk-jobs" aria-label=t().jobs()>
                <h2 class="disk-title">{t().jobs()}" "<a class="link" href=at(Route::Jobs)>{t().all_jobs()}</a></h2>
                <For each=move || jobs.get() key=Clone::clone children=|id| view! { <JobCard id=id/> }/>
            </section>
        })}
    }
}
