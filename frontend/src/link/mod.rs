//! The one websocket to the bridge: it reconnects by itself, and calls and channels live on top of it.

mod socket;
mod state;

use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, VecDeque},
    rc::Rc,
};

use futures_channel::{mpsc, oneshot};
use leptos::prelude::*;
use linkspan_shared::{
    call::Call,
    channel::{ChannelSpec, Resume, StateChange},
    control::{ClientMessage, Hello, STREAM_WINDOW, ServerMessage},
    frame::{self, Tag},
    ids::{ChannelId, EngineId, RequestId},
    json::Json,
    problem::{Problem, ProblemCode},
    time::Timestamp,
    user::{Role, User},
};

use crate::{
    address::{self, Chosen},
    browser, decode,
};

pub use socket::start;
pub use state::LinkState;

/// Milliseconds by which what is known of the bridge's clock may be wrong: a word takes its time.
const CLOCKS_AGREE: f64 = 2_000.0;

/// What a channel's owner is told.
pub enum Incoming<'a> {
    State(StateChange),
    /// Dropping the receipt says that they are consumed.
    Bytes(Tag, &'a [u8], Receipt),
    /// The stream ended by itself.
    Done,
    Closed(Problem),
}

/// Bytes that a channel's owner was given. Dropped when they are consumed: only then the bridge sends more of them than a
/// window.
pub struct Receipt {
    channel: ChannelId,
    bytes: u64,
}

impl Drop for Receipt {
    fn drop(&mut self) {
        link().consumed(self.channel, self.bytes);
    }
}

/// What the socket's task has to say to the page, in order.
enum Arrived {
    /// The connection is there, and this is how to send on it.
    Greeting(Hello, mpsc::UnboundedSender<Outgoing>),
    Message(ServerMessage),
    Bytes(Vec<u8>),
    /// There is no connection; milliseconds since 1970.
    Lost {
        next_try: f64,
        failing: bool,
    },
    SignedOut,
    /// Only a bridge of another version sends what this page cannot read.
    Unreadable,
}

/// What goes to the bridge.
enum Outgoing {
    Message(ClientMessage),
    Bytes(Vec<u8>),
}

type Handler = Rc<dyn Fn(Incoming<'_>)>;

struct Channel {
    /// The default one if `None`.
    engine: Option<EngineId>,
    /// Asked at every opening, so that a stream goes on where it was.
    spec: Rc<dyn Fn() -> ChannelSpec>,
    handler: Handler,
    resume: Option<Resume>,
    /// Bytes of payload that the handler has consumed, and how many of them the bridge knows of.
    consumed: u64,
    acknowledged: u64,
}

pub struct Link {
    pub state: RwSignal<LinkState>,
    pub user: RwSignal<Option<User>>,
    /// Who gives roles.
    pub administrators: RwSignal<Vec<String>>,
    /// Why the bridge does not record what is done at the moment.
    pub unrecorded: RwSignal<Option<String>>,
    /// As the bridge said it.
    default: RefCell<Option<EngineId>>,
    next_request: Cell<u32>,
    next_channel: Cell<u32>,
    calls: RefCell<HashMap<RequestId, oneshot::Sender<Result<Json, Problem>>>>,
    channels: RefCell<HashMap<ChannelId, Channel>>,
    /// Present while connected.
    outgoing: RefCell<Option<mpsc::UnboundedSender<Outgoing>>>,
    /// Rung to try again at once.
    retry: RefCell<Option<oneshot::Sender<()>>>,
    /// Present while there is a socket: rung when its connection may be none any more.
    woken: RefCell<Option<mpsc::Sender<()>>>,
    /// Bounded by the windows of the streams, and emptied before the browser hands over another message.
    inbox: RefCell<VecDeque<Arrived>>,
    /// A task is going to empty it.
    delivering: Cell<bool>,
}

thread_local! {
    static LINK: &'static Link = Box::leak(Box::new(Link {
        state: RwSignal::new(LinkState::Connecting),
        user: RwSignal::new(None),
        administrators: RwSignal::new(Vec::new()),
        unrecorded: RwSignal::new(None),
        default: RefCell::default(),
        next_request: Cell::new(1),
        next_channel: Cell::new(1),
        calls: RefCell::default(),
        channels: RefCell::default(),
        outgoing: RefCell::default(),
        retry: RefCell::default(),
        woken: RefCell::default(),
        inbox: RefCell::default(),
        delivering: Cell::new(false),
    }));
}

/// The tab's only one.
pub fn link() -> &'static Link {
    LINK.with(|link| *link)
}

/// Whoever is signed in may set this Linkspan up. The bridge decides; this only leaves out what it would refuse.
pub fn is_administrator() -> bool {
    link().user.with(|user| user.as_ref().is_some_and(|user| user.role_everywhere() == Some(Role::Administrator)))
}

/// Asks the bridge for something on the page's engine and waits for the answer.
pub async fn call<C: Call>(call: C) -> Result<C::Output, Problem> {
    call_on(engine(), call).await
}

/// On the default engine if `None`.
pub async fn call_on<C: Call>(engine: Option<EngineId>, call: C) -> Result<C::Output, Problem> {
    let unreadable = || Problem::new(ProblemCode::ProtocolViolation, C::NAME, "");
    let output = ask(engine, C::NAME, Json::of(&call).map_err(|_| unreadable())?).await?;
    decode::of(output.value()).ok_or_else(unreadable)
}

/// What all calls have in common is compiled once.
async fn ask(engine: Option<EngineId>, call: &'static str, arguments: Json) -> Result<Json, Problem> {
    let link = link();
    let lost = || Problem::new(ProblemCode::ConnectionLost, "", "");
    let id = RequestId(link.next_request.replace(link.next_request.get().wrapping_add(1)));
    let (answer, answered) = oneshot::channel();
    let engine = engine.or_else(|| link.default.borrow().clone()).ok_or_else(lost)?;
    link.calls.borrow_mut().insert(id, answer);
    if !link.send(ClientMessage::Call { id, engine, call: call.to_owned(), arguments }) {
        link.calls.borrow_mut().remove(&id);
        return Err(lost());
    }
    answered.await.map_err(|_| lost())?
}

/// The engine of the page; the default one if `None`.
pub fn engine() -> Option<EngineId> {
    match address::chosen() {
        Chosen::One(id) => Some(id),
        Chosen::Default | Chosen::All => None,
    }
}

/// Opens a channel on the page's engine and keeps it open across reconnects until the subscription is dropped or the
/// channel ends.
#[must_use = "the channel is closed when this is dropped"]
pub fn open(spec: impl Fn() -> ChannelSpec + 'static, handler: impl Fn(Incoming<'_>) + 'static) -> Subscription {
    open_on(engine(), spec, handler)
}

/// On the default engine if `None`.
#[must_use = "the channel is closed when this is dropped"]
pub fn open_on(
    engine: Option<EngineId>,
    spec: impl Fn() -> ChannelSpec + 'static,
    handler: impl Fn(Incoming<'_>) + 'static,
) -> Subscription {
    let link = link();
    let id = link.new_channel_id();
    let channel = Channel { engine, spec: Rc::new(spec), handler: Rc::new(handler), resume: None, consumed: 0, acknowledged: 0 };
    let current = Rc::new(Cell::new(id));
    link.channels.borrow_mut().insert(id, channel);
    link.say_open(id);
    ALIASES.with_borrow_mut(|aliases| aliases.insert(id, current.clone()));
    Subscription { id: current }
}

thread_local! {
    /// A channel gets a new id at every connection; its subscription must know the present one.
    static ALIASES: RefCell<HashMap<ChannelId, Rc<Cell<ChannelId>>>> = RefCell::default();
}

pub struct Subscription {
    id: Rc<Cell<ChannelId>>,
}

impl Subscription {
    /// To whoever serves the channel; lost while there is no connection.
    pub fn send(&self, bytes: &[u8]) {
        let mut frame = frame::header(self.id.get(), Tag::Raw).to_vec();
        frame.extend_from_slice(bytes);
        if let Some(outgoing) = link().outgoing.borrow().as_ref() {
            let _ = outgoing.unbounded_send(Outgoing::Bytes(frame));
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let id = self.id.get();
        ALIASES.with_borrow_mut(|aliases| aliases.remove(&id));
        let link = link();
        // Its handler may own things that ask for the channels when they are dropped.
        let open = link.channels.borrow_mut().remove(&id);
        if open.is_some() {
            link.send(ClientMessage::Close { channel: id });
        }
    }
}

impl Link {
    /// That of the page.
    pub fn engine_or_default(&self) -> EngineId {
        engine().or_else(|| self.default.borrow().clone()).unwrap_or_else(|| EngineId::new(""))
    }

    /// Ends the wait for the next attempt to connect.
    pub fn retry_now(&self) {
        if let Some(retry) = self.retry.borrow_mut().take() {
            let _ = retry.send(());
        }
    }

    /// The machine has slept, or its network has changed: is anybody there?
    fn wake(&self) {
        self.retry_now();
        if let Some(woken) = self.woken.borrow_mut().as_mut() {
            // One that waits already says the same.
            let _ = woken.try_send(());
        }
    }

    fn woken(&self) -> mpsc::Receiver<()> {
        let (sender, receiver) = mpsc::channel(0);
        self.woken.borrow_mut().replace(sender);
        receiver
    }

    fn send(&self, message: ClientMessage) -> bool {
        self.outgoing.borrow().as_ref().is_some_and(|outgoing| outgoing.unbounded_send(Outgoing::Message(message)).is_ok())
    }

    fn new_channel_id(&self) -> ChannelId {
        ChannelId(self.next_channel.replace(self.next_channel.get().wrapping_add(1)))
    }

    fn say_open(&self, id: ChannelId) {
        let asked = self.channels.borrow().get(&id).map(|channel| (channel.engine.clone(), channel.spec.clone(), channel.resume.clone()));
        if let Some((engine, spec, resume)) = asked
            && let Some(engine) = engine.or_else(|| self.default.borrow().clone())
        {
            self.send(ClientMessage::Open { channel: id, engine, spec: spec(), resume });
        }
    }

    /// Everything that was open is opened again, under new ids: a late frame of the old connection fits none.
    fn reopen_all(&'static self) {
        let old = std::mem::take(&mut *self.channels.borrow_mut());
        for (old_id, mut channel) in old {
            let id = self.new_channel_id();
            ALIASES.with_borrow_mut(|aliases| {
                if let Some(current) = aliases.remove(&old_id) {
                    current.set(id);
                    aliases.insert(id, current);
                }
            });
            (channel.consumed, channel.acknowledged) = (0, 0);
            self.channels.borrow_mut().insert(id, channel);
            // A page's mistake in saying what it wants costs its own channel alone.
            leptos::task::spawn_local(async move { self.say_open(id) });
        }
    }

    /// Nothing of a page runs in the socket's task, and each message is handed over by a task of its own: what panics there
    /// takes that one down, and no other.
    fn receive(&'static self, arrived: Arrived) {
        self.inbox.borrow_mut().push_back(arrived);
        self.deliver_later();
    }

    fn deliver_later(&'static self) {
        if !self.inbox.borrow().is_empty() && !self.delivering.replace(true) {
            leptos::task::spawn_local(async { self.deliver() });
        }
    }

    fn deliver(&'static self) {
        self.delivering.set(false);
        let next = self.inbox.borrow_mut().pop_front();
        self.deliver_later();
        match next {
            Some(Arrived::Greeting(hello, outgoing)) => self.greeted(hello, outgoing),
            Some(Arrived::Message(message)) => self.receive_text(message),
            Some(Arrived::Bytes(bytes)) => self.receive_binary(&bytes),
            Some(Arrived::Lost { next_try, failing }) => {
                self.disconnected();
                let since = match self.state.get_untracked() {
                    LinkState::Lost { since, .. } => since,
                    _ => browser::now(),
                };
                self.state.set(LinkState::Lost { since, next_try, failing });
            }
            Some(Arrived::SignedOut) => {
                self.disconnected();
                self.user.set(None);
                self.state.set(LinkState::SignedOut);
            }
            Some(Arrived::Unreadable) => self.state.set(LinkState::Outdated),
            None => {}
        }
    }

    fn greeted(&'static self, hello: Hello, outgoing: mpsc::UnboundedSender<Outgoing>) {
        self.outgoing.borrow_mut().replace(outgoing);
        let default = hello.engines.first().cloned();
        let before = self.default.replace(default.clone());
        // The page would go on as one of another engine, under the same address.
        if before.is_some() && before != default {
            let _ = window().location().reload();
        }
        self.set_clock(hello.now);
        // Another person signed in here meanwhile: nothing that was typed is for that one.
        let other = self.user.with_untracked(|user| user.as_ref().is_some_and(|user| user.name != hello.user.name));
        if other {
            return browser::reload();
        }
        self.administrators.set(hello.administrators);
        self.unrecorded.set(hello.unrecorded);
        self.user.set(Some(hello.user));
        self.state.set(if socket::is_outdated(&hello.build) { LinkState::Outdated } else { LinkState::Connected });
        self.reopen_all();
    }

    fn receive_text(&self, message: ServerMessage) {
        match message {
            ServerMessage::Reply { id, output } => self.answer(id, Ok(output)),
            ServerMessage::Refusal { id, problem } => self.answer(id, Err(problem)),
            ServerMessage::State { channel, epoch, sequence, change } => {
                let handler = self.channels.borrow_mut().get_mut(&channel).map(|open| {
                    open.resume = Some(Resume { epoch, sequence });
                    open.handler.clone()
                });
                if let Some(handler) = handler {
                    handler(Incoming::State(change));
                }
            }
            ServerMessage::Done { channel } => self.end(channel, Incoming::Done),
            ServerMessage::Closed { channel, problem } => self.end(channel, Incoming::Closed(problem)),
            // The greeting came with the connection.
            ServerMessage::Pong { now, unrecorded } => {
                self.set_clock(now);
                self.unrecorded.set(unrecorded);
            }
            ServerMessage::Hello(_) => {}
        }
    }

    /// Clocks are set, also while a page is open. What an answer takes on its way is no difference.
    fn set_clock(&self, now: Timestamp) {
        let (clock, ahead) = (browser::clocks().bridge, now.0 as f64 - browser::now());
        if (clock.get_untracked() - ahead).abs() > CLOCKS_AGREE {
            clock.set(ahead);
        }
    }

    fn receive_binary(&self, bytes: &[u8]) {
        let Some((id, tag, payload)) = frame::parse(bytes) else { return };
        // Cloned out first: the handler may open or close channels.
        let Some(handler) = self.channels.borrow().get(&id).map(|open| open.handler.clone()) else { return };
        handler(Incoming::Bytes(tag, payload, Receipt { channel: id, bytes: payload.len() as u64 }));
    }

    fn consumed(&self, id: ChannelId, bytes: u64) {
        let acknowledge = self.channels.borrow_mut().get_mut(&id).and_then(|open| {
            open.consumed += bytes;
            // Often enough that the bridge never waits for a quick browser, seldom enough to cost nothing.
            (open.consumed - open.acknowledged > STREAM_WINDOW / 8).then(|| {
                open.acknowledged = open.consumed;
                open.consumed
            })
        });
        if let Some(bytes) = acknowledge {
            self.send(ClientMessage::Acknowledge { channel: id, bytes });
        }
    }

    fn end(&self, id: ChannelId, how: Incoming<'_>) {
        let ended = self.channels.borrow_mut().remove(&id);
        ALIASES.with_borrow_mut(|aliases| aliases.remove(&id));
        if let Some(channel) = ended {
            (channel.handler)(how);
        }
    }

    fn answer(&self, id: RequestId, answer: Result<Json, Problem>) {
        let waiting = self.calls.borrow_mut().remove(&id);
        if let Some(waiting) = waiting {
            let _ = waiting.send(answer);
        }
    }

    fn disconnected(&self) {
        self.outgoing.borrow_mut().take();
        // Dropping a call's sender tells its caller.
        self.calls.borrow_mut().clear();
    }
}
