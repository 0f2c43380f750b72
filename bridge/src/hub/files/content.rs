//! What is in one file, and where links lead to it.

use std::{future::Future, io::Read, task::Poll, time::Duration};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use linkspan_shared::{
    bytes_name::{byte_of, to_text},
    file::{FileSource, FileText, SHOWN},
    problem::{Problem, ProblemCode},
};
use sha2::{Digest, Sha256};
use tokio::{
    sync::{mpsc, oneshot},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use super::{EngineHub, PATIENCE, Place, check_path, reader_of};
use linkspan_docker::{ByteStream, EngineError, containers};

/// Links that are followed to a file.
const LINKS: usize = 8;
/// Bytes of a file that are handed on at once.
const PIECE: usize = 64 << 10;
/// An engine that says nothing for as long will not say the rest.
const STALLED: Duration = Duration::from_secs(60);

/// A file as it comes from the engine.
pub struct File {
    pub size: u64,
    pub content: ByteStream,
    pub(in super::super) origin: Origin,
}

/// Where it was found, and how it is kept there.
pub struct Origin {
    /// Behind all links.
    pub path: String,
    pub header: Box<tar::Header>,
    /// PAX records of its extended attributes.
    pub attributes: Vec<(String, Vec<u8>)>,
}

impl EngineHub {
    /// Links are followed.
    pub async fn open_file(&self, source: &FileSource, path: &str) -> Result<File, Problem> {
        let place = self.place(source, path).await?;
        let File { size, content, origin } = self.open_at(&place).await?;
        Ok(File { size, content: place.kept_for(content), origin })
    }

    pub(super) async fn open_at(&self, place: &Place) -> Result<File, Problem> {
        let mut path = place.path.clone();
        for _ in 0..LINKS {
            let archive = self.client.stream(&containers::archive(&place.container, &path)).await;
            let archive = archive.map_err(|error| self.file_problem(&error, place))?;
            match first_of(guarded(archive, self.stop.clone())).await {
                Some(FirstEntry::File(mut file)) => {
                    file.origin.path = path;
                    return Ok(file);
                }
                Some(FirstEntry::Link(target, _)) => path = check_path(&joined(&path, &target))?,
                Some(FirstEntry::Other(_)) => return Err(Problem::new(ProblemCode::Invalid, &place.subject, "it is no regular file")),
                None => {
                    let why = if is_text(&path) { "the tar file cannot be read" } else { NO_TEXT };
                    return Err(Problem::new(ProblemCode::MalformedAnswer, &place.subject, why));
                }
            }
        }
        Err(Problem::new(ProblemCode::Invalid, &place.subject, "too many links lead on"))
    }

    /// What is at a path itself: no link is followed.
    pub(in super::super) async fn first_entry(&self, container: &str, path: &str) -> Result<FirstEntry, EngineError> {
        let archive = self.client.stream(&containers::archive(container, path)).await?;
        let first = first_of(guarded(archive, self.stop.clone())).await;
        first.ok_or_else(|| EngineError::Malformed("the tar file cannot be read".to_owned()))
    }

    /// As much of it as is shown.
    pub async fn read_file(&self, source: &FileSource, path: &str) -> Result<FileText, Problem> {
        let place = self.place(source, path).await?;
        let read = async {
            let File { size, mut content, .. } = self.open_at(&place).await?;
            let (mut bytes, shown) = (Vec::new(), usize::try_from(SHOWN).unwrap_or(usize::MAX));
            while bytes.len() < shown
                && let Some(piece) = content.next().await
            {
                bytes.extend_from_slice(&piece.map_err(|error| self.file_problem(&error, &place))?);
            }
            bytes.truncate(shown);
            Ok(file_text(size, bytes))
        };
        let late = |_| self.file_problem(&EngineError::lost("the engine takes too long to send it"), &place);
        tokio::time::timeout(PATIENCE, read).await.map_err(late)?
    }
}

/// Docker before 24 hands the name on as JSON, which holds no such bytes, and then finds nothing.
const NO_TEXT: &str =
    "the engine made an empty tar file of it: older ones cannot take one file whose name is no UTF-8; download its folder";

fn is_text(path: &str) -> bool {
    path.chars().all(|char| byte_of(char).is_none())
}

pub enum FirstEntry {
    File(File),
    /// Where it leads.
    Link(String, Box<tar::Header>),
    Other(Box<tar::Header>),
}

/// Ends when the engine's connection here does, or when the engine says nothing for too long: whoever reads it on a thread
/// of its own must not wait for ever. A piece that is there costs no timer.
pub fn guarded(archive: ByteStream, stop: CancellationToken) -> ByteStream {
    // Since when the engine is waited for; whoever reads slowly is not its fault.
    let (mut archive, mut since) = (Some(archive), None::<Instant>);
    let (mut stopped, mut late) = (Box::pin(stop.cancelled_owned()), Box::pin(tokio::time::sleep(STALLED)));
    Box::pin(stream::poll_fn(move |context| {
        let Some(engine) = archive.as_mut() else { return Poll::Ready(None) };
        if let Poll::Ready(next) = engine.poll_next_unpin(context) {
            since = None;
            return Poll::Ready(next);
        }
        let since = *since.get_or_insert_with(Instant::now);
        let why = if stopped.as_mut().poll(context).is_ready() {
            "Linkspan ends"
        } else {
            while late.as_mut().poll(context).is_ready() && since.elapsed() < STALLED {
                late.as_mut().reset(since + STALLED);
            }
            if since.elapsed() < STALLED {
                return Poll::Pending;
            }
            "the engine stopped in the middle of it"
        };
        archive = None;
        Poll::Ready(Some(Err(EngineError::lost(why))))
    }))
}

/// The first entry of a tar file, a file's content as it comes; `None`: it is empty, or cannot be read.
async fn first_of(archive: ByteStream) -> Option<FirstEntry> {
    let (firsts, first) = oneshot::channel();
    let (sender, receiver) = mpsc::channel::<Result<Bytes, EngineError>>(2);
    let reader = reader_of(archive);
    tokio::task::spawn_blocking(move || {
        let mut archive = tar::Archive::new(reader);
        let Some(Ok(mut entry)) = archive.entries().ok().and_then(|mut entries| entries.next()) else { return };
        let size = match entry.header().entry_type() {
            tar::EntryType::Regular | tar::EntryType::Continuous => entry.size(),
            tar::EntryType::Symlink => {
                let target = entry.link_name_bytes().map(|target| to_text(&target)).unwrap_or_default();
                let _ = firsts.send(FirstEntry::Link(target, Box::new(entry.header().clone())));
                return;
            }
            _ => {
                let _ = firsts.send(FirstEntry::Other(Box::new(entry.header().clone())));
                return;
            }
        };
        let content = Box::pin(stream::unfold(Some(receiver), |receiver| async {
            // An empty piece says that the file is complete; a thread that ends without one has failed.
            let mut receiver = receiver?;
            match receiver.recv().await {
                Some(Ok(bytes)) if bytes.is_empty() => None,
                Some(Ok(bytes)) => Some((Ok(bytes), Some(receiver))),
                Some(Err(error)) => Some((Err(error), None)),
                None => Some((Err(EngineError::lost("the file was not read to its end")), None)),
            }
        }));
        let attributes = attributes_of(&mut entry);
        let origin = Origin { path: String::new(), header: Box::new(entry.header().clone()), attributes };
        if firsts.send(FirstEntry::File(File { size, content, origin })).is_err() {
            return;
        }
        loop {
            let mut piece = vec![0; PIECE];
            let read = entry.read(&mut piece).map_err(|error| EngineError::lost(&error.to_string()));
            let is_over = !matches!(read, Ok(1..));
            let read = read.map(|length| {
                piece.truncate(length);
                Bytes::from(piece)
            });
            if sender.blocking_send(read).is_err() || is_over {
                return;
            }
        }
    });
    first.await.ok()
}

fn attributes_of<R: Read>(entry: &mut tar::Entry<'_, R>) -> Vec<(String, Vec<u8>)> {
    let records = entry.pax_extensions().ok().flatten().into_iter().flatten().flatten();
    let named = records.filter_map(|record| Some((record.key().ok()?.to_owned(), record.value_bytes().to_owned())));
    named.filter(|(name, _)| name.starts_with("SCHILY.xattr.")).collect()
}

/// Of a file's bytes.
pub(super) fn digest_of(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Where a link leads from its own folder.
fn joined(path: &str, target: &str) -> String {
    if target.starts_with('/') {
        return target.to_owned();
    }
    format!("{}/{target}", path.trim_end_matches('/').rsplit_once('/').map_or("", |(folder, _)| folder))
}

/// A NUL is in no text; the last character may be cut in two.
fn file_text(size: u64, bytes: Vec<u8>) -> FileText {
    let is_cut = size > bytes.len() as u64;
    let digest = (!is_cut && !bytes.contains(&0) && std::str::from_utf8(&bytes).is_ok()).then(|| digest_of(&bytes));
    let text = match std::str::from_utf8(&bytes) {
        _ if bytes.contains(&0) => None,
        Ok(text) => Some(text.to_owned()),
        Err(error) if is_cut && error.error_len().is_none() => Some(String::from_utf8_lossy(&bytes[..error.valid_up_to()]).into_owned()),
        // One wrong byte in a log does not make it unreadable.
        Err(error) if error.valid_up_to() > bytes.len() / 2 => Some(String::from_utf8_lossy(&bytes).into_owned()),
        Err(_) => None,
    };
    FileText { text, size, is_cut, digest }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_on_from_their_folder() {
        assert_eq!(joined("/etc/a", "b"), "/etc/b");
        assert_eq!(joined("/a", "b"), "/b");
        assert_eq!(joined("/etc/a", "/b"), "/b");
    }

    #[test]
    fn text_is_told_from_other_bytes() {
        assert_eq!(file_text(3, b"abc".to_vec()).text.as_deref(), Some("abc"));
        assert_eq!(file_text(2, vec![0, 1]).text, None);
        // Only what was read exactly and as a whole can be written back.
        assert!(file_text(3, b"abc".to_vec()).digest.is_some());
        assert_eq!(file_text(9, b"abc".to_vec()).digest, None);
        assert_eq!(file_text(4, b"abc\xff".to_vec()).digest, None);
        // Cut within a character.
        assert_eq!(file_text(9, "aé".as_bytes()[..2].to_vec()).text.as_deref(), Some("a"));
    }
}
