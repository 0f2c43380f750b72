//! What is in the folders of a container or a volume, to be read, fetched, put there and changed.

mod dialogs;
mod editor;
mod folder;
mod row;
mod text;
mod upload;
mod view;

use leptos::prelude::*;
use linkspan_shared::file::FileSource;

use crate::{
    address::{at, query},
    i18n::t,
    link,
    route::{Route, Tab, encoded},
};
use folder::Folder;
use view::FileView;

/// Whose files a page shows.
#[derive(Clone, Copy)]
pub struct Source {
    of: StoredValue<FileSource>,
    /// As a person calls it.
    name: Signal<String>,
    is_there: Signal<bool>,
    /// Why nothing can be renamed or deleted in it.
    fixed: Signal<Option<&'static str>>,
}

impl Source {
    pub fn new(of: FileSource, name: Signal<String>, is_there: Signal<bool>, fixed: Signal<Option<&'static str>>) -> Self {
        Self { of: StoredValue::new(of), name, is_there, fixed }
    }

    fn of(self) -> FileSource {
        self.of.get_value()
    }

    fn address(self, query: &[(&str, &str)]) -> String {
        let page = match self.of() {
            FileSource::Container(id) => Route::container(&id, Tab::Files),
            FileSource::Volume(name) => Route::VolumeFiles(name.0),
        };
        page.with(query)
    }
}

/// Where the bridge has what is at a path.
fn at_bridge(of: &FileSource, part: &str, path: &str, more: &str) -> String {
    let engine = link::engine().map(|engine| format!("&engine={}", encoded(engine.as_str()))).unwrap_or_default();
    let source = match of {
        FileSource::Container(id) => format!("containers/{}", encoded(&id.0)),
        FileSource::Volume(name) => format!("volumes/{}", encoded(&name.0)),
    };
    format!("/api/{source}/{part}?path={}{more}{engine}", encoded(path))
}

/// Where the browser gets it from; `plain`: the file itself, not a tar file with it.
fn download(of: &FileSource, path: &str, plain: bool) -> String {
    at_bridge(of, "archive", path, if plain { "&plain=true" } else { "" })
}

#[component]
pub fn Files(source: Source) -> impl IntoView {
    let query = query();
    let word = move |name: &'static str| Memo::new(move |_| query.with(|query| query.get(name).filter(|path| path.starts_with('/'))));
    let (path, file) = (word("path"), word("file"));
    let folder = Memo::new(move |_| path.get().unwrap_or_else(|| "/".to_owned()));
    view! {
        {move || match file.get() {
            Some(file) => view! { <FileView source=source path=file/> }.into_any(),
            None => view! { <Folder source=source folder=folder/> }.into_any(),
        }}
    }
}

fn within(folder: &str, name: &str) -> String {
    format!("{}/{name}", folder.trim_end_matches('/'))
}

fn parent(path: &str) -> String {
    let path = path.trim_end_matches('/');
    path.rsplit_once('/').map(|(parent, _)| if parent.is_empty() { "/" } else { parent }).unwrap_or("/").to_owned()
}

/// Each folder on the way leads there.
fn crumbs(source: Source, path: &str, is_file: bool) -> impl IntoView + use<> {
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
        let href = at(source.address(&[("path", &to)]));
        view! { <li><a class="mono" href=href aria-current=(index == last).then_some("page")>{name}</a></li> }.into_any()
    };
    view! { <nav class="path" aria-label=t().path()><ol>{parts.into_iter().enumerate().map(link).collect_view()}</ol></nav> }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn paths_lead_up_and_down() {
        assert_eq!((within("/", "etc"), within("/etc", "a")), ("/etc".into(), "/etc/a".into()));
        assert_eq!((parent("/etc/a"), parent("/etc"), parent("/")), ("/etc".into(), "/".into(), "/".into()));
    }
}
