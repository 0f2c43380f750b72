//! Files inside containers.

use serde::{Deserialize, Serialize};

use crate::{
    ids::{ContainerId, VolumeName},
    time::Timestamp,
};

/// Bytes of a file that are shown as text, at most.
pub const SHOWN: u64 = 512 << 10;

/// Whose files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileSource {
    Container(ContainerId),
    Volume(VolumeName),
}

/// What is in a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    pub entries: Vec<FileEntry>,
    /// Not all of it was read: the folder is too large to be looked through without a process inside the container.
    pub is_partial: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Without its folder.
    pub name: String,
    pub kind: FileKind,
    /// Bytes
    pub size: u64,
    /// Permissions, the lower twelve bits.
    pub mode: u32,
    pub modified: Option<Timestamp>,
    pub uid: u64,
    pub gid: u64,
    /// Of a symbolic link.
    pub target: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    Folder,
    File,
    Link,
    /// A device, a socket or a pipe.
    Other,
}

/// The beginning of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileText {
    /// `None`: it is no text.
    pub text: Option<String>,
    /// Bytes of the whole file.
    pub size: u64,
    /// More of it follows than is shown.
    pub is_cut: bool,
    /// Of the whole file, as it was read: whoever saves another text in its place says what that takes the place of. `None`:
    /// it is no text, or only a part of it was read.
    pub digest: Option<String>,
}
