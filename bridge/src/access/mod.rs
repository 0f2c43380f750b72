//! Who may do what: users, their sessions, one-time links, and the one seam that decides.

mod attempts;
pub mod oidc;
pub mod origin;
mod passkeys;
mod password;
pub mod proxy;
pub mod sso;
mod store;

use std::{net::IpAddr, sync::Arc, time::Duration};

use linkspan_shared::{
    account::{Accounts, Token},
    credential::Secret,
    ids::UserName,
    time::Timestamp,
    user::{AccessProblem, Grant, PASSWORD_MAXIMUM, PASSWORD_MINIMUM, Role, User},
};
use parking_lot::Mutex;
use tokio::sync::watch;

pub use store::{Changed, DEVICE_SECONDS, Link, SESSION_SECONDS};

use crate::{
    database::{Database, StoreError},
    owned,
};

use attempts::{Attempts, From};
use passkeys::UnderWay;
use password::Hasher;
use sso::External;
use store::{By, Store};

/// Signed-out and replaced sessions must end their websockets at once; this counts such changes.
type Revocations = watch::Sender<u64>;

pub struct Access {
    store: Store,
    hasher: Hasher,
    attempts: Mutex<Attempts>,
    under_way: Mutex<UnderWay>,
    revocations: Revocations,
    /// Names the cookie: several Linkspans on one host differ by port alone, which cookies do not heed (RFC 6265, 8.5).
    pub instance: String,
}

/// Another process may have changed something, the command line say: it is looked for this often. Costs no disk.
const LOOK: Duration = Duration::from_millis(500);

/// Stands for the names of all who come back from a provider; none is spelt so.
const EXTERNAL: &str = " provider";

/// A session that has just begun.
pub struct SignedIn {
    pub user: User,
    /// Goes into the cookie; only its hash is stored.
    pub token: String,
    /// Tells next time that this person signs in from here; as well only its hash is stored.
    pub device: String,
}

/// From where somebody tries to get in.
pub struct Caller<'a> {
    pub address: IpAddr,
    /// What an earlier sign-in left in the browser.
    pub device: Option<&'a str>,
    /// What the browser calls itself.
    pub agent: &'a str,
}

impl Access {
    pub fn new(database: Arc<Database>) -> Result<Self, StoreError> {
        let store = Store::new(database);
        Ok(Self {
            instance: store.instance()?,
            store,
            hasher: Hasher::default(),
            attempts: Mutex::default(),
            under_way: Mutex::default(),
            revocations: watch::Sender::new(0),
        })
    }

    pub async fn has_users(&self) -> Result<bool, AccessProblem> {
        self.ask(Store::has_users).await.map_err(internal)
    }

    pub async fn users(&self) -> Result<Vec<User>, StoreError> {
        self.ask(Store::users).await
    }

    async fn ask<T: Send + 'static>(&self, ask: impl FnOnce(&Store) -> Result<T, StoreError> + Send + 'static) -> Result<T, StoreError> {
        let store = self.store.clone();
        owned::blocking(move || ask(&store)).await
    }

    /// A new one-time token; whoever has it may create the first administrator, or set a new password.
    pub async fn new_link(&self, link: Link) -> Result<String, StoreError> {
        self.ask(move |store| store.add_link(&link)).await
    }

    pub async fn create_user(&self, name: &str, password: Secret, grants: Vec<Grant>) -> Result<User, AccessProblem> {
        let name = check_name(name)?;
        let hash = self.hasher.hash(check_password(password)?).await.ok_or(AccessProblem::Internal)?;
        let user = User { name, grants };
        let new = user.clone();
        self.ask(move |store| store.put_user(&new, &hash)).await.map_err(internal)?;
        self.revoke(&user.name).await?;
        Ok(user)
    }

    /// `even_last`: also the last administrator, as whoever has the database may.
    pub async fn remove_user(&self, name: String, even_last: bool) -> Result<Changed, StoreError> {
        self.changed(move |store| store.remove_user(&name, even_last)).await
    }

    /// What somebody may, or whether they may sign in at all; all that they have open ends.
    pub async fn change_user(
        &self,
        name: UserName,
        grants: Option<Vec<Grant>>,
        disabled: Option<bool>,
        even_last: bool,
    ) -> Result<Changed, StoreError> {
        self.changed(move |store| store.change_user(&name.0, grants.as_deref(), disabled, even_last)).await
    }

    /// Everywhere.
    pub async fn end_sessions(&self, name: UserName) -> Result<(), StoreError> {
        self.changed(move |store| store.remove_sessions_of(&name, None)).await
    }

    pub async fn accounts(&self) -> Result<Accounts, StoreError> {
        self.ask(|store| Ok(Accounts { people: store.accounts()?, invitations: store.invitations()? })).await
    }

    /// Since when this person is called so.
    pub async fn since(&self, name: UserName) -> Result<Timestamp, StoreError> {
        self.ask(move |store| store.since(&name)).await
    }

    /// Somebody is called so.
    pub async fn is_known(&self, name: &str) -> bool {
        let name = name.to_owned();
        self.ask(move |store| store.is_taken(&name)).await.unwrap_or(false)
    }

    /// Who may give somebody a role.
    pub async fn administrators(&self) -> Result<Vec<String>, AccessProblem> {
        self.ask(Store::administrators).await.map_err(internal)
    }

    /// `false`: there is none of this ID.
    pub async fn remove_invitation(&self, id: String) -> Result<bool, StoreError> {
        self.changed(move |store| store.remove_link(&id)).await
    }

    pub async fn tokens(&self, of: UserName) -> Result<Vec<Token>, StoreError> {
        self.ask(move |store| store.tokens(&of)).await
    }

    /// Its secret, which is told once.
    pub async fn new_token(&self, of: UserName, name: String, role: Role, seconds: Option<i64>) -> Result<String, StoreError> {
        self.changed(move |store| Ok(store.add_token(&of, &name, role, seconds)?.1)).await
    }

    /// `false`: this person has none of this ID.
    pub async fn remove_token(&self, of: UserName, id: String) -> Result<bool, StoreError> {
        self.changed(move |store| store.remove_token(&of, &id)).await
    }

    async fn changed<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let outcome = self.ask(change).await;
        self.revocations.send_modify(|count| *count += 1);
        outcome
    }

    /// Until it is dropped: what other processes change in the database is noticed.
    pub async fn watch(&self) {
        let mut known = None;
        loop {
            match self.ask(Store::version).await {
                Ok(version) => {
                    if known.is_some_and(|known| known != version) {
                        self.revocations.send_modify(|count| *count += 1);
                    }
                    known = Some(version);
                }
                Err(error) => tracing::warn!(%error, "whether users have changed cannot be read"),
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    pub async fn sign_in(&self, caller: Caller<'_>, name: &str, password: Secret) -> Result<SignedIn, AccessProblem> {
        let _place = self.hasher.place().ok_or(AccessProblem::TooManyAttempts { retry_after_seconds: 1 })?;
        let (user, hash) = self.verified(&caller, name, password).await?;
        // Not when the password was changed meanwhile: that has ended all sessions.
        self.begin(user, By::Password(hash), &caller).await?.ok_or(AccessProblem::WrongCredentials)
    }

    /// `None`: not any more.
    async fn begin(&self, user: User, by: By, caller: &Caller<'_>) -> Result<Option<SignedIn>, AccessProblem> {
        let (name, agent) = (user.name.clone(), caller.agent.to_owned());
        let begun = move |store: &Store| {
            let Some(token) = store.add_session(&name, &by, &agent)? else { return Ok(None) };
            Ok(Some((token, store.add_device(&name)?)))
        };
        let begun = self.ask(begun).await.map_err(internal)?;
        Ok(begun.map(|(token, device)| SignedIn { user, token, device }))
    }

    /// By whoever knows the present one; of the user's sessions only that of `session_token` stays.
    pub async fn change_password(
        &self,
        caller: Caller<'_>,
        user: &UserName,
        session_token: &str,
        current: Secret,
        new: Secret,
    ) -> Result<User, AccessProblem> {
        let new = check_password(new)?;
        let (user, before) = self.verified_again(&caller, user, current).await?;
        let hash = self.hasher.hash(new).await.ok_or(AccessProblem::Internal)?;
        let (name, token) = (user.name.clone(), session_token.to_owned());
        let changed = self.ask(move |store| store.change_password(&name, &before, &hash, &token)).await.map_err(internal)?;
        self.revocations.send_modify(|count| *count += 1);
        if changed { Ok(user) } else { Err(AccessProblem::WrongCredentials) }
    }

    /// Whose password it is, and its hash.
    async fn verified(&self, caller: &Caller<'_>, name: &str, password: Secret) -> Result<(User, String), AccessProblem> {
        let device = self.known_device(caller, name).await?;
        let from = From { address: caller.address, device: device.as_deref() };
        self.attempts().begin(from, name)?;
        if password.expose().len() > PASSWORD_MAXIMUM {
            return Err(AccessProblem::WrongCredentials);
        }
        let called = name.to_owned();
        let known = self.ask(move |store| store.user(&called)).await.map_err(internal)?;
        // Whoever signs in elsewhere has none: nobody learns that by the time it takes.
        let (user, hash) = known.filter(|(_, hash)| !hash.is_empty()).unzip();
        // An unknown name takes as long as a wrong password.
        let right = self.hasher.verify(password, hash.clone()).await;
        let verified = user.zip(hash).filter(|_| right).ok_or(AccessProblem::WrongCredentials)?;
        self.attempts().succeeded(from, name);
        Ok(verified)
    }

    /// Whoever is signed in says their password once more, where it is not somebody else who signs them in.
    async fn verified_again(&self, caller: &Caller<'_>, user: &UserName, password: Secret) -> Result<(User, String), AccessProblem> {
        let _place = self.hasher.place().ok_or(AccessProblem::TooManyAttempts { retry_after_seconds: 1 })?;
        let name = user.0.clone();
        let known = self.ask(move |store| store.user(&name)).await.map_err(internal)?;
        if known.is_some_and(|(_, hash)| hash.is_empty()) {
            return Err(AccessProblem::NoPassword);
        }
        self.verified(caller, &user.0, password).await
    }

    /// The caller's device, if this person has signed in there before.
    async fn known_device(&self, caller: &Caller<'_>, name: &str) -> Result<Option<String>, AccessProblem> {
        let Some(device) = caller.device.map(str::to_owned) else { return Ok(None) };
        let name = name.to_owned();
        let known = move |store: &Store| Ok(store.knows_device(&device, &name)?.then_some(device));
        self.ask(known).await.map_err(internal)
    }

    /// Uses a one-time link up.
    pub async fn welcome(&self, caller: Caller<'_>, token: &Secret, name: &str, password: Secret) -> Result<SignedIn, AccessProblem> {
        let _place = self.hasher.place().ok_or(AccessProblem::TooManyAttempts { retry_after_seconds: 1 })?;
        let from = From { address: caller.address, device: None };
        self.attempts().begin(from, "")?;
        let asked = token.expose().to_owned();
        let link = self.ask(move |store| store.link(&asked)).await.map_err(internal)?.ok_or(AccessProblem::TokenInvalid)?;
        self.attempts().succeeded(from, "");
        let name = match &link {
            Link::SetUp | Link::Invite { .. } => check_name(name)?,
            Link::Reset(user) => user.clone(),
        };
        if matches!(link, Link::Invite { .. }) {
            let wanted = name.clone();
            if self.ask(move |store| store.is_taken(&wanted.0)).await.map_err(internal)? {
                return Err(AccessProblem::UserNameTaken);
            }
        }
        let hash = self.hasher.hash(check_password(password)?).await.ok_or(AccessProblem::Internal)?;
        let token = token.expose().to_owned();
        let user = self.ask(move |store| store.redeem(&token, &name, &hash)).await.map_err(internal)?.ok_or(AccessProblem::TokenInvalid)?;
        self.revoke(&user.name).await?;
        self.begin(user, By::Word, &caller).await?.ok_or(AccessProblem::TokenInvalid)
    }

    /// Somebody whom somebody else has signed in: known by where that was and by what they are called there. They may what their groups
    /// there say now.
    pub async fn sign_in_external(
        &self,
        caller: Caller<'_>,
        origin: &str,
        subject: &str,
        external: External,
    ) -> Result<SignedIn, AccessProblem> {
        let name = check_name(&external.name)?;
        let (origin, subject, grants) = (origin.to_owned(), subject.to_owned(), external.grants);
        let put = self.ask(move |store| store.put_external(&origin, &subject, &name, &grants)).await.map_err(internal)?;
        let (user, is_changed) = match put {
            store::External::Signed { user, is_changed } => (user, is_changed),
            store::External::NoRole => return Err(AccessProblem::NoRole),
            store::External::Taken => return Err(AccessProblem::UserNameTaken),
            store::External::Disabled => return Err(AccessProblem::WrongCredentials),
        };
        if is_changed {
            self.revoke(&user.name).await?;
        }
        if user.grants.is_empty() {
            return Err(AccessProblem::NoRole);
        }
        self.begin(user, By::Word, &caller).await?.ok_or(AccessProblem::WrongCredentials)
    }

    /// Somebody comes back from a provider; counts as a failure until they have arrived.
    pub fn external_begins(&self, caller: Caller<'_>) -> Result<(), AccessProblem> {
        self.attempts().begin(From { address: caller.address, device: None }, EXTERNAL)
    }

    pub fn external_arrived(&self, caller: Caller<'_>) {
        self.attempts().succeeded(From { address: caller.address, device: None }, EXTERNAL);
    }

    /// By which the session's provider knows it (OpenID Connect RP-Initiated Logout 1.0, 2).
    pub async fn id_token(&self, session_token: &str) -> Result<Option<String>, AccessProblem> {
        let token = session_token.to_owned();
        self.ask(move |store| store.id_token(&token)).await.map_err(internal)
    }

    pub async fn keep_id_token(&self, session_token: &str, id_token: String) -> Result<(), AccessProblem> {
        let token = session_token.to_owned();
        self.ask(move |store| store.keep_id_token(&token, &id_token)).await.map_err(internal)
    }

    /// Whom a personal token speaks for. `None`: there is no such token.
    pub async fn user_of_token(&self, secret: &str) -> Result<Option<User>, AccessProblem> {
        let secret = secret.to_owned();
        self.ask(move |store| store.user_of_token(&secret)).await.map_err(internal)
    }

    /// `None`: there is no such session. That it cannot be told is another answer: nobody is signed out by it.
    pub async fn user_of(&self, session_token: &str) -> Result<Option<User>, AccessProblem> {
        let token = session_token.to_owned();
        self.ask(move |store| store.session(&token)).await.map_err(internal)
    }

    pub async fn sign_out(&self, session_token: &str) -> Result<(), AccessProblem> {
        let token = session_token.to_owned();
        if self.ask(move |store| store.remove_session(&token)).await.map_err(internal)? {
            self.revocations.send_modify(|count| *count += 1);
        }
        Ok(())
    }

    /// Changes whenever some session may have ended: look again.
    pub fn revocations(&self) -> watch::Receiver<u64> {
        self.revocations.subscribe()
    }

    async fn revoke(&self, user: &UserName) -> Result<(), AccessProblem> {
        let name = user.clone();
        self.ask(move |store| store.remove_sessions_of(&name, None)).await.map_err(internal)?;
        self.revocations.send_modify(|count| *count += 1);
        Ok(())
    }

    fn attempts(&self) -> parking_lot::MutexGuard<'_, Attempts> {
        self.attempts.lock()
    }
}

fn check_name(name: &str) -> Result<UserName, AccessProblem> {
    let fits = (1..=64).contains(&name.len())
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'))
        && name.chars().next().is_some_and(char::is_alphanumeric);
    if fits { Ok(UserName::new(name)) } else { Err(AccessProblem::UserNameInvalid) }
}

fn check_password(password: Secret) -> Result<Secret, AccessProblem> {
    if password.expose().chars().count() < PASSWORD_MINIMUM {
        return Err(AccessProblem::PasswordTooShort { minimum: PASSWORD_MINIMUM });
    }
    if password.expose().len() > PASSWORD_MAXIMUM {
        return Err(AccessProblem::PasswordTooLong { maximum: PASSWORD_MAXIMUM });
    }
    Ok(password)
}

fn internal(error: StoreError) -> AccessProblem {
    tracing::error!(%error, "the database of users failed");
    AccessProblem::Internal
}
