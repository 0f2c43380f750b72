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
    pages,
    store::{self, store},
};

#[component]
pub fn App() -> impl IntoView {
    // The tab's own signals belong to the root: made here, before any page could come to own them.
    let _ = (link(), store(), store::toasts());
    view! {
        <Router>
            <Routes fallback=|| view! { <Redirect path="/containers"/> }>
                <Route path=path!("/") view=|| view! { <Redirect path="/containers"/> }/>
                <Route path=path!("/login") view=pages::login::Login/>
                <Route path=path!("/welcome") view=pages::login::Welcome/>
                <ParentRoute path=path!("") view=Shell>
                    <Route path=path!("/containers") view=pages::containers::Containers/>
                    <Route path=path!("/containers/:container") view=|| view! { <pages::container::ContainerPage tab=pages::container::Tab::Overview/> }/>
                    <Route path=path!("/containers/:container/logs") view=|| view! { <pages::container::ContainerPage tab=pages::container::Tab::Logs/> }/>
                    <Route path=path!("/containers/:container/inspect") view=|| view! { <pages::container::ContainerPage tab=pages::container::Tab::Inspect/> }/>
                    <Route path=path!("/containers/:container/commit") view=pages::commit::Commit/>
                    <Route path=path!("/run") view=pages::run::RunPage/>
                    <Route path=path!("/images") view=pages::images::Images/>
                    <Route path=path!("/jobs") view=pages::jobs::Jobs/>
                    <Route path=path!("/jobs/:job") view=pages::jobs::OneJob/>
                    <Route path=path!("/*any") view=NotFound/>
                </ParentRoute>
            </Routes>
        </Router>
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
