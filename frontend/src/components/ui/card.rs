//! A card of facts, each a name and what is known under it.

use leptos::prelude::*;

use crate::i18n::t;

/// Of a longer list the rest is shown when it is asked for: what stands below is not pushed away.
const SHOWN: usize = 8;

pub struct Fact {
    name: AnyView,
    value: AnyView,
}

impl Fact {
    pub fn new(name: impl IntoView, value: impl IntoView) -> Self {
        Self { name: name.into_any(), value: value.into_any() }
    }
}

/// Texts under the catalogue's names.
pub fn named(rows: Vec<(&'static str, String)>) -> Vec<Fact> {
    rows.into_iter().map(|(name, value)| Fact::new(name, value)).collect()
}

pub fn pairs(rows: impl IntoIterator<Item = (String, String)>) -> Vec<Fact> {
    rows.into_iter().map(|(name, value)| Fact::new(name, value)).collect()
}

pub fn fact_row(Fact { name, value }: Fact) -> impl IntoView {
    view! { <div><dt>{name}</dt><dd>{value}</dd></div> }
}

/// `whole`: all of a long list was asked for; kept by whoever outlives the card.
#[component]
pub fn Card(title: &'static str, mono: bool, rows: Vec<Fact>, #[prop(optional)] whole: Option<RwSignal<bool>>) -> impl IntoView {
    let whole = whole.unwrap_or_else(|| RwSignal::new(false));
    let all = rows.len();
    let is_long = all > SHOWN + 1;
    let row = move |(at, Fact { name, value }): (usize, Fact)| {
        view! { <div hidden=move || is_long && (at >= SHOWN) && !whole.get()><dt>{name}</dt><dd class:mono=mono>{value}</dd></div> }
    };
    view! {
        <section class="card" aria-label=title>
            <header><h2>{title}</h2></header>
            {if rows.is_empty() {
                view! { <p class="t3 card-none">{t().none()}</p> }.into_any()
            } else {
                view! { <dl class="kv">{rows.into_iter().enumerate().map(row).collect_view()}</dl> }.into_any()
            }}
            {is_long.then(|| view! {
                <button type="button" class="btn ghost sm card-more" aria-expanded=move || whole.get().to_string() on:click=move |_| whole.update(|whole| *whole = !*whole)>
                    {move || if whole.get() { t().show_fewer().to_owned() } else { t().show_all_n(all) }}
                </button>
            })}
        </section>
    }
}
