//! The terminal of a container's own process.

use std::sync::Arc;

use linkspan_shared::terminal::TerminalState;

use super::Terminal;
use crate::hub::EngineHub;

/// The terminal of a container's main process, which has ended when this is dropped; its last words wait as those of any other.
pub struct Attached {
    pub(super) hub: Arc<EngineHub>,
    pub terminal: Arc<Terminal>,
}

impl Attached {
    pub fn exited(&self, exit_code: i64) {
        *self.terminal.state.lock() = TerminalState::Ended { exit_code: Some(exit_code) };
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        let mut state = self.terminal.state.lock();
        if *state == TerminalState::Running {
            *state = TerminalState::Ended { exit_code: None };
        }
        let (hub, id) = (self.hub.clone(), self.terminal.id.clone());
        self.hub.terminals.tasks.spawn(async move { hub.forget_terminal(&id).await });
    }
}
