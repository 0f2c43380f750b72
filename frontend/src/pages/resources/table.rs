//! The table: what there is, who uses it, and what nobody does.

use std::collections::{HashMap, HashSet};

use leptos::prelude::*;

use super::{
    Resource,
    dialogs::{Question, ResourceDialogHost, ResourceDialogs},
    shown_name, users,
};
use crate::{
    address::{at, go, query, replace},
    case,
    components::{
        copy::copy_text,
        filter_box::FilterBox,
        grid::Grid,
        keys::{Command, Scope},
        menu::{Item, menus},
        select_all::SelectAll,
        top_bar::{Actions, TopBar},
        ui::{
            Glyph, Icon,
            state_view::StateView,
            virtual_rows::{VirtualRows, offset},
        },
    },
    i18n::{ago, count, date_time, t},
    route::Route,
    sorting,
    store::store,
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Only {
    Used,
    Unused,
}

impl Only {
    const ALL: [(Self, &'static str); 2] = [(Self::Used, "used"), (Self::Unused, "unused")];
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Name,
    Driver,
    Created,
    Used,
}

impl Sort {
    const ALL: [(Self, &'static str); 4] =
        [(Self::Name, "name"), (Self::Driver, "driver"), (Self::Created, "created"), (Self::Used, "used")];

    fn word(self) -> &'static str {
        Self::ALL.iter().find(|(sort, _)| *sort == self).map_or("name", |(_, word)| *word)
    }
}

/// What the address says.
#[derive(Clone, PartialEq)]
struct Query {
    text: String,
    only: Option<Only>,
    sort: Sort,
}

impl Query {
    fn address(&self, page: &Route) -> String {
        let only = Only::ALL.iter().find(|(only, _)| Some(*only) == self.only).map_or("", |(_, word)| word);
        let sort = if self.sort == Sort::Name { "" } else { self.sort.word() };
        page.with(&[("q", &self.text), ("use", only), ("sort", sort)])
    }
}

/// What the table and its rows share.
struct Shared<R: Resource> {
    grid: Grid<R::Id>,
    used: Memo<HashMap<String, usize>>,
    dialogs: ResourceDialogs<R>,
}

impl<R: Resource> Clone for Shared<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R: Resource> Copy for Shared<R> {}

#[component]
pub fn ResourceTable<R: Resource>(#[prop(optional)] _of: std::marker::PhantomData<R>) -> impl IntoView {
    let (store, rows, words) = (store(), R::rows(), R::words());
    let map = query();
    let query = Memo::new(move |_| {
        map.with(|map| {
            let word = |name: &str| map.get(name).unwrap_or_default();
            Query {
                text: word("q"),
                only: Only::ALL.iter().find(|(_, known)| *known == word("use")).map(|(only, _)| *only),
                sort: Sort::ALL.iter().find(|(_, known)| *known == word("sort")).map_or(Sort::Name, |(sort, _)| *sort),
            }
        })
    });
    let used = users::<R>();
    let shown = Memo::new(move |_| {
        let query = query.get();
        let text = case::lower(&query.text);
        let mut all = rows.all();
        used.with(|used| {
            all.retain(|row| {
                let is_used = used.contains_key(row.name());
                query.only.is_none_or(|only| (only == Only::Used) == is_used)
                    && text.split_whitespace().all(|word| {
                        [row.name(), row.driver(), &row.place()].iter().any(|field| case::lower(field).contains(word))
                            || row.labels().iter().any(|(name, value)| case::lower(&format!("{name}={value}")).contains(word))
                    })
            });
            sorting::sort_by(&mut all, |a, b| {
                let by_name = (a.is_anonymous(), a.name()).cmp(&(b.is_anonymous(), b.name()));
                match query.sort {
                    Sort::Name => by_name,
                    Sort::Driver => a.driver().cmp(b.driver()).then(by_name),
                    // The newest, the most used first.
                    Sort::Created => b.created().cmp(&a.created()).then(by_name),
                    Sort::Used => used.get(b.name()).cmp(&used.get(a.name())).then(by_name),
                }
            });
        });
        all.into_iter().map(|row| row.id().clone()).collect::<Vec<_>>()
    });
    let shared = Shared::<R> { grid: Grid::new(shown, dom_id::<R>).remembered_as(R::SECTION), used, dialogs: ResourceDialogs::new() };
    let set = Callback::new(move |query: Query| replace(query.address(&R::SECTION.route())));
    let of = move |only: Option<Only>| {
        Memo::new(move |_| {
            used.with(|used| {
                rows.fold(0usize, |sum, row| {
                    sum + usize::from(only.is_none_or(|only| (only == Only::Used) == used.contains_key(row.name())))
                })
            })
        })
    };
    let chip = move |only: Option<Only>, label: &'static str| {
        let number = of(only);
        let press = move |_| {
            set.run(Query { only: if query.with_untracked(|query| query.only == only) { None } else { only }, ..query.get_untracked() })
        };
        view! {
            <button type="button" class="chip" aria-pressed=move || query.with(|query| query.only == only).to_string() on:click=press>
                {label}<span class="num">{move || count(number.get())}</span>
            </button>
        }
    };
    shared.grid.listen(move |event| {
        shared.grid.on_key(
            event,
            Scope::Table,
            |id| {
                if let Some(row) = rows.get_untracked(id) {
                    go(R::ONE(row.name().to_owned()));
                }
            },
            |id, command| {
                let removes = command == Command::Remove && store.is_live();
                if removes {
                    let chosen = shared.grid.chosen_or(id);
                    shared.dialogs.ask(Question::Remove(chosen.iter().filter_map(|id| rows.get_untracked(id)).collect()));
                }
                removes
            },
        );
    });
    let sort_header = move |sort: Sort, class: &'static str, label: &'static str| {
        let is_on = move || query.with(|query| query.sort == sort);
        let is_up = matches!(sort, Sort::Name | Sort::Driver);
        view! {
            <div class=class role="columnheader" aria-sort=move || if !is_on() { "none" } else if is_up { "ascending" } else { "descending" }>
                <button type="button" on:click=move |_| set.run(Query { sort, ..query.get_untracked() })>
                    {label}
                    {move || is_on().then(|| view! { <Glyph icon=if is_up { Icon::ArrowUp } else { Icon::ArrowDown }/> })}
                </button>
            </div>
        }
    };
    let row_view = move |id, index| row::<R>(id, index, shared);
    view! {
        <TopBar>
            <h1>{words.title}</h1>
            <Actions slot:actions>
                <button type="button" class="btn" data-needs="job.prune" disabled=move || !store.is_live() on:click=move |_| shared.dialogs.ask(Question::Prune)>
                    <Glyph icon=Icon::Disk/>{t().prune_more()}
                </button>
                <button type="button" class="btn primary" data-needs=R::CREATE disabled=move || !store.is_live() on:click=move |_| shared.dialogs.ask(Question::Create)>
                    <Glyph icon=Icon::Plus/>{words.create}
                </button>
            </Actions>
        </TopBar>
        <div class="toolbar">
            <FilterBox
                label=words.filter
                text=Signal::derive(move || query.with(|query| query.text.clone()))
                on_type=Callback::new(move |text| set.run(Query { text, ..query.get_untracked() }))
            />
            <div class="chips" role="group" aria-label=t().filter_by_use()>
                {chip(None, t().all())}
                {chip(Some(Only::Used), t().in_use())}
                {chip(Some(Only::Unused), t().unused())}
            </div>
        </div>
        <div class="scroller" node_ref=shared.grid.viewport.scroller on:scroll=move |_| shared.grid.viewport.scrolled()>
            <div
                class="dt rt"
                role="grid"
                aria-label=words.title
                aria-multiselectable="true"
                aria-rowcount=move || (shown.with(Vec::len) + 1).to_string()
                aria-busy=move || (!rows.is_loaded()).to_string()
                data-stale=move || (!store.is_live()).then_some("")
            >
                <div class="dt-head" role="row" aria-rowindex="1">
                    <SelectAll shown=shown selected=shared.grid.selected/>
                    {sort_header(Sort::Name, "c-name", t().column_name())}
                    {sort_header(Sort::Driver, "c-driver", t().column_driver())}
                    <div class="c-place" role="columnheader">{words.place}</div>
                    {sort_header(Sort::Created, "c-created", t().column_created())}
                    {sort_header(Sort::Used, "c-used", t().column_used_by())}
                    <div class="row-more" role="columnheader"><span class="vh">{t().column_actions()}</span></div>
                </div>
                <VirtualRows viewport=shared.grid.viewport rows=shown keep=shared.grid.active view=row_view/>
            </div>
            {move || match (rows.is_loaded(), rows.len(), shown.with(Vec::len)) {
                (true, 0, _) if store.withholds(R::PART) => ().into_any(),
                (true, 0, _) => view! { <StateView title=words.none_title text=words.none_text/> }.into_any(),
                (true, all, 0) => view! {
                    <StateView title=t().no_match_title() text=t().no_match_text(all)>
                        <button type="button" class="btn" on:click=move |_| set.run(Query { text: String::new(), only: None, ..query.get_untracked() })>
                            {t().clear_filter()}
                        </button>
                    </StateView>
                }.into_any(),
                (false, ..) if store.is_unknown() => view! { <StateView title=t().unknown_title() text=t().unknown_text()/> }.into_any(),
                _ => ().into_any(),
            }}
        </div>
        {move || (!shared.grid.selected.with(HashSet::is_empty)).then(|| view! {
            <div class="bulk" role="toolbar" aria-label=t().column_actions()>
                <span><b>{move || t().selected(shared.grid.selected.with(HashSet::len))}</b></span>
                <button type="button" class="btn ghost icon-only" aria-label=t().clear_selection() on:click=move |_| shared.grid.selected.set(HashSet::new())>
                    <Glyph icon=Icon::X/>
                </button>
                <button
                    type="button"
                    class="btn ghost danger"
                    data-needs="job.remove"
                    disabled=move || !store.is_live()
                    on:click=move |_| {
                        let selected = shared.grid.selected.get_untracked();
                        shared.dialogs.ask(Question::Remove(shown.get_untracked().iter().filter(|id| selected.contains(id)).filter_map(|id| rows.get_untracked(id)).collect()));
                    }
                >
                    <Glyph icon=Icon::Trash/>{t().action_remove()}
                </button>
            </div>
        })}
        <ResourceDialogHost dialogs=shared.dialogs/>
    }
}

fn dom_id<R: Resource>(id: &R::Id) -> String {
    let name = R::rows().get_untracked(id).map(|row| row.name().to_owned()).unwrap_or_default();
    format!("row-{name}")
}

fn row<R: Resource>(id: R::Id, index: Signal<usize>, shared: Shared<R>) -> AnyView {
    let (store, menus, grid, dialogs) = (store(), menus(), shared.grid, shared.dialogs);
    // The row leaves the table a moment after what it is about.
    let Some(row) = R::rows().signal(&id) else { return ().into_any() };
    let row = RwSignal::from(row);
    let (name, label, is_fixed) = row.with_untracked(|row| (row.name().to_owned(), shown_name(row), row.is_fixed()));
    let users = {
        let name = name.clone();
        Memo::new(move |_| shared.used.with(|used| used.get(&name).copied().unwrap_or_default()))
    };
    let selected = grid.is_selected(id.clone());
    let tab = grid.tab(id.clone(), index);
    let live = move || store.is_live();
    let remove = Callback::new(move |()| dialogs.ask(Question::Remove(vec![row.get_untracked()])));
    let more = {
        let (name, label) = (name.clone(), label.clone());
        move |event: web_sys::MouseEvent| {
            let (name, called) = (name.clone(), label.clone());
            let mut items = vec![Item::new(t().action_copy_name(), Icon::Copy, move || copy_text(name.clone(), called.clone()))];
            if store.is_live() && !is_fixed {
                let removed = row.get_untracked();
                let remove = move || dialogs.ask(Question::Remove(vec![removed.clone()]));
                items.push(Item::new(t().action_remove(), Icon::Trash, remove).needs("job.remove").danger().separated());
            }
            menus.open(label.clone(), items, &event);
        }
    };
    let (clicked, focused) = (id.clone(), id.clone());
    let containers = at(Route::Containers.with(&[("q", &format!("{}:{name}", R::FILTER))]));
    let remove_label = t().remove_image(&label);
    let removal = remove_label.clone();
    view! {
        <div
            class="dt-row"
            role="row"
            id=grid.dom_id(&id)
            tabindex=tab
            aria-label=name.clone()
            aria-rowindex=move || (index.get() + 2).to_string()
            aria-selected=move || selected.get().to_string()
            style:--y=offset(grid.viewport, index)
            on:focusin=move |_| grid.active.set(Some(focused.clone()))
        >
            <div class="c-check" role="gridcell">
                <input
                    type="checkbox"
                    class="check"
                    tabindex=tab
                    aria-label=t().select(&name)
                    prop:checked=move || selected.get()
                    on:click=move |event| grid.clicked(&clicked, &event)
                />
            </div>
            <div class="c-name" role="gridcell">
                <a href=at(R::ONE(name.clone())) tabindex=tab title=name.clone()>{label}</a>
                {move || row.with(R::is_anonymous).then(|| view! { <span class="tag">{t().anonymous()}</span> })}
                {is_fixed.then(|| view! { <span class="tag">{t().built_in()}</span> })}
            </div>
            <div class="c-driver" role="gridcell">{move || row.with(|row| row.driver().to_owned())}</div>
            <div class="c-place mono" role="gridcell" title=move || row.with(R::place)>
                {move || Some(row.with(R::place)).filter(|place| !place.is_empty()).unwrap_or_else(|| "–".to_owned())}
            </div>
            <div class="c-created" role="gridcell">
                {move || row.with(R::created).map(|created| view! { <time title=date_time(created)>{move || ago(created)}</time> })}
            </div>
            <div class="c-used" role="gridcell">
                {move || match users.get() {
                    0 => view! { <span class="t3">{t().unused()}</span> }.into_any(),
                    users => view! {
                        <a class="used" tabindex=tab href=containers.clone() title=t().used_by(users)><Glyph icon=Icon::Container/><span>{count(users)}</span></a>
                    }.into_any(),
                }}
            </div>
            <div class="row-acts" role="gridcell">
                <Show when=move || live() && !is_fixed>
                    <button type="button" class="btn ghost sm icon-only" data-needs="job.remove" tabindex=tab aria-label=remove_label.clone() title=removal.clone() on:click=move |_| remove.run(())>
                        <Glyph icon=Icon::Trash/>
                    </button>
                </Show>
            </div>
            <div class="row-more" role="gridcell">
                <button type="button" class="btn ghost sm icon-only" tabindex=tab aria-haspopup="menu" aria-label=t().more_actions(&name) on:click=more>
                    <Glyph icon=Icon::More/>
                </button>
            </div>
        </div>
    }
    .into_any()
}
