//! What the first table does without: all other pages, and what opens above a page. It is a file beside the main one, asked
//! for when the browser is idle, never beside what the first table needs, or when somebody wants it. A file for each page was
//! tried: what pages share with each other then lies in a file for each set of them, 246 files of 852 KB together instead of one
//! of 463 KB, and the main one is 7 KB larger.

use std::cell::Cell;

use futures_util::FutureExt;
use leptos::{
    prelude::*,
    wasm_split::{SplitLoaderError, wasm_split},
};
use linkspan_shared::{network::Network, volume::Volume};
use wasm_bindgen_futures::spawn_local;

use crate::{
    chunks,
    components::{as_command::AsCommand, dialogs::DialogHost, menu::MenuHost, palette::Palette, shortcuts::Shortcuts},
    pages::{activity, build, commit, compare, container, containers, disk, engine, fleet, image, images, jobs, resources, run, settings},
};

/// Where its code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// At the bridge, or on its way.
    Away,
    Here,
    /// It did not come: the bridge is away, or serves another build by now. Whoever wants it again has it asked for again.
    Failed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LazyView {
    Container,
    Commit,
    Edit,
    Run,
    Images,
    Image,
    Compare,
    Build,
    Volumes,
    Volume,
    VolumeFiles,
    Networks,
    Network,
    Disk,
    Engine,
    Jobs,
    Job,
    Fleet,
    Activity,
    Settings,
    /// What is done to the containers that are selected.
    Bulk,
    /// What the table of containers is sorted by.
    Sort,
    /// What is above every page, as commands.
    AsCommand,
    /// Dialogs, menus, the palette and the map of keys.
    Overlays,
}

thread_local! {
    static CODE: RwSignal<Code> = RwSignal::new(Code::Away);
    static ASKED: Cell<bool> = const { Cell::new(false) };
    /// A second copy would change nothing and stay for ever.
    static HAS_STYLES: Cell<bool> = const { Cell::new(false) };
}

pub fn code() -> RwSignal<Code> {
    CODE.with(|code| *code)
}

/// Asks for the code, unless that was done.
pub fn want() {
    let code = code();
    if code.get_untracked() == Code::Here || ASKED.replace(true) {
        return;
    }
    code.set(Code::Away);
    spawn_local(async move {
        let (loaded, styled) = futures_util::join!(
            chunks::patiently(async || load().await.ok()),
            chunks::patiently(async || if HAS_STYLES.get() { Some(()) } else { chunks::further_styles().await })
        );
        HAS_STYLES.set(styled.is_some());
        ASKED.set(false);
        code.set(if loaded.and(styled).is_some() { Code::Here } else { Code::Failed });
    });
}

/// A part of the first page that is there once the code is.
pub fn if_here(part: LazyView) -> impl IntoView {
    move || (code().get() == Code::Here).then(|| view(part))
}

/// The same, wanted now.
pub fn wanted(part: LazyView) -> impl IntoView {
    want();
    if_here(part)
}

/// Once the code is [`Code::Here`].
pub fn view(view: LazyView) -> AnyView {
    make(view).now_or_never().and_then(Result::ok).into_any()
}

#[wasm_split(further, wasm_split_path = ::leptos::wasm_split, fallible, preload(load))]
fn make(view: LazyView) -> Result<AnyView, SplitLoaderError> {
    Ok(match view {
        LazyView::Container => view! { <container::ContainerPage/> }.into_any(),
        LazyView::Commit => view! { <commit::Commit/> }.into_any(),
        LazyView::Edit => view! { <run::edit::EditPage/> }.into_any(),
        LazyView::Run => view! { <run::RunPage/> }.into_any(),
        LazyView::Images => view! { <images::Images/> }.into_any(),
        LazyView::Image => view! { <image::ImagePage/> }.into_any(),
        LazyView::Compare => view! { <compare::Compare/> }.into_any(),
        LazyView::Build => view! { <build::BuildPage/> }.into_any(),
        LazyView::Volumes => view! { <resources::ResourceTable<Volume>/> }.into_any(),
        LazyView::Volume => view! { <resources::ResourcePage<Volume> files=false/> }.into_any(),
        LazyView::VolumeFiles => view! { <resources::ResourcePage<Volume> files=true/> }.into_any(),
        LazyView::Networks => view! { <resources::ResourceTable<Network>/> }.into_any(),
        LazyView::Network => view! { <resources::ResourcePage<Network> files=false/> }.into_any(),
        LazyView::Disk => view! { <disk::Disk/> }.into_any(),
        LazyView::Engine => view! { <engine::EnginePage/> }.into_any(),
        LazyView::Jobs => view! { <jobs::Jobs/> }.into_any(),
        LazyView::Job => view! { <jobs::OneJob/> }.into_any(),
        LazyView::Fleet => view! { <fleet::Fleet/> }.into_any(),
        LazyView::Activity => view! { <activity::Activity/> }.into_any(),
        LazyView::Settings => view! { <settings::Settings/> }.into_any(),
        LazyView::Bulk => view! { <containers::bulk::BulkBar/> }.into_any(),
        LazyView::Sort => view! { <containers::sort::SortButton/><containers::choose::ColumnsButton/> }.into_any(),
        LazyView::AsCommand => view! { <AsCommand/> }.into_any(),
        LazyView::Overlays => view! { <DialogHost/><MenuHost/><Palette/><Shortcuts/> }.into_any(),
    })
}
