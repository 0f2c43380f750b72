//! A problem as sentences: what went wrong, why in the engine's words, what to do.

use linkspan_shared::{
    connect::ConnectFault,
    engine_fault::EngineFault,
    problem::{Problem, ProblemCode as Code},
    user::{AccessProblem, Role, SsoProblem},
};

use super::t;
use crate::{case, link::link};
use leptos::prelude::WithUntracked;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    pub what: String,
    /// The engine's own words; may be empty.
    pub why: String,
    /// May be empty.
    pub advice: String,
}

pub fn explain(problem: &Problem) -> Explained {
    let subject = problem.subject.as_str();
    let (what, advice) = match problem.code {
        Code::EngineUnreachable(fault) => return connect(fault, problem.detail.clone()),
        Code::Invalid => return Explained { what: sentence(&problem.detail), why: String::new(), advice: String::new() },
        Code::FellBehind => (t().problem_fell_behind(subject), ""),
        Code::BadRequest => (t().problem_bad_request(subject), ""),
        Code::Forbidden => (t().problem_forbidden(subject), ""),
        Code::NotFound => (t().problem_not_found(subject), ""),
        Code::Conflict => (t().problem_conflict(subject), ""),
        Code::EngineFailed => (t().problem_engine_failed(subject), ""),
        Code::MalformedAnswer => (t().problem_malformed(subject), ""),
        Code::RegistryNotFound => (t().problem_registry_not_found(subject), t().advice_registry_not_found()),
        Code::RegistryDenied => (t().problem_registry_denied(subject), t().advice_registry_denied()),
        Code::RegistryFailed => (t().problem_registry_failed(subject), t().advice_registry_failed()),
        Code::CredentialsUnreadable => (t().problem_credentials(subject), t().advice_credentials()),
        Code::UploadCut => (t().problem_upload_cut(subject), t().advice_upload_cut()),
        Code::ArchiveUnreadable => (t().problem_archive(subject), t().advice_archive()),
        Code::BuildFailed => (t().problem_build().to_owned(), ""),
        Code::TooOld => (t().problem_too_old().to_owned(), ""),
        Code::WouldBeRemoved => (t().problem_would_be_removed(subject), ""),
        Code::IsLinkspan => (t().problem_is_linkspan(subject), t().advice_is_linkspan()),
        Code::NotAllowed(role) => return Explained { what: why_not(role), why: problem.detail.clone(), advice: String::new() },
        Code::LooksSecret => (t().problem_looks_secret(subject), t().advice_looks_secret()),
        Code::NeedsOther => {
            let is_gone = EngineFault::of(&problem.detail) == Some(EngineFault::NoSuchContainer);
            let (what, advice) =
                if is_gone { (t().needs_other(), t().advice_needs_other()) } else { (t().needs_running(), t().advice_needs_running()) };
            (t().about_it(subject, what), advice)
        }
        Code::DoesNotRun => (t().problem_does_not_run(subject), ""),
        Code::SomeFailed => (t().problem_some_failed(subject.parse().unwrap_or_default()), ""),
        Code::Interrupted => (t().job_interrupted().to_owned(), ""),
        Code::Cancelled => (t().problem_cancelled().to_owned(), ""),
        Code::ConnectionLost => (t().problem_connection_lost().to_owned(), t().advice_connection_lost()),
        Code::ProtocolViolation => (t().problem_protocol(subject), t().advice_protocol()),
        Code::TooMany => (t().problem_too_many(subject), t().advice_too_many()),
        Code::Internal => (t().problem_internal().to_owned(), t().advice_internal()),
    };
    let why = problem.detail.clone();
    // What engines say most often has a sentence of its own. Of a registry, what it was about is said better here.
    match (problem.code, EngineFault::of(&why)) {
        // What the registry's code does not tell apart is told in the first words.
        (
            Code::RegistryNotFound | Code::RegistryDenied | Code::RegistryFailed,
            Some(fault @ (EngineFault::RateLimit | EngineFault::BlobMissing | EngineFault::ProxyRefused)),
        ) => Explained { what: t().about_it(subject, &t().fault_what(fault)), why, advice: t().fault_advice(fault) },
        (Code::BadRequest | Code::Forbidden | Code::NotFound | Code::Conflict | Code::EngineFailed, Some(fault)) => {
            Explained { what: t().fault_what(fault), why, advice: t().fault_advice(fault) }
        }
        // What a command of a build says is not the engine's word.
        (Code::BuildFailed, Some(fault)) if !why.contains("returned a non-zero code") => {
            Explained { what: t().build_failed_of(&t().fault_what(fault)), why, advice: t().fault_advice(fault) }
        }
        (Code::RegistryNotFound | Code::RegistryDenied | Code::RegistryFailed, Some(fault)) => {
            Explained { what, why, advice: t().fault_advice(fault) }
        }
        _ => Explained { what, why, advice: advice.to_owned() },
    }
}

fn connect(fault: ConnectFault, why: String) -> Explained {
    Explained { what: sentence(&t().connect_what(fault)), why, advice: sentence(&t().connect_advice(fault)) }
}

/// What is worded as a part of a line in a terminal, as a sentence.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let Some(first) = letters.next() else { return String::new() };
    if super::language() != super::Language::English {
        return text.to_owned();
    }
    let end = if text.ends_with(['.', '!', '?', '。', ')']) { "" } else { "." };
    case::upper(&first.to_string()) + letters.as_str() + end
}

/// Why somebody may not do what takes a role.
pub fn why_not(needed: Role) -> String {
    let own = link().user.with_untracked(|user| user.as_ref().and_then(|user| user.role_at_most(&link().engine_or_default())));
    let who = link().administrators.with_untracked(|all| all.join(", "));
    t().role_lacking(own.map_or(t().no_role(), role_name), role_name(needed), &who)
}

pub fn role_name(role: Role) -> &'static str {
    match role {
        Role::Viewer => t().viewer(),
        Role::Operator => t().operator(),
        Role::Developer => t().developer(),
        Role::Administrator => t().administrator(),
    }
}

pub fn explain_sso(problem: SsoProblem) -> &'static str {
    match problem {
        SsoProblem::Unavailable => t().sso_unavailable(),
        SsoProblem::TooMany => t().sso_too_many(),
        SsoProblem::Late => t().sso_late(),
        SsoProblem::Refused => t().sso_refused(),
        SsoProblem::NotBelieved => t().sso_not_believed(),
        SsoProblem::NoRole => t().access_no_role(),
        SsoProblem::NameTaken => t().sso_name_taken(),
        SsoProblem::NameInvalid => t().sso_name_invalid(),
        SsoProblem::Disabled => t().sso_disabled(),
        SsoProblem::Failed => t().access_internal(),
    }
}

pub fn explain_access(problem: &AccessProblem) -> String {
    match problem {
        AccessProblem::WrongCredentials => t().access_wrong().to_owned(),
        AccessProblem::TooManyAttempts { retry_after_seconds } => t().access_too_many(*retry_after_seconds),
        AccessProblem::TokenInvalid => t().access_token_invalid().to_owned(),
        AccessProblem::PasswordTooShort { minimum } => t().access_password_short(*minimum),
        AccessProblem::PasswordTooLong { maximum } => t().access_password_long(*maximum),
        AccessProblem::UserNameInvalid => t().access_user_name().to_owned(),
        AccessProblem::UserNameTaken => t().access_user_taken().to_owned(),
        AccessProblem::OriginRefused { origin, allowed } => t().access_origin(origin, &allowed.join(", ")),
        AccessProblem::TooManyTabs { most } => t().access_tabs(*most),
        AccessProblem::NoRole => t().access_no_role().to_owned(),
        AccessProblem::NoPassword => t().access_no_password().to_owned(),
        AccessProblem::PasskeyRefused => t().access_passkey_refused().to_owned(),
        AccessProblem::PasskeyNeedsName => t().access_passkey_name().to_owned(),
        AccessProblem::TooManyPasskeys { most } => t().access_too_many_passkeys(*most),
        AccessProblem::SignedOut => t().access_signed_out().to_owned(),
        AccessProblem::BadRequest | AccessProblem::Internal => t().access_internal().to_owned(),
    }
}
