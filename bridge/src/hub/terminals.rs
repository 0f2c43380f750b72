//! Terminals inside containers, for the one person who opened them. Most are an exec with a terminal each: one that nobody
//! looks at for [`UNWATCHED_SECONDS`] is hung up; until then its output is kept, so that a reload goes on where it was. That of
//! a container which somebody runs in the foreground is attached to its main process, and ends with it.
//!
//! [`UNWATCHED_SECONDS`]: linkspan_shared::terminal::UNWATCHED_SECONDS

mod attached;
mod pump;
mod sharing;

pub use attached::Attached;
pub use sharing::Looking;

use std::{collections::HashMap, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use hyper::{StatusCode, upgrade::Upgraded};
use hyper_util::rt::TokioIo;
use linkspan_shared::{
    ids::{ContainerId, TerminalId, UserName},
    problem::{Problem, ProblemCode},
    terminal::{Shells, TerminalInfo, TerminalSize, TerminalSpec, TerminalState},
    time::Timestamp,
};
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::{mpsc, watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use sharing::Sharing;

use super::{EngineHub, jobs::Output, now, validation::valid};
use crate::shares::{Share, Shares};
use linkspan_docker::{EngineError, containers, exec, model};

/// Bytes of output that wait for somebody to come back.
const KEPT: usize = 1 << 20;
/// Pieces of input that wait for the engine; then whoever types waits.
const INPUT: usize = 16;
/// Terminals of one person on one engine.
const TERMINALS: usize = 16;
/// What somebody may type as a command.
const COMMAND: usize = 4 << 10;

/// The most comfortable first.
const SHELLS: &[&str] = &["bash", "zsh", "fish", "ash", "sh"];
/// Where they usually are.
const FOLDERS: &[&str] = &["/bin", "/usr/bin", "/busybox"];
/// What an engine gives to a program where the image says nothing.
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// Folders of a `PATH`; more is nobody's.
const PATH: usize = 16;
/// Looks into a container at once.
const LOOKS: usize = 8;

pub struct Terminals {
    list: Mutex<HashMap<TerminalId, Arc<Terminal>>>,
    rooms: Arc<Shares<UserName>>,
    tasks: TaskTracker,
}

impl Default for Terminals {
    fn default() -> Self {
        Self { list: Mutex::default(), rooms: Shares::new(TERMINALS), tasks: TaskTracker::new() }
    }
}

pub struct Terminal {
    pub id: TerminalId,
    pub spec: TerminalSpec,
    pub owner: UserName,
    started: Timestamp,
    process: Process,
    pub output: Arc<Output>,
    input: mpsc::Sender<Bytes>,
    /// How many look at it.
    watchers: watch::Sender<usize>,
    /// How many bytes of the output whoever is furthest has taken.
    taken: watch::Sender<u64>,
    state: Mutex<TerminalState>,
    size: Mutex<TerminalSize>,
    /// Its program has begun, and knows the size: what is typed goes there from now on.
    begun: CancellationToken,
    /// Its owner, or the end of everything, hangs up.
    hang_up: CancellationToken,
    sharing: Sharing,
}

/// What a terminal is of.
enum Process {
    /// One beside the container's own.
    Exec(Exec),
    /// The container's own, of a run: that sees to its end.
    Main,
    /// The container's own, while it runs. Letting go leaves it as it is.
    Joined { takes_input: bool },
}

/// A process beside the container's own.
struct Exec {
    id: String,
    /// In the container: what it was begun by, and is hung up by.
    shell: Option<String>,
    /// It waits for a line end before it begins the command.
    waits: bool,
}

/// Somebody looks at it until this is dropped.
pub struct Watching(Arc<Terminal>);

impl Drop for Watching {
    fn drop(&mut self) {
        self.0.watchers.send_modify(|watchers| *watchers -= 1);
    }
}

impl Terminal {
    /// With what is typed into it.
    fn new(
        owner: UserName,
        spec: TerminalSpec,
        process: Process,
        output: Arc<Output>,
        hang_up: CancellationToken,
    ) -> (Arc<Self>, mpsc::Receiver<Bytes>) {
        let (input, typed) = mpsc::channel(INPUT);
        let terminal = Self {
            id: TerminalId(uuid::Uuid::new_v4().to_string()),
            owner,
            started: now(),
            process,
            output,
            input,
            watchers: watch::Sender::new(0),
            taken: watch::Sender::new(0),
            state: Mutex::new(TerminalState::Running),
            size: Mutex::new(spec.size),
            begun: CancellationToken::new(),
            hang_up,
            sharing: Sharing::default(),
            spec,
        };
        (Arc::new(terminal), typed)
    }

    pub fn watch(self: &Arc<Self>) -> Watching {
        self.watchers.send_modify(|watchers| *watchers += 1);
        Watching(self.clone())
    }

    /// Waits until the program has read what came before. `false`: it has ended.
    pub async fn write(&self, bytes: Bytes) -> bool {
        self.is_read_only() || self.input.send(bytes).await.is_ok()
    }

    fn exec(&self) -> Option<&Exec> {
        if let Process::Exec(exec) = &self.process { Some(exec) } else { None }
    }

    pub fn is_running(&self) -> bool {
        *self.state.lock() == TerminalState::Running
    }

    fn is_read_only(&self) -> bool {
        matches!(self.process, Process::Joined { takes_input: false })
    }

    /// Of the output, so many bytes are on their way to the browser.
    pub fn took(&self, offset: u64) {
        self.taken.send_if_modified(|taken| {
            let more = offset > *taken;
            if more {
                *taken = offset;
            }
            more
        });
    }

    /// So many bytes of the output somebody has been shown.
    pub fn taken(&self) -> u64 {
        *self.taken.borrow()
    }

    fn info(&self) -> TerminalInfo {
        TerminalInfo {
            id: self.id.clone(),
            command: self.spec.command.clone(),
            user: self.spec.user.clone(),
            is_attached: self.exec().is_none(),
            is_read_only: self.is_read_only(),
            can_end: !matches!(self.process, Process::Main),
            started: self.started,
            size: *self.size.lock(),
            can_hang_up: self.exec().is_some_and(|exec| exec.shell.is_some()),
            state: *self.state.lock(),
        }
    }
}

impl Terminals {
    /// Only to whoever opened it.
    pub fn get(&self, id: &TerminalId, user: &UserName) -> Result<Arc<Terminal>, Problem> {
        let found = self.lock().get(id).filter(|terminal| terminal.owner == *user).cloned();
        found.ok_or_else(|| Problem::new(ProblemCode::NotFound, id.as_str(), "no such terminal"))
    }

    pub fn list(&self, container: &ContainerId, user: &UserName) -> Vec<TerminalInfo> {
        let is_meant = |terminal: &&Arc<Terminal>| terminal.spec.container == *container && terminal.owner == *user;
        let mut list: Vec<TerminalInfo> = self.lock().values().filter(is_meant).map(|terminal| terminal.info()).collect();
        list.sort_by(|a, b| (a.started, &a.id).cmp(&(b.started, &b.id)));
        list
    }

    pub fn end(&self, id: &TerminalId, user: &UserName) -> Result<(), Problem> {
        let terminal = self.get(id, user)?;
        if matches!(terminal.process, Process::Main) {
            return Err(Problem::new(ProblemCode::Conflict, id.as_str(), "it ends with its container"));
        }
        terminal.hang_up.cancel();
        Ok(())
    }

    /// Hangs all up and waits for it.
    pub async fn ended(&self) {
        self.lock().values().for_each(|terminal| terminal.hang_up.cancel());
        self.tasks.close();
        self.tasks.wait().await;
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TerminalId, Arc<Terminal>>> {
        self.list.lock()
    }
}

impl EngineHub {
    pub async fn shells(&self, container: &ContainerId) -> Result<Shells, Problem> {
        let id = valid(container)?;
        let problem = |error: EngineError| self.problem(&error, &self.container_name(container));
        let inspect: model::ContainerInspect = self.client.json(&containers::inspect(id)).await.map_err(problem)?;
        let path = inspect.config.env.iter().find_map(|variable| variable.strip_prefix("PATH=")).unwrap_or(DEFAULT_PATH);
        let along = path.split(':').map(|folder| folder.trim_end_matches('/')).filter(|folder| folder.starts_with('/')).take(PATH);
        let mut folders: Vec<String> = Vec::new();
        for folder in FOLDERS.iter().copied().chain(along) {
            if !folders.iter().any(|known| known == folder) {
                folders.push(folder.to_owned());
            }
        }
        let looked = SHELLS.iter().flat_map(|shell| folders.iter().map(move |folder| format!("{folder}/{shell}")));
        let looked: Vec<String> = looked.collect();
        let look = |path: String| async move {
            let answer = self.client.path_stat(&containers::stat(id, &path)).await;
            (path, answer)
        };
        let mut answers = stream::iter(looked).map(look).buffered(LOOKS);
        let mut found: Vec<String> = Vec::new();
        let mut failed = None;
        while let Some((path, answer)) = answers.next().await {
            match answer {
                Ok(stat) if stat.is_folder() => {}
                // The same one by two names is one.
                Ok(_) if found.iter().any(|known| name_of(known) == name_of(&path)) => {}
                Ok(_) => found.push(path),
                // Also of a container that is gone: opening one says so.
                Err(EngineError::Refused { status: StatusCode::NOT_FOUND | StatusCode::BAD_REQUEST, .. }) => {}
                // A file where a folder is looked for, say: an engine that fails at one path knows the others.
                Err(error @ EngineError::Refused { .. }) => failed = Some(error),
                Err(error) => return Err(problem(error)),
            }
        }
        drop(answers);
        match failed {
            Some(error) if found.is_empty() => Err(problem(error)),
            _ => Ok(Shells { found, folders, has_terminal: inspect.config.tty }),
        }
    }

    /// Also when whoever asks for it is gone before the answer: then it is hung up as any that nobody looks at.
    pub async fn open_terminal(self: &Arc<Self>, owner: UserName, spec: TerminalSpec) -> Result<TerminalId, Problem> {
        let hub = self.clone();
        let opened = self.terminals.tasks.spawn(async move { hub.begin_terminal(owner, spec).await });
        opened.await.unwrap_or_else(|_| Err(Problem::new(ProblemCode::Internal, "", "")))
    }

    /// The terminal of a container's main process, from now on. Without `input` nothing that is typed reaches it.
    pub async fn join_terminal(
        self: &Arc<Self>,
        owner: UserName,
        container: ContainerId,
        size: TerminalSize,
        input: bool,
    ) -> Result<TerminalId, Problem> {
        let hub = self.clone();
        let joined = self.terminals.tasks.spawn(async move { hub.begin_joined(owner, container, size, input).await });
        joined.await.unwrap_or_else(|_| Err(Problem::new(ProblemCode::Internal, "", "")))
    }

    async fn begin_joined(
        self: Arc<Self>,
        owner: UserName,
        container: ContainerId,
        size: TerminalSize,
        input: bool,
    ) -> Result<TerminalId, Problem> {
        let id = valid(&container)?;
        let name = self.container_name(&container);
        let room = self.terminal_room(&owner)?;
        let problem = |error: EngineError| self.problem(&error, &name);
        let inspect: model::ContainerInspect = self.client.json(&containers::inspect(id)).await.map_err(problem)?;
        if !inspect.config.tty {
            let why = "its main process has no terminal: it was made without --tty, and what it prints is in its log";
            return Err(Problem::new(ProblemCode::Conflict, name, why));
        }
        let request = if input { containers::attach_terminal(id) } else { containers::attach(id) };
        let connection = self.client.hijack(&request).await.map_err(problem)?;
        let command = inspect.config.entrypoint.into_iter().chain(inspect.config.cmd).collect();
        let (user, working_dir) = (inspect.config.user, inspect.config.working_dir);
        let spec = TerminalSpec { container, command, user, working_dir, size: clamped(size) };
        let output = Arc::new(Output::keeping(true, KEPT));
        let (terminal, typed) = Terminal::new(owner, spec, Process::Joined { takes_input: input }, output, self.stop.child_token());
        tracing::info!(user = %terminal.owner, container = %name, input, "attached to a container's terminal");
        self.terminals.lock().insert(terminal.id.clone(), terminal.clone());
        let id = terminal.id.clone();
        self.terminal_begins(&terminal).await;
        let hub = self.clone();
        let told = self.tell_of_terminal(&terminal);
        self.terminals.tasks.spawn(async move {
            pump::run(&hub, &terminal, connection, typed, |bytes| _ = terminal.output.push(bytes)).await;
            drop((room, told));
            hub.forget_terminal(&terminal.id).await;
        });
        Ok(id)
    }

    /// Kept while it is open.
    fn terminal_room(&self, owner: &UserName) -> Result<Share<UserName>, Problem> {
        let refusal = || Problem::new(ProblemCode::TooMany, "terminals", format!("{TERMINALS} are open"));
        self.terminals.rooms.take(owner).ok_or_else(refusal)
    }

    async fn begin_terminal(self: Arc<Self>, owner: UserName, mut spec: TerminalSpec) -> Result<TerminalId, Problem> {
        let container = valid(&spec.container)?;
        let name = self.container_name(&spec.container);
        if spec.command.is_empty() || spec.command.iter().map(String::len).sum::<usize>() > COMMAND {
            return Err(Problem::new(ProblemCode::Invalid, name, "a terminal needs a command"));
        }
        let room = self.terminal_room(&owner)?;
        let problem = |error: EngineError| self.problem(&error, &name);
        // Without a shell there is nothing that could say its process id, or hang it up.
        let shell = match self.done(&containers::stat(container, pump::SHELL)).await {
            Ok(_) => Some(pump::SHELL.to_owned()),
            Err(_) => spec.command.first().filter(|command| is_shell(command)).cloned(),
        };
        // An engine that begins it with some size is told the right one before the command begins.
        let waits = shell.is_some() && !exec::takes_size(self.client.api());
        let command = pump::wrapped(shell.as_deref(), &spec.command, waits);
        let create = exec::create(container, &command, &spec.user, &spec.working_dir, true);
        let created: model::ExecCreated = self.client.json(&create).await.map_err(problem)?;
        spec.size = clamped(spec.size);
        let size = spec.size;
        let connection = self.client.hijack(&exec::start_terminal(&created.id, size, self.client.api())).await.map_err(problem)?;
        let exec = Exec { id: created.id, shell, waits };
        let output = Arc::new(Output::keeping(true, KEPT));
        let (terminal, typed) = Terminal::new(owner, spec, Process::Exec(exec), output, self.stop.child_token());
        // The first word alone: what follows may be a password.
        tracing::info!(user = %terminal.owner, container = %name, command = ?terminal.spec.command.first(), "terminal opened");
        self.terminals.lock().insert(terminal.id.clone(), terminal.clone());
        let id = terminal.id.clone();
        let hub = self.clone();
        let pumped = terminal.clone();
        let told = self.tell_of_terminal(&terminal);
        self.terminals.tasks.spawn(async move {
            pump::run(&hub, &pumped, connection, typed, |bytes| _ = pumped.output.push(bytes)).await;
            drop((room, told));
            hub.forget_terminal(&pumped.id).await;
        });
        if !waits {
            if !exec::takes_size(self.client.api()) {
                self.resize_terminal(&terminal, size).await.ok();
            }
            terminal.begun.cancel();
        }
        Ok(id)
    }

    /// Its last words wait for whoever comes back.
    async fn forget_terminal(&self, id: &TerminalId) {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(linkspan_shared::terminal::UNWATCHED_SECONDS)) => {}
            () = self.stop.cancelled() => {}
        }
        self.terminals.lock().remove(id);
    }

    /// The terminal of a container's main process, by a connection from before its start: what it prints goes to `printed` as
    /// long as the future of the answer is awaited.
    pub fn attach_terminal(
        self: &Arc<Self>,
        owner: UserName,
        spec: TerminalSpec,
        connection: TokioIo<Upgraded>,
        output: Arc<Output>,
        printed: impl FnMut(&[u8]) + Send + 'static,
    ) -> (Attached, impl Future<Output = ()> + Send + 'static) {
        let (terminal, typed) = Terminal::new(owner, spec, Process::Main, output, self.stop.child_token());
        self.terminals.lock().insert(terminal.id.clone(), terminal.clone());
        let (hub, pumped) = (self.clone(), terminal.clone());
        let pumping = async move { pump::run(&hub, &pumped, connection, typed, printed).await };
        (Attached { hub: self.clone(), terminal }, pumping)
    }

    /// Tells a program that begins now how large its terminal has become before.
    pub async fn terminal_begins(&self, terminal: &Terminal) {
        let size = *terminal.size.lock();
        self.resize_terminal(terminal, size).await.ok();
        terminal.begun.cancel();
    }

    pub async fn resize_terminal(&self, terminal: &Terminal, size: TerminalSize) -> Result<(), Problem> {
        let size = clamped(size);
        *terminal.size.lock() = size;
        terminal.tell_shared();
        let resize = match &terminal.process {
            Process::Exec(exec) => exec::resize(&exec.id, size),
            // Whoever only looks changes nothing.
            Process::Joined { takes_input: false } => return Ok(()),
            Process::Main | Process::Joined { .. } => containers::resize(&terminal.spec.container.0, size),
        };
        match self.done(&resize).await {
            Ok(_) => Ok(()),
            // It has not begun yet, or has ended meanwhile: there is nothing to be resized.
            Err(EngineError::Refused { .. }) => Ok(()),
            Err(error) => Err(self.problem(&error, &self.container_name(&terminal.spec.container))),
        }
    }
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn is_shell(command: &str) -> bool {
    SHELLS.contains(&name_of(command))
}

fn clamped(size: TerminalSize) -> TerminalSize {
    TerminalSize { columns: size.columns.clamp(2, 1_000), rows: size.rows.clamp(1, 1_000) }
}
