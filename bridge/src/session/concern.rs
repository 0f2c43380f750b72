//! What each call, and what each channel, is about and takes, for the one seam that decides. One that is not listed does not
//! compile.

use linkspan_shared::{
    call::*,
    channel::ChannelSpec,
    explain::Explained,
    file::FileSource,
    ids::ContainerId,
    image::Configuration,
    job::Object,
    json::Json,
    problem::{Problem, ProblemCode},
    review::ReviewOf,
    user::Role,
};

use crate::policy::Concern;

/// A call with what it is about.
pub trait Concerned: Call {
    fn concern(&self) -> Concern;

    /// The role that it takes as it is: more than [`Call::ROLE`] now and then.
    fn role(&self) -> Role {
        Self::ROLE
    }
}

/// Of a call by its name, before anything of it is done.
pub fn of_call(name: &str, arguments: &Json) -> Result<(Role, Concern), Problem> {
    macro_rules! by_name {
        ($($call:ident),*) => {
            match name {
                $(<$call as Call>::NAME => {
                    let call: $call = arguments.read().map_err(|error| Problem::new(ProblemCode::ProtocolViolation, name, error.to_string()))?;
                    Ok((call.role(), call.concern()))
                })*
                unknown => Err(Problem::new(ProblemCode::ProtocolViolation, unknown, "no such call")),
            }
        };
    }
    linkspan_shared::for_each_call!(by_name)
}

pub fn of_channel(spec: &ChannelSpec) -> (Role, Concern) {
    let containers = |ids: &[ContainerId]| Concern::Objects(ids.iter().cloned().map(Object::Container).collect());
    match spec {
        // Of these everybody gets what they may see.
        ChannelSpec::People
        | ChannelSpec::Engines
        | ChannelSpec::Containers
        | ChannelSpec::Labels
        | ChannelSpec::Images
        | ChannelSpec::Volumes
        | ChannelSpec::Networks
        | ChannelSpec::Activity
        | ChannelSpec::Jobs => (Role::Viewer, Concern::Own),
        // A row of it may have gone meanwhile.
        ChannelSpec::Stats { containers: ids } => (Role::Viewer, containers(ids)),
        ChannelSpec::Logs(logs) => (Role::Viewer, Concern::container(&logs.container)),
        ChannelSpec::History { container } => (Role::Viewer, Concern::container(container)),
        ChannelSpec::Accounts => (Role::Administrator, Concern::Linkspan),
        ChannelSpec::Credentials => (Role::Operator, Concern::Engine),
        ChannelSpec::Terminal { .. } => (Role::Developer, Concern::Own),
        ChannelSpec::JobOutput { job } => (Role::Viewer, Concern::Job(job.clone())),
    }
}

fn of_explained(what: &Explained) -> (Role, Concern) {
    match what {
        Explained::Call { call, arguments } => of_call(call, arguments).unwrap_or((Role::Viewer, Concern::Own)),
        Explained::Channel(spec) => of_channel(spec),
        // With the values of variables.
        Explained::Job(job) => (Role::Operator, Concern::Job(job.clone())),
    }
}

pub fn of_source(source: &FileSource) -> Concern {
    match source {
        FileSource::Container(id) => Concern::container(id),
        FileSource::Volume(name) => Concern::Objects(vec![Object::Volume(name.0.clone())]),
    }
}

fn of_review(of: &ReviewOf) -> Concern {
    match of {
        ReviewOf::Container(id) => Concern::container(id),
        // Of these a container is made.
        ReviewOf::Image { .. } => Concern::Engine,
    }
}

/// A commit of what is there; an image that says something else is as good as a build.
fn of_commit(configuration: &Configuration) -> Role {
    if *configuration == Configuration::default() { Role::Operator } else { Role::Developer }
}

macro_rules! concerned {
    ($($call:ident $(takes $role:block)? |$self:ident| $concern:expr;)*) => {$(
        impl Concerned for $call {
            fn concern(&$self) -> Concern {
                $concern
            }

            $(fn role(&$self) -> Role {
                $role
            })?
        }
    )*};
}

concerned! {
    StartContainer |self| Concern::container(&self.container);
    StopContainer |self| Concern::container(&self.container);
    RestartContainer |self| Concern::container(&self.container);
    KillContainer |self| Concern::container(&self.container);
    PauseContainer |self| Concern::container(&self.container);
    ResumeContainer |self| Concern::container(&self.container);
    RenameContainer |self| Concern::container(&self.container);
    UpdateContainer |self| Concern::container(&self.container);
    RemoveContainer |self| Concern::container(&self.container);
    InspectContainer |self| Concern::container(&ContainerId::new(&self.container));
    RunLike |self| Concern::container(&self.container);
    InspectImage |self| Concern::Objects(vec![Object::Image(self.image.clone())]);
    TagImage |self| Concern::Engine;
    RemoveImage |self| Concern::Engine;
    CheckImage |self| Concern::Engine;
    UseOfDisk |self| Concern::Engine;
    CreateVolume |self| Concern::Engine;
    InspectVolume |self| Concern::Objects(vec![Object::Volume(self.name.0.clone())]);
    CreateNetwork |self| Concern::Engine;
    InspectNetwork |self| Concern::Objects(vec![Object::Network(self.network.0.clone())]);
    ConnectNetwork |self| Concern::container(&self.container);
    DisconnectNetwork |self| Concern::container(&self.container);
    PullImage |self| Concern::Engine;
    PushImage |self| Concern::Engine;
    LoadImages |self| Concern::Engine;
    BuildImage |self| Concern::Engine;
    Remove |self| Concern::Objects(self.objects.clone());
    Prune |self| Concern::Objects(self.objects.clone());
    RunContainer |self| Concern::New(self.spec.labels.clone());
    ActOnContainers |self| Concern::Objects(self.containers.iter().cloned().map(Object::Container).collect());
    RecreateContainer |self| Concern::Objects(vec![Object::Container(self.container.clone()), Object::Image(self.image.clone())]);
    EditContainer |self| Concern::container(&self.container);
    CommitContainer takes { of_commit(&self.configuration) } |self| Concern::container(&self.container);
    CommitSelection takes { of_commit(&self.configuration) } |self| Concern::container(&self.container);
    ListShells |self| Concern::container(&self.container);
    OpenTerminal |self| Concern::container(&self.spec.container);
    AttachTerminal |self| Concern::container(&self.container);
    ListTerminals |self| Concern::container(&self.container);
    ResizeTerminal |self| Concern::Own;
    ShareTerminal |self| Concern::Own;
    EndTerminal |self| Concern::Own;
    ListFiles |self| of_source(&self.source);
    ReadFile |self| of_source(&self.source);
    CreateFolder |self| of_source(&self.source);
    RenameFile |self| of_source(&self.source);
    DeleteFile |self| of_source(&self.source);
    ListChanges |self| of_review(&self.of);
    ListNoise |self| Concern::Own;
    ReplaceNoise |self| Concern::Linkspan;
    MeasureChanges |self| of_review(&self.of);
    CountSelection |self| Concern::container(&self.container);
    CompareFile |self| of_review(&self.of);
    DraftDockerfile |self| of_review(&self.of);
    ListProcesses |self| Concern::container(&self.container);
    LookAt |self| self.container.as_ref().map_or(Concern::Own, Concern::container);
    InspectEngine |self| Concern::Engine;
    EngineFigures |self| Concern::Engine;
    ExamineEngine |self| Concern::Linkspan;
    AddEngine |self| Concern::Linkspan;
    RemoveEngine |self| Concern::Linkspan;
    KeepFigures |self| Concern::Linkspan;
    InvitePerson |self| Concern::Linkspan;
    WithdrawInvitation |self| Concern::Linkspan;
    ChangePerson |self| Concern::Linkspan;
    RemovePerson |self| Concern::Linkspan;
    ResetPassword |self| Concern::Linkspan;
    EndSessions takes { if self.name.is_some() { Role::Administrator } else { Role::Viewer } } |self|
        if self.name.is_some() { Concern::Linkspan } else { Concern::Own };
    ListWebhooks |self| Concern::Linkspan;
    NewWebhook |self| Concern::Linkspan;
    RemoveWebhook |self| Concern::Linkspan;
    TestWebhook |self| Concern::Linkspan;
    ListTokens |self| Concern::Own;
    NewToken |self| Concern::Own;
    RemoveToken |self| Concern::Own;
    ListPasskeys |self| Concern::Own;
    RemovePasskey |self| Concern::Own;
    StoreCredential |self| Concern::Linkspan;
    RemoveCredential |self| Concern::Linkspan;
    ListLogins |self| Concern::Engine;
    Explain takes { of_explained(&self.what).0 } |self| of_explained(&self.what).1;
    ExportContainers |self| Concern::Objects(self.containers.iter().cloned().map(Object::Container).collect());
    ExportActions |self| Concern::Own;
    ListActivity |self| Concern::Own;
    RetryEngine |self| Concern::Own;
    CancelJob takes { if self.remove { Role::Developer } else { Role::Operator } } |self| Concern::Job(self.job.clone());
    DismissJob |self| Concern::Job(self.job.clone());
}
