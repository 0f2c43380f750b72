//! Who is told, elsewhere, when something happens: `POST` requests that Linkspan sends, in the form of Standard Webhooks.

use serde::{Deserialize, Serialize};

use crate::{
    activity::{Entry, Event, Verb},
    ids::EngineId,
    problem::ProblemCode,
    time::Timestamp,
};

/// Without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    pub id: String,
    pub name: String,
    pub url: String,
    /// One of these is enough.
    pub triggers: Vec<Trigger>,
    /// `None`: of every engine.
    pub engine: Option<EngineId>,
    /// What came of the last request, since Linkspan runs.
    pub last: Option<Delivery>,
    /// What it was not told of since then, because there was too much.
    #[serde(default)]
    pub left_out: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    pub at: Timestamp,
    /// Why it did not arrive.
    pub problem: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// A container's health check fails.
    Unhealthy,
    /// A restart policy has started a container again, so often or more: it is told of the first times, and then ever more seldom.
    Restarted {
        times: i64,
    },
    /// A container has ended by itself, with this exit code; `None`: with any but 0. Of one that is started again, as restarts are told.
    Exited {
        code: Option<i64>,
    },
    EngineLost,
    JobFailed,
}

/// Webhooks that there can be.
pub const WEBHOOKS: usize = 50;
/// Characters of a webhook's name.
pub const WEBHOOK_NAME: usize = 64;
/// Bytes of its URL.
pub const WEBHOOK_URL: usize = 2048;

impl Trigger {
    pub fn is_of(self, entry: &Entry) -> bool {
        match (self, &entry.verb) {
            (Self::Unhealthy, Verb::Event(Event::Unhealthy)) | (Self::EngineLost, Verb::Event(Event::EngineLost)) => true,
            (Self::Restarted { times: wanted }, Verb::Event(Event::Restarted { times })) => wanted > 0 && *times >= wanted,
            (Self::Exited { code: wanted }, Verb::Event(Event::Exited { exit_code, .. })) => match wanted {
                Some(wanted) => *exit_code == Some(wanted),
                None => *exit_code != Some(0),
            },
            (Self::JobFailed, Verb::Call(_)) => {
                entry.job.is_some() && entry.problem.as_ref().is_some_and(|problem| problem.code != ProblemCode::Cancelled)
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Problem;

    #[test]
    fn a_trigger_is_of_what_it_says() {
        let entry = |verb: Verb| Entry {
            id: 1,
            at: Timestamp(0),
            who: None,
            address: String::new(),
            engine: None,
            verb,
            object: None,
            problem: None,
            milliseconds: None,
            request: None,
            job: None,
        };
        let exited = |exit_code| entry(Verb::Event(Event::Exited { exit_code, out_of_memory: false }));
        let any = Trigger::Exited { code: None };
        assert!(any.is_of(&exited(Some(137))) && any.is_of(&exited(None)) && !any.is_of(&exited(Some(0))));
        let zero = Trigger::Exited { code: Some(0) };
        assert!(zero.is_of(&exited(Some(0))) && !zero.is_of(&exited(Some(1))));
        let restarted = |times| entry(Verb::Event(Event::Restarted { times }));
        let fifth = Trigger::Restarted { times: 5 };
        assert!(fifth.is_of(&restarted(5)) && fifth.is_of(&restarted(10)) && !fifth.is_of(&restarted(3)) && !fifth.is_of(&restarted(0)));
        let stopped = entry(Verb::Event(Event::Stopped { exit_code: Some(1) }));
        assert!(![any, fifth, Trigger::Unhealthy, Trigger::EngineLost, Trigger::JobFailed].iter().any(|trigger| trigger.is_of(&stopped)));
        let mut job = entry(Verb::Call("job.pull".into()));
        job.job = Some(crate::ids::JobId::new("j1"));
        assert!(!Trigger::JobFailed.is_of(&job));
        job.problem = Some(Problem::new(ProblemCode::Cancelled, "", ""));
        assert!(!Trigger::JobFailed.is_of(&job));
        job.problem = Some(Problem::new(ProblemCode::RegistryDenied, "", ""));
        assert!(Trigger::JobFailed.is_of(&job));
    }
}
