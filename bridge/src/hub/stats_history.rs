//! The last hour of containers that somebody looks at, or did: figures, and what happened to them.

use std::collections::{BTreeMap, HashMap, VecDeque};

use linkspan_shared::{
    ids::ContainerId,
    stats::{Mark, Sample, StatsHistory},
    time::Timestamp,
};
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::watch;

/// Milliseconds of the past that are kept.
const KEPT: i64 = 3_600_000;
/// Containers that have a past although nobody looks at it any more: each takes up to half a megabyte. When there are more,
/// the one that was watched least lately is forgotten.
pub const CONTAINERS: usize = 64;
/// Milliseconds within which the figures of several containers are of one moment.
const STEP: i64 = 2_000;
/// Marks of one container.
const MARKS: usize = 200;

pub struct Histories {
    past: Mutex<HashMap<ContainerId, Past>>,
    changed: watch::Sender<()>,
}

/// Somebody looks at the past of a container until this is dropped.
pub struct Viewing<'a> {
    histories: &'a Histories,
    container: ContainerId,
}

impl Drop for Viewing<'_> {
    fn drop(&mut self) {
        if let Some(past) = self.histories.lock().get_mut(&self.container) {
            past.viewers = past.viewers.saturating_sub(1);
        }
    }
}

#[derive(Default)]
struct Past {
    viewers: usize,
    /// Also while nobody looks.
    kept: bool,
    samples: VecDeque<Sample>,
    /// How many samples and marks came before the first that is kept.
    dropped: (u64, u64),
    marks: VecDeque<Mark>,
}

impl Default for Histories {
    fn default() -> Self {
        Self { past: Mutex::default(), changed: watch::Sender::new(()) }
    }
}

impl Histories {
    /// From now on its figures are kept.
    pub fn view(&self, container: &ContainerId) -> Viewing<'_> {
        self.past_of(container, |past| past.viewers += 1);
        Viewing { histories: self, container: container.clone() }
    }

    /// The same while nobody looks, of exactly these.
    pub fn keep(&self, containers: &[ContainerId]) {
        self.lock().values_mut().for_each(|past| past.kept = false);
        for container in containers {
            self.past_of(container, |past| past.kept = true);
        }
    }

    fn past_of(&self, container: &ContainerId, change: impl FnOnce(&mut Past)) {
        let mut all = self.lock();
        if !all.contains_key(container) && all.len() >= CONTAINERS {
            let last = |past: &Past| past.samples.back().map(|sample| sample.time);
            let unseen = all.iter().filter(|(_, past)| past.viewers == 0 && !past.kept);
            if let Some(oldest) = unseen.min_by_key(|(_, past)| last(past)).map(|(id, _)| id.clone()) {
                all.remove(&oldest);
            }
        }
        change(all.entry(container.clone()).or_default());
    }

    /// Only of containers whose past somebody looks at, or did.
    pub fn add(&self, container: &ContainerId, sample: Sample) {
        let mut all = self.lock();
        let Some(past) = all.get_mut(container).filter(|_| sample.time.0 > 0) else { return };
        let oldest = sample.time.0 - KEPT;
        while past.samples.front().is_some_and(|first| first.time.0 < oldest) {
            past.samples.pop_front();
            past.dropped.0 += 1;
        }
        while past.marks.front().is_some_and(|first| first.time.0 < oldest) {
            past.marks.pop_front();
            past.dropped.1 += 1;
        }
        // A clock that went back: what lies ahead of it now is forgotten, and whoever saw it is told everything again.
        if past.samples.back().is_some_and(|last| last.time > sample.time) {
            past.dropped.0 += past.samples.len() as u64 + 1;
            past.samples.retain(|known| known.time <= sample.time);
        }
        past.samples.push_back(sample);
        drop(all);
        self.changed.send_replace(());
    }

    /// Only of containers whose figures are kept.
    pub fn mark(&self, container: &ContainerId, time: Timestamp, event: &str) {
        let mut all = self.lock();
        let Some(past) = all.get_mut(container) else { return };
        // Each life has a health of its own.
        let is_about = |mark: &&Mark| mark.event.starts_with("health_status") || matches!(mark.event.as_str(), "start" | "die");
        let last_health = past.marks.iter().rfind(is_about).filter(|_| event.starts_with("health_status"));
        if last_health.is_some_and(|mark| mark.event == event) {
            return;
        }
        if past.marks.len() >= MARKS {
            past.marks.pop_front();
            past.dropped.1 += 1;
        }
        past.marks.push_back(Mark { time, event: event.to_owned() });
        drop(all);
        self.changed.send_replace(());
    }

    pub fn forget(&self, container: &ContainerId) {
        self.lock().remove(container);
    }

    pub fn watch(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// What a viewer that has seen so many samples and marks has to be told, and how many it has seen then.
    pub fn since(&self, container: &ContainerId, seen: Option<(u64, u64)>) -> ((u64, u64), StatsHistory) {
        let all = self.lock();
        let Some(past) = all.get(container) else { return ((0, 0), StatsHistory { is_whole: true, ..StatsHistory::default() }) };
        let now = (past.dropped.0 + past.samples.len() as u64, past.dropped.1 + past.marks.len() as u64);
        let known = seen.filter(|seen| seen.0 >= past.dropped.0 && seen.1 >= past.dropped.1 && seen.0 <= now.0 && seen.1 <= now.1);
        let skip = |seen: u64, dropped: u64| usize::try_from(seen - dropped).unwrap_or(usize::MAX);
        let (samples, marks) = known.map_or((0, 0), |seen| (skip(seen.0, past.dropped.0), skip(seen.1, past.dropped.1)));
        let history = StatsHistory {
            is_whole: known.is_none(),
            samples: past.samples.iter().skip(samples).cloned().collect(),
            marks: past.marks.iter().skip(marks).cloned().collect(),
        };
        (now, history)
    }

    /// What those that are kept while nobody looks took together, in steps of [`STEP`].
    pub fn together(&self) -> Vec<Sample> {
        let mut steps: BTreeMap<i64, Sample> = BTreeMap::new();
        for past in self.lock().values().filter(|past| past.kept) {
            // Of each step the last.
            let own: BTreeMap<i64, &Sample> = past.samples.iter().map(|sample| (sample.time.0 / STEP, sample)).collect();
            for (step, sample) in own {
                let sum = steps.entry(step).or_insert_with(|| Sample { time: Timestamp(step * STEP), cpu: Some(0), ..Sample::default() });
                sum.cpu = sum.cpu.map(|cpu| cpu + sample.cpu.unwrap_or_default());
                sum.memory += sample.memory;
                sum.processes += sample.processes;
            }
        }
        // The last step may not have all yet.
        steps.pop_last();
        steps.into_values().collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ContainerId, Past>> {
        self.past.lock()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(time: i64) -> Sample {
        Sample { time: Timestamp(time), ..Sample::default() }
    }

    #[test]
    fn a_viewer_is_told_each_sample_once_and_an_hour_is_kept() {
        let (histories, id) = (Histories::default(), ContainerId::new("a"));
        assert!(histories.since(&id, None).1.is_whole);
        // Nobody looked at it so far.
        histories.add(&id, at(1));
        assert!(histories.since(&id, None).1.samples.is_empty());
        let _viewing = histories.view(&id);
        (1..=10).for_each(|n| histories.add(&id, at(n * 1_000)));
        histories.mark(&id, Timestamp(1), "start");
        let (seen, whole) = histories.since(&id, None);
        assert_eq!((whole.is_whole, whole.samples.len(), whole.marks.len()), (true, 10, 1));
        histories.add(&id, at(11_000));
        let (seen, news) = histories.since(&id, Some(seen));
        assert_eq!((news.is_whole, news.samples, news.marks.len()), (false, vec![at(11_000)], 0));
        // All of that is more than an hour old now, and who saw it goes on where it was.
        histories.add(&id, at(KEPT + 11_000));
        let (_, news) = histories.since(&id, Some(seen));
        assert_eq!((news.is_whole, news.samples.len()), (false, 1));
        assert_eq!(histories.since(&id, None).1.samples.len(), 2);
        // A clock that went back.
        histories.add(&id, at(5));
        assert_eq!(histories.since(&id, None).1.samples, vec![at(5)]);
    }

    #[test]
    fn what_is_kept_is_summed_up_moment_by_moment() {
        let histories = Histories::default();
        let ids = ["a", "b"].map(ContainerId::new);
        histories.keep(&ids);
        let figures = |time, memory| Sample { cpu: Some(100), memory, ..at(time) };
        for (id, times) in ids.iter().zip([&[10_000, 11_000, 12_500, 15_000][..], &[10_700, 12_100]]) {
            times.iter().for_each(|time| histories.add(id, figures(*time, 7)));
        }
        // One that somebody merely looked at is not all of it.
        let seen = ContainerId::new("seen");
        let _viewing = histories.view(&seen);
        histories.add(&seen, figures(10_000, 1_000));
        let together: Vec<_> = histories.together().into_iter().map(|sum| (sum.time.0, sum.cpu, sum.memory)).collect();
        assert_eq!(together, [(10_000, Some(200), 14), (12_000, Some(200), 14)]);
    }

    #[test]
    fn only_so_many_have_a_past_that_nobody_looks_at() {
        let histories = Histories::default();
        let seen = ContainerId::new("seen");
        let _viewing = histories.view(&seen);
        for n in 1..=2 * CONTAINERS {
            let id = ContainerId::new(n.to_string());
            drop(histories.view(&id));
            histories.add(&id, at(n as i64));
        }
        assert_eq!(histories.lock().len(), CONTAINERS);
        assert!(histories.lock().contains_key(&seen));
        assert!(histories.since(&ContainerId::new("1"), None).1.samples.is_empty());
    }
}
