//! Behind a button above every page: what the page shows, and what can be done to what it is about, as commands.

use leptos::prelude::*;
use linkspan_shared::{
    call::*,
    channel::{ChannelSpec, LogsSpec},
    container::Container,
    explain::Explained,
    file::FileSource,
    ids::{NetworkId, VolumeName},
    job::Object,
    review::ReviewOf,
    terminal::{TerminalSize, TerminalSpec},
};

use super::{
    actions::Action,
    equivalent::{Equivalents, called},
    ui::{Glyph, Icon, dialog::Dialog},
};
use crate::{
    address,
    i18n::t,
    route::{Route, Tab},
    store::store,
};

/// Lines of a log, as the page asks for them first.
const TAIL: u64 = 1_000;

type Named = (String, Explained);

#[component]
pub fn AsCommand() -> impl IntoView {
    // As things are when it is opened.
    let shown = RwSignal::new(None::<Vec<Named>>);
    let has_some = Memo::new(move |_| address::route().with(|route| !of_page(route).is_empty()));
    let open = move |_| shown.set(Some(untrack(|| address::route().with(of_page))));
    view! {
        <Show when=move || has_some.get()>
            <button type="button" class="btn ghost as-command" aria-haspopup="dialog" title=t().as_a_command() on:click=open>
                <Glyph icon=Icon::Terminal/><span>{t().as_a_command()}</span>
            </button>
        </Show>
        {move || shown.get().map(|all| view! { <Choice all=all shown=shown/> })}
    }
}

#[component]
fn Choice(all: Vec<Named>, shown: RwSignal<Option<Vec<Named>>>) -> impl IntoView {
    let close = Callback::new(move |()| shown.set(None));
    let chosen = RwSignal::new(0_usize);
    let (names, all): (Vec<String>, Vec<Explained>) = all.into_iter().unzip();
    let what = Signal::derive(move || all.get(chosen.get()).cloned());
    let foot = move || view! { <button type="button" class="btn" autofocus on:click=move |_| close.run(())>{t().close()}</button> };
    view! {
        <Dialog title=t().as_a_command().to_owned() on_close=close foot=foot>
            <div class="field">
                <label for="command-of">{t().command_of()}</label>
                <select id="command-of" class="select" on:change=move |event| chosen.set(event_target_value(&event).parse().unwrap_or(0))>
                    {names.into_iter().enumerate().map(|(at, name)| view! { <option value=at.to_string()>{name}</option> }).collect_view()}
                </select>
            </div>
            <Equivalents what=what/>
        </Dialog>
    }
}

/// What the page shows first, then what could be done there.
fn of_page(route: &Route) -> Vec<Named> {
    let one = |name: &str, what: Option<Explained>| what.map(|what| (name.to_owned(), what)).into_iter().collect::<Vec<_>>();
    let follows = |name: &str, spec: ChannelSpec| one(name, Some(Explained::Channel(spec)));
    match route {
        Route::Containers => follows(t().containers(), ChannelSpec::Containers),
        Route::Images => follows(t().images(), ChannelSpec::Images),
        Route::Volumes => follows(t().volumes(), ChannelSpec::Volumes),
        Route::Networks => follows(t().networks(), ChannelSpec::Networks),
        Route::Disk => one(t().disk(), called(&UseOfDisk {})),
        Route::Engine => one(t().engine(), called(&InspectEngine {})),
        Route::Image(image) => one(image, called(&InspectImage { image: image.clone() })),
        Route::Volume(name) => {
            let remove = Remove { objects: vec![Object::Volume(name.clone())], force: false, volumes: false, stop: false };
            let inspect = called(&InspectVolume { name: VolumeName::new(name.as_str()) });
            [one(name, inspect), one(&t().remove(name), called(&remove))].concat()
        }
        Route::Network(network) => {
            let remove = Remove { objects: vec![Object::Network(network.clone())], force: false, volumes: false, stop: false };
            let inspect = called(&InspectNetwork { network: NetworkId::new(network.as_str()) });
            [one(network, inspect), one(t().action_remove(), called(&remove))].concat()
        }
        Route::VolumeFiles(name) => {
            one(t().files(), called(&ListFiles { source: FileSource::Volume(VolumeName::new(name.as_str())), path: "/".to_owned() }))
        }
        Route::Container(subject, tab) => of_container(subject, *tab),
        Route::Edit(subject) | Route::Commit(subject) => of_container(subject, Tab::Overview),
        _ => Vec::new(),
    }
}

fn of_container(subject: &str, tab: Tab) -> Vec<Named> {
    let is_it = |container: &Container| container.name == *subject || container.id.is_abbreviated(subject);
    let Some(container) = store().containers.all().into_iter().find(is_it) else { return Vec::new() };
    let id = container.id.clone();
    let logs = LogsSpec { container: id.clone(), tail: Some(TAIL), since: None, behind: None };
    let shell = TerminalSpec {
        container: id.clone(),
        command: vec!["sh".to_owned()],
        user: String::new(),
        working_dir: String::new(),
        size: TerminalSize { columns: 80, rows: 24 },
    };
    let changes =
        ListChanges { of: ReviewOf::Container(id.clone()), folder: String::new(), filter: String::new(), kinds: Vec::new(), fresh: true };
    let views = [
        (Tab::Overview, t().inspect(), called(&InspectContainer { container: id.0.clone() })),
        (Tab::Logs, t().logs(), Some(Explained::Channel(ChannelSpec::Logs(logs)))),
        (Tab::Stats, t().stats(), Some(Explained::Channel(ChannelSpec::History { container: id.clone() }))),
        (Tab::Changes, t().changes(), called(&changes)),
        (Tab::Terminal, t().terminal(), called(&OpenTerminal { spec: shell })),
        (Tab::Files, t().files(), called(&ListFiles { source: FileSource::Container(id.clone()), path: "/".to_owned() })),
    ];
    let shown = if tab == Tab::Inspect { Tab::Overview } else { tab };
    let (mut first, rest): (Vec<_>, Vec<_>) = views.into_iter().partition(|(of, _, _)| *of == shown);
    first.extend(rest);
    let mut all: Vec<Named> = first.into_iter().filter_map(|(_, name, what)| Some((name.to_owned(), what?))).collect();
    let actions = [Action::Start, Action::Stop, Action::Restart, Action::Pause, Action::Resume, Action::Kill];
    let possible = actions.into_iter().filter(|action| action.is_allowed(&container));
    all.extend(possible.filter_map(|action| Some((action.label().to_owned(), action.as_call(id.clone(), true)?))));
    let stop = container.state.is_up();
    all.extend(
        called(&RemoveContainer { container: id, volumes: false, force: false, stop }).map(|what| (t().action_remove().to_owned(), what)),
    );
    all
}
