//! What can be done with a container: what its state allows ([`Action::is_allowed`]), how that is called (`words`), and how it
//! is asked for (`calls`).

mod calls;
mod words;

use linkspan_shared::container::{Container, ContainerState as State};

use super::ui::Icon;

pub use calls::{act, act_confirmed};

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

    /// The call that it takes, see [`needs`](super::needs).
    pub fn needs(self) -> &'static str {
        match self {
            Self::Start => "container.start",
            Self::Stop => "container.stop",
            Self::Restart => "container.restart",
            Self::Pause => "container.pause",
            Self::Resume => "container.resume",
            Self::Kill => "container.kill",
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
}
