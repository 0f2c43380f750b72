//! Who Linkspan is to a registry: what administrators stored, what `docker login` left, what somebody typed.
//!
//! A secret goes from here to the engine, and nowhere else.

mod docker_login;
mod vault;

use std::{path::PathBuf, sync::Arc};

use linkspan_docker::auth::{Login, Logins, RegistryAuth};
use linkspan_shared::{
    call::StoreCredential,
    credential::{CredentialKind, CredentialUse, Credentials as Choice, DockerLogins, StoredCredential},
    ids::UserName,
    problem::{Problem, ProblemCode},
    reference::Reference,
    time::Timestamp,
    user::{Role, User},
};
use parking_lot::Mutex;

use crate::{
    database::{Database, StoreError, readable},
    hub::{now, table::Table},
    owned,
};
use docker_login::{DockerLogin, server_of};
use vault::{Vault, VaultError};

/// Credentials that can be stored.
const STORED: usize = 256;
/// Bytes of a name, a user name; and of a secret.
const LONGEST: usize = 256;
const LONGEST_SECRET: usize = 64 << 10;

pub struct Credentials {
    /// Without their secrets.
    pub stored: Table<StoredCredential>,
    database: Arc<Database>,
    vault: Vault,
    docker_login: DockerLogin,
    /// Everybody may use what `docker login` left.
    shared: bool,
    /// Held while one is stored or removed, so that database and table agree.
    changing: Mutex<()>,
}

impl Credentials {
    pub fn open(
        database: Arc<Database>,
        key_file: PathBuf,
        data_dir: PathBuf,
        docker_config: PathBuf,
        shared: bool,
    ) -> Result<Self, StoreError> {
        let stored = Table::default();
        let rows = read(&database)?;
        stored.write(|table| table.replace(rows));
        let vault = Vault::new(key_file, data_dir);
        Ok(Self { stored, database, vault, docker_login: DockerLogin { folder: docker_config }, shared, changing: Mutex::default() })
    }

    /// What to sign in to the registry of `reference` with.
    pub async fn login(self: &Arc<Self>, choice: &Choice, reference: &Reference, user: &User) -> Result<Login, Problem> {
        let registry = reference.registry.as_str();
        match choice {
            Choice::None => Ok(Login::default()),
            Choice::Typed { username, password } => {
                let auth = RegistryAuth {
                    username: username.clone(),
                    password: password.expose().to_owned(),
                    server: server_of(registry),
                    ..RegistryAuth::default()
                };
                Ok(Login { auth: Some(auth), used: CredentialUse::Typed { username: username.clone() }, trouble: String::new() })
            }
            Choice::Stored(name) => {
                let row = self.stored.read(|rows| rows.get(name).cloned());
                let row = row.ok_or_else(|| Problem::new(ProblemCode::NotFound, name, "no such credential is stored"))?;
                // Else whoever may pull could have any password sent to a registry of their own.
                if row.registry != registry {
                    let why = format!("it is for {}, and {reference} is in {registry}", row.registry);
                    return Err(Problem::new(ProblemCode::Invalid, name, why));
                }
                self.unseal(row).await
            }
            Choice::Automatic => Ok(self.automatic(registry, user).await),
        }
    }

    /// What cannot be read is no reason not to ask for an image that may be anybody's; it is told if the registry refuses.
    async fn automatic(self: &Arc<Self>, registry: &str, user: &User) -> Login {
        let mut trouble = String::new();
        if self.may_use_docker_login(user) {
            match self.docker_login.find(registry).await {
                Ok(Some(auth)) => {
                    let used = CredentialUse::DockerLogin { registry: registry.to_owned() };
                    return Login { auth: Some(auth), used, trouble };
                }
                Ok(None) => {}
                Err(error) => trouble = error.to_string(),
            }
        }
        let row = self.stored.read(|rows| rows.rows().filter(|row| row.registry == registry).min_by(|a, b| a.name.cmp(&b.name)).cloned());
        let Some(row) = row else { return Login { trouble, ..Login::default() } };
        match self.unseal(row).await {
            Ok(login) => Login { trouble, ..login },
            Err(problem) => {
                let all = [trouble, problem.detail].into_iter().filter(|said| !said.is_empty()).collect::<Vec<_>>();
                Login { trouble: all.join("; "), ..Login::default() }
            }
        }
    }

    /// For builds, which may begin with images of several registries: by the registry's address.
    pub async fn logins(self: &Arc<Self>, choice: &Choice, user: &User) -> Logins {
        let mut logins = Logins::default();
        if *choice == Choice::None {
            return logins;
        }
        let mut rows = self.stored.read(|rows| rows.rows().cloned().collect::<Vec<_>>());
        rows.sort_by(|a, b| b.name.cmp(&a.name));
        for row in rows {
            let name = row.name.clone();
            match self.unseal(row).await {
                Ok(login) => logins.found.extend(login.auth.map(|auth| (auth.server.clone(), auth))),
                Err(problem) => logins.trouble.push(format!("{name}: {}", problem.detail)),
            }
        }
        if self.may_use_docker_login(user) {
            let (found, trouble) = self.docker_login.all().await;
            logins.found.extend(found.into_iter().map(|auth| (auth.server.clone(), auth)));
            logins.trouble.extend(trouble);
        }
        logins
    }

    pub async fn docker_logins(&self, user: &User) -> Result<DockerLogins, Problem> {
        let usable = self.may_use_docker_login(user);
        if !usable {
            return Ok(DockerLogins { shared: self.shared, ..DockerLogins::default() });
        }
        let (registries, store) = self
            .docker_login
            .registries()
            .await
            .map_err(|error| Problem::new(ProblemCode::CredentialsUnreadable, "docker login", error.to_string()))?;
        Ok(DockerLogins { registries, store, shared: self.shared, usable })
    }

    pub fn store(&self, by: UserName, call: StoreCredential) -> Result<(), Problem> {
        let refused = |why: &str| Err(Problem::new(ProblemCode::Invalid, &call.name, why));
        let name = call.name.trim();
        let username = call.username.trim();
        if name.is_empty() || name.len() > LONGEST || name.chars().any(char::is_control) {
            return refused("a name is needed, of up to 256 characters");
        }
        if username.len() > LONGEST || username.chars().any(|c| c.is_control() || c == ':') {
            return refused("a user name has up to 256 characters, and no colon");
        }
        if call.secret.expose().is_empty() || call.secret.expose().len() > LONGEST_SECRET {
            return refused("a password or token is needed, of up to 64 KiB");
        }
        let host = call.registry.trim();
        if host.is_empty() {
            return refused("the registry's host is needed, such as registry.example:5000");
        }
        let registry = match Reference::parse(&format!("{host}/image")) {
            Ok(found) if found.registry == host || host == "index.docker.io" => found.registry,
            _ => {
                return refused(
                    "the registry is a host alone, without https:// and without a path, such as registry.example:5000 or docker.io",
                );
            }
        };
        let row = StoredCredential {
            name: name.to_owned(),
            registry,
            kind: match username {
                "" => CredentialKind::IdentityToken,
                username => CredentialKind::Password { username: username.to_owned() },
            },
            stored_by: by,
            stored: now(),
        };
        let _alone = self.changing.lock();
        if self.stored.read(|rows| rows.get(&row.name).is_none() && rows.rows().count() >= STORED) {
            return Err(Problem::new(ProblemCode::TooMany, "credentials", format!("{STORED} at most")));
        }
        let is_first = self.stored.read(|rows| rows.rows().next().is_none());
        let sealed = self.vault.seal(&call.secret, &about(&row), is_first).map_err(|error| unreadable(&row.name, &error))?;
        let stored = self.database.lock().execute(
            "INSERT INTO credentials (name, registry, username, sealed, stored_by, stored) VALUES (?, ?, ?, ?, ?, ?)
             ON CONFLICT (name) DO UPDATE SET registry = excluded.registry, username = excluded.username,
             sealed = excluded.sealed, stored_by = excluded.stored_by, stored = excluded.stored",
            rusqlite::params![row.name, row.registry, username, sealed, row.stored_by.0, row.stored.0],
        );
        stored.map_err(|error| internal(&row.name, &error.into()))?;
        tracing::info!(credential = row.name, registry = row.registry, by = %row.stored_by, "a credential was stored");
        self.stored.write(|rows| rows.upsert(row));
        Ok(())
    }

    pub fn remove(&self, name: &str) -> Result<(), Problem> {
        let _alone = self.changing.lock();
        let removed = self.database.lock().execute("DELETE FROM credentials WHERE name = ?", [name]);
        if removed.map_err(|error| internal(name, &error.into()))? == 0 {
            return Err(Problem::new(ProblemCode::NotFound, name, "no such credential is stored"));
        }
        self.stored.write(|rows| rows.remove(&name.to_owned()));
        Ok(())
    }

    fn may_use_docker_login(&self, user: &User) -> bool {
        self.shared || user.role_everywhere() == Some(Role::Administrator)
    }

    async fn unseal(self: &Arc<Self>, row: StoredCredential) -> Result<Login, Problem> {
        let credentials = self.clone();
        owned::blocking(move || credentials.unseal_now(&row)).await
    }

    fn unseal_now(&self, row: &StoredCredential) -> Result<Login, Problem> {
        let sealed: Vec<u8> = self
            .database
            .lock()
            .query_row("SELECT sealed FROM credentials WHERE name = ?", [&row.name], |row| row.get(0))
            .map_err(|error| internal(&row.name, &error.into()))?;
        let secret = self.vault.open(&sealed, &about(row)).map_err(|error| unreadable(&row.name, &error))?.expose().to_owned();
        let mut auth = RegistryAuth { server: server_of(&row.registry), ..RegistryAuth::default() };
        match &row.kind {
            CredentialKind::IdentityToken => auth.identity_token = secret,
            CredentialKind::Password { username } => (auth.username, auth.password) = (username.clone(), secret),
        }
        Ok(Login { auth: Some(auth), used: CredentialUse::Stored { name: row.name.clone() }, trouble: String::new() })
    }
}

/// A sealed secret opens for this name, registry and user alone.
fn about(row: &StoredCredential) -> String {
    let username = match &row.kind {
        CredentialKind::IdentityToken => "",
        CredentialKind::Password { username } => username,
    };
    [row.name.as_str(), &row.registry, username].join("\0")
}

fn read(database: &Database) -> Result<Vec<StoredCredential>, StoreError> {
    let connection = database.lock();
    let mut query = connection.prepare("SELECT name, registry, username, stored_by, stored FROM credentials")?;
    let rows = query.query_map([], |row| {
        let username: String = row.get(2)?;
        Ok(StoredCredential {
            name: row.get(0)?,
            registry: row.get(1)?,
            kind: if username.is_empty() { CredentialKind::IdentityToken } else { CredentialKind::Password { username } },
            stored_by: UserName(row.get(3)?),
            stored: Timestamp(row.get(4)?),
        })
    })?;
    Ok(readable("a credential", rows))
}

fn unreadable(name: &str, error: &VaultError) -> Problem {
    Problem::new(ProblemCode::CredentialsUnreadable, name, error.to_string())
}

fn internal(name: &str, error: &StoreError) -> Problem {
    tracing::error!(%error, "the database of credentials failed");
    Problem::new(ProblemCode::Internal, name, "")
}
