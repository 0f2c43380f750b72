//! The questions that are asked before something is done to containers, and the new password, one at a time.

mod containers;
mod export;
mod password;
mod recreate;
mod stop;
mod update;

use leptos::prelude::*;
use linkspan_shared::{
    container::{Container, ContainerState},
    ids::EngineId,
    job::BatchKind,
};

use super::actions::Action;
use crate::browser;
use containers::{Batch, End, Remove, Rename};
use export::Export;
use password::ChangePassword;
use recreate::Recreate;
use stop::StopDialog;
use update::Update;

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    /// Killing it, or stopping it where that removes it.
    End {
        engine: Option<EngineId>,
        action: Action,
        container: Container,
    },
    Rename(Container),
    /// Its restart policy and its limits.
    Update(Container),
    /// Of which image.
    Recreate(Container),
    ChangePassword,
    /// As lines and as a file.
    Export(Vec<Container>),
    Remove(Vec<Container>),
    /// Stop or kill exactly these; `all` when they are everything that runs.
    Stop {
        kind: BatchKind,
        containers: Vec<Container>,
        all: bool,
    },
    /// Done at once, to exactly these; what is asked is how it goes.
    Batch {
        kind: BatchKind,
        containers: Vec<Container>,
    },
}

/// Milliseconds after which it is looked whether another dialog is still open.
const TURN: u32 = 200;

#[derive(Clone, Copy)]
pub struct Dialogs {
    asked: RwSignal<Option<Asked>>,
}

impl Dialogs {
    pub fn new() -> Self {
        Self { asked: RwSignal::new(None) }
    }

    pub fn ask(&self, what: Asked) {
        self.asked.set(Some(what));
    }

    /// When nothing else is asked any more: an answer that comes late takes nobody's dialog away.
    pub async fn ask_in_turn(&self, what: Asked) {
        while untrack(|| self.is_open()) {
            browser::sleep(TURN).await;
        }
        self.ask(what);
    }

    pub fn close(&self) {
        self.asked.set(None);
    }

    pub fn is_open(&self) -> bool {
        self.asked.with(Option::is_some)
    }
}

/// Done to those of them that it can be done to; what runs already says so itself.
pub fn batch(kind: BatchKind, mut containers: Vec<Container>) -> Asked {
    let can = |container: &Container| match kind {
        BatchKind::Restart => Action::Restart.is_allowed(container),
        BatchKind::Pause => Action::Pause.is_allowed(container),
        BatchKind::Resume => Action::Resume.is_allowed(container),
        _ => !container.is_self && (Action::Start.is_allowed(container) || container.state == ContainerState::Running),
    };
    // Where none can, the engine says why.
    if containers.iter().any(can) {
        containers.retain(can);
    }
    Asked::Batch { kind, containers }
}

pub fn dialogs() -> Dialogs {
    expect_context()
}

#[component]
pub fn DialogHost() -> impl IntoView {
    let dialogs = dialogs();
    move || {
        dialogs.asked.get().map(|asked| match asked {
            Asked::End { engine, action, container } => {
                view! { <End engine=engine action=action container=container dialogs=dialogs/> }.into_any()
            }
            Asked::ChangePassword => view! { <ChangePassword dialogs=dialogs/> }.into_any(),
            Asked::Export(containers) => view! { <Export containers=containers dialogs=dialogs/> }.into_any(),
            Asked::Update(container) => view! { <Update container=container dialogs=dialogs/> }.into_any(),
            Asked::Recreate(container) => view! { <Recreate container=container dialogs=dialogs/> }.into_any(),
            Asked::Rename(container) => view! { <Rename container=container dialogs=dialogs/> }.into_any(),
            Asked::Remove(containers) => view! { <Remove containers=containers dialogs=dialogs/> }.into_any(),
            Asked::Batch { kind, containers } => view! { <Batch kind=kind containers=containers dialogs=dialogs/> }.into_any(),
            Asked::Stop { kind, containers, all } => {
                view! { <StopDialog kind=kind containers=containers all=all dialogs=dialogs/> }.into_any()
            }
        })
    }
}
