//! Puts files of one's own machine into a folder; what would be replaced is asked for.

use leptos::{html, prelude::*};
use wasm_bindgen_futures::spawn_local;
use web_sys::FileList;

use super::{Source, download};
use crate::{
    archive, browser,
    components::ui::{Glyph, Icon, dialog::Dialog},
    i18n::t,
    store::{failed, say},
};

/// Of files that somebody puts there: a browser does not tell which are programs.
const MODE: u32 = 0o644;

#[component]
pub fn Upload(
    source: Source,
    folder: Memo<String>,
    /// Whether a file of this name is there already, as far as is known.
    is_present: Callback<String, bool>,
    #[prop(into)] disabled: Signal<bool>,
    on_done: Callback<()>,
) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    let busy = RwSignal::new(false);
    // The folder that was asked about, and what would be replaced in it.
    let asking = RwSignal::new(None::<(String, Vec<String>)>);
    let clear = move || {
        asking.set(None);
        if let Some(field) = input.get_untracked() {
            field.set_value("");
        }
    };
    let send = move |path: String| {
        let Some(files) = input.get_untracked().and_then(|field| field.files()) else { return };
        let number = files.length() as usize;
        let Some(archive) = archive::of_files(&files, MODE, true).filter(|_| number > 0) else { return };
        let to = download(&source.of(), &path, false);
        busy.set(true);
        clear();
        spawn_local(async move {
            let sent = browser::send(&to, &archive).await;
            busy.try_set(false);
            match sent {
                Ok(_) => {
                    say(t().did_upload(number, &path));
                    on_done.try_run(());
                }
                Err(problem) => failed(t().could_not_upload(&path), &problem),
            }
        });
    };
    let chosen = move |_| {
        let Some(files) = input.get_untracked().and_then(|field| field.files()) else { return };
        let (path, replaced) = (folder.get_untracked(), names(&files).filter(|name| is_present.run(name.clone())).collect::<Vec<_>>());
        if replaced.is_empty() { send(path) } else { asking.set(Some((path, replaced))) }
    };
    view! {
        <input class="vh" id="upload-files" type="file" multiple tabindex="-1" aria-hidden="true" node_ref=input on:change=chosen/>
        <button type="button" class="btn" disabled=move || busy.get() || disabled.get() on:click=move |_| {
            if let Some(field) = input.get_untracked() { field.click(); }
        }>
            {move || if busy.get() { view! { <Glyph icon=Icon::Loader class="spin"/> } } else { view! { <Glyph icon=Icon::Upload/> } }}{t().upload_files()}
        </button>
        {move || asking.get().map(|(path, replaced)| {
            let (number, to) = (replaced.len(), path.clone());
            let foot = move || view! {
                <button type="button" class="btn" autofocus on:click=move |_| clear()>{t().cancel()}</button>
                <button type="button" class="btn danger" on:click={let to = to.clone(); move |_| send(to.clone())}>{t().replace_files(number)}</button>
            };
            view! {
                <Dialog title=t().replace_files_title(number) on_close=Callback::new(move |()| clear()) foot=foot>
                    <p>{t().replace_files_text(&path)}</p>
                    <ul class="dialog-list">{replaced.into_iter().map(|name| view! { <li><Glyph icon=Icon::File/><b class="trunc">{name}</b></li> }).collect_view()}</ul>
                </Dialog>
            }
        })}
    }
}

fn names(files: &FileList) -> impl Iterator<Item = String> {
    (0..files.length()).filter_map(|at| Some(files.item(at)?.name()))
}
