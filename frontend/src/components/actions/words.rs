//! What is done to a container, in words.

use super::Action;
use crate::i18n::t;

impl Action {
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

    pub(super) fn did(self, name: &str) -> String {
        match self {
            Self::Start => t().did_start(name),
            Self::Stop => t().did_stop(name),
            Self::Restart => t().did_restart(name),
            Self::Pause => t().did_pause(name),
            Self::Resume => t().did_resume(name),
            Self::Kill => t().did_kill(name),
        }
    }

    pub(super) fn could_not(self, name: &str) -> String {
        match self {
            Self::Start => t().could_not_start(name),
            Self::Stop => t().could_not_stop(name),
            Self::Restart => t().could_not_restart(name),
            Self::Pause => t().could_not_pause(name),
            Self::Resume => t().could_not_resume(name),
            Self::Kill => t().could_not_kill(name),
        }
    }
}
