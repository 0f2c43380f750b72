//! Who else has this Linkspan open.

use leptos::prelude::*;
use linkspan_shared::{
    call::LookAt,
    ids::{ContainerId, UserName},
    person::{OpenPage, Page, Person, SharedTerminal},
};
use wasm_bindgen_futures::spawn_local;

use super::ui::{Glyph, Icon};
use crate::{
    address::{self, Chosen, at, on},
    case,
    i18n::t,
    link::{self, link},
    route::{Route, Section, Tab},
    sorting,
    store::store,
};

#[component]
pub fn People() -> impl IntoView {
    let own = Memo::new(|_| link().user.get().map(|user| user.name));
    let people = Memo::new(move |_| {
        let mut names: Vec<UserName> = store().people.all().into_iter().map(|person| person.name).collect();
        sorting::sort(&mut names);
        names
    });
    view! {
        <ul class="people" role="list" aria-label=t().people_here()>
            <For
                each=move || people.get()
                key=Clone::clone
                children=move |name| {
                    let is_own = own.with_untracked(|own| own.as_ref() == Some(&name));
                    let text = if is_own { t().you(&name.0) } else { name.0.clone() };
                    let called = name.clone();
                    let shown = Memo::new(move |_| store().people.get(&called).and_then(|person| person.open.first().and_then(at_page)));
                    let hint = {
                        let name = name.0.clone();
                        move || match shown.get() {
                            Some((page, ..)) => t().is_at(&name, &page),
                            None => t().is_here(&name),
                        }
                    };
                    // One's own picture is the account's button; another one's leads to where they are.
                    view! {
                        <li class:vh=is_own title=hint>
                            {
                                let (name, text) = (name.0.clone(), text.clone());
                                move || {
                                    let (name, text) = (name.clone(), text.clone());
                                    match shown.get().filter(|_| !is_own) {
                                        Some((page, to, is_here)) => view! {
                                            <a href=to rel=(!is_here).then_some("external")><Avatar name=name/><span class="vh">{text}": "{page}</span></a>
                                        }.into_any(),
                                        None => view! { <Avatar name=name/><span class="vh">{text}</span> }.into_any(),
                                    }
                                }
                            }
                        </li>
                    }
                }
            />
        </ul>
    }
}

/// What a page is called, its address, and whether it is about the engine of this one. `None`: of a container that is gone.
pub fn at_page(shown: &OpenPage) -> Option<(String, String, bool)> {
    let engine = store().engine()?;
    let is_own = engine.id == shown.engine;
    let container = match &shown.container {
        Some(id) if is_own => Some(store().containers.get(id)?.name),
        Some(id) => Some(id.short().to_owned()),
        None => None,
    };
    let of = |route: fn(String) -> Route| shown.container.as_ref().map(|id| route(id.0.clone()));
    let (word, route) = match shown.page {
        Page::Containers => (t().containers(), Route::Containers),
        Page::Container => (t().containers(), of(|id| Route::Container(id, Tab::Overview))?),
        Page::Commit => (t().commit(), of(Route::Commit)?),
        Page::Edit => (t().action_edit(), of(Route::Edit)?),
        Page::Run => (t().run_container(), Route::Run),
        Page::Images => (t().images(), Route::Images),
        Page::Volumes => (t().volumes(), Route::Volumes),
        Page::Networks => (t().networks(), Route::Networks),
        Page::Jobs => (t().jobs(), Route::Jobs),
        Page::Activity => (t().activity(), Route::Activity),
        Page::Disk => (t().disk(), Route::Disk),
        Page::Engine => (t().engine(), Route::Engine),
        Page::Settings => (t().settings(), Route::Settings),
    };
    let page = match container {
        Some(name) if shown.page == Page::Container => name,
        Some(name) => format!("{word} {name}"),
        None => word.to_owned(),
    };
    let page = if is_own { page } else { format!("{page} ({})", shown.engine) };
    Some((page, if is_own { at(route) } else { on(&Chosen::One(shown.engine.clone()), route) }, is_own))
}

/// What the others are told that this tab shows; `container`: which one the page is about.
fn shown(route: &Route, container: Option<ContainerId>) -> Option<(Page, Option<ContainerId>)> {
    let page = match route {
        Route::Container(..) | Route::Commit(_) | Route::Edit(_) => {
            let page = match route {
                Route::Commit(_) => Page::Commit,
                Route::Edit(_) => Page::Edit,
                _ => Page::Container,
            };
            return container.map(|id| (page, Some(id)));
        }
        Route::Run => Page::Run,
        route => match route.section()? {
            Section::Containers => Page::Containers,
            Section::Images => Page::Images,
            Section::Volumes => Page::Volumes,
            Section::Networks => Page::Networks,
            Section::Jobs => Page::Jobs,
            Section::Activity => Page::Activity,
            Section::Disk => Page::Disk,
            Section::Engine => Page::Engine,
            Section::Settings => Page::Settings,
        },
    };
    Some((page, None))
}

/// The others see what this tab shows.
pub fn tell_others(container: impl Fn() -> Option<ContainerId> + Send + Sync + 'static) {
    let shown = Memo::new(move |_| address::route().with(|route| shown(route, container())));
    let turn = StoredValue::new(0);
    Effect::new(move || {
        // Another connection knows nothing of it.
        if let Some((page, container)) = shown.get().filter(|_| store().is_live()) {
            turn.update_value(|turn| *turn += 1);
            let call = LookAt { turn: turn.get_value(), page, container };
            spawn_local(async move { drop(link::call(call).await) });
        }
    });
}

/// The names of all others of whom this is true.
fn others(is_meant: impl Fn(&Person) -> bool) -> Vec<String> {
    let own = link().user.with(|user| user.as_ref().map(|user| user.name.clone()));
    let mut names = store().people.fold(Vec::new(), |mut names, person| {
        if Some(&person.name) != own.as_ref() && is_meant(person) {
            names.push(person.name.0.clone());
        }
        names
    });
    sorting::sort(&mut names);
    names
}

/// Whoever else has a container’s page open.
pub fn others_at(id: &ContainerId) -> Vec<String> {
    others(|person| person.open.iter().any(|shown| shown.container.as_ref() == Some(id)))
}

/// Whoever else has a terminal in one of these.
pub fn terminals_in(ids: &[ContainerId]) -> Vec<String> {
    others(|person| person.terminals.iter().any(|opened| ids.contains(&opened.container)))
}

/// Whoever else commits or edits one of these.
pub fn working_on(ids: &[ContainerId]) -> Vec<String> {
    let is_at =
        |shown: &OpenPage| matches!(shown.page, Page::Commit | Page::Edit) && shown.container.as_ref().is_some_and(|id| ids.contains(id));
    others(|person| person.open.iter().any(is_at))
}

/// The terminals in a container that their owners let others look on at: whose each is.
pub fn shared_in(id: &ContainerId) -> Vec<(String, SharedTerminal)> {
    let store = store();
    let engine = store.engine().map(|engine| engine.id);
    store.people.fold(Vec::new(), |mut all, person| {
        let here = person.terminals.iter().filter(|opened| opened.container == *id && Some(&opened.engine) == engine.as_ref());
        all.extend(here.filter_map(|opened| Some((person.name.0.clone(), opened.shared.clone()?))));
        all
    })
}

/// Before something is ended in which somebody else is, or on which they work.
#[component]
pub fn OthersThere(ids: Vec<ContainerId>) -> impl IntoView {
    let there = Memo::new(move |_| (terminals_in(&ids), working_on(&ids)));
    move || {
        let (terminals, working) = there.get();
        let note = |icon, text: String| view! { <div class="note warn-role"><Glyph icon=icon/><p>{text}</p></div> };
        view! {
            {(!terminals.is_empty()).then(|| note(Icon::Terminal, t().has_terminal(terminals.len(), &terminals.join(", "))))}
            {(!working.is_empty()).then(|| note(Icon::Pencil, t().works_on_it(working.len(), &working.join(", "))))}
        }
    }
}

/// An initial on a colour of the person's own, the same everywhere.
#[component]
pub fn Avatar(name: String) -> impl IntoView {
    let (class, initial) = avatar(&name);
    view! { <span class=class aria-hidden="true">{initial}</span> }
}

/// Its class and its letter.
pub fn avatar(name: &str) -> (String, String) {
    let colour = name.bytes().fold(7u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(u32::from(byte))) % 8 + 1;
    let initial = name.chars().next().map(|first| case::upper(&first.to_string()));
    (format!("avatar u{colour}"), initial.unwrap_or_default())
}
