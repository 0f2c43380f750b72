//! Passkeys, as the `webauthn-rs` crate carries Web Authentication out: who has one signs in without a name and without a password.

use std::{
    collections::HashMap,
    net::IpAddr,
    time::{Duration, Instant},
};

use linkspan_shared::{
    credential::Secret,
    ids::UserName,
    json::Json,
    passkey::{AddPasskey, Ceremony, PASSKEY_NAME, PASSKEYS, Passkey, PasskeySignIn, host_has_passkeys},
    user::AccessProblem,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use webauthn_rs::{
    WebauthnBuilder,
    prelude::{
        DiscoverableAuthentication, DiscoverableKey, PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential, Url, Uuid,
        Webauthn, WebauthnError,
    },
};

use super::{
    Access, Caller, SignedIn,
    attempts::{From, shared_by},
    internal,
};
use crate::database::StoreError;

/// Somebody looks for their key and is asked for their finger (Web Authentication, 15.1).
const TIME: Duration = Duration::from_secs(5 * 60);
/// Ceremonies that one address may have under way; the oldest makes room.
pub const PER_ADDRESS: usize = 32;
/// Ceremonies under way. More are refused.
pub const UNDER_WAY: usize = 4096;

/// Ceremonies under way, by what the browser calls them. They are kept here and each is used up by its first answer: none is played again.
#[derive(Default)]
pub struct UnderWay(HashMap<String, Begun>);

struct Begun {
    from: IpAddr,
    at: Instant,
    state: State,
}

enum State {
    SigningIn(DiscoverableAuthentication),
    Adding { owner: UserName, handle: Uuid, state: Box<PasskeyRegistration> },
}

impl UnderWay {
    fn begin(&mut self, from: IpAddr, state: State) -> Result<String, AccessProblem> {
        let (from, now) = (shared_by(from), Instant::now());
        self.0.retain(|_, begun| now.duration_since(begun.at) < TIME);
        let own = || self.0.iter().filter(|(_, begun)| begun.from == from);
        if own().count() >= PER_ADDRESS
            && let Some(oldest) = own().min_by_key(|(_, begun)| begun.at).map(|(id, _)| id.clone())
        {
            self.0.remove(&oldest);
        }
        if self.0.len() >= UNDER_WAY {
            return Err(AccessProblem::TooManyAttempts { retry_after_seconds: TIME.as_secs() });
        }
        let id = Uuid::new_v4().to_string();
        self.0.insert(id.clone(), Begun { from, at: now, state });
        Ok(id)
    }

    fn end(&mut self, id: &str) -> Option<State> {
        self.0.remove(id).filter(|begun| begun.at.elapsed() < TIME).map(|begun| begun.state)
    }
}

impl Access {
    /// `at`: the address that the page came from.
    pub fn begin_passkey_sign_in(&self, caller: &Caller<'_>, at: &Url) -> Result<Ceremony, AccessProblem> {
        let (options, state) = party(at)?.1.start_discoverable_authentication().map_err(refused)?;
        Ok(Ceremony { id: self.begin_ceremony(caller, State::SigningIn(state))?, options: written(&json!(options.public_key))? })
    }

    pub async fn sign_in_by_passkey(&self, caller: Caller<'_>, at: &Url, answer: PasskeySignIn) -> Result<SignedIn, AccessProblem> {
        let (host, party) = party(at)?;
        let credential: PublicKeyCredential = read(&answer.credential)?;
        let asked = credential.raw_id.clone();
        let known = self.ask(move |store| store.passkey(&asked, &host)).await.map_err(internal)?;
        let device = match &known {
            Some(known) => self.known_device(&caller, &known.owner.0).await?,
            None => None,
        };
        // No key is guessed; but each try costs something.
        let from = From { address: caller.address, device: device.as_deref() };
        self.attempts().begin(from, "")?;
        let ceremony = self.under_way.lock().end(&answer.ceremony);
        let (Some(mut known), Some(State::SigningIn(state))) = (known, ceremony) else { return Err(AccessProblem::PasskeyRefused) };
        let (handle, _) = party.identify_discoverable_authentication(&credential).map_err(refused)?;
        if handle != known.handle {
            return Err(AccessProblem::PasskeyRefused);
        }
        let key = DiscoverableKey::from(&known.key);
        let verified = party.finish_discoverable_authentication_v2(&credential, state, &key).map_err(refused)?;
        self.attempts().succeeded(from, "");
        known.key.update_credential(&verified);
        let (key, owner) = (known.key, known.owner);
        let user = self.ask(move |store| {
            store.passkey_used(&key);
            store.user(&owner.0)
        });
        let (user, _) = user.await.map_err(internal)?.ok_or(AccessProblem::PasskeyRefused)?;
        self.begin(user, None, &caller).await?.ok_or(AccessProblem::PasskeyRefused)
    }

    /// By whoever knows the owner's password.
    pub async fn begin_passkey(&self, caller: Caller<'_>, owner: &UserName, at: &Url, password: Secret) -> Result<Ceremony, AccessProblem> {
        let (host, party) = party(at)?;
        self.verified_again(&caller, owner, password).await?;
        let of = owner.clone();
        let asked = self.ask(move |store| Ok((store.passkeys(&of)?.len(), store.authenticators(&of, &host)?)));
        let (count, (handle, credentials)) = asked.await.map_err(internal)?;
        if count >= PASSKEYS {
            return Err(AccessProblem::TooManyPasskeys { most: PASSKEYS });
        }
        let begun = party.start_passkey_registration(handle, &owner.0, &owner.0, Some(credentials));
        let (options, state) = begun.map_err(refused)?;
        // Kept by the authenticator with its owner: nobody is asked for a name.
        let mut options = json!(options.public_key);
        options["authenticatorSelection"]["residentKey"] = json!("required");
        options["authenticatorSelection"]["requireResidentKey"] = json!(true);
        let id = self.begin_ceremony(&caller, State::Adding { owner: owner.clone(), handle, state: Box::new(state) })?;
        Ok(Ceremony { id, options: written(&options)? })
    }

    pub async fn add_passkey(&self, owner: &UserName, at: &Url, answer: AddPasskey) -> Result<(), AccessProblem> {
        let (host, party) = party(at)?;
        let name = answer.name.trim().to_owned();
        if name.is_empty() || name.chars().count() > PASSKEY_NAME || name.chars().any(char::is_control) {
            return Err(AccessProblem::BadRequest);
        }
        let credential: RegisterPublicKeyCredential = read(&answer.credential)?;
        let ceremony = self.under_way.lock().end(&answer.ceremony);
        let Some(State::Adding { owner: begun_by, handle, state }) = ceremony else { return Err(AccessProblem::PasskeyRefused) };
        if begun_by != *owner {
            return Err(AccessProblem::PasskeyRefused);
        }
        let key = party.finish_passkey_registration(&credential, &state).map_err(refused)?;
        let added = self.ask(move |store| store.add_passkey(&begun_by, &host, handle, &name, &key)).await.map_err(internal)?;
        if added { Ok(()) } else { Err(AccessProblem::PasskeyRefused) }
    }

    pub async fn passkeys(&self, of: UserName) -> Result<Vec<Passkey>, StoreError> {
        self.ask(move |store| store.passkeys(&of)).await
    }

    /// `false`: this person has none of this ID.
    pub async fn remove_passkey(&self, of: UserName, id: String) -> Result<bool, StoreError> {
        self.ask(move |store| store.remove_passkey(&of, &id)).await
    }

    /// Somebody may sign in by one on that page.
    pub async fn has_passkeys(&self, at: &Url) -> Result<bool, AccessProblem> {
        let Ok((host, _)) = party(at) else { return Ok(false) };
        self.ask(move |store| store.has_passkeys(&host)).await.map_err(internal)
    }

    fn begin_ceremony(&self, caller: &Caller<'_>, state: State) -> Result<String, AccessProblem> {
        self.under_way.lock().begin(caller.address, state)
    }
}

/// For which passkeys of this address are (the RP ID), and who asks for them there.
fn party(at: &Url) -> Result<(String, Webauthn), AccessProblem> {
    let host = at.host_str().filter(|host| host_has_passkeys(at.scheme(), host)).ok_or(AccessProblem::PasskeyNeedsName)?;
    let party = WebauthnBuilder::new(host, at).and_then(|builder| builder.rp_name("Linkspan").build()).map_err(refused)?;
    Ok((host.to_owned(), party))
}

fn written(options: &Value) -> Result<Json, AccessProblem> {
    Json::of(options).map_err(|_| AccessProblem::Internal)
}

fn read<T: DeserializeOwned>(credential: &Json) -> Result<T, AccessProblem> {
    credential.read().map_err(|_| AccessProblem::BadRequest)
}

fn refused(error: WebauthnError) -> AccessProblem {
    tracing::info!(%error, "a passkey is refused");
    AccessProblem::PasskeyRefused
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> State {
        let (_, party) = party(&Url::parse("https://linkspan.example").unwrap()).unwrap();
        State::SigningIn(party.start_discoverable_authentication().unwrap().1)
    }

    #[test]
    fn nobody_fills_the_memory_and_an_address_pushes_out_nobody_else() {
        let mut under_way = UnderWay::default();
        let (own, other) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let of_other = under_way.begin(other, state()).unwrap();
        let all: Vec<_> = (0..=PER_ADDRESS).map(|_| under_way.begin(own, state()).unwrap()).collect();
        assert!(under_way.end(&all[0]).is_none(), "the oldest made room");
        assert!(under_way.end(&all[1]).is_some() && under_way.end(&all[1]).is_none(), "each counts once");
        assert!(under_way.end(&of_other).is_some());
        let addresses = (0..u32::MAX).map(|n| IpAddr::from(n.to_be_bytes()));
        let refused = addresses.map(|address| under_way.begin(address, state())).find(Result::is_err);
        assert!(matches!(refused, Some(Err(AccessProblem::TooManyAttempts { .. }))) && under_way.0.len() == UNDER_WAY);
    }

    #[test]
    fn whoever_takes_too_long_begins_anew() {
        let mut under_way = UnderWay::default();
        let id = under_way.begin(IpAddr::from([192, 0, 2, 1]), state()).unwrap();
        under_way.0.get_mut(&id).unwrap().at -= TIME;
        assert!(under_way.end(&id).is_none());
    }

    #[test]
    fn there_are_passkeys_only_where_browsers_have_them() {
        for (at, is_fine) in [
            ("https://linkspan.example:8443", true),
            ("http://localhost:8080", true),
            ("http://linkspan.example", false),
            ("https://192.0.2.1", false),
            ("https://[2001:db8::1]", false),
        ] {
            assert_eq!(party(&Url::parse(at).unwrap()).is_ok(), is_fine, "{at}");
        }
    }
}
