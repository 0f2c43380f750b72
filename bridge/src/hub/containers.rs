//! What a person can ask of a container, carried out at once.

use hyper::StatusCode;
use linkspan_docker::{EngineError, Request, containers, images, like, model};
use linkspan_shared::{
    container::{Changeable, ContainerDetails},
    ids::ContainerId,
    problem::{Problem, ProblemCode},
    run::LikeContainer,
    stats::Processes,
};

use super::{EngineHub, convert, validation::valid};

/// What `ps` is asked for.
const PROCESS_COLUMNS: &str = "-eo pid,user,pcpu,rss,time,args";

impl EngineHub {
    pub async fn start(&self, id: &ContainerId) -> Result<(), Problem> {
        self.act(id, containers::start(valid(id)?)).await
    }

    /// `removal_confirmed`: whoever asks knows that a `--rm` container will be gone.
    pub async fn stop(&self, id: &ContainerId, removal_confirmed: bool) -> Result<(), Problem> {
        self.check_may_end(id, removal_confirmed).await?;
        self.act(id, containers::stop(valid(id)?)).await
    }

    pub async fn kill(&self, id: &ContainerId, removal_confirmed: bool) -> Result<(), Problem> {
        self.check_may_end(id, removal_confirmed).await?;
        self.act(id, containers::kill(valid(id)?)).await
    }

    pub async fn restart(&self, id: &ContainerId) -> Result<(), Problem> {
        self.act(id, containers::restart(valid(id)?)).await
    }

    pub async fn pause(&self, id: &ContainerId) -> Result<(), Problem> {
        self.act(id, containers::pause(valid(id)?)).await
    }

    pub async fn unpause(&self, id: &ContainerId) -> Result<(), Problem> {
        self.act(id, containers::unpause(valid(id)?)).await
    }

    pub async fn rename(&self, id: &ContainerId, name: &str) -> Result<(), Problem> {
        self.act(id, containers::rename(valid(id)?, name)).await
    }

    /// Answers with the engine's warnings.
    pub async fn update(&self, id: &ContainerId, to: &Changeable) -> Result<Vec<String>, Problem> {
        let Some(request) = self.update_request(id, to).await? else { return Ok(Vec::new()) };
        let updated: model::Updated = self.client.json(&request).await.map_err(|error| self.container_problem(&error, id))?;
        Ok(updated.warnings)
    }

    /// `None`: nothing is to be another.
    pub async fn update_request(&self, id: &ContainerId, to: &Changeable) -> Result<Option<Request>, Problem> {
        let problem = |error: EngineError| self.container_problem(&error, id);
        let inspect: model::ContainerInspect = self.client.json(&containers::inspect(valid(id)?)).await.map_err(problem)?;
        let body = convert::update_of(&inspect.host_config, to).map_err(|limit| {
            let why = format!("an engine raises and lowers the limit of {limit}, but takes none away: make the container anew without it");
            Problem::new(ProblemCode::Invalid, self.container_name(id), why)
        })?;
        Ok((!body.is_empty()).then_some(containers::update(valid(id)?, body)))
    }

    /// `stop`: what runs is stopped first, and has its time to end.
    pub async fn remove(&self, id: &ContainerId, volumes: bool, force: bool, stop: bool) -> Result<(), Problem> {
        self.check_may_end(id, true).await?;
        let removed = self.stop_and_remove(valid(id)?, volumes, force, stop).await;
        removed.map(drop).map_err(|error| self.container_problem(&error, id))
    }

    pub(super) async fn stop_and_remove(&self, id: &str, volumes: bool, force: bool, stop: bool) -> Result<StatusCode, EngineError> {
        if stop {
            self.done(&containers::stop(id)).await?;
        }
        match self.done(&containers::remove(id, volumes, force)).await {
            // One with `--rm` the engine has removed by itself, or is about to.
            Err(EngineError::Refused { status, message })
                if stop && (status == StatusCode::NOT_FOUND || message.contains("already in progress")) =>
            {
                Ok(StatusCode::NO_CONTENT)
            }
            removed => removed,
        }
    }

    /// `hides`: the values of its variables.
    pub async fn inspect(&self, container: &str, hides: bool) -> Result<ContainerDetails, Problem> {
        // These are no names, and mean something else in a path.
        if ["", ".", ".."].contains(&container) {
            return Err(Problem::new(ProblemCode::NotFound, container, "no such container"));
        }
        let mut whole: serde_json::Value =
            self.client.json(&containers::inspect(container)).await.map_err(|error| self.problem(&error, container))?;
        if hides {
            convert::hide_values(&mut whole);
        }
        let raw = serde_json::to_string_pretty(&whole).unwrap_or_default();
        let inspect: model::ContainerInspect =
            serde_json::from_value(whole).map_err(|error| Problem::new(ProblemCode::MalformedAnswer, container, error.to_string()))?;
        Ok(convert::container_details(inspect, raw))
    }

    pub async fn run_like(&self, id: &ContainerId) -> Result<LikeContainer, Problem> {
        let problem = |error: EngineError| self.problem(&error, &self.container_name(id));
        let old: serde_json::Value = self.client.json(&containers::inspect(valid(id)?)).await.map_err(problem)?;
        // An image that is gone says nothing of what was its.
        let image = old["Image"].as_str().unwrap_or_default();
        let image: serde_json::Value = self.client.json(&images::inspect(image)).await.unwrap_or_default();
        Ok(like::like(&old, &image["Config"]))
    }

    async fn act(&self, id: &ContainerId, request: Request) -> Result<(), Problem> {
        self.done(&request).await.map(drop).map_err(|error| self.container_problem(&error, id))
    }

    /// What went wrong with what was asked of a container, which may be about another one.
    pub(super) fn container_problem(&self, error: &EngineError, id: &ContainerId) -> Problem {
        let name = self.container_name(id);
        match error {
            EngineError::Refused { message, .. } if error.is_about_another(&id.0) => Problem::new(ProblemCode::NeedsOther, name, message),
            error => self.problem(error, &name),
        }
    }

    /// Asks the engine, not the table: the answer decides whether something is lost.
    async fn check_may_end(&self, id: &ContainerId, removal_confirmed: bool) -> Result<(), Problem> {
        let name = self.container_name(id);
        if self.own.as_ref() == Some(id) {
            return Err(Problem::new(ProblemCode::IsLinkspan, name, ""));
        }
        if removal_confirmed {
            return Ok(());
        }
        let inspect: model::ContainerInspect =
            self.client.json(&containers::inspect(valid(id)?)).await.map_err(|error| self.problem(&error, &name))?;
        if inspect.host_config.auto_remove {
            return Err(Problem::new(ProblemCode::WouldBeRemoved, name, ""));
        }
        Ok(())
    }

    pub async fn processes(&self, container: &ContainerId) -> Result<Processes, Problem> {
        let id = valid(container)?;
        // Not every `ps` knows of columns, and not every engine asks one.
        let mut top = self.client.json::<model::Top>(&containers::top(id, PROCESS_COLUMNS)).await;
        if matches!(top, Err(EngineError::Refused { .. })) {
            top = self.client.json(&containers::top(id, "")).await;
        }
        let top = top.map_err(|error| self.problem(&error, &self.container_name(container)))?;
        Ok(Processes {
            titles: top.titles,
            rows: top.processes.into_iter().map(|cells| cells.into_iter().map(|cell| cell.0).collect()).collect(),
        })
    }
}
