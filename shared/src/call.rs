//! Requests with exactly one answer.
//!
//! Each call is a type of its own with its own output; the bridge says beside the type how it is carried out.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    connect::Examined,
    container::ContainerDetails,
    ids::{ContainerId, EngineId, JobId},
    network::NetworkSummary,
    run::RunSpec,
};

pub trait Call: Serialize + DeserializeOwned {
    /// The `call` of [`crate::control::ClientMessage::Call`].
    const NAME: &'static str;
    type Output: Serialize + DeserializeOwned;
}

macro_rules! calls {
    ($($(#[$doc:meta])* $name:ident $fields:tt -> $output:ty = $wire:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $name $fields

        impl Call for $name {
            const NAME: &'static str = $wire;
            type Output = $output;
        }
    )*

        /// The names of all calls, for tests that none is forgotten.
        pub const NAMES: &[&str] = &[$($wire),*];
    };
}

calls! {
    /// `POST /containers/{id}/start`
    StartContainer { pub container: ContainerId } -> () = "container.start";
    /// `POST /containers/{id}/stop`. Refused with `WouldBeRemoved` for a `--rm` container unless `removal_confirmed`.
    StopContainer { pub container: ContainerId, pub removal_confirmed: bool } -> () = "container.stop";
    /// `POST /containers/{id}/restart`
    RestartContainer { pub container: ContainerId } -> () = "container.restart";
    /// `POST /containers/{id}/kill`. Like `StopContainer` for a `--rm` container.
    KillContainer { pub container: ContainerId, pub removal_confirmed: bool } -> () = "container.kill";
    /// `POST /containers/{id}/pause`
    PauseContainer { pub container: ContainerId } -> () = "container.pause";
    /// `POST /containers/{id}/unpause`
    ResumeContainer { pub container: ContainerId } -> () = "container.resume";
    /// `POST /containers/{id}/rename`
    RenameContainer { pub container: ContainerId, pub name: String } -> () = "container.rename";
    /// `DELETE /containers/{id}`
    RemoveContainer {
        pub container: ContainerId,
        /// Its anonymous volumes too.
        pub volumes: bool,
        /// Also when it runs.
        pub force: bool
    } -> () = "container.remove";
    /// `GET /containers/{id}/json`; a name serves as well as an id.
    InspectContainer { pub container: String } -> ContainerDetails = "container.inspect";
    /// `DELETE /images/{reference or id}`
    RemoveImage { pub reference: String, pub force: bool } -> () = "image.remove";
    /// `GET /networks`
    ListNetworks {} -> Vec<NetworkSummary> = "network.list";
    /// Starts a pull, or joins the one that is already under way for the same reference.
    PullImage { pub reference: String } -> JobId = "job.pull";
    /// Starts `docker run`.
    RunContainer { pub spec: RunSpec } -> JobId = "job.run";
    /// Stops exactly these, so that what starts later is not stopped.
    StopAll { pub containers: Vec<ContainerId> } -> JobId = "job.stop_all";
    /// `POST /commit`
    CommitContainer {
        pub container: ContainerId,
        /// `repository` or `repository:tag`; empty leaves the image without a name.
        pub reference: String,
        pub message: String,
        pub author: String,
        /// Freeze the container's processes meanwhile, so that no file changes half-way.
        pub pause: bool
    } -> JobId = "job.commit";
    /// Go the way to this engine step by step; with `url`, to one that could be added.
    ExamineEngine { pub url: Option<String> } -> Vec<Examined> = "engine.examine";
    /// Keeps one more engine, also after a restart. Refused with what is wrong with the address.
    AddEngine { pub name: String, pub url: String } -> () = "engine.add";
    /// Lets go of an engine that was added so; what runs on it is left as it is.
    RemoveEngine { pub name: EngineId } -> () = "engine.remove";
    /// Try the unreachable engine now instead of at its next turn.
    RetryEngine {} -> () = "engine.retry";
    CancelJob { pub job: JobId } -> () = "job.cancel";
    /// Takes an ended job off everybody's list.
    DismissJob { pub job: JobId } -> () = "job.dismiss";
}
