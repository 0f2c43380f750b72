//! Work that outlives a click: it belongs to the bridge, every browser sees it, and it goes on when its starter leaves.

use serde::{Deserialize, Serialize};

use crate::{
    ids::{ContainerId, ImageId, JobId, UserName},
    problem::Problem,
    table::Row,
    time::Timestamp,
};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    pub id: JobId,
    pub started_by: UserName,
    pub started: Timestamp,
    pub ended: Option<Timestamp>,
    pub outcome: Outcome,
    pub work: Work,
}

impl Row for Job {
    type Id = JobId;
    fn id(&self) -> &JobId {
        &self.id
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Running,
    Succeeded,
    Cancelled,
    Failed(Problem),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    Pull(Pull),
    Run(Run),
    StopAll(StopAll),
    Commit(Commit),
}

/// `POST /images/create`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pull {
    /// With its tag or digest.
    pub reference: String,
    /// In the order in which the engine named them first.
    pub layers: Vec<Layer>,
    /// The engine's last words that were about no layer, such as `Digest: sha256:…`.
    pub status: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layer {
    pub id: String,
    /// The engine's own word: `Waiting`, `Downloading`, `Extracting`, `Pull complete`, …
    pub status: String,
    /// Bytes of the current phase.
    pub current: u64,
    /// Bytes of the current phase; 0 while unknown.
    pub total: u64,
}

impl Layer {
    pub fn is_complete(&self) -> bool {
        matches!(self.status.as_str(), "Pull complete" | "Already exists")
    }

    /// How far it is, from 0 to 1: download is the first half, extraction the second.
    pub fn fraction(&self) -> f64 {
        let part = if self.total == 0 { 0.0 } else { (self.current as f64 / self.total as f64).min(1.0) };
        match self.status.as_str() {
            _ if self.is_complete() => 1.0,
            "Downloading" => part / 2.0,
            "Verifying Checksum" | "Download complete" => 0.5,
            "Extracting" => 0.5 + part / 2.0,
            _ => 0.0,
        }
    }
}

impl Pull {
    /// From 0 to 1, each layer weighing its bytes; a layer of unknown size weighs as much as the mean of the others.
    pub fn fraction(&self) -> f64 {
        let known: Vec<u64> = self.layers.iter().map(|layer| layer.total).filter(|total| *total > 0).collect();
        let mean = if known.is_empty() { 1.0 } else { known.iter().sum::<u64>() as f64 / known.len() as f64 };
        let (mut done, mut all) = (0.0, 0.0);
        for layer in &self.layers {
            let weight = if layer.total > 0 { layer.total as f64 } else { mean };
            done += weight * layer.fraction();
            all += weight;
        }
        if all > 0.0 { done / all } else { 0.0 }
    }
}

/// `docker run`, step by step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    pub image: String,
    pub background: bool,
    pub tty: bool,
    pub container: Option<ContainerId>,
    /// The container's name as soon as it is known.
    pub name: String,
    pub steps: Vec<Step>,
    /// Present once the image had to be pulled.
    pub pull: Option<Pull>,
    pub exit_code: Option<i64>,
    /// What the engine said about the container's end, if anything.
    pub warnings: Vec<String>,
    /// Bytes of output that were dropped at the front because there were too many to keep.
    pub output_dropped: u64,
    /// The container stays behind although the run failed.
    pub left_behind: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub kind: StepKind,
    pub state: StepState,
    pub milliseconds: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    Pull,
    Create,
    Start,
    Wait,
    Logs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    Waiting,
    Running,
    Done,
    /// Not needed: the image was there.
    Skipped,
    Failed,
}

/// `POST /containers/{id}/stop` for each of exactly these.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StopAll {
    pub targets: Vec<StopTarget>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StopTarget {
    pub container: ContainerId,
    pub name: String,
    pub result: StopResult,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopResult {
    Waiting,
    Stopping,
    Stopped,
    /// It had stopped before its turn came.
    AlreadyStopped,
    /// It had been removed before its turn came.
    Gone,
    Failed(Problem),
}

/// `POST /commit`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    pub container: ContainerId,
    pub name: String,
    pub reference: String,
    pub image: Option<ImageId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(status: &str, current: u64, total: u64) -> Layer {
        Layer { id: "a".into(), status: status.into(), current, total }
    }

    #[test]
    fn overall_progress_weighs_bytes() {
        let pull = |layers| Pull { layers, ..Pull::default() };
        assert_eq!(pull(vec![]).fraction(), 0.0);
        assert_eq!(pull(vec![layer("Pull complete", 0, 0)]).fraction(), 1.0);
        let half = pull(vec![layer("Download complete", 100, 100), layer("Extracting", 0, 300)]);
        assert_eq!(half.fraction(), 0.5);
    }
}
