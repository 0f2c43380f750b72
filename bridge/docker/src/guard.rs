//! Who stands between somebody and an engine: asked before each request that is sent for that person, with the request as it
//! will be sent.

use futures_util::future::BoxFuture;
use linkspan_shared::user::Role;

use crate::{error::EngineError, request::Request};

pub trait Guard: Send + Sync {
    /// What it answers with is kept until the engine has begun its answer.
    fn check<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Permit, Denied>>;
}

/// Dropped when the request has been carried out, as far as its answer's beginning tells.
pub type Permit = Box<dyn Send>;

/// Nothing of a request was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denied {
    /// Its object is none that this person knows of.
    Unknown(String),
    /// It takes this role there; `why` is what of the request takes it, empty if all of it does.
    Needs { role: Role, why: String },
}

impl From<Denied> for EngineError {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied)
    }
}
