//! Who is signed in, as the web API (`/api/session`, `/api/sign-in`, `/api/welcome`, `/api/password`,
//! `/api/sign-out`) says it.

use serde::{Deserialize, Serialize};

use crate::{
    credential::Secret,
    ids::{EngineId, UserName},
};

/// What somebody may do; each includes those before it. The bridge's one seam decides by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Looks: tables, logs, figures. The values of variables are hidden.
    Viewer,
    /// Starts, stops, pulls, pushes, and commits what is there.
    Operator,
    /// Runs, edits, builds and removes, opens terminals and files; nothing that gives the engine's host away.
    Developer,
    /// What gives the host away, too, and what Linkspan itself is set up with: people, engines, credentials.
    Administrator,
}

impl Role {
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Operator, Self::Developer, Self::Administrator];

    /// As the command line, the database and documents have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Developer => "developer",
            Self::Administrator => "administrator",
        }
    }
}

/// What a role is given for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Every engine, and Linkspan itself.
    All,
    Engine(EngineId),
    /// What carries this label, on whichever engine: a Compose project, say, by `com.docker.compose.project`.
    Label {
        name: String,
        value: String,
    },
}

/// A role somewhere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Grant {
    pub role: Role,
    pub scope: Scope,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    pub name: UserName,
    pub grants: Vec<Grant>,
}

impl User {
    /// With a role everywhere.
    pub fn everywhere(name: UserName, role: Role) -> Self {
        Self { name, grants: vec![Grant { role, scope: Scope::All }] }
    }

    /// The highest one, wherever.
    pub fn role(&self) -> Option<Role> {
        self.grants.iter().map(|grant| grant.role).max()
    }

    /// For Linkspan itself.
    pub fn role_everywhere(&self) -> Option<Role> {
        self.highest(|scope| *scope == Scope::All)
    }

    /// For all that is on an engine.
    pub fn role_on(&self, engine: &EngineId) -> Option<Role> {
        self.highest(|scope| match scope {
            Scope::All => true,
            Scope::Engine(id) => id == engine,
            Scope::Label { .. } => false,
        })
    }

    /// For what carries these labels there.
    pub fn role_for(&self, engine: &EngineId, labels: &[(String, String)]) -> Option<Role> {
        self.highest(|scope| match scope {
            Scope::All => true,
            Scope::Engine(id) => id == engine,
            Scope::Label { name, value } => labels.iter().any(|(of, is)| of == name && is == value),
        })
    }

    /// The highest one for anything that may be there.
    pub fn role_at_most(&self, engine: &EngineId) -> Option<Role> {
        self.highest(|scope| !matches!(scope, Scope::Engine(id) if id != engine))
    }

    fn highest(&self, counts: impl Fn(&Scope) -> bool) -> Option<Role> {
        self.grants.iter().filter(|grant| counts(&grant.scope)).map(|grant| grant.role).max()
    }
}

/// `GET /api/session`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionState {
    /// Nobody when signed out.
    pub user: Option<User>,
    /// No account exists yet: the one-time link that the bridge printed creates the first.
    pub needs_set_up: bool,
    /// There is an OpenID Connect provider that signs people in: `GET /api/oidc/begin` leads there.
    #[serde(default)]
    pub single_sign_on: bool,
    /// Somebody can sign in by a passkey on this page; told to whoever is signed out.
    #[serde(default)]
    pub passkeys: bool,
}

/// `POST /api/sign-out` of whom a provider has signed in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignedOut {
    /// There the browser is signed out at the provider, too (OpenID Connect RP-Initiated Logout 1.0).
    pub end_session: String,
}

/// Why whoever comes back from the provider is not signed in: `/login?sso=CODE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SsoProblem {
    /// The provider does not answer, or not as one does.
    Unavailable,
    /// As many have failed from this address as with passwords.
    TooMany,
    /// The person took too long, has not begun in this browser, or comes a second time.
    Late,
    /// The provider has not signed them in.
    Refused,
    /// Its answer is not signed as it should be, for somebody else, or too old.
    NotBelieved,
    NoRole,
    NameTaken,
    NameInvalid,
    Disabled,
    /// The bridge could not; its log says why.
    Failed,
}

impl SsoProblem {
    pub const ALL: [Self; 10] = [
        Self::Unavailable,
        Self::TooMany,
        Self::Late,
        Self::Refused,
        Self::NotBelieved,
        Self::NoRole,
        Self::NameTaken,
        Self::NameInvalid,
        Self::Disabled,
        Self::Failed,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unavailable => "unavailable",
            Self::TooMany => "too_many",
            Self::Late => "late",
            Self::Refused => "refused",
            Self::NotBelieved => "not_believed",
            Self::NoRole => "no_role",
            Self::NameTaken => "name_taken",
            Self::NameInvalid => "name_invalid",
            Self::Disabled => "disabled",
            Self::Failed => "failed",
        }
    }
}

/// `POST /api/sign-in`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignIn {
    pub user: String,
    pub password: Secret,
}

/// `POST /api/welcome`: creates the administrator, or sets a new password, with a one-time token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Welcome {
    pub token: Secret,
    pub user: String,
    pub password: Secret,
}

/// `POST /api/password`: sets one's own, and ends one's other sessions.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewPassword {
    pub current: Secret,
    pub password: Secret,
}

/// Why a request under `/api/` was refused. The body of every 4xx answer there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessProblem {
    /// Wrong user or wrong password; never which.
    WrongCredentials,
    /// Too many failed tries from this address or for this user.
    TooManyAttempts {
        retry_after_seconds: u64,
    },
    /// The one-time link was used already, has expired, or never existed.
    TokenInvalid,
    PasswordTooShort {
        minimum: usize,
    },
    PasswordTooLong {
        maximum: usize,
    },
    /// 1 to 64 letters, digits, dots, dashes and underscores.
    UserNameInvalid,
    /// Somebody is called so already.
    UserNameTaken,
    /// The request came from a page of another address than those of this Linkspan.
    OriginRefused {
        origin: String,
        allowed: Vec<String>,
    },
    /// One person has as many websockets open as one may have.
    TooManyTabs {
        most: usize,
    },
    SignedOut,
    /// Whoever has signed this person in says nothing that gives a role here.
    NoRole,
    /// A proxy or a provider signs this person in.
    NoPassword,
    /// It signs nobody in here, or not any more; or it took too long. Never which.
    PasskeyRefused,
    /// The page's address is a number, or not encrypted: browsers have no passkeys there.
    PasskeyNeedsName,
    TooManyPasskeys {
        most: usize,
    },
    BadRequest,
    /// The bridge could not carry it out; its log says why.
    Internal,
}

/// Whether somebody who has signed in may be led there: a path of this Linkspan. Browsers read `/\x` and `/<tab>/x` as another host.
pub fn is_own_path(path: &str) -> bool {
    path.starts_with('/') && !path.starts_with("//") && !path.contains(|c: char| c == '\\' || c.is_control())
}

/// Characters, at least; a passphrase beats rules about symbols (NIST SP 800-63B, 5.1.1).
pub const PASSWORD_MINIMUM: usize = 12;
/// Bytes, at most: bounds what one hash may cost.
pub const PASSWORD_MAXIMUM: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signing_in_never_leads_elsewhere() {
        assert!(is_own_path("/containers?q=a") && is_own_path("/"));
        for elsewhere in ["", "containers", "//evil.example", "/\\evil.example", "/\t/evil.example", "https://evil.example", "javascript:x"]
        {
            assert!(!is_own_path(elsewhere), "{elsewhere:?}");
        }
    }

    #[test]
    fn no_secret_is_shown_for_debugging() {
        let secret = || Secret::from("hunter2hunter2");
        let said = format!("{:?}", SignIn { user: "mika".into(), password: secret() });
        let welcome = format!("{:?}", Welcome { token: secret(), user: "mika".into(), password: secret() });
        let new = format!("{:?}", NewPassword { current: secret(), password: secret() });
        assert!(!(said + &welcome + &new).contains("hunter2"));
    }
}
