//! The engines, how each can be reached, and adding one.

use leptos::prelude::*;
use linkspan_shared::{
    call::{AddEngine, ExamineEngine, KeepFigures, RemoveEngine},
    connect::{ConnectStep, Examined, StepOutcome},
    engine::{Engine, EngineLink},
    ids::EngineId,
    problem::Problem,
};
use wasm_bindgen_futures::spawn_local;

use crate::{
    address::{self, Chosen},
    components::ui::{Glyph, Icon, dialog::Dialog, problem_note::ProblemNote},
    i18n::{explain, t},
    link::{self, LinkState, is_administrator, link},
    route::Route,
    store::{failed, say, store},
};

/// What a connection check has found so far.
#[derive(Clone, Default, PartialEq)]
enum Check {
    #[default]
    NotAsked,
    UnderWay,
    Done(Result<Vec<Examined>, Problem>),
}

fn check(engine: Option<EngineId>, url: Option<String>, into: RwSignal<Check>) {
    into.set(Check::UnderWay);
    spawn_local(async move {
        let found = link::call_on(engine, ExamineEngine { url }).await;
        into.try_set(Check::Done(found));
    });
}

#[component]
pub fn Engines() -> impl IntoView {
    let store = store();
    let ids = Memo::new(move |_| store.sorted_engines().into_iter().map(|engine| engine.id).collect::<Vec<_>>());
    let removing = RwSignal::new(None::<EngineId>);
    view! {
        <section class="page-col settings" aria-labelledby="engines-title">
            <h2 id="engines-title">{t().engines()}</h2>
            <p class="t2">{t().engines_text()}</p>
            <ul class="engine-list" role="list">
                <For each=move || ids.get() key=Clone::clone children=move |id| view! { <EngineCard id=id removing=removing/> }/>
            </ul>
            {move || is_administrator().then(|| view! { <AddForm/> })}
        </section>
        {move || removing.get().map(|id| view! { <RemoveDialog id=id removing=removing/> })}
    }
}

#[component]
fn EngineCard(id: EngineId, removing: RwSignal<Option<EngineId>>) -> impl IntoView {
    let store = store();
    let row = {
        let id = id.clone();
        Memo::new(move |before: Option<&Option<Engine>>| store.engines.get(&id).or_else(|| before.cloned().flatten()))
    };
    let Some(first) = row.get_untracked() else { return ().into_any() };
    let is_default = Memo::new({
        let id = id.clone();
        move |_| store.sorted_engines().first().is_some_and(|first| first.id == id)
    });
    let checked = RwSignal::new(Check::default());
    // `?check=1` is where the banner leads: to the engine of the page it stood on.
    let is_asked = address::query().with_untracked(|query| query.get("check").is_some());
    let is_here = match address::chosen() {
        Chosen::One(chosen) => chosen == id,
        Chosen::Default | Chosen::All => is_default.get_untracked(),
    };
    if is_asked && is_here {
        check(Some(id.clone()), None, checked);
    }
    let looks = move || match row.get().map(|engine| engine.link) {
        // What the bridge said last is no word of now, where that is away.
        _ if link().state.get() != LinkState::Connected => ("busy", Icon::Loader, t().reconnecting()),
        Some(EngineLink::Connected) => ("ok", Icon::OkCircle, t().connected()),
        Some(EngineLink::Unreachable { .. }) => ("down", Icon::XCircle, t().engine_unreachable()),
        _ => ("busy", Icon::Loader, t().connecting()),
    };
    let name = id.0.clone();
    let shown = name.clone();
    let link_name = t().show_containers_of(&name);
    let href = move || {
        let chosen = if is_default.get() { Chosen::Default } else { Chosen::One(id.clone()) };
        address::on(&chosen, Route::Containers)
    };
    let keeps = Memo::new(move |_| row.with(|row| row.as_ref().is_some_and(|engine| engine.keeps_figures)));
    let keep = {
        let engine = first.id.clone();
        move |event: web_sys::Event| {
            let (engine, on) = (engine.clone(), event_target_checked(&event));
            spawn_local(async move {
                if let Err(problem) = link::call_on(Some(engine), KeepFigures { on }).await {
                    failed(t().could_not_keep_figures().to_owned(), &problem);
                }
            });
        }
    };
    let (check_id, remove_id) = (first.id.clone(), first.id.clone());
    view! {
        <li class="engine-card" aria-label=shown>
            <div class="engine-card-head">
                <Glyph icon=Icon::Server/>
                <h3><a class="link" href=href rel="external" title=link_name>{name.clone()}</a></h3>
                {move || is_default.get().then(|| view! { <span class="tag">{t().default_engine()}</span> })}
                {first.production.then(|| view! { <span class="tag">{t().production()}</span> })}
                <span class="conn" data-conn=move || looks().0>
                    {move || {
                        let (_, icon, text) = looks();
                        view! { <Glyph icon=icon/>{text} }
                    }}
                </span>
                <span class="end">
                    <button
                        type="button"
                        class="btn sm"
                        hidden=move || !is_administrator()
                        aria-label=t().check_connection_of(&name)
                        disabled=move || checked.get() == Check::UnderWay
                        on:click=move |_| check(Some(check_id.clone()), None, checked)
                    >
                        {t().check_connection()}
                    </button>
                    {(first.removable && is_administrator()).then(|| view! {
                        <button
                            type="button"
                            class="btn sm ghost danger icon-only"
                            aria-label=t().remove_engine(&name)
                            title=t().remove_engine(&name)
                            on:click=move |_| removing.set(Some(remove_id.clone()))
                        >
                            <Glyph icon=Icon::Trash/>
                        </button>
                    })}
                </span>
            </div>
            <p class="mono t2">{first.endpoint}</p>
            {move || row.get().and_then(|engine| engine.about).map(|about| view! {
                <p class="t2">{t().engine_since(&format!("{} {}", about.product, about.version), &about.api_version, &about.host)}</p>
            })}
            <Show when=is_administrator>
                <label class="check-line">
                    <input type="checkbox" class="check" prop:checked=move || keeps.get() on:change=keep.clone()/>
                    <span>{t().keep_figures()}<span class="t3">{t().keep_figures_cost()}</span></span>
                </label>
            </Show>
            {move || match row.get().map(|engine| engine.link) {
                Some(EngineLink::Unreachable { problem, .. }) if !matches!(checked.get(), Check::Done(Ok(_))) => {
                    Some(view! { <ProblemNote title="" problem=problem old=true/> })
                }
                _ => None,
            }}
            <Found name=name checked=checked/>
        </li>
    }
    .into_any()
}

/// The steps on the way to an engine.
#[component]
fn Found(name: String, checked: RwSignal<Check>) -> impl IntoView {
    move || match checked.get() {
        Check::NotAsked => ().into_any(),
        Check::UnderWay => view! { <p class="t2" role="status"><Glyph icon=Icon::Loader class="spin"/>" "{t().checking()}</p> }.into_any(),
        Check::Done(Err(problem)) => view! { <ProblemNote title=t().could_not_check() problem=problem/> }.into_any(),
        Check::Done(Ok(steps)) => view! {
            <ol class="doctor" role="list" aria-label=t().connection_check_of(&name)>{steps.into_iter().map(step).collect_view()}</ol>
        }
        .into_any(),
    }
}

fn step(examined: Examined) -> impl IntoView {
    let name = match examined.step {
        ConnectStep::Address => t().step_address(),
        ConnectStep::Name => t().step_name(),
        ConnectStep::Connection => t().step_connection(),
        ConnectStep::Encryption => t().step_encryption(),
        ConnectStep::Version => t().step_version(),
        ConnectStep::Permission => t().step_permission(),
    };
    let (state, icon, word) = match &examined.outcome {
        StepOutcome::Passed(_) => ("passed", Icon::OkCircle, t().step_passed()),
        StepOutcome::NotNeeded(_) => ("skipped", Icon::Minus, t().step_not_needed()),
        StepOutcome::NotReached => ("waiting", Icon::Dashed, t().step_not_reached()),
        StepOutcome::Failed(_) => ("failed", Icon::XCircle, t().step_failed()),
    };
    let said = match examined.outcome {
        StepOutcome::Passed(text) | StepOutcome::NotNeeded(text) => view! { <p class="t2">{text}</p> }.into_any(),
        StepOutcome::NotReached => ().into_any(),
        StepOutcome::Failed(problem) => {
            let explained = explain(&problem);
            view! {
                <p>{explained.what}</p>
                {(!explained.why.is_empty()).then(|| view! { <p class="why mono">{explained.why}</p> })}
                <p>{explained.advice}</p>
            }
            .into_any()
        }
    };
    view! {
        <li data-step=state>
            <Glyph icon=icon/>
            <div><p><b>{name}</b>" "<span class="t2">{word}</span></p>{said}</div>
        </li>
    }
}

#[component]
fn AddForm() -> impl IntoView {
    let (name, url) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let problem = RwSignal::new(None::<Problem>);
    let checked = RwSignal::new(Check::default());
    let busy = RwSignal::new(false);
    let lacks = move || name.with(|name| name.trim().is_empty()) || url.with(|url| url.trim().is_empty());
    let add = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if lacks() || busy.get_untracked() {
            return;
        }
        busy.set(true);
        problem.set(None);
        let call = AddEngine { name: name.get_untracked().trim().to_owned(), url: url.get_untracked().trim().to_owned() };
        spawn_local(async move {
            let added = call.name.clone();
            match link::call_on(None, call).await {
                Ok(()) => {
                    say(t().added_engine(&added));
                    name.set(String::new());
                    url.set(String::new());
                    checked.set(Check::NotAsked);
                }
                Err(refused) => problem.set(Some(refused)),
            }
            busy.set(false);
        });
    };
    let try_it = move |_| check(None, Some(url.get_untracked().trim().to_owned()), checked);
    view! {
        <form class="engine-card add-engine" aria-label=t().add_engine() on:submit=add>
            <h3>{t().add_engine()}</h3>
            <p class="t2">{t().add_engine_text()}</p>
            <div class="row2 even">
                <div class="field">
                    <label for="engine-name">{t().name()}</label>
                    <div class="input mono"><input id="engine-name" autocomplete="off" autocapitalize="none" spellcheck="false" bind:value=name/></div>
                </div>
                <div class="field">
                    <label for="engine-url">{t().address()}</label>
                    <div class="input mono">
                        <input
                            id="engine-url"
                            autocomplete="off"
                            autocapitalize="none"
                            spellcheck="false"
                            placeholder=t().address_placeholder()
                            bind:value=url
                            on:input=move |_| problem.set(None)
                        />
                    </div>
                </div>
            </div>
            {move || problem.get().map(|problem| view! { <ProblemNote title=t().could_not_add_engine() problem=problem/> })}
            {move || view! { <Found name=url.get_untracked() checked=checked/> }}
            <div class="engine-card-foot">
                <button type="button" class="btn" disabled=move || url.with(|url| url.trim().is_empty()) || checked.get() == Check::UnderWay on:click=try_it>
                    {t().check_connection()}
                </button>
                <button type="submit" class="btn primary" disabled=move || lacks() || busy.get()><Glyph icon=Icon::Plus/>{t().add_engine()}</button>
            </div>
        </form>
    }
}

#[component]
fn RemoveDialog(id: EngineId, removing: RwSignal<Option<EngineId>>) -> impl IntoView {
    let close = Callback::new(move |()| removing.set(None));
    let name = id.0.clone();
    let foot = move || {
        let (id, name) = (id.clone(), id.0.clone());
        let label = t().remove_engine(&name);
        let confirm = move |_| {
            let (id, name) = (id.clone(), name.clone());
            removing.set(None);
            spawn_local(async move {
                match link::call_on(None, RemoveEngine { name: id }).await {
                    Ok(()) => say(t().removed_engine(&name)),
                    Err(problem) => failed(t().could_not_remove_engine(&name), &problem),
                }
            });
        };
        view! {
            <button type="button" class="btn" autofocus on:click=move |_| close.run(())>{t().cancel()}</button>
            <button type="button" class="btn danger" on:click=confirm>{label}</button>
        }
    };
    view! { <Dialog title=t().remove_engine_title(&name) on_close=close foot=foot><p>{t().remove_engine_text()}</p></Dialog> }
}
