//! Keys by name, as WebDriver sends them.

use fantoccini::actions::{InputSource, KeyAction, KeyActions};

/// WebDriver's code points for keys that have no character (https://www.w3.org/TR/webdriver2/#keyboard-actions).
const NAMED: &[(&str, char)] = &[
    ("Backspace", '\u{E003}'),
    ("Tab", '\u{E004}'),
    ("Enter", '\u{E007}'),
    ("Shift", '\u{E008}'),
    ("Control", '\u{E009}'),
    ("Alt", '\u{E00A}'),
    ("Escape", '\u{E00C}'),
    ("Space", ' '),
    ("PageUp", '\u{E00E}'),
    ("PageDown", '\u{E00F}'),
    ("End", '\u{E010}'),
    ("Home", '\u{E011}'),
    ("ArrowLeft", '\u{E012}'),
    ("ArrowUp", '\u{E013}'),
    ("ArrowRight", '\u{E014}'),
    ("ArrowDown", '\u{E015}'),
    ("Delete", '\u{E017}'),
    ("F1", '\u{E031}'),
    ("F2", '\u{E032}'),
    ("Meta", '\u{E03D}'),
];

pub(super) const DELETE: &str = "\u{E017}";

/// `"Control+Shift+K"`: all keys down in order, then up in the opposite one.
pub(super) fn chord(chord: &str) -> Result<KeyActions, String> {
    // A plus sign alone, or at the end, is the key itself.
    let names: Vec<&str> = match chord.strip_suffix("++") {
        Some(before) => before.split('+').chain(["+"]).collect(),
        None if chord == "+" => vec!["+"],
        None => chord.split('+').collect(),
    };
    let keys = names.into_iter().map(key).collect::<Result<Vec<_>, _>>()?;
    let down = keys.iter().map(|value| KeyAction::Down { value: *value });
    let up = keys.iter().rev().map(|value| KeyAction::Up { value: *value });
    Ok(sequence(down.chain(up)))
}

/// The keys of a text, one after the other.
pub(super) fn text(text: &str) -> KeyActions {
    sequence(text.chars().flat_map(|value| [KeyAction::Down { value }, KeyAction::Up { value }]))
}

fn sequence(actions: impl Iterator<Item = KeyAction>) -> KeyActions {
    actions.fold(KeyActions::new("keyboard".to_owned()), InputSource::then)
}

fn key(name: &str) -> Result<char, String> {
    let mut characters = name.chars();
    if let (Some(single), None) = (characters.next(), characters.next()) {
        return Ok(single);
    }
    let found = NAMED.iter().find(|(known, _)| *known == name).map(|(_, code)| *code);
    found.ok_or_else(|| format!("there is no key {name:?}; add it to the list in page/keys.rs"))
}
