//! What a browser says before it becomes a part of a request to an engine: nothing of it may mean something else there.

use linkspan_shared::{
    ids::ContainerId,
    image::Configuration,
    problem::{Problem, ProblemCode},
    reference::Reference,
};

/// Bytes of a path.
const PATH: usize = 4 << 10;

/// Containers are acted upon by id alone, so that a name that moved meanwhile never means another container.
pub(super) fn valid(id: &ContainerId) -> Result<&str, Problem> {
    if id.0.len() == 64 && id.0.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        Ok(&id.0)
    } else {
        Err(Problem::new(ProblemCode::ProtocolViolation, &id.0, "not a container id"))
    }
}

/// A name that a registry can know.
pub(super) fn parse_reference(text: &str) -> Result<Reference, Problem> {
    Reference::parse(text).map_err(|fault| Problem::new(ProblemCode::Invalid, text, fault.to_string()))
}

/// Whatever an engine may know an image by, also its ID. Keeps what is neither out of a path; the engine judges the rest.
pub(super) fn check_reference(reference: &str) -> Result<(), Problem> {
    let refused = |why: &str| Err(Problem::new(ProblemCode::BadRequest, reference, why));
    if reference.is_empty() {
        return refused("an image reference is needed, such as alpine:3.20");
    }
    if reference.len() > 512 {
        return refused("an image reference has at most 512 characters");
    }
    if let Some(wrong) = reference.chars().find(|c| !(c.is_ascii_alphanumeric() || "._-:/@".contains(*c))) {
        return refused(&format!("an image reference has no '{}' in it", wrong.escape_default()));
    }
    if reference.split('/').any(|part| part.is_empty() || part.chars().all(|c| c == '.')) {
        return refused("invalid reference format");
    }
    Ok(())
}

/// Of a volume, a network, or a record of the build cache: what could mean something else in a path is none. Volume plugins
/// and other engines have rules of their own, and say them themselves.
pub(super) fn check_name(name: &str) -> Result<String, Problem> {
    let is_name = (1..=255).contains(&name.len())
        && !name.contains(char::is_control)
        && name.split('/').all(|part| !part.is_empty() && part.chars().any(|char| char != '.'));
    if is_name { Ok(name.to_owned()) } else { Err(Problem::new(ProblemCode::ProtocolViolation, name, "not a name")) }
}

pub(super) fn check_path(path: &str) -> Result<String, Problem> {
    if path.starts_with('/') && path.len() <= PATH && !path.contains('\0') {
        Ok(path.to_owned())
    } else {
        Err(Problem::new(ProblemCode::Invalid, path, "a path begins with a slash"))
    }
}

/// What no container could start with is refused before an image has it.
pub(super) fn check_configuration(configuration: &Configuration) -> Result<(), Problem> {
    let Configuration { entrypoint, cmd, env, user, working_dir, exposed_ports, labels, healthcheck, stop_signal } = configuration;
    let refused = |field: &str, why: &str| Err(Problem::new(ProblemCode::Invalid, field, why));
    let words = [("Entrypoint", entrypoint), ("Cmd", cmd), ("Env", env), ("Healthcheck", healthcheck)];
    let texts = [("User", user), ("WorkingDir", working_dir)];
    let all = words.iter().flat_map(|(field, words)| words.iter().flatten().map(|text| (*field, text)));
    if let Some((field, _)) =
        all.chain(texts.iter().flat_map(|(field, text)| text.iter().map(|text| (*field, text)))).find(|(_, text)| text.contains('\0'))
    {
        return refused(field, "a zero byte can be no part of it");
    }
    if let Some(line) = env.iter().flatten().find(|line| line.find('=').unwrap_or_default() == 0) {
        return refused("Env", &format!("not NAME=value: {line}"));
    }
    if let Some(port) = exposed_ports.iter().flatten().find(|port| !is_exposed_port(port)) {
        return refused("ExposedPorts", &format!("not a port and its protocol, such as 80/tcp: {port}"));
    }
    if let Some((name, _)) = labels.iter().flatten().find(|(name, value)| name.is_empty() || name.contains('\0') || value.contains('\0')) {
        return refused("Labels", &format!("not a name and a value: {name}"));
    }
    if healthcheck.as_ref().and_then(|test| test.first()).is_some_and(|kind| !["NONE", "CMD", "CMD-SHELL"].contains(&kind.as_str())) {
        return refused("Healthcheck", "it begins with CMD, CMD-SHELL or NONE");
    }
    if stop_signal.as_ref().is_some_and(|signal| !signal.chars().all(|one| one.is_ascii_alphanumeric() || "+-".contains(one))) {
        return refused("StopSignal", "a signal is a name such as SIGTERM, or a number");
    }
    match working_dir {
        Some(folder) if !folder.is_empty() && !folder.starts_with('/') => refused("WorkingDir", "a path begins with a slash"),
        _ => Ok(()),
    }
}

/// `80/tcp`, `8000-8010/udp`.
fn is_exposed_port(text: &str) -> bool {
    let Some((ports, protocol)) = text.split_once('/') else { return false };
    let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
    let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u16>().ok()).flatten();
    let in_order = number(first).zip(number(last)).is_some_and(|(first, last)| first > 0 && first <= last);
    in_order && ["tcp", "udp", "sctp"].contains(&protocol)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_cannot_leave_their_place() {
        for right in ["alpine", "alpine:3", "localhost:5000/a/b:1", "a@sha256:00ff", "sha256:00ff"] {
            assert!(check_reference(right).is_ok(), "{right}");
        }
        for wrong in ["", "../containers/json", "a/../b", "a//b", "/a", "a?b", "a b", "a\nb", "ä"] {
            assert!(check_reference(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn names_are_whatever_leads_nowhere_else() {
        for name in ["data", "a.b-c_1", "plugin/volume", "with space", "größe", ".hidden", "x".repeat(255).as_str()] {
            assert_eq!(check_name(name).as_deref(), Ok(name));
        }
        for name in ["", ".", "..", "a/../b", "/a", "a//b", "a/", "a\nb", "\u{7f}", "x".repeat(256).as_str()] {
            assert!(check_name(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn a_configuration_is_one_that_a_container_can_start_with() {
        let env = |line: &str| Configuration { env: Some(vec![line.to_owned()]), ..Configuration::default() };
        let folder = |path: &str| Configuration { working_dir: Some(path.to_owned()), ..Configuration::default() };
        let ports = |port: &str| Configuration { exposed_ports: Some(vec![port.to_owned()]), ..Configuration::default() };
        let signal = |name: &str| Configuration { stop_signal: Some(name.to_owned()), ..Configuration::default() };
        let check = |kind: &str| Configuration { healthcheck: Some(vec![kind.to_owned()]), ..Configuration::default() };
        let fine = [ports("80/tcp"), ports("8000-8010/udp"), signal("SIGTERM"), signal("9"), signal("SIGRTMIN+3"), check("NONE")];
        for right in fine.into_iter().chain([env("A=1"), env("A="), env("A=b=c"), folder("/srv"), folder(""), Configuration::default()]) {
            assert!(check_configuration(&right).is_ok(), "{right:?}");
        }
        let bad = [ports("80"), ports("0/tcp"), ports("9-8/tcp"), ports("+80/tcp"), signal("SIG TERM"), check("curl")];
        for wrong in bad.into_iter().chain([env("A"), env("=1"), env(""), env("A=\0"), folder("srv")]) {
            assert!(check_configuration(&wrong).is_err(), "{wrong:?}");
        }
    }
}
