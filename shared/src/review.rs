//! What a container changed against its image, to be reviewed before it is committed; or an image against another one.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

mod noise;

pub use noise::{LONGEST_PATTERN, MOST_PATTERNS, is_pattern, noise, secret, standard_noise};

use crate::{
    file::FileKind,
    ids::{ContainerId, ImageId},
    time::Timestamp,
};

/// Labels of an image that was committed here: the image of its container, that container's name, by whom, why, how
/// (`selected changes` or `everything`), and why what looks like a secret is in it.
pub const LABEL_PARENT: &str = "io.linkspan.parent";
pub const LABEL_CONTAINER: &str = "io.linkspan.container";
pub const LABEL_AUTHOR: &str = "io.linkspan.author";
pub const LABEL_MESSAGE: &str = "io.linkspan.message";
pub const LABEL_MODE: &str = "io.linkspan.mode";
pub const LABEL_OVERRIDE: &str = "io.linkspan.override";
pub const LABELS: [&str; 6] = [LABEL_PARENT, LABEL_CONTAINER, LABEL_AUTHOR, LABEL_MESSAGE, LABEL_MODE, LABEL_OVERRIDE];

/// Bytes of a file that are compared as text, at most.
pub const COMPARED: u64 = 1 << 20;

/// What is looked through.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewOf {
    /// A container against its image.
    Container(ContainerId),
    /// An image against another one.
    Image { id: ImageId, before: ImageId },
}

/// As `GET /containers/{id}/changes` counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    Added,
    Changed,
    Deleted,
    /// Deleted and made again: nothing of what was in the image's is left.
    Replaced,
}

/// How many paths of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeCounts {
    pub added: u64,
    pub changed: u64,
    pub deleted: u64,
    pub replaced: u64,
}

impl ChangeCounts {
    pub fn all(&self) -> u64 {
        self.added + self.changed + self.deleted + self.replaced
    }

    pub fn of(&self, kind: ChangeKind) -> u64 {
        match kind {
            ChangeKind::Added => self.added,
            ChangeKind::Changed => self.changed,
            ChangeKind::Deleted => self.deleted,
            ChangeKind::Replaced => self.replaced,
        }
    }

    pub fn count(&mut self, kind: ChangeKind) {
        match kind {
            ChangeKind::Added => self.added += 1,
            ChangeKind::Changed => self.changed += 1,
            ChangeKind::Deleted => self.deleted += 1,
            ChangeKind::Replaced => self.replaced += 1,
        }
    }
}

/// A path that changed, or a folder above some.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeEntry {
    /// As the engine has it: what is no UTF-8 stands as U+FFFD, so that two files can have one path.
    pub path: String,
    /// `None`: nothing of its own.
    pub kind: Option<ChangeKind>,
    /// Of all below it.
    pub below: ChangeCounts,
    /// Of what usually nobody keeps: the pattern that says so.
    pub noise: Option<String>,
    /// Of what looks like a secret.
    #[serde(default)]
    pub secret: Option<String>,
    /// It was not there when the container was looked through before.
    pub is_new: bool,
}

/// Which changes go into a layer: what is said of the nearest folder counts. Of [`noise`] and of a [`secret`] that has to be said of it itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    /// Of what nothing is said of.
    pub rest: bool,
    pub rules: BTreeMap<String, bool>,
    /// The patterns of noise, which whoever has the review knows.
    #[serde(skip)]
    pub noise: Arc<[String]>,
}

impl Selection {
    pub fn includes(&self, path: &str) -> bool {
        let mut at = path;
        loop {
            if let Some(included) = self.rules.get(at) {
                return *included;
            }
            let folder = at.rsplit_once('/').map_or("", |(folder, _)| folder);
            let is_noise = |path: &str| noise(&self.noise, path).is_some();
            if is_noise(at) && !is_noise(folder) || secret(at).is_some() && secret(folder).is_none() {
                return false;
            }
            if folder.is_empty() {
                return self.rest;
            }
            at = folder;
        }
    }

    /// Says it of a path and all below it.
    pub fn set(&mut self, path: &str, included: bool) {
        let below = format!("{path}/");
        self.rules.retain(|rule, _| rule != path && !rule.starts_with(&below));
        if self.includes(path) != included {
            self.rules.insert(path.to_owned(), included);
        }
    }
}

/// What is selected.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selected {
    pub paths: u64,
    /// Those of them that look like secrets, the first ones.
    pub secrets: Vec<String>,
    /// How many paths look so, selected or not.
    pub all_secrets: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DockerfileDraft {
    pub id: String,
    pub text: String,
    /// Bytes of the build context, a tar file with this Dockerfile.
    pub size: u64,
    /// Packages are installed by their managers.
    pub has_packages: bool,
}

/// What is in one folder, or what a filter leaves of all below it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeList {
    /// When the engine was asked.
    pub scanned: Timestamp,
    /// Of all that was looked through.
    pub total: ChangeCounts,
    pub entries: Vec<ChangeEntry>,
    /// There are more.
    pub is_partial: bool,
    /// The patterns of noise that were told from.
    #[serde(default)]
    pub noise: Vec<String>,
}

/// What usually nobody keeps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoiseRules {
    pub patterns: Vec<String>,
    /// Nobody has changed them.
    pub is_standard: bool,
}

/// Bytes of a file before and now, or of all that changed in a folder; `None` where there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeSize {
    pub before: Option<u64>,
    pub after: Option<u64>,
}

impl ChangeSize {
    pub fn add(&mut self, other: Self) {
        for (all, one) in [(&mut self.before, other.before), (&mut self.after, other.after)] {
            *all = one.map_or(*all, |one| Some(all.unwrap_or_default().saturating_add(one)));
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    /// Bytes that a container has of its own, `SizeRw`; `None` where the engine does not say, and of images.
    pub own: Option<u64>,
    /// One for each path.
    pub sizes: Vec<ChangeSize>,
}

/// Paths that are measured at once, at most.
pub const MEASURED: usize = 200;

/// A path before and now; `None` where it is not there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    pub before: Option<Side>,
    pub after: Option<Side>,
    /// Of two texts, or of one where the other is not there.
    pub hunks: Option<Vec<Hunk>>,
    /// Of two files that are not both text: the number of bytes that are the same at their beginning, where they differ.
    pub first_difference: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Side {
    pub kind: FileKind,
    /// Bytes
    pub size: u64,
    /// Permissions, the lower twelve bits.
    pub mode: u32,
    pub uid: u64,
    pub gid: u64,
    /// Of a symbolic link.
    pub target: String,
    /// SHA-256 of a file's bytes, hexadecimal.
    pub digest: String,
    /// UTF-8 without a NUL.
    pub is_text: bool,
    /// Extended attributes, `name=value` each; a value that is no text in hexadecimal digits after `0x`.
    pub attributes: Vec<String>,
}

/// Lines that differ, with some around them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hunk {
    /// Numbers of the first line, from 1.
    pub before: u64,
    pub after: u64,
    pub lines: Vec<DiffLine>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiffLine {
    Same(String),
    Removed(Vec<Span>),
    Added(Vec<Span>),
}

/// A part of a line; `changed`: it is what is other about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    pub text: String,
    pub changed: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_folder_decides() {
        let all = || Selection { rest: true, noise: standard_noise().into(), ..Selection::default() };
        let mut selection = all();
        selection.set("/srv", false);
        selection.set("/srv/keep", true);
        selection.set("/tmp/keep", true);
        let paths = ["/etc/hosts", "/srv", "/srv/a/b", "/srv/keep/x", "/srvfile", "/tmp", "/tmp/a", "/tmp/keep/x"];
        assert_eq!(paths.map(|path| selection.includes(path)), [true, false, false, true, true, false, false, true]);
        // What is said of a folder takes the place of what was said of what is in it, and nothing is said twice.
        selection.set("/srv", true);
        selection.set("/tmp", false);
        assert_eq!(selection, all());
        // Noise within what is wanted is noise all the same.
        selection.set("/var", true);
        assert!(selection.includes("/var/lib/x") && !selection.includes("/var/cache/apt/x") && !selection.includes("/srv/a.pyc"));
    }
}
