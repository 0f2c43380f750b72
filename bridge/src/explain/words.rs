//! Texts as literals of a language, with variables in the places of what is not known yet or is nobody's to see.

use std::sync::LazyLock;

/// Noncharacters, which Unicode keeps for inside a program: around what stands for a variable.
const BEGIN: char = '\u{fdd0}';
const END: char = '\u{fdd1}';
/// What nobody can know who wants a text of theirs to be taken for a variable: it is checked, and else a text stays what it is.
static NONCE: LazyLock<String> = LazyLock::new(|| uuid::Uuid::new_v4().simple().to_string());

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    Text(&'a str),
    /// To be set by whoever runs it.
    Environment(&'a str),
    /// Of an answer before.
    Answer(&'a str),
}

/// In a text's place: the environment's variable of this name.
pub fn environment(name: &str) -> String {
    format!("{BEGIN}{}.e.{}{END}", *NONCE, variable(name))
}

/// A name that every shell takes for one.
pub fn variable(name: &str) -> String {
    let name: String = name.chars().map(|char| if char.is_ascii_alphanumeric() { char } else { '_' }).collect();
    let digit = if name.starts_with(|char: char| char.is_ascii_digit()) || name.is_empty() { "_" } else { "" };
    format!("{digit}{name}")
}

/// In a text's place: what an answer before was kept as.
pub fn answer(name: &str) -> String {
    format!("{BEGIN}{}.a.{}{END}", *NONCE, variable(name))
}

pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let (mut pieces, mut from, mut at) = (Vec::new(), 0, 0);
    while let Some(begin) = text[at..].find(BEGIN).map(|begin| at + begin) {
        at = begin + BEGIN.len_utf8();
        let Some((kind, name, end)) = marked(text, at) else { continue };
        if from < begin {
            pieces.push(Piece::Text(&text[from..begin]));
        }
        pieces.push(if kind == "e" { Piece::Environment(name) } else { Piece::Answer(name) });
        (from, at) = (end, end);
    }
    if from < text.len() || pieces.is_empty() {
        pieces.push(Piece::Text(&text[from..]));
    }
    pieces
}

/// Of a variable that begins there: its kind, its name, and where it ends.
fn marked(text: &str, at: usize) -> Option<(&str, &str, usize)> {
    let rest = text.get(at..)?.strip_prefix(NONCE.as_str())?.strip_prefix('.')?;
    let (variable, _) = rest.split_once(END)?;
    let (kind, name) = variable.split_once('.')?;
    Some((kind, name, at + NONCE.len() + 1 + variable.len() + END.len_utf8()))
}

/// Variables in a percent-encoded text are themselves again.
pub fn decoded(text: &str) -> String {
    let encoded = |char: char| percent_encoding::utf8_percent_encode(&char.to_string(), percent_encoding::NON_ALPHANUMERIC).to_string();
    let (begin, end) = (format!("{}{}.", encoded(BEGIN), *NONCE), encoded(END));
    let mut parts = text.split(&begin);
    let mut decoded = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        decoded.push_str(&format!("{BEGIN}{}.{}", *NONCE, part.replacen(&end, &END.to_string(), 1)));
    }
    decoded
}

/// The environment's variables of a text.
pub fn environment_of(text: &str) -> impl Iterator<Item = &str> {
    pieces(text).into_iter().filter_map(|piece| if let Piece::Environment(name) = piece { Some(name) } else { None })
}

/// One word of a shell.
pub fn sh(text: &str) -> String {
    let one = |piece: &Piece<'_>| match piece {
        Piece::Text(text) => sh_text(text),
        // Where it is not set, nothing is done with something else.
        Piece::Environment(name) => format!("\"${{{name}:?}}\""),
        Piece::Answer(name) => format!("\"${name}\""),
    };
    pieces(text).iter().map(one).collect()
}

fn sh_text(text: &str) -> String {
    let is_bare = |char: char| char.is_ascii_alphanumeric() || "_./:=@%+,-".contains(char);
    if !text.is_empty() && text.chars().all(is_bare) {
        return text.to_owned();
    }
    if !text.chars().any(is_hidden) {
        return format!("'{}'", text.replace('\'', r"'\''"));
    }
    // As bash has it: nobody pastes what cannot be seen.
    let escaped = |char: char| match char {
        '\\' | '\'' => format!("\\{char}"),
        '\n' => "\\n".to_owned(),
        char if is_hidden(char) => escape(char),
        char => char.to_string(),
    };
    format!("$'{}'", text.chars().map(escaped).collect::<String>())
}

/// A string of Python's.
pub fn python(text: &str) -> String {
    joined(text, |name| format!("os.environ[\"{name}\"]"), str::to_owned)
}

/// A string of Go's.
pub fn go(text: &str) -> String {
    joined(text, |name| format!("environment(\"{name}\")"), go_id)
}

/// What the ID of something that was made is called: its own name may be that of a package.
pub fn go_id(made: &str) -> String {
    format!("{made}ID")
}

fn joined(text: &str, environment: impl Fn(&str) -> String, answer: impl Fn(&str) -> String) -> String {
    let one = |piece: &Piece<'_>| match piece {
        Piece::Text(text) => quoted(text),
        Piece::Environment(name) => environment(name),
        Piece::Answer(name) => answer(name),
    };
    pieces(text).iter().map(one).collect::<Vec<_>>().join(" + ")
}

fn quoted(text: &str) -> String {
    let escaped = |char: char| match char {
        '\\' | '"' => format!("\\{char}"),
        '\n' => "\\n".to_owned(),
        '\t' => "\\t".to_owned(),
        char if is_hidden(char) => escape(char),
        char => char.to_string(),
    };
    format!("\"{}\"", text.chars().map(escaped).collect::<String>())
}

fn escape(char: char) -> String {
    format!("\\u{:04x}", u32::from(char))
}

/// Does something to a terminal, or to the order in which text is shown, without being seen.
pub fn is_hidden(char: char) -> bool {
    char.is_control() && !matches!(char, '\n' | '\t')
        || matches!(char, '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// As a part of a comment, which ends where a line does.
pub fn one_line(text: &str) -> String {
    text.chars()
        .map(|char| if is_hidden(char) || matches!(char, '\n' | '\t' | '\u{85}' | '\u{2028}' | '\u{2029}') { ' ' } else { char })
        .collect()
}

/// With variables as they are written where no language says how.
pub fn bare(text: &str) -> String {
    let one = |piece: &Piece<'_>| match piece {
        Piece::Text(text) => (*text).to_owned(),
        Piece::Environment(name) | Piece::Answer(name) => format!("{{{name}}}"),
    };
    pieces(text).iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_words_of_their_language() {
        for (text, word) in [
            ("web-1", "web-1"),
            ("", "''"),
            ("a b", "'a b'"),
            ("it's $HOME `x`", r"'it'\''s $HOME `x`'"),
            ("a\nb", "'a\nb'"),
            ("\u{1b}]0;\u{7}'", r"$'\u001b]0;\u0007\''"),
            ("größe", "'größe'"),
        ] {
            assert_eq!(sh(text), word);
        }
        let secret = format!("P={}", environment("MY.PASSWORD"));
        assert_eq!(sh(&secret), "P=\"${MY_PASSWORD:?}\"");
        assert_eq!(python(&secret), r#""P=" + os.environ["MY_PASSWORD"]"#);
        assert_eq!(go(&answer("container")), "containerID");
        assert_eq!(python("a\"\\\n\u{1b}"), r#""a\"\\\n\u001b""#);
        assert_eq!(bare(&secret), "P={MY_PASSWORD}");
        // Whoever writes what looks like one has written a text.
        for forged in ["\u{fdd0}X\"; rm -rf /; \"\u{fdd1}", "\u{fdd0}0.e.X\u{fdd1}", "\u{fdd0}", "\u{fdd0}\u{fdd1}"] {
            assert_eq!(pieces(forged), [Piece::Text(forged)]);
            assert_eq!(sh(forged), format!("'{forged}'"));
        }
        let encoded = percent_encoding::utf8_percent_encode(&secret, percent_encoding::NON_ALPHANUMERIC).to_string();
        assert_eq!(pieces(&decoded(&encoded.replace("%2E", ".").replace("%5F", "_"))).last(), Some(&Piece::Environment("MY_PASSWORD")));
        assert_eq!(one_line("a\nrm -rf /\r\u{2028}x"), "a rm -rf /  x");
        assert_eq!(environment_of(&secret).collect::<Vec<_>>(), ["MY_PASSWORD"]);
    }
}
