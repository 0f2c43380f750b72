//! Names of one file. The archive of a single path says nothing of other names; that of the folder does, and is read where two
//! files of it are as large and as old as each other.

use std::{
    collections::HashMap,
    io::{self, Read},
    time::Duration,
};

use futures_util::StreamExt;
use linkspan_docker::{containers, model::PathStat};
use linkspan_shared::bytes_name::to_text;
use tokio_util::sync::CancellationToken;

use super::super::{
    EngineHub,
    files::{guarded, reader_of},
};
use crate::owned::blocking;

/// A folder that takes longer, or has more bytes in it, is not looked through: its files become copies.
const PATIENCE: Duration = Duration::from_secs(10);
const MOST: u64 = 1 << 30;
/// Folders that are looked through for one layer.
const FOLDERS: usize = 20;

#[derive(Default)]
pub struct HardLinks {
    /// What each folder's files were, that were asked about.
    seen: HashMap<String, Vec<(PathStat, String)>>,
    /// Of folders that were looked through: the name that comes first in its archive, by each other name.
    firsts: HashMap<String, HashMap<String, String>>,
}

impl EngineHub {
    /// A path that was asked about before and is another name of the file at this one, in the same folder.
    pub(super) async fn earlier_name(&self, container: &str, path: &str, links: &mut HardLinks) -> Option<String> {
        let stat = self.client.path_stat(&containers::stat(container, path)).await.ok()?;
        if !stat.is_file() || stat.size == 0 {
            return None;
        }
        let (folder, name) = path.rsplit_once('/')?;
        let seen = links.seen.entry(folder.to_owned()).or_default();
        let alike: Vec<String> = seen.iter().filter(|(other, _)| *other == stat).map(|(_, name)| name.clone()).collect();
        seen.push((stat, name.to_owned()));
        // All there is would be looked through for the root's sake.
        if alike.is_empty() || folder.is_empty() {
            return None;
        }
        if links.firsts.len() >= FOLDERS && !links.firsts.contains_key(folder) {
            return None;
        }
        if !links.firsts.contains_key(folder) {
            links.firsts.insert(folder.to_owned(), self.firsts_in(container, folder).await.unwrap_or_default());
        }
        let firsts = links.firsts.get(folder)?;
        let first = |name: &str| firsts.get(name).cloned().unwrap_or_else(|| name.to_owned());
        let own = first(name);
        alike.into_iter().find(|other| first(other) == own).map(|other| format!("{folder}/{other}"))
    }

    async fn firsts_in(&self, container: &str, folder: &str) -> Option<HashMap<String, String>> {
        let archive = self.client.stream(&containers::archive(container, &format!("{folder}/"))).await.ok()?;
        // With it the request ends, too.
        let late = CancellationToken::new();
        let _guard = late.clone().drop_guard();
        let archive = guarded(archive, self.stop.clone()).take_until(late.cancelled_owned());
        let read = blocking(move || firsts(reader_of(archive).take(MOST)));
        tokio::time::timeout(PATIENCE, read).await.ok()?.ok()
    }
}

/// Of a folder's archive, what is in the folder itself.
pub(crate) fn firsts(archive: impl io::Read) -> io::Result<HashMap<String, String>> {
    let (mut firsts, mut folder) = (HashMap::new(), None);
    for entry in tar::Archive::new(archive).entries()? {
        let entry = entry?;
        let path = to_text(&entry.path_bytes());
        // The first one is the folder.
        let folder = folder.get_or_insert_with(|| path.trim_end_matches('/').to_owned());
        let within =
            |path: &str| path.strip_prefix(folder.as_str())?.strip_prefix('/').filter(|name| !name.contains('/')).map(str::to_owned);
        let target = entry.link_name_bytes().filter(|_| entry.header().entry_type() == tar::EntryType::Link);
        if let (Some(name), Some(first)) = (within(&path), target.and_then(|target| within(&to_text(&target)))) {
            firsts.insert(name, first);
        }
    }
    Ok(firsts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_one_file_are_those_of_the_folder_itself() {
        let mut builder = tar::Builder::new(Vec::new());
        let mut add = |path: &str, kind, link: &str| {
            let mut header = tar::Header::new_gnu();
            header.set_entry_type(kind);
            header.set_size(0);
            match link {
                "" => builder.append_data(&mut header, path, io::empty()).unwrap(),
                link => builder.append_link(&mut header, path, link).unwrap(),
            }
        };
        add("bin/", tar::EntryType::Directory, "");
        add("bin/a", tar::EntryType::Regular, "");
        add("bin/b", tar::EntryType::Link, "bin/a");
        add("bin/deep/b", tar::EntryType::Link, "bin/deep/c");
        add("bin/c", tar::EntryType::Link, "bin/deep/c");
        let found = firsts(builder.into_inner().unwrap().as_slice()).unwrap();
        assert_eq!(found, HashMap::from([("b".to_owned(), "a".to_owned())]));
    }
}
