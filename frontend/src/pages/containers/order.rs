//! Which rows are shown, and in which order; both are in the address.

use std::collections::HashMap;

use leptos::prelude::*;
use linkspan_shared::{
    container::{Container, ContainerState, Health},
    ids::ContainerId,
};

use super::{TableState, filter::Filter, group::Folded};
use crate::{
    address::{self, replace},
    browser,
    components::ui::{Glyph, Icon},
    i18n::t,
    link::Subscription,
    route::Route,
    sorting,
    store::{store, watch_labels},
};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Key {
    #[default]
    Name,
    Image,
    State,
    Cpu,
    Memory,
    Created,
    Uptime,
    Restarts,
}

impl Key {
    pub const ALL: [(Self, &'static str); 8] = [
        (Self::Name, "name"),
        (Self::Image, "image"),
        (Self::State, "state"),
        (Self::Cpu, "cpu"),
        (Self::Memory, "memory"),
        (Self::Created, "created"),
        (Self::Uptime, "uptime"),
        (Self::Restarts, "restarts"),
    ];

    /// It changes all the time.
    pub fn is_figure(self) -> bool {
        matches!(self, Self::Cpu | Self::Memory)
    }

    /// The largest is what people look for.
    fn is_descending_first(self) -> bool {
        matches!(self, Self::Cpu | Self::Memory | Self::Uptime | Self::Restarts)
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Name => t().column_name(),
            Self::Image => t().column_image(),
            Self::State => t().column_state(),
            Self::Cpu => t().column_cpu(),
            Self::Memory => t().column_memory(),
            Self::Created => t().column_created(),
            Self::Uptime => t().column_uptime(),
            Self::Restarts => t().field_restarts(),
        }
    }
}

/// How this browser's reader wants the table where its address does not say: whoever comes back finds it so.
#[derive(Clone, Default, PartialEq)]
struct Preferred {
    sort: String,
    group: String,
    columns: String,
}

thread_local! {
    static PREFERRED: RwSignal<Preferred> = RwSignal::new(Preferred {
        sort: browser::stored("containers-sort").unwrap_or_default(),
        group: browser::stored("containers-group").unwrap_or_default(),
        columns: browser::stored("containers-columns").unwrap_or_default(),
    });
}

/// It belongs to the tab: to be called where the app begins.
pub fn preferred() {
    PREFERRED.with(|_| ());
}

/// The chips: what people ask for, which is not quite the engine's states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chip {
    Running,
    Unhealthy,
    Restarting,
    Paused,
    Exited,
    Created,
    Dead,
    /// What this Linkspan has no word for.
    Other,
}

impl Chip {
    pub const ALL: [(Self, &'static str); 8] = [
        (Self::Running, "running"),
        (Self::Unhealthy, "unhealthy"),
        (Self::Restarting, "restarting"),
        (Self::Paused, "paused"),
        (Self::Exited, "exited"),
        (Self::Created, "created"),
        (Self::Dead, "dead"),
        (Self::Other, "other"),
    ];

    pub fn fits(self, container: &Container) -> bool {
        match self {
            Self::Running => container.state == ContainerState::Running,
            Self::Unhealthy => container.state == ContainerState::Running && container.health == Health::Unhealthy,
            Self::Restarting => container.state == ContainerState::Restarting,
            Self::Paused => container.state == ContainerState::Paused,
            Self::Exited => container.state == ContainerState::Exited,
            Self::Created => container.state == ContainerState::Created,
            Self::Dead => matches!(container.state, ContainerState::Dead | ContainerState::Removing),
            Self::Other => container.state == ContainerState::Unknown,
        }
    }
}

/// A line of the table: a container, or the project above its containers (empty for those without one).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Line {
    Project(String),
    Container(ContainerId),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// One list, without the projects.
    pub flat: bool,
    pub text: String,
    /// Any of these; all if there is none.
    pub chips: Vec<Chip>,
    pub key: Key,
    pub descending: bool,
    /// Those that are shown, see [`super::columns`]; empty for those that the page's width has room for.
    pub columns: String,
}

impl Query {
    pub fn read(map: &address::Query) -> Self {
        let preferred = PREFERRED.with(|preferred| preferred.get());
        let sort = map.get("sort").unwrap_or(preferred.sort);
        let name = sort.trim_start_matches('-');
        Self {
            flat: map.get("group").unwrap_or(preferred.group) == "off",
            text: map.get("q").unwrap_or_default(),
            chips: map
                .get("state")
                .map(|states| {
                    Chip::ALL.iter().filter(|(_, name)| states.split(',').any(|state| state == *name)).map(|(chip, _)| *chip).collect()
                })
                .unwrap_or_default(),
            key: Key::ALL.iter().find(|(_, known)| *known == name).map_or(Key::Name, |(key, _)| *key),
            descending: sort.starts_with('-'),
            columns: map.get("cols").unwrap_or(preferred.columns),
        }
    }

    fn sort_word(&self) -> String {
        let sort = Key::ALL.iter().find(|(key, _)| *key == self.key && (self.key, self.descending) != (Key::Name, false));
        sort.map(|(_, name)| format!("{}{name}", if self.descending { "-" } else { "" })).unwrap_or_default()
    }

    fn address(&self) -> String {
        let chips: Vec<_> = Chip::ALL.iter().filter(|(chip, _)| self.chips.contains(chip)).map(|(_, name)| *name).collect();
        let sort = self.sort_word();
        let group = if self.flat { "off" } else { "" };
        Route::Containers.with(&[
            ("q", &self.text),
            ("state", &chips.join(",")),
            ("sort", &sort),
            ("group", group),
            ("cols", &self.columns),
        ])
    }

    /// Once more, it turns round.
    pub fn sort_by(&mut self, key: Key) {
        self.descending = if self.key == key { !self.descending } else { key.is_descending_first() };
        self.key = key;
    }

    pub fn fits_chips(&self, container: &Container) -> bool {
        self.chips.is_empty() || self.chips.iter().any(|chip| chip.fits(container))
    }

    /// What has no figure comes last, whichever way.
    fn compare(&self, a: &Container, b: &Container, figures: &HashMap<ContainerId, u64>) -> std::cmp::Ordering {
        let both = |a: Option<u64>, b: Option<u64>| match (a, b) {
            (Some(a), Some(b)) => a.cmp(&b),
            (a, b) if self.descending => a.is_some().cmp(&b.is_some()),
            (a, b) => b.is_some().cmp(&a.is_some()),
        };
        // The earlier it began, the longer it has been up.
        let up = |row: &Container| row.started.map(|started| u64::MAX - started.0.max(0) as u64);
        let ordering = match self.key {
            Key::Name => std::cmp::Ordering::Equal,
            Key::Cpu | Key::Memory => both(figures.get(&a.id).copied(), figures.get(&b.id).copied()),
            Key::Uptime => both(up(a), up(b)),
            Key::Restarts => a.restarts.cmp(&b.restarts),
            Key::Image => a.image.cmp(&b.image),
            Key::State => (a.state, a.health, a.exit_code).cmp(&(b.state, b.health, b.exit_code)),
            // The newest first.
            Key::Created => b.created.cmp(&a.created),
        };
        let by_name = || natural(&a.name, &b.name).then_with(|| a.id.cmp(&b.id));
        let ordering = if self.key == Key::Name { by_name() } else { ordering };
        (if self.descending { ordering.reverse() } else { ordering }).then_with(by_name)
    }
}

/// `web-2` before `web-10`.
fn natural(a: &str, b: &str) -> std::cmp::Ordering {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let (mut a, mut b) = (a, b);
    loop {
        let (a_digits, b_digits) = (digits(a), digits(b));
        if a_digits > 0 && b_digits > 0 {
            let (a_number, a_rest) = a.split_at(a_digits);
            let (b_number, b_rest) = b.split_at(b_digits);
            let (a_number, b_number) = (a_number.trim_start_matches('0'), b_number.trim_start_matches('0'));
            let ordering = a_number.len().cmp(&b_number.len()).then_with(|| a_number.cmp(b_number));
            if ordering.is_ne() {
                return ordering;
            }
            (a, b) = (a_rest, b_rest);
            continue;
        }
        match (a.chars().next(), b.chars().next()) {
            (Some(x), Some(y)) if x == y => (a, b) = (&a[x.len_utf8()..], &b[y.len_utf8()..]),
            (x, y) => return x.cmp(&y),
        }
    }
}

/// The rows in order. What others add, remove or move waits while somebody is at work in the table.
#[derive(Clone, Copy)]
pub struct Order {
    pub shown: Memo<Vec<Line>>,
    /// The containers of each project that the filter leaves, also of folded ones.
    pub members: Memo<HashMap<String, Vec<ContainerId>>>,
    /// Rows that would be elsewhere, or are not shown yet.
    pub pending: Memo<usize>,
}

impl Order {
    /// `figures`: what there is to sort by where that is a figure.
    pub fn new(
        query: Memo<Query>,
        figures: RwSignal<HashMap<ContainerId, u64>>,
        folded: Folded,
        last_input: RwSignal<f64>,
        calm_after: f64,
    ) -> Self {
        let needs_labels = Memo::new(move |_| query.with(|query| Filter::parse(&query.text).needs_labels()));
        let labels = StoredValue::new_local(None::<Subscription>);
        Effect::new(move || labels.set_value(needs_labels.get().then(watch_labels)));
        on_cleanup(move || drop(labels.try_update_value(Option::take)));
        let sorted = Memo::new_with_compare(
            move |_| {
                let query = query.get();
                let figures = figures.get();
                let filter = Filter::parse(&query.text);
                let mut rows = store().containers.all();
                rows.retain(|row| query.fits_chips(row) && filter.fits_here(row));
                sorting::sort_by(&mut rows, |a, b| query.compare(a, b, &figures));
                let is_grouped = !query.flat && rows.iter().any(|row| row.project.is_some());
                if is_grouped {
                    // Those without one come last; within each the order stays.
                    sorting::sort_by(&mut rows, |a, b| (a.project.is_none(), &a.project).cmp(&(b.project.is_none(), &b.project)));
                }
                (is_grouped, rows.into_iter().map(|row| (row.project.unwrap_or_default(), row.id)).collect::<Vec<_>>())
            },
            |before, now| before != now,
        );
        let members = Memo::new(move |_| {
            sorted.with(|(_, rows)| {
                rows.iter().fold(HashMap::<String, Vec<ContainerId>>::new(), |mut members, (project, id)| {
                    members.entry(project.clone()).or_default().push(id.clone());
                    members
                })
            })
        });
        let wanted = Memo::new(move |_| {
            sorted.with(|(is_grouped, rows)| {
                let mut lines = Vec::with_capacity(rows.len());
                let mut last = None;
                for (project, id) in rows {
                    if *is_grouped && last != Some(project) {
                        lines.push(Line::Project(project.clone()));
                        last = Some(project);
                    }
                    if !(*is_grouped && folded.is(project)) {
                        lines.push(Line::Container(id.clone()));
                    }
                }
                lines
            })
        });
        // Looked at again once the table has been left alone for long enough.
        let calm = RwSignal::new(0u32);
        Effect::new(move || {
            wanted.track();
            // A clock that is set back must not make it wait for days.
            let wait = (calm_after - (browser::now() - last_input.get())).min(calm_after);
            if wait > 0.0 {
                let timer = set_timeout_with_handle(move || calm.update(|n| *n += 1), std::time::Duration::from_millis(wait as u64 + 20));
                on_cleanup(move || drop(timer.map(|timer| timer.clear())));
            } else {
                calm.update(|n| *n += 1);
            }
        });
        let shown = Memo::new(move |before: Option<&Frozen>| {
            calm.track();
            let (query, wanted) = (query.get(), wanted.get());
            let at_work = browser::now() - last_input.get_untracked() < calm_after;
            match before {
                // Folding is one's own doing: it shows at once.
                Some(before) if at_work && before.query == query && before.folded == folded.get() && !before.ids.is_empty() => {
                    // What is gone goes at once: a row of nothing helps nobody.
                    let there: std::collections::HashSet<_> = wanted.iter().collect();
                    let mut ids = before.ids.clone();
                    ids.retain(|id| there.contains(id));
                    Frozen { query, folded: folded.get(), ids }
                }
                _ => Frozen { query, folded: folded.get(), ids: wanted },
            }
        });
        let ids = Memo::new(move |_| shown.with(|frozen| frozen.ids.clone()));
        let pending = Memo::new(move |_| {
            wanted.with(|wanted| {
                ids.with(|ids| wanted.len().abs_diff(ids.len()).max(usize::from(wanted != ids && wanted.len() == ids.len())))
            })
        });
        Self { shown: ids, members, pending }
    }
}

#[derive(Clone, PartialEq)]
struct Frozen {
    query: Query,
    folded: std::collections::HashSet<String>,
    ids: Vec<Line>,
}

/// Goes to the same table with another query; typing leaves no trail in the history.
pub fn change_query(state: TableState) -> impl Fn(&dyn Fn(&mut Query)) + Clone {
    move |change| {
        let mut query = state.query.get_untracked();
        let preferred = |query: &Query| Preferred {
            sort: query.sort_word(),
            group: if query.flat { "off".to_owned() } else { String::new() },
            columns: query.columns.clone(),
        };
        let before = preferred(&query);
        change(&mut query);
        let now = preferred(&query);
        // Somebody else's address is not what this reader wants every time.
        if before != now {
            browser::store("containers-sort", &now.sort);
            browser::store("containers-group", &now.group);
            browser::store("containers-columns", &now.columns);
            PREFERRED.with(|preferred| preferred.set(now));
        }
        replace(query.address());
    }
}

#[component]
pub fn SortHeader(state: TableState, key: Key, class: &'static str, label: &'static str) -> impl IntoView {
    let change = change_query(state);
    let sorted = move || state.query.with(|query| (query.key == key).then_some(query.descending));
    let sort = move |_| {
        change(&|query| query.sort_by(key));
    };
    view! {
        <div
            class=class
            role="columnheader"
            aria-sort=move || match sorted() {
                Some(false) => "ascending",
                Some(true) => "descending",
                None => "none",
            }
        >
            <button type="button" on:click=sort>
                {label}
                {move || sorted().map(|descending| view! { <Glyph icon=if descending { Icon::ArrowDown } else { Icon::ArrowUp }/> })}
            </button>
        </div>
    }
}
