//! Takes connections: so many at once, and none that says nothing.

use std::{net::SocketAddr, os::fd::AsFd, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo, http::Request};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use socket2::SockRef;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// HTTP connections at once, well below the usual limit of open files: the engine's must not run out of them. One more
/// waits in the operating system's queue. Websockets are not counted, they belong to people who are signed in.
const CONNECTIONS: usize = 512;
/// For a request's head, and between two requests.
const HEAD: Duration = Duration::from_secs(15);
/// After the operating system had none to give.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves until `stop`, and then what is under way.
pub async fn listen(listener: TcpListener, router: Router, stop: CancellationToken) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = JoinSet::new();
    while let Ok(place) = room.clone().acquire_owned().await {
        let accepted = loop {
            tokio::select! {
                () = stop.cancelled() => break None,
                Some(_) = connections.join_next() => {}
                accepted = listener.accept() => match accepted {
                    Ok(accepted) => break Some(accepted),
                    Err(error) => {
                        tracing::warn!(%error, "no connection can be taken");
                        tokio::time::sleep(PAUSE).await;
                    }
                },
            }
        };
        let Some((stream, peer)) = accepted else { break };
        let (router, stop) = (router.clone(), stop.clone());
        connections.spawn(async move {
            serve(stream, peer, router, stop).await;
            drop(place);
        });
    }
    while connections.join_next().await.is_some() {}
}

async fn serve(stream: TcpStream, peer: SocketAddr, router: Router, stop: CancellationToken) {
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request)
    });
    let _ = stream.set_nodelay(true);
    let socket = stream.as_fd().try_clone_to_owned();
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        ended = connection.as_mut() => {
            if let Err(error) = ended {
                tracing::debug!(%peer, %error, "a connection broke");
                // Of what broke on its way here: whoever speaks HTTP/1.0 takes the end of the connection for the end of what was
                // sent, unless it is reset.
                if error.is_user() {
                    let _ = socket.map(|socket| SockRef::from(&socket).set_linger(Some(Duration::ZERO)));
                }
            }
        }
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}
