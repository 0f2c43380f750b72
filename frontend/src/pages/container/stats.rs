//! The tab Stats: what a container took of its host in the last hour, and its processes.

use std::{cell::RefCell, rc::Rc};

use leptos::{html, prelude::*};
use linkspan_shared::{
    call::ListProcesses,
    channel::{ChannelSpec, StateChange},
    container::{Container, ContainerState},
    ids::ContainerId,
    problem::Problem,
    stats::{Mark, Processes, Sample},
};
use send_wrapper::SendWrapper;
use wasm_bindgen::{JsValue, closure::Closure};
use wasm_bindgen_futures::spawn_local;

use super::series::{Columns, summary};
use crate::{
    address::{query, replace},
    browser, chunks,
    components::ui::{Glyph, Icon, problem_note::ProblemNote, state_view::StateView},
    i18n::{self, bytes, count, memory, t},
    link::{self, Incoming},
    route::{Route, Tab},
    store::store,
};

/// Minutes that can be shown; the bridge keeps the longest.
const RANGES: [u32; 4] = [1, 5, 15, 60];
/// Processes are asked for as often while somebody looks.
const PROCESSES: u32 = 5_000;

#[derive(Default)]
struct Past {
    samples: Vec<Sample>,
    marks: Vec<Mark>,
}

type Shared = SendWrapper<Rc<RefCell<Past>>>;

#[component]
pub fn Stats(row: Signal<Container>, is_there: Memo<bool>) -> impl IntoView {
    let id = row.with_untracked(|row| row.id.clone());
    let past: Shared = SendWrapper::new(Rc::default());
    let revision = RwSignal::new(0u32);
    let visible = browser::visible();
    let channel = StoredValue::new_local(None);
    {
        let (past, id) = (past.clone(), id.clone());
        // Nobody watching costs the engine nothing.
        Effect::new(move || {
            let open = visible.get() && is_there.get();
            channel.set_value(open.then(|| follow(&id, past.clone(), revision)));
        });
    }
    on_cleanup(move || drop(channel.try_update_value(Option::take)));
    let query = query();
    let range = Memo::new(move |_| {
        let wanted = query.with(|query| query.get("range")).and_then(|text| text.parse().ok());
        wanted.filter(|wanted| RANGES.contains(wanted)).unwrap_or(5)
    });
    let paused = RwSignal::new(None::<i64>);
    let newest = {
        let past = past.clone();
        move || past.borrow().samples.last().map(|sample| sample.time.0)
    };
    let columns = {
        let (past, newest) = (past.clone(), newest.clone());
        Memo::new_with_compare(
            move |_| {
                revision.get();
                let to = paused.get().or_else(&newest).unwrap_or(browser::now() as i64);
                let from = to - i64::from(range.get()) * 60_000;
                let past = past.borrow();
                let end = past.samples.partition_point(|sample| sample.time.0 <= to);
                SendWrapper::new(Rc::new((Columns::of(&past.samples[..end], from), from as f64 / 1_000.0, to as f64 / 1_000.0)))
            },
            |_, _| true,
        )
    };
    let last = {
        let past = past.clone();
        Memo::new(move |_| {
            revision.get();
            past.borrow().samples.last().cloned()
        })
    };
    let marks = {
        let past = past.clone();
        move || past.borrow().marks.clone()
    };
    let marks = StoredValue::new_local(marks);
    let is_running = move || row.with(|row| matches!(row.state, ContainerState::Running | ContainerState::Paused));
    let page = Route::container(&id, Tab::Stats);
    let choose = Callback::new(move |minutes: u32| replace(page.with(&[("range", &minutes.to_string())])));
    let pause = {
        let newest = newest.clone();
        move |_| paused.update(|at| *at = if at.is_some() { None } else { newest() })
    };
    let save = {
        let (past, name) = (past.clone(), row.with_untracked(|row| row.name.clone()));
        move |_| browser::download(&format!("{name}-stats.csv"), &[csv(&past.borrow().samples).into_bytes()])
    };
    let chart = move |title: &'static str, kind: Kind| view! { <ChartCard title=title kind=kind columns=columns last=last is_running=Signal::derive(is_running) marks=marks/> };
    view! {
        <div class="toolbar stats-bar">
            <div class="seg" role="group" aria-label=t().time_range()>
                {RANGES.map(|minutes| view! {
                    <button type="button" aria-pressed=move || (range.get() == minutes).to_string() on:click=move |_| choose.run(minutes)>{t().minutes(minutes)}</button>
                })}
            </div>
            <button type="button" class="btn ghost" aria-pressed=move || paused.get().is_some().to_string() on:click=pause>
                {move || view! { <Glyph icon=if paused.get().is_some() { Icon::Play } else { Icon::Pause }/> }}{t().pause()}
            </button>
            <div class="end">
                <button type="button" class="btn ghost" on:click=save><Glyph icon=Icon::Download/>{t().save_csv()}</button>
            </div>
        </div>
        {move || (last.with(Option::is_none) && !is_running()).then(|| view! {
            <StateView title=t().no_stats_title() text=t().no_stats_text()/>
        })}
        <div class="scroller stats" tabindex="0" role="region" aria-label=t().stats() class:vanish=move || last.with(Option::is_none) && !is_running()>
            <div class="charts">
                {chart(t().column_cpu(), Kind::Cpu)}
                {chart(t().column_memory(), Kind::Memory)}
                {chart(t().network(), Kind::Network)}
                {chart(t().block_io(), Kind::Disk)}
            </div>
            <ProcessTable id=id is_running=Signal::derive(is_running) visible=visible/>
        </div>
    }
}

fn follow(id: &ContainerId, past: Shared, revision: RwSignal<u32>) -> link::Subscription {
    let spec = ChannelSpec::History { container: id.clone() };
    link::open(
        move || spec.clone(),
        move |incoming| {
            if let Incoming::State(StateChange::History(news)) = incoming {
                let mut past = past.borrow_mut();
                if news.is_whole {
                    *past = Past::default();
                }
                past.samples.extend(news.samples);
                past.marks.extend(news.marks);
                // The bridge keeps an hour; so does a page that stays open.
                let oldest = past.samples.last().map_or(0, |last| last.time.0 - 3_600_000);
                let old = past.samples.partition_point(|sample| sample.time.0 < oldest);
                past.samples.drain(..old);
                drop(past);
                revision.try_update(|revision| *revision = revision.wrapping_add(1));
            }
        },
    )
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Cpu,
    Memory,
    Network,
    Disk,
}

impl Kind {
    /// Label, colour and area of each line.
    fn series(self) -> Vec<[&'static str; 3]> {
        match self {
            Self::Cpu => vec![[t().column_cpu(), "--chart-1", "--chart-1-area"]],
            Self::Memory => vec![[t().column_memory(), "--chart-2", "--chart-2-area"]],
            Self::Network => vec![[t().network_out(), "--chart-1", "--chart-1-area"], [t().network_in(), "--chart-3", "--chart-3-area"]],
            Self::Disk => vec![[t().disk_write(), "--chart-4", "--chart-4-area"], [t().disk_read(), "--chart-3", "--chart-3-area"]],
        }
    }

    fn columns(self, columns: &Columns) -> Vec<&[f64]> {
        match self {
            Self::Cpu => vec![&columns.cpu],
            Self::Memory => vec![&columns.memory],
            Self::Network => vec![&columns.sent, &columns.received],
            Self::Disk => vec![&columns.written, &columns.read],
        }
    }

    fn text(self, value: f64) -> String {
        match self {
            Self::Cpu => i18n::cpu((value * 100.0) as u64),
            Self::Memory => memory(value as u64, None).0,
            Self::Network | Self::Disk => t().per_second(&bytes(value)),
        }
    }

    /// What the scale shows at least.
    fn least(self) -> f64 {
        match self {
            Self::Cpu => 5.0,
            Self::Memory => f64::from(1 << 20),
            Self::Network | Self::Disk => 1_000.0,
        }
    }

    fn below(self, columns: &Columns, last: &Sample) -> String {
        let whole = |bytes_so_far: Option<u64>| bytes(bytes_so_far.unwrap_or_default() as f64);
        match self {
            Self::Cpu => {
                summary(&columns.cpu).map(|(_, average, peak)| t().cpu_summary(&self.text(average), &self.text(peak))).unwrap_or_default()
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

type Shown = Memo<SendWrapper<Rc<(Columns, f64, f64)>>>;

#[component]
fn ChartCard<M: Fn() -> Vec<Mark> + 'static>(
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
            let made = format
                .try_with_value(|format| module.create(&host, &series, format, kind.least(), kind == Kind::Memory, t().nothing_recorded()));
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

fn csv(samples: &[Sample]) -> String {
    let mut text =
        "time,cpu_percent,memory_bytes,memory_limit_bytes,received_bytes,sent_bytes,read_bytes,written_bytes,processes\n".to_owned();
    let number = |value: Option<u64>| value.map(|value| value.to_string()).unwrap_or_default();
    for sample in samples {
        let cpu = sample.cpu.map(|cpu| format!("{}.{:02}", cpu / 100, cpu % 100)).unwrap_or_default();
        let figures = [sample.memory_limit, sample.received, sample.sent, sample.read, sample.written].map(number).join(",");
        let (limit, rest) = figures.split_once(',').unwrap_or_default();
        let time = String::from(js_sys::Date::new(&(sample.time.0 as f64).into()).to_iso_string());
        text.push_str(&format!("{time},{cpu},{},{limit},{rest},{}\n", sample.memory, sample.processes));
    }
    text
}

/// What `ps` calls its columns.
fn title_of(title: &str) -> String {
    match title {
        "USER" => t().process_user().to_owned(),
        "%CPU" => t().column_cpu().to_owned(),
        "RSS" => t().column_memory().to_owned(),
        "TIME" => t().process_time().to_owned(),
        "COMMAND" => t().process_command().to_owned(),
        other => other.to_owned(),
    }
}

fn is_number(title: &str) -> bool {
    matches!(title, "PID" | "%CPU" | "RSS" | "TIME")
}

fn cell_of(title: &str, cell: String) -> String {
    match (title, cell.parse::<f64>()) {
        ("%CPU", Ok(percent)) => i18n::cpu((percent * 100.0) as u64),
        // In KiB.
        ("RSS", Ok(kib)) => memory((kib as u64).saturating_mul(1024), None).0,
        _ => cell,
    }
}

/// `5.9 %` as a large figure and a small unit.
fn figure(text: String) -> impl IntoView {
    let cut = text.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | ',' | '–' | '-')).unwrap_or(text.len());
    let unit = text[cut..].to_owned();
    view! { {text[..cut].to_owned()}<small>{unit}</small> }
}

#[component]
fn ProcessTable(id: ContainerId, is_running: Signal<bool>, visible: ReadSignal<bool>) -> impl IntoView {
    let found = RwSignal::new(None::<Processes>);
    let problem = RwSignal::new(None::<Problem>);
    let store = store();
    Effect::new(move |task: Option<Rc<std::cell::Cell<bool>>>| {
        if let Some(before) = task {
            before.set(false);
        }
        let go_on = Rc::new(std::cell::Cell::new(is_running.get() && visible.get() && store.is_live()));
        if !is_running.get() {
            found.set(None);
        }
        let (id, more) = (id.clone(), go_on.clone());
        spawn_local(async move {
            while more.get() {
                let answer = link::call(ListProcesses { container: id.clone() }).await;
                // The page was left.
                let (processes, why) = match answer {
                    Ok(processes) => (Some(processes), None),
                    Err(why) => (None, Some(why).filter(|_| more.get())),
                };
                if found.try_set(processes).is_some() {
                    return;
                }
                problem.try_set(why);
                browser::sleep(PROCESSES).await;
            }
        });
        go_on
    });
    view! {
        {move || problem.get().map(|problem| view! { <ProblemNote title=t().processes_unknown() problem=problem/> })}
        {move || found.get().map(|processes| view! {
            <section class="card procs" aria-label=t().processes()>
                <header><h2>{t().processes()}</h2><span class="t3 num">{count(processes.rows.len())}</span><span class="end t3">{t().every_seconds(PROCESSES / 1_000)}</span></header>
                <div class="proc-scroll" tabindex="0" role="group" aria-label=t().processes()>
                    <table class="proc-table" aria-label=t().processes()>
                        <thead><tr>{processes.titles.iter().map(|title| view! { <th scope="col" class:is-number=is_number(title)>{title_of(title)}</th> }).collect_view()}</tr></thead>
                        <tbody>
                            {processes.rows.into_iter().map(|row| {
                                let cells = row.into_iter().zip(&processes.titles);
                                view! { <tr>{cells.map(|(cell, title)| view! { <td class:mono=!is_number(title) class:is-number=is_number(title)>{cell_of(title, cell)}</td> }).collect_view()}</tr> }
                            }).collect_view()}
                        </tbody>
                    </table>
                </div>
            </section>
        })}
    }
}
