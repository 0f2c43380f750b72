//! Figures over time, each a card with what is true now, and a chart.

mod series;

use std::rc::Rc;

use leptos::{html, prelude::*};
use linkspan_shared::stats::{Mark, Sample};
use send_wrapper::SendWrapper;
use wasm_bindgen::{JsValue, closure::Closure};
use wasm_bindgen_futures::spawn_local;

use crate::{
    address::{query, replace},
    browser, chunks,
    i18n::{self, bytes, memory, t},
    route::Route,
};
pub use series::Columns;
use series::summary;

/// Minutes that can be shown; the bridge keeps the longest.
const RANGES: [u32; 4] = [1, 5, 15, 60];

/// What the address says of it.
pub fn range() -> Memo<u32> {
    let query = query();
    Memo::new(move |_| {
        let wanted = query.with(|query| query.get("range")).and_then(|text| text.parse().ok());
        wanted.filter(|wanted| RANGES.contains(wanted)).unwrap_or(5)
    })
}

#[component]
pub fn RangeChoice(range: Memo<u32>, page: Route) -> impl IntoView {
    let choose = Callback::new(move |minutes: u32| replace(page.with(&[("range", &minutes.to_string())])));
    view! {
        <div class="seg" role="group" aria-label=t().time_range()>
            {RANGES.map(|minutes| view! {
                <button type="button" aria-pressed=move || (range.get() == minutes).to_string() on:click=move |_| choose.run(minutes)>{t().minutes(minutes)}</button>
            })}
        </div>
    }
}

#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    Cpu,
    Memory,
    /// The same of all that runs, whose limit is the host's.
    OfHost,
    Network,
    Disk,
}

impl Kind {
    /// Label, colour and area of each line.
    fn series(self) -> Vec<[&'static str; 3]> {
        match self {
            Self::Cpu => vec![[t().column_cpu(), "--chart-1", "--chart-1-area"]],
            Self::Memory | Self::OfHost => vec![[t().column_memory(), "--chart-2", "--chart-2-area"]],
            Self::Network => vec![[t().network_out(), "--chart-1", "--chart-1-area"], [t().network_in(), "--chart-3", "--chart-3-area"]],
            Self::Disk => vec![[t().disk_write(), "--chart-4", "--chart-4-area"], [t().disk_read(), "--chart-3", "--chart-3-area"]],
        }
    }

    fn columns(self, columns: &Columns) -> Vec<&[f64]> {
        match self {
            Self::Cpu => vec![&columns.cpu],
            Self::Memory | Self::OfHost => vec![&columns.memory],
            Self::Network => vec![&columns.sent, &columns.received],
            Self::Disk => vec![&columns.written, &columns.read],
        }
    }

    fn text(self, value: f64) -> String {
        match self {
            Self::Cpu => i18n::cpu((value * 100.0) as u64),
            Self::Memory | Self::OfHost => memory(value as u64, None).0,
            Self::Network | Self::Disk => t().per_second(&bytes(value)),
        }
    }

    /// What the scale shows at least.
    fn least(self) -> f64 {
        match self {
            Self::Cpu => 5.0,
            Self::Memory | Self::OfHost => f64::from(1 << 20),
            Self::Network | Self::Disk => 1_000.0,
        }
    }

    fn below(self, columns: &Columns, last: &Sample) -> String {
        let whole = |bytes_so_far: Option<u64>| bytes(bytes_so_far.unwrap_or_default() as f64);
        match self {
            Self::Cpu => {
                summary(&columns.cpu).map(|(_, average, peak)| t().cpu_summary(&self.text(average), &self.text(peak))).unwrap_or_default()
            }
            Self::OfHost => {
                let of = last.memory_limit.filter(|all| *all > 0);
                of.map(|all| t().memory_of_host(&i18n::percent(last.memory as f64 / all as f64), &memory(all, None).0)).unwrap_or_default()
            }
            Self::Memory => match last.memory_limit {
                Some(limit) if limit > 0 => t().memory_of_limit(&i18n::percent(last.memory as f64 / limit as f64), &memory(limit, None).0),
                _ => t().memory_no_limit().to_owned(),
            },
            Self::Network if last.received.is_none() => t().no_network_figures().to_owned(),
            Self::Network => t().network_summary(&whole(last.received), &whole(last.sent)),
            Self::Disk if last.read.is_none() && last.written.is_none() => t().no_disk_figures().to_owned(),
            Self::Disk => t().disk_summary(&whole(last.read), &whole(last.written)),
        }
    }
}

/// With the time that is shown, from and to: seconds since 1970.
pub type Shown = Memo<SendWrapper<Rc<(Columns, f64, f64)>>>;

#[component]
pub fn ChartCard<M: Fn() -> Vec<Mark> + 'static>(
    title: &'static str,
    kind: Kind,
    columns: Shown,
    last: Memo<Option<Sample>>,
    is_running: Signal<bool>,
    marks: StoredValue<M, LocalStorage>,
) -> impl IntoView {
    let host = NodeRef::<html::Div>::new();
    let chart = RwSignal::new_local(None::<chunks::Chart>);
    let format = StoredValue::new_local(Closure::<dyn Fn(f64) -> String>::new(move |value| kind.text(value)));
    Effect::new(move || {
        let Some(host) = host.get() else { return };
        spawn_local(async move {
            let Some(module) = chunks::charts().await else { return };
            let series: js_sys::Array = kind
                .series()
                .into_iter()
                .map(|[label, colour, area]| browser::options(&[("label", label.into()), ("colour", colour.into()), ("area", area.into())]))
                .collect();
            let made = format.try_with_value(|format| {
                module.create(&host, &series, format, kind.least(), matches!(kind, Kind::Memory | Kind::OfHost), t().nothing_recorded())
            });
            if let Some(made) = made.and_then(chunks::ok)
                && let Some(unwanted) = chart.try_set(Some(made))
            {
                // The page was left meanwhile.
                unwanted.and_then(|chart| chunks::ok(chart.close_chart()));
            }
        });
    });
    on_cleanup(move || {
        if let Some(Some(chart)) = chart.try_update(Option::take) {
            chunks::ok(chart.close_chart());
        }
    });
    Effect::new(move || {
        let Some(chart) = chart.get() else { return };
        let shown = columns.get();
        let (all, from, to) = &**shown;
        let data = js_sys::Array::of1(&js_sys::Float64Array::from(all.times.as_slice()));
        kind.columns(all).into_iter().for_each(|column| {
            data.push(&js_sys::Float64Array::from(column));
        });
        let marks: js_sys::Array = marks
            .with_value(|marks| marks())
            .into_iter()
            .map(|mark| {
                browser::options(&[("time", (mark.time.0 as f64 / 1_000.0).into()), ("label", JsValue::from_str(&mark_text(&mark.event)))])
            })
            .collect();
        let limit = last.with_untracked(|last| last.as_ref().and_then(|last| last.memory_limit)).filter(|_| kind == Kind::Memory);
        chunks::ok(chart.show(&data, *from, *to, &marks, limit.map(|limit| limit as f64)));
    });
    // What was true last is not true now.
    let now = move || {
        if !is_running.get() {
            return "–".to_owned();
        }
        let shown = columns.get();
        let value = kind.columns(&shown.0).first().and_then(|column| summary(column)).map(|(last, ..)| last);
        value.map_or_else(|| "–".to_owned(), |value| kind.text(value))
    };
    let below = move || {
        if !is_running.get() {
            return t().not_running().to_owned();
        }
        let shown = columns.get();
        last.with(|last| last.as_ref().map(|last| kind.below(&shown.0, last))).unwrap_or_default()
    };
    let series = kind.series();
    view! {
        <section class="card chart" aria-label=title>
            <header>
                <h2>{title}</h2>
                {(series.len() > 1).then(|| view! {
                    <span class="ch-legend">{series.into_iter().map(|[label, colour, _]| view! { <span><i style:background=format!("var({colour})")></i>{label}</span> }).collect_view()}</span>
                })}
                <b class="end ch-now num">{move || figure(now())}</b>
            </header>
            <p class="ch-sub num">{below}</p>
            <div class="ch-plot" node_ref=host role="img" aria-label=move || t().chart_of(title, &now(), &below())></div>
        </section>
    }
}

fn mark_text(event: &str) -> String {
    match event.split_once(':').map_or(event, |(name, _)| name) {
        "start" => t().mark_start().to_owned(),
        "die" => t().mark_die().to_owned(),
        "oom" => t().mark_oom().to_owned(),
        "pause" => t().mark_pause().to_owned(),
        "unpause" => t().mark_unpause().to_owned(),
        _ => event.rsplit(' ').next().unwrap_or(event).to_owned(),
    }
}

/// `5.9 %` as a large figure and a small unit.
fn figure(text: String) -> impl IntoView {
    let cut = text.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | ',' | '–' | '-')).unwrap_or(text.len());
    let unit = text[cut..].to_owned();
    view! { {text[..cut].to_owned()}<small>{unit}</small> }
}
