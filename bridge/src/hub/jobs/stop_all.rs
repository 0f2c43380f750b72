//! Stops exactly the containers that somebody saw on a list, several at a time, and says of each how it went.

use std::sync::Arc;

use futures_util::{StreamExt, stream};
use hyper::StatusCode;
use linkspan_shared::{
    ids::{ContainerId, JobId, UserName},
    job::{StopAll, StopResult, StopTarget, Work},
    problem::{Problem, ProblemCode},
};

use super::{
    super::{EngineHub, actions::valid},
    Handle,
};
use crate::docker::containers;

/// Stops under way at once: each may take the container's whole stop timeout, and costs the engine nothing meanwhile.
const AT_ONCE: usize = 8;
/// Containers of one job.
const TARGETS: usize = 10_000;

impl EngineHub {
    pub fn stop_all(self: &Arc<Self>, by: UserName, ids: Vec<ContainerId>) -> Result<JobId, Problem> {
        if ids.len() > TARGETS {
            return Err(Problem::new(ProblemCode::TooMany, "containers", format!("{TARGETS} at most")));
        }
        ids.iter().try_for_each(|id| valid(id).map(drop))?;
        let targets = ids
            .into_iter()
            .map(|container| StopTarget { name: self.container_name(&container), container, result: StopResult::Waiting })
            .collect::<Vec<_>>();
        let work = Work::StopAll(StopAll { targets: targets.clone() });
        self.start_job(by, work, None, |handle| async move {
            let stops =
                stream::iter(targets.iter().enumerate()).for_each_concurrent(AT_ONCE, |(index, target)| stop_one(&handle, index, target));
            handle
                .or_cancelled(async {
                    stops.await;
                    Ok(())
                })
                .await
        })
    }
}

async fn stop_one(handle: &Handle, index: usize, target: &StopTarget) {
    let say = |result| {
        handle.update(|work| {
            if let Work::StopAll(stop_all) = work
                && let Some(target) = stop_all.targets.get_mut(index)
            {
                target.result = result;
            }
        });
    };
    if handle.hub.own.as_ref() == Some(&target.container) {
        say(StopResult::Failed(Problem::new(ProblemCode::IsLinkspan, &target.name, "")));
        return;
    }
    say(StopResult::Stopping);
    say(match handle.hub.done(&containers::stop(&target.container.0)).await {
        Ok(StatusCode::NOT_MODIFIED) => StopResult::AlreadyStopped,
        Ok(_) => StopResult::Stopped,
        Err(error) if error.is_not_found() => StopResult::Gone,
        Err(error) => StopResult::Failed(handle.hub.problem(&error, &target.name)),
    });
}
