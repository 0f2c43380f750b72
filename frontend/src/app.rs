//! The routes, and what surrounds every page.

use leptos::prelude::*;
use leptos_router::{
    components::{Outlet, ParentRoute, Redirect, Route, Router, Routes},
    hooks::{use_location, use_navigate},
    path,
};

use send_wrapper::SendWrapper;

use crate::{
    browser,
    components::{
        banner::Banner,
        dialogs::{DialogHost, Dialogs},
        menu::{MenuHost, Menus},
        nav::Nav,
        status_bar::StatusBar,
        toasts::ToastHost,
        ui::state_view::StateView,
    },
    i18n::t,
    link::{self, LinkState, link},
    pages::container::Tab,
    store::{self, store},
};

use lazy::Work;

#[component]
pub fn App() -> impl IntoView {
    // The tab's own signals belong to the root: made here, before any page could come to own them.
    let _ = (link(), store(), store::toasts());
    view! {
        <Router>
            <Routes fallback=|| view! { <Redirect path="/containers"/> }>
                <Route path=path!("/") view=|| view! { <Redirect path="/containers"/> }/>
                <Route path=path!("/login") view=|| later(|| lazy::entry(false))/>
                <Route path=path!("/welcome") view=|| later(|| lazy::entry(true))/>
                <ParentRoute path=path!("") view=|| later(lazy::shell)>
                    <Route path=path!("/containers") view=|| later(lazy::table)/>
                    <Route path=path!("/containers/:container") view=|| later(|| lazy::one(Tab::Overview))/>
                    <Route path=path!("/containers/:container/logs") view=|| later(|| lazy::one(Tab::Logs))/>
                    <Route path=path!("/containers/:container/inspect") view=|| later(|| lazy::one(Tab::Inspect))/>
                    <Route path=path!("/containers/:container/commit") view=|| later(|| lazy::work(Work::Commit))/>
                    <Route path=path!("/run") view=|| later(|| lazy::work(Work::Run))/>
                    <Route path=path!("/images") view=|| later(|| lazy::work(Work::Images))/>
                    <Route path=path!("/jobs") view=|| later(|| lazy::work(Work::Jobs))/>
                    <Route path=path!("/jobs/:job") view=|| later(|| lazy::work(Work::Job))/>
                    <Route path=path!("/*any") view=NotFound/>
                </ParentRoute>
            </Routes>
        </Router>
    }
}

/// A view whose code comes from the bridge when it is first opened.
fn later<F: Future<Output = lazy::Part> + 'static>(load: impl Fn() -> F + 'static) -> impl IntoView {
    Suspend::new(SendWrapper::new(async move {
        // A browser drops what is under way when a network comes or goes, as one does with every container beside it.
        for pause in [100, 400, 1_000] {
            if let Ok(view) = load().await {
                return view;
            }
            browser::sleep(pause).await;
        }
        load().await.unwrap_or_else(|_| view! { <NotLoaded/> }.into_any())
    }))
}

/// Each is a file of its own, so that a first visit loads little more than it shows. What is often opened one after the
/// other is one file, and so is what shares most of its parts.
mod lazy {
    use leptos::{
        prelude::*,
        wasm_split::{SplitLoaderError, wasm_split},
    };

    use crate::pages::{commit, container, containers, images, jobs, login, run};

    /// It may not come: the bridge is away, or serves another build by now.
    pub type Part = Result<AnyView, SplitLoaderError>;

    #[wasm_split(entry, wasm_split_path = ::leptos::wasm_split, fallible)]
    pub fn entry(welcome: bool) -> Part {
        Ok(if welcome { view! { <login::Welcome/> }.into_any() } else { view! { <login::Login/> }.into_any() })
    }

    /// Not needed to sign in.
    #[wasm_split(shell, wasm_split_path = ::leptos::wasm_split, fallible)]
    pub fn shell() -> Part {
        Ok(view! { <super::Shell/> }.into_any())
    }

    #[wasm_split(table, wasm_split_path = ::leptos::wasm_split, fallible, preload(preload_table))]
    pub fn table() -> Part {
        Ok(view! { <containers::Containers/> }.into_any())
    }

    #[wasm_split(one, wasm_split_path = ::leptos::wasm_split, fallible, preload(preload_one))]
    pub fn one(tab: container::Tab) -> Part {
        Ok(view! { <container::ContainerPage tab=tab/> }.into_any())
    }

    #[derive(Clone, Copy)]
    pub enum Work {
        Run,
        Images,
        Jobs,
        Job,
        Commit,
    }

    #[wasm_split(work, wasm_split_path = ::leptos::wasm_split, fallible, preload(preload_work))]
    pub fn work(on: Work) -> Part {
        Ok(match on {
            Work::Run => view! { <run::RunPage/> }.into_any(),
            Work::Images => view! { <images::Images/> }.into_any(),
            Work::Jobs => view! { <jobs::Jobs/> }.into_any(),
            Work::Job => view! { <jobs::OneJob/> }.into_any(),
            Work::Commit => view! { <commit::Commit/> }.into_any(),
        })
    }

    /// Whoever is signed in will want them, perhaps while the bridge is away. What fails is asked for again when opened.
    pub async fn preload_all() {
        let _ = preload_table().await;
        let _ = preload_one().await;
        let _ = preload_work().await;
    }
}

/// Navigation, banner, page, status: for whoever is signed in.
#[component]
fn Shell() -> impl IntoView {
    provide_context(Dialogs::new());
    provide_context(Menus::new());
    link::start();
    let subscriptions = StoredValue::new_local(store::subscribe());
    on_cleanup(move || drop(subscriptions.try_update_value(std::mem::take)));
    let navigate = use_navigate();
    let location = use_location();
    Effect::new(move || {
        if link().state.get() == LinkState::SignedOut {
            let here = format!("{}{}", location.pathname.get_untracked(), query_suffix(&location.search.get_untracked()));
            navigate(&format!("/login?next={}", js_sys::encode_uri_component(&here)), Default::default());
        }
    });
    Effect::new(move |asked: Option<bool>| {
        let ask = asked == Some(true) || link().state.get() == LinkState::Connected;
        if ask && asked != Some(true) {
            leptos::task::spawn_local(lazy::preload_all());
        }
        ask
    });
    Effect::new(move || {
        let path = location.pathname.get();
        let mut parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        // An id says nothing to anybody.
        parts.retain(|part| part.len() < 64);
        parts.reverse();
        parts.push(t().linkspan());
        document().set_title(&parts.join(" · "));
    });
    view! {
        <div class="app">
            <Nav/>
            <main class="main">
                <Banner/>
                <Outlet/>
                <StatusBar/>
            </main>
        </div>
        <DialogHost/>
        <MenuHost/>
        <ToastHost/>
    }
}

fn query_suffix(search: &str) -> String {
    if search.is_empty() { String::new() } else { format!("?{}", search.trim_start_matches('?')) }
}

#[component]
fn NotLoaded() -> impl IntoView {
    view! {
        <StateView title=t().not_loaded_title() text=t().not_loaded_text()>
            <button type="button" class="btn" on:click=|_| drop(window().location().reload())>{t().reload()}</button>
        </StateView>
    }
}

#[component]
fn NotFound() -> impl IntoView {
    let location = use_location();
    view! {
        <header class="topbar"><h1>{t().not_found_title()}</h1></header>
        <StateView title=t().not_found_title() text=move || t().not_found_text(&location.pathname.get())>
            <a class="btn" href="/containers">{t().to_containers()}</a>
        </StateView>
    }
}
