//! The choice of what to sign in to a registry with.

use leptos::prelude::*;
use linkspan_shared::{
    call::ListLogins,
    credential::{CredentialKind, Credentials, DockerLogins, StoredCredential},
    reference::Reference,
};
use wasm_bindgen_futures::spawn_local;

use crate::{
    i18n::t,
    link::{self, LinkState, link},
    sorting,
    store::store,
};

const AUTOMATIC: &str = "automatic";
const NONE: &str = "none";
const TYPED: &str = "typed";
const STORED: &str = "stored:";

/// What a form holds; the password is gone with it.
#[derive(Clone, Copy)]
pub struct CredentialForm {
    kind: RwSignal<String>,
    username: RwSignal<String>,
    password: RwSignal<String>,
}

impl CredentialForm {
    pub fn new() -> Self {
        Self { kind: RwSignal::new(AUTOMATIC.to_owned()), username: RwSignal::default(), password: RwSignal::default() }
    }

    pub fn chosen(&self) -> Credentials {
        let kind = self.kind.get_untracked();
        match kind.as_str() {
            NONE => Credentials::None,
            TYPED => Credentials::Typed {
                username: self.username.get_untracked().trim().to_owned(),
                password: self.password.get_untracked().into(),
            },
            kind => kind.strip_prefix(STORED).map_or(Credentials::Automatic, |name| Credentials::Stored(name.to_owned())),
        }
    }

    /// The same without what is nobody's to see, for whoever writes it down. Tracked.
    pub fn shown(&self) -> Credentials {
        match self.kind.with(String::clone).as_str() {
            NONE => Credentials::None,
            TYPED => Credentials::Typed { username: self.username.get(), password: "-".into() },
            kind => kind.strip_prefix(STORED).map_or(Credentials::Automatic, |name| Credentials::Stored(name.to_owned())),
        }
    }

    /// It was for one request.
    pub fn forget_password(&self) {
        self.password.set(String::new());
    }

    pub fn is_typed(&self) -> bool {
        self.kind.with(|kind| kind == TYPED)
    }

    /// Nothing is sent half.
    pub fn is_complete(&self) -> bool {
        !self.is_typed() || (self.username.with(|name| !name.trim().is_empty()) && self.password.with(|password| !password.is_empty()))
    }
}

/// `registry`: only what is stored for it can be chosen; all if it is not known.
#[component]
pub fn CredentialSelect(
    form: CredentialForm,
    id: &'static str,
    #[prop(into)] registry: Signal<Option<String>>,
    #[prop(optional)] class: &'static str,
) -> impl IntoView {
    let options = Memo::new(move |_| {
        let registry = registry.get();
        let mut stored = store().credentials.all();
        stored.retain(|one| registry.as_ref().is_none_or(|registry| one.registry == *registry));
        sorting::sort_by(&mut stored, |a, b| a.name.cmp(&b.name));
        let fixed = [(AUTOMATIC, t().credentials_automatic()), (NONE, t().credentials_none()), (TYPED, t().credentials_typed())];
        let fixed = fixed.map(|(value, label)| (value.to_owned(), label.to_owned()));
        let stored = stored.iter().map(|one| (format!("{STORED}{}", one.name), label(one)));
        let [automatic, none, typed] = fixed;
        let mut options = vec![automatic];
        options.extend(stored);
        options.extend([none, typed]);
        // What was chosen for one registry does not go to another.
        if !options.iter().any(|(value, _)| form.kind.with_untracked(|kind| kind == value)) {
            form.kind.set(AUTOMATIC.to_owned());
        }
        options
    });
    // Before anything is sent: what "automatic" comes to.
    let hint = format!("{id}-source");
    let described = hint.clone();
    let source = move || {
        let registry = registry.get().filter(|_| form.kind.with(|kind| kind == AUTOMATIC))?;
        Some(automatic_source(&registry))
    };
    view! {
        <div class="field">
            <label for=id>{t().credentials()}</label>
            <select class=format!("select {class}") id=id aria-describedby=described prop:value=move || form.kind.get() on:change=move |event| form.kind.set(event_target_value(&event))>
                {move || options.get().into_iter().map(|(value, label)| {
                    let selected = form.kind.with_untracked(|kind| *kind == value);
                    view! { <option value=value selected=selected>{label}</option> }
                }).collect_view()}
            </select>
            <p class="hint" id=hint>{source}</p>
        </div>
    }
}

thread_local! {
    /// What `docker login` left on the bridge's machine, as it was when this page was loaded; `None` until that is known.
    static LOGINS: RwSignal<Option<DockerLogins>> = RwSignal::new(None);
}

/// It belongs to the root: made with the app.
pub fn logins() -> RwSignal<Option<DockerLogins>> {
    LOGINS.with(|logins| *logins)
}

/// What "automatic" signs in with, in the order in which the bridge looks.
fn automatic_source(registry: &str) -> String {
    let logins = logins();
    if logins.with(Option::is_none) && link().state.get() == LinkState::Connected {
        // Once; who may not know gets an empty list.
        logins.set(Some(DockerLogins::default()));
        spawn_local(async move {
            if let Ok(found) = link::call(ListLogins {}).await {
                logins.set(Some(found));
            }
        });
    }
    let known = logins.get().unwrap_or_default();
    let is_it = |server: &String| server == registry || registry == "docker.io" && server.ends_with("docker.io");
    if known.usable && known.registries.iter().any(is_it) {
        return t().source_docker_login(registry);
    }
    if known.usable && !known.store.is_empty() {
        return t().source_helper(&known.store);
    }
    let mut stored = store().credentials.all();
    stored.retain(|one| one.registry == registry);
    match stored.into_iter().map(|one| one.name).min() {
        Some(name) => t().source_stored(&name),
        None => t().source_none(registry),
    }
}

/// User and password for this one request, when that is what was chosen.
#[component]
pub fn TypedCredential(form: CredentialForm, id: &'static str) -> impl IntoView {
    view! {
        <Show when=move || form.is_typed()>
            <div class="typed-credential row2 even" role="group" aria-label=t().credentials_typed()>
                <div class="field">
                    <label for=format!("{id}-user")>{t().registry_user()}</label>
                    <div class="input mono">
                        <input id=format!("{id}-user") autocomplete="off" autocapitalize="none" spellcheck="false" bind:value=form.username/>
                    </div>
                </div>
                <div class="field">
                    <label for=format!("{id}-password")>{t().registry_password()}</label>
                    <div class="input mono"><input id=format!("{id}-password") type="password" autocomplete="new-password" bind:value=form.password/></div>
                </div>
                <p class="hint">{t().credentials_typed_hint()}</p>
            </div>
        </Show>
    }
}

fn label(one: &StoredCredential) -> String {
    match &one.kind {
        CredentialKind::Password { username } => t().credential_option(&one.name, username, &one.registry),
        CredentialKind::IdentityToken => t().credential_token_option(&one.name, &one.registry),
    }
}

/// The registry of a reference as far as it can be read.
pub fn registry_of(text: &str) -> Option<String> {
    Reference::parse(text.trim()).ok().map(|reference| reference.registry)
}
