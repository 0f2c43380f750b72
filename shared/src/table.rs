//! State on the wire: a table of rows, as a snapshot or as what changed since a sequence number.

use serde::{Deserialize, Serialize};

/// Something with an identity, shown as one row.
pub trait Row: Clone + PartialEq {
    type Id: Clone + Eq + Ord + std::hash::Hash;
    fn id(&self) -> &Self::Id;
}

/// A change of a table. Applying a delta twice is the same as applying it once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    rename_all = "snake_case",
    bound(serialize = "R: Serialize, R::Id: Serialize", deserialize = "R: Deserialize<'de>, R::Id: Deserialize<'de>")
)]
pub enum TableChange<R: Row> {
    /// All there is; rows that are not in it are gone.
    Snapshot(Vec<R>),
    Delta {
        upserted: Vec<R>,
        removed: Vec<R::Id>,
    },
}

impl<R: Row> TableChange<R> {
    /// What of it is about the rows that are meant; `None` if nothing is.
    pub fn only(self, is_meant: impl Fn(&R::Id) -> bool) -> Option<Self> {
        match self {
            Self::Snapshot(mut rows) => {
                rows.retain(|row| is_meant(row.id()));
                Some(Self::Snapshot(rows))
            }
            Self::Delta { mut upserted, mut removed } => {
                upserted.retain(|row| is_meant(row.id()));
                removed.retain(is_meant);
                (!upserted.is_empty() || !removed.is_empty()).then_some(Self::Delta { upserted, removed })
            }
        }
    }
}
