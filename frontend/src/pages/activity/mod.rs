//! `/activity`: who did what, and what the engine did by itself. The newest is first; what comes while somebody reads waits behind a
//! button.

mod entry;
mod words;

use std::time::Duration;

use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*};
use linkspan_shared::{
    activity::{ActivityFilter, ActivityKind, ActivityPage, Entry},
    call::ListActivity,
    channel::{ChannelSpec, StateChange},
    ids::{ContainerId, UserName},
    problem::Problem,
};
use wasm_bindgen_futures::spawn_local;

use crate::{
    address, browser,
    components::{
        filter_box::FilterBox,
        people::{Avatar, at_page},
        top_bar::{Actions, TopBar},
        ui::{Glyph, Icon, problem_note::ProblemNote, state_view::StateView},
    },
    i18n::{date_of, t},
    link::{self, Incoming, LinkState, link},
    route::Route,
    sorting,
    store::store,
};
use entry::EntryLine;

/// For what comes together.
const SOON: Duration = Duration::from_millis(300);

/// What the feed is narrowed to; in the address, and each empty for all.
#[derive(Clone, Default, PartialEq)]
struct Filter {
    text: String,
    kind: String,
    who: String,
}

impl Filter {
    fn read(query: &address::Query) -> Self {
        let word = |key: &str| query.get(key).unwrap_or_default();
        Self { text: word("q"), kind: word("kind"), who: word("who") }
    }

    fn go(&self) {
        address::replace(Route::Activity.with(&[("q", &self.text), ("kind", &self.kind), ("who", &self.who)]));
    }

    fn asked(&self) -> ActivityFilter {
        ActivityFilter {
            text: self.text.clone(),
            kind: ActivityKind::ALL.into_iter().find(|kind| kind.as_str() == self.kind),
            who: (!self.who.is_empty()).then(|| UserName::new(&self.who)),
            container: None,
        }
    }
}

#[component]
pub fn Activity() -> impl IntoView {
    let query = address::query();
    let filter = Memo::new(move |_| query.with(Filter::read));
    let is_narrowed = move || filter.with(|filter| *filter != Filter::default());
    let type_text = Callback::new(move |text: String| Filter { text, ..filter.get_untracked() }.go());
    let page = RwSignal::new(None);
    // Whoever is here, and whoever has been in an entry that was shown.
    let people = Memo::new(move |before: Option<&Vec<String>>| {
        let mut names = before.cloned().unwrap_or_default();
        names.extend(store().people.all().into_iter().map(|person| person.name.0));
        page.with(|page| {
            let Some(Ok(ActivityPage { entries, .. })) = page else { return };
            names.extend(entries.iter().filter_map(|entry| entry.who.as_ref()).map(|who| who.0.clone()));
        });
        let who = filter.with(|filter| filter.who.clone());
        names.extend(Some(who).filter(|who| !who.is_empty()));
        sorting::sort(&mut names);
        names.dedup();
        names
    });
    let chip = move |kind: Option<ActivityKind>, label: &'static str| {
        let word = kind.map_or("", ActivityKind::as_str);
        let is_on = move || filter.with(|filter| filter.kind == word);
        let choose = move |_| {
            // Once more is none of it.
            let kind = if untrack(is_on) { String::new() } else { word.to_owned() };
            Filter { kind, ..filter.get_untracked() }.go();
        };
        view! { <button type="button" class="chip" aria-pressed=move || is_on().to_string() on:click=choose>{label}</button> }
    };
    view! {
        <TopBar>
            <h1>{t().activity()}</h1>
            <Actions slot:actions>
                <button type="button" class="btn" data-needs="people.invite" on:click=|_| browser::save_from("/api/activity")>
                    <Glyph icon=Icon::Download/>{t().export()}
                </button>
            </Actions>
        </TopBar>
        <div class="toolbar activity-bar">
            <FilterBox label=t().filter_activity() help=t().filter_activity_help() text=Signal::derive(move || filter.with(|filter| filter.text.clone())) on_type=type_text/>
            <div class="chips" role="group" aria-label=t().filter_by_kind()>
                {chip(None, t().all())}
                {chip(Some(ActivityKind::Lifecycle), t().lifecycle())}
                {chip(Some(ActivityKind::Images), t().images())}
                {chip(Some(ActivityKind::Commits), t().commits())}
                {chip(Some(ActivityKind::Terminals), t().terminals())}
                {chip(Some(ActivityKind::Access), t().access())}
                {chip(Some(ActivityKind::Failures), t().failures())}
            </div>
            <select class="select" aria-label=t().by_whom() on:change=move |event| Filter { who: event_target_value(&event), ..filter.get_untracked() }.go()>
                <option value="" selected=move || filter.with(|filter| filter.who.is_empty())>{t().everyone()}</option>
                {move || people.get().into_iter().map(|name| {
                    let is_it = filter.with(|filter| filter.who == name);
                    view! { <option value=name.clone() selected=is_it>{name.clone()}</option> }
                }).collect_view()}
            </select>
        </div>
        <div class="split act">
            <div class="scroller">
                <Feed page=page asked=Signal::derive(move || filter.with(Filter::asked)) is_narrowed=Signal::derive(is_narrowed)/>
            </div>
            <Here/>
        </div>
    }
}

/// Whoever is here, and what they look at.
#[component]
fn Here() -> impl IntoView {
    let people = Memo::new(move |_| {
        let mut people = store().people.all();
        sorting::sort_by(&mut people, |a, b| a.name.cmp(&b.name));
        people
    });
    let own = Memo::new(|_| link().user.get().map(|user| user.name));
    view! {
        <aside class="split-side" aria-label=t().here_now()>
            <header class="pane-head"><h2>{t().here_now()}</h2><span class="t3">{move || people.with(Vec::len)}</span></header>
            <ul class="persons" role="list">
                {move || people.get().into_iter().map(|person| {
                    let is_own = own.with(|own| own.as_ref() == Some(&person.name));
                    let open = person.open.iter().filter_map(at_page).map(|(page, to, is_own_engine)| {
                        view! { <a href=to rel=(!is_own_engine).then_some("external")>{page}</a> }
                    });
                    let name = person.name.0;
                    view! {
                        <li>
                            <Avatar name=name.clone()/>
                            <span><b>{if is_own { t().you(&name) } else { name.clone() }}</b><span class="t3 persons-at">{open.collect_view()}</span></span>
                        </li>
                    }
                }).collect_view()}
            </ul>
        </aside>
    }
}

/// What of a container's page is its own part of it.
#[component]
pub fn OfContainer(id: ContainerId) -> impl IntoView {
    let asked = ActivityFilter { container: Some(id), ..ActivityFilter::default() };
    view! { <Feed page=RwSignal::new(None) asked=Signal::stored(asked) is_narrowed=Signal::stored(false)/> }
}

#[derive(Clone, PartialEq)]
struct Line {
    /// Of the first one of a day.
    day: Option<String>,
    entry: Entry,
}

#[component]
fn Feed(page: RwSignal<Option<Result<ActivityPage, Problem>>>, asked: Signal<ActivityFilter>, is_narrowed: Signal<bool>) -> impl IntoView {
    // What is shown fits this filter, and is of when this entry was the newest.
    let loaded = StoredValue::new(None::<(ActivityFilter, u64)>);
    // The newest that there is; and there is one that fits and is not shown.
    let (newest, has_newer) = (RwSignal::new(None::<u64>), RwSignal::new(false));
    let (busy, turn) = (RwSignal::new(false), StoredValue::new(0_u32));
    let node = NodeRef::<leptos::html::Div>::new();
    // Nobody loses the place where they read.
    let is_at_top = move || {
        let scroller = node.get_untracked().and_then(|feed| feed.closest(".scroller").ok().flatten());
        let reads = document().active_element().zip(node.get_untracked()).is_some_and(|(active, feed)| feed.contains(Some(&active)));
        scroller.is_none_or(|scroller| scroller.scroll_top() < 8) && !reads
    };
    let load = move |shows_news: bool| {
        let (filter, known) = (asked.get_untracked(), newest.get_untracked().unwrap_or_default());
        let own = turn.get_value() + 1;
        turn.set_value(own);
        spawn_local(async move {
            let answer = link::call_on(None, ListActivity { filter: filter.clone(), before: None }).await;
            // Somebody has typed on.
            if turn.try_get_value() != Some(own) {
                return;
            }
            let is_other = loaded.with_value(|loaded| loaded.as_ref().is_none_or(|(of, _)| *of != filter));
            match answer {
                Ok(found) => {
                    let first = |page: &ActivityPage| page.entries.first().map(|entry| entry.id);
                    loaded.set_value(Some((filter, known)));
                    let is_same = page.with_untracked(|page| matches!(page, Some(Ok(page)) if first(page) == first(&found)));
                    if is_same && !is_other {
                        has_newer.set(false);
                    } else if is_other || shows_news || is_at_top() {
                        has_newer.set(false);
                        page.set(Some(Ok(found)));
                    } else {
                        has_newer.set(true);
                    }
                }
                // What is known stays where the connection was lost, as long as it is what was asked for.
                Err(problem) if is_other || !page.with_untracked(|page| matches!(page, Some(Ok(_)))) => page.set(Some(Err(problem))),
                Err(_) => {}
            }
        });
    };
    let more = move |before: u64| {
        if busy.get_untracked() {
            return;
        }
        let (filter, own) = (asked.get_untracked(), turn.get_value());
        busy.set(true);
        spawn_local(async move {
            let answer = link::call_on(None, ListActivity { filter, before: Some(before) }).await;
            if turn.try_get_value() == Some(own) && busy.try_set(false).is_none() {
                match answer {
                    Ok(further) => page.update(|page| {
                        if let Some(Ok(page)) = page {
                            page.entries.extend(further.entries);
                            page.before = further.before;
                        }
                    }),
                    Err(problem) => crate::store::failed(t().could_not_read_activity().to_owned(), &problem),
                }
            } else {
                busy.try_set(false);
            }
        });
    };
    let subscription = link::open_on(
        None,
        || ChannelSpec::Activity,
        move |incoming| {
            if let Incoming::State(StateChange::Activity(id)) = incoming {
                newest.try_set(Some(id));
            }
        },
    );
    let subscription = StoredValue::new_local(Some(subscription));
    on_cleanup(move || drop(subscription.try_update_value(Option::take)));
    // Asked for when the filter is another, when there is a connection again, and when there is something new.
    let is_connected = Memo::new(|_| link().state.with(|state| *state == LinkState::Connected));
    // A moment later, for what comes together: letters that are typed, entries of one deed.
    let waits = StoredValue::new(None::<TimeoutHandle>);
    on_cleanup(move || _ = waits.try_update_value(|waits| waits.take().map(|waits| waits.clear())));
    Effect::new(move || {
        let (asked, newest, is_connected) = (asked.get(), newest.get(), is_connected.get());
        let Some(newest) = newest.filter(|_| is_connected) else { return };
        let is_known = loaded.with_value(|loaded| loaded.as_ref().is_some_and(|(of, known)| *of == asked && *known >= newest));
        if is_known {
            return;
        }
        if loaded.with_value(Option::is_none) {
            return load(false);
        }
        waits.update_value(|waits| {
            if let Some(waits) = waits.take() {
                waits.clear();
            }
            *waits = set_timeout_with_handle(move || load(false), SOON).ok();
        });
    });
    let lines = Memo::new(move |_| {
        let mut last = String::new();
        page.with(|page| {
            let entries = page.iter().flatten().flat_map(|page| &page.entries);
            entries
                .map(|entry| {
                    let day = date_of(entry.at);
                    let is_first = day != last;
                    last.clone_from(&day);
                    Line { day: is_first.then_some(day), entry: entry.clone() }
                })
                .collect::<Vec<_>>()
        })
    });
    view! {
        <Show when=move || has_newer.get()>
            <div class="new-pill"><button type="button" on:click=move |_| load(true)><Glyph icon=Icon::ArrowUp/>{t().show_new()}</button></div>
        </Show>
        <div class="feed" role=move || (!lines.with(Vec::is_empty)).then_some("feed") aria-label=move || (!lines.with(Vec::is_empty)).then(|| t().activity()) aria-busy=move || busy.get().to_string() node_ref=node>
            <For each=move || lines.get() key=|line| (line.entry.id, line.day.clone()) children=move |line| view! {
                // A feed has nothing but articles; each says its day.
                {line.day.map(|day| view! { <p class="day" aria-hidden="true">{day}</p> })}
                <EntryLine entry=line.entry/>
            }/>
        </div>
        {move || match page.get() {
            None => ().into_any(),
            Some(Err(problem)) => view! {
                <ProblemNote title=t().could_not_read_activity() problem=problem/>
                <div class="feed-more"><button type="button" class="btn" on:click=move |_| load(true)>{t().try_again()}</button></div>
            }.into_any(),
            Some(Ok(page)) => match (page.entries.is_empty(), page.before) {
                (_, Some(before)) => view! {
                    <div class="feed-more"><button type="button" class="btn" aria-busy=move || busy.get().to_string() on:click=move |_| more(before)>{t().show_older()}</button></div>
                }.into_any(),
                (true, None) if is_narrowed.get_untracked() => view! {
                    <StateView title=t().no_match_title() text=t().no_match_activity()>
                        <button type="button" class="btn" on:click=|_| Filter::default().go()>{t().clear_filter()}</button>
                    </StateView>
                }.into_any(),
                (true, None) => view! { <p class="t3 feed-none">{t().no_activity()}</p> }.into_any(),
                _ => ().into_any(),
            },
        }}
    }
}
