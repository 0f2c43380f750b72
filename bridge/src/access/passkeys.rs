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
    store::{By, Known, Owner},
};
use crate::database::StoreError;

/// Somebody looks for their key and is asked for their finger (Web Authentication, 15.1).
const TIME: Duration = Duration::from_secs(5 * 60);
/// Ceremonies that one may have under way; the oldest makes room.
pub const OF_ONE: usize = 32;
/// Ceremonies under way. Of whoever has most the oldest makes room.
pub const UNDER_WAY: usize = 4096;

/// Ceremonies under way, by what the browser calls them. They are kept here and each is used up by its first answer: none is played again.
#[derive(Default)]
pub struct UnderWay(HashMap<String, Begun>);

struct Begun {
    who: Who,
    at: Instant,
    state: State,
}

/// Nobody pushes out somebody else's.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Who {
    Address(IpAddr),
    /// One from which somebody has signed in before.
    Device(String),
    /// Whoever is signed in and adds one.
    Owner(UserName),
}

enum State {
    SigningIn(DiscoverableAuthentication),
    Adding { owner: Owner, state: Box<PasskeyRegistration> },
}

impl UnderWay {
    fn begin(&mut self, who: Who, state: State) -> String {
        let now = Instant::now();
        self.0.retain(|_, begun| now.duration_since(begun.at) < TIME);
        if self.0.values().filter(|begun| begun.who == who).count() >= OF_ONE {
            self.make_room(&who);
        } else if self.0.len() >= UNDER_WAY {
            let mut counts = HashMap::new();
            self.0.values().for_each(|begun| *counts.entry(&begun.who).or_insert(0) += 1);
            let most = counts.into_iter().max_by_key(|(_, count)| *count).map(|(who, _)| who.clone());
            most.iter().for_each(|who| self.make_room(who));
        }
        let id = Uuid::new_v4().to_string();
        self.0.insert(id.clone(), Begun { who, at: now, state });
        id
    }

    fn make_room(&mut self, who: &Who) {
        let own = self.0.iter().filter(|(_, begun)| begun.who == *who);
        if let Some(oldest) = own.min_by_key(|(_, begun)| begun.at).map(|(id, _)| id.clone()) {
            self.0.remove(&oldest);
        }
    }

    fn end(&mut self, id: &str) -> Option<State> {
        self.0.remove(id).filter(|begun| begun.at.elapsed() < TIME).map(|begun| begun.state)
    }
}

impl Access {
    /// `at`: the address that the page came from.
    pub async fn begin_passkey_sign_in(&self, caller: &Caller<'_>, at: &Url) -> Result<Ceremony, AccessProblem> {
        let (options, state) = party(at)?.1.start_discoverable_authentication().map_err(refused)?;
        let mut who = Who::Address(shared_by(caller.address));
        if let Some(device) = caller.device.map(str::to_owned) {
            let asked = device.clone();
            if self.ask(move |store| store.is_device(&asked)).await.map_err(internal)? {
                who = Who::Device(device);
            }
        }
        let id = self.under_way.lock().begin(who, State::SigningIn(state));
        Ok(Ceremony { id, options: written(&json!(options.public_key))? })
    }

    /// Where it is refused, with whose passkey it was, if it is known.
    pub async fn sign_in_by_passkey(
        &self,
        caller: Caller<'_>,
        at: &Url,
        answer: PasskeySignIn,
    ) -> Result<SignedIn, (AccessProblem, Option<UserName>)> {
        let unknown = |problem| (problem, None);
        let (host, party) = party(at).map_err(unknown)?;
        let credential: PublicKeyCredential = read(&answer.credential).map_err(unknown)?;
        let asked = credential.raw_id.clone();
        let known = self.ask(move |store| store.passkey(&asked, &host)).await.map_err(internal).map_err(unknown)?;
        let device = match &known {
            Some(known) => self.known_device(&caller, &known.owner.0).await.map_err(unknown)?,
            None => None,
        };
        // No key is guessed; but each try costs something.
        let from = From { address: caller.address, device: device.as_deref() };
        self.attempts().begin(from, "").map_err(unknown)?;
        let ceremony = self.under_way.lock().end(&answer.ceremony);
        let Some(known) = known else { return Err(unknown(AccessProblem::PasskeyRefused)) };
        let owner = known.owner.clone();
        let signed_in = self.verify_passkey(&caller, from, &party, (credential, ceremony, known)).await;
        signed_in.map_err(|problem| (problem, Some(owner)))
    }

    async fn verify_passkey(
        &self,
        caller: &Caller<'_>,
        from: From<'_>,
        party: &Webauthn,
        (credential, ceremony, mut known): (PublicKeyCredential, Option<State>, Known),
    ) -> Result<SignedIn, AccessProblem> {
        let Some(State::SigningIn(state)) = ceremony else { return Err(AccessProblem::PasskeyRefused) };
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
        // Not when it was taken away meanwhile.
        self.begin(user, By::Passkey(credential.raw_id), caller).await?.ok_or(AccessProblem::PasskeyRefused)
    }

    /// By whoever knows the owner's password.
    pub async fn begin_passkey(&self, caller: Caller<'_>, owner: &UserName, at: &Url, password: Secret) -> Result<Ceremony, AccessProblem> {
        let (host, party) = party(at)?;
        let (_, password) = self.verified_again(&caller, owner, password).await?;
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
        let adding = State::Adding { owner: Owner { name: owner.clone(), password, handle }, state: Box::new(state) };
        let id = self.under_way.lock().begin(Who::Owner(owner.clone()), adding);
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
        let Some(State::Adding { owner: begun_by, state }) = ceremony else { return Err(AccessProblem::PasskeyRefused) };
        if begun_by.name != *owner {
            return Err(AccessProblem::PasskeyRefused);
        }
        let key = party.finish_passkey_registration(&credential, &state).map_err(refused)?;
        let added = self.ask(move |store| store.add_passkey(&begun_by, &host, &name, &key)).await.map_err(internal)?;
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

    fn at(address: impl Into<IpAddr>) -> Who {
        Who::Address(address.into())
    }

    #[test]
    fn nobody_fills_the_memory_and_nobody_pushes_out_somebody_else() {
        let mut under_way = UnderWay::default();
        let of_other = under_way.begin(at([192, 0, 2, 2]), state());
        let all: Vec<_> = (0..=OF_ONE).map(|_| under_way.begin(at([192, 0, 2, 1]), state())).collect();
        assert!(under_way.end(&all[0]).is_none(), "the oldest made room");
        assert!(under_way.end(&all[1]).is_some() && under_way.end(&all[1]).is_none(), "each counts once");
        assert!(under_way.end(&of_other).is_some());
        // Many that have many: theirs make room for whoever has few.
        let adding = under_way.begin(Who::Owner(UserName::new("mika")), state());
        let at_home = under_way.begin(Who::Device("known".into()), state());
        for n in 0..UNDER_WAY {
            under_way.begin(at([10, 0, 0, u8::try_from(n % 200).unwrap()]), state());
        }
        assert_eq!(under_way.0.len(), UNDER_WAY);
        assert!(under_way.end(&adding).is_some() && under_way.end(&at_home).is_some());
    }

    #[test]
    fn whoever_takes_too_long_begins_anew() {
        let mut under_way = UnderWay::default();
        let id = under_way.begin(at([192, 0, 2, 1]), state());
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
