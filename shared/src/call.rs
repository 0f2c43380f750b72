//! Requests with exactly one answer.
//!
//! Each call is a type of its own with its own output, name and role; the bridge has, for each type, how it is carried out
//! (`bridge/src/session/calls.rs`).

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    account::{Shown, Token},
    activity::{ActivityFilter, ActivityPage},
    connect::Examined,
    container::{Changeable, ContainerDetails},
    credential::{Credentials, DockerLogins, Secret},
    disk::DiskUsage,
    engine::EngineDetails,
    explain::{Equivalent, Explained, Exported, Language},
    file::{FileSource, FileText, Listing},
    ids::{ContainerId, EngineId, JobId, NetworkId, TerminalId, UserName, VolumeName},
    image::{BuildSpec, Configuration, Freshness, ImageDetails},
    job::{BatchKind, Object},
    passkey::Passkey,
    person::Page,
    review::{ChangeKind, ChangeList, Comparison, DockerfileDraft, Measured, NoiseRules, ReviewOf, Selected, Selection},
    run::{LikeContainer, RunSpec},
    stats::{Processes, Sample},
    terminal::{Shells, TerminalInfo, TerminalSize, TerminalSpec},
    time::Timestamp,
    user::{Grant, Role},
    webhook::{Trigger, Webhook},
};

/// Containers that are exported at once.
pub const EXPORTED: usize = 100;

pub trait Call: Serialize + DeserializeOwned {
    /// The `call` of [`crate::control::ClientMessage::Call`].
    const NAME: &'static str;
    /// The least role that may ask for it.
    const ROLE: Role;
    type Output: Serialize + DeserializeOwned + 'static;
}

macro_rules! calls {
    ($($(#[$doc:meta])* $name:ident $fields:tt -> $output:ty = $wire:literal, $role:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $name $fields

        impl Call for $name {
            const NAME: &'static str = $wire;
            const ROLE: Role = Role::$role;
            type Output = $output;
        }
    )*

        /// All calls by their names, and who may ask for them.
        pub const ROLES: &[(&str, Role)] = &[$(($wire, Role::$role)),*];

        /// Hands the types of all calls to a macro, so that whoever has to know each of them forgets none.
        #[macro_export]
        macro_rules! for_each_call {
            ($then:ident) => { $then! { $($name),* } };
        }
    };
}

calls! {
    /// `POST /containers/{id}/start`
    StartContainer { pub container: ContainerId } -> () = "container.start", Operator;
    /// `POST /containers/{id}/stop`. Refused with `WouldBeRemoved` for a `--rm` container unless `removal_confirmed`.
    StopContainer { pub container: ContainerId, pub removal_confirmed: bool } -> () = "container.stop", Operator;
    /// `POST /containers/{id}/restart`
    RestartContainer { pub container: ContainerId } -> () = "container.restart", Operator;
    /// `POST /containers/{id}/kill`. Like `StopContainer` for a `--rm` container.
    KillContainer { pub container: ContainerId, pub removal_confirmed: bool } -> () = "container.kill", Operator;
    /// `POST /containers/{id}/pause`
    PauseContainer { pub container: ContainerId } -> () = "container.pause", Operator;
    /// `POST /containers/{id}/unpause`
    ResumeContainer { pub container: ContainerId } -> () = "container.resume", Operator;
    /// `POST /containers/{id}/rename`
    RenameContainer { pub container: ContainerId, pub name: String } -> () = "container.rename", Developer;
    /// `POST /containers/{id}/update`, of what is another than it was. Answers with the engine's warnings. An engine takes no
    /// limit away: `None` where there is one is refused.
    UpdateContainer { pub container: ContainerId, pub to: Changeable } -> Vec<String> = "container.update", Developer;
    /// `DELETE /containers/{id}`
    RemoveContainer {
        pub container: ContainerId,
        /// Its anonymous volumes too.
        pub volumes: bool,
        /// Also when it runs.
        pub force: bool,
        /// First `POST /containers/{id}/stop`: what runs has its time to end.
        #[serde(default)]
        pub stop: bool
    } -> () = "container.remove", Developer;
    /// `GET /containers/{id}/json`; a name serves as well as an id.
    InspectContainer { pub container: String } -> ContainerDetails = "container.inspect", Viewer;
    /// What another container like this one would be run with; what it has of its image is left to that.
    RunLike { pub container: ContainerId } -> LikeContainer = "container.run_like", Developer;
    /// `GET /images/{reference or id}/json` and `/history`
    InspectImage { pub image: String } -> ImageDetails = "image.inspect", Viewer;
    /// `POST /images/{id}/tag`
    TagImage { pub image: String, pub reference: String } -> () = "image.tag", Operator;
    /// `DELETE /images/{reference or id}`. By reference it takes that name away, and the image with its last name.
    RemoveImage {
        pub reference: String,
        pub force: bool,
        /// `reference` is an ID, and the image goes with all of its names; refused, without force, while a container has it.
        #[serde(default)]
        pub all_names: bool
    } -> () = "image.remove", Developer;
    /// `GET /distribution/{name}/json`: does the registry have another one under this name?
    CheckImage {
        pub reference: String,
        #[serde(default)]
        pub credentials: Credentials
    } -> Freshness = "image.check", Operator;
    /// `GET /system/df`
    UseOfDisk {} -> DiskUsage = "system.df", Viewer;
    /// `POST /volumes/create`. Without a name the engine makes one up. Answers with the name.
    CreateVolume {
        pub name: String,
        /// Empty for `local`.
        pub driver: String,
        pub options: Vec<(String, String)>,
        pub labels: Vec<(String, String)>
    } -> VolumeName = "volume.create", Developer;
    /// `GET /volumes/{name}`: the engine's whole answer as indented JSON.
    InspectVolume { pub name: VolumeName } -> String = "volume.inspect", Viewer;
    /// `POST /networks/create`
    CreateNetwork {
        pub name: String,
        /// Empty for `bridge`.
        pub driver: String,
        /// One in CIDR notation; empty for one that the engine chooses.
        pub subnet: String,
        pub gateway: String,
        pub internal: bool,
        pub attachable: bool,
        pub ipv6: bool,
        pub labels: Vec<(String, String)>
    } -> NetworkId = "network.create", Developer;
    /// `GET /networks/{id}`: the engine's whole answer as indented JSON.
    InspectNetwork { pub network: NetworkId } -> String = "network.inspect", Viewer;
    /// `POST /networks/{id}/connect`
    ConnectNetwork { pub network: NetworkId, pub container: ContainerId } -> () = "network.connect", Developer;
    /// `POST /networks/{id}/disconnect`
    DisconnectNetwork { pub network: NetworkId, pub container: ContainerId, pub force: bool } -> () = "network.disconnect", Developer;
    /// Starts a pull, or joins the one that is already under way for the same reference, platform and credential.
    PullImage {
        pub reference: String,
        /// All tags of the repository.
        #[serde(default)]
        pub all_tags: bool,
        /// `os/architecture[/variant]`; empty for the engine's own.
        #[serde(default)]
        pub platform: String,
        #[serde(default)]
        pub credentials: Credentials
    } -> JobId = "job.pull", Operator;
    /// Starts a push, or joins the one that is already under way for the same reference and credential.
    PushImage {
        pub reference: String,
        #[serde(default)]
        pub credentials: Credentials
    } -> JobId = "job.push", Operator;
    /// Waits for a tar file of images, to be sent to `/api/jobs/{id}/upload`.
    LoadImages { pub name: String, pub size: u64 } -> JobId = "job.load", Developer;
    /// Waits for a tar file of the context, to be sent to `/api/jobs/{id}/upload`.
    BuildImage { pub spec: BuildSpec } -> JobId = "job.build", Developer;
    /// Removes exactly these, one after the other.
    Remove {
        pub objects: Vec<Object>,
        /// Also what is in use, as far as the engine does that.
        pub force: bool,
        /// Of a container, its anonymous volumes, too.
        #[serde(default)]
        pub volumes: bool,
        /// Containers are stopped first.
        #[serde(default)]
        pub stop: bool
    } -> JobId = "job.remove", Developer;
    /// Removes those of exactly these that nothing uses.
    Prune { pub objects: Vec<Object> } -> JobId = "job.prune", Developer;
    /// Starts `docker run`.
    RunContainer { pub spec: RunSpec } -> JobId = "job.run", Developer;
    /// Starts, stops, restarts, pauses, resumes or kills exactly these, so that it is not done to what comes later.
    ActOnContainers {
        pub kind: BatchKind,
        pub containers: Vec<ContainerId>,
        /// They are all that there was to be done it to; the job is called after that.
        #[serde(default)]
        pub all: bool
    } -> JobId = "job.act_on_containers", Operator;
    /// A container like this one, of another image, takes its place and its name. The old one stays until the new one runs, and takes
    /// its place again where that does not.
    RecreateContainer {
        pub container: ContainerId,
        /// One that the engine has.
        pub image: String,
        /// The old one stays afterwards, too, stopped and by another name.
        pub keep: bool
    } -> JobId = "job.recreate", Developer;
    /// A container with other settings: its limits and its restart policy are changed in place; for anything else a container like it
    /// takes its place, as for `RecreateContainer`. What `spec` has no field for stays as it is. Answers with the job, if it takes one.
    EditContainer {
        pub container: ContainerId,
        /// As `RunLike` told it, with what is to be another; `name` is the container's.
        pub spec: RunSpec,
        /// As of `RecreateContainer`.
        pub keep: bool
    } -> Option<JobId> = "container.edit", Developer;
    /// `POST /commit`
    CommitContainer {
        pub container: ContainerId,
        /// `repository` or `repository:tag`; empty leaves the image without a name.
        pub reference: String,
        pub message: String,
        pub author: String,
        /// Freeze the container's processes meanwhile, so that no file changes half-way.
        pub pause: bool,
        /// In the place of the container's.
        #[serde(default)]
        pub configuration: Configuration
    } -> JobId = "job.commit", Operator;
    /// An image of the container's image and one layer with exactly the selected changes, by `POST /images/load`. Refused with
    /// `Conflict` when what is selected is not what was reviewed any more.
    CommitSelection {
        pub container: ContainerId,
        pub reference: String,
        pub message: String,
        pub author: String,
        pub pause: bool,
        pub selection: Selection,
        /// [`ChangeList::scanned`] of what was reviewed.
        pub reviewed: Timestamp,
        /// In the place of the image's.
        #[serde(default)]
        pub configuration: Configuration,
        /// Why what looks like a secret belongs into it. Without one it is refused.
        #[serde(default)]
        pub reason: String
    } -> JobId = "job.commit_selection", Operator;
    /// `HEAD /containers/{id}/archive` of where shells usually are, and along the image's `PATH`.
    ListShells { pub container: ContainerId } -> Shells = "terminal.shells", Developer;
    /// `POST /containers/{id}/exec` and `/exec/{id}/start`
    OpenTerminal { pub spec: TerminalSpec } -> TerminalId = "terminal.open", Developer;
    /// `POST /containers/{id}/attach`: the terminal of a container's own process, which must have one.
    AttachTerminal {
        pub container: ContainerId,
        pub size: TerminalSize,
        /// What is typed reaches it, and its size is that of this terminal. Else it is only looked at.
        pub input: bool
    } -> TerminalId = "terminal.attach", Developer;
    /// One's own in this container, the ones that just ended too.
    ListTerminals { pub container: ContainerId } -> Vec<TerminalInfo> = "terminal.list", Developer;
    /// `POST /exec/{id}/resize`
    ResizeTerminal { pub terminal: TerminalId, pub size: TerminalSize } -> () = "terminal.resize", Developer;
    /// Lets others look on who may open terminals in this container, or not any more. Nothing that they type reaches it.
    ShareTerminal { pub terminal: TerminalId, pub on: bool } -> () = "terminal.share", Developer;
    /// Hangs up: its processes get SIGHUP, and soon after SIGKILL; see [`TerminalInfo::can_hang_up`]. The container's own
    /// process is only let go of.
    EndTerminal { pub terminal: TerminalId } -> () = "terminal.end", Developer;
    /// What is in a folder of a container, running or not, or of a volume.
    ListFiles { pub source: FileSource, pub path: String } -> Listing = "file.list", Developer;
    /// The beginning of a file, if it is text.
    ReadFile { pub source: FileSource, pub path: String } -> FileText = "file.read", Developer;
    /// `PUT /containers/{id}/archive` with an empty folder. Refused where something of this name is.
    CreateFolder {
        pub source: FileSource,
        /// Where it is made.
        pub path: String,
        pub name: String
    } -> () = "file.create_folder", Developer;
    /// `mv` of the container, which has to run: the Engine API has no call for it. Refused where something of the new name is.
    RenameFile {
        pub source: FileSource,
        pub path: String,
        /// In the same folder.
        pub name: String
    } -> () = "file.rename", Developer;
    /// `rm -r` of the container, which has to run. Refused where something is mounted at the path or below it.
    DeleteFile { pub source: FileSource, pub path: String } -> () = "file.delete", Developer;
    /// What a container changed against its image, or an image against another: what is in a folder, or what is left of all of it
    /// by a text and by kinds.
    ListChanges {
        pub of: ReviewOf,
        pub folder: String,
        /// A part of a path; empty for any.
        pub filter: String,
        /// Any, if there is none.
        pub kinds: Vec<ChangeKind>,
        /// The engine is asked anew: `GET /containers/{id}/changes`. Else, and of images, what it said last is told again.
        pub fresh: bool
    } -> ChangeList = "review.changes", Operator;
    /// What usually nobody keeps, and so is left out of a layer unless somebody wants it; the same for all engines.
    ListNoise {} -> NoiseRules = "review.noise", Viewer;
    /// Other patterns than those, or `None` for those that Linkspan begins with. They count from the next look on.
    ReplaceNoise { pub patterns: Option<Vec<String>> } -> () = "review.replace_noise", Administrator;
    /// How large each of these paths was and is, [`MEASURED`](crate::review::MEASURED) at most: `HEAD /containers/{id}/archive`.
    MeasureChanges { pub of: ReviewOf, pub paths: Vec<String> } -> Measured = "review.sizes", Operator;
    /// What is selected of what [`ListChanges`] found last.
    CountSelection { pub container: ContainerId, pub selection: Selection } -> Selected = "review.count", Operator;
    /// `GET /containers/{id}/archive` of a path; an image's from a container of it that is never started.
    CompareFile { pub of: ReviewOf, pub path: String } -> Comparison = "review.compare", Developer;
    /// A Dockerfile that makes what is selected of a container's image, or of the older image. What it copies is kept for a while, at
    /// `/api/drafts/{id}`.
    DraftDockerfile {
        pub of: ReviewOf,
        pub selection: Selection,
        /// Of a container: what is to be otherwise than its image says. Of an image that is known.
        pub configuration: Configuration,
        /// Packages are installed by their managers, where their databases say which, and their files are not copied.
        pub packages: bool
    } -> DockerfileDraft = "review.dockerfile", Developer;
    /// `GET /containers/{id}/top`
    ListProcesses { pub container: ContainerId } -> Processes = "container.top", Viewer;
    /// Tells the others what this tab shows. Of several the one with the highest `turn` counts, in whichever order they are heard.
    LookAt { pub turn: u32, pub page: Page, pub container: Option<ContainerId> } -> () = "people.look_at", Viewer;
    /// `GET /info`
    InspectEngine {} -> EngineDetails = "engine.inspect", Viewer;
    /// What all that runs took together in the last hour, as far as that is kept; see [`KeepFigures`].
    EngineFigures {} -> Vec<Sample> = "engine.figures", Viewer;
    /// Go the way to this engine step by step; with `url`, to one that could be added.
    ExamineEngine { pub url: Option<String> } -> Vec<Examined> = "engine.examine", Administrator;
    /// Keeps one more engine, also after a restart. Refused with what is wrong with the address.
    AddEngine { pub name: String, pub url: String } -> () = "engine.add", Administrator;
    /// Lets go of an engine that was added so; what runs on it is left as it is.
    RemoveEngine { pub name: EngineId } -> () = "engine.remove", Administrator;
    /// Keeps the last hour's figures of what runs on the engine, also while nobody looks at them. It costs a stream of
    /// `GET /containers/{id}/stats` for each container, 64 at most.
    KeepFigures { pub on: bool } -> () = "engine.keep_figures", Administrator;
    /// Keeps a credential for a registry, encrypted; `username` is empty for an identity token. Takes the place of one of
    /// the same name.
    StoreCredential {
        pub name: String,
        pub registry: String,
        pub username: String,
        pub secret: Secret
    } -> () = "credential.store", Administrator;
    RemoveCredential { pub name: String } -> () = "credential.remove", Administrator;
    /// A one-time link with which somebody becomes a person with these grants. Its token goes into the fragment of `/welcome`.
    InvitePerson { pub grants: Vec<Grant>, pub days: u32 } -> Shown = "people.invite", Administrator;
    WithdrawInvitation { pub id: String } -> () = "people.withdraw_invitation", Administrator;
    /// What somebody may, or whether they may sign in; what is left out stays. All that they have open ends.
    ChangePerson { pub name: UserName, pub grants: Option<Vec<Grant>>, pub disabled: Option<bool> } -> () = "people.change", Administrator;
    RemovePerson { pub name: UserName } -> () = "people.remove", Administrator;
    /// A one-time link to set a new password with.
    ResetPassword { pub name: UserName } -> Shown = "people.reset_password", Administrator;
    /// Signs somebody out everywhere; without a name oneself, which everybody may.
    EndSessions { pub name: Option<UserName> } -> () = "people.end_sessions", Viewer;
    /// One's own.
    ListTokens {} -> Vec<Token> = "token.list", Viewer;
    /// For scripts: `Authorization: Bearer …`. It may no more than `role`, nor than its owner.
    NewToken { pub name: String, pub role: Role, pub days: Option<u32> } -> Shown = "token.new", Viewer;
    RemoveToken { pub id: String } -> () = "token.remove", Viewer;
    /// One's own.
    ListPasskeys {} -> Vec<Passkey> = "passkey.list", Viewer;
    RemovePasskey { pub id: String } -> () = "passkey.remove", Viewer;
    ListWebhooks {} -> Vec<Webhook> = "webhook.list", Administrator;
    /// Answers with the secret that its requests are signed with (Standard Webhooks: `whsec_…`).
    NewWebhook { pub name: String, pub url: String, pub triggers: Vec<Trigger>, pub engine: Option<EngineId> } -> Shown = "webhook.new", Administrator;
    RemoveWebhook { pub id: String } -> () = "webhook.remove", Administrator;
    /// Sends a request that says it is a test, once, and waits for what comes of it.
    TestWebhook { pub id: String } -> () = "webhook.test", Administrator;
    /// What `docker login` left on the bridge's machine.
    ListLogins {} -> DockerLogins = "credential.logins", Operator;
    /// As commands and programs. Nothing is done, but an engine may be asked what is there. Empty where the engine is asked nothing.
    Explain { pub what: Explained } -> Vec<Equivalent> = "explain", Viewer;
    /// What makes containers like these, of their images, [`EXPORTED`] at most.
    ExportContainers { pub containers: Vec<ContainerId> } -> Exported = "explain.export", Developer;
    /// What this person did last, all that can be said in this language, as one script.
    ExportActions { pub language: Language } -> String = "explain.script", Operator;
    /// What was done, the newest first, from before an entry.
    ListActivity { pub filter: ActivityFilter, pub before: Option<u64> } -> ActivityPage = "activity.list", Viewer;
    /// Try the unreachable engine now instead of at its next turn.
    RetryEngine {} -> () = "engine.retry", Viewer;
    CancelJob {
        pub job: JobId,
        /// Of a run: also remove the container that is stopped.
        #[serde(default)]
        pub remove: bool
    } -> () = "job.cancel", Operator;
    /// Takes an ended job off everybody's list.
    DismissJob { pub job: JobId } -> () = "job.dismiss", Operator;
}
