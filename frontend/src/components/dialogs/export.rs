//! What makes containers like these: lines of docker run, and a Compose file.

use leptos::prelude::*;
use linkspan_shared::{call::ExportContainers, container::Container, explain::Exported};

use super::Dialogs;
use crate::{
    components::{
        attempt::Attempt,
        copy::copy_text,
        ui::{Glyph, Icon, dialog::Dialog},
    },
    i18n::t,
    link,
    route::encoded,
};

const FILES: [&str; 2] = ["docker-run.sh", "compose.yaml"];

#[component]
pub fn Export(containers: Vec<Container>, dialogs: Dialogs) -> impl IntoView {
    let close = Callback::new(move |()| dialogs.close());
    let title = match containers.as_slice() {
        [one] => t().export_title(&one.name),
        many => t().export_many_title(many.len()),
    };
    let found = RwSignal::new(Exported::default());
    let file = RwSignal::new(FILES[0]);
    let text = Memo::new(move |_| found.with(|found| if file.get() == FILES[0] { found.docker.clone() } else { found.compose.clone() }));
    let attempt = Attempt::new(t().could_not_export());
    let call = ExportContainers { containers: containers.into_iter().map(|one| one.id).collect() };
    attempt.run(link::call(call), |_| {}, move |exported| found.set(exported));
    let foot = move || {
        view! {
            <button type="button" class="btn" autofocus on:click=move |_| close.run(())>{t().close()}</button>
            <button type="button" class="btn" on:click=move |_| copy_text(text.get_untracked(), file.get_untracked().to_owned())><Glyph icon=Icon::Copy/>{t().copy()}</button>
            <a
                class="btn primary"
                href=move || format!("data:text/plain;charset=utf-8,{}", text.with(|text| encoded(text).to_string()))
                download=move || file.get()
            >
                <Glyph icon=Icon::Download/>{t().download()}
            </a>
        }
    };
    view! {
        <Dialog title=title on_close=close foot=foot>
            <p>{t().export_text()}</p>
            <div class="seg" role="group" aria-label=t().export_as()>
                {FILES.map(|one| view! {
                    <button type="button" class="mono" aria-pressed=move || (file.get() == one).to_string() on:click=move |_| file.set(one)>{one}</button>
                })}
            </div>
            <pre class="code draft-text" tabindex="0" role="region" aria-label=t().export_as()>{move || text.get()}</pre>
            {attempt.note()}
        </Dialog>
    }
}
