//! One entry of a folder, and what can be done with it.

use leptos::prelude::*;
use linkspan_shared::{
    bytes_name::shown,
    call::{ListFiles, ReadFile},
    file::{FileEntry, FileKind, FileSource, SHOWN},
};
use wasm_bindgen_futures::spawn_local;

use super::{Source, dialogs::Question, download, within};
use crate::{
    address::{at, go},
    browser,
    components::{
        copy::copy_text,
        grid::Grid,
        menu::{Item, menus},
        ui::{Glyph, Icon, virtual_rows::offset},
    },
    i18n::{bytes, date_time, t},
    link,
    store::failed,
};

/// What all rows share.
#[derive(Clone, Copy)]
pub struct Shared {
    pub source: Source,
    pub grid: Grid<String>,
    pub open: Callback<FileEntry>,
    pub ask: Callback<Question>,
    /// Nothing can be asked of the engine.
    pub off: Signal<bool>,
}

pub fn file_row(shared: Shared, folder: &str, entry: FileEntry, index: Signal<usize>) -> AnyView {
    let Shared { source, grid, open, ask, off } = shared;
    let path = within(folder, &entry.name);
    let tab = grid.tab(entry.name.clone(), index);
    let menus = menus();
    let kind = entry.kind;
    let href = match kind {
        FileKind::Folder => at(source.address(&[("path", &path)])),
        FileKind::File => at(source.address(&[("file", &path)])),
        // Asked for when it is followed.
        FileKind::Link | FileKind::Other => String::new(),
    };
    let label = entry.name.clone();
    // Of a device or a pipe there is nothing to fetch, and a folder is no text.
    let (can_fetch, can_edit) = (kind != FileKind::Other, matches!(kind, FileKind::File | FileKind::Link));
    let is_too_large = kind == FileKind::File && entry.size > SHOWN;
    let edit_address = source.address(&[("file", &path), ("edit", "true")]);
    let question = {
        let (path, entry) = (path.clone(), entry.clone());
        move |make: fn(String, FileEntry) -> Question| {
            let (path, entry) = (path.clone(), entry.clone());
            move || ask.run(make(path.clone(), entry.clone()))
        }
    };
    let (rename, delete) = (question(Question::Rename), question(Question::Delete));
    let fetch = {
        // A menu's item outlives its row.
        let (of, path) = (source.of(), path.clone());
        move || save(of.clone(), path.clone(), kind)
    };
    let more = {
        let (path, label, edit_address) = (path.clone(), label.clone(), edit_address.clone());
        let (fetch, rename, delete) = (fetch.clone(), rename.clone(), delete.clone());
        move |event: web_sys::MouseEvent| {
            let (path, called, edit_address) = (path.clone(), label.clone(), edit_address.clone());
            let mut items = Vec::new();
            if can_fetch {
                items.push(Item::new(t().action_download(), Icon::Download, fetch.clone()).needs("file.download"));
            }
            if can_edit && !is_too_large {
                items.push(Item::new(t().action_edit(), Icon::Pencil, move || go(&edit_address)));
            }
            items.push(Item::new(t().copy_path(), Icon::Copy, move || copy_text(shown(&path), called.clone())));
            if !off.get_untracked() && source.fixed.get_untracked().is_none() {
                items.push(Item::new(t().action_rename(), Icon::Tag, rename.clone()));
                items.push(Item::new(t().action_delete_more(), Icon::Trash, delete.clone()).danger().separated());
            }
            menus.open(label.clone(), items, &event);
        }
    };
    let button = move |icon: Icon, label: String, disabled: Signal<bool>, why: Signal<Option<&'static str>>, act: Box<dyn Fn()>| {
        let title = label.clone();
        view! {
            <button
                type="button"
                class="btn ghost sm icon-only"
                tabindex=tab
                aria-label=label
                title=move || why.get().map_or_else(|| title.clone(), str::to_owned)
                disabled=move || disabled.get()
                on:click=move |_| act()
            >
                <Glyph icon=icon/>
            </button>
        }
    };
    let never = Signal::stored(None);
    let is_fixed = Signal::derive(move || off.get() || source.fixed.get().is_some());
    let edit = can_edit.then(|| {
        let why = Signal::stored(is_too_large.then(|| t().too_large_to_edit()));
        let act = Box::new(move || go(&edit_address));
        button(Icon::Pencil, t().edit_file(&label), Signal::derive(move || is_too_large || off.get()), why, act)
    });
    let buttons = view! {
        {can_fetch.then(|| button(Icon::Download, t().download_file(&label), off, never, Box::new(fetch)))}
        {edit}
        {button(Icon::Tag, t().rename_file(&label), is_fixed, source.fixed, Box::new(rename))}
        {button(Icon::Trash, t().delete_file(&label), is_fixed, source.fixed, Box::new(delete))}
    };
    let opened = entry.clone();
    let name = if href.is_empty() && kind == FileKind::Link {
        view! { <button type="button" class="link" tabindex=tab on:click=move |_| open.run(opened.clone())>{entry.name.clone()}</button> }
            .into_any()
    } else if href.is_empty() {
        view! { <span>{entry.name.clone()}</span> }.into_any()
    } else {
        view! { <a href=href tabindex=tab title=entry.name.clone()>{entry.name.clone()}</a> }.into_any()
    };
    let active = entry.name.clone();
    view! {
        <div
            class="dt-row"
            role="row"
            id=grid.dom_id(&entry.name)
            tabindex=tab
            aria-label=entry.name.clone()
            aria-rowindex=move || (index.get() + 2).to_string()
            style:--y=offset(grid.viewport, index)
            on:focusin=move |_| grid.active.set(Some(active.clone()))
        >
            <div class="c-name" role="gridcell"><Glyph icon=icon_of(kind)/>{name}{(!entry.target.is_empty()).then(|| view! { <span class="t3 mono trunc">"→ "{entry.target.clone()}</span> })}</div>
            <div class="c-size num" role="gridcell">{(kind == FileKind::File).then(|| bytes(entry.size as f64))}</div>
            <div class="c-mode mono" role="gridcell">{mode(kind, entry.mode)}</div>
            <div class="c-owner num" role="gridcell">{format!("{}:{}", entry.uid, entry.gid)}</div>
            <div class="c-modified" role="gridcell">{entry.modified.map(date_time)}</div>
            <div class="row-more" role="gridcell">
                <div class="file-acts">{buttons}</div>
                <button type="button" class="btn ghost sm icon-only" tabindex=tab aria-haspopup="menu" aria-label=t().more_actions(&label) on:click=more><Glyph icon=Icon::More/></button>
            </div>
        </div>
    }
    .into_any()
}

/// A folder as a tar file, a file as it is; what a link leads to only asking tells.
fn save(of: FileSource, path: String, kind: FileKind) {
    spawn_local(async move {
        let leads_to_folder = kind == FileKind::Link && link::call(ListFiles { source: of.clone(), path: path.clone() }).await.is_ok();
        // Where it leads nowhere a browser would say no more than that it failed.
        if kind == FileKind::Link
            && !leads_to_folder
            && let Err(problem) = link::call(ReadFile { source: of.clone(), path: path.clone() }).await
        {
            return failed(t().could_not_read(&path), &problem);
        }
        let address = match kind {
            // With a slash at its end it is followed.
            _ if leads_to_folder => download(&of, &format!("{path}/"), false),
            FileKind::Folder => download(&of, &path, false),
            _ => download(&of, &path, true),
        };
        browser::save_from(&address);
    });
}

fn icon_of(kind: FileKind) -> Icon {
    match kind {
        FileKind::Folder => Icon::Folder,
        FileKind::File => Icon::File,
        FileKind::Link => Icon::Link,
        FileKind::Other => Icon::Cpu,
    }
}

/// As `ls -l` writes it.
fn mode(kind: FileKind, mode: u32) -> String {
    let first = match kind {
        FileKind::Folder => 'd',
        FileKind::File => '-',
        FileKind::Link => 'l',
        FileKind::Other => '?',
    };
    let bit = |at: u32, letter: char| if mode & (1 << at) == 0 { '-' } else { letter };
    // setuid, setgid and sticky stand in the place of x.
    let special = |at: u32, special: u32, letter: char| match (mode & (1 << at) != 0, mode & (1 << special) != 0) {
        (x, false) => {
            if x {
                'x'
            } else {
                '-'
            }
        }
        (true, true) => letter,
        (false, true) => letter.to_ascii_uppercase(),
    };
    let letters = [
        first,
        bit(8, 'r'),
        bit(7, 'w'),
        special(6, 11, 's'),
        bit(5, 'r'),
        bit(4, 'w'),
        special(3, 10, 's'),
        bit(2, 'r'),
        bit(1, 'w'),
        special(0, 9, 't'),
    ];
    letters.iter().collect()
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn modes_are_as_ls_writes_them() {
        assert_eq!(mode(FileKind::File, 0o754), "-rwxr-xr--");
        assert_eq!(mode(FileKind::File, 0o4755), "-rwsr-xr-x");
        assert_eq!((mode(FileKind::Folder, 0o1777), mode(FileKind::File, 0o2644)), ("drwxrwxrwt".into(), "-rw-r-Sr--".into()));
    }
}
