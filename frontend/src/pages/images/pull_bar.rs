//! What to pull, from where, as whom.

use std::time::Duration;

use leptos::{html, prelude::*};
use linkspan_shared::{
    call::PullImage,
    engine::Feature,
    problem::Problem,
    reference::{DEFAULT_TAG, Reference, ReferenceFault},
};
use wasm_bindgen_futures::spawn_local;

use crate::{
    address::go,
    browser,
    components::{
        credentials::{CredentialForm, CredentialSelect, TypedCredential, registry_of},
        equivalent::{Equivalents, called},
        reference_field::{FaultNote, ReferenceParts, is_here},
        ui::{Glyph, Icon, problem_note::ProblemNote},
    },
    i18n::t,
    link,
    route::Route,
    store::store,
};

/// An error is told when nothing was typed for this long: a half-typed reference is no mistake.
const SILENCE: Duration = Duration::from_millis(400);

/// What images are built for; anybody's own can be pulled by its digest.
const PLATFORMS: [&str; 9] = [
    "linux/amd64",
    "linux/arm64",
    "linux/arm/v7",
    "linux/arm/v6",
    "linux/386",
    "linux/ppc64le",
    "linux/s390x",
    "linux/riscv64",
    "windows/amd64",
];

#[component]
pub fn PullBar() -> impl IntoView {
    let store = store();
    let text = RwSignal::new(String::new());
    // What was typed when the typing paused last.
    let settled = RwSignal::new(String::new());
    let problem = RwSignal::new(None::<(String, Problem)>);
    let busy = RwSignal::new(false);
    let platform = RwSignal::new(String::new());
    let all_tags = RwSignal::new(false);
    let credentials = CredentialForm::new();
    let field = NodeRef::<html::Input>::new();
    let parsed = Memo::new(move |_| text.with(|text| Reference::parse(text.trim())));
    let fault = Memo::new(move |_| {
        let is_settled = settled.with(|settled| text.with(|text| settled == text));
        parsed.with(|parsed| parsed.as_ref().err().filter(|fault| is_settled && **fault != ReferenceFault::Empty).cloned())
    });
    let untagged = Memo::new(move |_| {
        parsed.with(|parsed| parsed.as_ref().is_ok_and(|reference| reference.tag.is_none() && reference.digest.is_none()))
    });
    let typed = move |event: web_sys::Event| {
        let value = event_target_value(&event);
        // As it is copied from a page.
        let value = value.trim_start().strip_prefix("docker pull ").map_or(value.clone(), str::to_owned);
        text.set(value.clone());
        problem.set(None);
        set_timeout(
            move || {
                if text.try_with_untracked(|text| *text == value) == Some(true) {
                    settled.set(value);
                }
            },
            SILENCE,
        );
    };
    let call = move |credentials| PullImage {
        reference: text.with(|text| text.trim().to_owned()),
        all_tags: all_tags.get() && untagged.get(),
        platform: platform.get(),
        credentials,
    };
    let equivalent = Signal::derive(move || called(&call(credentials.shown())).filter(|_| parsed.with(Result::is_ok)));
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let wanted = text.get_untracked();
        settled.set(wanted.clone());
        if parsed.with_untracked(Result::is_err) || busy.get_untracked() || !credentials.is_complete() {
            if let Some(field) = field.get_untracked() {
                let _ = field.focus();
            }
            return;
        }
        busy.set(true);
        problem.set(None);
        let call = untrack(|| call(credentials.chosen()));
        spawn_local(async move {
            match link::call(call).await {
                Ok(job) => {
                    credentials.forget_password();
                    // The panel beside the table shows it; a phone has none in sight.
                    if browser::is_narrow() {
                        go(Route::job(&job));
                    }
                }
                Err(why) => problem.set(Some((wanted, why))),
            }
            busy.set(false);
        });
    };
    let registry = Signal::derive(move || text.with(|text| registry_of(text)));
    let cannot = move || busy.get() || !store.is_live() || parsed.with(Result::is_err) || !credentials.is_complete();
    view! {
        <form class="pullbar" aria-label=t().pull() on:submit=submit novalidate>
            <div class="field pull-ref">
                <label for="pull-reference">{t().image_to_pull()}</label>
                <div class="input mono lg" class:is-bad=move || fault.with(Option::is_some)>
                    <Glyph icon=Icon::Download/>
                    <input
                        id="pull-reference"
                        node_ref=field
                        spellcheck="false"
                        autocapitalize="none"
                        autocomplete="off"
                        placeholder=t().image_placeholder()
                        aria-invalid=move || fault.with(Option::is_some).then_some("true")
                        aria-describedby="pull-hint"
                        prop:value=move || text.get()
                        on:input=typed
                    />
                    {move || (untagged.get() && !all_tags.get()).then(|| view! { <span class="suffix" aria-hidden="true">{format!(":{DEFAULT_TAG}")}</span> })}
                    {move || parsed.with(Result::is_ok).then(|| view! { <span class="ok"><Glyph icon=Icon::OkCircle/></span> })}
                </div>
            </div>
            <CredentialSelect form=credentials id="pull-credentials" registry=registry class="lg"/>
            <div class="field">
                <label for="pull-platform">{t().platform()}</label>
                <select
                    class="select lg"
                    id="pull-platform"
                    disabled=move || store.lacks(Feature::Platform)
                    title=move || store.lacks(Feature::Platform).then(|| t().lacks_platform())
                    prop:value=move || platform.get()
                    on:change=move |event| platform.set(event_target_value(&event))
                >
                    <option value="">{t().platform_own()}</option>
                    {PLATFORMS.map(|platform| view! { <option value=platform>{platform}</option> }).collect_view()}
                </select>
            </div>
            // Not disabled for assistive technology and the keyboard: pressing it says what is wrong.
            <button class="btn primary lg" data-needs="job.pull" aria-disabled=move || cannot().then_some("true")>{t().pull()}</button>
            <Hint parsed=parsed fault=fault text=text settled=settled untagged=untagged all_tags=all_tags/>
            <TypedCredential form=credentials id="pull"/>
            {move || problem.get().map(|(wanted, problem)| view! { <ProblemNote title=t().could_not_pull(&wanted) problem=problem/> })}
            <Show when=move || parsed.with(Result::is_ok)>
                <div class="pull-command"><Equivalents what=equivalent/></div>
            </Show>
        </form>
    }
}

/// How the reference is read, or what is wrong with it.
#[component]
fn Hint(
    parsed: Memo<Result<Reference, ReferenceFault>>,
    fault: Memo<Option<ReferenceFault>>,
    text: RwSignal<String>,
    settled: RwSignal<String>,
    untagged: Memo<bool>,
    all_tags: RwSignal<bool>,
) -> impl IntoView {
    let is_here = Memo::new(move |_| text.with(|text| is_here(text.trim())));
    let use_it = Callback::new(move |better: String| {
        text.set(better.clone());
        settled.set(better);
    });
    let good = move || {
        view! {
            <div class="hint parsed">
                <ReferenceParts text=text/>
                <Show when=move || untagged.get()>
                    <label class="all-tags"><input type="checkbox" class="check" bind:checked=all_tags/>{t().all_tags()}</label>
                </Show>
                {move || match (untagged.get() && !all_tags.get(), is_here.get() && !all_tags.get()) {
                    (_, true) => view! { <span class="t3">{t().pull_is_here()}</span> }.into_any(),
                    (true, false) => view! { <span class="warn-text">{t().pull_latest_hint()}</span> }.into_any(),
                    _ if all_tags.get() => ().into_any(),
                    _ => view! { <span class="t3">{t().pull_not_here()}</span> }.into_any(),
                }}
            </div>
        }
        .into_any()
    };
    view! {
        <div id="pull-hint" class="pull-hint">
            {move || match (fault.get(), parsed.get()) {
                (Some(fault), _) => view! { <FaultNote fault=fault on_use=use_it is_alert=true/> }.into_any(),
                (None, Ok(_)) => good(),
                (None, Err(_)) => view! { <p class="hint parsed"><span>{t().pull_hint()}</span></p> }.into_any(),
            }}
        </div>
    }
}
