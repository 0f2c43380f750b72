//! A line's bytes as pieces of styled text: colours are understood (ECMA-48 SGR), a carriage return writes over what stands
//! before it, as a terminal would, every other escape sequence is dropped, and control characters are shown as pictures. What
//! comes out is text, never markup.

use anstyle_parse::{DefaultCharAccumulator, Params, Parser, Perform};

/// Characters of a line that are shown; the rest is only counted.
pub const SHOWN: usize = 8_192;

/// Columns from one tab stop to the next, as in `logs.css`.
const TAB: usize = 8;
/// About as long as what is said of the rest of a line.
const CUT: usize = 28;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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

/// How many characters of a monospaced font stand beside each other where a line is shown. Only an estimate where a tab or
/// another font comes in.
pub fn columns(line: &[u8]) -> usize {
    let is_plain = line.is_ascii() && memchr::memchr3(0x1b, b'\t', b'\r', line).is_none();
    if is_plain && line.len() <= SHOWN {
        return line.len();
    }
    let (pieces, cut) = pieces_from(line, 0, SHOWN);
    let width = |column: usize, char: char| match char {
        '\t' => column / TAB * TAB + TAB,
        // Scripts that are as wide as they are high come after all others, but for a few.
        '\u{1100}'.. => column + 2,
        _ => column + 1,
    };
    let shown = pieces.iter().flat_map(|piece| piece.text.chars()).fold(0, width);
    if cut > 0 { shown + CUT } else { shown }
}

/// The pieces of `most` characters from the one at `from` on, and how many bytes follow that are not shown.
pub fn pieces_from(line: &[u8], from: usize, most: usize) -> (Vec<Piece>, usize) {
    let text = String::from_utf8_lossy(line);
    if memchr::memchr(b'\r', line).is_some() {
        return overwritten(&text, from, most);
    }
    let mut painter = Painter { from, ..Painter::default() };
    let mut parser = Parser::<DefaultCharAccumulator>::new();
    for (at, byte) in text.bytes().enumerate() {
        if painter.shown >= from.saturating_add(most) && text.is_char_boundary(at) {
            painter.push();
            return (painter.pieces, text.len() - at);
        }
        advance(&mut parser, &mut painter, &text, at, byte);
    }
    painter.push();
    (painter.pieces, 0)
}

fn advance(parser: &mut Parser<DefaultCharAccumulator>, perform: &mut impl Perform, text: &str, at: usize, byte: u8) {
    // What is no sequence takes nothing along.
    let is_lone = byte == 0x1b && text.as_bytes().get(at + 1).is_none_or(|next| !next.is_ascii());
    if !is_lone {
        parser.advance(perform, byte);
    }
}

/// What is left of a line that was written over, as progress bars do.
fn overwritten(text: &str, from: usize, most: usize) -> (Vec<Piece>, usize) {
    let mut row = Row::default();
    let mut parser = Parser::<DefaultCharAccumulator>::new();
    for (at, byte) in text.bytes().enumerate() {
        advance(&mut parser, &mut row, text, at, byte);
    }
    let shown = row.cells.iter().skip(from).take(most);
    let mut pieces: Vec<Piece> = Vec::new();
    for (char, style) in shown {
        match pieces.last_mut() {
            Some(piece) if piece.style == *style => piece.text.push(*char),
            _ => pieces.push(Piece { text: char.to_string(), style: *style }),
        }
    }
    (pieces, row.cells.iter().skip(from.saturating_add(most)).map(|(char, _)| char.len_utf8()).sum())
}

/// No progress bar erases as much, and what does must not hold the page up.
const MOST_ERASED: usize = 1 << 22;

/// A row of a terminal, as wide as it has to be.
#[derive(Default)]
struct Row {
    cells: Vec<(char, Style)>,
    column: usize,
    style: Style,
    /// Cells that were erased so far.
    erased: usize,
}

impl Perform for Row {
    fn print(&mut self, char: char) {
        let cell = (visible(char), self.style);
        match self.cells.get_mut(self.column) {
            Some(before) => *before = cell,
            None => self.cells.push(cell),
        }
        self.column += 1;
    }

    fn execute(&mut self, control: u8) {
        match control {
            b'\r' => self.column = 0,
            control => self.print(control.into()),
        }
    }

    fn csi_dispatch(&mut self, parameters: &Params, intermediates: &[u8], _: bool, action: u8) {
        match action {
            b'm' if intermediates.is_empty() => apply(&mut self.style, parameters),
            // Erase in line (ECMA-48, 8.3.41): to its end, or the whole.
            b'K' => match parameters.iter().next() {
                None | Some([0]) => self.cells.truncate(self.column),
                Some([2]) if self.erased < MOST_ERASED => {
                    self.erased += self.cells.len();
                    self.cells.fill((' ', Style::default()));
                }
                _ => {}
            },
            _ => {}
        }
    }
}

#[derive(Default)]
struct Painter {
    pieces: Vec<Piece>,
    current: String,
    style: Style,
    /// Characters that are left out at the front.
    from: usize,
    shown: usize,
}

impl Painter {
    fn push(&mut self) {
        if !self.current.is_empty() {
            self.pieces.push(Piece { text: std::mem::take(&mut self.current), style: self.style });
        }
    }
}

impl Perform for Painter {
    fn print(&mut self, char: char) {
        if self.shown >= self.from {
            self.current.push(visible(char));
        }
        self.shown += 1;
    }

    fn execute(&mut self, control: u8) {
        self.print(control.into());
    }

    fn csi_dispatch(&mut self, parameters: &Params, intermediates: &[u8], _: bool, action: u8) {
        if action == b'm' && intermediates.is_empty() {
            let mut style = self.style;
            apply(&mut style, parameters);
            if style != self.style {
                self.push();
                self.style = style;
            }
        }
    }
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

/// Select Graphic Rendition (ECMA-48, 8.3.117), with what is behind colons as ITU-T T.416 and kitty have it.
fn apply(style: &mut Style, parameters: &Params) {
    let mut parameters = parameters.iter();
    while let Some([first, more @ ..]) = parameters.next() {
        match *first {
            0 => *style = Style::default(),
            1 => style.bold = true,
            2 => style.dim = true,
            3 => style.italic = true,
            // How it is drawn may follow; nothing is one way.
            4 => style.underline = more.first() != Some(&0),
            7 => style.inverse = true,
            21 => style.underline = true,
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
            // The last is an underline's, which has the text's colour here.
            code @ (38 | 48 | 58) => {
                let colour = if more.is_empty() {
                    let mut next = || parameters.next().and_then(|group| group.first().copied()).unwrap_or_default();
                    match next() {
                        5 => Some(indexed(next())),
                        2 => Some(rgb([next(), next(), next()])),
                        _ => None,
                    }
                } else {
                    behind_colons(more)
                };
                match code {
                    38 => style.foreground = colour,
                    48 => style.background = colour,
                    _ => {}
                }
            }
            _ => {}
        }
    }
}

/// `5:n` or `2:r:g:b`, also with a colour space after the 2.
fn behind_colons(group: &[u16]) -> Option<Colour> {
    match *group {
        [5, index, ..] => Some(indexed(index)),
        [2, red, green, blue] | [2, _, red, green, blue, ..] => Some(rgb([red, green, blue])),
        _ => None,
    }
}

fn byte(number: u16) -> u8 {
    number.min(255) as u8
}

fn rgb(levels: [u16; 3]) -> Colour {
    let [red, green, blue] = levels.map(byte);
    Colour::Rgb(red, green, blue)
}

/// Of the 256 colours.
fn indexed(index: u16) -> Colour {
    match byte(index) {
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
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    fn pieces(line: &[u8]) -> (Vec<Piece>, usize) {
        pieces_from(line, 0, SHOWN)
    }

    #[wasm_bindgen_test]
    fn colours_are_understood() {
        let (pieces, cut) = pieces(b"a\x1b[1;31mred\x1b[0m b\x1b[38;5;196mx\x1b[48;2;1;2;3my");
        assert_eq!(cut, 0);
        let texts: Vec<_> = pieces.iter().map(|piece| piece.text.as_str()).collect();
        assert_eq!(texts, ["a", "red", " b", "x", "y"]);
        assert_eq!(pieces[1].style, Style { foreground: Some(Colour::Palette(1)), bold: true, ..Style::default() });
        assert_eq!(pieces[3].style.foreground, Some(Colour::Rgb(255, 0, 0)));
        assert_eq!(pieces[4].style.background, Some(Colour::Rgb(1, 2, 3)));
    }

    #[wasm_bindgen_test]
    fn parameters_behind_colons_are_one_parameter() {
        let style = |sgr: &str| pieces(format!("\x1b[{sgr}mx").as_bytes()).0[0].style;
        let plain = Style::default();
        assert_eq!(style("4:3"), Style { underline: true, ..plain });
        assert_eq!(style("4;4:0"), plain);
        for (sgr, rgb) in [("38:2::1:2:3", (1, 2, 3)), ("38:2:1:2:3", (1, 2, 3)), ("38:5:196", (255, 0, 0)), ("38;2;1;2;3", (1, 2, 3))] {
            assert_eq!(style(sgr), Style { foreground: Some(Colour::Rgb(rgb.0, rgb.1, rgb.2)), ..plain }, "{sgr}");
        }
        // An underline's colour is no other attribute.
        assert_eq!(style("58;2;1;3;7"), plain);
        assert_eq!(style("58;5;1;1"), Style { bold: true, ..plain });
        assert_eq!(style("58:2::7:7:7;3"), Style { italic: true, ..plain });
    }

    #[wasm_bindgen_test]
    fn other_sequences_vanish_and_controls_show() {
        assert_eq!(plain(b"\x1b]0;title\x07a\x1b[2Jb\x1b]8;;http://x\x1b\\c\x1b(Bd\x1bMe"), "abcde");
        assert_eq!(plain(b"nul \x00 bell \x07 tab \t."), "nul \u{2400} bell \u{2407} tab \t.");
        assert_eq!(plain("rtl \u{202e}gpj".as_bytes()), "rtl \u{fffd}gpj");
        assert_eq!(plain(b"bad \xff\xfe utf"), "bad \u{fffd}\u{fffd} utf");
        assert_eq!(plain(b"<b>&amp;</b>"), "<b>&amp;</b>");
        assert_eq!(plain(b"unfinished \x1b["), "unfinished ");
        assert_eq!(plain("\u{1b}é".as_bytes()), "é");
    }

    #[wasm_bindgen_test]
    fn a_carriage_return_writes_over_what_was_there() {
        assert_eq!(plain(b"10%\r20%\r100%"), "100%");
        assert_eq!(plain(b"downloading\rdone"), "doneloading");
        assert_eq!(plain(b"downloading\r\x1b[Kdone"), "done");
        assert_eq!(plain(b"ends with one\r"), "ends with one");
        let (pieces, cut) = pieces(b"\x1b[31m#---\x1b[0m\r\x1b[32m##");
        let green = Style { foreground: Some(Colour::Palette(2)), ..Style::default() };
        let red = Style { foreground: Some(Colour::Palette(1)), ..Style::default() };
        assert_eq!(pieces, [Piece { text: "##".into(), style: green }, Piece { text: "--".into(), style: red }]);
        assert_eq!((cut, columns(b"100%\r5")), (0, 4));
    }

    #[wasm_bindgen_test]
    fn a_long_line_is_cut_and_counted() {
        let (pieces, cut) = pieces(&vec![b'x'; 1 << 20]);
        assert_eq!(pieces[0].text.len(), SHOWN);
        assert_eq!(cut, (1 << 20) - SHOWN);
    }

    #[wasm_bindgen_test]
    fn any_part_of_a_line_keeps_its_colours() {
        let (pieces, cut) = pieces_from("ab\x1b[31mcdéfgh".as_bytes(), 3, 3);
        assert_eq!(pieces, [Piece { text: "déf".into(), style: Style { foreground: Some(Colour::Palette(1)), ..Style::default() } }]);
        assert_eq!(cut, 2);
    }
}
