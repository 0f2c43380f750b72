//! What runs behind each open channel.

mod terminal;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use linkspan_shared::{
    channel::{ChannelSpec, LogsSpec, MAX_STATS, Resume, StateChange},
    control::ServerMessage,
    engine::Engine,
    frame::Tag,
    ids::{ChannelId, ContainerId, EngineId, Epoch, JobId},
    job::{Job, Object},
    person::Person,
    problem::{Problem, ProblemCode},
    table::{Row, TableChange},
};

use tokio::sync::{Mutex, mpsc};

use super::{Outbox, Target, frames::Frames, window::Window};
use crate::{
    activity::Activity,
    hub::{
        jobs::{Output, Piece},
        logs::Next,
        table::Table,
    },
    policy::Reach,
};

/// State is sent at most this often: about every second frame of a browser. What changes in between coalesces.
const STATE_PAUSE: Duration = Duration::from_millis(30);
/// Of jobs, an engine says something hundreds of times a second: ten frames a second are all that anybody sees.
const JOBS_PAUSE: Duration = Duration::from_millis(100);
/// Figures come once a second from each container, at different moments.
const STATS_PAUSE: Duration = Duration::from_secs(1);
/// For whoever sees a part, all of a table is looked through.
const PART_PAUSE: Duration = Duration::from_millis(100);
/// Entries come in batches.
const ACTIVITY_PAUSE: Duration = Duration::from_millis(500);
/// Until people are looked at again.
const ACCOUNTS_PAUSE: Duration = Duration::from_secs(5);
/// Charts have a point a second.
const HISTORY_PAUSE: Duration = Duration::from_millis(500);
/// A batch of a stream is sent when it has this many bytes …
const BATCH_BYTES: usize = 256 << 10;
/// … or when its first byte is this old.
const BATCH_AGE: Duration = Duration::from_millis(20);

pub struct Channel {
    pub id: ChannelId,
    pub target: Target,
    pub outbox: Outbox,
    pub window: Arc<Window>,
    /// What the browser sends on this channel.
    pub input: Mutex<mpsc::Receiver<Bytes>>,
}

impl Channel {
    pub async fn run(self, spec: ChannelSpec, resume: Option<Resume>) {
        let engine = self.target.engine.clone();
        let hub = self.target.context.hub.clone();
        let relayed = async {
            match spec {
                ChannelSpec::People => {
                    let is_whole = self.target.context.user.role_everywhere().is_some();
                    self.follow_part(&hub.people.table, &hub.epoch, resume, is_whole, |row| self.person(row), StateChange::People).await
                }
                ChannelSpec::Engines => {
                    let user = &self.target.context.user;
                    let is_whole = user.role_everywhere().is_some();
                    let part = |row: Engine| user.role_at_most(&row.id).map(|_| row);
                    self.follow_part(&hub.engines, &hub.epoch, resume, is_whole, part, StateChange::Engines).await
                }
                ChannelSpec::Containers => {
                    self.follow_seen(&engine.containers, resume, |row| Object::Container(row.id.clone()), StateChange::Containers).await
                }
                ChannelSpec::Labels => {
                    self.follow_seen(&engine.labels, resume, |row| Object::Container(row.container.clone()), StateChange::Labels).await
                }
                ChannelSpec::Images => {
                    self.follow_seen(&engine.images, resume, |row| Object::Image(row.id.0.clone()), StateChange::Images).await
                }
                ChannelSpec::Volumes => {
                    self.follow_seen(&engine.volumes, resume, |row| Object::Volume(row.name.0.clone()), StateChange::Volumes).await
                }
                ChannelSpec::Networks => {
                    self.follow_seen(&engine.networks, resume, |row| Object::Network(row.id.0.clone()), StateChange::Networks).await
                }
                ChannelSpec::Jobs if self.target.reach.sees_all() => {
                    self.follow_some(&engine.jobs.table, &engine.epoch, resume, JOBS_PAUSE, |_| true, StateChange::Jobs).await
                }
                ChannelSpec::Jobs => {
                    let own = |row: Job| (row.started_by == self.target.context.user.name).then_some(row);
                    self.follow_part(&engine.jobs.table, &engine.epoch, resume, false, own, StateChange::Jobs).await
                }
                ChannelSpec::Activity => self.activity(&hub.activity, &hub.epoch).await,
                ChannelSpec::Accounts => self.accounts(&hub.epoch).await,
                ChannelSpec::Credentials => {
                    self.follow(&self.target.context.credentials.stored, &hub.epoch, resume, StateChange::Credentials).await
                }
                ChannelSpec::Stats { containers } => self.stats(containers, resume).await,
                ChannelSpec::Logs(spec) => self.logs(spec).await,
                ChannelSpec::JobOutput { job } => self.job_output(job).await,
                ChannelSpec::History { container } => self.history(container, resume).await,
                ChannelSpec::Terminal { terminal } => self.terminal(terminal).await,
            }
        };
        let ended = tokio::select! {
            ended = relayed => ended,
            // Its rows are of nothing any more, also if another one takes its name.
            () = engine.stop.cancelled() => Err(Problem::new(ProblemCode::NotFound, engine.id.as_str(), "no such engine")),
        };
        // It goes on when the browser is connected again: only the end of the connection may say that Linkspan ends.
        if hub.is_stopping() {
            return;
        }
        let last = match ended {
            Ok(()) => ServerMessage::Done { channel: self.id },
            Err(problem) => ServerMessage::Closed { channel: self.id, problem },
        };
        self.outbox.text_after_binaries(&last).await;
    }

    async fn follow<R: Row>(
        &self,
        table: &Table<R>,
        epoch: &Epoch,
        resume: Option<Resume>,
        change: impl Fn(TableChange<R>) -> StateChange,
    ) -> Result<(), Problem> {
        self.follow_some(table, epoch, resume, STATE_PAUSE, |_| true, change).await
    }

    /// What this person may see of a table of objects.
    async fn follow_seen<R: Row>(
        &self,
        table: &Table<R>,
        resume: Option<Resume>,
        object: impl Fn(&R) -> Object,
        change: impl Fn(TableChange<R>) -> StateChange,
    ) -> Result<(), Problem> {
        let reach = &self.target.reach;
        let seen = |row: R| reach.sees(&object(&row)).then_some(row);
        self.follow_part(table, &self.target.engine.epoch, resume, reach.sees_all(), seen, change).await
    }

    /// What `part` leaves of each row, unless all of it is meant. What was not shown is not told to be gone, either.
    async fn follow_part<R: Row>(
        &self,
        table: &Table<R>,
        epoch: &Epoch,
        resume: Option<Resume>,
        is_whole: bool,
        part: impl Fn(R) -> Option<R>,
        change: impl Fn(TableChange<R>) -> StateChange,
    ) -> Result<(), Problem> {
        if is_whole {
            return self.follow(table, epoch, resume, change).await;
        }
        let mut shown: Option<HashMap<R::Id, R>> = None;
        let mut changed = table.watch();
        // What an image is of can be seen by its containers.
        let mut others = self.target.engine.containers.watch();
        loop {
            changed.mark_unchanged();
            others.mark_unchanged();
            let Some(place) = self.outbox.place().await else { return Ok(()) };
            // Decided after the table is let go of: that takes a look at others.
            if let Some((sequence, TableChange::Snapshot(rows))) = table.read(|rows| rows.since(None)) {
                let rows: HashMap<R::Id, R> = rows.into_iter().filter_map(&part).map(|row| (row.id().clone(), row)).collect();
                let news = match &shown {
                    None => TableChange::Snapshot(rows.values().cloned().collect()),
                    Some(shown) => TableChange::Delta {
                        upserted: rows.values().filter(|row| shown.get(row.id()) != Some(row)).cloned().collect(),
                        removed: shown.keys().filter(|id| !rows.contains_key(id)).cloned().collect(),
                    },
                };
                shown = Some(rows);
                if !matches!(&news, TableChange::Delta { upserted, removed } if upserted.is_empty() && removed.is_empty()) {
                    let message = ServerMessage::State { channel: self.id, epoch: epoch.clone(), sequence, change: change(news) };
                    if !self.outbox.put(place, &message).await {
                        return Ok(());
                    }
                } else {
                    drop(place);
                }
                tokio::time::sleep(PART_PAUSE).await;
            } else {
                drop(place);
            }
            tokio::select! {
                changed = changed.changed() => if changed.is_err() { return Ok(()) },
                changed = others.changed() => if changed.is_err() { return Ok(()) },
            }
        }
    }

    /// A person without what they look at that this one may not see.
    fn person(&self, mut person: Person) -> Option<Person> {
        let context = &self.target.context;
        let sees = |engine: &EngineId, container: Option<&ContainerId>| {
            let reach = context.hub.engine(engine).and_then(|hub| Reach::new(context.user.clone(), hub));
            reach.is_some_and(|reach| container.is_none_or(|id| reach.sees(&Object::Container(id.clone()))))
        };
        person.open.retain(|shown| sees(&shown.engine, shown.container.as_ref()));
        person.terminals.retain(|opened| sees(&opened.engine, Some(&opened.container)));
        Some(person)
    }

    /// That there is more; what it is, whoever looks asks for.
    async fn activity(&self, activity: &Activity, epoch: &Epoch) -> Result<(), Problem> {
        let mut newest = activity.newest();
        loop {
            let sequence = *newest.borrow_and_update();
            let change = StateChange::Activity(sequence);
            if !self.outbox.text(&ServerMessage::State { channel: self.id, epoch: epoch.clone(), sequence, change }).await {
                return Ok(());
            }
            tokio::time::sleep(ACTIVITY_PAUSE).await;
            if newest.changed().await.is_err() {
                return Ok(());
            }
        }
    }

    /// Whoever may sign in, whenever that has changed, in whichever process.
    async fn accounts(&self, epoch: &Epoch) -> Result<(), Problem> {
        let access = &self.target.context.access;
        let mut changed = access.revocations();
        let (mut sequence, mut shown) = (0, None);
        loop {
            changed.mark_unchanged();
            let accounts = access.accounts().await.map_err(|error| {
                tracing::error!(%error, "the database of users failed");
                Problem::new(ProblemCode::Internal, "", "")
            })?;
            if shown.as_ref() != Some(&accounts) {
                sequence += 1;
                let change = StateChange::Accounts(accounts.clone());
                if !self.outbox.text(&ServerMessage::State { channel: self.id, epoch: epoch.clone(), sequence, change }).await {
                    return Ok(());
                }
                shown = Some(accounts);
            }
            // Who signs in, and when somebody was seen last, rings no bell.
            let _ = tokio::time::timeout(ACCOUNTS_PAUSE, changed.changed()).await;
        }
    }

    async fn stats(&self, containers: Vec<ContainerId>, resume: Option<Resume>) -> Result<(), Problem> {
        if containers.len() > MAX_STATS {
            return Err(Problem::new(ProblemCode::TooMany, "containers", format!("{MAX_STATS} can be watched at once")));
        }
        let stats = self.target.engine.stats.clone();
        let watched: HashSet<ContainerId> =
            self.target.engine.containers.read(|rows| containers.into_iter().filter(|id| rows.get(id).is_some()).collect());
        let _watch = stats.watch(watched.clone());
        self.follow_some(&stats.table, &self.target.engine.epoch, resume, STATS_PAUSE, |id| watched.contains(id), StateChange::Stats).await
    }

    /// Tells what the browser has not seen of some rows, whenever the outbox has room for it and `pause` has passed.
    async fn follow_some<R: Row>(
        &self,
        table: &Table<R>,
        epoch: &Epoch,
        resume: Option<Resume>,
        pause: Duration,
        is_meant: impl Fn(&R::Id) -> bool,
        change: impl Fn(TableChange<R>) -> StateChange,
    ) -> Result<(), Problem> {
        let mut seen = resume.filter(|resume| resume.epoch == *epoch).map(|resume| resume.sequence);
        let mut changed = table.watch();
        loop {
            changed.mark_unchanged();
            // Before anything is cloned for it.
            let Some(place) = self.outbox.place().await else { return Ok(()) };
            let news = table.read(|rows| rows.since(seen));
            if let Some((sequence, news)) = news {
                seen = Some(sequence);
                if let Some(news) = news.only(&is_meant) {
                    let message = ServerMessage::State { channel: self.id, epoch: epoch.clone(), sequence, change: change(news) };
                    if !self.outbox.put(place, &message).await {
                        return Ok(());
                    }
                } else {
                    drop(place);
                }
                // Also after what was not meant for this one: others' rows must not wake every viewer each time.
                tokio::time::sleep(pause).await;
            } else {
                drop(place);
            }
            if changed.changed().await.is_err() {
                return Ok(());
            }
        }
    }

    /// Sends in batches: an engine writes one chunk a line, and a frame a line would cost the browser most of its time.
    async fn logs(&self, spec: LogsSpec) -> Result<(), Problem> {
        let mut reader = self.target.engine.logs(spec).await?;
        let tag = if reader.raw() { Tag::Raw } else { Tag::Multiplexed };
        let mut frames = Frames::of(self);
        loop {
            // A browser that does not keep up stops the reading.
            frames.room().await;
            let first = match reader.next().await? {
                Next::Bytes(first) => first,
                Next::Gap if frames.send(Tag::Gap, &[]).await => continue,
                Next::Gap | Next::End => return Ok(()),
            };
            let mut batch = BytesMut::from(first);
            let deadline = tokio::time::sleep(BATCH_AGE);
            tokio::pin!(deadline);
            let (mut ended, mut gap) = (None, false);
            while batch.len() < BATCH_BYTES && ended.is_none() && !gap {
                tokio::select! {
                    biased;
                    next = reader.next() => match next {
                        Ok(Next::Bytes(bytes)) => batch.extend_from_slice(&bytes),
                        Ok(Next::Gap) => gap = true,
                        Ok(Next::End) => ended = Some(Ok(())),
                        Err(problem) => ended = Some(Err(problem)),
                    },
                    () = &mut deadline => break,
                }
            }
            if !frames.send(tag, &batch).await || gap && !frames.send(Tag::Gap, &[]).await {
                return Ok(());
            }
            if let Some(ended) = ended {
                return ended;
            }
        }
    }

    async fn job_output(&self, job: JobId) -> Result<(), Problem> {
        let output = self.target.engine.jobs.output(&job)?;
        self.output(&output, 0, |_| {}).await
    }

    async fn history(&self, container: ContainerId, resume: Option<Resume>) -> Result<(), Problem> {
        let stats = self.target.engine.stats.clone();
        let epoch = self.target.engine.epoch.clone();
        // A made-up one would take as much room as one that is there.
        if self.target.engine.containers.read(|rows| rows.get(&container).is_none()) {
            return Err(Problem::new(ProblemCode::NotFound, &container.0, "no such container"));
        }
        let _viewing = stats.histories.view(&container);
        let _watch = stats.watch(HashSet::from([container.clone()]));
        let mut changed = stats.histories.watch();
        // One number for both: marks are few.
        let pack = |(samples, marks): (u64, u64)| samples << 20 | marks & 0xf_ffff;
        let mut seen = resume.filter(|resume| resume.epoch == epoch).map(|resume| (resume.sequence >> 20, resume.sequence & 0xf_ffff));
        loop {
            changed.mark_unchanged();
            let (now, history) = stats.histories.since(&container, seen);
            if seen.is_none() || !history.samples.is_empty() || !history.marks.is_empty() {
                seen = Some(now);
                let (epoch, sequence) = (epoch.clone(), pack(now));
                let message = ServerMessage::State { channel: self.id, epoch, sequence, change: StateChange::History(history) };
                if !self.outbox.text(&message).await {
                    return Ok(());
                }
                tokio::time::sleep(HISTORY_PAUSE).await;
            }
            if changed.changed().await.is_err() {
                return Ok(());
            }
        }
    }

    /// Up to the offset `shown` somebody has seen it before; `took` is told how far the browser is.
    async fn output(&self, output: &Output, shown: u64, took: impl Fn(u64)) -> Result<(), Problem> {
        let live = if output.raw { Tag::Raw } else { Tag::Multiplexed };
        let mut changed = output.watch();
        let mut offset = 0;
        let mut frames = Frames::of(self);
        loop {
            frames.room().await;
            changed.mark_unchanged();
            match output.read(offset) {
                Piece::Bytes(mut bytes, mut next) => {
                    let begin = next - bytes.len() as u64;
                    let tag = if begin < shown { Tag::Replayed } else { live };
                    if begin < shown && shown < next {
                        bytes.truncate((shown - begin) as usize);
                        next = shown;
                    }
                    offset = next;
                    took(next);
                    if !frames.send(tag, &bytes).await {
                        return Ok(());
                    }
                    if bytes.len() < BATCH_BYTES / 4 {
                        tokio::time::sleep(BATCH_AGE).await;
                    }
                }
                Piece::Wait => {
                    if changed.changed().await.is_err() {
                        return Ok(());
                    }
                }
                Piece::End => return Ok(()),
            }
        }
    }
}
