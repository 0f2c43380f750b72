//! `/activity`: who did what, and what the engine did by itself. The newest is first; what comes while somebody reads waits behind a
//! button.

mod entry;
mod words;

use leptos::prelude::*;
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
        people::Avatar,
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
    let people = Memo::new(move |_| {
        let mut names: Vec<String> = store().people.all().into_iter().map(|person| person.name.0).collect();
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
            <FilterBox label=t().filter_activity() text=Signal::derive(move || filter.with(|filter| filter.text.clone())) on_type=type_text/>
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
                <Feed asked=Signal::derive(move || filter.with(Filter::asked)) is_narrowed=Signal::derive(is_narrowed)/>
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
                    let open: Vec<String> = person.open.iter().filter_map(|opened| store().containers.get(&opened.container)).map(|row| row.name).collect();
                    let name = person.name.0;
                    view! {
                        <li>
                            <Avatar name=name.clone()/>
                            <span><b>{if is_own { t().you(&name) } else { name.clone() }}</b><span class="t3 trunc">{open.join(", ")}</span></span>
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
    view! { <Feed asked=Signal::stored(asked) is_narrowed=Signal::stored(false)/> }
}

#[component]
fn Feed(asked: Signal<ActivityFilter>, is_narrowed: Signal<bool>) -> impl IntoView {
    let page = RwSignal::new(None::<Result<ActivityPage, Problem>>);
    // The newest that there is, and the newest that is shown.
    let (newest, shown) = (RwSignal::new(None::<u64>), RwSignal::new(None::<u64>));
    let (busy, turn) = (RwSignal::new(false), StoredValue::new(0_u32));
    let load = move || {
        let (filter, known) = (asked.get_untracked(), newest.get_untracked());
        let own = turn.get_value() + 1;
        turn.set_value(own);
        spawn_local(async move {
            let answer = link::call_on(None, ListActivity { filter, before: None }).await;
            // Somebody has typed on.
            if turn.try_get_value() != Some(own) {
                return;
            }
            shown.set(known);
            // What is known stays where the connection was lost.
            if answer.is_ok() || !page.with_untracked(|page| matches!(page, Some(Ok(_)))) {
                page.set(Some(answer));
            }
        });
    };
    let more = move |before: u64| {
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
    // Asked for when the filter is another, when there is a connection again, and of what is new while nobody reads further down.
    let is_connected = Memo::new(|_| link().state.with(|state| *state == LinkState::Connected));
    let node = NodeRef::<leptos::html::Div>::new();
    let is_at_top = move || {
        let scroller = node.get_untracked().and_then(|feed| feed.closest(".scroller").ok().flatten());
        let reads = document().active_element().zip(node.get_untracked()).is_some_and(|(active, feed)| feed.contains(Some(&active)));
        scroller.is_none_or(|scroller| scroller.scroll_top() < 8) && !reads
    };
    Effect::new(move |before: Option<ActivityFilter>| {
        let (asked, newest) = (asked.get(), newest.get());
        let is_other = before.is_some_and(|before| before != asked);
        let is_news = newest > shown.get_untracked() && (page.with_untracked(Option::is_none) || is_at_top());
        if is_connected.get() && newest.is_some() && (is_other || is_news) {
            load();
        }
        asked
    });
    let has_more_waiting = Memo::new(move |_| newest.get() > shown.get() && page.with(|page| matches!(page, Some(Ok(_)))));
    let days = Memo::new(move |_| {
        let mut days: Vec<(String, Vec<Entry>)> = Vec::new();
        page.with(|page| {
            for entry in page.iter().flatten().flat_map(|page| &page.entries) {
                let day = date_of(entry.at);
                match days.last_mut() {
                    Some((last, entries)) if *last == day => entries.push(entry.clone()),
                    _ => days.push((day, vec![entry.clone()])),
                }
            }
        });
        days
    });
    view! {
        <Show when=move || has_more_waiting.get()>
            <div class="new-pill"><button type="button" on:click=move |_| load()><Glyph icon=Icon::ArrowUp/>{t().show_new()}</button></div>
        </Show>
        <div class="feed" role=move || (!days.with(Vec::is_empty)).then_some("feed") aria-label=move || (!days.with(Vec::is_empty)).then(|| t().activity()) aria-busy=move || busy.get().to_string() node_ref=node>
            <For each=move || days.get() key=|(day, entries)| (day.clone(), entries.first().map(|entry| entry.id), entries.len()) children=move |(day, entries)| view! {
                // A feed has nothing but articles; each says its day.
                <p class="day" aria-hidden="true">{day}</p>
                {entries.into_iter().map(|entry| view! { <EntryLine entry=entry/> }).collect_view()}
            }/>
        </div>
        {move || match page.get() {
            None => ().into_any(),
            Some(Err(problem)) => view! { <ProblemNote title=t().could_not_read_activity() problem=problem old=true/> }.into_any(),
            Some(Ok(page)) => match (page.entries.is_empty(), page.before) {
                (_, Some(before)) => view! {
                    <div class="feed-more"><button type="button" class="btn" disabled=move || busy.get() on:click=move |_| more(before)>{t().show_older()}</button></div>
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
