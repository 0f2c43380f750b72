//! A container made anew of another image, with all else as it was. The old one stays until the new one runs, and takes its
//! place again if that does not.

use std::{sync::Arc, time::Duration};

use futures_util::StreamExt;
use linkspan_docker::{
    EngineError, Request, containers,
    edit::{Edit, edit},
    images, model, networks,
    recreate::{Recreation, recreation},
};
use linkspan_shared::{
    call::{EditContainer, RecreateContainer},
    container::{ContainerState, Health},
    ids::{ContainerId, JobId, UserName},
    job::{Recreate, Step, StepKind, StepState, Work},
    problem::{Problem, ProblemCode},
    run::RunSpec,
    stdcopy,
};
use serde_json::{Map, Value, json};
use tokio::{sync::oneshot, time::Instant};

use super::{
    super::{
        EngineHub,
        validation::{check_reference, valid},
    },
    Extras, Handle,
    run::check_run,
};
use crate::explain;

/// One without a health check that is still up after this time runs.
const SETTLED: Duration = Duration::from_secs(5);
/// One with a health check has this long to become healthy.
const HEALTHY: Duration = Duration::from_secs(180);
/// While the engine is away, until the old one is given up, and from one attempt to the next.
const TRIES: u32 = 60;
const AGAIN: Duration = Duration::from_secs(5);
/// Lines of its log that are told where it does not run, and bytes of them.
const LINES: u64 = 10;
const BYTES: usize = 4 << 10;
/// Bytes of it that are read.
const READ: usize = 256 << 10;

impl EngineHub {
    pub fn recreate(self: &Arc<Self>, by: UserName, call: RecreateContainer) -> Result<JobId, Problem> {
        self.replace_container(by, call, None)
    }

    /// In place, or by a container that takes its place.
    pub async fn edit(self: &Arc<Self>, by: UserName, call: EditContainer) -> Result<Option<JobId>, Problem> {
        check_run(&call.spec)?;
        let (name, id) = (self.container_name(&call.container), call.container.clone());
        match self.edit_of(&call, "").await? {
            Edit::Anew(_) => {
                let EditContainer { container, spec, keep } = call;
                let call = RecreateContainer { container, image: spec.image.clone(), keep };
                self.replace_container(by, call, Some(spec)).map(Some)
            }
            Edit::InPlace(body) => {
                let problem = |error: EngineError| self.container_problem(&error, &id);
                if !body.is_empty() {
                    self.done(&containers::update(&id.0, body)).await.map_err(problem)?;
                }
                if !call.spec.name.is_empty() && call.spec.name != name {
                    self.done(&containers::rename(&id.0, &call.spec.name)).await.map_err(problem)?;
                }
                Ok(None)
            }
        }
    }

    async fn edit_of(&self, call: &EditContainer, new_name: &str) -> Result<Edit, Problem> {
        self.check_new_name(&call.container, &call.spec.name)?;
        let (old, before, reference) = self.what_is_replaced(&call.container, &call.spec.image).await?;
        let edit = edit(&old, &before["Config"], &call.spec, &reference, new_name, self.client.api());
        // Who edits wants what is not edited to stay.
        if let (Edit::Anew(_), true, Some(now)) = (&edit, old["Config"]["Image"] == call.spec.image.as_str(), before["Id"].as_str())
            && self.images.read(|rows| rows.rows().any(|image| image.is_meant_by(&call.spec.image) && image.id.0 != now))
        {
            let why = format!(
                "{} is another image by now than the one it was made of: write {now} to keep that, or recreate it to take the new one",
                call.spec.image
            );
            return Err(Problem::new(ProblemCode::Conflict, self.container_name(&call.container), why));
        }
        Ok(edit)
    }

    /// Found out before anything is stopped for it.
    fn check_new_name(&self, container: &ContainerId, name: &str) -> Result<(), Problem> {
        let is_name = name.starts_with(|char: char| char.is_ascii_alphanumeric())
            && name.chars().all(|char| char.is_ascii_alphanumeric() || matches!(char, '_' | '.' | '-'));
        if !name.is_empty() && !is_name {
            return Err(Problem::new(
                ProblemCode::Invalid,
                name,
                "a container's name begins with a letter or a digit, and has _ . - beside them",
            ));
        }
        let is_taken = self.containers.read(|rows| rows.rows().any(|row| row.name == name && row.id != *container));
        if is_taken { Err(Problem::new(ProblemCode::Conflict, name, "another container has this name")) } else { Ok(()) }
    }

    /// What an edit asks of the engine where all goes well.
    pub async fn edit_steps(&self, call: EditContainer) -> Result<Vec<explain::Step>, Problem> {
        let (name, to) = (self.container_name(&call.container), call.spec.name.clone());
        match self.edit_of(&call, "").await? {
            Edit::InPlace(body) => {
                let update = (!body.is_empty()).then(|| containers::update(&name, body));
                let rename = (!to.is_empty() && to != name).then(|| containers::rename(&name, &to));
                Ok(update.into_iter().chain(rename).map(explain::Step::from).collect())
            }
            Edit::Anew(_) => {
                let EditContainer { container, spec, keep } = call;
                let call = RecreateContainer { container, image: spec.image.clone(), keep };
                self.recreate_steps(&call, Some(&spec)).await
            }
        }
    }

    fn replace_container(self: &Arc<Self>, by: UserName, call: RecreateContainer, spec: Option<RunSpec>) -> Result<JobId, Problem> {
        valid(&call.container)?;
        check_reference(&call.image)?;
        let row = self.containers.read(|rows| rows.get(&call.container).cloned());
        let row = row.ok_or_else(|| Problem::new(ProblemCode::NotFound, call.container.short(), "no such container"))?;
        if row.is_self {
            return Err(Problem::new(ProblemCode::Conflict, &row.name, "Linkspan runs in it, and would end in the middle of this"));
        }
        let kinds = [StepKind::Create, StepKind::Stop, StepKind::Start, StepKind::Wait, StepKind::Remove];
        let work = Work::Recreate(Recreate {
            container: call.container.clone(),
            name: row.name.clone(),
            image: call.image.clone(),
            new: None,
            kept: None,
            steps: kinds.map(|kind| Step { kind, state: StepState::Waiting, milliseconds: 0 }).to_vec(),
        });
        let is_same = |work: &Work| matches!(work, Work::Recreate(recreate) if recreate.container == call.container);
        if self.jobs.find_running(&by, None, is_same).is_some() {
            return Err(Problem::new(ProblemCode::Conflict, &row.name, "it is being recreated already"));
        }
        let was_up = row.state.is_up();
        self.start_job(
            by,
            work,
            Extras::default(),
            |handle| async move { Recreator { handle, call, spec, name: row.name, was_up }.run().await },
        )
    }

    /// What makes the new one, by a name that nobody else has; refused where there would be nothing to go back to.
    async fn recreation(&self, call: &RecreateContainer, spec: Option<&RunSpec>, new_name: &str) -> Result<Recreation, Problem> {
        let (client, name) = (&self.client, self.container_name(&call.container));
        let problem = |error: &EngineError| self.container_problem(error, &call.container);
        let (old, before, reference) = self.what_is_replaced(&call.container, &call.image).await?;
        let refused = |why: &str| Err(Problem::new(ProblemCode::Conflict, &name, why));
        if old["HostConfig"]["AutoRemove"] == true {
            return refused("it is removed as soon as it stops (--rm), so there would be nothing to go back to");
        }
        if old["Config"]["Labels"]["com.docker.swarm.service.name"].is_string() {
            return refused("it belongs to a service of a swarm, which would make it anew: update the service");
        }
        let all: Value = client.json(&containers::list()).await.map_err(|error| problem(&error))?;
        let shared = format!("container:{}", call.container);
        let sharer = all.as_array().into_iter().flatten().find(|one| one["HostConfig"]["NetworkMode"] == shared.as_str());
        if let Some(sharer) = sharer {
            let name = sharer["Names"][0].as_str().unwrap_or_default().trim_start_matches('/');
            return refused(&format!("{name} shares its network, and would be cut off: it would have to be made anew as well"));
        }
        if let Some(spec) = spec
            && let Edit::Anew(anew) = edit(&old, &before["Config"], spec, &reference, new_name, client.api())
        {
            return Ok(anew);
        }
        Ok(recreation(&old, &before["Config"], &reference, new_name))
    }

    /// The container, its image, and what the new one's is called: an image is known by a name, or has none.
    async fn what_is_replaced(&self, container: &ContainerId, image: &str) -> Result<(Value, Value, String), Problem> {
        check_reference(image)?;
        let problem = |error: EngineError| self.container_problem(&error, container);
        let old: Value = self.client.json(&containers::inspect(valid(container)?)).await.map_err(problem)?;
        let new = match self.client.json::<model::ImageInspect>(&images::inspect(image)).await {
            Ok(new) => new.id,
            // What stays of the same image in place needs none.
            Err(error) if error.is_not_found() && old["Config"]["Image"] == image => image.to_owned(),
            Err(error) if error.is_not_found() => {
                return Err(Problem::new(ProblemCode::NotFound, image, "this engine has no such image: pull it first"));
            }
            Err(error) => return Err(problem(error)),
        };
        let before: Value = self.client.json(&images::inspect(old["Image"].as_str().unwrap_or_default())).await.unwrap_or_default();
        let reference = if image.starts_with("sha256:") { new } else { image.to_owned() };
        Ok((old, before, reference))
    }

    /// What it asks of the engine where all goes well.
    pub async fn recreate_steps(&self, call: &RecreateContainer, spec: Option<&RunSpec>) -> Result<Vec<explain::Step>, Problem> {
        let name = self.container_name(&call.container);
        let [new, old] = ["new", "old"].map(|which| format!("{name}-{which}-{}", new_suffix()));
        let recreation = self.recreation(call, spec, &new).await?;
        let to = spec.map(|spec| spec.name.clone()).filter(|name| !name.is_empty()).unwrap_or_else(|| name.clone());
        let was_up = self.containers.read(|rows| rows.get(&call.container).is_some_and(|row| row.state.is_up()));
        let mut requests = vec![recreation.create];
        requests.extend(was_up.then(|| containers::stop(&name)));
        requests.extend([containers::rename(&name, &old), containers::rename(&new, &to)]);
        requests.extend(recreation.networks.iter().map(|(network, endpoint)| networks::connect_as(network, &to, endpoint)));
        requests.extend(was_up.then(|| containers::start(&to)));
        requests.push(leaving(&old, call.keep));
        Ok(requests.into_iter().map(explain::Step::from).collect())
    }
}

/// What is done with the old one, when the new one runs.
fn leaving(old: &str, keep: bool) -> Request {
    if !keep {
        // Its volumes are the new one's.
        return containers::remove(old, false, true);
    }
    // Else it would come back with the engine, and want the same ports.
    let mut policy = Map::new();
    policy.insert("RestartPolicy".to_owned(), json!({ "Name": "no", "MaximumRetryCount": 0 }));
    containers::update(old, policy)
}

fn new_suffix() -> String {
    let suffix = uuid::Uuid::new_v4().simple().to_string();
    suffix.get(..8).unwrap_or_default().to_owned()
}

struct Recreator {
    handle: Handle,
    call: RecreateContainer,
    /// What is to be otherwise.
    spec: Option<RunSpec>,
    name: String,
    was_up: bool,
}

/// What there is to go back from.
struct New {
    id: ContainerId,
    /// The old one's name while the new one has its own.
    old_name: String,
    networks: Vec<(String, Value)>,
}

impl Recreator {
    async fn run(self) -> Result<(), Problem> {
        let new = self.handle.step(StepKind::Create, self.create()).await?;
        // The end of Linkspan ends the job, and not this: it is not left half done.
        let (done, outcome) = oneshot::channel();
        let hub = self.handle.hub.clone();
        hub.jobs.afterwards(async move { drop(done.send(self.finish(new).await)) });
        outcome.await.unwrap_or_else(|_| Err(Problem::new(ProblemCode::Internal, "", "")))
    }

    async fn finish(&self, new: New) -> Result<(), Problem> {
        let Err(why) = self.replace(&new).await else {
            // The new one runs: what is left of the old one is no reason to go back.
            return self.handle.step(StepKind::Remove, self.leave_old(&new)).await;
        };
        self.go_back(&new).await.map_err(|problem| {
            let text =
                format!("{}\nThe old container could not be put back: {}\nIt is called {} now.", why.detail, problem.detail, new.old_name);
            Problem::new(ProblemCode::EngineFailed, &self.name, text)
        })?;
        self.update(|recreate| recreate.new = None);
        Err(why.with(&format!("{} is as it was before.", self.name)))
    }

    async fn create(&self) -> Result<New, Problem> {
        let hub = &self.handle.hub;
        let suffix = new_suffix();
        let recreation = hub.recreation(&self.call, self.spec.as_ref(), &format!("{}-new-{suffix}", self.name)).await?;
        let created: model::Created = hub.client.json(&recreation.create).await.map_err(|error| self.problem(&error))?;
        let id = ContainerId(created.id);
        self.update(|recreate| recreate.new = Some(id.clone()));
        Ok(New { id, old_name: format!("{}-old-{suffix}", self.name), networks: recreation.networks })
    }

    async fn replace(&self, new: &New) -> Result<(), Problem> {
        let (hub, old) = (&self.handle.hub, self.call.container.0.as_str());
        let done = async |request| hub.done(&request).await.map(drop).map_err(|error| self.problem(&error));
        self.handle
            .step(StepKind::Stop, async {
                if self.was_up {
                    done(containers::stop(old)).await?;
                }
                done(containers::rename(old, &new.old_name)).await?;
                let name = self.spec.as_ref().map(|spec| spec.name.as_str()).filter(|name| !name.is_empty()).unwrap_or(&self.name);
                done(containers::rename(&new.id.0, name)).await
            })
            .await?;
        self.handle
            .step(StepKind::Start, async {
                for (network, endpoint) in &new.networks {
                    done(networks::connect_as(network, &new.id.0, endpoint)).await?;
                }
                if self.was_up { done(containers::start(&new.id.0)).await } else { Ok(()) }
            })
            .await?;
        if !self.was_up {
            return Ok(());
        }
        let runs = async {
            tokio::select! {
                outcome = self.handle.or_cancelled(self.runs(&new.id)) => outcome,
                () = hub.jobs.shut_down.cancelled() => Err(Problem::new(ProblemCode::Interrupted, "", "")),
            }
        };
        self.handle.step(StepKind::Wait, runs).await
    }

    async fn runs(&self, id: &ContainerId) -> Result<(), Problem> {
        let hub = &self.handle.hub;
        let mut changed = hub.containers.watch();
        let begun = Instant::now();
        loop {
            let row = hub.containers.read(|rows| rows.get(id).map(|row| (row.state, row.health, row.exit_code)));
            let limit = match row {
                Some((ContainerState::Running, Health::Healthy, _)) => return Ok(()),
                Some((ContainerState::Running, Health::Unhealthy, _)) => {
                    return Err(self.does_not_run(id, "its health check failed").await);
                }
                Some((ContainerState::Running, Health::Starting, _)) => HEALTHY,
                Some((ContainerState::Exited | ContainerState::Dead | ContainerState::Restarting, _, code)) => {
                    let code = code.map_or_else(|| "?".to_owned(), |code| code.to_string());
                    return Err(self.does_not_run(id, &format!("it ended with exit code {code}")).await);
                }
                _ => SETTLED,
            };
            tokio::select! {
                _ = changed.changed() => continue,
                () = tokio::time::sleep_until(begun + limit) => {}
            }
            // The table may be behind.
            let inspect: model::ContainerInspect =
                hub.client.json(&containers::inspect(&id.0)).await.map_err(|error| self.problem(&error))?;
            let health = inspect.state.health.as_ref().map_or("none", |health| health.status.as_str());
            return match (inspect.state.status.as_str(), health, inspect.restart_count) {
                ("running", "starting", _) if begun.elapsed() < HEALTHY => {
                    tokio::time::sleep(SETTLED).await;
                    continue;
                }
                ("running", "starting", _) => Err(self.does_not_run(id, "it does not become healthy").await),
                ("running", "unhealthy", _) => Err(self.does_not_run(id, "its health check failed").await),
                ("running", _, 0) => Ok(()),
                (status, ..) => Err(self.does_not_run(id, &format!("it does not stay up: {status}")).await),
            };
        }
    }

    /// With its last words, which are gone with it.
    async fn does_not_run(&self, id: &ContainerId, why: &str) -> Problem {
        let mut bytes = Vec::new();
        if let Ok(mut log) = self.handle.hub.client.stream(&containers::logs(&id.0, Some(LINES), None, false)).await {
            while let Some(Ok(piece)) = log.next().await {
                bytes.extend_from_slice(&piece);
                if bytes.len() > READ {
                    break;
                }
            }
        }
        let mut text = Vec::new();
        // Of a terminal it comes as it is.
        if stdcopy::Decoder::default().push(&bytes, |_, line| text.extend_from_slice(line)).is_err() {
            text = bytes;
        }
        text.drain(..text.len().saturating_sub(BYTES));
        let said = String::from_utf8_lossy(&text);
        // Without the time that stands before each line.
        let said: Vec<&str> = said.lines().map(|line| line.split_once(' ').map_or(line, |(_, line)| line)).collect();
        let text = format!("{why}\n{}", said.join("\n"));
        Problem::new(ProblemCode::DoesNotRun, &self.name, text.trim_end())
    }

    /// As it was before, also when somebody has cancelled it.
    async fn go_back(&self, new: &New) -> Result<(), Problem> {
        let (hub, old) = (&self.handle.hub, self.call.container.0.as_str());
        let gone = |outcome: Result<_, EngineError>| match outcome {
            Err(error) if error.is_not_found() => Ok(()),
            outcome => outcome.map(drop),
        };
        let back = async || {
            // With the volumes that were made for it alone.
            gone(hub.client.done(&containers::remove(&new.id.0, true, true)).await)?;
            let named = hub.client.json::<model::ContainerInspect>(&containers::inspect(old)).await?.name;
            if named.trim_start_matches('/') != self.name {
                hub.client.done(&containers::rename(old, &self.name)).await?;
            }
            if self.was_up {
                hub.client.done(&containers::start(old)).await?;
            }
            Ok::<(), EngineError>(())
        };
        // Each part of it may be done twice.
        for _ in 1..TRIES {
            match back().await {
                Err(EngineError::Connect(_)) if !hub.jobs.shut_down.is_cancelled() => tokio::time::sleep(AGAIN).await,
                outcome => return outcome.map_err(|error| self.problem(&error)),
            }
        }
        back().await.map_err(|error| self.problem(&error))
    }

    async fn leave_old(&self, new: &New) -> Result<(), Problem> {
        let (hub, old) = (&self.handle.hub, self.call.container.0.as_str());
        hub.client.done(&leaving(old, self.call.keep)).await.map_err(|error| self.problem(&error))?;
        if self.call.keep {
            self.update(|recreate| recreate.kept = Some(new.old_name.clone()));
        }
        Ok(())
    }

    fn update(&self, change: impl FnOnce(&mut Recreate)) {
        self.handle.update(|work| {
            if let Work::Recreate(recreate) = work {
                change(recreate);
            }
        });
    }

    fn problem(&self, error: &EngineError) -> Problem {
        match error {
            EngineError::Refused { message, .. } if error.is_about_another(&self.call.container.0) => {
                Problem::new(ProblemCode::NeedsOther, &self.name, message)
            }
            error => self.handle.hub.problem(error, &self.name),
        }
    }
}
