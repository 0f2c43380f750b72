//! One's own tokens, for scripts and Prometheus, and signing out everywhere.

use leptos::prelude::*;
use linkspan_shared::{
    account::{Shown, Token},
    call::{EndSessions, ListTokens, NewToken, RemoveToken},
    user::Role,
};

use super::{listed::listed, people::dialogs::Confirm, shown_once::ShownOnce};
use crate::{
    components::{
        attempt::Attempt,
        ui::{Glyph, Icon, dialog::Dialog, problem_note::ProblemNote},
    },
    i18n::{ago_by_bridge, date_time, role_name, t},
    link,
    store::say,
};

/// Days that are offered.
const DAYS: [u32; 4] = [7, 30, 90, 365];

#[component]
pub fn Tokens() -> impl IntoView {
    let (found, load) = listed(|| ListTokens {});
    let creating = RwSignal::new(false);
    let close = Callback::new(move |()| {
        creating.set(false);
        load();
    });
    let asked = RwSignal::new(None::<Question>);
    let answered = Callback::new(move |()| {
        asked.set(None);
        load();
    });
    let row = move |token: Token| {
        let Token { id, name, role, created, expires, used } = token;
        let label = t().remove_token(&name);
        let remove = {
            let name = name.clone();
            move |_| asked.set(Some(Question::Remove(id.clone(), name.clone())))
        };
        view! {
            <tr aria-label=name.clone()>
                <th scope="row">{name.clone()}</th>
                <td>{role_name(role)}</td>
                <td>{date_time(created)}</td>
                <td>{expires.map_or_else(|| t().never().to_owned(), date_time)}</td>
                <td>{move || used.map_or_else(|| t().never().to_owned(), ago_by_bridge)}</td>
                <td class="is-end"><button type="button" class="btn ghost sm danger icon-only" aria-label=label.clone() title=label on:click=remove><Glyph icon=Icon::Trash/></button></td>
            </tr>
        }
    };
    view! {
        <section class="page-col settings" aria-labelledby="tokens-title">
            <h2 id="tokens-title">{t().own_account()}</h2>
            <p class="t2">{t().tokens_text()}</p>
            <div class="engine-card plain-table">
                {move || match found.get() {
                    None => ().into_any(),
                    Some(Err(problem)) => view! { <ProblemNote title=t().could_not_list_tokens() problem=problem old=true/> }.into_any(),
                    Some(Ok(tokens)) => view! {
                        <table aria-label=t().tokens()>
                            <thead>
                                <tr>
                                    <th scope="col">{t().name()}</th>
                                    <th scope="col">{t().role()}</th>
                                    <th scope="col">{t().column_created()}</th>
                                    <th scope="col">{t().expires()}</th>
                                    <th scope="col">{t().last_used()}</th>
                                    <td></td>
                                </tr>
                            </thead>
                            <tbody>
                                {tokens.is_empty().then(|| view! { <tr><td colspan="6" class="t3">{t().no_tokens()}</td></tr> })}
                                {tokens.into_iter().map(row).collect_view()}
                            </tbody>
                        </table>
                    }.into_any(),
                }}
                <div class="engine-card-foot">
                    <button type="button" class="btn" on:click=move |_| asked.set(Some(Question::EndSessions))><Glyph icon=Icon::SignOut/>{t().sign_out_everywhere_more()}</button>
                    <button type="button" class="btn primary" on:click=move |_| creating.set(true)><Glyph icon=Icon::Plus/>{t().new_token()}</button>
                </div>
            </div>
        </section>
        {move || creating.get().then(|| view! { <Create close=close/> })}
        {move || asked.get().map(|question| view! { <Asked question=question close=answered/> })}
    }
}

#[derive(Clone)]
enum Question {
    Remove(String, String),
    EndSessions,
}

#[component]
fn Asked(question: Question, close: Callback<()>) -> impl IntoView {
    match question {
        Question::Remove(id, name) => {
            let (attempt, of) = (Attempt::new(t().could_not_remove(&name)), name.clone());
            let act = Callback::new(move |()| {
                let of = of.clone();
                attempt.run(
                    link::call_on(None, RemoveToken { id: id.clone() }),
                    move |()| say(t().did_remove(&of)),
                    move |()| close.run(()),
                );
            });
            view! { <Confirm title=t().remove_token_title(&name) text=t().remove_token_text() verb=t().action_remove() attempt=attempt act=act close=close/> }.into_any()
        }
        Question::EndSessions => {
            let attempt = Attempt::new(t().could_not_end_sessions());
            let act =
                Callback::new(move |()| attempt.run(link::call_on(None, EndSessions { name: None }), |()| {}, move |()| close.run(())));
            view! { <Confirm title=t().sign_out_everywhere_title() text=t().sign_out_everywhere_text() verb=t().sign_out_everywhere() attempt=attempt act=act close=close/> }.into_any()
        }
    }
}

#[component]
fn Create(close: Callback<()>) -> impl IntoView {
    let (name, role, days) = (RwSignal::new(String::new()), RwSignal::new(Role::Viewer), RwSignal::new(Some(90_u32)));
    let secret = RwSignal::new(None::<String>);
    let attempt = Attempt::new(t().could_not_make_token());
    let create = move || {
        let call = NewToken { name: name.get_untracked().trim().to_owned(), role: role.get_untracked(), days: days.get_untracked() };
        attempt.run(link::call_on(None, call), |_| {}, move |Shown { secret: made }| secret.set(Some(made.expose().to_owned())));
    };
    // Other ones once it is made.
    let buttons = move || {
        if secret.with(Option::is_some) {
            return view! { <button type="button" class="btn primary" on:click=move |_| close.run(())>{t().done()}</button> }.into_any();
        }
        view! {
            <button type="button" class="btn" on:click=move |_| close.run(())>{t().cancel()}</button>
            <button type="button" class="btn primary" disabled=move || attempt.busy.get() || name.with(|name| name.trim().is_empty()) on:click=move |_| create()>{t().create()}</button>
        }
        .into_any()
    };
    let foot = move || buttons;
    view! {
        <Dialog title=t().new_token_title() on_close=close foot=foot>
            {move || match secret.get() {
                Some(secret) => view! { <ShownOnce secret=secret hint=t().token_hint()/> }.into_any(),
                None => view! {
                    <form class="asked" on:submit=move |event| {
                        event.prevent_default();
                        create();
                    }>
                        <div class="field">
                            <label for="token-name">{t().name()}</label>
                            <div class="input"><input id="token-name" autofocus autocomplete="off" placeholder="prometheus" bind:value=name/></div>
                        </div>
                        <div class="row2 even">
                            <div class="field">
                                <label for="token-role">{t().role()}</label>
                                <select id="token-role" class="select" on:change=move |event| {
                                    let chosen = event_target_value(&event);
                                    role.set(Role::ALL.into_iter().find(|role| role.as_str() == chosen).unwrap_or(Role::Viewer));
                                }>
                                    {Role::ALL.map(|one| view! { <option value=one.as_str()>{role_name(one)}</option> }).collect_view()}
                                </select>
                            </div>
                            <div class="field">
                                <label for="token-days">{t().expires()}</label>
                                <select id="token-days" class="select" on:change=move |event| days.set(event_target_value(&event).parse().ok())>
                                    {DAYS.map(|one| view! { <option value=one selected=one == 90>{t().in_days(one)}</option> }).collect_view()}
                                    <option value="">{t().never()}</option>
                                </select>
                            </div>
                        </div>
                        <p class="hint"><span>{t().token_role_hint()}</span></p>
                    </form>
                    {attempt.note()}
                }.into_any(),
            }}
        </Dialog>
    }
}
