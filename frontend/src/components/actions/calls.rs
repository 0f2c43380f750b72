//! How something is done to a container, and how the outcome is said.

use linkspan_shared::{
    call::*,
    container::Container,
    ids::{ContainerId, EngineId},
    problem::{Problem, ProblemCode},
};
use wasm_bindgen_futures::spawn_local;

use super::Action;
use crate::{
    components::{
        dialogs::{Asked, Dialogs},
        under_way,
    },
    link,
    store::{failed, say},
};

impl Action {
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

/// Does it at once, unless it would lose the container: that asks.
///
/// `engine`: the default one if `None`.
pub fn act(engine: Option<EngineId>, action: Action, container: &Container, dialogs: Dialogs) {
    if !under_way::enter(&container.id, &container.name, action) {
        return;
    }
    let container = container.clone();
    spawn_local(async move {
        let outcome = action.call(engine.clone(), container.id.clone(), false).await;
        under_way::leave(&container.id, action);
        match outcome {
            Err(Problem { code: ProblemCode::WouldBeRemoved, .. }) => dialogs.ask(Asked::EndAndLose { engine, action, container }),
            outcome => tell(action, &container.name, outcome),
        }
    });
}

/// After the question has been answered.
pub fn act_confirmed(engine: Option<EngineId>, action: Action, container: Container) {
    if !under_way::enter(&container.id, &container.name, action) {
        return;
    }
    spawn_local(async move {
        let outcome = action.call(engine, container.id.clone(), true).await;
        under_way::leave(&container.id, action);
        tell(action, &container.name, outcome);
    });
}

fn tell(action: Action, name: &str, outcome: Result<(), Problem>) {
    match outcome {
        Ok(()) => say(action.did(name)),
        Err(problem) => failed(action.could_not(name), &problem),
    }
}
