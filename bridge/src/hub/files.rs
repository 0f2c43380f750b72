//! Files inside containers. The Engine API has no listing: in a container that runs, `find` and `stat` of its own say it;
//! in every other one, the tar file that the engine makes of a folder is looked through, and not kept.

use std::{
    collections::HashMap,
    io::{BufReader, Read},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use linkspan_docker::{ByteStream, EngineError, containers};
use linkspan_shared::{
    bytes_name::{byte_of, to_text},
    file::{FileEntry, FileKind, FileSource, Listing},
    problem::{Problem, ProblemCode},
    time::Timestamp,
};
use tokio_util::{
    io::{StreamReader, SyncIoBridge},
    sync::CancellationToken,
};

use super::{EngineHub, helpers::VOLUME, validation::check_path};
use crate::owned;

mod change;
mod content;
mod place;
mod script;

pub use content::{File, FirstEntry, guarded};
use place::Place;

/// Bytes that a thread takes of a stream at a time, at most.
const READ: usize = 64 << 10;
/// Entries of one folder that are told.
const ENTRIES: usize = 10_000;
/// A folder that cannot be looked through in this time is told as far as that went.
const PATIENCE: Duration = Duration::from_secs(20);
/// For each entry a record of its name and, of a link, where that leads; then a record of its figures, as far as it can be
/// looked at. A record begins with a word of this listing alone, so that whatever stands in a name, a line end too, is
/// nothing but a name.
const LIST: &str = r#"command -v find >/dev/null && command -v stat >/dev/null || exit 9
cd -- "$1" || exit 9
find . -mindepth 1 -maxdepth 1 -exec /bin/sh -c 'for f; do
printf "%s ? %s\n" "$0" "$f"
if [ -L "$f" ]; then t=$(readlink -n "$f"; printf .); printf "%s > %s\n" "$0" "$t"; fi
done' "$2" {} +
find . -mindepth 1 -maxdepth 1 -exec stat -c "$2 = %f %s %Y %u %g %n" {} + 2>/dev/null
exit 0"#;

impl EngineHub {
    pub async fn list_files(&self, source: &FileSource, path: &str) -> Result<Listing, Problem> {
        let place = self.place(source, path).await?;
        if place.runs
            && let Some(listing) = self.list_by_process(&place).await
        {
            return Ok(listing);
        }
        // With a slash at its end a link to a folder is followed.
        let request = containers::archive(&place.container, &format!("{}/", place.path.trim_end_matches('/')));
        let archive = self.client.stream(&request).await.map_err(|error| self.file_problem(&error, &place))?;
        let unreadable = || Problem::new(ProblemCode::MalformedAnswer, &place.subject, "the tar file cannot be read");
        listing_of(archive).await.ok_or_else(unreadable)
    }

    /// `None`: it has no shell, or not these programs.
    async fn list_by_process(&self, place: &Place) -> Option<Listing> {
        // A command is a text: what is in a folder whose name is none, only its tar file tells.
        if place.path.chars().any(|char| byte_of(char).is_some()) {
            return None;
        }
        let word = uuid::Uuid::new_v4().simple().to_string();
        let ran = self.run_script(place, LIST, &[&place.path, &word]).await.ok()?;
        // What was printed is true also where the engine does not say how it ended.
        if ran.exit_code.is_some_and(|code| code != 0) {
            return None;
        }
        // As long as it is, nobody else waits for it.
        tokio::task::spawn_blocking(move || parse_list(&ran.stdout, &word)).await.ok()
    }

    /// A tar file of a file or a folder, as it comes from the engine.
    pub async fn archive(&self, source: &FileSource, path: &str) -> Result<ByteStream, Problem> {
        let place = self.place(source, path).await?;
        let archive = self.client.stream(&containers::archive(&place.container, &place.path)).await;
        let archive = archive.map_err(|error| self.file_problem(&error, &place))?;
        Ok(place.kept_for(archive))
    }

    /// Unpacks a tar file into a folder.
    pub async fn unpack(
        &self,
        source: &FileSource,
        path: &str,
        archive: impl Stream<Item = std::io::Result<Bytes>> + Send + 'static,
    ) -> Result<(), Problem> {
        let place = self.place(source, path).await?;
        self.unpack_at(&place, &place.path, archive).await
    }

    /// `folder`: in the container of this place.
    async fn unpack_at(
        &self,
        place: &Place,
        folder: &str,
        archive: impl Stream<Item = std::io::Result<Bytes>> + Send + 'static,
    ) -> Result<(), Problem> {
        let sent = self.unless_lost(self.client.send_archive(&containers::unpack(&place.container, folder), archive)).await;
        sent.map_err(|error| self.file_problem(&error, place))
    }

    fn file_problem(&self, error: &EngineError, place: &Place) -> Problem {
        // A helper's name says nothing to anybody.
        let mut problem = self.problem(error, &place.subject);
        problem.detail = problem.detail.replace(VOLUME, "");
        problem
    }
}

pub(crate) fn parse_list(printed: &[u8], word: &str) -> Listing {
    let begins = memchr::memmem::find_iter(printed, word).collect::<Vec<_>>();
    let ends = begins.iter().skip(1).copied().chain([printed.len()]);
    let records = begins.iter().zip(ends).filter_map(|(begin, end)| {
        let record = printed.get(begin + word.len()..end)?.strip_prefix(b" ")?;
        let (kind, rest) = record.split_first()?;
        Some((*kind, rest.strip_prefix(b" ")?.strip_suffix(b"\n").unwrap_or(rest.get(1..)?)))
    });
    let mut listing = Listing::default();
    let mut at = HashMap::new();
    for (kind, record) in records {
        match kind {
            b'?' if listing.entries.len() >= ENTRIES => listing.is_partial = true,
            b'?' => {
                let name = to_text(record.strip_prefix(b"./").unwrap_or(record));
                at.insert(name.clone(), listing.entries.len());
                listing.entries.push(unknown(name));
            }
            b'>' => {
                if let Some(last) = listing.entries.last_mut().filter(|_| !listing.is_partial) {
                    last.kind = FileKind::Link;
                    // The dot keeps line ends at its end.
                    last.target = to_text(record.strip_suffix(b".").unwrap_or(record));
                }
            }
            _ => {
                let mut parts = record.splitn(6, |byte| *byte == b' ');
                let figures: Vec<&[u8]> = parts.by_ref().take(5).collect();
                let name = parts.next().map(|name| to_text(name.strip_prefix(b"./").unwrap_or(name)));
                let entry = name.and_then(|name| at.get(&name)).and_then(|at| listing.entries.get_mut(*at));
                if let Some(entry) = entry {
                    measure(entry, &figures);
                }
            }
        }
    }
    sorted(listing)
}

/// Of which only the name is known.
fn unknown(name: String) -> FileEntry {
    FileEntry { name, kind: FileKind::Other, size: 0, mode: 0, modified: None, uid: 0, gid: 0, target: String::new() }
}

/// `81a4 15 1700000000 0 0`: each is worth having without the others.
fn measure(entry: &mut FileEntry, figures: &[&[u8]]) {
    let text = |at: usize| figures.get(at).and_then(|figure| std::str::from_utf8(figure).ok()).unwrap_or_default();
    if let Ok(mode) = u32::from_str_radix(text(0), 16) {
        entry.mode = mode & 0o7777;
        entry.kind = match mode & 0o170_000 {
            0o040_000 => FileKind::Folder,
            0o100_000 => FileKind::File,
            0o120_000 => FileKind::Link,
            _ => FileKind::Other,
        };
    }
    entry.size = text(1).parse().unwrap_or_default();
    // Before 1970 it is negative.
    entry.modified = text(2).parse::<i64>().ok().map(|seconds| Timestamp(seconds.saturating_mul(1000)));
    entry.uid = text(3).parse().unwrap_or_default();
    entry.gid = text(4).parse().unwrap_or_default();
}

/// Folders first, then by name.
fn sorted(mut listing: Listing) -> Listing {
    listing.entries.sort_by(|a, b| (a.kind != FileKind::Folder, &a.name).cmp(&(b.kind != FileKind::Folder, &b.name)));
    listing
}

/// For a thread of its own.
pub fn reader_of(bytes: impl Stream<Item = Result<Bytes, EngineError>> + Send + 'static) -> impl Read + Send {
    // Each read beyond what is here waits for a task.
    BufReader::with_capacity(READ, SyncIoBridge::new(StreamReader::new(Box::pin(bytes.map(|piece| piece.map_err(std::io::Error::other))))))
}

/// Looks through a tar file on a thread of its own, which ends with the stream at the latest.
async fn look<T: Send + 'static>(
    archive: ByteStream,
    look: impl FnOnce(&mut tar::Archive<Box<dyn Read + Send>>, &CancellationToken) -> Option<T> + Send + 'static,
) -> Option<T> {
    let stop = CancellationToken::new();
    let _guard = stop.clone().drop_guard();
    let reader = reader_of(archive.take_until(stop.clone().cancelled_owned()));
    let _late = owned::spawn({
        let stop = stop.clone();
        async move {
            tokio::time::sleep(PATIENCE).await;
            stop.cancel();
        }
    });
    let looked = tokio::task::spawn_blocking(move || look(&mut tar::Archive::new(Box::new(reader)), &stop)).await;
    looked.ok().flatten()
}

async fn listing_of(archive: ByteStream) -> Option<Listing> {
    look(archive, |archive, stop| {
        let mut listing = Listing::default();
        // The first one is the folder itself.
        let mut folder = None::<String>;
        for entry in archive.entries().ok()? {
            let Ok(mut entry) = entry else {
                // It was cut off: what was seen so far is true.
                listing.is_partial = true;
                break;
            };
            let path = to_text(&entry.path_bytes());
            let path = path.trim_end_matches('/').trim_start_matches("./").trim_start_matches('/').to_owned();
            let Some(folder) = &folder else {
                folder = Some(if path.is_empty() || path == "." { String::new() } else { format!("{path}/") });
                continue;
            };
            let Some(name) = path.strip_prefix(folder.as_str()).filter(|name| !name.is_empty() && !name.contains('/')) else { continue };
            if listing.entries.len() >= ENTRIES {
                listing.is_partial = true;
                break;
            }
            let name = name.to_owned();
            let modified = pax_time(&mut entry);
            let link = entry.link_name_bytes().map(|link| link.into_owned());
            listing.entries.push(FileEntry {
                // Headers have no room for a size beyond 8 GiB, nor for a time before 1970.
                size: entry.size(),
                modified: modified.or_else(|| entry.header().mtime().ok().and_then(|seconds| milliseconds(i64::try_from(seconds).ok()?))),
                ..entry_of(&name, entry.header(), link.as_deref())
            });
        }
        listing.is_partial |= stop.is_cancelled();
        folder.map(|_| sorted(listing))
    })
    .await
}

fn milliseconds(seconds: i64) -> Option<Timestamp> {
    Some(Timestamp(seconds.checked_mul(1000)?))
}

/// The time in a PAX record (POSIX pax, "mtime"), which may be negative and have a fraction.
fn pax_time<R: Read>(entry: &mut tar::Entry<'_, R>) -> Option<Timestamp> {
    let records = entry.pax_extensions().ok()??;
    let text = records.flatten().find(|record| record.key_bytes() == b"mtime")?.value().ok()?.to_owned();
    milliseconds(text.split('.').next()?.parse().ok()?)
}

/// Without what a header has no room for.
fn entry_of(name: &str, header: &tar::Header, link: Option<&[u8]>) -> FileEntry {
    let kind = match header.entry_type() {
        tar::EntryType::Directory => FileKind::Folder,
        tar::EntryType::Regular | tar::EntryType::Continuous | tar::EntryType::Link => FileKind::File,
        tar::EntryType::Symlink => FileKind::Link,
        _ => FileKind::Other,
    };
    FileEntry {
        name: name.to_owned(),
        kind,
        size: 0,
        mode: header.mode().unwrap_or_default() & 0o7777,
        modified: None,
        uid: header.uid().unwrap_or_default(),
        gid: header.gid().unwrap_or_default(),
        target: if kind == FileKind::Link { link.map(to_text).unwrap_or_default() } else { String::new() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A shell without these programs says so, and not that a folder is empty.
    #[test]
    fn a_listing_needs_its_programs() {
        let run = |path: &str| {
            let mut shell = std::process::Command::new("/bin/sh");
            shell.env_clear().env("PATH", path).args(["-c", LIST, "sh", "/", "W"]).output().unwrap()
        };
        assert_eq!(run("/nowhere").status.code(), Some(9));
        let listed = run("/usr/bin:/bin");
        assert_eq!(listed.status.code(), Some(0));
        assert!(parse_list(&listed.stdout, "W").entries.iter().any(|entry| entry.name == "etc" && entry.kind == FileKind::Folder));
    }

    #[test]
    fn what_stat_prints_is_read() {
        let printed = b"W ? ./etc\nW ? ./a b\nW ? ./bin\nW > usr/bin.\nW ? ./two\nlines\nW ? ./\xff\nW ? ./\xfe\nW ? ./gone\n\
            W = 41ed 4096 1700000000 0 0 ./etc\nW = 81a4 15 -86400 1000 100 ./a b\nW = a1ff 7 1700000000 0 0 ./bin\n\
            W = 81a4 1 0 0 0 ./two\nlines\nW = 81a4 2 0 0 0 ./\xff\nW = 81a4 odd 0 0 0 ./\xfe\n";
        let listing = parse_list(printed, "W");
        let names: Vec<_> = listing.entries.iter().map(|entry| (entry.name.as_str(), entry.kind, entry.size)).collect();
        let (ff, fe) = (to_text(b"\xff"), to_text(b"\xfe"));
        let expected = [
            ("etc", FileKind::Folder, 4096),
            ("a b", FileKind::File, 15),
            ("bin", FileKind::Link, 7),
            // It went away between the two, and is told all the same.
            ("gone", FileKind::Other, 0),
            ("two\nlines", FileKind::File, 1),
            (&fe, FileKind::File, 0),
            (&ff, FileKind::File, 2),
        ];
        assert_eq!(names, expected);
        assert_eq!(listing.entries[2].target, "usr/bin");
        assert_eq!(
            (listing.entries[1].modified, listing.entries[1].mode, listing.entries[1].uid),
            (Some(Timestamp(-86_400_000)), 0o644, 1000)
        );
    }
}
