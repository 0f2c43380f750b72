//! What can be done with a container: what its state allows, how it is asked for, how the outcome is said.

use linkspan_shared::{
    call::*,
    container::{Container, ContainerState as State},
    ids::{ContainerId, EngineId},
    problem::{Problem, ProblemCode},
};
use wasm_bindgen_futures::spawn_local;

use super::{
    dialogs::{Asked, Dialogs},
    ui::Icon,
    under_way,
};
use crate::{
    browser,
    i18n::t,
    link,
    store::{failed, say},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Start,
    Stop,
    Restart,
    Pause,
    Resume,
    Kill,
}

impl Action {
    pub fn is_allowed(self, container: &Container) -> bool {
        let state = container.state;
        match self {
            // What a state means that has no word here the engine knows.
            Self::Start => matches!(state, State::Created | State::Exited | State::Unknown),
            Self::Stop => (state.is_up() || state == State::Unknown) && !container.is_self,
            Self::Restart => matches!(state, State::Running | State::Restarting | State::Exited | State::Unknown) && !container.is_self,
            Self::Pause => state == State::Running && !container.is_self,
            Self::Resume => state == State::Paused,
            Self::Kill => matches!(state, State::Running | State::Paused | State::Restarting | State::Unknown) && !container.is_self,
        }
    }

    pub fn icon(self) -> Icon {
        match self {
            Self::Start | Self::Resume => Icon::Play,
            Self::Stop => Icon::Stop,
            Self::Restart => Icon::Restart,
            Self::Pause => Icon::Pause,
            Self::Kill => Icon::Bolt,
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Start => t().action_start(),
            Self::Stop => t().action_stop(),
            Self::Restart => t().action_restart(),
            Self::Pause => t().action_pause(),
            Self::Resume => t().action_resume(),
            Self::Kill => t().action_kill(),
        }
    }

    /// In a state's place, while it lasts.
    pub fn is_doing(self) -> &'static str {
        match self {
            Self::Start => t().doing_start(),
            Self::Stop => t().doing_stop(),
            Self::Restart => t().doing_restart(),
            Self::Pause => t().doing_pause(),
            Self::Resume => t().doing_resume(),
            Self::Kill => t().doing_kill(),
        }
    }

    pub fn is_doing_to(self, name: &str) -> String {
        t().doing_to(self.is_doing(), name)
    }

    fn did(self, name: &str) -> String {
        match self {
            Self::Start => t().did_start(name),
            Self::Stop => t().did_stop(name),
            Self::Restart => t().did_restart(name),
            Self::Pause => t().did_pause(name),
            Self::Resume => t().did_resume(name),
            Self::Kill => t().did_kill(name),
        }
    }

    fn could_not(self, name: &str) -> String {
        match self {
            Self::Start => t().could_not_start(name),
            Self::Stop => t().could_not_stop(name),
            Self::Restart => t().could_not_restart(name),
            Self::Pause => t().could_not_pause(name),
            Self::Resume => t().could_not_resume(name),
            Self::Kill => t().could_not_kill(name),
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

pub fn copy_id(id: &ContainerId) {
    copy_text(id.0.clone(), id.short().to_owned());
}

/// `called`: how what was copied is named.
pub fn copy_text(text: String, called: String) {
    spawn_local(async move {
        if browser::copy(&text).await {
            say(t().copied(&called));
        } else {
            failed(t().not_copied().to_owned(), &Problem::new(ProblemCode::Internal, "", ""));
        }
    });
}
