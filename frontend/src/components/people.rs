//! Who else has this Linkspan open.

use leptos::prelude::*;
use linkspan_shared::{
    ids::{ContainerId, UserName},
    person::Opened,
};

use super::ui::{Glyph, Icon};
use crate::{case, i18n::t, link::link, sorting, store::store};

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
                    let hint = t().is_here(&name.0);
                    let text = if is_own { t().you(&name.0) } else { name.0.clone() };
                    // One's own picture is the account's button.
                    view! {
                        <li class:vh=is_own title=hint>
                            <Avatar name=name.0/>
                            <span class="vh">{text}</span>
                        </li>
                    }
                }
            />
        </ul>
    }
}

/// Whoever else has a container’s page open.
pub fn others_at(id: &ContainerId) -> Vec<String> {
    let store = store();
    let own = link().user.with(|user| user.as_ref().map(|user| user.name.clone()));
    let mut names = store.people.fold(Vec::new(), |mut names, person| {
        let is_here = |opened: &Opened| opened.container == *id && store.engine().is_some_and(|engine| engine.id == opened.engine);
        if Some(&person.name) != own.as_ref() && person.open.iter().any(is_here) {
            names.push(person.name.0.clone());
        }
        names
    });
    sorting::sort(&mut names);
    names
}

/// Whoever else has a terminal in one of these.
pub fn terminals_in(ids: &[ContainerId]) -> Vec<String> {
    let own = link().user.with(|user| user.as_ref().map(|user| user.name.clone()));
    let mut names = store().people.fold(Vec::new(), |mut names, person| {
        let is_in = |opened: &Opened| ids.contains(&opened.container);
        if Some(&person.name) != own.as_ref() && person.terminals.iter().any(is_in) {
            names.push(person.name.0.clone());
        }
        names
    });
    sorting::sort(&mut names);
    names
}

/// Before something is ended in which somebody else is.
#[component]
pub fn TerminalsHere(ids: Vec<ContainerId>) -> impl IntoView {
    let names = Memo::new(move |_| terminals_in(&ids));
    move || {
        let names = names.get();
        (!names.is_empty()).then(|| view! { <div class="note warn-role"><Glyph icon=Icon::Terminal/><p>{t().has_terminal(names.len(), &names.join(", "))}</p></div> })
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
