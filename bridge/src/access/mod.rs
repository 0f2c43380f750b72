//! Who may do what: users, their sessions, one-time links, and the one seam that decides.

mod attempts;
pub mod origin;
mod password;
mod policy;
mod store;

use std::{net::IpAddr, sync::Arc};

use linkspan_shared::{
    credential::Secret,
    ids::UserName,
    user::{AccessProblem, PASSWORD_MAXIMUM, PASSWORD_MINIMUM, Role, User},
};
use parking_lot::Mutex;
use tokio::sync::watch;

pub use policy::{Principal, Request, authorise};
pub use store::{Link, SESSION_SECONDS};

use crate::{
    database::{Database, StoreError},
    owned,
};

use attempts::Attempts;
use password::Hasher;
use store::Store;

/// Signed-out and replaced sessions must end their websockets at once; this counts such changes.
type Revocations = watch::Sender<u64>;

pub struct Access {
    store: Store,
    hasher: Hasher,
    attempts: Mutex<Attempts>,
    revocations: Revocations,
    /// Names the cookie: several Linkspans on one host differ by port alone, which cookies do not heed (RFC 6265, 8.5).
    pub instance: String,
}

/// A session that has just begun.
pub struct SignedIn {
    pub user: User,
    /// Goes into the cookie; only its hash is stored.
    pub token: String,
}

impl Access {
    pub fn new(database: Arc<Database>) -> Result<Self, StoreError> {
        let store = Store::new(database);
        Ok(Self {
            instance: store.instance()?,
            store,
            hasher: Hasher::default(),
            attempts: Mutex::default(),
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

    pub async fn create_user(&self, name: &str, password: Secret, role: Role) -> Result<User, AccessProblem> {
        let name = check_name(name)?;
        let hash = self.hasher.hash(check_password(password)?).await.ok_or(AccessProblem::Internal)?;
        let user = User { name, role };
        let new = user.clone();
        self.ask(move |store| store.put_user(&new, &hash)).await.map_err(internal)?;
        self.revoke(&user.name).await?;
        Ok(user)
    }

    pub async fn remove_user(&self, name: String) -> Result<bool, StoreError> {
        let removed = self.ask(move |store| store.remove_user(&name)).await?;
        self.revocations.send_modify(|count| *count += 1);
        Ok(removed)
    }

    pub async fn sign_in(&self, address: IpAddr, name: &str, password: Secret) -> Result<SignedIn, AccessProblem> {
        let _place = self.hasher.place().ok_or(AccessProblem::TooManyAttempts { retry_after_seconds: 1 })?;
        let (user, hash) = self.verified(address, name, password).await?;
        // Not when the password was changed meanwhile: that has ended all sessions.
        let name = user.name.clone();
        let added = self.ask(move |store| store.add_session(&name, Some(&hash))).await.map_err(internal)?;
        let token = added.ok_or(AccessProblem::WrongCredentials)?;
        Ok(SignedIn { user, token })
    }

    /// By whoever knows the present one; of the user's sessions only that of `session_token` stays.
    pub async fn change_password(
        &self,
        address: IpAddr,
        user: &UserName,
        session_token: &str,
        current: Secret,
        new: Secret,
    ) -> Result<User, AccessProblem> {
        let new = check_password(new)?;
        let _place = self.hasher.place().ok_or(AccessProblem::TooManyAttempts { retry_after_seconds: 1 })?;
        let (user, before) = self.verified(address, &user.0, current).await?;
        let hash = self.hasher.hash(new).await.ok_or(AccessProblem::Internal)?;
        let (name, token) = (user.name.clone(), session_token.to_owned());
        let changed = self.ask(move |store| store.change_password(&name, &before, &hash, &token)).await.map_err(internal)?;
        self.revocations.send_modify(|count| *count += 1);
        if changed { Ok(user) } else { Err(AccessProblem::WrongCredentials) }
    }

    /// Whose password it is, and its hash.
    async fn verified(&self, address: IpAddr, name: &str, password: Secret) -> Result<(User, String), AccessProblem> {
        self.attempts().begin(address, name)?;
        if password.expose().len() > PASSWORD_MAXIMUM {
            return Err(AccessProblem::WrongCredentials);
        }
        let called = name.to_owned();
        let known = self.ask(move |store| store.user(&called)).await.map_err(internal)?;
        let (user, hash) = known.unzip();
        // An unknown name takes as long as a wrong password.
        let right = self.hasher.verify(password, hash.clone()).await;
        let verified = user.zip(hash).filter(|_| right).ok_or(AccessProblem::WrongCredentials)?;
        self.attempts().succeeded(address, name);
        Ok(verified)
    }

    /// Uses a one-time link up.
    pub async fn welcome(&self, address: IpAddr, token: &Secret, name: &str, password: Secret) -> Result<SignedIn, AccessProblem> {
        let _place = self.hasher.place().ok_or(AccessProblem::TooManyAttempts { retry_after_seconds: 1 })?;
        self.attempts().begin(address, "")?;
        let asked = token.expose().to_owned();
        let link = self.ask(move |store| store.link(&asked)).await.map_err(internal)?.ok_or(AccessProblem::TokenInvalid)?;
        self.attempts().succeeded(address, "");
        let name = match &link {
            Link::SetUp => check_name(name)?,
            Link::Reset(user) => user.clone(),
        };
        let hash = self.hasher.hash(check_password(password)?).await.ok_or(AccessProblem::Internal)?;
        let token = token.expose().to_owned();
        let user = self.ask(move |store| store.redeem(&token, &name, &hash)).await.map_err(internal)?.ok_or(AccessProblem::TokenInvalid)?;
        self.revoke(&user.name).await?;
        let name = user.name.clone();
        let token = self.ask(move |store| store.add_session(&name, None)).await.map_err(internal)?.ok_or(AccessProblem::TokenInvalid)?;
        Ok(SignedIn { user, token })
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
        self.ask(move |store| store.remove_sessions_of(&name)).await.map_err(internal)?;
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
