//! What each person did last, as commands: for a script of one's own. Kept as long as Linkspan runs.

use std::collections::{HashMap, VecDeque};

use linkspan_shared::{
    explain::Language,
    ids::{EngineId, UserName},
    time::Timestamp,
};
use parking_lot::Mutex;

use crate::explain::{Asked, Step, Written, write};

/// Actions of one person; the oldest goes first.
const KEPT: usize = 100;
/// Bytes of one of them in one language; of a larger one it is said that it was too large.
const LONGEST: usize = 16 << 10;
/// What a script can be written in.
const SCRIPTS: [Language; 3] = [Language::Docker, Language::Curl, Language::Python];

#[derive(Default)]
pub struct Actions {
    done: Mutex<HashMap<UserName, VecDeque<Action>>>,
}

struct Action {
    at: Timestamp,
    engine: EngineId,
    call: String,
    written: Vec<Written>,
}

impl Actions {
    pub fn note(&self, by: UserName, at: Timestamp, engine: EngineId, call: &str, asked: &Asked<'_>, steps: &[Step]) {
        let written = |language| {
            let written = write(language, asked, steps);
            if written.body.len() <= LONGEST {
                written
            } else {
                Written { body: "# too long to be kept\n".to_owned(), ..Written::default() }
            }
        };
        let action = Action { at, engine, call: call.to_owned(), written: SCRIPTS.map(written).into() };
        let mut done = self.done.lock();
        let own = done.entry(by).or_default();
        own.push_back(action);
        if own.len() > KEPT {
            own.pop_front();
        }
    }

    /// Whoever is called so next has done nothing yet.
    pub fn forget(&self, of: &UserName) {
        self.done.lock().remove(of);
    }

    /// `None`: nobody writes scripts in this language.
    pub fn script(&self, of: &UserName, language: Language) -> Option<String> {
        let at = SCRIPTS.iter().position(|known| *known == language)?;
        let first = if language == Language::Python {
            "#!/usr/bin/env python3\nimport os\nimport sys\n"
        } else {
            "#!/bin/bash\nset -euo pipefail\n"
        };
        let (mut script, mut head) = (first.to_owned(), String::new());
        for action in self.done.lock().get(of).into_iter().flatten() {
            let Some(written) = action.written.get(at) else { continue };
            let when = jiff::Timestamp::from_millisecond(action.at.0).map(|time| format!("{time:.0}")).unwrap_or_default();
            // How an engine is reached is said once, until it is another one.
            if written.head != head && !written.head.is_empty() {
                head.clone_from(&written.head);
                script.push_str(&format!("\n{head}"));
            }
            script.push_str(&format!(
                "\n# {when} {} on {}{}\n{}",
                action.call,
                action.engine,
                if action.call.starts_with("job.") { " (begun)" } else { "" },
                written.body
            ));
        }
        Some(script)
    }
}
