//! What containers of the new image start with, field by field, named as the Engine API names them.

use leptos::prelude::*;
use linkspan_shared::{
    container::ContainerDetails,
    image::{Configuration, ImageDetails},
};

use crate::{
    browser,
    components::{
        draft::{self, Part},
        secret::is_secret,
        ui::{Glyph, Icon},
    },
    i18n::t,
};

const NAMES: [&str; 5] = ["Entrypoint", "Cmd", "Env", "User", "WorkingDir"];
const ENV: usize = 2;
const IDS: [&str; 5] = ["commit-entrypoint", "commit-cmd", "commit-env", "commit-user", "commit-working-dir"];

/// What stands in each field: words as a shell quotes them, variables in lines.
pub type Texts = [String; 5];

pub fn of_container(details: &ContainerDetails) -> Texts {
    texts(&details.entrypoint, &details.command, &details.environment, &details.user, &details.working_dir)
}

pub fn of_image(details: &ImageDetails) -> Texts {
    texts(&details.entrypoint, &details.command, &details.environment, &details.user, &details.working_dir)
}

fn texts(entrypoint: &[String], cmd: &[String], env: &[String], user: &str, working_dir: &str) -> Texts {
    [shell_words::join(entrypoint), shell_words::join(cmd), env.join("\n"), user.to_owned(), working_dir.to_owned()]
}

fn variables(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.trim().is_empty())
}

fn fault(field: usize, text: &str) -> Option<&'static str> {
    match NAMES[field] {
        "Entrypoint" | "Cmd" => shell_words::split(text).is_err().then(|| t().split_unclosed()),
        "Env" => variables(text).any(|line| line.find('=').unwrap_or_default() == 0).then(|| t().env_fault()),
        "WorkingDir" => (!text.is_empty() && !text.starts_with('/')).then(|| t().working_dir_fault()),
        _ => None,
    }
}

/// What was typed; `None`: a field is as it was before.
#[derive(Clone, Copy)]
pub struct Fields {
    typed: [RwSignal<Option<String>>; 5],
    /// What the image would have by itself; `None` while that is not known.
    before: Signal<Option<Texts>>,
}

impl Fields {
    pub fn new(before: Signal<Option<Texts>>) -> Self {
        Self { typed: NAMES.map(|_| RwSignal::new(None)), before }
    }

    pub fn parts(&self) -> impl Iterator<Item = Part> {
        NAMES.into_iter().zip(self.typed).map(|(name, typed)| draft::optional(name, typed))
    }

    fn before(&self, field: usize) -> String {
        self.before.with(|before| before.as_ref().map(|texts| texts[field].clone()).unwrap_or_default())
    }

    fn text(&self, field: usize) -> String {
        self.typed[field].get().unwrap_or_else(|| self.before(field))
    }

    fn changed(&self, field: usize) -> Option<String> {
        self.typed[field].get().filter(|text| *text != self.before(field))
    }

    /// What to ask for; of a field that has a fault, the focus goes there and there is nothing to ask for.
    pub fn wanted(&self) -> Option<Configuration> {
        let [entrypoint, cmd, env, user, working_dir] = std::array::from_fn(|field| self.changed(field));
        let faulty = (0..NAMES.len()).find(|field| self.changed(*field).is_some_and(|text| fault(*field, &text).is_some()));
        if let Some(field) = faulty {
            browser::focus_on(IDS[field]);
            return None;
        }
        let words = |text: Option<String>| text.map(|text| shell_words::split(&text).unwrap_or_default());
        Some(Configuration {
            entrypoint: words(entrypoint),
            cmd: words(cmd),
            env: env.map(|text| variables(&text).map(str::to_owned).collect()),
            user,
            working_dir,
        })
    }

    /// Names of variables that look like secrets and are not in `known`, the variables of an image.
    pub fn secrets(&self, known: &str) -> Vec<String> {
        let text = self.text(ENV);
        let new = variables(&text).filter(|line| !known.lines().any(|known| known == *line));
        new.filter_map(|line| line.split_once('='))
            .filter(|(name, value)| shows_secret(name, value))
            .map(|(name, _)| name.to_owned())
            .collect()
    }
}

fn shows_secret(name: &str, value: &str) -> bool {
    !value.is_empty() && is_secret(name, value)
}

#[component]
pub fn ConfigurationFields(fields: Fields) -> impl IntoView {
    view! {
        <section class="commit-configuration" aria-labelledby="commit-configuration">
            <h2 id="commit-configuration">{t().configuration()}</h2>
            <p class="hint"><span>{t().configuration_hint()}</span></p>
            {(0..NAMES.len()).map(|field| view! { <Field fields=fields field=field/> }).collect_view()}
        </section>
    }
}

#[component]
fn Field(fields: Fields, field: usize) -> impl IntoView {
    let (id, name, typed) = (IDS[field], NAMES[field], fields.typed[field]);
    let about = format!("{id}-about");
    let text = Memo::new(move |_| fields.text(field));
    let changed = Memo::new(move |_| fields.changed(field).is_some());
    let wrong = Memo::new(move |_| fields.changed(field).and_then(|text| fault(field, &text)));
    let unknown = move || fields.before.with(Option::is_none);
    // A value of several lines is no line of a form.
    let is_locked =
        move || field == ENV && typed.with(Option::is_none) && text.with(|text| variables(text).any(|line| !line.contains('=')));
    let reset = move |_| {
        typed.set(None);
        browser::focus_on(id);
    };
    let hides =
        move || text.with(|text| variables(text).filter_map(|line| line.split_once('=')).any(|(name, value)| shows_secret(name, value)));
    view! {
        <div class="field">
            <label for=id class="mono">{name}</label>
            {if field == ENV {
                view! {
                    <textarea
                        id=id
                        class="input mono"
                        class:is-bad=move || wrong.get().is_some()
                        class:masked=hides
                        rows="4"
                        spellcheck="false"
                        autocapitalize="none"
                        aria-describedby=about.clone()
                        disabled=unknown
                        readonly=is_locked
                        prop:value=move || text.get()
                        on:input:target=move |event| typed.set(Some(event.target().value()))
                    ></textarea>
                }.into_any()
            } else {
                view! {
                    <div class="input mono" class:is-bad=move || wrong.get().is_some()>
                        <input
                            id=id
                            spellcheck="false"
                            autocapitalize="none"
                            autocomplete="off"
                            aria-describedby=about.clone()
                            disabled=unknown
                            prop:value=move || text.get()
                            on:input:target=move |event| typed.set(Some(event.target().value()))
                        />
                    </div>
                }.into_any()
            }}
            <div id=about>
                {move || wrong.get().map(|why| view! { <p class="hint bad"><Glyph icon=Icon::XCircle/><span>{why}</span></p> })}
                {move || is_locked().then(|| view! { <p class="hint"><span>{t().env_locked()}</span></p> })}
                {move || (hides() && !changed.get()).then(|| view! { <p class="hint"><span>{t().env_masked()}</span></p> })}
                {move || (field != ENV && changed.get()).then(|| {
                    let before = fields.before(field);
                    view! { <p class="hint"><span>{t().before()}": "<code>{if before.is_empty() { t().nothing().to_owned() } else { before }}</code></span></p> }
                })}
            </div>
            {move || changed.get().then(|| view! {
                <button type="button" class="btn sm" aria-label=t().reset_field(name) on:click=reset>{t().reset()}</button>
            })}
        </div>
    }
}
