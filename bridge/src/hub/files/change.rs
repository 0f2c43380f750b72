//! What a person changes in a folder, and in a text file.

use std::{ffi::OsStr, os::unix::ffi::OsStrExt};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use linkspan_docker::containers;
use linkspan_shared::{
    bytes_name::{byte_of, to_bytes},
    file::{FileSource, SHOWN},
    problem::{Problem, ProblemCode},
};

use super::{
    super::{EngineHub, now},
    content::{File, Origin, digest_of},
    place::Place,
    script::Ran,
};

/// Bytes of a name, on the file systems that there are.
const NAME: usize = 255;
/// What a script ends with that found something of the new name.
const TAKEN: i64 = 17;
const RENAME: &str = r#"if [ -e "$2" ] || [ -L "$2" ]; then exit 17; fi
exec mv -- "$1" "$2""#;
/// Where a folder really is, and all that is mounted (proc(5), mountinfo).
const MOUNTS: &str = r#"cd -P -- "$1" && pwd -P && printf '\0' && cat /proc/self/mountinfo"#;
const DELETE: &str = r#"exec rm -rf -- "$1""#;
/// Whether it is a file, and can be written.
const WRITABLE: &str = r#": >> "$1""#;
/// Into the file itself, which keeps its owner, its mode and its other names, and may be a mount.
const REPLACE: &str = r#"cat -- "$2" > "$1"; code=$?
rm -f -- "$2"
exit $code"#;

impl EngineHub {
    /// `path`: the folder that it is made in.
    pub async fn create_folder(&self, source: &FileSource, path: &str, name: &str) -> Result<(), Problem> {
        check_file_name(name)?;
        let place = self.place(source, &format!("{}/{name}", path.trim_end_matches('/'))).await?;
        let (folder, name) = place.split()?;
        match self.client.done(&containers::stat(&place.container, &place.path)).await {
            Ok(_) => return Err(taken(&place.subject)),
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(self.file_problem(&error, &place)),
        }
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Directory);
        header.set_mode(0o755);
        self.send_entry(&place, folder, name, header, &[], &[]).await
    }

    /// `name`: in the same folder.
    pub async fn rename_file(&self, source: &FileSource, path: &str, name: &str) -> Result<(), Problem> {
        let place = self.place(source, path).await?;
        let (folder, _) = place.split()?;
        check_file_name(name)?;
        let to = format!("{}/{name}", folder.trim_end_matches('/'));
        let ran = self.run_for(&place, RENAME, &[&place.path, &to]).await?;
        if ran.exit_code == Some(TAKEN) {
            return Err(taken(name));
        }
        done(&place, &ran)
    }

    /// A folder with all that is in it.
    pub async fn delete_file(&self, source: &FileSource, path: &str) -> Result<(), Problem> {
        let place = self.place(source, path).await?;
        let (folder, name) = place.split()?;
        let looked = self.run_for(&place, MOUNTS, &[folder]).await?;
        done(&place, &looked)?;
        // Whatever is mounted there is somebody else's: deleting would empty a volume, or a folder of the host.
        if let Some(mount) = mount_within(&looked.stdout, name.as_bytes()) {
            return Err(Problem::new(
                ProblemCode::Conflict,
                &place.subject,
                format!("something is mounted at {mount}: a volume, or a folder of the host"),
            ));
        }
        done(&place, &self.run_for(&place, DELETE, &[&place.path]).await?)
    }

    /// Another text in the place of the one with this digest; without a digest, of whatever is there. Answers with its own.
    pub async fn save_file(&self, source: &FileSource, path: &str, digest: Option<&str>, text: Bytes) -> Result<String, Problem> {
        let place = self.place(source, path).await?;
        let File { mut content, origin, .. } = self.open_at(&place).await?;
        if let Some(expected) = digest {
            let mut there = Vec::new();
            while let Some(piece) = content.next().await {
                there.extend_from_slice(&piece.map_err(|error| self.file_problem(&error, &place))?);
                if there.len() as u64 > SHOWN {
                    break;
                }
            }
            if digest_of(&there) != expected {
                return Err(Problem::new(ProblemCode::Conflict, &place.subject, "the file was changed meanwhile"));
            }
        }
        drop(content);
        let saved = digest_of(&text);
        let Origin { path: real, header, attributes } = origin;
        let place = Place { path: real, ..place };
        let (folder, name) = place.split()?;
        if !self.can_write(&place).await? {
            return self.send_entry(&place, folder, name, *header, &attributes, &text).await.map(|()| saved);
        }
        let beside = format!(".linkspan-{}", uuid::Uuid::new_v4().simple());
        let mut private = tar::Header::new_gnu();
        private.set_entry_type(tar::EntryType::Regular);
        private.set_mode(0o600);
        self.send_entry(&place, folder, &beside, private, &[], &text).await?;
        let beside = format!("{}/{beside}", folder.trim_end_matches('/'));
        done(&place, &self.run_for(&place, REPLACE, &[&place.path, &beside]).await?)?;
        Ok(saved)
    }

    /// With a shell of the container's; what it is refused with is told.
    async fn can_write(&self, place: &Place) -> Result<bool, Problem> {
        if !place.runs || !is_text(&place.path) {
            return Ok(false);
        }
        match self.run_script(place, WRITABLE, &[&place.path]).await {
            Ok(ran) if has_no_shell(&ran) => Ok(false),
            Ok(ran) => done(place, &ran).map(|()| true),
            Err(_) => Ok(false),
        }
    }

    /// One entry of a folder, as a tar file.
    async fn send_entry(
        &self,
        place: &Place,
        folder: &str,
        name: &str,
        mut header: tar::Header,
        attributes: &[(String, Vec<u8>)],
        content: &[u8],
    ) -> Result<(), Problem> {
        header.set_size(content.len() as u64);
        header.set_mtime(u64::try_from(now().0 / 1_000).unwrap_or_default());
        let mut archive = || {
            let mut archive = tar::Builder::new(Vec::new());
            archive.append_pax_extensions(attributes.iter().map(|(name, value)| (name.as_str(), value.as_slice())))?;
            archive.append_data(&mut header, OsStr::from_bytes(&to_bytes(name)), content)?;
            archive.into_inner()
        };
        let archive = archive().map_err(|error| Problem::new(ProblemCode::Invalid, &place.subject, error.to_string()))?;
        self.unpack_at(place, folder, stream::iter([Ok(Bytes::from(archive))])).await
    }

    /// Refused with the reason why the container cannot do it.
    async fn run_for(&self, place: &Place, script: &str, arguments: &[&str]) -> Result<Ran, Problem> {
        let refused = |why: &str| Err(Problem::new(ProblemCode::Conflict, &place.subject, why));
        if !place.runs {
            return refused("the engine has no call for it, so that it takes the programs of a container that runs");
        }
        if !arguments.iter().all(|argument| is_text(argument)) {
            return refused("its name is no UTF-8, and no command can say it");
        }
        match self.run_script(place, script, arguments).await {
            Ok(ran) if has_no_shell(&ran) => {
                refused(&format!("the engine has no call for it, and the container has no /bin/sh to do it with\n{}", said(&ran)))
            }
            Ok(ran) => Ok(ran),
            Err(error) => Err(self.file_problem(&error, place)),
        }
    }
}

fn taken(subject: &str) -> Problem {
    Problem::new(ProblemCode::Conflict, subject, "something of this name is there already")
}

fn is_text(path: &str) -> bool {
    path.chars().all(|char| byte_of(char).is_none())
}

fn check_file_name(name: &str) -> Result<(), Problem> {
    let is_name = !matches!(name, "" | "." | "..") && !name.contains(['/', '\0']) && to_bytes(name).len() <= NAME;
    is_name.then_some(()).ok_or_else(|| Problem::new(ProblemCode::Invalid, name, "a name has no slash in it, and 255 bytes at most"))
}

impl Place {
    /// The folder and the name in it.
    fn split(&self) -> Result<(&str, &str), Problem> {
        let (folder, name) = self.path.trim_end_matches('/').rsplit_once('/').unwrap_or_default();
        // Of a volume, or of a container, as a whole.
        let is_root = self.subject.ends_with(":/");
        check_file_name(if is_root { "" } else { name }).map(|()| (if folder.is_empty() { "/" } else { folder }, name))
    }
}

/// runc's: there is no such program, or it cannot be executed.
fn has_no_shell(ran: &Ran) -> bool {
    matches!(ran.exit_code, Some(126 | 127))
}

fn said(ran: &Ran) -> String {
    let printed = if ran.stderr.is_empty() { &ran.stdout } else { &ran.stderr };
    String::from_utf8_lossy(printed).trim().to_owned()
}

fn done(place: &Place, ran: &Ran) -> Result<(), Problem> {
    match ran.exit_code {
        Some(0) => Ok(()),
        // An engine that does not say how it ended.
        None if ran.stderr.is_empty() => Ok(()),
        _ => Err(Problem::new(ProblemCode::EngineFailed, &place.subject, said(ran))),
    }
}

/// What is mounted at `name` in the folder that [`MOUNTS`] looked at, or below it.
fn mount_within(looked: &[u8], name: &[u8]) -> Option<String> {
    let end = looked.iter().position(|byte| *byte == 0)?;
    let (folder, mounts) = (looked.get(..end)?.strip_suffix(b"\n")?, looked.get(end + 1..)?);
    let path = [folder.strip_suffix(b"/").unwrap_or(folder), b"/", name].concat();
    let targets = mounts.split(|byte| *byte == b'\n').filter_map(|line| line.split(|byte| *byte == b' ').nth(4)).map(unescaped);
    let mut within =
        targets.filter(|target| target.strip_prefix(path.as_slice()).is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/")));
    within.next().map(|target| String::from_utf8_lossy(&target).into_owned())
}

/// `\040` is a blank.
fn unescaped(escaped: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(escaped.len());
    let mut rest = escaped;
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..3).filter(|_| *first == b'\\').and_then(|digits| std::str::from_utf8(digits).ok());
        match code.and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            Some(byte) => (bytes.push(byte), rest = after.get(3..).unwrap_or_default()).1,
            None => (bytes.push(*first), rest = after).1,
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_mounted_is_seen() {
        let looked = b"/srv\n\x00700 690 0:50 / / rw - overlay overlay rw\n701 700 254:1 /x /srv/a\\040b/data rw - ext4 /dev/vda1 rw\n";
        assert_eq!(mount_within(looked, b"a b").as_deref(), Some("/srv/a b/data"));
        assert_eq!(mount_within(looked, b"a"), None);
        assert_eq!(mount_within(b"/\n\x00701 700 254:1 /x /etc/hosts rw -\n", b"etc").as_deref(), Some("/etc/hosts"));
        assert_eq!(mount_within(b"/\n\x00701 700 254:1 /x /etc/hosts rw -\n", b"etc2"), None);
    }

    #[test]
    fn a_name_is_one_name() {
        for name in ["a", ".hidden", "a b", "größe", "a\nb", "-rf"] {
            assert!(check_file_name(name).is_ok(), "{name:?}");
        }
        for name in ["", ".", "..", "a/b", "/", &"x".repeat(256)] {
            assert!(check_file_name(name).is_err(), "{name:?}");
        }
    }
}
