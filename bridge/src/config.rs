//! What the command line and the environment say.

use std::{collections::HashSet, net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use http::HeaderName;
use ipnet::IpNet;
use linkspan_shared::{
    account::MAX_DAYS,
    ids::EngineId,
    user::{Role, Scope},
};

use crate::access::{
    oidc::{ClaimRole, parse_role},
    proxy::parse_network,
};

use linkspan_docker::{
    Endpoint, Failure,
    endpoint::{Address, SshHost, without_password},
    environment::{Environment, Found, context_name},
};

#[derive(Debug, Parser)]
#[command(name = "linkspan", version, about = "A dashboard for container engines that a whole team keeps open")]
#[command(args_conflicts_with_subcommands = true, max_term_width = 100)]
pub struct CommandLine {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub serve: Serve,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start the bridge; what `linkspan` alone does
    Serve(Box<Serve>),
    /// Manage users from the shell
    User {
        #[command(subcommand)]
        command: UserCommand,
        #[command(flatten)]
        data: Data,
    },
    /// The record of what was done, by whom
    Audit {
        #[command(subcommand)]
        command: AuditCommand,
        #[command(flatten)]
        data: Data,
    },
    /// Write a consistent copy of the data to a new file, also while the bridge runs
    Backup {
        file: PathBuf,
        #[command(flatten)]
        data: Data,
    },
    /// Put what is in a copy in the place of the data, also while the bridge runs
    Restore {
        file: PathBuf,
        #[command(flatten)]
        data: Data,
    },
    /// Go the way to the engines step by step, and say which step fails, why, and what to do
    Doctor(Engines),
    /// Exit with 0 when the bridge at --listen serves and its default engine is connected
    Healthcheck {
        /// Where the bridge listens
        #[arg(long, value_name = "ADDR:PORT", env = "LINKSPAN_LISTEN", default_value = DEFAULT_LISTEN)]
        listen: SocketAddr,
    },
}

#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Check that no entry was changed, taken out or put in; prints the last one's hash, to be kept elsewhere
    Verify,
    /// Print all entries, a line of JSON each, the oldest first
    Export,
}

#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Create a user, or give one a new password and role
    Add {
        name: String,
        #[arg(long, value_enum)]
        role: RoleName,
        /// What the role is for: an engine's name, or a label as NAME=VALUE; repeatable [default: everything]
        #[arg(long, value_name = "ENGINE|LABEL", value_parser = parse_scope)]
        on: Vec<Scope>,
        /// Read the password from standard input
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// List the users, with their roles
    List,
    /// Print a one-time link with which somebody becomes a user
    Invite {
        #[arg(long, value_enum)]
        role: RoleName,
        /// What the role is for: an engine's name, or a label as NAME=VALUE; repeatable [default: everything]
        #[arg(long, value_name = "ENGINE|LABEL", value_parser = parse_scope)]
        on: Vec<Scope>,
        /// How long the link works
        #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_DAYS)))]
        days: u32,
        #[command(flatten)]
        site: Site,
    },
    /// Keep a user from signing in, and end all of the user's sessions
    Disable { name: String },
    /// Let a disabled user sign in again
    Enable { name: String },
    /// Remove a user and end all of the user's sessions
    Remove { name: String },
    /// Print a one-time link with which to set a new password
    Reset {
        name: String,
        #[command(flatten)]
        site: Site,
    },
}

/// Where people find this Linkspan, as it is served.
#[derive(Args, Debug)]
pub struct Site {
    /// The address people use; the first counts
    #[arg(
        long = "public-url",
        value_name = "URL",
        env = "LINKSPAN_PUBLIC_URL",
        value_delimiter = ',',
        default_value = "http://127.0.0.1:8080"
    )]
    public_urls: Vec<String>,
    /// The path that a proxy serves Linkspan under
    #[arg(long, value_name = "PATH", env = "LINKSPAN_BASE_PATH", default_value = "", value_parser = parse_base_path, hide_default_value = true)]
    base_path: String,
}

impl Site {
    /// What a one-time link begins with.
    pub fn welcome(&self) -> String {
        let url = self.public_urls.first().map(|url| url.trim_end_matches('/')).unwrap_or_default();
        format!("{url}{}/welcome", self.base_path)
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum RoleName {
    /// Looks: tables, logs, figures, with the values of variables hidden
    Viewer,
    /// Starts, stops, pulls, pushes, and commits what is there, too
    Operator,
    /// Runs, edits, builds and removes, opens terminals and files, too; nothing that gives the engine's host away
    Developer,
    /// Does what gives the host away, too, and sets Linkspan up
    Administrator,
}

impl RoleName {
    pub fn role(self) -> Role {
        match self {
            Self::Viewer => Role::Viewer,
            Self::Operator => Role::Operator,
            Self::Developer => Role::Developer,
            Self::Administrator => Role::Administrator,
        }
    }
}

/// `--proxy-role`
fn parse_group_role(text: &str) -> Result<(String, Role), String> {
    let (group, role) = text.rsplit_once(':').ok_or("GROUP:ROLE is expected")?;
    let role = Role::ALL.into_iter().find(|known| known.as_str() == role);
    let role = role.ok_or_else(|| format!("the roles are {}", Role::ALL.map(Role::as_str).join(", ")))?;
    if group.is_empty() { Err("a group has a name".to_owned()) } else { Ok((group.to_owned(), role)) }
}

/// `--base-path`, without a slash at its end; empty for none.
fn parse_base_path(text: &str) -> Result<String, String> {
    let path = text.trim_end_matches('/');
    let is_plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte));
    let is_path = path.is_empty() || path.strip_prefix('/').is_some_and(|rest| rest.split('/').all(|part| is_plain(part) && part != ".."));
    if is_path { Ok(path.to_owned()) } else { Err("a path such as /linkspan: letters, digits and -_.~ between slashes".to_owned()) }
}

/// `--on`: an engine's name, or a label.
fn parse_scope(text: &str) -> Result<Scope, String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok(Scope::Label { name: name.to_owned(), value: value.to_owned() }),
        Some(_) => Err("a label is NAME=VALUE".to_owned()),
        None => engine_name(text).map(Scope::Engine),
    }
}

const DEFAULT_LISTEN: &str = "127.0.0.1:8080";

#[derive(Clone, Debug, Args)]
pub struct Data {
    /// Users, sessions, settings [default: linkspan in the XDG state directory]
    #[arg(long, value_name = "DIR", env = "LINKSPAN_DATA_DIR", global = true)]
    data_dir: Option<PathBuf>,
}

/// Which engines, and how they may be reached.
#[derive(Clone, Debug, Args)]
pub struct Engines {
    /// An engine: unix://, tcp://, http://, https://, ssh://[user@]host or context://NAME; repeatable, the first is the
    /// default one [default: DOCKER_HOST, else the docker context, else the first socket found]
    #[arg(long = "engine", value_name = "[NAME=]URL", env = "LINKSPAN_ENGINES", value_delimiter = ',')]
    urls: Vec<String>,
    /// Reach engines beyond this machine over tcp:// or http:// although nothing is encrypted
    #[arg(long, env = "LINKSPAN_ALLOW_PLAIN_TCP")]
    allow_plain_tcp: bool,
    /// Reach engines over TLS without verifying their certificates
    #[arg(long, env = "LINKSPAN_TLS_NO_VERIFY")]
    tls_no_verify: bool,
}

/// One of them, with what is wrong with its address if something is.
#[derive(Clone, Debug)]
pub struct NamedEngine {
    pub id: EngineId,
    /// As it was given.
    pub url: String,
    pub endpoint: Result<Endpoint, Failure>,
}

#[derive(Clone, Debug, Args)]
pub struct Serve {
    /// Where to listen; port 0 picks a free one
    #[arg(long, value_name = "ADDR:PORT", env = "LINKSPAN_LISTEN", default_value = DEFAULT_LISTEN)]
    pub listen: SocketAddr,
    #[command(flatten)]
    pub engines: Engines,
    /// The engine's host matters: stopping everything asks for its name
    #[arg(long, env = "LINKSPAN_PRODUCTION")]
    pub production: bool,
    #[command(flatten)]
    pub data: Data,
    /// The key that stored registry credentials are encrypted with; made when it is first needed, and never inside the
    /// data directory [default: linkspan/secret.key in the XDG configuration directory]
    #[arg(long, value_name = "FILE", env = "LINKSPAN_SECRET_KEY_FILE")]
    secret_key_file: Option<PathBuf>,
    /// Let everybody pull and push with what `docker login` left on this machine, not administrators alone
    #[arg(long, env = "LINKSPAN_SHARE_DOCKER_LOGIN")]
    pub share_docker_login: bool,
    /// Unattended first run: create the user `admin` with the password in this file
    #[arg(long, value_name = "FILE", env = "LINKSPAN_ADMIN_PASSWORD_FILE")]
    pub admin_password_file: Option<PathBuf>,
    /// Listen beyond loopback although nothing is encrypted
    #[arg(long, env = "LINKSPAN_INSECURE_HTTP", conflicts_with = "tls")]
    pub insecure_http: bool,
    /// Speak HTTPS with the certificate (and its chain) in this PEM file, read again when it changes
    #[arg(long, value_name = "FILE", env = "LINKSPAN_TLS_CERT", requires = "tls_key", group = "tls")]
    pub tls_cert: Option<PathBuf>,
    /// The certificate's key, a PEM file
    #[arg(long, value_name = "FILE", env = "LINKSPAN_TLS_KEY", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Speak HTTPS with a certificate of a CA that Linkspan makes; prints the CA's fingerprint
    #[arg(long, env = "LINKSPAN_TLS_SELF_SIGNED", group = "tls")]
    pub tls_self_signed: bool,
    /// A proxy whose X-Forwarded-For counts, as an address or a network; repeatable
    #[arg(long = "trusted-proxy", value_name = "CIDR", env = "LINKSPAN_TRUSTED_PROXY", value_delimiter = ',', value_parser = parse_network)]
    pub trusted_proxies: Vec<IpNet>,
    /// The header in which a trusted proxy names whom it has signed in, such as Remote-User
    #[arg(long, value_name = "HEADER", env = "LINKSPAN_PROXY_USER_HEADER", requires_all = ["trusted_proxies", "proof", "proxy_roles"])]
    pub proxy_user_header: Option<HeaderName>,
    /// The header in which it names their groups, separated by commas
    #[arg(long, value_name = "HEADER", env = "LINKSPAN_PROXY_GROUPS_HEADER", requires = "proxy_user_header")]
    pub proxy_groups_header: Option<HeaderName>,
    /// A group's role, * for whoever it has signed in; repeatable
    #[arg(long = "proxy-role", value_name = "GROUP:ROLE", env = "LINKSPAN_PROXY_ROLES", value_delimiter = ',', value_parser = parse_group_role)]
    pub proxy_roles: Vec<(String, Role)>,
    /// What the proxy proves itself with, in the header X-Linkspan-Proxy-Secret
    #[arg(long, value_name = "FILE", env = "LINKSPAN_PROXY_SECRET_FILE", requires = "proxy_user_header", group = "proof")]
    pub proxy_secret_file: Option<PathBuf>,
    /// Or by a client certificate of the CA in this PEM file, which has made none for anybody else; over HTTPS alone
    #[arg(long, value_name = "FILE", env = "LINKSPAN_PROXY_CLIENT_CA", requires_all = ["proxy_user_header", "tls"], group = "proof")]
    pub proxy_client_ca: Option<PathBuf>,
    /// An OpenID Connect provider that signs people in; it sends them back to PUBLIC-URL/api/oidc/callback
    #[arg(long, value_name = "URL", env = "LINKSPAN_OIDC_ISSUER", requires_all = ["oidc_client_id", "oidc_roles"])]
    pub oidc_issuer: Option<String>,
    /// What Linkspan is called there
    #[arg(long, value_name = "ID", env = "LINKSPAN_OIDC_CLIENT_ID", requires = "oidc_issuer")]
    pub oidc_client_id: Option<String>,
    /// What Linkspan proves itself with there, where it is a confidential client
    #[arg(long, value_name = "FILE", env = "LINKSPAN_OIDC_CLIENT_SECRET_FILE", requires = "oidc_issuer")]
    pub oidc_client_secret_file: Option<PathBuf>,
    /// The role of whom the provider says this of, such as groups=ops:operator; * for whatever it says; repeatable
    #[arg(long = "oidc-role", value_name = "CLAIM=VALUE:ROLE", env = "LINKSPAN_OIDC_ROLES", value_delimiter = ',', value_parser = parse_role, requires = "oidc_issuer")]
    pub oidc_roles: Vec<ClaimRole>,
    /// The path that a proxy serves Linkspan under
    #[arg(long, value_name = "PATH", env = "LINKSPAN_BASE_PATH", default_value = "", value_parser = parse_base_path, hide_default_value = true)]
    pub base_path: String,
    /// An address people use, beside the listening one; repeatable
    #[arg(long = "public-url", value_name = "URL", env = "LINKSPAN_PUBLIC_URL", value_delimiter = ',')]
    pub public_urls: Vec<String>,
    /// How to write the log on stderr
    #[arg(long, value_enum, env = "LINKSPAN_LOG_FORMAT", default_value = "text")]
    pub log_format: LogFormat,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}

impl Data {
    pub fn dir(&self) -> PathBuf {
        self.data_dir.clone().unwrap_or_else(|| xdg("XDG_STATE_HOME", ".local/state").join("linkspan"))
    }
}

impl Serve {
    pub fn secret_key_file(&self) -> PathBuf {
        self.secret_key_file.clone().unwrap_or_else(|| xdg("XDG_CONFIG_HOME", ".config").join("linkspan/secret.key"))
    }
}

/// The XDG Base Directory Specification: an empty or relative value counts as unset.
fn xdg(variable: &str, below_home: &str) -> PathBuf {
    let set = std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    set.unwrap_or_else(|| std::env::var_os("HOME").map_or_else(|| PathBuf::from("/"), PathBuf::from).join(below_home))
}

impl Engines {
    pub fn environment(&self) -> Environment {
        Environment::read(self.allow_plain_tcp, self.tls_no_verify)
    }

    /// What of the environment does not count, where it names the engine.
    pub fn overruled(&self) -> Option<String> {
        let is_given = self.urls.iter().any(|url| !url.trim().is_empty());
        if is_given { None } else { self.environment().overruled() }
    }

    /// The default one first. Each has a name of its own.
    pub fn named(&self) -> Result<Vec<NamedEngine>, String> {
        let environment = self.environment();
        let given: Vec<&str> = self.urls.iter().map(|url| url.trim()).filter(|url| !url.is_empty()).collect();
        let mut engines = Vec::new();
        if given.is_empty() {
            engines.push(match environment.current() {
                Ok(url) => named(None, &url, &environment)?,
                Err(failure) => {
                    NamedEngine { id: EngineId::new(LOCAL), url: "the docker command's settings".to_owned(), endpoint: Err(failure) }
                }
            });
        }
        for text in given {
            let (name, url) = match text.split_once('=') {
                Some((name, url)) if !name.contains("://") => (Some(name), url),
                _ => (None, text),
            };
            engines.push(named(name, url, &environment)?);
        }
        let mut taken = HashSet::new();
        match engines.iter().find(|engine| !taken.insert(engine.id.clone())) {
            Some(twice) => Err(format!("two engines are called '{}'; name them: --engine NAME=URL", twice.id)),
            None => Ok(engines),
        }
    }
}

fn named(name: Option<&str>, url: &str, environment: &Environment) -> Result<NamedEngine, String> {
    let found = environment.at(url);
    let id = match name {
        Some(name) => engine_name(name)?,
        None => EngineId::new(found.as_ref().map_or_else(|_| unfound_name(url), own_name)),
    };
    // Whatever is wrong with the certificates is wrong now.
    let endpoint = found.and_then(|found| match &found.endpoint.tls {
        Some(material) => material.load().map(|_| found.endpoint),
        None => Ok(found.endpoint),
    });
    Ok(NamedEngine { id, url: if endpoint.is_ok() { url.to_owned() } else { without_password(url) }, endpoint })
}

/// A context that cannot be read still has its name: several may stand side by side.
fn unfound_name(url: &str) -> String {
    let context = context_name(url).and_then(|name| engine_name(name).ok());
    context.map_or_else(|| LOCAL.to_owned(), |id| id.0)
}

const LOCAL: &str = "local";
/// Stands in addresses for all of them.
const ALL: &str = "all";

/// A name as somebody chose it.
pub fn engine_name(name: &str) -> Result<EngineId, String> {
    if !name.starts_with(char::is_alphanumeric)
        || name.len() > 64
        || !name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
    {
        return Err(format!("'{name}' is no name for an engine; use up to 64 letters, digits, dots, dashes and underscores"));
    }
    if name == ALL {
        return Err(format!("'{ALL}' means all engines; choose another name"));
    }
    Ok(EngineId::new(name))
}

/// What an engine is called that nobody has named: its context, its host, or that it is this machine's.
fn own_name(found: &Found) -> String {
    let host = match (&found.name, &found.endpoint.address) {
        (Some(context), _) => context.clone(),
        (None, address) if address.is_local() => LOCAL.to_owned(),
        (None, Address::Tcp { host, .. }) => host.to_string(),
        (None, Address::Ssh(SshHost { host, .. })) => host.clone(),
        (None, Address::Unix(_)) => LOCAL.to_owned(),
    };
    engine_name(&host.replace([':', '[', ']'], "-")).map_or_else(|_| LOCAL.to_owned(), |id| id.0)
}
