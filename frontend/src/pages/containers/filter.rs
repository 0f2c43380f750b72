//! What the words of the filter mean: all of them have to fit.

use linkspan_shared::container::{Container, ContainerLabels};

use crate::{case, store::store};

pub struct Filter(Vec<Word>);

enum Word {
    /// Part of a name, of an image, a project, a volume or a network, the beginning of an ID, or a port.
    Any(String),
    /// `label:NAME` or `label:NAME=VALUE`, as `docker ps --filter` has it.
    Label(String, Option<String>),
    /// `volume:NAME`
    Volume(String),
    /// `network:NAME`
    Network(String),
}

impl Filter {
    pub fn parse(text: &str) -> Self {
        let word = |word: &str| match word.split_once(':') {
            // Nothing is asked for yet.
            Some(("label" | "volume" | "network", "")) => None,
            Some(("label", label)) => Some(match label.split_once('=') {
                Some((name, value)) => Word::Label(name.to_owned(), Some(value.to_owned())),
                None => Word::Label(label.to_owned(), None),
            }),
            Some(("volume", name)) => Some(Word::Volume(name.to_owned())),
            Some(("network", name)) => Some(Word::Network(name.to_owned())),
            _ => Some(Word::Any(case::lower(word))),
        };
        Self(text.split_whitespace().filter_map(word).collect())
    }

    /// Containers' labels are not in their rows.
    pub fn needs_labels(&self) -> bool {
        self.0.iter().any(|word| matches!(word, Word::Label(..)))
    }

    /// What it leaves, of the containers of this page.
    pub fn fits_here(&self, container: &Container) -> bool {
        self.fits(container, || store().labels.get(&container.id))
    }

    pub fn fits(&self, container: &Container, labels: impl Fn() -> Option<ContainerLabels>) -> bool {
        self.0.iter().all(|word| match word {
            Word::Any(word) => is_somewhere(word, container),
            Word::Label(name, value) => labels().is_some_and(|labels| {
                labels.labels.iter().any(|(known, found)| known == name && value.as_ref().is_none_or(|value| value == found))
            }),
            Word::Volume(name) => container.volumes.contains(name),
            Word::Network(name) => container.networks.contains(name),
        })
    }
}

/// `word` is in lower case.
fn is_somewhere(word: &str, container: &Container) -> bool {
    let has = |text: &String| case::lower(text).contains(word);
    has(&container.name)
        || has(&container.image)
        || container.id.0.starts_with(word)
        // As far as an ID is said by people; a shorter one is a word.
        || word.len() >= 12 && container.image_id.0.trim_start_matches("sha256:").starts_with(word.trim_start_matches("sha256:"))
        || container.project.as_ref().is_some_and(has)
        || container.volumes.iter().any(has)
        || container.networks.iter().any(has)
        || container.ports.iter().any(|port| {
            let is_it = |number: u16| number.to_string() == word;
            port.host_port.is_some_and(is_it) || is_it(port.container_port)
        })
}
