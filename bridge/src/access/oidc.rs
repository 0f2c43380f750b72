//! Sign-in by OpenID Connect: the authorization code flow with PKCE (RFC 7636), as the `openidconnect` crate carries it out. What it
//! comes to is an [`External`].

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use linkspan_shared::user::{Grant, Role, Scope};
use openidconnect::{
    AdditionalClaims, AdditionalProviderMetadata, AuthType, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret, CsrfToken,
    EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet, IdTokenFields, IssuerUrl, Nonce, OAuth2TokenResponse,
    PkceCodeChallenge, PkceCodeVerifier, ProviderMetadata, RedirectUrl, RequestTokenError, SignatureVerificationError,
    StandardErrorResponse, StandardTokenResponse, TokenResponse,
    core::{
        CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreErrorResponseType,
        CoreGenderClaim, CoreGrantType, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm,
        CoreJwsSigningAlgorithm, CoreResponseMode, CoreResponseType, CoreRevocableToken, CoreRevocationErrorResponse,
        CoreSubjectIdentifierType, CoreTokenIntrospectionResponse, CoreTokenType,
    },
};
use ring::{hmac, rand::SystemRandom};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::sync::Mutex;

use super::sso::External;
use crate::causes::with_causes;

/// Bytes of a name.
const NAME: usize = 64;
/// What the provider says of itself is asked for again after this long; its keys, too.
const KNOWN: Duration = Duration::from_secs(3600);
/// After a failure it is asked again after this long.
const PAUSE: Duration = Duration::from_secs(3);
/// Seconds: whoever is on the way to the provider and back has as long.
pub const UNDER_WAY: i64 = 600;
/// For each request to the provider.
const PATIENCE: Duration = Duration::from_secs(10);

/// `--oidc-role CLAIM=VALUE:ROLE`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimRole {
    /// A path of names, with dots between them.
    pub claim: String,
    pub value: String,
    pub role: Role,
}

/// `--oidc-issuer` and what belongs to it.
#[derive(Clone)]
pub struct Settings {
    pub issuer: IssuerUrl,
    pub client_id: String,
    pub client_secret: Option<ClientSecret>,
    pub roles: Vec<ClaimRole>,
}

#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    #[error("the provider cannot be asked: {0}")]
    Provider(String),
    #[error("the provider refused: {0}")]
    Refused(String),
    #[error("what the provider says of the person cannot be believed: {0}")]
    Token(String),
}

/// What the browser keeps of somebody who is on the way to the provider, for the way back.
#[derive(Serialize, Deserialize)]
pub struct Way {
    /// Comes back with the person (RFC 6749, 10.12).
    pub state: String,
    nonce: Nonce,
    verifier: PkceCodeVerifier,
    /// Where they wanted to go.
    pub next: String,
    /// Seconds since 1970.
    begun: i64,
}

/// Whom the provider has signed in.
#[derive(Debug, PartialEq, Eq)]
pub struct Arrived {
    /// At the issuer, for good.
    pub subject: String,
    pub external: External,
    /// By which the provider knows what it has begun.
    pub id_token: String,
}

/// The provider: what it says of itself, asked for when it is needed first.
pub struct Oidc {
    settings: Settings,
    http: reqwest::Client,
    known: Mutex<Option<Known>>,
    /// Seals what browsers keep. Whoever is on the way when Linkspan starts anew begins once more.
    key: hmac::Key,
}

struct Known {
    at: Instant,
    metadata: Result<Metadata, String>,
}

impl Oidc {
    pub fn new(settings: Settings) -> Result<Self, String> {
        let http = reqwest::Client::builder()
            // Wherever it leads the person to, it does not lead the bridge.
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            // Whatever else an encrypted one names is encrypted, too.
            .https_only(settings.issuer.url().scheme() == "https")
            .build()
            .map_err(|error| format!("no client for the provider of --oidc-issuer: {error}"))?;
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new()).map_err(|_| "this machine gives no random numbers")?;
        Ok(Self { settings, http, known: Mutex::default(), key })
    }

    pub fn issuer(&self) -> &str {
        self.settings.issuer.as_str()
    }

    /// Where the person goes, and what their browser keeps. `redirect`: where the provider sends them back to.
    pub async fn begin(&self, redirect: &str, next: String) -> Result<(String, Way), OidcError> {
        let metadata = self.metadata().await?;
        // Some providers tell of groups in a scope of their own; others refuse what they do not know. Without a word it knows the usual ones.
        let scopes = metadata.scopes_supported();
        let is_known = |scope: &str| scopes.map_or(scope != "groups", |known| known.iter().any(|one| one.as_str() == scope));
        let scopes = ["profile", "email", "groups"].into_iter().filter(|scope| is_known(scope));
        let scopes: Vec<_> = scopes.map(|scope| openidconnect::Scope::new(scope.to_owned())).collect();
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let client = self.client(metadata, redirect)?;
        let request = client.authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random);
        let (url, state, nonce) = request.add_scopes(scopes).set_pkce_challenge(challenge).url();
        Ok((url.into(), Way { state: state.into_secret(), nonce, verifier, next, begun: now() }))
    }

    /// For the browser to keep.
    pub fn seal(&self, way: &Way) -> String {
        let way = BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(way).unwrap_or_default());
        let seal = BASE64_URL_SAFE_NO_PAD.encode(hmac::sign(&self.key, way.as_bytes()));
        format!("{way}.{seal}")
    }

    /// What a browser has kept, if it began here, and not too long ago.
    pub fn open(&self, kept: &str) -> Option<Way> {
        let (way, seal) = kept.split_once('.')?;
        hmac::verify(&self.key, way.as_bytes(), &BASE64_URL_SAFE_NO_PAD.decode(seal).ok()?).ok()?;
        let way: Way = serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(way).ok()?).ok()?;
        (now() - way.begun < UNDER_WAY).then_some(way)
    }

    pub async fn arrive(&self, way: Way, code: String, redirect: &str) -> Result<Arrived, OidcError> {
        let client = self.client(self.metadata().await?, redirect)?;
        let exchange = client.exchange_code(AuthorizationCode::new(code)).map_err(|error| provider(&error))?;
        let answer = exchange.set_pkce_verifier(way.verifier).request_async(&self.http).await.map_err(|error| match error {
            RequestTokenError::ServerResponse(said) => OidcError::Refused(said.to_string()),
            other => provider(&other),
        })?;
        let token = answer.id_token().ok_or_else(|| OidcError::Token("there is no ID token".to_owned()))?;
        let claims = match token.claims(&client.id_token_verifier(), &way.nonce) {
            Ok(claims) => claims.clone(),
            // It may sign with a key that is newer than what is known of it.
            Err(ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey)) => {
                *self.known.lock().await = None;
                let client = self.client(self.metadata().await?, redirect)?;
                token.claims(&client.id_token_verifier(), &way.nonce).map_err(|error| untrue(&error))?.clone()
            }
            Err(error) => return Err(untrue(&error)),
        };
        let subject = claims.subject().as_str().to_owned();
        if subject.is_empty() {
            return Err(OidcError::Token("it does not say who it is (sub)".to_owned()));
        }
        let mut said = object(&claims);
        // Some tell less in the token than where they are asked for more (OpenID Connect Core 1.0, 5.3).
        if (name_of(&said).is_none() || grants(&said, &self.settings.roles).is_empty())
            && let Ok(request) = client.user_info(answer.access_token().clone(), Some(claims.subject().clone()))
        {
            // What cannot be read is not nothing: nobody loses a role, or gets another name, by it.
            let more = request.request_async::<Said, _, CoreGenderClaim>(&self.http).await.map_err(|error| provider(&error))?;
            said = object(&more).into_iter().chain(said).collect();
        }
        let name = name_of(&said).unwrap_or_else(|| plain(&subject));
        Ok(Arrived { subject, external: External { name, grants: grants(&said, &self.settings.roles) }, id_token: token.to_string() })
    }

    /// Where the provider's own session is ended, if it says (OpenID Connect RP-Initiated Logout 1.0). `back_to`: from there.
    pub async fn end_session(&self, id_token: &str, back_to: &str) -> Option<String> {
        let metadata = self.metadata().await.ok()?;
        let mut url = url::Url::parse(metadata.additional_metadata().end_session_endpoint.as_deref()?).ok()?;
        if !matches!(url.scheme(), "https" | "http") {
            return None;
        }
        let own = [("client_id", self.settings.client_id.as_str()), ("id_token_hint", id_token), ("post_logout_redirect_uri", back_to)];
        url.query_pairs_mut().extend_pairs(own);
        Some(url.into())
    }

    async fn metadata(&self) -> Result<Metadata, OidcError> {
        let mut known = self.known.lock().await;
        let lasts = |known: &&Known| known.at.elapsed() < if known.metadata.is_ok() { KNOWN } else { PAUSE };
        if let Some(known) = known.as_ref().filter(lasts) {
            return known.metadata.clone().map_err(OidcError::Provider);
        }
        let asked = Metadata::discover_async(self.settings.issuer.clone(), &self.http).await.map_err(|error| with_causes(&error));
        *known = Some(Known { at: Instant::now(), metadata: asked.clone() });
        asked.map_err(OidcError::Provider)
    }

    fn client(&self, metadata: Metadata, redirect: &str) -> Result<Client, OidcError> {
        let redirect = RedirectUrl::new(redirect.to_owned()).map_err(|error| provider(&error))?;
        let Settings { client_id, client_secret, .. } = &self.settings;
        // Without a word it takes the header (OpenID Connect Discovery 1.0, 3).
        let takes = |method| metadata.token_endpoint_auth_methods_supported().is_none_or(|known| known.contains(&method));
        let in_header = takes(CoreClientAuthMethod::ClientSecretBasic) || !takes(CoreClientAuthMethod::ClientSecretPost);
        let auth_type = if in_header { AuthType::BasicAuth } else { AuthType::RequestBody };
        let client = Client::from_provider_metadata(metadata, ClientId::new(client_id.clone()), client_secret.clone());
        Ok(client.set_redirect_uri(redirect).set_auth_type(auth_type))
    }
}

/// Seconds since 1970.
fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

fn provider(error: &dyn std::error::Error) -> OidcError {
    OidcError::Provider(with_causes(error))
}

fn untrue(error: &dyn std::error::Error) -> OidcError {
    OidcError::Token(with_causes(error))
}

/// All that is said of somebody. An address counts where the provider has made sure that it is theirs.
fn object(claims: &impl Serialize) -> Map<String, Value> {
    let Ok(Value::Object(mut said)) = serde_json::to_value(claims) else { return Map::new() };
    if said.get("email_verified") != Some(&Value::Bool(true)) {
        said.remove("email");
    }
    said
}

fn name_of(said: &Map<String, Value>) -> Option<String> {
    let names = ["preferred_username", "email"].into_iter().filter_map(|claim| said.get(claim)?.as_str());
    names.map(plain).find(|name| !name.is_empty())
}

/// The highest role of which a claim says so.
fn grants(said: &Map<String, Value>, roles: &[ClaimRole]) -> Vec<Grant> {
    let has = |role: &&ClaimRole| {
        let mut parts = role.claim.split('.');
        // A name may have a dot in it, as that of a URL has.
        let whole = said.get(&role.claim);
        let nested = parts.next().and_then(|first| said.get(first));
        let nested = parts.fold(nested, |value, part| value.and_then(|value| value.get(part)));
        whole.or(nested).is_some_and(|value| is(value, &role.value))
    };
    let role = roles.iter().filter(has).map(|role| role.role).max();
    role.map(|role| Grant { role, scope: Scope::All }).into_iter().collect()
}

fn is(value: &Value, wanted: &str) -> bool {
    match value {
        Value::String(text) => text == wanted || wanted == ANY && !text.is_empty(),
        Value::Bool(_) | Value::Number(_) => wanted == ANY || wanted.parse::<Value>().is_ok_and(|wanted| wanted == *value),
        Value::Array(list) => list.iter().any(|one| is(one, wanted)),
        Value::Null | Value::Object(_) => false,
    }
}

/// Whatever the claim says.
const ANY: &str = "*";

/// As a name can be here: what cannot stand in one becomes a dash. `ana` of one domain is not `ana` of another.
fn plain(name: &str) -> String {
    let mut plain: String = name.chars().map(|c| if c.is_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '-' }).collect();
    plain.truncate(plain.floor_char_boundary(NAME));
    plain.trim_start_matches(['.', '-', '_']).to_owned()
}

/// All that the provider says of somebody beyond the standard claims.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Said(HashMap<String, Value>);

impl AdditionalClaims for Said {}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Logout {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    end_session_endpoint: Option<String>,
}

impl AdditionalProviderMetadata for Logout {}

type Metadata = ProviderMetadata<
    Logout,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

type Client = openidconnect::Client<
    Said,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    StandardTokenResponse<
        IdTokenFields<Said, EmptyExtraTokenFields, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>,
        CoreTokenType,
    >,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// One of `--oidc-role`.
pub fn parse_role(text: &str) -> Result<ClaimRole, String> {
    let expected = || "CLAIM=VALUE:ROLE is expected, such as groups=ops:operator".to_owned();
    let (said, role) = text.rsplit_once(':').ok_or_else(expected)?;
    let (claim, value) = said.split_once('=').filter(|(claim, _)| !claim.is_empty()).ok_or_else(expected)?;
    let role = Role::ALL.into_iter().find(|known| known.as_str() == role);
    let role = role.ok_or_else(|| format!("the roles are {}", Role::ALL.map(Role::as_str).join(", ")))?;
    Ok(ClaimRole { claim: claim.to_owned(), value: value.to_owned(), role })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_highest_role_that_a_claim_gives_counts() {
        let roles: Vec<ClaimRole> = [
            "groups=ops:operator",
            "groups=admins:administrator",
            "realm.roles=dev:developer",
            "https://a.b/c=true:viewer",
            "sub=*:viewer",
            "email=ana@quay.example:operator",
        ]
        .map(|text| parse_role(text).unwrap())
        .into();
        for (claims, role) in [
            (json!({ "groups": ["people", "ops"] }), Some(Role::Operator)),
            (json!({ "groups": "admins" }), Some(Role::Administrator)),
            (json!({ "groups": ["ops", "admins"] }), Some(Role::Administrator)),
            (json!({ "realm": { "roles": ["dev"] } }), Some(Role::Developer)),
            (json!({ "https://a.b/c": true }), Some(Role::Viewer)),
            (json!({ "groups": [] }), None),
            (json!({ "groups": null, "realm": "dev" }), None),
            (json!({ "groups": { "ops": true } }), None),
            (json!({}), None),
            (json!({ "sub": "" }), None),
            (json!({ "sub": "1" }), Some(Role::Viewer)),
            (json!({ "email": "ana@quay.example" }), None),
            (json!({ "email": "ana@quay.example", "email_verified": "true" }), None),
            (json!({ "email": "ana@quay.example", "email_verified": true }), Some(Role::Operator)),
        ] {
            assert_eq!(grants(&object(&claims), &roles).first().map(|grant| grant.role), role, "{claims}");
        }
        for wrong in ["groups", "groups=ops", "=ops:viewer", "groups=ops:king"] {
            assert!(parse_role(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn names_are_made_plain() {
        for (name, is) in [
            ("ana@quay.example", "ana-quay.example"),
            ("Ana María", "Ana-María"),
            ("..x", "x"),
            ("", ""),
            (&"あ".repeat(30), &"あ".repeat(21)),
        ] {
            assert_eq!(plain(name), is);
        }
    }
}
