//! The one seam: every call, channel and job passes here before anything is done.

use linkspan_shared::{
    call::ROLES,
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

/// Whoever is not signed in never comes here.
pub fn authorise(principal: &Principal, engine: &EngineId, request: &Request<'_>) -> Result<(), Problem> {
    let needed = match request {
        Request::Channel(_) | Request::Download | Request::Upload => Some(Role::Operator),
        Request::Call(call) => ROLES.iter().find(|(name, _)| name == call).map(|(_, role)| *role),
    };
    // A call that there is not is told as such by whoever would carry it out.
    let is_allowed = needed.is_none_or(|needed| principal.user.role.includes(needed));
    tracing::trace!(user = %principal.user.name, %engine, ?request, is_allowed, "authorised");
    if is_allowed { Ok(()) } else { Err(Problem::new(ProblemCode::NotAllowed, engine.as_str(), "")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use linkspan_shared::ids::UserName;

    #[test]
    fn an_operator_sets_nothing_up() {
        let operator = Principal { user: User { name: UserName::new("jun"), role: Role::Operator } };
        let asks = |call| authorise(&operator, &EngineId::new("local"), &Request::Call(call)).map_err(|problem| problem.code);
        let refused: Vec<_> = ROLES.iter().filter(|(call, _)| asks(call) == Err(ProblemCode::NotAllowed)).map(|(call, _)| *call).collect();
        assert_eq!(
            refused,
            [
                "review.replace_noise",
                "engine.examine",
                "engine.add",
                "engine.remove",
                "engine.keep_figures",
                "credential.store",
                "credential.remove"
            ]
        );
        assert!(asks("job.pull").is_ok());
    }
}
