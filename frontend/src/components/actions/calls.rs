//! How something is done to a container, and how the outcome is said.

use leptos::prelude::untrack;
use linkspan_shared::{
    call::*,
    container::Container,
    explain::Explained,
    ids::{ContainerId, EngineId},
    problem::{Problem, ProblemCode},
};
use wasm_bindgen_futures::spawn_local;

use super::Action;
use crate::{
    components::{
        dialogs::{Asked, Dialogs},
        equivalent::called,
        needs::refuses,
        people::{terminals_in, working_on},
        under_way,
    },
    link,
    store::{failed, say},
};

impl Action {
    /// As it would be asked for.
    pub fn as_call(self, container: ContainerId, removal_confirmed: bool) -> Option<Explained> {
        match self {
            Self::Start => called(&StartContainer { container }),
            Self::Stop => called(&StopContainer { container, removal_confirmed }),
            Self::Restart => called(&RestartContainer { container }),
            Self::Pause => called(&PauseContainer { container }),
            Self::Resume => called(&ResumeContainer { container }),
            Self::Kill => called(&KillContainer { container, removal_confirmed }),
        }
    }

    async fn call(self, engine: Option<EngineId>, container: ContainerId, removal_confirmed: bool) -> Result<(), Problem> {
        match self {
            Self::Start => link::call_on(engine, StartContainer { container }).await,
            Self::Stop => link::call_on(engine, StopContainer { container, removal_confirmed }).await,
            Self::Restart => link::call_on(engine, RestartContainer { container }).await,
            Self::Pause => link::call_on(engine, PauseContainer { container }).await,
            Self::Resume => link::call_on(engine, ResumeContainer { container }).await,
            Self::Kill => link::call_on(engine, KillContainer { container, removal_confirmed }).await,
        }
    }
}

/// Does it at once, unless it kills or would lose the container: that asks.
///
/// `engine`: the default one if `None`.
pub fn act(engine: Option<EngineId>, action: Action, container: &Container, dialogs: Dialogs) {
    if refuses(action.needs()) {
        return;
    }
    let container = container.clone();
    let ids = [container.id.clone()];
    let is_used = || untrack(|| !terminals_in(&ids).is_empty() || !working_on(&ids).is_empty());
    match action {
        Action::Kill => dialogs.ask(Asked::End { engine, action, container }),
        // Somebody else is in there.
        Action::Stop | Action::Restart if is_used() => dialogs.ask(Asked::End { engine, action, container }),
        _ => act_confirmed(engine, action, container, false, dialogs),
    }
}

/// After the question has been answered. `removal`: whoever did knows that the container will be gone.
pub fn act_confirmed(engine: Option<EngineId>, action: Action, container: Container, removal: bool, dialogs: Dialogs) {
    if !under_way::enter(&container.id, &container.name, action) {
        return;
    }
    spawn_local(async move {
        let outcome = action.call(engine.clone(), container.id.clone(), removal).await;
        under_way::leave(&container.id, action);
        match outcome {
            Err(Problem { code: ProblemCode::WouldBeRemoved, .. }) => {
                // Known now.
                let container = Container { auto_remove: true, ..container };
                dialogs.ask_in_turn(Asked::End { engine, action, container }).await;
            }
            outcome => tell(action, &container.name, outcome),
        }
    });
}

fn tell(action: Action, name: &str, outcome: Result<(), Problem>) {
    match outcome {
        Ok(()) => say(action.did(name)),
        Err(problem) => failed(action.could_not(name), &problem),
    }
}
