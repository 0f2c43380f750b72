//! What administrators do with people, and everybody with their own tokens.

use linkspan_shared::{
    account::{GRANTS, MAX_DAYS, Shown, TOKEN_NAME, TOKENS, Token},
    call::{ChangePerson, InvitePerson, NewToken},
    ids::UserName,
    passkey::Passkey,
    problem::{Problem, ProblemCode},
    user::{Grant, Scope},
};

use super::Target;
use crate::{
    access::{Changed, Link},
    database::StoreError,
};

const DAY: i64 = 24 * 3600;
/// Characters of a label's name and of its value.
const LABEL: usize = 256;

pub async fn invite(on: &Target, InvitePerson { grants, days }: InvitePerson) -> Result<Shown, Problem> {
    on.needs_session()?;
    check_grants(&grants)?;
    let link = Link::Invite { grants, by: on.context.user.name.clone(), seconds: i64::from(check_days(days)?) * DAY };
    let secret = on.context.access.new_link(link).await.map_err(internal)?;
    Ok(Shown { secret: secret.into() })
}

pub async fn withdraw(on: &Target, id: String) -> Result<(), Problem> {
    on.needs_session()?;
    match on.context.access.remove_invitation(id.clone()).await.map_err(internal)? {
        true => Ok(()),
        false => Err(Problem::new(ProblemCode::NotFound, id, "this invitation was used, withdrawn, or has expired")),
    }
}

pub async fn change(on: &Target, ChangePerson { name, grants, disabled }: ChangePerson) -> Result<(), Problem> {
    on.needs_session()?;
    grants.as_deref().map(check_grants).transpose()?;
    if name == on.context.user.name {
        return Err(Problem::new(ProblemCode::Invalid, name.0, "nobody changes what they may themselves: ask another administrator"));
    }
    if grants.is_some() {
        is_ours(on, &name).await?;
    }
    outcome(&name, on.context.access.change_user(name.clone(), grants, disabled, false).await)
}

/// What others may, and how they sign in, whoever signs them in says.
async fn is_ours(on: &Target, name: &UserName) -> Result<(), Problem> {
    let all = on.context.access.accounts().await.map_err(internal)?;
    let is_external = all.people.iter().any(|account| account.user.name == *name && account.external);
    let why = "they sign in elsewhere (a proxy, or OpenID Connect): what they are there says what they may";
    if is_external { Err(Problem::new(ProblemCode::Invalid, name.0.clone(), why)) } else { Ok(()) }
}

pub async fn remove(on: &Target, name: UserName) -> Result<(), Problem> {
    on.needs_session()?;
    outcome(&name, on.context.access.remove_user(name.0.clone(), false).await)?;
    on.context.actions.forget(&name);
    Ok(())
}

pub async fn reset(on: &Target, name: UserName) -> Result<Shown, Problem> {
    on.needs_session()?;
    let is_known = on.context.access.users().await.map_err(internal)?.iter().any(|user| user.name == name);
    if !is_known {
        return Err(unknown(&name));
    }
    is_ours(on, &name).await?;
    let secret = on.context.access.new_link(Link::Reset(name)).await.map_err(internal)?;
    Ok(Shown { secret: secret.into() })
}

pub async fn end_sessions(on: &Target, name: Option<UserName>) -> Result<(), Problem> {
    on.needs_session()?;
    let name = name.unwrap_or_else(|| on.context.user.name.clone());
    on.context.access.end_sessions(name).await.map_err(internal)
}

pub async fn tokens(on: &Target) -> Result<Vec<Token>, Problem> {
    on.context.access.tokens(on.context.user.name.clone()).await.map_err(internal)
}

pub async fn new_token(on: &Target, NewToken { name, role, days }: NewToken) -> Result<Shown, Problem> {
    on.needs_session()?;
    let invalid = |why: String| Err(Problem::new(ProblemCode::Invalid, name.clone(), why));
    if name.trim().is_empty() || name.chars().count() > TOKEN_NAME || name.chars().any(char::is_control) {
        return invalid(format!("a token has a name of 1 to {TOKEN_NAME} characters"));
    }
    let own = tokens(on).await?;
    if own.len() >= TOKENS {
        return Err(Problem::new(ProblemCode::TooMany, "tokens", format!("{TOKENS} at most: remove one that nobody needs")));
    }
    if own.iter().any(|token| token.name == name) {
        return invalid("there is a token of this name already".to_owned());
    }
    let seconds = days.map(check_days).transpose()?.map(|days| i64::from(days) * DAY);
    let secret = on.context.access.new_token(on.context.user.name.clone(), name, role, seconds).await.map_err(internal)?;
    Ok(Shown { secret: secret.into() })
}

pub async fn remove_token(on: &Target, id: String) -> Result<(), Problem> {
    match on.context.access.remove_token(on.context.user.name.clone(), id.clone()).await.map_err(internal)? {
        true => Ok(()),
        false => Err(Problem::new(ProblemCode::NotFound, id, "there is no such token")),
    }
}

pub async fn passkeys(on: &Target) -> Result<Vec<Passkey>, Problem> {
    on.context.access.passkeys(on.context.user.name.clone()).await.map_err(internal)
}

pub async fn remove_passkey(on: &Target, id: String) -> Result<(), Problem> {
    on.needs_session()?;
    match on.context.access.remove_passkey(on.context.user.name.clone(), id.clone()).await.map_err(internal)? {
        true => Ok(()),
        false => Err(Problem::new(ProblemCode::NotFound, id, "there is no such passkey")),
    }
}

impl Target {
    /// Whoever has somebody's token must not become them for good.
    fn needs_session(&self) -> Result<(), Problem> {
        let why = "a personal token does not do this: sign in with a browser";
        if self.context.by_token { Err(Problem::new(ProblemCode::Forbidden, self.context.user.name.0.clone(), why)) } else { Ok(()) }
    }
}

fn check_grants(grants: &[Grant]) -> Result<(), Problem> {
    let invalid = |why: &str| Err(Problem::new(ProblemCode::Invalid, "grants", why));
    if grants.is_empty() || grants.len() > GRANTS {
        return invalid("a person has a role somewhere, and not everywhere one by one");
    }
    for grant in grants {
        match &grant.scope {
            Scope::Label { name, value } if name.trim().is_empty() || name.len() > LABEL || value.len() > LABEL => {
                return invalid("a label has a name");
            }
            _ => {}
        }
    }
    Ok(())
}

fn check_days(days: u32) -> Result<u32, Problem> {
    let why = format!("1 to {MAX_DAYS} days");
    if (1..=MAX_DAYS).contains(&days) { Ok(days) } else { Err(Problem::new(ProblemCode::Invalid, "days", why)) }
}

fn outcome(name: &UserName, changed: Result<Changed, StoreError>) -> Result<(), Problem> {
    match changed.map_err(internal)? {
        Changed::Done => Ok(()),
        Changed::Unknown => Err(unknown(name)),
        Changed::LastAdministrator => {
            let why = "nobody would be left who may set this Linkspan up: make somebody else an administrator first";
            Err(Problem::new(ProblemCode::Conflict, name.0.clone(), why))
        }
    }
}

fn unknown(name: &UserName) -> Problem {
    Problem::new(ProblemCode::NotFound, name.0.clone(), "nobody is called so")
}

fn internal(error: StoreError) -> Problem {
    tracing::error!(%error, "the database of users failed");
    Problem::new(ProblemCode::Internal, "", "")
}
