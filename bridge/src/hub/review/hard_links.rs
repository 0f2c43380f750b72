//! Names of one file. The archive of a single path says nothing of other names; that of the folder does, and is read where two
//! files of it are as large and as old as each other.

use std::{collections::HashMap, io, time::Duration};

use linkspan_docker::{containers, model::PathStat};
use linkspan_shared::bytes_name::to_text;

use super::super::{
    EngineHub,
    files::{guarded, reader_of},
};
use crate::owned::blocking;

/// A folder that takes longer is not looked through: its files become copies.
const PATIENCE: Duration = Duration::from_secs(30);

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
        if alike.is_empty() {
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
        let archive = guarded(archive, self.stop.clone());
        let read = blocking(move || firsts(reader_of(archive)));
        tokio::time::timeout(PATIENCE, read).await.ok()?.ok()
    }
}

/// Of a folder's archive, what is in the folder itself.
fn firsts(archive: impl io::Read) -> io::Result<HashMap<String, String>> {
    let mut firsts = HashMap::new();
    for entry in tar::Archive::new(archive).entries()? {
        let entry = entry?;
        if entry.header().entry_type() != tar::EntryType::Link {
            continue;
        }
        let target = entry.link_name_bytes().map(|target| to_text(&target)).unwrap_or_default();
        if let (Some(name), Some(first)) = (within(&to_text(&entry.path_bytes())), within(&target)) {
            firsts.insert(name, first);
        }
    }
    Ok(firsts)
}

/// `./name` and `folder/name`: the name; `None` of what is deeper.
fn within(path: &str) -> Option<String> {
    let path = path.trim_start_matches('/').trim_start_matches("./");
    match path.split_once('/') {
        None => Some(path.to_owned()),
        Some((_, name)) if !name.contains('/') => Some(name.to_owned()),
        Some(_) => None,
    }
}
