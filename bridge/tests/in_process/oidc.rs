//! Sign-in by OpenID Connect with a provider that says what a test wants: what no well-kept one does.

#![allow(clippy::disallowed_methods, reason = "tests wait for nobody")]

use std::sync::Arc;

use axum::{Json, Router, extract::State, http::StatusCode, routing::get};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use linkspan::access::{
    oidc::{Arrived, Oidc, OidcError, Settings, Way, parse_role},
    sso::External,
};
use linkspan_shared::user::Role;
use openidconnect::IssuerUrl;
use parking_lot::Mutex;
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// Signs tokens.
struct Key {
    id: &'static str,
    pair: EcdsaKeyPair,
}

impl Key {
    fn new(id: &'static str) -> Self {
        let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).expect("a key");
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, made.as_ref(), &SystemRandom::new()).expect("a key");
        Self { id, pair }
    }

    /// RFC 7517
    fn public(&self) -> Value {
        let (x, y) = self.pair.public_key().as_ref()[1..].split_at(32);
        let [x, y] = [x, y].map(|half| BASE64_URL_SAFE_NO_PAD.encode(half));
        json!({ "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.id, "x": x, "y": y })
    }

    fn sign(&self, claims: &Value) -> String {
        let signed = unsigned("ES256", self.id, claims);
        let signature = self.pair.sign(&SystemRandom::new(), signed.as_bytes()).expect("a signature");
        format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }
}

/// The first two parts of a token (RFC 7515, 3.1).
fn unsigned(algorithm: &str, key: &str, claims: &Value) -> String {
    let head = json!({ "alg": algorithm, "kid": key });
    [&head, claims].map(|part| BASE64_URL_SAFE_NO_PAD.encode(part.to_string())).join(".")
}

/// What the provider answers.
#[derive(Clone, Default)]
struct Script {
    keys: Vec<Value>,
    token: Value,
    more: Option<Value>,
    asked: usize,
}

struct Provider {
    issuer: String,
    script: Arc<Mutex<Script>>,
    oidc: Oidc,
}

const SECRET: &str = "a secret of the client";

impl Provider {
    async fn start(key: &Key) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let issuer = format!("http://{}", listener.local_addr().expect("an address"));
        let script = Arc::new(Mutex::new(Script { keys: vec![key.public()], more: Some(json!({ "sub": "1" })), ..Script::default() }));
        let says = json!({
            "issuer": issuer, "authorization_endpoint": format!("{issuer}/auth"), "token_endpoint": format!("{issuer}/token"),
            "userinfo_endpoint": format!("{issuer}/userinfo"), "jwks_uri": format!("{issuer}/jwks"), "scopes_supported": ["openid", "groups"],
            "response_types_supported": ["code"], "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["ES256"],
            "end_session_endpoint": format!("{issuer}/end?a=b")
        });
        type Scripted = State<Arc<Mutex<Script>>>;
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(move || async move { Json(says) }))
            .route(
                "/jwks",
                get(async |State(script): Scripted| {
                    let mut script = script.lock();
                    script.asked += 1;
                    Json(json!({ "keys": script.keys }))
                }),
            )
            .route("/token", axum::routing::post(async |State(script): Scripted| Json(script.lock().token.clone())))
            .route(
                "/userinfo",
                get(async |State(script): Scripted| script.lock().more.clone().map(Json).ok_or(StatusCode::INTERNAL_SERVER_ERROR)),
            )
            .with_state(script.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let roles = ["groups=ops:operator", "realm.roles=dev:developer"].map(|role| parse_role(role).expect("a role"));
        let settings = Settings {
            issuer: IssuerUrl::new(issuer.clone()).expect("an address"),
            client_id: "linkspan".to_owned(),
            client_secret: Some(openidconnect::ClientSecret::new(SECRET.to_owned())),
            roles: roles.into(),
        };
        Self { issuer, script, oidc: Oidc::new(settings).expect("a client") }
    }

    /// What a token says, with what is to be said otherwise.
    fn claims(&self, nonce: &str, other: Value) -> Value {
        let now = jiff::Timestamp::now().as_second();
        let mut claims = json!({
            "iss": self.issuer, "aud": "linkspan", "sub": "1", "iat": now, "exp": now + 300, "nonce": nonce,
            "preferred_username": "ana", "groups": ["ops"]
        });
        for (claim, value) in other.as_object().expect("claims") {
            match value {
                Value::Null => drop(claims.as_object_mut().expect("claims").remove(claim)),
                value => claims[claim] = value.clone(),
            }
        }
        claims
    }

    /// Somebody goes there and comes back; the token is made of the nonce.
    async fn arrive(&self, token: impl FnOnce(&str) -> Value) -> Result<Arrived, OidcError> {
        let (way, nonce) = self.begin().await;
        self.script.lock().token = token(&nonce);
        self.oidc.arrive(way, "code".to_owned(), REDIRECT).await
    }

    async fn begin(&self) -> (Way, String) {
        let (url, way) = self.oidc.begin(REDIRECT, "/".to_owned()).await.expect("an address");
        let url = url::Url::parse(&url).expect("an address");
        let value = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned()).unwrap_or_default();
        assert_eq!([value("response_type"), value("code_challenge_method"), value("redirect_uri")], ["code", "S256", REDIRECT]);
        assert_eq!((value("scope"), value("state")), ("openid groups".to_owned(), way.state.clone()));
        assert!(!value("code_challenge").is_empty());
        (way, value("nonce"))
    }

    async fn arrive_with(&self, key: &Key, other: Value) -> Result<Arrived, OidcError> {
        self.arrive(|nonce| answer(&key.sign(&self.claims(nonce, other)))).await
    }
}

const REDIRECT: &str = "http://127.0.0.1:8080/api/oidc/callback";

fn answer(token: &str) -> Value {
    json!({ "access_token": "an access token", "token_type": "Bearer", "id_token": token })
}

fn who(arrived: &Arrived) -> (&str, &str, Option<Role>) {
    let External { name, grants } = &arrived.external;
    (&arrived.subject, name, grants.first().map(|grant| grant.role))
}

#[tokio::test]
async fn what_is_missing_is_asked_for_or_taken_for_nothing() {
    let key = Key::new("1");
    let provider = Provider::start(&key).await;
    let said = async |other: Value| provider.arrive_with(&key, other).await;
    assert_eq!(who(&said(json!({})).await.unwrap()), ("1", "ana", Some(Role::Operator)));
    // Missing, empty, or of another shape.
    for other in [json!({ "groups": null }), json!({ "groups": [] }), json!({ "groups": { "ops": true } }), json!({ "groups": 7 })] {
        assert_eq!(who(&said(other.clone()).await.unwrap()), ("1", "ana", None), "{other}");
    }
    let nested = json!({ "groups": null, "realm": { "roles": ["dev"] } });
    assert_eq!(who(&said(nested).await.unwrap()).2, Some(Role::Developer));
    for (other, name) in [
        (json!({ "preferred_username": null, "email": "ana@quay.example", "email_verified": true }), "ana-quay.example"),
        // An address that anybody may claim is no name.
        (json!({ "preferred_username": null, "email": "admin@quay.example" }), "1"),
        (json!({ "preferred_username": null, "email": "admin@quay.example", "email_verified": false }), "1"),
        (json!({ "preferred_username": "../<script>" }), "script-"),
    ] {
        assert_eq!(who(&said(other.clone()).await.unwrap()).1, name, "{other}");
    }
    provider.script.lock().more = Some(json!({ "sub": "a/b c" }));
    assert_eq!(who(&said(json!({ "preferred_username": "", "sub": "a/b c" })).await.unwrap()).1, "a-b-c");
    // What is said where more is asked for counts, if it is of the same person; and what the token says counts before it.
    let less = json!({ "groups": null, "preferred_username": null });
    provider.script.lock().more = Some(json!({ "sub": "1", "preferred_username": "jun", "groups": ["ops"] }));
    assert_eq!(who(&said(less.clone()).await.unwrap()), ("1", "jun", Some(Role::Operator)));
    assert_eq!(who(&said(json!({ "groups": [] })).await.unwrap()), ("1", "ana", None));
    provider.script.lock().more = Some(json!({ "sub": "2", "preferred_username": "jun", "groups": ["ops"] }));
    assert!(matches!(said(less.clone()).await, Err(OidcError::Provider(_))));
    // What cannot be read is not nothing.
    provider.script.lock().more = None;
    assert!(matches!(said(less).await, Err(OidcError::Provider(_))));
    assert!(matches!(said(json!({ "sub": "" })).await, Err(OidcError::Token(_))));
    assert!(said(json!({ "sub": null })).await.is_err());
}

#[tokio::test]
async fn what_is_forged_lets_nobody_in() {
    let key = Key::new("1");
    let provider = Provider::start(&key).await;
    let now = jiff::Timestamp::now().as_second();
    for other in [
        json!({ "iss": "http://127.0.0.1:1" }),
        json!({ "aud": "another" }),
        json!({ "aud": ["linkspan", "another"] }),
        json!({ "nonce": "another" }),
        json!({ "nonce": null }),
        json!({ "exp": now - 60 }),
        json!({ "exp": null }),
    ] {
        let arrived = provider.arrive_with(&key, other.clone()).await;
        assert!(arrived.is_err(), "{other}: {arrived:?}");
    }
    // Signed by nobody, by somebody else, by what everybody knows, or changed afterwards.
    let (other, secret) = (Key::new("1"), ring::hmac::Key::new(ring::hmac::HMAC_SHA256, SECRET.as_bytes()));
    type Forge<'a> = Box<dyn Fn(Value) -> String + 'a>;
    let forged: [(&str, Forge<'_>); 4] = [
        ("nobody", Box::new(|claims| format!("{}.", unsigned("none", "1", &claims)))),
        ("somebody else", Box::new(|claims| other.sign(&claims))),
        (
            "another algorithm than it says of itself",
            Box::new(|claims| {
                let text = unsigned("HS256", "1", &claims);
                format!("{text}.{}", BASE64_URL_SAFE_NO_PAD.encode(ring::hmac::sign(&secret, text.as_bytes())))
            }),
        ),
        (
            "changed",
            Box::new(|claims| {
                let signed = key.sign(&claims);
                let mut more = claims;
                more["groups"] = json!(["ops", "admins"]);
                format!("{}.{}", unsigned("ES256", "1", &more), signed.rsplit('.').next().unwrap_or_default())
            }),
        ),
    ];
    for (by, forge) in forged {
        let arrived = provider.arrive(|nonce| answer(&forge(provider.claims(nonce, json!({}))))).await;
        assert!(matches!(arrived, Err(OidcError::Token(_))), "{by}: {arrived:?}");
    }
    for token in [json!({}), json!({ "error": "invalid_grant" }), json!([]), json!({ "access_token": "a", "token_type": "Bearer" })] {
        let arrived = provider.arrive(|_| token.clone()).await;
        assert!(arrived.is_err(), "{token}: {arrived:?}");
    }
    // What the browser keeps is Linkspan's own word.
    let (way, _) = provider.begin().await;
    let kept = provider.oidc.seal(&way);
    assert!(provider.oidc.open(&kept).is_some_and(|known| known.state == way.state));
    let made_up = BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(&way).expect("JSON"));
    let other = Provider::start(&key).await;
    for wrong in [made_up.clone(), format!("{made_up}."), format!("{made_up}.{made_up}"), other.oidc.seal(&way), String::new()] {
        assert!(provider.oidc.open(&wrong).is_none(), "{wrong}");
    }
    // Of another sign-in.
    let (first, _) = provider.begin().await;
    let (_, nonce) = provider.begin().await;
    provider.script.lock().token = answer(&key.sign(&provider.claims(&nonce, json!({}))));
    assert!(matches!(provider.oidc.arrive(first, "code".to_owned(), REDIRECT).await, Err(OidcError::Token(_))));
}

#[tokio::test]
async fn a_new_key_is_asked_for_and_the_provider_is_asked_once_otherwise() {
    let (old, new) = (Key::new("1"), Key::new("2"));
    let provider = Provider::start(&old).await;
    for _ in 0..3 {
        provider.arrive_with(&old, json!({})).await.unwrap();
    }
    assert_eq!(provider.script.lock().asked, 1);
    provider.script.lock().keys = vec![new.public()];
    provider.arrive_with(&new, json!({})).await.unwrap();
    assert_eq!(provider.script.lock().asked, 2);
    assert!(provider.arrive_with(&old, json!({})).await.is_err());
    let end = provider.oidc.end_session("a.b.c", "http://127.0.0.1:8080/login").await.unwrap();
    assert_eq!(
        end,
        format!(
            "{}/end?a=b&client_id=linkspan&id_token_hint=a.b.c&post_logout_redirect_uri=http%3A%2F%2F127.0.0.1%3A8080%2Flogin",
            provider.issuer
        )
    );
}
