//! The choice of what to sign in to a registry with.

use leptos::prelude::*;
use linkspan_shared::{
    credential::{CredentialKind, Credentials, Secret, StoredCredential},
    reference::Reference,
};

use crate::{i18n::t, store::store};

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
                password: Secret(self.password.get_untracked()),
            },
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
        stored.sort_by(|a, b| a.name.cmp(&b.name));
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
    view! {
        <div class="field">
            <label for=id>{t().credentials()}</label>
            <select class=format!("select {class}") id=id prop:value=move || form.kind.get() on:change=move |event| form.kind.set(event_target_value(&event))>
                {move || options.get().into_iter().map(|(value, label)| {
                    let selected = form.kind.with_untracked(|kind| *kind == value);
                    view! { <option value=value selected=selected>{label}</option> }
                }).collect_view()}
            </select>
        </div>
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
