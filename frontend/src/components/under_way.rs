//! What this tab asked for and has no answer to yet. An engine may take ten seconds to stop a container.

use std::{collections::HashMap, time::Duration};

use leptos::prelude::*;
use linkspan_shared::ids::ContainerId;

use super::actions::Action;
use crate::store::{say_meanwhile, take_back};

/// What takes less is not worth a word.
const WORTH_A_WORD: Duration = Duration::from_millis(400);

struct Begun {
    action: Action,
    /// What is said of it once it takes long.
    said: Option<u32>,
}

thread_local! {
    static ASKED: RwSignal<HashMap<ContainerId, Begun>> = RwSignal::new(HashMap::new());
}

/// It belongs to the tab: to be called where the app begins.
pub fn begin() {
    ASKED.with(|_| ());
}

/// `false`: the same is under way already.
pub fn enter(container: &ContainerId, name: &str, action: Action) -> bool {
    let asked = ASKED.with(|asked| *asked);
    if asked.with_untracked(|asked| asked.get(container).is_some_and(|asked| asked.action == action)) {
        return false;
    }
    // A kill takes the place of a stop: what was said of that is over.
    asked.update(|asked| {
        let before = asked.insert(container.clone(), Begun { action, said: None });
        before.and_then(|before| before.said).into_iter().for_each(take_back);
    });
    let (id, name) = (container.clone(), name.to_owned());
    let tell = move || {
        let is_on = asked.with_untracked(|asked| asked.get(&id).is_some_and(|asked| asked.action == action));
        if is_on {
            let said = Some(say_meanwhile(action.is_doing_to(&name)));
            asked.update(|asked| {
                asked.insert(id, Begun { action, said });
            });
        }
    };
    set_timeout(tell, WORTH_A_WORD);
    true
}

pub fn leave(container: &ContainerId, action: Action) {
    let asked = ASKED.with(|asked| *asked);
    asked.update(|asked| {
        if asked.get(container).is_some_and(|asked| asked.action == action) {
            asked.remove(container).and_then(|asked| asked.said).into_iter().for_each(take_back);
        }
    });
}

/// What is being done to it, once that is worth a word.
pub fn with(container: &ContainerId) -> Option<Action> {
    ASKED.with(|asked| asked.with(|asked| asked.get(container).filter(|asked| asked.said.is_some()).map(|asked| asked.action)))
}
