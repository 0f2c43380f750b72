//! What a Dockerfile copies, of a layer's tar file: sorted into what `COPY` carries and what it does not, and packed.

#![allow(clippy::disallowed_methods, reason = "on threads of its own")]

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    ffi::OsStr,
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    os::unix::ffi::OsStrExt,
    path::Path,
};

use super::{
    super::{
        layer::{OPAQUE, WHITEOUT, append, header_of},
        tree::{Plan, Step},
    },
    DATABASE,
    dockerfile::Copy,
    packages::{APK, APK_WORLD, APT, DPKG, Packages, Texts, is_database},
};

/// In the context: what is copied, and what is unpacked.
const FILES: &str = "files";
pub const ARCHIVE: &str = "rest.tar";
/// Instructions that copy; with more of them all is in the archive, since each makes a layer.
const COPIES: usize = 24;
/// Files that are named one by one; with more of them all is in the archive, too.
const NAMED: usize = 400;
/// Paths that are removed: there is no other way to say so.
const REMOVED: usize = 4_000;
/// Bytes of all databases together.
const DATABASES_ALL: u64 = 96 << 20;
/// Read of an image before it is compared with what came of it.
pub const DATABASES: [&str; 4] = [APK, APK_WORLD, DPKG, APT];

/// Where an entry goes.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Files,
    Archive,
    Nowhere,
}

pub struct Context {
    layer: File,
    /// One for each entry of the layer.
    places: Vec<Place>,
    pub packages: Packages,
    /// Absolute paths.
    pub removed: Vec<String>,
    pub copies: Vec<Copy>,
}

/// An entry as it is looked at.
struct Entry {
    /// Without a slash in front or behind; `None`: it has bytes that no instruction can say.
    path: Option<String>,
    kind: tar::EntryType,
    /// `COPY` loses nothing of it.
    is_plain: bool,
    /// It was written since, as far as its time tells.
    is_edited: bool,
}

/// Something in it means something to an instruction, or to `COPY`'s patterns.
fn has_meaning(path: &str) -> bool {
    path.chars().any(|char| char.is_control() || "[]*?\\$'\"".contains(char))
}

fn name_of(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// Those that a path is in, from the outermost on.
fn folders_of(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').filter_map(|(at, _)| path.get(..at))
}

impl Context {
    /// `before`: what the image has of [`DATABASES`], where packages are to be recognised.
    /// `since`: seconds; what was written later is copied, also where a package has brought it.
    pub fn read(mut layer: File, plan: &Plan, before: Option<&Texts>, since: i64) -> io::Result<Self> {
        layer.seek(SeekFrom::Start(0))?;
        let (mut entries, mut removed, mut after, mut targets) = (Vec::new(), Vec::new(), Texts::new(), HashSet::new());
        let mut room = DATABASES_ALL;
        for entry in tar::Archive::new(&layer).entries()? {
            let mut entry = entry?;
            let path = entry.path_bytes();
            let path = String::from_utf8(path.strip_suffix(b"/").unwrap_or(&path).to_vec()).ok();
            let header = entry.header();
            let kind = header.entry_type();
            if let Some(path) = &path {
                let (folder, name) = name_of(path);
                if name == OPAQUE {
                    removed.push(format!("/{folder}"));
                    entries.push(None);
                    continue;
                }
                if let Some(name) = name.strip_prefix(WHITEOUT) {
                    removed.push(if folder.is_empty() { format!("/{name}") } else { format!("/{folder}/{name}") });
                    entries.push(None);
                    continue;
                }
            }
            let is_roots = header.uid()? == 0 && header.gid()? == 0;
            let mode = header.mode()? & 0o7777;
            // Packages bring files of the time when they were built.
            let is_edited = kind.is_file() && i64::try_from(header.mtime()?).is_ok_and(|time| time >= since);
            let has_attributes = |entry: &mut tar::Entry<'_, &File>| {
                let records = entry.pax_extensions()?.into_iter().flatten().flatten();
                io::Result::Ok(records.into_iter().any(|record| record.key_bytes().starts_with(b"SCHILY.xattr.")))
            };
            let is_plain = is_roots
                && path.as_ref().is_some_and(|path| !has_meaning(path))
                && match kind {
                    tar::EntryType::Regular | tar::EntryType::Continuous => mode & 0o7000 == 0,
                    tar::EntryType::Directory => mode == 0o755,
                    tar::EntryType::Symlink => true,
                    _ => false,
                }
                && !has_attributes(&mut entry)?;
            if kind == tar::EntryType::Link {
                targets.extend(entry.link_name_bytes().and_then(|target| String::from_utf8(target.into_owned()).ok()));
            }
            if let Some(path) = path.as_ref().filter(|path| before.is_some() && is_database(path)) {
                let mut text = Vec::new();
                entry.by_ref().take(DATABASE.min(room)).read_to_end(&mut text)?;
                room -= text.len() as u64;
                after.insert(path.clone(), String::from_utf8_lossy(&text).into_owned());
            }
            entries.push(Some(Entry { path, kind, is_plain, is_edited }));
        }
        if removed.len() > REMOVED {
            return Err(io::Error::other(format!("{} deletions are more than a Dockerfile can name", removed.len())));
        }
        let packages = before.map(|before| Packages::new(before, &after)).unwrap_or_default();
        let mut context = Self { layer, places: Vec::new(), packages, removed, copies: Vec::new() };
        context.sort(&entries, plan, &targets);
        Ok(context)
    }

    fn sort(&mut self, entries: &[Option<Entry>], plan: &Plan, targets: &HashSet<String>) {
        let ways: HashSet<&str> = plan
            .steps
            .iter()
            .filter_map(|step| if let Step::Way(path) = step { Some(path.trim_start_matches('/')) } else { None })
            .collect();
        let brought = |entry: &Entry| entry.path.as_ref().is_some_and(|path| self.packages.bring(path, entry.is_edited));
        // A hard link and what it is another name of stay together.
        let is_plain = |entry: &Entry| entry.is_plain && entry.path.as_ref().is_some_and(|path| !targets.contains(path));
        let within = |folder: &str, path: &str| path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let new: Vec<&str> = plan
            .steps
            .iter()
            .filter_map(|step| if let Step::Whole(path) = step { Some(path.trim_start_matches('/')) } else { None })
            .collect();
        // Folders that have something in them that COPY loses something of; what has no text for a path could be anywhere.
        let mut mixed: HashSet<&str> = HashSet::new();
        for entry in entries.iter().flatten().filter(|entry| !is_plain(entry)) {
            mixed.extend(entry.path.iter().flat_map(|path| folders_of(path)));
        }
        let all_named = entries.iter().flatten().all(|entry| entry.path.is_some());
        let mut whole: BTreeSet<&str> = BTreeSet::new();
        for entry in entries.iter().flatten().filter(|entry| all_named && entry.kind.is_dir() && is_plain(entry)) {
            let path = entry.path.as_deref().unwrap_or_default();
            let is_new = new.iter().any(|folder| within(folder, path));
            // Those above come first, and have all that is in them.
            if is_new && !mixed.contains(path) && !folders_of(path).any(|folder| whole.contains(folder)) {
                whole.insert(path);
            }
        }
        let mut folders: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut filled: HashSet<&str> = HashSet::new();
        let mut places = Vec::with_capacity(entries.len());
        for entry in entries {
            let Some(entry) = entry.as_ref().filter(|entry| !brought(entry)) else {
                places.push(Place::Nowhere);
                continue;
            };
            let path = entry.path.clone().unwrap_or_default();
            let in_whole = entry.path.as_deref().and_then(|path| folders_of(path).chain([path]).find_map(|folder| whole.get(folder)));
            places.push(match (in_whole, entry.kind) {
                (Some(folder), _) => {
                    filled.insert(*folder);
                    Place::Files
                }
                (None, tar::EntryType::Regular | tar::EntryType::Continuous) if is_plain(entry) => {
                    folders.entry(name_of(&path).0.to_owned()).or_default().push(path);
                    Place::Files
                }
                // It is as it is in the base.
                (None, tar::EntryType::Directory) if ways.contains(path.as_str()) => Place::Nowhere,
                _ => Place::Archive,
            });
        }
        let into = |folder: &str| if folder.is_empty() { "/".to_owned() } else { format!("/{folder}/") };
        let copies = whole.iter().filter(|folder| filled.contains(*folder));
        let copies = copies.map(|folder| Copy { sources: vec![format!("{FILES}/{folder}/")], folder: into(folder) });
        let single = folders.into_iter().map(|(folder, files)| Copy {
            sources: files.into_iter().map(|file| format!("{FILES}/{file}")).collect(),
            folder: into(&folder),
        });
        let copies: Vec<Copy> = copies.chain(single).collect();
        if copies.len() > COPIES || copies.iter().map(|copy| copy.sources.len()).sum::<usize>() > NAMED {
            places.iter_mut().filter(|place| **place == Place::Files).for_each(|place| *place = Place::Archive);
        } else {
            self.copies = copies;
        }
        self.places = places;
    }

    pub fn has_archive(&self) -> bool {
        self.places.contains(&Place::Archive)
    }

    /// The tar file with all of it.
    pub fn pack(&self, dockerfile: &str) -> io::Result<File> {
        let mut packed = tar::Builder::new(tempfile::tempfile()?);
        let mut header = header_of(dockerfile.len() as u64);
        packed.append_data(&mut header, "Dockerfile", dockerfile.as_bytes())?;
        self.copy(&mut packed, Place::Files, &format!("{FILES}/"))?;
        if self.has_archive() {
            let mut rest = tar::Builder::new(tempfile::tempfile()?);
            self.copy(&mut rest, Place::Archive, "")?;
            let mut rest = rest.into_inner()?;
            let size = rest.seek(SeekFrom::End(0))?;
            rest.seek(SeekFrom::Start(0))?;
            let mut header = header_of(size);
            packed.append_data(&mut header, ARCHIVE, rest)?;
        }
        packed.into_inner()
    }

    fn copy(&self, to: &mut tar::Builder<File>, place: Place, prefix: &str) -> io::Result<()> {
        let mut layer = &self.layer;
        layer.seek(SeekFrom::Start(0))?;
        for (entry, own) in tar::Archive::new(layer).entries()?.zip(&self.places) {
            let mut entry = entry?;
            if *own == place {
                let path = [prefix.as_bytes(), &entry.path_bytes()].concat();
                append(to, &mut entry, Path::new(OsStr::from_bytes(&path)), "", None)?;
            }
        }
        Ok(())
    }
}
