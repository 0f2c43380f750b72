//! The record comes to the disk: what cannot be written waits, and what has no room is counted.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use linkspan_shared::activity::Event;
use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot, watch};

use super::{
    own,
    store::{self, Record},
};
use crate::{database::Database, hub::now, owned};

/// Entries that wait for the disk. More means that it is slow or full: they are counted instead.
pub const WAITING: usize = 4096;
/// Written at once.
const BATCH: usize = 256;
/// Entries are kept for as long.
const DAYS: i64 = 180;
/// Nobody waits longer for the disk.
pub const PATIENCE: Duration = Duration::from_secs(5);
/// Before what could not be written is tried again.
const PAUSE: Duration = Duration::from_secs(1);

/// How far the writing is.
pub struct Written {
    /// The newest entry's ID.
    pub newest: watch::Sender<u64>,
    /// Entries for which there was no room, and which the next one to be written tells of.
    pub left_out: AtomicU64,
    /// Why nothing can be written at the moment.
    pub problem: Mutex<Option<String>>,
}

pub enum Order {
    Write(Box<Record>),
    /// All before it is written.
    Tell(oneshot::Sender<()>),
}

/// Until nobody records any more.
pub async fn write(database: Arc<Database>, written: Arc<Written>, mut waiting: mpsc::Receiver<Order>) {
    let mut orders = Vec::with_capacity(BATCH);
    while waiting.recv_many(&mut orders, BATCH).await > 0 {
        let (mut records, mut told) = (Vec::new(), Vec::new());
        for order in orders.drain(..) {
            match order {
                Order::Write(record) => records.push(*record),
                Order::Tell(tell) => told.push(tell),
            }
        }
        // After all that was before them.
        let left_out = if waiting.is_empty() { written.left_out.swap(0, Ordering::Relaxed) } else { 0 };
        if left_out > 0 {
            records.push(own(Event::NotRecorded { entries: left_out }));
        }
        while !records.is_empty() {
            let database = database.clone();
            let keep_from = now().0 - DAYS * 24 * 3600 * 1000;
            let outcome;
            (records, outcome) = owned::blocking(move || {
                let outcome = store::append(&database, &mut records, keep_from);
                (records, outcome)
            })
            .await;
            match outcome {
                Ok(id) => {
                    written.newest.send_replace(id);
                    if written.problem.lock().take().is_some() {
                        tracing::info!("the record of activity can be written again");
                    }
                    break;
                }
                Err(error) => {
                    let why = error.to_string();
                    if written.problem.lock().replace(why.clone()).is_none_or(|before| before != why) {
                        tracing::error!(error = why, "the record of activity cannot be written; it is tried again");
                    }
                    // Nobody waits for the disk: what was asked for has been done.
                    tell_all(&mut told);
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
        tell_all(&mut told);
    }
}

fn tell_all(told: &mut Vec<oneshot::Sender<()>>) {
    for tell in told.drain(..) {
        let _ = tell.send(());
    }
}

#[cfg(test)]
mod tests {
    use linkspan_shared::{activity::Access, ids::UserName};

    use super::{super::*, BATCH, WAITING};

    /// With a database that takes nothing for a while, as one on a full disk.
    #[tokio::test(start_paused = true)]
    async fn what_cannot_be_written_waits_and_what_has_no_room_is_counted() {
        let dir = tempfile::tempdir().unwrap();
        let database = Arc::new(Database::open(dir.path()).unwrap());
        let activity = Activity::new(database.clone());
        let may_write = |may: bool| database.lock().execute_batch(&format!("PRAGMA query_only = {}", !may)).unwrap();
        may_write(false);
        let all = WAITING + BATCH + 10;
        for n in 0..all {
            activity.access(Access::SignedIn, UserName::new(format!("p{n}")), String::new(), None);
            tokio::task::yield_now().await;
        }
        activity.written().await;
        assert!(activity.unrecorded().is_some_and(|why| why.contains("readonly")), "{:?}", activity.unrecorded());
        may_write(true);
        activity.written().await;
        activity.access(Access::SignedOut, UserName::new("last"), String::new(), None);
        activity.written().await;
        assert_eq!(activity.unrecorded(), None);
        let mut lines = Vec::new();
        each_line(&database, |line| {
            lines.push(line.to_owned());
            Ok::<_, std::io::Error>(())
        })
        .unwrap();
        let left_out = lines.iter().find_map(|line| line.split_once(r#""entries":"#)?.1.split('}').next()?.parse::<usize>().ok()).unwrap();
        assert!(left_out > 0);
        assert_eq!(lines.len() + left_out, all + 2);
        assert!(lines.first().is_some_and(|line| line.contains(r#""p0""#)));
        verify(&database).unwrap();
    }
}
