//! Puts the parts together, runs them, and ends them in order.

use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};

use linkspan_shared::user::{AccessProblem, Role};
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    access::{Access, Link, origin::Allowed},
    config::Serve,
    docker::Client,
    hub::{EngineHub, Hub, own},
    web::{self, App},
};

/// What is still open after this long at the end is cut off.
const GRACE: Duration = Duration::from_secs(3);

/// Serves until SIGTERM or SIGINT. An error is one line: what failed, where, what to do.
pub async fn serve(config: Serve) -> Result<(), String> {
    let loopback = config.listen.ip().to_canonical().is_loopback();
    if !loopback && !config.insecure_http {
        return Err(format!(
            "{} is not loopback, and nothing would be encrypted: put a TLS proxy in front and listen on 127.0.0.1, or accept the risk with --insecure-http",
            config.listen
        ));
    }
    let (engine_id, endpoint) = config.engine()?;
    let data_dir = config.data.dir();
    let access = Arc::new(Access::open(&data_dir).map_err(|error| format!("{}: {error}", data_dir.display()))?);
    if let Some(file) = &config.admin_password_file {
        create_administrator(&access, file).await?;
    }
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(|error| format!("cannot listen on {}: {error}; choose another address with --listen", config.listen))?;
    let listening = listener.local_addr().map_err(|error| error.to_string())?;
    let allowed = Arc::new(Allowed::new(listening, &config.public_urls).map_err(|error| error.to_string())?);

    let engine = EngineHub::new(engine_id, Client::new(endpoint), config.production, own::container());
    let hub = Arc::new(Hub::new(vec![engine]));
    let stop = CancellationToken::new();
    let state = tokio::spawn({
        let (hub, stop) = (hub.clone(), stop.clone());
        async move { hub.run(stop).await }
    });
    announce(&access, &config, listening)?;

    let sockets = TaskTracker::new();
    let app = App { hub, access, allowed, stop: stop.clone(), sockets: sockets.clone() };
    let signal = until_told_to_stop();
    let served = tokio::spawn(web::listen(listener, web::router(app), stop.clone()));
    signal.await;
    tracing::info!("stopping");
    stop.cancel();
    sockets.close();
    let ending = async {
        sockets.wait().await;
        let _ = state.await;
        let _ = served.await;
    };
    if tokio::time::timeout(GRACE, ending).await.is_err() {
        tracing::warn!("some connections did not end in time");
    }
    Ok(())
}

/// The lines on stdout that people and scripts read.
fn announce(access: &Access, config: &Serve, listening: SocketAddr) -> Result<(), String> {
    let url = config.public_urls.first().map(|url| url.trim_end_matches('/').to_owned());
    let url = url.unwrap_or_else(|| format!("http://{}", openable(listening)));
    println!("Linkspan is at {url}/");
    if !access.has_users().map_err(|error| error.to_string())? {
        let token = access.new_link(&Link::SetUp).map_err(|error| error.to_string())?;
        println!("Nobody has an account yet. Create the administrator, once, within 24 hours: {url}/welcome#token={token}");
    }
    if !listening.ip().to_canonical().is_loopback() {
        eprintln!(
            "Warning: nothing is encrypted (--insecure-http). Whoever can read this network's traffic can read passwords and take over the engine's host."
        );
    }
    Ok(())
}

/// "All addresses" is none that a browser can open.
fn openable(listening: SocketAddr) -> SocketAddr {
    let mut address = listening;
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() { [127, 0, 0, 1].into() } else { std::net::Ipv6Addr::LOCALHOST.into() });
    }
    address
}

async fn create_administrator(access: &Access, file: &Path) -> Result<(), String> {
    if access.has_users().map_err(|error| error.to_string())? {
        return Ok(());
    }
    let text = std::fs::read_to_string(file).map_err(|error| format!("the password file {}: {error}", file.display()))?;
    let password = text.trim_end_matches(['\r', '\n']).to_owned();
    access.create_user("admin", password, Role::Administrator).await.map(drop).map_err(|problem| match problem {
        AccessProblem::PasswordTooShort { minimum } => {
            format!("the password in {} is too short: {minimum} characters at least", file.display())
        }
        AccessProblem::PasswordTooLong { maximum } => format!("the password in {} is too long: {maximum} bytes at most", file.display()),
        _ => "the administrator could not be created".to_owned(),
    })
}

async fn until_told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    match (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) {
        (Ok(mut terminate), Ok(mut interrupt)) => {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        }
        _ => std::future::pending().await,
    }
}
