//! Who may use this Linkspan: seen and changed by administrators.

pub mod dialogs;
mod grants;

use leptos::prelude::*;
use linkspan_shared::{
    account::{Account, Accounts, Invitation},
    call::{ChangePerson, WithdrawInvitation},
    channel::{ChannelSpec, StateChange},
    problem::Problem,
    user::{Grant, Scope},
};
use wasm_bindgen_futures::spawn_local;

use crate::{
    components::{
        menu::{Item, menus},
        people::Avatar,
        ui::{Glyph, Icon, problem_note::ProblemNote},
    },
    i18n::{ago_by_bridge, date_time, role_name, t},
    link::{self, Incoming, is_administrator, link},
    store::{failed, say},
};
use dialogs::Question;

#[component]
pub fn People() -> impl IntoView {
    // Each greeting says anew who is signed in: a link that is shown once stays through it.
    let may_look = Memo::new(|_| is_administrator());
    view! {
        <section class="page-col settings" aria-labelledby="people-title">
            <h2 id="people-title">{t().people()}</h2>
            <p class="t2">{t().people_text()}</p>
            {move || if may_look.get() {
                view! { <Table/> }.into_any()
            } else {
                view! { <p class="t3">{move || t().people_administrators(&link().administrators.with(|all| all.join(", ")))}</p> }.into_any()
            }}
        </section>
    }
}

#[component]
fn Table() -> impl IntoView {
    let (accounts, closed) = (RwSignal::new(None::<Accounts>), RwSignal::new(None::<Problem>));
    let subscription = link::open_on(
        None,
        || ChannelSpec::Accounts,
        move |incoming| match incoming {
            Incoming::State(StateChange::Accounts(news)) => _ = (accounts.try_set(Some(news)), closed.try_set(None)),
            Incoming::Closed(problem) => _ = closed.try_set(Some(problem)),
            _ => {}
        },
    );
    let subscription = StoredValue::new_local(Some(subscription));
    on_cleanup(move || drop(subscription.try_update_value(Option::take)));
    let asked = RwSignal::new(None::<Question>);
    let people = move || accounts.with(|accounts| accounts.as_ref().map(|all| all.people.clone()).unwrap_or_default());
    let invitations = move || accounts.with(|accounts| accounts.as_ref().map(|all| all.invitations.clone()).unwrap_or_default());
    view! {
        {move || closed.get().map(|problem| view! { <ProblemNote title=t().could_not_list_people() problem=problem old=true/> })}
        <div class="engine-card plain-table">
            <table aria-label=t().people()>
                <thead>
                    <tr>
                        <th scope="col">{t().name()}</th>
                        <th scope="col">{t().role()}</th>
                        <th scope="col">{t().last_seen()}</th>
                        <th scope="col">{t().sessions()}</th>
                        <td></td>
                    </tr>
                </thead>
                <tbody>{move || people().into_iter().map(|account| view! { <Person account=account asked=asked/> }).collect_view()}</tbody>
            </table>
            <div class="engine-card-foot">
                <button type="button" class="btn primary" on:click=move |_| asked.set(Some(Question::Invite))><Glyph icon=Icon::Plus/>{t().invite()}</button>
            </div>
        </div>
        {move || (!invitations().is_empty()).then(|| view! {
            <div class="engine-card plain-table">
                <table aria-label=t().invitations()>
                    <thead>
                        <tr>
                            <th scope="col">{t().role()}</th>
                            <th scope="col">{t().invited_by()}</th>
                            <th scope="col">{t().expires()}</th>
                            <td></td>
                        </tr>
                    </thead>
                    <tbody>{invitations().into_iter().map(|invitation| view! { <Invited invitation=invitation/> }).collect_view()}</tbody>
                </table>
            </div>
        })}
        {move || asked.get().map(|question| view! { <dialogs::Host question=question asked=asked/> })}
    }
}

#[component]
fn Person(account: Account, asked: RwSignal<Option<Question>>) -> impl IntoView {
    let Account { user, disabled, external, sessions, last_seen } = account;
    let menus = menus();
    let name = user.name.0.clone();
    let is_own = link().user.with_untracked(|own| own.as_ref().is_some_and(|own| own.name == user.name));
    let more = t().more_actions(&name);
    let open = {
        let user = user.clone();
        move |event: web_sys::MouseEvent| {
            let ask = |question: Question| move || asked.set(Some(question.clone()));
            let name = user.name.clone();
            let mut items = Vec::new();
            if !is_own && !external {
                items.push(Item::new(t().change_role(), Icon::Pencil, ask(Question::Change(user.clone()))));
            }
            if !external {
                items.push(Item::new(t().reset_password(), Icon::Key, ask(Question::Reset(name.clone()))));
            }
            items.push(Item::new(t().end_sessions_more(), Icon::SignOut, ask(Question::EndSessions(name.clone()))));
            if !is_own {
                let toggled = name.clone();
                let (label, icon) = if disabled { (t().enable(), Icon::Check) } else { (t().disable(), Icon::Lock) };
                items.push(Item::new(label, icon, move || disable(toggled.clone(), !disabled)).separated());
                items.push(Item::new(t().action_remove(), Icon::Trash, ask(Question::Remove(name))).danger());
            }
            menus.open(user.name.0.clone(), items, &event);
        }
    };
    view! {
        <tr aria-label=name.clone()>
            <th scope="row"><Avatar name=name.clone()/><span>{if is_own { t().you(&name) } else { name.clone() }}</span></th>
            <td>{written(&user.grants)}{external.then(|| view! { " "<span class="tag" title=t().signs_in_elsewhere()>{t().single_sign_on()}</span> })}{disabled.then(|| view! { " "<span class="tag">{t().disabled()}</span> })}</td>
            <td>{match last_seen {
                Some(time) => view! { <time title=date_time(time)>{move || ago_by_bridge(time)}</time> }.into_any(),
                None => view! { <span class="t3">{t().never()}</span> }.into_any(),
            }}</td>
            <td>{sessions}</td>
            <td class="is-end">
                <button type="button" class="btn ghost sm icon-only" aria-haspopup="menu" aria-label=more.clone() title=more on:click=open><Glyph icon=Icon::More/></button>
            </td>
        </tr>
    }
}

#[component]
fn Invited(invitation: Invitation) -> impl IntoView {
    let Invitation { id, grants, by, expires } = invitation;
    let label = t().withdraw_invitation(&written(&grants), &date_time(expires));
    let withdraw = move |_| {
        let id = id.clone();
        spawn_local(async move {
            match link::call_on(None, WithdrawInvitation { id }).await {
                Ok(()) => say(t().did_withdraw().to_owned()),
                Err(problem) => failed(t().could_not_withdraw().to_owned(), &problem),
            }
        });
    };
    view! {
        <tr>
            <th scope="row">{written(&grants)}</th>
            <td>{by.0}</td>
            <td>{date_time(expires)}</td>
            <td class="is-end"><button type="button" class="btn sm" aria-label=label on:click=withdraw>{t().withdraw()}</button></td>
        </tr>
    }
}

fn disable(name: linkspan_shared::ids::UserName, disabled: bool) {
    spawn_local(async move {
        let shown = name.0.clone();
        match link::call_on(None, ChangePerson { name, grants: None, disabled: Some(disabled) }).await {
            Ok(()) => say(if disabled { t().did_disable(&shown) } else { t().did_enable(&shown) }),
            Err(problem) => failed(t().could_not_change(&shown), &problem),
        }
    });
}

/// "operator, developer on pier"
fn written(grants: &[Grant]) -> String {
    let one = |Grant { role, scope }: &Grant| match scope {
        Scope::All => role_name(*role).to_owned(),
        Scope::Engine(engine) => t().role_on(role_name(*role), engine.as_str()),
        Scope::Label { name, value } => t().role_on(role_name(*role), &format!("{name}={value}")),
    };
    grants.iter().map(one).collect::<Vec<_>>().join(", ")
}
