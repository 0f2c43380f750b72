//! One file of a container, to be read.

use leptos::prelude::*;
use linkspan_shared::{
    call::ReadFile,
    file::{FileText, SHOWN},
    ids::ContainerId,
    problem::Problem,
};
use wasm_bindgen_futures::spawn_local;

use super::files::{address, crumbs, download, parent};
use crate::{
    address::replace,
    components::{
        copy::copy_text,
        ui::{Glyph, Icon, problem_note::ProblemNote, state_view::StateView},
    },
    i18n::{bytes, t},
    link,
    store::store,
};

#[component]
pub fn FileView(id: ContainerId, path: String) -> impl IntoView {
    let found = RwSignal::new(None::<Result<FileText, Problem>>);
    let store = store();
    let again = RwSignal::new(0u32);
    {
        let (id, path) = (id.clone(), path.clone());
        Effect::new(move || {
            again.track();
            if store.is_live() {
                let call = ReadFile { container: id.clone(), path: path.clone() };
                spawn_local(async move { drop(found.try_set(Some(link::call(call).await))) });
            }
        });
    }
    let back = {
        let id = id.clone();
        let path = path.clone();
        move |_| replace(address(&id, "path", &parent(&path)))
    };
    let save = download(&id, &path, true);
    let copied = path.clone();
    let copy = move |_| {
        if let Some(Ok(FileText { text: Some(text), .. })) = found.get_untracked() {
            copy_text(text, copied.clone());
        }
    };
    let shown = path.clone();
    view! {
        <div class="toolbar files-bar">
            {crumbs(&id, &path, true)}
            <div class="end">
                {move || match found.get() {
                    Some(Ok(file)) => Some(view! { <span class="t3 num">{bytes(file.size as f64)}</span> }),
                    _ => None,
                }}
                <button type="button" class="btn ghost" on:click=back><Glyph icon=Icon::X/>{t().close()}</button>
                <button type="button" class="btn ghost icon-only" aria-label=t().refresh() title=t().refresh() on:click=move |_| again.update(|again| *again += 1)><Glyph icon=Icon::Restart/></button>
                <button type="button" class="btn ghost" on:click=copy><Glyph icon=Icon::Copy/>{t().copy()}</button>
                <a class="btn" href=save download="" rel="external"><Glyph icon=Icon::Download/>{t().action_download()}</a>
            </div>
        </div>
        {move || match found.get() {
            None => ().into_any(),
            Some(Err(problem)) => view! { <div class="page-col"><ProblemNote title=t().could_not_read(&shown) problem=problem/></div> }.into_any(),
            Some(Ok(FileText { text: None, .. })) => view! { <StateView title=t().not_text_title() text=t().not_text_text()/> }.into_any(),
            Some(Ok(FileText { text: Some(text), is_cut, .. })) => view! {
                {is_cut.then(|| view! { <div class="banner warn" role="status"><Glyph icon=Icon::Info/><p>{t().file_cut(&bytes(SHOWN as f64))}</p></div> })}
                <pre class="code mono" tabindex="0" role="region" aria-label=shown.clone()>{text}</pre>
            }.into_any(),
        }}
    }
}
