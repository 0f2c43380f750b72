//! Two images beside each other: what is in each is read as a tar file of a container of it that is never started.
//!
//! Times are no difference: two builds of the same files are the same.

use std::{
    collections::HashMap,
    io::{self, Read},
};

use linkspan_docker::model::Change;
use linkspan_shared::bytes_name::to_text;
use sha2::{Digest, Sha256};

/// Of one image; each takes some hundred bytes of memory.
const FILES: usize = 2_000_000;
/// Bytes of their paths.
const NAMES: usize = 256 << 20;
/// As `GET /containers/{id}/changes` counts them.
const CHANGED: i64 = 0;
const ADDED: i64 = 1;
const DELETED: i64 = 2;

/// What an image has at each path: kind, mode, owner, extended attributes and content, as a hash.
pub type Contents = HashMap<Box<[u8]>, Print>;
type Print = [u8; 16];

/// Of a tar file of a whole file system.
pub fn contents(archive: impl Read) -> io::Result<Contents> {
    let mut contents = Contents::new();
    let (mut buffer, mut names) = (vec![0; 64 * 1024], 0);
    for entry in tar::Archive::new(archive).entries()? {
        let mut entry = entry?;
        let path = inside(&entry.path_bytes());
        if path.is_empty() {
            continue;
        }
        names += path.len();
        if contents.len() >= FILES || names > NAMES {
            return Err(io::Error::other("it has more files than can be compared"));
        }
        let target = entry.link_name_bytes().map(|target| target.into_owned());
        // Another name of a file that came before is that file: which one comes first is chance.
        if entry.header().entry_type() == tar::EntryType::Link
            && let Some(print) = target.as_ref().and_then(|target| contents.get(&inside(target))).copied()
        {
            contents.insert(path, print);
            continue;
        }
        let mut hash = Sha256::new();
        let header = entry.header();
        let kind = if header.entry_type().is_file() { tar::EntryType::Regular } else { header.entry_type() };
        for number in [u64::from(kind.as_byte()), u64::from(header.mode()? & 0o7777), header.uid()?, header.gid()?] {
            hash.update(number.to_le_bytes());
        }
        for number in [header.device_major().ok().flatten(), header.device_minor().ok().flatten()] {
            hash.update(number.unwrap_or_default().to_le_bytes());
        }
        let mut text = |bytes: &[u8]| {
            hash.update(bytes.len().to_le_bytes());
            hash.update(bytes);
        };
        text(target.as_deref().unwrap_or_default());
        for record in entry.pax_extensions()?.into_iter().flatten().flatten() {
            if record.key_bytes().starts_with(b"SCHILY.xattr.") {
                text(record.key_bytes());
                text(record.value_bytes());
            }
        }
        loop {
            let read = entry.read(&mut buffer)?;
            if read == 0 {
                break;
            }
            hash.update(buffer.get(..read).unwrap_or_default());
        }
        let mut print = Print::default();
        print.iter_mut().zip(hash.finalize()).for_each(|(to, from)| *to = from);
        contents.insert(path, print);
    }
    Ok(contents)
}

/// Without what stands before the first folder's name and after the last one's.
fn inside(path: &[u8]) -> Box<[u8]> {
    let path = path.strip_prefix(b".").filter(|rest| rest.is_empty() || rest.starts_with(b"/")).unwrap_or(path);
    let begin = path.iter().take_while(|byte| **byte == b'/').count();
    let path = path.get(begin..).unwrap_or_default();
    path.strip_suffix(b"/").unwrap_or(path).into()
}

/// What is another in `after`; of what is gone the folder alone.
pub fn difference(before: &Contents, after: &Contents) -> Vec<Change> {
    let change = |path: &[u8], kind| Change { path: format!("/{}", to_text(path)), kind };
    let folder = |path: &[u8]| path.iter().rposition(|byte| *byte == b'/').and_then(|at| path.get(..at)).unwrap_or_default().to_vec();
    let is_gone = |path: &[u8]| before.contains_key(path) && !after.contains_key(path);
    let there = after.iter().filter_map(|(path, print)| match before.get(path) {
        None => Some(change(path, ADDED)),
        Some(other) if other != print => Some(change(path, CHANGED)),
        Some(_) => None,
    });
    let gone = before.keys().filter(|path| is_gone(path) && !is_gone(&folder(path)));
    there.chain(gone.map(|path| change(path, DELETED))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(files: &[(&str, tar::EntryType, &str)], mtime: u64) -> Contents {
        let mut builder = tar::Builder::new(Vec::new());
        for (path, kind, content) in files {
            let mut header = tar::Header::new_gnu();
            header.set_entry_type(*kind);
            header.set_mode(0o644);
            header.set_mtime(mtime);
            header.set_uid(0);
            header.set_gid(0);
            header.set_size(content.len() as u64);
            match kind {
                tar::EntryType::Regular => builder.append_data(&mut header, path, content.as_bytes()).unwrap(),
                tar::EntryType::Directory => builder.append_data(&mut header, path, io::empty()).unwrap(),
                _ => {
                    header.set_size(0);
                    builder.append_link(&mut header, path, content).unwrap();
                }
            }
        }
        contents(builder.into_inner().unwrap().as_slice()).unwrap()
    }

    #[test]
    fn what_is_another_is_told_and_what_is_gone_as_a_whole() {
        use tar::EntryType::{Directory, Link, Regular, Symlink};
        let before = image(
            &[
                ("etc/", Directory, ""),
                ("etc/hosts", Regular, "a"),
                ("etc/same", Regular, "s"),
                ("etc/one", Regular, "1"),
                ("etc/other", Link, "etc/one"),
                ("old/", Directory, ""),
                ("old/a", Regular, ""),
                ("bin", Symlink, "usr/bin"),
            ],
            1,
        );
        // Of two names of one file the other comes first here, and all is newer.
        let after = image(
            &[
                ("./etc/", Directory, ""),
                ("etc/hosts", Regular, "b"),
                ("etc/same", Regular, "s"),
                ("etc/other", Regular, "1"),
                ("etc/one", Link, "etc/other"),
                ("etc/new", Regular, ""),
                ("bin", Symlink, "usr/sbin"),
            ],
            2,
        );
        let mut said: Vec<(String, i64)> = difference(&before, &after).into_iter().map(|change| (change.path, change.kind)).collect();
        said.sort();
        let wanted = [("/bin", CHANGED), ("/etc/hosts", CHANGED), ("/etc/new", ADDED), ("/old", DELETED)];
        assert_eq!(said, wanted.map(|(path, kind)| (path.to_owned(), kind)));
        assert!(difference(&after, &after).is_empty());
    }
}
