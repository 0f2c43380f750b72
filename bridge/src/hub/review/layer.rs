//! A layer of selected changes: an ordinary layer's tar file (OCI image specification, "Image Layer Filesystem Changeset"), made
//! of what the engine says of each path. It is written to a file without a name, so that memory stays as it is however large it
//! becomes.

#![allow(clippy::disallowed_methods, reason = "on threads of its own")]

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs::File,
    io::{self, BufWriter, Read, Seek, SeekFrom, Write},
    ops::Range,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use linkspan_docker::{ByteStream, EngineError, containers, model};
use linkspan_shared::{
    bytes_name::to_bytes,
    call::CommitSelection,
    ids::{ContainerId, ImageId},
    problem::{Problem, ProblemCode},
};
use sha2::{Digest, Sha256};

use crate::owned::blocking;

use super::{
    super::{
        EngineHub,
        files::{FirstEntry, guarded, reader_of},
        validation::valid,
    },
    ReviewOf,
    hard_links::HardLinks,
    mounts_of,
    secrets::{LOOKED_AT, secret_in},
    tree::{Plan, Step},
};

/// What begins so is a deletion in a layer, whoever meant what by it.
pub const WHITEOUT: &str = ".wh.";
/// All that was in a folder is gone.
pub const OPAQUE: &str = ".wh..wh..opq";
/// Bytes that are written at a time.
const WRITTEN: usize = 256 << 10;
/// Paths that are named where they changed since the review.
const NAMED: usize = 5;
/// Seconds by which the engine's clock is known, and files have their times.
const CLOCK: i64 = 2;

struct Hashed {
    file: BufWriter<File>,
    hash: Sha256,
    size: u64,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(bytes.get(..written).unwrap_or_default());
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A layer that is complete.
pub struct Layer {
    pub file: File,
    /// SHA-256, hexadecimal.
    pub digest: String,
    pub size: u64,
}

type Builder = tar::Builder<Hashed>;

/// What is looked for while a layer is written.
pub struct Watch {
    /// What is in these is no part of it.
    pub mounts: Vec<String>,
    /// Seconds of the engine's clock; no file may have been written then.
    pub since: Range<i64>,
    /// Files must not look like secrets.
    pub secrets: bool,
}

/// What was found.
#[derive(Default)]
struct Seen {
    /// Paths.
    written: BTreeSet<String>,
    /// The first ones, each with what it looks like.
    secrets: Vec<String>,
}

impl EngineHub {
    /// `selected` is told how many paths there are.
    pub async fn load_selection(self: &Arc<Self>, call: &CommitSelection, selected: impl Fn(u64)) -> Result<ImageId, Problem> {
        let (id, name) = (valid(&call.container)?, self.container_name(&call.container));
        let problem = |error: EngineError| self.problem(&error, &name);
        let reviewed = self.reviews.get(&ReviewOf::Container(call.container.clone())).filter(|review| review.scanned == call.reviewed);
        let reviewed =
            reviewed.ok_or_else(|| Problem::new(ProblemCode::Conflict, &name, "what it changed has to be looked through again"))?;
        let paused = if call.pause { Some(self.paused(&call.container).await?) } else { None };
        let inspect: model::ContainerInspect = self.client.json(&containers::inspect(id)).await.map_err(problem)?;
        let mut now_there = self.scan_container(&call.container).await?;
        // Other rules meanwhile are no other files.
        now_there.tree.noise = reviewed.tree.noise.clone();
        let (before, after) = (reviewed.tree.selected(&call.selection), now_there.tree.selected(&call.selection));
        let differ: BTreeSet<&str> = before.symmetric_difference(&after).map(|(path, _)| path.as_str()).collect();
        unchanged(&name, &differ)?;
        let mounts = mounts_of(&inspect);
        let secrets = now_there.tree.summary(&call.selection).secrets;
        if !secrets.is_empty() && call.reason.trim().is_empty() {
            return Err(Problem::new(ProblemCode::LooksSecret, &name, secrets.join("\n")));
        }
        let plan = now_there.tree.plan(&call.selection);
        if plan.paths == 0 {
            return Err(Problem::new(ProblemCode::Invalid, &name, "nothing is selected"));
        }
        selected(plan.paths);
        let since = reviewed.engine_time.saturating_add(CLOCK)..now_there.engine_time.saturating_add(CLOCK);
        let watch = Watch { mounts, since, secrets: call.reason.trim().is_empty() };
        let layer = self.layer_of(id, &name, &plan, watch).await;
        drop(paused);
        self.load_layer(&inspect.image, layer?, call, &name).await
    }

    async fn paused(self: &Arc<Self>, container: &ContainerId) -> Result<Paused, Problem> {
        let is_running = self
            .containers
            .read(|rows| rows.get(container).is_some_and(|row| row.state == linkspan_shared::container::ContainerState::Running));
        // One that does not run changes nothing, and one that is paused stays so.
        if is_running {
            self.pause(container).await?;
        }
        Ok(Paused { hub: self.clone(), id: is_running.then(|| container.clone()) })
    }

    /// `since`: seconds of the engine's clock; no file may have been written then.
    pub async fn layer_of(&self, container: &str, name: &str, plan: &Plan, watch: Watch) -> Result<Layer, Problem> {
        let failed = |error: io::Error| match error.get_ref().and_then(|inner| inner.downcast_ref::<Refused>()) {
            Some(refused) => Problem::new(
                ProblemCode::Invalid,
                format!("{name}:{}", refused.0),
                "in a layer it would delete what is called so without .wh. in front",
            ),
            None => Problem::new(ProblemCode::EngineFailed, name, format!("the layer could not be written: {error}")),
        };
        let begun = blocking(|| {
            tempfile::tempfile().map(|file| Hashed { file: BufWriter::with_capacity(WRITTEN, file), hash: Sha256::new(), size: 0 })
        })
        .await;
        let mut builder: Builder = tar::Builder::new(begun.map_err(failed)?);
        let (mut seen, mut links) = (Seen::default(), HardLinks::default());
        let watch = Arc::new(watch);
        for step in &plan.steps {
            let (path, whole) = match step {
                Step::One(path) | Step::Way(path) => (path.clone(), false),
                Step::Whole(path) => (path.clone(), true),
                Step::Deleted(path) => {
                    mark(&mut builder, path, None).map_err(failed)?;
                    continue;
                }
                Step::Emptied(path) => {
                    mark(&mut builder, path, Some(OPAQUE)).map_err(failed)?;
                    continue;
                }
            };
            if path.contains(char::REPLACEMENT_CHARACTER) {
                let why = "its name is no UTF-8, and the engine does not say which it is: select its folder, or commit everything";
                return Err(Problem::new(ProblemCode::Invalid, format!("{name}:{path}"), why));
            }
            if matches!(step, Step::One(_))
                && let Some(other) = self.earlier_name(container, &path, &mut links).await
                && let Ok(FirstEntry::File(file)) = self.first_entry(container, &path).await
            {
                link(&mut builder, *file.origin.header, &path, &other).map_err(failed)?;
                continue;
            }
            let archive = self.client.stream(&containers::archive(container, &path)).await;
            let archive = guarded(archive.map_err(|error| self.problem(&error, &format!("{name}:{path}")))?, self.stop.clone());
            let (watch, mut own) = (watch.clone(), std::mem::take(&mut seen));
            let (back, copied) = blocking(move || {
                let copied = copy(&mut builder, archive, &path, whole, &watch, &mut own);
                (builder, copied.map(|()| own))
            })
            .await;
            seen = copied.map_err(failed)?;
            builder = back;
        }
        unchanged(name, &seen.written.iter().map(String::as_str).collect())?;
        if !seen.secrets.is_empty() {
            return Err(Problem::new(ProblemCode::LooksSecret, name, seen.secrets.join("\n")));
        }
        let finished = blocking(move || {
            let Hashed { file, hash, size } = builder.into_inner()?;
            let mut file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
            file.seek(SeekFrom::Start(0))?;
            let digest = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
            Ok(Layer { file, digest, size })
        });
        finished.await.map_err(failed)
    }
}

/// What is reviewed is what is committed.
fn unchanged(name: &str, differ: &BTreeSet<&str>) -> Result<(), Problem> {
    if differ.is_empty() {
        return Ok(());
    }
    let named = differ.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    let more = match differ.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let why = format!("changed since it was reviewed: {named}{more}\nPause a container that never rests before you review it.");
    Err(Problem::new(ProblemCode::Conflict, name, why))
}

/// A container that is frozen until this is gone, also when whoever wanted it cancels that.
struct Paused {
    hub: Arc<EngineHub>,
    id: Option<ContainerId>,
}

impl Drop for Paused {
    fn drop(&mut self) {
        if let Some(id) = self.id.take() {
            let hub = self.hub.clone();
            self.hub.jobs.afterwards(async move {
                if let Err(problem) = hub.unpause(&id).await {
                    tracing::warn!(container = %id, ?problem, "it stays paused");
                }
            });
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{0} is a name with a meaning")]
struct Refused(String);

pub fn header_of(size: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Regular);
    header.set_mode(0o644);
    header.set_size(size);
    header
}

/// That a path is not there any more, or nothing of what was in it.
fn mark(builder: &mut Builder, path: &str, inside: Option<&str>) -> io::Result<()> {
    let (folder, name) = path.trim_start_matches('/').rsplit_once('/').unwrap_or(("", path.trim_start_matches('/')));
    let marked = match inside {
        Some(inside) => format!("{folder}/{name}/{inside}"),
        None => format!("{folder}/{WHITEOUT}{name}"),
    };
    let mut header = header_of(0);
    builder.append_data(&mut header, OsStr::from_bytes(&to_bytes(marked.trim_start_matches('/'))), io::empty())
}

/// Another name of a file that is in the layer already; its header says the same of both.
fn link(builder: &mut Builder, mut header: tar::Header, path: &str, other: &str) -> io::Result<()> {
    let [path, other] = [path, other].map(|path| to_bytes(path.trim_start_matches('/')));
    header.set_entry_type(tar::EntryType::Link);
    header.set_size(0);
    builder.append_link(&mut header, OsStr::from_bytes(&path), OsStr::from_bytes(&other))
}

/// What an archive of a path has: the first entry, or all of them, at their places in the container. What is watched
/// for is noted.
fn copy(builder: &mut Builder, archive: ByteStream, path: &str, whole: bool, watch: &Watch, seen: &mut Seen) -> io::Result<()> {
    let folder = path.trim_start_matches('/').rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut archive = tar::Archive::new(reader_of(archive));
    let mut is_first = true;
    for entry in archive.entries()? {
        let mut entry = entry?;
        let inside = entry.path_bytes().into_owned();
        let at = place(folder, &inside);
        if at.file_name().is_some_and(|name| name.as_bytes().starts_with(WHITEOUT.as_bytes())) {
            return Err(io::Error::other(Refused(format!("/{}", at.display()))));
        }
        let mounted = |mount: &String| at.starts_with(mount.trim_start_matches('/')) && at != Path::new(mount.trim_start_matches('/'));
        if !watch.mounts.iter().any(mounted) {
            let is_written = i64::try_from(entry.header().mtime()?).is_ok_and(|time| watch.since.contains(&time));
            if is_written && entry.header().entry_type().is_file() {
                seen.written.insert(format!("/{}", at.display()));
            }
            let mut begins = Vec::new();
            append(builder, &mut entry, &at, folder, watch.secrets.then_some(&mut begins))?;
            if let Some(what) = secret_in(&begins).filter(|_| seen.secrets.len() < NAMED) {
                seen.secrets.push(format!("/{}: {what}", at.display()));
            }
        }
        if !whole && is_first {
            return Ok(());
        }
        is_first = false;
    }
    if is_first {
        return Err(io::Error::other(format!("the engine made an empty tar file of {path}")));
    }
    Ok(())
}

/// Where an entry of a folder's archive is in the container, without a slash in front.
fn place(folder: &str, inside: &[u8]) -> PathBuf {
    let inside = Path::new(OsStr::from_bytes(inside));
    let inside = inside.strip_prefix("/").or_else(|_| inside.strip_prefix("./")).unwrap_or(inside);
    Path::new(OsStr::from_bytes(&to_bytes(folder))).join(inside)
}

/// Keeps how it begins.
struct Noting<'a, R> {
    entry: R,
    begins: &'a mut Vec<u8>,
}

impl<R: Read> Read for Noting<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.entry.read(buffer)?;
        let room = LOOKED_AT.saturating_sub(self.begins.len()).min(read);
        self.begins.extend_from_slice(buffer.get(..room).unwrap_or_default());
        Ok(read)
    }
}

/// `folder`: where the archive is in the container, for the targets of hard links. `begins`: of a file, how it begins.
pub fn append<R: Read, W: Write>(
    builder: &mut tar::Builder<W>,
    entry: &mut tar::Entry<'_, R>,
    at: &Path,
    folder: &str,
    begins: Option<&mut Vec<u8>>,
) -> io::Result<()> {
    let mut header = entry.header().clone();
    let records: Vec<(String, Vec<u8>)> = entry
        .pax_extensions()?
        .into_iter()
        .flatten()
        .flatten()
        // Times to the nanosecond, and extended attributes; names and sizes are said anew.
        .filter_map(|record| Some((record.key().ok()?.to_owned(), record.value_bytes().to_owned())))
        .filter(|(name, _)| name.starts_with("SCHILY.xattr.") || name == "mtime")
        .collect();
    if !records.is_empty() {
        builder.append_pax_extensions(records.iter().map(|(name, value)| (name.as_str(), value.as_slice())))?;
    }
    match header.entry_type() {
        tar::EntryType::Link => {
            let target = entry.link_name_bytes().map(|target| place(folder, &target)).unwrap_or_default();
            builder.append_link(&mut header, at, target)
        }
        tar::EntryType::Symlink => {
            let target = entry.link_name_bytes().map(|target| target.into_owned()).unwrap_or_default();
            builder.append_link(&mut header, at, OsStr::from_bytes(&target))
        }
        tar::EntryType::Regular | tar::EntryType::Continuous => {
            header.set_size(entry.size());
            match begins {
                Some(begins) => builder.append_data(&mut header, at, Noting { entry, begins }),
                None => builder.append_data(&mut header, at, entry),
            }
        }
        // Folders, devices, pipes.
        _ => {
            header.set_size(0);
            builder.append_data(&mut header, at, io::empty())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deletions_are_marked_as_a_layer_has_them() {
        let mut builder = tar::Builder::new(Hashed { file: BufWriter::new(tempfile::tempfile().unwrap()), hash: Sha256::new(), size: 0 });
        mark(&mut builder, "/etc/old", None).unwrap();
        mark(&mut builder, "/gone", None).unwrap();
        mark(&mut builder, "/app", Some(OPAQUE)).unwrap();
        let Hashed { file, .. } = builder.into_inner().unwrap();
        let mut file = file.into_inner().unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        let names: Vec<String> =
            tar::Archive::new(file).entries().unwrap().map(|entry| entry.unwrap().path().unwrap().display().to_string()).collect();
        assert_eq!(names, ["etc/.wh.old", ".wh.gone", "app/.wh..wh..opq"]);
    }
}
