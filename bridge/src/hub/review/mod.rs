//! The review of what a container changed, or an image against another: its paths as a tree that is kept here, and any of them
//! beside what it was before.
//!
//! The engine is asked once, and again when somebody asks for it; a browser is told of the folders that it shows. The image's
//! version is read from a container that is made of it, never started, and removed with the review.

mod difference;
mod draft;
mod form;
mod hard_links;
mod image;
mod images;
mod layer;
mod noise;
mod secrets;
mod tree;

#[cfg(any(test, fuzzing))]
pub(crate) use {draft::packages::Packages, hard_links::firsts, image::small_files, images::contents, secrets::secret_in};

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use futures_util::StreamExt;
use linkspan_docker::{EngineError, containers, model};
use linkspan_shared::{
    call::ListChanges,
    file::FileKind,
    ids::{ContainerId, ImageId},
    problem::{Problem, ProblemCode},
    review::{COMPARED, ChangeKind, ChangeList, ChangeSize, Comparison, MEASURED, Measured, ReviewOf, Selected, Selection, Side},
    time::Timestamp,
};
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use tokio::{sync::OnceCell, time::Instant};

use super::{
    EngineHub,
    files::{File, FirstEntry, guarded, reader_of},
    helpers::Helper,
    now,
    validation::{check_path, check_reference, valid},
};
use crate::owned::blocking;
pub use noise::Noise;
use tree::Tree;

/// Entries of one answer.
const ENTRIES: usize = 2_000;
/// Reviews of one engine that are kept.
const REVIEWS: usize = 8;
/// One that nobody looks at is forgotten.
const UNUSED: Duration = Duration::from_secs(600);
/// Files that are measured for one call.
const MEASURED_FILES: usize = 1_000;
/// Paths that the engine is asked about at a time.
const AT_ONCE: usize = 8;
/// A file that cannot be read in this time is not compared.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct Reviews {
    pub noise: Arc<Noise>,
    known: Mutex<HashMap<ReviewOf, Arc<Review>>>,
    /// What is looked through for the first time, so that it is for all who want it then.
    first: Mutex<HashMap<ReviewOf, Arc<OnceCell<Arc<Review>>>>>,
    /// Of images, which are read whole: one after the other.
    reading: tokio::sync::Mutex<()>,
    drafts: Mutex<VecDeque<draft::Draft>>,
}

struct Review {
    scanned: Timestamp,
    /// The same by the engine's clock, which files have their times of; seconds.
    engine_time: i64,
    /// Bytes, once the engine has added them up.
    own: OnceCell<Option<u64>>,
    /// Of paths that somebody was shown, so that the engine is asked once for all viewers.
    sizes: Mutex<HashMap<String, ChangeSize>>,
    tree: Tree,
    /// Of the image before, also for the look after this one.
    before: Arc<OnceCell<Helper>>,
    /// Of the image itself, where it is one.
    after: Option<Helper>,
    used: Mutex<Instant>,
}

impl Reviews {
    pub fn new(noise: Arc<Noise>) -> Self {
        Self { noise, known: Mutex::default(), first: Mutex::default(), reading: Default::default(), drafts: Mutex::default() }
    }

    fn get(&self, of: &ReviewOf) -> Option<Arc<Review>> {
        let known = self.known.lock().get(of).cloned();
        known.inspect(|review| *review.used.lock() = Instant::now())
    }

    fn keep(&self, of: &ReviewOf, review: Arc<Review>) {
        let mut known = self.known.lock();
        known.remove(of);
        if known.len() >= REVIEWS
            && let Some(oldest) = known.iter().min_by_key(|(_, review)| *review.used.lock()).map(|(of, _)| of.clone())
        {
            known.remove(&oldest);
        }
        known.insert(of.clone(), review);
    }

    pub fn forget(&self, id: &ContainerId) {
        self.known.lock().remove(&ReviewOf::Container(id.clone()));
    }

    /// Until when none can be forgotten; `None`: there is none.
    pub fn forget_unused(&self) -> Option<Instant> {
        let mut known = self.known.lock();
        known.retain(|_, review| review.used.lock().elapsed() < UNUSED);
        let mut drafts = self.drafts.lock();
        drafts.retain(|draft| draft.made.elapsed() < draft::KEPT);
        known.values().map(|review| *review.used.lock() + UNUSED).chain(drafts.iter().map(|draft| draft.made + draft::KEPT)).min()
    }
}

impl EngineHub {
    pub fn noise(&self) -> Arc<Noise> {
        self.reviews.noise.clone()
    }

    pub async fn list_changes(&self, call: ListChanges) -> Result<ChangeList, Problem> {
        let known = || self.reviews.get(&call.of);
        let review = match (&call.of, known()) {
            (ReviewOf::Image { .. }, Some(review)) => review,
            (ReviewOf::Container(_), Some(review)) if !call.fresh => review,
            (ReviewOf::Container(_), Some(_)) => self.look_through(&call.of).await?,
            (_, None) => self.first_look(&call.of).await?,
        };
        let tree = review.clone();
        // As many as there are, nobody else waits for it.
        let found = blocking(move || {
            if call.filter.is_empty() && call.kinds.is_empty() {
                tree.tree.list(&call.folder, ENTRIES)
            } else {
                Some(tree.tree.find(&call.filter, &call.kinds, ENTRIES))
            }
        });
        let (entries, is_all) = found.await.unwrap_or((Vec::new(), true));
        Ok(ChangeList {
            scanned: review.scanned,
            total: review.tree.total(),
            entries,
            is_partial: !is_all,
            noise: review.tree.noise.to_vec(),
        })
    }

    async fn first_look(&self, of: &ReviewOf) -> Result<Arc<Review>, Problem> {
        let cell = self.reviews.first.lock().entry(of.clone()).or_default().clone();
        let review = cell.get_or_try_init(|| self.look_through(of)).await.cloned();
        // The next look is another one.
        self.reviews.first.lock().retain(|_, other| !Arc::ptr_eq(other, &cell));
        review
    }

    async fn look_through(&self, of: &ReviewOf) -> Result<Arc<Review>, Problem> {
        let review = match of {
            ReviewOf::Container(container) => self.scan_container(container).await?,
            ReviewOf::Image { id, before } => {
                let _one = self.reviews.reading.lock().await;
                self.scan_images(before, id).await?
            }
        };
        let review = Arc::new(review);
        self.reviews.keep(of, review.clone());
        self.helpers.look();
        Ok(review)
    }

    fn review_name(&self, of: &ReviewOf) -> String {
        match of {
            ReviewOf::Container(container) => self.container_name(container),
            ReviewOf::Image { id, .. } => self.image_name(id),
        }
    }

    fn image_name(&self, id: &ImageId) -> String {
        let named = self.images.read(|rows| rows.get(id).and_then(|row| row.names().first().map(|name| (*name).to_owned())));
        named.unwrap_or_else(|| id.short().to_owned())
    }

    async fn scan_images(&self, before: &ImageId, after: &ImageId) -> Result<Review, Problem> {
        let scanned = now();
        let (before, old) = self.read_image(before).await?;
        let (after, new) = self.read_image(after).await?;
        let noise = self.reviews.noise.patterns();
        let tree = blocking(move || Tree::new(images::difference(&old, &new), None, &[], noise)).await;
        let before = Arc::new(OnceCell::new_with(Some(before)));
        Ok(Review {
            scanned,
            engine_time: scanned.0.div_euclid(1_000),
            own: OnceCell::new(),
            sizes: Mutex::default(),
            tree,
            before,
            after: Some(after),
            used: Mutex::new(Instant::now()),
        })
    }

    async fn read_image(&self, id: &ImageId) -> Result<(Helper, images::Contents), Problem> {
        check_reference(&id.0)?;
        let name = self.image_name(id);
        let helper = self.helper_of(&id.0, &name).await?;
        let archive = self.own_client.stream(&containers::export(&helper.name)).await.map_err(|error| self.problem(&error, &name))?;
        let archive = guarded(archive, self.stop.clone());
        let read = blocking(move || images::contents(reader_of(archive))).await;
        let failed =
            |error: std::io::Error| Problem::new(ProblemCode::EngineFailed, &name, format!("its files could not be read: {error}"));
        read.map(|contents| (helper, contents)).map_err(failed)
    }

    /// What it changed now; what is reviewed stays what it is.
    async fn scan_container(&self, container: &ContainerId) -> Result<Review, Problem> {
        let problem = |error: EngineError| self.problem(&error, &self.container_name(container));
        let id = valid(container)?;
        let (scanned, request) = (now(), containers::changes(id));
        let ahead = self.client.heard().and_then(|heard| heard.ahead).unwrap_or_default();
        let engine_time = scanned.0.div_euclid(1_000) + ahead.as_secs();
        let inspect: model::ContainerInspect = self.client.json(&containers::inspect(id)).await.map_err(problem)?;
        let mounts = mounts_of(&inspect);
        let asked = self.unless_lost(async { self.client.later(&request).await?.await });
        let changes: model::Listed<model::Change> = asked.await.map_err(problem)?;
        let last = self.reviews.get(&ReviewOf::Container(container.clone()));
        let before = last.as_ref().map(|last| last.before.clone()).unwrap_or_default();
        let noise = self.reviews.noise.patterns();
        let tree = blocking(move || {
            let paths: Option<HashSet<String>> = last.as_ref().map(|last| last.tree.paths());
            Tree::new(changes.items, paths.as_ref(), &mounts, noise)
        })
        .await;
        Ok(Review {
            scanned,
            engine_time,
            own: OnceCell::new(),
            sizes: Mutex::default(),
            tree,
            before,
            after: None,
            used: Mutex::new(Instant::now()),
        })
    }

    /// How large each path was and is; of a folder, what changed in it, unless that is too much to ask about.
    pub async fn measure_changes(&self, of: &ReviewOf, paths: Vec<String>) -> Result<Measured, Problem> {
        let name = self.review_name(of);
        let review = self.reviews.get(of).ok_or_else(|| Problem::new(ProblemCode::NotFound, &name, "nothing was looked through"))?;
        let after = match of {
            ReviewOf::Container(container) => valid(container)?,
            ReviewOf::Image { .. } => review.after.as_ref().map_or("", |after| &after.name),
        };
        let sides = |path: String| {
            let kind = review.tree.kind_at(&path);
            let (was, is) = (!matches!(kind, None | Some(ChangeKind::Added)), !matches!(kind, None | Some(ChangeKind::Deleted)));
            (path, was, is)
        };
        let mut left = MEASURED_FILES;
        let files = |path: String| {
            let files = review.tree.ends_below(&path, MEASURED.min(left));
            left -= files.len();
            files.into_iter().map(sides).collect::<Vec<_>>()
        };
        let paths: Vec<_> = paths.into_iter().take(MEASURED).map(files).collect();
        // Without anything that was there before, it is not needed.
        let before = match paths.iter().flatten().any(|(_, was, _)| *was) {
            true => review.before.get_or_try_init(|| self.helper_of_image(of)).await?.name.as_str(),
            false => "",
        };
        let known = &review.sizes;
        let size_of = async |path: String, was: bool, is: bool| {
            if let Some(size) = known.lock().get(&path).copied() {
                return size;
            }
            let before = if was { self.size_of(before, &path).await } else { None };
            let after = if is { self.size_of(after, &path).await } else { None };
            let size = ChangeSize { before, after };
            // What could not be said may be another time.
            if size != ChangeSize::default() {
                known.lock().insert(path, size);
            }
            size
        };
        let size_of = &size_of;
        let sizes = paths.into_iter().map(|files| async move {
            let mut all = ChangeSize::default();
            for (path, was, is) in files {
                all.add(size_of(path, was, is).await);
            }
            all
        });
        // It takes the engine as long as to say what changed.
        let own = async {
            let ReviewOf::Container(container) = of else { return None };
            let size = || async {
                let asked =
                    async { self.client.later::<model::ContainerInspect>(&containers::inspect_with_size(&container.0)).await?.await };
                self.unless_lost(asked).await.ok().and_then(|inspect| inspect.size_rw)
            };
            let own = tokio::time::timeout(PATIENCE, review.own.get_or_init(size)).await;
            own.ok().copied().flatten()
        };
        let (own, sizes) = tokio::join!(own, futures_util::stream::iter(sizes).buffered(AT_ONCE).collect());
        Ok(Measured { own, sizes })
    }

    /// Of a file.
    async fn size_of(&self, container: &str, path: &str) -> Option<u64> {
        let stat = self.client.path_stat(&containers::stat(container, path)).await.ok()?;
        stat.is_file().then_some(stat.size)
    }

    /// What is selected of what was found last.
    pub async fn count_selected(&self, container: &ContainerId, selection: Selection) -> Result<Selected, Problem> {
        let review = self
            .reviews
            .get(&ReviewOf::Container(container.clone()))
            .ok_or_else(|| Problem::new(ProblemCode::NotFound, self.container_name(container), "nothing was looked through"))?;
        Ok(blocking(move || review.tree.summary(&selection)).await)
    }

    /// A path beside what it was before.
    pub async fn compare_file(&self, of: &ReviewOf, path: &str) -> Result<Comparison, Problem> {
        let path = &check_path(path)?;
        let compared = async {
            let review = match self.reviews.get(of) {
                Some(review) => review,
                None => self.first_look(of).await?,
            };
            let name = self.review_name(of);
            let before = review.before.get_or_try_init(|| self.helper_of_image(of)).await?;
            let after = match of {
                ReviewOf::Container(container) => valid(container)?,
                ReviewOf::Image { .. } => review.after.as_ref().map_or("", |after| &after.name),
            };
            let (before, after) = tokio::try_join!(self.side(&before.name, path, &name), self.side(after, path, &name))?;
            Ok(compare(before, after))
        };
        let late = |_| Problem::new(ProblemCode::Internal, path, "it takes too long to read");
        tokio::time::timeout(PATIENCE, compared).await.map_err(late)?
    }

    /// `None`: it is not there.
    async fn side(&self, of: &str, path: &str, name: &str) -> Result<Option<(Side, Vec<u8>)>, Problem> {
        let problem = |error: EngineError| self.problem(&error, &format!("{name}:{path}"));
        let entry = match self.first_entry(of, path).await {
            Err(error) if error.is_not_found() => return Ok(None),
            entry => entry.map_err(problem)?,
        };
        let (kind, header, attributes, content, size, target) = match entry {
            FirstEntry::File(File { size, content, origin }) => {
                (FileKind::File, origin.header, origin.attributes, Some(content), size, String::new())
            }
            FirstEntry::Link(target, header) => (FileKind::Link, header, Vec::new(), None, 0, target),
            FirstEntry::Other(header) if header.entry_type().is_dir() => (FileKind::Folder, header, Vec::new(), None, 0, String::new()),
            FirstEntry::Other(header) => (FileKind::Other, header, Vec::new(), None, 0, String::new()),
        };
        let (mut digest, mut bytes) = (Sha256::new(), Vec::new());
        if let Some(mut content) = content {
            while let Some(piece) = content.next().await {
                let piece = piece.map_err(problem)?;
                digest.update(&piece);
                // Of a larger one only what it is is told.
                if size <= COMPARED {
                    bytes.extend_from_slice(&piece);
                }
            }
        }
        let is_text = kind == FileKind::File && size <= COMPARED && !bytes.contains(&0) && std::str::from_utf8(&bytes).is_ok();
        let side = Side {
            kind,
            size,
            mode: header.mode().unwrap_or_default() & 0o7777,
            uid: header.uid().unwrap_or_default(),
            gid: header.gid().unwrap_or_default(),
            target,
            digest: if kind == FileKind::File {
                digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
            } else {
                String::new()
            },
            is_text,
            attributes: attributes.iter().map(|(name, value)| attribute(name, value)).collect(),
        };
        Ok(Some((side, bytes)))
    }

    async fn helper_of_image(&self, of: &ReviewOf) -> Result<Helper, Problem> {
        let name = self.review_name(of);
        let image = match of {
            ReviewOf::Container(container) => self.containers.read(|rows| rows.get(container).map(|row| row.image_id.0.clone())),
            ReviewOf::Image { before, .. } => Some(before.0.clone()),
        };
        let image = image.ok_or_else(|| Problem::new(ProblemCode::NotFound, &name, "no such container"))?;
        self.helper_of(&image, &name).await
    }
}

/// Where something is mounted: a volume, or a folder of the host.
fn mounts_of(container: &model::ContainerInspect) -> Vec<String> {
    container.mounts.iter().map(|mount| mount.destination.trim_end_matches('/').to_owned()).filter(|mount| !mount.is_empty()).collect()
}

/// `security.capability=0x0100…`, and as text what is text.
fn attribute(name: &str, value: &[u8]) -> String {
    let name = name.trim_start_matches("SCHILY.xattr.");
    match std::str::from_utf8(value) {
        Ok(text) if !text.chars().any(char::is_control) => format!("{name}={text}"),
        _ => value.iter().fold(format!("{name}=0x"), |text, byte| text + &format!("{byte:02x}")),
    }
}

fn compare(before: Option<(Side, Vec<u8>)>, after: Option<(Side, Vec<u8>)>) -> Comparison {
    let (before, old) = before.map_or((None, Vec::new()), |(side, bytes)| (Some(side), bytes));
    let (after, new) = after.map_or((None, Vec::new()), |(side, bytes)| (Some(side), bytes));
    let is_text = |side: &Option<Side>| side.as_ref().is_none_or(|side| side.is_text);
    let has_file = |side: &Option<Side>| side.as_ref().is_some_and(|side| side.kind == FileKind::File);
    let (mut hunks, mut first_difference) = (None, None);
    if is_text(&before) && is_text(&after) && (has_file(&before) || has_file(&after)) {
        let (old, new) = (String::from_utf8_lossy(&old), String::from_utf8_lossy(&new));
        hunks = Some(difference::hunks(&old, &new));
    } else if has_file(&before) && has_file(&after) {
        first_difference = difference::first_difference(&old, &new);
    }
    Comparison { before, after, hunks, first_difference }
}
