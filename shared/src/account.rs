//! Who may use this Linkspan, as administrators see and change it, and everybody's own tokens.

use serde::{Deserialize, Serialize};

use crate::{
    credential::Secret,
    ids::UserName,
    time::Timestamp,
    user::{Grant, Role, User},
};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    pub user: User,
    /// May not sign in.
    pub disabled: bool,
    /// A proxy signs them in, and says what they may.
    #[serde(default)]
    pub external: bool,
    /// That are signed in.
    pub sessions: u32,
    /// To the minute.
    pub last_seen: Option<Timestamp>,
}

/// A one-time link that nobody has used yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// Not what is in the link.
    pub id: String,
    pub grants: Vec<Grant>,
    pub by: UserName,
    pub expires: Timestamp,
}

/// Everybody who may sign in, or could.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accounts {
    pub people: Vec<Account>,
    pub invitations: Vec<Invitation>,
}

/// What stands for its owner in scripts, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    pub id: String,
    pub name: String,
    /// The most that it may, wherever its owner may as much.
    pub role: Role,
    pub created: Timestamp,
    pub expires: Option<Timestamp>,
    /// To the minute.
    pub used: Option<Timestamp>,
}

/// What is shown once, and kept as a hash alone: the secret of a token or of a one-time link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    pub secret: Secret,
}

/// Days that an invitation or a token may last.
pub const MAX_DAYS: u32 = 365;
/// Characters of a token's name.
pub const TOKEN_NAME: usize = 64;
/// Tokens of one person.
pub const TOKENS: usize = 50;
/// Grants of one person.
pub const GRANTS: usize = 50;
