//! A layer of selected changes: an ordinary layer's tar file (OCI image specification, "Image Layer Filesystem Changeset"), made
//! of what the engine says of each path, and the image that consists of it and the container's own.
//!
//! Only that goes to the engine: the layers below are found there. It is written to a file without a name, so that memory stays
//! as it is however large it becomes.

#![allow(clippy::disallowed_methods, reason = "on threads of its own")]

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
    ops::Range,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use linkspan_docker::{ByteStream, EngineError, containers, images, model};
use linkspan_shared::{
    bytes_name::to_bytes,
    call::CommitSelection,
    ids::{ContainerId, ImageId},
    problem::{Problem, ProblemCode},
    review::{LABEL_AUTHOR, LABEL_CONTAINER, LABEL_MESSAGE, LABEL_MODE, LABEL_OVERRIDE, LABEL_PARENT},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio_util::io::{ReaderStream, StreamReader, SyncIoBridge};

use super::{
    super::{EngineHub, now, validation::valid},
    mounts_of,
    tree::{Plan, Step},
};

/// What begins so is a deletion in a layer, whoever meant what by it.
const WHITEOUT: &str = ".wh.";
/// All that was in a folder is gone.
const OPAQUE: &str = ".wh..wh..opq";
/// Paths that are named where they changed since the review.
const NAMED: usize = 5;
/// Seconds by which the engine's clock is known, and files have their times.
const CLOCK: i64 = 2;

/// A tar file is made of blocks, and ends with two empty ones.
const BLOCK: usize = 512;

struct Hashed {
    file: File,
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
struct Layer {
    file: File,
    /// SHA-256, hexadecimal.
    digest: String,
    size: u64,
}

type Builder = tar::Builder<Hashed>;

impl EngineHub {
    /// `selected` is told how many paths there are.
    pub async fn load_selection(self: &Arc<Self>, call: &CommitSelection, selected: impl Fn(u64)) -> Result<ImageId, Problem> {
        let (id, name) = (valid(&call.container)?, self.container_name(&call.container));
        let problem = |error: EngineError| self.problem(&error, &name);
        let reviewed = self.reviews.get(&call.container).filter(|review| review.scanned == call.reviewed);
        let reviewed =
            reviewed.ok_or_else(|| Problem::new(ProblemCode::Conflict, &name, "what it changed has to be looked through again"))?;
        let paused = if call.pause { Some(self.paused(&call.container).await?) } else { None };
        let inspect: model::ContainerInspect = self.client.json(&containers::inspect(id)).await.map_err(problem)?;
        let now_there = self.scan(&call.container).await?;
        let (before, after) = (reviewed.tree.selected(&call.selection), now_there.tree.selected(&call.selection));
        let differ: BTreeSet<&str> = before.symmetric_difference(&after).map(|(path, _)| path.as_str()).collect();
        unchanged(&name, &differ)?;
        let mounts = mounts_of(&inspect);
        let secrets = now_there.tree.summary(&call.selection).secrets;
        if !secrets.is_empty() && call.reason.trim().is_empty() {
            let why = format!("looks like a secret: {}; leave it out, or say why it belongs there", secrets.join(", "));
            return Err(Problem::new(ProblemCode::Invalid, &name, why));
        }
        let plan = now_there.tree.plan(&call.selection);
        if plan.paths == 0 {
            return Err(Problem::new(ProblemCode::Invalid, &name, "nothing is selected"));
        }
        selected(plan.paths);
        let since = reviewed.engine_time.saturating_add(CLOCK)..now_there.engine_time.saturating_add(CLOCK);
        let layer = self.layer_of(&call.container, plan, &mounts, since).await;
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
    async fn layer_of(&self, container: &ContainerId, plan: Plan, mounts: &[String], since: Range<i64>) -> Result<Layer, Problem> {
        let name = self.container_name(container);
        let failed = |error: io::Error| match error.get_ref().and_then(|inner| inner.downcast_ref::<Refused>()) {
            Some(refused) => Problem::new(
                ProblemCode::Invalid,
                format!("{name}:{}", refused.0),
                "in a layer it would delete what is called so without .wh. in front",
            ),
            None => Problem::new(ProblemCode::EngineFailed, &name, format!("the layer could not be written: {error}")),
        };
        let begun = tokio::task::spawn_blocking(|| tempfile::tempfile().map(|file| Hashed { file, hash: Sha256::new(), size: 0 })).await;
        let mut builder: Builder = tar::Builder::new(begun.unwrap_or_else(|error| Err(io::Error::other(error))).map_err(failed)?);
        let mut written = BTreeSet::new();
        for step in plan.steps {
            let (path, whole) = match &step {
                Step::One(path) => (path.clone(), false),
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
            let archive = self.client.stream(&containers::archive(&container.0, &path)).await;
            let archive = archive.map_err(|error| self.problem(&error, &format!("{name}:{path}")))?;
            let (mounts, since) = (mounts.to_vec(), since.clone());
            let copied = tokio::task::spawn_blocking(move || {
                let copied = copy(&mut builder, archive, &path, whole, &mounts, &since);
                (builder, copied)
            });
            let (back, copied) = copied.await.map_err(|_| Problem::new(ProblemCode::Internal, "", ""))?;
            written.extend(copied.map_err(failed)?);
            builder = back;
        }
        unchanged(&name, &written.iter().map(String::as_str).collect())?;
        let finished = tokio::task::spawn_blocking(move || {
            let Hashed { mut file, hash, size } = builder.into_inner()?;
            file.seek(SeekFrom::Start(0))?;
            let digest = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
            Ok(Layer { file, digest, size })
        });
        finished.await.unwrap_or_else(|error| Err(io::Error::other(error))).map_err(failed)
    }

    /// The image of a layer upon another image.
    async fn load_layer(&self, image: &str, layer: Layer, call: &CommitSelection, name: &str) -> Result<ImageId, Problem> {
        let problem = |error: EngineError| self.problem(&error, name);
        let parent: Value = self.client.json(&images::inspect(image)).await.map_err(problem)?;
        let history: Vec<Value> = self.client.json(&images::history(image)).await.unwrap_or_default();
        let config = config_of(&parent, history, &layer.digest, call, name, image).to_string();
        let digest: String = Sha256::digest(config.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        let below = parent["RootFS"]["Layers"].as_array().map_or(0, Vec::len);
        // Those below are not in the file: the engine has them.
        let paths: Vec<String> = (0..below).map(|at| format!("below-{at}/layer.tar")).chain(["layer.tar".to_owned()]).collect();
        let names: Vec<&str> = Some(call.reference.as_str()).filter(|name| !name.is_empty()).into_iter().collect();
        let manifest = json!([{ "Config": format!("{digest}.json"), "RepoTags": names, "Layers": paths }]).to_string();
        let head = || {
            let mut head = tar::Builder::new(Vec::new());
            for (path, text) in [("manifest.json", &manifest), (&format!("{digest}.json"), &config)] {
                let mut header = header_of(text.len() as u64);
                head.append_data(&mut header, path, text.as_bytes())?;
            }
            let mut header = header_of(layer.size);
            header.set_path("layer.tar")?;
            header.set_cksum();
            let mut bytes = head.into_inner()?;
            // The end comes after the layer.
            bytes.truncate(bytes.len().saturating_sub(2 * BLOCK));
            bytes.extend_from_slice(header.as_bytes());
            io::Result::Ok(bytes)
        };
        let head = head().map_err(|error| Problem::new(ProblemCode::Internal, name, error.to_string()))?;
        let padding = (BLOCK - (layer.size % BLOCK as u64) as usize) % BLOCK;
        let file = ReaderStream::new(tokio::fs::File::from_std(layer.file));
        let end = Bytes::from(vec![0; padding + 2 * BLOCK]);
        let archive = stream::iter([Ok(Bytes::from(head))]).chain(file).chain(stream::iter([Ok(end)]));
        self.load_archive(archive, name).await?;
        let made = ImageId(format!("sha256:{digest}"));
        // It is there when the engine says so.
        self.client.json::<Value>(&images::inspect(&made.0)).await.map(|_| made).map_err(|error| {
            let why = format!("the engine took the layer, and has no image of it: commit everything instead\n{error}");
            Problem::new(ProblemCode::EngineFailed, name, why)
        })
    }

    async fn load_archive(&self, archive: impl Stream<Item = io::Result<Bytes>> + Send + 'static, name: &str) -> Result<(), Problem> {
        let said = self.unless_lost(self.client.documents_of::<model::ProgressLine>(&images::load(), archive)).await;
        let mut said = said.map_err(|error| self.problem(&error, name))?;
        while let Some(line) = said.next().await {
            let failure = match line {
                Ok(line) => line.failure(),
                Err(error) if error.is_of_one_document() => None,
                Err(error) => return Err(self.problem(&error, name)),
            };
            if let Some(why) = failure {
                let why = format!("this engine takes no layer without those below it: commit everything instead\n{why}");
                return Err(Problem::new(ProblemCode::EngineFailed, name, why));
            }
        }
        Ok(())
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

fn header_of(size: u64) -> tar::Header {
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

/// What an archive of a path has: the first entry, or all of them, at their places in the container. Files that were written in
/// `since` are named.
fn copy(
    builder: &mut Builder,
    archive: ByteStream,
    path: &str,
    whole: bool,
    mounts: &[String],
    since: &Range<i64>,
) -> io::Result<Vec<String>> {
    let reader = SyncIoBridge::new(StreamReader::new(Box::pin(archive.map(|piece| piece.map_err(io::Error::other)))));
    let folder = path.trim_start_matches('/').rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut archive = tar::Archive::new(reader);
    let (mut is_first, mut written) = (true, Vec::new());
    for entry in archive.entries()? {
        let mut entry = entry?;
        let inside = entry.path_bytes().into_owned();
        let at = place(folder, &inside);
        if at.file_name().is_some_and(|name| name.as_bytes().starts_with(WHITEOUT.as_bytes())) {
            return Err(io::Error::other(Refused(format!("/{}", at.display()))));
        }
        let mounted = |mount: &String| at.starts_with(mount.trim_start_matches('/')) && at != Path::new(mount.trim_start_matches('/'));
        if !mounts.iter().any(mounted) {
            let is_written = i64::try_from(entry.header().mtime()?).is_ok_and(|time| since.contains(&time));
            if is_written && entry.header().entry_type().is_file() {
                written.push(format!("/{}", at.display()));
            }
            append(builder, &mut entry, &at, folder)?;
        }
        if !whole && is_first {
            return Ok(written);
        }
        is_first = false;
    }
    if is_first {
        return Err(io::Error::other(format!("the engine made an empty tar file of {path}")));
    }
    Ok(written)
}

/// Where an entry of a folder's archive is in the container, without a slash in front.
fn place(folder: &str, inside: &[u8]) -> PathBuf {
    let inside = Path::new(OsStr::from_bytes(inside));
    let inside = inside.strip_prefix("/").or_else(|_| inside.strip_prefix("./")).unwrap_or(inside);
    Path::new(OsStr::from_bytes(&to_bytes(folder))).join(inside)
}

fn append<R: Read>(builder: &mut Builder, entry: &mut tar::Entry<'_, R>, at: &Path, folder: &str) -> io::Result<()> {
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
            builder.append_data(&mut header, at, entry)
        }
        // Folders, devices, pipes.
        _ => {
            header.set_size(0);
            builder.append_data(&mut header, at, io::empty())
        }
    }
}

/// The configuration of the new image: that of the container's image, one layer more, and whence it comes.
fn config_of(parent: &Value, history: Vec<Value>, layer: &str, call: &CommitSelection, name: &str, image: &str) -> Value {
    let created = jiff::Timestamp::from_millisecond(now().0).unwrap_or_default().to_string();
    let mut config = parent["Config"].clone();
    if !config.is_object() {
        config = json!({});
    }
    let labels = [
        (LABEL_PARENT, image),
        (LABEL_CONTAINER, name),
        (LABEL_AUTHOR, call.author.as_str()),
        (LABEL_MESSAGE, call.message.as_str()),
        (LABEL_MODE, "selected changes"),
        (LABEL_OVERRIDE, call.reason.as_str()),
    ];
    containers::configure(&mut config, &call.configuration);
    for (label, value) in labels.into_iter().filter(|(_, value)| !value.is_empty()) {
        config["Labels"][label] = json!(value);
    }
    let mut layers = parent["RootFS"]["Layers"].as_array().cloned().unwrap_or_default();
    // As many entries that have a layer as there are layers, at most: an engine refuses more.
    let mut room = layers.len();
    let mut told: Vec<Value> = history
        .iter()
        .rev()
        .map(|entry| {
            let is_empty = entry["Size"].as_i64().unwrap_or_default() == 0 || room == 0;
            room -= usize::from(!is_empty);
            let created = jiff::Timestamp::from_second(entry["Created"].as_i64().unwrap_or_default()).unwrap_or_default().to_string();
            json!({ "created": created, "created_by": entry["CreatedBy"], "comment": entry["Comment"], "empty_layer": is_empty })
        })
        .collect();
    told.push(
        json!({ "created": created, "created_by": format!("selected changes of {name}"), "author": call.author, "comment": call.message }),
    );
    layers.push(json!(format!("sha256:{layer}")));
    let mut made = json!({
        "architecture": parent["Architecture"],
        "os": parent["Os"],
        "author": call.author,
        "created": created,
        "config": config,
        "rootfs": { "type": "layers", "diff_ids": layers },
        "history": told,
    });
    if let Some(variant) = parent["Variant"].as_str().filter(|variant| !variant.is_empty()) {
        made["variant"] = json!(variant);
    }
    made
}

#[cfg(test)]
mod tests {
    use linkspan_shared::image::Configuration;

    use super::*;

    fn call() -> CommitSelection {
        CommitSelection {
            container: ContainerId::new("a"),
            reference: "made:1".into(),
            message: "why".into(),
            author: "mika".into(),
            pause: false,
            selection: Default::default(),
            reviewed: now(),
            configuration: Configuration { user: Some("1000".into()), ..Configuration::default() },
            reason: String::new(),
        }
    }

    #[test]
    fn an_image_is_its_parent_and_one_layer() {
        let parent = json!({
            "Architecture": "amd64", "Os": "linux", "Config": { "Cmd": ["sh"], "Labels": null },
            "RootFS": { "Layers": ["sha256:aa"] }
        });
        let history = vec![json!({ "Created": 2, "CreatedBy": "CMD", "Size": 0 }), json!({ "Created": 1, "CreatedBy": "ADD", "Size": 7 })];
        let made = config_of(&parent, history, "bb", &call(), "box", "sha256:cc");
        assert_eq!(made["rootfs"]["diff_ids"], json!(["sha256:aa", "sha256:bb"]));
        assert_eq!(made["config"]["User"], json!("1000"));
        assert_eq!((&made["config"]["Cmd"], &made["config"]["Labels"]["io.linkspan.parent"]), (&json!(["sh"]), &json!("sha256:cc")));
        let empty: Vec<bool> =
            made["history"].as_array().unwrap().iter().map(|entry| entry["empty_layer"].as_bool().unwrap_or_default()).collect();
        assert_eq!(empty, [false, true, false]);
        assert_eq!(made["history"][2]["comment"], json!("why"));
    }

    #[test]
    fn deletions_are_marked_as_a_layer_has_them() {
        let mut builder = tar::Builder::new(Hashed { file: tempfile::tempfile().unwrap(), hash: Sha256::new(), size: 0 });
        mark(&mut builder, "/etc/old", None).unwrap();
        mark(&mut builder, "/gone", None).unwrap();
        mark(&mut builder, "/app", Some(OPAQUE)).unwrap();
        let Hashed { mut file, .. } = builder.into_inner().unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        let names: Vec<String> =
            tar::Archive::new(file).entries().unwrap().map(|entry| entry.unwrap().path().unwrap().display().to_string()).collect();
        assert_eq!(names, ["etc/.wh.old", ".wh.gone", "app/.wh..wh..opq"]);
    }
}
