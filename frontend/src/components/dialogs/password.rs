//! Changing one's own password.

use leptos::prelude::*;
use linkspan_shared::user::{AccessProblem, NewPassword, PASSWORD_MINIMUM, User};
use wasm_bindgen_futures::spawn_local;

use super::Dialogs;
use crate::{
    browser::{self, Fetched},
    components::ui::{dialog::Dialog, password_field::PasswordField},
    i18n::{explain_access, t},
    store::{say, warn},
};

#[component]
pub fn ChangePassword(dialogs: Dialogs) -> impl IntoView {
    let close = Callback::new(move |()| dialogs.close());
    let (current, new) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let (busy, failure) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let is_long_enough = move || new.with(|new| new.chars().count() >= PASSWORD_MINIMUM);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() || !untrack(is_long_enough) {
            return;
        }
        busy.set(true);
        failure.set(None);
        let body = NewPassword { current: current.get_untracked().into(), password: new.get_untracked().into() };
        // The answer is told also to whoever has closed the dialog meanwhile.
        spawn_local(async move {
            let answer = browser::post::<User>("/api/password", &body).await;
            let is_there = busy.try_set(false).is_none();
            let why = match answer {
                Fetched::Ok(_) => {
                    say(t().did_change_password().to_owned());
                    return if is_there {
                        dialogs.close()
                    };
                }
                Fetched::Refused(AccessProblem::WrongCredentials) => t().current_password_wrong().to_owned(),
                Fetched::Refused(problem) => explain_access(&problem),
                Fetched::Unreachable => t().access_unreachable().to_owned(),
            };
            if is_there {
                failure.set(Some(why));
            } else {
                warn(t().could_not_change_password().to_owned(), why);
            }
        });
    };
    let foot = move || {
        view! {
            <button type="button" class="btn" on:click=move |_| close.run(())>{t().cancel()}</button>
            <button type="submit" form="change-password" class="btn primary" disabled=move || busy.get() || !is_long_enough()>{t().change_password()}</button>
        }
    };
    view! {
        <Dialog title=t().change_password() on_close=close foot=foot>
            <form id="change-password" on:submit=submit>
                <PasswordField id="current-password" label=t().current_password() password=current new=false focus=true/>
                <PasswordField id="new-password" label=t().new_password() password=new new=true/>
            </form>
            <p class="hint"><span>{t().change_password_hint()}</span></p>
            {move || failure.get().map(|text| view! { <div class="note danger-role" role="alert"><p>{text}</p></div> })}
        </Dialog>
    }
}
