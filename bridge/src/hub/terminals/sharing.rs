//! Others look on at a terminal where its owner lets them: they are shown what it prints, and nothing that they type reaches it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Weak},
};

use linkspan_shared::{
    ids::{TerminalId, UserName},
    person::{Opened, SharedTerminal},
    problem::{Problem, ProblemCode},
};
use parking_lot::Mutex;
use tokio::sync::watch;

use super::{Terminal, Terminals, name_of};
use crate::hub::{EngineHub, people::TerminalPresence};

/// Whether a terminal is shared, and with whom.
#[derive(Default)]
pub struct Sharing {
    on: watch::Sender<bool>,
    lookers: Mutex<BTreeMap<UserName, usize>>,
    /// Where everybody is told of it, while it is open.
    told: Mutex<Weak<TerminalPresence>>,
}

/// Somebody looks on until this is dropped.
pub struct Looking {
    pub terminal: Arc<Terminal>,
    name: UserName,
    on: watch::Receiver<bool>,
}

impl EngineHub {
    /// Others are told before they end what somebody is in.
    pub(super) fn tell_of_terminal(&self, terminal: &Terminal) -> Arc<TerminalPresence> {
        let opened = Opened { engine: self.id.clone(), container: terminal.spec.container.clone(), shared: None };
        let told = Arc::new(self.people.open_terminal(&terminal.owner, opened));
        *terminal.sharing.told.lock() = Arc::downgrade(&told);
        told
    }
}

impl Terminal {
    /// What everybody who sees the container is told of it.
    pub(super) fn tell_shared(&self) {
        // Held until it is told: what is told last is how it is.
        let told = self.sharing.told.lock();
        let Some(told) = told.upgrade() else { return };
        let is_on = *self.sharing.on.borrow();
        told.share(is_on.then(|| SharedTerminal {
            terminal: self.id.clone(),
            shell: self.spec.command.first().map(|command| name_of(command).to_owned()).unwrap_or_default(),
            size: *self.size.lock(),
            lookers: self.sharing.lookers.lock().keys().cloned().collect(),
        }));
    }
}

impl Terminals {
    /// By its owner.
    pub fn share(&self, id: &TerminalId, user: &UserName, on: bool) -> Result<(), Problem> {
        let terminal = self.get(id, user)?;
        if on && terminal.sharing.told.lock().upgrade().is_none() {
            return Err(Problem::new(ProblemCode::Conflict, id.as_str(), "it has ended, or is that of a run"));
        }
        tracing::info!(user = %user, terminal = %id.as_str(), on, "a terminal is shared");
        terminal.sharing.on.send_replace(on);
        terminal.tell_shared();
        Ok(())
    }

    /// One that its owner shares.
    pub fn shared(&self, id: &TerminalId) -> Result<Arc<Terminal>, Problem> {
        let found = self.lock().get(id).filter(|terminal| *terminal.sharing.on.borrow()).cloned();
        found.ok_or_else(|| Problem::new(ProblemCode::NotFound, id.as_str(), "no such terminal"))
    }
}

impl Looking {
    pub fn begin(terminal: Arc<Terminal>, name: UserName) -> Self {
        let on = terminal.sharing.on.subscribe();
        *terminal.sharing.lookers.lock().entry(name.clone()).or_default() += 1;
        terminal.tell_shared();
        Self { terminal, name, on }
    }

    /// Ends when its owner does not share it any more.
    pub async fn over(&mut self) -> Problem {
        let _ = self.on.wait_for(|on| !on).await;
        Problem::new(ProblemCode::Forbidden, self.terminal.id.as_str(), format!("{} does not share it any more", self.terminal.owner))
    }
}

impl Drop for Looking {
    fn drop(&mut self) {
        {
            let mut lookers = self.terminal.sharing.lookers.lock();
            if let Some(tabs) = lookers.get_mut(&self.name) {
                *tabs -= 1;
                if *tabs == 0 {
                    lookers.remove(&self.name);
                }
            }
        }
        self.terminal.tell_shared();
    }
}
