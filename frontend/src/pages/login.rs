//! `/login` and `/welcome`: signing in, the first administrator, a new password.

use leptos::prelude::*;
use linkspan_shared::{
    passkey::PasskeySignIn,
    user::{SessionState, SignIn, SsoProblem, User, Welcome as Redeem, is_own_path},
};

use crate::{
    address::query,
    base,
    browser::{self, Fetched},
    components::ui::{Glyph, Icon, password_field::PasswordField},
    i18n::{explain_access, explain_sso, t},
    passkey,
    route::Route,
};

/// Milliseconds before what did not arrive is sent again.
const SECOND_TRY: u32 = 300;

#[component]
pub fn Login() -> impl IntoView {
    let query = query();
    let next = move || query.with_untracked(|query| query.get("next")).filter(|path| is_own_path(path));
    let user = RwSignal::new(String::new());
    let password = RwSignal::new(String::new());
    let failure = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let needs_set_up = RwSignal::new(false);
    let single_sign_on = RwSignal::new(false);
    let passkeys = RwSignal::new(false);
    let sso_problem =
        query.with_untracked(|query| query.get("sso")).and_then(|code| SsoProblem::ALL.into_iter().find(|one| one.as_str() == code));
    failure.set(sso_problem.map(|problem| explain_sso(problem).to_owned()));
    browser::spawn_scoped(async move {
        match browser::session().await {
            Fetched::Ok(SessionState { user: Some(_), .. }) => enter(next()),
            Fetched::Ok(state) => {
                needs_set_up.set(state.needs_set_up);
                single_sign_on.set(state.single_sign_on);
                passkeys.set(state.passkeys && passkey::hindrance().is_none());
            }
            Fetched::Refused(_) | Fetched::Unreachable => {}
        }
    });
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        busy.set(true);
        failure.set(None);
        let body = SignIn { user: user.get_untracked(), password: password.get_untracked().into() };
        browser::spawn_scoped(async move {
            let mut answer = browser::post::<User>("/api/sign-in", &body).await;
            if matches!(answer, Fetched::Unreachable) {
                // A browser drops what is under way when a network comes or goes; a second session would hurt nobody.
                browser::sleep(SECOND_TRY).await;
                answer = browser::post("/api/sign-in", &body).await;
            }
            match answer {
                Fetched::Ok(_) => return enter(next()),
                Fetched::Refused(problem) => failure.set(Some(explain_access(&problem))),
                Fetched::Unreachable => failure.set(Some(t().access_unreachable().to_owned())),
            }
            busy.set(false);
        });
    };
    let by_passkey = move |_| {
        busy.set(true);
        failure.set(None);
        browser::spawn_scoped(async move {
            let answer = passkey::answer("/api/passkey/begin", &(), false).await;
            let why = match answer {
                Ok((ceremony, credential)) => {
                    match browser::post::<User>("/api/passkey/sign-in", &PasskeySignIn { ceremony, credential }).await {
                        Fetched::Ok(_) => return enter(next()),
                        Fetched::Refused(problem) => explain_access(&problem),
                        Fetched::Unreachable => t().access_unreachable().to_owned(),
                    }
                }
                Err(why) => why,
            };
            failure.set(Some(why));
            busy.set(false);
        });
    };
    view! {
        <main class="login">
            <Art/>
            <form class="login-card" aria-labelledby="login-title" on:submit=submit>
                <header>
                    <Glyph icon=Icon::Logo class="brand-mark"/>
                    <h1 id="login-title">{t().sign_in_title()}</h1>
                    <p>{t().sign_in_intro(&window().location().hostname().unwrap_or_default())}</p>
                </header>
                {move || needs_set_up.get().then(|| view! {
                    <div class="note info-role"><Glyph icon=Icon::Info/><p><b>{t().set_up_first()}</b>" "{t().set_up_first_text()}</p></div>
                })}
                <UserField user=user/>
                <PasswordField id="password" label=t().password() password=password new=false/>
                <Failure failure=failure/>
                <button class="btn primary lg block" disabled=move || busy.get()>{t().sign_in()}</button>
                {move || (single_sign_on.get() || passkeys.get()).then(|| view! { <p class="login-or">{t().or()}</p> })}
                {move || passkeys.get().then(|| view! {
                    <button type="button" class="btn lg block" disabled=move || busy.get() on:click=by_passkey><Glyph icon=Icon::User/>{t().sign_in_passkey()}</button>
                })}
                {move || single_sign_on.get().then(|| {
                    let next = next().map(|next| format!("?next={}", String::from(js_sys::encode_uri_component(&next)))).unwrap_or_default();
                    view! {
                        <a class="btn lg block" rel="external" href=format!("{}/api/oidc/begin{next}", base::path())><Glyph icon=Icon::Key/>{t().sign_in_sso()}</a>
                    }
                })}
                <PlainHttpWarning/>
            </form>
        </main>
    }
}

#[component]
pub fn Welcome() -> impl IntoView {
    let (token, reset, is_invited) = from_fragment();
    let user = RwSignal::new(reset.clone().unwrap_or_default());
    let password = RwSignal::new(String::new());
    let failure = RwSignal::new(token.is_none().then(|| t().link_lacks_token().to_owned()));
    let busy = RwSignal::new(false);
    let is_reset = reset.is_some();
    let has_token = token.is_some();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let Some(token) = token.clone() else { return };
        busy.set(true);
        failure.set(None);
        let body = Redeem { token: token.into(), user: user.get_untracked(), password: password.get_untracked().into() };
        browser::spawn_scoped(async move {
            match browser::post::<User>("/api/welcome", &body).await {
                Fetched::Ok(_) => return enter(None),
                Fetched::Refused(problem) => failure.set(Some(explain_access(&problem))),
                Fetched::Unreachable => failure.set(Some(t().access_unreachable().to_owned())),
            }
            busy.set(false);
        });
    };
    view! {
        <main class="login">
            <Art/>
            <form class="login-card" aria-labelledby="welcome-title" on:submit=submit>
                <header>
                    <Glyph icon=Icon::Logo class="brand-mark"/>
                    <h1 id="welcome-title">{if is_reset { t().reset_title() } else if is_invited { t().invited_title() } else { t().set_up_title() }}</h1>
                    <p>{if is_reset { t().reset_intro() } else if is_invited { t().invited_intro() } else { t().set_up_intro() }}</p>
                </header>
                {(!is_reset).then(|| view! { <UserField user=user/> })}
                <PasswordField id="password" label=t().password() password=password new=true/>
                <Failure failure=failure/>
                <button class="btn primary lg block" disabled=move || busy.get() || !has_token>
                    {if is_reset { t().set_password() } else if is_invited { t().create_account() } else { t().create_administrator() }}
                </button>
                <PlainHttpWarning/>
            </form>
        </main>
    }
}

#[component]
fn UserField(user: RwSignal<String>) -> impl IntoView {
    view! {
        <div class="field">
            <label for="user">{t().user()}</label>
            <div class="input lg"><input id="user" autocomplete="username" autocapitalize="none" spellcheck="false" autofocus required bind:value=user/></div>
        </div>
    }
}

#[component]
fn Failure(failure: RwSignal<Option<String>>) -> impl IntoView {
    move || failure.get().map(|text| view! { <div class="note danger-role" role="alert"><Glyph icon=Icon::XCircle/><p>{text}</p></div> })
}

/// Loopback never leaves the machine.
#[component]
fn PlainHttpWarning() -> impl IntoView {
    let location = window().location();
    let host = location.hostname().unwrap_or_default();
    let plain = location.protocol().is_ok_and(|protocol| protocol == "http:");
    let warn = plain && host != "localhost" && host != "[::1]" && !host.starts_with("127.");
    warn.then(|| {
        view! {
            <div class="note warn-role"><Glyph icon=Icon::Lock/><p><b>{t().not_encrypted()}</b>" "{t().not_encrypted_text()}</p></div>
        }
    })
}

/// The signature: parallel ramps, one of them lit.
#[component]
fn Art() -> impl IntoView {
    let lines = (0..11)
        .map(|n| {
            let (x, y) = (250 + n * 14, 640 + n * 26);
            view! { <path class=if n == 5 { "hot" } else { "" } d=format!("M-20 {y}H{x}L{} {}H1460", x + 770, y - 420)/> }
        })
        .collect_view();
    view! {
        <svg class="login-art" viewBox="0 0 1440 900" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
            {lines}
            <circle cx="320" cy="770" r="6"/>
            <circle cx="1090" cy="350" r="6"/>
        </svg>
    }
}

/// A fresh load: nothing of an earlier session stays in this tab.
fn enter(next: Option<String>) {
    let _ = window().location().replace(&next.unwrap_or_else(|| Route::Containers.to_string()));
}

/// `#token=…`, `&user=…` when the link resets a password, and whether it is an invitation. The fragment never leaves the browser by
/// itself.
fn from_fragment() -> (Option<String>, Option<String>, bool) {
    let hash = window().location().hash().unwrap_or_default();
    let value =
        |key: &str| hash.trim_start_matches('#').split('&').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('=')).map(str::to_owned);
    (value("token").filter(|token| !token.is_empty()), value("user"), value("invited").is_some())
}
