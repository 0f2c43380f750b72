//! What is asked before a folder is made, and before something is renamed or deleted.

use leptos::prelude::*;
use linkspan_shared::{
    call::{CreateFolder, DeleteFile, RenameFile},
    file::{FileEntry, FileKind},
};

use super::{Source, within};
use crate::{
    components::{
        attempt::Attempt,
        equivalent::{Equivalents, called},
        ui::dialog::Dialog,
    },
    i18n::t,
    link,
    store::say,
};

#[derive(Clone)]
pub enum Question {
    /// In the folder that is shown.
    NewFolder,
    /// With its whole path.
    Rename(String, FileEntry),
    Delete(String, FileEntry),
}

#[component]
pub fn FileDialog(
    source: Source,
    folder: Memo<String>,
    asked: RwSignal<Option<Question>>,
    /// Something is another one now.
    on_done: Callback<()>,
) -> impl IntoView {
    move || {
        asked.get().map(|question| match question {
            Question::NewFolder => {
                view! { <NewFolder source=source folder=folder.get_untracked() asked=asked on_done=on_done/> }.into_any()
            }
            Question::Rename(path, entry) => view! { <Rename source=source path=path entry=entry asked=asked on_done=on_done/> }.into_any(),
            Question::Delete(path, entry) => view! { <Delete source=source path=path entry=entry asked=asked on_done=on_done/> }.into_any(),
        })
    }
}

/// The field of a name; what was wrong with the last one is beside it.
fn name_field(name: RwSignal<String>, label: &'static str, attempt: Attempt, submit: Callback<()>) -> impl IntoView {
    view! {
        <form on:submit=move |event| {
            event.prevent_default();
            submit.run(());
        }>
            <div class="field">
                <label for="file-name">{label}</label>
                <div class="input mono" class:is-bad=move || attempt.problem.with(Option::is_some)>
                    <input
                        id="file-name"
                        autofocus
                        spellcheck="false"
                        autocomplete="off"
                        prop:value=move || name.get()
                        on:input=move |event| {
                            name.set(event_target_value(&event));
                            attempt.forget();
                        }
                    />
                </div>
            </div>
        </form>
        {attempt.note()}
    }
}

#[component]
fn NewFolder(source: Source, folder: String, asked: RwSignal<Option<Question>>, on_done: Callback<()>) -> impl IntoView {
    let close = Callback::new(move |()| asked.set(None));
    let name = RwSignal::new(String::new());
    let attempt = Attempt::new(t().could_not_create_folder());
    let hint = folder.clone();
    let call = move || CreateFolder { source: source.of(), path: folder.clone(), name: name.get() };
    let equivalent = {
        let call = call.clone();
        Signal::derive(move || called(&call()).filter(|_| name.with(|name| !name.is_empty())))
    };
    let create = Callback::new(move |()| {
        let call = untrack(&call);
        let path = within(&call.path, &call.name);
        attempt.run(
            link::call(call),
            move |()| {
                say(t().did_create(&path));
                on_done.try_run(());
            },
            move |()| close.run(()),
        );
    });
    let foot = move || {
        view! {
            <button type="button" class="btn" on:click=move |_| close.run(())>{t().cancel()}</button>
            <button type="button" class="btn primary" disabled=move || attempt.busy.get() || name.with(String::is_empty) on:click=move |_| create.run(())>{t().create()}</button>
        }
    };
    view! {
        <Dialog title=t().new_folder() on_close=close foot=foot>
            <p>{t().new_folder_text(&hint)}</p>
            {name_field(name, t().column_name(), attempt, create)}
            <Equivalents what=equivalent/>
        </Dialog>
    }
}

#[component]
fn Rename(source: Source, path: String, entry: FileEntry, asked: RwSignal<Option<Question>>, on_done: Callback<()>) -> impl IntoView {
    let close = Callback::new(move |()| asked.set(None));
    let old = entry.name;
    let name = RwSignal::new(old.clone());
    let attempt = Attempt::new(t().could_not_rename(&old));
    let title = t().rename_title(&old);
    let call = move || RenameFile { source: source.of(), path: path.clone(), name: name.get() };
    let equivalent = {
        let call = call.clone();
        Signal::derive(move || called(&call()))
    };
    let rename = Callback::new(move |()| {
        let call = untrack(&call);
        let (old, new) = (old.clone(), call.name.clone());
        // As it is called already.
        if old == new {
            return close.run(());
        }
        attempt.run(
            link::call(call),
            move |()| {
                say(t().did_rename(&old, &new));
                on_done.try_run(());
            },
            move |()| close.run(()),
        );
    });
    let foot = move || {
        view! {
            <button type="button" class="btn" on:click=move |_| close.run(())>{t().cancel()}</button>
            <button type="button" class="btn primary" disabled=move || attempt.busy.get() || name.with(String::is_empty) on:click=move |_| rename.run(())>{t().action_rename()}</button>
        }
    };
    view! {
        <Dialog title=title on_close=close foot=foot>
            {name_field(name, t().column_name(), attempt, rename)}
            <Equivalents what=equivalent/>
        </Dialog>
    }
}

#[component]
fn Delete(source: Source, path: String, entry: FileEntry, asked: RwSignal<Option<Question>>, on_done: Callback<()>) -> impl IntoView {
    let close = Callback::new(move |()| asked.set(None));
    let attempt = Attempt::new(t().could_not_delete(&path));
    let (title, verb) = (t().delete_title(&entry.name), t().delete_file(&entry.name));
    let text = match entry.kind {
        FileKind::Folder => t().delete_folder_text(&path),
        // What it leads to stays.
        FileKind::Link => t().delete_link_text(&path),
        _ => t().delete_file_text(&path),
    };
    let equivalent = called(&DeleteFile { source: untrack(|| source.of()), path: path.clone() });
    let delete = move |_| {
        let deleted = path.clone();
        attempt.run(
            link::call(DeleteFile { source: source.of(), path: path.clone() }),
            move |()| {
                say(t().did_delete(&deleted));
                on_done.try_run(());
            },
            move |()| close.run(()),
        );
    };
    let foot = move || {
        view! {
            <button type="button" class="btn" autofocus on:click=move |_| close.run(())>{t().cancel()}</button>
            <button type="button" class="btn danger" disabled=move || attempt.busy.get() on:click=delete.clone()>{verb.clone()}</button>
        }
    };
    view! {
        <Dialog title=title on_close=close foot=foot>
            <p>{text}</p>
            <Equivalents what=Signal::stored(equivalent)/>
            {attempt.note()}
        </Dialog>
    }
}
