//! `docker run`: pull if missing, create, start, and in the foreground wait for the end with all that is printed.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use bytes::BytesMut;
use futures_util::{FutureExt, StreamExt, future::BoxFuture};
use linkspan_docker::{ByteStream, EngineError, api, auth::Login, containers, images, model};
use linkspan_shared::{
    ids::{ContainerId, JobId, UserName},
    job::{Progress, Run, Step, StepKind, StepState, Work},
    problem::{Problem, ProblemCode},
    run::RunSpec,
    stdcopy,
    terminal::{TerminalSize, TerminalSpec},
};

use super::{
    super::{
        EngineHub, convert,
        validation::{check_reference, parse_reference},
    },
    Extras, Handle, Output,
    transfer::pull_missing,
};
use crate::{hub::terminals::Attached, owned};
use tokio_util::task::AbortOnDropHandle;

/// The output ends with the container; one that a forgotten process keeps open is not waited for for ever.
const LAST_OUTPUT: Duration = Duration::from_secs(10);

/// Of a terminal before anybody has looked at it.
const UNSEEN: TerminalSize = TerminalSize { columns: 80, rows: 24 };

type Drained = AbortOnDropHandle<Result<(), EngineError>>;

impl EngineHub {
    /// `login`: asked for only when the image has to be pulled.
    pub fn run(self: &Arc<Self>, by: UserName, spec: RunSpec, login: BoxFuture<'static, Result<Login, Problem>>) -> Result<JobId, Problem> {
        check_run(&spec)?;
        if !spec.options.platform.is_empty() && self.client.api() < api::CREATE_PLATFORM {
            let why = "another platform than the engine's own is taken since API 1.41 (Docker 20.10)";
            return Err(Problem::new(ProblemCode::TooOld, &spec.options.platform, why));
        }
        let kinds: &[StepKind] = if spec.background {
            &[StepKind::Pull, StepKind::Create, StepKind::Start]
        } else {
            &[StepKind::Pull, StepKind::Create, StepKind::Start, StepKind::Wait, StepKind::Logs]
        };
        let work = Work::Run(Run {
            image: spec.image.clone(),
            background: spec.background,
            tty: spec.tty,
            container: None,
            terminal: None,
            name: spec.name.clone(),
            steps: kinds.iter().map(|kind| Step { kind: *kind, state: StepState::Waiting, milliseconds: 0 }).collect(),
            pull: None,
            exit_code: None,
            warnings: Vec::new(),
            trouble: String::new(),
            output_dropped: 0,
            left_behind: false,
        });
        let output = (!spec.background).then(|| Arc::new(Output::new(spec.tty)));
        let extras = Extras { output: output.clone(), ..Extras::default() };
        self.start_job(by.clone(), work, extras, |handle| async move { Runner { by, handle, spec, output }.run(login).await })
    }
}

/// What no engine is asked for.
pub(super) fn check_run(spec: &RunSpec) -> Result<(), Problem> {
    check_reference(&spec.image)?;
    // The engine would repeat a value without a name in an error that everybody reads.
    for (what, pairs) in [("environment", &spec.environment), ("labels", &spec.labels)] {
        if pairs.iter().any(|(name, _)| name.is_empty() || name.contains('=')) {
            return Err(Problem::new(ProblemCode::Invalid, what, "each needs a name, and none with = in it"));
        }
    }
    Ok(())
}

struct Runner {
    by: UserName,
    handle: Handle,
    spec: RunSpec,
    output: Option<Arc<Output>>,
}

impl Runner {
    async fn run(self, login: BoxFuture<'static, Result<Login, Problem>>) -> Result<(), Problem> {
        let state = |pulled: &bool| if *pulled { StepState::Done } else { StepState::Skipped };
        self.handle.or_cancelled(self.handle.step_as(StepKind::Pull, self.pull_if_missing(login), state)).await?;
        // Not given up midway: a container that nobody knows of would stay behind.
        let container = self.handle.step(StepKind::Create, self.create()).await?;
        if self.handle.cancel.is_cancelled() {
            self.remove(&container).await;
            return Err(Problem::new(ProblemCode::Cancelled, "", ""));
        }
        match &self.output {
            None => self.start(&container).await,
            Some(output) => self.run_in_foreground(&container, output).await,
        }
    }

    async fn pull_if_missing(&self, login: BoxFuture<'static, Result<Login, Problem>>) -> Result<bool, Problem> {
        let image = &self.spec.image;
        match self.handle.hub.client.json::<model::ImageInspect>(&images::inspect(image)).await {
            Ok(_) => Ok(false),
            Err(error) if error.is_not_found() => {
                let reference = parse_reference(image)?.or_latest();
                let follow = |change: &mut dyn FnMut(&mut Progress)| self.update(|run| change(run.pull.get_or_insert_default()));
                let login = login.await?;
                self.update(|run| run.trouble.clone_from(&login.trouble));
                let pulled = pull_missing(&self.handle, &reference, &self.spec.options.platform, &login, follow).await;
                self.update(|run| run.pull.get_or_insert_default().end(pulled.is_ok()));
                pulled.map(|()| true)
            }
            Err(error) => Err(self.problem(&error)),
        }
    }

    async fn create(&self) -> Result<ContainerId, Problem> {
        let client = &self.handle.hub.client;
        let created: model::Created =
            client.json(&containers::create(&self.spec, client.api())).await.map_err(|error| self.problem(&error))?;
        let id = ContainerId(created.id);
        self.update(|run| {
            run.container = Some(id.clone());
            run.warnings = created.warnings;
        });
        if self.spec.name.is_empty()
            && let Ok(inspect) = self.handle.hub.client.json::<model::ContainerInspect>(&containers::inspect(&id.0)).await
        {
            self.update(|run| run.name = inspect.name.trim_start_matches('/').to_owned());
        }
        for join in containers::joins(&self.spec, &id.0) {
            if let Err(error) = self.handle.hub.client.done(&join).await {
                self.remove(&id).await;
                return Err(self.problem(&error));
            }
        }
        Ok(id)
    }

    /// A container that cannot start is of no use to whoever wanted it to run, and keeps its name from the next try.
    async fn start(&self, id: &ContainerId) -> Result<(), Problem> {
        let started =
            async { self.handle.hub.client.done(&containers::start(&id.0)).await.map(drop).map_err(|error| self.problem(&error)) };
        let started = self.handle.step(StepKind::Start, started).await;
        if started.is_err() {
            self.remove(id).await;
        }
        started
    }

    async fn run_in_foreground(&self, id: &ContainerId, output: &Arc<Output>) -> Result<(), Problem> {
        // Both before the start, so that not a byte and not the shortest life is missed. An engine that is too old for
        // that keeps the exit code for whoever asks later.
        let client = &self.handle.hub.client;
        let early = client.api() >= api::WAIT_CONDITION;
        let prepared = async {
            let (terminal, drained) = self.attach(id, output).await?;
            let exit = if early { Some(client.later(&containers::wait_for_next_exit(&id.0)).await?.boxed()) } else { None };
            Ok((terminal, drained, exit))
        };
        let (terminal, drained, exit) = match prepared.await {
            Ok(prepared) => prepared,
            Err(error) => {
                self.remove(id).await;
                return Err(self.problem(&error));
            }
        };
        self.start(id).await?;
        if let Some(attached) = &terminal {
            self.handle.hub.terminal_begins(&attached.terminal).await;
        }
        let exit = match exit {
            Some(exit) => exit,
            None => async { client.later(&containers::wait(&id.0)).await?.await }.boxed(),
        };
        let waited = self.handle.step(StepKind::Wait, self.wait(id, exit, terminal.as_ref())).await;
        self.handle
            .step(StepKind::Logs, async {
                match tokio::time::timeout(LAST_OUTPUT, drained).await {
                    Ok(Ok(Err(error))) => Err(self.lost(&error)),
                    _ => Ok(()),
                }
            })
            .await?;
        waited
    }

    /// Reads to its end what the container prints; into a terminal, whoever started it may type.
    async fn attach(&self, id: &ContainerId, output: &Arc<Output>) -> Result<(Option<Attached>, Drained), EngineError> {
        let hub = &self.handle.hub;
        let mut printed = Printed { output: output.clone(), handle: self.handle.clone(), told: 0 };
        if !self.spec.tty {
            return Ok((None, owned::spawn(drain(hub.client.stream(&containers::attach(&id.0)).await?, printed))));
        }
        let connection = hub.client.hijack(&containers::attach_terminal(&id.0)).await?;
        let command = match self.spec.entrypoint.iter().flatten().chain(&self.spec.command).cloned().collect::<Vec<_>>() {
            none if none.is_empty() => vec![self.spec.image.clone()],
            command => command,
        };
        let (user, working_dir) = (self.spec.user.clone(), self.spec.working_dir.clone());
        let spec = TerminalSpec { container: id.clone(), command, user, working_dir, size: UNSEEN };
        let printed = move |bytes: &[u8]| printed.push(bytes);
        let (attached, pumping) = hub.attach_terminal(self.by.clone(), spec, connection, output.clone(), printed);
        self.update(|run| run.terminal = Some(attached.terminal.id.clone()));
        Ok((Some(attached), owned::spawn(pumping.map(Ok))))
    }

    async fn wait(
        &self,
        id: &ContainerId,
        mut exit: BoxFuture<'_, Result<model::Waited, EngineError>>,
        terminal: Option<&Attached>,
    ) -> Result<(), Problem> {
        let waited = tokio::select! {
            waited = self.handle.hub.unless_lost(&mut exit) => waited,
            () = self.handle.cancel.cancelled() => {
                // Like Ctrl-C at `docker run`: the container is asked to end, and what it says of it is still shown.
                if let Err(error) = self.handle.hub.done(&containers::stop(&id.0)).await && !error.is_not_found() {
                    return Err(self.problem(&error));
                }
                if let Ok(Ok(waited)) = tokio::time::timeout(LAST_OUTPUT, &mut exit).await {
                    self.update(|run| run.exit_code = Some(waited.status_code));
                }
                if self.handle.remove.load(Ordering::Relaxed) {
                    self.remove(id).await;
                } else {
                    let stays = !self.spec.auto_remove;
                    self.update(|run| run.left_behind = stays);
                }
                return Err(Problem::new(ProblemCode::Cancelled, "", ""));
            }
        };
        let waited = waited.map_err(|error| self.lost(&error))?;
        terminal.iter().for_each(|attached| attached.exited(waited.status_code));
        self.update(|run| {
            run.exit_code = Some(waited.status_code);
            run.warnings.extend(waited.error.map(|error| error.message));
        });
        Ok(())
    }

    async fn remove(&self, id: &ContainerId) {
        let removed = self.handle.hub.client.done(&containers::remove(&id.0, true, true)).await;
        let gone = match &removed {
            Ok(_) => true,
            // The engine's own removal (`--rm`) came first.
            Err(EngineError::Refused { status, .. }) => {
                matches!(status.as_u16(), 404 | 409) && self.spec.auto_remove || status.as_u16() == 404
            }
            Err(_) => false,
        };
        self.update(|run| {
            run.left_behind = !gone;
            if gone {
                run.container = None;
            }
        });
    }

    fn update(&self, change: impl FnOnce(&mut Run)) {
        self.handle.update(|work| {
            if let Work::Run(run) = work {
                change(run);
            }
        });
    }

    /// After the start: the container goes on without this job.
    fn lost(&self, error: &EngineError) -> Problem {
        if matches!(error, EngineError::Connect(_)) {
            self.update(|run| run.left_behind = true);
        }
        self.problem(error)
    }

    fn problem(&self, error: &EngineError) -> Problem {
        let subject = if self.spec.name.is_empty() { &self.spec.image } else { &self.spec.name };
        match error {
            EngineError::Refused { .. } => convert::problem(error, subject),
            error => self.handle.hub.problem(error, subject),
        }
    }
}

/// Reads an attach stream to its end, whoever watches: one that nobody reads can block the container itself.
async fn drain(mut attached: ByteStream, mut printed: Printed) -> Result<(), EngineError> {
    let mut decoder = stdcopy::Decoder::default();
    while let Some(chunk) = attached.next().await {
        let mut whole = BytesMut::new();
        decoder
            .push(&chunk?, |stream, payload| {
                whole.extend_from_slice(&stdcopy::header(stream, payload.len()));
                whole.extend_from_slice(payload);
            })
            .map_err(|_| EngineError::Malformed("the output is not in the multiplexed format".into()))?;
        if !whole.is_empty() {
            printed.push(&whole);
        }
    }
    Ok(())
}

/// Where the output goes; the job tells how much of it was too much.
struct Printed {
    output: Arc<Output>,
    handle: Handle,
    told: u64,
}

impl Printed {
    fn push(&mut self, records: &[u8]) {
        let dropped = self.output.push(records);
        if dropped > self.told {
            self.told = dropped;
            self.handle.update(|work| {
                if let Work::Run(run) = work {
                    run.output_dropped = dropped;
                }
            });
        }
    }
}
