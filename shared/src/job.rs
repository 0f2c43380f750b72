//! Work that outlives a click: it belongs to the bridge, every browser sees it, and it goes on when its starter leaves.

use serde::{Deserialize, Serialize};

use crate::{
    credential::CredentialUse,
    ids::{ContainerId, ImageId, JobId, TerminalId, UserName},
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
    /// Who has cancelled it. Until it has ended it is being cancelled.
    #[serde(default)]
    pub cancelled_by: Option<UserName>,
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
    /// Linkspan itself ended meanwhile; how far the engine went on is not known.
    Interrupted,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    Pull(Transfer),
    Push(Transfer),
    Run(Run),
    Batch(Batch),
    Commit(Commit),
    Recreate(Recreate),
    Load(Load),
    Build(Build),
}

impl Work {
    /// A commit is one request that the engine carries out to its end, whoever hangs up.
    pub fn can_be_cancelled(&self) -> bool {
        !matches!(self, Self::Commit(_))
    }

    /// What began it, by its name on the wire.
    pub fn call(&self) -> &'static str {
        match self {
            Self::Pull(_) => "job.pull",
            Self::Push(_) => "job.push",
            Self::Run(_) => "job.run",
            Self::Batch(batch) => batch.kind.call(),
            Self::Commit(commit) if commit.selected.is_some() => "job.commit_selection",
            Self::Commit(_) => "job.commit",
            Self::Recreate(_) => "job.recreate",
            Self::Load(_) => "job.load",
            Self::Build(_) => "job.build",
        }
    }

    /// The ID and the name of the container that it made.
    pub fn made(&self) -> Option<(String, String)> {
        match self {
            Self::Run(run) => Some((run.container.as_ref()?.0.clone(), run.name.clone())),
            _ => None,
        }
    }

    /// How far it is, layer by layer.
    pub fn progress(&mut self) -> Option<&mut Progress> {
        match self {
            Self::Pull(transfer) | Self::Push(transfer) => Some(&mut transfer.progress),
            Self::Load(load) => Some(&mut load.progress),
            Self::Run(run) => run.pull.as_mut(),
            _ => None,
        }
    }

    pub fn steps(&mut self) -> &mut [Step] {
        match self {
            Self::Run(run) => &mut run.steps,
            Self::Recreate(recreate) => &mut recreate.steps,
            _ => &mut [],
        }
    }

    /// What it printed can be followed, see [`crate::channel::ChannelSpec::JobOutput`].
    pub fn has_output(&self) -> bool {
        match self {
            Self::Run(run) => !run.background,
            Self::Build(_) => true,
            _ => false,
        }
    }
}

/// `POST /images/create` or `POST /images/{name}/push`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// With its tag or digest, unless all tags are meant.
    pub reference: String,
    pub all_tags: bool,
    /// `os/architecture[/variant]`; empty for the engine's own.
    pub platform: String,
    pub credential: CredentialUse,
    /// Why what was to be used first, such as `docker login`, could not be read; empty if it could. Known before the engine
    /// is asked.
    #[serde(default)]
    pub trouble: String,
    pub progress: Progress,
}

/// What the engine said so far, folded layer by layer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// In the order in which the engine named them first.
    pub layers: Vec<Layer>,
    /// The engine's last words that were about no layer, such as `Digest: sha256:…`.
    pub status: String,
    /// Thousandths of the whole, each layer weighing its bytes. Never less than before, and 1000 only at the end.
    pub permille: u16,
    /// Bytes that need not go over the network any more, of those layers whose size is known …
    pub bytes: u64,
    /// … and of how many.
    pub bytes_total: u64,
    /// Bytes over the network in the last seconds; 0 when none go.
    pub bytes_per_second: u64,
    /// Until the last byte has come over the network; `None` while some layer's size is not known.
    pub seconds_left: Option<u64>,
}

impl Progress {
    /// Nothing moves any more; it is whole if it `succeeded`.
    pub fn end(&mut self, succeeded: bool) {
        (self.bytes_per_second, self.seconds_left) = (0, None);
        if succeeded {
            self.permille = 1000;
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layer {
    pub id: String,
    /// The engine's own word: `Waiting`, `Downloading`, `Extracting`, `Pull complete`, `Pushing`, `Pushed`, …
    pub status: String,
    /// Bytes of the current phase.
    pub current: u64,
    /// Bytes of the current phase; 0 while unknown.
    pub total: u64,
}

/// `docker run`, step by step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    pub image: String,
    pub background: bool,
    pub tty: bool,
    pub container: Option<ContainerId>,
    /// The terminal of its main process, while it runs in the foreground with one: for whoever started it.
    #[serde(default)]
    pub terminal: Option<TerminalId>,
    /// The container's name as soon as it is known.
    pub name: String,
    pub steps: Vec<Step>,
    /// Present once the image had to be pulled.
    pub pull: Option<Progress>,
    pub exit_code: Option<i64>,
    /// What the engine said about the container's end, if anything.
    pub warnings: Vec<String>,
    /// As [`Transfer::trouble`], of the image's pull.
    #[serde(default)]
    pub trouble: String,
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
    Stop,
    Remove,
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

/// The same done to each of exactly these, so that what comes later is left alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    pub kind: BatchKind,
    /// They are all that there was to be done it to when somebody asked.
    #[serde(default)]
    pub all: bool,
    pub targets: Vec<Target>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchKind {
    /// `POST /containers/{id}/stop`
    Stop,
    /// `POST /containers/{id}/start`
    Start,
    /// `POST /containers/{id}/restart`
    Restart,
    /// `POST /containers/{id}/pause`
    Pause,
    /// `POST /containers/{id}/unpause`
    Resume,
    /// `POST /containers/{id}/kill`
    Kill,
    /// `DELETE` of each.
    Remove {
        /// Also what is in use, as far as the engine does that.
        force: bool,
        /// Of a container, its anonymous volumes, too.
        volumes: bool,
        /// Containers are stopped first.
        #[serde(default)]
        stop: bool,
    },
    /// `DELETE` of each that nothing uses.
    Prune,
}

impl BatchKind {
    /// What does the same to one, by its name on the wire; or to many, where nothing does it to one.
    pub fn call(&self) -> &'static str {
        match self {
            Self::Stop => "container.stop",
            Self::Start => "container.start",
            Self::Restart => "container.restart",
            Self::Pause => "container.pause",
            Self::Resume => "container.resume",
            Self::Kill => "container.kill",
            Self::Remove { .. } => "job.remove",
            Self::Prune => "job.prune",
        }
    }
}

impl BatchKind {
    /// Its objects are gone afterwards.
    pub fn removes(self) -> bool {
        matches!(self, Self::Remove { .. } | Self::Prune)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    pub object: Object,
    /// As a person knows it.
    pub name: String,
    /// Bytes that its removal frees at least; 0 when that is not known.
    pub bytes: u64,
    pub result: TargetResult,
}

/// Something that an engine has.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Object {
    Container(ContainerId),
    /// By reference, or by ID with all its names.
    Image(String),
    Volume(String),
    /// By ID.
    Network(String),
    /// A record of the build cache.
    Cache(String),
}

impl Object {
    /// What it is asked for by.
    pub fn name(&self) -> &str {
        match self {
            Self::Container(id) => &id.0,
            Self::Image(name) | Self::Volume(name) | Self::Network(name) | Self::Cache(name) => name,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetResult {
    Waiting,
    UnderWay,
    Done,
    /// A container that had stopped before its turn came.
    AlreadyStopped,
    /// A container that ran before its turn came.
    AlreadyRunning,
    /// It had been removed before its turn came.
    Gone,
    /// The job was cancelled before its turn came.
    LeftAlone,
    Failed(Problem),
}

/// `POST /commit`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    pub container: ContainerId,
    pub name: String,
    pub reference: String,
    pub image: Option<ImageId>,
    /// Paths of a layer of its own; `None`: all that the container has.
    #[serde(default)]
    pub selected: Option<u64>,
    /// Fields of its configuration of which the engine made something else than it was asked for.
    #[serde(default)]
    pub differs: Vec<String>,
}

/// A container made anew of another image, with all else as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recreate {
    /// The old one.
    pub container: ContainerId,
    pub name: String,
    pub image: String,
    /// As soon as there is one, and as long as it is the one.
    pub new: Option<ContainerId>,
    /// What the old one is called now, where it was to be kept.
    pub kept: Option<String>,
    pub steps: Vec<Step>,
}

/// How much of a file has come from the browser.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    pub sent: u64,
    pub size: u64,
}

/// `POST /images/load`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Load {
    /// The file's.
    pub name: String,
    pub upload: Upload,
    pub progress: Progress,
    /// What the engine says it has now: references, or IDs of images without a name.
    pub loaded: Vec<String>,
}

/// `POST /build` by the classic builder.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Build {
    /// Empty for an image without a name.
    pub reference: String,
    pub upload: Upload,
    /// The engine's words at the step that runs: `Step 2/5 : RUN make`.
    pub step: String,
    pub image: Option<ImageId>,
    /// As [`Transfer::trouble`], of the images that it begins with.
    #[serde(default)]
    pub trouble: String,
    /// Bytes of output that were dropped at the front because there were too many to keep.
    pub output_dropped: u64,
}
