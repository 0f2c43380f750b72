//! What the command line and the environment say.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use linkspan_shared::ids::EngineId;

use crate::docker::{Endpoint, endpoint::DEFAULT_SOCKET};

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
    Serve(Serve),
    /// Manage users from the shell
    User {
        #[command(subcommand)]
        command: UserCommand,
        #[command(flatten)]
        data: Data,
    },
    /// Exit with 0 when the bridge at --listen serves
    Healthcheck {
        /// Where the bridge listens
        #[arg(long, value_name = "ADDR:PORT", env = "LINKSPAN_LISTEN", default_value = DEFAULT_LISTEN)]
        listen: SocketAddr,
    },
}

#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Create a user, or give one a new password
    Add {
        name: String,
        #[arg(long, value_enum)]
        role: RoleName,
        /// Read the password from standard input
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// List the users
    List,
    /// Remove a user and end all of the user's sessions
    Remove { name: String },
    /// Print a one-time link with which to set a new password
    Reset {
        name: String,
        /// The address people use
        #[arg(long, value_name = "URL", env = "LINKSPAN_PUBLIC_URL", default_value = "http://127.0.0.1:8080")]
        public_url: String,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum RoleName {
    Administrator,
}

const DEFAULT_LISTEN: &str = "127.0.0.1:8080";

#[derive(Clone, Debug, Args)]
pub struct Data {
    /// Users, sessions, settings [default: linkspan in the XDG state directory]
    #[arg(long, value_name = "DIR", env = "LINKSPAN_DATA_DIR", global = true)]
    data_dir: Option<PathBuf>,
}

#[derive(Clone, Debug, Args)]
pub struct Serve {
    /// Where to listen; port 0 picks a free one
    #[arg(long, value_name = "ADDR:PORT", env = "LINKSPAN_LISTEN", default_value = DEFAULT_LISTEN)]
    pub listen: SocketAddr,
    /// The engine, such as unix:///var/run/docker.sock [default: DOCKER_HOST, else the first socket found]
    #[arg(long = "engine", value_name = "[NAME=]URL", env = "LINKSPAN_ENGINES")]
    pub engine: Option<String>,
    /// The engine's host matters: stopping everything asks for its name
    #[arg(long, env = "LINKSPAN_PRODUCTION")]
    pub production: bool,
    #[command(flatten)]
    pub data: Data,
    /// Unattended first run: create the user `admin` with the password in this file
    #[arg(long, value_name = "FILE", env = "LINKSPAN_ADMIN_PASSWORD_FILE")]
    pub admin_password_file: Option<PathBuf>,
    /// Listen beyond loopback although nothing is encrypted
    #[arg(long)]
    pub insecure_http: bool,
    /// An address people use, beside the listening one; repeatable
    #[arg(long = "public-url", value_name = "URL", env = "LINKSPAN_PUBLIC_URL", value_delimiter = ',')]
    pub public_urls: Vec<String>,
    /// How to write the log on stderr
    #[arg(long, value_enum, default_value = "text")]
    pub log_format: LogFormat,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}

impl Data {
    pub fn dir(&self) -> PathBuf {
        let home = || std::env::var_os("HOME").map_or_else(|| PathBuf::from("/"), PathBuf::from);
        self.data_dir.clone().unwrap_or_else(|| {
            // The XDG Base Directory Specification: an empty or relative value counts as unset.
            std::env::var_os("XDG_STATE_HOME")
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
                .unwrap_or_else(|| home().join(".local/state"))
                .join("linkspan")
        })
    }
}

impl Serve {
    /// The engine's name and address.
    pub fn engine(&self) -> Result<(EngineId, Endpoint), String> {
        let given = self.engine.clone().or_else(|| std::env::var("DOCKER_HOST").ok().filter(|host| !host.is_empty()));
        let text = given.unwrap_or_else(default_endpoint);
        let (name, url) = match text.split_once('=') {
            Some((name, url)) if !name.contains("://") => (name, url),
            _ => ("local", text.as_str()),
        };
        if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.')) {
            return Err(format!("'{name}' is no name for an engine; use letters, digits, dots, dashes and underscores"));
        }
        Ok((EngineId::new(name), url.parse().map_err(|error: crate::docker::endpoint::UnusableEndpoint| error.to_string())?))
    }
}

/// The first socket that is there, the platform's default if none is.
fn default_endpoint() -> String {
    let runtime = std::env::var("XDG_RUNTIME_DIR").ok();
    let rootless = runtime.iter().flat_map(|dir| [format!("{dir}/docker.sock"), format!("{dir}/podman/podman.sock")]);
    let found = std::iter::once(DEFAULT_SOCKET.to_owned()).chain(rootless).find(|path| std::path::Path::new(path).exists());
    format!("unix://{}", found.unwrap_or_else(|| DEFAULT_SOCKET.to_owned()))
}
