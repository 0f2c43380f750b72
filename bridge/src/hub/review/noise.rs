//! What usually nobody keeps, as this Linkspan has it: for all of its engines.

use std::sync::Arc;

use linkspan_shared::{
    problem::{Problem, ProblemCode},
    review::{LONGEST_PATTERN, MOST_PATTERNS, NoiseRules, is_pattern, standard_noise},
};
use parking_lot::RwLock;
use rusqlite::OptionalExtension;

use crate::database::Database;

pub struct Noise {
    /// `None`: nobody has changed them.
    own: RwLock<Option<Arc<[String]>>>,
    database: Arc<Database>,
}

impl Noise {
    /// One that cannot be read is as none.
    pub fn load(database: Arc<Database>) -> Self {
        let stored = database.lock().query_row("SELECT patterns FROM review_noise", [], |row| row.get::<_, String>(0)).optional();
        let stored = stored.inspect_err(|error| tracing::warn!(%error, "the list of noise cannot be read")).ok().flatten();
        let own = stored.and_then(|patterns| serde_json::from_str::<Vec<String>>(&patterns).ok()).map(Into::into);
        Self { own: RwLock::new(own), database }
    }

    pub fn patterns(&self) -> Arc<[String]> {
        self.own.read().clone().unwrap_or_else(|| standard_noise().into())
    }

    pub fn rules(&self) -> NoiseRules {
        NoiseRules { patterns: self.patterns().to_vec(), is_standard: self.own.read().is_none() }
    }

    /// `None`: those that everybody begins with.
    pub fn set(&self, patterns: Option<Vec<String>>) -> Result<(), Problem> {
        let invalid = |subject: &str, why: String| Problem::new(ProblemCode::Invalid, subject, why);
        let all = patterns.iter().flatten();
        if all.clone().count() > MOST_PATTERNS {
            return Err(invalid("noise", format!("{MOST_PATTERNS} patterns at most")));
        }
        if let Some(wrong) = all.clone().find(|pattern| !is_pattern(pattern)) {
            let why = format!(
                "“{wrong}” is no pattern: a folder such as /var/cache, or **/ and a name such as **/*.pyc, of {LONGEST_PATTERN} bytes at most"
            );
            return Err(invalid(wrong, why));
        }
        let mut connection = self.database.lock();
        let mut store = || {
            let transaction = connection.transaction()?;
            transaction.execute("DELETE FROM review_noise", [])?;
            if let Some(patterns) = &patterns {
                let text = serde_json::json!(patterns).to_string();
                transaction.execute("INSERT INTO review_noise (patterns) VALUES (?)", [text])?;
            }
            transaction.commit()
        };
        store().map_err(|error: rusqlite::Error| {
            tracing::error!(%error, "the list of noise cannot be stored");
            Problem::new(ProblemCode::Internal, "noise", "")
        })?;
        *self.own.write() = patterns.map(Into::into);
        Ok(())
    }
}
