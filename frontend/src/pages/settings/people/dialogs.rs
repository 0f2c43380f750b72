//! What is asked before something of a person changes, and the links that come of it, which are shown once.

use std::future::Future;

use leptos::prelude::*;
use linkspan_shared::{
    account::{MAX_DAYS, Shown},
    call::{ChangePerson, EndSessions, InvitePerson, RemovePerson, ResetPassword},
    credential::Secret,
    ids::UserName,
    problem::Problem,
    user::User,
};

use super::grants::{Fields, Grants};
use crate::{
    base,
    components::{attempt::Attempt, ui::dialog::Dialog},
    i18n::t,
    link,
    pages::settings::shown_once::ShownOnce,
    store::say,
};

#[derive(Clone, PartialEq)]
pub enum Question {
    Invite,
    Change(User),
    Reset(UserName),
    EndSessions(UserName),
    Remove(UserName),
}

#[component]
pub fn Host(question: Question, asked: RwSignal<Option<Question>>) -> impl IntoView {
    let close = Callback::new(move |()| asked.set(None));
    match question {
        Question::Invite => view! { <Invite close=close/> }.into_any(),
        Question::Change(user) => view! { <Change user=user close=close/> }.into_any(),
        Question::Reset(name) => view! { <Reset name=name close=close/> }.into_any(),
        Question::EndSessions(UserName(name)) => {
            let (attempt, of) = (Attempt::new(t().could_not_change(&name)), name.clone());
            let act = Callback::new(move |()| {
                let (call, of) = (EndSessions { name: Some(UserName(of.clone())) }, of.clone());
                attempt.run(link::call_on(None, call), move |()| say(t().did_end_sessions(&of)), move |()| close.run(()));
            });
            view! { <Confirm title=t().end_sessions_of(&name) text=t().end_sessions_text() verb=t().end_sessions() attempt=attempt act=act close=close/> }.into_any()
        }
        Question::Remove(UserName(name)) => {
            let (attempt, of) = (Attempt::new(t().could_not_remove(&name)), name.clone());
            let act = Callback::new(move |()| {
                let (call, of) = (RemovePerson { name: UserName(of.clone()) }, of.clone());
                attempt.run(link::call_on(None, call), move |()| say(t().did_remove(&of)), move |()| close.run(()));
            });
            view! { <Confirm title=t().remove_person(&name) text=t().remove_person_text() verb=t().action_remove() attempt=attempt act=act close=close/> }.into_any()
        }
    }
}

#[component]
pub fn Confirm(
    #[prop(into)] title: String,
    text: &'static str,
    verb: &'static str,
    attempt: Attempt,
    act: Callback<()>,
    close: Callback<()>,
) -> impl IntoView {
    let foot = move || {
        view! {
            <button type="button" class="btn" autofocus on:click=move |_| close.run(())>{t().cancel()}</button>
            <button type="button" class="btn danger" disabled=move || attempt.busy.get() on:click=move |_| act.run(())>{verb}</button>
        }
    };
    view! { <Dialog title=title on_close=close foot=foot><p>{text}</p>{attempt.note()}</Dialog> }
}

/// A form whose answer is a secret, which takes its place.
#[component]
fn Asked<F: Future<Output = Result<Shown, Problem>> + 'static>(
    #[prop(into)] title: String,
    verb: &'static str,
    attempt: Attempt,
    /// `None`: something is missing.
    ask: impl Fn() -> Option<F> + Copy + Send + Sync + 'static,
    /// Of the secret, what is shown.
    made: impl Fn(&Secret) -> String + Copy + Send + Sync + 'static,
    #[prop(into)] hint: String,
    close: Callback<()>,
    children: ChildrenFn,
) -> impl IntoView {
    let secret = RwSignal::new(None::<String>);
    let run = move || {
        if let Some(asked) = untrack(ask) {
            attempt.run(asked, |_| {}, move |Shown { secret: answer }| secret.set(Some(made(&answer))));
        }
    };
    // Other ones once it is made.
    let buttons = move || {
        if secret.with(Option::is_some) {
            return view! { <button type="button" class="btn primary" on:click=move |_| close.run(())>{t().done()}</button> }.into_any();
        }
        view! {
            <button type="button" class="btn" on:click=move |_| close.run(())>{t().cancel()}</button>
            <button type="button" class="btn primary" disabled=move || attempt.busy.get() || ask().is_none() on:click=move |_| run()>{verb}</button>
        }
        .into_any()
    };
    let foot = move || buttons;
    view! {
        <Dialog title=title on_close=close foot=foot>
            {move || match secret.get() {
                Some(secret) => view! { <ShownOnce secret=secret hint=hint.clone()/> }.into_any(),
                None => view! {
                    <form class="asked" on:submit=move |event| {
                        event.prevent_default();
                        run();
                    }>{children()}</form>
                    {attempt.note()}
                }.into_any(),
            }}
        </Dialog>
    }
}

#[component]
fn Invite(close: Callback<()>) -> impl IntoView {
    let (grants, days) = (Grants::new(&[]), RwSignal::new("7".to_owned()));
    let ask = move || Some(link::call_on(None, InvitePerson { grants: grants.read()?, days: days.with(|days| days.parse().ok())? }));
    view! {
        <Asked title=t().invite_title() verb=t().create_link() attempt=Attempt::new(t().could_not_invite()) ask=ask made=|token| welcome(token, "&invited=1") hint=t().invite_hint() close=close>
            <Fields grants=grants/>
            <Days value=days/>
        </Asked>
    }
}

#[component]
fn Reset(name: UserName, close: Callback<()>) -> impl IntoView {
    let of = StoredValue::new(name.clone());
    let ask = move || Some(link::call_on(None, ResetPassword { name: of.get_value() }));
    let made = move |token: &Secret| welcome(token, &format!("&user={}", of.get_value()));
    view! {
        <Asked title=t().reset_password_of(&name.0) verb=t().create_link() attempt=Attempt::new(t().could_not_change(&name.0)) ask=ask made=made hint=t().reset_hint() close=close>
            <p>{t().reset_password_text()}</p>
        </Asked>
    }
}

#[component]
fn Change(user: User, close: Callback<()>) -> impl IntoView {
    let grants = Grants::new(&user.grants);
    let attempt = Attempt::new(t().could_not_change(&user.name.0));
    let title = t().change_role_of(&user.name.0);
    let change = Callback::new(move |()| {
        let Some(wanted) = untrack(|| grants.read()) else { return };
        let (call, name) = (ChangePerson { name: user.name.clone(), grants: Some(wanted), disabled: None }, user.name.0.clone());
        attempt.run(link::call_on(None, call), move |()| say(t().did_change_role(&name)), move |()| close.run(()));
    });
    let foot = move || {
        view! {
            <button type="button" class="btn" on:click=move |_| close.run(())>{t().cancel()}</button>
            <button type="button" class="btn primary" disabled=move || attempt.busy.get() || grants.read().is_none() on:click=move |_| change.run(())>{t().save()}</button>
        }
    };
    view! {
        <Dialog title=title on_close=close foot=foot>
            <form class="asked" on:submit=move |event| {
                event.prevent_default();
                change.run(());
            }>
                <Fields grants=grants/>
            </form>
            <p class="hint"><span>{t().change_role_hint()}</span></p>
            {attempt.note()}
        </Dialog>
    }
}

#[component]
pub fn Days(value: RwSignal<String>) -> impl IntoView {
    view! {
        <div class="field">
            <label for="days">{t().valid_for_days()}</label>
            <div class="input"><input id="days" type="number" min="1" max=MAX_DAYS required bind:value=value/></div>
        </div>
    }
}

/// The token stays in the fragment: no request says it.
fn welcome(token: &Secret, more: &str) -> String {
    let origin = window().location().origin().unwrap_or_default();
    format!("{origin}{}#token={}{more}", base::href("/welcome"), token.expose())
}
