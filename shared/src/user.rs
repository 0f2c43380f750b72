//! Who is signed in, as the web API (`/api/session`, `/api/sign-in`, `/api/welcome`, `/api/password`,
//! `/api/sign-out`) says it.

use serde::{Deserialize, Serialize};

use crate::{credential::Secret, ids::UserName};

/// What a person may do; the bridge's one seam decides by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Administrator,
    /// Everything that is done on an engine, nothing that Linkspan itself is set up with: engines, credentials.
    Operator,
}

impl Role {
    /// Whether it may do what another one may.
    pub fn includes(self, other: Role) -> bool {
        self == Role::Administrator || other == Role::Operator
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    pub name: UserName,
    pub role: Role,
}

/// `GET /api/session`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionState {
    /// Nobody when signed out.
    pub user: Option<User>,
    /// No account exists yet: the one-time link that the bridge printed creates the first.
    pub needs_set_up: bool,
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
    /// The request came from another site, or names a host that this Linkspan does not serve.
    OriginRefused,
    SignedOut,
    BadRequest,
    /// The bridge could not carry it out; its log says why.
    Internal,
}

/// Characters, at least; a passphrase beats rules about symbols (NIST SP 800-63B, 5.1.1).
pub const PASSWORD_MINIMUM: usize = 12;
/// Bytes, at most: bounds what one hash may cost.
pub const PASSWORD_MAXIMUM: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_is_shown_for_debugging() {
        let secret = || Secret::from("hunter2hunter2");
        let said = format!("{:?}", SignIn { user: "mika".into(), password: secret() });
        let welcome = format!("{:?}", Welcome { token: secret(), user: "mika".into(), password: secret() });
        let new = format!("{:?}", NewPassword { current: secret(), password: secret() });
        assert!(!(said + &welcome + &new).contains("hunter2"));
    }
}
