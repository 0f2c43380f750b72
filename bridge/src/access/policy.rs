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
}

/// With one role so far everybody who is signed in may do everything; who is not never comes here.
pub fn authorise(principal: &Principal, engine: &EngineId, request: &Request<'_>) -> Result<(), Problem> {
    match principal.user.role {
        Role::Administrator => {
            tracing::trace!(user = %principal.user.name, %engine, ?request, "authorised");
            Ok(())
        }
        #[allow(unreachable_patterns, reason = "deny by default, also a role that is added later")]
        _ => Err(Problem::new(ProblemCode::NotAllowed, engine.as_str(), "")),
    }
}
