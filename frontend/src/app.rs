//! The routes, and what surrounds every page.

use leptos::prelude::*;
use leptos_router::{
    components::{Outlet, ParentRoute, Redirect, Route, Router, Routes},
    hooks::{use_location, use_navigate},
    path,
};

use crate::{
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
fn later<F: Future<Output = AnyView> + Send + 'static>(load: impl FnOnce() -> F) -> impl IntoView {
    Suspend::new(load())
}

/// Each is a file of its own, so that a first visit loads little more than it shows. What is often opened one after the
/// other is one file, and so is what shares most of its parts.
mod lazy {
    use leptos::{lazy, prelude::*};

    use crate::pages::{commit, container, containers, images, jobs, login, run};

    #[lazy]
    pub fn entry(welcome: bool) -> AnyView {
        if welcome { view! { <login::Welcome/> }.into_any() } else { view! { <login::Login/> }.into_any() }
    }

    /// Not needed to sign in.
    #[lazy]
    pub fn shell() -> AnyView {
        view! { <super::Shell/> }.into_any()
    }

    #[lazy]
    pub fn table() -> AnyView {
        view! { <containers::Containers/> }.into_any()
    }

    #[lazy]
    pub fn one(tab: container::Tab) -> AnyView {
        view! { <container::ContainerPage tab=tab/> }.into_any()
    }

    #[derive(Clone, Copy)]
    pub enum Work {
        Run,
        Images,
        Jobs,
        Job,
        Commit,
    }

    #[lazy]
    pub fn work(on: Work) -> AnyView {
        match on {
            Work::Run => view! { <run::RunPage/> }.into_any(),
            Work::Images => view! { <images::Images/> }.into_any(),
            Work::Jobs => view! { <jobs::Jobs/> }.into_any(),
            Work::Job => view! { <jobs::OneJob/> }.into_any(),
            Work::Commit => view! { <commit::Commit/> }.into_any(),
        }
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
fn NotFound() -> impl IntoView {
    let location = use_location();
    view! {
        <header class="topbar"><h1>{t().not_found_title()}</h1></header>
        <StateView title=t().not_found_title() text=move || t().not_found_text(&location.pathname.get())>
            <a class="btn" href="/containers">{t().to_containers()}</a>
        </StateView>
    }
}
