//! How an engine is reached from a shell, by whatever speaks HTTP.

use linkspan_docker::{
    Operation,
    endpoint::{Address, Scheme, SshHost},
    tls::Material,
};

use super::{Asked, Step, Written, may_be_gone, one_by_one, secrets, words};

/// What a shell needs before an HTTP client reaches the engine.
pub struct Way<'a> {
    /// A command to be run before.
    pub before: String,
    /// The socket that it speaks to.
    pub socket: Option<String>,
    /// What its address begins with, without the version.
    pub base: String,
    pub tls: Option<&'a Material>,
}

pub fn way<'a>(asked: &Asked<'a>) -> Way<'a> {
    let through = |socket: String, before: String| Way { before, socket: Some(socket), base: "http://localhost".to_owned(), tls: None };
    match &asked.endpoint.address {
        Address::Unix(path) => through(path.to_string_lossy().into_owned(), String::new()),
        Address::Ssh(ssh) => {
            // In a folder of one's own: whoever else has a socket of this name would be sent all of it.
            let there = words::sh(ssh.socket.as_deref().unwrap_or("/var/run/docker.sock"));
            let (port, host) = (port_of(ssh), words::sh(&host_of(ssh)));
            let forward = format!("ssh -fNT -o ExitOnForwardFailure=yes -L \"$socket\":{there}{port} {host}");
            through(words::answer("socket"), format!("socket=$(mktemp -d)/docker.sock\n{forward} || exit\n"))
        }
        Address::Tcp { scheme, base, .. } => {
            let tls = asked.endpoint.tls.as_ref();
            let scheme = if tls.is_some() || *scheme == Scheme::Https { "https" } else { "http" };
            let base = format!("{scheme}://{}{base}", asked.endpoint.address.authority());
            Way { before: String::new(), socket: None, base, tls }
        }
    }
}

fn port_of(ssh: &SshHost) -> String {
    ssh.port.map_or(String::new(), |port| format!(" -p {port}"))
}

/// `[user@]host`
pub fn host_of(ssh: &SshHost) -> String {
    ssh.user.as_ref().map_or_else(|| ssh.host.clone(), |user| format!("{user}@{}", ssh.host))
}

/// The address of an engine as the docker command takes it with `-H`.
pub fn docker_host(address: &Address) -> String {
    match address {
        Address::Unix(path) => format!("unix://{}", path.to_string_lossy()),
        Address::Tcp { base, .. } => format!("tcp://{}{base}", address.authority()),
        Address::Ssh(ssh) => {
            let port = ssh.port.map_or(String::new(), |port| format!(":{port}"));
            format!("ssh://{}{port}{}", host_of(ssh), ssh.socket.as_deref().unwrap_or_default())
        }
    }
}

/// With variables as such: what they stand for is encoded by whoever sets them.
pub fn target(asked: &Asked<'_>, step: &Step) -> String {
    words::decoded(&step.request.target(Some(asked.api)))
}

/// A line for each step, one after the other; `program`: what speaks HTTP.
pub fn write(head: String, program: &str, steps: &[Step], line: impl Fn(&Step) -> String) -> Written {
    let gone = may_be_gone(steps);
    let steps = one_by_one(steps);
    let mut written = Written { head, body: to_be_set(&steps), ..Written::default() };
    if let Some(why) = gone {
        written.missing("#", why);
    }
    for step in &steps {
        let types = step.operation() == Operation::ContainerAttach && step.is_set("stdin")
            || step.operation() == Operation::ExecStart && step.body()["Tty"] == true;
        if types {
            written.missing("#", format!("{program} sends nothing over a connection that goes both ways: nobody could type"));
            continue;
        }
        let line = line(step);
        written.line(match step.made {
            Some(made) => format!("{made}=$({line} | {READ_ID})"),
            None => line,
        });
    }
    written
}

/// What has to be set before, as comments: nobody has to read all of it to know.
fn to_be_set(steps: &[Step]) -> String {
    let mut names: Vec<String> = Vec::new();
    for step in steps {
        let texts = [
            step.body().to_string(),
            String::from_utf8_lossy(&step.request.query.iter().flat_map(|(_, value)| value.clone()).collect::<Vec<_>>()).into_owned(),
        ];
        names.extend(texts.iter().flat_map(|text| words::environment_of(text).map(str::to_owned).collect::<Vec<_>>()));
    }
    names.sort();
    names.dedup();
    let mut lines: String = names.iter().map(|name| format!("# {name} has to be set, as a JSON string would have it.\n")).collect();
    if steps.iter().any(secrets::signs_in) {
        lines.push_str("REGISTRY_AUTH=$(printf '{\"username\":\"%s\",\"password\":\"%s\"}' \"${REGISTRY_USER:?}\" \"${REGISTRY_PASSWORD:?}\" | base64 -w0 | tr +/ -_)\n");
    }
    lines
}

/// `Id` of an answer.
const READ_ID: &str = r#"sed -n 's/.*"Id": *"\([^"]*\)".*/\1/p'"#;
