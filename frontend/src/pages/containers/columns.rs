//! Which columns the table has beside the name, and how wide they are: as the address says, else as this browser's reader left
//! them, else as the stylesheet does it for each width of the page.

use std::fmt::Write;

use super::order::Key;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// It always stays.
    Name,
    Image,
    State,
    Cpu,
    Memory,
    Ports,
    Uptime,
    Created,
    /// Only where somebody wants it.
    Restarts,
}

pub struct Looks {
    pub column: Column,
    /// In the address.
    pub word: &'static str,
    /// In the grid, and in its class: `c-image`.
    pub area: &'static str,
    /// Where nobody made it wider: pixels at least, and whether it takes a part of what is left.
    width: u16,
    grows: bool,
    pub key: Option<Key>,
}

const fn looks(column: Column, word: &'static str, area: &'static str, width: u16, grows: bool, key: Option<Key>) -> Looks {
    Looks { column, word, area, width, grows, key }
}

impl Column {
    /// In the order of the table.
    pub const ALL: [Looks; 9] = [
        looks(Self::Name, "name", "name", 150, true, Some(Key::Name)),
        looks(Self::Image, "image", "image", 110, true, Some(Key::Image)),
        looks(Self::State, "state", "state", 118, false, Some(Key::State)),
        looks(Self::Cpu, "cpu", "cpu", 120, false, Some(Key::Cpu)),
        looks(Self::Memory, "memory", "mem", 164, false, Some(Key::Memory)),
        looks(Self::Ports, "ports", "ports", 112, false, None),
        looks(Self::Uptime, "uptime", "up", 76, false, Some(Key::Uptime)),
        looks(Self::Created, "created", "created", 72, false, Some(Key::Created)),
        looks(Self::Restarts, "restarts", "restarts", 64, false, Some(Key::Restarts)),
    ];
}

/// Pixels that a column can have.
pub const WIDTHS: (u16, u16) = (48, 800);
/// Between two columns, and before the first and behind the last.
const GAP: u16 = 12;

/// Those that are shown, with their width where somebody chose one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns(pub Vec<(Column, Option<u16>)>);

impl Columns {
    /// `image,state:140,ports`. `None`: the stylesheet's own.
    pub fn parse(text: &str) -> Option<Self> {
        let said: Vec<(&str, Option<&str>)> =
            text.split(',').map(|one| one.split_once(':').map_or((one, None), |(word, width)| (word, Some(width)))).collect();
        let of = |looks: &Looks| {
            let said = said.iter().find(|(word, _)| *word == looks.word);
            let width = said.and_then(|(_, width)| width.as_ref()?.parse().ok()).map(|width: u16| width.clamp(WIDTHS.0, WIDTHS.1));
            (said.is_some() || looks.column == Column::Name).then_some((looks.column, width))
        };
        (!text.is_empty()).then(|| Self(Column::ALL.iter().filter_map(of).collect()))
    }

    pub fn word(&self) -> String {
        let mut word = String::new();
        for (looks, width) in self.looks() {
            let glue = if word.is_empty() { "" } else { "," };
            let _ = write!(word, "{glue}{}", looks.word);
            if let Some(width) = width {
                let _ = write!(word, ":{width}");
            }
        }
        word
    }

    pub fn has(&self, column: Column) -> bool {
        self.0.iter().any(|(one, _)| *one == column)
    }

    /// With this one shown or not, in its place.
    pub fn with(mut self, column: Column, shown: bool) -> Self {
        self.0.retain(|(one, _)| *one != column);
        if shown {
            self.0.push((column, None));
        }
        self.in_order()
    }

    /// With this one as wide.
    pub fn wide(mut self, column: Column, width: Option<u16>) -> Self {
        self.0.retain(|(one, _)| *one != column);
        self.0.push((column, width.map(|width| width.clamp(WIDTHS.0, WIDTHS.1))));
        self.in_order()
    }

    fn in_order(self) -> Self {
        let of = |looks: &Looks| self.0.iter().find(|(one, _)| *one == looks.column).copied();
        Self(Column::ALL.iter().filter_map(of).collect())
    }

    fn looks(&self) -> impl Iterator<Item = (&'static Looks, Option<u16>)> + '_ {
        const ALL: &[Looks] = &Column::ALL;
        self.0.iter().filter_map(|(column, width)| ALL.iter().find(|looks| looks.column == *column).map(|looks| (looks, *width)))
    }

    /// Values of `--own-cols` and `--own-areas`, and the pixels that all of it takes at least.
    pub fn grid(&self) -> (String, String, String) {
        let (mut columns, mut areas, mut least) = ("14px".to_owned(), "\"check".to_owned(), 14 + GAP);
        for (looks, width) in self.looks() {
            let least_of_it = width.unwrap_or(looks.width);
            let _ = match (looks.column, width) {
                // What nothing else takes is the name's.
                (Column::Name, _) => write!(columns, " minmax({least_of_it}px, 1.7fr)"),
                (_, None) if looks.grows => write!(columns, " minmax({least_of_it}px, 1fr)"),
                _ => write!(columns, " {least_of_it}px"),
            };
            let _ = write!(areas, " {}", looks.area);
            least += least_of_it + GAP;
        }
        (columns + " 28px", areas + " more\"", format!("{}px", least + 28 + 2 * GAP))
    }

    /// What is left out, by its area.
    pub fn hidden(&self) -> String {
        let left_out = Column::ALL.iter().filter(|looks| !self.has(looks.column));
        left_out.map(|looks| looks.area).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn what_an_address_says_is_what_it_says_again() {
        let columns = Columns::parse("ports,image:200,none,state:9999").unwrap();
        assert_eq!(columns.word(), "name,image:200,state:800,ports");
        assert_eq!(Columns::parse(&columns.word()), Some(columns.clone()));
        assert_eq!(columns.hidden(), "cpu mem up created restarts");
        let (grid, areas, _) = columns.grid();
        assert_eq!(grid, "14px minmax(150px, 1.7fr) 200px 800px 112px 28px");
        assert_eq!(areas, "\"check name image state ports more\"");
        assert_eq!(columns.with(Column::Cpu, true).with(Column::State, false).word(), "name,image:200,cpu,ports");
        assert_eq!(Columns::parse(""), None);
        assert_eq!(Columns::parse("nonsense").unwrap().word(), "name");
    }
}
