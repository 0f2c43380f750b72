//! One file, to be read, and changed if it is text.

use leptos::prelude::*;
use linkspan_shared::{
    call::ReadFile,
    file::{FileText, SHOWN},
    problem::Problem,
};
use wasm_bindgen_futures::spawn_local;

use super::{Source, crumbs, download, editor::Editor, parent, text::LineEnd};
use crate::{
    address::{at, query, replace},
    base,
    components::{
        copy::copy_text,
        ui::{Glyph, Icon, problem_note::ProblemNote, state_view::StateView},
    },
    i18n::{bytes, t},
    link,
    store::store,
};

#[component]
pub fn FileView(source: Source, path: String) -> impl IntoView {
    let found = RwSignal::new(None::<Result<FileText, Problem>>);
    let store = store();
    let again = RwSignal::new(0u32);
    let query = query();
    let edits = Memo::new(move |_| query.with(|query| query.get("edit").is_some_and(|edit| edit == "true")));
    {
        let path = path.clone();
        Effect::new(move || {
            again.track();
            // What an editor ends with is read anew.
            edits.track();
            if store.is_live() && source.is_there.get() {
                let call = ReadFile { source: source.of(), path: path.clone() };
                spawn_local(async move { drop(found.try_set(Some(link::call(call).await))) });
            }
        });
    }
    // Why not, in words.
    let why_not = Memo::new(move |_| {
        found.with(|found| match found {
            Some(Ok(FileText { text: Some(text), digest: Some(_), .. })) if LineEnd::of(text).is_some() => None,
            Some(Ok(FileText { digest: Some(_), .. })) => Some(t().mixed_line_ends()),
            Some(Ok(FileText { is_cut: true, .. })) => Some(t().too_large_to_edit()),
            _ => Some(t().not_text_title()),
        })
    });
    let back = {
        let path = path.clone();
        move |_| replace(source.address(&[("path", &parent(&path))]))
    };
    let save = base::href(&download(&source.of(), &path, true));
    let copied = path.clone();
    let copy = move |_| {
        if let Some(Ok(FileText { text: Some(text), .. })) = found.get_untracked() {
            copy_text(text, copied.clone());
        }
    };
    let edit_address = at(source.address(&[("file", &path), ("edit", "true")]));
    let (shown, edited) = (path.clone(), path.clone());
    // Another answer is another text, but not under somebody's hands.
    let editable = Memo::new(move |before: Option<&Option<FileText>>| {
        let now = found.with(|found| found.as_ref().and_then(|found| found.as_ref().ok()).filter(|file| file.digest.is_some()).cloned());
        before.cloned().flatten().filter(|_| edits.get()).or(now)
    });
    view! {
        <div class="toolbar files-bar">
            {crumbs(source, &path, true)}
            <div class="end" class:vanish=move || edits.get()>
                {move || match found.get() {
                    Some(Ok(file)) => Some(view! { <span class="t3 num">{bytes(file.size as f64)}</span> }),
                    _ => None,
                }}
                <button type="button" class="btn ghost" on:click=back><Glyph icon=Icon::X/>{t().close()}</button>
                <button type="button" class="btn ghost icon-only" aria-label=t().refresh() title=t().refresh() on:click=move |_| again.update(|again| *again += 1)><Glyph icon=Icon::Restart/></button>
                <button type="button" class="btn ghost" on:click=copy><Glyph icon=Icon::Copy/>{t().copy()}</button>
                <a class="btn" data-needs="file.download" href=save download="" rel="external"><Glyph icon=Icon::Download/>{t().action_download()}</a>
                {move || match why_not.get() {
                    None => view! { <a class="btn primary" href=edit_address.clone()><Glyph icon=Icon::Pencil/>{t().action_edit()}</a> }.into_any(),
                    Some(why) => view! { <button type="button" class="btn primary" disabled title=why><Glyph icon=Icon::Pencil/>{t().action_edit()}</button> }.into_any(),
                }}
            </div>
        </div>
        {move || match (edits.get(), why_not.get(), editable.get()) {
            (true, None, Some(file)) => view! { <Editor source=source path=edited.clone() file=file/> }.into_any(),
            (true, Some(why), _) if found.with(Option::is_some) => {
                view! { <div class="banner warn" role="status"><Glyph icon=Icon::Info/><p>{why}</p></div> }.into_any()
            }
            _ => ().into_any(),
        }}
        {move || match found.get() {
            _ if edits.get() && why_not.get().is_none() => ().into_any(),
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
