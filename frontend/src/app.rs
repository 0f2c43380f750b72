//! The routes, and what surrounds every page.

use leptos::prelude::*;
use leptos_router::{
    components::{Outlet, ParentRoute, Redirect, Route, Router, Routes},
    hooks::{use_location, use_navigate},
    path,
};

use linkspan_shared::{container::Health, engine::EngineLink};
use send_wrapper::SendWrapper;
use wasm_bindgen::JsValue;

use crate::{
    address::{self, Chosen},
    browser,
    components::{
        banner::Banner,
        credentials,
        dialogs::Dialogs,
        draft, focus, keys,
        menu::Menus,
        nav::{self, Nav},
        palette, shortcuts,
        status_bar::StatusBar,
        theme,
        toasts::ToastHost,
        top_bar::TopBar,
        ui::state_view::StateView,
        under_way,
    },
    i18n::t,
    link::{self, LinkState, link},
    pages::{
        container::Tab,
        containers::Containers,
        login::{Login, Welcome},
    },
    store::{self, store},
};

use lazy::LazyView;

/// Before anything is shown, where the page came with the word that nobody is signed in.
pub fn ask_to_sign_in() {
    let open = ["/login", "/welcome"].contains(&window().location().pathname().unwrap_or_default().as_str());
    let is_signed_out = browser::first_session().is_some_and(|session| session.user.is_none());
    if !open
        && is_signed_out
        && let Ok(history) = window().history()
    {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&sign_in_address()));
    }
}

#[component]
pub fn App() -> impl IntoView {
    // The tab's own signals belong to the root: made here, before any page could come to own them.
    let _ = (
        link(),
        store(),
        store::toasts(),
        keys::signal(),
        shortcuts::shown(),
        palette::shown(),
        theme::theme(),
        browser::clocks(),
        credentials::logins(),
    );
    browser::start_clock();
    browser::watch_history();
    focus::keep();
    under_way::begin();
    browser::guard_uploads();
    view! {
        <Router>
            <Routes fallback=|| view! { <Redirect path=address::at("/containers")/> }>
                <Route path=path!("/") view=|| view! { <Redirect path=address::at("/containers")/> }/>
                <Route path=path!("/login") view=Login/>
                <Route path=path!("/welcome") view=Welcome/>
                <ParentRoute path=path!("") view=Shell>
                    <Route path=path!("/containers") view=containers/>
                    <Route path=path!("/containers/:container") view=|| further(LazyView::Container(Tab::Overview))/>
                    <Route path=path!("/containers/:container/logs") view=|| further(LazyView::Container(Tab::Logs))/>
                    <Route path=path!("/containers/:container/stats") view=|| further(LazyView::Container(Tab::Stats))/>
                    <Route path=path!("/containers/:container/terminal") view=|| further(LazyView::Container(Tab::Terminal))/>
                    <Route path=path!("/containers/:container/files") view=|| further(LazyView::Container(Tab::Files))/>
                    <Route path=path!("/containers/:container/inspect") view=|| further(LazyView::Container(Tab::Inspect))/>
                    <Route path=path!("/containers/:container/commit") view=|| further(LazyView::Commit)/>
                    <Route path=path!("/run") view=|| further(LazyView::Run)/>
                    <Route path=path!("/images") view=|| further(LazyView::Images)/>
                    <Route path=path!("/images/build") view=|| further(LazyView::Build)/>
                    <Route path=path!("/images/:image") view=|| further(LazyView::Image)/>
                    <Route path=path!("/volumes") view=|| further(LazyView::Volumes)/>
                    <Route path=path!("/volumes/:name") view=|| further(LazyView::Volume)/>
                    <Route path=path!("/networks") view=|| further(LazyView::Networks)/>
                    <Route path=path!("/networks/:name") view=|| further(LazyView::Network)/>
                    <Route path=path!("/disk") view=|| further(LazyView::Disk)/>
                    <Route path=path!("/jobs") view=|| further(LazyView::Jobs)/>
                    <Route path=path!("/jobs/:job") view=|| further(LazyView::Job)/>
                    <Route path=path!("/settings") view=|| further(LazyView::Settings)/>
                    <Route path=path!("/*any") view=NotFound/>
                </ParentRoute>
            </Routes>
        </Router>
    }
}

fn containers() -> impl IntoView {
    if address::chosen() == Chosen::All { further(LazyView::Fleet).into_any() } else { view! { <Containers/> }.into_any() }
}

/// A page whose code comes from the bridge when it is first opened, unless there was an idle moment to ask for it before.
fn further(page: LazyView) -> impl IntoView {
    Suspend::new(SendWrapper::new(async move { load(page).await.unwrap_or_else(|| view! { <NotLoaded/> }.into_any()) }))
}

/// A browser drops what is under way when a network comes or goes, as one does with every container beside it.
async fn load(page: LazyView) -> Option<AnyView> {
    for pause in [100, 400, 1_000] {
        if let Ok(view) = lazy::further(page).await {
            return Some(view);
        }
        browser::sleep(pause).await;
    }
    lazy::further(page).await.ok()
}

/// What opens above a page: its code is asked for when the browser is idle, never beside what the first table needs, or
/// when somebody wants it.
#[component]
fn Overlays(dialogs: Dialogs, menus: Menus) -> impl IntoView {
    let (due, is_there) = (RwSignal::new(false), RwSignal::new(false));
    // Once for each time that it becomes so.
    let is_due = Memo::new(move |_| due.get());
    let is_wanted = Memo::new(move |_| dialogs.is_open() || menus.is_open() || palette::shown().get() || shortcuts::shown().get());
    Effect::new(move || {
        let is_away = || store().engine().is_some_and(|engine| matches!(engine.link, EngineLink::Unreachable { .. }));
        if store().containers.is_loaded() || is_away() {
            browser::when_idle(move || {
                let _ = due.try_set(true);
            });
        }
    });
    Effect::new(move || {
        if is_wanted.get() {
            due.set(true);
        }
    });
    // Until it is there, what is typed is meant for it.
    Effect::new(move || keys::wait(is_wanted.get() && !is_there.get()));
    let overlays = move || {
        Suspend::new(SendWrapper::new(async move {
            let loaded = load(LazyView::Overlays).await;
            match loaded {
                Some(_) => is_there.set(true),
                // Nothing opens later of itself. Whoever wants it again has it asked for again.
                None => {
                    if is_wanted.get_untracked() {
                        store::warn(t().overlay_not_loaded().to_owned(), t().not_loaded_text().to_owned());
                    }
                    dialogs.close();
                    menus.close();
                    palette::shown().set(false);
                    shortcuts::shown().set(false);
                    due.set(false);
                }
            }
            loaded
        }))
    };
    move || is_due.get().then(overlays)
}

/// A file beside the main one, so that the first table is there without the code of all other pages. More and smaller
/// files were larger together.
mod lazy {
    use leptos::{
        prelude::*,
        wasm_split::{SplitLoaderError, wasm_split},
    };

    use crate::components::{dialogs::DialogHost, menu::MenuHost, palette::Palette, shortcuts::Shortcuts};
    use crate::pages::{build, commit, container, disk, fleet, image, images, jobs, resources, run, settings};
    use linkspan_shared::{network::Network, volume::Volume};

    /// It may not come: the bridge is away, or serves another build by now.
    pub type Part = Result<AnyView, SplitLoaderError>;

    #[derive(Clone, Copy)]
    pub enum LazyView {
        Container(container::Tab),
        Commit,
        Run,
        Images,
        Image,
        Build,
        Volumes,
        Volume,
        Networks,
        Network,
        Disk,
        Jobs,
        Job,
        Fleet,
        Settings,
        /// Dialogs, menus, the palette and the map of keys.
        Overlays,
    }

    #[wasm_split(further, wasm_split_path = ::leptos::wasm_split, fallible)]
    pub fn further(page: LazyView) -> Part {
        Ok(match page {
            LazyView::Container(tab) => view! { <container::ContainerPage tab=tab/> }.into_any(),
            LazyView::Commit => view! { <commit::Commit/> }.into_any(),
            LazyView::Run => view! { <run::RunPage/> }.into_any(),
            LazyView::Images => view! { <images::Images/> }.into_any(),
            LazyView::Image => view! { <image::ImagePage/> }.into_any(),
            LazyView::Build => view! { <build::BuildPage/> }.into_any(),
            LazyView::Volumes => view! { <resources::ResourceTable<Volume>/> }.into_any(),
            LazyView::Volume => view! { <resources::ResourcePage<Volume>/> }.into_any(),
            LazyView::Networks => view! { <resources::ResourceTable<Network>/> }.into_any(),
            LazyView::Network => view! { <resources::ResourcePage<Network>/> }.into_any(),
            LazyView::Disk => view! { <disk::Disk/> }.into_any(),
            LazyView::Jobs => view! { <jobs::Jobs/> }.into_any(),
            LazyView::Job => view! { <jobs::OneJob/> }.into_any(),
            LazyView::Fleet => view! { <fleet::Fleet/> }.into_any(),
            LazyView::Settings => view! { <settings::Settings/> }.into_any(),
            LazyView::Overlays => view! { <DialogHost/><MenuHost/><Palette/><Shortcuts/> }.into_any(),
        })
    }
}

/// Navigation, banner, page, status: for whoever is signed in.
#[component]
fn Shell() -> impl IntoView {
    let (dialogs, menus) = (Dialogs::new(), Menus::new());
    provide_context(dialogs);
    provide_context(menus);
    link::start();
    let subscriptions = StoredValue::new_local(store::subscribe());
    on_cleanup(move || drop(subscriptions.try_update_value(std::mem::take)));
    let engines = store().engines;
    let is_unknown = Memo::new(move |_| matches!(address::chosen(), Chosen::One(id) if engines.is_loaded() && engines.get(&id).is_none()));
    let navigate = use_navigate();
    let location = use_location();
    // Nothing is done to some engine that the page does not name.
    let needs_one =
        Memo::new(move |_| address::chosen() == Chosen::All && !["/containers", "/settings"].contains(&location.pathname.get().as_str()));
    // Gone and there again it is another one: nothing of before is true of it.
    Effect::new(move |was_unknown: Option<bool>| {
        let unknown = is_unknown.get();
        if was_unknown == Some(true) && !unknown {
            let _ = window().location().reload();
        }
        unknown
    });
    Effect::new(move || {
        if link().state.get() == LinkState::SignedOut {
            navigate(&sign_in_address(), Default::default());
        }
    });
    Effect::new(move || {
        let ahead = store().engine().map_or(0, |engine| engine.clock_ahead) as f64;
        browser::clocks().engine.set(ahead);
    });
    Effect::new(move || {
        if let Some(user) = link().user.get() {
            draft::belongs_to(&user.name.0);
        }
    });
    shortcuts::listen();
    let path = location.pathname;
    let title = Memo::new(move |_| title(&path.get()));
    Effect::new(move || document().set_title(&title.get()));
    view! {
        <div class="app">
            <Nav/>
            // What has no other place for the focus has it as a whole.
            <main class="main" tabindex="-1">
                <Banner/>
                <Show when=move || !is_unknown.get() fallback=UnknownEngine>
                    <Show when=move || !needs_one.get() fallback=ChooseEngine>
                        <Outlet/>
                    </Show>
                </Show>
                <StatusBar/>
            </main>
        </div>
        <ToastHost/>
        <Overlays dialogs=dialogs menus=menus/>
    }
}

/// What the tab is called: what is worth knowing, what it is about, which page it is.
fn title(path: &str) -> String {
    let store = store();
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let page = nav::pages().into_iter().find(|(.., to)| parts.first().is_some_and(|first| to.trim_start_matches('/') == *first));
    let mut title = Vec::new();
    match parts.as_slice() {
        ["containers"] => {
            let unhealthy = store.containers.fold(0, |sum, row| sum + usize::from(row.state.is_up() && row.health == Health::Unhealthy));
            title.extend((unhealthy > 0).then(|| t().title_unhealthy(unhealthy)));
        }
        ["containers", id, ..] => {
            let name = store.containers.fold(None, |found, row| if row.id.0 == *id { Some(row.name.clone()) } else { found });
            title.push(name.unwrap_or_else(|| decoded(id)));
        }
        ["jobs"] => {
            let running = store.running_jobs().len();
            title.extend((running > 0).then(|| t().title_jobs(running)));
        }
        // An id says nothing to anybody.
        [_, rest @ ..] => title.extend(rest.iter().rev().filter(|part| part.len() < 64).map(|part| decoded(part))),
        [] => {}
    }
    title.push(page.map_or_else(|| parts.first().map(|part| decoded(part)).unwrap_or_default(), |(label, ..)| label.to_owned()));
    title.push(t().linkspan().to_owned());
    title.retain(|part| !part.is_empty());
    title.join(" · ")
}

fn decoded(part: &str) -> String {
    js_sys::decode_uri_component(part).map(String::from).unwrap_or_else(|_| part.to_owned())
}

/// Where to sign in and come back from.
fn sign_in_address() -> String {
    let location = window().location();
    let here = location.pathname().unwrap_or_default() + &location.search().unwrap_or_default();
    format!("/login?next={}", js_sys::encode_uri_component(&here))
}

#[component]
fn NotLoaded() -> impl IntoView {
    view! {
        <StateView title=t().not_loaded_title() text=t().not_loaded_text()>
            <button type="button" class="btn" on:click=|_| drop(window().location().reload())>{t().reload()}</button>
        </StateView>
    }
}

/// It was removed, or its name is spelled differently.
#[component]
fn UnknownEngine() -> impl IntoView {
    let name = if let Chosen::One(id) = address::chosen() { id.0 } else { String::new() };
    view! {
        <TopBar><h1>{t().engine()}</h1></TopBar>
        <StateView title=t().unknown_engine_title(&name) text=t().unknown_engine_text()>
            <a class="btn" href="/containers" rel="external">{t().to_default_engine()}</a>
        </StateView>
    }
}

/// A page of one engine under the address of all.
#[component]
fn ChooseEngine() -> impl IntoView {
    let path = use_location().pathname;
    view! {
        <TopBar><h1>{t().engine()}</h1></TopBar>
        <StateView title=t().choose_engine_title() text=t().choose_engine_text()>
            {move || store().sorted_engines().into_iter().enumerate().map(|(at, engine)| {
                let chosen = if at == 0 { Chosen::Default } else { Chosen::One(engine.id.clone()) };
                view! { <a class="btn" href=address::on(&chosen, &path.get()) rel="external">{engine.id.0}</a> }
            }).collect_view()}
        </StateView>
    }
}

#[component]
fn NotFound() -> impl IntoView {
    let location = use_location();
    view! {
        <TopBar><h1>{t().not_found_title()}</h1></TopBar>
        <StateView title=t().not_found_title() text=move || t().not_found_text(&location.pathname.get())>
            <a class="btn" href=address::at("/containers")>{t().to_containers()}</a>
        </StateView>
    }
}
