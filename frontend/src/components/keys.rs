//! The keymap: what each key does, and where. Handlers, the map that "?" shows, the palette's hints and the tests read it.
//!
//! Single keys work only while no field has the focus, and can be turned off (WCAG 2.1.4).

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use leptos::prelude::*;
use web_sys::KeyboardEvent;

use super::nav;
use crate::route::Section;
use crate::{browser, i18n::t};

/// Between the keys of a pair, in milliseconds.
const PAIR: f64 = 1_500.0;

/// Where a key means something. Those of a table do on its whole page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    Anywhere,
    Table,
    /// Also a [`Scope::Table`].
    Containers,
    /// Also a [`Scope::Table`].
    Files,
    Logs,
    Terminal,
}

impl Scope {
    pub const ALL: [Self; 6] = [Self::Anywhere, Self::Table, Self::Containers, Self::Files, Self::Logs, Self::Terminal];

    pub fn title(self) -> &'static str {
        match self {
            Self::Anywhere => t().keys_anywhere(),
            Self::Table => t().keys_tables(),
            Self::Containers => t().containers(),
            Self::Files => t().files(),
            Self::Logs => t().keys_logs(),
            Self::Terminal => t().terminal(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    Palette,
    Filter,
    Keymap,
    /// To one of [`nav::pages`].
    Go(Section),
    Submit,
    Down,
    Up,
    PageDown,
    PageUp,
    First,
    Last,
    Open,
    Select,
    SelectTo,
    Remove,
    Deselect,
    Fold,
    Unfold,
    Logs,
    Terminal,
    Stats,
    Files,
    Commit,
    Restart,
    Pause,
    Stop,
    Start,
    Parent,
    NextMatch,
    PreviousMatch,
    Follow,
    LeaveTerminal,
}

impl Command {
    /// What it does, in the map.
    pub fn words(self) -> String {
        let words = match self {
            Self::Go(section) => {
                let label = nav::pages().into_iter().find(|(.., page)| *page == section).map_or("", |(label, ..)| label);
                return t().key_go(label);
            }
            Self::Palette => t().key_palette(),
            Self::Filter => t().key_filter(),
            Self::Keymap => t().key_map(),
            Self::Submit => t().key_submit(),
            Self::Down => t().key_next_row(),
            Self::Up => t().key_previous_row(),
            Self::PageDown => t().key_page_down(),
            Self::PageUp => t().key_page_up(),
            Self::First => t().key_first_row(),
            Self::Last => t().key_last_row(),
            Self::Open => t().key_open(),
            Self::Select => t().key_select(),
            Self::SelectTo => t().key_select_to(),
            Self::Remove => t().key_remove(),
            Self::Deselect => t().clear_selection(),
            Self::Fold => t().key_fold(),
            Self::Unfold => t().key_unfold(),
            Self::Logs => t().logs(),
            Self::Terminal => t().terminal(),
            Self::Stats => t().stats(),
            Self::Files => t().files(),
            Self::Commit => t().commit(),
            Self::Restart => t().action_restart(),
            Self::Pause => t().key_pause(),
            Self::Stop => t().action_stop(),
            Self::Start => t().action_start(),
            Self::Parent => t().key_parent(),
            Self::NextMatch => t().next_match(),
            Self::PreviousMatch => t().previous_match(),
            Self::Follow => t().follow(),
            Self::LeaveTerminal => t().key_leave_terminal(),
        };
        words.to_owned()
    }

    /// The first of its chords.
    pub fn chord(self) -> Option<&'static str> {
        KEYMAP.iter().find(|binding| binding.command == self)?.chords.first().copied()
    }
}

pub struct Binding {
    pub scope: Scope,
    pub command: Command,
    /// Keys at once after `Ctrl` (or Cmd) and `Shift`; without these, two keys are pressed one after the other.
    pub chords: &'static [&'static str],
    /// It only moves: a key that is held repeats it, and Shift, where it is no part of a chord, selects on the way.
    moves: bool,
}

const fn acts(scope: Scope, command: Command, chords: &'static [&'static str]) -> Binding {
    Binding { scope, command, chords, moves: false }
}

const fn moves(scope: Scope, command: Command, chords: &'static [&'static str]) -> Binding {
    Binding { scope, command, chords, moves: true }
}

pub const KEYMAP: &[Binding] = &[
    acts(Scope::Anywhere, Command::Palette, &["Ctrl K"]),
    acts(Scope::Anywhere, Command::Filter, &["/"]),
    acts(Scope::Anywhere, Command::Keymap, &["?"]),
    acts(Scope::Anywhere, Command::Go(Section::Containers), &["G C"]),
    acts(Scope::Anywhere, Command::Go(Section::Images), &["G I"]),
    acts(Scope::Anywhere, Command::Go(Section::Volumes), &["G V"]),
    acts(Scope::Anywhere, Command::Go(Section::Networks), &["G N"]),
    acts(Scope::Anywhere, Command::Go(Section::Disk), &["G D"]),
    acts(Scope::Anywhere, Command::Go(Section::Jobs), &["G J"]),
    acts(Scope::Anywhere, Command::Go(Section::Activity), &["G A"]),
    acts(Scope::Anywhere, Command::Go(Section::Settings), &["G S"]),
    acts(Scope::Anywhere, Command::Submit, &["Ctrl Enter"]),
    moves(Scope::Table, Command::Down, &["J", "↓"]),
    moves(Scope::Table, Command::Up, &["K", "↑"]),
    moves(Scope::Table, Command::PageDown, &["PageDown"]),
    moves(Scope::Table, Command::PageUp, &["PageUp"]),
    moves(Scope::Table, Command::First, &["Home"]),
    moves(Scope::Table, Command::Last, &["End"]),
    acts(Scope::Table, Command::Open, &["Enter"]),
    acts(Scope::Table, Command::Select, &["X", "Space"]),
    acts(Scope::Table, Command::SelectTo, &["Shift X"]),
    acts(Scope::Table, Command::Remove, &["Del"]),
    acts(Scope::Table, Command::Deselect, &["Esc"]),
    acts(Scope::Containers, Command::Logs, &["L"]),
    acts(Scope::Containers, Command::Terminal, &["T"]),
    acts(Scope::Containers, Command::Stats, &["M"]),
    acts(Scope::Containers, Command::Files, &["F"]),
    acts(Scope::Containers, Command::Commit, &["C"]),
    acts(Scope::Containers, Command::Restart, &["R"]),
    acts(Scope::Containers, Command::Pause, &["P"]),
    acts(Scope::Containers, Command::Stop, &["S"]),
    acts(Scope::Containers, Command::Start, &["Shift S"]),
    moves(Scope::Containers, Command::Fold, &["←"]),
    moves(Scope::Containers, Command::Unfold, &["→"]),
    acts(Scope::Files, Command::Parent, &["Backspace"]),
    moves(Scope::Logs, Command::NextMatch, &["N"]),
    moves(Scope::Logs, Command::PreviousMatch, &["Shift N"]),
    acts(Scope::Logs, Command::Follow, &["End"]),
    // Windows keeps the second one for itself.
    acts(Scope::Terminal, Command::LeaveTerminal, &["Ctrl Shift ↑", "Ctrl Shift Esc"]),
];

/// Whether it did something; if not, the browser does what it does with such keys.
type Act = Rc<dyn Fn() -> bool>;

thread_local! {
    static ON: RwSignal<bool> = RwSignal::new(browser::stored("single-keys").as_deref() != Some("off"));
    /// The first key of a pair, and when it was pressed.
    static PENDING: Cell<Option<(&'static str, f64)>> = const { Cell::new(None) };
    /// Who does what outside of tables; the last one comes first.
    static HANDLERS: RefCell<Vec<(Command, Act)>> = RefCell::default();
    /// The table of the page, if it has one.
    static TABLES: RefCell<Vec<Rc<Table>>> = RefCell::default();
}

/// Single keys do something.
pub fn are_on() -> bool {
    ON.with(|on| on.get_untracked())
}

pub fn signal() -> RwSignal<bool> {
    ON.with(|on| *on)
}

pub fn turn(on: bool) {
    signal().set(on);
    browser::store("single-keys", if on { "on" } else { "off" });
}

/// Somebody is typing, so the key is a letter.
fn is_typing() -> bool {
    document().active_element().is_some_and(|element| {
        matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT") && !is_checkbox(&element)
            || element.has_attribute("contenteditable")
    })
}

/// One of several is chosen with arrows, as a text is written with letters.
fn is_checkbox(element: &web_sys::Element) -> bool {
    element.get_attribute("type").as_deref() == Some("checkbox")
}

/// The key belongs to an input method, which writes a character of several keys. Safari says so by a number alone.
pub fn is_composing(event: &KeyboardEvent) -> bool {
    event.is_composing() || event.key_code() == 229
}

/// What is done about a command while the scope that calls this lives.
pub fn on(command: Command, act: impl Fn() + 'static) {
    on_if(command, move || {
        act();
        true
    });
}

pub fn on_if(command: Command, act: impl Fn() -> bool + 'static) {
    let act: Act = Rc::new(act);
    HANDLERS.with_borrow_mut(|handlers| handlers.push((command, act.clone())));
    let act = StoredValue::new_local(act);
    on_cleanup(move || {
        let act = act.try_get_value();
        HANDLERS.with_borrow_mut(|handlers| handlers.retain(|(_, other)| act.as_ref().is_none_or(|act| !Rc::ptr_eq(act, other))));
    });
}

struct Table {
    on_key: Box<dyn Fn(&KeyboardEvent)>,
    enter: Box<dyn Fn()>,
}

/// The page has a table while the scope that calls this lives; `enter` gives its row the focus.
pub fn on_table(on_key: impl Fn(&KeyboardEvent) + 'static, enter: impl Fn() + 'static) {
    let table = Rc::new(Table { on_key: Box::new(on_key), enter: Box::new(enter) });
    TABLES.with_borrow_mut(|tables| tables.push(table.clone()));
    let table = StoredValue::new_local(table);
    on_cleanup(move || {
        let table = table.try_get_value();
        TABLES.with_borrow_mut(|tables| tables.retain(|other| table.as_ref().is_none_or(|table| !Rc::ptr_eq(table, other))));
    });
}

fn table() -> Option<Rc<Table>> {
    TABLES.with_borrow(|tables| tables.last().cloned())
}

/// `false`: the page has no table.
pub fn enter_table() -> bool {
    let table = table();
    table.iter().for_each(|table| (table.enter)());
    table.is_some()
}

thread_local! {
    static WAITING: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// Something opens above the page as soon as it is loaded: keys are no longer about the page.
pub fn wait(is_waiting: bool) {
    WAITING.set(is_waiting);
}

/// Listens for what works outside of terminals, as long as the scope that calls it.
pub fn listen() {
    let handle = window_event_listener(leptos::ev::keydown, |event| {
        let within = |selector: &str| document().active_element().is_some_and(|active| active.closest(selector).ok().flatten().is_some());
        if event.default_prevented() || within(".term") {
            return;
        }
        // In a dialog keys are about what it asks.
        let in_dialog = WAITING.get() || document().query_selector("dialog[open]").ok().flatten().is_some();
        if in_dialog && !(event.ctrl_key() || event.meta_key()) {
            return;
        }
        let command = pair(&event).or_else(|| command(&event, Scope::Anywhere)).or_else(|| command(&event, Scope::Logs));
        let acts =
            |command| HANDLERS.with_borrow(|handlers| handlers.iter().rfind(|(other, _)| *other == command).map(|(_, act)| act.clone()));
        match command.and_then(|command| Some((command, acts(command)?))) {
            Some((command, act)) if is_held(&event, command) || act() => event.prevent_default(),
            Some(_) => {}
            None => {
                // A menu that is open is what keys are about, wherever the focus is.
                let in_menu = || document().query_selector("[role=menu]").ok().flatten().is_some();
                if let Some(table) = table().filter(|_| !in_dialog && !in_menu()) {
                    (table.on_key)(&event);
                }
            }
        }
    });
    on_cleanup(move || handle.remove());
}

/// The command of a pair, once its second key is pressed.
fn pair(event: &KeyboardEvent) -> Option<Command> {
    let pending = pending();
    PENDING.set(None);
    if is_composing(event) || event.repeat() {
        return None;
    }
    let pairs = || KEYMAP.iter().flat_map(|binding| binding.chords.iter().filter_map(|chord| Some((binding.command, halves(chord)?))));
    if let Some(first) = pending {
        return pairs().find(|(_, (one, other))| *one == first && fits(other, event, false)).map(|(command, _)| command);
    }
    let first = pairs().find(|(_, (one, _))| fits(one, event, false)).map(|(_, (one, _))| one);
    PENDING.set(first.map(|first| (first, browser::now())));
    None
}

fn pending() -> Option<&'static str> {
    PENDING.get().filter(|(_, at)| browser::now() - at < PAIR).map(|(first, _)| first)
}

/// What a key means in one scope; see [`is_held`].
pub fn command(event: &KeyboardEvent, scope: Scope) -> Option<Command> {
    if is_composing(event) || scope != Scope::Anywhere && (pending().is_some() || WAITING.get()) {
        return None;
    }
    let is_meant = |binding: &&Binding| {
        binding.scope == scope && binding.chords.iter().any(|chord| halves(chord).is_none() && fits(chord, event, binding.moves))
    };
    KEYMAP.iter().find(is_meant).map(|binding| binding.command)
}

/// A key that is held does what it does once, unless it moves.
pub fn is_held(event: &KeyboardEvent, command: Command) -> bool {
    event.repeat() && KEYMAP.iter().any(|binding| binding.command == command && !binding.moves)
}

/// The two keys of a chord that is a pair.
fn halves(chord: &'static str) -> Option<(&'static str, &'static str)> {
    chord.split_once(' ').filter(|(first, _)| !matches!(*first, "Ctrl" | "Shift"))
}

fn fits(chord: &str, event: &KeyboardEvent, moves: bool) -> bool {
    let (mut ctrl, mut shift, mut key) = (false, false, chord);
    for part in chord.split(' ') {
        match part {
            "Ctrl" => ctrl = true,
            "Shift" => shift = true,
            part => key = part,
        }
    }
    let name = match key {
        "↑" => "ArrowUp",
        "↓" => "ArrowDown",
        "←" => "ArrowLeft",
        "→" => "ArrowRight",
        "Del" => "Delete",
        "Esc" => "Escape",
        "Space" => " ",
        key => key,
    };
    let is_letter = name.len() == 1 && name != " ";
    // Where a sign is on the keyboard, and whether it takes Shift, is the layout's affair.
    let is_sign = is_letter && !name.as_bytes()[0].is_ascii_alphabetic();
    event.key().eq_ignore_ascii_case(name)
        && ctrl == (event.ctrl_key() || event.meta_key())
        && !event.alt_key()
        && (shift == event.shift_key() || !shift && (is_sign || ctrl || moves && !is_letter))
        && (ctrl || !is_typing() && (!is_letter || are_on()))
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    /// Scopes whose keys are pressed at the same place.
    const TOGETHER: [&[Scope]; 4] = [
        &[Scope::Anywhere, Scope::Table, Scope::Containers],
        &[Scope::Anywhere, Scope::Table, Scope::Files],
        &[Scope::Anywhere, Scope::Logs],
        &[Scope::Terminal],
    ];

    #[wasm_bindgen_test]
    fn no_two_commands_share_a_chord() {
        for scopes in TOGETHER {
            let here = || {
                let bindings = KEYMAP.iter().filter(|binding| scopes.contains(&binding.scope));
                bindings.flat_map(|binding| binding.chords.iter().map(|chord| (binding.command, *chord)))
            };
            for (command, chord) in here() {
                let others = here().filter(|(other, _)| *other != command);
                for (other, same) in others {
                    let begins = |long: &'static str, short: &str| halves(long).is_some_and(|(first, _)| first == short);
                    assert!(chord != same && !begins(chord, same), "{chord} is {command:?} and {other:?}");
                }
            }
        }
    }

    #[wasm_bindgen_test]
    fn every_command_has_one_place_in_the_map() {
        for (at, binding) in KEYMAP.iter().enumerate() {
            assert!(!binding.chords.is_empty());
            assert!(KEYMAP[at + 1..].iter().all(|other| other.command != binding.command), "{:?} twice", binding.command);
        }
    }
}
