//! Texts as literals of a language, with variables in the places of what is not known yet or is nobody's to see.

/// Noncharacters, which Unicode keeps for inside a program: an environment's variable, and one that an answer before gave.
const ENVIRONMENT: char = '\u{fdd0}';
const ANSWER: char = '\u{fdd1}';
const END: char = '\u{fdd2}';

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
    format!("{ENVIRONMENT}{}{END}", variable(name))
}

/// A name that every shell takes for one.
pub fn variable(name: &str) -> String {
    let name: String = name.chars().map(|char| if char.is_ascii_alphanumeric() { char } else { '_' }).collect();
    let digit = if name.starts_with(|char: char| char.is_ascii_digit()) { "_" } else { "" };
    format!("{digit}{name}")
}

/// In a text's place: what an answer before was kept as.
pub fn answer(name: &str) -> String {
    format!("{ANSWER}{name}{END}")
}

/// What somebody typed is no variable.
pub fn plain(text: &str) -> String {
    text.replace([ENVIRONMENT, ANSWER, END], "\u{fffd}")
}

pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let (mut pieces, mut rest) = (Vec::new(), text);
    while let Some(at) = rest.find([ENVIRONMENT, ANSWER]) {
        let (before, marked) = rest.split_at(at);
        let Some((variable, after)) = marked.split_once(END) else { break };
        if !before.is_empty() {
            pieces.push(Piece::Text(before));
        }
        pieces.push(match variable.strip_prefix(ENVIRONMENT) {
            Some(name) => Piece::Environment(name),
            None => Piece::Answer(variable.trim_start_matches(ANSWER)),
        });
        rest = after;
    }
    if !rest.is_empty() || pieces.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    pieces
}

/// The environment's variables of a text.
pub fn environment_of(text: &str) -> impl Iterator<Item = &str> {
    pieces(text).into_iter().filter_map(|piece| if let Piece::Environment(name) = piece { Some(name) } else { None })
}

/// One word of a shell.
pub fn sh(text: &str) -> String {
    let one = |piece: &Piece<'_>| match piece {
        Piece::Text(text) => sh_text(text),
        Piece::Environment(name) | Piece::Answer(name) => format!("\"${name}\""),
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
    joined(text, |name| format!("os.Getenv(\"{name}\")"), go_id)
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
        || matches!(char, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
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
        assert_eq!(sh(&secret), "P=\"$MY_PASSWORD\"");
        assert_eq!(python(&secret), r#""P=" + os.environ["MY_PASSWORD"]"#);
        assert_eq!(go(&answer("container")), "containerID");
        assert_eq!(python("a\"\\\n\u{1b}"), r#""a\"\\\n\u001b""#);
        assert_eq!(bare(&secret), "P={MY_PASSWORD}");
        assert_eq!(sh(&plain(&secret)), format!("'{}'", secret.replace(['\u{fdd0}', '\u{fdd2}'], "\u{fffd}")));
        assert_eq!(one_line("a\nrm -rf /\r\u{2028}x"), "a rm -rf /  x");
        assert_eq!(environment_of(&secret).collect::<Vec<_>>(), ["MY_PASSWORD"]);
    }
}
