//! What every table of rows has in common: one tab stop, arrows, a selection, and a focus that is never lost.

use std::{cell::RefCell, collections::HashSet, hash::Hash, time::Duration};

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent, PointerEvent};

use super::{
    focus,
    keys::{self, Command, Scope},
    ui::virtual_rows::Viewport,
};
use crate::{browser, route::Section};

const LONG_PRESS: Duration = Duration::from_millis(500);
/// Rows that Page Up and Page Down go.
const PAGE: usize = 10;

/// How far a page was scrolled, and the element that Tab reached.
type Place = (f64, Option<String>);

thread_local! {
    static PLACES: RefCell<Vec<(Section, Place)>> = const { RefCell::new(Vec::new()) };
}

pub struct Grid<K: Send + Sync + 'static> {
    pub viewport: Viewport,
    pub shown: Memo<Vec<K>>,
    pub selected: RwSignal<HashSet<K>>,
    /// The row that Tab reaches; the first one if `None`.
    pub active: RwSignal<Option<K>>,
    /// From where Shift selects.
    anchor: StoredValue<Option<K>>,
    /// A finger that rests on a row, and whether it has rested long enough to select it.
    press: StoredValue<Option<TimeoutHandle>>,
    was_long: StoredValue<bool>,
    /// Of a row's element, unique in the page.
    dom_id: fn(&K) -> String,
    /// Selecting a row selects these: of a group, what is in it.
    members: StoredValue<Option<Callback<K, Vec<K>>>>,
    /// What can be selected, if that is not what is shown.
    choosable: StoredValue<Option<Memo<Vec<K>>>>,
}

impl<K: Send + Sync + 'static> Clone for Grid<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K: Send + Sync + 'static> Copy for Grid<K> {}

impl<K: Clone + Eq + Hash + Send + Sync + 'static> Grid<K> {
    pub fn new(shown: Memo<Vec<K>>, dom_id: fn(&K) -> String) -> Self {
        let grid = Self {
            viewport: Viewport::new(),
            shown,
            selected: RwSignal::default(),
            active: RwSignal::new(None),
            anchor: StoredValue::new(None),
            press: StoredValue::new(None),
            was_long: StoredValue::new(false),
            dom_id,
            members: StoredValue::new(None),
            choosable: StoredValue::new(None),
        };
        // What is gone, or hidden by the filter, is not selected any more: nobody acts on what cannot be seen.
        Effect::new(move || {
            let known: HashSet<K> = grid.choosable.get_value().unwrap_or(shown).with(|keys| keys.iter().cloned().collect());
            if grid.selected.with_untracked(|selected| !selected.is_subset(&known)) {
                grid.selected.update(|selected| selected.retain(|key| known.contains(key)));
            }
        });
        // When the row with the focus goes, the one that takes its place gets it.
        Effect::new(move |before: Option<Option<usize>>| {
            let at = shown
                .with(|shown| grid.active.with(|active| active.as_ref().and_then(|active| shown.iter().position(|key| key == active))));
            if let (None, Some(Some(before)), true) = (at, before, grid.active.with_untracked(Option::is_some)) {
                let next = shown.with_untracked(|shown| shown.get(before.min(shown.len().saturating_sub(1))).cloned());
                grid.active.set(next.clone());
                // The row is still there at this moment: whether it had the focus shows when it is gone.
                request_animation_frame(move || {
                    if let (true, Some(next)) = (focus::is_lost(), next) {
                        grid.focus(&next);
                    }
                });
                return None;
            }
            at
        });
        on_cleanup(move || grid.release());
        grid
    }

    /// Whoever comes back to the page finds it scrolled as it was, and the focus where it was.
    pub fn remembered_as(self, page: Section) -> Self {
        on_cleanup(move || {
            let active = self.active.try_get_untracked().flatten().map(|key| self.dom_id(&key));
            PLACES.with_borrow_mut(|places| {
                places.retain(|(other, _)| *other != page);
                places.push((page, (self.viewport.position(), active)));
            });
        });
        let place = PLACES.with_borrow(|places| places.iter().find(|(other, _)| *other == page).map(|(_, place)| place.clone()));
        let place = place.filter(|_| browser::came_back());
        if let Some((top, active)) = place {
            Effect::new(move |done: Option<bool>| {
                let rows = self.shown.with(Vec::len);
                if !browser::came_back() {
                    return true;
                }
                if done == Some(true) || rows == 0 || self.viewport.scroller.get().is_none() {
                    return done == Some(true);
                }
                let active = active.clone();
                // The rows have to be there to be scrolled.
                request_animation_frame(move || {
                    self.viewport.go_to(top);
                    let row = self.shown.try_with_untracked(|shown| shown.iter().find(|key| Some(self.dom_id(key)) == active).cloned());
                    if let Some(row) = row.flatten().filter(|_| focus::is_lost()) {
                        self.active.set(Some(row.clone()));
                        self.focus(&row);
                    }
                });
                true
            });
        }
        self
    }

    /// Rows of groups, which are not selected themselves; `all` are those in them, folded away or not.
    pub fn with_members(self, members: Callback<K, Vec<K>>, all: Memo<Vec<K>>) -> Self {
        self.members.set_value(Some(members));
        self.choosable.set_value(Some(all));
        self
    }

    fn members(&self, key: &K) -> Vec<K> {
        self.members.try_get_value().flatten().map_or_else(|| vec![key.clone()], |members| members.run(key.clone()))
    }

    pub fn dom_id(&self, key: &K) -> String {
        (self.dom_id)(key)
    }

    pub fn is_selected(&self, key: K) -> Memo<bool> {
        let selected = self.selected;
        Memo::new(move |_| selected.with(|selected| selected.contains(&key)))
    }

    /// `tabindex` of a row and of what is in it.
    pub fn tab(&self, key: K, index: Signal<usize>) -> impl Fn() -> &'static str + Copy + Send + Sync + use<K> {
        let active = self.active;
        let is_active = Memo::new(move |_| active.with(|active| active.as_ref().map_or(index.get() == 0, |active| *active == key)));
        move || if is_active.get() { "0" } else { "-1" }
    }

    pub fn toggle(&self, key: &K) {
        self.anchor.set_value(Some(key.clone()));
        let members: HashSet<K> = self.members(key).into_iter().collect();
        self.selected.update(|selected| {
            if members.iter().all(|member| selected.contains(member)) {
                selected.retain(|key| !members.contains(key));
            } else {
                selected.extend(members);
            }
        });
    }

    /// Everything from where the selection began to here.
    pub fn select_to(&self, key: &K) {
        let range = self.shown.with_untracked(|shown| {
            let position = |wanted: &K| shown.iter().position(|key| key == wanted);
            let here = position(key)?;
            let from = self.anchor.with_value(|anchor| anchor.as_ref().and_then(position)).unwrap_or(here);
            Some(shown[from.min(here)..=from.max(here)].to_vec())
        });
        let chosen: Vec<K> = range.unwrap_or_default().iter().flat_map(|key| self.members(key)).collect();
        self.selected.update(|selected| selected.extend(chosen));
    }

    /// For the checkbox of a row: with Shift, the range.
    pub fn clicked(&self, key: &K, event: &web_sys::MouseEvent) {
        if event.shift_key() { self.select_to(key) } else { self.toggle(key) }
    }

    /// A finger comes down on a row: resting there selects it.
    pub fn press(&self, key: &K, event: &PointerEvent) {
        self.release();
        self.was_long.set_value(false);
        if event.pointer_type() != "touch" {
            return;
        }
        let (grid, key) = (*self, key.clone());
        let select = move || {
            grid.was_long.set_value(true);
            grid.toggle(&key);
        };
        self.press.set_value(set_timeout_with_handle(select, LONG_PRESS).ok());
    }

    /// It went away, or scrolls.
    pub fn release(&self) {
        if let Some(press) = self.press.try_update_value(Option::take).flatten() {
            press.clear();
        }
    }

    /// Some phones say by themselves that a finger rested, and sooner.
    pub fn rested(&self, key: &K, event: &web_sys::MouseEvent) {
        if self.press.with_value(Option::is_some) {
            self.release();
            if !self.was_long.get_value() {
                self.was_long.set_value(true);
                self.toggle(key);
            }
        }
        if self.was_long.get_value() {
            event.prevent_default();
        }
    }

    /// The click of a finger that rested is not meant; one without a pointer is.
    pub fn swallow(&self, event: &web_sys::MouseEvent) {
        if self.was_long.get_value() && event.detail() > 0 {
            event.prevent_default();
            event.stop_propagation();
        }
        self.was_long.set_value(false);
    }

    /// Its keys work on the whole page, unless somebody types.
    pub fn listen(self, on_key: impl Fn(&KeyboardEvent) + 'static) {
        keys::on_table(on_key, move || {
            let at = self.shown.with_untracked(|shown| {
                let active = self.active.get_untracked();
                let at = active.and_then(|active| shown.iter().position(|key| *key == active)).unwrap_or_default();
                shown.get(at).map(|key| (at, key.clone()))
            });
            if let Some((at, key)) = at {
                self.go_to(at, &key);
            }
        });
    }

    /// What is selected, or the row that a key is about.
    pub fn chosen_or(&self, current: &K) -> Vec<K> {
        let chosen: Vec<K> = self.selected.with_untracked(|selected| selected.iter().cloned().collect());
        if chosen.is_empty() { vec![current.clone()] } else { chosen }
    }

    /// Does what the keymap says of tables; what it says of `scope` goes to `more`.
    pub fn on_key(&self, event: &KeyboardEvent, scope: Scope, open: impl Fn(&K), more: impl Fn(&K, Command) -> bool) {
        if is_control(event) {
            return;
        }
        let Some(command) = keys::command(event, scope).or_else(|| keys::command(event, Scope::Table)) else { return };
        if keys::is_held(event, command) {
            return event.prevent_default();
        }
        let keys = self.shown.get_untracked();
        let Some(last) = keys.len().checked_sub(1) else { return };
        let at = self.active.get_untracked().and_then(|active| keys.iter().position(|key| *key == active));
        let Some(current) = at.and_then(|at| keys.get(at)).or_else(|| keys.first()) else { return };
        let next = match command {
            Command::Down => Some(at.map_or(0, |at| (at + 1).min(last))),
            Command::Up => Some(at.map_or(0, |at| at.saturating_sub(1))),
            Command::PageDown => Some(at.map_or(0, |at| (at + PAGE).min(last))),
            Command::PageUp => Some(at.map_or(0, |at| at.saturating_sub(PAGE))),
            Command::First => Some(0),
            Command::Last => Some(last),
            _ => None,
        };
        let done = match (command, next) {
            (_, Some(next)) => {
                if let Some(key) = keys.get(next) {
                    if event.shift_key() {
                        self.select_to(key);
                    }
                    self.go_to(next, key);
                }
                true
            }
            // Where rows are selected in a way of their own.
            (Command::Select, None) if more(current, command) => true,
            (Command::Select, None) => {
                self.toggle(current);
                self.active.set(Some(current.clone()));
                true
            }
            (Command::Deselect, None) => {
                let has_some = self.selected.with_untracked(|selected| !selected.is_empty());
                if has_some {
                    self.selected.set(HashSet::new());
                }
                has_some
            }
            (Command::SelectTo, None) => {
                self.select_to(current);
                true
            }
            // What is done to a row is done to the one that has the focus; a key from elsewhere leads there first.
            (command, None) if command != Command::Remove && !self.has_focus(current) => {
                self.go_to(at.unwrap_or_default(), current);
                true
            }
            (Command::Open, None) => {
                open(current);
                true
            }
            (command, None) => more(current, command),
        };
        if done {
            event.prevent_default();
        }
    }

    pub fn go_to(&self, index: usize, key: &K) {
        self.viewport.reveal(index);
        self.active.set(Some(key.clone()));
        self.focus(key);
    }

    fn has_focus(&self, key: &K) -> bool {
        let row = document().get_element_by_id(&self.dom_id(key));
        row.is_some_and(|row| row.contains(document().active_element().as_deref()))
    }

    fn focus(&self, key: &K) {
        let id = self.dom_id(key);
        // The row may have to be rendered first.
        request_animation_frame(move || {
            if let Some(row) = document().get_element_by_id(&id).and_then(|row| row.dyn_into::<HtmlElement>().ok()) {
                let _ = row.focus();
            }
        });
    }
}

/// The key was meant for a control inside the row.
fn is_control(event: &KeyboardEvent) -> bool {
    let target: Option<Element> = event.target().and_then(|target| target.dyn_into().ok());
    target.is_some_and(|target| match target.tag_name().as_str() {
        "BUTTON" | "A" | "INPUT" => matches!(event.key().as_str(), "Enter" | " "),
        // The edge of a column, and what is scrolled beside the table, have the arrows for themselves.
        _ => target.get_attribute("role").as_deref() == Some("separator") || matches!(target.closest("[data-own-keys]"), Ok(Some(_))),
    })
}
