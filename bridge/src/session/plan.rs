//! What each call, and what each page follows, asks of the engine, in order: for whoever wants to see it as commands. The requests
//! are made by the same functions that make those that are sent.

use std::collections::BTreeMap;

use linkspan_docker::{
    Request,
    auth::{Login, RegistryAuth},
    containers, exec, images, networks, system, volumes,
};
use linkspan_shared::{
    call::*,
    channel::ChannelSpec,
    credential::Credentials,
    file::FileSource,
    job::{BatchKind, Object},
    json::Json,
    problem::{Problem, ProblemCode},
    reference::Reference,
    review::ReviewOf,
};

use super::Target;
use crate::{
    explain::{Step, words::answer},
    hub::jobs::{batch_requests, check_build},
};

/// What a container is called in the steps after the one that makes it.
const CONTAINER: &str = "container";
const EXEC: &str = "exec";
/// Paths that are written down one by one.
const PATHS: usize = 20;

type Steps = Result<Vec<Step>, Problem>;

/// A call with what is asked of the engine for it; nothing, if it is answered by Linkspan itself.
trait Planned: Call {
    fn plan(self, on: &Target) -> impl Future<Output = Steps> + Send;
}

/// By its name on the wire.
pub async fn plan(name: &str, arguments: &Json, on: &Target) -> Steps {
    macro_rules! by_name {
        ($($call:ident),*) => {
            match name {
                $(<$call as Call>::NAME => {
                    let call: $call = arguments.read().map_err(|error| Problem::new(ProblemCode::ProtocolViolation, name, error.to_string()))?;
                    call.plan(on).await
                })*
                unknown => Err(Problem::new(ProblemCode::ProtocolViolation, unknown, "no such call")),
            }
        };
    }
    // One that is not planned below is an error of the compiler's.
    let steps = linkspan_shared::for_each_call!(by_name)?;
    Ok(on.engine.named(steps))
}

/// What is asked for a page that follows this.
pub fn followed(spec: &ChannelSpec, on: &Target) -> Vec<Step> {
    let steps = match spec {
        ChannelSpec::Engines => steps([system::version(), system::info()]),
        ChannelSpec::Containers | ChannelSpec::Labels => steps([containers::list()]),
        ChannelSpec::Images => steps([images::list()]),
        ChannelSpec::Volumes => steps([volumes::list()]),
        ChannelSpec::Networks => steps([networks::list()]),
        ChannelSpec::Stats { containers: ids } => ids.iter().map(|id| containers::stats(&id.0).into()).collect(),
        ChannelSpec::History { container } => steps([containers::stats(&container.0)]),
        ChannelSpec::Logs(logs) => steps([containers::logs(&logs.container.0, logs.tail, logs.since, true)]),
        ChannelSpec::People | ChannelSpec::Jobs | ChannelSpec::Accounts | ChannelSpec::Activity | ChannelSpec::Credentials => Vec::new(),
        ChannelSpec::Terminal { .. } | ChannelSpec::JobOutput { .. } => Vec::new(),
    };
    on.engine.named(steps)
}

fn steps(requests: impl IntoIterator<Item = Request>) -> Vec<Step> {
    requests.into_iter().map(Step::from).collect()
}

fn asks(requests: impl IntoIterator<Item = Request>) -> Steps {
    Ok(steps(requests))
}

/// Linkspan answers it by itself.
fn nothing() -> Steps {
    Ok(Vec::new())
}

/// Whether somebody signs in is said, and not with what: nothing is opened, and no program is asked.
fn signs_in(choice: &Credentials, reference: &str) -> Result<(Reference, Login), Problem> {
    let parsed = Reference::parse(reference).map_err(|fault| Problem::new(ProblemCode::Invalid, reference, fault.to_string()))?;
    let auth = matches!(choice, Credentials::Typed { .. } | Credentials::Stored(_)).then(RegistryAuth::default);
    Ok((parsed, Login { auth, ..Login::default() }))
}

/// The container that files are reached through, and what it takes to have one.
fn files_of(source: &FileSource, step: impl FnOnce(&str) -> Vec<Step>) -> Steps {
    match source {
        FileSource::Container(id) => Ok(step(&id.0)),
        FileSource::Volume(volume) => {
            let create = containers::create_helper("", "busybox", ("io.linkspan.helper", "files"), Some((volume.as_str(), "/volume")));
            let made = Step::from(create).makes(CONTAINER);
            let name = answer(CONTAINER);
            Ok([vec![made], step(&name), steps([containers::remove(&name, false, true)])].concat())
        }
    }
}

/// By a program of the container that runs; a volume's files are reached through whichever has it.
fn run_in_source(source: &FileSource, command: &[&str]) -> Steps {
    match source {
        FileSource::Container(id) => Ok(run_in(&id.0, command)),
        FileSource::Volume(_) => nothing(),
    }
}

/// Where a path is in the container that it is reached through.
fn path_of(source: &FileSource, path: &str) -> String {
    match source {
        FileSource::Container(_) => path.to_owned(),
        FileSource::Volume(_) => format!("/volume{path}"),
    }
}

fn run_in(container: &str, command: &[&str]) -> Vec<Step> {
    let command: Vec<String> = command.iter().map(|word| (*word).to_owned()).collect();
    let create = exec::create(container, &command, "0", "", false);
    vec![Step::from(create).makes(EXEC), exec::start(&answer(EXEC)).into(), exec::inspect(&answer(EXEC)).into()]
}

macro_rules! planned {
    ($($call:ident |$self:ident, $on:ident| $body:block)*) => {$(
        impl Planned for $call {
            async fn plan($self, $on: &Target) -> Steps $body
        }
    )*};
}

planned! {
    StartContainer |self, _on| { asks([containers::start(&self.container.0)]) }
    StopContainer |self, _on| { asks([containers::stop(&self.container.0)]) }
    RestartContainer |self, _on| { asks([containers::restart(&self.container.0)]) }
    KillContainer |self, _on| { asks([containers::kill(&self.container.0)]) }
    PauseContainer |self, _on| { asks([containers::pause(&self.container.0)]) }
    ResumeContainer |self, _on| { asks([containers::unpause(&self.container.0)]) }
    RenameContainer |self, _on| { asks([containers::rename(&self.container.0, &self.name)]) }
    UpdateContainer |self, on| { asks(on.engine.update_request(&self.container, &self.to).await?) }
    RemoveContainer |self, _on| {
        let stop = self.stop.then(|| containers::stop(&self.container.0));
        asks(stop.into_iter().chain([containers::remove(&self.container.0, self.volumes, self.force)]))
    }
    InspectContainer |self, _on| { asks([containers::inspect(&self.container)]) }
    RunLike |self, _on| { asks([containers::inspect(&self.container.0)]) }
    InspectImage |self, _on| { asks([images::inspect(&self.image), images::history(&self.image)]) }
    TagImage |self, on| { asks([on.engine.tag_request(&self.image, &self.reference)?]) }
    RemoveImage |self, on| { asks(on.engine.removals_of_image(&self.reference, self.force, self.all_names).await?) }
    CheckImage |self, _on| {
        let (reference, login) = signs_in(&self.credentials, &self.reference)?;
        asks([images::inspect(&reference.to_string()), images::distribution(&reference.to_string(), &login)])
    }
    UseOfDisk |self, _on| { asks([system::df()]) }
    CreateVolume |self, _on| { asks([volumes::create(&self.name, &self.driver, &self.options, &self.labels)]) }
    InspectVolume |self, _on| { asks([volumes::inspect(self.name.as_str())]) }
    CreateNetwork |self, _on| { asks([networks::create(&self)]) }
    InspectNetwork |self, _on| { asks([networks::inspect(self.network.as_str())]) }
    ConnectNetwork |self, _on| { asks([networks::connect(self.network.as_str(), &self.container.0)]) }
    DisconnectNetwork |self, _on| { asks([networks::disconnect(self.network.as_str(), &self.container.0, self.force)]) }
    PullImage |self, on| {
        let (reference, login) = signs_in(&self.credentials, &self.reference)?;
        asks([on.engine.pull_request(&reference, self.all_tags, &self.platform, &login)?])
    }
    PushImage |self, on| {
        let (reference, login) = signs_in(&self.credentials, &self.reference)?;
        asks([on.engine.push_request(&reference, &login)?])
    }
    LoadImages |self, _on| { Ok(vec![Step::from(images::load()).sends(&self.name)]) }
    BuildImage |self, _on| {
        let spec = check_build(self.spec)?;
        // What is signed in with for its first images is whoever runs it's own.
        Ok(vec![Step::from(images::build(&spec, &BTreeMap::new())).sends("context.tar")])
    }
    Remove |self, _on| { asks(batch_requests(self.objects, BatchKind::Remove { force: self.force, volumes: self.volumes, stop: self.stop })) }
    Prune |self, on| {
        let mut all = Vec::new();
        for object in self.objects {
            match &object {
                // One with several names goes with the last of them.
                Object::Image(id) if all.len() < PATHS => {
                    all.extend(on.engine.removals_of_image(id, false, true).await.unwrap_or_else(|_| vec![images::remove(id, false)]));
                }
                _ => all.extend(batch_requests([object], BatchKind::Prune)),
            }
        }
        asks(all)
    }
    ActOnContainers |self, _on| { asks(batch_requests(self.containers.into_iter().map(Object::Container), self.kind)) }
    RunContainer |self, on| {
        let mut all = Vec::new();
        let is_known = on.engine.images.read(|rows| rows.rows().any(|image| image.is_meant_by(&self.spec.image)));
        if !is_known && !self.spec.image.is_empty() {
            let (reference, login) = signs_in(&Credentials::Automatic, &self.spec.image)?;
            let reference = reference.or_latest();
            all.push(images::pull(&reference.name(), reference.tag_or_digest(), &self.spec.options.platform, &login).into());
        }
        let api = on.engine.api();
        all.push(Step::from(containers::create(&self.spec, api)).makes(CONTAINER));
        let container = answer(CONTAINER);
        all.extend(steps(containers::joins(&self.spec, &container)));
        if !self.spec.background {
            let attach = if self.spec.tty { containers::attach_terminal(&container) } else { containers::attach(&container) };
            all.extend(steps([attach, containers::wait_for_next_exit(&container)]));
        }
        all.push(containers::start(&container).into());
        Ok(all)
    }
    CommitContainer |self, on| { asks([on.engine.commit_request(self).await?.0]) }
    RecreateContainer |self, on| { on.engine.recreate_steps(&self, None).await }
    EditContainer |self, on| { on.engine.edit_steps(self).await }
    CommitSelection |self, _on| {
        // The layer between the two is put together by Linkspan.
        let paths = self.selection.rules.iter().filter(|(_, selected)| **selected).map(|(path, _)| path);
        let archives = paths.take(PATHS).map(|path| containers::archive(&self.container.0, path));
        let mut all = steps([containers::inspect(&self.container.0), containers::changes(&self.container.0)]);
        all.extend(steps(archives));
        all.push(Step::from(images::load()).sends("layer.tar"));
        Ok(all)
    }
    ListShells |self, _on| { asks([containers::stat(&self.container.0, "/bin/sh")]) }
    OpenTerminal |self, on| {
        let spec = self.spec;
        let create = exec::create(&spec.container.0, &spec.command, &spec.user, &spec.working_dir, true);
        Ok(vec![Step::from(create).makes(EXEC), exec::start_terminal(&answer(EXEC), spec.size, on.engine.api()).into()])
    }
    AttachTerminal |self, _on| { asks([containers::attach_terminal(&self.container.0)]) }
    ListTerminals |self, _on| { nothing() }
    ResizeTerminal |self, _on| { nothing() }
    ShareTerminal |self, _on| { nothing() }
    EndTerminal |self, _on| { nothing() }
    ListFiles |self, _on| { files_of(&self.source, |container| steps([containers::archive(container, &path_of(&self.source, &self.path))])) }
    ReadFile |self, _on| { files_of(&self.source, |container| steps([containers::archive(container, &path_of(&self.source, &self.path))])) }
    CreateFolder |self, _on| {
        let folder = path_of(&self.source, &self.path);
        let file = format!("{}.tar", self.name);
        files_of(&self.source, |container| vec![Step::from(containers::unpack(container, &folder)).sends(&file)])
    }
    RenameFile |self, _on| {
        let (from, folder) = (self.path.clone(), self.path.rsplit_once('/').map_or("", |(folder, _)| folder));
        let to = format!("{folder}/{}", self.name);
run_in_source(&self.source, &["mv", "--", &from, &to])
    }
    DeleteFile |self, _on| { run_in_source(&self.source, &["rm", "-rf", "--", &self.path]) }
    ListChanges |self, _on| {
        match &self.of {
            ReviewOf::Container(id) => asks([containers::changes(&id.0)]),
            ReviewOf::Image { id, before } => {
                let look = |image: &str, made: &'static str| {
                    let create = Step::from(containers::create_helper("", image, ("io.linkspan.helper", "review"), None)).makes(made);
                    let export = Step::from(containers::export(&answer(made))).sends(&format!("{made}.tar"));
                    [vec![create, export], steps([containers::remove(&answer(made), false, true)])].concat()
                };
                Ok([look(&before.0, "older"), look(&id.0, "newer")].concat())
            }
        }
    }
    MeasureChanges |self, _on| {
        match &self.of {
            ReviewOf::Container(id) => asks(self.paths.iter().take(PATHS).map(|path| containers::stat(&id.0, path))),
            ReviewOf::Image { .. } => nothing(),
        }
    }
    CompareFile |self, _on| {
        match &self.of {
            ReviewOf::Container(id) => asks([containers::archive(&id.0, &self.path)]),
            ReviewOf::Image { .. } => nothing(),
        }
    }
    CountSelection |self, _on| { nothing() }
    DraftDockerfile |self, _on| { nothing() }
    ListNoise |self, _on| { nothing() }
    ReplaceNoise |self, _on| { nothing() }
    ListProcesses |self, _on| { asks([containers::top(&self.container.0, "-eo pid,user,pcpu,rss,time,args")]) }
    LookAt |self, _on| { nothing() }
    InspectEngine |self, _on| { asks([system::info(), system::version()]) }
    EngineFigures |self, _on| { nothing() }
    ExamineEngine |self, _on| { asks([system::version(), system::info()]) }
    AddEngine |self, _on| { nothing() }
    RemoveEngine |self, _on| { nothing() }
    KeepFigures |self, _on| { nothing() }
    InvitePerson |self, _on| { nothing() }
    WithdrawInvitation |self, _on| { nothing() }
    ChangePerson |self, _on| { nothing() }
    RemovePerson |self, _on| { nothing() }
    ResetPassword |self, _on| { nothing() }
    EndSessions |self, _on| { nothing() }
    ListWebhooks |self, _on| { nothing() }
    NewWebhook |self, _on| { nothing() }
    RemoveWebhook |self, _on| { nothing() }
    TestWebhook |self, _on| { nothing() }
    ListTokens |self, _on| { nothing() }
    NewToken |self, _on| { nothing() }
    RemoveToken |self, _on| { nothing() }
    ListPasskeys |self, _on| { nothing() }
    RemovePasskey |self, _on| { nothing() }
    StoreCredential |self, _on| { nothing() }
    RemoveCredential |self, _on| { nothing() }
    ListLogins |self, _on| { nothing() }
    Explain |self, _on| { nothing() }
    ExportActions |self, _on| { nothing() }
    ExportContainers |self, _on| { asks(self.containers.iter().take(PATHS).map(|id| containers::inspect(&id.0))) }
    ListActivity |self, _on| { nothing() }
    RetryEngine |self, _on| { nothing() }
    CancelJob |self, _on| { nothing() }
    DismissJob |self, _on| { nothing() }
}
