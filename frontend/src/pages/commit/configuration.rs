//! What containers of the new image start with, field by field, named as the Engine API names them.

use leptos::prelude::*;
use linkspan_shared::{
    container::ContainerDetails,
    image::{Configuration, ImageDetails},
    review::LABELS,
    user::Role,
};

use crate::{
    browser,
    components::{
        draft::{self, Part},
        needs::lacks,
        secret::is_secret,
        ui::{Glyph, Icon},
    },
    i18n::{t, why_not},
};

/// What stands in a field.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// As a shell quotes them.
    Words,
    /// `NAME=value` each.
    Lines,
    Text,
}

const COUNT: usize = 9;
const ENV: usize = 2;
const FIELDS: [(&str, &str, Kind); COUNT] = [
    ("Entrypoint", "commit-entrypoint", Kind::Words),
    ("Cmd", "commit-cmd", Kind::Words),
    ("Env", "commit-env", Kind::Lines),
    ("User", "commit-user", Kind::Text),
    ("WorkingDir", "commit-working-dir", Kind::Text),
    ("ExposedPorts", "commit-exposed-ports", Kind::Text),
    ("Labels", "commit-labels", Kind::Lines),
    ("Healthcheck", "commit-healthcheck", Kind::Words),
    ("StopSignal", "commit-stop-signal", Kind::Text),
];

#[derive(Clone)]
pub struct Texts {
    texts: [String; COUNT],
    /// Something in it has several lines, which a field would make another of.
    locked: [bool; COUNT],
}

impl Texts {
    fn new(values: [Vec<String>; COUNT]) -> Self {
        let locked = std::array::from_fn(|field| values[field].iter().any(|value| value.contains('\n')));
        let mut field = 0;
        let texts = values.map(|values| {
            let kind = FIELDS[field].2;
            field += 1;
            match kind {
                Kind::Words => shell_words::join(values),
                Kind::Lines => values.join("\n"),
                Kind::Text => values.join(" "),
            }
        });
        Self { texts, locked }
    }
}

pub fn of_container(details: &ContainerDetails) -> Texts {
    Texts::new([
        details.entrypoint.clone(),
        details.command.clone(),
        details.environment.clone(),
        vec![details.user.clone()],
        vec![details.working_dir.clone()],
        details.exposed_ports.clone(),
        labels(&details.labels),
        details.health_check.as_ref().map(|check| check.test.clone()).unwrap_or_default(),
        vec![details.stop_signal.clone()],
    ])
}

pub fn of_image(details: &ImageDetails) -> Texts {
    Texts::new([
        details.entrypoint.clone(),
        details.command.clone(),
        details.environment.clone(),
        vec![details.user.clone()],
        vec![details.working_dir.clone()],
        details.ports.clone(),
        labels(&details.labels),
        details.health_check.clone(),
        vec![details.stop_signal.clone()],
    ])
}

/// But for those that say what is committed.
fn labels(labels: &[(String, String)]) -> Vec<String> {
    let own = labels.iter().filter(|(name, _)| !LABELS.contains(&name.as_str()));
    own.map(|(name, value)| format!("{name}={value}")).collect()
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.trim().is_empty())
}

/// `80/tcp`; where no protocol is said, it is TCP.
fn exposed(text: &str) -> impl Iterator<Item = String> {
    text.split_whitespace().map(|port| if port.contains('/') { port.to_owned() } else { format!("{port}/tcp") })
}

fn fault(field: usize, text: &str) -> Option<&'static str> {
    let (name, _, kind) = FIELDS[field];
    match (name, kind) {
        ("Healthcheck", _) => {
            let words = shell_words::split(text).ok();
            let is_fine = words.is_some_and(|words| words.first().is_none_or(|kind| matches!(kind.as_str(), "CMD" | "CMD-SHELL" | "NONE")));
            (!is_fine).then(|| t().healthcheck_fault())
        }
        (_, Kind::Words) => shell_words::split(text).is_err().then(|| t().split_unclosed()),
        (_, Kind::Lines) => lines(text).any(|line| line.find('=').unwrap_or_default() == 0).then(|| t().env_fault()),
        ("WorkingDir", _) => (!text.is_empty() && !text.starts_with('/')).then(|| t().working_dir_fault()),
        ("ExposedPorts", _) => {
            let is_port = |port: String| {
                port.split_once('/').is_some_and(|(ports, protocol)| {
                    ports.split('-').all(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
                        && matches!(protocol, "tcp" | "udp" | "sctp")
                })
            };
            (!exposed(text).all(is_port)).then(|| t().exposed_ports_fault())
        }
        _ => None,
    }
}

/// What was typed; `None`: a field is as it was before.
#[derive(Clone, Copy)]
pub struct Fields {
    typed: [RwSignal<Option<String>>; COUNT],
    /// What the image would have by itself; `None` while that is not known.
    before: Signal<Option<Texts>>,
}

impl Fields {
    pub fn new(before: Signal<Option<Texts>>) -> Self {
        Self { typed: FIELDS.map(|_| RwSignal::new(None)), before }
    }

    pub fn parts(&self) -> impl Iterator<Item = Part> {
        FIELDS.into_iter().zip(self.typed).map(|((name, ..), typed)| draft::optional(name, typed))
    }

    fn before(&self, field: usize) -> String {
        self.before.with(|before| before.as_ref().map(|before| before.texts[field].clone()).unwrap_or_default())
    }

    fn text(&self, field: usize) -> String {
        self.typed[field].get().unwrap_or_else(|| self.before(field))
    }

    fn changed(&self, field: usize) -> Option<String> {
        self.typed[field].get().filter(|text| *text != self.before(field))
    }

    /// What to ask for; of a field that has a fault, the focus goes there and there is nothing to ask for.
    pub fn wanted(&self) -> Option<Configuration> {
        let faulty = (0..COUNT).find(|field| self.changed(*field).is_some_and(|text| fault(*field, &text).is_some()));
        if let Some(field) = faulty {
            browser::focus_on(FIELDS[field].1);
            return None;
        }
        let [entrypoint, cmd, env, user, working_dir, ports, labels, healthcheck, stop_signal] =
            std::array::from_fn(|field| self.changed(field));
        let words = |text: Option<String>| text.map(|text| shell_words::split(&text).unwrap_or_default());
        // The Engine takes none for what the image has.
        let test = words(healthcheck).map(|test| if test.is_empty() { vec!["NONE".to_owned()] } else { test });
        Some(Configuration {
            entrypoint: words(entrypoint),
            cmd: words(cmd),
            env: env.map(|text| lines(&text).map(str::to_owned).collect()),
            user,
            working_dir,
            exposed_ports: ports.map(|text| exposed(&text).collect()),
            labels: labels.map(|text| {
                let label = |line: &str| line.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
                lines(&text).filter_map(label).collect()
            }),
            healthcheck: test,
            stop_signal: stop_signal.map(|text| text.trim().to_owned()),
        })
    }

    /// Names of variables that look like secrets and are not in `known`, the variables of an image.
    pub fn secrets(&self, known: &str) -> Vec<String> {
        let text = self.text(ENV);
        let new = lines(&text).filter(|line| !known.lines().any(|known| known == *line));
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
            // As the image has it, whoever commits what is there.
            {move || lacks(Role::Developer).then(|| view! { <p class="hint"><span>{why_not(Role::Developer)}</span></p> })}
            <fieldset class="commit-fields" disabled=move || lacks(Role::Developer)>
                {(0..COUNT).map(|field| view! { <Field fields=fields field=field/> }).collect_view()}
            </fieldset>
        </section>
    }
}

#[component]
fn Field(fields: Fields, field: usize) -> impl IntoView {
    let ((name, id, kind), typed) = (FIELDS[field], fields.typed[field]);
    let about = format!("{id}-about");
    let text = Memo::new(move |_| fields.text(field));
    let changed = Memo::new(move |_| fields.changed(field).is_some());
    let wrong = Memo::new(move |_| fields.changed(field).and_then(|text| fault(field, &text)));
    let unknown = move || fields.before.with(Option::is_none);
    // A value of several lines is no line of a form.
    let is_locked =
        move || typed.with(Option::is_none) && fields.before.with(|before| before.as_ref().is_some_and(|before| before.locked[field]));
    let reset = move |_| {
        typed.set(None);
        browser::focus_on(id);
    };
    let hides = move || {
        kind == Kind::Lines
            && text.with(|text| lines(text).filter_map(|line| line.split_once('=')).any(|(name, value)| shows_secret(name, value)))
    };
    view! {
        <div class="field">
            <label for=id class="mono">{name}</label>
            {if kind == Kind::Lines {
                view! {
                    <textarea
                        id=id
                        class="input mono"
                        class:is-bad=move || wrong.get().is_some()
                        class:masked=hides
                        rows=if field == ENV { "4" } else { "2" }
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
                            readonly=is_locked
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
                {move || (kind != Kind::Lines && changed.get()).then(|| {
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
