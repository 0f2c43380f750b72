//! Who is told, elsewhere, when something happens: set up by administrators.

use leptos::prelude::*;
use linkspan_shared::{
    account::Shown,
    call::{ListWebhooks, NewWebhook, RemoveWebhook, TestWebhook},
    ids::EngineId,
    webhook::{Trigger, Webhook},
};
use wasm_bindgen_futures::spawn_local;

use super::{listed::listed, people::dialogs::Confirm, shown_once::ShownOnce};
use crate::{
    components::{
        attempt::Attempt,
        ui::{Glyph, Icon, dialog::Dialog, problem_note::ProblemNote},
    },
    i18n::{ago_by_bridge, t},
    link::{self, is_administrator, link},
    store::{failed, say, store},
};

#[component]
pub fn Webhooks() -> impl IntoView {
    let may_look = Memo::new(|_| is_administrator());
    view! {
        <section class="page-col settings" aria-labelledby="webhooks-title">
            <h2 id="webhooks-title">{t().webhooks()}</h2>
            <p class="t2">{t().webhooks_text()}</p>
            {move || if may_look.get() {
                view! { <Table/> }.into_any()
            } else {
                view! { <p class="t3">{move || t().webhooks_administrators(&link().administrators.with(|all| all.join(", ")))}</p> }.into_any()
            }}
        </section>
    }
}

#[component]
fn Table() -> impl IntoView {
    let (found, load) = listed(|| ListWebhooks {});
    let creating = RwSignal::new(false);
    let created = Callback::new(move |()| {
        creating.set(false);
        load();
    });
    let removing = RwSignal::new(None::<(String, String)>);
    let removed = Callback::new(move |()| {
        removing.set(None);
        load();
    });
    let testing = RwSignal::new(None::<String>);
    let test = move |id: String, name: String| {
        testing.set(Some(id.clone()));
        spawn_local(async move {
            match link::call_on(None, TestWebhook { id }).await {
                Ok(()) => say(t().did_test_webhook(&name)),
                Err(problem) => failed(t().could_not_test_webhook(&name), &problem),
            }
            testing.try_set(None);
            load();
        });
    };
    let row = move |webhook: Webhook| {
        let Webhook { id, name, url, triggers, engine, last, left_out } = webhook;
        let (test_label, remove_label) = (t().test_webhook(&name), t().remove_webhook(&name));
        let said = match last {
            None => view! { <span class="t3">{t().never()}</span> }.into_any(),
            Some(last) => {
                let at = last.at;
                let problem = last
                    .problem
                    .map(|why| view! { <span class="tag danger">{t().webhook_failed()}</span>" "<span class="t3 wrap">{why}</span>" " });
                view! { {problem}<span class="t3">{move || ago_by_bridge(at)}</span> }.into_any()
            }
        };
        let (own, named) = (id.clone(), name.clone());
        let (to_remove, to_remove_name) = (id.clone(), name.clone());
        view! {
            <tr aria-label=name.clone()>
                <th scope="row">{name.clone()}<span class="t3 wrap mono">{url}</span></th>
                <td>{triggers.iter().map(|trigger| in_words(*trigger)).collect::<Vec<_>>().join("; ")}</td>
                <td class="whole">{engine.map_or_else(|| t().all_engines().to_owned(), |engine| engine.0)}</td>
                <td>{said}{(left_out > 0).then(|| view! { <span class="t3 wrap">{t().webhook_left_out(left_out)}</span> })}</td>
                <td class="is-end whole">
                    <button type="button" class="btn sm" aria-label=test_label disabled=move || testing.with(|id| id.as_ref() == Some(&own)) on:click=move |_| test(id.clone(), named.clone())>{t().test()}</button>
                    " "
                    <button type="button" class="btn ghost sm danger icon-only" aria-label=remove_label.clone() title=remove_label on:click=move |_| removing.set(Some((to_remove.clone(), to_remove_name.clone())))><Glyph icon=Icon::Trash/></button>
                </td>
            </tr>
        }
    };
    view! {
        <div class="engine-card plain-table">
            {move || match found.get() {
                None => ().into_any(),
                Some(Err(problem)) => view! { <ProblemNote title=t().could_not_list_webhooks() problem=problem old=true/> }.into_any(),
                Some(Ok(webhooks)) => view! {
                    <table aria-label=t().webhooks()>
                        <thead>
                            <tr>
                                <th scope="col">{t().name()}</th>
                                <th scope="col">{t().webhook_when()}</th>
                                <th scope="col">{t().engine()}</th>
                                <th scope="col">{t().last_told()}</th>
                                <td></td>
                            </tr>
                        </thead>
                        <tbody>
                            {webhooks.is_empty().then(|| view! { <tr><td colspan="5" class="t3">{t().no_webhooks()}</td></tr> })}
                            {webhooks.into_iter().map(row).collect_view()}
                        </tbody>
                    </table>
                }.into_any(),
            }}
            <div class="engine-card-foot">
                <button type="button" class="btn primary" on:click=move |_| creating.set(true)><Glyph icon=Icon::Plus/>{t().new_webhook()}</button>
            </div>
        </div>
        {move || creating.get().then(|| view! { <Create close=created/> })}
        {move || removing.get().map(|(id, name)| {
            let (attempt, of) = (Attempt::new(t().could_not_remove(&name)), name.clone());
            let act = Callback::new(move |()| {
                let of = of.clone();
                attempt.run(link::call_on(None, RemoveWebhook { id: id.clone() }), move |()| say(t().did_remove(&of)), move |()| removed.run(()));
            });
            view! { <Confirm title=t().remove_webhook_title(&name) text=t().remove_webhook_text() verb=t().action_remove() attempt=attempt act=act close=removed/> }
        })}
    }
}

fn in_words(trigger: Trigger) -> String {
    match trigger {
        Trigger::Unhealthy => t().when_unhealthy().to_owned(),
        Trigger::Restarted { times } => t().when_restarted(times),
        Trigger::Exited { code: Some(code) } => t().when_exited_with(code),
        Trigger::Exited { code: None } => t().when_exited().to_owned(),
        Trigger::EngineLost => t().when_engine_lost().to_owned(),
        Trigger::JobFailed => t().when_job_failed().to_owned(),
    }
}

#[component]
fn Create(close: Callback<()>) -> impl IntoView {
    let (name, url, engine) = (RwSignal::new(String::new()), RwSignal::new(String::new()), RwSignal::new(None::<EngineId>));
    // Restarts, and the exit code that is meant; empty for any but 0.
    let (times, code) = (RwSignal::new("5".to_owned()), RwSignal::new(String::new()));
    let [unhealthy, restarted, exited, engine_lost, job_failed] = [true, true, false, true, false].map(RwSignal::new);
    let secret = RwSignal::new(None::<String>);
    let attempt = Attempt::new(t().could_not_make_webhook());
    let triggers = move || {
        let code = code.with(|code| code.trim().parse().ok());
        let times = times.with(|times| times.trim().parse().unwrap_or(0));
        let all = [
            (unhealthy, Trigger::Unhealthy),
            (restarted, Trigger::Restarted { times }),
            (exited, Trigger::Exited { code }),
            (engine_lost, Trigger::EngineLost),
            (job_failed, Trigger::JobFailed),
        ];
        all.into_iter().filter(|(is_on, _)| is_on.get()).map(|(_, trigger)| trigger).collect::<Vec<_>>()
    };
    let is_complete = Memo::new(move |_| {
        let numbers = code.with(|code| code.trim().is_empty() || code.trim().parse::<i64>().is_ok())
            && (!restarted.get() || times.with(|times| times.trim().parse::<i64>().is_ok_and(|times| times > 0)));
        name.with(|name| !name.trim().is_empty()) && url.with(|url| !url.trim().is_empty()) && !triggers().is_empty() && numbers
    });
    let create = move || {
        if !is_complete.get_untracked() {
            return;
        }
        let call = NewWebhook {
            name: name.get_untracked().trim().to_owned(),
            url: url.get_untracked().trim().to_owned(),
            triggers: untrack(triggers),
            engine: engine.get_untracked(),
        };
        attempt.run(link::call_on(None, call), |_| {}, move |Shown { secret: made }| secret.set(Some(made.expose().to_owned())));
    };
    // Other ones once it is made.
    let buttons = move || {
        if secret.with(Option::is_some) {
            return view! { <button type="button" class="btn primary" on:click=move |_| close.run(())>{t().done()}</button> }.into_any();
        }
        view! {
            <button type="button" class="btn" on:click=move |_| close.run(())>{t().cancel()}</button>
            <button type="button" class="btn primary" disabled=move || attempt.busy.get() || !is_complete.get() on:click=move |_| create()>{t().create()}</button>
        }
        .into_any()
    };
    let foot = move || buttons;
    let check = |id: &'static str, is_on: RwSignal<bool>, text: &'static str| {
        view! { <label for=id><input id=id type="checkbox" class="check" bind:checked=is_on/>{text}</label> }
    };
    view! {
        <Dialog title=t().new_webhook_title() on_close=close foot=foot>
            {move || match secret.get() {
                Some(secret) => view! { <ShownOnce secret=secret hint=t().webhook_secret_hint()/> }.into_any(),
                None => view! {
                    <form class="asked" on:submit=move |event| {
                        event.prevent_default();
                        create();
                    }>
                        <div class="field">
                            <label for="webhook-name">{t().name()}</label>
                            <div class="input"><input id="webhook-name" autofocus autocomplete="off" placeholder="team-chat" bind:value=name/></div>
                        </div>
                        <div class="field">
                            <label for="webhook-url">"URL"</label>
                            <div class="input mono"><input id="webhook-url" type="url" autocomplete="off" spellcheck="false" placeholder="https://chat.example/hooks/…" bind:value=url/></div>
                        </div>
                        <fieldset class="webhook-when">
                            <legend>{t().webhook_when()}</legend>
                            {check("webhook-unhealthy", unhealthy, t().when_unhealthy())}
                            <div>
                                {check("webhook-restarted", restarted, t().when_restarted_n())}
                                <div class="input sm"><input type="number" min="1" aria-label=t().webhook_times() bind:value=times/></div>
                            </div>
                            <div>
                                {check("webhook-exited", exited, t().when_exited_code())}
                                <div class="input sm"><input type="number" min="0" max="255" placeholder=t().any_but_0() aria-label=t().webhook_code() bind:value=code/></div>
                            </div>
                            {check("webhook-lost", engine_lost, t().when_engine_lost())}
                            {check("webhook-job", job_failed, t().when_job_failed())}
                        </fieldset>
                        <div class="field">
                            <label for="webhook-engine">{t().engine()}</label>
                            <select id="webhook-engine" class="select" on:change=move |event| {
                                engine.set(Some(event_target_value(&event)).filter(|name| !name.is_empty()).map(EngineId));
                            }>
                                <option value="">{t().all_engines()}</option>
                                {untrack(|| store().engines.all()).into_iter().map(|one| view! { <option value=one.id.0.clone()>{one.id.0.clone()}</option> }).collect_view()}
                            </select>
                        </div>
                    </form>
                    {attempt.note()}
                }.into_any(),
            }}
        </Dialog>
    }
}
