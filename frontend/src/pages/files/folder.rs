//! A folder: what is in it, sorted and filtered, and what is put there.

use std::cmp::Ordering;

use leptos::prelude::*;
use linkspan_shared::{
    call::ListFiles,
    file::{FileEntry, FileKind, Listing},
    problem::{Problem, ProblemCode},
};
use wasm_bindgen_futures::spawn_local;

use super::{
    Source, crumbs,
    dialogs::{FileDialog, Question},
    download, parent,
    row::{Shared, file_row},
    upload::Upload,
    within,
};
use crate::{
    address::{at, go, query, replace},
    base, case,
    components::{
        filter_box::FilterBox,
        grid::Grid,
        keys::{self, Command, Scope},
        ui::{Glyph, Icon, problem_note::ProblemNote, state_view::StateView, virtual_rows::VirtualRows},
    },
    i18n::t,
    link, sorting,
    store::store,
};

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Sort {
    #[default]
    Name,
    /// The largest first.
    Size,
    /// The newest first.
    Modified,
}

impl Sort {
    const WORDS: [(Self, &str); 2] = [(Self::Size, "size"), (Self::Modified, "modified")];

    fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(sort, _)| *sort == self).map_or("", |(_, word)| word)
    }

    /// Folders come first.
    fn compare(self, a: &FileEntry, b: &FileEntry) -> Ordering {
        let is_folder = |entry: &FileEntry| entry.kind == FileKind::Folder;
        let by_sort = match self {
            Self::Name => Ordering::Equal,
            Self::Size => b.size.cmp(&a.size),
            Self::Modified => b.modified.cmp(&a.modified),
        };
        // The size of a folder is that of its list of names.
        let by_sort = if self == Self::Size && is_folder(a) { Ordering::Equal } else { by_sort };
        is_folder(b).cmp(&is_folder(a)).then(by_sort).then_with(|| a.name.cmp(&b.name))
    }
}

#[component]
pub fn Folder(source: Source, folder: Memo<String>) -> impl IntoView {
    let store = store();
    let found = RwSignal::new(None::<Result<Listing, Problem>>);
    let again = RwSignal::new(0u32);
    let query = query();
    let text = Memo::new(move |_| query.with(|query| query.get("q").unwrap_or_default()));
    let sort = Memo::new(move |_| {
        let said = query.with(|query| query.get("sort"));
        Sort::WORDS.iter().find(|(_, word)| said.as_deref() == Some(word)).map_or(Sort::Name, |(sort, _)| *sort)
    });
    // The order stays from folder to folder, what is looked for does not.
    let into = move |path: &str| source.address(&[("path", path), ("sort", sort.get_untracked().word())]);
    let show = move |text: &str, sort: Sort| {
        let path = folder.get_untracked();
        let path = if path == "/" { "" } else { &path };
        replace(source.address(&[("path", path), ("sort", sort.word()), ("q", text)]));
    };
    Effect::new(move |before: Option<String>| {
        again.track();
        let path = folder.get();
        if before.is_some_and(|before| before != path) {
            found.set(None);
        }
        if store.is_live() && source.is_there.get() {
            let asked = path.clone();
            let call = ListFiles { source: source.of(), path: path.clone() };
            spawn_local(async move {
                let answer = link::call(call).await;
                // Somebody may have gone on meanwhile.
                if folder.try_get_untracked().is_some_and(|now| now == asked) {
                    found.try_set(Some(answer));
                }
            });
        }
        path
    });
    let shown = Memo::new(move |_| {
        let wanted = case::lower(&text.get());
        found.with(|found| match found {
            Some(Ok(listing)) => {
                let mut entries: Vec<&FileEntry> =
                    listing.entries.iter().filter(|entry| case::lower(&entry.name).contains(&wanted)).collect();
                let sort = sort.get();
                sorting::sort_by(&mut entries, |a, b| sort.compare(a, b));
                entries.into_iter().map(|entry| entry.name.clone()).collect::<Vec<_>>()
            }
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
    let open = Callback::new(move |entry: FileEntry| {
        let path = within(&folder.get_untracked(), &entry.name);
        match entry.kind {
            FileKind::Folder => go(into(&path)),
            FileKind::File => go(source.address(&[("file", &path)])),
            FileKind::Link => {
                // A link leads to a folder or to a file: only asking tells.
                let here = folder.get_untracked();
                let call = ListFiles { source: source.of(), path: path.clone() };
                spawn_local(async move {
                    let listed = link::call(call).await;
                    let is_here = folder.try_get_untracked() == Some(here);
                    if !is_here || matches!(&listed, Err(problem) if problem.code == ProblemCode::ConnectionLost) {
                        return;
                    }
                    go(if listed.is_ok() { into(&path) } else { source.address(&[("file", &path)]) });
                });
            }
            FileKind::Other => {}
        }
    });
    let asked = RwSignal::new(None::<Question>);
    let off = Signal::derive(move || !store.is_live() || !source.is_there.get());
    let shared = Shared { source, grid, open, ask: Callback::new(move |question| asked.set(Some(question))), off };
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
    let row_view = move |name: String, index: Signal<usize>| {
        let row = Memo::new(move |_| entry(&name));
        move || row.get().map(|entry| file_row(shared, &folder.get_untracked(), entry, index))
    };
    grid.listen(move |event| {
        if keys::command(event, Scope::Files) == Some(Command::Parent) && !keys::is_held(event, Command::Parent) {
            event.prevent_default();
            go(into(&parent(&folder.get_untracked())));
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
            |name, command| {
                let deletes = command == Command::Remove && !off.get_untracked() && source.fixed.get_untracked().is_none();
                if deletes && let Some(entry) = untrack(|| entry(name)) {
                    asked.set(Some(Question::Delete(within(&folder.get_untracked(), name), entry)));
                }
                deletes
            },
        );
    });
    let up = move || at(into(&parent(&folder.get())));
    // With a slash at its end a link to a folder is followed.
    let tar = move || base::href(&download(&source.of(), &format!("{}/", folder.get().trim_end_matches('/')), false));
    let sort_header = move |own: Sort, class: &'static str, label: &'static str| {
        let is_on = move || sort.get() == own;
        let is_up = own == Sort::Name;
        view! {
            <div class=class role="columnheader" aria-sort=move || if !is_on() { "none" } else if is_up { "ascending" } else { "descending" }>
                <button type="button" on:click=move |_| show(&text.get_untracked(), own)>
                    {label}
                    {move || is_on().then(|| view! { <Glyph icon=if is_up { Icon::ArrowUp } else { Icon::ArrowDown }/> })}
                </button>
            </div>
        }
    };
    let type_text = Callback::new(move |value: String| show(&value, sort.get_untracked()));
    view! {
        <div class="toolbar files-bar">
            {move || crumbs(source, &folder.get(), false)}
            <div class="end">
                <FilterBox label=t().filter_files() text=text on_type=type_text/>
                <button type="button" class="btn ghost icon-only" aria-label=t().refresh() title=t().refresh() on:click=move |_| again.update(|again| *again += 1)><Glyph icon=Icon::Restart/></button>
                <button type="button" class="btn" data-needs="file.create_folder" disabled=off on:click=move |_| asked.set(Some(Question::NewFolder))><Glyph icon=Icon::Plus/>{t().new_folder()}</button>
                <a class="btn" data-needs="file.download" href=tar download="" rel="external"><Glyph icon=Icon::Download/>{t().download_folder()}</a>
                <Upload
                    source=source
                    folder=folder
                    is_present=is_present
                    disabled=off
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
                aria-label=move || t().files_of(&source.name.get(), &folder.get())
                aria-rowcount=move || (shown.with(Vec::len) + 1).to_string()
                aria-busy=move || found.with(Option::is_none).to_string()
                class:vanish=move || found.with(|found| matches!(found, Some(Err(_))))
            >
                <div class="dt-head" role="row" aria-rowindex="1">
                    {sort_header(Sort::Name, "c-name", t().column_name())}
                    {sort_header(Sort::Size, "c-size", t().column_size())}
                    <div class="c-mode" role="columnheader">{t().column_mode()}</div>
                    <div class="c-owner" role="columnheader">{t().column_owner()}</div>
                    {sort_header(Sort::Modified, "c-modified", t().column_modified())}
                    <div class="row-more" role="columnheader"><span class="vh">{t().column_actions()}</span></div>
                </div>
                <VirtualRows viewport=grid.viewport rows=shown keep=grid.active view=row_view/>
            </div>
            {move || match (found.with(|found| matches!(found, Some(Ok(_)))), shown.with(Vec::is_empty), text.with(String::is_empty)) {
                (true, true, true) => {
                    let up = up();
                    view! { <StateView title=t().folder_empty() text=""><a class="btn" href=up>{t().to_parent()}</a></StateView> }.into_any()
                }
                (true, true, false) => view! { <StateView title=t().no_match_title() text=""><button type="button" class="btn" on:click=move |_| type_text.run(String::new())>{t().clear_filter()}</button></StateView> }.into_any(),
                _ => ().into_any(),
            }}
        </div>
        <FileDialog source=source folder=folder asked=asked on_done=Callback::new(move |()| again.update(|again| *again += 1))/>
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn folders_come_first_in_every_order() {
        let entry = |name: &str, kind, size, modified| FileEntry {
            name: name.into(),
            kind,
            size,
            mode: 0,
            modified: Some(linkspan_shared::time::Timestamp(modified)),
            uid: 0,
            gid: 0,
            target: String::new(),
        };
        let all = [
            entry("a", FileKind::File, 1, 3),
            entry("z", FileKind::Folder, 4096, 1),
            entry("b", FileKind::File, 9, 2),
            entry("y", FileKind::Folder, 1, 5),
        ];
        for (sort, expected) in
            [(Sort::Name, ["y", "z", "a", "b"]), (Sort::Size, ["y", "z", "b", "a"]), (Sort::Modified, ["y", "z", "a", "b"])]
        {
            let mut entries = all.to_vec();
            sorting::sort_by(&mut entries, |a, b| sort.compare(a, b));
            assert_eq!(entries.iter().map(|entry| entry.name.as_str()).collect::<Vec<_>>(), expected);
        }
    }
}
