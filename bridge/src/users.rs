//! `linkspan user …` and `linkspan healthcheck`.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
    time::Duration,
};

use linkspan_shared::{
    account::Account,
    ids::UserName,
    user::{AccessProblem, Grant, Scope},
};

use crate::{
    access::{Access, Changed, Link},
    config::{Data, RoleName, UserCommand},
    database::{Database, StoreError},
};

pub async fn manage(command: UserCommand, data: &Data) -> Result<(), String> {
    let dir = data.dir();
    let opened = Database::open(&dir).and_then(|database| Access::new(Arc::new(database)));
    let access = opened.map_err(|error| format!("{}: {error}", dir.display()))?;
    match command {
        UserCommand::Add { name, role, on, password_stdin: _ } => {
            let mut password = String::new();
            std::io::stdin().read_to_string(&mut password).map_err(|error| format!("standard input: {error}"))?;
            let password = password.trim_end_matches(['\r', '\n']).to_owned();
            access.create_user(&name, password.into(), grants(role, on)).await.map_err(|problem| explain(&name, &problem))?;
            println!("{name} can sign in");
        }
        UserCommand::List => {
            for Account { user, disabled, .. } in access.accounts().await.map_err(|error| error.to_string())?.people {
                let grants: Vec<String> = user.grants.iter().map(written).collect();
                println!("{}\t{}{}", user.name, grants.join(", "), if disabled { "\tdisabled" } else { "" });
            }
        }
        UserCommand::Invite { role, on, days, site } => {
            let seconds = i64::from(days) * 24 * 3600;
            let link = Link::Invite { grants: grants(role, on), by: UserName::new("the command line"), seconds };
            let token = access.new_link(link).await.map_err(|error| error.to_string())?;
            println!("{}#token={token}&invited=1", site.welcome());
        }
        UserCommand::Remove { name } => {
            outcome(&name, access.remove_user(name.clone(), true).await)?;
            println!("{name} is removed");
        }
        UserCommand::Disable { name } => {
            outcome(&name, access.change_user(UserName::new(&name), None, Some(true), true).await)?;
            println!("{name} cannot sign in any more");
        }
        UserCommand::Enable { name } => {
            outcome(&name, access.change_user(UserName::new(&name), None, Some(false), true).await)?;
            println!("{name} can sign in again");
        }
        UserCommand::Reset { name, site } => {
            if !access.users().await.map_err(|error| error.to_string())?.iter().any(|user| user.name.0 == name) {
                return Err(unknown(&name));
            }
            let token = access.new_link(Link::Reset(UserName::new(&name))).await.map_err(|error| error.to_string())?;
            println!("{}#token={token}&user={name}", site.welcome());
        }
    }
    Ok(())
}

/// Asks the running bridge; the standard library is enough for one GET.
pub fn healthcheck(listen: SocketAddr) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("no healthy Linkspan at {listen}: {error}");
    let mut stream = TcpStream::connect_timeout(&listen, Duration::from_secs(3)).map_err(failed)?;
    stream.set_read_timeout(Some(Duration::from_secs(3))).map_err(failed)?;
    write!(stream, "GET /healthz HTTP/1.1\r\nHost: {listen}\r\nConnection: close\r\n\r\n").map_err(failed)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).map_err(failed)?;
    match answer.starts_with("HTTP/1.1 200 ") {
        true if answer.ends_with("engine connected\n") => Ok(()),
        true => Err(format!("Linkspan at {listen} serves, but cannot reach its engine")),
        false => Err(format!("no healthy Linkspan at {listen}: it answered otherwise")),
    }
}

fn grants(role: RoleName, on: Vec<Scope>) -> Vec<Grant> {
    let scopes = if on.is_empty() { vec![Scope::All] } else { on };
    scopes.into_iter().map(|scope| Grant { role: role.role(), scope }).collect()
}

fn written(Grant { role, scope }: &Grant) -> String {
    let role = role.as_str();
    match scope {
        Scope::All => role.to_owned(),
        Scope::Engine(engine) => format!("{role} on {engine}"),
        Scope::Label { name, value } => format!("{role} on {name}={value}"),
    }
}

fn outcome(name: &str, changed: Result<Changed, StoreError>) -> Result<(), String> {
    match changed.map_err(|error| error.to_string())? {
        Changed::Unknown => Err(unknown(name)),
        Changed::Done | Changed::LastAdministrator => Ok(()),
    }
}

fn unknown(name: &str) -> String {
    format!("nobody is called '{name}'; `linkspan user list` shows who there is")
}

fn explain(name: &str, problem: &AccessProblem) -> String {
    match problem {
        AccessProblem::PasswordTooShort { minimum } => format!("the password is too short: {minimum} characters at least"),
        AccessProblem::PasswordTooLong { maximum } => format!("the password is too long: {maximum} bytes at most"),
        AccessProblem::UserNameInvalid => {
            format!("'{name}' is no user name: 1 to 64 letters, digits, dots, dashes and underscores, a letter or digit first")
        }
        _ => format!("{name} could not be stored"),
    }
}
