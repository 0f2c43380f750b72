//! Where an engine listens, and how it is spoken to there. The addresses are the docker CLI's.

use std::{fmt, net::IpAddr, path::PathBuf, str::FromStr};

use linkspan_shared::connect::ConnectFault;
use url::{Host, Url};

use super::{failure::Failure, tls::Material};

/// Docker's own default on Linux.
pub const DEFAULT_SOCKET: &str = "/var/run/docker.sock";
const PLAIN_PORT: u16 = 2375;
const TLS_PORT: u16 = 2376;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub address: Address,
    /// Files are read at each new connection to the engine, so that renewed certificates count.
    pub tls: Option<Material>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    Unix(PathBuf),
    /// `base` stands in front of each request's path; empty, or begins with a slash and does not end with one.
    Tcp {
        scheme: Scheme,
        host: Host,
        port: u16,
        base: String,
    },
    Ssh(SshHost),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// With TLS or without, as the environment says.
    Tcp,
    Http,
    Https,
}

/// `ssh://[user@]host[:port][/path/of/the/socket]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SshHost {
    pub user: Option<String>,
    pub host: String,
    pub port: Option<u16>,
    /// On that host; the docker CLI's own choice there if `None`.
    pub socket: Option<String>,
}

impl Address {
    /// Nobody but this machine is on the way.
    pub fn is_local(&self) -> bool {
        match self {
            Self::Unix(_) => true,
            Self::Tcp { host: Host::Domain(name), .. } => name == "localhost",
            Self::Tcp { host: Host::Ipv4(ip), .. } => ip.is_loopback(),
            Self::Tcp { host: Host::Ipv6(ip), .. } => IpAddr::V6(*ip).to_canonical().is_loopback(),
            Self::Ssh(_) => false,
        }
    }

    /// The `host:port` of requests; an engine behind a socket has none, and takes any.
    pub fn authority(&self) -> String {
        match self {
            Self::Tcp { host, port, .. } => format!("{host}:{port}"),
            Self::Unix(_) | Self::Ssh(_) => "docker".to_owned(),
        }
    }

    /// Where others reach the engine's host, too: an IPv6 address has its brackets. `None` on this machine.
    pub fn host(&self) -> Option<String> {
        match self {
            Self::Tcp { host, .. } => Some(host.to_string()).filter(|_| !self.is_local()),
            Self::Ssh(ssh) => Some(ssh.host.clone()),
            Self::Unix(_) => None,
        }
    }

    pub fn base(&self) -> &str {
        match self {
            Self::Tcp { base, .. } => base,
            Self::Unix(_) | Self::Ssh(_) => "",
        }
    }
}

impl Address {
    /// `with_tls`: what a `tcp://` means where nothing else says it, and which port is its default.
    pub fn parse(text: &str, with_tls: bool) -> Result<Self, Failure> {
        let malformed = |why: &str| Failure::new(ConnectFault::AddressMalformed, format!("'{}': {why}", without_password(text)));
        let Some((scheme, rest)) = text.split_once("://") else {
            // As for the docker CLI, `host:port` alone is a tcp address.
            let is_scheme = |name: &str| ["unix", "tcp", "http", "https", "ssh", "context", "npipe", "fd"].contains(&name);
            return if text.split_once(':').is_some_and(|(host, _)| !is_scheme(host)) && !text.contains('/') {
                Self::parse(&format!("tcp://{text}"), with_tls)
            } else {
                Err(malformed("it has no scheme such as unix://, tcp://, https:// or ssh://"))
            };
        };
        let default_port = if with_tls { TLS_PORT } else { PLAIN_PORT };
        let (scheme, default_port) = match scheme {
            "unix" => {
                return match rest {
                    // Alone it means the default socket, as it does for the docker CLI.
                    "" => Ok(Self::Unix(DEFAULT_SOCKET.into())),
                    path if path.starts_with('/') => Ok(Self::Unix(path.into())),
                    _ => Err(malformed("the path of a socket begins with a slash: unix:///run/docker.sock")),
                };
            }
            "tcp" => (Scheme::Tcp, default_port),
            "http" => (Scheme::Http, 80),
            "https" => (Scheme::Https, 443),
            "ssh" => return parse_ssh(text).map(Self::Ssh),
            "npipe" | "fd" => return Err(malformed("Linkspan cannot use this kind of address")),
            _ => return Err(malformed("the scheme is none of unix, tcp, http, https, ssh and context")),
        };
        let rest =
            if scheme == Scheme::Tcp && (rest.is_empty() || rest.starts_with(':')) { format!("localhost{rest}") } else { rest.to_owned() };
        // Under the scheme of the web the host is read as a host, in every case.
        let url = Url::parse(&format!("https://{rest}")).map_err(|error| malformed(&error.to_string()))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(malformed("a user and a password have no place in it"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(malformed("there is more behind the path"));
        }
        let host = url.host().ok_or_else(|| malformed("it has no host"))?.to_owned();
        // The parser drops a port that is its own scheme's default.
        let said = rest.split('/').next().is_some_and(|authority| authority.ends_with(":443")).then_some(443);
        let port = url.port().or(said).unwrap_or(default_port);
        if port == 0 {
            return Err(malformed("0 is no port"));
        }
        Ok(Self::Tcp { scheme, host, port, base: url.path().trim_end_matches('/').to_owned() })
    }
}

fn parse_ssh(text: &str) -> Result<SshHost, Failure> {
    let malformed = |why: &str| Failure::new(ConnectFault::AddressMalformed, format!("'{}': {why}", without_password(text)));
    let url = Url::parse(text).map_err(|error| malformed(&error.to_string()))?;
    if url.password().is_some() {
        return Err(malformed("a password has no place in it; use a key"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(malformed("there is more behind the path"));
    }
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    // What begins with a dash would be an option of ssh.
    let is_plain = |text: &str, more: &str| {
        !text.is_empty() && !text.starts_with('-') && text.chars().all(|c| c.is_alphanumeric() || "._-".contains(c) || more.contains(c))
    };
    if !is_plain(host, ":%") {
        return Err(malformed("it has no host that ssh could connect to"));
    }
    let user = (!url.username().is_empty()).then(|| url.username().to_owned());
    if user.as_deref().is_some_and(|user| !is_plain(user, "+\\@")) {
        return Err(malformed("this is no user's name"));
    }
    let socket = Some(url.path()).filter(|path| !matches!(*path, "" | "/")).map(str::to_owned);
    // It stands in a command line on the other side.
    if socket.as_deref().is_some_and(|path| !is_plain(path, "/")) {
        return Err(malformed("the path of the socket may hold letters, digits, dots, dashes, underscores and slashes"));
    }
    Ok(SshHost { user, host: host.to_owned(), port: url.port(), socket })
}

/// An address as it may be shown and logged, also one that should never have had a password in it.
pub fn without_password(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").map_or(("", url), |(scheme, rest)| (scheme, rest));
    let (rest, query) = rest.split_once('?').map_or((rest, ""), |(rest, _)| (rest, "?***"));
    let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let shown = match authority.rsplit_once('@') {
        Some((user, host)) => match user.split_once(':') {
            Some((name, _)) => format!("{name}:***@{host}"),
            None => authority.to_owned(),
        },
        None => authority.to_owned(),
    };
    let glue = if scheme.is_empty() { "" } else { "://" };
    format!("{scheme}{glue}{shown}{path}{query}")
}

/// Without TLS material, as tests and sockets need no more.
impl FromStr for Endpoint {
    type Err = Failure;

    fn from_str(text: &str) -> Result<Self, Failure> {
        Ok(Self { address: Address::parse(text, false)?, tls: None })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Tcp { scheme, host, port, base } => {
                let scheme = match scheme {
                    Scheme::Tcp => "tcp",
                    Scheme::Http => "http",
                    Scheme::Https => "https",
                };
                write!(f, "{scheme}://{host}:{port}{base}")
            }
            Self::Ssh(SshHost { user, host, port, socket }) => {
                f.write_str("ssh://")?;
                if let Some(user) = user {
                    write!(f, "{user}@")?;
                }
                if host.contains(':') { write!(f, "[{host}]") } else { f.write_str(host) }?;
                if let Some(port) = port {
                    write!(f, ":{port}")?;
                }
                f.write_str(socket.as_deref().unwrap_or_default())
            }
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_the_cli_s() {
        for (text, tls, shown) in [
            ("unix:///run/d.sock", false, "unix:///run/d.sock"),
            ("unix://", false, "unix:///var/run/docker.sock"),
            ("tcp://", false, "tcp://localhost:2375"),
            ("tcp://", true, "tcp://localhost:2376"),
            ("tcp://engine.example", true, "tcp://engine.example:2376"),
            ("tcp://engine.example:443", true, "tcp://engine.example:443"),
            ("tcp://[::1]:2375", false, "tcp://[::1]:2375"),
            ("127.0.0.1:2375", false, "tcp://127.0.0.1:2375"),
            (":1", false, "tcp://localhost:1"),
            ("http://127.0.0.1:80/docker/", false, "http://127.0.0.1:80/docker"),
            ("https://Engine.Example", false, "https://engine.example:443"),
            ("ssh://host", false, "ssh://host"),
            ("ssh://me@host:22", false, "ssh://me@host:22"),
            ("ssh://me@[::1]:22/run/d.sock", false, "ssh://me@[::1]:22/run/d.sock"),
        ] {
            assert_eq!(Address::parse(text, tls).unwrap().to_string(), shown, "{text}");
        }
        for wrong in [
            "",
            "/run/docker.sock",
            "unix://relative",
            "unix:",
            "tcp://host:port",
            "tcp://host:0",
            "tcp://host:99999",
            "tcp://me:secret@host",
            "tcp://a b",
            "http://",
            "npipe:////./pipe/docker",
            "gopher://x",
            "ssh://",
            "ssh://me:secret@host",
            "ssh://-oProxyCommand=id",
            "ssh://host/$(id)",
            "ssh://host/a;b",
        ] {
            assert_eq!(Address::parse(wrong, false).unwrap_err().fault, ConnectFault::AddressMalformed, "{wrong}");
        }
    }

    #[test]
    fn passwords_are_not_shown() {
        for (url, shown) in [
            ("tcp://me:p@ss@host:1/x", "tcp://me:***@host:1/x"),
            ("me:secret@host/x", "me:***@host/x"),
            ("ssh://me@host", "ssh://me@host"),
            ("https://host/x?token=abc", "https://host/x?***"),
            ("unix:///run/a@b:c", "unix:///run/a@b:c"),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }

    #[test]
    fn a_host_is_where_others_reach_it_too() {
        for (text, host) in [
            ("unix:///var/run/docker.sock", None),
            ("tcp://localhost:2375", None),
            ("tcp://quay.example:2376", Some("quay.example")),
            ("tcp://[fd00::1]:2376", Some("[fd00::1]")),
            ("ssh://mika@pier-01:22/run/docker.sock", Some("pier-01")),
            ("https://10.0.0.7", Some("10.0.0.7")),
        ] {
            assert_eq!(Address::parse(text, false).unwrap().host().as_deref(), host, "{text}");
        }
    }

    #[test]
    fn only_this_machine_is_local() {
        for (text, local) in [
            ("unix:///a", true),
            ("tcp://127.3.2.1:1", true),
            ("tcp://[::ffff:127.0.0.1]:1", true),
            ("tcp://localhost", true),
            ("tcp://localhost.example", false),
            ("tcp://10.0.0.1", false),
            ("tcp://0.0.0.0", false),
        ] {
            assert_eq!(Address::parse(text, false).unwrap().is_local(), local, "{text}");
        }
    }
}
