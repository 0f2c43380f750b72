//! Connects, reads, writes, and connects again.

use futures_channel::{mpsc, oneshot};
use futures_util::{FutureExt, SinkExt, StreamExt, select, stream};
use gloo_net::websocket::{Message, futures::WebSocket};
use leptos::prelude::*;
use linkspan_shared::{
    control::{PING_SECONDS, SUBPROTOCOL, ServerMessage},
    user::{AccessProblem, SessionState},
};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;

use super::{Arrived, LinkState, Outgoing, link};
use crate::{
    base,
    browser::{self, Fetched},
    decode,
};

/// Milliseconds between two pings, and periods of silence after which nobody is there.
const PERIOD: u32 = PING_SECONDS as u32 * 1000;
const SILENCE: u32 = 2;
/// Milliseconds in which a ping is answered that is sent because the connection may be none.
const PROMPT: u32 = 4_000;
/// [`linkspan_shared::control::ClientMessage::Ping`]
const PING: &str = r#""ping""#;

const FIRST_PAUSE: f64 = 300.0;
const LONGEST_PAUSE: f64 = 10_000.0;

/// Keeps the connection until the person is signed out. Does nothing when it is being kept already.
pub fn start() {
    thread_local!(static RUNNING: std::cell::Cell<bool> = const { std::cell::Cell::new(false) });
    if RUNNING.replace(true) {
        return;
    }
    link().state.set(LinkState::Connecting);
    browser::on_wake(|| link().wake());
    spawn_local(async {
        run().await;
        RUNNING.set(false);
    });
}

/// The build this page came from is written into it.
pub fn is_outdated(bridge: &str) -> bool {
    let own = document().query_selector("meta[name=build]").ok().flatten().and_then(|meta| meta.get_attribute("content"));
    own.is_some_and(|own| own != bridge)
}

async fn run() {
    let link = link();
    let mut failures = 0;
    loop {
        // A refused websocket does not say why, so ask first.
        let asked = browser::session().await;
        let failing = matches!(asked, Fetched::Refused(_));
        match asked {
            Fetched::Ok(SessionState { user: None, .. }) | Fetched::Refused(AccessProblem::SignedOut) => {
                return link.receive(Arrived::SignedOut);
            }
            Fetched::Ok(_) => {
                if connect().await {
                    failures = 0;
                }
            }
            // A bridge that cannot tell has not said that nobody is signed in.
            Fetched::Unreachable | Fetched::Refused(_) => {}
        }
        // Full jitter, so that a team's tabs do not come back all at once.
        let ceiling = (FIRST_PAUSE * 2f64.powi(failures)).min(LONGEST_PAUSE);
        failures = (failures + 1).min(10);
        let pause = js_sys::Math::random() * ceiling + 100.0;
        let (retry, retried) = oneshot::channel();
        link.retry.borrow_mut().replace(retry);
        link.receive(Arrived::Lost { next_try: browser::now() + pause, failing });
        select! {
            () = browser::sleep(pause as u32).fuse() => {}
            _ = retried.fuse() => failures = 0,
        }
    }
}

fn open() -> Option<WebSocket> {
    let location = window().location();
    let scheme = if location.protocol().is_ok_and(|protocol| protocol == "https:") { "wss" } else { "ws" };
    let url = format!("{scheme}://{}{}/api/ws", location.host().unwrap_or_default(), base::path());
    WebSocket::open_with_protocol(&url, SUBPROTOCOL).ok()
}

/// The one that `boot.js` opened while this code was loaded, and what it has received: the greeting, since nothing was
/// asked for yet.
fn opened() -> Option<Opened> {
    let (global, name) = (js_sys::global(), JsValue::from_str("linkspanSocket"));
    let opened = js_sys::Reflect::get(&global, &name).ok().filter(JsValue::is_object)?;
    let _ = js_sys::Reflect::delete_property(&global, &name);
    let socket: web_sys::WebSocket = js_sys::Reflect::get(&opened, &"socket".into()).ok()?.dyn_into().ok()?;
    let received: js_sys::Array = js_sys::Reflect::get(&opened, &"received".into()).ok()?.dyn_into().ok()?;
    if !matches!(socket.ready_state(), web_sys::WebSocket::CONNECTING | web_sys::WebSocket::OPEN) {
        return None;
    }
    socket.set_onmessage(None);
    let received = received.iter().filter_map(|text| text.as_string()).collect();
    let at = js_sys::Reflect::get(&opened, &"at".into()).ok()?.as_f64().filter(|at| *at > 0.0);
    let waited = at.map_or(0.0, |at| browser::now() - at);
    Some(Opened { socket: WebSocket::try_from(socket).ok()?, received, waited })
}

struct Opened {
    socket: WebSocket,
    received: Vec<String>,
    /// Milliseconds since the greeting came, which says what time it was then.
    waited: f64,
}

/// `true` when it was a working connection that ended.
async fn connect() -> bool {
    let new = || Some(Opened { socket: open()?, received: Vec::new(), waited: 0.0 });
    let Some(Opened { socket, received, waited }) = opened().or_else(new) else { return false };
    let (mut sink, stream) = socket.split();
    let mut stream = stream::iter(received.into_iter().map(|text| Ok(Message::Text(text)))).chain(stream);
    let (outgoing, mut to_send) = mpsc::unbounded::<Outgoing>();
    // Nothing is sent before the greeting: it opens all that is open.
    let mut outgoing = Some(outgoing);
    // The bridge answers a ping at once: two periods of silence mean that the network is gone.
    let mut silent_periods = 0;
    let mut period = Box::pin(browser::sleep(PERIOD).fuse());
    // A laptop that wakes, or comes into another network, has a connection that may be none.
    let mut woken = link().woken();
    loop {
        select! {
            received = stream.next().fuse() => {
                silent_periods = 0;
                match received {
                    Some(Ok(Message::Text(text))) => link().receive(match decode::read(&text) {
                        Some(ServerMessage::Hello(mut hello)) => match outgoing.take() {
                            Some(outgoing) => {
                                hello.now.0 += waited as i64;
                                Arrived::Greeting(hello, outgoing)
                            }
                            None => Arrived::Unreadable,
                        },
                        Some(message) => Arrived::Message(message),
                        None => Arrived::Unreadable,
                    }),
                    Some(Ok(Message::Bytes(bytes))) => link().receive(Arrived::Bytes(bytes)),
                    Some(Err(_)) | None => return outgoing.is_none(),
                }
            }
            message = to_send.next() => {
                let Some(message) = message else { return outgoing.is_none() };
                let message = match message {
                    Outgoing::Bytes(bytes) => Message::Bytes(bytes),
                    Outgoing::Message(message) => match serde_json::to_string(&message) {
                        Ok(text) => Message::Text(text),
                        Err(_) => continue,
                    },
                };
                if sink.send(message).await.is_err() {
                    return outgoing.is_none();
                }
            }
            () = period => {
                silent_periods += 1;
                if silent_periods > SILENCE || sink.send(Message::Text(PING.into())).await.is_err() {
                    return outgoing.is_none();
                }
                period = Box::pin(browser::sleep(PERIOD).fuse());
            }
            _ = woken.next() => {
                // One short period is all that the answer gets.
                silent_periods = SILENCE;
                if sink.send(Message::Text(PING.into())).await.is_err() {
                    return outgoing.is_none();
                }
                period = Box::pin(browser::sleep(PROMPT).fuse());
            }
        }
    }
}
