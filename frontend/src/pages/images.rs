//! `/images`: the live table, pulling, and the jobs beside it.

use std::collections::HashMap;

use leptos::{html, prelude::*};
use leptos_router::hooks::use_query_map;
use linkspan_shared::{
    call::PullImage,
    ids::ImageId,
    image::{Image, split_reference},
    job::{Outcome, Work},
    problem::Problem,
};
use wasm_bindgen_futures::spawn_local;

use super::{containers::focus_on_slash, jobs::in_order};
use crate::{
    address::{at, use_go, use_replace},
    components::{
        actions::copy_text,
        dialogs::{Asked, dialogs},
        job_card::JobCard,
        menu::{Item, menus},
        ui::{
            Glyph, Icon,
            problem_note::ProblemNote,
            state_view::StateView,
            virtual_rows::{Viewport, VirtualRows, offset},
        },
    },
    i18n::{ago, bytes, count, date_time, t},
    link,
    store::store,
};

/// `docker images` shows an image once for each of its tags.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct RowKey {
    repository: String,
    tag: String,
    id: ImageId,
}

impl RowKey {
    /// What the engine calls it.
    fn reference(&self) -> String {
        match (self.repository.is_empty(), self.tag.is_empty()) {
            (true, _) => self.id.0.clone(),
            (false, true) => self.repository.clone(),
            (false, false) => format!("{}:{}", self.repository, self.tag),
        }
    }

    fn label(&self) -> String {
        if self.repository.is_empty() { self.id.short().to_owned() } else { self.reference() }
    }
}

fn row_keys(image: &Image) -> Vec<RowKey> {
    let key = |repository: &str, tag: &str| RowKey { repository: repository.to_owned(), tag: tag.to_owned(), id: image.id.clone() };
    if image.tags.is_empty() {
        return vec![key("", "")];
    }
    image
        .tags
        .iter()
        .map(|tag| {
            let (repository, tag) = split_reference(tag);
            key(repository, tag)
        })
        .collect()
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

#[component]
pub fn Images() -> impl IntoView {
    let store = store();
    let query = use_query_map();
    let replace = use_replace();
    let text = Memo::new(move |_| query.with(|query| query.get("q").unwrap_or_default()));
    let only = Memo::new(move |_| {
        let wanted = query.with(|query| query.get("use").unwrap_or_default());
        Usage::ALL.iter().find(|(_, name)| *name == wanted).map(|(only, _)| *only)
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
        Some(Usage::Dangling) => image.tags.is_empty(),
    };
    let shown = Memo::new(move |_| {
        let (text, only) = (text.get().to_lowercase(), only.get());
        let mut keys: Vec<RowKey> = store.images.all().iter().filter(|image| fits(only, image)).flat_map(row_keys).collect();
        keys.retain(|key| {
            text.split_whitespace()
                .all(|word| key.reference().to_lowercase().contains(word) || key.id.0.trim_start_matches("sha256:").starts_with(word))
        });
        // Those without a name come last.
        keys.sort_by(|a, b| a.repository.is_empty().cmp(&b.repository.is_empty()).then_with(|| a.cmp(b)));
        keys
    });
    let counts =
        Memo::new(move |_| Usage::ALL.map(|(only, _)| store.images.fold(0usize, |sum, image| sum + usize::from(fits(Some(only), image)))));
    let total_size = move || store.images.fold(0.0, |sum, image| sum + image.size as f64);
    let viewport = Viewport::new();
    let filter = NodeRef::<html::Input>::new();
    focus_on_slash(filter);
    let go = move |text: String, only: Option<Usage>| {
        let mut parts = Vec::new();
        if !text.is_empty() {
            parts.push(format!("q={}", js_sys::encode_uri_component(&text)));
        }
        if let Some((_, name)) = Usage::ALL.iter().find(|(one, _)| Some(*one) == only) {
            parts.push(format!("use={name}"));
        }
        let suffix = if parts.is_empty() { String::new() } else { format!("?{}", parts.join("&")) };
        replace(&format!("/images{suffix}"));
    };
    let chip = {
        let go = go.clone();
        move |which: Option<Usage>, label: &'static str, number: Signal<usize>| {
            let go = go.clone();
            let press = move |_| go(text.get_untracked(), if only.get_untracked() == which { None } else { which });
            view! {
                <button type="button" class="chip" aria-pressed=move || (only.get() == which).to_string() on:click=press>
                    {label}<span class="num">{move || count(number.get())}</span>
                </button>
            }
        }
    };
    let type_filter = {
        let go = go.clone();
        move |event: web_sys::Event| go(event_target_value(&event), only.get_untracked())
    };
    let of_use = move |at: usize| Signal::derive(move || counts.with(|counts| counts.get(at).copied().unwrap_or_default()));
    view! {
        <header class="topbar"><h1>{t().images()}</h1></header>
        <PullBar/>
        <div class="split">
            <div class="split-main">
                <div class="toolbar">
                    <label class="input ct-filter">
                        <Glyph icon=Icon::Filter/>
                        <input
                            type="search"
                            node_ref=filter
                            placeholder=t().filter_images()
                            aria-label=t().filter_images()
                            prop:value=move || text.get()
                            on:input=type_filter
                        />
                        <kbd aria-hidden="true">"/"</kbd>
                    </label>
                    <div class="chips" role="group" aria-label=t().filter_by_use()>
                        {chip(None, t().all(), Signal::derive(move || store.images.len()))}
                        {chip(Some(Usage::Used), t().in_use(), of_use(0))}
                        {chip(Some(Usage::Unused), t().unused(), of_use(1))}
                        {chip(Some(Usage::Dangling), t().dangling(), of_use(2))}
                    </div>
                    <div class="end"><span class="num t2">{move || bytes(total_size())}</span></div>
                </div>
                <div class="scroller" node_ref=viewport.scroller on:scroll=move |_| viewport.scrolled()>
                    <div
                        class="dt im"
                        role="table"
                        aria-label=t().images()
                        aria-rowcount=move || (shown.with(Vec::len) + 1).to_string()
                        aria-busy=move || (!store.images.is_loaded()).to_string()
                        data-stale=move || (!store.is_live()).then_some("")
                    >
                        <div class="dt-head" role="row" aria-rowindex="1">
                                <div class="c-repo" role="columnheader" aria-sort="ascending">{t().column_repository()}</div>
                                <div class="c-tag" role="columnheader">{t().column_tag()}</div>
                                <div class="c-id" role="columnheader">{t().column_image_id()}</div>
                                <div class="c-created" role="columnheader">{t().column_created()}</div>
                                <div class="c-size" role="columnheader">{t().column_size()}</div>
                                <div class="c-used" role="columnheader">{t().column_used_by()}</div>
                                <div class="row-more" role="columnheader"><span class="vh">{t().column_actions()}</span></div>
                        </div>
                        <VirtualRows viewport=viewport rows=shown view=move |key, index| view! { <ImageRow key=key index=index viewport=viewport used=used/> }/>
                    </div>
                    {move || match (store.images.is_loaded(), store.images.len(), shown.with(Vec::len)) {
                        (true, 0, _) => view! { <StateView title=t().no_images_title() text=t().no_images_text()/> }.into_any(),
                        (true, all, 0) => {
                            let go = go.clone();
                            view! {
                                <StateView title=t().no_match_title() text=t().no_match_text(all)>
                                    <button type="button" class="btn" on:click=move |_| go(String::new(), None)>{t().clear_filter()}</button>
                                </StateView>
                            }.into_any()
                        }
                        _ => ().into_any(),
                    }}
                </div>
            </div>
            <JobsPanel/>
        </div>
    }
}

#[component]
fn ImageRow(key: RowKey, index: Signal<usize>, viewport: Viewport, used: Memo<HashMap<ImageId, usize>>) -> impl IntoView {
    let store = store();
    let (dialogs, menus) = (dialogs(), menus());
    let go = use_go();
    let Some(signal) = store.images.signal(&key.id) else { return ().into_any() };
    let image = RwSignal::from(signal);
    let (reference, label, id) = (key.reference(), key.label(), key.id.clone());
    let users = Memo::new(move |_| used.with(|used| used.get(&id).copied().unwrap_or_default()));
    let dangling = key.repository.is_empty();
    let live = move || store.is_live();
    let run = {
        let reference = reference.clone();
        move |()| go(&format!("/run?image={}", js_sys::encode_uri_component(&reference)))
    };
    let remove = move |()| dialogs.ask(Asked::RemoveImage(reference.clone()));
    // On a phone the buttons of the row have no room.
    let more_label = t().more_actions(&label);
    let more = {
        let (run, remove, label, id) = (run.clone(), remove.clone(), label.clone(), key.id.clone());
        move |event: web_sys::MouseEvent| {
            let item =
                |label: &str, icon, danger, act: Callback<()>| Item { label: label.to_owned(), icon, danger, separated: danger, act };
            let mut items = Vec::new();
            if live() {
                let run = run.clone();
                items.push(item(t().run(), Icon::Play, false, Callback::new(move |()| run(()))));
            }
            let id = id.clone();
            items.push(item(
                t().action_copy_id(),
                Icon::Copy,
                false,
                Callback::new(move |()| copy_text(id.0.clone(), id.short().to_owned())),
            ));
            if live() {
                let remove = remove.clone();
                items.push(item(t().action_remove(), Icon::Trash, true, Callback::new(move |()| remove(()))));
            }
            menus.open(label.clone(), items, &event);
        }
    };
    let (run_label, remove_label) = (t().run_image(&label), t().remove_image(&label));
    view! {
        <div
            class="dt-row"
            role="row"
            aria-label=label
            aria-rowindex=move || (index.get() + 2).to_string()
            style:--y=offset(viewport, index)
        >
            <div class="c-repo mono" role="cell" title=key.repository.clone()>
                {if dangling {
                    view! { <span class="t3">{t().no_repository()}</span> }.into_any()
                } else {
                    super::containers::image_parts(&key.repository).into_any()
                }}
            </div>
            <div class="c-tag mono" role="cell">
                {if dangling { view! { <span class="tag"><Glyph icon=Icon::Dashed/>{t().dangling()}</span> }.into_any() } else { key.tag.clone().into_any() }}
            </div>
            <div class="c-id mono" role="cell" title=key.id.0.clone()>{key.id.short().to_owned()}</div>
            <div class="c-created" role="cell">
                <time title=move || date_time(image.with(|image| image.created))>{move || ago(image.with(|image| image.created))}</time>
            </div>
            <div class="c-size num" role="cell">{move || bytes(image.with(|image| image.size as f64))}</div>
            <div class="c-used" role="cell">
                {move || match users.get() {
                    0 => view! { <span class="t3">{t().unused()}</span> }.into_any(),
                    users => view! { <span class="used" title=t().used_by(users)><Glyph icon=Icon::Container/>{count(users)}</span> }.into_any(),
                }}
            </div>
            <div class="row-acts" role="cell">
                <Show when=live>
                    <button type="button" class="btn ghost sm icon-only" aria-label=run_label.clone() title=run_label.clone() on:click={let run = run.clone(); move |_| run(())}>
                        <Glyph icon=Icon::Play/>
                    </button>
                    <button type="button" class="btn ghost sm icon-only" aria-label=remove_label.clone() title=remove_label.clone() on:click={let remove = remove.clone(); move |_| remove(())}>
                        <Glyph icon=Icon::Trash/>
                    </button>
                </Show>
            </div>
            <div class="row-more" role="cell">
                <button type="button" class="btn ghost sm icon-only" aria-haspopup="menu" aria-label=more_label on:click=more><Glyph icon=Icon::More/></button>
            </div>
        </div>
    }
    .into_any()
}

#[component]
fn PullBar() -> impl IntoView {
    let store = store();
    let reference = RwSignal::new(String::new());
    let problem = RwSignal::new(None::<Problem>);
    let busy = RwSignal::new(false);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        busy.set(true);
        problem.set(None);
        let wanted = reference.get_untracked().trim().to_owned();
        spawn_local(async move {
            if let Err(why) = link::call(PullImage { reference: wanted }).await {
                problem.set(Some(why));
            }
            busy.set(false);
        });
    };
    // `registry.example:5000/team/api:2.1`: the first part is a registry when it has a dot or a port, or is localhost.
    let parsed = move || {
        reference.with(|text| {
            let text = text.trim();
            (!text.is_empty()).then(|| {
                let (repository, tag) = split_reference(text);
                let (registry, repository) = match repository.split_once('/') {
                    Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => (first, rest),
                    _ => ("docker.io", repository),
                };
                let tag = if tag.is_empty() { "latest" } else { tag };
                view! {
                    <span>{t().parsed_registry(registry)}</span>
                    <span>{t().parsed_repository(repository)}</span>
                    <span>{t().parsed_tag(tag)}</span>
                }
            })
        })
    };
    view! {
        <form class="pullbar" aria-label=t().pull() on:submit=submit>
            <div class="field pull-ref">
                <label for="pull-reference">{t().image_to_pull()}</label>
                <div class="input mono lg" class:is-bad=move || problem.with(Option::is_some)>
                    <Glyph icon=Icon::Download/>
                    <input id="pull-reference" spellcheck="false" autocapitalize="none" autocomplete="off" placeholder=t().image_placeholder() bind:value=reference/>
                </div>
            </div>
            <button class="btn primary lg" disabled=move || busy.get() || !store.is_live() || reference.with(|text| text.trim().is_empty())>{t().pull()}</button>
            <p class="hint parsed">{move || parsed().map_or_else(|| view! { <span>{t().pull_hint()}</span> }.into_any(), IntoAny::into_any)}</p>
            {move || problem.get().map(|problem| view! { <ProblemNote title=t().could_not_pull(&reference.get_untracked()) problem=problem/> })}
        </form>
    }
}

/// Work that is about images; it stays where it is when one starts or ends.
#[component]
fn JobsPanel() -> impl IntoView {
    let store = store();
    let jobs = Memo::new(move |_| {
        let mut jobs = store.jobs.all();
        jobs.retain(|job| matches!(job.work, Work::Pull(_) | Work::Commit(_)));
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
                <header class="pane-head"><h2>{t().jobs()}</h2><span class="t3 num">{summary}</span><span class="end"><a class="link" href=at("/jobs")>{t().all_jobs()}</a></span></header>
                <div class="scroller jobs"><For each=move || jobs.get() key=Clone::clone children=|id| view! { <JobCard id=id/> }/></div>
            </aside>
        })}
    }
}
