//! What is shown at an address, and what surrounds every page.

use leptos::prelude::*;
use linkspan_shared::{
    container::{ContainerState, Health},
    engine::EngineLink,
    ids::ContainerId,
};
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
        needs, palette, people, shortcuts,
        status_bar::StatusBar,
        theme,
        toasts::ToastHost,
        top_bar::{Further, TopBar},
        ui::state_view::StateView,
        under_way,
    },
    further::{self, Code, LazyView},
    i18n::t,
    link::{self, LinkState, link},
    pages::{
        containers::{self, Containers},
        login::{Login, Welcome},
    },
    route::Route,
    store::{self, store},
};

/// What is shown at an address.
#[derive(Clone, Copy, PartialEq)]
enum Page {
    Login,
    Welcome,
    Containers,
    Further(LazyView),
    NotFound,
    NotLoaded,
}

impl Page {
    fn of(route: &Route) -> Page {
        Page::Further(match route {
            Route::Login => return Page::Login,
            Route::Welcome => return Page::Welcome,
            Route::Containers if address::chosen() == Chosen::All => LazyView::Fleet,
            Route::Containers => return Page::Containers,
            Route::Container(..) => LazyView::Container,
            Route::Commit(_) => LazyView::Commit,
            Route::Edit(_) => LazyView::Edit,
            Route::Run => LazyView::Run,
            Route::Images => LazyView::Images,
            Route::Build => LazyView::Build,
            Route::Image(_) => LazyView::Image,
            Route::Compare(_) => LazyView::Compare,
            Route::Volumes => LazyView::Volumes,
            Route::Volume(_) => LazyView::Volume,
            Route::VolumeFiles(_) => LazyView::VolumeFiles,
            Route::Networks => LazyView::Networks,
            Route::Network(_) => LazyView::Network,
            Route::Disk => LazyView::Disk,
            Route::Engine => LazyView::Engine,
            Route::Jobs => LazyView::Jobs,
            Route::Job(_) => LazyView::Job,
            Route::Activity => LazyView::Activity,
            Route::Settings => LazyView::Settings,
            Route::Unknown(_) => return Page::NotFound,
        })
    }
}

/// Before anything is shown, where the page came with the word that nobody is signed in.
pub fn ask_to_sign_in() {
    let open = matches!(Route::parse(&window().location().pathname().unwrap_or_default()), Route::Login | Route::Welcome);
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
        further::code(),
        browser::clocks(),
        credentials::logins(),
        containers::preferred(),
    );
    browser::start_clock();
    browser::watch_history();
    address::follow();
    focus::keep();
    under_way::begin();
    browser::guard_uploads();
    provide_context(Further(|| further::if_here(LazyView::AsCommand).into_any()));
    let page = Memo::new(|_| match address::route().with(Page::of) {
        page @ (Page::Login | Page::Welcome) => Some(page),
        _ => None,
    });
    move || match page.get() {
        Some(Page::Login) => view! { <Login/> }.into_any(),
        Some(_) => view! { <Welcome/> }.into_any(),
        None => view! { <Shell/> }.into_any(),
    }
}

/// The page of the address. Until its code is here, the one before stays.
#[component]
fn Inner() -> impl IntoView {
    let wanted = Memo::new(|_| address::route().with(Page::of));
    Effect::new(move || {
        if matches!(wanted.get(), Page::Further(_)) {
            further::want();
        }
    });
    let shown = Memo::new(move |before: Option<&Option<Page>>| match (wanted.get(), further::code().get()) {
        (Page::Further(_), Code::Away) | (Page::Login | Page::Welcome, _) => before.copied().flatten(),
        (Page::Further(_), Code::Failed) => Some(Page::NotLoaded),
        (page, _) => Some(page),
    });
    move || match shown.get() {
        Some(Page::Containers) => {
            view! { <Containers bulk=|| further::wanted(LazyView::Bulk) sort=|| further::if_here(LazyView::Sort)/> }.into_any()
        }
        Some(Page::Further(page)) => further::view(page),
        Some(Page::NotLoaded) => view! { <NotLoaded/> }.into_any(),
        Some(_) => view! { <NotFound/> }.into_any(),
        None => ().into_any(),
    }
}

/// What opens above a page.
#[component]
fn Overlays(dialogs: Dialogs, menus: Menus) -> impl IntoView {
    let is_wanted = Memo::new(move |_| dialogs.is_open() || menus.is_open() || palette::shown().get() || shortcuts::shown().get());
    let is_first_shown = Memo::new(|_| {
        let is_away = || store().engine().is_some_and(|engine| matches!(engine.link, EngineLink::Unreachable { .. }));
        store().containers.is_loaded() || is_away()
    });
    Effect::new(move || {
        if is_first_shown.get() {
            browser::when_idle(further::want);
        }
    });
    Effect::new(move || {
        if is_wanted.get() {
            further::want();
        }
    });
    let code = further::code();
    // Until it is there, what is typed is meant for it.
    Effect::new(move || keys::wait(is_wanted.get() && code.get() != Code::Here));
    Effect::new(move || {
        if code.get() == Code::Failed && is_wanted.get_untracked() {
            store::warn(t().overlay_not_loaded().to_owned(), t().not_loaded_text().to_owned());
            // Nothing opens later of itself.
            dialogs.close();
            menus.close();
            palette::shown().set(false);
            shortcuts::shown().set(false);
        }
    });
    move || (code.get() == Code::Here).then(|| further::view(LazyView::Overlays))
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
    // Nothing is done to some engine that the page does not name.
    let needs_one =
        Memo::new(|_| address::chosen() == Chosen::All && !matches!(address::route().get(), Route::Containers | Route::Settings));
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
            address::enter(&sign_in_address(), false);
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
    needs::watch();
    // Its name is still its own when a container is gone.
    let named = Memo::new(|before: Option<&Option<(ContainerId, String)>>| {
        address::route().with(|route| match route {
            Route::Container(said, _) | Route::Commit(said) | Route::Edit(said) => {
                let known = before.cloned().flatten().filter(|(id, name)| name == said || id.is_abbreviated(said));
                store().containers.fold(
                    known,
                    |known, row| {
                        if row.is_called(said) { Some((row.id.clone(), row.name.clone())) } else { known }
                    },
                )
            }
            _ => None,
        })
    });
    people::tell_others(move || named.with(|named| named.as_ref().map(|(id, _)| id.clone())));
    let title = Memo::new(move |_| named.with(|named| address::route().with(|route| title(route, named.as_ref().map(|(_, name)| name)))));
    Effect::new(move || document().set_title(&title.get()));
    view! {
        <div class="app">
            // Past the navigation (WCAG 2.4.1).
            <a
                class="skip"
                href="#main"
                on:click=|event| {
                    event.prevent_default();
                    event.stop_propagation();
                    focus::enter_page();
                }
            >
                {t().skip_to_content()}
            </a>
            <Nav/>
            // What has no other place for the focus has it as a whole.
            <main id="main" class="main" tabindex="-1">
                <Banner/>
                <Show when=move || !is_unknown.get() fallback=UnknownEngine>
                    <Show when=move || !needs_one.get() fallback=ChooseEngine>
                        <Inner/>
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
fn title(route: &Route, container: Option<&String>) -> String {
    let store = store();
    let section = route.section();
    let page = nav::pages().into_iter().find(|(.., page)| Some(*page) == section);
    let mut title = Vec::new();
    match route {
        Route::Containers => {
            let unhealthy = store
                .containers
                .fold(0, |sum, row| sum + usize::from(row.state == ContainerState::Running && row.health == Health::Unhealthy));
            title.extend((unhealthy > 0).then(|| t().title_unhealthy(unhealthy)));
        }
        Route::Container(id, _) | Route::Commit(id) | Route::Edit(id) => {
            title.push(container.unwrap_or(id).clone());
        }
        Route::Jobs => {
            let running = store.running_jobs().len();
            title.extend((running > 0).then(|| t().title_jobs(running)));
        }
        // An id says nothing to anybody.
        other => title.extend(other.subject().filter(|name| name.len() < 64).map(str::to_owned)),
    }
    let other = match route {
        Route::Run => t().run_container().to_owned(),
        Route::Disk => t().disk().to_owned(),
        _ => t().not_found_title().to_owned(),
    };
    title.push(page.map_or(other, |(label, ..)| label.to_owned()));
    title.push(t().linkspan().to_owned());
    title.retain(|part| !part.is_empty());
    title.join(" · ")
}

/// Where to sign in and come back from.
fn sign_in_address() -> String {
    let location = window().location();
    let here = location.pathname().unwrap_or_default() + &location.search().unwrap_or_default();
    Route::Login.with(&[("next", &here)])
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
            <a class="btn" href=Route::Containers.to_string() rel="external">{t().to_default_engine()}</a>
        </StateView>
    }
}

/// A page of one engine under the address of all.
#[component]
fn ChooseEngine() -> impl IntoView {
    view! {
        <TopBar><h1>{t().engine()}</h1></TopBar>
        <StateView title=t().choose_engine_title() text=t().choose_engine_text()>
            {move || store().sorted_engines().into_iter().enumerate().map(|(at, engine)| {
                let chosen = if at == 0 { Chosen::Default } else { Chosen::One(engine.id.clone()) };
                view! { <a class="btn" href=address::on(&chosen, address::route().get()) rel="external">{engine.id.0}</a> }
            }).collect_view()}
        </StateView>
    }
}

#[component]
fn NotFound() -> impl IntoView {
    view! {
        <TopBar><h1>{t().not_found_title()}</h1></TopBar>
        <StateView title=t().not_found_title() text=move || t().not_found_text(&address::route().get().to_string())>
            <a class="btn" href=address::at(Route::Containers)>{t().to_containers()}</a>
        </StateView>
    }
}
