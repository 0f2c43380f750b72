//! A browser's end of the websocket, without the network between.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use futures_util::{Sink, Stream};
use linkspan::session::Wire;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_util::{sync::PollSender, task::TaskTracker};

/// Longer than anything takes here, by the clock that stands still.
const PATIENCE: Duration = Duration::from_secs(600);

/// The bridge's end.
pub struct Transport {
    incoming: mpsc::Receiver<Wire>,
    outgoing: PollSender<Wire>,
}

pub struct Browser {
    sent: mpsc::Sender<Wire>,
    received: mpsc::Receiver<Wire>,
    session: TaskTracker,
    calls: u32,
}

impl Browser {
    /// `serve` takes the bridge's end.
    pub fn connect<F: Future<Output = ()> + Send + 'static>(serve: impl FnOnce(Transport) -> F) -> Self {
        let (sent, incoming) = mpsc::channel(8);
        // What a network takes before it waits for the browser.
        let (outgoing, received) = mpsc::channel(2);
        let session = TaskTracker::new();
        session.spawn(serve(Transport { incoming, outgoing: PollSender::new(outgoing) }));
        Self { sent, received, session, calls: 0 }
    }

    pub async fn send(&self, message: Value) {
        let _ = self.sent.send(Wire::Text(message.to_string())).await;
    }

    /// The next text or frame; `None` when the connection has ended.
    pub async fn next(&mut self) -> Option<Wire> {
        loop {
            match tokio::time::timeout(PATIENCE, self.received.recv()).await.expect("nothing came") {
                Some(Wire::Ping | Wire::Other) => drop(self.sent.send(Wire::Other).await),
                other => return other,
            }
        }
    }

    /// The next text that `wanted` finds something in; what comes before is let go by.
    pub async fn find<T>(&mut self, mut wanted: impl FnMut(&Value) -> Option<T>) -> T {
        loop {
            match self.next().await.expect("the connection ended") {
                Wire::Text(text) => {
                    if let Some(found) = wanted(&serde_json::from_str(&text).expect("JSON")) {
                        return found;
                    }
                }
                _ => continue,
            }
        }
    }

    pub async fn open(&self, channel: u32, spec: Value) {
        self.send(json!({ "open": { "channel": channel, "engine": "local", "spec": spec, "resume": null } })).await;
    }

    pub async fn close(&self, channel: u32) {
        self.send(json!({ "close": { "channel": channel } })).await;
    }

    /// Asks and does not wait; the number of the call.
    pub async fn ask(&mut self, call: &str, arguments: Value) -> u32 {
        self.ask_on("local", call, arguments).await
    }

    async fn ask_on(&mut self, engine: &str, call: &str, arguments: Value) -> u32 {
        self.calls += 1;
        self.send(json!({ "call": { "id": self.calls, "engine": engine, "call": call, "arguments": arguments } })).await;
        self.calls
    }

    pub async fn answer(&mut self, id: u32) -> Result<Value, Value> {
        self.find(|message| {
            let of = |kind: &str, what: &str| (message[kind]["id"] == id).then(|| message[kind][what].clone());
            of("reply", "output").map(Ok).or_else(|| of("refusal", "problem").map(Err))
        })
        .await
    }

    pub async fn call(&mut self, call: &str, arguments: Value) -> Result<Value, Value> {
        let id = self.ask(call, arguments).await;
        self.answer(id).await
    }

    pub async fn call_on(&mut self, engine: &str, call: &str, arguments: Value) -> Result<Value, Value> {
        let id = self.ask_on(engine, call, arguments).await;
        self.answer(id).await
    }

    /// Whether the bridge has given the connection up.
    pub fn is_over(&self) -> bool {
        self.session.is_empty()
    }
}

impl Stream for Transport {
    type Item = Result<Wire, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.incoming.poll_recv(context).map(|wire| wire.map(Ok))
    }
}

impl Sink<Wire> for Transport {
    type Error = ();

    fn poll_ready(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), ()>> {
        Pin::new(&mut self.outgoing).poll_ready(context).map_err(drop)
    }

    fn start_send(mut self: Pin<&mut Self>, wire: Wire) -> Result<(), ()> {
        Pin::new(&mut self.outgoing).start_send(wire).map_err(drop)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), ()>> {
        Pin::new(&mut self.outgoing).poll_flush(context).map_err(drop)
    }

    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), ()>> {
        Pin::new(&mut self.outgoing).poll_close(context).map_err(drop)
    }
}
