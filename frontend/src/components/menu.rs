//! One menu at a time, at the root of the page, beside whatever opened it.

use std::rc::Rc;

use leptos::{html, prelude::*};
use linkspan_shared::container::Container;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::{
    container_menu,
    dialogs::{Dialogs, dialogs},
    nav,
    ui::{Glyph, Icon},
};
use crate::{address, browser::px, route::Route, store::store};

#[derive(Clone)]
pub struct Item {
    label: String,
    icon: Icon,
    danger: bool,
    /// A line above it.
    separated: bool,
    /// The call that it is for, see [`needs`](super::needs).
    needs: Option<&'static str>,
    /// Owned by the menu, not by the scope that opened it: a row, say, may be gone when somebody chooses.
    act: Rc<dyn Fn()>,
}

impl Item {
    /// `act` must own what it is about, as it was when the menu was opened.
    pub fn new(label: impl Into<String>, icon: Icon, act: impl Fn() + 'static) -> Self {
        Self { label: label.into(), icon, danger: false, separated: false, needs: None, act: Rc::new(act) }
    }

    pub fn danger(self) -> Self {
        Self { danger: true, ..self }
    }

    pub fn needs(self, call: &'static str) -> Self {
        Self { needs: Some(call), ..self }
    }

    pub fn separated(self) -> Self {
        Self { separated: true, ..self }
    }
}

/// What a menu is about, as it was when it was opened.
#[derive(Clone)]
pub enum About {
    Items(Vec<Item>),
    // Those of the first page are made by code that comes after the first table.
    Container(Box<Container>),
    /// Its containers, and what selects them.
    Project(Vec<Container>, Rc<dyn Fn()>),
    /// Pages that a phone's bar has no room for.
    Sections,
    Account,
}

impl From<Vec<Item>> for About {
    fn from(items: Vec<Item>) -> Self {
        Self::Items(items)
    }
}

impl About {
    fn items(self, label: &str, dialogs: Dialogs) -> Vec<Item> {
        match self {
            Self::Items(items) => items,
            Self::Container(container) => container_menu::of_container(&container, dialogs, store().is_live()),
            Self::Project(containers, select) => container_menu::of_project(label, containers, select, dialogs),
            Self::Sections => nav::sections_menu(),
            Self::Account => nav::account_menu(dialogs),
        }
    }
}

#[derive(Clone)]
struct Open {
    label: String,
    about: About,
    /// The button that opened it: gets the focus back.
    anchor: HtmlElement,
}

#[derive(Clone, Copy)]
pub struct Menus {
    open: RwSignal<Option<Open>, LocalStorage>,
}

impl Menus {
    pub fn new() -> Self {
        Self { open: RwSignal::new_local(None) }
    }

    pub fn open(&self, label: String, about: impl Into<About>, event: &web_sys::MouseEvent) {
        if let Some(button) = event.current_target().and_then(|target| target.dyn_into().ok()) {
            self.open_at(label, about.into(), &button);
        }
    }

    /// At its button.
    pub fn open_at(&self, label: String, about: About, button: &web_sys::Element) {
        if let Some(anchor) = button.dyn_ref::<HtmlElement>().cloned()
            && !matches!(&about, About::Items(items) if items.is_empty())
        {
            self.open.set(Some(Open { label, about, anchor }));
        }
    }

    pub fn is_open(&self) -> bool {
        self.open.with(Option::is_some)
    }

    pub fn close(&self) {
        let anchor = self.open.with_untracked(|open| open.as_ref().map(|open| open.anchor.clone()));
        self.open.set(None);
        if let Some(anchor) = anchor {
            let _ = anchor.focus();
        }
    }
}

pub fn menus() -> Menus {
    expect_context()
}

#[component]
pub fn MenuHost() -> impl IntoView {
    let menus = menus();
    // It was wanted before this was loaded, and what it is about was left meanwhile.
    if menus.open.with_untracked(|open| open.as_ref().is_some_and(|open| !open.anchor.is_connected())) {
        menus.open.set(None);
    }
    let route = address::route();
    // It is about something on the page that is left.
    Effect::new(move |before: Option<Route>| {
        let route = route.get();
        if before.is_some_and(|before| before != route) {
            menus.open.set(None);
        }
        route
    });
    view! { {move || menus.open.get().map(|open| view! { <Menu open=open menus=menus/> })} }
}

#[component]
fn Menu(open: Open, menus: Menus) -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    // Of the others the button that opened it says what they are about.
    let head = matches!(open.about, About::Account).then(nav::signed_in_as);
    let label = head.clone().unwrap_or_else(|| open.label.clone());
    let anchor = open.anchor.get_bounding_client_rect();
    Effect::new(move || {
        let Some(menu) = node.get() else { return };
        // Below the button and within the window, above it where there is no room.
        let (width, height) = (f64::from(menu.offset_width()), f64::from(menu.offset_height()));
        let size = |value: Result<wasm_bindgen::JsValue, _>| value.ok().and_then(|value| value.as_f64()).unwrap_or_default();
        let (all_width, all_height) = (size(window().inner_width()), size(window().inner_height()));
        let left = (anchor.right() - width).max(8.0).min((all_width - width - 8.0).max(8.0));
        let below = anchor.bottom() + 4.0;
        let top = if below + height > all_height - 8.0 { (anchor.top() - height - 4.0).max(8.0) } else { below };
        let style = web_sys::HtmlElement::style(&menu);
        let _ = style.set_property("left", &px(left));
        let _ = style.set_property("top", &px(top));
        focus_item(&menu, 0);
    });
    let on_key = move |event: web_sys::KeyboardEvent| {
        let Some(menu) = node.get_untracked() else { return };
        let items = menu.query_selector_all("[role=menuitem]").map_or(0, |items| items.length() as i32);
        let current = focused_item(&menu);
        let next = match event.key().as_str() {
            "ArrowDown" => current + 1,
            "ArrowUp" => current - 1,
            "Home" => 0,
            "End" => -1,
            "Escape" | "Tab" => {
                event.prevent_default();
                return menus.close();
            }
            _ => return,
        };
        event.prevent_default();
        focus_item(&menu, next.rem_euclid(items.max(1)));
    };
    view! {
        <div class="menu-scrim" on:pointerdown=move |_| menus.close()></div>
        <div class="menu" role="menu" aria-label=label node_ref=node on:keydown=on_key>
            {head.map(|head| view! { <div class="menu-head" aria-hidden="true">{head}</div> })}
            {open
                .about
                .items(&open.label, dialogs())
                .into_iter()
                .map(|item| {
                    view! {
                        {item.separated.then(|| view! { <hr role="separator"/> })}
                        <button
                            type="button"
                            role="menuitem"
                            tabindex="-1"
                            data-needs=item.needs
                            class:danger=item.danger
                            on:click=move |_| {
                                menus.close();
                                (item.act)();
                            }
                        >
                            <Glyph icon=item.icon/>
                            {item.label}
                        </button>
                    }
                })
                .collect_view()}
        </div>
    }
}

fn focused_item(menu: &HtmlElement) -> i32 {
    let Ok(items) = menu.query_selector_all("[role=menuitem]") else { return 0 };
    let focused = document().active_element();
    (0..items.length()).find(|at| items.get(*at).is_some_and(|item| focused.as_deref() == Some(&item))).map_or(0, |at| at as i32)
}

fn focus_item(menu: &HtmlElement, index: i32) {
    let item = menu.query_selector_all("[role=menuitem]").ok().and_then(|items| items.get(index as u32));
    if let Some(item) = item.and_then(|item| item.dyn_into::<HtmlElement>().ok()) {
        let _ = item.focus();
    }
}
