//! What somebody did last, as a script to keep.

use leptos::prelude::*;
use linkspan_shared::{call::ExportActions, explain::Language};

use super::{
    attempt::Attempt,
    copy::copy_text,
    ui::{Glyph, Icon, dialog::Dialog},
};
use crate::{i18n::t, link, route::encoded};

const LANGUAGES: [(Language, &str); 3] = [(Language::Docker, "sh"), (Language::Curl, "sh"), (Language::Python, "py")];

#[component]
pub fn ScriptButton() -> impl IntoView {
    let open = RwSignal::new(false);
    view! {
        <button type="button" class="btn" data-needs="explain.script" aria-haspopup="dialog" on:click=move |_| open.set(true)><Glyph icon=Icon::File/>{t().as_a_script()}</button>
        {move || open.get().then(|| view! { <Script open=open/> })}
    }
}

#[component]
fn Script(open: RwSignal<bool>) -> impl IntoView {
    let close = Callback::new(move |()| open.set(false));
    let chosen = RwSignal::new(Language::Docker);
    let text = RwSignal::new(String::new());
    let attempt = Attempt::new(t().could_not_script());
    let ask = move |language: Language| {
        attempt.run(
            link::call(ExportActions { language }),
            |_| {},
            move |script| {
                chosen.set(language);
                text.set(script);
            },
        );
    };
    ask(Language::Docker);
    let extension = move || LANGUAGES.iter().find(|(language, _)| *language == chosen.get()).map_or("sh", |(_, extension)| extension);
    let foot = move || {
        view! {
            <button type="button" class="btn" autofocus on:click=move |_| close.run(())>{t().close()}</button>
            <button type="button" class="btn" on:click=move |_| copy_text(text.get_untracked(), t().copied_script().to_owned())><Glyph icon=Icon::Copy/>{t().copy()}</button>
            <a
                class="btn primary"
                href=move || format!("data:text/plain;charset=utf-8,{}", text.with(|text| encoded(text).to_string()))
                download=move || format!("linkspan.{}", extension())
            >
                <Glyph icon=Icon::Download/>{t().script_download()}
            </a>
        }
    };
    view! {
        <Dialog title=t().script_title().to_owned() on_close=close foot=foot>
            <p>{t().script_text()}</p>
            <div class="seg" role="group" aria-label=t().script_title()>
                {LANGUAGES.map(|(language, _)| view! {
                    <button type="button" class="mono" aria-pressed=move || (chosen.get() == language).to_string() on:click=move |_| ask(language)>{language.name()}</button>
                })}
            </div>
            <pre class="code draft-text" tabindex="0" role="region" aria-label=t().script_title()>{move || text.get()}</pre>
            {attempt.note()}
        </Dialog>
    }
}
