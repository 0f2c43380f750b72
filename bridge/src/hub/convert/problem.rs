//! What an engine said went wrong → a problem.

use hyper::StatusCode;
use linkspan_shared::{
    engine_fault::EngineFault,
    problem::{Problem, ProblemCode},
};

use linkspan_docker::{Denied, EngineError, Failure};

/// `subject`: what it was about, as a person knows it.
pub fn problem(error: &EngineError, subject: &str) -> Problem {
    let code = match error {
        EngineError::Connect(failure) => return unreachable(failure, subject),
        EngineError::Denied(Denied::Unknown(_)) => ProblemCode::NotFound,
        EngineError::Denied(Denied::Needs { role, why }) => return Problem::new(ProblemCode::NotAllowed(*role), subject, why),
        EngineError::Malformed(_) | EngineError::TooLong(_) => ProblemCode::MalformedAnswer,
        EngineError::Refused { status, .. } => match *status {
            StatusCode::NOT_FOUND => ProblemCode::NotFound,
            StatusCode::CONFLICT => ProblemCode::Conflict,
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => ProblemCode::Forbidden,
            status if status.is_client_error() => ProblemCode::BadRequest,
            _ => ProblemCode::EngineFailed,
        },
    };
    Problem::new(code, subject, error.to_string())
}

/// `subject`: the engine's address.
pub fn unreachable(failure: &Failure, subject: &str) -> Problem {
    Problem::new(ProblemCode::EngineUnreachable(failure.fault), subject, &failure.detail)
}

/// A pull that the engine refused: most of its 404s and 500s are the registry's.
pub fn pull_problem(error: &EngineError, reference: &str) -> Problem {
    match error {
        // A proxy before the engine says the same with the same status, but nothing of registries.
        EngineError::Refused { status: StatusCode::FORBIDDEN, message } => match registry_problem(message, reference) {
            registry if registry.code == ProblemCode::RegistryDenied && message.to_lowercase().contains("denied: ") => registry,
            _ => problem(error, reference),
        },
        // A proxy before the engine, too: the engine would not say so of a registry, and has words of its own for what is missing.
        EngineError::Refused { status: StatusCode::METHOD_NOT_ALLOWED, .. } => problem(error, reference),
        EngineError::Refused { status: StatusCode::NOT_FOUND, message } if is_bare(message) => problem(error, reference),
        error if error.is_of_a_gateway() => problem(error, reference),
        EngineError::Refused { status, message } if *status != StatusCode::BAD_REQUEST => registry_problem(message, reference),
        other => problem(other, reference),
    }
}

/// No more than that there is nothing.
fn is_bare(message: &str) -> bool {
    matches!(message.trim().to_lowercase().as_str(), "404 not found" | "not found" | "404 page not found" | "page not found")
}

/// The engine hands a registry's refusal on as text alone, so the words are all there is to go by.
pub fn registry_problem(message: &str, reference: &str) -> Problem {
    // A reference may hold any of the words below.
    let lower = message.replace(reference, "").to_lowercase();
    if matches!(EngineFault::of(message), Some(EngineFault::RateLimit | EngineFault::BlobMissing | EngineFault::ProxyRefused)) {
        return Problem::new(ProblemCode::RegistryFailed, reference, message);
    }
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let code = if says(&["failed to register layer", "no space left on device"]) {
        // It came from the registry, and the engine could not keep it.
        ProblemCode::EngineFailed
    } else if says(&[
        "unauthorized",
        "no basic auth",
        "authentication required",
        "access denied",
        "is denied",
        "denied:",
        "403 forbidden",
        "status: 401",
        "status: 403",
    ]) {
        ProblemCode::RegistryDenied
    } else if says(&["not found", "manifest unknown", "name unknown", "does not exist"]) {
        ProblemCode::RegistryNotFound
    } else {
        ProblemCode::RegistryFailed
    };
    Problem::new(code, reference, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registries_are_understood_by_their_words() {
        for (words, code) in [
            ("manifest for localhost:5000/a:b not found: manifest unknown: manifest unknown", ProblemCode::RegistryNotFound),
            ("Head \"http://localhost:5000/v2/a/manifests/b\": no basic auth credentials", ProblemCode::RegistryDenied),
            ("pull access denied for a, repository does not exist or may require 'docker login'", ProblemCode::RegistryDenied),
            ("dial tcp 127.0.0.1:5403: connect: connection refused", ProblemCode::RegistryFailed),
            ("failed to register layer: open /var/lib/docker/x: permission denied", ProblemCode::EngineFailed),
            ("error parsing HTTP 403 response body: unexpected status: 403 Forbidden", ProblemCode::RegistryDenied),
            ("Get \"https://denied.example/v2/\": EOF", ProblemCode::RegistryFailed),
            ("toomanyrequests: unauthorized users have a limit", ProblemCode::RegistryFailed),
            ("unknown blob", ProblemCode::RegistryFailed),
        ] {
            assert_eq!(registry_problem(words, "a:b").code, code, "{words}");
        }
    }
}
