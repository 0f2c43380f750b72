//! What a review leaves out unless it is ticked: seen by everybody, changed by administrators.

use leptos::prelude::*;
use linkspan_shared::{
    call::{ListNoise, ReplaceNoise},
    problem::Problem,
    review::NoiseRules,
};
use wasm_bindgen_futures::spawn_local;

use crate::{
    components::{attempt::Attempt, ui::problem_note::ProblemNote},
    i18n::t,
    link::{self, is_administrator},
    store::say,
};

#[component]
pub fn Noise() -> impl IntoView {
    let (text, stored) = (RwSignal::new(String::new()), RwSignal::new(None::<NoiseRules>));
    let unknown = RwSignal::new(None::<Problem>);
    let load = move || {
        spawn_local(async move {
            match link::call_on(None, ListNoise {}).await {
                Ok(rules) => {
                    text.try_set(rules.patterns.join("\n"));
                    stored.try_set(Some(rules));
                    unknown.try_set(None);
                }
                Err(problem) => drop(unknown.try_set(Some(problem))),
            }
        });
    };
    // Also when the connection is lost before the answer; what is typed meanwhile stays.
    Effect::new(move || {
        if link::link().state.get() == link::LinkState::Connected && stored.with_untracked(Option::is_none) {
            load();
        }
    });
    let attempt = Attempt::new(t().could_not_keep_noise());
    let typed = move || text.get().lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let is_changed = move || stored.with(|stored| stored.as_ref().is_some_and(|stored| stored.patterns != typed()));
    let is_standard = move || stored.with(|stored| stored.as_ref().is_none_or(|stored| stored.is_standard));
    let keep = move |patterns: Option<Vec<String>>| {
        attempt.run(link::call_on(None, ReplaceNoise { patterns }), |()| say(t().did_keep_noise().to_owned()), move |()| load());
    };
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        keep(Some(untrack(typed)));
    };
    view! {
        <section class="page-col settings" aria-labelledby="noise">
            <h2 id="noise">{t().noise_rules()}</h2>
            <p class="t2">{t().noise_rules_text()}</p>
            {move || unknown.get().map(|problem| view! { <ProblemNote title=t().could_not_list_noise() problem=problem/> })}
            {move || stored.with(Option::is_some).then(|| view! {
                <form class="card noise-rules" aria-labelledby="noise" on:submit=submit>
                    <textarea
                        class="input mono area"
                        rows="12"
                        aria-labelledby="noise"
                        spellcheck="false"
                        autocapitalize="none"
                        readonly=move || !is_administrator()
                        prop:value=move || text.get()
                        on:input=move |event| {
                            text.set(event_target_value(&event));
                            attempt.forget();
                        }
                    ></textarea>
                    {attempt.note()}
                    {move || if is_administrator() {
                        view! {
                            <div class="noise-foot">
                                <button type="button" class="btn" disabled=move || is_standard() || attempt.busy.get() on:click=move |_| keep(None)>{t().restore_noise()}</button>
                                <button type="submit" class="btn primary" disabled=move || !is_changed() || attempt.busy.get()>{t().save()}</button>
                            </div>
                        }.into_any()
                    } else {
                        view! { <p class="t3">{t().noise_administrators()}</p> }.into_any()
                    }}
                </form>
            })}
        </section>
    }
}
