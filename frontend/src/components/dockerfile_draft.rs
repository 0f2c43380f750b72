//! A Dockerfile that makes what is selected, to be read, copied and built.

use leptos::prelude::*;
use linkspan_shared::{call::DraftDockerfile, review::DockerfileDraft};

use super::{
    attempt::Attempt,
    copy::copy_text,
    ui::{Glyph, Icon, dialog::Dialog},
};
use crate::{
    address::at,
    base,
    i18n::{bytes, t},
    link,
    route::{Route, encoded},
};

/// Where a browser gets what a draft is built from.
fn context_address(draft: &DockerfileDraft) -> String {
    let engine = link::engine().map(|engine| format!("?engine={}", encoded(engine.as_str()))).unwrap_or_default();
    format!("/api/drafts/{}{engine}", draft.id)
}

/// `call`: what is asked for; without, nothing.
#[component]
pub fn DraftButton(
    call: Callback<(), Option<DraftDockerfile>>,
    #[prop(into)] off: Signal<bool>,
    /// Why it is off.
    #[prop(into, default = Signal::stored(None))]
    why: Signal<Option<&'static str>>,
) -> impl IntoView {
    let draft = RwSignal::new(None::<DockerfileDraft>);
    let packages = RwSignal::new(true);
    let attempt = Attempt::new(t().could_not_draft());
    let ask = move || {
        // Its button stays as it is meanwhile: what cannot be pressed loses the focus.
        if attempt.busy.get_untracked() {
            return;
        }
        if let Some(call) = call.run(()) {
            let call = DraftDockerfile { packages: packages.get_untracked(), ..call };
            attempt.run(link::call(call), |_| {}, move |made| draft.set(Some(made)));
        }
    };
    let close = Callback::new(move |()| draft.set(None));
    let is_open = Memo::new(move |_| draft.with(Option::is_some));
    let text = move || draft.with(|draft| draft.as_ref().map(|draft| draft.text.clone()).unwrap_or_default());
    let foot = move || {
        let address = move || draft.with(|draft| draft.as_ref().map(|draft| base::href(&context_address(draft))).unwrap_or_default());
        let size = move || draft.with(|draft| draft.as_ref().map(|draft| bytes(draft.size as f64)).unwrap_or_default());
        view! {
            <button type="button" class="btn" autofocus on:click=move |_| copy_text(text(), t().dockerfile().to_owned())><Glyph icon=Icon::Copy/>{t().copy()}</button>
            <a class="btn primary" href=address download="" rel="external"><Glyph icon=Icon::Download/>{move || t().download_context(&size())}</a>
        }
    };
    // Without them it says so once more.
    let shows_choice = move || !packages.get() || draft.with(|draft| draft.as_ref().is_some_and(|draft| draft.has_packages));
    view! {
        <button type="button" class="btn sm" data-needs="review.dockerfile" aria-busy=move || attempt.busy.get().to_string() disabled=off title=move || why.get() on:click=move |_| ask()>
            {move || if attempt.busy.get() { view! { <Glyph icon=Icon::Loader class="spin"/> } } else { view! { <Glyph icon=Icon::File/> } }}
            {t().dockerfile_draft()}
        </button>
        {attempt.note()}
        {move || is_open.get().then(|| view! {
            <Dialog title=t().dockerfile_draft() on_close=close foot=foot>
                <p>{t().draft_text()}" "<a class="link" href=at(Route::Build)>{t().build_image()}</a></p>
                {move || shows_choice().then(|| view! {
                    <label class="switch-row">
                        <input type="checkbox" class="check" aria-label=t().draft_packages() prop:checked=move || packages.get() on:change=move |event| {
                            packages.set(event_target_checked(&event));
                            ask();
                        }/>
                        <span><b>{t().draft_packages()}</b><span class="t3">{t().draft_packages_hint()}</span></span>
                    </label>
                })}
                <pre class="code draft-text" tabindex="0" role="region" aria-label=t().dockerfile()>{text}</pre>
            </Dialog>
        })}
    }
}
