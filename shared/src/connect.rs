//! On the way to an engine: the steps, and what can go wrong at each.

use serde::{Deserialize, Serialize};

use crate::problem::Problem;

/// In the order in which they are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectStep {
    /// The address is understood, its certificates are read.
    Address,
    /// The host's name has an address.
    Name,
    /// Somebody listens there.
    Connection,
    /// TLS: chain, host name, expiry, client certificate. Or what ssh does.
    Encryption,
    /// It is an engine, and both know an API version.
    Version,
    /// It lets this Linkspan ask.
    Permission,
}

impl ConnectStep {
    pub const ALL: [Self; 6] = [Self::Address, Self::Name, Self::Connection, Self::Encryption, Self::Version, Self::Permission];
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepOutcome {
    /// With what was found: addresses, the certificate's name and its last day, versions.
    Passed(String),
    /// With the reason: a socket has no host name.
    NotNeeded(String),
    /// An earlier step failed.
    NotReached,
    Failed(Problem),
}

/// What the connection doctor found at one step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Examined {
    pub step: ConnectStep,
    pub outcome: StepOutcome,
}

macro_rules! faults {
    ($($(#[$doc:meta])* $name:ident at $step:ident: $what:literal, $advice:literal;)*) => {
        /// Why an engine cannot be reached, as far as it can be told apart.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum ConnectFault {
            $($(#[$doc])* $name,)*
        }

        impl ConnectFault {
            pub const ALL: &[Self] = &[$(Self::$name),*];

            pub fn step(self) -> ConnectStep {
                match self {
                    $(Self::$name => ConnectStep::$step,)*
                }
            }

            /// What is wrong, in English.
            pub fn what(self) -> &'static str {
                match self {
                    $(Self::$name => $what,)*
                }
            }

            /// What to do about it, in English.
            pub fn advice(self) -> &'static str {
                match self {
                    $(Self::$name => $advice,)*
                }
            }
        }
    };
}

// The words stand here and not in the browser's catalogue alone, because `linkspan doctor` says them, too.
faults! {
    AddressMalformed at Address:
        "the address is not one of an engine",
        "give one such as unix:///var/run/docker.sock, tcp://host:2376, https://host:2376, ssh://user@host or context://name";
    /// A docker context that cannot be read.
    ContextUnusable at Address:
        "the docker context cannot be used",
        "“docker context ls” shows those that exist; DOCKER_CONFIG says where they and config.json are";
    /// `ca.pem`, `cert.pem` or `key.pem` is missing, unreadable, malformed or of another pair.
    CertificateFile at Address:
        "a certificate file cannot be used",
        "DOCKER_CERT_PATH (or the context) must hold ca.pem, cert.pem and key.pem in PEM, readable by the user that Linkspan runs as";
    /// A certificate on this side is past its last day, or its first is still to come.
    OwnCertificateExpired at Address:
        "a certificate on this side is not valid now",
        "renew it with the engine's CA and replace the file in DOCKER_CERT_PATH; also compare this machine's clock";
    /// An unencrypted connection beyond this machine.
    PlainRefused at Address:
        "nothing would be encrypted, and anybody on the way could take over the engine's host",
        "use TLS (DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH, or https://) or ssh://, or accept the risk with --allow-plain-tcp";
    /// A docker context that skips verification.
    UnverifiedRefused at Address:
        "the docker context skips the verification of the engine's certificate",
        "put the engine's CA into the context (“docker context update”), or accept the risk with --tls-no-verify";
    NameUnknown at Name:
        "no address is known for the host's name",
        "check how the host is spelled and that the machine of Linkspan can resolve it (“getent hosts NAME”)";
    SocketMissing at Connection:
        "there is no socket at this path",
        "start the engine (“systemctl start docker”, “systemctl --user start podman.socket”), or correct the path; in a container, mount the socket";
    SocketForbidden at Connection:
        "permission denied on the socket",
        "add the user that Linkspan runs as to the docker group (“usermod -aG docker USER”) and start it anew, or give it the socket's group (“--group-add” in a container)";
    Refused at Connection:
        "nobody listens at this address",
        "the engine is stopped, or listens elsewhere: check with “systemctl status docker” on its host, and that it was started with this -H address";
    NoRoute at Connection:
        "there is no way through the network to this address",
        "check the network and any VPN between Linkspan and the engine";
    TimedOut at Connection:
        "no answer in time",
        "the host is down, a firewall drops the packets, or the engine is stuck: check it on its host";
    /// 502 to 504.
    Gateway at Connection:
        "a proxy before the engine cannot reach it",
        "start the engine behind the proxy, or correct the proxy's address of it";
    /// Something in between ended the connection.
    Lost at Connection:
        "the connection was lost",
        "the engine ended, or something between it and Linkspan cut the connection; it is tried again by itself";
    SshMissing at Connection:
        "the program ssh cannot be started",
        "install OpenSSH's client on the machine of Linkspan";
    /// The server does not speak TLS.
    PlainExpected at Encryption:
        "the engine does not speak TLS at this address",
        "use http://host:port or unset DOCKER_TLS_VERIFY if the engine is meant to be reached without encryption, else start it with --tlsverify";
    /// The server speaks only TLS.
    TlsExpected at Encryption:
        "the engine speaks TLS at this address, and was spoken to without",
        "set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH, or use https://";
    UnknownIssuer at Encryption:
        "the engine's certificate was not issued by a CA that is trusted here",
        "put the CA that issued it into ca.pem in DOCKER_CERT_PATH (for a context: “docker context update”); if the certificate is not the engine's, somebody is in between";
    WrongName at Encryption:
        "the engine's certificate is for another host",
        "use the name or address that is in the certificate, or issue one with this host in its subjectAltName";
    CertificateExpired at Encryption:
        "the engine's certificate is past its last day",
        "renew the certificate on the engine's host";
    CertificateNotYetValid at Encryption:
        "the engine's certificate is not valid yet",
        "compare the clocks of both machines, or wait for its first day";
    CertificateBad at Encryption:
        "the engine's certificate cannot be accepted",
        "issue a new one for the engine: X.509 v3 with a subjectAltName and, if it limits its usage, serverAuth";
    ClientCertificateMissing at Encryption:
        "the engine asks for a client certificate, and none is configured",
        "put cert.pem and key.pem, issued by the engine's CA, into DOCKER_CERT_PATH";
    ClientCertificateRefused at Encryption:
        "the engine does not accept this side's certificate",
        "issue cert.pem and key.pem with the CA that the engine was started with (--tlscacert), usable for clientAuth and not expired";
    TlsFailed at Encryption:
        "the two sides could not agree on TLS",
        "both need TLS 1.2 or newer; the engine's log says what it was refused for";
    SshHostKey at Encryption:
        "ssh does not know the host's key, or it has changed",
        "connect once by hand as the user that Linkspan runs as (“ssh HOST”) and compare the fingerprint before accepting it";
    SshDenied at Encryption:
        "ssh is not let in",
        "put a key without a passphrase, or an agent, at the disposal of the user that Linkspan runs as; “ssh -o BatchMode=yes HOST true” must work";
    SshNoDocker at Version:
        "the docker command does not run on the host",
        "install the docker CLI 18.09 or newer there, in the PATH of a login by ssh (“ssh HOST docker version” must work)";
    SshFailed at Connection:
        "ssh could not connect",
        "“ssh HOST docker version” by hand, as the user that Linkspan runs as, shows more";
    /// Whatever answers speaks HTTP without being an engine, or no HTTP at all.
    NotAnEngine at Version:
        "what answers is not an engine",
        "check the port: an engine answers GET /version with its versions";
    Incompatible at Version:
        "the engine and this Linkspan have no API version in common",
        "update whichever of the two is older";
    Forbidden at Permission:
        "the engine, or a proxy before it, does not allow it",
        "an authorisation plugin or a socket proxy is in between: let it allow GET /info, /events, /containers and /images";
    Failing at Permission:
        "the engine answers with an error of its own",
        "its log says more (“journalctl -u docker”)";
}
