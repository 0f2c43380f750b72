//! One's own passkeys, which sign in without a password.

use leptos::prelude::*;
use linkspan_shared::{
    call::{ListPasskeys, RemovePasskey},
    passkey::{AddPasskey, NewPasskey, PASSKEY_NAME, Passkey},
    user::AccessProblem,
};
use wasm_bindgen_futures::spawn_local;

use super::{listed::listed, people::dialogs::Confirm};
use crate::{
    browser::{self, Fetched},
    components::{
        attempt::Attempt,
        ui::{Glyph, Icon, dialog::Dialog, password_field::PasswordField, problem_note::ProblemNote},
    },
    i18n::{ago_by_bridge, date_time, explain_access, t},
    link, passkey,
    store::{say, warn},
};

#[component]
pub fn Passkeys() -> impl IntoView {
    let (found, load) = listed(|| ListPasskeys {});
    let adding = RwSignal::new(false);
    let close = Callback::new(move |()| {
        adding.set(false);
        load();
    });
    let asked = RwSignal::new(None::<(String, String)>);
    let answered = Callback::new(move |()| {
        asked.set(None);
        load();
    });
    let hindrance = StoredValue::new(passkey::hindrance());
    let row = move |passkey: Passkey| {
        let Passkey { id, name, host, created, used } = passkey;
        let label = t().remove_passkey(&name);
        let remove = {
            let name = name.clone();
            move |_| asked.set(Some((id.clone(), name.clone())))
        };
        view! {
            <tr aria-label=name.clone()>
                <th scope="row">{name.clone()}</th>
                <td class="mono">{host}</td>
                <td>{date_time(created)}</td>
                <td>{move || used.map_or_else(|| t().never().to_owned(), ago_by_bridge)}</td>
                <td class="is-end"><button type="button" class="btn ghost sm danger icon-only" aria-label=label.clone() title=label on:click=remove><Glyph icon=Icon::Trash/></button></td>
            </tr>
        }
    };
    view! {
        <section class="page-col settings" aria-labelledby="passkeys-title">
            <h2 id="passkeys-title">{t().passkeys()}</h2>
            <p class="t2">{t().passkeys_text()}</p>
            <div class="engine-card plain-table">
                {move || match found.get() {
                    None => ().into_any(),
                    Some(Err(problem)) => view! { <ProblemNote title=t().could_not_list_passkeys() problem=problem old=true/> }.into_any(),
                    Some(Ok(passkeys)) => view! {
                        <table aria-label=t().passkeys()>
                            <thead>
                                <tr>
                                    <th scope="col">{t().name()}</th>
                                    <th scope="col">{t().passkey_host()}</th>
                                    <th scope="col">{t().column_created()}</th>
                                    <th scope="col">{t().last_used()}</th>
                                    <td></td>
                                </tr>
                            </thead>
                            <tbody>
                                {passkeys.is_empty().then(|| view! { <tr><td colspan="5" class="t3">{t().no_passkeys()}</td></tr> })}
                                {passkeys.into_iter().map(row).collect_view()}
                            </tbody>
                        </table>
                    }.into_any(),
                }}
                <div class="engine-card-foot">
                    {hindrance.with_value(|why| why.clone().map(|why| view! { <p class="t3" id="no-passkeys">{why}</p> }))}
                    <button
                        type="button"
                        class="btn primary"
                        disabled=hindrance.with_value(Option::is_some)
                        aria-describedby=hindrance.with_value(|why| why.is_some().then_some("no-passkeys"))
                        on:click=move |_| adding.set(true)
                    ><Glyph icon=Icon::Plus/>{t().new_passkey()}</button>
                </div>
            </div>
        </section>
        {move || adding.get().then(|| view! { <Add close=close/> })}
        {move || asked.get().map(|(id, name)| view! { <Remove id=id name=name close=answered/> })}
    }
}

#[component]
fn Remove(id: String, name: String, close: Callback<()>) -> impl IntoView {
    let (attempt, of) = (Attempt::new(t().could_not_remove(&name)), name.clone());
    let act = Callback::new(move |()| {
        let of = of.clone();
        attempt.run(link::call_on(None, RemovePasskey { id: id.clone() }), move |()| say(t().did_remove(&of)), move |()| close.run(()));
    });
    view! { <Confirm title=t().remove_passkey_title(&name) text=t().remove_passkey_text() verb=t().action_remove() attempt=attempt act=act close=close/> }
}

#[component]
fn Add(close: Callback<()>) -> impl IntoView {
    let (name, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let (busy, failure) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let is_filled = move || {
        let length = name.with(|name| name.trim().chars().count());
        (1..=PASSKEY_NAME).contains(&length) && password.with(|password| !password.is_empty())
    };
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() || !untrack(is_filled) {
            return;
        }
        busy.set(true);
        failure.set(None);
        let (named, own) = (name.get_untracked().trim().to_owned(), NewPasskey { password: password.get_untracked().into() });
        spawn_local(async move {
            let added = match passkey::answer("/api/passkey/new", &own, true).await {
                Ok((ceremony, credential)) => {
                    let body = AddPasskey { ceremony, name: named.clone(), credential };
                    match browser::post::<()>("/api/passkey/add", &body).await {
                        Fetched::Ok(()) => Ok(()),
                        Fetched::Refused(AccessProblem::PasskeyRefused) => Err(t().passkey_not_added().to_owned()),
                        Fetched::Refused(problem) => Err(explain_access(&problem)),
                        Fetched::Unreachable => Err(t().access_unreachable().to_owned()),
                    }
                }
                Err(why) => Err(why),
            };
            let is_there = busy.try_set(false).is_none();
            match added {
                Ok(()) => {
                    say(t().did_add_passkey(&named));
                    if is_there {
                        close.run(());
                    }
                }
                Err(why) if is_there => failure.set(Some(why)),
                Err(why) => warn(t().could_not_add_passkey().to_owned(), why),
            }
        });
    };
    let foot = move || {
        view! {
            <button type="button" class="btn" on:click=move |_| close.run(())>{t().cancel()}</button>
            <button type="submit" form="add-passkey" class="btn primary" disabled=move || busy.get() || !is_filled()>{t().add_passkey()}</button>
        }
    };
    view! {
        <Dialog title=t().new_passkey_title() on_close=close foot=foot>
            <form id="add-passkey" class="asked" on:submit=submit>
                <div class="field">
                    <label for="passkey-name">{t().name()}</label>
                    <div class="input"><input id="passkey-name" autofocus autocomplete="off" maxlength=PASSKEY_NAME.to_string() placeholder=t().passkey_example() bind:value=name/></div>
                </div>
                <PasswordField id="current-password" label=t().current_password() password=password new=false/>
            </form>
            <p class="hint"><span>{t().new_passkey_hint(&window().location().hostname().unwrap_or_default())}</span></p>
            {move || failure.get().map(|text| view! { <div class="note danger-role" role="alert"><p>{text}</p></div> })}
        </Dialog>
    }
}
