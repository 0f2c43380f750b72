//! `/volumes/{name}` and `/networks/{name}`: what it is, and which containers use it.

use leptos::prelude::*;
use linkspan_shared::{
    call::{DisconnectNetwork, UseOfDisk},
    container::{Container, ContainerState},
    engine::Feature,
    ids::NetworkId,
    job::Object,
    problem::Problem,
};
use wasm_bindgen_futures::spawn_local;

use super::{
    Resource,
    dialogs::{Question, ResourceDialogHost, ResourceDialogs},
    shown_name,
};
use crate::{
    address::{self, at},
    components::{
        attempt::Attempt,
        json_tree::JsonTree,
        state_pill::StatePill,
        top_bar::TopBar,
        ui::{
            Glyph, Icon,
            card::{Card, named, pairs},
            problem_note::ProblemNote,
            state_view::StateView,
        },
    },
    i18n::{ago, bytes, date_time, t},
    link,
    pages::files::{Files, Source},
    route::{Route, Tab},
    sorting,
    store::{failed, say, store},
};

#[component]
pub fn ResourcePage<R: Resource>(
    /// Shows its files, if it has some.
    files: bool,
    #[prop(optional)] _of: std::marker::PhantomData<R>,
) -> impl IntoView {
    let rows = R::rows();
    let wanted = address::subject();
    // By name, or by ID; what was known last stays when it goes.
    let row = Memo::new(move |before: Option<&Option<R>>| {
        let wanted = wanted.get();
        rows.fold(None, |found, row| if is_it(row, &wanted) { Some(row.clone()) } else { found })
            .or_else(|| before.cloned().flatten().filter(|row| is_it(row, &wanted)))
    });
    let is_there = Memo::new(move |_| row.with(|row| row.as_ref().is_some_and(|row| rows.get(row.id()).is_some())));
    let crumbs = move || {
        view! {
            <nav aria-label=t().breadcrumb() class="crumbs-nav">
                <ol class="crumbs"><li><a href=at(R::SECTION.route())>{R::words().title}</a></li><li aria-current="page">{move || row.with(|row| row.as_ref().map_or_else(|| wanted.get(), shown_name))}</li></ol>
            </nav>
        }
    };
    // The page is made anew for another one, not for each change of this one.
    let id = Memo::new(move |_| row.with(|row| row.as_ref().map(|row| row.id().clone())));
    view! {
        <TopBar><h1 class="vh">{wanted}</h1>{crumbs}</TopBar>
        {move || match (id.get(), rows.is_loaded()) {
            (Some(_), _) => {
                let first = row.get_untracked();
                first.map(|first| known(Signal::derive(move || row.get().unwrap_or_else(|| first.clone())), is_there, files)).into_any()
            }
            (None, false) => ().into_any(),
            (None, true) => view! {
                <StateView title=move || t().resource_unknown_title(&wanted.get()) text=t().resource_unknown_text()>
                    <a class="btn" href=at(R::SECTION.route())>{R::words().show_all}</a>
                </StateView>
            }.into_any(),
        }}
    }
}

fn is_it<R: Resource>(row: &R, wanted: &str) -> bool {
    let by_id = matches!(row.object(), Object::Network(id) if wanted.len() >= 12 && id.starts_with(wanted));
    row.name() == wanted || by_id
}

fn known<R: Resource>(row: Signal<R>, is_there: Memo<bool>, files: bool) -> impl IntoView {
    let store = store();
    let dialogs = ResourceDialogs::<R>::new();
    let found = RwSignal::new(None::<Result<String, Problem>>);
    Effect::new(move || {
        if files {
            return;
        }
        let asked = row.with(R::inspect);
        if store.is_live() && is_there.get() {
            spawn_local(async move {
                let answer = asked.await;
                found.try_set(Some(answer));
            });
        }
    });
    let off = move || !store.is_live() || !is_there.get();
    let is_fixed = row.with_untracked(R::is_fixed);
    let text = Memo::new(move |_| found.with(|found| found.as_ref()?.as_ref().ok().cloned()));
    let has_text = Memo::new(move |_| text.with(Option::is_some));
    view! {
        <div class="chead">
            <div class="chead-id"><Glyph icon=R::ICON/><h2 class="trunc">{move || row.with(shown_name)}</h2>
                {is_fixed.then(|| view! { <span class="tag">{t().built_in()}</span> })}
            </div>
            <dl class="chead-meta">
                <div><dt class="vh">{t().column_driver()}</dt><dd>{move || row.with(|row| row.driver().to_owned())}</dd></div>
                {move || row.with(R::created).map(|created| view! { <div><dt class="vh">{t().column_created()}</dt><dd title=date_time(created)>{ago(created)}</dd></div> })}
            </dl>
            <div class="chead-actions">
                {R::IS_NETWORK.then(|| view! {
                    <button type="button" class="btn" data-needs="network.connect" disabled=off on:click=move |_| dialogs.ask(Question::Connect(row.get_untracked()))>
                        <Glyph icon=Icon::Link/>{t().connect_container()}
                    </button>
                })}
                {(!is_fixed).then(|| view! {
                    <button type="button" class="btn danger" data-needs="job.remove" disabled=off on:click=move |_| dialogs.ask(Question::Remove(vec![row.get_untracked()]))>
                        <Glyph icon=Icon::Trash/>{t().action_remove_more()}
                    </button>
                })}
            </div>
        </div>
        {move || (!is_there.get()).then(|| view! {
            <div class="banner warn" role="status"><Glyph icon=Icon::Info/><p><b>{R::words().gone_title}</b>" "{t().container_gone_text()}</p></div>
        })}
        {row.with_untracked(R::files).map(|of| {
            let name = row.with_untracked(|row| row.name().to_owned());
            let link = |to: Route, is_here: bool, label: &'static str| view! { <a href=at(to) aria-current=is_here.then_some("page")>{label}</a> };
            let tabs = view! {
                <nav class="tabs ctabs" aria-label=t().section_volume()>
                    {link(Route::Volume(name.clone()), !files, t().details())}
                    {link(Route::VolumeFiles(name), files, t().files())}
                </nav>
            };
            let source = files.then(|| Source::new(of, Signal::derive(move || row.with(shown_name)), is_there.into(), why_fixed::<R>(row)));
            view! { {tabs}{source.map(|source| view! { <Files source=source/> })} }
        })}
        {(!files).then(|| view! {
        <div class="scroller">
            <div class="overview">
                {move || row.with(|row| view! {
                    <Card title=t().details() mono=false rows=named(row.facts())/>
                    <Card title=t().section_labels() mono=true rows=pairs(row.labels().to_vec())/>
                    <Card title=t().section_options() mono=true rows=pairs(row.options().to_vec())/>
                })}
                {used_by::<R>(row, Signal::derive(off))}
                {row.with_untracked(R::files).is_some().then(|| view! { <VolumeSize object=row.with_untracked(R::object) off=Signal::derive(off)/> })}
                {move || match found.get() {
                    Some(Err(problem)) if is_there.get() => Some(view! { <ProblemNote title=t().could_not_inspect(&row.with(shown_name)) problem=problem/> }),
                    _ => None,
                }}
                // What is searched and folded stays so when the answer is another one.
                {move || has_text.get().then(|| view! {
                    <section class="card wide raw-card" aria-label=t().section_raw()>
                        <header><h2>{t().section_raw()}</h2></header>
                        <JsonTree text=Signal::derive(move || text.get().unwrap_or_default())/>
                    </section>
                })}
            </div>
        </div>
        })}
        <ResourceDialogHost dialogs=dialogs/>
    }
}

/// Adding it up costs the engine a walk over all its files, so that somebody has to ask for it.
#[component]
fn VolumeSize(object: Object, off: Signal<bool>) -> impl IntoView {
    let size = RwSignal::new(None::<Option<u64>>);
    let attempt = Attempt::new(t().could_not_measure());
    let lacks = move || store().lacks(Feature::DiskUsage);
    let measure = move |_| {
        let object = object.clone();
        attempt.run(
            link::call(UseOfDisk {}),
            |_| {},
            move |usage| size.set(Some(usage.items.into_iter().find(|item| item.object == object).map(|item| item.size))),
        );
    };
    view! {
        <section class="card" aria-label=t().column_size()>
            <header><h2>{t().column_size()}</h2></header>
            <div class="card-row" role="status">
                {move || size.get().map(|size| match size {
                    Some(size) => view! { <b class="num">{bytes(size as f64)}</b> }.into_any(),
                    None => view! { <span class="t3">{t().size_unknown()}</span> }.into_any(),
                })}
                <button type="button" class="btn sm" disabled=move || off.get() || attempt.busy.get() || lacks() title=move || lacks().then(|| t().lacks_disk_usage()) on:click=measure>
                    {move || if attempt.busy.get() { view! { <Glyph icon=Icon::Loader class="spin"/> } } else { view! { <Glyph icon=Icon::Disk/> } }}{t().measure_size()}
                </button>
            </div>
            {attempt.note()}
        </section>
    }
}

/// A volume's files are renamed and deleted by a container that has it.
fn why_fixed<R: Resource>(row: Signal<R>) -> Signal<Option<&'static str>> {
    let is_used = Memo::new(move |_| {
        row.with(|row| {
            let uses = |container: &Container| {
                container.state == ContainerState::Running && R::of_container(container).iter().any(|name| name == row.name())
            };
            store().containers.fold(false, |found, container| found || uses(container))
        })
    });
    Signal::derive(move || (!is_used.get()).then(|| t().needs_running_user()))
}

fn used_by<R: Resource>(row: Signal<R>, off: Signal<bool>) -> impl IntoView {
    let users = Memo::new(move |_| {
        let name = row.with(|row| row.name().to_owned());
        let mut users = store().containers.all();
        users.retain(|container| R::of_container(container).contains(&name));
        sorting::sort_by(&mut users, |a, b| a.name.cmp(&b.name));
        users
    });
    let line = move |container: Container| {
        let (href, name) = (at(Route::container(&container.id, Tab::Overview)), container.name.clone());
        let network = row.with_untracked(|row| match row.object() {
            Object::Network(id) => Some(NetworkId(id)),
            _ => None,
        });
        let (id, label) = (container.id.clone(), t().disconnect(&name));
        let leave = network.map(|network| {
            let (name, shown) = (name.clone(), row.with_untracked(shown_name));
            let leave = move |_| {
                let (call, name, shown) =
                    (DisconnectNetwork { network: network.clone(), container: id.clone(), force: false }, name.clone(), shown.clone());
                spawn_local(async move {
                    match link::call(call).await {
                        Ok(()) => say(t().did_disconnect(&name, &shown)),
                        Err(problem) => failed(t().could_not_disconnect(&name), &problem),
                    }
                });
            };
            view! { <button type="button" class="btn ghost sm icon-only" data-needs="network.disconnect" aria-label=label.clone() title=label disabled=move || off.get() on:click=leave><Glyph icon=Icon::X/></button> }
        });
        let state = Signal::stored(container);
        view! { <li><a class="link trunc" href=href>{name}</a><span class="end"><StatePill container=state/>{leave}</span></li> }
    };
    view! {
        <section class="card" aria-label=t().column_used_by()>
            <header><h2>{t().column_used_by()}</h2></header>
            {move || if users.with(Vec::is_empty) {
                view! { <p class="t3 card-none">{t().unused()}</p> }.into_any()
            } else {
                view! { <ul class="name-list">{users.get().into_iter().map(line).collect_view()}</ul> }.into_any()
            }}
        </section>
    }
}
