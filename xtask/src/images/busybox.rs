//! The lowest layer of our images: one static program and a link to it for each of its applets.

use super::{append as file, header};
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::Command;
use tar::{Builder, EntryType};

const PLACES: &[&str] = &["/bin/busybox", "/usr/bin/busybox", "/bin/busybox.static", "/usr/bin/busybox-static", "/sbin/busybox"];

/// Folders a system has, with their modes.
const FOLDERS: &[(&str, u32)] = &[
    ("bin", 0o755),
    ("dev", 0o755),
    ("etc", 0o755),
    ("home", 0o755),
    ("proc", 0o555),
    ("root", 0o700),
    ("sbin", 0o755),
    ("sys", 0o555),
    ("tmp", 0o1777),
    ("usr", 0o755),
    ("usr/bin", 0o755),
    ("usr/sbin", 0o755),
    ("var", 0o755),
    ("var/log", 0o755),
];

const FILES: &[(&str, &str)] = &[
    ("etc/group", "root:x:0:\nnogroup:x:65534:\n"),
    ("etc/os-release", "NAME=\"busybox\"\nID=busybox\nPRETTY_NAME=\"busybox, made for tests\"\n"),
    ("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n"),
];

/// Adds the layer's entries, in an order that does not change.
pub(super) fn append(archive: &mut Builder<impl Write>) -> io::Result<()> {
    let (program, bytes) = find()?;
    for (path, mode) in FOLDERS {
        archive.append_data(&mut header(EntryType::Directory, *mode), format!("{path}/"), io::empty())?;
    }
    for (path, text) in FILES {
        file(archive, path, 0o644, text.as_bytes())?;
    }
    file(archive, "bin/busybox", 0o755, &bytes)?;
    for path in applets(&program)? {
        archive.append_link(&mut header(EntryType::Symlink, 0o777), path, "/bin/busybox")?;
    }
    Ok(())
}

fn find() -> io::Result<(PathBuf, Vec<u8>)> {
    let read = |place: &&str| fs::read(place).ok().map(|bytes| (PathBuf::from(place), bytes));
    PLACES.iter().filter_map(read).find(|(_, bytes)| is_static(bytes)).ok_or_else(|| {
        io::Error::other(
            "no static busybox found, which our images are made of; on Debian: apt-get install busybox-static, \
             elsewhere put one at /bin/busybox",
        )
    })
}

/// A program that needs a dynamic linker names it right after its headers; in an image there is none.
fn is_static(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(4096)];
    start.starts_with(b"\x7fELF") && !start.windows(4).any(|part| part == b"/ld-")
}

fn applets(program: &PathBuf) -> io::Result<Vec<String>> {
    let output = Command::new(program).arg("--list-full").output()?;
    let mut paths: Vec<String> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(|line| line.trim().trim_start_matches('/').to_owned())
        .filter(|path| !path.is_empty() && !path.ends_with("bin/busybox"))
        .collect();
    paths.sort();
    paths.dedup();
    if paths.iter().any(|path| path == "bin/sh") {
        return Ok(paths);
    }
    Err(io::Error::other(format!("{}: has no shell among its applets; install busybox-static", program.display())))
}
