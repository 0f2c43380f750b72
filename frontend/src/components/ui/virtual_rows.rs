//! Rows of one height, of which only those in view are in the document.

use std::hash::Hash;

use leptos::{html, prelude::*};

use crate::{
    browser::{css_pixels, px, watch_size, when_idle},
    components::focus,
};

/// Rows beyond both edges, so that a quick wheel shows no gaps. They are made when the others stand.
const OVERSCAN: usize = 6;

/// The part of a scrolled list that is in view.
#[derive(Clone, Copy)]
pub struct Viewport {
    pub scroller: NodeRef<html::Div>,
    top: RwSignal<f64>,
    height: RwSignal<f64>,
    row_height: RwSignal<f64>,
    overscan: RwSignal<usize>,
}

impl Viewport {
    /// `scroller` holds a `.dt`, whose `--row-h` is the height of a row.
    pub fn new() -> Self {
        let viewport = Self {
            scroller: NodeRef::new(),
            top: RwSignal::new(0.0),
            height: RwSignal::new(800.0),
            row_height: RwSignal::new(34.0),
            overscan: RwSignal::new(0),
        };
        when_idle(move || {
            viewport.overscan.try_set(OVERSCAN);
        });
        Effect::new(move || {
            if let Some(scroller) = viewport.scroller.get() {
                viewport.measure();
                watch_size(&scroller, move || viewport.measure());
            }
        });
        viewport
    }

    /// Whether the rows in view stand and the browser has time for what waits for a pointer.
    pub fn is_settled(&self) -> bool {
        self.overscan.get() > 0
    }

    pub fn scrolled(&self) {
        if let Some(scroller) = self.scroller.get_untracked() {
            self.top.set(f64::from(scroller.scroll_top()));
        }
    }

    pub fn position(&self) -> f64 {
        self.top.try_get_untracked().unwrap_or_default()
    }

    pub fn go_to(&self, top: f64) {
        if let Some(scroller) = self.scroller.try_get_untracked().flatten() {
            scroller.set_scroll_top(top as i32);
            self.scrolled();
        }
    }

    pub fn row_height(&self) -> f64 {
        self.row_height.get()
    }

    /// Scrolls as little as it takes.
    pub fn reveal(&self, index: usize) {
        let Some(scroller) = self.scroller.get_untracked() else { return };
        let row = self.row_height.get_untracked();
        let (begin, end) = (index as f64 * row, (index + 1) as f64 * row);
        let top = f64::from(scroller.scroll_top());
        // The head is stuck over the first pixels.
        let height = f64::from(scroller.client_height()) - row;
        if begin < top {
            scroller.set_scroll_top(begin as i32);
        } else if end > top + height {
            scroller.set_scroll_top((end - height) as i32);
        }
        self.scrolled();
    }

    /// The indices of the rows to render, of so many.
    pub fn range(&self, rows: usize) -> (usize, usize) {
        let row = self.row_height.get().max(1.0);
        let first = (self.top.get() / row) as usize;
        let visible = (self.height.get() / row).ceil() as usize + 1;
        let overscan = self.overscan.get();
        let begin = first.saturating_sub(overscan).min(rows);
        (begin, (first + visible + overscan).min(rows))
    }

    fn measure(&self) {
        let Some(scroller) = self.scroller.get_untracked() else { return };
        self.height.set(f64::from(scroller.client_height()));
        let table = scroller.query_selector(".dt").ok().flatten();
        if let Some(row) = table.and_then(|table| css_pixels(&table, "--row-h"))
            && (row - self.row_height.get_untracked()).abs() > f64::EPSILON
        {
            self.row_height.set(row);
        }
    }
}

/// `view` makes a row once; the row's index is a signal, because rows move.
#[component]
pub fn VirtualRows<K, V>(
    viewport: Viewport,
    #[prop(into)] rows: Signal<Vec<K>>,
    /// Stays in the document also when it is scrolled out, so that the focus stays in it.
    #[prop(into, optional)]
    keep: Signal<Option<K>>,
    /// Of what the rows are in.
    #[prop(default = "rowgroup")]
    role: &'static str,
    view: impl Fn(K, Signal<usize>) -> V + Clone + Send + 'static,
) -> impl IntoView
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    V: IntoView + 'static,
{
    let window = Memo::new(move |_| {
        rows.with(|rows| {
            let (begin, end) = viewport.range(rows.len());
            let mut window: Vec<(usize, K)> = rows.iter().cloned().enumerate().take(end).skip(begin).collect();
            if let Some(at) = keep.with(|keep| rows.iter().position(|key| keep.as_ref() == Some(key))) {
                // Where it stands among the others may change, and what is moved loses the focus.
                if at < begin || at >= end {
                    let before = document().active_element();
                    request_animation_frame(move || focus::back(before));
                }
                if at < begin {
                    window.insert(0, (at, rows[at].clone()));
                } else if at >= end {
                    window.push((at, rows[at].clone()));
                }
            }
            window
        })
    });
    let height = move || px(rows.with(Vec::len) as f64 * viewport.row_height());
    view! {
        <div class="dt-body" role=role style:height=height>
            <For
                each=move || window.get()
                key=|(_, key)| key.clone()
                children=move |(_, key)| {
                    let own = key.clone();
                    let index = Memo::new(move |before: Option<&usize>| {
                        window.with(|window| {
                            window.iter().find(|(_, key)| *key == own).map_or(before.copied().unwrap_or_default(), |(at, _)| *at)
                        })
                    });
                    view(key, index.into())
                }
            />
        </div>
    }
}

/// Where a row stands, for its `--y`.
pub fn offset(viewport: Viewport, index: Signal<usize>) -> impl Fn() -> String + Copy {
    move || px(index.get() as f64 * viewport.row_height())
}
