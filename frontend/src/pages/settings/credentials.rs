//! What registries are signed in to with: what administrators stored, and what `docker login` left.

use leptos::prelude::*;
use linkspan_shared::{
    call::{ListLogins, RemoveCredential, StoreCredential},
    credential::{CredentialKind, DockerLogins, StoredCredential},
    problem::Problem,
};
use wasm_bindgen_futures::spawn_local;

use crate::{
    components::ui::{Glyph, Icon, dialog::Dialog, problem_note::ProblemNote},
    i18n::{ago_by_bridge, date_time, t},
    link::{self, is_administrator},
    sorting,
    store::{failed, say, store},
};

#[component]
pub fn Credentials() -> impl IntoView {
    let store = store();
    let rows = Memo::new(move |_| {
        let mut rows = store.credentials.all();
        sorting::sort_by(&mut rows, |a, b| a.name.cmp(&b.name));
        rows
    });
    let removing = RwSignal::new(None::<String>);
    view! {
        <section class="page-col settings" aria-labelledby="credentials-title">
            <h2 id="credentials-title">{t().registry_credentials()}</h2>
            <p class="t2">{t().registry_credentials_text()}</p>
            <ul class="engine-list" role="list" aria-label=t().registry_credentials()>
                <For each=move || rows.get() key=|row| (row.name.clone(), row.stored) children=move |row| view! { <Row row=row removing=removing/> }/>
            </ul>
            {move || (store.credentials.is_loaded() && rows.with(Vec::is_empty)).then(|| view! { <p class="t3">{t().no_credentials()}</p> })}
            {move || if is_administrator() {
                view! { <StoreForm/> }.into_any()
            } else {
                view! { <p class="t3">{t().administrators_store()}</p> }.into_any()
            }}
            <Logins/>
        </section>
        {move || removing.get().map(|name| view! { <RemoveDialog name=name removing=removing/> })}
    }
}

#[component]
fn Row(row: StoredCredential, removing: RwSignal<Option<String>>) -> impl IntoView {
    let what = match &row.kind {
        CredentialKind::Password { username } => t().password_of(username),
        CredentialKind::IdentityToken => t().identity_token().to_owned(),
    };
    let (name, label) = (row.name.clone(), t().remove_credential(&row.name));
    let (by, stored, shown) = (row.stored_by.0, row.stored, row.name.clone());
    view! {
        <li class="engine-card" aria-label=shown>
            <div class="engine-card-head">
                <Glyph icon=Icon::Key/>
                <h3>{row.name}</h3>
                <span class="t2">{what}</span>
                <span class="mono t2">{row.registry}</span>
                <span class="end">
                    {move || is_administrator().then(|| {
                        let (name, label) = (name.clone(), label.clone());
                        view! {
                            <button type="button" class="btn sm ghost danger icon-only" aria-label=label.clone() title=label on:click=move |_| removing.set(Some(name.clone()))>
                                <Glyph icon=Icon::Trash/>
                            </button>
                        }
                    })}
                </span>
            </div>
            <p class="t3" title=date_time(stored)>{move || t().stored_by(&by, &ago_by_bridge(stored))}</p>
        </li>
    }
}

#[component]
fn StoreForm() -> impl IntoView {
    let field = RwSignal::<String>::default;
    let (name, registry, username, secret) = (field(), field(), field(), field());
    let problem = RwSignal::new(None::<Problem>);
    let busy = RwSignal::new(false);
    let lacks = move || [name, registry, secret].iter().any(|field| field.with(|text| text.trim().is_empty()));
    let replaces = move || store().credentials.get(&name.with(|name| name.trim().to_owned())).is_some();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if lacks() || busy.get_untracked() {
            return;
        }
        busy.set(true);
        problem.set(None);
        let call = StoreCredential {
            name: name.get_untracked().trim().to_owned(),
            registry: registry.get_untracked().trim().to_owned(),
            username: username.get_untracked().trim().to_owned(),
            secret: secret.get_untracked().into(),
        };
        spawn_local(async move {
            let stored = call.name.clone();
            match link::call_on(None, call).await {
                Ok(()) => {
                    say(t().stored_credential(&stored));
                    [name, registry, username, secret].iter().for_each(|field| field.set(String::new()));
                }
                Err(refused) => problem.set(Some(refused)),
            }
            busy.set(false);
        });
    };
    let input = |id: &'static str, label: &'static str, value: RwSignal<String>, kind: &'static str, placeholder: &'static str| {
        let complete = if kind == "password" { "new-password" } else { "off" };
        view! {
            <div class="field">
                <label for=id>{label}</label>
                <div class="input mono">
                    <input id=id type=kind autocomplete=complete autocapitalize="none" spellcheck="false" placeholder=placeholder bind:value=value/>
                </div>
            </div>
        }
    };
    view! {
        <form class="engine-card add-engine" aria-label=t().store_credential() on:submit=submit>
            <h3>{t().store_credential()}</h3>
            <p class="t2">{t().store_credential_text()}</p>
            <div class="row2 even">
                {input("credential-name", t().name(), name, "text", "ci")}
                {input("credential-registry", t().registry(), registry, "text", "registry.example:5000")}
            </div>
            <div class="row2 even">
                {input("credential-user", t().registry_user(), username, "text", t().empty_for_token())}
                {input("credential-secret", t().password_or_token(), secret, "password", "")}
            </div>
            {move || replaces().then(|| view! { <p class="hint warn"><Glyph icon=Icon::Warn/><span>{t().credential_replaces(name.get().trim())}</span></p> })}
            {move || problem.get().map(|problem| view! { <ProblemNote title=t().could_not_store_credential() problem=problem/> })}
            <div class="engine-card-foot">
                <button type="submit" class="btn primary" disabled=move || lacks() || busy.get()><Glyph icon=Icon::Plus/>{t().store_credential()}</button>
            </div>
        </form>
    }
}

/// What the docker command is signed in to on the bridge's machine.
#[component]
fn Logins() -> impl IntoView {
    let found = RwSignal::new(None::<Result<DockerLogins, Problem>>);
    Effect::new(move |asked: Option<bool>| {
        let ask = asked == Some(true) || link::link().state.get() == link::LinkState::Connected;
        if ask && asked != Some(true) {
            spawn_local(async move {
                let answer = link::call_on(None, ListLogins {}).await;
                found.try_set(Some(answer));
            });
        }
        ask
    });
    view! {
        <div class="engine-card">
            <h3>{t().docker_login()}</h3>
            {move || match found.get() {
                None => ().into_any(),
                Some(Err(problem)) => view! { <ProblemNote title=t().could_not_read_logins() problem=problem old=true/> }.into_any(),
                Some(Ok(logins)) if !logins.usable => view! { <p class="t2">{t().logins_not_yours()}</p> }.into_any(),
                Some(Ok(logins)) => {
                    let who = if logins.shared { t().logins_everybody() } else { t().logins_administrators() };
                    let registries = if logins.registries.is_empty() { t().logins_none().to_owned() } else { logins.registries.join(", ") };
                    view! {
                        <p class="mono">{registries}</p>
                        {(!logins.store.is_empty()).then(|| view! { <p class="t2">{t().logins_store(&logins.store)}</p> })}
                        <p class="t2">{who}</p>
                    }.into_any()
                }
            }}
        </div>
    }
}

#[component]
fn RemoveDialog(name: String, removing: RwSignal<Option<String>>) -> impl IntoView {
    let close = Callback::new(move |()| removing.set(None));
    let title = t().remove_credential_title(&name);
    let foot = move || {
        let name = name.clone();
        let label = t().remove_credential(&name);
        let confirm = move |_| {
            let name = name.clone();
            removing.set(None);
            spawn_local(async move {
                match link::call_on(None, RemoveCredential { name: name.clone() }).await {
                    Ok(()) => say(t().removed_credential(&name)),
                    Err(problem) => failed(t().could_not_remove(&name), &problem),
                }
            });
        };
        view! {
            <button type="button" class="btn" autofocus on:click=move |_| close.run(())>{t().cancel()}</button>
            <button type="button" class="btn danger" on:click=confirm>{label}</button>
        }
    };
    view! { <Dialog title=title on_close=close foot=foot><p>{t().remove_credential_text()}</p></Dialog> }
}
