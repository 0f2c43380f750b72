//! `linkspan audit …`, `linkspan backup` and `linkspan restore`, also while the bridge runs: they read and write the same database.

#![allow(clippy::disallowed_methods, reason = "a command of its own, for which nobody else waits")]

use std::{
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, backup::Backup};

use crate::{
    activity::{Broken, each_line, verify},
    config::{AuditCommand, Data},
    database::Database,
};

/// Pages of the database that are copied before others have their turn.
const PAGES: i32 = 256;
/// In between.
const PAUSE: Duration = Duration::from_millis(2);

pub fn audit(command: &AuditCommand, data: &Data) -> Result<(), String> {
    let (dir, database) = open(data)?;
    let of_dir = |error: &dyn std::fmt::Display| format!("{}: {error}", dir.display());
    match command {
        AuditCommand::Verify => {
            let chain = verify(&database).map_err(|broken| match broken {
                broken @ Broken::Chain { .. } => broken.to_string(),
                Broken::Store(error) => of_dir(&error),
            })?;
            println!("{} entries, {} to {}, fit together; the last one's hash is {}", chain.entries, chain.first, chain.last, chain.hash);
            Ok(())
        }
        AuditCommand::Export => {
            let mut out = std::io::BufWriter::new(std::io::stdout().lock());
            let written = each_line(&database, |line| writeln!(out, "{line}")).map_err(|error| of_dir(&error));
            written.and_then(|()| out.flush().map_err(|error| error.to_string()))
        }
    }
}

/// A consistent copy, for nobody else's eyes.
pub fn backup(file: &Path, data: &Data) -> Result<(), String> {
    let (_, database) = open(data)?;
    let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    // Nothing that is there is lost.
    let made = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    made.map_err(|error| failed(&error))?;
    let copied = Connection::open(file).and_then(|mut copy| copy_all(&database.lock(), &mut copy));
    if let Err(error) = copied {
        let _ = std::fs::remove_file(file);
        return Err(failed(&error));
    }
    println!("{} is a copy; the key of stored credentials is not in it", file.display());
    Ok(())
}

/// Everything becomes what it was when the copy was made.
pub fn restore(file: &Path, data: &Data) -> Result<(), String> {
    let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let copy = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(|error| failed(&error))?;
    let is_ours = copy.query_row("SELECT count(*) FROM sqlite_schema WHERE name IN ('instance', 'users')", [], |row| row.get::<_, i64>(0));
    match is_ours.map_err(|error| failed(&error))? {
        2 => {}
        _ => return Err(failed(&"this is no copy of a Linkspan's data")),
    }
    let whole: String = copy.query_row("PRAGMA integrity_check", [], |row| row.get(0)).map_err(|error| failed(&error))?;
    if whole != "ok" {
        return Err(failed(&whole));
    }
    let (dir, database) = open(data)?;
    copy_all(&copy, &mut database.lock()).map_err(|error| format!("{}: {error}", dir.display()))?;
    drop(database);
    // A copy of an older Linkspan's is brought up to date.
    open(data)?;
    println!("{} is what {} was; start Linkspan anew for its engines, credentials and jobs", dir.display(), file.display());
    Ok(())
}

fn copy_all(from: &Connection, to: &mut Connection) -> rusqlite::Result<()> {
    Backup::new(from, to)?.run_to_completion(PAGES, PAUSE, None)
}

fn open(data: &Data) -> Result<(PathBuf, Database), String> {
    let dir = data.dir();
    let opened = Database::open(&dir).map_err(|error| format!("{}: {error}", dir.display()))?;
    Ok((dir, opened))
}
