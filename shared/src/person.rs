//! Who has this Linkspan open.

use serde::{Deserialize, Serialize};

use crate::{ids::UserName, table::Row};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub name: UserName,
}

impl Row for Person {
    type Id = UserName;
    fn id(&self) -> &UserName {
        &self.name
    }
}
