//! `/containers/{id}/logs`: the last lines at once, then live; only lines in view are in the document.

mod layout;
mod lines;
mod target;
mod toolbar;

use std::{cell::RefCell, rc::Rc};

use leptos::prelude::*;
use linkspan_shared::{
    channel::{ChannelSpec, LogsSpec},
    container::Container,
    problem::{Problem, ProblemCode},
};

use crate::{
    address,
    browser::{self, NextFrame},
    components::ui::problem_note::ProblemNote,
    i18n::t,
    link::{self, Incoming, Subscription},
    log::{Buffer, Stream, buffer::Time, search},
    route::{Route, Tab},
    store::store,
};

/// Lines that are there at once; all can be asked for.
const FIRST_LINES: u64 = 5_000;
/// Lines looked through before the browser gets to paint again.
const SEARCH_AT_ONCE: usize = 100_000;

/// From where on the log is loaded.
#[derive(Clone, Copy, PartialEq)]
enum Begin {
    LastLines,
    At(Time),
    All,
}

impl Begin {
    /// Whether so many entries are all there are.
    fn is_whole(self, entries: usize) -> bool {
        match self {
            Self::LastLines => (entries as u64) < FIRST_LINES,
            Self::At(_) => false,
            Self::All => true,
        }
    }
}

/// The log as it was shown last, as long as its container's page: it goes on there, and is there when the container is not.
#[derive(Clone, Copy)]
pub struct KeptLog(StoredValue<Option<Shown>, LocalStorage>);

#[derive(Clone)]
struct Shown {
    buffer: Rc<RefCell<Buffer>>,
    begin: Begin,
}

impl Default for KeptLog {
    fn default() -> Self {
        Self(StoredValue::new_local(None))
    }
}

/// Which of the container's outputs are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Streams {
    All,
    Stdout,
    Stderr,
}

impl Streams {
    pub const ALL: [Self; 3] = [Self::All, Self::Stdout, Self::Stderr];

    /// In the address; none for all.
    pub fn word(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
        }
    }

    pub fn named(word: &str) -> Self {
        Self::ALL.into_iter().find(|streams| streams.word() == word).unwrap_or(Self::All)
    }

    /// A terminal's are not told apart, and where lines are missing is worth knowing in either.
    fn has(self, stream: Stream) -> bool {
        match self {
            Self::All => true,
            Self::Stdout => stream != Stream::Stderr,
            Self::Stderr => stream != Stream::Stdout,
        }
    }
}

/// What lines have to be to be shown.
#[derive(Clone, PartialEq)]
enum Filter {
    /// They match, as texts are compared.
    Matches(String, Streams),
    Streams(Streams),
}

/// What the page knows of the log, beside the lines.
#[derive(Clone, Copy)]
struct View {
    buffer: StoredValue<Rc<RefCell<Buffer>>, LocalStorage>,
    /// Counts what changes the buffer.
    revision: RwSignal<u64>,
    begin: RwSignal<Begin>,
    ended: RwSignal<bool>,
    /// How often the stream has to be opened again because it fell behind.
    behind: RwSignal<u32>,
    problem: RwSignal<Option<Problem>>,
    follow: RwSignal<bool>,
    query: RwSignal<String>,
    only_matches: RwSignal<bool>,
    streams: RwSignal<Streams>,
    /// The numbers (dropped lines included) of the lines of these streams, where they are not all.
    of_streams: RwSignal<Vec<usize>>,
    /// The numbers (dropped lines included) of the lines that match, in order.
    matches: RwSignal<Vec<usize>>,
    /// Which of them somebody is at; beyond them all while none is.
    current: RwSignal<usize>,
    /// Counts when somebody wants to see it.
    sought: RwSignal<u32>,
    /// From which line on one is looked for; `None` once it is found, or somebody goes from match to match.
    search_from: RwSignal<Option<usize>>,
    /// The number of the first line in view.
    top: RwSignal<usize>,
}

impl View {
    fn filter(&self) -> Option<Filter> {
        let (query, streams) = (self.query.with(|query| search::folded(query)), self.streams.get());
        if self.only_matches.get() && !query.is_empty() {
            Some(Filter::Matches(query, streams))
        } else {
            (streams != Streams::All).then_some(Filter::Streams(streams))
        }
    }

    /// The numbers of the lines that a filter leaves, as far as they were looked through.
    fn filtered<T>(&self, filter: Option<&Filter>, look: impl FnOnce(&[usize]) -> T) -> T {
        match filter {
            Some(Filter::Streams(_)) => self.of_streams.with(|numbers| look(numbers)),
            _ => self.matches.with(|numbers| look(numbers)),
        }
    }

    /// The match to begin with: the next one in view or below it, else the one before. While following it is the newest.
    /// `None` as long as a better one may come.
    fn nearest(&self, from: usize, is_all: bool) -> Option<usize> {
        self.matches.with_untracked(|matches| {
            let next = matches.partition_point(|number| *number < from);
            (!matches.is_empty() && (is_all || next < matches.len())).then(|| next.min(matches.len() - 1))
        })
    }

    fn read<T>(&self, look: impl FnOnce(&Buffer) -> T) -> T {
        self.buffer.with_value(|buffer| look(&buffer.borrow()))
    }
}

/// By what was found, and without what was dropped: how many that were.
fn extend(numbers: RwSignal<Vec<usize>>, found: Vec<usize>, dropped: usize) -> usize {
    let outdated = numbers.with_untracked(|numbers| numbers.partition_point(|line| *line < dropped));
    if !found.is_empty() || outdated > 0 {
        numbers.update(|numbers| {
            numbers.drain(..outdated);
            numbers.extend(found);
        });
    }
    outdated
}

#[component]
pub fn Logs(row: Signal<Container>, is_there: Memo<bool>, kept: KeptLog) -> impl IntoView {
    let address = address::query();
    let wanted = target::of_address();
    let at = wanted.get_untracked();
    let Shown { buffer, begin } = kept.0.get_value().filter(|_| at.is_none() || !is_there.get_untracked()).unwrap_or_else(|| {
        let begin = at.map_or(Begin::LastLines, |at| Begin::At(target::begin(at)));
        Shown { buffer: Rc::new(RefCell::new(Buffer::new(true))), begin }
    });
    let view = View {
        buffer: StoredValue::new_local(buffer),
        revision: RwSignal::new(0),
        begin: RwSignal::new(begin),
        ended: RwSignal::new(false),
        behind: RwSignal::new(0),
        problem: RwSignal::new(None),
        follow: RwSignal::new(at.is_none()),
        query: RwSignal::new(address.with_untracked(|address| address.get("q")).unwrap_or_default()),
        only_matches: RwSignal::new(address.with_untracked(|address| address.get("only").is_some())),
        streams: RwSignal::new(address.with_untracked(|address| Streams::named(&address.get("stream").unwrap_or_default()))),
        of_streams: RwSignal::new(Vec::new()),
        matches: RwSignal::new(Vec::new()),
        current: RwSignal::new(usize::MAX),
        sought: RwSignal::new(0),
        search_from: RwSignal::new(None),
        top: RwSignal::new(0),
    };
    // Whoever opens the address sees the same.
    let subject = address::subject();
    Effect::new(move || {
        let (at, only) = (address.with(|address| address.get("at")).unwrap_or_default(), view.only_matches.get());
        // On the way to another tab there is nothing to say.
        if !matches!(address::route().get_untracked(), Route::Container(_, Tab::Logs)) {
            return;
        }
        let stream = view.streams.get().word();
        let query = [("at", at.as_str()), ("q", &view.query.get()), ("only", if only { "matches" } else { "" }), ("stream", stream)];
        address::replace(Route::Container(subject.get_untracked(), Tab::Logs).with(&query));
    });
    let show_times = RwSignal::new(browser::stored("log-times").as_deref() != Some("off"));
    let wrap = RwSignal::new(browser::stored("log-wrap").as_deref() == Some("on"));
    let subscription = StoredValue::new_local(None::<Subscription>);
    let id = row.with_untracked(|row| row.id.clone());
    let is_up = Memo::new(move |_| store().is_live() && is_there.get() && row.with(|row| row.state.is_up()));
    let open = {
        let id = id.clone();
        move || {
            view.ended.set(false);
            view.problem.set(None);
            let id = id.clone();
            let buffer = view.buffer.get_value();
            let spec = {
                let buffer = buffer.clone();
                // At every opening: go on behind what came last.
                move || {
                    let (tail, since) = match view.begin.try_get_untracked().unwrap_or(Begin::LastLines) {
                        Begin::LastLines => (Some(FIRST_LINES), None),
                        Begin::At(time) => (None, Some(time)),
                        Begin::All => (None, None),
                    };
                    let behind = buffer.borrow_mut().resume_from();
                    ChannelSpec::Logs(LogsSpec { container: id.clone(), tail, since, behind })
                }
            };
            let frame = Rc::<NextFrame>::default();
            let show = move || {
                view.revision.try_update(|revision| *revision += 1);
            };
            let handler = move |incoming: Incoming<'_>| {
                match incoming {
                    Incoming::Bytes(tag, bytes, _) => buffer.borrow_mut().push(tag, bytes),
                    Incoming::Done => {
                        buffer.borrow_mut().end();
                        view.ended.try_set(true);
                    }
                    // Others read faster: goes on from the last line here.
                    Incoming::Closed(Problem { code: ProblemCode::FellBehind, .. }) => {
                        view.behind.try_update(|behind| *behind += 1);
                    }
                    Incoming::Closed(problem) => drop(view.problem.try_set(Some(problem))),
                    Incoming::State(_) => {}
                }
                frame.ask(show);
            };
            subscription.set_value(Some(link::open(spec, handler)));
        }
    };
    on_cleanup(move || {
        drop(subscription.try_update_value(Option::take));
        if let (Some(buffer), Some(begin)) = (view.buffer.try_get_value(), view.begin.try_get_untracked()) {
            kept.0.try_set_value(Some(Shown { buffer, begin }));
        }
    });
    if is_there.get_untracked() {
        open();
    }
    // Once the container runs again, or its engine is back, its log goes on.
    Effect::new({
        let open = open.clone();
        move |was_up: Option<bool>| {
            let up = is_up.get();
            if up && was_up == Some(false) && (view.ended.get_untracked() || view.problem.with_untracked(Option::is_some)) {
                open();
            }
            up
        }
    });
    Effect::new({
        let open = open.clone();
        move |before: Option<u32>| {
            let behind = view.behind.get();
            if before.is_some_and(|before| before != behind) {
                open();
            }
            behind
        }
    });
    // Looks through what is new; through everything when the question changes.
    Effect::new(move |before: Option<((String, Streams), usize)>| {
        view.revision.track();
        let asked = (view.query.with(|query| search::folded(query)), view.streams.get());
        let (query, streams) = &asked;
        let streams = *streams;
        let (dropped, length) = view.read(|buffer| (buffer.dropped(), buffer.len()));
        let from = match before {
            Some((before, upto)) if before == asked => upto.max(dropped),
            _ => {
                view.matches.set(Vec::new());
                view.of_streams.set(Vec::new());
                view.current.set(usize::MAX);
                let is_following = view.follow.get_untracked();
                view.search_from.set(Some(if is_following { usize::MAX } else { view.top.get_untracked() }));
                dropped
            }
        };
        if query.is_empty() && streams == Streams::All {
            return (asked, dropped + length);
        }
        let upto = (from + SEARCH_AT_ONCE).min(dropped + length);
        let (mut found, mut of_streams) = (Vec::new(), Vec::new());
        view.read(|buffer| {
            let lines = buffer.iter_from(from - dropped).take(upto.saturating_sub(from)).enumerate();
            for (at, line) in lines.filter(|(_, line)| streams.has(line.stream)) {
                if search::is_match(line.text, query) {
                    found.push(from + at);
                }
                of_streams.push(from + at);
            }
        });
        if streams != Streams::All {
            extend(view.of_streams, of_streams, dropped);
        }
        let outdated = extend(view.matches, found, dropped);
        if outdated > 0 {
            view.current.update(|current| *current = current.saturating_sub(outdated));
        }
        let is_all = upto == dropped + length;
        if let Some(from) = view.search_from.get_untracked()
            && let Some(current) = view.nearest(from, is_all)
        {
            if view.current.get_untracked() != current {
                view.current.set(current);
                view.sought.update(|sought| *sought += 1);
            }
            if is_all && !view.follow.get_untracked() {
                view.search_from.set(None);
            }
        }
        if !is_all {
            let again = move || {
                view.revision.try_update(|revision| *revision += 1);
            };
            set_timeout(again, std::time::Duration::ZERO);
        }
        (asked, upto)
    });
    // Who goes on alone is not taken along to the next match.
    Effect::new(move |followed: Option<bool>| {
        let follows = view.follow.get();
        if followed == Some(true) && !follows {
            view.search_from.set(None);
        }
        follows
    });
    let load_all = {
        let open = open.clone();
        move || {
            view.begin.set(Begin::All);
            view.buffer.with_value(|buffer| *buffer.borrow_mut() = Buffer::new(true));
            view.revision.update(|revision| *revision += 1);
            view.query.update(|_| {});
            view.matches.set(Vec::new());
            view.of_streams.set(Vec::new());
            view.current.set(usize::MAX);
            view.search_from.set(Some(if view.follow.get_untracked() { usize::MAX } else { 0 }));
            open();
        }
    };
    view! {
        <toolbar::Toolbar row=row view=view show_times=show_times wrap=wrap/>
        {move || view.problem.get().map(|problem| view! { <ProblemNote title=t().log_unavailable() problem=problem/> })}
        <lines::Lines row=row is_there=is_there view=view wanted=wanted show_times=show_times wrap=wrap load_all=Callback::new(move |()| load_all())/>
    }
}
