//! The one navigation: a column, a rail, or a tab bar, as the width allows.

use leptos::prelude::*;
use linkspan_shared::{engine::EngineLink, ids::EngineId, user::SignedOut};
use wasm_bindgen_futures::spawn_local;

use super::{
    dialogs::{Asked, Dialogs},
    menu::{About, Item, menus},
    people::Avatar,
    theme::{Theme, ThemeButton, theme},
    ui::{Glyph, Icon},
};
use crate::{
    address::{self, Chosen, at, go},
    browser::{self, Fetched},
    i18n::{Language, language, role_name, switch, t},
    link::{LinkState, link},
    route::{Route, Section},
    store::store,
};

/// How well what is shown matches the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    Connecting,
    Connected,
    Reconnecting,
    EngineUnreachable,
}

pub fn connection() -> Connection {
    match (link().state.get(), store().engine().map(|engine| engine.link)) {
        (LinkState::Lost { .. }, _) => Connection::Reconnecting,
        (LinkState::Connected | LinkState::Outdated, Some(EngineLink::Connected)) => Connection::Connected,
        (LinkState::Connected | LinkState::Outdated, Some(EngineLink::CatchingUp { .. })) => Connection::Reconnecting,
        (LinkState::Connected | LinkState::Outdated, Some(EngineLink::Unreachable { .. })) => Connection::EngineUnreachable,
        _ => Connection::Connecting,
    }
}

/// What the navigation leads to on this engine: its word, its icon, its address.
pub fn pages() -> Vec<(&'static str, Icon, Section)> {
    let is_all = address::chosen() == Chosen::All;
    let mut pages = vec![(t().containers(), Icon::Container, Section::Containers)];
    if !is_all {
        pages.extend([
            (t().images(), Icon::Images, Section::Images),
            (t().volumes(), Icon::Volume, Section::Volumes),
            (t().networks(), Icon::Network, Section::Networks),
            (t().disk(), Icon::Disk, Section::Disk),
            (t().engine(), Icon::Server, Section::Engine),
            (t().jobs(), Icon::Jobs, Section::Jobs),
            (t().activity(), Icon::Activity, Section::Activity),
        ]);
    }
    pages.push((t().settings(), Icon::Settings, Section::Settings));
    pages
}

#[component]
pub fn Nav() -> impl IntoView {
    let store = store();
    let chosen = address::chosen();
    let is_all = chosen == Chosen::All;
    let name = move || store.engine().map_or_else(|| "…".to_owned(), |engine| engine.id.0);
    // Beside the name, which is the same everywhere; an engine may be called after its host.
    let host = move || store.engine().and_then(|engine| Some(engine.about?.host).filter(|host| *host != engine.id.0));
    let connection = Memo::new(|_| connection());
    let looks = move || match connection.get() {
        Connection::Connected => ("ok", Icon::OkCircle, t().connected()),
        Connection::Connecting => ("busy", Icon::Loader, t().connecting()),
        Connection::Reconnecting => ("busy", Icon::WifiOff, t().reconnecting()),
        Connection::EngineUnreachable => ("down", Icon::XCircle, t().engine_unreachable()),
    };
    let running = Memo::new(move |_| store.running_jobs().len());
    view! {
        <nav class="nav" aria-label=t().main_navigation()>
            <a class="brand" href=at(Route::Containers) aria-label=t().linkspan()>
                <Glyph icon=Icon::Logo class="brand-mark"/>
                <span class="brand-name">{t().linkspan()}</span>
            </a>
            <div class="engine">
                {if is_all {
                    view! { <Glyph icon=Icon::Server class="engine-icon"/> }.into_any()
                } else {
                    let current = move || address::route().with(|route| *route == Route::Engine).then_some("page");
                    view! { <a class="engine-link" href=at(Route::Engine) aria-label=t().about_engine() title=t().about_engine() aria-current=current><Glyph icon=Icon::Server class="engine-icon"/></a> }.into_any()
                }}
                <span class="engine-text">
                    {move || if store.engines.len() > 1 || is_all {
                        view! { <EngineSwitch/> }.into_any()
                    } else {
                        view! {
                            <span class="engine-name"><span class="vh">{t().engine()}" "</span><b>{name}</b>" "<span class="t3">{host}</span></span>
                        }.into_any()
                    }}
                    <span class="conn" role="status" aria-label=t().connection() data-conn=move || looks().0>
                        {move || {
                            let (_, icon, text) = looks();
                            view! { <Glyph icon=icon/>{text} }
                        }}
                    </span>
                </span>
                <Show when=move || { store.engines.len() > 1 }><Glyph icon=Icon::ChevDown class="engine-chev"/></Show>
            </div>
            <ul class="nav-list">
                <li><NavLink to=Section::Containers icon=Icon::Container label=t().containers() count=move || (!is_all).then(|| store.containers.len())/></li>
                // These are of one engine.
                {(!is_all).then(|| view! {
                    <li><NavLink to=Section::Images icon=Icon::Images label=t().images() count=move || Some(store.images.len())/></li>
                    <li class="nav-wide"><NavLink to=Section::Volumes icon=Icon::Volume label=t().volumes() count=move || Some(store.volumes.len())/></li>
                    <li class="nav-wide"><NavLink to=Section::Networks icon=Icon::Network label=t().networks() count=move || Some(store.networks.len())/></li>
                    <li class="nav-wide"><NavLink to=Section::Disk icon=Icon::Disk label=t().disk() count=|| None/></li>
                    <li class="gap"><NavLink to=Section::Jobs icon=Icon::Jobs label=t().jobs() count=move || Some(running.get()) busy=true/></li>
                })}
                <li class="nav-wide"><NavLink to=Section::Activity icon=Icon::Activity label=t().activity() count=|| None/></li>
                <li class="gap nav-wide"><NavLink to=Section::Settings icon=Icon::Settings label=t().settings() count=|| None/></li>
                <li class="nav-narrow"><MoreButton/></li>
            </ul>
            <Peek/>
            <div class="nav-foot">
                <ThemeButton/>
                <div class="seg" role="group" aria-label=t().switch_language()>
                    {Language::ALL.map(|one| view! {
                        <button
                            type="button"
                            lang=one.tag()
                            title=one.name()
                            aria-pressed=(one == language()).to_string()
                            on:click=move |_| switch(one)
                        >
                            {one.short()}
                        </button>
                    })}
                </div>
                <AccountButton/>
            </div>
        </nav>
    }
}

/// One entry for each engine with how it is, and one for all.
#[component]
fn EngineSwitch() -> impl IntoView {
    let store = store();
    let current = match address::chosen() {
        Chosen::One(id) => id.0,
        Chosen::Default => String::new(),
        Chosen::All => address::ALL.to_owned(),
    };
    let options = Memo::new(move |_| {
        let engines = store.sorted_engines().into_iter().enumerate();
        let options = engines.map(|(at, engine)| {
            let state = match engine.link {
                EngineLink::Connected => "",
                EngineLink::Connecting => t().connecting(),
                EngineLink::CatchingUp { .. } => t().reconnecting(),
                EngineLink::Unreachable { .. } => t().unreachable(),
            };
            // How the page's own is stands below.
            let is_here = address::chosen() == Chosen::One(engine.id.clone()) || (at == 0 && address::chosen() == Chosen::Default);
            let label = if state.is_empty() || is_here { engine.id.0.clone() } else { t().engine_option(&engine.id.0, state) };
            // The default one needs no name in the address.
            (if at == 0 { String::new() } else { engine.id.0 }, label)
        });
        options.chain([(address::ALL.to_owned(), t().all_engines().to_owned())]).collect::<Vec<_>>()
    });
    let switch = move |event: web_sys::Event| {
        let chosen = match event_target_value(&event) {
            name if name.is_empty() => Chosen::Default,
            name if name == address::ALL => Chosen::All,
            name => Chosen::One(EngineId(name)),
        };
        // The same kind of page; one container's is of one engine alone.
        let section = address::route().with_untracked(Route::section).filter(|_| chosen != Chosen::All);
        address::visit(&chosen, section.unwrap_or(Section::Containers).route());
    };
    view! {
        <select aria-label=t().engine() on:change=switch>
            {move || options.get().into_iter().map(|(value, label)| {
                let selected = value == current;
                view! { <option value=value selected=selected>{label}</option> }
            }).collect_view()}
        </select>
    }
}

#[component]
fn NavLink(
    to: Section,
    icon: Icon,
    label: &'static str,
    #[prop(into)] count: Signal<Option<usize>>,
    /// The count is of what is under way, and nothing is not worth a figure.
    #[prop(optional)]
    busy: bool,
) -> impl IntoView {
    let href = at(to.route());
    let current = move || address::route().with(|route| route.section() == Some(to)).then_some("page");
    view! {
        <a href=href aria-current=current>
            <Glyph icon=icon/>
            <span class="nav-label">{label}</span>
            {move || count.get().filter(|count| !busy || *count > 0).map(|count| view! {
                <span class="nav-count" class:live=busy aria-hidden="true">
                    {busy.then(|| view! { <Glyph icon=Icon::Loader class="spin"/> })}
                    {crate::i18n::count(count)}
                </span>
            })}
        </a>
    }
}

/// Of a phone: what its bar has no room for.
#[component]
fn MoreButton() -> impl IntoView {
    let menus = menus();
    let open = move |event: web_sys::MouseEvent| {
        menus.open(t().more().to_owned(), About::Sections, &event);
    };
    view! {
        <button type="button" aria-haspopup="menu" on:click=open><Glyph icon=Icon::More/><span class="nav-label">{t().more()}</span></button>
    }
}

/// The oldest running pull, wherever one is.
#[component]
fn Peek() -> impl IntoView {
    use linkspan_shared::job::Work;
    let pull = Memo::new(|_| {
        store().running_jobs().into_iter().find_map(|job| match job.work {
            Work::Pull(pull) => Some((job.id, pull.reference, f64::from(pull.progress.permille) / 1000.0)),
            _ => None,
        })
    });
    view! {
        {move || pull.get().map(|(id, reference, fraction)| view! {
            <a class="peek" href=at(Route::job(&id))>
                <span class="peek-t">
                    <Glyph icon=Icon::Download/>
                    <span class="mono trunc">{reference}</span>
                    <span class="num">{crate::i18n::percent(fraction)}</span>
                </span>
                <span class="bar"><i style:--v=((fraction * 100.0) as u8).to_string()></i></span>
            </a>
        })}
    }
}

#[component]
fn AccountButton() -> impl IntoView {
    let menus = menus();
    let name = move || link().user.get().map(|user| user.name.0).unwrap_or_default();
    let open = move |event: web_sys::MouseEvent| {
        menus.open(String::new(), About::Account, &event);
    };
    view! {
        <button class="me" type="button" aria-label=t().account() aria-haspopup="menu" on:click=open>
            {move || view! { <Avatar name=name()/> }}
        </button>
    }
}

/// What the bar of a phone has no room for.
pub fn sections_menu() -> Vec<Item> {
    let is_elsewhere = |section: &Section| {
        matches!(section, Section::Volumes | Section::Networks | Section::Disk | Section::Engine | Section::Activity | Section::Settings)
    };
    let there = pages().into_iter().filter(|(.., section)| is_elsewhere(section));
    there.map(|(label, icon, section)| Item::new(label, icon, move || go(section.route()))).collect()
}

pub fn account_menu(dialogs: Dialogs) -> Vec<Item> {
    let mut items: Vec<Item> = Theme::ALL
        .map(|one| {
            let icon = if one == theme().get_untracked() { Icon::Check } else { one.icon() };
            Item::new(one.label(), icon, move || one.choose())
        })
        .into();
    items.extend(Language::ALL.map(|one| {
        let icon = if one == language() { Icon::Check } else { Icon::Globe };
        let item = Item::new(one.name(), icon, move || switch(one));
        if one == Language::English { item.separated() } else { item }
    }));
    items.extend([
        Item::new(t().shortcuts(), Icon::Info, super::shortcuts::show).separated(),
        Item::new(t().change_password(), Icon::Lock, move || dialogs.ask(Asked::ChangePassword)).separated(),
        Item::new(t().sign_out(), Icon::SignOut, sign_out),
    ]);
    items
}

/// Who I am, and what I may.
pub fn signed_in_as() -> String {
    let Some(user) = link().user.get_untracked() else { return String::new() };
    let role = user.role().map_or(t().no_role(), role_name);
    t().signed_in_as(&user.name.0, role)
}

fn sign_out() {
    spawn_local(async {
        let next = match browser::post::<Option<SignedOut>>("/api/sign-out", &()).await {
            Fetched::Ok(Some(SignedOut { end_session })) => end_session,
            _ => Route::Login.to_string(),
        };
        // A fresh page forgets everything that was known.
        let _ = window().location().assign(&next);
    });
}
