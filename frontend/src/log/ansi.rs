//! A line's bytes as pieces of styled text: colours are understood (ECMA-48 SGR), every other escape sequence is
//! dropped, and control characters are shown as pictures. What comes out is text, never markup.

/// Characters of a line that are shown; the rest is only counted.
pub const SHOWN: usize = 8_192;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Style {
    pub foreground: Option<Colour>,
    pub background: Option<Colour>,
    pub bold: bool,
    pub dim: bool,
    pub italic: bool,
    pub underline: bool,
    pub inverse: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// One of the sixteen, which follow the theme.
    Palette(u8),
    Rgb(u8, u8, u8),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    pub text: String,
    pub style: Style,
}

/// What a person would read, without colours, however long it is.
pub fn plain(line: &[u8]) -> String {
    pieces_from(line, 0, usize::MAX).0.into_iter().map(|piece| piece.text).collect()
}

/// The pieces of `most` characters from the one at `from` on, and how many bytes follow that are not shown.
pub fn pieces_from(line: &[u8], from: usize, most: usize) -> (Vec<Piece>, usize) {
    let end = from.saturating_add(most);
    let text = String::from_utf8_lossy(line);
    let mut pieces = Vec::new();
    let mut style = Style::default();
    let mut current = String::new();
    let mut shown = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, char)) = chars.next() {
        if shown >= end {
            push(&mut pieces, &mut current, &style);
            return (pieces, text.len() - at);
        }
        match char {
            '\x1b' => {
                let rest = &text[at + 1..];
                let (length, sgr) = escape(rest);
                if let Some(parameters) = sgr {
                    let before = style.clone();
                    apply(&mut style, parameters);
                    if before != style {
                        push(&mut pieces, &mut current, &before);
                    }
                }
                let end = at + 1 + length;
                while chars.peek().is_some_and(|(at, _)| *at < end) {
                    chars.next();
                }
            }
            char => {
                if shown >= from {
                    current.push(visible(char));
                }
                shown += 1;
            }
        }
    }
    push(&mut pieces, &mut current, &style);
    (pieces, 0)
}

/// Control characters as pictures; C1 controls, and what reorders or hides text (Unicode TR 36), as visible stand-ins.
fn visible(char: char) -> char {
    match char {
        '\t' => '\t',
        control if (control as u32) < 0x20 => char::from_u32(0x2400 + control as u32).unwrap_or('\u{fffd}'),
        '\x7f' => '\u{2421}',
        hidden if is_hidden(hidden) => '\u{fffd}',
        char => char,
    }
}

fn is_hidden(char: char) -> bool {
    matches!(char, '\u{80}'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}')
}

fn push(pieces: &mut Vec<Piece>, current: &mut String, style: &Style) {
    if !current.is_empty() {
        pieces.push(Piece { text: std::mem::take(current), style: style.clone() });
    }
}

/// How many bytes after the escape belong to it, and the parameters when it sets colours.
fn escape(rest: &str) -> (usize, Option<&str>) {
    let bytes = rest.as_bytes();
    match bytes.first() {
        // CSI: parameters and intermediates, then one final byte.
        Some(b'[') => {
            let body = &bytes[1..];
            let length = body.iter().position(|byte| !(0x20..=0x3f).contains(byte)).unwrap_or(body.len());
            match body.get(length) {
                Some(b'm') => (length + 2, rest.get(1..1 + length)),
                Some(0x40..=0x7e) => (length + 2, None),
                _ => (length + 1, None),
            }
        }
        // OSC, DCS, SOS, PM, APC: until BEL or ST.
        Some(b']' | b'P' | b'X' | b'^' | b'_') => {
            let bell = bytes.iter().position(|byte| *byte == 7).map(|at| at + 1);
            let terminator = rest.find("\x1b\\").map(|at| at + 2);
            let end = match (bell, terminator) {
                (Some(a), Some(b)) => a.min(b),
                (a, b) => a.or(b).unwrap_or(bytes.len()),
            };
            (end, None)
        }
        Some(0x20..=0x2f) => (2.min(bytes.len()), None),
        Some(0x30..=0x7e) => (1, None),
        _ => (0, None),
    }
}

fn apply(style: &mut Style, parameters: &str) {
    let numbers: Vec<u16> = parameters.split([';', ':']).map(|number| number.parse().unwrap_or(0)).collect();
    let mut numbers = numbers.as_slice();
    while let [first, rest @ ..] = numbers {
        numbers = rest;
        match *first {
            0 => *style = Style::default(),
            1 => style.bold = true,
            2 => style.dim = true,
            3 => style.italic = true,
            4 => style.underline = true,
            7 => style.inverse = true,
            22 => (style.bold, style.dim) = (false, false),
            23 => style.italic = false,
            24 => style.underline = false,
            27 => style.inverse = false,
            code @ 30..=37 => style.foreground = Some(Colour::Palette((code - 30) as u8)),
            39 => style.foreground = None,
            code @ 40..=47 => style.background = Some(Colour::Palette((code - 40) as u8)),
            49 => style.background = None,
            code @ 90..=97 => style.foreground = Some(Colour::Palette((code - 82) as u8)),
            code @ 100..=107 => style.background = Some(Colour::Palette((code - 92) as u8)),
            code @ (38 | 48) => {
                let (colour, left) = extended(numbers);
                numbers = left;
                *(if code == 38 { &mut style.foreground } else { &mut style.background }) = colour;
            }
            _ => {}
        }
    }
}

/// `5;n` (256 colours) or `2;r;g;b`.
fn extended(numbers: &[u16]) -> (Option<Colour>, &[u16]) {
    let byte = |number: u16| number.min(255) as u8;
    match numbers {
        [5, index, rest @ ..] => (
            Some(match byte(*index) {
                index @ 0..=15 => Colour::Palette(index),
                index @ 16..=231 => {
                    let level = |step: u8| if step == 0 { 0 } else { 55 + step * 40 };
                    let cube = index - 16;
                    Colour::Rgb(level(cube / 36), level(cube / 6 % 6), level(cube % 6))
                }
                index => {
                    let grey = 8 + (index - 232) * 10;
                    Colour::Rgb(grey, grey, grey)
                }
            }),
            rest,
        ),
        [2, red, green, blue, rest @ ..] => (Some(Colour::Rgb(byte(*red), byte(*green), byte(*blue))), rest),
        _ => (None, &[]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(line: &[u8]) -> (Vec<Piece>, usize) {
        pieces_from(line, 0, SHOWN)
    }

    #[test]
    fn colours_are_understood() {
        let (pieces, cut) = pieces(b"a\x1b[1;31mred\x1b[0m b\x1b[38;5;196mx\x1b[48;2;1;2;3my");
        assert_eq!(cut, 0);
        let texts: Vec<_> = pieces.iter().map(|piece| piece.text.as_str()).collect();
        assert_eq!(texts, ["a", "red", " b", "x", "y"]);
        assert_eq!(pieces[1].style, Style { foreground: Some(Colour::Palette(1)), bold: true, ..Style::default() });
        assert_eq!(pieces[3].style.foreground, Some(Colour::Rgb(255, 0, 0)));
        assert_eq!(pieces[4].style.background, Some(Colour::Rgb(1, 2, 3)));
    }

    #[test]
    fn other_sequences_vanish_and_controls_show() {
        assert_eq!(plain(b"\x1b]0;title\x07a\x1b[2Jb\x1b]8;;http://x\x1b\\c\x1b(Bd\x1bMe"), "abcde");
        assert_eq!(plain(b"nul \x00 bell \x07 tab \t."), "nul \u{2400} bell \u{2407} tab \t.");
        assert_eq!(plain("rtl \u{202e}gpj".as_bytes()), "rtl \u{fffd}gpj");
        assert_eq!(plain(b"bad \xff\xfe utf"), "bad \u{fffd}\u{fffd} utf");
        assert_eq!(plain(b"<b>&amp;</b>"), "<b>&amp;</b>");
        assert_eq!(plain(b"unfinished \x1b["), "unfinished ");
        assert_eq!(plain("\u{1b}é".as_bytes()), "é");
    }

    #[test]
    fn a_long_line_is_cut_and_counted() {
        let (pieces, cut) = pieces(&vec![b'x'; 1 << 20]);
        assert_eq!(pieces[0].text.len(), SHOWN);
        assert_eq!(cut, (1 << 20) - SHOWN);
    }

    #[test]
    fn any_part_of_a_line_keeps_its_colours() {
        let (pieces, cut) = pieces_from("ab\x1b[31mcdéfgh".as_bytes(), 3, 3);
        assert_eq!(pieces, [Piece { text: "déf".into(), style: Style { foreground: Some(Colour::Palette(1)), ..Style::default() } }]);
        assert_eq!(cut, 2);
    }
}
