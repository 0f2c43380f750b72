//! The built frontend, compressed at build time and served out of the binary.

use std::{borrow::Cow, collections::HashMap, io::Read, net::SocketAddr, sync::OnceLock};

use axum::{
    body::Body,
    extract::{ConnectInfo, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{AppendHeaders, IntoResponse, Response},
};
use bytes::Bytes;
use linkspan_shared::{control::SUBPROTOCOL, user::SessionState};
use rust_embed::Embed;
use sha2::{Digest, Sha256};

use super::{App, sign_in};

/// `cargo xtask build` leaves here each file as NAME.br.
/// Without it (a bare `cargo check`) the bridge serves no pages.
#[derive(Embed)]
#[folder = "$CARGO_MANIFEST_DIR/../target/dist"]
#[allow_missing = true]
struct Dist;

/// Rebuilds this file when the frontend is another one: cargo watches the variable, not the folder.
const _: Option<&str> = option_env!("LINKSPAN_BUILD_ID");

const INDEX: &str = "index.html";

/// Identifies the frontend inside this binary; index.html tells it to the tab that loads it.
pub fn build_id() -> &'static str {
    static ID: OnceLock<String> = OnceLock::new();
    ID.get_or_init(|| match plain("build-id") {
        Some(id) => String::from_utf8_lossy(&id).trim().to_owned(),
        None => "none".to_owned(),
    })
}

/// A file by its path; every other path is a view of the app, which knows by itself what it shows there.
pub async fn serve(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    if !matches!(method, Method::GET | Method::HEAD) {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let path = uri.path().trim_start_matches('/');
    if path.starts_with("api/") {
        return StatusCode::NOT_FOUND.into_response();
    }
    // Below the build's own address the files never change. A tab of another build must not get parts of this one.
    match path.strip_prefix("assets/").map(|rest| rest.split_once('/')) {
        Some(Some((build, name))) if build == build_id() => file(name, &headers, "public, max-age=31536000, immutable"),
        Some(_) => StatusCode::NOT_FOUND.into_response(),
        None => index(&app, peer, path, &headers).await,
    }
}

/// The page with what it would ask for next: who is signed in, and the code that the address needs.
async fn index(app: &App, peer: SocketAddr, path: &str, headers: &HeaderMap) -> Response {
    let Some(page) = plain(INDEX) else {
        let how = "This linkspan was built without its pages: build it with `cargo xtask build`.\n";
        return (StatusCode::SERVICE_UNAVAILABLE, how).into_response();
    };
    // A database that fails is no reason to show nothing: the page asks again, and says why.
    let mut session = sign_in::state(app, headers).await.ok();
    // Whom the proxy has signed in is signed in with the page.
    let begun = match &session {
        Some(SessionState { user: None, .. }) => sign_in::by_proxy(app, peer, headers).await,
        _ => None,
    };
    let cookies = match begun {
        Some(Ok((user, cookies))) => {
            session = session.map(|session| SessionState { user: Some(user), ..session });
            cookies
        }
        Some(Err(problem)) => return (StatusCode::FORBIDDEN, format!("{}\n", sign_in::in_words(&problem))).into_response(),
        None => Vec::new(),
    };
    let is_further = session.as_ref().is_some_and(|session| session.user.is_some()) && !FIRST.contains(&path);
    let session = session.and_then(|session| serde_json::to_string(&session).ok()).unwrap_or_default();
    let page = String::from_utf8_lossy(&page)
        .replace("{protocol}", SUBPROTOCOL)
        .replace("{base}", &app.base)
        .replace("<!-- further -->", &if is_further { preload(&app.base) } else { String::new() })
        .replace("{session}", &escaped(&session));
    // It says who is signed in: nobody keeps it, and going back asks anew.
    let cookies = AppendHeaders(cookies.into_iter().map(|cookie| (header::SET_COOKIE, cookie)));
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")], cookies, page).into_response()
}

/// Paths whose pages are in the main module.
const FIRST: &[&str] = &["", "containers", "login", "welcome"];

/// The module and the styles of all other pages.
fn preload(base: &str) -> String {
    let of = |file: &str, kind: &str| {
        format!(r#"<link rel="preload" href="{base}/assets/{}/{file}" as="fetch" type="{kind}" crossorigin>"#, build_id())
    };
    of("split_further.wasm", "application/wasm") + &of("further.css", "text/css")
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn file(name: &str, headers: &HeaderMap, cache: &'static str) -> Response {
    let Some(asset) = known().get(name) else { return StatusCode::NOT_FOUND.into_response() };
    let mime = mime_guess::from_path(name).first_or_octet_stream();
    let mut answer = if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == asset.tag.as_bytes()) {
        StatusCode::NOT_MODIFIED.into_response()
    } else if accepts_brotli(headers) {
        ([(header::CONTENT_ENCODING, "br")], Body::from(asset.compressed.clone())).into_response()
    } else {
        match asset.plain() {
            Some(plain) => Body::from(plain).into_response(),
            None => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    };
    let headers = answer.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    for (name, value) in [(header::CONTENT_TYPE, with_charset(mime.essence_str())), (header::ETAG, asset.tag.as_str().into())] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    answer
}

fn with_charset(mime: &str) -> Cow<'_, str> {
    if mime.starts_with("text/") { format!("{mime}; charset=utf-8").into() } else { mime.into() }
}

fn accepts_brotli(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|list| list.split(',').any(|one| matches!(one.trim(), "br" | "*") || one.trim().starts_with("br;q=1")))
}

fn plain(name: &str) -> Option<Bytes> {
    known().get(name)?.plain()
}

/// A file of the frontend in each encoding that is served, made once.
struct Asset {
    tag: String,
    compressed: Bytes,
    plain: OnceLock<Option<Bytes>>,
}

impl Asset {
    fn plain(&self) -> Option<Bytes> {
        self.plain.get_or_init(|| decompress(&self.compressed).map(Bytes::from)).clone()
    }
}

/// All of them by their names.
fn known() -> &'static HashMap<String, Asset> {
    static KNOWN: OnceLock<HashMap<String, Asset>> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let of = |file: Cow<'static, str>| {
            let compressed = match Dist::get(&file)?.data {
                Cow::Borrowed(bytes) => Bytes::from_static(bytes),
                Cow::Owned(bytes) => Bytes::from(bytes),
            };
            // The compressed file differs whenever the plain one does.
            let tag = format!("\"{}\"", hex_prefix(&Sha256::digest(&compressed)));
            Some((file.strip_suffix(".br")?.to_owned(), Asset { tag, compressed, plain: OnceLock::new() }))
        };
        Dist::iter().filter_map(of).collect()
    })
}

fn decompress(compressed: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::new();
    brotli::Decompressor::new(compressed, 64 << 10).read_to_end(&mut plain).ok()?;
    Some(plain)
}

fn hex_prefix(digest: &[u8]) -> String {
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
