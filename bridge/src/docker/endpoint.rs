//! Where an engine listens.

use std::{fmt, path::PathBuf, str::FromStr};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    Unix(PathBuf),
}

#[derive(Debug, thiserror::Error)]
#[error("'{0}' is no engine address this Linkspan can use; give a socket such as unix:///var/run/docker.sock")]
pub struct UnusableEndpoint(String);

/// Docker's own default on Linux.
pub const DEFAULT_SOCKET: &str = "/var/run/docker.sock";

impl FromStr for Endpoint {
    type Err = UnusableEndpoint;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.strip_prefix("unix://") {
            // `unix://` alone means the default socket, as it does for the docker CLI.
            Some("") => Ok(Self::Unix(DEFAULT_SOCKET.into())),
            Some(path) if path.starts_with('/') => Ok(Self::Unix(path.into())),
            _ => Err(UnusableEndpoint(text.to_owned())),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Unix(path) = self;
        write!(f, "unix://{}", path.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        assert_eq!("unix:///run/d.sock".parse::<Endpoint>().unwrap().to_string(), "unix:///run/d.sock");
        assert_eq!("unix://".parse::<Endpoint>().unwrap(), Endpoint::Unix(DEFAULT_SOCKET.into()));
        for wrong in ["", "/run/docker.sock", "unix://relative", "tcp://127.0.0.1:2375", "http://x"] {
            assert!(wrong.parse::<Endpoint>().is_err(), "{wrong}");
        }
    }
}
