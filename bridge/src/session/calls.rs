//! How each call is carried out.

use linkspan_shared::{
    call::*,
    connect::Examined,
    container::ContainerDetails,
    ids::JobId,
    json::Json,
    network::NetworkSummary,
    problem::{Problem, ProblemCode},
};

use super::Target;

/// A call with what it takes to do it.
trait CarryOut: Call {
    fn carry_out(self, on: Target) -> impl Future<Output = Result<Self::Output, Problem>> + Send;
}

/// By its name on the wire.
pub async fn carry_out(name: &str, arguments: Json, on: Target) -> Result<Json, Problem> {
    macro_rules! by_name {
        ($($call:ty),* $(,)?) => {
            match name {
                $(<$call as Call>::NAME => one::<$call>(arguments, on).await,)*
                unknown => Err(Problem::new(ProblemCode::ProtocolViolation, unknown, "no such call")),
            }
        };
    }
    by_name!(
        StartContainer,
        StopContainer,
        RestartContainer,
        KillContainer,
        PauseContainer,
        ResumeContainer,
        RenameContainer,
        RemoveContainer,
        InspectContainer,
        RemoveImage,
        ListNetworks,
        PullImage,
        RunContainer,
        StopAll,
        CommitContainer,
        ExamineEngine,
        AddEngine,
        RemoveEngine,
        RetryEngine,
        CancelJob,
        DismissJob,
    )
}

async fn one<C: CarryOut>(arguments: Json, on: Target) -> Result<Json, Problem> {
    let violation = |error: serde_json::Error| Problem::new(ProblemCode::ProtocolViolation, C::NAME, error.to_string());
    let call: C = arguments.read().map_err(violation)?;
    tracing::debug!(call = C::NAME, user = %on.context.principal.user.name, engine = %on.engine.id, "call");
    let output = call.carry_out(on).await?;
    Json::of(&output).map_err(violation)
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
    RemoveContainer |self, on| -> () { on.engine.remove(&self.container, self.volumes, self.force).await }
    InspectContainer |self, on| -> ContainerDetails { on.engine.inspect(&self.container).await }
    RemoveImage |self, on| -> () { on.engine.remove_image(&self.reference, self.force).await }
    ListNetworks |self, on| -> Vec<NetworkSummary> { on.engine.networks().await }
    PullImage |self, on| -> JobId { on.engine.pull(on.context.principal.user.name, &self.reference) }
    RunContainer |self, on| -> JobId { on.engine.run(on.context.principal.user.name, self.spec) }
    StopAll |self, on| -> JobId { on.engine.stop_all(on.context.principal.user.name, self.containers) }
    CommitContainer |self, on| -> JobId { on.engine.commit(on.context.principal.user.name, self) }
    ExamineEngine |self, on| -> Vec<Examined> { Ok(on.context.fleet.examine(self.url.as_deref().unwrap_or(on.engine.url())).await) }
    AddEngine |self, on| -> () { on.context.fleet.add(&self.name, &self.url) }
    RemoveEngine |self, on| -> () { on.context.fleet.remove(&self.name) }
    RetryEngine |self, on| -> () {
        on.engine.retry_now();
        Ok(())
    }
    CancelJob |self, on| -> () { on.engine.jobs.cancel(&self.job) }
    DismissJob |self, on| -> () { on.engine.jobs.dismiss(&self.job) }
}
