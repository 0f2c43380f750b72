//! How each call is carried out.

use std::any::Any;

use futures_util::FutureExt;
use hyper::Method;
use linkspan_docker::{Operation, auth::Login, images};
use linkspan_shared::{
    account::{Shown, Token},
    activity::ActivityPage,
    call::*,
    connect::{ConnectFault, Examined},
    container::ContainerDetails,
    credential::{Credentials, DockerLogins},
    disk::DiskUsage,
    engine::EngineDetails,
    explain::{Equivalent, Explained, Exported, Language},
    file::{FileText, Listing},
    ids::{ContainerId, JobId, NetworkId, TerminalId, UserName, VolumeName},
    image::{Freshness, ImageDetails},
    job::Object,
    json::Json,
    passkey::Passkey,
    person::OpenPage,
    problem::{Problem, ProblemCode},
    reference::Reference,
    review::{ChangeList, Comparison, DockerfileDraft, Measured, NoiseRules, Selected},
    run::LikeContainer,
    stats::{Processes, Sample},
    terminal::{Shells, TerminalInfo},
    webhook::Webhook,
};
use serde_json::Value;

use super::{Target, accounts, concern::Concerned, noted::Noted, plan};
use crate::{
    explain::{self, Asked, Step},
    hub::{jobs::check_build, now},
    owned,
    policy::Reach,
};

/// Bytes of a call: what it says becomes rows that everybody has, and lines of logs.
pub const SHORT: usize = 16 << 10;
/// Calls that may be as long as a frame: forms, lists of objects, and what is selected of many paths.
pub const LONG: &[&str] = &[
    "container.edit",
    "explain",
    "explain.export",
    "job.act_on_containers",
    "job.build",
    "job.commit",
    "job.commit_selection",
    "job.prune",
    "job.remove",
    "job.run",
    "review.count",
    "review.dockerfile",
    "review.replace_noise",
    "review.sizes",
];

/// A call with what it takes to do it.
trait CarryOut: Concerned {
    fn carry_out(self, on: Target) -> impl Future<Output = Result<Self::Output, Problem>> + Send;
}

/// By its name on the wire.
pub async fn carry_out(name: &str, arguments: Json, on: Target) -> Result<Json, Problem> {
    macro_rules! by_name {
        ($($call:ident),*) => {
            match name {
                $(<$call as Call>::NAME => one::<$call>(arguments, on).await,)*
                unknown => Err(Problem::new(ProblemCode::ProtocolViolation, unknown, "no such call")),
            }
        };
    }
    // One that is not carried out below is an error of the compiler's.
    linkspan_shared::for_each_call!(by_name)
}

async fn one<C: CarryOut>(arguments: Json, on: Target) -> Result<Json, Problem> {
    let violation = |error: serde_json::Error| Problem::new(ProblemCode::ProtocolViolation, C::NAME, error.to_string());
    let call: C = arguments.read().map_err(violation)?;
    tracing::debug!(call = C::NAME, user = %on.context.user.name, engine = %on.engine.id, "call");
    let mut noted = Noted::begin(C::NAME, &call.concern(), &arguments, &on);
    if let Err(refused) = on.reach.authorise(call.role(), &call.concern()) {
        noted.end(Err(&refused));
        return Err(refused);
    }
    // As things are before it: afterwards what it is about may be called otherwise, or be gone.
    let steps = plan::plan(C::NAME, &arguments, &on).await.unwrap_or_default();
    let done = on.clone();
    let output = match call.carry_out(on).await {
        Ok(output) => output,
        Err(problem) => {
            noted.end(Err(&problem));
            return Err(problem);
        }
    };
    let of = &output as &dyn Any;
    let job = of.downcast_ref::<JobId>().or_else(|| of.downcast_ref::<Option<JobId>>()?.as_ref());
    noted.end(Ok(job));
    done.note(C::NAME, &steps, job);
    let is_job = job.is_some();
    if is_job {
        // What was answered is known after a crash, too.
        done.engine.jobs.written().await;
    }
    Json::of(&output).map_err(violation)
}

impl Target {
    /// What somebody did is kept for their script, and what a job was begun with for its page.
    fn note(&self, call: &str, steps: &[Step], job: Option<&JobId>) {
        let Some(endpoint) = self.engine.endpoint() else { return };
        let asked = Asked { endpoint: &endpoint, api: self.engine.api() };
        if let Some(job) = job {
            self.engine.jobs.explain(job, &explain::explain(&asked, steps));
        }
        if steps.iter().any(|step| !matches!(step.request.operation.method(), Method::GET | Method::HEAD)) {
            self.context.actions.note(self.user(), now(), self.engine.id.clone(), call, &asked, steps);
        }
    }

    async fn explain(&self, what: Explained) -> Result<Vec<Equivalent>, Problem> {
        let steps = match what {
            Explained::Job(job) => return self.engine.jobs.explained(&job).await,
            Explained::Channel(spec) => plan::followed(&spec, self),
            Explained::Call { call, arguments } => plan::plan(&call, &arguments, self).await?,
        };
        let away = || Problem::new(ProblemCode::EngineUnreachable(ConnectFault::Lost), self.engine.url(), "");
        let endpoint = self.engine.endpoint().ok_or_else(away)?;
        Ok(explain::explain(&Asked { endpoint: &endpoint, api: self.engine.api() }, &steps))
    }

    async fn export(&self, containers: Vec<ContainerId>) -> Result<Exported, Problem> {
        if containers.len() > EXPORTED {
            return Err(Problem::new(ProblemCode::TooMany, "containers", format!("{EXPORTED} at most")));
        }
        let away = || Problem::new(ProblemCode::EngineUnreachable(ConnectFault::Lost), self.engine.url(), "");
        let endpoint = self.engine.endpoint().ok_or_else(away)?;
        let asked = Asked { endpoint: &endpoint, api: self.engine.api() };
        let mut exported = Exported::default();
        let mut all = Vec::new();
        for id in containers {
            let LikeContainer { mut spec, left_out } = self.engine.run_like(&id).await?;
            spec.name = self.engine.container_name(&id);
            let call = RunContainer { spec: spec.clone() };
            let arguments = Json::of(&call).map_err(|error| Problem::new(ProblemCode::Internal, "", error.to_string()))?;
            let steps = plan::plan(RunContainer::NAME, &arguments, self).await?;
            let without_pull: Vec<Step> = steps.into_iter().filter(|step| step.request.operation != Operation::ImageCreate).collect();
            for one in &left_out {
                exported.docker.push_str(&format!("# not in this line: {}\n", explain::words::one_line(one)));
            }
            exported.docker.push_str(&explain::write(Language::Docker, &asked, &without_pull).body);
            all.push((spec, left_out));
        }
        exported.compose = explain::compose::compose(&all);
        Ok(exported)
    }

    fn user(&self) -> UserName {
        self.context.user.name.clone()
    }

    /// What to sign in to the registry of a reference with.
    async fn login(&self, choice: &Credentials, reference: &str) -> Result<(Reference, Login), Problem> {
        let parsed = Reference::parse(reference).map_err(|fault| Problem::new(ProblemCode::Invalid, reference, fault.to_string()))?;
        // What the engine is asked for must be in the registry that the password is for.
        if Reference::parse(&parsed.to_string()).as_ref() != Ok(&parsed) {
            return Err(Problem::new(ProblemCode::Invalid, reference, "this reference can be read in two ways"));
        }
        let login = self.context.credentials.login(choice, &parsed, &self.context.user).await?;
        Ok((parsed, login))
    }
}

macro_rules! carried_out {
    ($($call:ident |$self:ident, $on:ident| -> $output:ty $body:block)*) => {$(
        impl CarryOut for $call {
            async fn carry_out($self, $on: Target) -> Result<$output, Problem> $body
        }
    )*};
}

carried_out! {
    StartContainer |self, on| -> () { on.engine.start(&self.container).await }
    StopContainer |self, on| -> () { on.engine.stop(&self.container, self.removal_confirmed).await }
    RestartContainer |self, on| -> () { on.engine.restart(&self.container).await }
    KillContainer |self, on| -> () { on.engine.kill(&self.container, self.removal_confirmed).await }
    PauseContainer |self, on| -> () { on.engine.pause(&self.container).await }
    ResumeContainer |self, on| -> () { on.engine.unpause(&self.container).await }
    RenameContainer |self, on| -> () { on.engine.rename(&self.container, &self.name).await }
    UpdateContainer |self, on| -> Vec<String> { on.engine.update(&self.container, &self.to).await }
    RemoveContainer |self, on| -> () { on.engine.remove(&self.container, self.volumes, self.force, self.stop).await }
    InspectContainer |self, on| -> ContainerDetails {
        let hides = on.reach.hides_values(&Object::Container(ContainerId::new(&self.container)));
        on.engine.inspect(&self.container, hides).await
    }
    InspectImage |self, on| -> ImageDetails {
        let hides = on.reach.hides_values(&Object::Image(self.image.clone()));
        on.engine.inspect_image(&self.image, hides).await
    }
    TagImage |self, on| -> () { on.engine.tag_image(&self.image, &self.reference).await }
    RemoveImage |self, on| -> () { on.engine.remove_image(&self.reference, self.force, self.all_names).await }
    CreateVolume |self, on| -> VolumeName { on.engine.create_volume(self).await }
    InspectVolume |self, on| -> String { on.engine.inspect_volume(&self.name).await }
    CreateNetwork |self, on| -> NetworkId { on.engine.create_network(self).await }
    InspectNetwork |self, on| -> String {
        let network = on.engine.inspect_network(&self.network).await?;
        Ok(if on.reach.sees_all() { network } else { only_seen(&network, &on.reach) })
    }
    ConnectNetwork |self, on| -> () { on.engine.connect_network(&self.network, &self.container).await }
    DisconnectNetwork |self, on| -> () { on.engine.disconnect_network(&self.network, &self.container, self.force).await }
    CheckImage |self, on| -> Freshness {
        let (reference, login) = on.login(&self.credentials, &self.reference).await?;
        on.engine.check_image(&reference, &login).await
    }
    UseOfDisk |self, on| -> DiskUsage { on.engine.disk_usage().await }
    PullImage |self, on| -> JobId {
        let (reference, login) = on.login(&self.credentials, &self.reference).await?;
        on.engine.pull(on.user(), reference, self.all_tags, &self.platform, login)
    }
    PushImage |self, on| -> JobId {
        let (reference, login) = on.login(&self.credentials, &self.reference).await?;
        on.engine.push(on.user(), reference, login)
    }
    LoadImages |self, on| -> JobId { on.engine.load(on.user(), &self.name, self.size) }
    BuildImage |self, on| -> JobId {
        let spec = check_build(self.spec)?;
        let logins = on.context.credentials.logins(&spec.credentials, &on.context.user).await;
        on.engine.build(on.user(), &spec, images::build(&spec, &logins.found), logins)
    }
    Remove |self, on| -> JobId { on.engine.remove_many(on.user(), self.objects, self.force, self.volumes, self.stop) }
    Prune |self, on| -> JobId { on.engine.prune(on.user(), self.objects).await }
    RunContainer |self, on| -> JobId {
        let (run, image) = (on.clone(), self.spec.image.clone());
        let login = async move { Ok(run.login(&Credentials::Automatic, &image).await?.1) };
        on.engine.run(on.user(), self.spec, login.boxed())
    }
    ActOnContainers |self, on| -> JobId { on.engine.act_on_containers(on.user(), self.kind, self.containers, self.all) }
    CommitContainer |self, on| -> JobId {
        on.reach.may_name(&self.reference)?;
        on.engine.commit(on.user(), self)
    }
    RecreateContainer |self, on| -> JobId { on.engine.recreate(on.user(), self) }
    EditContainer |self, on| -> Option<JobId> { on.engine.edit(on.user(), self).await }
    CommitSelection |self, on| -> JobId {
        on.reach.may_name(&self.reference)?;
        on.engine.commit_selection(on.user(), self)
    }
    ListShells |self, on| -> Shells { on.engine.shells(&self.container).await }
    OpenTerminal |self, on| -> TerminalId { on.engine.open_terminal(on.user(), self.spec).await }
    AttachTerminal |self, on| -> TerminalId { on.engine.join_terminal(on.user(), self.container, self.size, self.input).await }
    ListTerminals |self, on| -> Vec<TerminalInfo> { Ok(on.engine.terminals.list(&self.container, &on.user())) }
    ResizeTerminal |self, on| -> () {
        let terminal = on.engine.terminals.get(&self.terminal, &on.user())?;
        on.engine.resize_terminal(&terminal, self.size).await
    }
    ShareTerminal |self, on| -> () { on.engine.terminals.share(&self.terminal, &on.user(), self.on) }
    EndTerminal |self, on| -> () { on.engine.terminals.end(&self.terminal, &on.user()) }
    ListFiles |self, on| -> Listing { on.engine.list_files(&self.source, &self.path).await }
    ReadFile |self, on| -> FileText { on.engine.read_file(&self.source, &self.path).await }
    CreateFolder |self, on| -> () { on.engine.create_folder(&self.source, &self.path, &self.name).await }
    RenameFile |self, on| -> () { on.engine.rename_file(&self.source, &self.path, &self.name).await }
    DeleteFile |self, on| -> () { on.engine.delete_file(&self.source, &self.path).await }
    ListChanges |self, on| -> ChangeList { on.engine.list_changes(self).await }
    RunLike |self, on| -> LikeContainer { on.engine.run_like(&self.container).await }
    ListNoise |self, on| -> NoiseRules { Ok(on.engine.noise().rules()) }
    ReplaceNoise |self, on| -> () {
        let noise = on.engine.noise();
        owned::blocking(move || noise.set(self.patterns)).await
    }
    MeasureChanges |self, on| -> Measured { on.engine.measure_changes(&self.of, self.paths).await }
    CountSelection |self, on| -> Selected { on.engine.count_selected(&self.container, self.selection).await }
    DraftDockerfile |self, on| -> DockerfileDraft { on.engine.draft_dockerfile(self).await }
    CompareFile |self, on| -> Comparison { on.engine.compare_file(&self.of, &self.path).await }
    ListProcesses |self, on| -> Processes { on.engine.processes(&self.container).await }
    LookAt |self, on| -> () {
        let is_there = self.container.as_ref().is_none_or(|id| on.engine.containers.read(|rows| rows.get(id).is_some()));
        let shown = OpenPage { engine: on.engine.id.clone(), page: self.page, container: self.container };
        on.presence.look_at(self.turn, is_there.then_some(shown));
        Ok(())
    }
    InspectEngine |self, on| -> EngineDetails { on.engine.inspect_engine().await }
    EngineFigures |self, on| -> Vec<Sample> { Ok(on.engine.stats.histories.together()) }
    ExamineEngine |self, on| -> Vec<Examined> { Ok(on.context.fleet.examine(self.url.as_deref().unwrap_or(on.engine.url())).await) }
    AddEngine |self, on| -> () { owned::blocking(move || on.context.fleet.add(&self.name, &self.url)).await }
    RemoveEngine |self, on| -> () { owned::blocking(move || on.context.fleet.remove(&self.name)).await }
    KeepFigures |self, on| -> () {
        let (fleet, engine) = (on.context.fleet.clone(), on.engine.clone());
        owned::blocking(move || fleet.keep_figures(&engine, self.on)).await
    }
    InvitePerson |self, on| -> Shown { accounts::invite(&on, self).await }
    WithdrawInvitation |self, on| -> () { accounts::withdraw(&on, self.id).await }
    ChangePerson |self, on| -> () { accounts::change(&on, self).await }
    RemovePerson |self, on| -> () { accounts::remove(&on, self.name).await }
    ResetPassword |self, on| -> Shown { accounts::reset(&on, self.name).await }
    EndSessions |self, on| -> () { accounts::end_sessions(&on, self.name).await }
    ListWebhooks |self, on| -> Vec<Webhook> { Ok(on.context.webhooks.list()) }
    NewWebhook |self, on| -> Shown { owned::blocking(move || on.context.webhooks.add(self)).await }
    RemoveWebhook |self, on| -> () { owned::blocking(move || on.context.webhooks.remove(&self.id)).await }
    TestWebhook |self, on| -> () { on.context.webhooks.test(&self.id).await }
    ListTokens |self, on| -> Vec<Token> { accounts::tokens(&on).await }
    NewToken |self, on| -> Shown { accounts::new_token(&on, self).await }
    RemoveToken |self, on| -> () { accounts::remove_token(&on, self.id).await }
    ListPasskeys |self, on| -> Vec<Passkey> { accounts::passkeys(&on).await }
    RemovePasskey |self, on| -> () { accounts::remove_passkey(&on, self.id).await }
    StoreCredential |self, on| -> () { owned::blocking(move || on.context.credentials.store(on.user(), self)).await }
    RemoveCredential |self, on| -> () { owned::blocking(move || on.context.credentials.remove(&self.name)).await }
    ListLogins |self, on| -> DockerLogins {
        on.context.credentials.docker_logins(&on.context.user).await
    }
    Explain |self, on| -> Vec<Equivalent> { on.explain(self.what).await }
    ExportContainers |self, on| -> Exported { on.export(self.containers).await }
    ExportActions |self, on| -> String {
        let refusal = || Problem::new(ProblemCode::Invalid, self.language.name(), "a script is written with docker, curl or Python");
        on.context.actions.script(&on.user(), self.language).ok_or_else(refusal)
    }
    ListActivity |self, on| -> ActivityPage {
        let page = async {
            let since = on.context.access.since(on.user()).await?;
            on.context.hub.activity.page(on.context.user.clone(), since, self.filter, self.before).await
        };
        page.await.map_err(|error| {
            tracing::error!(%error, "the record of activity cannot be read");
            Problem::new(ProblemCode::Internal, "", "")
        })
    }
    RetryEngine |self, on| -> () {
        on.engine.retry_now();
        Ok(())
    }
    CancelJob |self, on| -> () { on.engine.jobs.cancel(&self.job, self.remove, on.user()) }
    DismissJob |self, on| -> () { on.engine.jobs.dismiss(&self.job) }
}

/// Of a network, the containers that somebody sees.
fn only_seen(network: &str, reach: &Reach) -> String {
    let Ok(mut network) = serde_json::from_str::<Value>(network) else { return String::new() };
    if let Some(containers) = network["Containers"].as_object_mut() {
        containers.retain(|id, _| reach.sees(&Object::Container(ContainerId::new(id))));
    }
    serde_json::to_string_pretty(&network).unwrap_or_default()
}
