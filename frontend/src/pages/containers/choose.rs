//! Columns are chosen in a menu, and made wider at the edge of their heads.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent, PointerEvent};

use super::{
    TableState,
    columns::{Column, Columns, Looks, WIDTHS},
    order::change_query,
};
use crate::{
    components::{
        menu::{Item, menus},
        ui::{Glyph, Icon, place},
    },
    i18n::t,
};

/// Pixels of one press of an arrow key.
const STEP: i32 = 16;

fn label(column: Column) -> &'static str {
    match column {
        Column::Ports => t().column_ports(),
        column => Column::ALL.iter().find(|looks| looks.column == column).and_then(|looks| looks.key).map_or("", |key| key.label()),
    }
}

fn head(looks: &Looks) -> Option<HtmlElement> {
    let head = document().query_selector(&format!(".ct > .dt-head > .c-{}", looks.area)).ok().flatten()?;
    head.dyn_into().ok()
}

/// As the address says, or this browser's reader wants them.
fn chosen(state: TableState) -> Option<Columns> {
    state.query.with_untracked(|query| Columns::parse(&query.columns))
}

/// Shows these: the table is made without knowing of them.
fn show(columns: Option<&Columns>) {
    let Ok(Some(table)) = document().query_selector(".ct") else { return };
    place::attribute_if(&table, "data-own", columns.map(|_| ""));
    place::attribute_if(&table, "data-hide", columns.map(Columns::hidden).as_deref());
    let (grid, areas, least) = columns.map(Columns::grid).unwrap_or_default();
    for (name, value) in [("--own-cols", grid), ("--own-areas", areas), ("--own-min", least)] {
        place::property(&table, name, &value);
    }
}

/// Those that are seen now, whoever decided that.
fn now(state: TableState) -> Columns {
    let seen = || {
        Columns(
            Column::ALL
                .iter()
                .filter(|looks| head(looks).is_some_and(|head| head.offset_width() > 1))
                .map(|looks| (looks.column, None))
                .collect(),
        )
    };
    chosen(state).unwrap_or_else(seen)
}

#[component]
pub fn ColumnsButton() -> impl IntoView {
    let state = expect_context::<TableState>();
    let change = change_query(state);
    let menus = menus();
    let set = Callback::new(move |columns: Option<Columns>| {
        let word = columns.as_ref().map(Columns::word).unwrap_or_default();
        change(&move |query| query.columns.clone_from(&word));
    });
    let choose = move |event: web_sys::MouseEvent| {
        let shown = now(state);
        let mut items: Vec<Item> = Column::ALL
            .iter()
            .filter(|looks| looks.column != Column::Name)
            .map(|looks| {
                let (column, is_shown, shown) = (looks.column, shown.has(looks.column), shown.clone());
                let (text, icon) =
                    if is_shown { (t().hide_column(label(column)), Icon::Check) } else { (t().show_column(label(column)), Icon::Plus) };
                Item::new(text, icon, move || set.run(Some(shown.clone().with(column, !is_shown))))
            })
            .collect();
        if chosen(state).is_some() {
            items.push(Item::new(t().reset_columns(), Icon::Restart, move || set.run(None)).separated());
        }
        menus.open(t().columns().to_owned(), items, &event);
    };
    let wanted = Memo::new(move |_| state.query.with(|query| query.columns.clone()));
    Effect::new(move || {
        let columns = wanted.with(|wanted| Columns::parse(wanted));
        show(columns.as_ref());
        let restarts = columns.is_some_and(|columns| columns.has(Column::Restarts));
        // A signal that is set to what it is has every row made anew.
        state.restarts.maybe_update(|shown| std::mem::replace(shown, restarts) != restarts);
        // Also for heads that came with it.
        request_animation_frame(|| Column::ALL.iter().for_each(add_edge));
    });
    on_cleanup(|| show(None));
    listen(state, set);
    view! {
        <button type="button" class="btn ghost icon-only columns-button" aria-haspopup="menu" aria-label=t().columns() title=t().columns() on:click=choose>
            <Glyph icon=Icon::Settings/>
        </button>
    }
}

/// What a head is taken by to make its column wider.
fn add_edge(looks: &Looks) {
    let Some(head) = head(looks).filter(|head| head.query_selector(".edge").ok().flatten().is_none()) else { return };
    // It is no part of the column's name.
    place::attribute(&head, "aria-label", label(looks.column));
    let edge = place::add(&head, "span", "edge", "");
    let (least, most) = (WIDTHS.0.to_string(), WIDTHS.1.to_string());
    let (named, width) = (t().width_of(label(looks.column)), head.offset_width().to_string());
    for (name, value) in [
        ("role", "separator"),
        ("aria-orientation", "vertical"),
        ("tabindex", "0"),
        ("aria-label", &named),
        ("aria-valuemin", &least),
        ("aria-valuemax", &most),
        ("aria-valuenow", &width),
        ("data-column", looks.word),
    ] {
        place::attribute(&edge, name, value);
    }
}

/// The column whose edge an event is about.
fn of_edge(event: &web_sys::Event) -> Option<(&'static Looks, HtmlElement, Element)> {
    const ALL: &[Looks] = &Column::ALL;
    let edge = event.target()?.dyn_into::<Element>().ok()?.closest(".edge").ok()??;
    let word = edge.get_attribute("data-column")?;
    let looks = ALL.iter().find(|looks| looks.word == word)?;
    Some((looks, head(looks)?, edge))
}

/// Makes columns wider as their edges are dragged, or have the focus and an arrow key is pressed.
fn listen(state: TableState, set: Callback<Option<Columns>>) {
    // The column, where the pointer took it, and how wide it was then.
    let taken = StoredValue::new(None::<(Column, i32, i32)>);
    let dragged = StoredValue::new(None::<Columns>);
    let wide = move |column: Column, pixels: i32| now(state).wide(column, Some(u16::try_from(pixels.max(0)).unwrap_or(WIDTHS.1)));
    let on = |name: &'static str, act: Box<dyn Fn(web_sys::Event)>| {
        let handle = window_event_listener_untyped(name, act);
        on_cleanup(move || handle.remove());
    };
    on(
        "pointerdown",
        Box::new(move |event| {
            if let Some((looks, head, edge)) = of_edge(&event) {
                let event: PointerEvent = event.unchecked_into();
                event.prevent_default();
                let _ = edge.set_pointer_capture(event.pointer_id());
                taken.set_value(Some((looks.column, event.client_x(), head.offset_width())));
            }
        }),
    );
    on(
        "pointermove",
        Box::new(move |event| {
            if let Some((column, from, width)) = taken.get_value() {
                let event: PointerEvent = event.unchecked_into();
                let columns = wide(column, width + event.client_x() - from);
                show(Some(&columns));
                dragged.set_value(Some(columns));
            }
        }),
    );
    on(
        "pointerup",
        Box::new(move |_| {
            if taken.try_update_value(Option::take).flatten().is_some()
                && let Some(columns) = dragged.try_update_value(Option::take).flatten()
            {
                set.run(Some(columns));
            }
        }),
    );
    on(
        "pointercancel",
        Box::new(move |_| {
            if taken.try_update_value(Option::take).flatten().is_some() {
                dragged.set_value(None);
                show(chosen(state).as_ref());
            }
        }),
    );
    // As it was.
    on(
        "dblclick",
        Box::new(move |event| {
            if let Some((looks, ..)) = of_edge(&event) {
                set.run(Some(now(state).wide(looks.column, None)));
            }
        }),
    );
    on(
        "keydown",
        Box::new(move |event| {
            let Some((looks, head, _)) = of_edge(&event) else { return };
            let event: KeyboardEvent = event.unchecked_into();
            let step = match event.key().as_str() {
                "ArrowRight" => STEP,
                "ArrowLeft" => -STEP,
                _ => return,
            };
            event.prevent_default();
            set.run(Some(wide(looks.column, head.offset_width() + step)));
        }),
    );
    on(
        "focusin",
        Box::new(move |event| {
            if let Some((_, head, edge)) = of_edge(&event) {
                place::attribute(&edge, "aria-valuenow", &head.offset_width().to_string());
            }
        }),
    );
}
