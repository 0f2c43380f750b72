//! Goes the way to an engine step by step and says how far it gets: what `linkspan doctor` prints and the page shows.

use linkspan_shared::{
    connect::{ConnectFault, ConnectStep, Examined, StepOutcome},
    problem::{Problem, ProblemCode},
};

use super::{
    Client, EngineError, Failure,
    connect::{Connector, Loaded, dial, encrypt, resolve},
    containers,
    endpoint::{Address, without_password},
    environment::Environment,
    events, images, model, networks, system, volumes,
};

/// `url`: the engine's address as a person gave it.
pub async fn examine(url: &str, environment: &Environment) -> Vec<Examined> {
    let mut passed = Vec::new();
    let walked = walk(url, environment, &mut passed).await;
    report(url, walked, &passed)
}

/// For an address that could not even be found in the settings.
pub fn not_found(url: &str, failure: &Failure) -> Vec<Examined> {
    report(url, Err(failure.clone().into()), &[])
}

fn report(url: &str, walked: Result<(), EngineError>, passed: &[(ConnectStep, StepOutcome)]) -> Vec<Examined> {
    let failure = match walked {
        Ok(()) => None,
        Err(EngineError::Connect(failure)) => Some(failure),
        // The last step asks for things as any other request does.
        Err(EngineError::Refused { status, message }) if matches!(status.as_u16(), 401 | 403 | 407) => {
            Some(Failure::new(ConnectFault::Forbidden, message))
        }
        Err(error) => Some(Failure::new(ConnectFault::Failing, error.to_string())),
    };
    let failed = failure.as_ref().map(|failure| failure.fault.step());
    ConnectStep::ALL
        .into_iter()
        .map(|step| {
            let known = passed.iter().find(|(at, _)| *at == step).map(|(_, outcome)| outcome.clone());
            let outcome = match (&failure, failed) {
                (Some(failure), Some(at)) if at == step => {
                    StepOutcome::Failed(Problem::new(ProblemCode::EngineUnreachable(failure.fault), without_password(url), &failure.detail))
                }
                (_, Some(at)) if at < step => StepOutcome::NotReached,
                // Beyond a failure that only shows later, such as a client certificate that is refused at the first answer.
                _ => known.unwrap_or(StepOutcome::NotReached),
            };
            Examined { step, outcome }
        })
        .collect()
}

async fn walk(url: &str, environment: &Environment, passed: &mut Vec<(ConnectStep, StepOutcome)>) -> Result<(), EngineError> {
    let mut pass = |step, found: String| passed.push((step, StepOutcome::Passed(found)));
    let Loaded { endpoint, tls } = Connector::new(url, environment.clone()).load().await?;
    pass(ConnectStep::Address, endpoint.to_string());
    let mut encrypted = None;
    match &endpoint.address {
        Address::Tcp { host, port, .. } => {
            let addresses = resolve(host, *port).await?;
            pass(ConnectStep::Name, addresses.iter().map(|address| address.ip().to_string()).collect::<Vec<_>>().join(", "));
            let stream = dial(&addresses).await?;
            pass(ConnectStep::Connection, stream.peer_addr().map(|address| address.to_string()).unwrap_or_default());
            if let Some(tls) = &tls {
                let stream = encrypt(stream, host, tls).await?;
                let version = stream.get_ref().1.protocol_version().map(|version| format!("{version:?}").replace("v1_", " 1."));
                encrypted = Some([version.unwrap_or_default(), tls.seen().unwrap_or_default()].join(": "));
            }
        }
        Address::Unix(_) => passed.push((ConnectStep::Name, StepOutcome::NotNeeded("a socket on this machine".to_owned()))),
        Address::Ssh(_) => {}
    }
    let client = Client::new(url, environment.clone());
    let negotiated = client.negotiate().await;
    let reached = match &negotiated {
        Err(EngineError::Connect(failure)) => failure.fault.step(),
        _ => ConnectStep::Version,
    };
    if reached > ConnectStep::Connection {
        match &endpoint.address {
            Address::Tcp { .. } => {}
            Address::Unix(path) => passed.push((ConnectStep::Connection, StepOutcome::Passed(path.display().to_string()))),
            Address::Ssh(to) => {
                passed.push((ConnectStep::Name, StepOutcome::Passed(format!("{}, by ssh", to.host))));
                passed.push((ConnectStep::Connection, StepOutcome::Passed("ssh connected".to_owned())));
                encrypted = Some("by ssh".to_owned());
            }
        }
    }
    if reached > ConnectStep::Encryption {
        let outcome = match (encrypted, &endpoint.tls) {
            (Some(found), Some(material)) if !material.verify => StepOutcome::Passed(format!("{found} (NOT verified: --tls-no-verify)")),
            (Some(found), _) => StepOutcome::Passed(found),
            (None, _) if endpoint.address.is_local() => StepOutcome::NotNeeded("nothing leaves this machine".to_owned()),
            (None, _) => StepOutcome::NotNeeded("NOT encrypted: --allow-plain-tcp".to_owned()),
        };
        passed.push((ConnectStep::Encryption, outcome));
    }
    let (version, (major, minor)) = negotiated?;
    passed.push((ConnectStep::Version, StepOutcome::Passed(format!("engine {}, API {major}.{minor}", version.version))));
    // All that Linkspan lives on. It goes on without some of it, and says so in the page; here each is worth a word.
    let info: model::Info = client.json(&system::info()).await.map_err(|error| at("/info", error))?;
    for request in [containers::list(), images::list(), volumes::list(), networks::list()] {
        client.json::<serde::de::IgnoredAny>(&request).await.map_err(|error| at(&request.path(), error))?;
    }
    client.stream(&events::subscribe()).await.map_err(|error| at("/events", error)).map(drop)?;
    passed.push((ConnectStep::Permission, StepOutcome::Passed(format!("host {}", info.name))));
    Ok(())
}

/// With what was asked for.
fn at(endpoint: &str, error: EngineError) -> EngineError {
    match error {
        EngineError::Refused { status, message } => EngineError::Refused { status, message: format!("{endpoint}: {message}") },
        EngineError::Malformed(text) => EngineError::Malformed(format!("{endpoint}: {text}")),
        other => other,
    }
}

/// For a terminal.
pub fn print(url: &str, examined: &[Examined]) -> String {
    let mut text = format!("{}\n", without_password(url));
    for Examined { step, outcome } in examined {
        let name = match step {
            ConnectStep::Address => "address",
            ConnectStep::Name => "host name",
            ConnectStep::Connection => "connection",
            ConnectStep::Encryption => "encryption",
            ConnectStep::Version => "API version",
            ConnectStep::Permission => "permission",
        };
        let (mark, said) = match outcome {
            // A host's name and a certificate's are somebody else's words, too.
            StepOutcome::Passed(found) => ("ok", found.replace(char::is_control, "\u{fffd}")),
            StepOutcome::NotNeeded(why) => ("-", why.clone()),
            StepOutcome::NotReached => ("", "not reached".to_owned()),
            StepOutcome::Failed(problem) => {
                let ProblemCode::EngineUnreachable(fault) = problem.code else { continue };
                let why: String = problem.detail.lines().map(|line| format!("\n{:20}{line}", "")).collect();
                ("FAILED", format!("{}{why}\n{:20}What to do: {}.", fault.what(), "", fault.advice()))
            }
        };
        text.push_str(&format!("  {name:11} {mark:6} {said}\n"));
    }
    text
}

pub fn is_well(examined: &[Examined]) -> bool {
    !examined.iter().any(|examined| matches!(examined.outcome, StepOutcome::Failed(_)))
}
