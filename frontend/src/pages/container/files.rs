//! The tab Files: what is in the container's folders, to be read, fetched and put there, also while it does not run.

use leptos::prelude::*;
use linkspan_shared::{
    bytes_name::shown,
    call::{ListFiles, ReadFile},
    container::Container,
    file::{FileEntry, FileKind, Listing},
    ids::ContainerId,
    problem::{Problem, ProblemCode},
};
use wasm_bindgen_futures::spawn_local;

use super::{file_view::FileView, upload::Upload};
use crate::{
    address::{at, go, query},
    browser, case,
    components::{
        copy::copy_text,
        filter_box::FilterBox,
        grid::Grid,
        keys::{self, Command, Scope},
        menu::{Item, menus},
        ui::{
            Glyph, Icon,
            problem_note::ProblemNote,
            state_view::StateView,
            virtual_rows::{VirtualRows, offset},
        },
    },
    i18n::{bytes, date_time, t},
    link,
    route::{Route, Tab},
    store::{failed, store},
};

#[component]
pub fn Files(row: Signal<Container>, is_there: Memo<bool>) -> impl IntoView {
    let id = row.with_untracked(|row| row.id.clone());
    let query = query();
    let word = move |name: &'static str| Memo::new(move |_| query.with(|query| query.get(name).filter(|path| path.starts_with('/'))));
    let (path, file) = (word("path"), word("file"));
    let folder = Memo::new(move |_| path.get().unwrap_or_else(|| "/".to_owned()));
    let shown_id = id.clone();
    view! {
        {move || match file.get() {
            Some(file) => view! { <FileView id=shown_id.clone() path=file/> }.into_any(),
            None => view! { <Folder id=shown_id.clone() row=row folder=folder is_there=is_there/> }.into_any(),
        }}
    }
}

pub fn address(id: &ContainerId, word: &str, path: &str) -> String {
    Route::container(id, Tab::Files).with(&[(word, path)])
}

/// Where the browser gets it from; `plain`: the file itself, not a tar file with it.
pub fn download(id: &ContainerId, path: &str, plain: bool) -> String {
    let engine = link::engine().map(|engine| format!("&engine={}", js_sys::encode_uri_component(engine.as_str()))).unwrap_or_default();
    let plain = if plain { "&plain=true" } else { "" };
    format!("/api/containers/{id}/archive?path={}{plain}{engine}", js_sys::encode_uri_component(path))
}

fn within(folder: &str, name: &str) -> String {
    format!("{}/{name}", folder.trim_end_matches('/'))
}

pub fn parent(path: &str) -> String {
    let path = path.trim_end_matches('/');
    path.rsplit_once('/').map(|(parent, _)| if parent.is_empty() { "/" } else { parent }).unwrap_or("/").to_owned()
}

/// Each folder on the way leads there.
pub fn crumbs(id: &ContainerId, path: &str, is_file: bool) -> impl IntoView + use<> {
    let mut whole = String::new();
    let mut parts = vec![("/".to_owned(), "/".to_owned())];
    for part in path.split('/').filter(|part| !part.is_empty()) {
        whole = format!("{whole}/{part}");
        parts.push((part.to_owned(), whole.clone()));
    }
    let last = parts.len() - 1;
    let link = |(index, (name, to)): (usize, (String, String))| {
        if is_file && index == last {
            return view! { <li><span class="mono" aria-current="page">{name}</span></li> }.into_any();
        }
        let href = at(address(id, "path", &to));
        view! { <li><a class="mono" href=href aria-current=(index == last).then_some("page")>{name}</a></li> }.into_any()
    };
    view! { <nav class="path" aria-label=t().path()><ol>{parts.into_iter().enumerate().map(link).collect_view()}</ol></nav> }
}

#[component]
fn Folder(id: ContainerId, row: Signal<Container>, folder: Memo<String>, is_there: Memo<bool>) -> impl IntoView {
    let store = store();
    let found = RwSignal::new(None::<Result<Listing, Problem>>);
    let again = RwSignal::new(0u32);
    let text = RwSignal::new(String::new());
    {
        let id = id.clone();
        Effect::new(move |before: Option<String>| {
            again.track();
            let path = folder.get();
            if before.is_some_and(|before| before != path) {
                found.set(None);
                text.set(String::new());
            }
            if store.is_live() && is_there.get() {
                let (container, asked) = (id.clone(), path.clone());
                spawn_local(async move {
                    let answer = link::call(ListFiles { container, path: asked.clone() }).await;
                    // Somebody may have gone on meanwhile.
                    if folder.try_get_untracked().is_some_and(|now| now == asked) {
                        found.try_set(Some(answer));
                    }
                });
            }
            path
        });
    }
    let shown = Memo::new(move |_| {
        let wanted = case::lower(&text.get());
        found.with(|found| match found {
            Some(Ok(listing)) => listing
                .entries
                .iter()
                .filter(|entry| case::lower(&entry.name).contains(&wanted))
                .map(|entry| entry.name.clone())
                .collect::<Vec<_>>(),
            _ => Vec::new(),
        })
    });
    let grid = Grid::new(shown, |name: &String| format!("file-{name}"));
    let entry = move |name: &str| {
        found.with(|found| match found {
            Some(Ok(listing)) => listing.entries.iter().find(|entry| entry.name == name).cloned(),
            _ => None,
        })
    };
    let open = {
        let id = id.clone();
        Callback::new(move |entry: FileEntry| {
            let path = within(&folder.get_untracked(), &entry.name);
            match entry.kind {
                FileKind::Folder => go(address(&id, "path", &path)),
                FileKind::File => go(address(&id, "file", &path)),
                FileKind::Link => {
                    // A link leads to a folder or to a file: only asking tells.
                    let (container, here) = (id.clone(), folder.get_untracked());
                    spawn_local(async move {
                        let listed = link::call(ListFiles { container: container.clone(), path: path.clone() }).await;
                        let is_here = folder.try_get_untracked() == Some(here);
                        if !is_here || matches!(&listed, Err(problem) if problem.code == ProblemCode::ConnectionLost) {
                            return;
                        }
                        go(address(&container, if listed.is_ok() { "path" } else { "file" }, &path));
                    });
                }
                FileKind::Other => {}
            }
        })
    };
    let to = {
        let id = id.clone();
        Callback::new(move |path: String| download(&id, &path, false))
    };
    // What nothing is known of may be there.
    let is_present = Callback::new(move |name: String| {
        found.with_untracked(|found| match found {
            Some(Ok(listing)) => {
                let same = listing.entries.iter().find(|entry| entry.name == name);
                same.map_or(listing.is_partial, |entry| entry.kind != FileKind::Folder)
            }
            _ => true,
        })
    });
    let own = id.clone();
    let row_view = {
        let id = id.clone();
        move |name: String, index: Signal<usize>| {
            let (id, row) = (id.clone(), Memo::new(move |_| entry(&name)));
            move || row.get().map(|entry| file_row(&id, &folder.get_untracked(), entry, index, grid, open))
        }
    };
    {
        let id = id.clone();
        grid.listen(move |event| {
            if keys::command(event, Scope::Files) == Some(Command::Parent) && !keys::is_held(event, Command::Parent) {
                event.prevent_default();
                go(address(&id, "path", &parent(&folder.get_untracked())));
                return;
            }
            grid.on_key(
                event,
                Scope::Files,
                |name| {
                    if let Some(entry) = untrack(|| entry(name)) {
                        open.run(entry)
                    }
                },
                |_, _| false,
            );
        });
    }
    let name = move || row.with(|row| row.name.clone());
    let up = {
        let id = id.clone();
        move || at(address(&id, "path", &parent(&folder.get())))
    };
    let tar = {
        let id = id.clone();
        // With a slash at its end a link to a folder is followed.
        move || download(&id, &format!("{}/", folder.get().trim_end_matches('/')), false)
    };
    view! {
        <div class="toolbar files-bar">
            {move || crumbs(&own, &folder.get(), false)}
            <div class="end">
                <FilterBox label=t().filter_files() text=text on_type=Callback::new(move |value| text.set(value))/>
                <button type="button" class="btn ghost icon-only" aria-label=t().refresh() title=t().refresh() on:click=move |_| again.update(|again| *again += 1)><Glyph icon=Icon::Restart/></button>
                <a class="btn" href=tar download="" rel="external"><Glyph icon=Icon::Download/>{t().download_folder()}</a>
                <Upload
                    folder=folder
                    is_present=is_present
                    to=to
                    disabled=Signal::derive(move || !store.is_live() || !is_there.get())
                    on_done=Callback::new(move |()| again.update(|again| *again += 1))
                />
            </div>
        </div>
        {move || found.with(|found| matches!(found, Some(Ok(listing)) if listing.is_partial)).then(|| view! {
            <div class="banner warn" role="status"><Glyph icon=Icon::Warn/><p>{t().listing_partial()}</p></div>
        })}
        <div class="scroller" node_ref=grid.viewport.scroller on:scroll=move |_| grid.viewport.scrolled()>
            {move || match found.get() {
                Some(Err(problem)) => view! { <div class="page-col"><ProblemNote title=t().could_not_list(&folder.get()) problem=problem/></div> }.into_any(),
                _ => ().into_any(),
            }}
            <div
                class="dt ft"
                role="grid"
                aria-label=move || t().files_of(&name(), &folder.get())
                aria-rowcount=move || (shown.with(Vec::len) + 1).to_string()
                aria-busy=move || found.with(Option::is_none).to_string()
                class:vanish=move || found.with(|found| matches!(found, Some(Err(_))))
            >
                <div class="dt-head" role="row" aria-rowindex="1">
                    <div class="c-name" role="columnheader">{t().column_name()}</div>
                    <div class="c-size" role="columnheader">{t().column_size()}</div>
                    <div class="c-mode" role="columnheader">{t().column_mode()}</div>
                    <div class="c-owner" role="columnheader">{t().column_owner()}</div>
                    <div class="c-modified" role="columnheader">{t().column_modified()}</div>
                    <div class="row-more" role="columnheader"><span class="vh">{t().column_actions()}</span></div>
                </div>
                <VirtualRows viewport=grid.viewport rows=shown keep=grid.active view=row_view/>
            </div>
            {move || match (found.with(|found| matches!(found, Some(Ok(_)))), shown.with(Vec::is_empty), text.with(String::is_empty)) {
                (true, true, true) => {
                    let up = up();
                    view! { <StateView title=t().folder_empty() text=""><a class="btn" href=up>{t().to_parent()}</a></StateView> }.into_any()
                }
                (true, true, false) => view! { <StateView title=t().no_match_title() text=""><button type="button" class="btn" on:click=move |_| text.set(String::new())>{t().clear_filter()}</button></StateView> }.into_any(),
                _ => ().into_any(),
            }}
        </div>
    }
}

fn file_row(
    id: &ContainerId,
    folder: &str,
    entry: FileEntry,
    index: Signal<usize>,
    grid: Grid<String>,
    open: Callback<FileEntry>,
) -> AnyView {
    let path = within(folder, &entry.name);
    let tab = grid.tab(entry.name.clone(), index);
    let menus = menus();
    let kind = entry.kind;
    let href = match entry.kind {
        FileKind::Folder => at(address(id, "path", &path)),
        FileKind::File => at(address(id, "file", &path)),
        // Asked for when it is followed.
        FileKind::Link | FileKind::Other => String::new(),
    };
    let (icon, active, label) = (icon_of(entry.kind), entry.name.clone(), entry.name.clone());
    let more = {
        let (container, path, label) = (id.clone(), path.clone(), label.clone());
        move |event: web_sys::MouseEvent| {
            let (path, called, fetched) = (path.clone(), path.clone(), path.clone());
            let container = container.clone();
            let save = move || save(container.clone(), fetched.clone(), kind);
            let mut items = vec![Item::new(t().copy_path(), Icon::Copy, move || copy_text(shown(&path), called.clone()))];
            // Of a device or a pipe there is nothing to fetch.
            if kind != FileKind::Other {
                items.insert(0, Item::new(t().action_download(), Icon::Download, save));
            }
            menus.open(label.clone(), items, &event);
        }
    };
    let opened = entry.clone();
    let name = if href.is_empty() && entry.kind == FileKind::Link {
        view! { <button type="button" class="link" tabindex=tab on:click=move |_| open.run(opened.clone())>{entry.name.clone()}</button> }
            .into_any()
    } else if href.is_empty() {
        view! { <span>{entry.name.clone()}</span> }.into_any()
    } else {
        view! { <a href=href tabindex=tab title=entry.name.clone()>{entry.name.clone()}</a> }.into_any()
    };
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
            <div class="c-name" role="gridcell"><Glyph icon=icon/>{name}{(!entry.target.is_empty()).then(|| view! { <span class="t3 mono trunc">"→ "{entry.target.clone()}</span> })}</div>
            <div class="c-size num" role="gridcell">{(entry.kind == FileKind::File).then(|| bytes(entry.size as f64))}</div>
            <div class="c-mode mono" role="gridcell">{mode(entry.kind, entry.mode)}</div>
            <div class="c-owner num" role="gridcell">{format!("{}:{}", entry.uid, entry.gid)}</div>
            <div class="c-modified" role="gridcell">{entry.modified.map(date_time)}</div>
            <div class="row-more" role="gridcell">
                <button type="button" class="btn ghost sm icon-only" tabindex=tab aria-haspopup="menu" aria-label=t().more_actions(&label) on:click=more><Glyph icon=Icon::More/></button>
            </div>
        </div>
    }
    .into_any()
}

/// A folder as a tar file, a file as it is; what a link leads to only asking tells.
fn save(container: ContainerId, path: String, kind: FileKind) {
    spawn_local(async move {
        let leads_to_folder =
            kind == FileKind::Link && link::call(ListFiles { container: container.clone(), path: path.clone() }).await.is_ok();
        // Where it leads nowhere a browser would say no more than that it failed.
        if kind == FileKind::Link
            && !leads_to_folder
            && let Err(problem) = link::call(ReadFile { container: container.clone(), path: path.clone() }).await
        {
            return failed(t().could_not_read(&path), &problem);
        }
        let address = match kind {
            // With a slash at its end it is followed.
            _ if leads_to_folder => download(&container, &format!("{path}/"), false),
            FileKind::Folder => download(&container, &path, false),
            _ => download(&container, &path, true),
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
    fn paths_lead_up_and_down() {
        assert_eq!((within("/", "etc"), within("/etc", "a")), ("/etc".into(), "/etc/a".into()));
        assert_eq!((parent("/etc/a"), parent("/etc"), parent("/")), ("/etc".into(), "/".into(), "/".into()));
        assert_eq!(mode(FileKind::File, 0o754), "-rwxr-xr--");
        assert_eq!(mode(FileKind::File, 0o4755), "-rwsr-xr-x");
        assert_eq!((mode(FileKind::Folder, 0o1777), mode(FileKind::File, 0o2644)), ("drwxrwxrwt".into(), "-rw-r-Sr--".into()));
    }
}
