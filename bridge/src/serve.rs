//! Puts the parts together, runs them, and ends them in order.

use std::{
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use linkspan_docker::{Client, EngineError, environment::Environment};
use linkspan_shared::{
    connect::{ConnectFault, ConnectStep},
    user::{AccessProblem, Grant, Role, Scope},
};
use openidconnect::{ClientSecret, IssuerUrl};
use parking_lot::Mutex;
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    access::{
        Access, Link,
        oidc::{Oidc, Settings},
        origin::{Allowed, host_of},
        proxy::Proxies,
        sso::{Mapping, Proof, ProxySignIn},
    },
    config::{NamedEngine, Serve},
    credentials::Credentials,
    database::{Database, StoreError},
    fleet::Fleet,
    hub::{Hub, NewEngine, own},
    owned,
    shares::Shares,
    web::{
        self, App, WEBSOCKETS,
        tls::{Files, Tls, names_of, self_signed},
    },
    webhooks::Webhooks,
};

/// Characters of what a proxy proves itself with, at least.
const SECRET: usize = 16;
/// What is still open after this long at the end is cut off.
const GRACE: Duration = Duration::from_secs(3);

/// Serves until SIGTERM or SIGINT. An error is one line: what failed, where, what to do.
pub async fn serve(config: Serve) -> Result<(), String> {
    let loopback = config.listen.ip().to_canonical().is_loopback();
    let is_encrypted = config.tls_cert.is_some() || config.tls_self_signed;
    if !loopback && !config.insecure_http && !is_encrypted {
        return Err(format!(
            "{} is not loopback, and nothing would be encrypted: give --tls-self-signed or --tls-cert and --tls-key, put a TLS proxy in front and listen on 127.0.0.1, or accept the risk with --insecure-http",
            config.listen
        ));
    }
    let engines = config.engines.named()?;
    refuse_bad_settings(&engines, &config.engines.environment()).await?;
    if let Some(overruled) = config.engines.overruled() {
        tracing::warn!("{overruled}");
    }
    let data_dir = config.data.dir();
    let unusable = |error: StoreError| format!("{}: {error}", data_dir.display());
    let database = Arc::new(Database::open(&data_dir).map_err(unusable)?);
    let access = Arc::new(Access::new(database.clone()).map_err(unusable)?);
    let docker_config = config.engines.environment().config;
    let credentials =
        Credentials::open(database.clone(), config.secret_key_file(), data_dir.clone(), docker_config, config.share_docker_login);
    let credentials = Arc::new(credentials.map_err(unusable)?);
    if let Some(file) = &config.admin_password_file {
        create_administrator(&access, file).await?;
    }
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(|error| format!("cannot listen on {}: {error}; choose another address with --listen", config.listen))?;
    let listening = listener.local_addr().map_err(|error| error.to_string())?;
    let allowed = Allowed::new(listening, &config.public_urls).map_err(|error| error.to_string())?;
    let (tls, allowed) = match encryption(&config, listening, &data_dir)? {
        Some((tls, names)) => (Some(tls), Arc::new(allowed.with_tls(names))),
        None => (None, Arc::new(allowed)),
    };

    let stop = CancellationToken::new();
    let hub = Arc::new(Hub::new(stop.clone(), database.clone()));
    // Before any engine is known: what was interrupted is told, too.
    let webhooks = Webhooks::open(database.clone(), &hub.activity).map_err(unusable)?;
    let own = own::container();
    for NamedEngine { id, url, .. } in engines {
        let client = Client::new(&url, config.engines.environment());
        hub.add(NewEngine { id, client, production: config.production, removable: false, own: own.clone() });
    }
    let fleet = Arc::new(Fleet {
        hub: hub.clone(),
        database: database.clone(),
        environment: config.engines.environment(),
        production: config.production,
        own,
        changing: Mutex::default(),
    });
    fleet.restore()?;
    // Whoever reads the address may stop it at once.
    let signal = until_told_to_stop();
    announce(&access, &config, &allowed, listening).await?;

    let sockets = TaskTracker::new();
    let app = App {
        hub: hub.clone(),
        fleet,
        credentials,
        actions: Arc::default(),
        webhooks: webhooks.clone(),
        access: access.clone(),
        allowed,
        oidc: oidc(&config)?.map(Arc::new),
        proxy_sign_in: proxy_sign_in(&config)?.map(Arc::new),
        proxies: Arc::new(Proxies::new(config.trusted_proxies)),
        base: config.base_path.into(),
        shares: Shares::new(WEBSOCKETS),
        budgets: Arc::default(),
        client_errors: Arc::default(),
        stop: stop.clone(),
        sockets: sockets.clone(),
    };
    let watched = access.clone();
    let watching = owned::spawn(async move { watched.watch().await });
    let renewing = tls.clone().map(|tls| owned::spawn(tls.watch()));
    let served = owned::spawn(web::listen(listener, app.clone(), web::router(app), tls));
    signal.await;
    tracing::info!("stopping");
    stop.cancel();
    drop((watching, renewing));
    sockets.close();
    let ending = async {
        sockets.wait().await;
        hub.ended().await;
        let _ = served.await;
    };
    if tokio::time::timeout(GRACE, ending).await.is_err() {
        tracing::warn!("some connections did not end in time");
    }
    if let Some(error) = hub.activity.unrecorded() {
        tracing::error!(error, "what was done last is not in the record of activity: until the end nothing could be written");
    }
    let messages = webhooks.under_way();
    if messages > 0 {
        tracing::warn!(messages, "webhooks were not told of everything: nobody had taken these messages by the end");
    }
    Ok(())
}

/// Settings that cannot work end the program, with one line. An engine that is merely away is waited for; and where there
/// are several, one whose context or certificates are wrong must not take the others with it: the page tells of it, and as
/// they are read at each attempt, it heals without a new start.
async fn refuse_bad_settings(engines: &[NamedEngine], environment: &Environment) -> Result<(), String> {
    use ConnectFault::{CertificateFile, ContextUnusable, OwnCertificateExpired};
    for engine in engines {
        let Err(failure) = &engine.endpoint else { continue };
        let said = format!("the engine '{}' ({}): {failure}; {}", engine.id, engine.url, failure.fault.advice());
        if engines.len() == 1 || !matches!(failure.fault, ContextUnusable | CertificateFile | OwnCertificateExpired) {
            return Err(said);
        }
        tracing::warn!("{said}");
    }
    let [only] = engines else { return Ok(()) };
    let is_encrypted = only.endpoint.as_ref().is_ok_and(|endpoint| endpoint.tls.is_some());
    if !is_encrypted {
        return Ok(());
    }
    let answer = tokio::time::timeout(GRACE, Client::new(&only.url, environment.clone()).negotiate()).await;
    match answer {
        Ok(Err(EngineError::Connect(failure))) if failure.fault.step() == ConnectStep::Encryption => {
            Err(format!("the engine '{}' ({}): {failure}; {}", only.id, only.url, failure.fault.advice()))
        }
        _ => Ok(()),
    }
}

/// What of a proxy's headers is believed, if anything is.
#[allow(clippy::disallowed_methods, reason = "at the start, before anybody is served")]
fn proxy_sign_in(config: &Serve) -> Result<Option<ProxySignIn>, String> {
    let Some(user) = &config.proxy_user_header else { return Ok(None) };
    let proof = match &config.proxy_secret_file {
        None => Proof::Certificate,
        Some(file) => {
            let secret = std::fs::read_to_string(file).map_err(|error| format!("the proxy's secret {}: {error}", file.display()))?;
            let secret = secret.trim().to_owned();
            if secret.len() < SECRET {
                return Err(format!("the proxy's secret in {} is too short: {SECRET} characters at least", file.display()));
            }
            Proof::Secret(secret)
        }
    };
    let roles = Mapping(config.proxy_roles.clone());
    Ok(Some(ProxySignIn { user: user.clone(), groups: config.proxy_groups_header.clone(), roles, proof }))
}

/// The provider that signs people in, if there is one. It is asked when somebody comes: it may start later than Linkspan does.
#[allow(clippy::disallowed_methods, reason = "at the start, before anybody is served")]
fn oidc(config: &Serve) -> Result<Option<Oidc>, String> {
    let (Some(url), Some(client_id)) = (&config.oidc_issuer, &config.oidc_client_id) else { return Ok(None) };
    let issuer = IssuerUrl::new(url.clone()).map_err(|error| format!("--oidc-issuer {url}: {error}"))?;
    let is_local = issuer
        .url()
        .host_str()
        .is_some_and(|host| host == "localhost" || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()));
    if issuer.url().scheme() != "https" && !(issuer.url().scheme() == "http" && is_local) {
        return Err(format!("--oidc-issuer {url}: whoever is between could sign in as anybody; give its https:// address"));
    }
    let read = |file: &PathBuf| match std::fs::read_to_string(file).map(|secret| secret.trim().to_owned()) {
        Ok(secret) if secret.is_empty() => Err(format!("the provider's client secret {} is empty", file.display())),
        Ok(secret) => Ok(ClientSecret::new(secret)),
        Err(error) => Err(format!("the provider's client secret {}: {error}", file.display())),
    };
    let client_secret = config.oidc_client_secret_file.as_ref().map(read).transpose()?;
    Oidc::new(Settings { issuer, client_id: client_id.clone(), client_secret, roles: config.oidc_roles.clone() }).map(Some)
}

/// What HTTPS is spoken with, if it is, and the names that the certificate is for beside addresses.
#[allow(clippy::type_complexity, reason = "both or neither")]
fn encryption(config: &Serve, listening: SocketAddr, data_dir: &Path) -> Result<Option<(Arc<Tls>, Vec<String>)>, String> {
    if let (Some(cert), Some(key)) = (&config.tls_cert, &config.tls_key) {
        let tls = Tls::load(Files { cert: cert.clone(), key: key.clone(), client_ca: config.proxy_client_ca.clone() })?;
        return Ok(Some((tls, Vec::new())));
    }
    if !config.tls_self_signed {
        return Ok(None);
    }
    let public = config.public_urls.iter().filter_map(|url| host_of(url)).collect();
    let names = names_of(listening.ip(), public);
    let made = self_signed(data_dir, &names)?;
    println!(
        "The certificate is signed by {}; let browsers trust that, or compare its SHA-256 fingerprint: {}",
        made.ca.display(),
        made.fingerprint
    );
    let named = names.into_iter().filter(|name| name.parse::<std::net::IpAddr>().is_err() && name != "localhost").collect();
    Ok(Some((Tls::load(Files { client_ca: config.proxy_client_ca.clone(), ..made.files })?, named)))
}

/// The lines on stdout that people and scripts read.
async fn announce(access: &Access, config: &Serve, allowed: &Allowed, listening: SocketAddr) -> Result<(), String> {
    let url = config.public_urls.first().map(|url| url.trim_end_matches('/').to_owned());
    let url = url.unwrap_or_else(|| format!("{}://{}", allowed.scheme(), openable(listening)));
    let url = format!("{url}{}", config.base_path);
    println!("Linkspan is at {url}/");
    if !access.has_users().await.map_err(|_| "the database of users cannot be read".to_owned())? {
        let token = access.new_link(Link::SetUp).await.map_err(|error| error.to_string())?;
        println!("Nobody has an account yet. Create the administrator, once, within 24 hours: {url}/welcome#token={token}");
    }
    if !listening.ip().to_canonical().is_loopback() && allowed.scheme() == "http" {
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
    if access.has_users().await.map_err(|_| "the database of users cannot be read".to_owned())? {
        return Ok(());
    }
    let text = tokio::fs::read_to_string(file).await.map_err(|error| format!("the password file {}: {error}", file.display()))?;
    let password = text.trim_end_matches(['\r', '\n']).to_owned();
    access.create_user("admin", password.into(), vec![Grant { role: Role::Administrator, scope: Scope::All }]).await.map(drop).map_err(
        |problem| match problem {
            AccessProblem::PasswordTooShort { minimum } => {
                format!("the password in {} is too short: {minimum} characters at least", file.display())
            }
            AccessProblem::PasswordTooLong { maximum } => {
                format!("the password in {} is too long: {maximum} bytes at most", file.display())
            }
            _ => "the administrator could not be created".to_owned(),
        },
    )
}

/// From now on it is noticed.
fn until_told_to_stop() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    let signals = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    async move {
        match signals {
            (Ok(mut terminate), Ok(mut interrupt)) => {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
            }
            _ => std::future::pending().await,
        }
    }
}
