//! What an engine is asked about, and what comes of that.

use linkspan_docker::{EngineError, model};
use linkspan_shared::engine::EnginePart;

use super::parts::Answer;

/// What is asked about: a container's id, an image's id or reference, a volume's name, a network's id, or a whole table.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    Container(String),
    Image(String),
    Volume(String),
    Network(String),
    Part(EnginePart),
}

impl Subject {
    pub fn part(&self) -> EnginePart {
        match self {
            Self::Container(_) => EnginePart::Containers,
            Self::Image(_) => EnginePart::Images,
            Self::Volume(_) => EnginePart::Volumes,
            Self::Network(_) => EnginePart::Networks,
            Self::Part(part) => *part,
        }
    }

    pub fn name(&self) -> &str {
        match self {
            Self::Container(name) | Self::Image(name) | Self::Volume(name) | Self::Network(name) => name,
            Self::Part(_) => "",
        }
    }
}

/// What came of asking.
pub enum Found {
    Container(Box<model::ContainerInspect>),
    Image(Box<model::ImageInspect>),
    Volume(model::Volume),
    Network(Box<model::Network>),
    Part(Answer),
}

pub enum Done {
    Asked(Subject, Result<Found, EngineError>),
    /// It has been waited for long enough to ask again.
    Again(Subject),
    Gap,
    Lost(EngineError),
    Pinged(Result<(), EngineError>),
}

/// What is under way when its answer comes.
#[derive(Clone, Copy, PartialEq)]
pub enum Flight {
    Fresh,
    /// Another event came meanwhile: the answer may be too old, ask again.
    Outdated,
    /// It was removed meanwhile: forget the answer.
    Gone,
}
