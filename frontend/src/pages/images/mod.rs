//! `/images`: the live table, pulling, and the jobs beside it.

pub mod dialogs;
mod pull_bar;
mod row;

use std::{
    cmp::Reverse,
    collections::{HashMap, HashSet},
};

use leptos::prelude::*;
use linkspan_shared::{
    engine::EnginePart,
    ids::ImageId,
    image::Image,
    job::{Outcome, Work},
    reference::DEFAULT_TAG,
};

use super::jobs::in_order;
use crate::{
    address::{at, go, query, replace},
    base, case,
    components::{
        filter_box::FilterBox,
        grid::Grid,
        job_card::JobCard,
        keys::{Command, Scope},
        select_all::SelectAll,
        top_bar::{Actions, TopBar},
        ui::{Glyph, Icon, state_view::StateView, virtual_rows::VirtualRows},
    },
    i18n::{bytes, count, t},
    route::{Route, Section},
    sorting,
    store::store,
};
use dialogs::{ImageDialogHost, ImageDialogs, Question};
use pull_bar::PullBar;
use row::ImageRow;

/// `docker images` shows an image once for each of its names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowKey {
    /// Empty for one without any name.
    repository: String,
    tag: String,
    /// Instead of a tag, of what was pulled by it.
    digest: String,
    id: ImageId,
}

impl RowKey {
    /// What the engine calls it.
    pub fn reference(&self) -> String {
        match (self.repository.as_str(), self.digest.as_str()) {
            ("", _) => self.id.0.clone(),
            (repository, "") => format!("{repository}:{}", self.tag),
            (repository, digest) => format!("{repository}@{digest}"),
        }
    }

    pub fn label(&self) -> String {
        if self.repository.is_empty() { self.id.short().to_owned() } else { self.reference() }
    }

    /// The second part of the name, as short as it can be told from others.
    fn tag_or_digest(&self) -> String {
        if self.digest.is_empty() { self.tag.clone() } else { format!("@{}", self.digest.get(..19).unwrap_or(&self.digest)) }
    }
}

pub fn row_keys(image: &Image) -> Vec<RowKey> {
    let key = |repository: String, tag: String, digest: String| RowKey { repository, tag, digest, id: image.id.clone() };
    let names: Vec<RowKey> = image
        .names()
        .into_iter()
        .map(|name| match name.split_once('@') {
            Some((repository, digest)) => key(repository.to_owned(), String::new(), digest.to_owned()),
            // As the engine writes it; the colon of a port is followed by a slash.
            None => match name.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')) {
                Some((repository, tag)) => key(repository.to_owned(), tag.to_owned(), String::new()),
                None => key(name.to_owned(), DEFAULT_TAG.to_owned(), String::new()),
            },
        })
        .collect();
    if names.is_empty() { vec![key(String::new(), String::new(), String::new())] } else { names }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Usage {
    Used,
    Unused,
    Dangling,
}

impl Usage {
    const ALL: [(Self, &'static str); 3] = [(Self::Used, "used"), (Self::Unused, "unused"), (Self::Dangling, "dangling")];
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Name,
    Created,
    Size,
    Used,
}

impl Sort {
    const ALL: [Self; 4] = [Self::Name, Self::Created, Self::Size, Self::Used];

    /// In the address.
    fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Created => "created",
            Self::Size => "size",
            Self::Used => "used",
        }
    }
}

/// What the table and its rows share.
#[derive(Clone, Copy)]
struct TableState {
    grid: Grid<RowKey>,
    used: Memo<HashMap<ImageId, usize>>,
    dialogs: ImageDialogs,
    sort: Memo<Sort>,
    set_sort: Callback<Sort>,
}

#[component]
pub fn Images() -> impl IntoView {
    let store = store();
    let query = query();
    let text = Memo::new(move |_| query.with(|query| query.get("q").unwrap_or_default()));
    let only = Memo::new(move |_| {
        let wanted = query.with(|query| query.get("use").unwrap_or_default());
        Usage::ALL.iter().find(|(_, name)| *name == wanted).map(|(only, _)| *only)
    });
    let sort = Memo::new(move |_| {
        let wanted = query.with(|query| query.get("sort").unwrap_or_default());
        Sort::ALL.into_iter().find(|sort| sort.word() == wanted).unwrap_or(Sort::Name)
    });
    let used = Memo::new(move |_| {
        store.containers.fold(HashMap::<ImageId, usize>::new(), |mut used, container| {
            *used.entry(container.image_id.clone()).or_default() += 1;
            used
        })
    });
    let fits = move |only: Option<Usage>, image: &Image| match only {
        None => true,
        Some(Usage::Used) => used.with(|used| used.contains_key(&image.id)),
        Some(Usage::Unused) => used.with(|used| !used.contains_key(&image.id)),
        Some(Usage::Dangling) => image.names().is_empty(),
    };
    let shown = Memo::new(move |_| {
        let (text, only) = (case::lower(&text.get()), only.get());
        let mut keys: Vec<RowKey> = store.images.all().iter().filter(|image| fits(only, image)).flat_map(row_keys).collect();
        let of = |key: &RowKey| store.images.get_untracked(&key.id);
        keys.retain(|key| {
            text.split_whitespace().all(|word| {
                let digits = word.trim_start_matches("sha256:");
                case::lower(&key.reference()).contains(word)
                    || !digits.is_empty() && key.id.0.trim_start_matches("sha256:").starts_with(digits)
                    || of(key).is_some_and(|image| image.is_meant_by(word))
            })
        });
        let by_name = |a: &RowKey, b: &RowKey| a.repository.is_empty().cmp(&b.repository.is_empty()).then_with(|| a.cmp(b));
        match sort.get() {
            // Those without a name come last.
            Sort::Name => sorting::sort_by(&mut keys, by_name),
            // The largest, newest, most used first.
            Sort::Size => sorting::sort_by_key(&mut keys, |key| (-of(key).map_or(0, |image| image.size), key.clone())),
            Sort::Created => sorting::sort_by_key(&mut keys, |key| (-of(key).map_or(0, |image| image.created.0), key.clone())),
            Sort::Used => used.with(|used| sorting::sort_by_key(&mut keys, |key| (Reverse(used.get(&key.id).copied()), key.clone()))),
        }
        keys
    });
    let counts =
        Memo::new(move |_| Usage::ALL.map(|(only, _)| store.images.fold(0usize, |sum, image| sum + usize::from(fits(Some(only), image)))));
    let dialogs = ImageDialogs::new();
    let show = move |text: String, only: Option<Usage>, sort: Sort| {
        let only = Usage::ALL.iter().find(|(one, _)| Some(*one) == only).map_or("", |(_, name)| name);
        let sort = if sort == Sort::Name { "" } else { sort.word() };
        replace(Route::Images.with(&[("q", &text), ("use", only), ("sort", sort)]));
    };
    let set_sort = Callback::new(move |sort| show(text.get_untracked(), only.get_untracked(), sort));
    let grid = Grid::new(shown, dom_id).remembered_as(Section::Images);
    let state = TableState { grid, used, dialogs, sort, set_sort };
    let narrow = move |text: String, only: Option<Usage>| show(text, only, sort.get_untracked());
    let chip = move |which: Option<Usage>, label: &'static str, number: Signal<usize>| {
        let press = move |_| narrow(text.get_untracked(), if only.get_untracked() == which { None } else { which });
        view! {
            <button type="button" class="chip" aria-pressed=move || (only.get() == which).to_string() on:click=press>
                {label}<span class="num">{move || count(number.get())}</span>
            </button>
        }
    };
    let type_filter = Callback::new(move |text| narrow(text, only.get_untracked()));
    grid.listen(move |event| {
        grid.on_key(
            event,
            Scope::Table,
            |key| go(Route::image(&key.id)),
            |key, command| {
                let removes = command == Command::Remove && store.is_live();
                if removes {
                    dialogs.ask(Question::Remove(grid.chosen_or(key)));
                }
                removes
            },
        );
    });
    let of_use = move |at: usize| Signal::derive(move || counts.with(|counts| counts.get(at).copied().unwrap_or_default()));
    let unused_size =
        move || store.images.fold(0.0, |sum, image| if fits(Some(Usage::Unused), image) { sum + image.size as f64 } else { sum });
    view! {
        <TopBar>
            <h1>{t().images()}</h1>
            <Actions slot:actions>
                <a class="btn" href=at(Route::Disk)><Glyph icon=Icon::Disk/>{t().prune_more()}</a>
                <a class="btn" data-needs="job.build" href=at(Route::Build)><Glyph icon=Icon::Group/>{t().build_image()}</a>
                <button type="button" class="btn" data-needs="job.load" disabled=move || !store.is_live() on:click=move |_| dialogs.ask(Question::Load)>
                    <Glyph icon=Icon::Upload/>{t().load_images()}
                </button>
            </Actions>
        </TopBar>
        <PullBar/>
        <div class="split">
            <div class="split-main">
                <div class="toolbar">
                    <FilterBox label=t().filter_images() text=text on_type=type_filter/>
                    <div class="chips" role="group" aria-label=t().filter_by_use()>
                        {chip(None, t().all(), Signal::derive(move || store.images.len()))}
                        {chip(Some(Usage::Used), t().in_use(), of_use(0))}
                        {chip(Some(Usage::Unused), t().unused(), of_use(1))}
                        {chip(Some(Usage::Dangling), t().dangling(), of_use(2))}
                    </div>
                    <div class="end"><span class="num t2 reclaim">{move || t().unused_size(&bytes(unused_size()))}</span></div>
                </div>
                <div class="scroller" node_ref=state.grid.viewport.scroller on:scroll=move |_| state.grid.viewport.scrolled()>
                    <div
                        class="dt im"
                        role="grid"
                        aria-label=t().images()
                        aria-multiselectable="true"
                        aria-rowcount=move || (shown.with(Vec::len) + 1).to_string()
                        aria-busy=move || (!store.images.is_loaded()).to_string()
                        data-stale=move || (!store.is_live()).then_some("")
                    >
                        <Head state=state shown=shown/>
                        <VirtualRows viewport=state.grid.viewport rows=shown keep=state.grid.active view=move |key, index| view! { <ImageRow key=key index=index state=state/> }/>
                    </div>
                    {move || match (store.images.is_loaded(), store.images.len(), shown.with(Vec::len)) {
                        (true, 0, _) if store.withholds(EnginePart::Images) => ().into_any(),
                        (true, 0, _) => view! { <StateView title=t().no_images_title() text=t().no_images_text()/> }.into_any(),
                        (true, all, 0) => view! {
                            <StateView title=t().no_match_title() text=t().no_match_text(all)>
                                <button type="button" class="btn" on:click=move |_| narrow(String::new(), None)>{t().clear_filter()}</button>
                            </StateView>
                        }.into_any(),
                        _ => ().into_any(),
                    }}
                </div>
                <BulkBar state=state/>
            </div>
            <JobsPanel/>
        </div>
        <ImageDialogHost dialogs=dialogs/>
    }
}

fn dom_id(key: &RowKey) -> String {
    format!("image-{}-{}", key.id.short(), key.reference())
}

#[component]
fn Head(state: TableState, shown: Memo<Vec<RowKey>>) -> impl IntoView {
    view! {
        <div class="dt-head" role="row" aria-rowindex="1">
            <SelectAll shown=shown selected=state.grid.selected/>
            <SortHeader state=state sort=Sort::Name class="c-repo" label=t().column_repository()/>
            <div class="c-tag" role="columnheader">{t().column_tag()}</div>
            <div class="c-id" role="columnheader">{t().column_image_id()}</div>
            <SortHeader state=state sort=Sort::Created class="c-created" label=t().column_created()/>
            <SortHeader state=state sort=Sort::Size class="c-size" label=t().column_size()/>
            <SortHeader state=state sort=Sort::Used class="c-used" label=t().column_used_by()/>
            <div class="row-more" role="columnheader"><span class="vh">{t().column_actions()}</span></div>
        </div>
    }
}

/// Names go up, figures go down: that is how they are looked for.
#[component]
fn SortHeader(state: TableState, sort: Sort, class: &'static str, label: &'static str) -> impl IntoView {
    let is_on = move || state.sort.get() == sort;
    let (direction, icon) = if sort == Sort::Name { ("ascending", Icon::ArrowUp) } else { ("descending", Icon::ArrowDown) };
    view! {
        <div class=class role="columnheader" aria-sort=move || if is_on() { direction } else { "none" }>
            <button type="button" on:click=move |_| state.set_sort.run(sort)>
                {label}
                {move || is_on().then(|| view! { <Glyph icon=icon/> })}
            </button>
        </div>
    }
}

#[component]
fn BulkBar(state: TableState) -> impl IntoView {
    let store = store();
    let remove = move |_| {
        let mut keys: Vec<RowKey> = state.grid.selected.get_untracked().into_iter().collect();
        sorting::sort(&mut keys);
        state.dialogs.ask(Question::Remove(keys));
    };
    // The same image under several names is in the file once.
    let save = move || {
        let mut names: Vec<String> = state.grid.selected.with(|selected| selected.iter().map(RowKey::reference).collect());
        sorting::sort(&mut names);
        base::href(&dialogs::save_address(&names))
    };
    view! {
        {move || (!state.grid.selected.with(HashSet::is_empty)).then(|| view! {
            <div class="bulk" role="toolbar" aria-label=t().column_actions()>
                <span><b>{move || t().selected(state.grid.selected.with(HashSet::len))}</b></span>
                <button type="button" class="btn ghost icon-only" aria-label=t().clear_selection() on:click=move |_| state.grid.selected.set(HashSet::new())>
                    <Glyph icon=Icon::X/>
                </button>
                <a class="btn ghost" data-needs="image.save" href=save download="" rel="external"><Glyph icon=Icon::Download/>{t().save_as_tar()}</a>
                <button type="button" class="btn ghost danger" data-needs="job.remove" disabled=move || !store.is_live() on:click=remove>
                    <Glyph icon=Icon::Trash/>{t().action_remove()}
                </button>
            </div>
        })}
    }
}

/// Work that is about images; it stays where it is when one starts or ends.
#[component]
fn JobsPanel() -> impl IntoView {
    let store = store();
    let jobs = Memo::new(move |_| {
        let mut jobs = store.jobs.all();
        jobs.retain(|job| matches!(job.work, Work::Pull(_) | Work::Push(_) | Work::Commit(_) | Work::Load(_) | Work::Build(_)));
        in_order(jobs)
    });
    let summary = move || {
        let all = jobs.get();
        let count =
            |wanted: fn(&Outcome) -> bool| all.iter().filter_map(|id| store.jobs.get(id)).filter(|job| wanted(&job.outcome)).count();
        t().jobs_summary(count(|outcome| *outcome == Outcome::Running), count(|outcome| matches!(outcome, Outcome::Failed(_))))
    };
    view! {
        {move || (!jobs.with(Vec::is_empty)).then(|| view! {
            <aside class="split-side" aria-label=t().jobs()>
                <header class="pane-head"><h2>{t().jobs()}</h2><span class="t3 num">{summary}</span><span class="end"><a class="link" href=at(Route::Jobs)>{t().all_jobs()}</a></span></header>
                <div class="scroller jobs"><For each=move || jobs.get() key=Clone::clone children=|id| view! { <JobCard id=id/> }/></div>
            </aside>
        })}
    }
}
