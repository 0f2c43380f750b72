//! What only a browser can show: its Intl, its layout, and signals that end in its document.

use std::{cell::Cell, rc::Rc};

use leptos::prelude::*;
use linkspan_shared::{ids::ContainerId, stats::ContainerStats, table::TableChange, time::Timestamp};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

use crate::{
    browser,
    components::ui::virtual_rows::{Viewport, VirtualRows, offset},
    i18n,
    store::Rows,
};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
fn figures_are_written_by_the_browsers_own_intl() {
    assert_eq!(i18n::count(1_234_567), "1,234,567");
    assert_eq!(i18n::percent(0.426), "43%");
    assert_eq!((i18n::bytes(0.0), i18n::bytes(999.0), i18n::bytes(1_000.0)), ("0 B".into(), "999 B".into(), "1 kB".into()));
    assert_eq!((i18n::bytes(7_654_321.0), i18n::bytes(999_600.0)), ("7.7 MB".into(), "1 MB".into()));
    assert_eq!((i18n::cpu(0), i18n::cpu(1_234), i18n::cpu(25_000)), ("0.0%".into(), "12.3%".into(), "250.0%".into()));
    assert_eq!(i18n::memory(0, None), ("0 B".into(), None));
    assert_eq!(i18n::memory(5 << 20, None), ("5 MiB".into(), None));
    // Both in the unit of the limit, so that they can be compared at a glance.
    assert_eq!(i18n::memory(410 << 20, Some(1 << 30)), ("0.4".into(), Some("1 GiB".into())));
    assert_eq!(i18n::memory(600 << 10, Some(1 << 30)), ("600 KiB".into(), Some("1 GiB".into())));
    assert_eq!(i18n::duration(61_500), "1 min 1 s");
}

#[wasm_bindgen_test]
fn times_are_told_from_now() {
    let before = |seconds: f64| i18n::ago(Timestamp((browser::now() - seconds * 1000.0) as i64));
    assert_eq!(before(5.0), "just now");
    // A clock that is ahead of ours is no future.
    assert_eq!(before(-3600.0), "just now");
    assert!(before(180.0).starts_with('3'), "{}", before(180.0));
    assert!(before(3.0 * 86_400.0).starts_with('3'), "{}", before(3.0 * 86_400.0));
    assert!(i18n::ago(Timestamp(0)).contains("1970"));
}

fn stats(id: &str, memory: u64) -> ContainerStats {
    ContainerStats { container: ContainerId(id.into()), cpu: None, memory, memory_limit: None }
}

#[wasm_bindgen_test]
async fn a_cell_follows_its_own_row_alone() {
    let owner = Owner::new();
    owner.set();
    let rows = Rows::new();
    rows.apply(TableChange::Snapshot(vec![stats("a", 1), stats("b", 1)]));
    let runs = Rc::new(Cell::new(0));
    let seen = Rc::new(Cell::new(0));
    let (counted, told) = (runs.clone(), seen.clone());
    let a = rows.signal(&ContainerId("a".into())).expect("a row");
    let _effect = RenderEffect::new(move |_| {
        counted.set(counted.get() + 1);
        told.set(a.with(|row| row.memory));
    });
    rows.apply(TableChange::Delta { upserted: vec![stats("b", 2)], removed: vec![] });
    // The same again is no change.
    rows.apply(TableChange::Delta { upserted: vec![stats("a", 1)], removed: vec![] });
    browser::sleep(0).await;
    assert_eq!((runs.get(), seen.get()), (1, 1));
    rows.apply(TableChange::Delta { upserted: vec![stats("a", 5)], removed: vec![ContainerId("b".into())] });
    browser::sleep(0).await;
    assert_eq!((runs.get(), seen.get(), untrack(|| rows.len())), (2, 5, 1));
    // A snapshot keeps the signals of the rows that stay.
    rows.apply(TableChange::Snapshot(vec![stats("a", 6), stats("c", 1)]));
    browser::sleep(0).await;
    assert_eq!((runs.get(), seen.get(), untrack(|| rows.len())), (3, 6, 2));
    assert!(rows.signal(&ContainerId("b".into())).is_none());
    owner.cleanup();
}

#[wasm_bindgen_test]
async fn only_rows_in_view_are_in_the_document() {
    let page: web_sys::HtmlElement = wasm_bindgen::JsCast::unchecked_into(document().create_element("div").expect("an element"));
    document().body().expect("a body").append_child(&page).expect("room");
    let rows = RwSignal::new((0..10_000u32).collect::<Vec<_>>());
    let mounted = leptos::mount::mount_to(page.clone(), move || {
        let viewport = Viewport::new();
        view! {
            <div style="height: 340px; overflow: auto" node_ref=viewport.scroller on:scroll=move |_| viewport.scrolled()>
                <div class="dt" style="--row-h: 34px; position: relative">
                    <VirtualRows
                        viewport=viewport
                        rows=rows
                        view=move |key: u32, index| view! { <i data-row=key.to_string() style:--y=offset(viewport, index)></i> }
                    />
                </div>
            </div>
        }
    });
    let shown = || page.query_selector_all("[data-row]").expect("a query").length();
    let has = |row: u32| page.query_selector(&format!("[data-row='{row}']")).expect("a query").is_some();
    settle(|| has(0) && shown() < 40).await;
    let scroller = page.first_element_child().expect("the scroller");
    assert_eq!(scroller.scroll_height(), 340_000);
    scroller.set_scroll_top(170_000);
    settle(|| has(5_000) && !has(0) && shown() < 40).await;
    // Rows that go away leave no hole.
    rows.set(vec![1, 2, 3]);
    settle(|| shown() == 3).await;
    drop(mounted);
    page.remove();
}

/// Until it is so; a browser lays out and scrolls when it paints.
async fn settle(is_so: impl Fn() -> bool) {
    for _ in 0..200 {
        if is_so() {
            return;
        }
        browser::sleep(20).await;
    }
    assert!(is_so(), "waited in vain");
}
