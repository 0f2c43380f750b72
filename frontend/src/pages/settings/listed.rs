//! What a call lists, asked for whenever the connection is there.

use leptos::prelude::*;
use linkspan_shared::{call::Call, problem::Problem};
use wasm_bindgen_futures::spawn_local;

use crate::link;

/// What is known of it, and how to ask again. `None`: nothing yet.
#[allow(clippy::type_complexity, reason = "a list or why there is none")]
pub fn listed<C>(call: fn() -> C) -> (RwSignal<Option<Result<C::Output, Problem>>>, impl Fn() + Copy + Send + Sync + 'static)
where
    C: Call + 'static,
    C::Output: Clone + Send + Sync,
{
    let found = RwSignal::new(None);
    let load = move || {
        spawn_local(async move {
            let answer = link::call_on(None, call()).await;
            // What is known stays where the connection is lost.
            if answer.is_ok() || found.try_with_untracked(Option::is_none) == Some(true) {
                found.try_set(Some(answer));
            }
        });
    };
    Effect::new(move || {
        if link::link().state.get() == link::LinkState::Connected {
            load();
        }
    });
    (found, load)
}
