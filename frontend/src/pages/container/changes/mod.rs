//! The tab Changes: what a container changed against its image, or an image against another, and each of it beside what it was.

mod difference;
mod tree;

use std::collections::{HashMap, HashSet};

use leptos::prelude::*;
use linkspan_shared::{
    call::{CountSelection, ListChanges, MeasureChanges},
    problem::Problem,
    review::{ChangeEntry, ChangeKind, ChangeList, ChangeSize, MEASURED, ReviewOf, Selected, Selection},
    time::Timestamp,
};
use wasm_bindgen_futures::spawn_local;

use crate::{
    address::{at, query, replace},
    components::{
        filter_box::FilterBox,
        ui::{Glyph, Icon, problem_note::ProblemNote, state_view::StateView},
    },
    i18n::{bytes, clock, count, t},
    link,
    route::Route,
    store::store,
};
use difference::Difference;
use tree::Tree;

/// Of so few all that is no noise is open at first.
const OPEN: u64 = 200;
/// Files that the engine is asked about for one list.
const ASKED_AT_ONCE: u64 = 400;

/// Their words in the address, for people, and the letter beside a path.
pub fn kinds() -> [(ChangeKind, &'static str, &'static str, &'static str); 4] {
    [
        (ChangeKind::Added, "added", t().change_added(), "A"),
        (ChangeKind::Changed, "changed", t().change_changed(), "C"),
        (ChangeKind::Deleted, "deleted", t().change_deleted(), "D"),
        (ChangeKind::Replaced, "replaced", t().change_replaced(), "R"),
    ]
}

/// What is known of the tree, and which of it is shown.
#[derive(Clone, Copy)]
pub struct Review {
    of: StoredValue<ReviewOf>,
    /// What is in each folder that was asked for.
    folders: RwSignal<HashMap<String, ChangeList>>,
    /// What the filter leaves.
    found: RwSignal<Option<ChangeList>>,
    open: RwSignal<HashSet<String>>,
    /// Of files in what is shown.
    sizes: RwSignal<HashMap<String, ChangeSize>>,
    /// Of all that a container has of its own.
    own: RwSignal<Option<u64>>,
    problem: RwSignal<Option<Problem>>,
    busy: RwSignal<bool>,
    /// What is to go into a layer; where nothing is chosen, `None`.
    selection: Option<RwSignal<Selection>>,
    /// Counts the looks, so that what an earlier one brings is not taken for the last one's.
    look: StoredValue<u32>,
}

impl Review {
    fn new(of: ReviewOf, selection: Option<RwSignal<Selection>>) -> Self {
        Self {
            of: StoredValue::new(of),
            folders: RwSignal::default(),
            found: RwSignal::new(None),
            open: RwSignal::default(),
            sizes: RwSignal::default(),
            own: RwSignal::new(None),
            problem: RwSignal::new(None),
            busy: RwSignal::new(false),
            selection,
            look: StoredValue::new(0),
        }
    }

    fn ask(self, folder: &str, filter: String, kinds: Vec<ChangeKind>, fresh: bool, then: impl Fn(ChangeList) + 'static) {
        let look = self.look.get_value();
        let call = ListChanges { of: self.of.get_value(), folder: folder.to_owned(), filter, kinds, fresh };
        spawn_local(async move {
            let answer = link::call(call).await;
            if self.look.try_get_value() != Some(look) {
                return;
            }
            self.busy.try_set(false);
            match answer {
                Ok(list) => {
                    self.problem.set(None);
                    then(list);
                }
                Err(problem) => self.problem.set(Some(problem)),
            }
        });
    }

    /// From the top; what was open stays open.
    fn scan(self, fresh: bool) {
        self.look.update_value(|look| *look += 1);
        self.busy.set(true);
        self.ask("/", String::new(), Vec::new(), fresh, move |list| {
            if let Some(selection) = self.selection.filter(|selection| selection.with_untracked(|known| *known.noise != *list.noise)) {
                selection.update(|selection| selection.noise = list.noise.as_slice().into());
            }
            let is_first = self.folders.with_untracked(HashMap::is_empty);
            let opens = is_first && list.total.all() <= OPEN;
            self.folders.set(HashMap::new());
            self.sizes.set(HashMap::new());
            self.take("/", list, opens);
            let open: Vec<String> = self.open.with_untracked(|open| open.iter().cloned().collect());
            open.into_iter().for_each(|folder| self.fetch(&folder, opens));
        });
    }

    fn take(self, folder: &str, list: ChangeList, opens: bool) {
        self.measure(&list);
        let within = list.entries.iter().filter(|entry| opens && entry.noise.is_none() && entry.below.all() > 0);
        let within: Vec<String> = within.map(|entry| entry.path.clone()).collect();
        self.folders.update(|folders| _ = folders.insert(folder.to_owned(), list));
        for path in within {
            self.open.update(|open| _ = open.insert(path.clone()));
            self.fetch(&path, opens);
        }
    }

    fn measure(self, list: &ChangeList) {
        // A folder costs as many questions as there are files in it.
        let mut left = ASKED_AT_ONCE;
        let is_affordable = |entry: &&ChangeEntry| {
            let files = entry.below.all().max(1);
            let fits = files <= left && files <= MEASURED as u64;
            left -= if fits { files } else { 0 };
            fits
        };
        let paths: Vec<String> = list.entries.iter().filter(is_affordable).take(MEASURED).map(|entry| entry.path.clone()).collect();
        // Nothing is left to be told.
        if paths.is_empty() && self.own.with_untracked(Option::is_some) {
            return;
        }
        let look = self.look.get_value();
        let call = MeasureChanges { of: self.of.get_value(), paths: paths.clone() };
        spawn_local(async move {
            // What cannot be measured is shown without.
            let answer = link::call(call).await;
            if let Ok(measured) = answer
                && self.look.try_get_value() == Some(look)
            {
                self.own.try_set(measured.own);
                self.sizes.try_update(|known| known.extend(paths.into_iter().zip(measured.sizes)));
            }
        });
    }

    fn fetch(self, folder: &str, opens: bool) {
        if self.folders.with_untracked(|folders| folders.contains_key(folder)) {
            return;
        }
        let own = folder.to_owned();
        self.ask(folder, String::new(), Vec::new(), false, move |list| self.take(&own, list, opens));
    }

    pub fn fold(self, folder: &str, open: bool) {
        if open {
            self.open.update(|all| _ = all.insert(folder.to_owned()));
            self.fetch(folder, false);
        } else {
            self.open.update(|all| _ = all.remove(folder));
        }
    }
}

#[component]
pub fn Changes(
    of: ReviewOf,
    is_there: Memo<bool>,
    /// Where it is shown.
    page: Route,
    /// What the address says besides.
    #[prop(optional)]
    with: String,
    #[prop(optional)] selection: Option<RwSignal<Selection>>,
    /// Is told when the engine said what is shown.
    #[prop(optional)]
    scanned: Option<RwSignal<Option<Timestamp>>>,
    /// Is told what is selected.
    #[prop(optional)]
    counted: Option<RwSignal<Option<Selected>>>,
) -> impl IntoView {
    let store = store();
    let review = Review::new(of.clone(), selection);
    let is_of_images = matches!(of, ReviewOf::Image { .. });
    let query = query();
    let word = move |name: &'static str| Memo::new(move |_| query.with(|query| query.get(name).unwrap_or_default()));
    let (text, chosen, path) = (word("q"), word("kind"), word("path"));
    let wanted = Memo::new(move |_| {
        let chosen = chosen.get();
        kinds().into_iter().filter(|(_, word, ..)| chosen.split(',').any(|one| one == *word)).map(|(kind, ..)| kind).collect::<Vec<_>>()
    });
    let set = Callback::new(move |(text, chosen, path): (String, String, String)| {
        replace(page.with(&[("with", &with), ("q", &text), ("kind", &chosen), ("path", &path)]));
    });
    let show = Callback::new(move |path: String| set.run((text.get_untracked(), chosen.get_untracked(), path)));
    Effect::new(move |begun: Option<bool>| {
        let can = store.is_live() && is_there.get();
        if can && begun != Some(true) {
            review.scan(false);
        }
        can || begun == Some(true)
    });
    Effect::new(move || {
        let (text, kinds) = (text.get(), wanted.get());
        review.folders.track();
        if text.is_empty() && kinds.is_empty() {
            review.found.set(None);
        } else if store.is_live() {
            review.ask("/", text, kinds, false, move |list| {
                review.measure(&list);
                review.found.set(Some(list));
            });
        }
    });
    let top = move || review.folders.with(|folders| folders.get("/").map(|list| (list.scanned, list.total)));
    let total = Memo::new(move |_| top().map(|(_, total)| total));
    if let Some(scanned) = scanned {
        Effect::new(move || scanned.set(top().map(|(scanned, _)| scanned)));
    }
    let counted = counted.unwrap_or_else(|| RwSignal::new(None));
    if let (Some(selection), ReviewOf::Container(container)) = (selection, of.clone()) {
        Effect::new(move || {
            let asked = selection.get();
            if top().is_none() || !store.is_live() {
                return;
            }
            let call = CountSelection { container: container.clone(), selection: asked.clone() };
            spawn_local(async move {
                let answer = link::call(call).await;
                if selection.try_with_untracked(|now| *now == asked) == Some(true) {
                    counted.try_set(answer.ok());
                }
            });
        });
    }
    let chip = move |(kind, word, label, letter): (ChangeKind, &'static str, &'static str, &'static str)| {
        let is_on = Memo::new(move |_| wanted.with(|wanted| wanted.contains(&kind)));
        let press = move |_| {
            let now = kinds().into_iter().filter(|(one, ..)| wanted.with_untracked(|wanted| wanted.contains(one)) != (*one == kind));
            let words: Vec<&str> = now.map(|(_, word, ..)| word).collect();
            set.run((text.get_untracked(), words.join(","), path.get_untracked()));
        };
        view! {
            <button type="button" class="chip" data-kind=word aria-pressed=move || is_on.get().to_string() title=label on:click=press>
                <span class="ch-kind" aria-hidden="true">{letter}</span><span class="vh">{label}</span>
                <span class="num">{move || count(total.get().map_or(0, |total| total.of(kind)) as usize)}</span>
            </button>
        }
    };
    let (nothing_title, nothing_text) =
        if is_of_images { (t().same_files_title(), t().same_files_text()) } else { (t().no_changes_title(), t().no_changes_text()) };
    view! {
        <div class="toolbar changes-bar">
            <FilterBox
                label=t().filter_changes()
                text=text
                on_type=Callback::new(move |value| set.run((value, chosen.get_untracked(), path.get_untracked())))
            />
            <div class="chips" role="group" aria-label=t().filter_by_kind()>{kinds().map(chip)}</div>
            {selection.map(|_| view! {
                <span role="status" aria-label=t().selection() class="num">
                    {move || counted.get().zip(total.get()).map(|(selected, total)| t().selected_of(selected.paths, total.all()))}
                </span>
            })}
            <div class="end">
                <a class="link" href=at(Route::Settings)>{t().edit_noise()}</a>
                {move || review.own.get().map(|size| view! { <span class="t3 num">{t().changes_size(&bytes(size as f64))}</span> })}
                {(!is_of_images).then(|| view! {
                    {move || top().map(|(scanned, _)| view! { <span class="t3">{t().scanned_at(&clock(scanned))}</span> })}
                    <button type="button" class="btn" disabled=move || review.busy.get() || !store.is_live() || !is_there.get() on:click=move |_| review.scan(true)>
                        {move || if review.busy.get() { view! { <Glyph icon=Icon::Loader class="spin"/> } } else { view! { <Glyph icon=Icon::Restart/> } }}{t().scan_again()}
                    </button>
                })}
            </div>
        </div>
        {move || review.problem.get().map(|problem| view! { <div class="page-col"><ProblemNote title=t().could_not_list_changes() problem=problem/></div> })}
        {move || match total.get() {
            Some(total) if total.all() == 0 => view! { <StateView title=nothing_title text=nothing_text/> }.into_any(),
            Some(_) => view! {
                <div class="review">
                    <Tree review=review shown=path show=show/>
                    <Difference of=of.clone() path=path review=review/>
                </div>
            }.into_any(),
            // They are read whole.
            None if is_of_images && review.busy.get() => view! { <StateView title=t().reading_images_title() text=t().reading_images_text()/> }.into_any(),
            None => ().into_any(),
        }}
    }
}
