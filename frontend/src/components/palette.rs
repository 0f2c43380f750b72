//! The command palette: pages, what the engine has, and what can be done, found by typing.

use std::{fmt::Display, sync::Arc};

use leptos::{html, prelude::*};
use linkspan_shared::{container::Container, job::BatchKind};
use wasm_bindgen::JsCast;
use web_sys::KeyboardEvent;

use super::{
    actions::{Action, act},
    dialogs::{Asked, Dialogs, dialogs},
    focus,
    keys::{self, Command},
    nav, needs, shortcuts,
    theme::Theme,
    toasts,
    ui::{Glyph, Icon},
};
use crate::{
    address::{self, Chosen, go},
    browser, case,
    i18n::{Language, language, switch, t},
    link,
    route::{Route, Section, Tab},
    sorting,
    store::store,
};

/// More than anybody reads.
const MOST: usize = 50;

/// Not a `Callback`: those end with the palette, and this is done after it has closed.
type Act = Arc<dyn Fn() + Send + Sync>;

#[derive(Clone)]
struct Entry {
    label: String,
    /// What it is, beside the label.
    kind: &'static str,
    icon: Icon,
    /// The key that does it, too.
    key: Option<&'static str>,
    /// The call that it is for, see [`needs`](super::needs).
    needs: Option<&'static str>,
    act: Act,
}

impl Entry {
    fn needs(self, call: &'static str) -> Self {
        Self { needs: Some(call), ..self }
    }
}

thread_local! {
    static SHOWN: RwSignal<bool> = RwSignal::new(false);
}

pub fn shown() -> RwSignal<bool> {
    SHOWN.with(|shown| *shown)
}

#[component]
pub fn Palette() -> impl IntoView {
    let open = shown();
    view! { <Show when=move || open.get()><Open open=open/></Show> }
}

#[component]
fn Open(open: RwSignal<bool>) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    let text = RwSignal::new(String::new());
    let at = RwSignal::new(0usize);
    let dialogs = dialogs();
    let before = StoredValue::new_local(document().active_element());
    on_cleanup(move || {
        let before = before.try_get_value().flatten();
        request_animation_frame(move || {
            focus::back(before);
            toasts::place();
        });
    });
    Effect::new(move || {
        if let Some(dialog) = node.get()
            && !dialog.open()
        {
            let _ = dialog.show_modal();
            toasts::place();
        }
    });
    let found = Memo::new_with_compare(
        move |_| {
            let wanted = case::lower(&text.get());
            let words: Vec<&str> = wanted.split_whitespace().collect();
            // As things are now: what somebody is about to choose must not become its neighbour.
            let mut all = untrack(|| entries(!words.is_empty(), dialogs));
            all.retain(|entry| {
                let label = case::lower(&format!("{} {}", entry.label, entry.kind));
                words.iter().all(|word| label.contains(word))
            });
            // What begins with it comes first.
            sorting::sort_by_key(&mut all, |entry| !case::lower(&entry.label).starts_with(wanted.trim()));
            all.truncate(MOST);
            all
        },
        |_, _| true,
    );
    let close = move || open.set(false);
    let run = move |index: usize| {
        if let Some(entry) = found.with_untracked(|found| found.get(index).cloned()) {
            close();
            if entry.needs.is_some_and(needs::refuses) {
                return;
            }
            // The palette gives the focus back first: a dialog that opens takes it from there.
            request_animation_frame(move || (entry.act)());
        }
    };
    let on_key = move |event: KeyboardEvent| {
        if keys::is_composing(&event) {
            return;
        }
        let last = found.with_untracked(Vec::len).saturating_sub(1);
        let next = match event.key().as_str() {
            "ArrowDown" => {
                if at.get_untracked() >= last {
                    0
                } else {
                    at.get_untracked() + 1
                }
            }
            "ArrowUp" => at.get_untracked().checked_sub(1).unwrap_or(last),
            "Enter" => {
                event.prevent_default();
                if event.repeat() {
                    return;
                }
                return run(at.get_untracked());
            }
            _ => return,
        };
        event.prevent_default();
        at.set(next);
        browser::reveal(&format!("palette-{next}"));
    };
    view! {
        <dialog
            class="palette"
            node_ref=node
            aria-label=t().palette()
            on:cancel=move |event: web_sys::Event| {
                event.prevent_default();
                close();
            }
            // Beside it.
            on:pointerdown=move |event| {
                if event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok()).is_some_and(|target| target.tag_name() == "DIALOG") {
                    close();
                }
            }
        >
            <div class="palette-in">
                <div class="palette-head">
                    <Glyph icon=Icon::Search/>
                    <input
                        type="text"
                        role="combobox"
                        autofocus
                        autocomplete="off"
                        spellcheck="false"
                        aria-label=t().palette_placeholder()
                        aria-expanded="true"
                        aria-controls="palette-list"
                        aria-activedescendant=move || found.with(|found| !found.is_empty()).then(|| format!("palette-{}", at.get()))
                        placeholder=t().palette_placeholder()
                        prop:value=move || text.get()
                        on:input=move |event| {
                            text.set(event_target_value(&event));
                            at.set(0);
                        }
                        on:keydown=on_key
                    />
                    <kbd aria-hidden="true">"Esc"</kbd>
                </div>
                <span class="vh" role="status">{move || t().palette_count(found.with(Vec::len))}</span>
                <ul id="palette-list" class="palette-list" role="listbox" aria-label=t().palette_results()>
                    {move || found.get().into_iter().enumerate().map(|(index, entry)| view! {
                        <li
                            id=format!("palette-{index}")
                            role="option"
                            data-needs=entry.needs
                            aria-selected=move || (at.get() == index).to_string()
                            on:pointermove=move |_| if at.get_untracked() != index { at.set(index) }
                            on:click=move |_| run(index)
                        >
                            <Glyph icon=entry.icon/><span class="trunc">{entry.label}</span><span class="t3">{entry.kind}</span>
                            {entry.key.map(|key| view! { <kbd aria-hidden="true">{key}</kbd> })}
                        </li>
                    }).collect_view()}
                </ul>
                {move || found.with(Vec::is_empty).then(|| view! { <p class="t3 palette-none">{t().palette_none()}</p> })}
            </div>
        </dialog>
    }
}

fn entries(asked: bool, dialogs: Dialogs) -> Vec<Entry> {
    let store = store();
    let page = |label: &str, icon, section: Section| {
        let key = Command::Go(section).chord();
        Entry { label: label.to_owned(), kind: t().palette_page(), icon, key, needs: None, act: to(section.route()) }
    };
    let action = |label: String, icon, act: Act| Entry { label, kind: t().palette_action(), icon, key: None, needs: None, act };
    let is_one = address::chosen() != Chosen::All;
    let mut all: Vec<Entry> = nav::pages().into_iter().map(|(label, icon, path)| page(label, icon, path)).collect();
    if is_one {
        all.push(action(t().run_container().to_owned(), Icon::Plus, to(Route::Run)).needs("job.run"));
        all.push(action(t().build_image().to_owned(), Icon::Group, to(Route::Build)).needs("job.build"));
        if store.is_live() {
            let stop: Act = Arc::new(move || {
                let up = store.containers.all().into_iter().filter(|container| container.state.is_up()).collect();
                dialogs.ask(Asked::Stop { kind: BatchKind::Stop, containers: up, all: true });
            });
            all.push(action(t().stop_all_running().to_owned(), Icon::StopCircle, stop).needs("job.act_on_containers"));
        }
    }
    let map = action(t().shortcuts().to_owned(), Icon::Info, Arc::new(shortcuts::show));
    all.push(Entry { key: Command::Keymap.chord(), ..map });
    for theme in Theme::ALL {
        all.push(action(theme.label().to_owned(), theme.icon(), Arc::new(move || theme.choose())));
    }
    for other in Language::ALL.into_iter().filter(|other| *other != language()) {
        all.push(action(format!("{}: {}", t().language(), other.name()), Icon::Globe, Arc::new(move || switch(other))));
    }
    if !is_one {
        return all;
    }
    let mut containers = store.containers.all();
    sorting::sort_by(&mut containers, |a, b| a.name.cmp(&b.name));
    for container in &containers {
        let page = Route::container(&container.id, Tab::Overview);
        all.push(Entry {
            label: container.name.clone(),
            kind: t().container(),
            icon: Icon::Container,
            key: None,
            needs: None,
            act: to(page),
        });
    }
    // Nobody looks through all that could be done with all of them.
    if asked {
        containers.iter().for_each(|container| all.extend(of_container(container, store.is_live(), dialogs)));
        for tag in store.image_names() {
            all.push(action(t().run_image(&tag), Icon::Play, to(Route::Run.with(&[("image", &tag)]))).needs("job.run"));
            all.push(Entry {
                act: to(Route::Image(tag.clone())),
                label: tag,
                kind: t().image(),
                icon: Icon::Images,
                key: None,
                needs: None,
            });
        }
        let mut volumes = store.volumes.all();
        sorting::sort_by(&mut volumes, |a, b| a.name.cmp(&b.name));
        for volume in volumes {
            let page = Route::Volume(volume.name.0.clone());
            all.push(Entry { label: volume.name.0, kind: t().kind_volume(), icon: Icon::Volume, key: None, needs: None, act: to(page) });
        }
        let mut networks = store.networks.all();
        sorting::sort_by(&mut networks, |a, b| a.name.cmp(&b.name));
        for network in networks {
            let page = Route::Network(network.name.clone());
            all.push(Entry { label: network.name, kind: t().network(), icon: Icon::Network, key: None, needs: None, act: to(page) });
        }
    }
    all
}

fn to(page: impl Display + Send + Sync + 'static) -> Act {
    Arc::new(move || go(&page))
}

fn of_container(container: &Container, live: bool, dialogs: Dialogs) -> Vec<Entry> {
    let entry = |label: String, icon, act| Entry { label, kind: t().palette_action(), icon, key: None, needs: None, act };
    let tab = |tab: Tab| to(Route::container(&container.id, tab));
    let name = &container.name;
    let mut all = vec![
        entry(format!("{}: {name}", t().logs()), Icon::Lines, tab(Tab::Logs)),
        entry(format!("{}: {name}", t().stats()), Icon::Activity, tab(Tab::Stats)),
        entry(format!("{}: {name}", t().terminal()), Icon::Terminal, tab(Tab::Terminal)).needs("terminal.open"),
        entry(format!("{}: {name}", t().files()), Icon::Folder, tab(Tab::Files)).needs("file.list"),
    ];
    if live {
        for (action, label) in [(Action::Start, t().start(name)), (Action::Stop, t().stop(name)), (Action::Restart, t().restart(name))] {
            if action.is_allowed(container) {
                let container = container.clone();
                all.push(
                    entry(label, action.icon(), Arc::new(move || act(link::engine(), action, &container, dialogs))).needs(action.needs()),
                );
            }
        }
        all.push(entry(t().commit_title(name), Icon::Commit, to(Route::Commit(container.id.0.clone()))).needs("job.commit"));
    }
    all
}
