//! The one seam: every call, channel and job passes here before anything is done.

use linkspan_shared::{
    channel::ChannelSpec,
    ids::EngineId,
    problem::{Problem, ProblemCode},
    user::{Role, User},
};

/// Who asks.
#[derive(Clone, Debug)]
pub struct Principal {
    pub user: User,
}

/// What is asked for.
#[derive(Debug)]
pub enum Request<'a> {
    /// By its wire name, see `linkspan_shared::call`.
    Call(&'a str),
    Channel(&'a ChannelSpec),
    /// A file from the engine, for the browser to keep.
    Download,
    /// A file for a job that this person started.
    Upload,
}

/// What sets Linkspan itself up, or makes its machine reach out to wherever somebody says: for administrators alone.
const SET_UP: &[&str] = &["engine.examine", "engine.add", "engine.remove", "credential.store", "credential.remove"];

/// What is done on an engine.
const OPERATE: &[&str] = &[
    "container.start",
    "container.stop",
    "container.restart",
    "container.kill",
    "container.pause",
    "container.resume",
    "container.rename",
    "container.remove",
    "container.inspect",
    "image.inspect",
    "image.tag",
    "image.remove",
    "image.check",
    "system.df",
    "volume.create",
    "volume.inspect",
    "network.create",
    "network.inspect",
    "network.connect",
    "network.disconnect",
    "terminal.shells",
    "terminal.open",
    "terminal.list",
    "terminal.resize",
    "terminal.end",
    "file.list",
    "file.read",
    "container.top",
    "job.pull",
    "job.push",
    "job.load",
    "job.build",
    "job.remove",
    "job.prune",
    "job.run",
    "job.stop_all",
    "job.start_all",
    "job.restart_all",
    "job.commit",
    "job.cancel",
    "job.dismiss",
    "credential.logins",
    "engine.retry",
];

/// Whoever is not signed in never comes here. A call that is on no list is refused.
pub fn authorise(principal: &Principal, engine: &EngineId, request: &Request<'_>) -> Result<(), Problem> {
    let is_allowed = match (principal.user.role, request) {
        (Role::Administrator | Role::Operator, Request::Channel(_) | Request::Download | Request::Upload) => true,
        (Role::Administrator, Request::Call(call)) => OPERATE.contains(call) || SET_UP.contains(call),
        (Role::Operator, Request::Call(call)) => OPERATE.contains(call),
    };
    tracing::trace!(user = %principal.user.name, %engine, ?request, is_allowed, "authorised");
    // A call that there is not is told as such by whoever would carry it out.
    let is_known = |call: &str| linkspan_shared::call::NAMES.contains(&call);
    match request {
        Request::Call(call) if !is_known(call) => Ok(()),
        _ if is_allowed => Ok(()),
        _ => Err(Problem::new(ProblemCode::NotAllowed, engine.as_str(), "")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use linkspan_shared::{call::NAMES, ids::UserName};

    #[test]
    fn every_call_is_on_one_list() {
        for name in NAMES {
            assert!(OPERATE.contains(name) != SET_UP.contains(name), "{name}");
        }
        assert_eq!(OPERATE.len() + SET_UP.len(), NAMES.len());
    }

    #[test]
    fn an_operator_sets_nothing_up() {
        let operator = Principal { user: User { name: UserName::new("jun"), role: Role::Operator } };
        let asks = |call| authorise(&operator, &EngineId::new("local"), &Request::Call(call));
        assert!(asks("job.pull").is_ok());
        for call in SET_UP {
            assert_eq!(asks(call).unwrap_err().code, ProblemCode::NotAllowed, "{call}");
        }
    }
}
