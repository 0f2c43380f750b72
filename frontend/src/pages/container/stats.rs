//! The tab Stats: what a container took of its host in the last hour, and its processes.

use std::{cell::RefCell, rc::Rc};

use leptos::prelude::*;
use linkspan_shared::{
    call::ListProcesses,
    channel::{ChannelSpec, StateChange},
    container::{Container, ContainerState},
    ids::ContainerId,
    problem::Problem,
    stats::{Mark, Processes, Sample},
};
use send_wrapper::SendWrapper;
use wasm_bindgen_futures::spawn_local;

use crate::{
    browser,
    components::{
        chart::{ChartCard, Columns, Kind, RangeChoice, range},
        ui::{Glyph, Icon, problem_note::ProblemNote, state_view::StateView},
    },
    i18n::{self, count, memory, t},
    link::{self, Incoming},
    route::{Route, Tab},
    store::store,
};

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
    let range = range();
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
                let to = paused.get().or_else(&newest).unwrap_or_else(|| untrack(|| browser::clocks().bridge_now()) as i64);
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
            <RangeChoice range=range page=page/>
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
