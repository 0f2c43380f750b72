//! `/api/ws`: from HTTP to a [`session`].

use std::{
    net::SocketAddr,
    pin::Pin,
    task::{Context as Poller, Poll},
    time::Duration,
};

use axum::{
    extract::{
        ConnectInfo, State,
        ws::{Message, WebSocket, WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::{Sink, Stream};
use linkspan_shared::{
    control::{MAX_CLIENT_FRAME, SUBPROTOCOL},
    user::{AccessProblem, User},
};

use super::{App, Credential, assets::build_id, refusal, signed_in, user_of};
use crate::session::{self, Context, Wire};

/// Of one person: tabs, and scripts with tokens of theirs.
pub const WEBSOCKETS: usize = 64;

/// The guard has checked `Host` and `Origin` already.
pub async fn upgrade(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let (user, credential) = match signed_in(&app, &headers).await {
        Ok(session) => session,
        Err(refusal) => return *refusal,
    };
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade.protocols([SUBPROTOCOL]),
        Err(rejection) => return rejection.into_response(),
    };
    if upgrade.selected_protocol().is_none() {
        return (StatusCode::BAD_REQUEST, format!("This websocket speaks {SUBPROTOCOL}: ask for it in Sec-WebSocket-Protocol.\n"))
            .into_response();
    }
    let address = app.address_of(peer, &headers).to_string();
    let administrators = app.access.administrators().await.unwrap_or_default();
    let Some(share) = app.shares.take(&user.name) else {
        return refusal(StatusCode::TOO_MANY_REQUESTS, AccessProblem::TooManyTabs { most: WEBSOCKETS });
    };
    upgrade.max_frame_size(MAX_CLIENT_FRAME).max_message_size(MAX_CLIENT_FRAME).on_upgrade(move |socket| async move {
        let _share = share;
        let stop = app.stop.child_token();
        let context = Context {
            hub: app.hub.clone(),
            fleet: app.fleet.clone(),
            credentials: app.credentials.clone(),
            actions: app.actions.clone(),
            webhooks: app.webhooks.clone(),
            access: app.access.clone(),
            administrators,
            budget: app.budgets.of(&user.name),
            user: user.clone(),
            address,
            by_token: matches!(credential, Credential::Token(_)),
            build: build_id().to_owned(),
        };
        let session = session::serve(Adapter(socket), context, stop.clone());
        app.sockets
            .track_future(async {
                tokio::select! {
                    () = session => {}
                    () = until_signed_out(&app, &credential, &user) => {}
                }
            })
            .await;
    })
}

/// What expires rings no bell; and a session is used by a page that is open.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// Ends when whoever this is is signed out, or is not the same any more.
pub(super) async fn until_signed_out(app: &App, credential: &Credential, known: &User) {
    let mut revocations = app.access.revocations();
    // What cannot be read signs nobody out; it is looked at again.
    loop {
        match user_of(app, credential).await {
            Ok(now) if now.as_ref() != Some(known) => return,
            _ => {}
        }
        tokio::select! {
            _ = revocations.changed() => {}
            () = tokio::time::sleep(LOOK_AGAIN) => {}
        }
    }
}

/// axum's messages as the session knows them.
struct Adapter(WebSocket);

impl Stream for Adapter {
    type Item = Result<Wire, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, poller: &mut Poller<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut self.0).poll_next(poller).map(|received| {
            received.map(|received| {
                received.map(|message| match message {
                    Message::Text(text) => Wire::Text(text.as_str().to_owned()),
                    Message::Binary(bytes) => Wire::Binary(bytes),
                    Message::Ping(_) | Message::Pong(_) | Message::Close(_) => Wire::Other,
                })
            })
        })
    }
}

impl Sink<Wire> for Adapter {
    type Error = axum::Error;

    fn poll_ready(mut self: Pin<&mut Self>, poller: &mut Poller<'_>) -> Poll<Result<(), Self::Error>> {
        Pin::new(&mut self.0).poll_ready(poller)
    }

    fn start_send(mut self: Pin<&mut Self>, wire: Wire) -> Result<(), Self::Error> {
        let message = match wire {
            Wire::Text(text) => Message::Text(text.into()),
            Wire::Binary(bytes) => Message::Binary(bytes),
            Wire::Ping | Wire::Other => Message::Ping(Bytes::new()),
        };
        Pin::new(&mut self.0).start_send(message)
    }

    fn poll_flush(mut self: Pin<&mut Self>, poller: &mut Poller<'_>) -> Poll<Result<(), Self::Error>> {
        Pin::new(&mut self.0).poll_flush(poller)
    }

    fn poll_close(mut self: Pin<&mut Self>, poller: &mut Poller<'_>) -> Poll<Result<(), Self::Error>> {
        Pin::new(&mut self.0).poll_close(poller)
    }
}
