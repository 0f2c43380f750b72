//! People, sessions, one-time links and tokens in the database. Whatever is asked here may wait for the disk.

mod links;
mod passkeys;
mod people;
mod sessions;
mod tokens;

use std::sync::Arc;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use parking_lot::MutexGuard;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use sha2::{Digest, Sha256};

use crate::database::{Database, StoreError};

pub use links::Link;
pub use passkeys::{Known, Owner};
pub use people::{Changed, External};
pub use sessions::{By, DEVICE_SECONDS, SESSION_SECONDS};

#[derive(Clone)]
pub struct Store {
    database: Arc<Database>,
}

impl Store {
    pub fn new(database: Arc<Database>) -> Self {
        Self { database }
    }

    pub fn instance(&self) -> Result<String, StoreError> {
        Ok(self.database.instance()?)
    }

    /// Another number whenever another process has changed something: the command line, say.
    pub fn version(&self) -> Result<i64, StoreError> {
        Ok(self.lock().query_row("PRAGMA data_version", [], |row| row.get(0))?)
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.database.lock()
    }

    /// All of it or nothing, and nobody writes in between.
    fn change<T>(&self, change: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let outcome = change(&transaction)?;
        transaction.commit()?;
        Ok(outcome)
    }
}

fn new_token() -> Result<String, StoreError> {
    Ok(BASE64_URL_SAFE_NO_PAD.encode(random::<32>()?))
}

/// What something is called that must not be called by its secret.
fn new_id() -> Result<String, StoreError> {
    Ok(BASE64_URL_SAFE_NO_PAD.encode(random::<9>()?))
}

/// Tokens have 256 random bits: a plain hash is enough to keep a stolen database from being used.
fn digest(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

fn random<const N: usize>() -> Result<[u8; N], StoreError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| StoreError::Random)?;
    Ok(bytes)
}

/// A disk that is full keeps nobody out who has come before: when they were last here is all that is lost.
fn used_now(written: rusqlite::Result<usize>) {
    if let Err(error) = written {
        tracing::debug!(%error, "when somebody was last here cannot be kept");
    }
}

/// Seconds since 1970.
fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

#[cfg(test)]
mod tests {
    use linkspan_shared::{
        ids::UserName,
        user::{Grant, Role, Scope, User},
    };

    use super::*;

    pub fn store() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(Arc::new(Database::open(dir.path()).unwrap()));
        (dir, store)
    }

    fn mika(role: Role) -> User {
        User::everywhere(UserName::new("mika"), role)
    }

    #[test]
    fn a_link_works_once() {
        let (_dir, store) = store();
        let token = store.add_link(&Link::SetUp).unwrap();
        let user = store.redeem(&token, &UserName::new("mika"), "hash").unwrap().unwrap();
        assert_eq!(user, mika(Role::Administrator));
        assert!(store.redeem(&token, &UserName::new("eve"), "hash").unwrap().is_none());
        let late = store.add_link(&Link::SetUp).unwrap();
        assert!(store.redeem(&late, &UserName::new("eve"), "hash").unwrap().is_none());
        let reset = store.add_link(&Link::Reset(user.name.clone())).unwrap();
        assert!(store.redeem(&reset, &user.name, "other").unwrap().is_some());
        assert_eq!(store.user("mika").unwrap().unwrap().1, "other");
    }

    #[test]
    fn an_invitation_makes_one_person_with_its_grants_and_takes_no_name_that_is_taken() {
        let (_dir, store) = store();
        store.put_user(&mika(Role::Administrator), "hash").unwrap();
        let grants = vec![Grant { role: Role::Viewer, scope: Scope::Label { name: "a".into(), value: "b".into() } }];
        let invite = || Link::Invite { grants: grants.clone(), by: UserName::new("mika"), seconds: 60 };
        let token = store.add_link(&invite()).unwrap();
        assert!(store.redeem(&token, &UserName::new("mika"), "hash").unwrap().is_none());
        let jun = store.redeem(&token, &UserName::new("jun"), "hash").unwrap().unwrap();
        assert_eq!(jun.grants, grants);
        assert!(store.redeem(&token, &UserName::new("eve"), "hash").unwrap().is_none());
        store.add_link(&invite()).unwrap();
        let [pending] = store.invitations().unwrap().try_into().unwrap();
        assert!(store.remove_link(&pending.id).unwrap() && store.invitations().unwrap().is_empty());
        let late = store.add_link(&Link::Invite { grants, by: UserName::new("mika"), seconds: -1 }).unwrap();
        assert!(store.link(&late).unwrap().is_none());
    }

    #[test]
    fn a_new_password_ends_the_other_sessions() {
        let (_folder, store) = store();
        let user = mika(Role::Operator);
        store.put_user(&user, "old").unwrap();
        let [own, other] = [(); 2].map(|()| store.add_session(&user.name, &By::Word, "").unwrap().unwrap());
        let link = store.add_link(&Link::Reset(user.name.clone())).unwrap();
        assert!(!store.change_password(&user.name, "another", "new", &own).unwrap());
        assert!(store.session(&other).unwrap().is_some() && store.link(&link).unwrap().is_some());
        assert!(store.change_password(&user.name, "old", "new", &own).unwrap());
        assert_eq!(store.session(&own).unwrap(), Some(user));
        assert!(store.session(&other).unwrap().is_none() && store.link(&link).unwrap().is_none());
        assert_eq!(store.user("mika").unwrap().map(|(_, password)| password).as_deref(), Some("new"));
    }

    #[test]
    fn sessions_outlive_the_process_and_end_with_their_user() {
        let (dir, store) = store();
        store.put_user(&mika(Role::Administrator), "hash").unwrap();
        let token = store.add_session(&UserName::new("mika"), &By::Password("hash".into()), "").unwrap().unwrap();
        assert!(store.add_session(&UserName::new("mika"), &By::Password("an older hash".into()), "").unwrap().is_none());
        let instance = store.instance().unwrap();
        drop(store);
        let store = Store::new(Arc::new(Database::open(dir.path()).unwrap()));
        assert_eq!(store.instance().unwrap(), instance);
        assert!(store.session(&token).unwrap().is_some());
        assert!(store.session("made up").unwrap().is_none());
        store.remove_user("mika", true).unwrap();
        assert!(store.session(&token).unwrap().is_none());
    }

    #[test]
    fn a_session_that_nobody_uses_ends() {
        let (_dir, store) = store();
        store.put_user(&mika(Role::Viewer), "hash").unwrap();
        let token = store.add_session(&UserName::new("mika"), &By::Word, "").unwrap().unwrap();
        store.lock().execute("UPDATE sessions SET used = used - ?", [sessions::IDLE_SECONDS + 1]).unwrap();
        assert!(store.session(&token).unwrap().is_none());
    }

    #[test]
    fn what_changes_of_a_person_ends_their_sessions_and_one_administrator_stays() {
        let (_dir, store) = store();
        store.put_user(&mika(Role::Administrator), "hash").unwrap();
        let jun = User::everywhere(UserName::new("jun"), Role::Administrator);
        store.put_user(&jun, "hash").unwrap();
        let token = store.add_session(&jun.name, &By::Word, "").unwrap().unwrap();
        let viewer = vec![Grant { role: Role::Viewer, scope: Scope::All }];
        assert_eq!(store.change_user("jun", Some(&viewer), None, false).unwrap(), Changed::Done);
        assert!(store.session(&token).unwrap().is_none());
        let token = store.add_session(&jun.name, &By::Word, "").unwrap().unwrap();
        assert_eq!(store.change_user("jun", None, Some(true), false).unwrap(), Changed::Done);
        assert!(store.session(&token).unwrap().is_none() && store.add_session(&jun.name, &By::Word, "").unwrap().is_none());
        assert_eq!(store.change_user("mika", Some(&viewer), None, false).unwrap(), Changed::LastAdministrator);
        assert_eq!(store.change_user("mika", None, Some(true), false).unwrap(), Changed::LastAdministrator);
        assert_eq!(store.change_user("eve", None, Some(true), false).unwrap(), Changed::Unknown);
    }

    #[test]
    fn a_token_may_no_more_than_its_role_and_its_owner() {
        let (_dir, store) = store();
        store.put_user(&mika(Role::Administrator), "hash").unwrap();
        let owner = UserName::new("mika");
        let (_, secret) = store.add_token(&owner, "prometheus", Role::Viewer, Some(60)).unwrap();
        assert_eq!(store.user_of_token(&secret).unwrap().unwrap(), mika(Role::Viewer));
        let (id, admin) = store.add_token(&owner, "backup", Role::Administrator, None).unwrap();
        let jun = User::everywhere(UserName::new("jun"), Role::Administrator);
        store.put_user(&jun, "hash").unwrap();
        store.change_user("mika", Some(&[Grant { role: Role::Operator, scope: Scope::All }]), None, false).unwrap();
        assert_eq!(store.user_of_token(&admin).unwrap().unwrap(), mika(Role::Operator));
        assert!(!store.remove_token(&jun.name, &id).unwrap() && store.remove_token(&owner, &id).unwrap());
        assert!(store.user_of_token(&admin).unwrap().is_none());
        store.change_user("mika", None, Some(true), false).unwrap();
        assert!(store.user_of_token(&secret).unwrap().is_none());
        let (_, late) = store.add_token(&jun.name, "late", Role::Viewer, Some(-1)).unwrap();
        assert!(store.user_of_token(&late).unwrap().is_none());
    }

    #[test]
    fn whoever_was_signed_in_elsewhere_is_nobody_of_here() {
        let (_dir, store) = store();
        store.put_user(&mika(Role::Administrator), "hash").unwrap();
        let viewer = vec![Grant { role: Role::Viewer, scope: Scope::All }];
        let put = |subject: &str, name: &str, grants: &[Grant]| store.put_external("proxy", subject, &UserName::new(name), grants).unwrap();
        assert!(matches!(put("1", "mika", &viewer), External::Taken));
        let ana = User { name: UserName::new("ana"), grants: viewer.clone() };
        assert_eq!(put("2", "ana", &viewer), External::Signed { user: ana.clone(), is_changed: false });
        assert_eq!(put("2", "ana", &viewer), External::Signed { user: ana, is_changed: false });
        // The name is of whoever had it first; who is called otherwise there by now is the same person.
        assert!(matches!(put("3", "ana", &viewer), External::Taken));
        assert!(matches!(put("2", "anna", &viewer), External::Signed { user, .. } if user.name.0 == "ana"));
        let operator = [Grant { role: Role::Operator, scope: Scope::All }];
        assert!(matches!(put("2", "ana", &operator), External::Signed { is_changed: true, .. }));
        store.change_user("ana", None, Some(true), false).unwrap();
        assert!(matches!(put("2", "ana", &operator), External::Disabled));
    }

    #[test]
    fn a_device_is_known_to_the_person_who_signed_in_there() {
        let (_dir, store) = store();
        store.put_user(&mika(Role::Viewer), "hash").unwrap();
        let device = store.add_device(&UserName::new("mika")).unwrap();
        assert!(store.knows_device(&device, "mika").unwrap() && !store.knows_device(&device, "jun").unwrap());
        for _ in 0..sessions::DEVICES {
            store.add_device(&UserName::new("mika")).unwrap();
        }
        assert!(!store.knows_device(&device, "mika").unwrap());
    }
}
