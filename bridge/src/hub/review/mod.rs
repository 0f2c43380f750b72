//! The review of what a container changed: its paths as a tree that is kept here, and any of them beside the image's.
//!
//! The engine is asked once, and again when somebody asks for it; a browser is told of the folders that it shows. The image's
//! version is read from a container that is made of it, never started, and removed with the review.

mod difference;
mod image;
mod layer;
mod tree;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use futures_util::StreamExt;
use linkspan_docker::{EngineError, containers, model};
use linkspan_shared::{
    call::ListChanges,
    file::FileKind,
    ids::ContainerId,
    problem::{Problem, ProblemCode},
    review::{COMPARED, ChangeList, Comparison, Selected, Selection, Side},
    time::Timestamp,
};
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use tokio::{sync::OnceCell, time::Instant};

use super::{
    EngineHub,
    files::{File, FirstEntry},
    helpers::Helper,
    now,
    validation::{check_path, valid},
};
use tree::Tree;

/// Entries of one answer.
const ENTRIES: usize = 2_000;
/// Reviews of one engine that are kept.
const REVIEWS: usize = 8;
/// One that nobody looks at is forgotten.
const UNUSED: Duration = Duration::from_secs(600);
/// A file that cannot be read in this time is not compared.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Default)]
pub struct Reviews {
    known: Mutex<HashMap<ContainerId, Arc<Review>>>,
}

struct Review {
    scanned: Timestamp,
    /// The same by the engine's clock, which files have their times of; seconds.
    engine_time: i64,
    tree: Tree,
    /// Of the container's image, also for the look after this one.
    image: Arc<OnceCell<Helper>>,
    used: Mutex<Instant>,
}

impl Reviews {
    fn get(&self, id: &ContainerId) -> Option<Arc<Review>> {
        let known = self.known.lock().get(id).cloned();
        known.inspect(|review| *review.used.lock() = Instant::now())
    }

    fn keep(&self, id: &ContainerId, review: Arc<Review>) {
        let mut known = self.known.lock();
        known.remove(id);
        if known.len() >= REVIEWS
            && let Some(oldest) = known.iter().min_by_key(|(_, review)| *review.used.lock()).map(|(id, _)| id.clone())
        {
            known.remove(&oldest);
        }
        known.insert(id.clone(), review);
    }

    pub fn forget(&self, id: &ContainerId) {
        self.known.lock().remove(id);
    }

    /// Until when none can be forgotten; `None`: there is none.
    pub fn forget_unused(&self) -> Option<Instant> {
        let mut known = self.known.lock();
        known.retain(|_, review| review.used.lock().elapsed() < UNUSED);
        known.values().map(|review| *review.used.lock() + UNUSED).min()
    }
}

impl EngineHub {
    pub async fn list_changes(&self, call: ListChanges) -> Result<ChangeList, Problem> {
        let review = match self.reviews.get(&call.container).filter(|_| !call.fresh) {
            Some(review) => review,
            None => self.look_through(&call.container).await?,
        };
        let tree = review.clone();
        // As many as there are, nobody else waits for it.
        let found = tokio::task::spawn_blocking(move || {
            if call.filter.is_empty() && call.kinds.is_empty() {
                tree.tree.list(&call.folder, ENTRIES)
            } else {
                Some(tree.tree.find(&call.filter, &call.kinds, ENTRIES))
            }
        });
        let (entries, is_all) = found.await.ok().flatten().unwrap_or((Vec::new(), true));
        Ok(ChangeList { scanned: review.scanned, total: review.tree.total(), entries, is_partial: !is_all })
    }

    async fn look_through(&self, container: &ContainerId) -> Result<Arc<Review>, Problem> {
        let review = Arc::new(self.scan(container).await?);
        self.reviews.keep(container, review.clone());
        self.helpers.look();
        Ok(review)
    }

    /// What it changed now; what is reviewed stays what it is.
    async fn scan(&self, container: &ContainerId) -> Result<Review, Problem> {
        let problem = |error: EngineError| self.problem(&error, &self.container_name(container));
        let id = valid(container)?;
        let inspect: model::ContainerInspect = self.client.json(&containers::inspect(id)).await.map_err(problem)?;
        let mounts = mounts_of(&inspect);
        let (scanned, request) = (now(), containers::changes(id));
        let ahead = self.client.heard().and_then(|heard| heard.ahead).unwrap_or_default();
        let engine_time = scanned.0.div_euclid(1_000) + ahead.as_secs();
        let asked = self.unless_lost(async { self.client.later(&request).await?.await });
        // A container that changed nothing: `null`.
        let changes: Option<Vec<model::Change>> = asked.await.map_err(problem)?;
        let before = self.reviews.get(container);
        let image = before.as_ref().map(|before| before.image.clone()).unwrap_or_default();
        let made = tokio::task::spawn_blocking(move || {
            let paths: Option<HashSet<String>> = before.as_ref().map(|before| before.tree.paths());
            Tree::new(changes.unwrap_or_default(), paths.as_ref(), &mounts)
        });
        let tree = made.await.map_err(|_| Problem::new(ProblemCode::Internal, "", ""))?;
        Ok(Review { scanned, engine_time, tree, image, used: Mutex::new(Instant::now()) })
    }

    /// What is selected of what was found last.
    pub async fn count_selected(&self, container: &ContainerId, selection: Selection) -> Result<Selected, Problem> {
        let review = self
            .reviews
            .get(container)
            .ok_or_else(|| Problem::new(ProblemCode::NotFound, self.container_name(container), "nothing was looked through"))?;
        Ok(tokio::task::spawn_blocking(move || review.tree.summary(&selection)).await.unwrap_or_default())
    }

    /// A path of a container beside the one of its image.
    pub async fn compare_file(&self, container: &ContainerId, path: &str) -> Result<Comparison, Problem> {
        let path = &check_path(path)?;
        let compared = async {
            let review = match self.reviews.get(container) {
                Some(review) => review,
                None => self.look_through(container).await?,
            };
            let image = review.image.get_or_try_init(|| self.helper_of_image(container)).await?;
            let (before, after) = tokio::try_join!(self.side(&image.name, path, container), self.side(valid(container)?, path, container))?;
            Ok(compare(before, after))
        };
        let late = |_| Problem::new(ProblemCode::Internal, path, "it takes too long to read");
        tokio::time::timeout(PATIENCE, compared).await.map_err(late)?
    }

    /// `None`: it is not there.
    async fn side(&self, of: &str, path: &str, container: &ContainerId) -> Result<Option<(Side, Vec<u8>)>, Problem> {
        let problem = |error: EngineError| self.problem(&error, &format!("{}:{path}", self.container_name(container)));
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
            attributes: attributes.into_iter().map(|(name, _)| name).collect(),
        };
        Ok(Some((side, bytes)))
    }

    async fn helper_of_image(&self, container: &ContainerId) -> Result<Helper, Problem> {
        let image = self.containers.read(|rows| rows.get(container).map(|row| row.image_id.0.clone()));
        let name = self.container_name(container);
        let image = image.ok_or_else(|| Problem::new(ProblemCode::NotFound, &name, "no such container"))?;
        self.helper_of(&image, &name).await
    }
}

/// Where something is mounted: a volume, or a folder of the host.
fn mounts_of(container: &model::ContainerInspect) -> Vec<String> {
    container.mounts.iter().map(|mount| mount.destination.trim_end_matches('/').to_owned()).filter(|mount| !mount.is_empty()).collect()
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
