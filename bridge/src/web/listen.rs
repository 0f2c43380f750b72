//! Takes connections, with TLS or without: so many at once, and none that says or takes nothing.

use std::{
    net::{IpAddr, SocketAddr},
    os::fd::AsFd,
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{HeaderValue, Request, StatusCode, Uri, header, uri::PathAndQuery},
    response::{IntoResponse, Response},
    routing::get,
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use linkspan_shared::ids::UserName;
use socket2::SockRef;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt;

use super::{
    App, health,
    places::{Place, Places},
    tls::Tls,
};

/// For a request's head, and between two requests; for a TLS handshake, too.
const HEAD: Duration = Duration::from_secs(15);
/// Whoever takes nothing of what is sent for as long is gone: an answer or a websocket that waits keeps memory here.
const STUCK: Duration = Duration::from_secs(15);
/// After the operating system had none to give.
const PAUSE: Duration = Duration::from_millis(100);
/// What a TLS handshake begins with (RFC 8446, 5.1).
const HANDSHAKE: u8 = 22;

tokio::task_local! {
    /// That of the connection of this request.
    static PLACE: Arc<Place>;
}

/// Somebody is signed in on this request's connection: it gives way to nobody.
pub fn signed_in(user: &UserName) {
    let _ = PLACE.try_with(|place| place.sign_in(user));
}

/// Whoever this request's connection comes from.
pub fn peer() -> Option<IpAddr> {
    PLACE.try_with(|place| place.address).ok()
}

/// Serves until `stop`, and then what is under way.
pub async fn listen(listener: TcpListener, app: App, router: Router, tls: Option<Arc<Tls>>) {
    let places = Arc::new(Places::default());
    let mut connections = JoinSet::new();
    let stop = app.stop.clone();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            Some(_) = connections.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "no connection can be taken");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        // One that finds no place is closed.
        let Some(place) = places.take(peer.ip().to_canonical(), app.proxies.trust(peer.ip())) else { continue };
        let (router, app, tls, places) = (router.clone(), app.clone(), tls.clone(), places.clone());
        connections.spawn(async move {
            tokio::select! {
                () = begin(stream, peer, router, &app, tls, place.clone()) => {}
                () = place.taken.cancelled() => tracing::debug!(%peer, "a connection gave way to another"),
            }
            places.leave(&place);
        });
    }
    while connections.join_next().await.is_some() {}
}

async fn begin(stream: TcpStream, peer: SocketAddr, router: Router, app: &App, tls: Option<Arc<Tls>>, place: Arc<Place>) {
    let _ = stream.set_nodelay(true);
    let socket = stream.as_fd().try_clone_to_owned();
    // Of what broke on its way here: whoever speaks HTTP/1.0 takes the end of the connection for the end of what was sent, unless it
    // is reset.
    let reset = move || drop(socket.map(|socket| SockRef::from(&socket).set_linger(Some(Duration::ZERO))));
    let Some(tls) = tls else { return serve(stream, (peer, false), router, app, place, reset).await };
    let mut first = [0; 1];
    match tokio::time::timeout(HEAD, stream.peek(&mut first)).await {
        Ok(Ok(1)) if first == [HANDSHAKE] => match tokio::time::timeout(HEAD, tls.acceptor().accept(stream)).await {
            Ok(Ok(stream)) => {
                // One of another CA has ended the handshake.
                let certified = stream.get_ref().1.peer_certificates().is_some();
                serve(stream, (peer, certified), router, app, place, reset).await;
            }
            Ok(Err(error)) => tracing::debug!(%peer, %error, "no TLS came about"),
            Err(_) => {}
        },
        Ok(Ok(1)) => serve(stream, (peer, false), plain(app.clone()), app, place, reset).await,
        _ => {}
    }
}

/// On the port of HTTPS. A health check has nothing to hide.
fn plain(app: App) -> Router {
    Router::new().route("/healthz", get(health)).fallback(to_https).with_state(app)
}

/// Whoever forgot the `s`.
async fn to_https(axum::extract::State(app): axum::extract::State<App>, request: Request<Body>) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let path = request.uri().path_and_query().map_or("/", PathAndQuery::as_str);
    let to = host.filter(|host| app.allowed.host(host)).map(|host| format!("https://{host}{path}"));
    let to = to.or_else(|| app.allowed.list().into_iter().next()).and_then(|to| HeaderValue::try_from(to).ok());
    let Some(to) = to else { return StatusCode::BAD_REQUEST.into_response() };
    let text = format!("This is HTTPS: {}\n", to.to_str().unwrap_or_default());
    // For this once: another time it may be served otherwise.
    (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, to), (header::CONNECTION, HeaderValue::from_static("close"))], text)
        .into_response()
}

/// `certified`: with a certificate of `--proxy-client-ca`.
async fn serve<S: AsyncRead + AsyncWrite + Send + Unpin + 'static>(
    stream: S,
    (peer, certified): (SocketAddr, bool),
    router: Router,
    app: &App,
    place: Arc<Place>,
    reset: impl FnOnce(),
) {
    let (base, proxies, sign_in) = (app.base.clone(), app.proxies.clone(), app.proxy_sign_in.clone());
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        if let Some(sign_in) = &sign_in {
            sign_in.scrub(request.headers_mut(), peer.ip(), &proxies, certified);
        }
        request.extensions_mut().insert(ConnectInfo(peer));
        if let Some(uri) = without_base(request.uri(), &base) {
            *request.uri_mut() = uri;
        }
        PLACE.scope(place.clone(), router.clone().oneshot(request))
    });
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(STUCK));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .serve_connection(TokioIo::new(Box::pin(stream)), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        ended = connection.as_mut() => {
            if let Err(error) = ended {
                tracing::debug!(%peer, %error, "a connection broke");
                if error.is_user() {
                    reset();
                }
            }
        }
        () = app.stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

/// A proxy may hand on the path that it serves Linkspan under, or leave it out.
fn without_base(uri: &Uri, base: &str) -> Option<Uri> {
    let rest = uri.path_and_query()?.as_str().strip_prefix(base).filter(|_| !base.is_empty())?;
    let rest = match rest.chars().next() {
        Some('/') => rest.to_owned(),
        None | Some('?') => format!("/{rest}"),
        Some(_) => return None,
    };
    rest.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_is_left_out_where_it_stands() {
        for (uri, left) in [
            ("/linkspan/images?x=1", Some("/images?x=1")),
            ("/linkspan", Some("/")),
            ("/linkspan?x", Some("/?x")),
            ("/linkspans", None),
            ("/images", None),
        ] {
            let uri: Uri = uri.parse().unwrap();
            assert_eq!(without_base(&uri, "/linkspan").map(|uri| uri.to_string()), left.map(str::to_owned));
            assert_eq!(without_base(&uri, ""), None);
        }
    }
}
