//! One connection of one browser: its calls, its channels, its outbox.
//!
//! Everything that a connection does is a task of its own [`JoinSet`]; when the connection ends, so do they. The
//! transport is any sink and stream of [`Wire`] messages, so that no test needs a network.

mod accounts;
mod calls;
mod channels;
pub mod concern;
mod frames;
mod noted;
mod plan;
mod window;

use std::{collections::HashMap, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::{FutureExt, Sink, SinkExt, Stream, StreamExt};
use linkspan_shared::{
    channel::{ChannelSpec, Resume},
    control::{ClientMessage, Hello, MAX_CALLS, MAX_CHANNELS, PING_SECONDS, ServerMessage},
    frame,
    ids::{ChannelId, EngineId, RequestId},
    json::Json,
    problem::{Problem, ProblemCode},
    user::User,
};
use tokio::{
    sync::{
        OwnedSemaphorePermit,
        mpsc::{self, error::TrySendError},
    },
    task::{AbortHandle, JoinSet},
};
use tokio_util::sync::CancellationToken;

use crate::{
    access::Access,
    actions::Actions,
    credentials::Credentials,
    fleet::Fleet,
    hub::{EngineHub, Hub, now, people::Presence},
    owned,
    policy::Reach,
    shares::Budget,
    webhooks::Webhooks,
};
use window::Window;

/// Text frames that wait for the network. When it is full, whoever wants to send waits: state channels then coalesce.
const TEXTS_WAITING: usize = 16;
/// Binary frames that wait; each is at most a batch of a log. Text goes first.
const BULK_WAITING: usize = 4;

/// Frames that somebody typed and nobody has taken yet, see [`Session::type_into`].
const INPUT_WAITING: usize = 64;
/// Bytes of one of them.
const INPUT_BYTES: usize = 64 << 10;

/// A browser that takes nothing for as long is gone, whatever its connection says.
const STUCK: Duration = Duration::from_secs(PING_SECONDS * 3);

/// A message of the transport.
#[derive(Debug)]
pub enum Wire {
    Text(String),
    Binary(Bytes),
    /// Asks the other side's transport for a sign of life.
    Ping,
    /// Any sign of life that carries nothing.
    Other,
}

/// What one connection works for.
#[derive(Clone)]
pub struct Context {
    pub hub: Arc<Hub>,
    pub fleet: Arc<Fleet>,
    pub credentials: Arc<Credentials>,
    pub actions: Arc<Actions>,
    pub webhooks: Arc<Webhooks>,
    pub access: Arc<Access>,
    /// Who gives roles.
    pub administrators: Vec<String>,
    /// Of all that this person has open.
    pub budget: Arc<Budget>,
    pub user: User,
    /// From where.
    pub address: String,
    /// By a personal token, which makes no other ones.
    pub by_token: bool,
    pub build: String,
}

/// A call or channel on one engine.
#[derive(Clone)]
struct Target {
    /// On behalf of whoever asks.
    engine: Arc<EngineHub>,
    reach: Reach,
    context: Context,
    presence: Arc<Presence>,
}

/// Where tasks put what the browser is to be told.
#[derive(Clone)]
struct Outbox {
    texts: mpsc::Sender<Text>,
    bulk: mpsc::Sender<Wire>,
    budget: Arc<Budget>,
}

/// A text that waits for the network, and the room that it takes.
struct Text {
    text: String,
    _room: OwnedSemaphorePermit,
}

impl Outbox {
    /// Waits for room. `false`: the connection has ended.
    async fn text(&self, message: &ServerMessage) -> bool {
        match self.place().await {
            Some(place) => self.put(place, message).await,
            None => false,
        }
    }

    /// Ends when there is a place for a text, before anything is made for it: whoever takes nothing costs nothing more. `None`: the
    /// connection has ended.
    async fn place(&self) -> Option<mpsc::Permit<'_, Text>> {
        self.texts.reserve().await.ok()
    }

    /// Waits for what this person's connections take already.
    async fn put(&self, place: mpsc::Permit<'_, Text>, message: &ServerMessage) -> bool {
        let text = match serde_json::to_string(message) {
            Ok(text) => text,
            Err(error) => {
                tracing::error!(%error, "a message cannot be written");
                return false;
            }
        };
        let Some(room) = self.budget.bytes(text.len()).await else { return false };
        place.send(Text { text, _room: room });
        true
    }

    async fn binary(&self, frame: Bytes) -> bool {
        self.bulk.send(Wire::Binary(frame)).await.is_ok()
    }

    /// A text that must not overtake the binary frames before it.
    async fn text_after_binaries(&self, message: &ServerMessage) -> bool {
        match serde_json::to_string(message) {
            Ok(text) => self.bulk.send(Wire::Text(text)).await.is_ok(),
            Err(_) => false,
        }
    }
}

/// Serves a connection until it ends or `stop` is cancelled.
pub async fn serve<T, E>(transport: T, context: Context, stop: CancellationToken)
where
    T: Stream<Item = Result<Wire, E>> + Sink<Wire> + Send + Unpin + 'static,
{
    let (sink, stream) = transport.split();
    let (texts, texts_waiting) = mpsc::channel(TEXTS_WAITING);
    let (bulk, bulk_waiting) = mpsc::channel(BULK_WAITING);
    let mut writer = owned::spawn(write(sink, texts_waiting, bulk_waiting));
    let presence = Arc::new(context.hub.people.enter(&context.user.name));
    let budget = context.budget.clone();
    let session = Session {
        context,
        presence,
        outbox: Outbox { texts, bulk, budget: budget.clone() },
        tasks: JoinSet::new(),
        calls: 0,
        channels: HashMap::new(),
    };
    tokio::select! {
        () = session.run(stream, stop) => {}
        // It gave up: the browser takes nothing any more.
        _ = &mut writer => return,
    }
    // The session dropped its outbox: the writer sends what is left and ends, unless the browser has stopped reading.
    if tokio::time::timeout(Duration::from_secs(1), writer).await.is_err() {
        tracing::debug!("a browser did not take its last messages");
    }
}

/// Text before bytes: a flood of log lines must not delay a click's answer.
async fn write<S: Sink<Wire> + Unpin>(mut sink: S, mut texts: mpsc::Receiver<Text>, mut bulk: mpsc::Receiver<Wire>) {
    let mut ping = tokio::time::interval(Duration::from_secs(PING_SECONDS));
    loop {
        // Kept until the network has taken it.
        let mut room = None;
        let wire = tokio::select! {
            biased;
            text = texts.recv() => match text {
                Some(Text { text, _room }) => {
                    room = Some(_room);
                    Wire::Text(text)
                }
                // The session has ended.
                None => break,
            },
            Some(wire) = bulk.recv() => wire,
            _ = ping.tick() => Wire::Ping,
        };
        if !matches!(tokio::time::timeout(STUCK, sink.send(wire)).await, Ok(Ok(()))) {
            return;
        }
        drop(room);
    }
    let _ = sink.close().await;
}

/// A mistake of this program is one refusal, not a silence.
async fn contained<T>(work: impl Future<Output = T>) -> Result<T, Problem> {
    AssertUnwindSafe(work).catch_unwind().await.map_err(|_| Problem::new(ProblemCode::Internal, "", ""))
}

struct Session {
    context: Context,
    presence: Arc<Presence>,
    outbox: Outbox,
    tasks: JoinSet<Ended>,
    calls: usize,
    channels: HashMap<ChannelId, OpenChannel>,
}

struct OpenChannel {
    task: AbortHandle,
    window: Arc<Window>,
    input: mpsc::Sender<Bytes>,
}

/// A task says what it was when it ends.
enum Ended {
    Call,
    Channel(ChannelId),
}

impl Session {
    async fn run<E>(mut self, mut stream: impl Stream<Item = Result<Wire, E>> + Unpin, stop: CancellationToken) {
        let hello = ServerMessage::Hello(Hello {
            build: self.context.build.clone(),
            user: self.context.user.clone(),
            administrators: self.context.administrators.clone(),
            engines: self.context.hub.ids_for(&self.context.user),
            now: now(),
            unrecorded: self.context.hub.activity.unrecorded(),
        });
        self.outbox.text(&hello).await;
        let silence = Duration::from_secs(PING_SECONDS * 3);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                received = tokio::time::timeout(silence, stream.next()) => match received {
                    Ok(Some(Ok(Wire::Text(text)))) => tokio::select! {
                        () = self.receive(&text) => {}
                        () = stop.cancelled() => return,
                    },
                    Ok(Some(Ok(Wire::Binary(frame)))) => tokio::select! {
                        () = self.type_into(&frame) => {}
                        () = stop.cancelled() => return,
                    },
                    Ok(Some(Ok(_))) => {}
                    Ok(Some(Err(_)) | None) | Err(_) => return,
                },
                Some(ended) = self.tasks.join_next_with_id() => match ended {
                    Ok((_, Ended::Call)) => self.calls -= 1,
                    // The browser may have closed it and opened another one under the same id.
                    Ok((task, Ended::Channel(id))) => {
                        if self.channels.get(&id).is_some_and(|open| open.task.id() == task) {
                            self.channels.remove(&id);
                        }
                    }
                    // Only channels are ever aborted, and those were taken off the list before.
                    Err(_) => {}
                },
            }
        }
    }

    async fn receive(&mut self, text: &str) {
        match serde_json::from_str(text) {
            Ok(ClientMessage::Call { id, call, .. }) if text.len() > calls::SHORT && !calls::LONG.contains(&call.as_str()) => {
                let why = format!("a call of this kind has at most {} KiB", calls::SHORT >> 10);
                let problem = Problem::new(ProblemCode::BadRequest, call, why);
                self.outbox.text(&ServerMessage::Refusal { id, problem }).await;
            }
            Ok(ClientMessage::Call { id, engine, call, arguments }) => self.call(id, engine, call, arguments).await,
            Ok(ClientMessage::Open { channel, engine, spec, resume }) => self.open(channel, engine, spec, resume).await,
            Ok(ClientMessage::Close { channel }) => {
                if let Some(open) = self.channels.remove(&channel) {
                    open.task.abort();
                }
            }
            Ok(ClientMessage::Acknowledge { channel, bytes }) => {
                if let Some(open) = self.channels.get(&channel) {
                    open.window.acknowledge(bytes);
                }
            }
            Ok(ClientMessage::Ping) => {
                let unrecorded = self.context.hub.activity.unrecorded();
                self.outbox.text(&ServerMessage::Pong { now: now(), unrecorded }).await;
            }
            Err(error) => self.complain(text, &error).await,
        }
    }

    /// Answers what cannot be read as well as it can be told what it was about.
    async fn complain(&self, text: &str, error: &serde_json::Error) {
        let problem = Problem::new(ProblemCode::ProtocolViolation, "", error.to_string());
        let id = |kind: &str, field: &str| -> Option<u32> {
            let message: serde_json::Value = serde_json::from_str(text).ok()?;
            u32::try_from(message.get(kind)?.get(field)?.as_u64()?).ok()
        };
        // Not what it sent: that may hold a password.
        tracing::debug!(kind = ?error.classify(), "a browser sent something unreadable");
        if let Some(id) = id("call", "id") {
            self.outbox.text(&ServerMessage::Refusal { id: RequestId(id), problem }).await;
        } else if let Some(channel) = id("open", "channel") {
            self.outbox.text(&ServerMessage::Closed { channel: ChannelId(channel), problem }).await;
        }
    }

    async fn call(&mut self, id: RequestId, engine: EngineId, call: String, arguments: Json) {
        let refusal = if self.calls >= MAX_CALLS {
            Err(Problem::new(ProblemCode::TooMany, "calls", format!("{MAX_CALLS} are under way")))
        } else {
            self.target(&engine)
        };
        let target = match refusal {
            Ok(target) => target,
            Err(problem) => {
                self.outbox.text(&ServerMessage::Refusal { id, problem }).await;
                return;
            }
        };
        self.calls += 1;
        let outbox = self.outbox.clone();
        let budget = self.context.budget.clone();
        self.tasks.spawn(async move {
            let is_look = noted::LOOKS.contains(&call.as_str());
            let turn = if is_look { budget.look(&target.engine.id).await } else { budget.call().await };
            // What changes something is done to its end, and recorded, also when the browser has gone.
            let hub = target.context.hub.clone();
            let done = contained(async move {
                // As long as it is done, whoever waits for it, and until its answer has a place.
                (calls::carry_out(&call, arguments, target).await, turn)
            });
            let done = if is_look {
                done.await
            } else {
                hub.finish(done).await.unwrap_or_else(|| Err(Problem::new(ProblemCode::Internal, "", "")))
            };
            let (outcome, _turn) = match done {
                Ok((outcome, turn)) => (outcome, Some(turn)),
                Err(problem) => (Err(problem), None),
            };
            let answer = match outcome {
                Ok(output) => ServerMessage::Reply { id, output },
                Err(problem) => ServerMessage::Refusal { id, problem },
            };
            outbox.text(&answer).await;
            Ended::Call
        });
    }

    /// What somebody types into a terminal. More than its program reads ends the channel: the rest would be lost.
    async fn type_into(&mut self, frame: &Bytes) {
        let Some((id, frame::Tag::Raw, payload)) = frame::parse(frame) else { return };
        let Some(open) = self.channels.get(&id) else { return };
        let is_too_long = payload.len() > INPUT_BYTES;
        if is_too_long || matches!(open.input.try_send(frame.slice_ref(payload)), Err(TrySendError::Full(_))) {
            open.task.abort();
            self.channels.remove(&id);
            let problem = Problem::new(ProblemCode::TooMany, "input", "the program does not read as fast as it is typed");
            self.outbox.text(&ServerMessage::Closed { channel: id, problem }).await;
        }
    }

    async fn open(&mut self, id: ChannelId, engine: EngineId, spec: ChannelSpec, resume: Option<Resume>) {
        let target = if self.channels.contains_key(&id) {
            Err(Problem::new(ProblemCode::ProtocolViolation, "channel", "this id is in use"))
        } else if self.channels.len() >= MAX_CHANNELS {
            Err(Problem::new(ProblemCode::TooMany, "channels", format!("{MAX_CHANNELS} are open")))
        } else {
            self.target(&engine).and_then(|target| {
                let (role, concern) = concern::of_channel(&spec);
                target.reach.authorise(role, &concern).map(|()| target)
            })
        };
        let target = match target {
            Ok(target) => target,
            Err(problem) => {
                self.outbox.text(&ServerMessage::Closed { channel: id, problem }).await;
                return;
            }
        };
        let window = Arc::new(Window::default());
        let outbox = self.outbox.clone();
        // Nothing else takes input.
        let waiting = if matches!(spec, ChannelSpec::Terminal { .. }) { INPUT_WAITING } else { 1 };
        let (input, typed) = mpsc::channel(waiting);
        let channel = channels::Channel { id, target, outbox: self.outbox.clone(), window: window.clone(), input: typed.into() };
        let task = self.tasks.spawn(async move {
            if let Err(problem) = contained(channel.run(spec, resume)).await {
                outbox.text(&ServerMessage::Closed { channel: id, problem }).await;
            }
            Ended::Channel(id)
        });
        self.channels.insert(id, OpenChannel { task, window, input });
    }

    /// An engine on which there is nothing for somebody is none for them.
    fn target(&self, engine: &EngineId) -> Result<Target, Problem> {
        let reach = self.context.hub.engine(engine).and_then(|hub| Reach::new(self.context.user.clone(), hub));
        let reach = reach.ok_or_else(|| Problem::new(ProblemCode::NotFound, engine.as_str(), "no such engine"))?;
        Ok(Target { engine: reach.guarded(), reach, context: self.context.clone(), presence: self.presence.clone() })
    }
}
