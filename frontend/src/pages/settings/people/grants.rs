//! Roles, and what each is for, as a form.

use leptos::prelude::*;
use linkspan_shared::{
    ids::EngineId,
    user::{Grant, Role, Scope},
};

use crate::{
    components::ui::{Glyph, Icon},
    i18n::{role_name, t},
    sorting,
    store::store,
};

/// How a scope is chosen.
const ALL: &str = "all";
const LABEL: &str = "label";
/// Before an engine's name.
const ENGINE: &str = "engine:";

#[derive(Clone, Copy, PartialEq)]
struct Line {
    id: u32,
    role: RwSignal<Role>,
    /// [`ALL`], [`LABEL`], or an engine.
    scope: RwSignal<String>,
    /// `NAME=VALUE`
    label: RwSignal<String>,
}

#[derive(Clone, Copy)]
pub struct Grants {
    lines: RwSignal<Vec<Line>>,
    next: StoredValue<u32>,
}

impl Grants {
    pub fn new(grants: &[Grant]) -> Self {
        let form = Self { lines: RwSignal::new(Vec::new()), next: StoredValue::new(0) };
        grants.iter().for_each(|grant| form.add(grant));
        if grants.is_empty() {
            form.add(&Grant { role: Role::Viewer, scope: Scope::All });
        }
        form
    }

    fn add(self, grant: &Grant) {
        let id = self.next.get_value();
        self.next.set_value(id + 1);
        let (scope, label) = match &grant.scope {
            Scope::All => (ALL.to_owned(), String::new()),
            Scope::Engine(engine) => (format!("{ENGINE}{engine}"), String::new()),
            Scope::Label { name, value } => (LABEL.to_owned(), format!("{name}={value}")),
        };
        let line = Line { id, role: RwSignal::new(grant.role), scope: RwSignal::new(scope), label: RwSignal::new(label) };
        self.lines.update(|lines| lines.push(line));
    }

    /// `None`: a label has no name.
    pub fn read(self) -> Option<Vec<Grant>> {
        let of = |line: &Line| {
            let scope = line.scope.get();
            let scope = match scope.strip_prefix(ENGINE) {
                Some(engine) => Scope::Engine(EngineId::new(engine)),
                None if scope == ALL => Scope::All,
                None => {
                    let label = line.label.get();
                    let (name, value) = label.trim().split_once('=').filter(|(name, _)| !name.is_empty())?;
                    Scope::Label { name: name.to_owned(), value: value.to_owned() }
                }
            };
            Some(Grant { role: line.role.get(), scope })
        };
        self.lines.with(|lines| lines.iter().map(of).collect())
    }
}

#[component]
pub fn Fields(grants: Grants) -> impl IntoView {
    let projects = move || {
        let mut all = store().containers.fold(Vec::new(), |mut all: Vec<String>, row| {
            all.extend(row.project.clone());
            all
        });
        sorting::sort(&mut all);
        all.dedup();
        all
    };
    view! {
        <For each=move || grants.lines.get() key=|line| line.id children=move |line| {
            let at = move || grants.lines.with(|lines| lines.iter().position(|one| one.id == line.id).unwrap_or_default());
            // The first one is called as the field is.
            let numbered = move |name: &str| if at() == 0 { name.to_owned() } else { format!("{name} {}", at() + 1) };
            let remove = move |_| grants.lines.update(|lines| lines.retain(|one| one.id != line.id));
            view! {
                <div class="grant">
                    <select class="select" aria-label=move || numbered(t().role()) on:change=move |event| {
                        let chosen = event_target_value(&event);
                        line.role.set(Role::ALL.into_iter().find(|role| role.as_str() == chosen).unwrap_or(Role::Viewer));
                    }>
                        {Role::ALL.map(|role| view! { <option value=role.as_str() selected=move || line.role.get() == role>{role_name(role)}</option> }).collect_view()}
                    </select>
                    <select class="select" aria-label=move || numbered(t().role_is_for()) on:change=move |event| line.scope.set(event_target_value(&event))>
                        <option value=ALL selected=move || line.scope.with(|scope| scope == ALL)>{t().scope_all()}</option>
                        {store().sorted_engines().into_iter().map(|engine| {
                            let value = format!("{ENGINE}{}", engine.id);
                            let chosen = value.clone();
                            view! { <option value=value selected=move || line.scope.with(|scope| *scope == chosen)>{t().scope_engine(engine.id.as_str())}</option> }
                        }).collect_view()}
                        // One that was taken from the list since.
                        {
                            let scope = line.scope.get_untracked();
                            scope.strip_prefix(ENGINE).filter(|id| !store().sorted_engines().iter().any(|engine| engine.id.as_str() == *id)).map(|id| {
                                let chosen = scope.clone();
                                view! { <option value=scope.clone() selected=move || line.scope.with(|scope| *scope == chosen)>{t().scope_gone(id)}</option> }
                            })
                        }
                        <option value=LABEL selected=move || line.scope.with(|scope| scope == LABEL)>{t().scope_label()}</option>
                    </select>
                    <Show when=move || grants.lines.with(|lines| lines.len() > 1)>
                        <button type="button" class="btn ghost sm icon-only" aria-label=move || numbered(t().remove_role()) title=t().remove_role() on:click=remove><Glyph icon=Icon::X/></button>
                    </Show>
                    <Show when=move || line.scope.with(|scope| scope == LABEL)>
                        <div class="input mono grant-label">
                            <input list="grant-labels" autocomplete="off" autocapitalize="none" spellcheck="false" placeholder="com.docker.compose.project=web" aria-label=move || numbered(t().label()) bind:value=line.label/>
                        </div>
                        <Show when=move || line.label.with(|label| !label.trim().is_empty() && !label.contains('='))>
                            <p class="hint" role="status"><span>{t().label_needs_value()}</span></p>
                        </Show>
                    </Show>
                    <p class="hint"><span>{move || match line.role.get() {
                        Role::Viewer => t().viewer_may(),
                        Role::Operator => t().operator_may(),
                        Role::Developer => t().developer_may(),
                        Role::Administrator => t().administrator_may(),
                    }}</span></p>
                </div>
            }
        }/>
        <datalist id="grant-labels">
            {move || projects().into_iter().map(|project| view! { <option value=format!("com.docker.compose.project={project}")></option> }).collect_view()}
        </datalist>
        <button type="button" class="btn ghost sm add" on:click=move |_| grants.add(&Grant { role: Role::Viewer, scope: Scope::All })>
            <Glyph icon=Icon::Plus/>{t().add_role()}
        </button>
    }
}
